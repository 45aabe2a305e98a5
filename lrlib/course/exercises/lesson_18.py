"""Lesson 18, no rate to tune: Polyak's rate with a cap, and DoG's rates from a record."""

import numpy as np

from lrlib.course.exercises import Exercise, declared


def capped(loss, squared_norm, f_min, cap):
    return min(max(loss - f_min, 0) / squared_norm, cap)


def reaches_the_bottom(f):
    x, slope = 5.0, 3.0  # of |x| * slope Polyak's step knows the way in one step
    x -= f(slope * x, slope**2, 0.0, np.inf) * slope
    return None if abs(x) < 1e-6 else "on a straight line one step without a cap should reach the minimum."


@declared("18.1")
def polyak_with_a_cap():
    return Exercise(
        expected=capped,
        cases=[
            (loss, squares, f_min, cap)
            for loss in (0.2, 1.0, 3.0)
            for squares in (0.25, 2.0)
            for f_min in (0.0, 0.5)
            for cap in (0.3, 1.0, 100.0)
        ],
        mistakes={
            "That is the norm, not its square.": lambda loss, squares, f_min, cap: min(
                max(loss - f_min, 0) / np.sqrt(squares), cap
            ),
            "A loss below f_min gives a negative rate: it asks for no step.": (
                lambda loss, squares, f_min, cap: min((loss - f_min) / squares, cap)
            ),
            "The cap is the largest rate, not the smallest.": lambda loss, squares, f_min, cap: max(
                (loss - f_min) / squares, cap
            ),
            "f_min is left out: that believes that the loss can be 0.": (
                lambda loss, squares, f_min, cap: min(loss / squares, cap)
            ),
            "The cap is left out.": lambda loss, squares, f_min, cap: max(loss - f_min, 0) / squares,
        },
        second=reaches_the_bottom,
    )


def dog_rates(distances, norms, first_guess):
    farthest = np.maximum(np.maximum.accumulate(distances), first_guess)
    return farthest / np.sqrt(np.cumsum(np.square(norms)))


def follows_the_optimizer(f):
    """None where the rates are those that DoG itself uses on a bowl."""
    import torch

    from lrlib.adaptive import DoG

    x = torch.nn.Parameter(torch.tensor([3.0, -1.0], dtype=torch.float64))
    start, optimizer = x.detach().clone(), DoG([x], init_eta=1e-2)
    distances, norms, used = [], [], []
    for _ in range(30):
        optimizer.zero_grad()
        (x**2 * torch.tensor([1.0, 0.2])).sum().backward()
        distances.append(float((x.detach() - start).norm()))
        norms.append(float(x.grad.norm()))
        optimizer.step()
        used += optimizer.effective_rates()
    ours = np.asarray(f(np.array(distances), np.array(norms), 1e-12), dtype=float)[1:]
    near = np.allclose(ours, used[1:], rtol=1e-3)
    return None if near else "the optimizer DoG itself uses other rates on a bowl."


@declared("18.2")
def the_rates_of_dog():
    random = np.random.default_rng(8)
    records = [(abs(random.standard_normal(12)).round(2), 0.1 + random.random(12)) for _ in range(3)]
    return Exercise(
        expected=dog_rates,
        cases=[(np.r_[0, d[1:]], n, guess) for d, n in records for guess in (1e-6, 0.4)],
        mistakes={
            "That is the distance now: the largest so far counts.": lambda d, n, guess: (
                np.maximum(d, guess) / np.sqrt(np.cumsum(np.square(n)))
            ),
            "The norms have to be squared before they are summed.": lambda d, n, guess: (
                np.maximum(np.maximum.accumulate(d), guess) / np.sqrt(np.cumsum(n))
            ),
            "The root of the sum is missing.": lambda d, n, guess: (
                np.maximum(np.maximum.accumulate(d), guess) / np.cumsum(np.square(n))
            ),
            "That is the sum of the whole run: a step knows what has been so far.": lambda d, n, guess: (
                np.maximum(np.maximum.accumulate(d), guess) / np.sqrt(np.square(n).sum())
            ),
            "That is the mean of the squares: DoG sums them.": lambda d, n, guess: (
                np.maximum(np.maximum.accumulate(d), guess)
                / np.sqrt(np.cumsum(np.square(n)) / np.arange(1, len(n) + 1))
            ),
            "The first guess is missing: at first nothing has been travelled.": lambda d, n, guess: (
                np.maximum.accumulate(d) / np.sqrt(np.cumsum(np.square(n)))
            ),
        },
        second=follows_the_optimizer,
        tolerance=1e-6,
    )
