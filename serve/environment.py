"""The environment variables that libraries read when they are imported."""

from __future__ import annotations

import os

_PROXIES = ("all_proxy", "http_proxy", "https_proxy")


def prepare() -> None:
    """Set this process's environment so that no library asks anybody anything.

    To be called before Gradio is imported.
    """
    # Gradio would fetch its newest version's number, and report that it was started.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # The server asks nobody, so it needs no proxy. Gradio makes an HTTP client when it is imported,
    # and httpx refuses a proxy of a kind for which a package is missing.
    for name in [name for name in os.environ if name.lower() in _PROXIES]:
        del os.environ[name]
