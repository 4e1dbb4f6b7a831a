"""The manifests for Kubernetes against the published schemas, and a typo in each field."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.deploy import custom_resources
from tests.deploy.manifests import (
    NEWEST,
    OLDEST,
    Object,
    faults,
    faults_by,
    misspelt,
    named,
    objects,
)

DEFINITIONS = "CUSTOM_RESOURCE_DEFINITIONS"
"""The environment variable that names a file with the definitions of KServe and KubeRay."""
every_object = pytest.mark.parametrize("made", objects(), ids=named)


def test_there_is_one_of_each() -> None:
    assert Counter(made["kind"] for made in objects()) == {
        "Deployment": 1,
        "Service": 1,
        "HorizontalPodAutoscaler": 1,
        "PodDisruptionBudget": 1,
        "InferenceService": 2,
        "RayService": 1,
    }


@every_object
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_object_satisfies_its_schema(made: Object, version: str) -> None:
    assert faults(made, version) == []


@every_object
def test_a_typo_in_any_field_is_found(made: Object) -> None:
    tried = dict(misspelt(made))
    assert len(tried) > 3
    assert [place for place, wrong in tried.items() if not faults(wrong)] == []


def _definitions() -> dict[str, Any]:
    """The published definitions by kind, from what `kubectl get crd NAMES -o yaml` prints."""
    file = os.environ.get(DEFINITIONS)
    if file is None:
        pytest.skip(f"{DEFINITIONS} names no file with the definitions of KServe and KubeRay")
    documents = yaml.load_all(Path(file).read_text("utf-8"), yaml.CSafeLoader)
    found = [item for each in documents for item in each.get("items", [each])]
    return {each["spec"]["names"]["kind"]: each for each in found}


def test_the_published_definitions_agree() -> None:
    """deploy/README.md says how to get them."""
    definitions = _definitions()
    for made in objects():
        group, _, version = made["apiVersion"].rpartition("/")
        if made["kind"] not in definitions:
            assert group not in {"ray.io", "serving.kserve.io"}
            continue
        strict = custom_resources.published(definitions[made["kind"]], version)
        validator = Draft202012Validator(strict)
        assert faults_by(validator, made) == []
        typos = misspelt(made)
        assert [place for place, wrong in typos if not faults_by(validator, wrong)] == []
