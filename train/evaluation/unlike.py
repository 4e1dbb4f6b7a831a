"""When a picture counts as unlike the data, and how often that is right.

The rule was chosen on one half of several thousand pictures of none of the ten classes and tried on
the other (docs/log.md). Here its thresholds are worked out for a pair, from validation pictures
alone, and the scores that it was chosen from are measured again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from contract import calibration as c
from contract.artifacts import report
from contract.calibration.energy import energy
from contract.twins import NAMES
from train.evaluation.measures import DIGITS, Logits, rounded
from train.statistics import ranking

ALARMS = 0.05
"""The share of validation pictures that get the warning. It is 1 minus the usual 95% of pictures
that a detector has to pass (Hendrycks and Gimpel 2017; FPR95)."""
EITHER = "either"
"""A picture's rank by the model to which it is more unusual."""


def energies(logits: Logits) -> c.Floats:
    """The energy of each picture, `[n]`."""
    return np.array([energy(row) for row in logits.tolist()])


def _negative_entropy(logits: Logits) -> c.Floats:
    p = c.softmax(logits)
    return np.asarray((p * np.log(np.maximum(p, np.finfo(np.float64).tiny))).sum(axis=1))


SCORES: dict[str, Callable[[Logits], c.Floats]] = {
    "energy": energies,
    "logit": lambda logits: logits.max(axis=1).astype(np.float64),
    "probability": lambda logits: c.softmax(logits).max(axis=1),
    "entropy": _negative_entropy,
}
"""The scores that are compared. Each is larger for pictures that are more like the data."""

ByModel = Mapping[str, Logits]


def measure(
    validation: ByModel, test: ByModel, outside: Mapping[str, ByModel]
) -> report.UnlikeTheData:
    """The thresholds from the logits of validation pictures, and what they do elsewhere."""
    least = thresholds(validation)
    known = {name: {model: of(validation[model]) for model in NAMES} for name, of in SCORES.items()}
    on_test = _all_scores(test, known)
    return report.UnlikeTheData(
        least_energy=least,
        validation=alarms(validation, least),
        test=alarms(test, least),
        outside={name: alarms(logits, least) for name, logits in outside.items()},
        auroc={
            name: {
                score: rounded(ranking.auroc(on_test[score], values))
                for score, values in _all_scores(logits, known).items()
            }
            for name, logits in outside.items()
        },
    )


def thresholds(validation: ByModel) -> dict[str, float]:
    """The least energy of a usual picture, by model.

    A picture is unlike the data if its energy is below that for either model. Both thresholds are
    the same quantile of validation pictures, the largest at which at most `ALARMS` of them are.
    """
    values = {name: energies(validation[name]) for name in NAMES}
    lowest = np.sort(np.minimum(*(_ranks(values[name], values[name]) for name in NAMES)))
    quantile = lowest[int(ALARMS * len(lowest))]
    return {
        # Rounded down, because rounded up it would be above a picture that is to stay below.
        name: math.floor(np.sort(each)[int(quantile * len(each))] * 10**DIGITS) / 10**DIGITS
        for name, each in values.items()
    }


def alarms(logits: ByModel, least: Mapping[str, float]) -> float:
    """The share of pictures that get the warning."""
    unlike = [energies(logits[name]) < least[name] for name in NAMES]
    return rounded(np.logical_or(*unlike).mean())


def _all_scores(
    logits: ByModel, known: Mapping[str, Mapping[str, c.Floats]]
) -> dict[str, c.Floats]:
    """Each score of each model, and the lower of both models' ranks among the `known` scores."""
    found: dict[str, c.Floats] = {}
    for name, of in SCORES.items():
        by_model = {model: of(logits[model]) for model in NAMES}
        found |= {f"{name}.{model}": values for model, values in by_model.items()}
        ranks = [_ranks(known[name][model], values) for model, values in by_model.items()]
        found[f"{name}.{EITHER}"] = np.minimum(*ranks)
    return found


def _ranks(known: c.Floats, values: c.Floats) -> c.Floats:
    """The share of the `known` values that are below each of `values`."""
    return np.searchsorted(np.sort(known), values, side="left") / len(known)
