"""The manifests of deploy/kubernetes, object by object, and their check against schemas.

The schemas of Kubernetes itself come with the package kubernetes-validate. Those of KServe and of
KubeRay come with no package: `tests.deploy.custom_resources` has what stands in for them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from harness.paths import ROOT
from tests.deploy import custom_resources

FOLDER = ROOT / "deploy" / "kubernetes"
OLDEST, NEWEST = "1.30", "1.37"
"""The versions of Kubernetes that the manifests are for, the newest of them as published."""
Object = dict[str, Any]
Path = tuple[str | int, ...]
# Maps whose keys are the user's own, so that no schema can know them.
_FREE = {"labels", "annotations", "matchLabels", "requests", "limits", "rayStartParams"}
_NOT_TRIED = {"apiVersion", "kind", "metadata"}


def objects() -> list[Object]:
    """All objects of all manifests."""
    return [
        made
        for path in sorted(FOLDER.glob("*.yaml"))
        for made in yaml.safe_load_all(path.read_text("utf-8"))
    ]


def of_kind(kind: str) -> Object:
    """The only object of this kind."""
    (found,) = (made for made in objects() if made["kind"] == kind)
    return found


def named(made: Object) -> str:
    """The kind and the name of an object."""
    return f"{made['kind']} {made['metadata']['name']}"


def faults(made: Object, version: str = NEWEST) -> list[str]:
    """What is wrong with an object by the strict schemas of a version of Kubernetes."""
    return faults_by(_validator(made["apiVersion"], made["kind"], version), made)


def faults_by(validator: Draft202012Validator, made: Object) -> list[str]:
    """The same by another schema: the place of each fault, and what is wrong there."""
    return [
        f"{'.'.join(map(str, error.absolute_path)) or 'the top'}: {error.message}"
        for error in validator.iter_errors(made)
    ]


@cache
def _validator(api: str, kind: str, version: str) -> Draft202012Validator:
    definitions = _contents("_definitions", version)
    schema = custom_resources.schema(kind, definitions)
    if schema is None:
        # The schema of autoscaling/v2 is called `-autoscaling-v2`, and that of v1 `-v1`.
        group = [part.split(".")[0] for part in api.split("/")]
        schema = _contents("-".join([kind.lower(), *group]), version)
    registry: Registry[Any] = Resource.from_contents(definitions) @ Registry()
    return Draft202012Validator(schema, registry=registry)


@cache
def _contents(name: str, version: str) -> Object:
    folder = f"kubernetes-json-schema/v{version}.0-local-strict"
    contents: Object = schema_contents(f"{folder}/{name}.json", version)
    return contents


def misspelt(made: Object) -> Iterator[tuple[str, Object]]:
    """Copies of an object, each with a typo in another field, and the path of that field."""
    for path in _fields(made, ()):
        wrong = copy.deepcopy(made)
        holder: Any = wrong
        for step in path[:-1]:
            holder = holder[step]
        holder[f"{path[-1]}x"] = holder.pop(path[-1])
        yield ".".join(map(str, path)), wrong


def _fields(value: Any, path: Path) -> Iterator[Path]:
    """The paths of all fields that a schema can know, without what names the object itself."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if not path and key in _NOT_TRIED:
            continue
        if isinstance(key, str):
            yield (*path, key)
        if isinstance(inner, dict | list) and not _is_free(key, inner):
            yield from _fields(inner, (*path, key))


def _is_free(key: str | int, inner: Any) -> bool:
    # A Service's selector is a map of labels; everybody else's has `matchLabels`.
    return key in _FREE or (key == "selector" and "matchLabels" not in inner)
