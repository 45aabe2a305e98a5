"""Full-batch training of many small networks at once, with the sharpness of each: what rates do to curvature.

The first images of scikit-learn's digits, pixels in -1..1, one-hot targets; the loss is 1/2 the squared
distance of output and target, mean over images. Networks have no biases, weights of variance 1 / inputs, in
float64; a run is a rate and a seed, and all runs go side by side in one program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from lrlib import theory
from lrlib.rules import Refused, unknown

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda x: x}
CLASSES = 10


@dataclass(frozen=True)
class Network:
    """A network without biases. widths: of its hidden layers. activation: one of ACTIVATIONS.

    random_labels: every second image has one, drawn from the seed of its run.
    """

    widths: tuple[int, ...] = (32, 32)
    activation: str = "tanh"
    n_images: int = 500
    random_labels: bool = False

    def __post_init__(self):
        if self.activation not in ACTIVATIONS:
            raise Refused(unknown("activation", self.activation, ACTIVATIONS))

    def data(self, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Images, (n_images, 64), and one-hot targets, (runs, n_images, 10)."""
        from sklearn.datasets import load_digits

        bunch = load_digits()
        labels = np.tile(bunch.target[: self.n_images], (len(seeds), 1))
        if self.random_labels:
            for own, seed in zip(labels, seeds, strict=True):
                own[::2] = np.random.default_rng([seed, 1]).integers(0, CLASSES, len(own[::2]))
        images = torch.from_numpy(bunch.data[: self.n_images] / 8 - 1)
        return images, torch.from_numpy(np.eye(CLASSES)[labels])

    def weights(self, seeds: Sequence[int]) -> list[Tensor]:
        """A stack of weights a layer, (runs, inputs, outputs); a run's are drawn from its seed."""
        drawn = [np.random.default_rng(seed) for seed in seeds]
        sizes = (64, *self.widths, CLASSES)
        return [
            torch.from_numpy(np.stack([rng.standard_normal(pair) for rng in drawn]) / pair[0] ** 0.5)
            for pair in pairwise(sizes)
        ]

    def losses(self, weights: Sequence[Tensor], data: tuple[Tensor, Tensor]) -> Tensor:
        """The loss of each run, (runs,)."""
        x, y = data
        for w in weights[:-1]:
            x = ACTIVATIONS[self.activation](x @ w)
        return (x @ weights[-1] - y).square().sum(-1).mean(-1) / 2

    def sharpness(self, weights: Sequence[Tensor], data: tuple[Tensor, Tensor], run: int = 0,
                  denominators=None) -> float:  # fmt: skip
        """The largest eigenvalue of one run's Hessian, or of P^-1 H for Adam: see `theory.sharpness`."""
        own = [w[run : run + 1].detach().requires_grad_() for w in weights]
        return theory.sharpness(self.losses(own, (data[0], data[1][run : run + 1]))[0], own, denominators)

    def start(self, seed: int) -> float:
        """The sharpness of a seed's network before training."""
        return self.sharpness(self.weights([seed]), self.data([seed]))


@dataclass(frozen=True)
class Path:
    """What runs did. updates: where they were looked at, (looks,). losses, sharpness: (runs, looks).

    Sharpness is that of Adam's preconditioned Hessian where Adam trained; nan where a loss is not finite.
    """

    updates: np.ndarray
    losses: np.ndarray
    sharpness: np.ndarray


def train(
    network: Network, rates: Sequence[float], seeds: Sequence[int], looks: Sequence[int], adam: bool = False
) -> Path:
    """Train a run for each rate and seed, the seeds of the first rate first, and look at some updates.

    looks: update numbers, rising; training ends at the last. adam: with beta1 0.9, beta2 0.999, epsilon 1e-8
    and bias corrections as `torch.optim.Adam`; else plain gradient descent.
    """
    data = network.data([*seeds] * len(rates))
    weights = [w.repeat(len(rates), 1, 1).requires_grad_() for w in network.weights(seeds)]
    groups = [_Rates(w, np.repeat(rates, len(seeds)), adam) for w in weights]
    found = []
    for t in range(looks[-1] + 1):
        losses = network.losses(weights, data)
        if t in looks:
            found.append(_look(network, weights, data, losses.detach().numpy(), groups))
        _advance(losses, groups)
    losses, sharp = np.moveaxis(np.array(found), 0, -1)
    return Path(np.asarray(looks), losses, sharp)


class _Rates:
    """Steps of a stack of weights, each run at its own rate, by gradient descent or Adam."""

    def __init__(self, weights: Tensor, rates: np.ndarray, adam: bool):
        self.weights, self.rates, self.adam = weights, torch.from_numpy(rates)[:, None, None], adam
        self.m, self.v, self.t = torch.zeros_like(weights), torch.zeros_like(weights), 0

    @torch.no_grad()
    def step(self, slope: Tensor) -> None:
        self.t += 1
        if self.adam:
            self.m.lerp_(slope, 1 - 0.9)
            self.v.mul_(0.999).addcmul_(slope, slope, value=1 - 0.999)
            slope = self.m / (1 - 0.9**self.t) / self.denominators
        self.weights -= self.rates * slope

    @property
    def denominators(self) -> Tensor:
        return (self.v / (1 - 0.999 ** max(self.t, 1))).sqrt() + 1e-8


def _advance(losses: Tensor, groups: list[_Rates]) -> None:
    slopes = torch.autograd.grad(losses.sum(), [group.weights for group in groups])
    for group, slope in zip(groups, slopes, strict=True):
        group.step(slope)


def _look(network, weights, data, losses, groups) -> tuple[np.ndarray, np.ndarray]:
    def sharp(run: int) -> float:
        if not np.isfinite(losses[run]):
            return np.nan
        flat = torch.cat([group.denominators[run].ravel() for group in groups]).numpy()
        return network.sharpness(weights, data, run, flat if groups[0].adam and groups[0].t else None)

    return losses, np.array([sharp(run) for run in range(len(losses))])


def largest_stable(
    network: Network, multiples: Sequence[float], seeds: Sequence[int], updates: int, below: float = np.inf
) -> np.ndarray:
    """Of each seed the largest multiple of 1 / (sharpness at the start) up to which all rates converge.

    A run converges where its loss after `updates` is finite, below its first and below `below`; 0 where none
    does.
    """
    multiples = np.asarray(multiples)
    return np.array([_largest(network, multiples, seed, updates, below) for seed in seeds])


def _largest(network: Network, multiples: np.ndarray, seed: int, updates: int, below: float) -> float:
    data = network.data([seed] * len(multiples))
    weights = [w.repeat(len(multiples), 1, 1).requires_grad_() for w in network.weights([seed])]
    groups = [_Rates(w, multiples / network.start(seed), adam=False) for w in weights]
    first = network.losses(weights, data).detach()
    for _ in range(updates):
        _advance(network.losses(weights, data), groups)
    last = network.losses(weights, data).detach()
    converges = (last < first.clamp(max=below)).numpy()
    return max(multiples[np.cumprod(converges).astype(bool)], default=0.0)
