"""The five beats of the story as HTML. Those of the plane share a figure that the browser draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from contract.artifacts.claims import Claim, Claims, Verdict
from contract.artifacts.report import Report
from contract.calibration.lookup import Bin, Lookup
from contract.cifar10 import CLASSES
from contract.twins import TWINS
from serve.inference.evidence import Evidence
from serve.page.parts import render, sentence
from serve.page.parts.claims import VERDICTS
from serve.page.parts.samples import Answer, Shown
from serve.page.story import words
from serve.page.story.data import Movements

_MARKS: Mapping[Verdict, str] = {
    "supported": "✓",
    "contradicted": "✗",
    "mixed": "±",
    "not shown": "?",
    "not measured": "–",
}
_NOT_EVALUATED = (
    "This pair has not been evaluated on test pictures yet. "
    "<code>python -m train evaluate</code> does that."
)


@dataclass(frozen=True)
class Beat:
    """One beat: a heading, a line below it, and what fills the screen."""

    heading: str
    lead: str
    body: str = ""
    words: str = ""
    """What the moving figure shows, for people who cannot see it."""

    def html(self, number: int) -> str:
        """The beat as the section with that number."""
        said = f'<p class="tw-hidden">{escape(self.words)}</p>' if self.words else ""
        lead = f'<p class="lead">{self.lead}</p>' if self.lead else ""
        return (
            f'<section class="beat" id="beat-{number}" aria-labelledby="heading-{number}">'
            f'<h1 id="heading-{number}" tabindex="-1">{escape(self.heading)}</h1>{lead}{said}'
            f"{self.body}</section>"
        )


def beats(
    shown: Shown | None,
    evidence: Evidence,
    both: Mapping[str, Movements] | None,
    settled: Claims | str,
) -> Sequence[Beat]:
    """The five beats; `settled` are the claims, or why there are none."""
    return [_picture(shown, evidence), *_plane(both, evidence), _claims(settled)]


def planes(both: Mapping[str, Movements], report: Report) -> str:
    """A panel for each model: what it says, how often it is right, and its plane."""
    notes = words.at_the_fitted_temperatures(both, report.corruption_groups.get("all"))
    panels = "".join(
        f'<div class="panel tw-{name}" data-model="{name}"><div class="readout">'
        f'<h2><i class="swatch"></i>{twin.title}</h2><p class="tag" data-tag></p>'
        '<p class="figure"><span>says it is</span><b data-sure></b><span>sure</span></p>'
        '<p class="figure"><span>is right</span><b data-right></b><span>of the time</span></p>'
        f'<p class="gap" data-gap></p></div>'
        f'<svg class="plane" data-marker="{twin.marker}"></svg><p class="note">{notes[name]}</p>'
        "</div>"
        for name, twin in TWINS.items()
    )
    # The words of each beat say the same to a screen reader, once and in order.
    return f'<div class="planes" aria-hidden="true">{panels}</div>'


def _picture(shown: Shown | None, evidence: Evidence) -> Beat:
    lead = "The same network was trained twice. Only the labels differed."
    if shown is None:
        return Beat("One picture, two answers", "These models have no gallery of test pictures.")
    heading, outcome = words.of_the_picture(shown)
    answers = "".join(
        _answer(name, answer, evidence.lookups.get(name)) for name, answer in shown.answers.items()
    )
    body = (
        f'<div class="scene"><img class="picture" src="{render.data_uri(shown.pixels)}" width="32" '
        f'height="32" alt="A test picture of {sentence.with_article(CLASSES[shown.sample.label])}, '
        f'at 32 by 32 pixels"><div class="answers">{answers}<p class="outcome">{escape(outcome)}'
        "</p></div></div>"
    )
    return Beat(heading, lead, body)


def _answer(name: str, answer: Answer, lookup: Lookup | None) -> str:
    sure = sentence.whole_percent(answer.confidence)
    found = lookup.at(answer.confidence) if lookup else None
    mark = "right" if answer.right else "wrong"
    return (
        f'<article class="answer tw-{name}"><h2><i class="swatch"></i>{TWINS[name].subject_first} '
        f'says</h2><p class="says"><b>{CLASSES[answer.label]}</b>'
        f'<span class="sure">{escape(sure)} sure</span>'
        f'<span class="mark {mark}">{"✓" if answer.right else "✗"} {mark}</span></p>'
        f"{_bar(answer.confidence, found)}{_worth(found)}</article>"
    )


def _bar(sure: float, found: Bin | None) -> str:
    tick = ""
    if found is not None:
        tick = f'<rect class="tick" x="{100 * found.accuracy - 0.4:.2f}" width="0.8" height="10"/>'
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" y="2" width="100" height="6"/>'
        f'<rect class="fill" y="2" width="{100 * sure:.2f}" height="6"/>{tick}</svg>'
    )


def _worth(found: Bin | None) -> str:
    if found is None:
        return ""
    share = escape(sentence.whole_share(found.accuracy))
    return (
        f'<p class="worth">When it is this sure, it is right <b>{share}</b> of the time '
        f"<small>({found.n:,} test pictures)</small></p>"
    )


def _plane(both: Mapping[str, Movements] | None, evidence: Evidence) -> list[Beat]:
    if both is None or evidence.report is None:
        titles = ("As sure as right?", "A temperature", "Worse pictures")
        return [Beat(title, _NOT_EVALUATED) for title in titles]
    pictures = evidence.report.splits["test"].pictures
    notes = words.at_the_fitted_temperatures(both, evidence.report.corruption_groups.get("all"))
    return [
        Beat(
            "When it says 80%, is it right 80% of the time?",
            f"Each grain is one of {pictures:,} test pictures, each point gathers those of "
            "similar confidence. On the dashed line, confidence equals accuracy.",
            words=words.of_the_bins(both),
        ),
        Beat(
            words.temperature_heading(both),
            "A model's scores are divided by one number, T, fitted on other pictures. No answer "
            "changes.",
            words=words.of_the_temperatures(both),
        ),
        Beat(
            words.corruption_heading(both),
            words.corruption_lead(both),
            words=words.of_the_corruptions(both, notes),
        ),
    ]


def _claims(settled: Claims | str) -> Beat:
    if isinstance(settled, str):
        return Beat("What is said of label smoothing, and what held", escape(settled))
    groups = {v: [c for c in settled.claims if c.verdict == v] for v in VERDICTS}
    columns = "".join(_group(verdict, found) for verdict, found in groups.items() if found)
    body = (
        f'<div class="verdicts">{columns}</div><p class="more"><a href="?tab=learn">Every '
        "measurement, with its interval</a></p>"
    )
    return Beat(words.claims_heading(settled), "It is said that label smoothing …", body)


def _group(verdict: Verdict, found: Sequence[Claim]) -> str:
    items = "".join(f"<li>… {escape(claim.text)}</li>" for claim in found)
    meaning = VERDICTS[verdict]
    return (
        f'<section class="verdict" data-verdict="{verdict}"><h2><b>{len(found)}</b> '
        f'<span><i aria-hidden="true">{_MARKS[verdict]}</i> {verdict}</span></h2>'
        f"<p>{meaning[:1].upper()}{meaning[1:]}.</p><ul>{items}</ul></section>"
    )
