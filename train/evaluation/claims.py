"""Claims about label smoothing, and their verdicts from measurements.

A claim is one entry of `CLAIMS`: a sentence, and the differences that decide it. Two kinds of
difference count. On the published pair, test pictures vary and the two networks are fixed: two
networks, trained once, prove little. Over a sweep, seeds vary and the test set is fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from contract.artifacts import claims as schema
from contract.artifacts.report import PRIMARY, Report
from contract.artifacts.sweep import SURE, Row, SweepError
from contract.calibration import Interval
from contract.cifar10 import CLASSES
from contract.smoothing import loss_floor, targets
from train.evaluation.sources import Sources
from train.evaluation.verdicts import Measured, better_calibrated, judged, more_accurate, verdict
from train.sweep.summary import summarise

EVALUATE = "python -m train evaluate"
TITLES = {
    "ece": "ECE, equal width",
    "ece_equal_mass": "ECE, equal mass",
    "absolute_gap": "distance of mean confidence from accuracy",
    "nll": "NLL",
}


def _softens(sources: Sources) -> list[Measured]:
    hard, smoothed = (float(targets([0], len(CLASSES), e)[0, 0]) for e in (0.0, sources.epsilon))
    change = Interval(smoothed - hard, smoothed - hard)
    what = "target of the true class"
    return [Measured("by definition", what, "by definition", hard, smoothed, change, 0.0, True)]


def _calibrates(sources: Sources) -> list[Measured]:
    found = []
    for kind, when in (("raw", ""), ("scaled", " after temperature scaling")):
        for metric in (*PRIMARY, "ece"):
            unit: schema.Unit = "nats" if metric == "nll" else "share"
            what, counts = f"{TITLES[metric]}{when}", metric in PRIMARY
            found.append(sources.pair(f"{kind}.{metric}", what, True, unit, counts))
    scaled = " after temperature scaling"
    return [
        *found,
        *sources.seeds("absolute_gap", TITLES["absolute_gap"], True),
        *sources.seeds("nll", TITLES["nll"], True, "nats"),
        *sources.seeds("nll_scaled", TITLES["nll"] + scaled, True, "nats"),
        *sources.seeds("ece", TITLES["ece"], True, counts=False),
        *sources.seeds("ece_scaled", TITLES["ece"] + scaled, True, counts=False),
    ]


def _calibrates_elsewhere(sources: Sources) -> list[Measured]:
    return [
        finding
        for kind, when in (("raw", ""), ("scaled", " after temperature scaling"))
        for metric in PRIMARY
        for finding in sources.corrupted(
            f"{kind}.{metric}", f"{TITLES[metric]}{when}", "nats" if metric == "nll" else "share"
        )
    ]


def _overconfident_mistakes(sources: Sources) -> list[Measured]:
    what = f"wrong with a confidence of {SURE:.0%} or more"
    scaled = f"{what}, after temperature scaling"
    return [
        sources.pair("raw.sure_mistakes", what, True),
        sources.pair("scaled.sure_mistakes", scaled, True),
        *sources.seeds("sure_mistakes", what, True),
        *sources.seeds("sure_mistakes_scaled", scaled, True),
    ]


@dataclass(frozen=True)
class Spec:
    """A claim, and how its findings are measured."""

    text: str
    """The rest of a sentence that begins with "Label smoothing"."""
    measure: Callable[[Sources], list[Measured]]
    from_pair: bool
    """Whether `python -m train evaluate` measures some of its figures."""
    from_sweeps: bool = True
    note: Callable[[Sources], str] = lambda _: ""


CLAIMS: tuple[Spec, ...] = (
    Spec("softens the targets", _softens, from_pair=False, from_sweeps=False),
    Spec(
        "lowers confidence",
        lambda s: [
            s.pair("raw.confidence", "mean confidence", True),
            *s.seeds("confidence", "mean confidence", True),
        ],
        from_pair=True,
    ),
    Spec(
        "raises training loss",
        lambda s: s.seeds("train_loss", "training loss", False, "nats"),
        from_pair=False,
        note=lambda s: (
            "This follows from the definition: the loss cannot fall below "
            f"{loss_floor(s.epsilon, len(CLASSES)):.3f} nats, the entropy of the smoothed targets."
        ),
    ),
    Spec(
        "reduces overfitting",
        lambda s: s.seeds("overfitting", "training accuracy minus test accuracy", True),
        from_pair=False,
        note=lambda _: (
            "The difference also shrinks where only training accuracy falls, so both accuracies "
            "are given."
        ),
    ),
    Spec(
        "improves accuracy on new data",
        lambda s: [
            s.pair("accuracy", "accuracy", False),
            *s.seeds("accuracy", "accuracy", False),
        ],
        from_pair=True,
    ),
    Spec(
        "calibrates better",
        _calibrates,
        from_pair=True,
        note=lambda _: (
            "NLL counts sharpness as well as calibration. ECE in bins of equal width is quoted "
            "because everybody does; it does not count. The sweeps recorded no ECE in bins of "
            "equal mass."
        ),
    ),
    Spec(
        "makes fewer overconfident mistakes",
        _overconfident_mistakes,
        from_pair=True,
        note=lambda s: (
            "A model that met its targets exactly would never be surer than "
            f"{targets([0], len(CLASSES), s.epsilon)[0, 0]:.0%}, so before temperature scaling "
            "this is nearly true by definition."
        ),
    ),
    Spec(
        "copes better with label noise",
        lambda s: s.noise("accuracy", "accuracy gained by smoothing"),
        from_pair=False,
        note=lambda _: (
            "The question is whether smoothing gains more with wrong labels than it gains with "
            "correct ones."
        ),
    ),
    Spec(
        "makes training more stable",
        lambda s: s.seeds(
            "largest_fall", "largest fall of validation accuracy between two epochs", True
        ),
        from_pair=False,
    ),
    Spec(
        "calibrates better on pictures unlike the training data",
        _calibrates_elsewhere,
        from_pair=True,
        from_sweeps=False,
        note=lambda _: (
            "Each figure is a mean over corruptions of test pictures at five severities. The "
            "corruptions that training pictures never had decide. Temperatures were fitted on "
            "clean validation pictures."
        ),
    ),
)
"""The claims, in the order of their letters."""


def settle(
    report: Report, sweeps: Mapping[str, Sequence[Row]], epsilon: float, problems: Sequence[str]
) -> schema.Claims:
    """Every claim with its findings and verdict, for the pair of `report` trained with `epsilon`.

    `sweeps` are by recipe. A sweep without `epsilon`, or too small for an interval, gives no
    findings and is listed with `problems` in the result.
    """
    usable, said = {}, list(problems)
    for recipe, rows in sweeps.items():
        try:
            if epsilon in summarise(rows):
                usable[recipe] = rows
            else:
                said.append(f"the sweep of {recipe} has no networks with ε = {epsilon:g}")
        except SweepError as error:
            said.append(f"the sweep of {recipe} is not used: {error}")
    sources = Sources(report, usable, epsilon)
    test = report.splits["test"]
    return schema.Claims(
        pair=report.pair,
        epsilon=epsilon,
        more_accurate=more_accurate(test),
        better_calibrated={
            "raw": better_calibrated(test, "raw"),
            "scaled": better_calibrated(test, "scaled"),
        },
        claims=tuple(
            _settled(chr(ord("a") + index), spec, sources) for index, spec in enumerate(CLAIMS)
        ),
        problems=tuple(said),
    )


def _settled(letter: str, spec: Spec, sources: Sources) -> schema.Claim:
    findings = judged(spec.measure(sources))
    commands = [EVALUATE] if spec.from_pair else []
    if spec.from_sweeps:
        commands += [sweep_command(recipe) for recipe in sources.sweeps]
    return schema.Claim(
        letter=letter,
        text=spec.text,
        verdict=verdict(findings),
        findings=findings,
        commands=tuple(commands or ["python -m lessons targets"]),
        note=spec.note(sources),
    )


def sweep_command(recipe: str) -> str:
    """The command that trains the published sweep of `recipe`."""
    options = " --epsilons 0.1 --no-label-noise" if recipe == "classic" else ""
    return f"python -m train sweep --recipe {recipe}{options}"
