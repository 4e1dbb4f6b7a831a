"""The README's result card, made from the files in exported_models/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract.artifacts import claims, manifest, quantisation, report
from contract.artifacts.claims import Better, Claims
from contract.artifacts.manifest import INT8, Manifest
from contract.artifacts.quantisation import Costs
from contract.artifacts.report import Calibration, ModelEvidence, Report, UnlikeTheData
from contract.twins import NAMES, TWINS
from harness.paths import COMMITTED, ROOT
from tools import markdown
from tools.markdown import number, share

START, END = "<!-- card: made by `make card` -->\n", "<!-- end of card -->\n"


def _with_floor(metric: str) -> Callable[[Calibration], str]:
    def cell(at: Calibration) -> str:
        return f"{share(at.metrics[metric], 1)}, floor {at.floors[metric].value:.1%}"

    return cell


@dataclass(frozen=True)
class Row:
    """A row of the card: its title, and its value for one model."""

    title: str
    cell: Callable[[ModelEvidence], str]


_EQUAL_MASS, _EQUAL_WIDTH = _with_floor("ece_equal_mass"), _with_floor("ece")
_ROWS = (
    Row("**test accuracy**, single view", lambda m: f"**{share(m.accuracy)}**"),
    Row("NLL, nats", lambda m: number(m.raw.metrics["nll"])),
    Row("ECE, equal mass", lambda m: _EQUAL_MASS(m.raw)),
    Row("ECE, equal width", lambda m: _EQUAL_WIDTH(m.raw)),
    Row("mean confidence minus accuracy", lambda m: share(m.raw.metrics["signed_gap"], 1)),
    Row("AURC, by confidence", lambda m: share(m.raw.metrics["aurc.probability"], 1)),
    Row("fitted temperature T", lambda m: f"{m.scaled.temperature:.2f}"),
    Row("NLL at T, nats", lambda m: number(m.scaled.metrics["nll"])),
    Row("ECE at T, equal mass", lambda m: _EQUAL_MASS(m.scaled)),
    Row("ECE at T, equal width", lambda m: _EQUAL_WIDTH(m.scaled)),
    Row("mean confidence minus accuracy at T", lambda m: share(m.scaled.metrics["signed_gap"], 1)),
)


def render(current: Manifest, evidence: Report, settled: Claims, costs: Costs) -> str:
    """The card as Markdown."""
    training = current.training
    recipe = training.recipe
    models = [current.models[name] for name in NAMES]
    test = evidence.splits["test"]
    measured = [test.models[name] for name in NAMES]
    rows = [
        ("label smoothing ε", *(f"{m.epsilon:g}" for m in models)),
        *((row.title, *map(row.cell, measured)) for row in _ROWS),
        ("validation accuracy", *(f"{m.validation_accuracy:.2%}" for m in models)),
        ("parameters", *(f"{m.parameters:,}" for m in models)),
        ("FLOPs a picture (multiply + add)", *(f"{m.flops / 1e9:.3f} G" for m in models)),
    ]
    return (
        f"{markdown.table(('', *NAMES), rows)}\n"
        f"One run (seed {training.seed}): recipe `{recipe['name']}`, {recipe['epochs']} epochs on "
        f"{training.train_pictures:,} pictures, both models together in "
        f"{training.seconds / 60:.0f} minutes on {training.hardware} ({training.precision}). All "
        f"figures are of the committed ONNX files through ONNX Runtime on {test.pictures:,} test "
        "pictures, with 95% intervals over pictures. The temperature T was fitted on validation "
        "pictures. The floor is what a perfectly calibrated model with the same confidences would "
        "score. [docs/evidence.md](docs/evidence.md) has all other measures.\n\n"
        f"{meaning(evidence, settled)}\n\n{warning(evidence.unlike_the_data)}\n\n"
        f"{quantised(costs)}\n"
    )


def meaning(evidence: Report, settled: Claims) -> str:
    """The main results in plain sentences."""
    hard, smoothed = (evidence.splits["test"].models[name] for name in NAMES)
    subjects = [TWINS[name].subject for name in NAMES]
    return " ".join(
        (
            f"On pictures it has never seen, {subjects[0]} is right on {hard.accuracy.value:.1%} "
            f"and {subjects[1]} on {smoothed.accuracy.value:.1%}: "
            f"{_more_accurate(settled.more_accurate)}.",
            f"As trained, {subjects[0]} is {_gap(hard)} and {subjects[1]} is {_gap(smoothed)}.",
            "After temperature scaling (one number for each model), "
            f"{_calibrated(settled.better_calibrated['scaled'])}.",
        )
    )


def _gap(model: ModelEvidence) -> str:
    gap = model.raw.metrics["signed_gap"]
    if gap.low <= 0 <= gap.high:
        return "about as confident as it is accurate"
    points = f"{100 * abs(gap.value):.1f} points"
    return f"{'overconfident' if gap.value > 0 else 'underconfident'} by {points}"


def _more_accurate(better: Better) -> str:
    if better == "not shown":
        return "no difference is shown (its 95% interval holds 0)"
    return f"{TWINS[better].subject} is more accurate"


def _calibrated(better: Better) -> str:
    measures = "equal-mass ECE, distance of mean confidence from accuracy, NLL"
    if better == "not shown":
        return f"no primary measure shows a difference in calibration ({measures})"
    if better == "mixed":
        return f"the primary measures of calibration disagree ({measures})"
    return f"{TWINS[better].subject} is better calibrated by every primary measure ({measures})"


def warning(known: UnlikeTheData) -> str:
    """When the page and REST warn of a picture, and how often they do."""
    kinds = sorted(known.outside.items(), key=lambda kind: kind[1])
    (least, fewest), (most, largest) = kinds[0], kinds[-1]
    return (
        "The page and REST (`unusual`) warn of a picture that is unlike the training data, because "
        "confidences mean little there. They do so for "
        f"{known.validation:.1%} of validation pictures, where the threshold was set, for "
        f"{known.test:.1%} of test pictures, and for {fewest:.0%} ({least}) to {largest:.0%} "
        f"({most}) of {len(kinds)} kinds of pictures that show none of the ten classes. Photos of "
        "other things get the warning less often."
    )


def quantised(costs: Costs) -> str:
    """The effect of INT8 in one sentence."""
    test = [costs.root["test"][name] for name in NAMES]
    accuracies = " and ".join(f"{100 * (c.accuracy - c.accuracy_before):+.2f}" for c in test)
    confidences = " and ".join(f"{100 * c.confidence_change:.2f}" for c in test)
    return (
        f"The same pair in INT8 (`TWINLABEL_PRECISION=int8`) changes test accuracy by {accuracies} "
        f"points and confidences by {confidences} points on average (hard and smoothed)."
    )


def with_card(readme: str, card: str) -> str:
    """`readme` with the text between the two markers replaced by `card`."""
    before, rest = readme.split(START)
    _, after = rest.split(END)
    return f"{before}{START}{card}{END}{after}"


def of_the_published() -> str:
    """The card of the committed pair."""
    current = manifest.read(COMMITTED)
    found, _ = report.read(COMMITTED, current.model_hashes)
    settled = claims.read(COMMITTED, current.model_hashes)
    return render(current, found, settled, quantisation.read(COMMITTED / INT8))


def main() -> None:
    """Write the card into the README."""
    path = ROOT / "README.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(with_card(text, of_the_published()), encoding="utf-8")


if __name__ == "__main__":
    main()
