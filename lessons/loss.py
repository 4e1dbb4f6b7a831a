"""Why label smoothing raises the training loss: its targets are never certain."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from contract.smoothing import loss_floor
from lessons.table import claims

LOGITS = (2.0, 0.5, 0.3)
LABEL = 0
CLAIMED = {0.0: 0.3406, 0.05: 0.3939, 0.1: 0.4473, 0.2: 0.5540, 0.5: 0.8739}


def measured(epsilon: float) -> float:
    """The cross-entropy of `LOGITS` against the smoothed target, in nats."""
    logits, label = torch.tensor([LOGITS], dtype=torch.float64), torch.tensor([LABEL])
    return float(F.cross_entropy(logits, label, label_smoothing=epsilon))


def main() -> None:
    """Print the lesson."""
    print(f"Logits {list(LOGITS)}, class {LABEL}; losses in nats.\n")
    rows = [
        (f"loss at ε = {epsilon:<4g} (floor {loss_floor(epsilon, 3):.4f})", f"{said:.4f}",
         f"{measured(epsilon):.4f}")
        for epsilon, said in CLAIMED.items()
    ]  # fmt: skip
    print(claims(rows))
    print(
        "\nThe floor is the entropy of the target: no network can have a smaller loss. So a higher "
        "training\nloss of the smoothed model does not mean that it learned less."
    )
