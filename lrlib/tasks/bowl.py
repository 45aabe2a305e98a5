"""The noisy quadratic bowl, whose expected loss is known exactly."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from lrlib.rules import Curvatures, NotNegative
from lrlib.tasks.core import NOISE, Batches, NotZero, Task, named


@named
def quadratic(
    curvatures: Curvatures = (1.0, 0.3, 0.1, 0.03, 0.01), noise: NotNegative = 1.0, start: NotZero = 1.0
) -> Task:
    """A noisy bowl: loss = 1/2 sum_i h_i x_i^2, seen through gradients h_i x_i + sqrt(h_i) * noise * z_i.

    `curvatures` h_i > 0, so the largest stable rate is 2 / max(h); z_i is standard normal, drawn anew at
    every step; every x_i starts at `start`, which may not be the minimum, 0. Held-out loss is the exact,
    noiseless loss, its floor is 0, and the constant guess is the starting point. The expected loss under any
    schedule has a closed recursion: `lrlib.theory.expected_loss`.
    """
    h = torch.tensor(curvatures, dtype=torch.float64)

    def batches(seed: int, steps: int) -> Batches:
        z = np.random.default_rng([seed, NOISE]).standard_normal((steps, len(h)))
        pushes = torch.from_numpy(z) * noise * h.sqrt()
        return Batches(pushes, torch.zeros(steps, dtype=torch.float64), torch.arange(steps)[:, None])

    return Task(
        name="quadratic",
        model=lambda seed: Bowl(h, start),
        loss=lambda output, target: (output - target).mean(),
        batches=batches,
        heldout=(torch.zeros(1, len(h), dtype=torch.float64), torch.zeros(1, dtype=torch.float64)),
        guess=float((h * start**2).sum() / 2),
        unit="loss units",
        floor=0.0,
    )


class Bowl(nn.Module):
    """x -> 1/2 sum h x^2 + push . x for each push in a batch, shape (batch, dims) -> (batch,)."""

    curvatures: Tensor

    def __init__(self, curvatures: Tensor, start: float):
        super().__init__()
        self.x = nn.Parameter(torch.full_like(curvatures, start))
        self.register_buffer("curvatures", curvatures.clone())

    def forward(self, pushes: Tensor) -> Tensor:
        return (self.curvatures * self.x**2).sum() / 2 + pushes @ self.x
