"""Where each model looks: the picture, bright where its answer's margin comes from."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from contract.errors import UserError
from contract.twins import TWINS
from serve.inference.compare import Comparer
from serve.inference.occlusion import PATCH, by_pixel, losses
from serve.page.compare.handlers import CLIENT, Seen
from serve.page.parts import render

BUTTON = "Where does it look?"
_ENLARGED = 8
_DIMMEST = 0.18
"""The brightness, of 1, where a place carries nothing."""


def html(comparer: Comparer, seen: Seen | None) -> str:
    """Both models' maps side by side, on one scale, or why there are none."""
    if seen is None:
        return '<p class="tw-quiet">Choose a picture first.</p>'
    try:
        found = losses(comparer.engine, seen.pixels, CLIENT)
    except UserError as error:
        return f'<p class="tw-quiet" role="alert">{escape(error.message)}</p>'
    (comparison,) = comparer.judge(seen.outputs, {})
    figures = "".join(
        _figure(name, seen.pixels, places, comparison.models[name].label)
        for name, places in found.items()
    )
    return (
        f'<div class="tw-looks">{figures}</div><p class="tw-quiet">Bright places carry the '
        "answer. Cover one with a square in the picture's mean colour, "
        f"{PATCH} × {PATCH} of the 32 × 32 pixels, and the answer's logit loses part of its lead "
        "over the next one. Each model has a scale of its own, because their logits differ in "
        "size.</p>"
    )


def _figure(name: str, pixels: NDArray[np.uint8], places: NDArray[np.float32], label: str) -> str:
    most = float(places.max())
    words = (
        f"its answer {label} loses up to {most:.1f} logits"
        if most > 0
        else (f"covering no place weakens its answer {label}")
    )
    picture = render.data_uri(lit(pixels, places))
    return (
        f'<figure class="tw-{name}"><img class="tw-pixels" src="{picture}" '
        f'alt="{TWINS[name].title}: {words}"><figcaption><i class="tw-swatch"></i>'
        f"{TWINS[name].title}: {words}</figcaption></figure>"
    )


def lit(pixels: NDArray[np.uint8], places: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The picture enlarged, `[256, 256, 3]`, as bright as its places carry the margin.

    `places` is `[PLACES, PLACES]`, in logits; what is negative counts as nothing.
    """
    carried = np.maximum(by_pixel(places), 0)
    most = carried.max()
    share = carried / most if most > 0 else carried
    light = _DIMMEST + (1 - _DIMMEST) * share[:, :, np.newaxis]
    shown = np.rint(pixels * light).astype(np.uint8)
    return shown.repeat(_ENLARGED, axis=0).repeat(_ENLARGED, axis=1)
