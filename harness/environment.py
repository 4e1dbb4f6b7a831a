"""The environment of the programs that tests, benchmarks and tools start."""

from __future__ import annotations

import os

# Nothing that is started here asks anybody but loopback.
_PROXIES = ("all_proxy", "http_proxy", "https_proxy")
_SETTINGS = ("TWINLABEL_", "GRADIO_", "CIFAR10_")


def clean_environment() -> dict[str, str]:
    """This process's environment without proxies and what would configure the project."""
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(_SETTINGS) and key.lower() not in _PROXIES
    }
