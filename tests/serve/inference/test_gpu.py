"""Parity with the CPU on whichever GPU there is: CUDA, or WebGPU with a real adapter."""

from __future__ import annotations

import numpy as np
import pytest

from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.pictures import Pictures
from serve.inference import runtime
from serve.inference.runtime import LoadedPair
from train.data.dataset import Cifar10

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def gpu() -> LoadedPair:
    """The published pair on the GPU that `TWINLABEL_DEVICE=auto` would use."""
    pair = runtime.load(COMMITTED, "auto")
    if pair.device.kind == "cpu":
        pytest.skip(f"no GPU can be used here: {pair.device.note}")
    return pair


@pytest.fixture(scope="module")
def cpu() -> LoadedPair:
    return runtime.load(COMMITTED, "cpu")


def test_all_nodes_run_on_it(gpu: LoadedPair) -> None:
    assert "run elsewhere" not in gpu.device.note


def test_it_answers_as_the_cpu(gpu: LoadedPair, cpu: LoadedPair, test_pictures: Pictures) -> None:
    for name in NAMES:
        ours, theirs = (p.infer(name, test_pictures)["probabilities"] for p in (gpu, cpu))
        assert np.abs(ours - theirs).max() <= 1e-4


def test_it_answers_as_the_cpu_on_the_whole_test_set(
    gpu: LoadedPair, cpu: LoadedPair, cifar10: Cifar10
) -> None:
    """In batches of every size that the engine makes at most once."""
    images = cifar10.test.images.numpy()
    # 1, 2, 3 ... 139 pictures, and then what is left.
    ends = [n * (n + 1) // 2 for n in range(1, 140)]
    for name in NAMES:
        ours, theirs = (
            np.concatenate(
                [p.infer(name, part)["probabilities"] for part in np.split(images, ends)]
            )
            for p in (gpu, cpu)
        )
        assert np.abs(ours - theirs).max() <= 1e-4
        second, first = np.sort(theirs)[:, -2:].T
        clear = first - second > 2e-4
        assert np.array_equal(ours.argmax(1)[clear], theirs.argmax(1)[clear])
