"""The edge of stability, and how far beyond the limit of a quadratic training still converges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrlib import theory
from lrlib.evidence import claims
from lrlib.evidence.edge import Network, largest_stable, train
from lrlib.evidence.verdicts import Measured

LOOKS = range(1500, 3001, 150)
WIDE = {"linear": 21, "relu": 41}  # how many rates are tried, a factor 2^(1/8) apart


@dataclass(frozen=True)
class Edge:
    """Runs whose sharpness is held against its limit."""

    network: Network
    rates: tuple[float, ...]
    seeds: range
    adam: bool = False

    def ratios(self) -> np.ndarray:
        """Sharpness over its limit, mean over the last half: (rates, seeds); 0 where a run diverged."""
        limit = theory.adam_limit if self.adam else theory.sgd_limit
        path = train(self.network, self.rates, self.seeds, LOOKS, self.adam)
        sharp = np.nan_to_num(path.sharpness).mean(axis=1).reshape(len(self.rates), -1)
        return sharp / np.array([[limit(rate)] for rate in self.rates])

    def measured(self) -> Measured:
        """The mean over rates, with its interval over seeds; parts: each rate."""
        found = self.ratios()
        parts = {
            f"rate {rate:g}": Measured.mean(row).numbers for rate, row in zip(self.rates, found, strict=True)
        }
        return Measured.mean(found.mean(axis=0), parts=parts)


CLEAN = Edge(Network(n_images=300), (0.04, 0.05, 0.07, 0.1, 0.14), range(2000, 2006))
NOISY = Edge(Network(n_images=600, random_labels=True), (0.05, 0.07, 0.1), range(2100, 2106))
ADAM = Edge(Network(n_images=300), (0.0005, 0.001, 0.002), range(2000, 2006), adam=True)


def _largest(activation: str, below: float = np.inf) -> Measured:
    multiples = 1.5 * 2 ** (np.arange(WIDE[activation]) / 8)
    network = Network((256,), activation, n_images=100)
    return Measured.mean(largest_stable(network, multiples, range(2000, 2008), 300, below))


claims.measures("sharpness-settles-at-two-over-the-rate", minutes=2, within=0.02)(CLEAN.measured)
claims.measures("sharpness-settles-where-there-is-more-to-learn", minutes=2, within=0.02)(NOISY.measured)
claims.measures("adam-settles-at-thirty-eight-over-the-rate", minutes=2, within=0.02)(ADAM.measured)
claims.measures("catapult-up-to-four", minutes=1, within=0.3)(lambda: _largest("linear"))
claims.measures("catapult-of-rectifiers-up-to-twelve", minutes=1, within=5.0)(
    lambda: _largest("relu", below=0.25)
)
