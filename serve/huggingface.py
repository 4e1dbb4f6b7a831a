"""`/v1/models/NAME`: one model in the schema of Hugging Face's image classification task.

So `huggingface_hub.InferenceClient` and what is built on it work with the URL as their model.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from contract.cifar10 import CLASSES
from serve import uploads
from serve.compare import Comparer
from serve.errors import PictureError, RequestError
from serve.schemas import ErrorAnswer, ModelName, check_model


class Parameters(BaseModel):
    """As the task defines them; null is as good as left out."""

    model_config = ConfigDict(extra="ignore", strict=True)

    top_k: int | None = Field(default=None, ge=1, description="How many classes; else 5.")
    function_to_apply: Literal["softmax", "sigmoid", "none"] | None = None


class ClassificationRequest(BaseModel):
    """The JSON body; a picture as it is may be sent in its place."""

    model_config = ConfigDict(extra="ignore", strict=True)

    inputs: str = Field(description="A picture's bytes in base64. No address is opened.")
    parameters: Parameters | None = None


class Score(BaseModel):
    label: str = Field(examples=["frog"])
    score: float = Field(examples=[0.9048])


class Scores(RootModel[list[Score]]):
    """The likeliest class first."""


@dataclass(frozen=True)
class _Asked:
    content: bytes
    top_k: int = 5
    function: str = "softmax"


# One grey pixel, as PNG: short enough for a document, and it is answered.
_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            # Written out: a reference inside would have to be among OpenAPI's components.
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["inputs"],
                    "properties": {
                        "inputs": ClassificationRequest.model_json_schema()["properties"]["inputs"],
                        "parameters": {"anyOf": [Parameters.model_json_schema(), {"type": "null"}]},
                    },
                },
                "example": {"inputs": _PIXEL, "parameters": {"top_k": 3}},
            },
        },
    }
}


def add(router: APIRouter, comparer: Comparer, errors: dict[int | str, dict[str, Any]]) -> None:
    """Add the routes; `errors` are their documented answers besides 200 and 404."""

    @router.post(
        "/v1/models/{name}",
        summary="One model's likeliest classes, as Hugging Face's clients ask for them",
        responses={**errors, 404: {"model": ErrorAnswer, "description": "No such model."}},
        openapi_extra=_BODY,
    )
    async def classify(name: ModelName, request: Request) -> Scores:
        check_model(name)
        asked = await _read(request)
        pixels = await uploads.decode(asked.content)
        if isinstance(pixels, PictureError):
            raise pixels
        outputs = await comparer.engine.run(pixels[np.newaxis], (name,))
        scores = _scores(outputs[name], asked.function)
        best = np.argsort(-scores, kind="stable")[: asked.top_k]
        return Scores([Score(label=CLASSES[k], score=float(scores[k])) for k in best])


def _scores(outputs: dict[str, NDArray[np.float32]], function: str) -> NDArray[np.float32]:
    if function == "softmax":
        return np.asarray(outputs["probabilities"][0])
    logits = np.asarray(outputs["logits"][0])
    if function == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
    return logits


async def _read(request: Request) -> _Asked:
    kind = request.headers.get("content-type", "").lower()
    if not kind.startswith("application/json"):
        return _Asked(await uploads.read_raw(request))
    # Up to 64 MB of base64: not on the event loop.
    return await asyncio.to_thread(_from_json, await request.body())


def _from_json(body: bytes) -> _Asked:
    try:
        asked = ClassificationRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise RequestError(
            f"{where}: {first['msg']}; send the picture's bytes, or JSON such as "
            '{"inputs": "<base64>", "parameters": {"top_k": 5}}'
        ) from None
    try:
        content = base64.b64decode(asked.inputs, validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(
            "inputs is not base64; send a picture's bytes in base64 (no address is opened)"
        ) from None
    parameters = asked.parameters or Parameters()
    return _Asked(content, parameters.top_k or 5, parameters.function_to_apply or "softmax")
