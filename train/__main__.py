"""The command line of `train`, and nothing else."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contract.smoothing import check_epsilon
from contract.twins import SMOOTHED
from train.fitting.allocator import prefer_jemalloc


def _epsilon(text: str) -> float:
    try:
        return check_epsilon(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"seed {text!r} is not a whole number from 0 to 2^31 - 1")
    return int(text)


def _epsilons(text: str) -> tuple[float, ...]:
    return tuple(_epsilon(part) for part in text.split(","))


def _seeds(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seeds from 2 to 1000")
    return int(text)


def _where(parser: argparse.ArgumentParser, out: str) -> None:
    """The options of all that trains."""
    add = parser.add_argument
    add("--data-dir", type=Path, help="holds cifar-10-batches-bin (else CIFAR10_DIR, else data)")
    add("--runs", type=Path, default=Path("runs"), help="where checkpoints lie")
    add("--out", type=Path, help=out)
    add("--device", choices=["auto", "cpu", "cuda"], default="auto", help="else a GPU if any")
    add(
        "--precision",
        choices=["auto", "bf16", "fp32"],
        default="auto",
        help="of products; else bf16 where the device is fast at it",
    )


def _train(arguments: Sequence[str]) -> None:
    from train.recipe import RECIPES

    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train the twins, hard and smoothed, and export both to ONNX. Killed and "
        "started again with the same options, it goes on.",
        epilog="Other commands, each with its own --help: python -m train evaluate (measure a "
        "published pair), python -m train export --int8 (quantise it), python -m train sweep "
        "(train at other ε).",
    )
    parser.add_argument(
        "--recipe",
        choices=list(RECIPES),
        default="default",
        help="default: the pair of the card, two hours on 2 cores; quick: some minutes (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--seed", type=_seed, default=0, help="of weights and pictures' order (default: 0)"
    )
    parser.add_argument(
        "--epsilon",
        type=_epsilon,
        default=SMOOTHED.epsilon,
        help="label smoothing of the smoothed model (default: %(default)s)",
    )
    _where(parser, "where the pair goes; without it the default recipe writes to exported_models")
    options = _parsed(parser, arguments)
    from train import commands

    commands.train(commands.Options(**options))


def _parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> dict[str, Any]:
    """The options; on a CPU, once they are right, the program starts again on jemalloc."""
    options = vars(parser.parse_args(arguments))
    if options["device"] != "cuda":
        prefer_jemalloc()
    return options


def _of_a_pair(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """With the options of all that takes a published pair."""
    parser.add_argument("--data-dir", type=Path, help="as for training")
    parser.add_argument("--models", type=Path, help="the pair's folder (else exported_models)")
    return parser


def _evaluate(arguments: Sequence[str]) -> None:
    from train import commands

    parser = argparse.ArgumentParser(
        prog="python -m train evaluate",
        description="Measure what the published pair's confidences are worth, on validation and "
        "test pictures, and write evidence/ beside it. Takes some minutes on 2 cores.",
    )
    options = _of_a_pair(parser).parse_args(arguments)
    commands.evaluate(options.data_dir, options.models)


def _export(arguments: Sequence[str]) -> None:
    from train import commands

    parser = argparse.ArgumentParser(
        prog="python -m train export",
        description="Make other files of a published pair, with evidence of what they cost.",
    )
    parser.add_argument(
        "--int8", action="store_true", required=True, help="quantised to bytes, into int8/"
    )
    options = _of_a_pair(parser).parse_args(arguments)
    commands.export_int8(options.data_dir, options.models)


def _sweep(arguments: Sequence[str]) -> None:
    from train.recipe import RECIPES

    parser = argparse.ArgumentParser(
        prog="python -m train sweep",
        description="Train one network at each ε and seed, and at two ε with a fifth of the "
        "labels moved to another class. Killed and started again, it goes on.",
    )
    add = parser.add_argument
    add(
        "--epsilons",
        type=_epsilons,
        default=argparse.SUPPRESS,
        help="comma between them; 0, which the others are compared to, is always trained",
    )
    add("--seeds", type=_seeds, default=argparse.SUPPRESS, help="how many: 0, 1 and so on")
    add("--recipe", choices=list(RECIPES), help="else default on a GPU, small on a CPU")
    add(
        "--no-label-noise",
        dest="label_noise",
        action="store_false",
        help="train no networks with wrong labels",
    )
    _where(parser, "where the folder sweep goes (on all of CIFAR-10: exported_models)")
    options = _parsed(parser, arguments)
    from train import commands

    commands.sweep(commands.SweepOptions(**options))


COMMANDS = {"evaluate": _evaluate, "export": _export, "sweep": _sweep}


def main() -> None:
    """Parse, run, and turn what the user can put right into one line and exit status 1."""
    arguments = sys.argv[1:]
    command = COMMANDS.get(arguments[0]) if arguments else None
    from train.errors import TrainError

    try:
        if command is None:
            _train(arguments)
        else:
            command(arguments[1:])
    except TrainError as error:
        sys.exit(f"train: {error}")
    except KeyboardInterrupt:
        sys.exit("\ntrain: stopped; start the same command again to go on")


if __name__ == "__main__":
    main()
