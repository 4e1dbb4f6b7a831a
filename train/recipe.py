"""A recipe is everything that decides what is trained, but the seed and ε; and the named recipes.

A frozen recipe is saved beside what it made. The one number that differs between the twins, ε,
is no part of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal


@dataclass(frozen=True)
class ModernNet:
    """Whitened first layer, three groups of convolutions, global maximum, one linear layer."""

    width: tuple[int, int, int]
    """Channels of each group."""
    depth: tuple[int, int, int]
    """Convolutions in each group; those after the first are a residual branch."""


@dataclass(frozen=True)
class ClassicNet:
    """Two convolutions, each with ReLU and 2x2 pooling, and two linear layers."""

    width: tuple[int, int]
    hidden: int


@dataclass(frozen=True)
class Augmentation:
    """How a training batch is altered; all zero and False for not at all."""

    flip: bool
    """Mirror each picture in every second epoch, which half of them first being drawn by lot."""
    shift: int
    """Move by up to so many pixels each way, reflecting at the border."""
    cutout: int
    """Side in pixels of the square that is painted over."""


@dataclass(frozen=True)
class Muon:
    """Orthogonalised momentum for the filters, SGD with Nesterov momentum for the rest."""

    learning_rate: float
    """Peak, for filters, whose norm is held fixed: the share of a filter bank that a step turns."""
    momentum: float
    head_learning_rate: float
    """For the linear layer. Large, because its output is divided by its width (train.models), and
    so is every gradient that passes it, down to the biases: a fair value grows with the square of
    the width here, and with the width for the biases."""
    bias_learning_rate: float
    sgd_momentum: float
    weight_decay: float
    """Per step, not times the learning rate: for the linear layer and the biases."""
    warm_up: float
    """Share of all steps in which the rates rise from 0 before they fall to 0, both linearly."""
    kind: Literal["muon"] = "muon"


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015) at a constant learning rate."""

    learning_rate: float
    kind: Literal["adam"] = "adam"


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights but the seed, ε and the data."""

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
    # 300 * (64 / 224)^2 and 25 * (64 / 224): the same steps of the logits at this width.
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
