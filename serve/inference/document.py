"""The JSON document that compares both models, which REST and the page's own endpoint send.

OpenAPI describes these same classes, so that the documentation cannot differ from the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from contract.calibration.lookup import Bin
from contract.cifar10 import CLASSES
from contract.errors import UserError
from contract.twins import NAMES
from serve.inference.compare import Comparer, Comparison, Verdict
from serve.inference.prediction_sets import guarantee_of
from serve.inference.providers import Kind


class Error(BaseModel):
    """What is wrong with a request or with one of its pictures."""

    code: str = Field(
        description="A stable name of the error, for programs.", examples=["unknown_format"]
    )
    message: str = Field(description="What is wrong and what to do about it, for people.")


def _is_none(value: object) -> bool:
    return value is None


# Dataclasses, because pydantic models would check every value again at each request.
@dataclass(slots=True)
class Reliability:
    """The accuracy of a model on the CIFAR-10 test pictures where its confidence was similar."""

    low: Annotated[
        float, Field(description="The test pictures have a confidence above this.", examples=[0.9])
    ]
    high: Annotated[
        float, Field(description="The upper end of that range, included.", examples=[0.95])
    ]
    accuracy: Annotated[
        float,
        Field(
            description="The share of these pictures it classified correctly.", examples=[0.9942]
        ),
    ]
    accuracy_low: Annotated[
        float,
        Field(
            description="Lower end of the 95% Wilson interval of the accuracy.", examples=[0.9917]
        ),
    ]
    accuracy_high: Annotated[
        float, Field(description="Upper end of the same interval.", examples=[0.9959])
    ]
    n: Annotated[int, Field(description="The number of these pictures.", examples=[5307])]


@dataclass(slots=True)
class ModelAnswer:
    """One model's answer to one picture."""

    probabilities: Annotated[
        list[float],
        Field(
            description="Ten probabilities in the order of `classes`.",
            examples=[
                [0.0076, 0.0082, 0.0084, 0.0321, 0.0063, 0.0076, 0.9048, 0.0087, 0.0098, 0.0064]
            ],
        ),
    ]
    label: Annotated[str, Field(description="The most likely class.", examples=["frog"])]
    confidence: Annotated[float, Field(description="The largest probability.", examples=[0.9048])]
    temperature: Annotated[
        float, Field(description="The temperature that the logits were divided by.")
    ] = 1.0
    reliability: Annotated[
        Reliability | None,
        Field(description="How often answers like this were correct. Null if it was not measured."),
    ] = None
    set: Annotated[
        list[str] | None,
        Field(
            description="The prediction set at the level `coverage`, likeliest class first. Absent "
            "if no level was asked for. It comes from the probabilities at temperature 1, whatever "
            "`temperature` is. It is empty if even the likeliest class is not likely enough, which "
            "does not mean that the picture shows none of the classes.",
            examples=[["frog", "cat"]],
            exclude_if=_is_none,
        ),
    ] = None


@dataclass(slots=True)
class Result:
    """The answers of both models to one picture, or the error that prevented them."""

    name: Annotated[
        str | None,
        Field(description="The file name that the client sent, if any.", examples=["photo.jpg"]),
    ]
    agree: Annotated[
        bool | None, Field(description="Whether both models chose the same class.", examples=[True])
    ]
    difference_pp: Annotated[
        float | None,
        Field(
            description="Confidence of the hard model minus that of the smoothed model, in "
            "percentage points.",
            examples=[8.51],
        ),
    ]
    error: Error | None
    models: dict[str, ModelAnswer] | None
    unusual: Annotated[
        bool | None,
        Field(
            description="Whether the picture is unlike the data, so that the confidences mean "
            "little: for either model, the energy (the logarithm of the sum of exp(logit)) is "
            "below a threshold that about 5% of the validation pictures fail for one model or the "
            "other. It misses some pictures that show none of the ten classes. Null if it was not "
            "measured.",
            examples=[False],
        ),
    ] = None
    notes: Annotated[
        tuple[str, ...],
        Field(
            description="What to know about a picture that was answered in spite of a fault, in "
            "whole sentences for people. Empty for a picture in order.",
            examples=[["The file is cut short: the lower 12% of the picture is missing."]],
        ),
    ] = ()


@dataclass(slots=True)
class CompareAnswer:
    """The answers of both models to all pictures of a request."""

    classes: Annotated[tuple[str, ...], Field(examples=[CLASSES])]
    device: Kind
    pair: Annotated[
        dict[str, str],
        Field(
            description="SHA-256 of each model's ONNX file.",
            examples=[dict.fromkeys(NAMES, "64 hexadecimal digits")],
        ),
    ]
    time_ms: Annotated[
        float,
        Field(
            description="Milliseconds for decoding and for both models, all pictures together.",
            examples=[4.1],
        ),
    ]
    results: list[Result]
    guarantee: Annotated[
        str | None,
        Field(
            description="What is guaranteed of each `set`, and for which pictures: for those like "
            "CIFAR-10's, and not for photographs. Absent if no `coverage` was asked for.",
            examples=[guarantee_of(0.95)],
            exclude_if=_is_none,
        ),
    ] = None


def error_of(error: UserError) -> Error:
    """The code and the message of `error`."""
    return Error(code=error.code, message=error.message)


def result_of(
    comparison: Comparison | UserError, name: str | None = None, notes: tuple[str, ...] = ()
) -> Result:
    """The part of the answer about one picture, which the client called `name`.

    `notes` are the decoder's about the picture.
    """
    if isinstance(comparison, UserError):
        return Result(
            name=name, agree=None, difference_pp=None, error=error_of(comparison), models=None
        )
    return Result(
        name=name,
        agree=comparison.agree,
        difference_pp=round(comparison.difference_pp, 4),
        error=None,
        models={model: _model_answer(verdict) for model, verdict in comparison.models.items()},
        unusual=comparison.unusual,
        notes=notes,
    )


def _model_answer(verdict: Verdict) -> ModelAnswer:
    return ModelAnswer(
        verdict.probabilities,
        verdict.label,
        verdict.confidence,
        verdict.temperature,
        _reliability(verdict.reliability),
        verdict.prediction_set,
    )


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


def answer(
    comparer: Comparer, results: list[Result], time_ms: float, coverage: float | None = None
) -> CompareAnswer:
    """The complete answer: `results` of all pictures, which took `time_ms` milliseconds.

    `coverage` is the level of the prediction sets, if there are any.
    """
    return CompareAnswer(
        classes=CLASSES,
        device=comparer.device.kind,
        pair=comparer.pair.manifest.model_hashes,
        time_ms=time_ms,
        results=results,
        guarantee=None if coverage is None else guarantee_of(coverage),
    )


_answers = TypeAdapter(CompareAnswer)
as_json = _answers.dump_json
"""Encodes a `CompareAnswer` as the JSON bytes of a response."""


def as_document(found: CompareAnswer) -> dict[str, Any]:
    """An answer as a dictionary that holds what its JSON would hold."""
    document: dict[str, Any] = _answers.dump_python(found, mode="json")
    return document
