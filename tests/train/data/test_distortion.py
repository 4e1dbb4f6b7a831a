from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from train.data import augmentation, distortion
from train.data.dataset import Cifar10
from train.data.distortion import Draws
from train.recipe import Augmentation, Distortion

SPEC = Distortion(
    share=0.5,
    chance=0.35,
    zoom=(0.5, 1.3),
    blur=1.6,
    resolution=10,
    brightness=0.35,
    cast=0.08,
    contrast=(0.25, 1.5),
    saturation=1.6,
    noise=0.2,
)
PLAIN = Augmentation(flip=False, shift=0, cutout=0)


def nothing(n: int) -> Draws:
    """Draws in which no stage happens."""
    return Draws(
        zoom=torch.ones(n),
        centre=torch.zeros(n, 2),
        sharpness=torch.zeros(n, dtype=torch.int64),
        brightness=torch.zeros(n, 3),
        contrast=torch.ones(n),
        saturation=torch.ones(n),
        noise=torch.zeros(n),
        place=torch.zeros(n, dtype=torch.int64),
        numbers=torch.ones(3 * 32 * 32),
    )


def distorted(images: Tensor, **changed: Tensor) -> Tensor:
    draws = replace(nothing(len(images)), **changed)
    return distortion.apply(SPEC, images, draws, torch.arange(len(images)))


@pytest.fixture
def images(sample: Cifar10) -> Tensor:
    return sample.train.images[:6]


def test_no_stage_changes_no_pixel(images: Tensor) -> None:
    assert torch.equal(distorted(images), images)


def test_the_middle_of_a_picture_is_enlarged(images: Tensor) -> None:
    found = distorted(images, zoom=torch.full((6,), 0.5)).int()
    # The centre of the picture lies between its pixels, so the crop has 16 of them a side.
    for before, after in zip(images, found, strict=True):
        middle = Image.fromarray(before[8:24, 8:24].numpy())
        right = torch.from_numpy(np.array(middle.resize((32, 32), Image.Resampling.BILINEAR)))
        assert (after - right.int())[4:-4, 4:-4].abs().float().mean() < 6


def test_a_crop_goes_where_its_centre_is(images: Tensor) -> None:
    centre = torch.tensor([[-1.0, -1.0]] * 6)
    corner = distorted(images, zoom=torch.full((6,), 0.5), centre=centre)
    assert torch.equal(corner[:, 0, 0], images[:, 0, 0])


def test_a_wider_crop_repeats_the_picture_by_reflection(images: Tensor) -> None:
    found = distorted(images, zoom=torch.full((6,), 1.3)).float()
    assert (found.mean((1, 2)) - images.float().mean((1, 2))).abs().max() < 25
    assert found.std() < images.float().std()


def test_sharpness_is_lost_as_pillow_would(images: Tensor) -> None:
    bank = distortion.sharpness_losses(SPEC.blur, SPEC.resolution)
    assert torch.equal(bank[0], torch.eye(32))
    # Each matrix leaves a flat picture flat.
    assert torch.allclose(bank.sum(2), torch.ones(len(bank), 32), atol=1e-4)
    last = torch.full((6,), len(bank) - 1)
    found = distorted(images, sharpness=last).int()
    for before, after in zip(images, found, strict=True):
        picture = Image.fromarray(before.numpy())
        small = picture.resize((30, 30), Image.Resampling.BICUBIC)
        right = np.asarray(small.resize((32, 32), Image.Resampling.LANCZOS), np.int32)
        assert np.abs(after.numpy() - right).mean() < 1


def test_exposure_and_colour(images: Tensor) -> None:
    lighter = distorted(images, brightness=torch.full((6, 3), 0.2)).int()
    assert torch.equal(lighter, (images.int() + 51).clamp(0, 255))
    grey = distorted(images, saturation=torch.zeros(6))
    assert torch.equal(grey[..., 0], grey[..., 1])
    assert torch.equal(grey[..., 0], grey[..., 2])
    flat = distorted(images, contrast=torch.full((6,), 0.25)).float()
    before = images.float()
    assert torch.allclose(flat.std((1, 2, 3)), before.std((1, 2, 3)) / 4, rtol=0.02)
    assert torch.allclose(flat.mean((1, 2, 3)), before.mean((1, 2, 3)), atol=0.5)


def test_noise_has_the_deviation_that_was_drawn() -> None:
    grey = torch.full((4, 32, 32, 3), 128, dtype=torch.uint8)
    numbers = torch.randn(3 * 32 * 32 + 10, generator=torch.Generator().manual_seed(0))
    noise = torch.tensor([0.05, 0.1, 0.05, 0.05])
    place = torch.tensor([0, 0, 10, 0])
    found = distorted(grey, noise=noise, numbers=numbers, place=place).float()
    assert torch.allclose(found.std((1, 2, 3)) / 255, noise, rtol=0.05)
    assert torch.equal(found[0], found[3])
    assert not torch.equal(found[0], found[2])  # from another place


def test_strengths_are_as_the_recipe_says() -> None:
    draws = distortion.draw(SPEC, 20_000, torch.Generator().manual_seed(0))
    for name, without in {"zoom": 1, "contrast": 1, "saturation": 1, "noise": 0}.items():
        happens = getattr(draws, name) != without
        assert happens.float().mean().item() == pytest.approx(SPEC.chance, abs=0.02), name
    assert SPEC.zoom[0] <= draws.zoom.min() < 0.51
    assert 1.29 < draws.zoom.max() <= SPEC.zoom[1]
    assert 0.19 < draws.noise.max() <= SPEC.noise
    assert draws.brightness.abs().max() <= SPEC.brightness + SPEC.cast
    used = set(draws.sharpness.tolist())
    assert len(used) == len(distortion.sharpness_losses(SPEC.blur, SPEC.resolution))


def test_a_share_of_each_batch_is_distorted(sample: Cifar10) -> None:
    images = sample.train.images
    spec = replace(PLAIN, distortion=replace(SPEC, share=0.3, chance=1.0))
    draws = augmentation.draw(spec, len(images), seed=0, epoch=0)
    altered = augmentation.apply(spec, images, draws, slice(0, 50))
    same = (altered == images[draws.order[:50]]).flatten(1).all(1)
    assert same.tolist() == [False] * 15 + [True] * 35


def test_the_same_seed_and_epoch_give_the_same_pictures(sample: Cifar10) -> None:
    images = sample.train.images
    spec = replace(PLAIN, distortion=SPEC)

    def batch(seed: int, epoch: int) -> Tensor:
        draws = augmentation.draw(spec, len(images), seed, epoch)
        return augmentation.apply(spec, images, draws, slice(0, 50))

    torch.manual_seed(1)
    first = batch(0, 3)
    torch.manual_seed(2)
    assert torch.equal(batch(0, 3), first)
    assert not torch.equal(batch(0, 4), first)


def test_distortion_leaves_the_other_draws_as_they_were() -> None:
    """So recipes with and without it can be compared on the same order, flips and shifts."""
    without = augmentation.draw(PLAIN, 100, 0, 1)
    with_it = augmentation.draw(replace(PLAIN, distortion=SPEC), 100, 0, 1)
    for field in fields(without):
        if field.name != "distortion":
            assert torch.equal(getattr(without, field.name), getattr(with_it, field.name))


def test_smaller_pictures_have_the_same_colours(images: Tensor) -> None:
    small = augmentation.reduce(images, 24)
    assert small.shape == (6, 24, 24, 3)
    assert small.dtype == torch.uint8
    before, after = (pictures.float().mean((1, 2)) for pictures in (images, small))
    assert torch.allclose(before, after, atol=1.5)
