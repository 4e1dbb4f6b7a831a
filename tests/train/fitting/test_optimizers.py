from __future__ import annotations

import pytest
import torch
from torch import nn

from train.fitting import optimizers
from train.recipe import RECIPES, Adam, Muon

MUON = RECIPES["default"].optimizer


@pytest.mark.parametrize("shape", [(8, 32), (32, 8), (16, 16)])
def test_orthogonalised_singular_values_are_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    turned = optimizers.orthogonalise(torch.randn(shape), torch.float32)
    values = torch.linalg.svdvals(turned)
    assert turned.shape == shape
    assert values.max() < 1.4
    assert values.median() > 0.5


def test_a_muon_step_goes_downhill_and_holds_the_norm() -> None:
    torch.manual_seed(0)
    bank = nn.Parameter(torch.randn(8, 4, 3, 3))
    target = torch.randn(8, 4, 3, 3)
    target *= 8**0.5 / target.norm()
    optimizer = optimizers.MuonFilters([bank], 0.05, 0.6, torch.float32)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (bank - target).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[1]
    assert bank.detach().norm().item() == pytest.approx(8**0.5, rel=0.1)


def test_rates_rise_from_near_nothing_and_fall_to_near_nothing() -> None:
    assert isinstance(MUON, Muon)
    factors = [optimizers.rate_factor(MUON, step, 1000) for step in range(1000)]
    top = factors.index(max(factors))
    assert max(factors) == pytest.approx(1, abs=0.01)
    assert top == pytest.approx(MUON.warm_up * 1000, abs=2)
    assert factors[0] < 0.01
    assert 0 < factors[-1] < 0.01
    assert factors[:top] == sorted(factors[:top])
    assert factors[top:] == sorted(factors[top:], reverse=True)


def test_adam_keeps_its_rate() -> None:
    assert optimizers.rate_factor(Adam(0.001), 5, 10) == 1
