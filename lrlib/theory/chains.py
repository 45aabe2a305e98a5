"""Text of known entropy: symbols drawn from a Markov chain."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np

from lrlib.rules import Count, checked, whole

CONCENTRATION = 4.0
Symbols = Annotated[int, whole(2)]


@dataclass(frozen=True)
class Chain:
    """A Markov chain of symbols 0..n-1: the next one depends on the last `order` ones.

    probabilities: (n,) * (order + 1), all > 0; [..., a, b, c] is that of c after ... a, b.

    >>> chain = Chain(np.array([[0.9, 0.1], [0.3, 0.7]]))
    >>> chain.stationary.round(6).tolist(), round(chain.entropy(0), 4), round(chain.entropy(1), 4)
    ([0.75, 0.25], 0.5623, 0.3965)
    """

    probabilities: np.ndarray

    @property
    def order(self) -> int:
        return self.probabilities.ndim - 1

    @cached_property
    def stationary(self) -> np.ndarray:
        """The long-run share of every context, shape (n,) * order: the fixed point of one more symbol."""
        n = len(self.probabilities)
        share = np.full((n,) * self.order, float(n) ** -self.order)
        change = np.inf
        while change > 1e-14:
            before, share = share, (share[..., None] * self.probabilities).sum(axis=0)
            change = np.abs(share - before).sum()
        return share / share.sum()

    def conditional(self, known: int) -> np.ndarray:
        """Probability of the next symbol given the `known` before it, 0..order: shape (n,) * (known + 1)."""
        joint = self._joint(known)
        return joint / joint.sum(axis=-1, keepdims=True)

    def entropy(self, known: int) -> float:
        """Mean nats of the next symbol to whoever sees the `known` before it: H(x_t | x_t-1 .. x_t-known).

        From `known = order` on it is the entropy rate, below which no predictor comes in the long run
        (Shannon 1948, A mathematical theory of communication, section 7).
        """
        known = min(known, self.order)
        return float(-(self._joint(known) * np.log(self.conditional(known))).sum())

    def loss(self, seen: np.ndarray, following: np.ndarray) -> np.ndarray:
        """Nats that the chain itself pays for each next symbol; seen: (batch, any); following: (batch,)."""
        known = min(seen.shape[1], self.order)
        last = seen[:, seen.shape[1] - known :]
        return -np.log(self.conditional(known)[(*last.T, following)])

    def _joint(self, known: int) -> np.ndarray:
        """Long-run shares of known + 1 successive symbols."""
        share = self.stationary[..., None] * self.probabilities
        return share.sum(axis=tuple(range(self.order - known)))

    def sample(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """A text of that length, int64, that starts in the stationary distribution."""
        n = len(self.probabilities)
        cumulative = self.probabilities.cumsum(axis=-1).reshape(-1, n)[:, :-1].tolist()
        context = int(rng.choice(n**self.order, p=self.stationary.reshape(-1)))
        text = []
        for u in rng.random(length).tolist():
            symbol = bisect(cumulative[context], u)
            text.append(symbol)
            context = (context * n + symbol) % n**self.order
        return np.array(text)


@checked
def random_chain(n_symbols: Symbols, order: Count, rng: np.random.Generator) -> Chain:
    """A random chain whose every further symbol of context says a little more, as in real text.

    Symbols have shares of 1 / rank; then, `order` times, every context of one more symbol gets probabilities
    drawn from a Dirichlet distribution around those of the shorter context, mixed with 2 % uniform (a
    hierarchical Dirichlet model: MacKay & Peto 1995, Natural Language Engineering 1).
    n_symbols: >= 2. order: >= 1. Raises ValueError for others.

    >>> chain = random_chain(4, 2, np.random.default_rng(0))
    >>> chain.order, len(chain.sample(100, np.random.default_rng(1)))
    (2, 100)
    """
    shares = 1 / np.arange(1, n_symbols + 1)
    shares /= shares.sum()
    for _ in range(order):
        drawn = rng.standard_gamma(CONCENTRATION * np.broadcast_to(shares, (n_symbols, *shares.shape)))
        shares = 0.98 * drawn / drawn.sum(axis=-1, keepdims=True) + 0.02 / n_symbols
    return Chain(shares)
