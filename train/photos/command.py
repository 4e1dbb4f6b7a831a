"""`python -m train evaluate --pictures FOLDER`."""

from __future__ import annotations

from pathlib import Path

from train.export.published import PUBLISHED
from train.files import write_whole, writing
from train.photos import folder, text
from train.photos.measure import measure


def evaluate(pictures: Path, models: Path | None, json: Path | None) -> None:
    """Print what the pair in `models` (by default the published one) makes of labelled photos.

    They lie in the folder `pictures`, one folder a class. The same goes to the file `json`, if one
    is named. Raises `TrainError` for what the user can correct.
    """
    measured = measure(pictures, folder.read(pictures), models or PUBLISHED)
    print(text.of(measured))
    if json is not None:
        with writing(json.parent):
            write_whole(json, f"{measured.model_dump_json(indent=1)}\n".encode())
        print(f"\nwritten to {json}")
