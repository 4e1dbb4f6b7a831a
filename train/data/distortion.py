"""Distortions of training pictures, like those of photographs, as a pure function of random draws.

A distorted picture goes through four stages, each with a chance of its own: a crop at another
scale, a loss of sharpness, noise, and another exposure and colour. Zoom, blur and lower resolution
are all linear and separable. Each is a 32x32 matrix that is applied to the rows and the columns of
a picture, so that a whole batch is two matrix products, on any device.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, fields

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from contract.cifar10 import PICTURE_SIZE
from train.recipe import Distortion

# Luma of ITU-R BT.601: what a picture without colour keeps.
_LUMA = (0.299, 0.587, 0.114)
_BLURS = 16
# All pictures of an epoch take their noise from one stretch of this many random numbers, each from
# another place, because 3,072 new ones for each picture take longer than all the rest.
_NOISE = 1 << 20
_PIXELS = 3 * PICTURE_SIZE * PICTURE_SIZE
_DOWN = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
# Not NEAREST, nor BOX, which enlarges in the same way: pixelation is one of the corruptions that
# training never sees, so that the report can tell how the pair copes with what is new to it.
_UP = (
    Image.Resampling.BILINEAR,
    Image.Resampling.HAMMING,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
)


@dataclass(frozen=True)
class Draws:
    """The random draws of one epoch, for n pictures. A stage that a picture skips has no effect."""

    zoom: Tensor
    """float32 `[n]`: the side of the crop in shares of the picture's side; 1 where skipped."""
    centre: Tensor
    """float32 `[n, 2]`: how far the crop's centre is moved down and right, in pixels."""
    sharpness: Tensor
    """int64 `[n]`: the index of the matrix in the bank of `sharpness_losses`; 0 where skipped."""
    brightness: Tensor
    """float32 `[n, 3]`: what is added to each channel, in shares of the range."""
    contrast: Tensor
    """float32 `[n]`: the factor of each pixel's distance from the picture's mean."""
    saturation: Tensor
    """float32 `[n]`: the factor of each pixel's distance from its grey value."""
    noise: Tensor
    """float32 `[n]`: the standard deviation of the noise, in shares of the range."""
    place: Tensor
    """int64 `[n]`: where in `numbers` the noise of a picture starts."""
    numbers: Tensor
    """float32: normally distributed numbers, shared by all pictures."""

    def to(self, device: torch.device) -> Draws:
        """The same draws on `device`."""
        return Draws(*(getattr(self, field.name).to(device) for field in fields(self)))


def draw(spec: Distortion, n: int, generator: torch.Generator) -> Draws:
    """The draws of an epoch for `n` pictures."""

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=generator)

    def stage(values: Tensor, without: float) -> Tensor:
        happens = torch.rand(n, generator=generator) < spec.chance
        return torch.where(happens.view(-1, *[1] * (values.dim() - 1)), values, without)

    def factor(low: float, high: float) -> Tensor:
        # As likely to double as to halve.
        return uniform(math.log(low), math.log(high), n).exp()

    bank = len(sharpness_losses(spec.blur, spec.resolution))
    return Draws(
        zoom=stage(factor(*spec.zoom), 1.0),
        centre=uniform(-1, 1, n, 2),
        sharpness=stage(torch.randint(1, bank, (n,), generator=generator).float(), 0.0).long(),
        brightness=stage(
            uniform(-spec.brightness, spec.brightness, n, 1) + uniform(-spec.cast, spec.cast, n, 3),
            0.0,
        ),
        contrast=stage(factor(*spec.contrast), 1.0),
        saturation=stage(uniform(0, spec.saturation, n), 1.0),
        noise=stage(uniform(0, spec.noise, n), 0.0),
        place=torch.randint(0, _NOISE, (n,), generator=generator),
        numbers=torch.randn(_NOISE + _PIXELS, generator=generator),
    )


def apply(spec: Distortion, images: Tensor, draws: Draws, chosen: Tensor) -> Tensor:
    """The distorted `images`, both uint8 `[b, 32, 32, 3]`; `chosen` int64 `[b]` are their draws."""
    bank = sharpness_losses(spec.blur, spec.resolution).to(images.device)
    sharpness = bank[draws.sharpness[chosen]]
    zoom = draws.zoom[chosen]
    rows, columns = (sharpness @ _crops(zoom, draws.centre[chosen, axis]) for axis in range(2))
    pixels = images.permute(0, 3, 1, 2).float() / 255
    pixels = rows[:, None] @ pixels @ columns[:, None].mT
    # A camera adds its noise to the light that it sees; exposure and colour are changed afterwards.
    places = draws.place[chosen, None] + torch.arange(_PIXELS, device=images.device)
    noise = draws.numbers[places].view_as(pixels)
    pixels = pixels + draws.noise[chosen].view(-1, 1, 1, 1) * noise
    luma = torch.tensor(_LUMA, device=images.device).view(1, 3, 1, 1)
    grey = (pixels * luma).sum(1, keepdim=True)
    pixels = grey + draws.saturation[chosen].view(-1, 1, 1, 1) * (pixels - grey)
    mean = pixels.mean((1, 2, 3), keepdim=True)
    pixels = mean + draws.contrast[chosen].view(-1, 1, 1, 1) * (pixels - mean)
    pixels = pixels + draws.brightness[chosen].view(-1, 3, 1, 1)
    return (255 * pixels).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


@functools.cache
def sharpness_losses(blur: float, resolution: int) -> Tensor:
    """All matrices of the stage of sharpness, float32 `[m, 32, 32]`; the first changes nothing.

    They blur with a Gaussian of up to `blur` pixels, or lower the resolution to between
    `resolution` and 30 pixels a side and enlarge again, by each combination of filters.
    """
    identity = np.eye(PICTURE_SIZE, dtype=np.float32)
    grid = np.arange(PICTURE_SIZE)
    found = [identity]
    for sigma in np.linspace(0, blur, _BLURS + 1)[1:]:
        reach = np.arange(-math.ceil(3 * sigma), math.ceil(3 * sigma) + 1)
        weights = np.exp(-0.5 * (reach / sigma) ** 2)
        matrix = np.zeros_like(identity)
        for offset, weight in zip(reach, weights / weights.sum(), strict=True):
            last = PICTURE_SIZE - 1
            np.add.at(matrix, (grid, last - np.abs(last - np.abs(grid + offset))), weight)
        found.append(matrix)
    # Pillow's own filters, because they are what resizes the pictures that people send.
    for side in range(resolution, PICTURE_SIZE - 1):
        for down in _DOWN:
            small = Image.fromarray(identity).resize((PICTURE_SIZE, side), down)
            found += [np.asarray(small.resize((PICTURE_SIZE, PICTURE_SIZE), up)) for up in _UP]
    return torch.from_numpy(np.stack(found))


def _crops(zoom: Tensor, centre: Tensor) -> Tensor:
    """The matrices, float32 `[b, 32, 32]`, that enlarge or reduce by linear interpolation.

    A crop that is smaller than the picture is enlarged, and its centre moved by as much of the
    margin as `centre` (-1 to 1) says. A larger one is reduced; the picture is continued outside by
    reflection.
    """
    half = (PICTURE_SIZE - 1) / 2
    grid = torch.arange(PICTURE_SIZE, device=zoom.device, dtype=torch.float32)
    middle = half + centre * half * (1 - zoom).abs()
    at = middle[:, None] + zoom[:, None] * (grid - half)
    last = PICTURE_SIZE - 1
    at = last - (last - at.abs()).abs()
    width = zoom.clamp(min=1)[:, None, None]
    weights = (1 - (at[:, :, None] - grid).abs() / width).clamp(min=0)
    return weights / weights.sum(2, keepdim=True)
