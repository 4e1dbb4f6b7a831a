from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from contract.artifacts.manifest import INPUT, OUTPUTS
from contract.cifar10 import CLASSES
from tests.tiny import trainer
from train.data.dataset import Cifar10
from train.errors import TrainError
from train.export import onnx_file, published


@pytest.fixture(scope="module")
def network(sample: Cifar10) -> nn.Module:
    trained = trainer(sample)
    trained.run_epoch()
    return trained.twins["smoothed"].network.eval()


def metadata(network: nn.Module) -> onnx_file.Metadata:
    return onnx_file.Metadata(
        "smoothed", 0.1, "tiny", 0, "d" * 64, onnx_file.weights_sha256(network)
    )


@pytest.fixture(scope="module")
def content(network: nn.Module) -> bytes:
    return onnx_file.to_onnx(network, metadata(network))


def test_two_exports_are_the_same_bytes(network: nn.Module, content: bytes) -> None:
    assert onnx_file.to_onnx(network, metadata(network)) == content


def test_no_trace_of_this_machine(content: bytes) -> None:
    for word in (b"/work", b"/home", b"site-packages", b".py", b"Traceback"):
        assert word not in content


def test_the_contract(content: bytes) -> None:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (images,) = session.get_inputs()
    assert (images.name, images.type) == (INPUT, "tensor(uint8)")
    assert images.shape == ["batch", 32, 32, 3]
    assert [(o.name, o.type, o.shape) for o in session.get_outputs()] == [
        (name, "tensor(float)", ["batch", 10]) for name in OUTPUTS
    ]
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["classes"]) == list(CLASSES)
    assert (said["epsilon"], said["recipe"], said["seed"]) == ("0.1", "tiny", "0")
    assert len(said["weights_sha256"]) == len(said["data_sha256"]) == 64
    proto = onnx.load_from_string(content)
    assert not any(t.data_location == onnx.TensorProto.EXTERNAL for t in proto.graph.initializer)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_any_batch_gives_each_picture_the_same_answer(
    content: bytes, sample: Cifar10, batch: int
) -> None:
    logits, probabilities = published.run_onnx(content, sample.test.images[:batch].numpy())
    alone, _ = published.run_onnx(content, sample.test.images[:1].numpy())
    assert logits.shape == (batch, 10)
    assert np.abs(logits[0] - alone[0]).max() < 1e-5
    assert np.allclose(probabilities.sum(1), 1, atol=1e-6)


def test_parity_holds_and_a_difference_is_found(
    network: nn.Module, content: bytes, sample: Cifar10
) -> None:
    images = sample.test.images
    _, probabilities = published.run_onnx(content, images.numpy())
    assert onnx_file.check_parity(network, probabilities, images, "smoothed") <= 1e-5
    probabilities[17] = np.roll(probabilities[17], 1)
    with pytest.raises(TrainError, match="smoothed model answers differently"):
        onnx_file.check_parity(network, probabilities, images, "smoothed")


def test_the_weights_hash_sees_one_bit(network: nn.Module) -> None:
    before = onnx_file.weights_sha256(network)
    head = network.get_parameter("head.weight")
    with torch.no_grad():
        head[0, 0] += 1e-6
        after = onnx_file.weights_sha256(network)
        head[0, 0] -= 1e-6
    assert before != after
