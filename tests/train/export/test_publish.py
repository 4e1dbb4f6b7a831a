"""Publishing is all or nothing: killed at any moment, the old or the new pair is whole."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from contract.artifacts import manifest
from contract.twins import NAMES
from tests.conftest import Published
from tests.tiny import published
from train.data.dataset import Cifar10
from train.errors import TrainError
from train.export import publish
from train.export.onnx_file import Metadata
from train.export.publish import Exported

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
MOST_STEPS = 200


def stand_in(name: str) -> Exported:
    """Content of the next version: publishing does not look inside."""
    return Exported(
        content=f"the next {name} model".encode() * 1000,
        metadata=Metadata(name, 0.1, "tiny", 0, "d" * 64, "e" * 64),
        parameters=1,
        flops=1,
        validation_accuracy=0.5,
        test_accuracy=0.5,
    )


def publish_next(out: Path) -> None:
    training = manifest.read(out).training
    pair = {name: stand_in(name) for name in NAMES}
    publish.write_pair(out, pair, b"epoch\n", training)


def killed_at(step: int, out: Path) -> bool:
    """Publish in a child that kills itself at its n-th touch of a file; False if it ended."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event in STEPS and str(out) in str(arguments[0]):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            publish_next(out)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def whole_version(out: Path) -> int:
    current = manifest.read(out)
    for name, entry in current.models.items():
        manifest.read_file(out, entry, name)
    manifest.read_file(out, current.curves, "curves")
    return current.version


def test_killed_at_every_step(tiny_pair: Published, tmp_path: Path) -> None:
    seen = []
    for step in range(1, MOST_STEPS):
        out = tmp_path / str(step)
        shutil.copytree(tiny_pair.folder, out)
        killed = killed_at(step, out)
        seen.append(whole_version(out))
        # And the next publishing is not troubled by what the killed one left.
        before = seen[-1]
        publish_next(out)
        assert whole_version(out) == before + 1
        assert [path.name for path in (out / "hard").iterdir()] == [str(before + 1)]
        if not killed:
            break
    else:
        pytest.fail("it never ended by itself")
    # Both happened: kills before the manifest's one step, and kills after it.
    assert seen == sorted(seen)
    assert seen.count(1) >= 5
    assert seen.count(2) >= 3


def test_publishing_again_counts_up_and_deletes_the_one_before(
    pair_copy: Path, sample: Cifar10
) -> None:
    again = published(sample, pair_copy, seed=1)
    assert again.version == 2
    assert sorted(path.name for path in (pair_copy / "smoothed").iterdir()) == ["2"]
    assert (pair_copy / "gallery" / "sheet.png").exists()


def test_a_failed_check_publishes_nothing(
    pair_copy: Path, sample: Cifar10, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in pair_copy.rglob("*") if path.is_file()}
    monkeypatch.setattr("train.export.onnx_file.LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(TrainError, match="nothing was published"):
        published(sample, pair_copy)
    after = {path: path.read_bytes() for path in pair_copy.rglob("*") if path.is_file()}
    assert after == before


def test_a_full_disk_keeps_the_old_pair(
    pair_copy: Path, sample: Cifar10, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    def write(path: Path, content: bytes) -> None:
        nonlocal written
        written += 1
        if written == 2:
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    monkeypatch.setattr(publish, "write_whole", write)
    with pytest.raises(TrainError, match=r"No space left on device.* still in place"):
        published(sample, pair_copy)
    assert whole_version(pair_copy) == 1


def test_the_gallery_belongs_to_the_pair_and_holds_no_picture_twice(tiny_pair: Published) -> None:
    from contract.artifacts.gallery import LARGEST, Gallery

    text = (tiny_pair.folder / "gallery" / "gallery.json").read_text()
    listed = Gallery.model_validate_json(text)
    assert listed.pair == {name: m.sha256 for name, m in tiny_pair.manifest.models.items()}
    indices = [sample.index for sample in listed.samples]
    assert len(indices) == len(set(indices)) <= LARGEST
    for sample in listed.samples:
        right = (sample.hard_answer == sample.label, sample.smoothed_answer == sample.label)
        expected = {
            "both_right": (True, True),
            "only_hard_right": (True, False),
            "only_smoothed_right": (False, True),
            "both_wrong": (False, False),
        }
        assert right == expected.get(sample.group, right)
