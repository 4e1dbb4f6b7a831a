from __future__ import annotations

from dataclasses import replace

import torch

from train.data import augmentation
from train.data.augmentation import Draws
from train.data.dataset import Cifar10
from train.recipe import Augmentation

NOTHING = Augmentation(flip=False, shift=0, cutout=0)
ALL = Augmentation(flip=True, shift=4, cutout=8)
FIRST = slice(0, 50)


def by_hand(n: int, flip: bool = False, shift: tuple[int, int] = (0, 0)) -> Draws:
    return Draws(
        order=torch.arange(n),
        flip=torch.full((n,), flip),
        shift=torch.tensor([shift] * n),
        cutout=torch.zeros(n, 2, dtype=torch.int64),
    )


def test_nothing_changes_nothing_but_the_order(sample: Cifar10) -> None:
    images = sample.train.images
    draws = augmentation.draw(NOTHING, len(images), seed=1, epoch=0)
    assert sorted(draws.order.tolist()) == list(range(len(images)))
    altered = augmentation.apply(NOTHING, images, draws, FIRST)
    assert torch.equal(altered, images[draws.order[FIRST]])


def test_flip_mirrors_left_and_right(sample: Cifar10) -> None:
    images = sample.train.images[:4]
    altered = augmentation.apply(NOTHING, images, by_hand(4, flip=True), slice(0, 4))
    assert torch.equal(altered, images.flip(2))


def test_shift_moves_down_and_right_and_reflects(sample: Cifar10) -> None:
    images = sample.train.images[:4]
    altered = augmentation.apply(NOTHING, images, by_hand(4, shift=(3, 1)), slice(0, 4))
    assert torch.equal(altered[:, 3:, 1:], images[:, :-3, :-1])
    assert torch.equal(altered[:, 2, 1:], images[:, 1, :-1])  # the row above the first: row 1
    assert torch.equal(altered[:, 3:, 0], images[:, :-3, 1])


def test_cutout_paints_a_square_that_may_stick_out(sample: Cifar10) -> None:
    images = sample.train.images[:2]
    draws = replace(by_hand(2), cutout=torch.tensor([[5, 6], [-3, 28]]))
    altered = augmentation.apply(replace(NOTHING, cutout=8), images, draws, slice(0, 2))
    painted = (altered == torch.tensor(augmentation.MEAN_COLOUR, dtype=torch.uint8)).all(-1)
    assert painted[0, 5:13, 6:14].all()
    assert painted[1, :5, 28:].all()
    assert torch.equal(altered[0, :, :6], images[0, :, :6])
    assert torch.equal(altered[1, 5:], images[1, 5:])


def test_draws_depend_on_seed_and_epoch_alone() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        return augmentation.draw(ALL, 200, seed, epoch).order.tolist()

    torch.manual_seed(5)
    first = order(0, 3)
    torch.manual_seed(6)
    assert order(0, 3) == first
    assert order(0, 4) != first
    assert order(1, 3) != first


def test_each_picture_is_mirrored_in_every_second_epoch() -> None:
    flips = [augmentation.draw(ALL, 200, 0, epoch).flip for epoch in range(3)]
    assert torch.equal(flips[0], ~flips[1])
    assert torch.equal(flips[0], flips[2])
    assert 60 < int(flips[0].sum()) < 140
