"""What other strengths of label smoothing do: smaller networks, trained at several ε and seeds."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from statistics import fmean

from contract.artifacts import sweep
from contract.artifacts.manifest import Manifest
from contract.artifacts.sweep import Row, Sweeps
from serve.page.evidence.measures import nats, share, short
from serve.page.figures import figure
from serve.page.figures.chart import Chart, Margins, steps
from serve.page.figures.figure import Figure

_MEASURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("accuracy", "accuracy", share),
    ("signed_gap", "confidence − accuracy", share),
    ("ece", "ECE", share),
    ("ece_scaled", "ECE, fitted T", share),
    ("nll_scaled", "NLL, fitted T", nats),
    ("sure_mistakes", "sure mistakes", share),
)
_MARGINS = Margins(left=58, right=10, top=26, bottom=22)


def html(models: Path, manifest: Manifest) -> str:
    """A set of small charts for each recipe of the published sweeps."""
    found = sweep.read(models)
    parts = [_figure(recipe, rows, manifest) for recipe, rows in found.by_recipe.items()]
    return "".join(parts) + _problems(found)


def _problems(found: Sweeps) -> str:
    if found.problems:
        items = "".join(f"<li>{escape(problem)}</li>" for problem in found.problems)
        return f'<ul class="tw-problems tw-quiet">{items}</ul>'
    return (
        "" if found.by_recipe else '<p class="tw-quiet">No sweep is published with this pair.</p>'
    )


def _figure(recipe: str, found: list[Row], manifest: Manifest) -> str:
    noises = sorted({row.label_noise for row in found})
    seeds = len({row.seed for row in found})
    noise = (
        f" Dashed: {max(noises):.0%} of the training labels were moved to another class."
        if len(noises) > 1
        else ""
    )
    panels = "".join(_panel(found, *measure).svg() for measure in _MEASURES)
    return figure.html(
        Figure(
            name=f"sweep-{recipe}",
            title=f"Recipe {recipe}: {len(found)} networks, {seeds} seeds",
            drawing=f'<div class="tw-panels tw-neutral">{panels}</div>',
            header=("recipe", "seed", "label noise", "ε", *(key for key, _, _ in _MEASURES)),
            rows=[
                [
                    row.recipe,
                    row.seed,
                    row.label_noise,
                    row.epsilon,
                    *(float(getattr(row, key)) for key, _, _ in _MEASURES),
                ]
                for row in found
            ],
            caption="Across: the label smoothing ε. A point is one network; the line joins the "
            f"means over seeds.{noise} All networks of a seed start from the same weights and see "
            "the same batches.",
        ),
        manifest,
    )


def _panel(found: list[Row], key: str, title: str, write: Callable[[float], str]) -> Chart:
    values = [float(getattr(row, key)) for row in found]
    epsilons = sorted({row.epsilon for row in found})
    around = steps(min(values), max(max(values), min(values) + 1e-6), 5)
    chart = Chart(
        x=(0, max(epsilons[-1], 0.1) * 1.05),
        y=(around[0], around[-1]),
        x_label="",
        y_label="",
        text="",
        width=220,
        height=160,
        x_ticks=[(e, f"{e:g}") for e in _apart(epsilons)],
        y_ticks=[(value, short(write)(value)) for value in around],
        title=title,
        margins=_MARGINS,
    )
    said = []
    for noise in sorted({row.label_noise for row in found}):
        means = []
        for epsilon in epsilons:
            at = [
                float(getattr(row, key))
                for row in found
                if (row.label_noise, row.epsilon) == (noise, epsilon)
            ]
            if at:
                means.append((epsilon, fmean(at)))
            for value in at:
                words = f"ε = {epsilon:g}: {write(value)}"
                kind = "tw-dot tw-few" if noise else "tw-dot"
                chart.dot((epsilon, value), f"{kind} tw-seed", words)
        chart.line(means, "tw-line tw-dashed" if noise else "tw-line")
        said += [f"ε = {e:g}: {write(mean)}" for e, mean in means if not noise]
    chart.text = f"{title.capitalize()} by label smoothing. Means over seeds: {'; '.join(said)}."
    return chart


def _apart(epsilons: list[float]) -> list[float]:
    """Those with room for their names, 34 pixels from one to the next."""
    least = 34 / (220 - _MARGINS.left - _MARGINS.right) * max(epsilons[-1], 0.1)
    kept: list[float] = []
    for epsilon in epsilons:
        if not kept or epsilon - kept[-1] >= least:
            kept.append(epsilon)
    return kept
