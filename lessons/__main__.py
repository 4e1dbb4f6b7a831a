"""The command line: `python -m lessons NAME`."""

from __future__ import annotations

import argparse
import importlib

LESSONS = {
    "targets": "what smoothing does to a label",
    "loss": "why the training loss is higher",
    "linear": "the smallest training run",
    "pipeline": "a tabular pipeline, traced stage by stage",
    "experiment": "the CIFAR-10 experiment of many tutorials, over several seeds (trains)",
    "sweep": "what other ε do",
}
WITH_OPTIONS = ("experiment",)


def main() -> None:
    """Print one lesson."""
    parser = argparse.ArgumentParser(
        prog="python -m lessons",
        description="; ".join(f"{name}: {about}" for name, about in LESSONS.items()),
    )
    parser.add_argument("name", choices=LESSONS)
    parser.add_argument(
        "options",
        nargs=argparse.REMAINDER,
        help=f"of {' and '.join(WITH_OPTIONS)}: see its own --help",
    )
    arguments = parser.parse_args()
    # Only the chosen one: some load torch, others do not need it.
    lesson = importlib.import_module(f"lessons.{arguments.name}")
    if arguments.name in WITH_OPTIONS:
        lesson.main(arguments.options)
    elif arguments.options:
        parser.error(f"{arguments.name} takes no options, and got {' '.join(arguments.options)}")
    else:
        lesson.main()


if __name__ == "__main__":
    main()
