"""The page's style sheet: the models' colours and hatching from `contract.twins`, then the files.

The files know no model. Inside an element of the class `tw-NAME` they use the model's colour as
`--tw-twin`, and its colour with any hatching, for areas, as `--tw-area`.
"""

from __future__ import annotations

from pathlib import Path

from contract.twins import TWINS, Twin

_FILES = tuple(
    Path(__file__).parent / "static" / name for name in ("style.css", "compare.css", "tabs.css")
)


def sheet(gallery: str) -> str:
    """The whole style sheet; `gallery` is the address of the gallery's one large picture."""
    files = "".join(path.read_text(encoding="utf-8") for path in _FILES)
    return f':root {{ --tw-sheet: url("{gallery}"); }}\n{of_the_twins()}{files}'


def of_the_twins() -> str:
    """The part of the style sheet that knows the two models."""
    twins = TWINS.values()
    light = " ".join(f"--tw-{twin.name}: {twin.colour};" for twin in twins)
    dark = " ".join(f"--tw-{twin.name}: {twin.colour_on_dark};" for twin in twins)
    rules = "\n".join(map(_rule, twins))
    return f":root {{ {light} }}\n.dark {{ {dark} }}\n{rules}\n"


def _rule(twin: Twin) -> str:
    colour = f"var(--tw-{twin.name})"
    area = f"var(--tw-hatch), {colour}" if twin.hatched else colour
    return f".tw-{twin.name} {{ --tw-twin: {colour}; --tw-area: {area}; }}"
