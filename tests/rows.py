"""Rows of a sweep that was never trained."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from contract.artifacts.sweep import Row

ROW = Row(
    recipe="small",
    seed=0,
    label_noise=0.0,
    epsilon=0.0,
    train_loss=0.25,
    train_accuracy=0.95,
    largest_fall=0.01,
    accuracy=0.9,
    confidence=0.93,
    nll=0.31,
    ece=0.03,
    signed_gap=0.03,
    aurc=0.012,
    sure_mistakes=0.02,
    temperature=1.25,
    nll_scaled=0.29,
    ece_scaled=0.008,
    sure_mistakes_scaled=0.01,
)


def grid(seeds: int = 5) -> list[Row]:
    rng = np.random.default_rng(0)
    return [
        replace(ROW, seed=seed, epsilon=epsilon, accuracy=0.9 + step + float(rng.normal(0, 0.002)))
        for seed in range(seeds)
        for epsilon, step in ((0.0, 0.0), (0.1, 0.0005), (0.5, -0.03))
    ]
