"""What is read from the page's address: what is missing or wrong reads as nothing."""

from __future__ import annotations

import pytest

from serve.page.address import Address


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tab": "stress"}, "stress"),
        ({"tab": "<b>"}, None),
        ({"tab": ""}, None),
        ({}, None),
    ],
)
def test_one_of_the_known_values(query: dict[str, str], found: str | None) -> None:
    assert Address(query).among("tab", ("compare", "stress")) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("17", 17),
        ("0", 0),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("x", None),
        ("9" * 5000, None),
    ],
)
def test_a_whole_number(text: str, found: int | None) -> None:
    assert Address({"sample": text}).number("sample") == found


def test_temperatures_are_read_together() -> None:
    assert Address({}).temperatures() is None
    assert Address({"t_hard": "2.00"}).temperatures() == {"hard": 2.0, "smoothed": 1.0}
    assert Address({"t_hard": "nan", "t_smoothed": "99"}).temperatures() == {
        "hard": 1.0,
        "smoothed": 4.0,
    }
