"""Schemas of the kinds that Kubernetes itself does not have: KServe's and KubeRay's.

Both publish theirs in megabytes of YAML that no package carries. Here are the fields that our
manifests use, with the types that those have in KServe 0.20 and KubeRay 1.7; the pods inside of
them are checked by the schemas of Kubernetes. Where the published definitions are at hand,
`published` makes a strict schema of them.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_CORE = "#/$defs/io.k8s.api"
_METADATA = {"$ref": "#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}


def _closed(**properties: Schema) -> Schema:
    """An object with these fields and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


_MODEL = _closed(
    modelFormat=_closed(name=_TEXT, version=_TEXT),
    protocolVersion={"enum": ["v1", "v2", "grpc-v1", "grpc-v2"]},
    runtime=_TEXT,
    storageUri=_TEXT,
    resources={"$ref": f"{_CORE}.core.v1.ResourceRequirements"},
)
_EXTENSION: dict[str, Schema] = {
    "minReplicas": _COUNT,
    "maxReplicas": _COUNT,
    "scaleMetric": {"enum": ["cpu", "memory", "concurrency", "rps"]},
    "scaleTarget": _COUNT,
    "deploymentStrategy": {"$ref": f"{_CORE}.apps.v1.DeploymentStrategy"},
    "model": _MODEL,
}
_START = {"type": "object", "additionalProperties": _TEXT}
_POD = {"$ref": f"{_CORE}.core.v1.PodTemplateSpec"}
_WORKERS = _closed(
    groupName=_TEXT,
    replicas=_COUNT,
    minReplicas=_COUNT,
    maxReplicas=_COUNT,
    rayStartParams=_START,
    template=_POD,
)
_RAY_SERVICE = _closed(
    serveConfigV2=_TEXT,
    serviceUnhealthySecondThreshold=_COUNT,
    deploymentUnhealthySecondThreshold=_COUNT,
    excludeHeadPodFromServeSvc={"type": "boolean"},
    rayClusterConfig=_closed(
        rayVersion=_TEXT,
        enableInTreeAutoscaling={"type": "boolean"},
        autoscalerOptions=_closed(
            version={"enum": ["v1", "v2"]},
            idleTimeoutSeconds=_COUNT,
            resources={"$ref": f"{_CORE}.core.v1.ResourceRequirements"},
            securityContext={"$ref": f"{_CORE}.core.v1.SecurityContext"},
        ),
        authOptions=_closed(mode={"enum": ["disabled", "token"]}),
        headGroupSpec=_closed(rayStartParams=_START, template=_POD),
        workerGroupSpecs={"type": "array", "items": _WORKERS},
    ),
)


def schema(kind: str, definitions: Schema) -> Schema | None:
    """The schema of a custom kind, or None for a kind of Kubernetes itself.

    `definitions` are those of a version of Kubernetes.
    """
    if kind == "RayService":
        version, spec = "ray.io/v1", _RAY_SERVICE
    elif kind == "InferenceService":
        # KServe's predictor is a pod's spec with more fields, `model` instead of containers among
        # them.
        pod = definitions["$defs"]["io.k8s.api.core.v1.PodSpec"]
        predictor = _closed(**pod["properties"], **_EXTENSION)
        version, spec = "serving.kserve.io/v1beta1", _closed(predictor=predictor)
    else:
        return None
    whole = _closed(apiVersion={"const": version}, kind=_TEXT, metadata=_METADATA, spec=spec)
    return {"$defs": definitions["$defs"], **whole}


def published(definition: Schema, version: str) -> Schema:
    """The strict schema of a version in a CustomResourceDefinition, such as `v1beta1`.

    What KServe and KubeRay publish accepts fields that it does not name; the API server only drops
    them. Here they are errors.
    """
    (found,) = (each for each in definition["spec"]["versions"] if each["name"] == version)
    strict: Schema = _strict(found["schema"]["openAPIV3Schema"])
    # The API server checks the metadata of all objects itself.
    strict["properties"]["metadata"] = {"type": "object"}
    return strict


def _strict(value: Any) -> Any:
    if isinstance(value, list):
        return [_strict(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {key: _strict(inner) for key, inner in value.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made
