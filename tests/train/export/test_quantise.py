"""The quantised pair: published beside the other, served like it, and its cost told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from contract.artifacts import manifest
from contract.artifacts.manifest import INT8
from contract.artifacts.quantisation import FILE as COST_FILE
from contract.twins import NAMES
from serve.inference import runtime
from tests.conftest import Published
from train.data.dataset import Cifar10
from train.errors import TrainError
from train.export import quantise


def test_the_quantised_pair_is_published_and_served(pair_copy: Path, sample: Cifar10) -> None:
    before = manifest.read(pair_copy)
    costs = quantise.export_int8(pair_copy, sample)
    assert manifest.read(pair_copy) == before
    made = manifest.read(pair_copy / INT8)
    pair = runtime.load(pair_copy / INT8, "cpu")  # checks hashes, metadata and tensors
    images, labels = sample.test.images.numpy(), sample.test.labels.numpy()
    for name in NAMES:
        assert made.models[name].weights_sha256 == before.models[name].weights_sha256
        assert made.models[name].sha256 != before.models[name].sha256
        assert pair.sessions[name].get_modelmeta().custom_metadata_map["precision"] == INT8
        measured = (pair.infer(name, images)["logits"].argmax(axis=1) == labels).mean()
        cost = costs.root["test"][name]
        assert cost.accuracy == pytest.approx(measured, abs=1e-6)
        assert made.models[name].test_accuracy == cost.accuracy
        assert cost.accuracy_before == pytest.approx(before.models[name].test_accuracy, abs=1e-6)
        assert 0 < cost.confidence_change < 0.05
        assert cost.pictures == 500
    told = json.loads((pair_copy / INT8 / COST_FILE).read_text())
    assert told["validation"]["hard"] == costs.root["validation"]["hard"].model_dump()


def test_the_same_pair_gives_the_same_bytes(tiny_pair: Published, sample: Cifar10) -> None:
    entry = tiny_pair.manifest.models["hard"]
    content = manifest.read_file(tiny_pair.folder, entry, "hard")
    pictures = sample.train.images[:100].numpy()
    first = quantise.quantise(content, pictures)
    assert first == quantise.quantise(content, pictures)
    # Other pictures, other ranges.
    assert first != quantise.quantise(content, np.zeros_like(pictures))


def test_without_a_pair_it_is_one_sentence(sample: Cifar10, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="there are no trained models"):
        quantise.export_int8(tmp_path, sample)
