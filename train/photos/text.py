"""What was measured on labelled photos, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract.artifacts.report import Calibration, Difference, Figure
from contract.cifar10 import CLASSES
from contract.console import table
from contract.twins import NAMES
from train.photos.folder import Remark
from train.photos.measure import Measured

FEW = 100
"""Below this number of photos, it is said how little they prove."""
_HEADER = ("", *NAMES, "hard minus smoothed")
_METRICS = {
    "nll": "NLL, nats",
    "ece": "ECE, equal width",
    "ece_equal_mass": "ECE, equal mass",
    "signed_gap": "mean confidence minus accuracy",
}


def of(measured: Measured) -> str:
    """The whole text, in paragraphs."""
    return "\n\n".join(_paragraphs(measured))


def _paragraphs(measured: Measured) -> Iterator[str]:
    figures = measured.figures
    classes = len({photo.label for photo in measured.photos})
    pictures = _counted(figures.pictures, "picture")
    yield (
        f"{pictures} of {_counted(classes, 'class')} in {measured.folder}, decoded and cropped as "
        f"the server does, and the pair in {measured.models}."
    )
    if measured.left_out:
        yield "\n".join(["Left out:", *_remarks(measured.left_out)])
    if measured.notes:
        yield "\n".join(["Used, but:", *_remarks(measured.notes)])
    if figures.pictures < FEW:
        yield _few(figures.pictures)
    if classes == 1:
        yield (
            "All pictures are of one class, so these figures do not say how well the models tell "
            "classes apart."
        )
    yield table(_HEADER, list(_rows(measured)))
    yield (
        "Brackets hold 95% intervals over pictures: Wilson's for accuracies, bootstrap for all "
        "others. Differences are\npaired by picture. The floor is what a perfectly calibrated "
        "model with the same confidences would score on as\nmany pictures. The temperatures were "
        "fitted on validation pictures of CIFAR-10."
    )
    yield _by_class(measured)
    yield _missed(measured)


def _few(pictures: int) -> str:
    if pictures == 1:
        return "One picture has no bootstrap intervals, and proves nothing by itself."
    return (
        f"{pictures} pictures are few: the intervals are wide, and those from the bootstrap may "
        "still be too narrow. So few\nmake an ECE large by chance, so compare it with its floor; "
        "its interval is corrected for that, and may not hold the\nvalue itself."
    )


def _remarks(remarks: Sequence[Remark]) -> list[str]:
    width = max(len(remark.path) for remark in remarks)
    return [f"  {remark.path:{width}}  {remark.text}" for remark in remarks]


def _rows(measured: Measured) -> Iterator[Sequence[str]]:
    figures = measured.figures
    alone = figures.pictures == 1
    both = [figures.models[name] for name in NAMES]
    yield (
        "accuracy",
        *(_share(model.accuracy) for model in both),
        _points(figures.differences["accuracy"], alone),
    )
    for kind in ("raw", "scaled"):
        at: list[Calibration] = [getattr(model, kind) for model in both]
        title = "as trained" if kind == "raw" else "at the fitted temperature"
        yield (title, *(f"T = {each.temperature:.2f}" for each in at), "")
        for metric, what in _METRICS.items():
            difference = figures.differences[f"{kind}.{metric}"]
            yield (
                f"  {what}",
                *(_cell(each, metric, alone) for each in at),
                _number(difference, alone, "+.3f")
                if metric == "nll"
                else _points(difference, alone),
            )


def _cell(at: Calibration, metric: str, alone: bool) -> str:
    figure = at.metrics[metric]
    if metric == "nll":
        return _number(figure, alone)
    floor = f", floor {at.floors[metric].value:.1%}" if metric in at.floors else ""
    return _share(figure, alone) + floor


def _by_class(measured: Measured) -> str:
    both = [measured.figures.models[name] for name in NAMES]
    rows = []
    for k, label in enumerate(CLASSES):
        total = sum(both[0].confusion[k])
        if not total:
            continue
        cells = [
            f"{model.confusion[k][k]} of {total}, {_share(found)}"
            for model in both
            if (found := model.class_accuracy[k]) is not None
        ]
        rows.append((label, *cells))
    return table(("accuracy by class", *NAMES), rows)


def _missed(measured: Measured) -> str:
    missed = [photo for photo in measured.photos if photo.missed_by_both]
    if not missed:
        return "There is no picture that both models miss."
    missed.sort(key=lambda photo: -sum(answer.confidence for answer in photo.models.values()))
    rows = [
        (
            photo.path,
            photo.label,
            *(
                f"{photo.models[name].label} {100 * photo.models[name].confidence:5.1f}%"
                for name in NAMES
            ),
        )
        for photo in missed
    ]
    title = f"missed by both ({len(missed)} of {len(measured.photos)}), surest first"
    return table((title, "folder's class", *NAMES), rows)


def _share(figure: Figure, alone: bool = False) -> str:
    value = f"{figure.value:.1%}"
    return value if alone else f"{value} [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"


def _points(difference: Difference, alone: bool) -> str:
    value = f"{100 * difference.value:+.1f}"
    if alone:
        return f"{value} points"
    return f"{value} [{100 * difference.low:+.1f}, {100 * difference.high:+.1f}] points"


def _number(figure: Figure, alone: bool, form: str = ".3f") -> str:
    value = f"{figure.value:{form}}"
    return value if alone else f"{value} [{figure.low:{form}}, {figure.high:{form}}]"


def _counted(n: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{n:,} {noun if n == 1 else plural}"
