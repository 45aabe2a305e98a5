"""Assignment 1, one number: was the rate used, and what does it do? Measuring is `assignment_1_honest`."""

import math

import numpy as np

from lrlib import theory
from lrlib.course.exercises import Exercise, Marks, assignment_1_honest, declared  # noqa: F401
from lrlib.course.trials import driven
from lrlib.course.trials.arguments import left_alone


def every_group(new):
    """Writes new(the group's rate, the bases, the number of the group, the factor) into every group."""

    def write(optimizer, bases, factor):
        for i, group in enumerate(optimizer.param_groups):
            group["lr"] = new(group["lr"], bases, i, factor)

    return write


def factors_for_groups(rng):
    for groups in [1] * 6 + [2, 3, 4] * 3:
        yield rng.uniform(0.01, 2, groups).tolist(), rng.uniform(0, 1.2, rng.integers(2, 6)).tolist()
    yield [0.5], [1.0, 0.0, 0.5]
    yield [0.5, 0.02], [1.0, 0.0, 0.5]


A_RATE_FOR_EVERY_GROUP = {
    'The rate never moved: the optimizer reads group["lr"] of its param_groups, no attribute.': (
        lambda optimizer, bases, factor: setattr(optimizer, "_lr", bases[0] * factor)
    ),
    "Only the first group moved: go through all of optimizer.param_groups.": (
        lambda optimizer, bases, factor: optimizer.param_groups[0].update(lr=bases[0] * factor)
    ),
    "Each factor was applied to the rate before it: multiply the group's own base, not its rate.": (
        every_group(lambda lr, bases, i, factor: lr * factor)
    ),
    "All groups have the rate of the first: group i has the base bases[i].": (
        every_group(lambda lr, bases, i, factor: bases[0] * factor)
    ),
    "That writes the factor: the rate is the base times the factor.": (
        every_group(lambda lr, bases, i, factor: factor)
    ),
    "The rate was rounded to float32 on its way: write a Python float.": (
        every_group(lambda lr, bases, i, factor: float(np.float32(bases[i] * factor)))
    ),
}


@declared("A1.1")
def a_rate_for_every_group():
    return Exercise(
        expected=every_group(lambda lr, bases, i, factor: bases[i] * factor),
        cases=[([0.4], [1.0, 0.5, 0.25]), ([0.1, 0.01], [1.0, 0.5]), ([0.2, 0.3, 0.1], [0.9, 0.0, 0.6])],
        tried=driven.written,
        mistakes=A_RATE_FOR_EVERY_GROUP,
        tolerance=1e-9,
        marks=Marks(
            points={"one group": 2, "several groups": 3},
            drawn=factors_for_groups,
            part=lambda bases, factors: "one group" if len(bases) == 1 else "several groups",
        ),
    )


def move_by(ratio):
    """A rate from ratio(the gradient, the move), nan where the gradient is zero."""

    def rate(before, after, gradient):
        g = np.asarray(gradient, float)
        return ratio(g, np.asarray(after) - np.asarray(before)) if g.any() else math.nan

    return rate


def quietly(ratio):
    def quiet(g, move):
        with np.errstate(all="ignore"):
            return ratio(g, move)

    return quiet


def moves(rng):
    for kind in ["no zero"] * 15 + ["zeros"] * 10 + ["cancels"] * 10 + ["climbs"] * 8 + ["flat"] * 4:
        g = rng.normal(size=2 * rng.integers(1, 5))
        g[:: 2 if kind == "zeros" else len(g) + 1] *= kind != "zeros"
        g = {"cancels": np.append(g, -g), "flat": 0 * g}.get(kind, g)
        if kind == "climbs":
            g[0] = 0.0
        rate = rng.uniform(0.001, 1.5) * (-1 if kind == "climbs" else 1)
        before = rng.normal(size=len(g))
        yield before.tolist(), (before - rate * g).tolist(), g.tolist()


def kind_of_move(before, after, gradient):
    return "no gradient is zero" if all(gradient) else "some gradients are zero"


THE_RATE_OF_A_MOVE = {
    "The sign: an update goes against the gradient, after = before - rate * gradient.": (
        move_by(lambda g, move: (move @ g) / (g @ g))
    ),
    "A rate can be negative, where a formula has run past its end: keep the sign.": (
        move_by(lambda g, move: np.linalg.norm(move) / np.linalg.norm(g))
    ),
    "Where a gradient is 0, dividing weight by weight gives nan: use all weights at once.": (
        move_by(quietly(lambda g, move: np.mean(-move / g)))
    ),
    "Where positive and negative gradients cancel, sums say nothing: weigh moves by gradients.": (
        move_by(quietly(lambda g, move: -move.sum() / g.sum() if abs(g.sum()) > 1e-12 else 0.0))
    ),
    "Where all gradients are zero nothing moves at any rate: the answer is nan.": (
        lambda before, after, gradient: float(
            np.nan_to_num(move_by(lambda g, m: -(m @ g) / (g @ g))(before, after, gradient))
        )
    ),
}


@declared("A1.2")
def the_rate_of_a_move():
    return Exercise(
        expected=move_by(lambda g, move: -(move @ g) / (g @ g)),
        cases=[
            ([1.0, 2.0], [0.9, 2.2], [0.5, -1.0]),
            ([1.0, 2.0], [1.0, 2.2], [0.0, -1.0]),
            ([1.0], [1.0], [0.0]),
            ([0.3, 0.1, 0.2], [0.33, 0.1, 0.23], [1.0, 0.0, 1.0]),
            ([0.3, 0.1], [0.1, 0.3], [1.0, -1.0]),
        ],
        tried=left_alone,
        mistakes=THE_RATE_OF_A_MOVE,
        tolerance=1e-4,
        marks=Marks(
            points={"no gradient is zero": 2, "some gradients are zero": 3}, drawn=moves, part=kind_of_move
        ),
    )


def until(pace=lambda rate, h: abs(1 - rate * h), of=max, whole=math.ceil, limit=1.0):
    """Updates until every direction has come near enough, or another count of them."""

    def updates(rate, curvatures, share):
        q = of([pace(rate, h) for h in curvatures])
        if share >= 1:
            return 0
        if q >= limit:
            return math.inf
        if q == 1:
            return math.inf
        return 1 if q == 0 else whole(math.log(share) / math.log(q))

    return updates


def bowls(rng):
    # none where rounding decides, nor where counting them one by one takes long
    count = 0
    while count < 90:
        h = rng.uniform(0.02, 4, 1 if count < 40 else rng.integers(2, 5))
        u = rng.choice([rng.uniform(0.02, 0.95), rng.uniform(1.05, 1.95), rng.uniform(2.05, 3)])
        rate, share = u / h.max(), float(rng.choice([rng.uniform(0.001, 0.9), 1.5]))
        q = max(abs(1 - rate * h))
        needed = math.log(share) / math.log(q) if q < 1 else 0.5
        if share < 1 and (needed > 1000 or abs((needed + 0.5) % 1 - 0.5) < 1e-4):
            continue
        count += 1
        yield rate, h.tolist(), share
    for h in (0.5, 2.0, 4.0):
        yield 1 / h, [h], 0.01
    yield 0.5, [1.0], 0.25
    yield 0.25, [2.0, 1.0], 1.0
    yield 1.8, [1.0, 0.5], 0.1
    for h in [2.0], [2.0, 0.5]:
        yield 1.0, h, 0.1
        yield 1.5, h, 1.5


UPDATES_UNTIL_NEAR = {
    "That follows the steepest direction alone: the slowest decides.": (
        lambda rate, curvatures, share: until()(rate, [max(curvatures)], share)
    ),
    "That follows the flattest direction alone: near its limit the steepest is slower.": (
        lambda rate, curvatures, share: (
            until()(rate, [min(curvatures)], share) if rate * max(curvatures) < 2 or share >= 1 else math.inf
        )
    ),
    "Past 1/h the factor is negative, and the distance its absolute value: abs(1 - rate * h).": (
        until(pace=lambda rate, h: max(1 - rate * h, 0), limit=1)
    ),
    "That is the pace of the loss, which is squared; the distance is asked for.": (
        until(pace=lambda rate, h: (1 - rate * h) ** 2)
    ),
    "One too few: after that many updates it is not near enough yet. Round up.": (until(whole=math.floor)),
    "Updates are whole: round up.": until(whole=float),
    "A share of 1 or more takes no update, also where the distance grows: 0.": (
        lambda rate, curvatures, share: (
            math.inf if max(abs(1 - rate * h) for h in curvatures) >= 1 else until()(rate, curvatures, share)
        )
    ),
    "At most: where the distance is exactly the share, it is near enough.": (
        until(whole=lambda needed: math.floor(needed) + 1)
    ),
    "From rate 2/h on it never comes nearer: math.inf.": (
        lambda rate, curvatures, share: (
            abs(found) if math.isfinite(found := until(limit=99)(rate, curvatures, share)) else found
        )
    ),
}


@declared("A1.3")
def updates_until_near():
    return Exercise(
        expected=until(),
        cases=[
            (0.5, [1.0], 0.1),
            (1.8, [1.0], 0.1),
            (2.5, [1.0], 0.1),
            (0.5, [2.0], 0.1),
            (0.9, [2.0, 0.1], 0.01),
            (0.98, [2.0, 0.5], 0.1),
            (0.3, [1.0, 2.0], 1.0),
            (1.2, [2.0, 0.1], 0.01),
            (3.0, [1.0], 1.5),
            (1.0, [2.0], 0.1),
            (0.5, [1.0], 0.25),
        ],
        tried=left_alone,
        mistakes=UPDATES_UNTIL_NEAR,
        marks=Marks(
            points={"one direction": 2, "several directions": 3},
            drawn=bowls,
            part=lambda rate, curvatures, share: (
                "one direction" if len(curvatures) == 1 else "several directions"
            ),
        ),
    )


def from_positions(factor=lambda a, b: b / a, curvature=lambda f, rate: (1 - f) / rate,
                   bottom=lambda x, d, f: x + d / (1 - f)):  # fmt: skip
    def read(rate, positions):
        x, y, z = map(float, positions)
        f = factor(y - x, z - y)
        return curvature(f, rate), bottom(x, y - x, f)

    return read


def descents(rng):
    for low, high in [(0.1, 0.9)] * 25 + [(1.1, 1.9)] * 25 + [(2.1, 3.0)] * 10:
        rate, c, start = rng.uniform(0.02, 2), rng.uniform(-5, 5), rng.uniform(1, 4) * rng.choice([-1, 1])
        f = 1 - rng.uniform(low, high)
        yield rate, [c + start * f**i for i in range(3)]


def side(rate, positions):
    x, y, z = positions
    return "it stays on its side" if (z - y) / (y - x) > 0 else "it changes sides"


A_BOWL_FROM_THREE_POSITIONS = {
    "That is right for a bottom at 0: use differences of positions, the bottom cancels.": (
        lambda rate, p: ((1 - p[1] / p[0]) / rate, 0.0)
    ),
    "The ratio is upside down: the second move over the first.": from_positions(lambda a, b: a / b),
    "That is rate times curvature: divide by the rate.": from_positions(curvature=lambda f, rate: 1 - f),
    "Keep the sign of the ratio: the two moves go opposite ways where it changes sides.": (
        from_positions(lambda a, b: abs(b / a))
    ),
    "The curvature is right. All moves together lead to the bottom: d + d f + d f^2 + ...": (
        from_positions(bottom=lambda x, d, f: x + d + d * f)
    ),
    "The curvature comes first, then the bottom.": lambda *case: from_positions()(*case)[::-1],
}


@declared("A1.4")
def a_bowl_from_three_positions():
    return Exercise(
        expected=from_positions(),
        cases=[
            (0.5, [8.0, 4.0, 2.0]),
            (0.5, [9.0, 5.0, 3.0]),
            (0.1, [1.0, -1.0, 0.0]),
            (0.4, [2.0, 0.8, 1.52]),
            (0.2, [0.5, 1.1, -0.1]),
        ],
        tried=left_alone,
        mistakes=A_BOWL_FROM_THREE_POSITIONS,
        tolerance=1e-4,
        marks=Marks(points={"it stays on its side": 3, "it changes sides": 2}, drawn=descents, part=side),
    )


def floor(one=lambda u: u / (2 - u), of=sum, noise=lambda sigma, k: sigma**2 / k, half=0.5):
    def at(rate, curvatures, sigma, k):
        if max(curvatures) * rate >= 2:
            return math.inf
        return half * noise(sigma, k) * of([one(rate * h) for h in curvatures])

    return at


def noisy_bowls(rng):
    for i in range(60):
        h = rng.uniform(0.02, 4, 1 if i < 25 else rng.integers(2, 6))
        u = rng.uniform(2.05, 3) if i % 5 == 0 else rng.uniform(0.05, 1.7)
        yield float(u / h.max()), h.tolist(), float(rng.uniform(0.3, 3)), int(rng.integers(1, 17))
    yield 1.0, [2.0], 1.0, 1
    yield 0.5, [4.0, 1.0], 1.0, 2


THE_FLOOR_OF_A_BATCH = {
    "A mean of k times as many examples has a variance of sigma^2 / k: sigma / k is too little.": (
        floor(noise=lambda sigma, k: (sigma / k) ** 2)
    ),
    "The batch has no effect yet: k times as many examples, a variance of sigma^2 / k.": (
        floor(noise=lambda sigma, k: sigma**2)
    ),
    "Larger batches have less noise, not more: sigma^2 / k.": floor(noise=lambda s, k: s**2 * k),
    "That is the steepest direction alone: add the noise floors of all.": floor(of=max),
    "The directions add up: a sum, not a mean.": floor(of=np.mean),
    "The loss is half of it: sigma^2 / 2.": floor(half=1),
    "That holds for small rates: the denominator is 2 - rate * h.": floor(one=lambda u: u / 2),
    "Past 2/h there is no resting point: math.inf.": (
        lambda rate, curvatures, sigma, k: (
            sigma**2 / k / 2 * sum(rate * h / (2 - rate * h or 1e-300) for h in curvatures)
        )
    ),
    "The variance of the noise is sigma squared.": floor(noise=lambda sigma, k: sigma / k),
}


@declared("A1.5")
def the_floor_of_a_batch():
    return Exercise(
        expected=lambda rate, curvatures, sigma, k: (
            theory.noise_floor(rate, curvatures, sigma / k**0.5) if rate * max(curvatures) < 2 else math.inf
        ),
        cases=[
            (0.5, [1.0], 1.0, 1),
            (0.5, [1.0], 1.0, 4),
            (0.2, [2.0, 0.5], 3.0, 1),
            (0.2, [2.0, 0.5, 0.1], 2.0, 8),
            (1.5, [2.0, 0.5], 1.0, 2),
            (1.0, [2.0], 1.0, 1),
            (1.5, [1.0, 0.2], 1.0, 2),
        ],
        tried=left_alone,
        mistakes=THE_FLOOR_OF_A_BATCH,
        tolerance=1e-5,
        marks=Marks(
            points={"one direction": 2, "several directions": 3},
            drawn=noisy_bowls,
            part=lambda rate, curvatures, sigma, k: (
                "one direction" if len(curvatures) == 1 else "several directions"
            ),
        ),
    )
