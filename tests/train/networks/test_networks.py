from __future__ import annotations

import pytest
import torch
from torch import nn

from train.data.dataset import Cifar10
from train.networks import build, cost, modern, normalise
from train.recipe import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_pictures_in_logits_out(name: str, sample: Cifar10) -> None:
    network = build.build(RECIPES[name], 0, sample.train.images).eval()
    logits = network(sample.test.images[:3])
    assert logits.shape == (3, 10)
    assert logits.dtype == torch.float32


def test_default_keeps_to_the_limits(sample: Cifar10) -> None:
    network = build.build(RECIPES["default"], 0, sample.train.images)
    assert cost.parameters(network) <= 2_500_000
    assert cost.flops(network) <= 300_000_000


def test_flops_of_classic_by_hand(sample: Cifar10) -> None:
    network = build.build(RECIPES["classic"], 0, sample.train.images)
    first = 32 * 32 * 32 * 3 * 9
    second = 16 * 16 * 64 * 32 * 9
    assert cost.flops(network) == 2 * (first + second + 4096 * 128 + 128 * 10)


def test_a_seed_gives_the_same_weights_and_leaves_the_random_state(sample: Cifar10) -> None:
    before = torch.random.get_rng_state()
    one, two, other = (
        build.build(RECIPES["quick"], seed, sample.train.images).state_dict() for seed in (3, 3, 4)
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(one[key], two[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


def test_the_first_layer_whitens(sample: Cifar10) -> None:
    """Its first twelve outputs are uncorrelated and of variance at most one."""
    images = sample.train.images
    network = build.build(RECIPES["quick"], 0, images)
    assert isinstance(network, modern.Modern)
    whitened = network.whitening(network.normalise(images))[:, :12]
    values = whitened.permute(1, 0, 2, 3).reshape(12, -1).double()
    covariance = values @ values.T / values.shape[1]
    off_diagonal = covariance - torch.diag(covariance.diag())
    assert off_diagonal.abs().max() < 1e-3
    assert covariance.diag().max() < 1.001
    assert not network.whitening.weight.requires_grad


def test_normalise_standardises() -> None:
    layer = normalise.Normalise((0.5, 0.0, 1.0), (0.5, 1.0, 2.0))
    pixels = layer(torch.tensor([[[[255, 255, 255]]]], dtype=torch.uint8))
    assert pixels.flatten().tolist() == [1.0, 1.0, 0.0]


def test_every_trainable_parameter_has_an_optimizer(sample: Cifar10) -> None:
    from train.fitting import optimizers

    for recipe in RECIPES.values():
        network: nn.Module = build.build(recipe, 0, sample.train.images)
        held = [
            id(p)
            for optimizer in optimizers.optimizers(recipe.optimizer, network, torch.float32)
            for group in optimizer.param_groups
            for p in group["params"]
        ]
        trainable = [id(p) for p in network.parameters() if p.requires_grad]
        assert sorted(held) == sorted(trainable)
