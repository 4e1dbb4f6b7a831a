"""The measures of a classifier's calibration that both training and serving compute.

Invalid input raises `ValueError`. Measures that only the report needs are in `train.statistics`.
"""

from contract.calibration.intervals import Interval, wilson
from contract.calibration.likelihood import nll_by_picture
from contract.calibration.prediction_sets import LEVELS, level_name, prediction_sets
from contract.calibration.probabilities import (
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    Bools,
    Floats,
    check,
    check_labels,
    check_matrix,
    check_probabilities,
    check_temperature,
    confidence,
    softmax,
)
from contract.calibration.reliability import (
    BINS,
    Table,
    ece,
    ece_floor,
    equal_mass,
    equal_mass_bins,
    equal_width,
    equal_width_bins,
    perfect_deviations,
    signed_gap,
    table_of,
)
from contract.calibration.selective import risk_coverage

__all__ = [
    "BINS",
    "HIGHEST_TEMPERATURE",
    "LEVELS",
    "LOWEST_TEMPERATURE",
    "Bools",
    "Floats",
    "Interval",
    "Table",
    "check",
    "check_labels",
    "check_matrix",
    "check_probabilities",
    "check_temperature",
    "confidence",
    "ece",
    "ece_floor",
    "equal_mass",
    "equal_mass_bins",
    "equal_width",
    "equal_width_bins",
    "level_name",
    "nll_by_picture",
    "perfect_deviations",
    "prediction_sets",
    "risk_coverage",
    "signed_gap",
    "softmax",
    "table_of",
    "wilson",
]
