"""The README's result card, made from exported_models/manifest.json."""

from __future__ import annotations

from pathlib import Path

from contract import manifest
from contract.manifest import NAMES, Manifest

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- card: made by `make card` -->\n", "<!-- end of card -->\n"


def render(current: Manifest) -> str:
    """The card as Markdown."""
    training = current.training
    recipe = training.recipe
    models = [current.models[name] for name in NAMES]
    rows = [
        ("", *NAMES),
        ("---", *("---:" for _ in models)),
        ("label smoothing ε", *(f"{m.epsilon:g}" for m in models)),
        (
            f"test accuracy, single view, {training.test_pictures:,} pictures",
            *(f"**{m.test_accuracy:.2%}**" for m in models),
        ),
        (
            f"validation accuracy, {training.validation_pictures:,} pictures",
            *(f"{m.validation_accuracy:.2%}" for m in models),
        ),
        ("parameters", *(f"{m.parameters:,}" for m in models)),
        ("FLOPs a picture (multiply + add)", *(f"{m.flops / 1e9:.3f} G" for m in models)),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"{table}\n\n"
        f"One run (seed {training.seed}): recipe `{recipe['name']}`, {recipe['epochs']} epochs on "
        f"{training.train_pictures:,} pictures, both twins together in "
        f"{training.seconds / 60:.0f} minutes on {training.hardware} ({training.precision}). "
        "Accuracies are of the committed ONNX files through ONNX Runtime.\n"
    )


def with_card(readme: str, card: str) -> str:
    """`readme` with what stands between the markers replaced."""
    before, rest = readme.split(START)
    _, after = rest.split(END)
    return f"{before}{START}{card}{END}{after}"


def main() -> None:
    path = ROOT / "README.md"
    card = render(manifest.read(ROOT / "exported_models"))
    path.write_text(with_card(path.read_text(encoding="utf-8"), card), encoding="utf-8")


if __name__ == "__main__":
    main()
