"""The tab Calibration: what each model's confidences were worth on the test pictures, at any T.

Everything is recomputed from the stored logits at each move of a slider.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from contract.artifacts.manifest import Manifest
from contract.twins import TWINS
from serve.page.address import Address
from serve.page.figures import abstaining, diagram
from serve.page.parts import temperatures
from serve.page.parts.events import QUIETLY
from serve.page.parts.reliability import States
from serve.page.tab import Built, Context, Tab
from serve.page.tabs.compare import ComparedPicture

_EMPTY = (
    '<p class="tw-quiet">These models have not been evaluated on test pictures yet. '
    "<code>python -m train evaluate --models FOLDER</code> does that.</p>"
)
_INTRO = (
    '<p class="tw-sentence"><strong>Is a model that says 80% right 80% of the time?</strong> On '
    "the dashed line it is. Below it the model is overconfident, above it underconfident.</p>"
)
_WORDS = """
<dl class="tw-words tw-quiet">
<dt>Temperature T</dt><dd>The number by which a model's logits, its raw scores, are divided before
they become probabilities. Above 1 the model is less sure, below 1 surer; its answer stays the
same.</dd>
<dt>ECE</dt><dd>The mean distance of the points from the dashed line, weighted by their pictures; 0%
is perfect. The 15 bins have equal widths or, for the equal-mass ECE, equally many pictures.</dd>
<dt>Floor</dt><dd>What a perfectly calibrated model with these confidences would score on average,
because the accuracy in a bin varies by chance.</dd>
<dt>confidence − accuracy</dt><dd>The mean confidence minus the accuracy, in percentage points (pp).
Above 0 the model is overconfident.</dd>
<dt>NLL</dt><dd>Negative log-likelihood: the mean of -log of the probability of the true class.
Lower is better.</dd>
</dl>
"""
_COVERAGE = 80
"""The percentage of pictures that are answered to begin with."""
_RISK_HEADING = (
    '<h2 class="tw-heading">If the model may abstain '
    "<small>it answers only where it is most confident; see how many of those answers are wrong"
    "</small></h2>"
)


def build(context: Context) -> Built:
    """The components of the tab."""
    evidence = context.comparer.evidence
    if evidence.test is None:
        gr.HTML(_EMPTY)
        return Built()
    states, manifest = States(evidence.test), context.manifest
    start = temperatures.AS_TRAINED

    def rescale(event: gr.EventData, coverage: float) -> tuple[str, str, dict[str, float]]:
        scale = temperatures.chosen(event)
        return _diagrams(states, scale, manifest), _risk(states, scale, coverage, manifest), scale

    def cover(coverage: float, scale: dict[str, float]) -> str:
        return _risk(states, scale, coverage, manifest)

    def opened(scale: dict[str, float], coverage: float) -> tuple[str, str]:
        return _diagrams(states, scale, manifest), _risk(states, scale, coverage, manifest)

    def restore(address: Address) -> Sequence[Any]:
        scale = address.temperatures()
        if scale is None:
            return [gr.skip()] * 3
        html = temperatures.html("calibration-t", scale, evidence.temperatures)
        return html, *opened(scale, _COVERAGE)

    scale = context.offered(ComparedPicture).scale
    gr.HTML(_INTRO)
    sliders = temperatures.sliders("calibration-t", evidence.temperatures)
    diagrams = gr.HTML(_diagrams(states, start, manifest), elem_id="diagrams")
    gr.HTML(_WORDS)
    gr.HTML(_RISK_HEADING)
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            coverage = gr.Slider(
                1,
                100,
                value=_COVERAGE,
                step=1,
                label="Coverage: the percentage of pictures that are answered",
                elem_id="coverage",
            )
        with gr.Column(scale=7, min_width=320):
            risk = gr.HTML(_risk(states, start, _COVERAGE, manifest), elem_id="risk")
    sliders.input(rescale, coverage, [diagrams, risk, scale], **QUIETLY, trigger_mode="multiple")
    coverage.input(cover, [coverage, scale], risk, **QUIETLY, trigger_mode="always_last")
    # The tab Compare may have set other temperatures.
    context.item.select(opened, [scale, coverage], [diagrams, risk], **QUIETLY)
    return Built(restored=[sliders, diagrams, risk], restore=restore)


TAB = Tab("calibration", "Calibration", build)


def _diagrams(states: States, scale: dict[str, float], manifest: Manifest) -> str:
    each = "".join(
        diagram.html(
            name, states.at(name, scale[name]), states.at(name, 1.0), states.pictures, manifest
        )
        for name in TWINS
    )
    return f'<div class="tw-two">{each}</div>'


def _risk(states: States, scale: dict[str, float], coverage: float, manifest: Manifest) -> str:
    both = {name: states.at(name, scale[name]) for name in TWINS}
    return abstaining.html(both, min(max(float(coverage), 1.0), 100.0), manifest)
