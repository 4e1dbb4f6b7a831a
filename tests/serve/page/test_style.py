"""The style sheet: the models' part is made from their one definition."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
    used = set(re.findall(r"var\((--tw-[a-z0-9-]+)[,)]", sheet))
    assert used - set(re.findall(r"(--tw-[a-z0-9-]+):", sheet)) == set()


SHEETS = sorted((Path(style.__file__).parent / "static").glob("*.css"))
TOKENS = next(path for path in SHEETS if path.name == "tokens.css")


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_sizes_of_type_and_colours_come_from_the_tokens(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    spelt = re.findall(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsl\(", text)
    sizes = [
        size.removesuffix(" !important") for size in re.findall(r"font-size:\s*([^;}]+)", text)
    ]
    if path == TOKENS:
        assert spelt
    else:
        assert not spelt
    size = r"(calc\()?var\(--tw-(huge|large|text|small)\)( \* var\(--tw-wide\)\))?"
    assert [each for each in sizes if not re.fullmatch(size, each)] == []


def test_type_has_four_sizes_and_none_is_below_13_pixels() -> None:
    text = TOKENS.read_text(encoding="utf-8")
    sizes = re.findall(r"--tw-(?:huge|large|text|small): ([\d.]+)rem", text)
    assert [16 * float(size) for size in sizes] == [40, 24, 16, 13]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours `#rrggbb`, 1 to 21 (WCAG 2.2, "contrast ratio")."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("block", [":root {", ".dark {"])
def test_text_can_be_read_on_the_paper_in_both_themes(block: str) -> None:
    text = TOKENS.read_text(encoding="utf-8").split(f"\n{block}")[1].split("\n}")[0]
    colours = dict(re.findall(r"--tw-([a-z-]+): (#[0-9a-f]{6});", text))
    for name in ("ink", "quiet", "right", "wrong"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    assert contrast(colours["on-wrong"], colours["wrong"]) >= 4.5
    assert contrast(colours["edge"], colours["paper"]) >= 3
