"""The dialect of Hugging Face: `/v1/models/NAME` gives one model's most likely classes.

It follows the schema of their image classification task, so that `InferenceClient` of
`huggingface_hub`, and whatever is built on it, takes the URL as the name of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from contract.cifar10 import CLASSES
from contract.pictures import decoder
from serve import decoding
from serve.errors import RequestError
from serve.rest.common import base64_text, bodies
from serve.rest.common.admission import Admitted
from serve.rest.common.dialect import Context, Dialect
from serve.rest.common.error_answers import ErrorAnswer, described, with_code
from serve.rest.common.model_names import NAME, check_model
from serve.rest.common.operation import BINARY, Answer, Operation, json_response


class Parameters(BaseModel):
    """The parameters of the task. A null counts as left out."""

    model_config = ConfigDict(extra="ignore", strict=True)

    top_k: int | None = Field(
        default=None, ge=1, description="Number of classes. The default is 5."
    )
    function_to_apply: Literal["softmax", "sigmoid", "none"] | None = None


class ClassificationRequest(BaseModel):
    """The body as JSON. The bytes of the picture may be sent instead."""

    model_config = ConfigDict(extra="ignore", strict=True)

    inputs: str = Field(description="The bytes of a picture in base64. A URL is not opened.")
    parameters: Parameters | None = None


class Score(BaseModel):
    label: str = Field(examples=["frog"])
    score: float = Field(examples=[0.9048])


class Scores(RootModel[list[Score]]):
    """The classes with the highest scores, the most likely one first."""


# The largest picture in base64, broken into lines, and what else stands in the JSON.
_LARGEST_JSON = decoder.LARGEST_BYTES * 4 // 3 * 78 // 76 + 10_000


@dataclass(frozen=True)
class _Question:
    """What to answer about a picture."""

    top_k: int = 5
    function: str = "softmax"


# A PNG of one grey pixel. It is short enough for the documentation, and it works.
_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/octet-stream": BINARY,
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [bodies.FIELD],
                "properties": {bodies.FIELD: BINARY["schema"]},
            }
        },
        "application/json": {
            "schema": ClassificationRequest,
            "example": {"inputs": _PIXEL, "parameters": {"top_k": 3}},
        },
    },
}


def operations(context: Context) -> list[Operation]:
    """`/v1/models/NAME`."""
    engine = context.comparer.engine

    async def classify(request: Request) -> Response:
        name = check_model(request.path_params["name"])
        body, is_json = await _body(request)
        question = _Question()

        def picture_in_json() -> bytes:
            nonlocal question
            content, question = _from_json(decoding.plain(body))
            return content

        async with Admitted(request, engine, 1) as place:
            decoded = decoding.only(
                await decoding.decode_all([picture_in_json if is_json else body])
            )
            outputs = await engine.infer(decoded.pixels[np.newaxis], (name,), place)
        scores = _scores(outputs[name], question.function)
        best = np.argsort(-scores, kind="stable")[: question.top_k]
        return json_response(
            Scores([Score(label=CLASSES[k], score=float(scores[k])) for k in best])
        )

    return [
        Operation(
            "POST",
            "/v1/models/{name}",
            classify,
            summary="One model's most likely classes, for Hugging Face's clients",
            answers={
                200: Answer(model=Scores),
                **described(ErrorAnswer, 400, 404, 408, 413, 415, 422, 503),
            },
            parameters=[NAME],
            body=_BODY,
            also=["PUT"],  # curl -T sends a file so
        )
    ]


def _scores(outputs: dict[str, NDArray[np.float32]], function: str) -> NDArray[np.float32]:
    """The scores `[10]` of one picture after `function`, which is softmax, sigmoid or none."""
    if function == "softmax":
        return np.asarray(outputs["probabilities"][0])
    logits = np.asarray(outputs["logits"][0])
    if function == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
    return logits


async def _body(request: Request) -> tuple[decoding.Content, bool]:
    """The body, and whether it is JSON. Raises `PictureTooLarge` or `RequestTooLarge`."""
    if request.headers.get("content-type", "").lower().startswith("application/json"):
        return await bodies.read_bounded(request, _LARGEST_JSON), True
    return await bodies.read_one(request), False


def _from_json(body: bytes) -> tuple[bytes, _Question]:
    """The picture in a body that is JSON, and what to answer about it. Raises `RequestError`."""
    try:
        asked = ClassificationRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise RequestError(
            f"{where} is not valid ({first['msg']}); send the bytes of a picture, or JSON such as "
            '{"inputs": "<base64>", "parameters": {"top_k": 5}}'
        ) from None
    content = base64_text.decode(asked.inputs, "inputs")
    parameters = asked.parameters or Parameters()
    function = parameters.function_to_apply or "softmax"
    return content, _Question(parameters.top_k or 5, function)


DIALECT = Dialect("Hugging Face", "/v1/", operations, with_code)
