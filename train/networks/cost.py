"""The size of a network: its parameters, and its operations for one picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contract.cifar10 import PICTURE_SIZE


def parameters(network: nn.Module) -> int:
    """The number of parameters of `network`, including frozen ones."""
    return sum(p.numel() for p in network.parameters())


@torch.no_grad()
def flops(network: nn.Module) -> int:
    """The multiplications plus additions in convolutions and linear layers for one picture."""
    total = 0

    def count(layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        weights = layer.weight
        assert isinstance(weights, Tensor)
        total += 2 * weights[0].numel() * output[0].numel()

    hooks = [
        layer.register_forward_hook(count)
        for layer in network.modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()(torch.zeros(1, PICTURE_SIZE, PICTURE_SIZE, 3, dtype=torch.uint8, device=device))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return total
