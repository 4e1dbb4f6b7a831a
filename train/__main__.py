"""The command line of `train`, and nothing else."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from contract.smoothing import check_epsilon


def _epsilon(text: str) -> float:
    try:
        return check_epsilon(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"seed {text!r} is not a whole number from 0 to 2^31 - 1")
    return int(text)


def _parser(recipes: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train the twins, hard and smoothed, and export both to ONNX. Killed and "
        "started again with the same options, it goes on.",
    )
    add = parser.add_argument
    add("--recipe", choices=recipes, default="default")
    add("--seed", type=_seed, default=0)
    add("--epsilon", type=_epsilon, default=0.1, help="label smoothing of the smoothed twin")
    add("--data-dir", type=Path, help="holds cifar-10-batches-bin (else CIFAR10_DIR, else data)")
    add("--runs", type=Path, default=Path("runs"), help="where checkpoints lie")
    add("--out", type=Path, help="where the pair goes (the default recipe: exported_models)")
    add("--device", choices=["auto", "cpu", "cuda"], default="auto")
    add("--precision", choices=["auto", "bf16", "fp32"], default="auto")
    commands = parser.add_subparsers(dest="command", metavar="evaluate")
    evaluate = commands.add_parser(
        "evaluate",
        description="Measure what the published pair's confidences are worth, on validation and "
        "test pictures, and write evidence/ beside it.",
        help="measure a published pair instead",
    )
    evaluate.add_argument("--data-dir", type=Path, help="as for training")
    evaluate.add_argument("--models", type=Path, help="the pair's folder (else exported_models)")
    return parser


def main() -> None:
    """Parse, run, and turn what the user can put right into one line and exit status 1."""
    # Not at the top: --help and a wrong option should not wait for torch to load.
    from train.recipe import RECIPES

    arguments = vars(_parser(list(RECIPES)).parse_args())
    command = arguments.pop("command")
    from train import run
    from train.errors import TrainError
    from train.platform import prefer_jemalloc

    try:
        if command == "evaluate":
            run.evaluate(arguments["data_dir"], arguments["models"])
        else:
            if arguments["device"] != "cuda":
                prefer_jemalloc()
            run.train(run.Options(**arguments))
    except TrainError as error:
        sys.exit(f"train: {error}")
    except KeyboardInterrupt:
        sys.exit("\ntrain: stopped; start the same command again to go on")


if __name__ == "__main__":
    main()
