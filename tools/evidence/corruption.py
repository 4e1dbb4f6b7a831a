"""The part of docs/evidence.md about corrupted pictures."""

from __future__ import annotations

from contract.artifacts.report import PRIMARY, Behaviour, CorruptionGroup, Report
from contract.twins import NAMES
from tools import markdown
from tools.markdown import number, p_value, share

_GROUPS = {
    "all": "All kinds",
    "seen": "Kinds that training pictures had too",
    "new": "Kinds that were new to the models",
}
_TITLES = {
    "accuracy": "accuracy",
    "ece_equal_mass": "ECE, equal mass",
    "absolute_gap": "distance of mean confidence from accuracy",
    "nll": "NLL, nats",
    "ece": "ECE, equal width",
    "signed_gap": "mean confidence minus accuracy",
}
_WHEN = {"raw": "", "scaled": ", at the fitted T"}


def render(found: Report) -> str:
    """The section as Markdown."""
    return (
        "\n## Under corruption\n"
        f"The first {found.corrupted_pictures:,} test pictures at severities 1 to 5. ECE in bins "
        "of equal width, T = 1.\n\n"
        + _cells(found)
        + "\nMeans over kinds and severities, each worked out by itself first. Intervals are over "
        "pictures, each of which keeps all its corruptions. Temperatures were fitted on clean "
        "validation pictures.\n"
        + "".join(_group(_GROUPS[name], group) for name, group in found.corruption_groups.items())
    )


def _cells(found: Report) -> str:
    rows = []
    for kind, by_severity in found.corruptions.items():
        for severity, behaviour in enumerate(by_severity, 1):
            cells = [_behaviour(behaviour[name]) for name in NAMES]
            rows.append((f"{kind} {severity}", *(part for cell in cells for part in cell)))
    header = (
        "",
        *(f"{name}: {what}" for name in NAMES for what in ("accuracy", "confidence", "ECE")),
    )
    return markdown.table(header, rows)


def _behaviour(behaviour: Behaviour) -> tuple[str, str, str]:
    return (
        f"{behaviour.accuracy or 0:.1%}",
        f"{behaviour.confidence:.1%}",
        f"{behaviour.ece or 0:.1%}",
    )


def _group(title: str, group: CorruptionGroup) -> str:
    rows = []
    for kind, when in _WHEN.items():
        for metric in ("accuracy", *PRIMARY, "ece", "signed_gap"):
            if metric == "accuracy" and kind == "scaled":  # no temperature changes an answer
                continue
            write = number if metric == "nll" else share
            difference = group.differences[f"{kind}.{metric}"]
            rows.append(
                (
                    f"{_TITLES[metric]}{when}",
                    *(write(group.models[name][kind][metric]) for name in NAMES),
                    write(difference),
                    p_value(difference.p),
                )
            )
    header = ("", *NAMES, "difference", "p")
    return f"\n{title}: {', '.join(group.kinds)}.\n\n" + markdown.table(header, rows)
