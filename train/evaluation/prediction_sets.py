"""The report's figures of prediction sets, with thresholds from the validation pictures alone."""

from __future__ import annotations

import numpy as np

from contract import calibration as c
from contract.artifacts.report import Figure, PredictionSets, SetBehaviour
from contract.calibration.resampling import bootstrap
from contract.cifar10 import CLASSES
from train.evaluation.measures import Labels, Logits, figure, rounded, share_of
from train.statistics.conformal import conformal_threshold, lac_scores

Thresholds = dict[float, float]
"""A model's threshold at each of the coverage levels, from 0 to 1."""


def thresholds(logits: Logits, labels: Labels) -> Thresholds:
    """The thresholds at T = 1 from the validation pictures' `logits` `[n, 10]` and `labels` `[n]`.

    JSON has no infinity. A score is never above 1, so a threshold of 1 makes the same sets.
    """
    scores = lac_scores(c.softmax(logits), labels)
    return {level: min(conformal_threshold(scores, level), 1.0) for level in c.LEVELS}


def on_test_pictures(
    at: Thresholds, logits: Logits, labels: Labels, repeats: int
) -> dict[str, PredictionSets]:
    """What the sets of the test pictures are worth, by the name of the level.

    The intervals of mean sizes come from `repeats` bootstrap samples.
    """
    probabilities = c.softmax(logits)
    return {
        c.level_name(level): _measured(
            threshold, c.prediction_sets(probabilities, threshold), labels, repeats
        )
        for level, threshold in at.items()
    }


def on_corrupted(at: Thresholds, logits: Logits, labels: Labels) -> dict[str, SetBehaviour]:
    """Coverage and mean size of the sets of corrupted pictures, by the name of the level."""
    probabilities = c.softmax(logits)
    found = {}
    for level, threshold in at.items():
        sets = c.prediction_sets(probabilities, threshold)
        found[c.level_name(level)] = SetBehaviour(
            coverage=rounded(_covered(sets, labels).mean()),
            size=rounded(sets.sum(axis=1).mean()),
        )
    return found


def _measured(threshold: float, sets: c.Bools, labels: Labels, repeats: int) -> PredictionSets:
    covered = _covered(sets, labels)
    sizes = sets.sum(axis=1)
    by_class = [labels == k for k in range(len(CLASSES))]
    return PredictionSets(
        threshold=threshold,
        coverage=share_of(int(covered.sum()), len(labels)),
        size=_mean(sizes, repeats),
        sizes=np.bincount(sizes, minlength=len(CLASSES) + 1).tolist(),
        class_coverage=[share_of(int(covered[is_k].sum()), int(is_k.sum())) for is_k in by_class],
        class_size=[_mean(sizes[is_k], repeats) for is_k in by_class],
    )


def _covered(sets: c.Bools, labels: Labels) -> c.Bools:
    """Whether each set holds the true class, `[n]`."""
    return np.asarray(sets[np.arange(len(labels)), labels])


def _mean(sizes: Labels, repeats: int) -> Figure:
    (interval,) = bootstrap(lambda index: sizes[index].mean(keepdims=True), len(sizes), repeats)
    return figure(float(sizes.mean()), interval.low, interval.high)
