"""Makes the OpenAPI document from the operations and from the models of what they send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import TypeAdapter

from serve.rest.common.operation import Answer, Operation

_REF = "#/components/schemas/{model}"
_INFO = {
    "title": "Twinlabel",
    "description": "Two CIFAR-10 classifiers side by side. They differ only in label smoothing.",
    "version": "0.1.0",
}

Document = dict[str, Any]
_Use = tuple[type, Literal["validation", "serialization"]]
"""A model, and whether it describes what is received or what is sent."""


def document(operations: Sequence[Operation]) -> Document:
    """The OpenAPI document of `operations`."""
    operations = [operation for operation in operations if operation.documented]
    uses = list(dict.fromkeys(_uses(operations)))
    found, definitions = TypeAdapter.json_schemas(
        [(model, mode, TypeAdapter(model)) for model, mode in uses], ref_template=_REF
    )
    schemas: dict[_Use, Document] = {use: found[use] for use in uses}
    paths: Document = {}
    for operation in operations:
        described = _operation(operation, schemas)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "paths": paths,
        "components": {"schemas": dict(sorted(definitions["$defs"].items()))},
    }


def _uses(operations: Iterable[Operation]) -> Iterable[_Use]:
    for operation in operations:
        for content in (operation.body or {"content": {}})["content"].values():
            if isinstance(content["schema"], type):
                yield content["schema"], "validation"
        for answer in operation.answers.values():
            if answer.model is not None:
                yield answer.model, "serialization"


def _operation(operation: Operation, schemas: dict[_Use, Document]) -> Document:
    name = getattr(operation.endpoint, "__name__", "")
    words = re.sub(r"\W", "_", name + operation.path)
    described: Document = {
        "summary": operation.summary,
        "operationId": f"{words}_{operation.method.lower()}",
    }
    if operation.parameters:
        described["parameters"] = list(operation.parameters)
    if operation.body is not None:
        described["requestBody"] = _body(operation.body, schemas)
    described["responses"] = {
        str(status): _answer(answer, schemas) for status, answer in operation.answers.items()
    }
    return described


def _body(body: Document, schemas: dict[_Use, Document]) -> Document:
    content = {}
    for media_type, described in body["content"].items():
        schema = described["schema"]
        if isinstance(schema, type):
            schema = schemas[schema, "validation"]
        content[media_type] = {**described, "schema": schema}
    return {**body, "content": content}


def _answer(answer: Answer, schemas: dict[_Use, Document]) -> Document:
    content: Document = {}
    if answer.model is not None:
        content["application/json"] = {"schema": schemas[answer.model, "serialization"]}
    content.update(answer.content)
    described: Document = {"description": answer.description}
    return {**described, "content": content} if content else described
