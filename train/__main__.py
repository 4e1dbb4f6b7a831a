"""The command line of `train`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contract import console
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
        raise argparse.ArgumentTypeError(
            f"seed is {text!r}; it must be a whole number from 0 to 2^31 - 1"
        )
    return int(text)


def _epsilons(text: str) -> tuple[float, ...]:
    return tuple(_epsilon(part) for part in text.split(","))


def _seeds(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(
            f"the number of seeds is {text!r}; it must be from 2 to 1000"
        )
    return int(text)


def _where(parser: argparse.ArgumentParser, out: str) -> None:
    """Add the options that both training commands share."""
    add = parser.add_argument
    add(
        "--data-dir",
        type=Path,
        help="folder of cifar-10-batches-bin (default: CIFAR10_DIR, else data)",
    )
    add("--runs", type=Path, default=Path("runs"), help="folder of checkpoints (default: runs)")
    add("--out", type=Path, help=out)
    add(
        "--device",
        choices=["auto", "cpu", "cuda", "mps"],
        default="auto",
        help="default: a GPU, else the CPU; mps is Apple's GPU",
    )
    add(
        "--precision",
        choices=["auto", "bf16", "fp32"],
        default="auto",
        help="number format of matrix products (default: bf16 where the device supports it)",
    )


def _train(arguments: Sequence[str]) -> None:
    from train.recipe import RECIPES

    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train both models, with hard and with smoothed labels, and export them to "
        "ONNX. An interrupted run resumes if it is started again with the same options.",
        epilog="Other commands, each with its own --help: python -m train evaluate (measure a "
        "published pair, on CIFAR-10 or on your own photos), python -m train export --int8 "
        "(quantise it), python -m train sweep (train at several ε).",
    )
    parser.add_argument(
        "--recipe",
        choices=list(RECIPES),
        default="default",
        help="default: the published recipe, one to three hours on 2 cores; quick: a few minutes "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=_seed,
        default=0,
        help="seed of the initial weights and of the order of pictures (default: 0)",
    )
    parser.add_argument(
        "--epsilon",
        type=_epsilon,
        default=SMOOTHED.epsilon,
        help="label smoothing ε of the smoothed model (default: %(default)s)",
    )
    _where(parser, "folder to publish the pair to (default recipe: exported_models)")
    options = _parsed(parser, arguments)
    from train import commands

    commands.train(commands.Options(**options))


def _parsed(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> dict[str, Any]:
    """The parsed options. Unless a GPU is asked for, the program then restarts with jemalloc."""
    options = vars(parser.parse_args(arguments))
    if options["device"] not in ("cuda", "mps"):
        prefer_jemalloc()
    return options


def _of_a_pair(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """`parser` with the options of the commands that read a published pair."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        help="folder of cifar-10-batches-bin (default: CIFAR10_DIR, else data)",
    )
    parser.add_argument("--models", type=Path, help="folder of the pair (default: exported_models)")
    return parser


def _evaluate(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m train evaluate",
        description="Measure the accuracy and calibration of a published pair on validation and "
        "test pictures, and write evidence/ beside it. Takes a few minutes on 2 cores. With "
        "--pictures, measure it on your own photos instead, and write nothing beside it.",
    )
    _of_a_pair(parser)
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="your own photos, in one folder for each class (airplane, automobile and so on); "
        "PyTorch is not needed",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="with --pictures: write the figures there, too"
    )
    options = parser.parse_args(arguments)
    if options.pictures is None:
        if options.json is not None:
            parser.error("--json needs --pictures")
        from train import commands

        commands.evaluate(options.data_dir, options.models)
    else:
        if options.data_dir is not None:
            parser.error("--data-dir is for CIFAR-10, which --pictures does not read")
        from train.photos import command

        command.evaluate(options.pictures, options.models, options.json)


def _export(arguments: Sequence[str]) -> None:
    from train import commands

    parser = argparse.ArgumentParser(
        prog="python -m train export",
        description="Export a published pair in another form, and measure what that changes.",
    )
    parser.add_argument(
        "--int8", action="store_true", required=True, help="quantise to 8-bit integers, in int8/"
    )
    options = _of_a_pair(parser).parse_args(arguments)
    commands.export_int8(options.data_dir, options.models)


def _sweep(arguments: Sequence[str]) -> None:
    from train.recipe import RECIPES

    parser = argparse.ArgumentParser(
        prog="python -m train sweep",
        description="Train one network at each ε and seed, and at two ε with a fifth of the "
        "labels moved to another class. An interrupted sweep resumes if it is started again.",
    )
    add = parser.add_argument
    add(
        "--epsilons",
        type=_epsilons,
        default=argparse.SUPPRESS,
        help="comma-separated; 0 is always trained, because the others are compared with it",
    )
    add(
        "--seeds",
        type=_seeds,
        default=argparse.SUPPRESS,
        help="number of seeds: they are 0, 1 and so on",
    )
    add("--recipe", choices=list(RECIPES), help="default: `default` on a GPU, `small` on a CPU")
    add(
        "--no-label-noise",
        dest="label_noise",
        action="store_false",
        help="skip the networks with moved labels",
    )
    _where(parser, "parent of the folder sweep (on all of CIFAR-10, default: exported_models)")
    options = _parsed(parser, arguments)
    from train import commands

    commands.sweep(commands.SweepOptions(**options))


COMMANDS = {"evaluate": _evaluate, "export": _export, "sweep": _sweep}


def main() -> None:
    """Run a command. A `TrainError` becomes one line of text and exit status 1."""
    console.spell_out()
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
    except NotImplementedError as error:
        # PyTorch's way of saying that an operator has not been written for a device.
        if "MPS" not in str(error):
            raise
        sys.exit(
            f"train: Apple's GPU cannot do all that this training needs "
            f"({str(error).splitlines()[0]}); set PYTORCH_ENABLE_MPS_FALLBACK=1 to do that on the "
            "CPU, or use --device cpu"
        )
    except KeyboardInterrupt:
        sys.exit("\ntrain: stopped; run the same command again to resume")


if __name__ == "__main__":
    main()
