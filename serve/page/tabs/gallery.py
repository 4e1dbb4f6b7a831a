"""The tab Gallery: test pictures by group, class and confidence; a click opens one in Compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from contract.artifacts.gallery import Group
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
# Filters in the browser: the server is asked for nothing until a picture is clicked.
_SCRIPT = (
    tiles.SELECT_SCRIPT
    + """
const filter = () => {
  const group = element.querySelector('input[name=tw-group]:checked').value;
  const label = element.querySelector('#tw-label').value;
  const model = element.querySelector('#tw-sure-model').value;
  const least = Number(element.querySelector('#tw-sure').value);
  element.querySelector('output[for=tw-sure]').textContent = least + '%';
  let count = 0;
  element.querySelectorAll('li[data-group]').forEach((item) => {
    const data = item.dataset;
    const fits = (group === '' || data.group === group) && (label === '' || data.label === label)
      && 100 * Number(data[model]) >= least;
    item.hidden = !fits;
    if (fits) count += 1;
  });
  element.querySelector('#tw-count').textContent =
    count === 0 ? 'No picture matches. Widen the filter.'
      : count + (count === 1 ? ' picture' : ' pictures');
};
element.addEventListener('input', filter);
filter();
"""
)
# Opening Compare is a step that the browser's Back button undoes.
_OPENED_SCRIPT = f"() => window.twShown('{compare.TAB.name}')"


def build(context: Context) -> Built:
    """The components of the tab."""
    if not context.samples.all:
        gr.HTML(_EMPTY)
        return Built()
    picture = context.offered(compare.ComparedPicture)
    grid = gr.HTML(_html(context.samples), js_on_load=_SCRIPT, elem_id="gallery")

    def choose(event: gr.EventData, scale: dict[str, float]) -> Sequence[Any]:
        return gr.Tabs(selected=compare.TAB.name), *picture.choose(event, scale)

    grid.select(choose, picture.scale, [context.tabs, *picture.outputs], **QUIETLY).then(
        None, None, None, js=_OPENED_SCRIPT, api_visibility="private"
    )
    return Built()


TAB = Tab("gallery", "Gallery", build)


def _html(samples: Samples) -> str:
    items = "".join(_item(shown) for shown in samples.all)
    return f'{_filters(samples)}<ul class="tw-gallery">{items}</ul>'


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
    classes = "".join(f'<option value="{k}">{name}</option>' for k, name in enumerate(CLASSES))
    models = "".join(
        f'<option value="{name}">{twin.subject_first}</option>' for name, twin in TWINS.items()
    )
    return (
        f'<div class="tw-filters"><fieldset class="tw-chips"><legend class="tw-hidden">Group'
        f"</legend>{chips}</fieldset>"
        '<label>True class <select id="tw-label"><option value="">any</option>'
        f"{classes}</select></label>"
        f'<label><select id="tw-sure-model" aria-label="Model">{models}</select> is at least '
        '<input type="range" id="tw-sure" aria-label="Lowest confidence" min="0" max="99" '
        'value="0"> <output for="tw-sure" class="tw-number">0%</output> sure</label>'
        '<span id="tw-count" role="status"></span></div>'
    )


_RIGHT = '<span role="img" aria-label="right">✓</span>'
_WRONG = '<span role="img" aria-label="wrong">✗</span>'


def _item(shown: Shown) -> str:
    answers = "".join(_answer(name, answer) for name, answer in shown.answers.items())
    confidences = " ".join(
        f'data-{name}="{answer.confidence}"' for name, answer in shown.answers.items()
    )
    return (
        f'<li data-group="{shown.sample.group}" data-label="{shown.sample.label}" {confidences}>'
        f"{tiles.tile(shown)}<strong>{escape(shown.caption)}</strong>{answers}</li>"
    )


def _answer(name: str, answer: Answer) -> str:
    return (
        f'<span class="tw-{name}"><i class="tw-swatch"></i>{CLASSES[answer.label]} '
        f"{percent(answer.confidence)} {_RIGHT if answer.right else _WRONG}</span>"
    )
