"""docs/claims.md: the claims about label smoothing beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from contract import claims, manifest, report, sweep
from contract.claims import Claim, Finding
from contract.sweep import Mean, Row

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "claims.md"

_HEAD = """\
<!-- Made by `make claims` from exported_models/; do not edit. -->
# Claims about label smoothing, and what was measured

Each line is one difference between hard labels and label smoothing of ε = 0.1, with its 95%
interval: over test pictures for the published pair (two networks, trained once), over seeds for a
sweep. A tick: the whole interval lies on the claimed side. A cross: all of it lies on the other
side. A tilde: chance alone may explain the difference. *True here* means ticks alone, *it
depends* some, *false here* crosses and no tick, *not shown* tildes alone. Points are percentage
points.

| Label smoothing ... | verdict |
|---|---|
"""

# What the tables of the sweeps show: title, metric, share or number.
_COLUMNS: tuple[tuple[str, str, bool], ...] = (
    ("accuracy", "accuracy", True),
    ("on training pictures", "train_accuracy", True),
    ("training loss", "train_loss", False),
    ("NLL", "nll", False),
    ("NLL at T", "nll_scaled", False),
    ("ECE", "ece", True),
    ("ECE at T", "ece_scaled", True),
    ("fitted T", "temperature", False),
    ("AURC", "aurc", True),
)


def render(settled: Sequence[Claim], sweeps: Mapping[str, Sequence[Row]]) -> str:
    """The page as Markdown."""
    verdicts = "".join(f"| ({c.letter}) {c.text} | **{c.verdict}** |\n" for c in settled)
    return (
        _HEAD
        + verdicts
        + "".join(map(_section, settled))
        + "".join(f"\n{_sweep(recipe, rows)}" for recipe, rows in sweeps.items())
    )


def _section(claim: Claim) -> str:
    lines = "".join(f"- {_finding(finding)}\n" for finding in claim.findings)
    note = f"\n{claim.note}\n" if claim.note else ""
    commands = "; ".join(f"`{command}`" for command in claim.commands)
    return (
        f"\n## ({claim.letter}) It {claim.text}: {claim.verdict}\n{lines}{note}\nMade by "
        f"{commands}.\n"
    )


def _finding(finding: Finding) -> str:
    low, high = finding.interval.low, finding.interval.high
    difference = finding.smoothed - finding.hard
    if finding.share:
        values = f"{finding.hard:.2%} → {finding.smoothed:.2%}"
        change = f"{100 * difference:+.2f} points"
        if low != high:  # else by definition
            change += f" [{100 * low:+.2f}, {100 * high:+.2f}]"
    else:
        values = f"{finding.hard:.3f} → {finding.smoothed:.3f} nats"
        change = f"{difference:+.3f} [{low:+.3f}, {high:+.3f}]"
    return f"{finding.mark} {finding.setting}: {finding.what} {values}, {change}"


def _sweep(recipe: str, rows: Sequence[Row]) -> str:
    means = sweep.summary(rows)
    seeds = next(iter(next(iter(means.values())).values())).seeds
    noisy = {row.label_noise for row in rows} - {0.0}
    parts = [
        f"## The sweep of `{recipe}`, {seeds} seeds\n"
        "Means over seeds with their 95% intervals, of the 10,000 test pictures. A star: it "
        "differs from ε = 0 decisively, that is, the paired 95% interval of the difference leaves "
        "0 out.\n\n"
        + _table(means)
        + f"\n![The same as a plot](../exported_models/{sweep.FOLDER}/{recipe}.png)\n"
    ]
    parts += [
        f"\nWith {share:.0%} of the training labels moved to another class:\n\n"
        + _table(sweep.summary(rows, share))
        for share in sorted(noisy)
    ]
    return "".join(parts)


def _table(means: Mapping[float, Mapping[str, Mean]]) -> str:
    head = f"| ε | {' | '.join(title for title, _, _ in _COLUMNS)} |\n"
    rule = f"|---|{'---|' * len(_COLUMNS)}\n"
    return (
        head
        + rule
        + "".join(
            f"| {epsilon:g} | "
            + " | ".join(cell(by[metric], share) for _, metric, share in _COLUMNS)
            + " |\n"
            for epsilon, by in means.items()
        )
    )


def cell(mean: Mean, share: bool) -> str:
    """A mean with half the width of its interval, and a star where it is decisive."""
    scale, digits = (100, 2) if share else (1, 3)
    half = scale * (mean.interval.high - mean.interval.low) / 2
    unit = "%" if share else ""
    star = " ★" if mean.decisive else ""
    return f"{scale * mean.value:.{digits}f}{unit} ± {half:.{digits}f}{star}"


def of_the_published() -> str:
    """The page for what is committed."""
    models = ROOT / "exported_models"
    current = manifest.read(models)
    sweeps = sweep.read(models)
    return render(claims.settle(*report.read(models, current.pair), sweeps), sweeps)


def main() -> None:
    PAGE.write_text(of_the_published(), encoding="utf-8")


if __name__ == "__main__":
    main()
