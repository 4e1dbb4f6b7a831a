"""Starts Twinlabel: settings, models, REST and the page, one server. What a Space runs."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import uvicorn
from fastapi import FastAPI

from serve import api, evidence, runtime, settings
from serve.compare import Comparer
from serve.errors import StartupError
from serve.settings import Settings

# Browsers hold a stream open for as long as the page is; ending must not wait for them.
SECONDS_TO_FINISH = 3


def create_app(chosen: Settings) -> FastAPI:
    """REST and the page as one ASGI application. Raises `StartupError`."""
    # Gradio reads it at import: nothing is fetched or reported, with or without a network.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from serve.ui import page

    pair = runtime.load(chosen.models, chosen.device)
    comparer = Comparer(pair, evidence.lookups(chosen.models, pair.sha256))
    return page.mount(api.create(comparer), comparer, chosen.models)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C; end with one line where it cannot start."""
    try:
        chosen = settings.from_environment()
        logging.basicConfig(
            level=chosen.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        app = create_app(chosen)
    except StartupError as error:
        sys.exit(f"twinlabel: {error}")
    logging.getLogger("uvicorn.error").addFilter(_is_no_cut_stream)
    uvicorn.run(
        app,
        host=chosen.host,
        port=chosen.port,
        log_level=chosen.log_level,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
    )


def _is_no_cut_stream(record: logging.LogRecord) -> bool:
    """A browser's stream that is cut at the end is no fault: not worth a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


if __name__ == "__main__":
    main()
