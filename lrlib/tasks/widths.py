"""Networks of any width, in the usual parametrisation and in muP, which is made to keep a tuned rate."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn

from lrlib.rules import Count, one_of
from lrlib.tasks.core import Task, classification, named
from lrlib.tasks.draws import seeded
from lrlib.tasks.tables import digits

# Powers of width / base for input, hidden and output layer: of its factor, and of its first weights.
SCALINGS = {
    "standard": ((0, 0, 0), (0, 0, 0)),
    "muP for SGD": ((0.5, 0, -0.5), (-0.5, 0, 0)),
    "muP for Adam": ((0, -1, -1), (0, 1, 0.5)),
}
Scaling = Annotated[str, one_of(*SCALINGS)]


@named
def digits_wide(
    width: Count = 64, scaling: Scaling = "standard", base: Count = 64, batch_size: Count = 32
) -> Task:
    """`digits`, for an MLP with two hidden layers of `width` units, no biases, and one rate for all layers.

    A layer computes r^a (W x) with r = width / base, and its weights start as r^b times torch's own. A factor
    c in front of a layer multiplies its rate by c^2 for SGD and by c for Adam, so (a, b) stand for rates and
    first weights of each layer: `SCALINGS`, for input, hidden and output layer. "standard" is all zeros. In
    both muP the output's first weights fall as 1 / r beside what they are in `base`, the others as usual;
    rates are, in units of the one that is given:

      muP for SGD: r, 1, 1 / r.    muP for Adam: 1, 1 / r, 1 / r.

    At `width = base` all scalings are one network. Yang & Hu 2021, arXiv:2011.14522; Yang et al. 2022,
    arXiv:2203.03466, table 3.
    """
    task = digits(batch_size=batch_size)
    model = partial(scaled_mlp, (64, width, width, 10), scaling, width / base)
    return classification("digits_wide", model, task.batches, task.heldout, 10)


class Times(nn.Module):
    """x -> factor * x."""

    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


def scaled_mlp(sizes: tuple[int, ...], scaling: str, ratio: float, seed: int) -> nn.Sequential:
    """A ReLU MLP of three layers without biases, float64, scaled as in `digits_wide`, under `seed`.

    >>> [layer.factor for layer in scaled_mlp((4, 8, 8, 2), "muP for Adam", 2.0, seed=0)[1::3]]
    [1.0, 0.5, 0.5]
    """
    with seeded(seed):
        layers: list[nn.Module] = []
        for (into, out), power, start in zip(pairwise(sizes), *SCALINGS[scaling], strict=True):
            layer = nn.Linear(into, out, bias=False, dtype=torch.float64)
            with torch.no_grad():
                layer.weight.mul_(ratio**start)
            layers += [layer, Times(ratio**power), nn.ReLU()]
        return nn.Sequential(*layers[:-1])
