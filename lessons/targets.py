"""What label smoothing does to a label, in both conventions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from contract.console import table
from contract.smoothing import Convention, others_only_epsilon, targets
from lessons.table import claims

CASES: tuple[tuple[list[int], int, float, Convention], ...] = (
    ([0, 2, 3], 4, 0.1, "uniform mix"),
    ([1, 3, 4], 5, 0.1, "uniform mix"),
    ([1], 5, 0.1, "others only"),
    ([0], 3, 0.1, "others only"),
)


def main() -> None:
    """Print the lesson."""
    for labels, classes, epsilon, convention in CASES:
        print(f"{convention}, K = {classes}, ε = {epsilon}")
        rows = targets(labels, classes, epsilon, convention)
        header = ("label", *(str(k) for k in range(classes)))
        cells = [[f"{p:.3f}" for p in row] for row in rows]
        print(table(header, [(str(y), *row) for y, row in zip(labels, cells, strict=True)]))
        print()
    print("Others-only smoothing with ε' = ε(K-1)/K gives the same targets as a uniform mix of ε.")
    converted = others_only_epsilon(0.1, 10)
    same = np.allclose(targets([3], 10, 0.1), targets([3], 10, converted, "others only"))
    print(f"K = 10: ε = 0.1 in PyTorch is ε' = {converted:.2f}; same targets: {_yes(same)}\n")
    mixed = targets([0, 2, 3], 4, 0.1)
    print(
        claims(
            [
                ("K=4, ε=0.1, uniform mix, at the label", "0.925", f"{mixed[0, 0]:.3f}"),
                ("K=4, ε=0.1, uniform mix, elsewhere", "0.025", f"{mixed[0, 1]:.3f}"),
                ("each row sums to", "1", f"{mixed.sum(axis=1).max():g}"),
                ("ε=0 is the one-hot label", "yes", _yes(targets([1], 4, 0)[0].max() == 1)),
            ]
        )
    )
    print("\nInvalid input, and the error it gives:")
    refused: tuple[tuple[ArrayLike, float], ...]
    refused = (([[2]], 0.1), ([4], 0.1), ([0.5], 0.1), ([0], -0.1), ([0], 1.0))
    for bad, epsilon in refused:
        try:
            targets(bad, 4, epsilon)
        except ValueError as error:
            print(f"- labels {bad}, ε {epsilon}: {error}")


def _yes(answer: object) -> str:
    return "yes" if answer else "no"
