"""The claims on the tab Learn: everything that was settled is shown, and nothing unescaped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from contract.artifacts import report
from contract.artifacts.claims import FILE, Claim, Claims, Finding, Verdict
from serve.page.parts import claims as html
from serve.page.tabs.learn import claims_table

PAIR = {"hard": "a" * 64, "smoothed": "b" * 64}


def finding(**changes: Any) -> Finding:
    known: dict[str, Any] = {
        "setting": "published pair",
        "what": "ECE, equal mass",
        "unit": "share",
        "first": 0.0123,
        "second": 0.081,
        "low": 0.0621,
        "high": 0.0738,
        "p": 0.001,
        "sign": "contradicts",
        "counts": True,
    }
    return Finding(**(known | changes))


def claims(*each: Claim, problems: tuple[str, ...] = ()) -> Claims:
    return Claims(
        pair=PAIR,
        epsilon=0.1,
        more_accurate="not shown",
        better_calibrated={"raw": "hard", "scaled": "mixed"},
        claims=each,
        problems=problems,
    )


def claim(verdict: Verdict, *findings: Finding, note: str = "") -> Claim:
    return Claim(
        letter="f",
        text="calibrates better",
        verdict=verdict,
        findings=findings,
        commands=("python -m train evaluate",),
        note=note,
    )


def rows(table: str) -> list[str]:
    return re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1])


@pytest.mark.parametrize(
    "verdict", ["supported", "contradicted", "mixed", "not shown", "not measured"]
)
def test_every_verdict_is_shown_and_explained(verdict: Verdict) -> None:
    table = html.table(claims(claim(verdict)))
    (row,) = rows(table)
    assert f"<strong>{verdict}</strong>" in row
    explanation = table.split("<table")[0]
    assert f"<strong>{verdict.capitalize()}</strong>: " in explanation
    assert "Holm" in explanation


def test_a_finding_is_shown_with_its_mark_interval_setting_and_detail() -> None:
    (row,) = rows(html.table(claims(claim("contradicted", finding(detail="at T = 1")))))
    text = re.sub(r"<[^>]+>", "", row)
    assert "✗ it contradicts the claim: ECE, equal mass: 1.23% → 8.10%" in text
    assert "(+6.21 to +7.38 pp)" in text
    assert "published pair" in text
    assert "at T = 1" in text
    assert "quoted only" not in text


def test_nats_and_definitions_have_their_own_form() -> None:
    nats = finding(unit="nats", first=0.365, second=0.833, low=0.455, high=0.48, sign="supports")
    defined = finding(unit="by definition", first=1.0, second=0.91, sign="supports")
    (row,) = rows(html.table(claims(claim("supported", nats, defined))))
    assert "0.365 → 0.833 nats (+0.455 to +0.480)" in row
    assert "100.00% → 91.00% <span" in row
    assert row.count("✓") == 2


def test_a_figure_that_is_only_quoted_says_so() -> None:
    both = claim("not shown", finding(sign="undecided"), finding(sign="supports", counts=False))
    (row,) = rows(html.table(claims(both)))
    first, second = re.findall(r"<li.*?</li>", row)
    assert "quoted only" not in first
    assert "~" in first
    assert "quoted only, does not count for the verdict" in second


def test_notes_and_problems_are_shown_and_escaped() -> None:
    made = claims(claim("mixed", finding(what="<b>"), note="a < b"), problems=("small & bad",))
    table = html.table(made)
    assert "a &lt; b" in rows(table)[0]
    assert "&lt;b&gt;" in rows(table)[0]
    assert "could not be used" in table
    assert "<li>small &amp; bad</li>" in table
    assert "could not be used" not in html.table(claims(claim("mixed")))


def test_they_are_read_from_beside_the_models(tmp_path: Path) -> None:
    missing = claims_table(tmp_path, PAIR)
    assert "python -m train evaluate" in missing
    assert "<table" not in missing
    folder = tmp_path / report.FOLDER
    folder.mkdir()
    (folder / FILE).write_text(claims(claim("mixed")).model_dump_json(), encoding="utf-8")
    assert len(rows(claims_table(tmp_path, PAIR))) == 1
    assert "<table" not in claims_table(tmp_path, PAIR | {"hard": "c" * 64})
