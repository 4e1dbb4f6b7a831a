"""Two sliders for the models' temperatures, on a logarithmic scale, with a mark at each fitted T.

Gradio's own slider has neither marks nor a logarithmic scale. What the browser sends is checked
here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gradio as gr

from contract.twins import TWINS

LOWEST, HIGHEST = 0.25, 4.0
"""The range of the sliders; REST allows a wider one."""
AS_TRAINED: dict[str, float] = dict.fromkeys(TWINS, 1.0)
"""Both models at T = 1."""
# A slider moves in steps of a hundredth of a doubling.
_STEPS = 100
# A move is sent at once, but at most every 50 ms. The position at rest is sent once more, because
# answers may arrive in any order. Gradio's own "always_last" would repeat the first event's data.
_SCRIPT = """
const chosen = () => {
  const found = {};
  element.querySelectorAll('input[type=range]').forEach((range) => {
    found[range.dataset.model] = Number(twTemperature(range.value));
  });
  return found;
};
let waiting = null;
let unsent = false;
let resting = null;
const send = () => {
  trigger('input', chosen());
  unsent = false;
  waiting = setTimeout(() => {
    waiting = null;
    if (unsent) send();
  }, 50);
};
const moved = () => {
  element.querySelectorAll('input[type=range]').forEach((range) => {
    const text = twTemperature(range.value);
    range.setAttribute('aria-valuetext', 'T = ' + text);
    element.querySelector('output[for="' + range.id + '"]').textContent = text;
  });
  clearTimeout(resting);
  resting = setTimeout(() => trigger('input', chosen()), 400);
  if (waiting === null) send();
  else unsent = true;
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
    """Both sliders at T = 1. `chosen` reads their `input` event."""
    return gr.HTML(html(identity, AS_TRAINED, fitted), js_on_load=_SCRIPT, elem_id=identity)


def html(identity: str, now: Mapping[str, float], fitted: Mapping[str, float]) -> str:
    """Both sliders at the temperatures `now`."""
    rows = "".join(_row(identity, name, now[name], fitted.get(name)) for name in TWINS)
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
        f'<div class="tw-slider tw-{name}"><label for="{key}">{TWINS[name].title}</label>'
        f'<div class="tw-range"><input type="range" id="{key}" data-model="{name}" '
        f'data-fitted="{_position(fitted or 1.0)}" min="{-ends}" max="{ends}" step="1" '
        f'value="{_position(now)}" aria-valuetext="T = {now:.2f}">{mark}</div>'
        f'<span class="tw-number">T = <output for="{key}">{now:.2f}</output></span></div>'
    )


def _position(temperature: float) -> int:
    return round(_STEPS * math.log2(temperature))


def chosen(event: gr.EventData) -> dict[str, float]:
    """The temperatures of an `input` event of the sliders, by model."""
    return read({name: getattr(event, name, None) for name in TWINS})


def read(said: Mapping[str, Any]) -> dict[str, float]:
    """By model, a temperature that the sliders can show; 1 where none can be read."""
    return {name: _checked(said.get(name)) for name in TWINS}


def _checked(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 1.0
    return min(max(number, LOWEST), HIGHEST) if math.isfinite(number) else 1.0
