"""The page's style sheet: the models' colours and hatching from `contract.twins`, then the files.

The files know no model. Inside an element of the class `tw-NAME` they use the model's colour as
`--tw-twin`, and its colour with any hatching, for areas, as `--tw-area`. All other colours and all
sizes are in `static/tokens.css`.
"""

from __future__ import annotations

from pathlib import Path

from contract.twins import TWINS, Twin

_FOLDER = Path(__file__).parent / "static"
_FIRST = ("tokens.css", "style.css")
"""The others follow in the order of their names, and depend only on these."""
_FIRST_SCREEN = (*_FIRST, "arrival.css", "compare.css", "tiles.css", "phone.css")


def sheet(gallery: str) -> str:
    """The whole style sheet; `gallery` is the address of the gallery's one large picture."""
    others = sorted(path.name for path in _FOLDER.glob("*.css") if path.name not in _FIRST)
    files = "".join((_FOLDER / name).read_text(encoding="utf-8") for name in (*_FIRST, *others))
    return f':root {{ --tw-sheet: url("{gallery}"); }}\n{of_the_twins()}{files}'


def first_screen(tile_sheet: str) -> str:
    """What the page needs before Gradio has put the whole sheet into it; `tile_sheet` is the
    address of the picture with the tiles of the tab Compare."""
    files = "".join((_FOLDER / name).read_text(encoding="utf-8") for name in _FIRST_SCREEN)
    return f':root {{ --tw-tiles: url("{tile_sheet}"); }}\n{of_the_twins()}{files}'


def story() -> str:
    """The style sheet of the story, which is a document of its own."""
    files = "".join(
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("tokens.css", "story/story.css")
    )
    return f"{of_the_twins()}{files}"


def of_the_twins() -> str:
    """The part of the style sheet that knows the two models."""
    twins = TWINS.values()
    light = " ".join(f"--tw-{twin.name}: {twin.colour};" for twin in twins)
    dark = " ".join(f"--tw-{twin.name}: {twin.colour_on_dark};" for twin in twins)
    forced = " ".join(f"--tw-{twin.name}: CanvasText;" for twin in twins)
    rules = "\n".join(map(_rule, twins))
    return (
        f":root {{ {light} }}\n.dark {{ {dark} }}\n"
        f"@media (forced-colors: active) {{ :root, .dark {{ {forced} }} }}\n{rules}\n"
    )


def _rule(twin: Twin) -> str:
    colour = f"var(--tw-{twin.name})"
    area = f"var(--tw-hatch), {colour}" if twin.hatched else colour
    return f".tw-{twin.name} {{ --tw-twin: {colour}; --tw-area: {area}; }}"
