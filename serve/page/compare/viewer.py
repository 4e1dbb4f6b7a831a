"""The picture that is compared: the photo with its square, and what the models see of it."""

from __future__ import annotations

import itertools
from html import escape

import numpy as np
from numpy.typing import NDArray

from contract.cifar10 import CLASSES
from contract.pictures import decoder
from serve.page.parts import render
from serve.page.parts.sentence import with_article

# As in `serve.page.compare.answers`: what the browser may have changed is to be drawn anew.
_numbers = itertools.count()
# The browser alone has the photo as it was taken, so its script shows it here. What the models got
# of it comes from the server and is shown below.
STAGE = """
<div class="tw-stage" id="tw-stage" hidden>
<div class="tw-framed"><img id="tw-photo" alt="Your photo" hidden>
<video id="tw-video" muted playsinline hidden aria-label="The camera's picture"></video>
<div id="tw-crop" class="tw-crop" role="group" tabindex="0" hidden
aria-label="The square that both models see. Arrow keys move it; plus and minus resize it.">
<i class="tw-handle"></i></div></div>
</div>
"""
"""The photo or the camera's picture, with the square that the models get."""
CONTROLS = f"""
<div class="tw-controls" data-largest-bytes="{decoder.LARGEST_BYTES}">
<button type="button" class="tw-main" data-do="upload">Your photo</button>
<button type="button" data-do="camera" aria-pressed="false">Camera</button>
<button type="button" data-do="freeze" hidden>Freeze</button>
<button type="button" data-do="surprise">Surprise me</button>
<button type="button" data-do="save" title="Both answers as one picture, for slides">Save</button>
<button type="button" data-do="clear" aria-label="Remove the picture" title="Remove the picture">✕
</button></div>
"""
"""What brings another picture. The page's script gives the buttons their work."""


def seen(
    pixels: NDArray[np.uint8] | None,
    label: int | None = None,
    index: int | None = None,
    notes: tuple[str, ...] = (),
) -> str:
    """The 32x32 pixels that both models got, enlarged, or an empty frame.

    `label` is the true class and `index` the number of a test picture. `notes` are sentences about
    an upload that was read in spite of a fault.
    """
    number = "" if index is None else index
    if pixels is None:
        return (
            '<figure class="tw-seen" data-sample="" data-empty><div class="tw-pixels tw-empty">'
            "Drop a photo anywhere on this page.</div></figure>"
        )
    if label is None:
        what, caption = "Your picture", "What the models see: 32 × 32 pixels."
    else:
        what = f"A test picture of {with_article(CLASSES[label])}"
        caption = f"CIFAR-10 test picture: <strong>{CLASSES[label]}</strong>"
    said = f'<p class="tw-note" role="status">{escape(" ".join(notes))}</p>' if notes else ""
    return (
        f'<figure class="tw-seen" data-sample="{number}" data-number="{next(_numbers)}">'
        f'<img class="tw-pixels" src="{render.data_uri(pixels)}" width="32" height="32" '
        f'alt="{what}, at the 32 by 32 pixels that both models see">'
        f"<figcaption>{caption}{said}</figcaption></figure>"
    )
