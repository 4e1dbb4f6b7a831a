"""Prediction sets: how many classes it takes to hold the true one 90, 95 or 99% of the time."""

from __future__ import annotations

from contract.artifacts.manifest import Manifest
from contract.artifacts.report import Report
from contract.calibration import LEVELS, level_name
from contract.twins import TWINS
from serve.inference.prediction_sets import guarantee_of
from serve.page.figures import figure, rows
from serve.page.figures.chart import legend
from serve.page.figures.figure import Figure
from serve.page.figures.rows import Row, Scale


def html(found: Report, manifest: Manifest) -> str:
    """Coverage and size of both models' sets at each level."""
    each = {
        level: {name: found.prediction_sets[name][level_name(level)] for name in TWINS}
        for level in LEVELS
    }
    coverage = rows.chart(
        [
            Row(f"{level:.0%}", {name: s.coverage for name, s in sets.items()}, target=level)
            for level, sets in each.items()
        ],
        Scale("sets that hold the true class", lambda v: f"{v:.0%}", most=1.0),
        "Share of sets that hold the true class, by level asked for.",
    )
    size = rows.chart(
        [
            Row(f"{level:.0%}", {name: s.size for name, s in sets.items()})
            for level, sets in each.items()
        ],
        Scale("mean number of classes in a set", lambda v: f"{v:g}", digits=lambda v: f"{v:.2f}"),
        "Mean number of classes in a set, by level asked for.",
    )
    return figure.html(
        Figure(
            name="prediction-sets",
            title="Coverage and size of the sets",
            drawing=f'{legend(("tw-target", "level asked for"))}<div class="tw-two">'
            f"<div>{coverage.svg()}</div><div>{size.svg()}</div></div>",
            header=(
                "level",
                "model",
                "threshold",
                "coverage",
                "low",
                "high",
                "size",
                "low",
                "high",
                *(f"sets of {k}" for k in range(11)),
            ),
            rows=[
                [
                    level,
                    name,
                    s.threshold,
                    s.coverage.value,
                    s.coverage.low,
                    s.coverage.high,
                    s.size.value,
                    s.size.low,
                    s.size.high,
                    *s.sizes,
                ]
                for level, sets in each.items()
                for name, s in sets.items()
            ],
            caption="Instead of one answer, a model gives as many classes as it takes to be right "
            f"that often. {guarantee_of(LEVELS[-1])} The thresholds come from validation pictures "
            "(split conformal prediction, LAC, Sadinle et al. 2019); lines are 95% intervals. A "
            "set may be empty: below a model's own accuracy, some pictures can be given up.",
        ),
        manifest,
    )
