"""Writes docs/claims.md: the claims about label smoothing beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.artifacts import claims, manifest, sweep
from contract.artifacts.claims import Claim, Claims, Finding
from contract.artifacts.sweep import Row
from harness.paths import COMMITTED, ROOT
from tools import markdown
from train.sweep.summary import summarise
from train.sweep.table import HEADER, STAR, cells, seeds

PAGE = ROOT / "docs" / "claims.md"
MARKS = {"supports": "✓", "contradicts": "✗", "undecided": "~"}

_HEAD = """\
<!-- Made by `make claims` from exported_models/; do not edit. -->
# Claims about label smoothing, and what was measured

Each finding is one difference between hard labels and label smoothing of ε = {epsilon:g}. Two kinds
of finding count, and they are not alike. On the *published pair*, the test pictures vary and the
two networks are held fixed with their fitted temperatures: two networks, trained once, say little
about others. Over a *sweep*, the seeds vary and the 10,000 test pictures are the same. Findings
from one source share its networks and pictures, so they are not independent of one another.

Each difference has its own 95% interval. The sign in front of it is stricter: it is decided by a
p-value that is corrected for the number of findings of that claim (Holm), so an interval can
exclude 0 under a tilde.

- ✓ supports the claim, ✗ contradicts it, ~ chance alone may explain the difference.
- *Supported*: every finding that counts supports the claim. *Contradicted*: every one contradicts
  it. *Not shown*: none decides. *Mixed*: anything else.
- Findings in brackets are quoted and do not count.

The measures of calibration that count were named beforehand: ECE in bins of equal mass, the
distance of mean confidence from accuracy, and NLL. Points are percentage points.

"""


def render(settled: Claims, sweeps: Mapping[str, Sequence[Row]]) -> str:
    """The page as Markdown."""
    verdicts = [(f"({c.letter}) {c.text}", f"**{c.verdict}**") for c in settled.claims]
    problems = "".join(f"\n> {problem}\n" for problem in settled.problems)
    return (
        _HEAD.format(epsilon=settled.epsilon)
        + markdown.table(("Label smoothing ...", "verdict"), verdicts, right=False)
        + problems
        + "".join(map(_section, settled.claims))
        + "".join(f"\n{_sweep(recipe, rows)}" for recipe, rows in sweeps.items())
    )


def _section(claim: Claim) -> str:
    lines = "".join(f"- {_finding(finding)}\n" for finding in claim.findings)
    note = f"\n{claim.note}\n" if claim.note else ""
    commands = "; ".join(f"`{command}`" for command in claim.commands)
    heading = f"({claim.letter}) It {claim.text}: {claim.verdict}"
    return f"\n## {heading}\n{lines}{note}\nMade by {commands}.\n"


def _finding(finding: Finding) -> str:
    difference = finding.second - finding.first
    if finding.unit == "nats":
        values = f"{finding.first:.3f} → {finding.second:.3f} nats"
        change = f"{difference:+.3f} [{finding.low:+.3f}, {finding.high:+.3f}]"
    else:
        values = f"{finding.first:.2%} → {finding.second:.2%}"
        change = f"{100 * difference:+.2f} points"
        if finding.unit == "share":
            change += f" [{100 * finding.low:+.2f}, {100 * finding.high:+.2f}]"
    detail = f" ({finding.detail})" if finding.detail else ""
    p = "" if finding.unit == "by definition" else f", p {_p(finding.p)}"
    line = f"{MARKS[finding.sign]} {finding.setting}: {finding.what} {values}, {change}{p}{detail}"
    return line if finding.counts else f"({line})"


def _p(p: float) -> str:
    text = markdown.p_value(p)
    return text if text.startswith("<") else f"= {text}"


def _sweep(recipe: str, rows: Sequence[Row]) -> str:
    summary = summarise(rows)
    shares = sorted({row.label_noise for row in rows} - {0.0})
    noisy = "".join(
        f"\nWith {share:.0%} of the training labels moved to another class:\n\n"
        + markdown.table(HEADER, cells(summarise(rows, share)))
        for share in shares
    )
    return (
        f"## The sweep of `{recipe}`, {seeds(summary)} seeds\n"
        "Means over seeds with half of their 95% intervals, on the 10,000 test pictures. A star "
        f"({STAR}): the figure differs from that at ε = 0 decisively, that is, the paired 95% "
        "interval of the difference excludes 0. The stars are not corrected for their number.\n\n"
        + markdown.table(HEADER, cells(summary))
        + f"\n![The same as a plot](../exported_models/{sweep.FOLDER}/{recipe}.png)\n"
        + noisy
    )


def of_the_published() -> str:
    """The page for the committed claims and sweeps."""
    current = manifest.read(COMMITTED)
    settled = claims.read(COMMITTED, current.model_hashes)
    return render(settled, sweep.read(COMMITTED).by_recipe)


def main() -> None:
    """Write docs/claims.md."""
    PAGE.write_text(of_the_published(), encoding="utf-8")


if __name__ == "__main__":
    main()
