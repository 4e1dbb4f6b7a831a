"""What several tests share: pictures, a tiny real pair, a real server.

PyTorch is loaded only by the fixtures that train or measure with it.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contract.artifacts.manifest import Manifest
from harness import pictures
from harness.paths import SAMPLE
from harness.servers import WITH_PAGE, Server, running

if TYPE_CHECKING:
    from train.data.dataset import Cifar10

# The networks of the tests are too small to gain from threads, and on a busy machine two threads
# that wait for each other lose much. Before torch is imported, and for the programs started here.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Of an evaluation: enough to see that it runs.
SHORT: dict[str, Any] = {"repeats": 20, "corrupted": 100}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say, just above pytest's last line, how many tests were skipped and what they need."""
    yield
    for line in skipped_lines(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line)


def skipped_lines(reports: Sequence[pytest.TestReport | pytest.CollectReport]) -> list[str]:
    """How many were skipped, and for which reasons."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in reports
        if isinstance(report.longrepr, tuple)
    )
    if not reasons:
        return []
    counted = (f"{n} because {reason}" for reason, n in reasons.most_common())
    return [f"Skipped, and not passed: {sum(reasons.values())} tests.", *counted]


@pytest.fixture(scope="session")
def test_pictures() -> pictures.Pictures:
    """500 CIFAR-10 test pictures, uint8 `[500, 32, 32, 3]`."""
    return pictures.of_the_sample()


@pytest.fixture(scope="session")
def sample() -> Cifar10:
    """900 training, 100 validation and 500 test pictures of the real CIFAR-10, as tensors."""
    from train.data import dataset

    return dataset.load(SAMPLE, download=False)


@pytest.fixture(scope="session")
def cifar10() -> Cifar10:
    """All of CIFAR-10, where it is."""
    from train.data import dataset, release
    from train.errors import TrainError

    try:
        found = dataset.load(release.data_folder(None), download=False)
    except TrainError as error:
        pytest.skip(f"all of CIFAR-10 is not here: {error}")
    if not found.official:
        pytest.skip("CIFAR10_DIR names a sample")
    return found


@dataclass(frozen=True)
class Published:
    """A published pair in a folder of its own."""

    folder: Path
    manifest: Manifest


@pytest.fixture(scope="session")
def tiny_pair(tmp_path_factory: pytest.TempPathFactory, sample: Cifar10) -> Published:
    """A real pair, trained for one epoch: small, and bad at its job."""
    from tests.tiny import published

    folder = tmp_path_factory.mktemp("pair")
    return Published(folder, published(sample, folder))


@pytest.fixture
def pair_copy(tiny_pair: Published, tmp_path: Path) -> Path:
    """The tiny pair in a folder that the test may spoil."""
    return Path(shutil.copytree(tiny_pair.folder, tmp_path / "pair"))


@pytest.fixture(scope="session")
def evaluated_pair(
    tmp_path_factory: pytest.TempPathFactory, tiny_pair: Published, sample: Cifar10
) -> Published:
    """The tiny pair with its evidence, measured on the sample."""
    from train.evaluation import evaluate

    folder = shutil.copytree(tiny_pair.folder, tmp_path_factory.mktemp("evaluated") / "pair")
    evaluate.evaluate(folder, sample, **SHORT)
    return Published(folder, tiny_pair.manifest)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole application on the committed pair."""
    folder = tmp_path_factory.mktemp("server")
    uploads = str(folder / "uploads")
    with running(WITH_PAGE, log=folder / "log", GRADIO_TEMP_DIR=uploads) as started:
        yield started
