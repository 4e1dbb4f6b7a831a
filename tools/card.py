"""The README's result card, made from exported_models/: the manifest and the evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from contract import manifest, report
from contract.manifest import NAMES, Manifest
from contract.report import Figure, ModelEvidence, Report, Split

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- card: made by `make card` -->\n", "<!-- end of card -->\n"

# What each row of evidence shows, and whether it is a share (in %) or a plain number.
_ROWS: tuple[tuple[str, Callable[[ModelEvidence], Figure], bool], ...] = (
    ("NLL, nats", lambda m: m.raw.metrics["nll"], False),
    ("ECE, as it is", lambda m: m.raw.metrics["ece"], True),
    ("ECE, after temperature scaling", lambda m: m.scaled.metrics["ece"], True),
    ("confidence minus accuracy", lambda m: m.raw.metrics["signed_gap"], True),
    ("AURC, by confidence", lambda m: m.raw.metrics["aurc.probability"], True),
)


def render(current: Manifest, evidence: Report) -> str:
    """The card as Markdown."""
    training = current.training
    recipe = training.recipe
    models = [current.models[name] for name in NAMES]
    test = evidence.splits["test"]
    measured = [test.models[name] for name in NAMES]
    rows = [
        ("", *NAMES),
        ("---", *("---:" for _ in models)),
        ("label smoothing ε", *(f"{m.epsilon:g}" for m in models)),
        ("**test accuracy**, single view", *(f"**{_share(m.accuracy, 2)}**" for m in measured)),
        *(
            (what, *(_share(of(m), 1) if share else _number(of(m)) for m in measured))
            for what, of, share in _ROWS
        ),
        ("fitted temperature", *(f"{m.scaled.temperature:.2f}" for m in measured)),
        ("validation accuracy", *(f"{m.validation_accuracy:.2%}" for m in models)),
        ("parameters", *(f"{m.parameters:,}" for m in models)),
        ("FLOPs a picture (multiply + add)", *(f"{m.flops / 1e9:.3f} G" for m in models)),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"{table}\n\n"
        f"One run (seed {training.seed}): recipe `{recipe['name']}`, {recipe['epochs']} epochs on "
        f"{training.train_pictures:,} pictures, both twins together in "
        f"{training.seconds / 60:.0f} minutes on {training.hardware} ({training.precision}). All "
        f"figures are of the committed ONNX files through ONNX Runtime on {test.pictures:,} test "
        f"pictures, with 95% intervals; the temperature was fitted on validation pictures.\n\n"
        f"{meaning(test)}\n"
    )


def meaning(test: Split) -> str:
    """Three sentences for someone in a meeting."""
    hard, smoothed = (test.models[name] for name in NAMES)
    better = ("the hard-label model", "the smoothed model")
    return " ".join(
        (
            f"The hard-label model names {hard.accuracy.value:.1%} of unseen pictures rightly and "
            f"the smoothed one {smoothed.accuracy.value:.1%}: "
            f"{_verdict(test.differences['accuracy'], better, 'better')}.",
            f"As they are, the hard-label model sounds {_gap(hard)} and the smoothed one "
            f"{_gap(smoothed)}.",
            "Once both are rescaled by one number each, "
            f"{_verdict(test.differences['scaled.ece'], better[::-1], 'the better calibrated')}.",
        )
    )


def _gap(model: ModelEvidence) -> str:
    gap = model.raw.metrics["signed_gap"]
    if gap.low <= 0 <= gap.high:
        return "about as sure as it should"
    points = f"{100 * abs(gap.value):.1f} points"
    return f"{points} {'surer' if gap.value > 0 else 'less sure'} than it is right"


def _verdict(difference: Figure, which: tuple[str, str], what: str) -> str:
    """`which` is `what` where the difference is above 0 and below it; neither if it may be 0."""
    if difference.low <= 0 <= difference.high:
        return f"which is {what} cannot be told (the 95% interval of the difference holds 0)"
    return f"{which[0] if difference.value > 0 else which[1]} is {what}"


def _share(figure: Figure, digits: int) -> str:
    value, low, high = (f"{100 * v:.{digits}f}" for v in (figure.value, figure.low, figure.high))
    return f"{value}% [{low}, {high}]"


def _number(figure: Figure) -> str:
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def with_card(readme: str, card: str) -> str:
    """`readme` with what stands between the markers replaced."""
    before, rest = readme.split(START)
    _, after = rest.split(END)
    return f"{before}{START}{card}{END}{after}"


def of_the_published() -> str:
    """The card of the committed pair."""
    models = ROOT / "exported_models"
    current = manifest.read(models)
    return render(current, report.read(models, current.pair)[0])


def main() -> None:
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(with_card(text, of_the_published()), encoding="utf-8")


if __name__ == "__main__":
    main()
