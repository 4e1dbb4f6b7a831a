"""How the page declares its own events."""

from __future__ import annotations

from typing import Any

QUIETLY: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Not part of the API, and with nothing laid over what is on the page while it runs."""
