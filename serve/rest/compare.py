"""Twinlabel's own dialect: `/v1/compare` gives both models' answers to one or more pictures."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract.calibration import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, check_temperature
from contract.pictures import decoder
from contract.pictures.errors import PictureError
from contract.twins import NAMES
from serve import decoding
from serve.errors import BadTemperature
from serve.inference.compare import Comparer, Temperatures, milliseconds_since
from serve.inference.document import CompareAnswer, answer, as_json, result_of
from serve.rest.common import bodies
from serve.rest.common.admission import Admitted
from serve.rest.common.dialect import Context, Dialect
from serve.rest.common.error_answers import ErrorAnswer, described, with_code
from serve.rest.common.operation import BINARY, Answer, JsonResponse, Operation

FITTED = "fitted"
"""Asks for the temperature that was fitted on the validation pictures."""
_PARAMETERS = {name: f"t_{name}" for name in NAMES}
_QUERY: list[dict[str, Any]] = [
    {
        "name": parameter,
        "in": "query",
        "description": f"The temperature that the logits of the {name} model are divided by: "
        f"a number, or `{FITTED}` for the temperature fitted on the validation pictures.",
        "schema": {
            "anyOf": [
                {
                    "type": "number",
                    "minimum": LOWEST_TEMPERATURE,
                    "maximum": HIGHEST_TEMPERATURE,
                },
                {"const": FITTED},
            ],
            "default": 1.0,
        },
        "example": FITTED,
    }
    for name, parameter in _PARAMETERS.items()
]
_BODY: dict[str, Any] = {
    "required": True,
    "description": "The bytes of one picture, or multipart/form-data with up to "
    f"{bodies.MOST_PICTURES} files in the field `{bodies.FIELD}`. The formats are "
    f"{decoder.READABLE}.",
    "content": {
        "application/octet-stream": BINARY,
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [bodies.FIELD],
                "properties": {
                    bodies.FIELD: {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": bodies.MOST_PICTURES,
                        "items": BINARY["schema"],
                    }
                },
            }
        },
    },
}


def operations(context: Context) -> list[Operation]:
    """`/v1/compare`."""
    comparer = context.comparer

    async def compare(request: Request) -> Response:
        temperatures = _temperatures(request, comparer)
        uploads = await bodies.read(request)
        started = time.perf_counter()
        async with Admitted(request, comparer.engine, len(uploads)) as place:
            decoded = await decoding.decode_all([content for _, content in uploads])
            if len(decoded) == 1 and isinstance(decoded[0], PictureError):
                raise decoded[0]
            compared = await comparer.compare(decoding.readable(decoded), temperatures, place)
        results = [
            result_of(comparison, name, decoding.notes_of(each))
            for (name, _), each, comparison in zip(
                uploads, decoded, decoding.with_errors(decoded, compared), strict=True
            )
        ]
        found = answer(comparer, results, milliseconds_since(started))
        return JsonResponse(as_json(found))

    return [
        Operation(
            "POST",
            "/v1/compare",
            compare,
            summary="Both models' answers to one or more pictures",
            answers={
                200: Answer(model=CompareAnswer),
                **described(ErrorAnswer, 400, 408, 413, 415, 422, 503),
            },
            parameters=_QUERY,
            body=_BODY,
            also=["PUT"],  # curl -T sends a file so
        )
    ]


def _temperatures(request: Request, comparer: Comparer) -> Temperatures:
    """The temperatures in the query, by model. Raises `BadTemperature`."""
    if not request.scope["query_string"]:
        return {}
    query = request.query_params
    for parameter in query:
        if parameter not in _PARAMETERS.values():
            raise BadTemperature(
                f"there is no parameter {parameter[:40]!r}; use {' or '.join(_PARAMETERS.values())}"
            )
    return {
        name: _temperature(name, query[parameter], comparer)
        for name, parameter in _PARAMETERS.items()
        if parameter in query
    }


def _temperature(name: str, text: str, comparer: Comparer) -> float:
    if text == FITTED:
        if name not in comparer.evidence.temperatures:
            raise BadTemperature(
                f"t_{name}={FITTED}: no temperature was fitted for this pair; give a number"
            )
        return comparer.evidence.temperatures[name]
    try:
        return check_temperature(float(text))
    except ValueError:
        raise BadTemperature(
            f"t_{name}={text[:40]!r} is not a temperature; give a number from "
            f"{LOWEST_TEMPERATURE:g} to {HIGHEST_TEMPERATURE:g}, or {FITTED!r}"
        ) from None


DIALECT = Dialect("compare", "/v1/", operations, with_code)
