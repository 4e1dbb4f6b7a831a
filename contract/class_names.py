"""The class that a name stands for: of a folder, or in the name of a file."""

from __future__ import annotations

import re

from contract.cifar10 import CLASSES

SYNONYMS = {
    "plane": "airplane",
    "aeroplane": "airplane",
    "auto": "automobile",
    "car": "automobile",
    "boat": "ship",
    "lorry": "truck",
}
FOLDER = " | "
"""Stands between a folder and a file in the name of an upload, in which a browser sends no `/`."""


def class_of(name: str) -> int | None:
    """The class, from 0 to 9, that a folder's name stands for; None if it stands for none.

    Case does not matter, a plural is understood, and so are the `SYNONYMS`.
    """
    word = name.strip().casefold()
    for form in (word, word.removesuffix("s")):
        label = SYNONYMS.get(form, form)
        if label in CLASSES:
            return CLASSES.index(label)
    return None


def class_in(path: str) -> int | None:
    """The class, from 0 to 9, that the path of a file tells; None if it tells none, or several.

    The nearest folder that is named after a class decides. Without one, the words in the file's own
    name do, if exactly one class is among them: `cat_001.png` tells a cat, `cat-and-dog.png` tells
    nothing.
    """
    *folders, file = re.split(r"[/\\]|" + re.escape(FOLDER), path)
    for folder in reversed(folders):
        label = class_of(folder)
        if label is not None:
            return label
    words = re.findall(r"[^\W\d_]+", file.rpartition(".")[0] or file)
    found = {label for label in map(class_of, words) if label is not None}
    return found.pop() if len(found) == 1 else None
