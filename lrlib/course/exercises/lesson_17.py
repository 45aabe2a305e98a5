"""Lesson 17, Adam and the effective rate: what gradients make of a rate, and a loss in other units."""

import numpy as np
import torch

from lrlib.course.exercises import Exercise, declared

KINDS = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}


def effective(gradients, rate, b2=0.999, eps=1e-8, correct=True, root=True, power=2):
    v = 0.0
    for g in gradients:
        v = b2 * v + (1 - b2) * np.abs(g) ** power
    v = v / (1 - b2 ** len(gradients)) if correct else v
    return rate / ((np.sqrt(v) if root else v) + eps)


def as_torch(f):
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer, slopes = torch.optim.Adam([weight], lr=0.01, betas=(0.0, 0.99)), [0.5, -2.0, 0.1]
    for slope in slopes:
        before, weight.grad = weight.item(), torch.full_like(weight, slope)
        optimizer.step()
    moved = before - weight.item()
    return None if np.isclose(f(slopes, 0.01, 0.99, 1e-8) * slopes[-1], moved) else "torch moves otherwise."


@declared("17.1")
def the_rate_of_a_weight():
    gradients = ([2.0], [3.0, -0.1, 0.2], [1e-6] * 5, [0.0, 0.0, 1.0], [5.0, 0.01, 0.01, 0.01])
    return Exercise(
        expected=effective,
        cases=[(g, rate, b2, 1e-8) for g in gradients for rate, b2 in ((0.1, 0.999), (0.02, 0.9))],
        mistakes={
            "The average of the squares begins at 0: correct for that.": (
                lambda g, r, b2, eps: effective(g, r, b2, eps, correct=False)
            ),
            "The root is missing.": lambda g, r, b2, eps: effective(g, r, b2, eps, root=False),
            "That is the plain mean of the squares, in which old ones count as much as new ones.": (
                lambda g, r, b2, eps: r / (np.sqrt(np.mean(np.square(g))) + eps)
            ),
            "That is the sum of the squares: AdaGrad's.": (
                lambda g, r, b2, eps: r / (np.sqrt(np.sum(np.square(g))) + eps)
            ),
            "That averages the sizes; Adam averages the squares.": (
                lambda g, r, b2, eps: effective(g, r, b2, eps, root=False, power=1)
            ),
        },
        second=as_torch,
        tolerance=1e-6,
    )


def translated(kind, rate, decay, eps, c):
    if kind == "SGD":
        return rate / c, c * decay, eps
    return rate, c * decay if kind == "Adam" else decay, c * eps


def end(kind, rate, decay, eps, c):
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    more = {} if kind == "SGD" else {"eps": eps}
    optimizer = KINDS[kind]([weight], lr=rate, weight_decay=decay, **more)
    for _ in range(20):
        optimizer.zero_grad()
        (c * (weight**2 * torch.tensor([1.0, 0.1])).sum()).backward()
        optimizer.step()
    return weight.detach().numpy()


def trains_as_before(f):
    for kind in KINDS:
        tuned = 0.05, 0.3, 0.01
        if not np.allclose(end(kind, *tuned, 1.0), end(kind, *f(kind, *tuned, 50.0), 50.0)):
            return f"with {kind} the weights end elsewhere."
    return None


@declared("17.2")
def a_loss_in_other_units():
    return Exercise(
        expected=translated,
        cases=[
            (kind, 0.02, decay, 1e-8, c) for kind in KINDS for decay in (0.1, 0.01) for c in (1000.0, 0.5)
        ],
        mistakes={
            "An L2 term is a part of the gradient: it has to grow with the rest of it.": (
                lambda kind, r, d, e, c: (translated(kind, r, d, e, c)[0], d, translated(kind, r, d, e, c)[2])
            ),
            "Epsilon is added to the size of a gradient: it has the same unit.": (
                lambda kind, r, d, e, c: (*translated(kind, r, d, e, c)[:2], e)
            ),
            "For Adam the rate is a length; the loss is not in it.": (
                lambda kind, r, d, e, c: (r / c, *translated(kind, r, d, e, c)[1:])
            ),
            "The other way round: a loss that is c times as large needs a rate that is c times smaller.": (
                lambda kind, r, d, e, c: (
                    translated(kind, r, d, e, 1 / c) if kind == "SGD" else translated(kind, r, d, e, c)
                )
            ),
            "AdamW takes its decay off the weight, after the division: the loss is not in it.": (
                lambda *given: (*translated(*given)[:1], given[4] * given[2], *translated(*given)[2:])
            ),
        },
        second=trains_as_before,
        tolerance=1e-6,
    )
