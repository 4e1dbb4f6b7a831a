"""The page's style sheet: the models' colours and hatching from `contract.twins`, then the files.

The files know no model. Inside an element of the class `tw-NAME` they use the model's colour as
`--tw-twin`, and its colour with any hatching, for areas, as `--tw-area`. All other colours and all
sizes are in `static/tokens.css`.
"""

from __future__ import annotations

from pathlib import Path

from contract.twins import TWINS, Twin

_FOLDER = Path(__file__).parent / "static"
_ROOT = ("tokens.css", "arrival.css")
"""Their rules are for the page itself."""
_FIRST = "style.css"
"""The others follow in the order of their names, and depend only on this one."""


def sheet(gallery: str, tiles: str = "data:,") -> str:
    """The whole style sheet; `gallery` is the address of the gallery's one large picture, `tiles`
    that of the small one with the tiles of the tab Compare.

    It belongs into the head of the page. Given to Gradio, it would come late, and Gradio rewrites
    it: it loses borders whose colour is a variable, and rules for narrow windows. All rules but
    those for the page itself are nested in a selector that gives them precedence over Gradio's.
    """
    others = sorted(path.name for path in _FOLDER.glob("*.css") if path.name not in _ROOT)
    others.remove(_FIRST)
    rules = "".join(map(_read, (_FIRST, *others)))
    return (
        f':root {{ --tw-sheet: url("{gallery}"); --tw-tiles: url("{tiles}"); }}\n'
        f"{of_the_twins()}{''.join(map(_read, _ROOT))}body:not(#tw) {{\n{rules}}}\n"
    )


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def story() -> str:
    """The style sheet of the story, which is a document of its own."""
    return f"{of_the_twins()}{_read('tokens.css')}{_read('story/story.css')}"


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
