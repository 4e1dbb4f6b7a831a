"""How both models hold up on corrupted test pictures, kind by kind and on average."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract.artifacts.manifest import Manifest
from contract.artifacts.report import Behaviour, CorruptionGroup, Report
from contract.corruptions import SEVERITIES
from contract.twins import TWINS
from serve.page.evidence.measures import WHEN, nats, share
from serve.page.figures import figure, rows
from serve.page.figures.chart import SMALL, Chart, legend, percents, steps
from serve.page.figures.figure import Figure
from serve.page.figures.rows import Row, Scale

GROUPS = {"all": "all kinds", "seen": "seen in training", "new": "new to both"}
_SHORT = {"all": "all", "seen": "seen", "new": "new"}


@dataclass(frozen=True)
class _Measure:
    """What a set of small charts shows of a model's behaviour."""

    key: str
    title: str
    value: Callable[[Behaviour], float]


_MEASURES = (
    _Measure("accuracy", "accuracy", lambda b: b.accuracy or 0.0),
    _Measure("gap", "confidence minus accuracy", lambda b: b.confidence - (b.accuracy or 0.0)),
    _Measure("ece", "ECE", lambda b: b.ece or 0.0),
)
_OF_GROUPS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("accuracy", "Accuracy", share),
    ("ece_equal_mass", "ECE, equal mass", share),
    ("signed_gap", "Confidence minus accuracy", share),
    ("nll", "NLL, nats", nats),
)


def kinds(found: Report, manifest: Manifest) -> str:
    """A small chart for each kind of corruption; a choice of what it shows."""
    seen = found.corruption_groups["seen"].kinds if "seen" in found.corruption_groups else []
    panels = "".join(
        f'<div class="tw-panels" data-of="{measure.key}">'
        + "".join(_panel(found, kind, measure, kind in seen) for kind in found.corruptions)
        + "</div>"
        for measure in _MEASURES
    )
    choices = "".join(
        f'<label><input type="radio" name="tw-corrupted" id="tw-corrupted-{m.key}" value="{m.key}"'
        f"{' checked' if m is _MEASURES[0] else ''}>{m.title}</label>"
        for m in _MEASURES
    )
    return figure.html(
        Figure(
            name="corruptions",
            title="By kind and severity",
            drawing='<fieldset class="tw-pick"><legend class="tw-hidden">Show</legend>'
            f"<div>{choices}</div></fieldset>{legend()}{panels}",
            header=("corruption", "severity", "model", "accuracy", "mean confidence", "ECE"),
            rows=[
                [kind, severity, name, b.accuracy or "", b.confidence, b.ece or ""]
                for kind, behaviours in found.corruptions.items()
                for severity, both in enumerate(behaviours, 1)
                for name, b in both.items()
            ],
            caption=f"The first {found.corrupted_pictures:,} test pictures at severities 1 to "
            f"{SEVERITIES[-1]}, at T = 1. “Seen” are corruptions that training pictures had too. "
            "Confidence minus accuracy is above 0 where a model is overconfident. ECE is the mean "
            "distance of the two, in 15 bins of equal width.",
        ),
        manifest,
    )


def _panel(found: Report, kind: str, measure: _Measure, seen: bool) -> str:
    values = [
        measure.value(both[name])
        for behaviours in found.corruptions.values()
        for both in behaviours
        for name in TWINS
    ]
    if measure.key == "accuracy":
        ends, ticks = (0.0, 1.0), percents(0.5)
    else:
        around = steps(min(0.0, *values), max(values), 5)
        ends, ticks = (around[0], around[-1]), [(v, f"{100 * v:g}%") for v in around]
    series = {
        name: [measure.value(both[name]) for both in found.corruptions[kind]] for name in TWINS
    }
    words = "; ".join(
        f"{TWINS[name].legend} from {each[0]:.1%} to {each[-1]:.1%}"
        for name, each in series.items()
    )
    chart = Chart(
        x=(1, SEVERITIES[-1]),
        y=ends,
        x_label="",
        y_label="",
        text=f"{measure.title.capitalize()} under {kind}, severity 1 to {SEVERITIES[-1]}: {words}.",
        width=176,
        height=140,
        x_ticks=[(s, str(s)) for s in SEVERITIES],
        y_ticks=ticks,
        title=f"{kind} (seen)" if seen else kind,
        margins=SMALL,
    )
    if ends[0] < 0:
        chart.line([(1, 0), (SEVERITIES[-1], 0)], "tw-ideal")
    for name, each in series.items():
        points = [(float(s), v) for s, v in zip(SEVERITIES, each, strict=True)]
        chart.line(points, f"tw-line tw-{name}")
        for severity, value in points:
            title = f"{TWINS[name].title}, {kind} {severity:g}: {value:.1%}"
            chart.dot((severity, value), f"tw-dot tw-{name}", title, TWINS[name].marker)
    return chart.svg()


def groups(found: Report, manifest: Manifest) -> str:
    """The means over groups of kinds, with their intervals, at both temperatures."""
    there = {name: group for name, group in found.corruption_groups.items() if name in GROUPS}
    panels = "".join(_forest(there, *measure) for measure in _OF_GROUPS)
    named = "; ".join(
        f"{GROUPS[name]}: {', '.join(group.kinds)}"
        for name, group in there.items()
        if name != "all"
    )
    return figure.html(
        Figure(
            name="corruption-groups",
            title="On average over kinds and severities",
            drawing=f'{legend()}<div class="tw-two">{panels}</div>',
            header=(
                "group",
                "temperature",
                "measure",
                *(f"{name}{end}" for name in TWINS for end in ("", ", low", ", high")),
                "hard minus smoothed",
                "low",
                "high",
                "p",
            ),
            rows=[
                [
                    GROUPS[name],
                    at,
                    key,
                    *(
                        value
                        for twin in TWINS
                        for f in (group.models[twin][when][key],)
                        for value in (f.value, f.low, f.high)
                    ),
                    *(
                        value
                        for d in (group.differences[f"{when}.{key}"],)
                        for value in (d.value, d.low, d.high, d.p)
                    ),
                ]
                for name, group in there.items()
                for when, at in WHEN.items()
                for key, _, _ in _OF_GROUPS
            ],
            caption=f"{_verdicts(there)} Each kind and severity is measured by itself, and then "
            f"averaged. Lines: 95% intervals over pictures. {named.capitalize()}. The fitted T "
            "comes from clean validation pictures.",
        ),
        manifest,
    )


def _forest(
    there: dict[str, CorruptionGroup], key: str, title: str, write: Callable[[float], str]
) -> str:
    when = {"raw": ""} if key == "accuracy" else {w: f", {at}" for w, at in WHEN.items()}
    drawn = rows.chart(
        [
            Row(
                f"{_SHORT[name]}{at}",
                {twin: group.models[twin][at_key][key] for twin in TWINS},
                target=0.0 if key == "signed_gap" else None,
            )
            for name, group in there.items()
            for at_key, at in when.items()
        ],
        Scale(
            "", (lambda v: f"{v:g}") if write is nats else (lambda v: f"{100 * v:g}%"), digits=write
        ),
        f"{title} under corruption, by group of kinds, for both models.",
        title=title,
    )
    return f"<div>{drawn.svg()}</div>"


def _verdicts(there: dict[str, CorruptionGroup]) -> str:
    """Which model is better calibrated on the kinds that were new, from the paired interval."""
    name = "new" if "new" in there else "all"
    if name not in there:
        return ""
    parts = []
    for when, at in WHEN.items():
        found = there[name].differences[f"{when}.ece_equal_mass"]
        if found.low <= 0 <= found.high:
            parts.append(f"at {at} no difference in ECE is shown")
            continue
        better = TWINS["hard" if found.value < 0 else "smoothed"]
        parts.append(
            f"at {at} {better.subject} has the lower ECE, by {100 * abs(found.value):.1f} points"
        )
    return f"<strong>Kinds {GROUPS[name]}: {', and '.join(parts)}.</strong>"
