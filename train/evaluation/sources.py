"""The measurements behind the claims: the pair's report, and the sweeps over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contract.artifacts.claims import Unit
from contract.artifacts.report import Calibration, Figure, ModelEvidence, Report
from contract.artifacts.sweep import Row
from contract.calibration import Interval
from contract.twins import NAMES
from train.evaluation.verdicts import Measured
from train.sweep.summary import Mean, interaction, summarise

PAIR = "published pair"


@dataclass(frozen=True)
class Sources:
    """The pair's report, and the sweeps that include the pair's ε."""

    report: Report
    sweeps: Mapping[str, Sequence[Row]]
    """The rows of each sweep by recipe. Each sweep is large enough to be summarised."""
    epsilon: float

    def pair(
        self, metric: str, what: str, less: bool, unit: Unit = "share", counts: bool = True
    ) -> Measured:
        """The change of `metric` by smoothing, on test pictures with the published pair.

        `metric` is `accuracy` or `KIND.METRIC`.
        """
        split = self.report.splits["test"]
        found = split.differences[metric]
        hard, smoothed = (
            model.accuracy if metric == "accuracy" else _metric(model, metric)
            for model in (split.models[name] for name in NAMES)
        )
        # The report's differences are hard minus smoothed.
        interval = Interval(-found.high, -found.low)
        return Measured(
            PAIR, what, unit, hard.value, smoothed.value, interval, found.p, less, counts
        )

    def corrupted(self, metric: str, what: str, unit: Unit = "share") -> list[Measured]:
        """The fall of `metric` by smoothing on corrupted pictures: all kinds, and the new ones.

        `metric` is `KIND.METRIC`. Only the kinds that training pictures never had count: the
        others are no test of what is unlike the training data.
        """
        found = []
        kind, name = metric.split(".", 1)
        for group, title in (("new", "corruptions new to it"), ("all", "all corruptions")):
            if group not in self.report.corruption_groups:
                continue
            measured = self.report.corruption_groups[group]
            hard, smoothed = (measured.models[twin][kind][name].value for twin in NAMES)
            difference = measured.differences[metric]
            interval = Interval(-difference.high, -difference.low)
            found.append(
                Measured(
                    f"{PAIR}, {title}",
                    what,
                    unit,
                    hard,
                    smoothed,
                    interval,
                    difference.p,
                    less=True,
                    counts=group == "new",
                )
            )
        return found

    def seeds(
        self, metric: str, what: str, less: bool, unit: Unit = "share", counts: bool = True
    ) -> list[Measured]:
        """The change of `metric` by smoothing over seeds, one for each sweep."""
        found = []
        for recipe, rows in self.sweeps.items():
            means = summarise(rows)
            mean = means[self.epsilon][metric]
            found.append(
                Measured(
                    setting=f"{recipe}, {mean.seeds} seeds",
                    what=what,
                    unit=unit,
                    first=means[0.0][metric].value,
                    second=mean.value,
                    interval=mean.difference.interval,
                    p=mean.difference.p,
                    less=less,
                    counts=counts,
                    detail=_both_accuracies(means[0.0], means[self.epsilon])
                    if metric == "overfitting"
                    else "",
                )
            )
        return found

    def noise(self, metric: str, what: str) -> list[Measured]:
        """Whether smoothing gains more of `metric` with wrong labels than with correct ones."""
        found = []
        for recipe, rows in self.sweeps.items():
            share = max(row.label_noise for row in rows)
            if share == 0:
                continue
            gains = interaction(rows, metric, self.epsilon, share)
            found.append(
                Measured(
                    setting=f"{recipe}, {gains.seeds} seeds",
                    what=f"{what}, with correct labels and with {share:.0%} wrong ones",
                    unit="share",
                    first=gains.clean,
                    second=gains.noisy,
                    interval=gains.difference.interval,
                    p=gains.difference.p,
                    less=False,
                )
            )
        return found


def _metric(model: ModelEvidence, metric: str) -> Figure:
    kind, name = metric.split(".", 1)
    at: Calibration = getattr(model, kind)
    return at.metrics[name]


def _both_accuracies(hard: Mapping[str, Mean], smoothed: Mapping[str, Mean]) -> str:
    training, test = (
        f"{hard[metric].value:.2%} → {smoothed[metric].value:.2%}"
        for metric in ("train_accuracy", "accuracy")
    )
    return f"training accuracy {training}, test accuracy {test}"
