"""Turns differences into verdicts, by one rule that treats both signs alike.

A finding supports a claim, contradicts it, or leaves it undecided. A claim is *supported* if
every finding that counts supports it, *contradicted* if every one contradicts it, *not shown* if
all are undecided, *mixed* in every other case, and *not measured* without findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract.artifacts.claims import Better, Finding, Sign, Unit, Verdict
from contract.artifacts.report import PRIMARY, Split
from contract.calibration import Interval
from contract.twins import HARD, SMOOTHED
from train.statistics.significance import LEVEL, holm


@dataclass(frozen=True)
class Measured:
    """A difference before it is judged."""

    setting: str
    what: str
    unit: Unit
    first: float
    second: float
    """The two figures: hard labels, then label smoothing, unless `what` names two others."""
    interval: Interval
    """The 95% interval of `second - first`, for this difference alone."""
    p: float
    """The two-sided p-value, for this difference alone."""
    less: bool
    """Whether the claim says that the second figure is lower than the first."""
    counts: bool = True
    """Whether it counts in the verdict."""
    detail: str = ""


def judged(measured: Sequence[Measured]) -> tuple[Finding, ...]:
    """The findings of one claim, with p-values corrected for multiple testing (Holm 1979).

    Findings that count and findings that are only quoted are corrected separately.
    """
    corrected: dict[int, float] = {}
    for counts in (True, False):
        family = [i for i, one in enumerate(measured) if one.counts is counts]
        corrected |= zip(family, holm([measured[i].p for i in family]), strict=True)
    return tuple(
        Finding(
            setting=one.setting,
            what=one.what,
            unit=one.unit,
            first=round(one.first, 6),
            second=round(one.second, 6),
            low=round(one.interval.low, 6),
            high=round(one.interval.high, 6),
            p=round(corrected[index], 6),
            sign=sign(one.second - one.first, corrected[index], one.less),
            counts=one.counts,
            detail=one.detail,
        )
        for index, one in enumerate(measured)
    )


def sign(difference: float, p: float, less: bool) -> Sign:
    """Whether a difference supports the claim that it is below 0 (`less`) or above 0."""
    if p >= LEVEL or difference == 0:
        return "undecided"
    return "supports" if (difference < 0) == less else "contradicts"


def verdict(findings: Sequence[Finding]) -> Verdict:
    """The verdict on a claim, from the findings that count."""
    signs = {finding.sign for finding in findings if finding.counts}
    if not signs:
        return "not measured"
    if signs == {"undecided"}:
        return "not shown"
    if signs == {"supports"}:
        return "supported"
    return "contradicted" if signs == {"contradicts"} else "mixed"


def more_accurate(test: Split) -> Better:
    """The model that is right more often on the test pictures."""
    return _better(test, ["accuracy"], less=False)


def better_calibrated(test: Split, kind: str) -> Better:
    """The model that is better calibrated by every primary measure; `kind` is `raw` or `scaled`."""
    return _better(test, [f"{kind}.{metric}" for metric in PRIMARY], less=True)


def _better(test: Split, names: Sequence[str], less: bool) -> Better:
    """The better model by the differences called `names`, which are hard minus smoothed."""
    differences = [test.differences[name] for name in names]
    corrected = holm([difference.p for difference in differences])
    signs = {sign(d.value, p, less) for d, p in zip(differences, corrected, strict=True)}
    if signs == {"undecided"}:
        return "not shown"
    if len(signs) > 1:
        return "mixed"
    return HARD.name if signs == {"supports"} else SMOOTHED.name
