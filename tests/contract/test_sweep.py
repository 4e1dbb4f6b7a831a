from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel

from contract import sweep
from contract.sweep import Row, SweepError

ROW = Row(
    recipe="small",
    seed=0,
    label_noise=0.0,
    epsilon=0.0,
    train_loss=0.25,
    train_accuracy=0.95,
    largest_fall=0.01,
    accuracy=0.9,
    confidence=0.93,
    nll=0.31,
    ece=0.03,
    signed_gap=0.03,
    aurc=0.012,
    sure_mistakes=0.02,
    temperature=1.25,
    nll_scaled=0.29,
    ece_scaled=0.008,
    sure_mistakes_scaled=0.01,
)


def grid(seeds: int = 5) -> list[Row]:
    rng = np.random.default_rng(0)
    return [
        replace(ROW, seed=seed, epsilon=epsilon, accuracy=0.9 + step + float(rng.normal(0, 0.002)))
        for seed in range(seeds)
        for epsilon, step in ((0.0, 0.0), (0.1, 0.0005), (0.5, -0.03))
    ]


def test_a_table_is_read_as_it_was_written() -> None:
    rows = grid()
    again = sweep.from_csv(sweep.as_csv(rows))
    assert [row.run for row in again] == sorted(row.run for row in rows)
    assert sweep.as_csv(again) == sweep.as_csv(rows)
    assert again[0].accuracy == pytest.approx(rows[0].accuracy, rel=1e-5)


def test_decisive_is_what_a_paired_t_test_calls_significant() -> None:
    rows = grid()
    found = sweep.summary(rows)
    base = [row.accuracy for row in rows if row.epsilon == 0.0]
    for epsilon in (0.1, 0.5):
        here = [row.accuracy for row in rows if row.epsilon == epsilon]
        theirs = ttest_rel(here, base)
        mean = found[epsilon]["accuracy"]
        interval = theirs.confidence_interval(0.95)
        ours = mean.difference_interval
        assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), abs=1e-12)
        assert mean.decisive == (theirs.pvalue < 0.05)
    assert found[0.5]["accuracy"].decisive
    assert not found[0.1]["accuracy"].decisive
    assert not found[0.0]["accuracy"].decisive


def test_only_seeds_with_every_epsilon_count() -> None:
    rows = grid(3)
    unfinished = [*rows, replace(ROW, seed=3), replace(ROW, seed=3, epsilon=0.1)]
    assert sweep.summary(unfinished) == sweep.summary(rows)
    noisy = [replace(row, label_noise=0.2) for row in rows]
    assert sweep.summary([*rows, *noisy]) == sweep.summary(rows)


@pytest.mark.parametrize("rows", [[], grid(1), [r for r in grid() if r.epsilon]])
def test_too_little_for_an_interval_is_refused(rows: list[Row]) -> None:
    with pytest.raises(SweepError, match=r"two are needed, and ε = 0 among them"):
        sweep.summary(rows)


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    assert sweep.read(tmp_path) == {}
    path = tmp_path / sweep.FOLDER / "small.csv"
    path.parent.mkdir()
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SweepError, match=r"small\.csv cannot be used: its columns are not recipe"):
        sweep.read(tmp_path)
    path.write_text(sweep.as_csv([ROW]).replace("0.93", "much"))
    with pytest.raises(SweepError, match=r"line 2 is not a run: .*much"):
        sweep.read(tmp_path)
