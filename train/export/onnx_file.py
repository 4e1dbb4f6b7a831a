"""Exports a trained network as a self-contained ONNX file, and checks that it answers the same.

The graph takes `images`, uint8 RGB pictures `[batch, 32, 32, 3]`, and returns `logits` and
`probabilities`, float32 `[batch, 10]`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from contract.artifacts.manifest import INPUT, LARGEST_MODEL_BYTES, OUTPUTS
from contract.cifar10 import CLASSES, PICTURE_SIZE
from train.errors import TrainError
from train.export.published import BATCH

OPSET = 20
LARGEST_DIFFERENCE = 1e-5
"""The largest allowed difference of a probability between PyTorch and ONNX Runtime, on a CPU."""


@dataclass(frozen=True)
class Metadata:
    """The metadata of an ONNX file. Two exports of the same weights have the same metadata."""

    model: str
    epsilon: float
    recipe: str
    seed: int
    data_sha256: str
    weights_sha256: str

    def as_strings(self) -> dict[str, str]:
        """The metadata as strings, because ONNX allows nothing else; the class list is JSON."""
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
    """The SHA-256 of the names, shapes, types and values of all the network's tensors."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype};".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def to_onnx(network: nn.Module, metadata: Metadata) -> bytes:
    """The bytes of the ONNX file: the same weights and package versions give the same bytes.

    `network` must be on a CPU, in evaluation mode and float32. Raises `TrainError` if the file
    would be too large.
    """
    example = torch.zeros(2, PICTURE_SIZE, PICTURE_SIZE, 3, dtype=torch.uint8)
    # The exporter logs its progress, and warns of deprecated functions that it uses itself.
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
            f"the {metadata.model} model is {len(content):,} bytes as ONNX, and the limit is below "
            f"{LARGEST_MODEL_BYTES:,}; make the recipe's network smaller"
        )
    return content


def _forget_origins(proto: onnx.ModelProto) -> None:
    """Remove the stack traces that the exporter leaves, because they contain local paths."""
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


@torch.no_grad()
def check_parity(
    network: nn.Module, probabilities: NDArray[np.float32], images: Tensor, name: str
) -> float:
    """The largest |Δp| between `network` and ONNX Runtime's `probabilities` for `images`.

    Raises `TrainError` if it is above `LARGEST_DIFFERENCE` or an answer differs.
    """
    expected = np.concatenate(
        [torch.softmax(network(batch), dim=1).numpy() for batch in torch.split(images.cpu(), BATCH)]
    )
    difference = float(np.abs(expected - probabilities).max())
    other_answers = int((expected.argmax(1) != probabilities.argmax(1)).sum())
    if difference > LARGEST_DIFFERENCE or other_answers:
        raise TrainError(
            f"the {name} model answers differently in ONNX Runtime and in PyTorch: largest |Δp| "
            f"{difference:.1e} (at most {LARGEST_DIFFERENCE:.0e} is allowed), {other_answers} "
            f"different answers of {len(images)}; nothing was published"
        )
    return difference
