"""Quantises the published pair to INT8: a quarter of the size, and faster if the CPU has VNNI.

ONNX Runtime quantises the convolutions statically, except the first two: weights to signed bytes
for each output channel, activations to unsigned bytes by their ranges on training pictures.
Everything else stays in float32: it costs little, and the confidences stay precise.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from contract import calibration as c
from contract.artifacts import manifest
from contract.artifacts.manifest import INPUT, INT8, Manifest
from contract.artifacts.quantisation import FILE as COST_FILE
from contract.artifacts.quantisation import Cost, Costs
from train.data.dataset import Cifar10, Pictures
from train.errors import TrainError
from train.export import int8_graph, onnx_file, publish, published
from train.export.publish import Exported
from train.files import write_whole, writing

PICTURES = 400
"""The number of training pictures, from the first, that show the ranges of activations."""
_BATCH = 100


def export_int8(models: Path, data: Cifar10) -> Costs:
    """Quantise the pair in `models`, publish it in `models`/int8, and write what it changed.

    Raises `TrainError` if the pair cannot be trusted, was trained on other data than `data`, or
    the folder cannot be written.
    """
    current, before = published.read_pair(models)
    published.check_data(current, data, models)
    try:
        curves = manifest.read_file(models, current.curves, "curves")
    except manifest.ManifestError as error:
        raise TrainError(str(error)) from error
    pictures = data.train.images[:PICTURES].numpy()
    after = {name: quantise(content, pictures) for name, content in before.items()}
    sets = {"validation": data.validation, "test": data.test}
    costs = Costs(
        {
            split: {name: cost(before[name], after[name], part) for name in after}
            for split, part in sets.items()
        }
    )
    exported = {
        name: _exported(content, current, name, data, {s: costs.root[s][name] for s in sets})
        for name, content in after.items()
    }
    folder = models / INT8
    with writing(folder):
        publish.write_pair(folder, exported, curves, current.training)
        write_whole(folder / COST_FILE, (costs.model_dump_json(indent=1) + "\n").encode())
    return costs


def quantise(content: bytes, pictures: NDArray[np.uint8]) -> bytes:
    """The bytes of a quantised ONNX file, from those of a float32 file.

    The activations' ranges are measured on `pictures` `[n, 32, 32, 3]`.
    """
    # ONNX Runtime would warn that symbolic shapes are skipped and advise pre-processing, which is
    # done here.
    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared, made = folder / "prepared.onnx", folder / "int8.onnx"
        # Passed by path, because the pre-processing loses the weights of a model in memory.
        (folder / "model.onnx").write_bytes(content)
        quant_pre_process(folder / "model.onnx", prepared, skip_symbolic_shape=True)
        model = onnx.load(prepared)
        int8_graph.fold_norms(model.graph)
        onnx.save(model, prepared)
        found = int8_graph.ranges(model, pictures)
        quantize_static(
            prepared,
            made,
            _Pictures(pictures[:_BATCH]),  # required, but the ranges given below are used
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            calibrate_method=CalibrationMethod.MinMax,
            # The other layers cost next to nothing in float.
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=int8_graph.first_layers(model.graph),
            extra_options={
                "TensorQuantOverrides": {
                    tensor: [{"rmin": low, "rmax": high}] for tensor, (low, high) in found.items()
                }
            },
        )
        model = onnx.load(made)
    said = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    onnx.helper.set_model_props(model, {**said, "precision": INT8})
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self._rest = [pictures]

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return {INPUT: self._rest.pop()} if self._rest else None


def cost(before: bytes, after: bytes, pictures: Pictures) -> Cost:
    """How the answers of the ONNX file `after` differ from those of `before` on `pictures`."""
    labels = pictures.labels.numpy()
    images = pictures.images.numpy()
    old, new = (c.softmax(published.run_onnx(content, images)[0]) for content in (before, after))
    old_sure, old_correct = c.confidence(old, labels)
    new_sure, new_correct = c.confidence(new, labels)
    return Cost(
        pictures=len(labels),
        accuracy=round(float(new_correct.mean()), 6),
        accuracy_before=round(float(old_correct.mean()), 6),
        ece=round(c.ece(c.equal_width(new_sure, new_correct)), 6),
        ece_before=round(c.ece(c.equal_width(old_sure, old_correct)), 6),
        confidence_change=round(float(np.abs(new_sure - old_sure).mean()), 6),
        other_answers=int((old.argmax(axis=1) != new.argmax(axis=1)).sum()),
    )


def _exported(
    content: bytes, current: Manifest, name: str, data: Cifar10, costs: dict[str, Cost]
) -> Exported:
    entry = current.models[name]
    return Exported(
        content=content,
        metadata=onnx_file.Metadata(
            model=name,
            epsilon=entry.epsilon,
            recipe=str(current.training.recipe["name"]),
            seed=current.training.seed,
            data_sha256=data.sha256,
            weights_sha256=entry.weights_sha256,
        ),
        parameters=entry.parameters,
        flops=entry.flops,
        validation_accuracy=costs["validation"].accuracy,
        test_accuracy=costs["test"].accuracy,
    )
