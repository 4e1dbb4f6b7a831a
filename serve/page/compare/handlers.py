"""What the tab Compare does when a picture is chosen, or another temperature or level of sets."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from contract.errors import UserError
from contract.pictures import decoder
from contract.pictures.decoder import Decoded
from contract.pictures.errors import PictureError
from serve.errors import Overloaded
from serve.inference.compare import Comparer, Comparison
from serve.inference.engine import Outputs
from serve.page.compare import answers, sets, viewer
from serve.page.compare.live import BYTES, SHAPE
from serve.page.parts.photo import Given
from serve.page.parts.samples import Samples, Shown

UNUSABLE = "This picture cannot be used"
# All visitors of the page count as one client, so that one who floods REST does not shut them out.
CLIENT = "the page"
_NO_CAMERA = (
    "The browser gives this page no camera. Connect one, or allow it in the browser's settings for "
    "this page; browsers offer it over HTTPS and on this machine only."
)
_UNKNOWN = "There is no such test picture. Reload the page and choose again."


@dataclass(frozen=True, eq=False)  # Gradio hashes it, and an array has no hash
class Seen:
    """What the models saw last, and what they gave: enough to draw it anew at another T."""

    pixels: NDArray[np.uint8]
    """`[32, 32, 3]`."""
    outputs: Outputs
    sample: Shown | None
    """The test picture, if it is one of the gallery's."""
    notes: tuple[str, ...] = ()
    """Sentences about an upload that was read in spite of a fault."""

    @property
    def label(self) -> int | None:
        """The true class, if it is known."""
        return self.sample.sample.label if self.sample else None

    @property
    def index(self) -> int | None:
        """The number of the test picture, if it is one."""
        return self.sample.sample.index if self.sample else None


def infer(comparer: Comparer, pixels: NDArray[np.uint8]) -> Outputs:
    """Both models' outputs for pictures `[n, 32, 32, 3]`. Raises `gr.Error` if too much waits."""
    try:
        return comparer.engine.infer_blocking(pixels, client=CLIENT)
    except Overloaded as error:
        raise gr.Error(error.message, title="Too busy", print_exception=False) from None


class Handlers:
    """The tab's event handlers.

    Those that take a picture give the value of the photo input, which is always emptied for the
    next one, then what the models see, the results, and the `Seen` to remember.
    """

    def __init__(self, comparer: Comparer, samples: Samples) -> None:
        self._comparer = comparer
        self._samples = samples

    def of_upload(self, given: Given, scale: dict[str, float], level: str) -> Sequence[Any]:
        """For an upload. What gets no answer replaces the answer before, so that nobody takes that
        one for its own."""
        if given is None:  # the input was emptied, which this class does itself
            return [gr.skip()] * 4
        if isinstance(given, UserError):
            return _problem(UNUSABLE, given)
        return self._answered(given, self._samples.of_pixels(given.pixels), scale, level)

    def of_choice(self, event: gr.EventData, scale: dict[str, float], level: str) -> Sequence[Any]:
        """For whatever the page's script sends: a test picture, pixels, or nothing at all."""
        kind, value = getattr(event, "kind", None), getattr(event, "value", None)
        if kind == "sample":
            return self.of_sample(self._sample(value), scale, level)
        if kind == "surprise":
            other_than = value if isinstance(value, int) else None
            return self.of_sample(self._samples.surprise(other_than), scale, level)
        if kind == "pixels":
            return self._answered(Decoded(_pixels(value)), None, scale, level)
        if kind == "too large" and isinstance(value, int):
            try:
                decoder.check_bytes(value)
            except PictureError as error:
                return _problem(UNUSABLE, error)
        if kind == "no camera":
            html = answers.problem("There is no camera", _NO_CAMERA)
            return None, viewer.seen(None), html, None
        return None, viewer.seen(None), answers.results(None), None

    def of_sample(self, shown: Shown | None, scale: dict[str, float], level: str) -> Sequence[Any]:
        """For a test picture. Raises `gr.Error` where there is none."""
        if shown is None:
            raise gr.Error(_UNKNOWN, title="No test picture", print_exception=False)
        return self._answered(Decoded(shown.pixels), shown, scale, level)

    def again(self, seen: Seen | None, scale: dict[str, float], level: str) -> str:
        """The results for the same picture at other temperatures or another level."""
        if seen is None:
            return answers.results(None)
        return answers.results(self.comparison(seen.outputs, scale, level), seen.label)

    def comparison(self, outputs: Outputs, scale: dict[str, float], level: str) -> Comparison:
        """The comparison for one picture's outputs, with sets where there is a level."""
        known = self._comparer.evidence.thresholds
        coverage = sets.level(level) if known else None
        (comparison,) = self._comparer.judge(outputs, scale, coverage)
        return comparison

    def _sample(self, index: Any) -> Shown | None:
        return self._samples.with_index(index) if isinstance(index, int) else None

    def _answered(
        self, picture: Decoded, sample: Shown | None, scale: dict[str, float], level: str
    ) -> Sequence[Any]:
        try:
            outputs = infer(self._comparer, picture.pixels[np.newaxis])
        except gr.Error as error:
            html = answers.problem(error.title, error.message)
            return None, viewer.seen(None), html, None
        seen = Seen(picture.pixels, outputs, sample, picture.notes)
        html = answers.results(self.comparison(outputs, scale, level), seen.label)
        shown = viewer.seen(seen.pixels, seen.label, seen.index, seen.notes)
        return None, shown, html, seen


def _problem(title: str, error: UserError) -> Sequence[Any]:
    message = f"{error.message[:1].upper()}{error.message[1:]}."
    return None, viewer.seen(None), answers.problem(title, message), None


def _pixels(value: Any) -> NDArray[np.uint8]:
    """Pixels `[32, 32, 3]` from base64. Raises `gr.Error` for what is none."""
    try:
        content = base64.b64decode(str(value)[: 2 * BYTES], validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if len(content) != BYTES:
        raise gr.Error("These are not the pixels of a picture.", print_exception=False)
    return np.frombuffer(content, np.uint8).reshape(SHAPE)
