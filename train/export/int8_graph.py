"""Prepares an ONNX graph for quantisation: folds norms, and finds ranges for the activations.

The choices were made by mean |Δ confidence| on validation pictures; docs/log.md has the figures and
what else was tried.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, numpy_helper

from contract.artifacts.manifest import INPUT

COVERED = 0.99999
"""Each end of a range leaves out the share 1 - COVERED of the values. Otherwise a few outliers
would make the steps between the 256 levels coarser for all other values."""
GELU_FLAT = -3.0
"""Below this, GELU gives between -0.004 and 0, so its input needs no levels there."""
_BATCH = 40


def fold_norms(graph: GraphProto) -> None:
    """Fold each batch norm after a max-pooling into the convolution before it, in place.

    The maximum commutes with the norm, because the scale of each channel is positive. The output
    channels of a convolution then vary by similar amounts, so that one range suits them all.
    """
    weights = {tensor.name: tensor for tensor in graph.initializer}
    made_by = {output: node for node in graph.node for output in node.output}
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        pool = made_by.get(norm.input[0])
        conv = made_by.get(pool.input[0]) if pool is not None else None
        if pool is None or conv is None or (conv.op_type, pool.op_type) != ("Conv", "MaxPool"):
            continue
        gamma, beta, mean, variance = (numpy_helper.to_array(weights[k]) for k in norm.input[1:5])
        scale = gamma / np.sqrt(variance + _attribute(norm, "epsilon", 1e-5))
        if scale.min() <= 0:
            continue
        before = numpy_helper.to_array(weights[conv.input[1]])
        bias = numpy_helper.to_array(weights[conv.input[2]]) if len(conv.input) > 2 else 0
        _put(graph, conv, 1, before * scale[:, None, None, None])
        _put(graph, conv, 2, (bias - mean) * scale + beta)
        pool.output[0] = norm.output[0]
        graph.node.remove(norm)
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def ranges(
    model: ModelProto, pictures: NDArray[np.uint8]
) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The range (low, high) of each convolution's input and output on `pictures`, by tensor name.

    `pictures` are `[n, 32, 32, 3]`. The ends are zero-dimensional arrays, because ONNX Runtime's
    quantiser expects them.
    """
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    names = sorted({name for node in convs for name in (node.input[0], node.output[0])})
    shown = ModelProto()
    shown.CopyFrom(model)
    for name in names:
        shown.graph.output.append(onnx.helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(
        shown.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    parts = [
        session.run(names, {INPUT: pictures[start : start + _BATCH]})
        for start in range(0, len(pictures), _BATCH)
    ]
    into_gelu = {node.output[0] for node in convs if _ends_in_gelu(model.graph, node.output[0])}
    found = {}
    for index, name in enumerate(names):
        values = np.concatenate([part[index].ravel() for part in parts])
        low, high = np.quantile(values, (1 - COVERED, COVERED))
        if name in into_gelu:
            low = max(low, GELU_FLAT)
        found[name] = (np.array(low, np.float32), np.array(high, np.float32))
    return found


def first_layers(graph: GraphProto) -> list[str]:
    """The names of the nodes that stay in float, because their errors spread to all later layers.

    In the networks of `default` and `quick` they are the whitening and the convolution after it, a
    tenth of all products. With the latter in INT8, the confidences changed by a fifth more.
    """
    convs = [node.name for node in graph.node if node.op_type == "Conv"]
    return convs[:2] if len(convs) > 4 else convs[:1]


def _ends_in_gelu(graph: GraphProto, name: str) -> bool:
    """Whether GELU alone uses the tensor `name`, directly or after max-pooling."""
    users = [node for node in graph.node if name in node.input]
    return bool(users) and all(
        node.op_type == "Gelu"
        or (node.op_type == "MaxPool" and _ends_in_gelu(graph, node.output[0]))
        for node in users
    )


def _put(graph: GraphProto, node: NodeProto, index: int, values: NDArray[np.floating]) -> None:
    """Replace the input `index` of `node` by new weights `values`."""
    name = f"{node.name}_folded_{index}"
    graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
    if index < len(node.input):
        node.input[index] = name
    else:
        node.input.append(name)


def _attribute(node: NodeProto, name: str, default: float) -> float:
    return next((float(a.f) for a in node.attribute if a.name == name), default)
