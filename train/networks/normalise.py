"""The first step of every network: uint8 pictures to standardised floats."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Mean and deviation of each channel over the 50,000 training pictures, pixels from 0 to 1.
CIFAR10_MEAN = (0.4914, 0.4822, 0.4465)
CIFAR10_STD = (0.2470, 0.2435, 0.2616)


class Normalise(nn.Module):
    """Standardises uint8 `[batch, height, width, 3]` to float `[batch, 3, height, width]`."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        # The permuted view of a contiguous NHWC tensor is what PyTorch calls channels-last.
        pixels = pictures.permute(0, 3, 1, 2).to(torch.float32) / 255
        return (pixels - self.mean) / self.std
