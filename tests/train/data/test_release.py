from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from harness.paths import SAMPLE
from train.data import dataset, release
from train.data.dataset import Cifar10
from train.errors import TrainError


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    """A copy of the sample, to be spoilt."""
    shutil.copytree(SAMPLE / release.FOLDER, tmp_path / release.FOLDER)
    return tmp_path


def test_shapes_and_split(sample: Cifar10) -> None:
    assert sample.train.images.shape == (900, 32, 32, 3)
    assert sample.train.images.dtype == torch.uint8
    assert (len(sample.validation), len(sample.test)) == (100, 500)
    assert torch.bincount(sample.validation.labels).tolist() == [10] * 10
    assert torch.bincount(sample.test.labels).tolist() == [50] * 10
    assert not sample.official


def test_validation_is_the_last_of_each_class_in_official_order() -> None:
    raw = torch.frombuffer(
        bytearray((SAMPLE / release.FOLDER / "data_batch_1.bin").read_bytes()), dtype=torch.uint8
    ).view(-1, release.RECORD_BYTES)
    cats = raw[raw[:, 0] == 3]
    expected = cats[-10:, 1:].view(-1, 3, 32, 32).permute(0, 2, 3, 1)
    loaded = dataset.load(SAMPLE)
    assert torch.equal(loaded.validation.images[loaded.validation.labels == 3], expected)


def test_planes_become_pixels(sample: Cifar10) -> None:
    """The first test record: red, green and blue of the pixel in row 1, column 2."""
    raw = (SAMPLE / release.FOLDER / "test_batch.bin").read_bytes()
    at = 1 + 32 + 2
    assert sample.test.images[0, 1, 2].tolist() == [raw[at], raw[at + 1024], raw[at + 2048]]
    assert sample.test.labels[0].item() == raw[0]


def test_a_missing_file_is_named(spoilt: Path) -> None:
    (spoilt / release.FOLDER / "test_batch.bin").unlink()
    with pytest.raises(TrainError, match=r"test_batch\.bin is missing; delete .* to download"):
        dataset.load(spoilt)


@pytest.mark.parametrize("change", ["cut", "altered"])
def test_a_damaged_file_is_named(spoilt: Path, change: str) -> None:
    path = spoilt / release.FOLDER / "data_batch_1.bin"
    raw = bytearray(path.read_bytes())
    path.write_bytes(raw[:-1] if change == "cut" else bytes([raw[0] ^ 1]) + raw[1:])
    with pytest.raises(TrainError, match=r"data_batch_1\.bin .* is not the official file"):
        dataset.load(spoilt)


def test_without_its_table_the_sample_is_no_official_release(spoilt: Path) -> None:
    (spoilt / release.FOLDER / release.SAMPLE_TABLE).unlink()
    with pytest.raises(TrainError, match=r"data_batch_1\.bin"):
        dataset.load(spoilt)


def test_no_network_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "ADDRESS", "http://127.0.0.1:9/cifar-10-binary.tar.gz")
    with pytest.raises(TrainError, match=r"could not be downloaded from .* unpack it into"):
        dataset.load(tmp_path)


def test_the_folder_is_the_option_else_the_variable_else_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", "/from/variable")
    assert release.data_folder(Path("option")) == Path("option")
    assert release.data_folder(None) == Path("/from/variable")
    monkeypatch.delenv("CIFAR10_DIR")
    assert release.data_folder(None) == Path("data")
