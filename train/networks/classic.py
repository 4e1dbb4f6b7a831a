"""The network of the recipe `classic`: the small network of many tutorials."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from contract.cifar10 import CLASSES, PICTURE_SIZE
from train.networks.normalise import Normalise
from train.recipe import ClassicNet


class Classic(nn.Module):
    """Two convolutions with ReLU and 2x2 max-pooling, and two linear layers."""

    def __init__(self, spec: ClassicNet) -> None:
        super().__init__()
        first, second = spec.width
        self.normalise = Normalise((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        self.first = nn.Conv2d(3, first, 3, padding=1)
        self.second = nn.Conv2d(first, second, 3, padding=1)
        self.hidden = nn.Linear(second * (PICTURE_SIZE // 4) ** 2, spec.hidden)
        self.head = nn.Linear(spec.hidden, len(CLASSES))

    def features(self, pictures: Tensor) -> Tensor:
        """The input of the last linear layer: float `[batch, hidden]`."""
        x = F.max_pool2d(F.relu(self.first(self.normalise(pictures))), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        return F.relu(self.hidden(x.flatten(1))).float()

    def forward(self, pictures: Tensor) -> Tensor:
        features = self.features(pictures)
        with torch.autocast(pictures.device.type, enabled=False):
            logits: Tensor = self.head(features)
        return logits
