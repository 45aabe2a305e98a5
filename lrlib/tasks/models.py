"""Small models, float64, in torch's own initialisation under a seed. None keeps state between calls.

Weights are drawn in float64: in float32 torch draws normal numbers by another formula where the processor has
vector units, and the weights of a seed would differ by 1e-6 between machines.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from lrlib.tasks.draws import seeded


def mlp(sizes: tuple[int, ...], seed: int) -> nn.Sequential:
    """A ReLU MLP of the given layer sizes, float64, in torch's own initialisation under `seed`.

    >>> sum(weights.numel() for weights in mlp((64, 32, 10), seed=0).parameters())
    2410
    """
    with seeded(seed):
        layers: list[nn.Module] = []
        for width_in, width_out in pairwise(sizes):
            layers += [nn.Linear(width_in, width_out, dtype=torch.float64), nn.ReLU()]
        return nn.Sequential(*layers[:-1])


def cnn(seed: int) -> nn.Sequential:
    """28x28 grey images (batch, 1, 28, 28) -> ten logits: two strided convolutions and a linear layer."""
    with seeded(seed):
        return nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=5, stride=2, padding=2, dtype=torch.float64),
            nn.ReLU(),
            nn.Conv2d(8, 24, kernel_size=3, stride=2, padding=1, dtype=torch.float64),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(24 * 7 * 7, 10, dtype=torch.float64),
        )


def character_mlp(n_symbols: int, window: int, seed: int, width: int = 16, hidden: int = 128) -> nn.Module:
    """A window of symbols (batch, window) -> logits of the next one (batch, n_symbols).

    Every symbol becomes a vector of `width`; the vectors, side by side, go through two hidden ReLU layers
    (Bengio et al. 2003, A neural probabilistic language model, JMLR 3).
    """
    with seeded(seed):
        return nn.Sequential(
            nn.Embedding(n_symbols, width, dtype=torch.float64),
            nn.Flatten(),
            *mlp((window * width, hidden, hidden, n_symbols), seed),
        )


class Attention(nn.Module):
    """Causal self-attention, softmax(q k' / sqrt(d)) v with no look ahead; (batch, time, width) kept.

    Vaswani et al. 2017, arXiv:1706.03762, section 3.2, in plain matrix products.
    """

    def __init__(self, width: int, heads: int, context: int):
        super().__init__()
        self.heads = heads
        self.read = nn.Linear(width, 3 * width, dtype=torch.float64)
        self.write = nn.Linear(width, width, dtype=torch.float64)
        self.register_buffer("ahead", torch.ones(context, context).triu(1).bool(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        parts = self.read(x).reshape(batch, time, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        seen = scores.masked_fill(self.ahead, float("-inf")).softmax(-1)
        return self.write((seen @ value).transpose(1, 2).reshape(batch, time, width))


class Transformer(nn.Module):
    """One pre-LN block with learned positions; symbols (batch, context) -> logits (batch, context, symbols).

    x = x + attention(norm(x)); x = x + mlp(norm(x)); logits = linear(norm(x)); in float64.
    Xiong et al. 2020, arXiv:2002.04745, figure 1b.
    """

    def __init__(self, n_symbols: int, context: int, width: int = 32, heads: int = 2):
        super().__init__()
        norm, linear = (partial(layer, dtype=torch.float64) for layer in (nn.LayerNorm, nn.Linear))
        self.symbols = nn.Embedding(n_symbols, width, dtype=torch.float64)
        self.positions = nn.Parameter(torch.randn(context, width, dtype=torch.float64))
        self.attend = nn.Sequential(norm(width), Attention(width, heads, context))
        self.think = nn.Sequential(norm(width), linear(width, 4 * width), nn.ReLU(), linear(4 * width, width))
        self.predict = nn.Sequential(norm(width), linear(width, n_symbols))

    def forward(self, symbols: Tensor) -> Tensor:
        x = self.symbols(symbols) + self.positions
        x = x + self.attend(x)
        x = x + self.think(x)
        return self.predict(x)


def character_transformer(n_symbols: int, context: int, seed: int) -> Transformer:
    """A `Transformer`, initialised under `seed`."""
    with seeded(seed):
        return Transformer(n_symbols, context)
