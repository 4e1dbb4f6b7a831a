"""Claims: one rule for both signs, corrected for several findings, and settled by figures alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from contract import calibration as c
from contract.artifacts import claims as schema
from contract.artifacts import report
from contract.artifacts.claims import Finding, Sign
from contract.artifacts.sweep import Row
from contract.calibration import Interval
from contract.twins import NAMES
from tests.conftest import Published
from tests.rows import ROW, grid
from train.evaluation import claims
from train.evaluation.sources import PAIR
from train.evaluation.verdicts import Measured, judged, sign, verdict

LESS = Measured("here", "ECE", "share", 0.05, 0.02, Interval(-0.04, -0.02), 0.002, less=True)
MORE = replace(LESS, second=0.08, interval=Interval(0.02, 0.04))
CHANCE = replace(LESS, second=0.049, interval=Interval(-0.01, 0.008), p=0.6)


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ([LESS, LESS], "supported"),
        ([MORE, MORE], "contradicted"),
        ([CHANCE, CHANCE], "not shown"),
        ([LESS, CHANCE], "mixed"),
        ([MORE, CHANCE], "mixed"),
        ([LESS, MORE], "mixed"),
        ([LESS], "supported"),
        ([MORE], "contradicted"),
        ([], "not measured"),
    ],
)
def test_the_rule_treats_both_signs_alike(measured: list[Measured], expected: str) -> None:
    assert verdict(judged(measured)) == expected
    # The opposite claim gets the opposite verdict, and a doubt stays a doubt.
    opposite = {"supported": "contradicted", "contradicted": "supported"}
    turned = [replace(one, less=not one.less) for one in measured]
    assert verdict(judged(turned)) == opposite.get(expected, expected)


def test_what_is_only_quoted_does_not_count() -> None:
    quoted = replace(MORE, counts=False)
    assert verdict(judged([LESS, quoted])) == "supported"
    assert verdict(judged([quoted])) == "not measured"
    assert [finding.sign for finding in judged([LESS, quoted])] == ["supports", "contradicts"]


@pytest.mark.parametrize(
    ("difference", "p", "less", "expected"),
    [
        (-0.1, 0.01, True, "supports"),
        (0.1, 0.01, True, "contradicts"),
        (0.1, 0.01, False, "supports"),
        (-0.1, 0.01, False, "contradicts"),
        (-0.1, 0.05, True, "undecided"),
        (0.0, 0.01, True, "undecided"),
    ],
)
def test_a_sign_needs_a_small_p_value(
    difference: float, p: float, less: bool, expected: Sign
) -> None:
    assert sign(difference, p, less) == expected


def test_several_findings_are_corrected_together() -> None:
    """Three p-values of 0.02 are worth 0.06 each, and none of them decides any more."""
    weak = replace(LESS, p=0.02)
    assert judged([weak])[0].sign == "supports"
    together = judged([weak, weak, weak])
    assert [finding.p for finding in together] == [0.06] * 3
    assert verdict(together) == "not shown"
    # What is only quoted does not make the others pay.
    assert judged([weak, replace(weak, counts=False)])[0].p == 0.02


def rows() -> list[Row]:
    """Networks whose smoothing costs accuracy, and pays under label noise."""
    rng = np.random.default_rng(0)

    def trained(seed: int, noise: float, epsilon: float, accuracy: float) -> Row:
        wobble = float(rng.normal(0, 0.001))
        return replace(
            ROW, seed=seed, label_noise=noise, epsilon=epsilon, accuracy=accuracy + wobble
        )

    return [
        trained(seed, *setting)
        for seed in range(5)
        for setting in ((0.0, 0.0, 0.9), (0.0, 0.1, 0.88), (0.2, 0.0, 0.7), (0.2, 0.1, 0.75))
    ]


def settle(pair: Published, sweeps: dict[str, list[Row]], epsilon: float = 0.1) -> schema.Claims:
    found, _ = report.read(pair.folder, pair.manifest.model_hashes)
    return claims.settle(found, sweeps, epsilon, ())


def test_claims_are_settled_by_the_pair_and_the_sweeps(evaluated_pair: Published) -> None:
    _, logits = report.read(evaluated_pair.folder, evaluated_pair.manifest.model_hashes)
    made, _ = report.read(evaluated_pair.folder, evaluated_pair.manifest.model_hashes)
    settled = {claim.letter: claim for claim in settle(evaluated_pair, {"small": rows()}).claims}
    assert list(settled) == list("abcdefghij")
    assert settled["a"].verdict == "supported"
    assert settled["a"].findings[0].second == pytest.approx(0.91)
    accuracy = {finding.setting: finding for finding in settled["e"].findings}
    assert accuracy["small, 5 seeds"].sign == "contradicts"
    assert accuracy["small, 5 seeds"].second == pytest.approx(0.88, abs=0.002)

    labels = logits["test_labels"].astype(np.int64)
    for name, attribute in zip(NAMES, ("first", "second"), strict=True):
        sure, correct = c.confidence(c.softmax(logits[f"test_{name}"]), labels)
        assert getattr(settled["b"].findings[0], attribute) == pytest.approx(sure.mean(), abs=1e-6)
        assert getattr(accuracy[PAIR], attribute) == pytest.approx(correct.mean())
        quoted = next(f for f in settled["f"].findings if f.what == "ECE, equal width")
        assert not quoted.counts
        ece = c.ece(c.equal_width(sure, correct))
        assert getattr(quoted, attribute) == pytest.approx(ece, abs=1e-6)
    paired = made.splits["test"].differences["raw.ece"]  # hard minus smoothed
    assert (quoted.low, quoted.high) == (-paired.high, -paired.low)


def test_pictures_unlike_the_data_are_corruptions_new_to_the_models(
    evaluated_pair: Published,
) -> None:
    made, _ = report.read(evaluated_pair.folder, evaluated_pair.manifest.model_hashes)
    (claim,) = (c for c in settle(evaluated_pair, {}).claims if c.letter == "j")
    by_group = {
        title: [f for f in claim.findings if title in f.setting] for title in ("new", "all")
    }
    assert [f.counts for f in by_group["new"]] == [True] * 6
    assert [f.counts for f in by_group["all"]] == [False] * 6
    group = made.corruption_groups["new"]
    found = next(f for f in by_group["new"] if f.what == "NLL")
    figures = [group.models[name]["raw"]["nll"].value for name in NAMES]
    assert [found.first, found.second] == pytest.approx(figures)
    paired = group.differences["raw.nll"]  # hard minus smoothed
    assert (found.low, found.high) == (-paired.high, -paired.low)


def test_coping_with_label_noise_is_an_interaction(evaluated_pair: Published) -> None:
    (claim,) = (c for c in settle(evaluated_pair, {"small": rows()}).claims if c.letter == "h")
    (finding,) = claim.findings
    assert finding.first == pytest.approx(-0.02, abs=0.002)  # gained with correct labels
    assert finding.second == pytest.approx(0.05, abs=0.002)  # gained with a fifth of them wrong
    assert finding.low < 0.07 < finding.high
    assert claim.verdict == "supported"
    # Smoothing that helps as much with correct labels does not cope better with wrong ones.
    same = [replace(r, accuracy=r.accuracy + (0.07 if r.epsilon else 0)) for r in rows()]
    shifted = [r if r.label_noise else s for r, s in zip(rows(), same, strict=True)]
    (claim,) = (c for c in settle(evaluated_pair, {"small": shifted}).claims if c.letter == "h")
    assert claim.findings[0].second == pytest.approx(0.05, abs=0.002)
    assert claim.verdict == "not shown"


def test_overfitting_names_both_accuracies(evaluated_pair: Published) -> None:
    (claim,) = (c for c in settle(evaluated_pair, {"small": rows()}).claims if c.letter == "d")
    detail = claim.findings[0].detail
    assert detail.startswith("training accuracy 95.00% → 95.00%, test accuracy 89.9")


def test_without_a_sweep_claims_about_seeds_are_not_measured(evaluated_pair: Published) -> None:
    settled = settle(evaluated_pair, {}).claims
    assert {claim.letter for claim in settled if claim.verdict == "not measured"} == set("cdhi")


def test_the_epsilon_is_the_pairs_and_other_sweeps_are_named(evaluated_pair: Published) -> None:
    settled = settle(evaluated_pair, {"small": rows(), "other": grid()}, epsilon=0.5)
    assert settled.epsilon == 0.5
    assert settled.claims[0].findings[0].second == pytest.approx(0.55)
    assert settled.problems == ("the sweep of small has no networks with ε = 0.5",)
    assert {f.setting for f in settled.claims[2].findings} == {"other, 5 seeds"}


def test_a_sweep_that_is_too_small_loses_its_own_lines_alone(evaluated_pair: Published) -> None:
    settled = settle(evaluated_pair, {"small": rows(), "other": grid(1)})
    (problem,) = settled.problems
    assert problem.startswith(
        "the sweep of other is not used: at label noise 0, the number of seeds"
    )
    assert "is 1; at least two are needed" in problem
    assert {f.setting for f in settled.claims[2].findings} == {"small, 5 seeds"}


def test_each_claim_is_one_entry(
    evaluated_pair: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = claims.Spec(
        "changes the fitted temperature",
        lambda s: s.seeds("temperature", "fitted T", True, "nats"),
        from_pair=False,
    )
    monkeypatch.setattr(claims, "CLAIMS", (*claims.CLAIMS, added))
    settled = settle(evaluated_pair, {"small": rows()}).claims
    assert (settled[-1].letter, settled[-1].text) == ("k", "changes the fitted temperature")
    assert isinstance(settled[-1].findings[0], Finding)
