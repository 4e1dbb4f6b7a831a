"""A pipeline for tabular data, stage by stage: smoothed labels, a small network, one row's path.

The data are synthetic: 1,000 rows of 10 normally distributed features. A linear rule with noise
gives each row one of 3 classes, so part of it can be learned and part of it cannot.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from contract.console import table
from contract.smoothing import targets
from lessons.table import claims

ROWS, FEATURES, CLASSES = 1000, 10, 3
TRAIN = 800
EPOCHS, BATCH = 5, 32
CLAIMED_LOSS = (1.20, 0.95, 0.80, 0.70, 0.62)
CLAIMED_ACCURACY = (0.55, 0.65, 0.72, 0.78, 0.82)


@dataclass(frozen=True)
class Data:
    """The synthetic rows with their labels."""

    inputs: Tensor
    """The features, `[1000, 10]`."""
    labels: Tensor
    """The classes, `[1000]`, from 0 to 2."""
    smoothed: Tensor
    """The smoothed labels, `[1000, 3]`: 0.9 at the label, 0.05 elsewhere."""


def make() -> Data:
    """The synthetic data, which are always the same."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(ROWS, FEATURES, generator=generator)
    rule = torch.randn(FEATURES, CLASSES, generator=generator)
    noise = torch.randn(ROWS, CLASSES, generator=generator)
    labels = (inputs @ rule + noise).argmax(dim=1)
    smoothed = targets(labels.numpy(), CLASSES, 0.1, "others only")
    return Data(inputs, labels, torch.from_numpy(smoothed).float())


def network() -> nn.Sequential:
    """The untrained network, with the same weights every time."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(FEATURES, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, CLASSES)
    )


def train(net: nn.Module, data: Data) -> list[tuple[float, float, float]]:
    """Train `net`; return the mean training loss, training and test accuracy of each epoch."""
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(1)
    history = []
    for _ in range(EPOCHS):
        total = 0.0
        for index in torch.split(torch.randperm(TRAIN, generator=generator), BATCH):
            optimizer.zero_grad()
            # Targets are probabilities, because PyTorch has no option for others-only smoothing.
            loss = nn.functional.cross_entropy(net(data.inputs[index]), data.smoothed[index])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.item() * len(index)
        with torch.no_grad():
            right = (net(data.inputs).argmax(dim=1) == data.labels).float()
        history.append((total / TRAIN, right[:TRAIN].mean().item(), right[TRAIN:].mean().item()))
    return history


def trace(net: nn.Sequential, row: Tensor) -> list[tuple[str, Tensor]]:
    """The values of one row after each stage, with the name of the stage."""
    stages = [("input", row)]
    with torch.no_grad():
        for layer in net:
            stages.append((str(layer), layer(stages[-1][1])))
    return [*stages, ("softmax", torch.softmax(stages[-1][1], dim=0))]


def main() -> None:
    """Print the lesson."""
    data = make()
    print(f"inputs {list(data.inputs.shape)}, first row {_numbers(data.inputs[0])}")
    print(f"labels {list(data.labels.shape)}, first {int(data.labels[0])}")
    print(f"smoothed {list(data.smoothed.shape)}, first row {_numbers(data.smoothed[0])}")
    print(f"training rows {TRAIN}, test rows {ROWS - TRAIN}\n")
    net = network()
    history = train(net, data)
    rows = [
        (str(epoch), f"{loss:.3f}", f"{seen:.1%}", f"{unseen:.1%}")
        for epoch, (loss, seen, unseen) in enumerate(history, 1)
    ]
    print(table(("epoch", "loss", "accuracy", "test accuracy"), rows))
    print(f"\nOne test row, class {int(data.labels[TRAIN])}, stage by stage:")
    for name, value in trace(net, data.inputs[TRAIN]):
        print(f"- {name} {list(value.shape)}: {_numbers(value)}")
    print(f"- its smoothed label: {_numbers(data.smoothed[TRAIN])}\n")
    print(
        claims(
            [
                *(
                    (f"loss, epoch {i}", f"{said:.2f}", f"{found[0]:.2f}")
                    for i, (said, found) in enumerate(zip(CLAIMED_LOSS, history, strict=True), 1)
                ),
                *(
                    (f"accuracy, epoch {i}", f"{said:.2f}", f"{found[1]:.2f}")
                    for i, (said, found) in enumerate(
                        zip(CLAIMED_ACCURACY, history, strict=True), 1
                    )
                ),
            ]
        )
    )
    print(
        "\nThe claim does not say which data it is about; the measured figures are of these "
        "synthetic rows."
    )


def _numbers(values: Tensor) -> str:
    return "[" + ", ".join(f"{value:.2f}" for value in values.tolist()) + "]"
