"""The JSON of REST, as pydantic models: what OpenAPI describes is what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field, TypeAdapter

from contract.cifar10 import CLASSES
from contract.lookup import Bin
from contract.manifest import NAMES
from serve.compare import Comparer, Comparison, Verdict
from serve.errors import ServeError, UnknownModel

ModelName = Annotated[
    # An enum for who reads OpenAPI; another name is answered with 404 and words, not with 422.
    str, Path(description="Which of the two.", json_schema_extra={"enum": list(NAMES)})
]


def check_model(name: str) -> None:
    """Raise `UnknownModel` for a name that is neither twin's."""
    if name not in NAMES:
        raise UnknownModel(f"there is no model {name[:40]!r}; there are {' and '.join(NAMES)}")


class Error(BaseModel):
    code: str = Field(description="Stable, for programs.", examples=["unknown_format"])
    message: str = Field(description="For people: what is wrong and the way out.")


class ErrorAnswer(BaseModel):
    """Every 4xx and 5xx."""

    error: Error


# Dataclasses: they are made at every request, and models would check what was just measured.
@dataclass(slots=True)
class Reliability:
    """How often a model was right when it was about as sure, on CIFAR-10's test pictures."""

    low: Annotated[
        float, Field(description="Of the confidences counted: above this.", examples=[0.9])
    ]
    high: Annotated[float, Field(description="Up to and including this.", examples=[0.95])]
    accuracy: Annotated[
        float,
        Field(description="The share of these pictures that it named rightly.", examples=[0.9942]),
    ]
    accuracy_low: Annotated[
        float, Field(description="Lower end of its 95% interval (Wilson).", examples=[0.9917])
    ]
    accuracy_high: Annotated[float, Field(examples=[0.9959])]
    n: Annotated[int, Field(description="Test pictures.", examples=[5307])]


@dataclass(slots=True)
class ModelAnswer:
    probabilities: Annotated[
        list[float],
        Field(
            description="Softmax, in the order of `classes`.",
            examples=[
                [0.0076, 0.0082, 0.0084, 0.0321, 0.0063, 0.0076, 0.9048, 0.0087, 0.0098, 0.0064]
            ],
        ),
    ]
    label: Annotated[str, Field(examples=["frog"])]
    confidence: Annotated[float, Field(description="The largest probability.", examples=[0.9048])]
    temperature: Annotated[float, Field(description="The logits were divided by it.")] = 1.0
    reliability: Reliability | None = None


@dataclass(slots=True)
class Result:
    """One picture: either both models' answers, or an error."""

    name: Annotated[
        str | None,
        Field(description="The file name that the client gave, if any.", examples=["photo.jpg"]),
    ]
    agree: Annotated[
        bool | None, Field(description="Whether both name the same class.", examples=[True])
    ]
    difference_pp: Annotated[
        float | None,
        Field(description="100 x (hard confidence - smoothed confidence).", examples=[8.51]),
    ]
    error: Error | None
    models: dict[str, ModelAnswer] | None


@dataclass(slots=True)
class CompareAnswer:
    classes: Annotated[tuple[str, ...], Field(examples=[CLASSES])]
    device: Literal["cpu", "cuda"]
    pair: Annotated[
        dict[str, str],
        Field(
            description="SHA-256 of each model's ONNX file.",
            examples=[dict.fromkeys(NAMES, "64 hexadecimal digits")],
        ),
    ]
    time_ms: Annotated[
        float,
        Field(description="Decoding and both models, for all pictures together.", examples=[4.1]),
    ]
    results: list[Result]


class Health(BaseModel):
    status: Literal["ok"]
    ready: bool = Field(description="Whether both models have answered a warm-up.")
    device: Literal["cpu", "cuda"]
    provider: str = Field(description="ONNX Runtime's, of the live session.")
    device_note: str
    precision: Literal["fp32", "int8"]
    pair: dict[str, str]
    version: int = Field(description="Of the pair, one more at each publishing.")


def error_of(error: ServeError) -> Error:
    return Error(code=error.code, message=error.message)


def result_of(comparison: Comparison | ServeError, name: str | None) -> Result:
    """One picture's part of the answer."""
    if isinstance(comparison, ServeError):
        return Result(
            name=name, agree=None, difference_pp=None, error=error_of(comparison), models=None
        )
    return Result(
        name=name,
        agree=comparison.agree,
        difference_pp=round(comparison.difference_pp, 4),
        error=None,
        models={model: _model_answer(verdict) for model, verdict in comparison.models.items()},
    )


def _model_answer(verdict: Verdict) -> ModelAnswer:
    return ModelAnswer(
        verdict.probabilities,
        verdict.label,
        verdict.confidence,
        verdict.temperature,
        _reliability(verdict.reliability),
    )


@lru_cache(256)  # of each bin's; there are few at the temperatures that are asked for
def _reliability(found: Bin | None) -> Reliability | None:
    if found is None:
        return None
    return Reliability(
        low=found.low,
        high=found.high,
        accuracy=found.accuracy,
        accuracy_low=found.interval.low,
        accuracy_high=found.interval.high,
        n=found.n,
    )


def answer(comparer: Comparer, results: list[Result], time_ms: float) -> CompareAnswer:
    """The whole answer of `/v1/compare`, and of the page's own endpoint."""
    return CompareAnswer(
        classes=CLASSES,
        device=comparer.device.kind,
        pair=comparer.pair.manifest.pair,
        time_ms=time_ms,
        results=results,
    )


_answers = TypeAdapter(CompareAnswer)
as_json = _answers.dump_json
"""An answer as the bytes of a response."""


def as_document(found: CompareAnswer) -> dict[str, Any]:
    """An answer as what its JSON says."""
    document: dict[str, Any] = _answers.dump_python(found, mode="json")
    return document
