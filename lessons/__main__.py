"""The command line: `python -m lessons NAME`."""

from __future__ import annotations

import argparse
import importlib

from contract import console

LESSONS = {
    "targets": "what smoothing does to a label",
    "loss": "why the training loss is higher",
    "linear": "the smallest training run",
    "pipeline": "a pipeline for tabular data, shown stage by stage",
    "experiment": "the CIFAR-10 experiment of many tutorials, over several seeds",
    "sweep": "the effect of other ε",
}


def main() -> None:
    """Print one lesson."""
    console.spell_out()
    parser = argparse.ArgumentParser(
        prog="python -m lessons",
        description="; ".join(f"{name}: {about}" for name, about in LESSONS.items()),
    )
    parser.add_argument("name", choices=LESSONS)
    arguments = parser.parse_args()
    # Only the chosen lesson is imported, because some of them load torch, which is slow.
    importlib.import_module(f"lessons.{arguments.name}").main()


if __name__ == "__main__":
    main()
