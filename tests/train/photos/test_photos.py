"""`python -m train evaluate --pictures`, on real files and where only the server is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from contract import calibration as c
from contract.artifacts import manifest, report
from contract.artifacts.gallery import FILE, FOLDER, Gallery
from contract.cifar10 import CLASSES
from contract.class_names import class_of
from contract.pictures import decoder
from contract.twins import NAMES
from harness import reference
from harness.environment import clean_environment
from harness.paths import COMMITTED, ROOT
from harness.pictures import of_the_gallery, photo
from tests.contract.pictures.files import read as case
from train.errors import TrainError
from train.photos import folder, text
from train.photos.measure import Measured, measure

# What `make demo` does not install.
_WITHOUT = ("torch", "torchvision", "onnx", "onnxscript", "ml_dtypes", "scipy", "sklearn")
_RUN = (
    f"import runpy, sys; sys.modules |= dict.fromkeys({_WITHOUT}); "
    "sys.argv[0] = 'train'; runpy.run_module('train', run_name='__main__')"
)
GALLERY = 200


def run(*options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _RUN, "evaluate", *map(str, options)],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of the gallery in folders of their classes, and files that are something else."""
    top = tmp_path_factory.mktemp("photos")
    filled = Gallery.model_validate_json((COMMITTED / FOLDER / FILE).read_text())
    for i, content in enumerate(of_the_gallery(GALLERY)):
        put(top / CLASSES[filled.samples[i].label] / f"{i:03}.png", content)
    put(top / "cat" / "in" / "deeper" / "cut.JPEG", case("last-2-bytes-missing.jpg"))
    put(top / "cat" / "large.heic", photo("HEIF"))
    put(top / "cat" / "notes.txt", b"no picture")
    put(top / "cat" / ".DS_Store", b"a file of the system's")
    put(top / "catz" / "a.png", case("good.png"))
    put(top / "SOURCES.txt", b"where they are from")
    return top


def test_it_runs_where_only_the_server_is_installed(photos: Path, tmp_path: Path) -> None:
    """And all figures are those of the files through ONNX Runtime and the server's decoder."""
    done = run("--pictures", photos, "--json", tmp_path / "out" / "made.json")
    assert done.returncode == 0, done.stderr
    made = Measured.model_validate_json((tmp_path / "out" / "made.json").read_text("utf-8"))
    assert text.of(made) in done.stdout
    assert made.figures.pictures == len(made.photos) == GALLERY + 2
    files = [photos / each.path for each in made.photos]
    pixels = np.stack([decoder.decode(file.read_bytes()) for file in files])
    labels = np.array([CLASSES.index(file.relative_to(photos).parts[0]) for file in files])
    found, _ = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    right = {}
    for name in NAMES:
        logits = reference.outputs(name, pixels)["logits"]
        figures = made.figures.models[name]
        fitted = found.splits["validation"].models[name].scaled.temperature
        assert figures.scaled.temperature == fitted
        for at in (figures.raw, figures.scaled):
            p = c.softmax(logits, at.temperature)
            sure, correct = c.confidence(p, labels)
            expected = {
                "nll": c.nll_by_picture(logits, labels, at.temperature).mean(),
                "ece": c.ece(c.equal_width(sure, correct)),
                "ece_equal_mass": c.ece(c.equal_mass(sure, correct)),
                "signed_gap": sure.mean() - correct.mean(),
            }
            for metric, value in expected.items():
                figure = at.metrics[metric]
                assert figure.value == pytest.approx(value, abs=1e-5), metric
                assert figure.low <= figure.high
            # What a person reads is what the file holds.
            assert f"{100 * expected['signed_gap']:.1f}% [" in done.stdout
        interval = c.wilson(int(correct.sum()), len(labels))
        accuracy = f"{correct.mean():.1%} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"
        assert accuracy in done.stdout
        right[name] = correct
        for each, row in zip(made.photos, c.softmax(logits), strict=True):
            assert each.models[name].label == CLASSES[row.argmax()]
            assert each.models[name].confidence == pytest.approx(row.max(), abs=1e-5)
    missed = {files[i] for i in np.flatnonzero(~right["hard"] & ~right["smoothed"])}
    assert missed
    table = done.stdout.split("missed by both")[1].splitlines()[2:]
    assert {photos / line.split("  ")[0] for line in table if ".png" in line} <= missed
    assert f"missed by both ({len(missed)} of {len(files)})" in done.stdout


def test_what_is_left_out_is_named_with_its_reason(photos: Path) -> None:
    found = folder.read(photos)
    left_out = {remark.path: remark.text for remark in found.left_out}
    assert set(left_out) == {"cat/notes.txt", "catz", "SOURCES.txt"}
    assert "not a picture that can be read here; send JPEG, PNG" in left_out["cat/notes.txt"]
    assert left_out["catz"].endswith("did you mean cat?")
    (note,) = found.notes
    assert note.path == "cat/in/deeper/cut.JPEG"
    assert note.text.startswith("The file is cut short at its very end")
    shown = text.of(measure(photos, found, COMMITTED, repeats=20))
    for remark in (*found.left_out, note):
        assert remark.path in shown
        assert remark.text in shown


@pytest.mark.parametrize(
    ("name", "label"),
    [
        *((label, label) for label in CLASSES),
        *((f"{label}s", label) for label in CLASSES),
        ("CATS", "cat"),
        ("Aeroplanes", "airplane"),
        ("cars ", "automobile"),
        ("boat", "ship"),
        ("lorry", "truck"),
        ("catfish", None),
        ("0", None),
        ("", None),
    ],
)
def test_names_of_folders(name: str, label: str | None) -> None:
    assert class_of(name) == (None if label is None else CLASSES.index(label))


def test_two_names_of_a_class_are_one_class(tmp_path: Path) -> None:
    put(tmp_path / "car" / "a.png", case("good.png"))
    put(tmp_path / "Automobiles" / "b.png", case("good.png"))
    found = folder.read(tmp_path)
    assert found.paths == ("Automobiles/b.png", "car/a.png")
    assert found.labels.tolist() == [1, 1]


def test_one_picture_is_enough(tmp_path: Path) -> None:
    put(tmp_path / "frog" / "one.png", of_the_gallery(1)[0])
    done = run("--pictures", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 picture of 1 class" in done.stdout
    assert "One picture has no bootstrap intervals" in done.stdout
    assert "All pictures are of one class" in done.stdout
    assert "nan" not in done.stdout
    signed_gap = next(line for line in done.stdout.splitlines() if "minus accuracy" in line)
    assert "[" not in signed_gap


def test_few_pictures_are_called_few(tmp_path: Path) -> None:
    for i, content in enumerate(of_the_gallery(3)):
        put(tmp_path / CLASSES[i] / "one.png", content)
    done = run("--pictures", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3 pictures of 3 classes" in done.stdout
    assert "3 pictures are few: the intervals are wide" in done.stdout
    assert "nan" not in done.stdout


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, "photos: there is no such folder; it needs one folder for each class: airplane, a"),
        ({"": b""}, "photos: that is not a folder; it needs one folder for each class"),
        ({"a.png": b""}, "photos: there is no picture in a folder of a class; it needs one folder"),
        ({"dgo/a.png": b""}, "dgo: the folder is named after none of the ten classes; did you mea"),
        ({"dog/a.png": b""}, "dog/a.png: the picture is empty (0 bytes)"),
        ({"dog/a.png": b"x"}, "not one of the 1 files in its class folders can be read as a pict"),
    ],
)
def test_where_there_is_nothing_to_measure(
    files: dict[str, bytes] | None, said: str, tmp_path: Path
) -> None:
    for name, content in (files or {}).items():
        put(tmp_path / "photos" / name, content)
    done = run("--pictures", tmp_path / "photos")
    assert done.returncode == 1
    assert done.stderr.startswith("train: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_options_that_do_not_go_together(photos: Path, tmp_path: Path) -> None:
    done = run("--pictures", photos, "--data-dir", tmp_path)
    assert done.returncode == 2
    assert "--data-dir is for CIFAR-10" in done.stderr
    done = run("--json", tmp_path / "a.json")
    assert done.returncode == 2
    assert "--json needs --pictures" in done.stderr


def test_a_pair_without_evidence_has_no_fitted_temperature(tmp_path: Path) -> None:
    put(tmp_path / "photos" / "frog" / "one.png", case("good.png"))
    done = run("--pictures", tmp_path / "photos", "--models", tmp_path)
    assert done.returncode == 1
    assert "there are no trained models" in done.stderr
    pair = tmp_path / "pair"
    for entry in (manifest.FILE, *NAMES):
        (pair / entry).parent.mkdir(exist_ok=True)
        (pair / entry).symlink_to(COMMITTED / entry)
    with pytest.raises(TrainError, match=r"temperatures are not known: .*python -m train evaluate"):
        measure(tmp_path, folder.read(tmp_path / "photos"), pair)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read any file")
def test_a_file_that_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    put(tmp_path / "dog" / "good.png", case("good.png"))
    put(tmp_path / "dog" / "closed.png", case("good.png"))
    (tmp_path / "dog" / "closed.png").chmod(0)
    (remark,) = folder.read(tmp_path).left_out
    assert remark == folder.Remark("dog/closed.png", "the file cannot be read: Permission denied")


def test_a_link_that_leads_nowhere_is_left_out(tmp_path: Path) -> None:
    put(tmp_path / "dog" / "good.png", case("good.png"))
    (tmp_path / "dog" / "gone.png").symlink_to(tmp_path / "nothing")
    (remark,) = folder.read(tmp_path).left_out
    assert remark.path == "dog/gone.png"
    assert "cannot be read: No such file" in remark.text
