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
class Augmentation:
    """The augmentation of training pictures. Zero or False turns a part of it off."""

    flip: bool
    """Whether to mirror each picture in every second epoch; a random half starts mirrored."""
    shift: int
    """The largest shift in pixels, in each direction; the border is filled by reflection."""
    cutout: int
    """The side in pixels of the square that is painted over."""


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
    augmentation=Augmentation(flip=True, shift=4, cutout=12),
    epochs=42,
    batch_size=500,
)

_QUICK = replace(
    _DEFAULT,
    name="quick",
    network=ModernNet(width=(24, 64, 64), depth=(2, 2, 2)),
    # 300 * (64 / 224)^2 and 25 * (64 / 224): a step then changes the logits as much as above.
    optimizer=replace(_MUON, head_learning_rate=25.0, bias_learning_rate=7.0),
    augmentation=Augmentation(flip=True, shift=2, cutout=0),
    epochs=3,
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
