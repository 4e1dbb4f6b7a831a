"""Accuracy and calibration on a visitor's own pictures, where their names tell the class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contract import calibration as c
from contract.calibration.intervals import Interval
from contract.calibration.reliability import ece_floor
from contract.calibration.resampling import basic_interval, percentile_intervals, resample
from contract.twins import TWINS
from serve.page.batch.rows import Row
from serve.page.parts.sentence import counted

_FEW = 100
"""With fewer pictures an ECE is mostly chance."""


def html(rows: Sequence[Row]) -> str:
    """A table of accuracy, ECE and signed gap with intervals; empty without a known class."""
    known = [row for row in rows if row.comparison is not None and row.true is not None]
    if not known:
        return ""
    models = "".join(_model(known, name) for name in TWINS)
    few = (
        f" With fewer than {_FEW} pictures the ECE is mostly chance: compare it with its floor."
        if len(known) < _FEW
        else ""
    )
    return (
        f'<h3 class="tw-heading">On {counted(len(known), "picture")} whose name tells the class'
        "</h3>"
        '<div class="tw-scroll"><table class="tw-table tw-measures"><thead><tr><th scope="col">'
        'Model</th><th scope="col">Accuracy</th><th scope="col">Mean confidence minus accuracy</th>'
        f'<th scope="col">ECE, equal mass</th></tr></thead><tbody>{models}</tbody></table></div>'
        '<p class="tw-quiet">In brackets: 95% intervals over pictures. ECE is the mean distance of '
        "confidence from accuracy, in 15 bins of equally many pictures. The floor is what a "
        f"perfectly calibrated model would score on average.{few}</p>"
    )


def _model(known: list[Row], name: str) -> str:
    verdicts = [row.comparison.models[name] for row in known if row.comparison is not None]
    # Probabilities in float32 can be slightly above 1.
    sure = np.minimum(1.0, [verdict.confidence for verdict in verdicts])
    labels = np.array([row.true for row in known])
    correct = np.array([verdict.probabilities for verdict in verdicts]).argmax(axis=1) == labels

    def figures(index: np.ndarray) -> c.Floats:
        gap = c.signed_gap(sure[index], correct[index])
        return np.array([gap, c.ece(c.equal_mass(sure[index], correct[index]))])

    n = len(known)
    gap, ece = figures(np.arange(n)).tolist()
    of_gap, of_ece = percentile_intervals(resample(figures, n))
    floor = ece_floor(sure, c.equal_mass_bins(sure, c.BINS))
    accuracy = c.wilson(int(correct.sum()), n)
    return (
        f'<tr><th scope="row"><i class="tw-swatch tw-{name}"></i> {TWINS[name].title}</th>'
        f'<td data-of="Accuracy">{correct.mean():.1%} {_ends(accuracy)}</td>'
        f'<td data-of="Confidence minus accuracy">{100 * gap:+.1f} pp {_ends(of_gap)}</td>'
        f'<td data-of="ECE">{ece:.1%} {_ends(basic_interval(ece, of_ece))}<br>'
        f"<small>floor {floor:.1%}</small></td></tr>"
    )


def _ends(interval: Interval) -> str:
    return f"<small>[{100 * interval.low:.1f}, {100 * interval.high:.1f}]</small>"
