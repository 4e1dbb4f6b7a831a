"""CIFAR-10's classes, in the one order that is used everywhere, and the size of its pictures."""

from __future__ import annotations

CLASSES: tuple[str, ...] = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
PICTURE_SIZE = 32
"""Height and width of a picture, in pixels; it has three channels, red, green and blue."""
