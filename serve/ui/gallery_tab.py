"""The tab Gallery: test pictures by group, class and confidence; one click opens one in Compare."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

import gradio as gr

from contract.cifar10 import CLASSES
from contract.gallery import Group
from serve.ui import compare_tab
from serve.ui.events import QUIETLY
from serve.ui.samples import Samples, Shown
from serve.ui.sentence import percent

GROUPS: dict[Group, str] = {
    "both_right": "both right",
    "only_hard_right": "only hard right",
    "only_smoothed_right": "only smoothed right",
    "both_wrong": "both wrong and confident",
    "largest_difference": "where they differ most",
}
_EMPTY = (
    '<p class="tw-quiet">There are no test pictures here: the gallery of this pair is missing. '
    "<code>python -m train evaluate --models FOLDER</code> makes it.</p>"
)
# Filters in the browser: nothing is asked of the server until a picture is clicked on.
_SCRIPT = (
    compare_tab.PICK_SCRIPT
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
    count === 0 ? 'no picture fits: widen the filter' : count + ' pictures';
};
element.addEventListener('input', filter);
filter();
"""
)


def build(samples: Samples, compare: compare_tab.Tab, tabs: gr.Tabs) -> None:
    """Inside of the tab; a click shows the picture in `compare`, the first of `tabs`."""
    if not samples.all:
        gr.HTML(_EMPTY)
        return
    grid = gr.HTML(_html(samples), js_on_load=_SCRIPT, elem_id="gallery")

    def choose(event: gr.EventData, scale: dict[str, float]) -> tuple[Any, ...]:
        return gr.Tabs(selected="compare"), *compare.choose(event, scale)

    grid.select(choose, compare.scale, [tabs, compare.photo, *compare.answers], **QUIETLY).then(
        None,
        None,
        None,
        js="() => { window.twAddress({tab: null}, true); window.twShownSample(); }",
        api_visibility="private",
    )


def _html(samples: Samples) -> str:
    items = "".join(_item(shown) for shown in samples.all)
    return f'{_filters(samples)}<ul class="tw-gallery">{items}</ul>'


def _filters(samples: Samples) -> str:
    counts = Counter(shown.sample.group for shown in samples.all)
    groups = [
        ("", f"all {len(samples.all)}"),
        *((k, f"{t} ({counts[k]})") for k, t in GROUPS.items()),
    ]
    chips = "".join(
        f'<label><input type="radio" name="tw-group" value="{value}"'
        f"{'' if value else ' checked'}>{text}</label>"
        for value, text in groups
    )
    classes = "".join(f'<option value="{k}">{name}</option>' for k, name in enumerate(CLASSES))
    return (
        f'<div class="tw-filters"><fieldset class="tw-chips"><legend class="tw-hidden">Group'
        f"</legend>{chips}</fieldset>"
        '<label>True class <select id="tw-label"><option value="">any</option>'
        f"{classes}</select></label>"
        '<label><select id="tw-sure-model" aria-label="Which model">'
        '<option value="hard">Hard-label model</option>'
        '<option value="smoothed">Smoothed model</option></select> at least '
        '<input type="range" id="tw-sure" aria-label="Least confidence" min="0" max="99" value="0">'
        ' <output for="tw-sure" class="tw-number">0%</output> sure</label>'
        '<span id="tw-count" role="status"></span></div>'
    )


_RIGHT = '<span role="img" aria-label="right">✓</span>'
_WRONG = '<span role="img" aria-label="wrong">✗</span>'


def _item(shown: Shown) -> str:
    s = shown.sample
    answers = "".join(
        f'<span class="tw-{name}"><i class="tw-swatch"></i>{CLASSES[answer]} {percent(sure)} '
        f"{_RIGHT if answer == s.label else _WRONG}</span>"
        for name, answer, sure in (
            ("hard", s.hard_answer, s.hard_confidence),
            ("smoothed", s.smoothed_answer, s.smoothed_confidence),
        )
    )
    return (
        f'<li data-group="{s.group}" data-label="{s.label}" data-hard="{s.hard_confidence}" '
        f'data-smoothed="{s.smoothed_confidence}">{compare_tab.tile(shown)}'
        f"<strong>{escape(shown.caption)}</strong>{answers}</li>"
    )
