"""The optimizers of the recipes, and their learning-rate schedules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train.recipe import Adam, Muon

# Coefficients of the quintic Newton-Schulz iteration (Jordan et al. 2024, "Muon").
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 3


def orthogonalise(matrix: Tensor, dtype: torch.dtype) -> Tensor:
    """An approximation of the nearest semi-orthogonal matrix: its singular values are near 1.

    `matrix` is `[rows, columns]`; the result has its shape and dtype, and is computed in `dtype`
    (Jordan et al. 2024, "Muon").
    """
    a, b, c = NEWTON_SCHULZ
    x: Tensor = matrix.to(dtype)
    x = x / (x.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


class MuonFilters(torch.optim.Optimizer):
    """Muon for banks of filters; each bank's norm is reset to sqrt(filters) at every step.

    With a fixed norm and a batch norm after it, only a bank's direction matters. The learning rate
    is then the angle of a step, and no weight decay is needed (Jordan 2024, airbench).
    """

    def __init__(
        self, filters: list[nn.Parameter], learning_rate: float, momentum: float, dtype: torch.dtype
    ) -> None:
        super().__init__(filters, {"lr": learning_rate, "momentum": momentum})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        for group in self.param_groups:
            for bank in group["params"]:
                if bank.grad is None:
                    continue
                state = self.state[bank]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(bank.grad)
                average = state["momentum"]
                average.mul_(group["momentum"]).add_(bank.grad)
                direction = bank.grad.add(average, alpha=group["momentum"])
                bank.mul_(len(bank) ** 0.5 / bank.norm())
                turned = orthogonalise(direction.reshape(len(bank), -1), self.dtype)
                bank.add_(turned.view_as(bank), alpha=-group["lr"])


def optimizers(
    spec: Muon | Adam, network: nn.Module, dtype: torch.dtype
) -> list[torch.optim.Optimizer]:
    """The recipe's optimizers; each trainable parameter of `network` belongs to one of them.

    `dtype` is the number format of Muon's matrix products.
    """
    trainable = {name: p for name, p in network.named_parameters() if p.requires_grad}
    if isinstance(spec, Adam):
        return [torch.optim.Adam(trainable.values(), lr=spec.learning_rate)]
    filters = [p for p in trainable.values() if p.dim() == 4]
    heads = [p for p in trainable.values() if p.dim() == 2]
    biases = [p for p in trainable.values() if p.dim() == 1]

    def group(parameters: list[nn.Parameter], rate: float) -> dict[str, object]:
        # SGD multiplies its decay by the learning rate; the recipe's is per step.
        return {"params": parameters, "lr": rate, "weight_decay": spec.weight_decay / rate}

    rest = torch.optim.SGD(
        [group(biases, spec.bias_learning_rate), group(heads, spec.head_learning_rate)],
        momentum=spec.sgd_momentum,
        nesterov=True,
    )
    return [MuonFilters(filters, spec.learning_rate, spec.momentum, dtype), rest]


def rate_factor(spec: Muon | Adam, step: int, steps: int) -> float:
    """The factor, from 0 to 1, of the peak learning rates at `step`, which is 0 to `steps - 1`."""
    if isinstance(spec, Adam):
        return 1.0
    rising = max(1.0, spec.warm_up * steps)
    return min((step + 1) / rising, (steps - step) / max(1.0, steps - rising))
