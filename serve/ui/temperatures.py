"""Two sliders for the twins' temperatures, on a logarithmic scale, with a mark at each fitted T.

Gradio's own slider has no marks and no such scale. What comes from the browser is checked here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gradio as gr

from contract.manifest import NAMES
from serve.ui.sentence import TITLES

LOWEST, HIGHEST = 0.25, 4.0
"""Of the sliders; REST allows more."""
# A slider moves in steps of a hundredth of a doubling.
_STEPS = 100
# Moves are told at once, but no more than one in 50 ms, and where the thumb came to rest once more:
# answers to moves may arrive in any order. Gradio's own "always_last" repeats the event with the
# first one's data.
_SCRIPT = """
const said = () => {
  const found = {};
  element.querySelectorAll('input[type=range]').forEach((range) => {
    found[range.dataset.model] = Number(twTemperature(range.value));
  });
  return found;
};
let waiting = null;
let untold = false;
let resting = null;
const tell = () => {
  trigger('input', said());
  untold = false;
  waiting = setTimeout(() => {
    waiting = null;
    if (untold) tell();
  }, 50);
};
const moved = () => {
  element.querySelectorAll('input[type=range]').forEach((range) => {
    const text = twTemperature(range.value);
    range.setAttribute('aria-valuetext', 'T = ' + text);
    element.querySelector('output[for="' + range.id + '"]').textContent = text;
  });
  clearTimeout(resting);
  resting = setTimeout(() => trigger('input', said()), 400);
  if (waiting === null) tell();
  else untold = true;
};
element.addEventListener('input', moved);
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-set]');
  if (!button) return;
  const ranges = element.querySelectorAll('input[type=range]');
  ranges.forEach((range) => {
    range.value = button.dataset.set === 'fitted' ? range.dataset.fitted : 0;
  });
  ranges.forEach((range) => range.dispatchEvent(new Event('input', { bubbles: true })));
});
"""


def sliders(identity: str, fitted: Mapping[str, float]) -> gr.HTML:
    """The sliders, at T = 1. Its `input` event gives `read` what was chosen."""
    return gr.HTML(
        html(identity, dict.fromkeys(NAMES, 1.0), fitted), js_on_load=_SCRIPT, elem_id=identity
    )


def html(identity: str, now: Mapping[str, float], fitted: Mapping[str, float]) -> str:
    """Both sliders at the temperatures `now`."""
    rows = "".join(_row(identity, name, now[name], fitted.get(name)) for name in NAMES)
    reset = '<button type="button" data-set="one">Both as trained (T = 1)</button>'
    scale = '<button type="button" data-set="fitted">Both at the fitted T</button>'
    return f'{rows}<p class="tw-buttons">{reset}{scale if fitted else ""}</p>'


def _row(identity: str, name: str, now: float, fitted: float | None) -> str:
    key = f"{identity}-{name}"
    mark = ""
    if fitted is not None:
        at = 100 * (math.log2(fitted / LOWEST) / math.log2(HIGHEST / LOWEST))
        mark = (
            f'<span class="tw-mark" style="--at:{at:.2f}%"><i></i>'
            f"<span>fitted {fitted:.2f}</span></span>"
        )
    ends = round(_STEPS * math.log2(HIGHEST))
    return (
        f'<div class="tw-slider tw-{name}"><label for="{key}">{TITLES[name]}</label>'
        f'<div class="tw-range"><input type="range" id="{key}" data-model="{name}" '
        f'data-fitted="{_position(fitted or 1.0)}" min="{-ends}" max="{ends}" step="1" '
        f'value="{_position(now)}" aria-valuetext="T = {now:.2f}">{mark}</div>'
        f'<span class="tw-number">T = <output for="{key}">{now:.2f}</output></span></div>'
    )


def _position(temperature: float) -> int:
    return round(_STEPS * math.log2(temperature))


def read(said: Any) -> dict[str, float]:
    """By twin, a temperature that the sliders can show; 1 for what is none."""
    found = said if isinstance(said, Mapping) else {}
    return {name: _checked(found.get(name)) for name in NAMES}


def _checked(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 1.0
    return min(max(number, LOWEST), HIGHEST) if math.isfinite(number) else 1.0
