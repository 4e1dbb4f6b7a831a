"""The environment of the programs that are started here."""

from __future__ import annotations

import os

_SETTINGS = ("TWINLABEL_", "GRADIO_", "CIFAR10_")


def clean_environment() -> dict[str, str]:
    """This process's environment without what would configure the project."""
    return {key: value for key, value in os.environ.items() if not key.startswith(_SETTINGS)}
