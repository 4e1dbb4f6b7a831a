"""The untrained network of a recipe.

Every network takes uint8 RGB pictures `[batch, 32, 32, 3]` and returns float32 logits
`[batch, 10]`. Normalisation is part of the network, so the exported file includes it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train.networks.classic import Classic
from train.networks.modern import Modern
from train.recipe import ClassicNet, Recipe


def build(recipe: Recipe, seed: int, pictures: Tensor) -> nn.Module:
    """The untrained network of `recipe`. The same seed gives the same weights on any device.

    `pictures` are training pictures on a CPU, uint8 `[n, 32, 32, 3]`; a whitening layer is set from
    them. The global random state does not change.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if isinstance(recipe.network, ClassicNet):
            return Classic(recipe.network)
        network = Modern(recipe.network)
        network.whiten(pictures)
        return network
