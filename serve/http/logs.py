"""Sets up the log of the server."""

from __future__ import annotations

import logging
import time


def set_up(level: str) -> None:
    """Write every record of at least `level` to the standard error stream, a line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # No line shows the thread, the process or the place in the code, and finding them out costs
    # time at each record. Python's logging HOWTO names these switches under "Optimization".
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None


class _Formatter(logging.Formatter):
    """A formatter that writes out the date and the time once a second and not for each record."""

    _latest = (0, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        second = int(record.created)
        latest = self._latest
        if latest[0] != second:
            text = time.strftime(datefmt or self.default_time_format, self.converter(second))
            self._latest = latest = second, text
        return f"{latest[1]},{int(record.msecs):03d}"
