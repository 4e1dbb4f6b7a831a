"""The penultimate plane of Müller, Kornblith and Hinton (2019, section 2).

The weights of three classes in the last layer span a plane. The features of pictures of these
classes, projected onto it, show how tightly a model clusters each class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray

from contract.artifacts.manifest import INPUT
from train.data.dataset import Pictures

CLASSES = (0, 3, 5)
"""The classes airplane, cat and dog: one unlike the others, and two that are easily confused."""
EACH = 200
"""The number of pictures of each class, from the first."""
_BATCH = 200


@dataclass(frozen=True)
class Projected:
    """Positions on the plane, `[n, 2]`, and the class of each, `[n]`."""

    places: NDArray[np.float64]
    labels: NDArray[np.int64]


def project(content: bytes, pictures: Pictures) -> Projected:
    """The first `EACH` pictures of each of `CLASSES`, projected onto the plane of a model.

    `content` is the model's ONNX file.
    """
    labels = pictures.labels.numpy()
    index = np.concatenate([np.flatnonzero(labels == k)[:EACH] for k in CLASSES])
    features, weights = last_layer(content, pictures.images[torch.from_numpy(index)].numpy())
    return Projected(features @ axes(weights), labels[index])


def axes(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two orthonormal directions `[features, 2]` of the plane, from `weights` `[10, features]`."""
    a, b, c = (weights[k] for k in CLASSES)
    first = (b - a) / np.linalg.norm(b - a)
    rest = (c - a) - ((c - a) @ first) * first
    return np.stack([first, rest / np.linalg.norm(rest)], axis=1)


def last_layer(
    content: bytes, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The input of the last linear layer `[n, features]`, and its weights `[10, features]`."""
    model = onnx.load_from_string(content)
    last = [node for node in model.graph.node if node.op_type == "Gemm"][-1]
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    weights = onnx.numpy_helper.to_array(stored[last.input[1]]).astype(np.float64)
    model.graph.output.append(onnx.ValueInfoProto(name=last.input[0]))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    parts = [
        session.run([last.input[0]], {INPUT: images[start : start + _BATCH]})[0]
        for start in range(0, len(images), _BATCH)
    ]
    return np.concatenate(parts).astype(np.float64), weights
