"""The tab Gallery: test pictures by group, class and confidence; a click opens one in Compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from contract.artifacts.gallery import Group
from contract.artifacts.manifest import Manifest
from contract.cifar10 import CLASSES
from contract.twins import HARD, SMOOTHED, TWINS
from serve.page.parts import tiles
from serve.page.parts.events import QUIETLY
from serve.page.parts.samples import Answer, Samples, Shown
from serve.page.parts.sentence import percent
from serve.page.tab import Built, Context, Tab
from serve.page.tabs import compare

GROUPS: dict[Group, str] = {
    "both_right": "both are right",
    "only_hard_right": f"only {HARD.subject} is right",
    "only_smoothed_right": f"only {SMOOTHED.subject} is right",
    "both_wrong": "both are wrong and confident",
    "largest_difference": "their confidences differ most",
}
_EMPTY = (
    '<p class="tw-quiet">There are no test pictures here, because these models have no gallery. '
    "<code>python -m train evaluate --models FOLDER</code> creates it.</p>"
)
_SORTS = {
    "": "group",
    "hard": f"how sure {HARD.subject} is",
    "smoothed": f"how sure {SMOOTHED.subject} is",
    "difference": "how much the two differ",
    "class": "true class",
}
# The browser filters and sorts: the server is asked for nothing until a picture is clicked.
_SCRIPT = f"{tiles.SELECT_SCRIPT}window.twShowGallery(element);"
# Opening Compare is a step that the browser's Back button undoes.
_OPENED_SCRIPT = f"() => window.twShown('{compare.TAB.name}')"


def build(context: Context) -> Built:
    """The components of the tab."""
    if not context.samples.all:
        gr.HTML(_EMPTY)
        return Built()
    picture = context.offered(compare.ComparedPicture)
    grid = gr.HTML(_html(context.samples, context.manifest), js_on_load=_SCRIPT, elem_id="gallery")

    def choose(event: gr.EventData, scale: dict[str, float]) -> Sequence[Any]:
        return gr.Tabs(selected=compare.TAB.name), *picture.choose(event, scale)

    grid.select(choose, picture.scale, [context.tabs, *picture.outputs], **QUIETLY).then(
        None, None, None, js=_OPENED_SCRIPT, api_visibility="private"
    )
    return Built()


TAB = Tab("gallery", "Gallery", build)


_MORE = '<button type="button" id="tw-more">Show more</button>'


def _html(samples: Samples, manifest: Manifest) -> str:
    items = "".join(_item(shown) for shown in samples.all)
    return (
        f'{_chosen(samples, manifest)}{_filters(samples)}<ul class="tw-gallery">{items}</ul>{_MORE}'
    )


def _chosen(samples: Samples, manifest: Manifest) -> str:
    """A warning of what these pictures cannot show."""
    right = sum(shown.answers[HARD.name].right for shown in samples.all) / len(samples.all)
    return (
        f'<p class="tw-sentence">These {len(samples.all)} test pictures were chosen because they '
        f"tell the models apart, and <strong>are not representative</strong>: {HARD.subject} is "
        f"right on {right:.0%} of them, and on {manifest.models[HARD.name].test_accuracy:.1%} of "
        "all test pictures.</p>"
    )


def _filters(samples: Samples) -> str:
    counts = Counter(shown.sample.group for shown in samples.all)
    groups = [
        ("", f"all {len(samples.all)}"),
        *((group, f"{title} ({counts[group]})") for group, title in GROUPS.items()),
    ]
    chips = "".join(
        f'<label><input type="radio" name="tw-group" value="{value}"'
        f"{'' if value else ' checked'}>{text}</label>"
        for value, text in groups
    )
    classes = [("", "any class"), *((name, name) for name in CLASSES)]
    models = [(name, twin.subject_first) for name, twin in TWINS.items()]
    return (
        f'<div class="tw-filters"><fieldset class="tw-pick"><legend class="tw-hidden">Group'
        f"</legend><div>{chips}</div></fieldset>"
        f"<span>True class {_select('true', classes, 'True class')}</span>"
        f"<span>{_select('by', models, 'Model')} says {_select('said', classes, 'Its answer')} and "
        'is at least <input type="range" data-filter="sure" aria-label="Lowest confidence" min="0" '
        'max="99" value="0"> <output class="tw-number">0%</output> sure</span>'
        f"<span>Sort by {_select('sort', list(_SORTS.items()), 'Sort by')}</span>"
        '<strong id="tw-count" role="status"></strong></div>'
    )


def _select(name: str, options: list[tuple[str, str]], label: str) -> str:
    choices = "".join(f'<option value="{value}">{text}</option>' for value, text in options)
    return f'<select data-filter="{name}" aria-label="{label}">{choices}</select>'


_RIGHT = '<span class="tw-right" role="img" aria-label="right">✓</span>'
_WRONG = '<span class="tw-wrong" role="img" aria-label="wrong">✗</span>'


def _item(shown: Shown) -> str:
    answers = "".join(_answer(name, answer) for name, answer in shown.answers.items())
    said = " ".join(
        f'data-{name}="{answer.confidence}" data-{name}-said="{CLASSES[answer.label]}"'
        for name, answer in shown.answers.items()
    )
    return (
        f'<li data-group="{shown.sample.group}" data-true="{shown.caption}" {said}>'
        f"{tiles.tile(shown)}<strong>{escape(shown.caption)}</strong>{answers}</li>"
    )


def _answer(name: str, answer: Answer) -> str:
    return (
        f'<span class="tw-{name}"><i class="tw-swatch"></i>{CLASSES[answer.label]} '
        f"{percent(answer.confidence)} {_RIGHT if answer.right else _WRONG}</span>"
    )
