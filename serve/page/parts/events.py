"""How the page declares its own events."""

from __future__ import annotations

from typing import Any

QUIETLY: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of an event that is not part of the API and covers nothing on the page while it runs."""
