"""Assignment 5, couplings: rows and updates, one gradient of many, noise, and where a tuned peak goes."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.exercises.assignment_5_optimizers import CLOSE
from lrlib.course.trials.arguments import left_alone

# --- A5.1: rows and updates ------------------------------------------------------------------------


def plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    return rows, epochs * (-(-examples // rows) if keep_rest else examples // rows)


def plans_drawn(rng):
    for i in range(60):
        micro, pieces, devices, epochs = (int(n) for n in rng.integers((2, 2, 2, 2), (40, 7, 9, 12)))
        rows = micro * pieces * devices
        rest = (0, int(rng.integers(1, micro)), *rng.integers(1, rows, 3).tolist())[i % 5]
        yield (
            int(rng.integers(1, 30)) * rows * (i % 15 != 2) + rest,
            micro,
            pieces,
            devices,
            epochs,
            i % 2 == 0,
        )


@declared("A5.1")
def rows_and_updates():
    def mistaken(f):
        return lambda n, m, p, d, e, keep: f(*plan(n, m, p, d, e, keep), n, m, p, d, e, keep)

    return Exercise(
        expected=plan,
        cases=[(1200, 32, 1, 1, 5, False), (1200, 16, 2, 4, 5, False), (1200, 16, 2, 4, 5, True),
               (1280, 16, 2, 4, 5, True), (1290, 16, 2, 4, 5, True), (100, 16, 2, 4, 5, False),
               (100, 16, 2, 4, 5, True)],
        mistakes={
            "A rest is left out, or kept, once an epoch and not once a run.": mistaken(
                lambda rows, t, n, m, p, d, e, keep: (rows, -(-n * e // rows) if keep else n * e // rows)
            ),
            "Every device has micro-batches of its own: they count, too.": (
                lambda n, m, p, d, e, keep: plan(n, m, p, 1, e, keep)
            ),
            "An update is made of `pieces` micro-batches: its rows are as many times more.": (
                lambda n, m, p, d, e, keep: plan(n, m, 1, d, e, keep)
            ),
            "Those are micro-batches: one update is made of `pieces` of them.": mistaken(
                lambda rows, t, n, m, p, d, e, keep: (rows, t * p)
            ),
            "An epoch without a rest has no further update.": mistaken(
                lambda rows, t, n, m, p, d, e, keep: (rows, e * (n // rows + keep))
            ),
            "With keep_rest=True the rest of an epoch is an update, too.": (
                lambda n, m, p, d, e, keep: plan(n, m, p, d, e, False)
            ),
            "A rest that fills no micro-batch is a rest, too.": mistaken(
                lambda rows, t, n, m, p, d, e, keep: (rows, e * (n // rows + (keep and n % rows >= m)))
            ),
            "Where no update is filled and no rest is kept, there is none.": mistaken(
                lambda rows, t, n, m, p, d, e, keep: (rows, max(t, e))
            ),
            "First the rows, then the updates.": lambda *case: plan(*case)[::-1],
        },
        marks=Marks(
            points={"rest left out": 2, "rest kept": 2},
            drawn=plans_drawn,
            part=lambda *case: "rest kept" if case[-1] else "rest left out",
        ),
    )  # fmt: skip


# --- A5.2: one gradient from many devices ---------------------------------------------------------


def weighted(gradients, tokens):
    g, n = (np.concatenate([np.asarray(row, float) for row in rows]) for rows in (gradients, tokens))
    return float(g @ n / n.sum())


def by_device(device, of=np.mean):
    return lambda gradients, tokens: float(of([device(g, n) for g, n in zip(gradients, tokens, strict=True)]))


def gradients_drawn(rng):
    for i in range(50):
        pieces = rng.integers(1, 5, rng.integers(2, 5)) + 1 if i % 2 else [int(rng.integers(2, 5))] * 3
        same = int(rng.integers(10, 500))
        tokens = [rng.integers(10, 500, n).tolist() if i % 2 else [same] * n for n in pieces]
        yield [rng.normal(1, 2, n).round(3).tolist() for n in pieces], tokens


def all_alike(gradients, tokens):
    alike = len({n for row in tokens for n in row}) == 1 == len({*map(len, tokens)})
    return "all pieces alike" if alike else "pieces of different length"


@declared("A5.2")
def one_gradient():
    return Exercise(
        expected=weighted,
        cases=[
            ([[1.0, 3.0], [2.0, 6.0]], [[50, 50], [50, 50]]),
            ([[1.0, 3.0], [2.0, 6.0]], [[100, 100], [100, 300]]),
            ([[4.0], [1.0, 2.0]], [[90], [5, 5]]),
            ([[0.1]], [[7]]),
        ],
        tried=left_alone,
        mistakes={
            "That is what was handed down: backward() adds, so every further piece makes it larger.": (
                by_device(lambda g, n: np.sum(g))
            ),
            "That is a mean of means: a token in a short piece counts more than one in a long piece.": (
                by_device(lambda g, n: np.mean(g))
            ),
            "Each device is right, the mean over devices is not: they have different numbers of tokens.": (
                by_device(lambda g, n: np.dot(g, n) / np.sum(n))
            ),
            "A device counts by its tokens, not by its pieces.": lambda g, n: float(
                np.average([np.dot(a, b) / sum(b) for a, b in zip(g, n, strict=True)], weights=[*map(len, n)])
            ),
            "Weighted by tokens, and not divided by all of them.": by_device(np.dot, np.sum),
            "Divided by the number of pieces, not of tokens.": lambda g, n: (
                by_device(np.dot, np.sum)(g, n) / sum(map(len, n))
            ),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"all pieces alike": 2, "pieces of different length": 3},
            drawn=gradients_drawn,
            part=all_alike,
        ),
    )


# --- A5.3: the noise scale from two batch sizes ---------------------------------------------------


def signal_and_noise(small, rows_small, large, rows_large):
    a, b = np.mean(small), np.mean(large)
    signal = (rows_large * b - rows_small * a) / (rows_large - rows_small)
    return signal, (a - b) / (1 / rows_small - 1 / rows_large)


def noise_scale(*case):
    signal, noise = signal_and_noise(*case)
    return float(noise / signal) if signal > 0 else math.inf


def lengths_drawn(rng):
    made = 0
    while made < 60:
        rows, times = int(rng.integers(2, 40)), int(rng.integers(2, 9))
        signal, noise = (0.0 if made % 3 == 2 else rng.uniform(0.1, 3)), rng.uniform(5, 80)
        small, large = (
            ((signal + noise / b) * rng.uniform(0.7, 1.2, n)).tolist()
            for b, n in ((rows, times), (rows * times, 3))
        )
        found = signal_and_noise(small, rows, large, rows * times)
        if found[1] > 0.1 and (found[0] < -0.01 if made % 3 == 2 else found[0] > 0.01):
            made += 1
            yield small, rows, large, rows * times


@declared("A5.3")
def a_noise_scale_for_nothing():
    return Exercise(
        expected=noise_scale,
        cases=[([3.0, 5.0], 8, [2.0], 32), ([10.0, 13.0, 10.0], 4, [2.0, 4.0], 16), ([9.0], 8, [2.0], 64),
               ([2.0, 2.2], 16, [2.0], 64), ([9.0, 11.0], 8, [1.0], 64)],
        tried=left_alone,
        mistakes={
            "The large batches have noise as well: their mean square is not yet |G|^2.": (
                lambda *c: (
                    float(signal_and_noise(*c)[1] / np.mean(c[2])) if noise_scale(*c) < math.inf else math.inf
                )
            ),
            "Small batches have the more noise: their mean square is not |G|^2.": (
                lambda *c: float(signal_and_noise(*c)[1] / np.mean(c[0]))
            ),
            "That is the noise; divide it by the signal.": lambda *c: float(signal_and_noise(*c)[1]),
            "Without a signal no number of rows is enough, which is infinity and not 0.": (
                lambda *c: noise_scale(*c) if noise_scale(*c) < math.inf else 0.0
            ),
            "Upside down: noise over signal.": lambda *c: 1 / noise_scale(*c),
            "What is given is squared already.": lambda a, m, b, n: noise_scale(
                np.square(a), m, np.square(b), n
            ),
            "Where no signal is left, no number of rows is enough: math.inf.": (
                lambda *c: float(signal_and_noise(*c)[1] / signal_and_noise(*c)[0])
            ),
            "The variance falls with the rows of a batch, not with their square.": (
                lambda a, m, b, n: noise_scale(a, m * m, b, n * n)
            ),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"a signal is left": 3, "none is left": 2},
            drawn=lengths_drawn,
            part=lambda *c: "a signal is left" if np.isfinite(noise_scale(*c)) else "none is left",
        ),
    )  # fmt: skip


# --- A5.4 and A5.5: how a peak moves --------------------------------------------------------------


def vertex(x, y, side=1):
    """Where the parabola through the lowest point and its neighbours is lowest; None at an edge."""
    i = int(np.argmin(y))
    if i in (0, len(y) - 1):
        return None
    a, b, _ = np.polyfit(np.asarray(x[i - 1 : i + 2]) - x[i], y[i - 1 : i + 2], 2)
    return x[i] - side * b / (2 * a)


def exponent(sizes, rates, losses, top=vertex, edge=None, line=lambda x, y: np.polyfit(x, y, 1)[0]):
    x, peaks = np.log(rates), []
    for size, row in zip(sizes, losses, strict=True):
        at = top(x, row)
        at = x[int(np.argmin(row))] if at is None and edge else at
        peaks += [] if at is None else [(np.log(size), at)]
    return float(line(*np.transpose(peaks)))


def in_rates(x, row):
    found = vertex(np.exp(x), row)
    return None if found is None else np.log(abs(found))


def evenly(x, row):
    found, i = vertex(np.arange(len(x)), row), int(np.argmin(row))
    return None if found is None else x[i] + (found - i) * (x[i + 1] - x[i])


def grids_drawn(rng):
    for i in range(40):
        n, ratio = int(rng.integers(3, 6)), rng.uniform(1.5, 2.2)
        sizes = (2 ** (3 + rng.permutation(7)[:n])).tolist()
        at = np.arange(9) + rng.uniform(-0.3, 0.3, 9)
        rates = rng.uniform(0.001, 0.01) * ratio**at
        places = rng.uniform(2, 6, n)
        places[: i % 2] = rng.choice([-2.0, 10.0])
        off = at - places[:, None]
        losses = 0.3 + 0.05 * off**2 + 0.004 * off**3 * (abs(off) < 3) + rng.uniform(0, 0.004, (n, 9))
        yield sizes, rates.tolist(), losses.tolist()


def has_edge(sizes, rates, losses):
    edges = [vertex(np.log(rates), row) is None for row in losses]
    return "a peak at an edge" if any(edges) else "all peaks inside"


@declared("A5.4")
def how_a_peak_moves():
    def first_and_last(x, y):
        return (y[-1] - y[0]) / (x[-1] - x[0])

    return Exercise(
        expected=exponent,
        cases=[
            ([16, 64], [0.1, 0.2, 0.4], [[2.0, 1.0, 1.5], [1.9, 1.2, 1.3]]),
            ([8, 32, 128], [0.1, 0.2, 0.4, 0.8], [[2, 1, 2, 3], [3, 2, 1.5, 2.2], [4, 3, 2, 1.0]]),
            ([256, 8, 32], [0.1, 0.2, 0.5, 0.8], [[4, 2, 1.5, 2.2], [2, 1, 2, 3], [3, 1.4, 1.5, 2.5]]),
        ],
        tried=left_alone,
        mistakes={
            "That is the lowest grid point: put a parabola through it and its neighbours.": (
                lambda s, r, y: exponent(s, r, y, lambda x, z: vertex(x, z) and x[np.argmin(z)])
            ),
            "The parabola is in log(rate), not in the rate.": lambda s, r, y: exponent(s, r, y, in_rates),
            "The parabola goes through the losses, not through their logarithms.": (
                lambda s, r, y: exponent(s, r, np.log(y))
            ),
            "The rates need not be evenly spaced: put the parabola through all three points.": (
                lambda s, r, y: exponent(s, r, y, evenly)
            ),
            "The other way round: the slope of the peak over the size.": (
                lambda s, r, y: exponent(s, r, y, line=lambda x, z: np.polyfit(z, x, 1)[0])
            ),
            "Losses come in the order of the sizes as they are given: sort both, or none.": (
                lambda s, r, y: exponent(sorted(s), r, y)
            ),
            "Where the best rate is the first or the last, its peak is not known: leave that size out.": (
                lambda s, r, y: exponent(s, r, y, edge=True)
            ),
            "The vertex lies on the side of the lower neighbour.": (
                lambda s, r, y: exponent(s, r, y, lambda x, z: vertex(x, z, -1))
            ),
            "That is the slope from the first to the last size: fit a line through all of them.": (
                lambda s, r, y: exponent(s, r, y, line=first_and_last)
            ),
            "An exponent is a slope of logarithms, of the peak against the size.": (
                lambda s, r, y: exponent(s, r, y, line=lambda x, z: np.polyfit(np.exp(x), np.exp(z), 1)[0])
            ),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"all peaks inside": 4, "a peak at an edge": 2}, drawn=grids_drawn, part=has_edge
        ),
    )  # fmt: skip


def moved(rate, moves, pick=sorted):
    parts = [pick([f**low, f**high]) for f, low, _, high in moves]
    middle = math.prod(f**p for f, _, p, _ in moves)
    return [rate * math.prod(low for low, _ in parts), rate * middle, rate * math.prod(h for _, h in parts)]


def moves_drawn(rng):
    for i in range(50):
        factors = 2.0 ** rng.integers(1, 5, rng.integers(1, 4) if i else 0)
        factors[: i % 2] = 1 / factors[: i % 2]
        low, span = rng.uniform(-1, 0.8, factors.size), rng.uniform(0.05, 0.6, (2, factors.size))
        exponents = (low, low + span[0], low + span.sum(axis=0))
        moves = [tuple(map(float, move)) for move in zip(factors, *exponents, strict=True)]
        yield float(rng.uniform(0.001, 0.5)), moves


@declared("A5.5")
def a_rate_and_its_span():
    return Exercise(
        expected=moved,
        cases=[(0.01, [(4.0, 0.25, 0.5, 0.75)]), (0.01, [(4.0, 0.25, 0.5, 0.75), (2.0, -1.0, -0.5, 0.0)]),
               (0.02, [(0.25, 0.25, 0.5, 1.0)]), (0.3, []),
               (0.02, [(0.5, -0.75, -0.4, 0.1), (4.0, 0.5, 0.75, 1.0)])],
        tried=left_alone,
        mistakes={
            "With a factor below 1 the larger exponent gives the lower rate.": (
                lambda r, m: moved(r, m, pick=lambda pair: pair)
            ),
            "Sort within each move: its own low end goes to the lowest rate.": lambda r, m: sorted(
                moved(r, m, pick=lambda pair: pair)
            ),
            "With no move all three are the rate: a list, again.": lambda r, m: moved(r, m) if m else r,
            "Factors multiply: do not add them up.": lambda r, m: [
                r * sum(f ** move[k] for f, *move in m) if m else r for k in range(3)
            ],
            "Upside down: a size that grows has a factor above 1.": lambda r, m: moved(
                r, [(1 / f, *powers) for f, *powers in m]
            ),
            "Only the first move was made: go through all of them.": lambda r, m: moved(r, m[:1]),
            "That multiplies the factor by the exponent; raise it to that power.": lambda r, m: sorted(
                r * math.prod(f * move[k] for f, *move in m) for k in range(3)
            ),
            "The rate itself is missing: that is only how it changes.": lambda r, m: moved(1.0, m),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"only larger": 2, "something smaller": 3},
            drawn=moves_drawn,
            part=lambda rate, moves: "something smaller" if any(m[0] < 1 for m in moves) else "only larger",
        ),
    )  # fmt: skip
