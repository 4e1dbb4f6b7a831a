"""Twinlabel's own dialect: `/v1/compare` gives both models' answers to one or more pictures."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from contract.calibration import (
    HIGHEST_TEMPERATURE,
    LEVELS,
    LOWEST_TEMPERATURE,
    check_temperature,
    level_name,
)
from contract.pictures import decoder
from contract.twins import NAMES
from serve import decoding
from serve.errors import BadCoverage, BadTemperature, UnknownParameter
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
COVERAGE = "coverage"
_LEVELS = [level_name(level) for level in LEVELS]
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
_QUERY.append(
    {
        "name": COVERAGE,
        "in": "query",
        "description": "Adds each model's prediction set at this level: as many classes as it "
        "takes for that share of the sets to hold the true class, on pictures like those of "
        "CIFAR-10. The sets are worked out at temperature 1, whatever the other parameters are.",
        "schema": {"type": "number", "enum": list(LEVELS)},
        "example": 0.95,
    }
)
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
        query = _query(request)
        temperatures = _temperatures(query, comparer)
        coverage = _coverage(query, comparer)
        uploads = await bodies.read(request)
        started = time.perf_counter()
        async with Admitted(request, comparer.engine, len(uploads)) as place:
            decoded = await decoding.decode_all([content for _, content in uploads])
            if len(decoded) == 1:
                decoded = [decoding.only(decoded)]
            compared = await comparer.compare(
                decoding.readable(decoded), temperatures, place, coverage
            )
        results = [
            result_of(comparison, name, decoding.notes_of(each))
            for (name, _), each, comparison in zip(
                uploads, decoded, decoding.with_errors(decoded, compared), strict=True
            )
        ]
        found = answer(comparer, results, milliseconds_since(started), coverage)
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


def _query(request: Request) -> Mapping[str, str]:
    """The parameters in the query. Raises `UnknownParameter` for any other."""
    if not request.scope["query_string"]:
        return {}
    known = [*_PARAMETERS.values(), COVERAGE]
    for parameter in request.query_params:
        if parameter not in known:
            raise UnknownParameter(
                f"there is no parameter {parameter[:40]!r}; use {', '.join(known[:-1])} or "
                f"{known[-1]}"
            )
    return request.query_params


def _temperatures(query: Mapping[str, str], comparer: Comparer) -> Temperatures:
    """The temperatures in the query, by model. Raises `BadTemperature`."""
    return {
        name: _temperature(name, query[parameter], comparer)
        for name, parameter in _PARAMETERS.items()
        if parameter in query
    }


def _coverage(query: Mapping[str, str], comparer: Comparer) -> float | None:
    """The coverage level in the query, if there is one. Raises `BadCoverage`."""
    text = query.get(COVERAGE)
    if text is None:
        return None
    try:
        level = float(text)
    except ValueError:
        level = math.nan
    if level not in LEVELS:
        raise BadCoverage(
            f"{COVERAGE}={text[:40]!r} is not offered; use {', '.join(_LEVELS[:-1])} or "
            f"{_LEVELS[-1]}"
        )
    if not comparer.evidence.thresholds:
        raise BadCoverage(
            f"{COVERAGE}={text[:40]}: there are no prediction sets, because the report on these "
            "models is missing or about another pair; leave it out, or make the report with "
            "`python -m train evaluate` and start the server again"
        )
    return level


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
