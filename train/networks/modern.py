"""The network of the recipes `default`, `quick` and `small`, based on airbench (Jordan 2024)."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from contract.cifar10 import CLASSES
from train.networks.normalise import CIFAR10_MEAN, CIFAR10_STD, Normalise
from train.recipe import ModernNet

# Added to each variance, so that whitening does not amplify the directions that hardly vary in
# clean pictures, and with them any noise. A hundredth of it cost much accuracy on noisy pictures
# (docs/log.md).
WHITENING_FLOOR = 0.05
# These give 4.8 million patches: enough for a 12x12 covariance, and they need little memory.
WHITENING_PICTURES = 5000


class ConvGroup(nn.Module):
    """A convolution with 2x2 max-pooling, then a residual branch of `depth - 1` convolutions."""

    def __init__(self, channels_in: int, channels: int, depth: int) -> None:
        super().__init__()
        widths = [channels_in] + [channels] * depth
        convs = [nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in itertools.pairwise(widths)]
        norms = [nn.BatchNorm2d(channels) for _ in range(depth)]
        for norm in norms:
            # The convolution before it has a fixed norm, and the next layer can learn any scale.
            norm.weight.requires_grad_(False)
        for conv in convs:
            # Partly the identity, so that signals pass from the first step on (Zagoruyko and
            # Komodakis 2017).
            nn.init.dirac_(conv.weight.data[: conv.in_channels])
        self.convs = nn.ModuleList(convs)
        self.norms = nn.ModuleList(norms)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.gelu(self.norms[0](self.pool(self.convs[0](x))))
        branch = x
        last = len(self.convs) - 1
        for index in range(1, last + 1):
            branch = self.norms[index](self.convs[index](branch))
            if index < last:
                branch = F.gelu(branch)
        return F.gelu(x + branch) if last else x


class Modern(nn.Module):
    """Whitened first layer, groups of convolutions, global maximum, one linear layer.

    The first layer whitens 2x2 patches and is never trained: `whiten` sets it from pictures.
    """

    def __init__(self, spec: ModernNet) -> None:
        super().__init__()
        patch = 3 * 2 * 2
        self.normalise = Normalise(CIFAR10_MEAN, CIFAR10_STD)
        self.whitening = nn.Conv2d(3, 2 * patch, 2, bias=False)
        self.whitening.weight.requires_grad_(False)
        widths = (2 * patch, *spec.width)
        self.groups = nn.Sequential(*map(ConvGroup, widths[:-1], spec.width, spec.depth))
        self.head = nn.Linear(spec.width[-1], len(CLASSES), bias=False)
        nn.init.normal_(self.head.weight)
        self.head_scale = 1 / spec.width[-1]

    @torch.no_grad()
    def whiten(self, pictures: Tensor) -> None:
        """Set the first layer to the principal directions of patches, scaled to unit variance.

        `pictures` are uint8 `[n, 32, 32, 3]`. Both signs of each direction are kept, because the
        activation that follows is not an odd function (Jordan 2024, section 3.2).
        """
        pixels = self.normalise(pictures[:WHITENING_PICTURES])
        patches = F.unfold(pixels, 2).transpose(1, 2).reshape(-1, 12).double()
        covariance = patches.T @ patches / len(patches)
        variances, directions = torch.linalg.eigh(covariance)
        filters = (directions / torch.sqrt(variances + WHITENING_FLOOR)).T.reshape(12, 3, 2, 2)
        self.whitening.weight.copy_(torch.cat([filters, -filters]).float())

    def features(self, pictures: Tensor) -> Tensor:
        """The input of the linear layer: float `[batch, width]`."""
        x: Tensor = self.groups(F.gelu(self.whitening(self.normalise(pictures))))
        return x.amax(dim=(2, 3)).float()

    def forward(self, pictures: Tensor) -> Tensor:
        features = self.features(pictures)
        # In float32 even under autocast: ten columns cost nothing, and logits keep their digits.
        with torch.autocast(pictures.device.type, enabled=False):
            logits: Tensor = self.head(features) * self.head_scale
        return logits
