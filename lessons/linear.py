"""The smallest training run: three rows, one linear layer, ε = 0.1."""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn import functional as F

from lessons.table import claims

INPUTS = ((1.0, 2.0, 3.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
LABELS = (2, 0, 1)
EPOCHS = 5


def train() -> tuple[list[float], list[int]]:
    """The loss of each epoch before its step, and the predicted classes after training."""
    torch.manual_seed(0)
    layer = nn.Linear(3, 3)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    inputs, labels = torch.tensor(INPUTS), torch.tensor(LABELS)
    losses = []
    for _ in range(EPOCHS):
        optimizer.zero_grad()
        loss = F.cross_entropy(layer(inputs), labels, label_smoothing=0.1)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    return losses, layer(inputs).argmax(dim=1).tolist()


def main() -> None:
    """Print the lesson."""
    losses, predicted = train()
    for epoch, loss in enumerate(losses, 1):
        print(f"epoch {epoch}: loss {loss:.4f}")
    print(f"predicted classes {predicted}, true classes {list(LABELS)}\n")
    falls = all(a > b for a, b in itertools.pairwise(losses))
    print(
        claims(
            [
                ("first loss", "1.0057", f"{losses[0]:.4f}"),
                ("fifth loss", "0.9148", f"{losses[-1]:.4f}"),
                ("falls every epoch", "yes", "yes" if falls else "no"),
            ]
        )
    )
