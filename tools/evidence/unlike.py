"""The part of docs/evidence.md about the warning that a picture is unlike the data."""

from __future__ import annotations

from contract.artifacts.report import Report
from contract.twins import NAMES
from tools import markdown

_SCORES = {
    "energy": "energy",
    "logit": "largest logit",
    "probability": "confidence",
    "entropy": "entropy",
}
_OF = (*NAMES, "either")


def render(found: Report) -> str:
    """The section as Markdown."""
    known = found.unlike_the_data
    shares = [
        ("validation pictures", f"{known.validation:.1%}"),
        ("test pictures", f"{known.test:.1%}"),
        *((kind, f"{share:.1%}") for kind, share in known.outside.items()),
    ]
    least = " and ".join(f"{known.least_energy[name]:.2f} ({name})" for name in NAMES)
    kinds = list(known.auroc)
    rows = [
        (f"{title}, {of}", *(f"{known.auroc[kind][f'{score}.{of}']:.3f}" for kind in kinds))
        for score, title in _SCORES.items()
        for of in _OF
    ]
    return (
        "\n## The warning that a picture is unlike the data\n"
        f"It comes if the energy of either model is below {least}. Both thresholds are the same "
        "quantile of validation pictures.\n\n"
        + markdown.table(("", "share of pictures with the warning"), shares)
        + "\nAUROC of other scores: how well each tells the pictures of a kind from test pictures "
        "(0.5 is chance). *Either*: the lower of both models' ranks among validation pictures.\n\n"
        + markdown.table(("", *kinds), rows)
    )
