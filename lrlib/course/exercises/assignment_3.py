"""Assignment 3, start and end: warm-up, the plan in a log, and how long a cooldown has to be."""

import numpy as np
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LambdaLR, LinearLR, SequentialLR

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.schedulers import rates_used


def ramp(seen, clip=lambda share: min(1, share), low=lambda first: first):
    """A warm-up by the images that were seen before update t."""

    def factor(t, samples, batch, first):
        share = clip(seen(t, samples, batch) / samples) if samples else 1
        return low(first) + (1 - low(first)) * share

    return factor


def ramps(rng):
    for _ in range(24):
        batch, first = int(rng.choice([12, 16, 24, 32, 48, 100])), float(rng.uniform(0.02, 0.5))
        updates = int(rng.integers(2, 60))
        samples = updates * batch + int(rng.choice([0, batch // 4, batch // 2]))
        for t in {0, 1, updates // 2, updates - 1, updates, updates + 1, int(rng.integers(3 * updates))}:
            yield t, samples, batch, first
    yield from ((t, 0, 32, 0.1) for t in (0, 1, 9))


@declared("A3.1")
def warm_up_by_images():
    by_images = lambda t, samples, batch: t * batch  # noqa: E731
    return Exercise(
        expected=ramp(by_images),
        cases=[(t, 4800, 32, 0.1) for t in (0, 30, 149, 150, 400)]
        + [(t, 100, 32, 0.0) for t in range(6)]
        + [(0, 0, 32, 0.5), (3, 0, 32, 0.5)],
        mistakes={
            "t counts updates, and each of them has seen `batch` images.": ramp(lambda t, *rest: t),
            "One update early: before update t the run has seen t * batch images.": ramp(
                lambda t, samples, batch: (t + 1) * batch
            ),
            "One update late: at update 0 no image is seen, at update 1 one batch.": ramp(
                lambda t, samples, batch: max(t - 1, 0) * batch
            ),
            "It goes on rising: hold it at 1 when the warm-up is over.": ramp(
                by_images, clip=lambda share: share
            ),
            "It starts at 0: the line begins at `first`.": ramp(by_images, low=lambda first: 0.0),
            "The line begins at `first`; yours begins at 0 and is cut off below.": (
                lambda t, samples, batch, first: max(first, min(1, t * batch / samples)) if samples else 1
            ),
            "Images need not fill whole batches: do not round `samples / batch`.": (
                lambda t, samples, batch, first: (
                    first + (1 - first) * min(1, t / (samples // batch)) if samples else 1
                )
            ),
        },
        tolerance=1e-5,
        marks=Marks(
            points={"in the ramp": 2, "when it is over": 2},
            drawn=ramps,
            part=lambda t, samples, batch, first: "in the ramp" if t * batch < samples else "when it is over",
        ),
    )


def in_torch(start=0.1, level=1.0, second=lambda W, hold: W + hold, shift=0, down=None):
    """Warm-up, hold and cooldown of torch's own parts, right unless a parameter says otherwise."""

    def scheduler(optimizer, W, hold, D):
        last = down(optimizer, D) if down else LinearLR(optimizer, 1.0, 0.0, D)
        parts = [LinearLR(optimizer, start, 1.0, W), ConstantLR(optimizer, level, 10**9), last]
        return SequentialLR(optimizer, parts, [W, second(W, hold) + shift])

    return scheduler


def windows(rng):
    for _ in range(5):
        W, D = (int(n) for n in rng.integers(2, 20, 2))
        hold = W + int(rng.integers(1, 15))
        yield W, hold, D, 0, W + 1
        yield W, hold, D, W + 1, W + hold + D
        yield W, hold, D, W + hold + D, W + hold + 2 * D + 3


@declared("A3.2")
def warm_up_hold_cooldown_in_torch():
    def part(W, hold, D, first, last):
        return "warm-up" if first == 0 else "hold and cooldown" if first <= W + hold else "past the end"

    return Exercise(
        expected=in_torch(),
        cases=[(5, 10, 4, *window) for window in ((0, 6), (6, 19), (19, 30))],
        tried=rates_used,
        mistakes={
            "`milestones` are updates from the start of the run, not lengths of the parts.": in_torch(
                second=lambda W, hold: hold
            ),
            "The cooldown begins one update late: update W + hold is its first.": in_torch(shift=1),
            "The warm-up begins at a third, which is LinearLR's own default: say start_factor=0.1.": in_torch(
                start=1 / 3
            ),
            "The rate is held at a third, which is ConstantLR's own default: say factor=1.": in_torch(
                level=1 / 3
            ),
            "It climbs again past the end: a half cosine of CosineAnnealingLR turns round there.": in_torch(
                down=CosineAnnealingLR
            ),
            "Nothing moves the rate: the scheduler has to drive the optimizer that is given.": (
                lambda optimizer, *how: LambdaLR(optimizer, lambda t: 1)
            ),
        },
        tolerance=1e-6,
        marks=Marks(
            points={"warm-up": 2, "hold and cooldown": 2, "past the end": 2}, drawn=windows, part=part
        ),
    )


def trapezoid(W, D, T, made, peak):
    """A log of the first `made` updates of a run; past its end the rate is 0."""
    t = np.arange(made)
    return peak * np.clip(np.minimum(t / W, (T - t) / D), 0, 1)


def on_the_line(rates, t):
    return t + rates[t] / (rates[t - 1] - rates[t])


def horizon(rates, found=on_the_line, silent=lambda rates: None):
    rates = np.asarray(rates, dtype=float)
    top = int(rates.argmax())
    below = top + np.flatnonzero(rates[top:] < rates[top])
    return round(found(rates, below[0])) if len(below) else silent(rates)


def all_the_rest(rates, t):
    slope, height = np.polyfit(np.arange(t, len(rates)), rates[t:], 1)
    return -height / slope


def logs(rng):
    for kind in np.repeat(["finished", "cut short", "never cooled", "still warming up"], [12, 14, 6, 3]):
        W, hold, D = (int(n) for n in rng.integers([3, 8, 8], [20, 90, 50]))
        T, peak = W + hold + D, float(rng.uniform(0.02, 0.4))
        made = {
            "finished": T + int(rng.integers(2, 30)),
            "cut short": T - D + 1 + int(rng.integers(2, D - 2)),
            "never cooled": W + int(rng.integers(3, hold)),
            "still warming up": W - 1,
        }[kind]
        yield (trapezoid(W, D, T, made, peak),)


@declared("A3.3")
def planned_end_of_a_log():
    def part(rates):
        known = horizon(rates)
        return "not known" if known is None else "finished" if known <= len(rates) else "cut short"

    return Exercise(
        expected=horizon,
        cases=[(trapezoid(4, 10, 40, made, 0.2),) for made in (33, 36, 40, 47, 20, 3)],
        mistakes={
            "That is the length of the log; the plan may end later, or earlier.": len,
            "One update late: asked for is the first update at rate 0.": lambda rates: horizon(
                rates, lambda rates, t: on_the_line(rates, t) + 1
            ),
            "A log without a cooldown does not know its end: return None, not 0.": lambda rates: horizon(
                rates, silent=lambda rates: 0
            ),
            "That is where the cooldown begins; its line shows where it ends.": lambda rates: horizon(
                rates, lambda rates, t: t - 1
            ),
            "One update early: asked for is the update at which the line is at zero.": lambda rates: horizon(
                rates, lambda rates, t: on_the_line(rates, t) - 1
            ),
            "A log without a cooldown does not know its end: return None.": lambda rates: horizon(
                rates, silent=len
            ),
            "The line ends at zero: what follows is no part of it.": lambda rates: horizon(
                rates, all_the_rest
            ),
        },
        marks=Marks(points={"finished": 2, "cut short": 2, "not known": 2}, drawn=logs, part=part),
    )


def noise(rates, h, c, start, keep=lambda rate, h: (1 - rate * h) ** 2, add=lambda rate, c: rate**2 * c):
    found = [float(start)]
    for rate in np.asarray(rates, dtype=float):
        found.append(keep(rate, h) * found[-1] + add(rate, c))
    return np.array(found)


def kicked_before(rates, h, c, start):
    found = [float(start)]
    for rate in rates:
        found.append((1 - rate * h) ** 2 * (found[-1] + rate**2 * c))
    return np.array(found)


def cut_off(rates, h, c, start):
    found = np.full(len(rates) + 1, start)  # whole numbers, where start is one
    for t, rate in enumerate(rates):
        found[t + 1] = (1 - rate * h) ** 2 * found[t] + rate**2 * c
    return found


def noisy(rng):
    for i in range(40):
        rates = rng.uniform(0.05, 0.9, int(rng.integers(1, 25)))
        c = 0.0 if i % 3 == 0 else float(rng.uniform(0.2, 2))
        yield rates, float(rng.uniform(0.1, 1.8)), c, float(rng.uniform(0.5, 4))
    yield np.array([]), 0.7, 1.0, 2.5
    yield np.array([0.5, 0.25]), 1, 1, 3
    yield np.array([0.5, 0.25]), 1, 0, 3


@declared("A3.4")
def noise_along_a_run():
    return Exercise(
        expected=noise,
        cases=[
            (np.array([0.5, 0.5]), 1, 1, 4),
            (np.array([0.4, 0.2, 0.1]), 0.3, 2.0, 1.0),
            (np.array([0.4, 0.2, 0.1]), 1.5, 0.0, 1.0),
            (np.array([]), 1.0, 1.0, 3.0),
        ],
        mistakes={
            "The distance shrinks by 1 - rate * h; its square by the square of that.": lambda *case: noise(
                *case, keep=lambda rate, h: 1 - rate * h
            ),
            "A kick of variance c times the rate has the variance rate**2 * c.": lambda *case: noise(
                *case, add=lambda rate, c: rate * c
            ),
            "`start` is the first of the values: there is one more than there are rates.": lambda *case: (
                noise(*case)[1:]
            ),
            "The last update counts, too: there is one value more than there are rates.": lambda *case: noise(
                *case
            )[: len(case[0])],
            "The noise comes in the update: it is not shrunk by the same update.": kicked_before,
            "An array of whole numbers cuts off what is behind the point: make it one of floats.": cut_off,
            "Whatever the noise is, it is added: c is left out.": lambda *case: noise(
                *case, add=lambda rate, c: 0
            ),
        },
        tolerance=1e-5,
        marks=Marks(
            points={"without noise": 2, "with noise": 3},
            drawn=noisy,
            part=lambda rates, h, c, start: "with noise" if c else "without noise",
        ),
    )


def cooling(rate, D):
    return rate * (1 - np.arange(D) / D)


def floor_of(rate, h):
    return rate / (h * (2 - rate * h))


def left(h, rate, D, cooled=cooling, start=floor_of):
    return noise(cooled(rate, D), h, 1.0, start(rate, h))[-1] / start(rate, h)


def shortest(h, rate, share, most, enough=lambda part, share: part <= share, **how):
    return next((D for D in range(1, most + 1) if enough(left(h, rate, D, **how), share)), None)


def endings(rng):
    for i in range(24):
        h, rate, most = float(rng.uniform(0.15, 1)), float(rng.uniform(0.15, 0.6)), int(rng.integers(20, 45))
        parts = [left(h, rate, D) for D in range(1, most + 3)]
        D = most if i % 6 == 0 else int(rng.integers(2, most + 2))  # the answer, None where above most
        yield h, rate, (parts[D - 1] + parts[D - 2]) / 2, most
    yield 0.01, 0.1, 0.2, 25
    yield 0.5, 0.4, 1.5, 9
    yield 0.02, 0.05, 0.5, 1


@declared("A3.5")
def the_shortest_cooldown_that_quiets():
    return Exercise(
        expected=shortest,
        cases=[
            (1.0, 0.2, 0.3, 100),
            (1.0, 0.2, 0.5, 100),
            (0.1, 0.2, 0.3, 100),
            (1.0, 0.2, 0.4, 22),
            (0.5, 0.4, 1.5, 9),
        ],
        mistakes={
            "The rate falls by rate / D an update, and would be 0 one update after the last.": (
                lambda *case: shortest(*case, cooled=lambda rate, D: np.linspace(rate, 0, D))
            ),
            "`share` is a share of the floor, which need not be 1.": lambda h, rate, share, most: shortest(
                h, rate, share / floor_of(rate, h), most
            ),
            "The run rests at its floor before the cooldown, not at 1.": lambda *case: shortest(
                *case, start=lambda rate, h: 1.0
            ),
            "Nothing up to `most` is enough: return None.": lambda *case: shortest(*case) or case[-1],
            "One too long: the first length that is enough counts.": lambda *case: (
                None if shortest(*case) in (None, case[-1]) else shortest(*case) + 1
            ),
            "One too short: D is the number of updates, counted from 1.": lambda *case: (
                None if shortest(*case) is None else shortest(*case) - 1
            ),
            "`most` is a length that may be tried, too.": lambda h, rate, share, most: shortest(
                h, rate, share, most - 1
            ),
        },
        marks=Marks(
            points={"a length": 3, "none": 2},
            drawn=lambda rng: [*endings(rng), *(case for case in hopeless(rng))],
            part=lambda *case: "none" if shortest(*case) is None else "a length",
        ),
    )


def hopeless(rng):
    for most in rng.integers(5, 25, 8):
        h, rate = float(rng.uniform(0.05, 0.5)), float(rng.uniform(0.05, 0.4))
        parts = left(h, rate, int(most)), left(h, rate, int(most) + 1)
        yield h, rate, sum(parts) / 2, int(most)
