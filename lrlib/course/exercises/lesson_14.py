"""Lesson 14, averaging instead of decaying: shares of a gradient, and a cooldown that matches a window."""

import numpy as np

from lrlib.course.exercises import Exercise, declared


def same_average(f):
    g = np.random.default_rng(3).standard_normal(50)
    means = np.cumsum(-0.1 * g)[-12:].mean()  # plain steps at rate 0.1, averaged
    decayed = sum(-0.1 * f(t, 50, 12) * g[t] for t in range(50))
    return None if np.isclose(means, decayed) else "your decay does not give the average."


@declared("14.1")
def the_share_of_a_gradient():
    return Exercise(
        expected=lambda t, T, n: min(T - t, n) / n,
        cases=[(t, T, n) for T, n in ((10, 4), (37, 20), (8, 8)) for t in range(T)],
        mistakes={
            "Off by one: the update of step t is already in weight t + 1.": lambda t, T, n: (
                min(T - t - 1, n) / n
            ),
            "That is the average of the whole run.": lambda t, T, n: (T - t) / T,
            "Above 1 before the window: no gradient counts more than once.": lambda t, T, n: (T - t) / n,
            "A gradient from before the window is in all of its weights, not in none.": (
                lambda t, T, n: (T - t) / n if T - t <= n else 0
            ),
        },
        second=same_average,
        tolerance=1e-6,
    )


@declared("14.2")
def a_cooldown_that_matches(window_loss, cooldown_loss, T):
    def match(rate, n, of=cooldown_loss, to=window_loss):
        return 1 + abs(of(rate, np.arange(1, T + 1)) - to(rate, n)).argmin()

    def neighbours(f):
        m = f(0.3, 25)
        gaps = abs(cooldown_loss(0.3, np.array([m - 1, m, m + 1])) - window_loss(0.3, 25))
        return None if gaps.argmin() == 1 else "one update more or fewer comes nearer."

    return Exercise(
        expected=match,
        cases=[(rate, n) for rate in (0.1, 0.2, 0.4) for n in (1, 5, 10, 20, 30, 60)],
        mistakes={
            "That is equal length, not equal loss.": lambda rate, n: n,
            "Off by one: position 0 is length 1.": lambda rate, n: match(rate, n) - 1,
            "That is the lowest loss: take the absolute value of the gap.": (
                lambda rate, n: match(rate, n, to=lambda rate, n: 0)
            ),
            "The other way round: that window is worth a cooldown of n.": (
                lambda rate, n: match(rate, n, of=window_loss, to=cooldown_loss)
            ),
        },
        second=neighbours,
    )
