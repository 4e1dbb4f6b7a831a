"""Which places an answer rests on: the batch, the margin, and a real pair that sees one thing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from contract.twins import NAMES
from harness.paths import COMMITTED
from harness.pictures import Pictures
from serve.inference import occlusion, runtime
from serve.inference.engine import Engine
from serve.inference.occlusion import PATCH, PLACES, STEP


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(runtime.load(COMMITTED, "cpu"))
    yield made
    made.close()


def test_each_place_is_covered_once_and_the_first_picture_is_whole() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    pictures = occlusion.covered(pixels)
    assert pictures.shape == (PLACES**2 + 1, 32, 32, 3)
    assert (pictures[0] == pixels).all()
    mean = np.rint(pixels.mean(axis=(0, 1)))
    changed = (pictures[1:] != pixels).any(axis=3)
    assert (changed.sum(axis=(1, 2)) <= PATCH**2).all()
    assert changed.any(axis=0).all()  # no pixel is never covered
    second = pictures[2][:PATCH, STEP : STEP + PATCH]
    assert (second == mean).all()


def test_the_margin_is_the_lead_over_the_next_class() -> None:
    logits = np.array([[3.0, 1.0, 2.5], [0.0, 4.0, 1.0]], np.float32)
    assert occlusion.margins(logits, 0).tolist() == [0.5, -4.0]


def test_a_pixel_gets_the_mean_of_the_places_that_cover_it() -> None:
    places = np.zeros((PLACES, PLACES), np.float32)
    places[0, 0] = 6.0
    pixels = occlusion.by_pixel(places)
    assert pixels[0, 0] == 6.0  # only the first place covers the corner
    assert pixels[STEP, STEP] == pytest.approx(6.0 / 4)
    assert pixels[-1, -1] == 0


def test_both_models_answer_about_every_place_in_time(
    engine: Engine, test_pictures: Pictures
) -> None:
    occlusion.losses(engine, test_pictures[0], "test")
    started = time.process_time()
    found = occlusion.losses(engine, test_pictures[0], "test")
    # Of CPU time, on two cores: under a second on a clock that nothing else disturbs.
    assert time.process_time() - started < 2
    logits = engine.infer_blocking(occlusion.covered(test_pictures[0]))
    for name in NAMES:
        assert found[name].shape == (PLACES, PLACES)
        each = logits[name]["logits"]
        answer = int(each[0].argmax())
        margin = occlusion.margins(each, answer)
        place = PLACES + 3  # the fourth of the second row
        assert found[name][1, 3] == pytest.approx(margin[0] - margin[place + 1], abs=1e-4)
