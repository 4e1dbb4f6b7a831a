from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from contract import calibration as c
from contract import claims, manifest, report
from contract.claims import Claim, Finding
from contract.intervals import Interval
from contract.sweep import Row
from tests.conftest import Published
from tests.contract.test_sweep import ROW

BETTER = Finding("here", "ECE", True, 0.05, 0.02, Interval(-0.04, -0.02), less=True)
WORSE = replace(BETTER, smoothed=0.08, interval=Interval(0.02, 0.04))
CHANCE = replace(BETTER, smoothed=0.049, interval=Interval(-0.01, 0.008))


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ([BETTER, BETTER], "true here"),
        ([BETTER, CHANCE], "it depends"),
        ([BETTER, WORSE], "it depends"),
        ([CHANCE, CHANCE], "not shown"),
        ([CHANCE, WORSE], "false here"),
        ([WORSE], "false here"),
        ([], "not measured"),
    ],
)
def test_a_verdict_follows_from_the_intervals(findings: list[Finding], verdict: str) -> None:
    assert Claim("f", "calibrates better", tuple(findings), ("make",)).verdict == verdict


def test_the_claimed_side_may_be_above() -> None:
    more = replace(WORSE, less=False)
    assert more.supports
    assert not more.contradicts
    assert replace(BETTER, less=False).contradicts


def rows() -> list[Row]:
    """Networks whose smoothing costs accuracy, and helps it under label noise."""
    rng = np.random.default_rng(0)

    def noisy_row(seed: int, noise: float, epsilon: float, accuracy: float) -> Row:
        wobble = float(rng.normal(0, 0.001))
        return replace(
            ROW, seed=seed, label_noise=noise, epsilon=epsilon, accuracy=accuracy + wobble
        )

    return [
        noisy_row(seed, *run)
        for seed in range(5)
        for run in ((0.0, 0.0, 0.9), (0.0, 0.1, 0.88), (0.2, 0.0, 0.7), (0.2, 0.1, 0.75))
    ]


def test_claims_are_settled_by_the_pair_and_the_sweeps(evaluated_pair: Published) -> None:
    made, logits = report.read(evaluated_pair.folder, evaluated_pair.manifest.pair)
    settled = {claim.letter: claim for claim in claims.settle(made, logits, {"small": rows()})}
    assert list(settled) == list("abcdefghi")
    assert settled["a"].verdict == "true here"
    assert settled["a"].findings[0].smoothed == pytest.approx(0.91)
    accuracy = {finding.setting: finding for finding in settled["e"].findings}
    assert accuracy["small, 5 seeds"].contradicts
    assert accuracy["small, 5 seeds"].smoothed == pytest.approx(0.88, abs=0.002)
    assert [f.setting for f in settled["h"].findings] == ["small, 20% of labels moved, 5 seeds"]
    assert settled["h"].verdict == "true here"

    labels = logits["test_labels"].astype(np.int64)
    for name, attribute in zip(manifest.NAMES, ("hard", "smoothed"), strict=True):
        sure, correct = c.confidence(c.softmax(logits[f"test_{name}"]), labels)
        assert getattr(settled["b"].findings[0], attribute) == pytest.approx(sure.mean())
        assert getattr(accuracy[claims.PAIR], attribute) == pytest.approx(correct.mean())
        ece = c.ece(c.equal_width(sure, correct))
        assert getattr(settled["f"].findings[0], attribute) == pytest.approx(ece, abs=1e-6)
    paired = made.splits["test"].differences["raw.ece"]  # hard minus smoothed
    interval = settled["f"].findings[0].interval
    assert (interval.low, interval.high) == (-paired.high, -paired.low)


def test_without_a_sweep_claims_about_seeds_are_not_measured(evaluated_pair: Published) -> None:
    settled = claims.settle(*report.read(evaluated_pair.folder, evaluated_pair.manifest.pair), {})
    assert {s.letter for s in settled if s.verdict == "not measured"} == set("cdhi")
