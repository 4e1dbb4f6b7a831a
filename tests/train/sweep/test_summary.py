from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_rel

from contract.artifacts.sweep import Row, SweepError
from tests.rows import ROW, grid
from train.sweep.summary import interaction, summarise


def test_decisive_is_what_a_paired_t_test_calls_significant() -> None:
    rows = grid()
    found = summarise(rows)
    base = [row.accuracy for row in rows if row.epsilon == 0.0]
    for epsilon in (0.1, 0.5):
        here = [row.accuracy for row in rows if row.epsilon == epsilon]
        theirs = ttest_rel(here, base)
        mean = found[epsilon]["accuracy"]
        interval = theirs.confidence_interval(0.95)
        ours = mean.difference.interval
        assert mean.difference.p == pytest.approx(theirs.pvalue)
        assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), abs=1e-12)
        assert mean.difference.decisive == (theirs.pvalue < 0.05)
    assert found[0.5]["accuracy"].difference.decisive
    assert not found[0.1]["accuracy"].difference.decisive
    assert not found[0.0]["accuracy"].difference.decisive


def test_only_seeds_with_every_epsilon_count() -> None:
    rows = grid(3)
    unfinished = [*rows, replace(ROW, seed=3), replace(ROW, seed=3, epsilon=0.1)]
    assert summarise(unfinished) == summarise(rows)
    noisy = [replace(row, label_noise=0.2) for row in rows]
    assert summarise([*rows, *noisy]) == summarise(rows)


@pytest.mark.parametrize("rows", [[], grid(1), [r for r in grid() if r.epsilon]])
def test_too_little_for_an_interval_is_refused(rows: list[Row]) -> None:
    with pytest.raises(
        SweepError, match=r"at least two are needed, and ε = 0 must be one of the ε"
    ):
        summarise(rows)


def with_noise(gain: float, noisy_gain: float) -> list[Row]:
    """Five seeds in which smoothing changes accuracy by these much, without and with noise."""
    rng = np.random.default_rng(0)
    return [
        replace(
            ROW,
            seed=seed,
            label_noise=noise,
            epsilon=epsilon,
            accuracy=0.9 - noise + (change if epsilon else 0) + float(rng.normal(0, 0.0005)),
        )
        for seed in range(5)
        for noise, change in ((0.0, gain), (0.2, noisy_gain))
        for epsilon in (0.0, 0.1)
    ]


def test_an_interaction_is_a_difference_of_differences() -> None:
    rows = with_noise(0.01, 0.03)
    found = interaction(rows, "accuracy", 0.1, 0.2)
    cells = {row.key: row.accuracy for row in rows}
    gains = [
        [cells[noise, 0.1, seed] - cells[noise, 0.0, seed] for seed in range(5)]
        for noise in (0.0, 0.2)
    ]
    assert found.clean == pytest.approx(np.mean(gains[0]))
    assert found.noisy == pytest.approx(np.mean(gains[1]))
    theirs = ttest_rel(gains[1], gains[0])
    assert found.difference.p == pytest.approx(theirs.pvalue)
    assert found.difference.value == pytest.approx(0.02, abs=0.001)
    assert found.difference.decisive
    # The same gain with noise as without is no better way to cope with it.
    assert not interaction(with_noise(0.02, 0.02), "accuracy", 0.1, 0.2).difference.decisive


def test_an_interaction_needs_two_whole_seeds() -> None:
    with pytest.raises(
        SweepError, match=r"seeds run at ε = 0 and 0\.1, each with label noise 0 and 0\.2, is 0"
    ):
        interaction(grid(), "accuracy", 0.1, 0.2)
