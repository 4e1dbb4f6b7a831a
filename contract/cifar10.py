"""CIFAR-10's classes, in the order that is used everywhere, and the size of its pictures."""

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
"""The height and width of a picture in pixels. It has three channels: red, green and blue."""
