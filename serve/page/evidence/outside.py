"""What both models say of pictures that show none of the ten classes."""

from __future__ import annotations

from contract.artifacts.manifest import Manifest
from contract.artifacts.report import Report
from contract.twins import TWINS
from serve.page.figures import figure, rows
from serve.page.figures.chart import legend
from serve.page.figures.figure import Figure
from serve.page.figures.rows import Row, Scale

_SCORE = "energy.either"
"""The score by which the warning goes, in the report's table of AUROCs."""


def html(found: Report, manifest: Manifest) -> str:
    """Mean confidences by set of pictures, and the share that gets the warning."""
    known = found.unlike_the_data
    sets = sorted(found.outside, key=lambda name: -found.outside[name]["hard"].confidence)
    confidences = rows.chart(
        [
            Row(name, {twin: found.outside[name][twin].confidence for twin in TWINS})
            for name in sets
        ],
        Scale("mean confidence", lambda v: f"{v:.0%}", 0.0, 1.0),
        "Mean confidence of both models on pictures that show none of the classes, by set.",
    )
    warned = rows.chart(
        [
            *(Row(name, {"neutral": known.outside[name]}) for name in sets),
            Row("test pictures", {"neutral": known.test}),
        ],
        Scale("share that gets the warning", lambda v: f"{v:.0%}", 0.0, 1.0),
        "Share of pictures that get the warning of a picture unlike the data, by set.",
    )
    return figure.html(
        Figure(
            name="outside",
            title="Pictures that show none of the ten classes",
            drawing=f'{legend()}<div class="tw-two"><div>{confidences.svg()}</div>'
            f"<div>{warned.svg()}</div></div>",
            header=(
                "set",
                *(f"mean confidence, {name}" for name in TWINS),
                *(f"AUROC by confidence, {name}" for name in TWINS),
                "share with the warning",
                "AUROC by energy",
            ),
            rows=[
                [
                    name,
                    *(found.outside[name][twin].confidence for twin in TWINS),
                    *(found.outside[name][twin].auroc or "" for twin in TWINS),
                    known.outside[name],
                    known.auroc[name].get(_SCORE, ""),
                ]
                for name in sets
            ],
            caption="Both models must still name a class. The page warns where the energy, the "
            "logarithm of the sum of exp(logit), is lower than on all but "
            f"{known.validation:.0%} of validation pictures. Photos of other things get the "
            "warning less often.",
        ),
        manifest,
    )
