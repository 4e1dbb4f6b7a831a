from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from contract.smoothing import (
    Convention,
    check_epsilon,
    loss_floor,
    others_only_epsilon,
    targets,
    uniform_mix_epsilon,
)


@pytest.mark.parametrize("epsilon", [-0.1, 1.0, 1.5, math.nan, math.inf])
def test_epsilon_outside_zero_to_one_is_refused(epsilon: float) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        check_epsilon(epsilon)


def test_a_tenth_for_ten_classes_is_nine_hundredths_in_the_other_convention() -> None:
    assert others_only_epsilon(0.1, 10) == pytest.approx(0.09)
    assert uniform_mix_epsilon(0.09, 10) == pytest.approx(0.1)


def test_others_only_may_take_more_than_any_mix_does() -> None:
    with pytest.raises(ValueError, match="below 1"):
        uniform_mix_epsilon(0.95, 10)


def test_targets_of_a_uniform_mix() -> None:
    rows = targets([0, 2, 3], 4, 0.1)
    expected = np.full((3, 4), 0.025)
    expected[[0, 1, 2], [0, 2, 3]] = 0.925
    np.testing.assert_allclose(rows, expected)
    rows = targets([1, 3, 4], 5, 0.1)
    assert rows.max(axis=1) == pytest.approx([0.92] * 3)
    assert rows.min(axis=1) == pytest.approx([0.02] * 3)


def test_targets_of_the_other_convention() -> None:
    np.testing.assert_allclose(
        targets([1], 5, 0.1, "others only"), [[0.025, 0.9, 0.025, 0.025, 0.025]]
    )
    np.testing.assert_allclose(targets([0], 3, 0.1, "others only"), [[0.9, 0.05, 0.05]])


@pytest.mark.parametrize("epsilon", [0.0, 0.05, 0.1, 0.5, 0.99])
def test_both_conventions_are_one_family(epsilon: float) -> None:
    labels = np.arange(10)
    mixed = targets(labels, 10, epsilon)
    np.testing.assert_allclose(mixed.sum(axis=1), 1)
    converted = others_only_epsilon(epsilon, 10)
    np.testing.assert_allclose(targets(labels, 10, converted, "others only"), mixed)
    assert np.array_equal(targets(labels, 10, 0.0), np.eye(10))


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5])
def test_targets_are_pytorchs(epsilon: float) -> None:
    logits = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 3, 1, 0])
    ours = torch.from_numpy(targets(labels.numpy(), 4, epsilon))
    theirs = F.cross_entropy(logits, labels, label_smoothing=epsilon)
    assert F.cross_entropy(logits, ours) == pytest.approx(theirs.item(), abs=1e-12)


def test_the_floor_is_the_loss_of_a_perfect_network() -> None:
    for epsilon in (0.0, 0.1, 0.5):
        perfect = torch.from_numpy(targets([2], 10, epsilon)).clamp(min=1e-300).log()
        loss = F.cross_entropy(perfect, torch.tensor([2]), label_smoothing=epsilon)
        assert loss_floor(epsilon, 10) == pytest.approx(loss.item(), abs=1e-9)


@pytest.mark.parametrize(
    ("labels", "epsilon", "said"),
    [
        ([[2]], 0.1, r"shape \(1, 1\)"),
        ([4], 0.1, "label 4 is not from 0 to 3"),
        ([-1], 0.1, "label -1"),
        ([0.5], 0.1, "must be integers"),
        ([0], -0.1, "ε is -0.1"),
        ([0], 1.0, "ε is 1"),
    ],
)
def test_bad_targets_are_refused_in_words(labels: Any, epsilon: float, said: str) -> None:
    for convention in get_args(Convention):
        with pytest.raises(ValueError, match=said):
            targets(labels, 4, epsilon, convention)
