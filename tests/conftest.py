"""What several tests share: the data sample, a tiny real pair, a real server, a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.manifest import Manifest
from train import data
from train.data import Cifar10
from train.errors import TrainError

# The networks of the tests are too small to gain from threads, and on a busy machine two threads
# that wait for each other lose much. Before torch is imported, and for the programs started here.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "tests" / "data"
COMMITTED = ROOT / "exported_models"
SECONDS_TO_START = 60
# Of an evaluation: enough to see that it runs.
SHORT: dict[str, Any] = {"repeats": 20, "corrupted": 100}


@pytest.fixture(scope="session")
def sample() -> Cifar10:
    """900 training, 100 validation and 500 test pictures of the real CIFAR-10."""
    return data.load(SAMPLE, download=False)


@pytest.fixture(scope="session")
def cifar10() -> Cifar10:
    """All of CIFAR-10, where it is."""
    try:
        found = data.load(data.data_folder(None), download=False)
    except TrainError as error:
        pytest.skip(f"all of CIFAR-10 is not here: {error}")
    if not found.official:
        pytest.skip("CIFAR10_DIR names a sample")
    return found


@dataclass(frozen=True)
class Published:
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
    from train import evaluate

    folder = shutil.copytree(tiny_pair.folder, tmp_path_factory.mktemp("evaluated") / "pair")
    evaluate.evaluate(folder, sample, plots=False, **SHORT)
    return Published(folder, tiny_pair.manifest)


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running_server(log: Path, **environment: str) -> Iterator[Server]:
    """`python app.py` on a free loopback port, until it answers; ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"TWINLABEL_PORT": str(port), "TWINLABEL_DEVICE": "auto", **environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env={**clean_environment(), **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text()}")
            try:
                if httpx.get(f"{url}/healthz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield Server(url, process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would configure the project."""
    prefixes = ("TWINLABEL_", "GRADIO_", "CIFAR10_")
    return {key: value for key, value in os.environ.items() if not key.startswith(prefixes)}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole application on the committed pair."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder / "log", GRADIO_TEMP_DIR=str(folder / "uploads")) as running:
        yield running
