"""Which classes the models take for which, and how often they are right on each class."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlencode

from contract.artifacts.manifest import Manifest
from contract.artifacts.report import Report, Split
from contract.cifar10 import CLASSES
from contract.twins import TWINS
from serve.page.figures import figure, matrix, rows
from serve.page.figures.chart import legend
from serve.page.figures.figure import Figure
from serve.page.figures.matrix import Link
from serve.page.figures.rows import Row, Scale
from serve.page.parts.samples import Samples
from serve.page.parts.sentence import counted


def html(found: Report, samples: Samples, manifest: Manifest) -> str:
    """A confusion matrix for each model. A cell leads to its pictures in the gallery."""
    split = found.splits["test"]
    drawings = "".join(_matrix(name, split, samples) for name in TWINS)
    return figure.html(
        Figure(
            name="confusion",
            title="Which class is taken for which",
            drawing=f'<div class="tw-two">{drawings}</div>',
            header=("model", "true class", "answer", "pictures"),
            rows=[
                [name, CLASSES[i], CLASSES[k], count]
                for name in TWINS
                for i, row in enumerate(split.models[name].confusion)
                for k, count in enumerate(row)
            ],
            caption=f"{split.pictures:,} test pictures. A mistake is the darker the more frequent "
            "it is. Click a number to see its pictures in the gallery, or go from one to the next "
            "with the arrow keys. The gallery has some of them only.",
        ),
        manifest,
    )


def classes(found: Report, manifest: Manifest) -> str:
    """The accuracy on each class, with intervals, the hardest class at the bottom."""
    split = found.splits["test"]
    each = {name: split.models[name].class_accuracy for name in TWINS}
    named = [
        Row(CLASSES[k], {name: figures[k] for name, figures in each.items() if figures[k]})  # type: ignore[misc]
        for k in range(len(CLASSES))
        if any(figures[k] for figures in each.values())
    ]
    named.sort(key=lambda row: -max(getattr(f, "value", 0.0) for f in row.figures.values()))
    worst = named[-1].label
    drawn = rows.chart(
        named,
        Scale("accuracy", lambda value: f"{value:.0%}"),
        f"Accuracy by class for both models. The lowest is for {worst}.",
    )
    return figure.html(
        Figure(
            name="classes",
            title="Accuracy by class",
            drawing=legend() + drawn.svg(),
            header=("class", "model", "accuracy", "low", "high"),
            rows=[
                [row.label, name, f.value, f.low, f.high]  # type: ignore[union-attr]
                for row in named
                for name, f in row.figures.items()
            ],
            caption="Lines: 95% intervals (Wilson). Some test pictures are near-duplicates of "
            "training pictures (Barz and Denzler 2020), which helps both models alike.",
        ),
        manifest,
    )


def _matrix(name: str, split: Split, samples: Samples) -> str:
    twin = TWINS[name]
    in_gallery = Counter((shown.sample.label, shown.answers[name].label) for shown in samples.all)
    counts = split.models[name].confusion

    def cell(row: int, column: int) -> Link:
        count, there = counts[row][column], in_gallery[row, column]
        says = "rightly calls" if row == column else "calls"
        text = (
            f"{counted(count, 'test picture')} of the class {CLASSES[row]} that {twin.subject} "
            f"{says} {CLASSES[column]}; {there} of them in the gallery"
        )
        if not there:
            return Link("", text)
        query = {"tab": "gallery", "true": CLASSES[row], "said": CLASSES[column], "by": name}
        return Link(f"?{urlencode(query)}", text)

    drawn = matrix.svg(counts, CLASSES, name, f"Confusion matrix of {twin.subject}", cell)
    return (
        f'<div><h4><i class="tw-swatch tw-{name}"></i>{twin.title}</h4>'
        f'<div class="tw-scroll">{drawn}</div></div>'
    )
