"""The edge of stability by whole Hessians of plain torch modules, and the catapult by gradients in NumPy."""

from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from tests.evidence.ways import Way


def data(n):
    bunch = load_digits()
    return bunch.data[:n] / 8 - 1, np.eye(10)[bunch.target[:n]]


def drawn(seed, *sizes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(pair) / pair[0] ** 0.5 for pair in pairwise(sizes)]


def hovering(make, rate, limit, seed, n_images=300, random_labels=False, updates=2200):
    """Sharpness over its limit late in a plain run."""
    x, y = data(n_images)
    if random_labels:
        y[::2] = np.eye(10)[np.random.default_rng([seed, 1]).integers(0, 10, len(y[::2]))]
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    model = nn.Sequential(
        *[layer for w in drawn(seed, 64, 32, 32, 10) for layer in (linear(w), nn.Tanh())][:-1]
    )
    optimizer = make(model.parameters(), rate)
    for _ in range(updates):
        optimizer.zero_grad()
        loss = (model(x) - y).square().sum(-1).mean() / 2
        loss.backward()
        optimizer.step()
    return largest(model, x, y, optimizer) / limit


def linear(w):
    layer = nn.Linear(*w.shape, bias=False, dtype=torch.float64)
    layer.weight.data = torch.from_numpy(w.T.copy())
    return layer


def largest(model, x, y, optimizer):
    """The largest eigenvalue of the whole Hessian, scaled as Adam's next update does, or not at all."""
    names, shapes = zip(*[(name, p.shape) for name, p in model.named_parameters()], strict=True)
    sizes = [shape.numel() for shape in shapes]

    def loss(flat):
        parts = [part.view(shape) for part, shape in zip(flat.split(sizes), shapes, strict=True)]
        out = torch.func.functional_call(model, dict(zip(names, parts, strict=True)), x)
        return (out - y).square().sum(-1).mean() / 2

    flat = torch.cat([p.detach().ravel() for p in model.parameters()])
    hessian = torch.func.jacrev(torch.func.grad(loss), chunk_size=64)(flat)
    if isinstance(optimizer, torch.optim.Adam):
        states = [optimizer.state[p] for p in model.parameters()]
        v = torch.cat([s["exp_avg_sq"].ravel() / (1 - 0.999 ** int(s["step"])) for s in states])
        root = (v.sqrt() + 1e-8) ** -0.5
        hessian = root[:, None] * hessian * root
    return float(torch.linalg.eigvalsh(hessian)[-1])


def by_hand(activation, derivative, highest, below=np.inf, seeds=(2000, 2001)):
    """The largest rate that trains, times the sharpness at the start, by gradients in NumPy."""
    x, y = data(100)
    return np.mean(
        [flight(x, y, *drawn(seed, 64, 256, 10), activation, derivative, highest, below) for seed in seeds]
    )


def flight(x, y, u, v, activation, derivative, highest, below):
    def slopes(u, v):
        hidden = x @ u
        gap = activation(hidden) @ v - y
        return gap, x.T @ ((gap @ v.T) * derivative(hidden)) / len(x), activation(hidden).T @ gap / len(x)

    def product(a, b, eps=1e-5):
        ahead, behind = slopes(u + eps * a, v + eps * b), slopes(u - eps * a, v - eps * b)
        return (ahead[1] - behind[1]) / (2 * eps), (ahead[2] - behind[2]) / (2 * eps)

    a, b = (
        np.random.default_rng(1).standard_normal(u.shape),
        np.random.default_rng(2).standard_normal(v.shape),
    )
    for _ in range(60):
        norm = np.sqrt((a**2).sum() + (b**2).sum())
        a, b = product(a / norm, b / norm)
    start, reached = np.sqrt((a**2).sum() + (b**2).sum()), 0.0
    for multiple in 1.5 * 2 ** (np.arange(highest) / 8):
        p, q, first = u, v, (slopes(u, v)[0] ** 2).sum()
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(300):
                _, dp, dq = slopes(p, q)
                p, q = p - multiple / start * dp, q - multiple / start * dq
            if not (slopes(p, q)[0] ** 2).sum() < min(first, 2 * below * len(x)):
                return reached
        reached = multiple
    return reached


def over(make, limit, rates, seeds, **problem):
    return np.mean([hovering(make, rate, limit / rate, seed, **problem) for rate in rates for seed in seeds])


SGD, ADAM = torch.optim.SGD, torch.optim.Adam
BUSY = {"n_images": 600, "random_labels": True}
WAYS = {
    "sharpness-settles-at-two-over-the-rate": Way(
        lambda: over(SGD, 2, (0.04, 0.05, 0.07, 0.1, 0.14), (2000, 2001)), 0.1, long=True
    ),
    "sharpness-settles-where-there-is-more-to-learn": Way(
        lambda: over(SGD, 2, (0.05, 0.07, 0.1), (2100, 2101), **BUSY), 0.08, long=True
    ),
    "adam-settles-at-thirty-eight-over-the-rate": Way(
        lambda: over(ADAM, 38, (0.0005, 0.001, 0.002), (2000, 2001)), 0.15, long=True
    ),
    "catapult-up-to-four": Way(lambda: by_hand(lambda z: z, np.ones_like, 21), 0.4, long=True),
    "catapult-of-rectifiers-up-to-twelve": Way(
        lambda: by_hand(lambda z: np.maximum(z, 0), lambda z: z > 0, 41, 0.25), 3.0, long=True
    ),
}
