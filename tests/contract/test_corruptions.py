from __future__ import annotations

import itertools

import numpy as np
import pytest

from contract.corruptions import KINDS, SEVERITIES, corrupt
from train.data.dataset import Cifar10


@pytest.mark.parametrize("kind", KINDS)
def test_each_severity_takes_the_picture_further_away(kind: str, sample: Cifar10) -> None:
    pictures = sample.test.images[:50].numpy()
    before = pictures.copy()
    distances = [
        np.abs(corrupt(pictures, kind, severity).astype(float) - pictures).mean()
        for severity in (0, *SEVERITIES)
    ]
    assert distances[0] == 0
    assert all(a < b for a, b in itertools.pairwise(distances)), distances
    assert np.array_equal(pictures, before)


@pytest.mark.parametrize("kind", KINDS)
def test_shape_type_and_repetition(kind: str, sample: Cifar10) -> None:
    pictures = sample.test.images[:3].numpy()
    for severity in SEVERITIES:
        once = corrupt(pictures, kind, severity)
        assert once.shape == pictures.shape
        assert once.dtype == np.uint8
        assert np.array_equal(once, corrupt(pictures, kind, severity))
    assert corrupt(pictures[:0], kind, 3).shape == (0, 32, 32, 3)


def test_known_pixels() -> None:
    flat = np.full((1, 32, 32, 3), 100, np.uint8)
    assert (corrupt(flat, "brightness", 1) == 126).all()  # 100 + 25.5, rounded to even
    for kind in ("blur", "contrast", "pixelation", "rotation"):
        assert (corrupt(flat, kind, 5) == 100).all(), kind
    covered = corrupt(flat, "occlusion", 1)[0, :, :, 0]
    assert (covered == 128).sum() == 36
    assert covered[13, 13] == covered[18, 18] == 128
    noise = corrupt(np.full((20, 32, 32, 3), 128, np.uint8), "noise", 3)
    assert noise.std() == pytest.approx(255 * 0.12, rel=0.02)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "fog"}, "unknown corruption 'fog'; choose one of noise, blur"),
        ({"severity": 6}, "severity is 6"),
        ({"severity": -1}, "severity is -1"),
        ({"pictures": np.zeros((32, 32, 3), np.uint8)}, "uint8 \\(32, 32, 3\\)"),
        ({"pictures": np.zeros((1, 32, 32, 3))}, "pictures are float64"),
    ],
)
def test_bad_input_is_refused_in_words(change: dict[str, object], said: str) -> None:
    good: dict[str, object] = {
        "pictures": np.zeros((1, 32, 32, 3), np.uint8),
        "kind": "blur",
        "severity": 1,
    }
    with pytest.raises(ValueError, match=said):
        corrupt(**(good | change))  # type: ignore[arg-type]
