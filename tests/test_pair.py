"""The committed pair, as a user gets it: whole, small, and as good as the card says."""

from __future__ import annotations

import re

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image

from contract.artifacts import gallery, manifest, report
from contract.artifacts.manifest import LARGEST_MODEL_BYTES
from contract.cifar10 import CLASSES
from contract.twins import NAMES
from harness.paths import COMMITTED, ROOT
from tools.targets import LEAST
from train.data.dataset import Cifar10, Pictures

BATCH = 500


@pytest.fixture(scope="module")
def current() -> manifest.Manifest:
    return manifest.read(COMMITTED)


def run(
    current: manifest.Manifest, name: str, images: NDArray[np.uint8], output: str
) -> NDArray[np.float32]:
    """`output`, `[n, 10]`, of the committed twin `name` for pictures `[n, 32, 32, 3]`."""
    content = manifest.read_file(COMMITTED, current.models[name], name)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    parts = [
        session.run([output], {"images": images[start : start + BATCH]})[0]
        for start in range(0, len(images), BATCH)
    ]
    return np.concatenate(parts)


def accuracy(current: manifest.Manifest, name: str, pictures: Pictures) -> float:
    answers = run(current, name, pictures.images.numpy(), "probabilities").argmax(1)
    return float((answers == pictures.labels.numpy()).mean())


def test_it_is_the_default_recipe_on_all_of_cifar10(current: manifest.Manifest) -> None:
    training = current.training
    assert training.recipe["name"] == "default"
    assert (training.train_pictures, training.validation_pictures) == (45_000, 5_000)
    assert training.test_pictures == 10_000
    assert training.seconds < 180 * 60
    assert (current.models["hard"].epsilon, current.models["smoothed"].epsilon) == (0.0, 0.1)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_whole_small_and_self_contained(current: manifest.Manifest, name: str) -> None:
    entry = current.models[name]
    content = manifest.read_file(COMMITTED, entry, name)
    assert len(content) < LARGEST_MODEL_BYTES
    assert entry.parameters <= 2_500_000
    assert entry.flops <= 300_000_000
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    inside = {prop.key: prop.value for prop in model.metadata_props}
    assert inside["weights_sha256"] == entry.weights_sha256
    assert float(inside["epsilon"]) == entry.epsilon
    for mark in (str(ROOT).encode(), b"/home/", b".py"):
        assert mark not in content
    # No path of the machine that exported it either; the weights' own bytes may look like anything.
    for tensor in model.graph.initializer:
        tensor.ClearField("raw_data")
    assert not re.search(rb"/\w+/", model.SerializeToString())


def test_there_is_nothing_that_the_manifest_does_not_name(current: manifest.Manifest) -> None:
    named = {COMMITTED / entry.path for entry in current.models.values()}
    quantised = manifest.read(COMMITTED / manifest.INT8)
    for name, entry in quantised.models.items():
        assert manifest.read_file(COMMITTED / manifest.INT8, entry, name)
        assert entry.weights_sha256 == current.models[name].weights_sha256
        named.add(COMMITTED / manifest.INT8 / entry.path)
    assert set(COMMITTED.rglob("*.onnx")) == named
    assert manifest.read_file(COMMITTED, current.curves, "curves")


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_the_sample_as_well_as_the_whole(
    current: manifest.Manifest, name: str, sample: Cifar10
) -> None:
    """500 pictures: five standard errors of a binomial around the whole set's accuracy."""
    entry = current.models[name]
    measured = accuracy(current, name, sample.test)
    error = (entry.test_accuracy * (1 - entry.test_accuracy) / len(sample.test)) ** 0.5
    assert abs(measured - entry.test_accuracy) < 5 * error


@pytest.mark.slow  # 10,000 pictures; the fast tests hold the sample and the stored logits
@pytest.mark.parametrize("name", NAMES)
def test_the_manifests_accuracy_is_measured(
    current: manifest.Manifest, name: str, cifar10: Cifar10
) -> None:
    entry = current.models[name]
    assert accuracy(current, name, cifar10.test) == entry.test_accuracy


def test_the_stored_logits_are_the_models(current: manifest.Manifest) -> None:
    """Of all test pictures they give the manifest's accuracy; the gallery's are run again."""
    _, logits = report.read(COMMITTED, current.model_hashes)
    shown = the_gallery().samples
    images = tiles()[: len(shown)]
    for name in NAMES:
        stored = logits[f"test_{name}"]
        assert (stored.argmax(1) == logits["test_labels"]).mean() == pytest.approx(
            current.models[name].test_accuracy, abs=1e-9
        )
        again = run(current, name, images, "logits")
        assert np.allclose(again, stored[[one.index for one in shown]], atol=1e-3)


@pytest.mark.xfail(
    strict=True,
    reason="the pair that was trained on distorted pictures misses it (docs/log.md)",
)
@pytest.mark.parametrize("name", NAMES)
def test_it_reaches_the_target_on_clean_pictures(current: manifest.Manifest, name: str) -> None:
    """`python -m tools.targets` measures this target and all others."""
    assert current.models[name].test_accuracy >= LEAST["accuracy on test pictures"]


def the_gallery() -> gallery.Gallery:
    text = (COMMITTED / "gallery" / gallery.FILE).read_text(encoding="utf-8")
    return gallery.Gallery.model_validate_json(text)


def test_the_gallery_is_of_this_pair_and_small(current: manifest.Manifest) -> None:
    folder = COMMITTED / "gallery"
    shown = the_gallery()
    assert shown.pair == {name: entry.sha256 for name, entry in current.models.items()}
    assert 100 <= len(shown.samples) <= gallery.LARGEST
    assert len({s.index for s in shown.samples}) == len(shown.samples)
    assert {s.label for s in shown.samples} == set(range(len(CLASSES)))
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000
    rows = -(-len(shown.samples) // gallery.COLUMNS)
    with Image.open(folder / gallery.SHEET) as sheet:
        assert sheet.size == (32 * gallery.COLUMNS, 32 * rows)


def tiles() -> NDArray[np.uint8]:
    """The gallery's pictures, uint8 `[n, 32, 32, 3]`; the last row may end with blank ones."""
    with Image.open(COMMITTED / "gallery" / gallery.SHEET) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    rows, columns = pixels.shape[0] // 32, gallery.COLUMNS
    apart = pixels.reshape(rows, 32, columns, 32, 3).swapaxes(1, 2)
    return np.ascontiguousarray(apart).reshape(-1, 32, 32, 3)


def test_the_gallerys_pictures_are_the_test_sets(cifar10: Cifar10) -> None:
    shown = the_gallery().samples
    index = [one.index for one in shown]
    assert np.array_equal(tiles()[: len(shown)], cifar10.test.images[index].numpy())
    assert [one.label for one in shown] == cifar10.test.labels[index].tolist()


def test_the_gallerys_answers_are_the_models(current: manifest.Manifest) -> None:
    shown = the_gallery()
    images = tiles()[: len(shown.samples)]
    for name in NAMES:
        p = run(current, name, images, "probabilities")
        said = [getattr(one, f"{name}_answer") for one in shown.samples]
        sure = [getattr(one, f"{name}_confidence") for one in shown.samples]
        assert p.argmax(1).tolist() == said
        assert np.allclose(p.max(1), sure, atol=1e-4)


def test_the_folder_explains_itself() -> None:
    text = (COMMITTED / "README.md").read_text(encoding="utf-8")
    program = text.split("```python\n")[1].split("```")[0]
    compile(program, "exported_models/README.md", "exec")
    for path in COMMITTED.iterdir():
        assert f"`{path.name}" in text or path.name == "README.md"
