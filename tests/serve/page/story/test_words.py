"""What the story says follows from the figures of the pair, and its figures are the report's."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from contract.artifacts import claims, manifest
from contract.twins import NAMES, SMOOTHED
from harness.paths import COMMITTED
from serve.inference import evidence
from serve.inference.evidence import Evidence
from serve.page.parts.reliability import States
from serve.page.story import beats, data, words
from serve.page.story.data import Frame, Movements


@cache
def found() -> Evidence:
    return evidence.load(COMMITTED, manifest.read(COMMITTED).model_hashes)


@cache
def moved() -> dict[str, Movements]:
    measured = data.movements(found())
    assert measured is not None
    return measured


def frame(temperature: float, ece: float, confidence: float = 0.9) -> Frame:
    return Frame(temperature, confidence, ece, ())


def model(before: float, after: float, worst: tuple[float, float] = (0.6, 0.4)) -> Movements:
    """One of these ECEs, 0.9 sure and right on clean pictures, and `worst` on corrupted ones."""
    frames = frame(1.0, before), frame(2.0, after)
    return Movements(0.9, frames, {"noise": ((0.9, 0.9), worst)})


@pytest.mark.parametrize("name", NAMES)
def test_the_bins_are_those_of_the_calibration_tab_at_both_ends(name: str) -> None:
    test = found().test
    assert test is not None
    for each in (moved()[name].raw, moved()[name].fitted):
        state = States(test).at(name, each.temperature)
        bins = [b for b in each.bins if b is not None]
        assert [n for n, _, _ in bins] == state.table.count.tolist()
        assert [x for _, x, _ in bins] == pytest.approx(state.table.confidence.tolist())
        assert [y for _, _, y in bins] == pytest.approx(state.table.accuracy.tolist())
        assert each.ece == pytest.approx(state.ece.value)
        for place, b in enumerate(each.bins):
            assert b is None or place / 15 < b[1] <= (place + 1) / 15


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_are_the_reports(name: str) -> None:
    report = found().report
    assert report is not None
    measured, told = report.splits["test"].models[name], moved()[name]
    assert told.accuracy == pytest.approx(measured.accuracy.value, abs=1e-6)
    assert told.fitted.temperature == measured.scaled.temperature
    for calibration, each in ((measured.raw, told.raw), (measured.scaled, told.fitted)):
        assert each.confidence == pytest.approx(calibration.metrics["confidence"].value, abs=1e-6)
        assert each.ece == pytest.approx(calibration.metrics["ece"].value, abs=1e-6)
    last = [severities[-1][name] for severities in report.corruptions.values()]
    sure, right = told.worst
    assert sure == pytest.approx(np.mean([b.confidence for b in last]))
    assert right == pytest.approx(np.mean([b.accuracy for b in last]))


def test_headings_say_what_happened_and_not_what_was_hoped_for() -> None:
    good, bad = model(0.08, 0.02), model(0.02, 0.08)
    heading = words.temperature_heading
    assert heading({"hard": good, "smoothed": good}) == "A temperature slides both towards the line"
    assert SMOOTHED.subject in heading({"hard": bad, "smoothed": good})
    assert "neither" in heading({"hard": bad, "smoothed": bad})
    keeps_up = model(0.08, 0.02, worst=(0.5, 0.5))
    heading, lead = words.corruption_heading, words.corruption_lead
    assert heading({"hard": good, "smoothed": good}) == "Worse pictures slide them off again"
    assert SMOOTHED.subject in heading({"hard": keeps_up, "smoothed": good})
    assert "keeps up" in heading({"hard": keeps_up, "smoothed": keeps_up})
    assert "falls faster" in lead({"hard": good, "smoothed": good})
    assert "falls faster" not in lead({"hard": keeps_up, "smoothed": good})


@pytest.mark.parametrize(
    ("confidence", "accuracy", "said"),
    [
        (0.953393, 0.9419, "overconfident by 1.1 points"),
        (0.860211, 0.941, "underconfident by 8.1 points"),
        (0.5, 0.5002, "neither overconfident nor underconfident"),
    ],
)
def test_a_gap_in_words(confidence: float, accuracy: float, said: str) -> None:
    assert words.gap(confidence, accuracy) == said


def test_claims_are_counted_by_their_verdicts() -> None:
    settled = claims.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    beat = beats.beats(None, found(), moved(), settled)[-1]
    for verdict in {claim.verdict for claim in settled.claims}:
        n = sum(claim.verdict == verdict for claim in settled.claims)
        part = beat.body.split(f'data-verdict="{verdict}"')[1].split("</section>")[0]
        assert f"<b>{n}</b>" in part
        assert part.count("<li>") == n
    none = settled.model_copy(update={"claims": settled.claims[-1:]})
    assert words.claims_heading(none).startswith("One claim about label smoothing: none held")


def test_a_pair_that_was_not_measured_says_so() -> None:
    told = beats.beats(None, Evidence(), data.movements(Evidence()), "there are none: <b>")
    assert len(told) == 5
    assert "no gallery" in told[0].lead
    assert all("python -m train evaluate" in beat.lead for beat in told[1:4])
    assert told[4].lead == "there are none: &lt;b&gt;"


def test_a_report_without_corruptions_tells_nothing_of_the_planes() -> None:
    report = found().report
    assert report is not None
    assert (
        data.movements(replace(found(), report=report.model_copy(update={"corruptions": {}})))
        is None
    )
