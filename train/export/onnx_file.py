"""A trained network as a self-contained ONNX file, and proof that it answers the same.

The graph takes the pictures as they are (`images`, uint8 `[batch, 32, 32, 3]`, RGB) and gives
`logits` and `probabilities`, float32 `[batch, 10]`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from contract.artifacts.manifest import INPUT, LARGEST_MODEL_BYTES, OUTPUTS
from contract.cifar10 import CLASSES, PICTURE_SIZE
from train.errors import TrainError

OPSET = 20
BATCH = 500
LARGEST_DIFFERENCE = 1e-5
"""Between a probability from PyTorch and the same from ONNX Runtime, both float32 on a CPU."""


@dataclass(frozen=True)
class Metadata:
    """What a file says of itself; nothing that differs between two exports of the same weights."""

    model: str
    epsilon: float
    recipe: str
    seed: int
    data_sha256: str
    weights_sha256: str

    def as_strings(self) -> dict[str, str]:
        """ONNX metadata holds strings only; lists are JSON."""
        strings = {key: str(value) for key, value in vars(self).items()}
        return {"classes": json.dumps(CLASSES), **strings}


class _WithProbabilities(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.network(images)
        return logits, torch.softmax(logits, dim=1)


def weights_sha256(network: nn.Module) -> str:
    """A hash of the names, shapes and values of all the network's tensors."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype};".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def to_onnx(network: nn.Module, metadata: Metadata) -> bytes:
    """The file's bytes: the same for the same weights and package versions, with no local path.

    `network` must be on a CPU, in evaluation mode and float32. Raises `TrainError` where the
    file would be too large or is not valid ONNX.
    """
    example = torch.zeros(2, PICTURE_SIZE, PICTURE_SIZE, 3, dtype=torch.uint8)
    # The exporter reports its progress through loggers and deprecations of its own insides.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            _WithProbabilities(network).eval(),
            (example,),
            dynamo=True,
            verbose=False,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_shapes=({0: "batch"},),
            external_data=False,
            opset_version=OPSET,
        )
    assert program is not None  # None only when the exporter itself writes a file
    proto = program.model_proto
    _forget_origins(proto)
    onnx.helper.set_model_props(proto, metadata.as_strings())
    onnx.checker.check_model(proto, full_check=True)
    content: bytes = proto.SerializeToString(deterministic=True)
    if len(content) >= LARGEST_MODEL_BYTES:
        raise TrainError(
            f"the {metadata.model} model is {len(content):,} bytes as ONNX; the contract allows "
            f"less than {LARGEST_MODEL_BYTES:,}: make the recipe's network smaller"
        )
    return content


def _forget_origins(proto: onnx.ModelProto) -> None:
    """Remove the stack traces that the exporter leaves: they hold paths of this machine."""
    proto.doc_string = ""
    del proto.metadata_props[:]
    graphs = [proto.graph, *proto.functions]
    for graph in graphs:
        graph.doc_string = ""
        del graph.metadata_props[:]
        for item in (*graph.node, *graph.value_info):
            item.doc_string = ""
            del item.metadata_props[:]
    for item in (*proto.graph.input, *proto.graph.output, *proto.graph.initializer):
        item.doc_string = ""
        del item.metadata_props[:]


def run_onnx(content: bytes, images: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits and probabilities, `[n, 10]` each, of uint8 pictures through ONNX Runtime on a CPU."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    parts = [
        session.run(list(OUTPUTS), {INPUT: np.ascontiguousarray(batch.cpu().numpy())})
        for batch in torch.split(images, BATCH)
    ]
    logits, probabilities = (np.concatenate(column) for column in zip(*parts, strict=True))
    return logits, probabilities


@torch.no_grad()
def check_parity(
    network: nn.Module, probabilities: NDArray[np.float32], images: Tensor, name: str
) -> float:
    """The largest |Δp| between `network` and what ONNX Runtime gave for `images`.

    Raises `TrainError` where it is above `LARGEST_DIFFERENCE` or an answer differs.
    """
    expected = np.concatenate(
        [torch.softmax(network(batch), dim=1).numpy() for batch in torch.split(images.cpu(), BATCH)]
    )
    difference = float(np.abs(expected - probabilities).max())
    other_answers = int((expected.argmax(1) != probabilities.argmax(1)).sum())
    if difference > LARGEST_DIFFERENCE or other_answers:
        raise TrainError(
            f"the {name} model answers otherwise as ONNX than in PyTorch: largest |Δp| "
            f"{difference:.1e} (at most {LARGEST_DIFFERENCE:.0e}), {other_answers} other answers "
            f"of {len(images)}; nothing was published"
        )
    return difference
