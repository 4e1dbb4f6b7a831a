"""`exported_models/evidence/claims.json`: claims about label smoothing and their verdicts.

A *finding* is one difference, smoothed minus hard, on the published pair or over a sweep's seeds.
`python -m train evaluate` decides the verdicts; all other code only reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.artifacts import report

FILE = "claims.json"
"""The name of the file, which lies in the folder of the report."""

Sign = Literal["supports", "contradicts", "undecided"]
Verdict = Literal["supported", "contradicted", "mixed", "not shown", "not measured"]
Unit = Literal["share", "nats", "by definition"]
Better = Literal["hard", "smoothed", "mixed", "not shown"]


class ClaimsError(Exception):
    """The claims cannot be used; the message says why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finding(_Part):
    """One figure of both models, and whether its difference supports the claim."""

    setting: str
    """What it was measured on: the published pair, or a sweep with its number of seeds."""
    what: str
    """The figure's name."""
    unit: Unit
    """`share`: from 0 to 1, shown in percent. `by definition`: a share that follows from ε."""
    first: float
    second: float
    """The two figures: hard labels, then label smoothing, unless `what` names two others."""
    low: float
    high: float
    """The 95% interval of `second - first`, for this finding alone."""
    p: float
    """The two-sided p-value, corrected for the number of findings of its claim (Holm 1979)."""
    sign: Sign
    counts: bool
    """Whether it enters the verdict; a figure that is only quoted does not."""
    detail: str = ""
    """The figures behind the difference, as text."""


class Claim(_Part):
    """A common claim about label smoothing, and what was found."""

    letter: str
    text: str
    """The rest of a sentence that begins with "Label smoothing"."""
    verdict: Verdict
    findings: tuple[Finding, ...]
    commands: tuple[str, ...]
    """The commands that measure the figures."""
    note: str = ""


class Claims(_Part):
    """The contents of claims.json."""

    format: Literal[1] = 1
    pair: dict[str, str]
    """The SHA-256 of each model's ONNX file, by model."""
    epsilon: float
    """The label smoothing ε of the smoothed model, and of the networks compared in the sweeps."""
    more_accurate: Better
    """The model of the pair that is right more often on the test pictures."""
    better_calibrated: dict[Literal["raw", "scaled"], Better]
    """The model of the pair that is better calibrated by all primary measures: at T = 1 (`raw`) and
    after temperature scaling (`scaled`)."""
    claims: tuple[Claim, ...]
    problems: tuple[str, ...] = ()
    """The sweeps that could not be used, and why."""


def read(models: Path, pair: dict[str, str]) -> Claims:
    """The claims in the folder `models`. Raises `ClaimsError` if they cannot be read.

    Claims about another pair than `pair`, which holds the models' SHA-256, are refused too.
    """
    path = models / report.FOLDER / FILE
    command = f"`python -m train evaluate --models {models}`"
    try:
        found = Claims.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ClaimsError(f"{path} does not exist; make it with {command}") from None
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ClaimsError(f"{path} cannot be read ({reason}); run {command} again") from error
    if found.pair != pair:
        raise ClaimsError(f"{path} is about another pair; run {command} for this one")
    return found
