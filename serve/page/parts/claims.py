"""The claims about label smoothing, with their verdicts and findings, as HTML."""

from __future__ import annotations

from html import escape

from contract.artifacts.claims import Claim, Claims, Finding, Sign, Unit, Verdict

_MARKS: dict[Sign, str] = {"supports": "✓", "contradicts": "✗", "undecided": "~"}
_MEANINGS: dict[Sign, str] = {
    "supports": "the measurement supports the claim",
    "contradicts": "it contradicts the claim",
    "undecided": "the difference could be chance",
}
VERDICTS: dict[Verdict, str] = {
    "supported": "every measurement supports the claim",
    "contradicted": "every measurement contradicts it",
    "mixed": "the measurements disagree, or only some of them are conclusive",
    "not shown": "every difference could be chance",
    "not measured": "there is no measurement",
}
"""What each verdict means, in the order in which the story shows them."""


def table(claims: Claims) -> str:
    """An explanation, a row for each claim, and what could not be used."""
    rows = "".join(map(_row, claims.claims))
    return (
        f"{_explanation()}"
        '<div class="tw-scroll"><table class="tw-table"><thead><tr><th>Label smoothing …</th>'
        "<th>verdict</th><th>measurements</th>"
        f"</tr></thead><tbody>{rows}</tbody></table></div>{_problems(claims)}"
    )


def _explanation() -> str:
    verdicts = " ".join(
        f"<strong>{verdict.capitalize()}</strong>: {meaning}."
        for verdict, meaning in VERDICTS.items()
    )
    marks = " ".join(f"{_MARKS[sign]}: {meaning}." for sign, meaning in _MEANINGS.items())
    return (
        f'<p class="tw-sentence">{verdicts}</p>'
        f'<p class="tw-quiet">{marks} A claim with several measurements has more chances of a '
        "false alarm, so the marks are corrected for their number (Holm). Each line gives the "
        "figure with hard labels, then with label smoothing, unless it names two others. The 95% "
        "interval of the change is in brackets, for that measurement alone and without the "
        "correction.</p>"
    )


def _row(claim: Claim) -> str:
    note = f'<p class="tw-quiet">{escape(claim.note)}</p>' if claim.note else ""
    return (
        f'<tr><td>{escape(claim.text)}</td><td data-verdict="{claim.verdict}"><strong>'
        f"{claim.verdict}</strong></td><td>{_findings(claim)}{note}</td></tr>"
    )


def _findings(claim: Claim) -> str:
    if not claim.findings:
        return '<span class="tw-quiet">–</span>'
    return f"<ul>{''.join(map(_finding, claim.findings))}</ul>"


def _finding(finding: Finding) -> str:
    quoted = "" if finding.counts else "; quoted only, does not count for the verdict"
    detail = f'<br><span class="tw-quiet">{escape(finding.detail)}</span>' if finding.detail else ""
    return (
        f'<li{"" if finding.counts else " data-quoted"}><span class="tw-mark-of">'
        f'{_MARKS[finding.sign]}<span class="tw-hidden"> {_MEANINGS[finding.sign]}: </span></span>'
        f"{escape(finding.what)}: {_change(finding)} "
        f'<span class="tw-quiet">{escape(finding.setting)}{quoted}</span>{detail}</li>'
    )


def _change(finding: Finding) -> str:
    figures = f"{_number(finding.first, finding.unit)} → {_number(finding.second, finding.unit)}"
    if finding.unit == "by definition":
        return figures
    if finding.unit == "nats":
        return f"{figures} nats ({finding.low:+.3f} to {finding.high:+.3f})"
    return f"{figures} ({100 * finding.low:+.2f} to {100 * finding.high:+.2f} pp)"


def _number(value: float, unit: Unit) -> str:
    return f"{value:.3f}" if unit == "nats" else f"{100 * value:.2f}%"


def _problems(claims: Claims) -> str:
    if not claims.problems:
        return ""
    items = "".join(f"<li>{escape(problem)}</li>" for problem in claims.problems)
    return (
        '<p class="tw-quiet">Some measurements could not be used:</p>'
        f'<ul class="tw-problems tw-quiet">{items}</ul>'
    )
