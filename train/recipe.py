"""Training recipes: everything that decides the trained weights except the data, seed and ε.

The recipe is saved with what it produced. ε is not part of it, because it is the only difference
between the two models.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True)
class ModernNet:
    """A network of a whitened first layer, three groups of convolutions and one linear layer."""

    width: tuple[int, int, int]
    """The channels of each group."""
    depth: tuple[int, int, int]
    """The convolutions in each group; those after the first form a residual branch."""


@dataclass(frozen=True)
class ClassicNet:
    """A network of two convolutions, each with ReLU and 2x2 pooling, and two linear layers."""

    width: tuple[int, int]
    hidden: int


@dataclass(frozen=True)
class Distortion:
    """Distortions like those of photographs, on a share of the training pictures."""

    share: float
    """The share of the pictures in each batch that is distorted; the others stay as they are."""
    chance: float
    """The chance of each stage, independently, for a picture of that share: a crop at another
    scale, a loss of sharpness, another exposure and colour (three stages), and noise."""
    zoom: tuple[float, float]
    """The smallest and largest side of the crop, in shares of the picture's side."""
    blur: float
    """The largest standard deviation of a blur, in pixels."""
    resolution: int
    """The least number of pixels a side that the resolution is lowered to."""
    brightness: float
    """The most that is added to all pixels or taken from them, in shares of the range."""
    cast: float
    """The same for each colour channel by itself."""
    contrast: tuple[float, float]
    """The smallest and largest factor of contrast."""
    saturation: float
    """The largest factor of saturation; the smallest is 0, which leaves a grey picture."""
    noise: float
    """The largest standard deviation of the noise, in shares of the range."""


@dataclass(frozen=True)
class Augmentation:
    """The augmentation of training pictures. Zero, False or None turns a part of it off."""

    flip: bool
    """Whether to mirror each picture in every second epoch; a random half starts mirrored."""
    shift: int
    """The largest shift in pixels, in each direction; the border is filled by reflection."""
    cutout: int
    """The side in pixels of the square that is painted over."""
    distortion: Distortion | None = None


@dataclass(frozen=True)
class Muon:
    """Orthogonalised momentum for the filters, SGD with Nesterov momentum for the rest."""

    learning_rate: float
    """The peak rate for filters: how far a step turns a filter bank, whose norm is fixed."""
    momentum: float
    head_learning_rate: float
    """The peak rate of the linear layer. It is large because the layer's output is divided by its
    width (train.networks.modern), and so is every gradient that passes through it. A suitable rate
    grows with the square of the width; for the biases it grows with the width."""
    bias_learning_rate: float
    sgd_momentum: float
    weight_decay: float
    """The share that a step at the peak rate takes off the linear layer and the biases."""
    warm_up: float
    """The share of steps in which the rates rise linearly from 0; then they fall linearly to 0."""
    kind: Literal["muon"] = "muon"


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015) at a constant learning rate."""

    learning_rate: float
    kind: Literal["adam"] = "adam"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the trained weights except the data, seed and ε."""

    name: str
    network: ModernNet | ClassicNet
    optimizer: Muon | Adam
    augmentation: Augmentation
    epochs: int
    batch_size: int
    coarse: tuple[float, int] | None = None
    """The share of the epochs, from the first, in which pictures are trained on with a smaller
    side, and that side in pixels. The network takes any size, and small ones are faster."""

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON-ready values."""
        return asdict(self)


_MUON = Muon(
    learning_rate=0.07,
    momentum=0.6,
    head_learning_rate=300.0,
    bias_learning_rate=25.0,
    sgd_momentum=0.85,
    weight_decay=0.001,
    warm_up=0.15,
)
_DEFAULT = Recipe(
    name="default",
    network=ModernNet(width=(64, 224, 224), depth=(2, 3, 3)),
    optimizer=_MUON,
    augmentation=Augmentation(
        flip=True,
        shift=4,
        cutout=0,
        distortion=Distortion(
            share=0.5,
            chance=0.35,
            zoom=(0.55, 1.25),
            blur=1.6,
            resolution=10,
            brightness=0.35,
            cast=0.08,
            contrast=(0.25, 1.5),
            saturation=1.6,
            noise=0.2,
        ),
    ),
    epochs=50,
    batch_size=500,
    coarse=(0.6, 24),
)

_QUICK = replace(
    _DEFAULT,
    name="quick",
    network=ModernNet(width=(24, 64, 64), depth=(2, 2, 2)),
    # 300 * (64 / 224)^2 and 25 * (64 / 224): a step then changes the logits as much as above.
    optimizer=replace(_MUON, head_learning_rate=25.0, bias_learning_rate=7.0),
    augmentation=Augmentation(flip=True, shift=2, cutout=0),
    epochs=3,
    coarse=None,
)

RECIPES: dict[str, Recipe] = {
    "default": _DEFAULT,
    "quick": _QUICK,
    # For `sweep` on a CPU: 35 networks in about two hours on 2 cores.
    "small": replace(_QUICK, name="small", epochs=10),
    "classic": Recipe(
        name="classic",
        network=ClassicNet(width=(32, 64), hidden=128),
        optimizer=Adam(learning_rate=0.001),
        augmentation=Augmentation(flip=False, shift=0, cutout=0),
        epochs=10,
        batch_size=128,
    ),
}
