"""The style sheet: the models' part is made from their one definition."""

from __future__ import annotations

import re
from pathlib import Path

from contract.twins import HARD, SMOOTHED, TWINS
from serve.page import style


def test_each_model_has_its_colours_and_only_a_hatched_one_is_hatched() -> None:
    made = style.of_the_twins()
    light, dark = made.splitlines()[:2]
    for twin in TWINS.values():
        assert f"--tw-{twin.name}: {twin.colour};" in light
        assert f"--tw-{twin.name}: {twin.colour_on_dark};" in dark
    rules = {
        twin.name: line
        for twin in TWINS.values()
        for line in made.splitlines()
        if f".tw-{twin.name} " in line
    }
    assert "--tw-hatch" in rules[SMOOTHED.name]
    assert "--tw-hatch" not in rules[HARD.name]


def test_no_other_file_of_the_page_spells_a_colour_of_a_model() -> None:
    colours = {c for twin in TWINS.values() for c in (twin.colour, twin.colour_on_dark)}
    for path in Path(style.__file__).parent.rglob("*.*"):
        if path.suffix in {".py", ".css", ".js"}:
            assert not colours & set(re.findall(r"#[0-9a-f]{6}", path.read_text())), path


def test_every_property_that_is_used_is_defined() -> None:
    sheet = style.sheet("/gallery.png")
    used = set(re.findall(r"var\((--tw-[a-z]+)\)", sheet))
    set_by_charts = {"--tw-wide"}
    assert used - set(re.findall(r"(--tw-[a-z]+):", sheet)) == set_by_charts
