"""Augmentation of batches on the device, as a pure function of pictures and random draws.

All random numbers of an epoch are drawn at its start, on a CPU, from the seed and the epoch's
number alone. So every device and both models see the same pictures, and an interrupted run needs no
saved random state to resume.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from contract.cifar10 import PICTURE_SIZE
from train.data import distortion
from train.recipe import Augmentation

# The mean colour of CIFAR-10's training pictures: after normalisation, it is zero.
MEAN_COLOUR = (125, 123, 114)


@dataclass(frozen=True)
class Draws:
    """The random draws of one epoch, for n pictures."""

    order: Tensor
    """int64 `[n]`: a permutation of 0 to n-1."""
    flip: Tensor
    """bool `[n]`: whether to mirror."""
    shift: Tensor
    """int64 `[n, 2]`: how far to move down and right, in pixels."""
    cutout: Tensor
    """int64 `[n, 2]`: the first row and column of the painted square; may be negative."""
    distortion: distortion.Draws | None = None
    """The draws of the distortions; None if there are none."""

    def to(self, device: torch.device) -> Draws:
        """The same draws on `device`."""
        distorted = None if self.distortion is None else self.distortion.to(device)
        return Draws(
            self.order.to(device),
            self.flip.to(device),
            self.shift.to(device),
            self.cutout.to(device),
            distorted,
        )


def draw(spec: Augmentation, n: int, seed: int, epoch: int) -> Draws:
    """The random draws of an epoch. Flips alternate between epochs (Jordan 2024, section 3.6)."""
    once = torch.Generator().manual_seed(seed)
    flip = torch.randint(0, 2, (n,), generator=once).bool() ^ bool(epoch % 2)
    # Golden-ratio hashing spreads (seed, epoch); PyTorch uses its low 32 bits on a CPU.
    each = torch.Generator().manual_seed((seed * 0x9E3779B1 + epoch + 1) * 0x85EBCA6B % 2**63)
    order = torch.randperm(n, generator=each)
    shift = torch.randint(-spec.shift, spec.shift + 1, (n, 2), generator=each)
    # The centre may be any pixel, so the square may extend past the border (DeVries and Taylor
    # 2017).
    centre = torch.randint(0, PICTURE_SIZE, (n, 2), generator=each)
    mirrored = flip if spec.flip else torch.zeros_like(flip)
    distorted = None if spec.distortion is None else distortion.draw(spec.distortion, n, each)
    return Draws(order, mirrored, shift, centre - spec.cutout // 2, distorted)


def apply(spec: Augmentation, images: Tensor, draws: Draws, batch: slice) -> Tensor:
    """The augmented pictures, uint8 `[b, 32, 32, 3]`, at positions `batch` of the epoch's order.

    `images` are all the training pictures, uint8 `[n, 32, 32, 3]`, on the device of `draws`.
    """
    chosen = draws.order[batch]
    device = images.device
    grid = torch.arange(PICTURE_SIZE, device=device)
    shift = draws.shift[chosen]
    rows = _reflect(grid - shift[:, :1])
    columns = _reflect(grid - shift[:, 1:])
    columns = torch.where(draws.flip[chosen][:, None], PICTURE_SIZE - 1 - columns, columns)
    altered = images[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
    if spec.cutout:
        first = draws.cutout[chosen]
        in_rows = (grid >= first[:, :1]) & (grid < first[:, :1] + spec.cutout)
        in_columns = (grid >= first[:, 1:]) & (grid < first[:, 1:] + spec.cutout)
        painted = in_rows[:, :, None, None] & in_columns[:, None, :, None]
        colour = torch.tensor(MEAN_COLOUR, dtype=torch.uint8, device=device)
        altered = torch.where(painted, colour, altered)
    if spec.distortion is not None and draws.distortion is not None:
        # The order is random, so the first pictures of a batch are a random share of it.
        part = round(spec.distortion.share * len(chosen))
        found = distortion.apply(spec.distortion, altered[:part], draws.distortion, chosen[:part])
        altered = torch.cat([found, altered[part:]])
    return altered


def reduce(images: Tensor, side: int) -> Tensor:
    """The pictures, uint8 `[b, 32, 32, 3]`, with fewer pixels: uint8 `[b, side, side, 3]`."""
    pixels = images.permute(0, 3, 1, 2).float()
    small = F.interpolate(pixels, (side, side), mode="bilinear", antialias=True)
    return small.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def _reflect(index: Tensor) -> Tensor:
    """`index` with values outside 0 to 31 reflected inside, without repeating the border pixel."""
    last = PICTURE_SIZE - 1
    return last - (last - index.abs()).abs()
