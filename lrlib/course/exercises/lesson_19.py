"""Lesson 19, batch size: micro-batches put together, and the batch that a number of examples allows."""

import numpy as np

from lrlib.course.exercises import Exercise, declared


def same_as_all_rows(f):
    rows = np.random.default_rng(5).standard_normal(14)
    parts = np.split(rows, [9, 12])
    given = [float(part.mean()) for part in parts], [len(part) for part in parts]
    return None if np.isclose(f(*given), rows.mean()) else "it is not the mean over all rows."


@declared("19.1")
def micro_batches():
    def weighted(gradients, rows):
        return float(np.average(gradients, weights=rows))

    return Exercise(
        expected=weighted,
        cases=[
            ([1.0, 3.0], [8, 8]),
            ([1.0, 3.0], [24, 8]),
            ([2.0, -1.0, 4.0], [20, 8, 4]),
            ([0.5], [32]),
            ([-1.0, 1.0, 0.25, 3.0], [1, 2, 3, 10]),
        ],
        mistakes={
            "That is the mean of means: a row of a small piece counts more.": lambda g, rows: float(
                np.mean(g)
            ),
            "That is a sum: the rate would be too high by the number of pieces.": lambda g, rows: float(
                sum(g)
            ),
            "Weighted by rows, and not divided by all of them.": lambda g, rows: float(np.dot(g, rows)),
            "Divided by the number of pieces, not of rows.": lambda g, rows: float(
                np.dot(g, rows) / len(rows)
            ),
        },
        second=same_as_all_rows,
    )


def uses_up_the_examples(f):
    batch = f(5000, 40, 20)
    return None if np.isclose(batch * 40 * (1 + 20 / batch), 5000) else "B * S(B) is not the budget."


@declared("19.2")
def the_largest_batch():
    return Exercise(
        expected=lambda examples, S_min, B_crit: examples / S_min - B_crit,
        cases=[(e, s, b) for e in (2000, 10000) for s in (20, 35) for b in (5, 18.5, 40)],
        mistakes={
            "That leaves the critical batch out: examples = S_min (B + B_crit).": lambda e, s, b: e / s,
            "That is how many updates B_crit would allow.": lambda e, s, b: e / b,
            "The other sign: a larger critical batch leaves less room.": lambda e, s, b: e / s + b,
            "That is B_crit: there the examples are 2 S_min B_crit, whatever you allow.": lambda e, s, b: b,
        },
        second=uses_up_the_examples,
    )
