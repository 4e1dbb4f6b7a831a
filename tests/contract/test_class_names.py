"""Which class the name of a file or of its folder tells."""

from __future__ import annotations

import pytest

from contract.cifar10 import CLASSES
from contract.class_names import FOLDER, class_in


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("cat_001.png", "cat"),
        ("Dog-3.JPG", "dog"),
        ("automobile10.png", "automobile"),
        ("my car.jpeg", "automobile"),
        ("photos/cats/IMG_0001.HEIC", "cat"),
        (f"planes{FOLDER}dog.png", "airplane"),  # the folder decides
        ("cats/holiday/1.png", "cat"),
        ("c:\\ships\\1.png", "ship"),
        ("cat-and-dog.png", None),
        ("cat-and-cats.png", "cat"),
        ("IMG_0001.jpg", None),
        ("catalogue.png", None),
        ("cat", "cat"),
        (".png", None),
        ("", None),
    ],
)
def test_a_path_tells_one_class_or_none(path: str, label: str | None) -> None:
    assert class_in(path) == (None if label is None else CLASSES.index(label))
