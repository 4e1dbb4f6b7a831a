"""The untrained network of a recipe.

Every network takes uint8 pictures `[batch, 32, 32, 3]`, RGB, and gives float32 logits
`[batch, 10]`. It normalises for itself, so that what is exported is what was trained.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train.networks.classic import Classic
from train.networks.modern import Modern
from train.recipe import ClassicNet, Recipe


def build(recipe: Recipe, seed: int, pictures: Tensor) -> nn.Module:
    """The untrained network of `recipe`: the same weights for the same seed, on any device.

    `pictures`: uint8 `[n, 32, 32, 3]` training pictures on a CPU, from which a whitening layer
    is set. The global random state is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if isinstance(recipe.network, ClassicNet):
            return Classic(recipe.network)
        network = Modern(recipe.network)
        network.whiten(pictures)
        return network
