"""Writes a model repository for NVIDIA's Triton: `python -m tools.triton OUT`.

`exported_models/` can be loaded by Triton as it is, but then without batching, limits or warm-up.
This writes both models with a `config.pbtxt` each, in fp32 or INT8, for a CPU or for GPUs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from contract.artifacts import manifest
from contract.artifacts.manifest import INPUT, INT8, OUTPUTS, Manifest, ManifestError
from contract.cifar10 import CLASSES, PICTURE_SIZE
from harness.paths import COMMITTED

MOST_WAITING = 256
"""Requests that may wait for a model before Triton refuses more."""
SECONDS_WAITING = 1
"""How long a request may wait before it is refused."""
INSTANCES = 2
"""Of each model. With only one, Triton now and then lets a request wait for half a second."""
LARGEST_BATCH = {"cpu": 8, "gpu": 256}
"""The largest number of pictures in a run. On a CPU larger ones are no faster."""
_SHAPE = f"{PICTURE_SIZE}, {PICTURE_SIZE}, 3"
_CONFIG = """\
# Made by `python -m tools.triton`.
name: "{name}"
platform: "onnxruntime_onnx"
max_batch_size: {largest}
input [{{ name: "{input}" data_type: TYPE_UINT8 dims: [ {shape} ] }}]
output [
{outputs}
]
instance_group [{{ kind: {kind} count: {instances} }}]
# No request waits for a batch to fill; what comes during a run is the next one.
dynamic_batching {{
  max_queue_delay_microseconds: 0
  default_queue_policy {{
    timeout_action: REJECT
    default_timeout_microseconds: {timeout}
    allow_timeout_override: true
    max_queue_size: {waiting}
  }}
}}
model_warmup [
{warm_ups}
]
"""
_OUTPUT = '  {{ name: "{name}" data_type: TYPE_FP32 dims: [ {classes} ] }}'
_WARM_UP = """\
  {{
    name: "batch of {size}"
    batch_size: {size}
    inputs {{
      key: "{input}"
      value: {{ data_type: TYPE_UINT8 dims: [ {shape} ] zero_data: true }}
    }}
  }}"""
# Each of Triton's instances has a thread of its own, so on a CPU each model keeps to one.
_THREADS = """\
parameters { key: "intra_op_thread_count" value: { string_value: "1" } }
"""


def config(name: str, device: str, instances: int) -> str:
    """The text of `config.pbtxt` of the model `name`, for `cpu` or `gpu`.

    The fields are those of Triton's `model_config.proto`.
    """
    largest = LARGEST_BATCH[device]
    text = _CONFIG.format(
        name=name,
        largest=largest,
        input=INPUT,
        shape=_SHAPE,
        outputs=",\n".join(_OUTPUT.format(name=each, classes=len(CLASSES)) for each in OUTPUTS),
        kind=f"KIND_{device.upper()}",
        instances=instances,
        timeout=SECONDS_WAITING * 1_000_000,
        waiting=MOST_WAITING,
        warm_ups=",\n".join(
            _WARM_UP.format(size=size, input=INPUT, shape=_SHAPE) for size in (1, largest)
        ),
    )
    return text if device == "gpu" else text + _THREADS


def write(models: Path, out: Path, device: str, instances: int) -> Manifest:
    """Write the repository of the pair in the folder `models` to the new folder `out`.

    Raises `ManifestError` if the pair cannot be read, and `OSError` if `out` cannot be written or
    is not empty.
    """
    current = manifest.read(models)
    contents = {
        name: manifest.read_file(models, entry, name) for name, entry in current.models.items()
    }
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty; name a new folder")
    for name, content in contents.items():
        version = out / name / str(current.version)
        version.mkdir(parents=True)
        (version / "model.onnx").write_bytes(content)
        (out / name / "config.pbtxt").write_text(config(name, device, instances), "utf-8")
    return current


def main() -> None:
    """Write the repository, and print how to start Triton on it."""
    parser = argparse.ArgumentParser(prog="python -m tools.triton", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    parser.add_argument("--models", type=Path, default=COMMITTED, help="folder of the pair")
    parser.add_argument("--int8", action="store_true", help="the pair in INT8")
    parser.add_argument(
        "--gpu", action="store_true", help="instances on GPUs (default: on the CPU)"
    )
    parser.add_argument(
        "--instances", type=int, default=INSTANCES, help="of each model, on each device"
    )
    options = parser.parse_args()
    models = options.models / INT8 if options.int8 else options.models
    if options.instances < 1:
        parser.error(f"--instances is {options.instances}; it must be at least 1")
    try:
        write(models, options.out, "gpu" if options.gpu else "cpu", options.instances)
    except (ManifestError, OSError) as error:
        sys.exit(f"triton: {error}")
    print(f"written to {options.out}; start Triton with")
    print(f"  tritonserver --model-repository={options.out.resolve()}")


if __name__ == "__main__":
    main()
