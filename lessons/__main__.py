"""The command line: `python -m lessons NAME`."""

from __future__ import annotations

import argparse
import importlib

LESSONS = {
    "targets": "what smoothing does to a label",
    "loss": "why the training loss is higher",
    "linear": "the smallest training run",
    "pipeline": "a tabular pipeline, traced stage by stage",
}


def main() -> None:
    """Print one lesson."""
    parser = argparse.ArgumentParser(
        prog="python -m lessons",
        description="; ".join(f"{name}: {about}" for name, about in LESSONS.items()),
    )
    parser.add_argument("name", choices=LESSONS)
    # Only the chosen one: some load torch, others do not need it.
    importlib.import_module(f"lessons.{parser.parse_args().name}").main()


if __name__ == "__main__":
    main()
