"""Checkpoints: one file for each run, replaced atomically after every epoch.

After a kill at any moment, or with a full disk, the last complete checkpoint is still there.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from train.errors import TrainError
from train.files import write_whole
from train.fitting.loop import Epoch, Trainer, TwinEpoch

FILE = "checkpoint.pt"
FORMAT = 1
# The exceptions of torch.load, and of reading its result, for all kinds of damaged files.
_UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
)


def save(folder: Path, trainer: Trainer, identity: dict[str, Any]) -> None:
    """Replace the checkpoint in `folder`. Raises `TrainError` if it cannot be written."""
    content = {
        "format": FORMAT,
        "identity": identity,
        "history": [_epoch_as_dict(epoch) for epoch in trainer.history],
        "twins": {name: twin.state_dict() for name, twin in trainer.twins.items()},
    }
    target = folder / FILE
    packed = io.BytesIO()
    torch.save(content, packed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(target, packed.getvalue())
    except OSError as error:
        kept = (
            f"the checkpoint of an earlier epoch is still in {target}"
            if target.exists()
            else "nothing was written"
        )
        raise TrainError(
            f"the checkpoint cannot be written to {target} ({_reason(error)}); {kept}; free "
            "some space or name another folder with --runs, and run the same command again"
        ) from error


def restore(folder: Path, trainer: Trainer, identity: dict[str, Any]) -> bool:
    """Load the checkpoint in `folder` into `trainer`; return False if there is no checkpoint.

    Raises `TrainError` if the checkpoint belongs to another run than `identity` describes, or
    cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return False
    try:
        content = torch.load(path, map_location=trainer.hardware.device, weights_only=True)
        saved = content["identity"]
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}, not {FORMAT}")
    except _UNREADABLE as error:
        raise TrainError(
            f"{path} is not a checkpoint of this program ({_reason(error)}); delete {folder} to "
            "train from the start"
        ) from error
    if different := difference(saved, identity):
        raise TrainError(
            f"{folder} holds a run with another {different}; delete that folder to train from the "
            "start, or name another with --runs"
        )
    for name, twin in trainer.twins.items():
        twin.load_state_dict(content["twins"][name])
    trainer.history[:] = [_epoch_from_dict(epoch) for epoch in content["history"]]
    return True


def difference(saved: dict[str, Any], now: dict[str, Any]) -> str:
    """The first entry that differs, such as `recipe.epochs (30, now 32)`, or an empty string."""
    for key in sorted(saved.keys() | now.keys()):
        before, after = saved.get(key), now.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            if inner := difference(before, after):
                return f"{key}.{inner}"
        elif before != after:
            return f"{key} ({before}, now {after})"
    return ""


def _reason(error: BaseException) -> str:
    if isinstance(error, pickle.UnpicklingError):
        return "it is damaged"  # PyTorch's own text advises to load it without safety
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.splitlines()[0] if text else type(error).__name__


def _epoch_as_dict(epoch: Epoch) -> dict[str, Any]:
    return {
        "number": epoch.number,
        "seconds": epoch.seconds,
        "twins": {name: vars(twin) for name, twin in epoch.twins.items()},
    }


def _epoch_from_dict(saved: dict[str, Any]) -> Epoch:
    twins = {name: TwinEpoch(**figures) for name, figures in saved["twins"].items()}
    return Epoch(number=saved["number"], seconds=saved["seconds"], twins=twins)
