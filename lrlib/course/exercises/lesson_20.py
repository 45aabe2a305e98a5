"""Lesson 20, groups and fine-tuning: layer-wise decay, and layers that begin to move one after the other."""

import numpy as np

from lrlib.course.exercises import Exercise, declared
from lrlib.schedules import constant, linear

BEYOND = 9  # steps past the end at which a schedule has to stay at zero


@declared("20.1")
def layer_wise_decay():
    def rates(rate, d, n, power=lambda i, n: n - 1 - i):
        return [rate * d ** power(i, n) for i in range(n)]

    def neighbours(f):
        found = np.array(f(0.2, 0.65, 5))
        return None if np.allclose(found[:-1], 0.65 * found[1:]) else "a layer is not d times the next."

    return Exercise(
        expected=rates,
        cases=[(rate, d, n) for rate in (0.1, 1.0) for d in (0.5, 0.9, 1.2) for n in (1, 2, 4)],
        mistakes={
            "The head comes last: these are the rates from the head to the input.": (
                lambda rate, d, n: rates(rate, d, n)[::-1]
            ),
            "The head has the full rate: one power of d too many.": (
                lambda rate, d, n: rates(rate, d, n, lambda i, n: n - i)
            ),
            "That falls in a line: each layer has d times the rate of the next.": (
                lambda rate, d, n: [rate * (1 - (1 - d) * (n - 1 - i)) for i in range(n)]
            ),
            "All layers before the head have the same rate: the power grows with the distance.": (
                lambda rate, d, n: [rate * d] * (n - 1) + [rate]
            ),
        },
        second=neighbours,
    )


@declared("20.2")
def one_layer_after_the_other():
    def schedules(n, wait, total, height=lambda s, total: 1 - s / total, length=lambda s, total: total - s):
        starts = [wait * (n - 1 - i) for i in range(n)]
        return [constant(0, s) >> linear(height(s, total), 0, length(s, total)) for s in starts]

    def values(f, n, wait, total):
        return [each.values(total + BEYOND) for each in f(n, wait, total)]

    def one_line(f):
        *late, head = (each[20:] for each in values(f, 3, 10, 50))
        return None if np.allclose(late, head, atol=1e-9) else "a layer that moves is not on the head's line."

    return Exercise(
        expected=schedules,
        cases=[(n, wait, total) for n in (1, 2, 4) for wait in (3, 10) for total in (40, 60)],
        tried=values,
        mistakes={
            "A layer that starts late starts on the line, not at 1.": (
                lambda n, wait, total: schedules(n, wait, total, height=lambda s, total: 1)
            ),
            "The line ends too late: only total - s updates are left.": (
                lambda n, wait, total: schedules(n, wait, total, length=lambda s, total: total)
            ),
            "The head moves first, and comes last in the list.": (
                lambda n, wait, total: schedules(n, wait, total)[::-1]
            ),
            "Before its start a layer has the factor 0.": (
                lambda n, wait, total: [linear(1, 0, total) for _ in range(n)]
            ),
        },
        second=one_line,
    )
