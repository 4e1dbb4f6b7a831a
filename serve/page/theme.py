"""The theme of Gradio's own components: the sizes and colours of `static/tokens.css`."""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils.sizes import Size

# Gradio puts one of seven sizes on each of its texts, the smallest of which would be 9 pixels.
_SMALL, _TEXT, _LARGE = (f"var(--tw-{name})" for name in ("small", "text", "large"))
_SIZES = Size(
    name="tw", xxs=_SMALL, xs=_SMALL, sm=_SMALL, md=_TEXT, lg=_TEXT, xl=_LARGE, xxl=_LARGE
)


def theme() -> gr.themes.Base:
    """The theme for both light and dark, because the tokens change with them."""
    return gr.themes.Base(
        primary_hue="stone",
        neutral_hue="stone",
        text_size=_SIZES,
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        body_background_fill="var(--tw-paper)",
        body_background_fill_dark="var(--tw-paper)",
        body_text_color="var(--tw-ink)",
        body_text_color_dark="var(--tw-ink)",
        block_background_fill="var(--tw-paper)",
        block_background_fill_dark="var(--tw-paper)",
        slider_color="var(--tw-ink)",
        slider_color_dark="var(--tw-ink)",
    )
