"""The lines of the server's log."""

from __future__ import annotations

import logging

from serve.http.logs import _Formatter

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def test_a_line_is_what_the_standard_formatter_writes() -> None:
    ours, standard = _Formatter(LINE), logging.Formatter(LINE)
    for created in (1_700_000_000.0, 1_700_000_000.9994, 1_700_000_001.25, 1_699_999_999.5):
        record = logging.makeLogRecord(
            {
                "name": "twinlabel",
                "levelname": "INFO",
                "msg": "a message",
                "created": created,
                "msecs": int(created % 1 * 1000) + 0.0,
            }
        )
        assert ours.format(record) == standard.format(record)
