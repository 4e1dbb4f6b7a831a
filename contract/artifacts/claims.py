"""`exported_models/evidence/claims.json`: claims about label smoothing, settled by measurements.

A *finding* is one difference, smoothed minus hard, on the published pair or over a sweep's seeds.
The verdicts are settled once, by `python -m train evaluate`; everybody else reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.artifacts import report

FILE = "claims.json"
"""In the folder of the report."""

Sign = Literal["supports", "contradicts", "undecided"]
Verdict = Literal["supported", "contradicted", "mixed", "not shown", "not measured"]
Unit = Literal["share", "nats", "by definition"]
Better = Literal["hard", "smoothed", "mixed", "not shown"]


class ClaimsError(Exception):
    """Claims that cannot be used; the text says why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Part):
    """One figure of both models, and whether its difference supports the claim."""

    setting: str
    """On what it was measured: the published pair, or a sweep with its number of seeds."""
    what: str
    """The figure's name."""
    unit: Unit
    """`share`: from 0 to 1, shown in percent. `by definition`: a share that follows from ε."""
    first: float
    second: float
    """The compared figures: of hard labels and label smoothing, unless `what` names two others."""
    low: float
    high: float
    """The 95% interval of second minus first, for this finding alone."""
    p: float
    """Two-sided, corrected for the number of findings of its claim (Holm 1979)."""
    sign: Sign
    counts: bool
    """Whether it enters the verdict; a figure that is only quoted does not."""
    detail: str = ""
    """The figures behind it, in words."""


class Claim(_Part):
    """A sentence that is often said, and what was found."""

    letter: str
    text: str
    """After "Label smoothing"."""
    verdict: Verdict
    findings: tuple[Finding, ...]
    commands: tuple[str, ...]
    """The commands that make the figures."""
    note: str = ""


class Claims(_Part):
    """The whole file."""

    format: Literal[1] = 1
    pair: dict[str, str]
    """SHA-256 of each model's ONNX file."""
    epsilon: float
    """Label smoothing of the smoothed model, and of the sweeps' networks that are compared."""
    more_accurate: Better
    """Which model of the pair is right more often on test pictures."""
    better_calibrated: dict[Literal["raw", "scaled"], Better]
    """Which model of the pair is better calibrated by all primary measures, at T = 1 and after
    temperature scaling."""
    claims: tuple[Claim, ...]
    problems: tuple[str, ...] = ()
    """Sweeps that could not be used, and why."""


def read(models: Path, pair: dict[str, str]) -> Claims:
    """The claims beside the models, settled for `pair`. Raises `ClaimsError`, saying why not."""
    path = models / report.FOLDER / FILE
    command = f"`python -m train evaluate --models {models}`"
    try:
        found = Claims.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ClaimsError(f"there is no {path}; {command} makes it") from None
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ClaimsError(f"{path} cannot be read ({reason}); run {command} again") from error
    if found.pair != pair:
        raise ClaimsError(f"{path} is about another pair; run {command} for this one")
    return found
