"""Writes docs/evidence.md: every measure in the published pair's report."""

from __future__ import annotations

from collections.abc import Mapping

from contract.artifacts import manifest, report
from contract.artifacts.report import Calibration, Report, Split
from contract.cifar10 import CLASSES
from contract.twins import NAMES, TWINS
from harness.paths import COMMITTED, ROOT
from tools import markdown
from tools.evidence import corruption, sets, unlike
from tools.markdown import number, p_value, share

PAGE = ROOT / "docs" / "evidence.md"
_TITLES = {
    "nll": "NLL, nats",
    "brier": "Brier score",
    "ece": "ECE, 15 bins of equal width",
    "ece_equal_mass": "ECE, 15 bins of equal mass",
    "signed_gap": "mean confidence minus accuracy",
    "absolute_gap": "the same without its sign",
    "confidence": "mean confidence",
    "sure_mistakes": "wrong with a confidence of 90% or more",
}
_SCORES = {
    "probability": "confidence",
    "margin": "margin",
    "logit": "largest logit",
    "normalised_logit": "largest normalised logit",
}
_NUMBERS = ("nll", "brier")

_HEAD = """\
<!-- Made by `make evidence` from exported_models/evidence/report.json; do not edit. -->
# What the published pair's confidences are worth

{pictures:,} CIFAR-10 test pictures, both ONNX files through ONNX Runtime, single view. All
intervals are 95% intervals over test pictures (1,000 bootstrap samples; Wilson for shares of
pictures); the two networks and their fitted temperatures are held fixed. Differences are hard minus
smoothed, paired by picture; p is two-sided and not corrected for the number of comparisons. The
floor of an ECE is the mean over 1,000 simulations of a perfectly calibrated model with the same
confidences. Made by `python -m train evaluate`.

CIFAR-10's test set holds near-duplicates of training pictures (Barz and Denzler 2020, ciFAIR), so
these accuracies are a little higher than on pictures that are new in every respect.

"""


def render(found: Report) -> str:
    """The page as Markdown."""
    test = found.splits["test"]
    return (
        _HEAD.format(pictures=test.pictures)
        + _accuracy(test)
        + "".join(_calibration(test, kind) for kind in ("raw", "scaled"))
        + _by_class(test)
        + "".join(_confusion(test, name) for name in NAMES)
        + corruption.render(found)
        + sets.render(found)
        + _outside(found)
        + unlike.render(found)
    )


def _accuracy(test: Split) -> str:
    difference = test.differences["accuracy"]
    rows = [
        (
            "accuracy",
            *(share(test.models[name].accuracy) for name in NAMES),
            share(difference),
            p_value(difference.p),
        )
    ]
    return (
        "## Accuracy\n"
        + markdown.table(("", *NAMES, "difference", "p"), rows)
        + f"\nThat both are right equally often: p = {p_value(test.mcnemar_p)} (McNemar, exact).\n"
    )


def _calibration(test: Split, kind: str) -> str:
    at: Mapping[str, Calibration] = {n: getattr(test.models[n], kind) for n in NAMES}
    temperatures = " and ".join(f"{at[name].temperature:.3f}" for name in NAMES)
    heading = (
        "As trained (T = 1)" if kind == "raw" else f"After temperature scaling (T = {temperatures})"
    )
    rows = []
    for metric in at[NAMES[0]].metrics:
        cell = number if metric in _NUMBERS else share
        difference = test.differences[f"{kind}.{metric}"]
        values = [cell(at[name].metrics[metric]) for name in NAMES]
        if metric in at[NAMES[0]].floors:
            values = [
                f"{value}, floor {at[name].floors[metric].value:.2%}"
                for value, name in zip(values, NAMES, strict=True)
            ]
        rows.append((_title(metric), *values, cell(difference), p_value(difference.p)))
    for part in ("reliability", "resolution", "uncertainty", "within"):
        values = [f"{getattr(at[name].brier, part):.4f}" for name in NAMES]
        rows.append((f"Brier score, {part}", *values, "", ""))
    return f"\n## {heading}\n" + markdown.table(("", *NAMES, "difference", "p"), rows)


def _title(metric: str) -> str:
    if metric in _TITLES:
        return _TITLES[metric]
    kind, score = metric.split(".")
    return f"{'AURC' if kind == 'aurc' else 'excess AURC'} by {_SCORES[score]}"


def _by_class(test: Split) -> str:
    accuracies = [test.models[name].class_accuracy for name in NAMES]
    rows = [
        (label, *(share(found) if found else "no picture" for found in both))
        for label, *both in zip(CLASSES, *accuracies, strict=True)
    ]
    return "\n## Accuracy by class\n" + markdown.table(("", *NAMES), rows)


def _confusion(test: Split, name: str) -> str:
    rows = [
        (label, *map(str, counts))
        for label, counts in zip(CLASSES, test.models[name].confusion, strict=True)
    ]
    return (
        f"\n## Confusion matrix: {TWINS[name].subject}\n"
        "Rows: true class. Columns: answer.\n\n" + markdown.table(("", *CLASSES), rows)
    )


def _outside(found: Report) -> str:
    rows = [
        (
            kind,
            *(
                cell
                for name in NAMES
                for cell in (
                    f"{by_model[name].confidence:.1%}",
                    f"{by_model[name].auroc or 0:.3f}",
                    f"{by_model[name].fpr95 or 0:.1%}",
                )
            ),
        )
        for kind, by_model in found.outside.items()
    ]
    header = (
        "",
        *(f"{name}: {what}" for name in NAMES for what in ("confidence", "AUROC", "FPR95")),
    )
    return (
        "\n## On pictures that show none of the ten classes\n"
        "1,000 pictures of each kind. AUROC: how well confidence tells them from test pictures "
        "(0.5 is chance). FPR95: the share of them at least as confident as 95% of the test "
        "pictures.\n\n" + markdown.table(header, rows)
    )


def of_the_published() -> str:
    """The page for the committed report."""
    found, _ = report.read(COMMITTED, manifest.read(COMMITTED).model_hashes)
    return render(found)
