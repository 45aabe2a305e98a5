"""Lesson 24, stop, save, resume, choose: a position in the data, and a schedule on a clock of examples."""

import numpy as np

from lrlib.course.exercises import Exercise, declared
from lrlib.tasks import epoch_order


@declared("24.1")
def a_position_in_the_data():
    def from_there(f):
        """Batches of a whole order of the data, found again by epoch and batch."""
        n, size, steps = 10, 3, 8
        order = epoch_order(1, n, size, steps)
        rng = np.random.default_rng([1, 1])
        epochs = [rng.permutation(n) for _ in range(3)]
        for t in range(steps):
            epoch, batch = (int(part) for part in f(t, n, size))
            if not np.array_equal(epochs[epoch][batch * size :][:size], order[t]):
                return f"batch {batch} of epoch {epoch} is not that of update {t} in a run of 8."
        return None

    return Exercise(
        expected=lambda t, n, b: divmod(t, n // b),
        cases=[(t, n, b) for n, b in ((1200, 32), (100, 25), (10, 3)) for t in (0, 1, 4, 37, 111)],
        mistakes={
            "The last partial batch is dropped: count whole batches alone.": (
                lambda t, n, b: divmod(t, -(-n // b))
            ),
            "That is epoch and example, not epoch and batch.": lambda t, n, b: divmod(t * b, n),
            "The other way round: first the epoch.": lambda t, n, b: divmod(t, n // b)[::-1],
            "Both count from 0: batch 0 comes first in an epoch.": (
                lambda t, n, b: (t // (n // b), t % (n // b) + 1)
            ),
            "Both count from 0: the first epoch is epoch 0.": (
                lambda t, n, b: (t // (n // b) + 1, t % (n // b))
            ),
        },
        second=from_there,
    )


@declared("24.2")
def a_schedule_on_a_clock_of_examples():
    def f(t, T):
        return (1 + np.cos(np.pi * t / T)) / 2

    def ends_with_the_data(guess):
        last = float(guess(30, 40, 100, 16, 32))
        return None if abs(last) < 1e-9 else "after the last example of the plan the factor is not 0."

    return Exercise(
        expected=lambda j, k, T, b, c: f(k + j * c / b, T),
        cases=[(j, k, 120, b, c) for j in (0, 1, 7, 15) for k in (10, 60) for b, c in ((32, 64), (48, 16))],
        mistakes={
            "That is a clock of updates: each new update uses c / b times the examples.": (
                lambda j, k, T, b, c: f(k + j, T)
            ),
            "Upside down: a larger batch moves the clock faster.": lambda j, k, T, b, c: f(k + j * b / c, T),
            "The first k updates had the old batch: only j changes its unit.": (
                lambda j, k, T, b, c: f((k + j) * c / b, T)
            ),
            "It begins anew: the clock stands at k.": lambda j, k, T, b, c: f(j * c / b, T),
            "At the resume the factor has to be that of update k.": (
                lambda j, k, T, b, c: f(k + (j + 1) * c / b, T)
            ),
        },
        second=ends_with_the_data,
    )
