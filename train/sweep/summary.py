"""Summarises a sweep: means over seeds, and the change by smoothing within a seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from contract.artifacts.sweep import METRICS, Row, SweepError
from contract.calibration import Interval
from train.statistics.significance import LEVEL, t_interval, t_test_p

Summary = dict[float, dict[str, "Mean"]]
"""Means by ε, smallest first, and then by metric."""


@dataclass(frozen=True)
class Difference:
    """The mean over seeds of a difference, with its 95% t-interval and two-sided p-value."""

    value: float
    interval: Interval
    p: float

    @property
    def decisive(self) -> bool:
        """Whether the p-value is below the significance level, not corrected for other tests."""
        return self.p < LEVEL


@dataclass(frozen=True)
class Mean:
    """The mean of a metric over seeds, and its difference from ε = 0 within the seeds."""

    value: float
    interval: Interval
    difference: Difference
    """The difference from ε = 0. At ε = 0 it is 0, with p = 1."""
    seeds: int


def summarise(rows: Iterable[Row], label_noise: float = 0.0) -> Summary:
    """The means over seeds of all networks with the given label noise.

    Only seeds that were run with every ε count. Raises `SweepError` if there are fewer than two, or
    ε = 0 is missing.
    """
    cells = {(row.epsilon, row.seed): row for row in rows if row.label_noise == label_noise}
    epsilons = sorted({epsilon for epsilon, _ in cells})
    seeds = _whole_seeds(cells, epsilons)
    if len(seeds) < 2 or 0.0 not in epsilons:
        raise SweepError(
            f"at label noise {label_noise:g}, the number of seeds run with every ε of "
            f"{', '.join(f'{e:g}' for e in epsilons) or 'none'} is {len(seeds)}; at least two "
            "are needed, and ε = 0 must be one of the ε"
        )

    def values(epsilon: float, metric: str) -> list[float]:
        return [getattr(cells[epsilon, seed], metric) for seed in seeds]

    def mean(epsilon: float, metric: str) -> Mean:
        here = values(epsilon, metric)
        return Mean(
            value=float(np.mean(here)),
            interval=t_interval(here),
            difference=_difference(here, values(0.0, metric)),
            seeds=len(seeds),
        )

    return {e: {metric: mean(e, metric) for metric in METRICS} for e in epsilons}


@dataclass(frozen=True)
class Interaction:
    """The gain by smoothing with correct labels and with moved labels."""

    clean: float
    """The mean over seeds of the metric at ε minus that at ε = 0, with correct labels."""
    noisy: float
    """The same mean, with a share of the training labels moved to another class."""
    difference: Difference
    """The difference `noisy - clean`, within the seeds."""
    seeds: int


def interaction(
    rows: Iterable[Row], metric: str, epsilon: float, label_noise: float
) -> Interaction:
    """How label noise changes the effect of smoothing on `metric`, as a difference of differences.

    Raises `SweepError` if fewer than two seeds were run with and without smoothing, each with and
    without noise.
    """
    cells = {(row.label_noise, row.epsilon, row.seed): row for row in rows}
    settings = [(noise, e) for noise in (0.0, label_noise) for e in (0.0, epsilon)]
    seeds = sorted(
        seed
        for seed in {seed for *_, seed in cells}
        if all((*setting, seed) in cells for setting in settings)
    )
    if len(seeds) < 2:
        raise SweepError(
            f"the number of seeds run at ε = 0 and {epsilon:g}, each with label noise 0 and "
            f"{label_noise:g}, is {len(seeds)}; at least two are needed"
        )

    def gains(noise: float) -> list[float]:
        return [
            getattr(cells[noise, epsilon, seed], metric) - getattr(cells[noise, 0.0, seed], metric)
            for seed in seeds
        ]

    noisy, clean = gains(label_noise), gains(0.0)
    return Interaction(
        clean=float(np.mean(clean)),
        noisy=float(np.mean(noisy)),
        difference=_difference(noisy, clean),
        seeds=len(seeds),
    )


def _whole_seeds(cells: dict[tuple[float, int], Row], epsilons: Sequence[float]) -> list[int]:
    seeds = sorted({seed for _, seed in cells})
    return [seed for seed in seeds if all((e, seed) in cells for e in epsilons)]


def _difference(here: Sequence[float], there: Sequence[float]) -> Difference:
    paired = [a - b for a, b in zip(here, there, strict=True)]
    return Difference(float(np.mean(paired)), t_interval(paired), t_test_p(paired))
