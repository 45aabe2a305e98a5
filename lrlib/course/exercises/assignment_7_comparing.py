"""Assignment 7, a comparison that flatters nobody: fair losses, halving, a paired interval, Holm's rule."""

import math

import numpy as np
from scipy.stats import t

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone
from lrlib.course.trials.names import named


def fair(chosen=lambda losses, k: losses[:, :, :k].mean(axis=2).argmin(axis=1),
         judged=lambda losses, k: losses[:, :, k:]):  # fmt: skip
    def of(losses, k):
        losses = np.asarray(losses, dtype=float)
        rates = chosen(losses, k)
        return judged(losses, k)[np.arange(len(losses)), rates]

    return of


def shared(losses, k):
    best = losses[:, :, :k].mean(axis=2)
    return np.full(len(losses), np.unravel_index(best.argmin(), best.shape)[1])


def grids(rng):
    for number in range(60):
        schedules = 1 if number < 20 else int(rng.integers(2, 6))
        shape = schedules, int(rng.integers(3, 9)), int(rng.integers(6, 15))
        centre = rng.uniform(0, shape[1], (schedules, 1, 1))
        losses = 0.05 * (np.arange(shape[1])[:, None] - centre) ** 2 + rng.exponential(0.3, shape)
        yield losses, int(rng.integers(1, shape[2] - 2))


@declared("A7.4")
def judged_on_other_seeds():
    return Exercise(
        expected=fair(),
        cases=[(each, k) for each, k in grids(np.random.default_rng(4))][::7],
        mistakes={
            "Every run still has the rate that suits it best: one rate for all runs of a schedule.": (
                lambda losses, k: losses[:, :, k:].min(axis=1)
            ),
            "The rate was chosen on the judging seeds: choose it on the first `k`.": (
                fair(chosen=lambda losses, k: losses[:, :, k:].mean(axis=2).argmin(axis=1))
            ),
            "The judging seeds had a say in the rate: choose it on the first `k` alone.": (
                fair(chosen=lambda losses, k: losses.mean(axis=2).argmin(axis=1))
            ),
            "Each schedule has its own peak; you gave them a shared one.": fair(chosen=shared),
            "Those are the tuning seeds: return the losses of the others.": (
                fair(judged=lambda losses, k: losses[:, :, :k])
            ),
            "Return all losses of the judging seeds, not their mean.": (
                lambda losses, k: fair()(losses, k).mean(axis=1)
            ),
            "The lowest mean of the tuning seeds, not the lowest single run.": (
                fair(chosen=lambda losses, k: losses[:, :, :k].min(axis=2).argmin(axis=1))
            ),
        },
        tried=left_alone,
        marks=Marks(
            points={"one schedule": 2, "several schedules": 3},
            drawn=grids,
            part=lambda losses, k: "one schedule" if len(losses) == 1 else "several schedules",
        ),
    )


def halving(kept=lambda n: max(1, n // 2), order=lambda losses: np.argsort(losses, kind="stable"),
            trained=sum, rung=lambda r, rungs: r, last=True):  # fmt: skip
    def of(curves):
        curves = np.asarray(curves, dtype=float)
        left, counts = np.arange(len(curves)), []
        for r in range(curves.shape[1]):
            counts.append(len(left))
            left = left[order(curves[left, rung(r, curves.shape[1])])]
            left = left[: kept(len(left))] if r < curves.shape[1] - 1 else left
        return int(left[0]), int(trained(counts))

    return of


def by_hand(curves):
    """As `halving`, with the lowest of what is left at every rung, where nan is below nothing."""
    return halving(order=lambda losses: np.argsort(np.nan_to_num(losses, nan=-1.0), kind="stable"))(curves)


def races(rng):
    """Curves (settings, rungs) that cross; in the second half some diverge, never all that are left."""
    made = 0
    while made < 80:
        n, rungs = int(rng.integers(3, 20)), int(rng.integers(2, 5))
        start, end = rng.uniform(0.6, 1.2, n), rng.uniform(0.2, 0.7, n)
        curves = start[:, None] + (end - start)[:, None] * np.arange(1, rungs + 1) / rungs
        if made >= 40:
            for setting in rng.choice(n, max(1, n // 4), replace=False):
                curves[setting, rng.integers(rungs) :] = np.nan
        if np.isfinite(curves[halving()(curves)[0], -1]):
            made += 1
            yield (curves,)


@declared("A7.5")
def the_better_half_goes_on():
    nan = math.nan
    return Exercise(
        expected=halving(),
        cases=[
            (np.array([[0.9, 0.5], [0.8, 0.6], [0.7, 0.4], [0.6, 0.3]]),),
            (np.array([[0.9, 0.1], [0.8, 0.6], [0.7, 0.6], [0.6, 0.7], [0.5, 0.65]]),),
            (np.array([[0.9, 0.8, 0.1], [0.8, 0.3, 0.3], [0.5, 0.6, 0.5]]),),
            (np.array([[nan, nan], [0.8, 0.3], [0.5, nan], [0.9, 0.2], [0.7, 0.6]]),),
            (np.array([[0.9, 0.5, 0.4, 0.3], [0.8, 0.6, 0.5, 0.4]]),),
            (np.array([[0.5, 0.45], [0.3, 0.46], [0.9, 0.2], [0.8, 0.3]]),),
        ],
        mistakes={
            "Half is rounded down: of 5 settings 2 go on.": halving(kept=lambda n: -(-n // 2)),
            "You halved after the last rung, too, or counted one rung too many.": halving(
                trained=lambda counts: sum(counts) + max(1, counts[-1] // 2)
            ),
            "That is the lowest at the end of all settings: most never got there.": (
                lambda curves: (int(np.nanargmin(curves[:, -1])), halving()(curves)[1])
            ),
            "That is the winner of the first rung: those that go on are compared again.": (
                lambda curves: (int(np.nanargmin(curves[:, 0])), halving()(curves)[1])
            ),
            "Number the settings as they came: yours is the place among those that were left.": (
                lambda curves: (0, halving()(curves)[1])
            ),
            "Every rung was counted with all settings: those that are out train no more.": (
                halving(trained=lambda counts: counts[0] * len(counts))
            ),
            "The worse half went on: a lower loss is better.": (
                halving(order=lambda losses: np.argsort(-losses, kind="stable"))
            ),
            "A loss that is nan is worse than any other: it had gone on.": by_hand,
        },
        tried=left_alone,
        marks=Marks(
            points={"no run diverged": 3, "some runs diverged": 3},
            drawn=races,
            part=lambda curves: "no run diverged" if np.isfinite(curves).all() else "some runs diverged",
        ),
    )


def replaced(losses, guess):
    losses = np.asarray(losses, dtype=float)
    return np.where(np.isfinite(losses), losses, guess)


def interval(error=lambda d: d.std(ddof=1) / len(d) ** 0.5, q=lambda n: t.ppf(0.975, n - 1), filled=replaced):
    def of(a, b, guess):
        d = filled(a, guess) - filled(b, guess)
        half = q(len(d)) * error(d)
        return d.mean(), d.mean() - half, d.mean() + half

    return of


def left_out(a, b, guess):
    whole = np.isfinite(a) & np.isfinite(b)
    return interval()(a[whole], b[whole], guess)


def not_paired(a, b, guess):
    x, y = replaced(a, guess), replaced(b, guess)
    half = t.ppf(0.975, len(x) - 1) * ((x.var(ddof=1) + y.var(ddof=1)) / len(x)) ** 0.5
    return x.mean() - y.mean(), x.mean() - y.mean() - half, x.mean() - y.mean() + half


def one_sided(a, b, guess):
    return interval(q=lambda n: t.ppf(0.95, n - 1))(a, b, guess)


def judged(rng):
    for number in range(40):
        n, luck = int(rng.integers(6, 40)), rng.normal(0, 0.1)
        a, b = 0.5 + luck + rng.exponential(0.1, (2, n))
        guess = float(rng.uniform(1.0, 2.5))
        if number >= 20:
            a[rng.integers(n)] = rng.choice([np.nan, np.inf])
            if number % 2:
                b[rng.integers(n)] = rng.choice([np.nan, np.inf])
        yield a, b, guess


@declared("A7.6")
def the_interval_of_a_difference():
    return Exercise(
        expected=interval(),
        cases=list(judged(np.random.default_rng(6)))[::5],
        mistakes={
            "Leaving out a pair whose run diverged flatters the schedule that diverges: put in `guess`.": (
                left_out
            ),
            "That is not paired: take the differences first.": not_paired,
            "Divide by the root of the number of pairs.": interval(error=lambda d: d.std(ddof=1)),
            "Use ddof=1: the mean was computed from the same pairs.": (
                interval(error=lambda d: d.std() / len(d) ** 0.5)
            ),
            "For few pairs q is Student's, a little above 1.96.": interval(q=lambda n: 1.96),
            "A 95 % interval leaves 2.5 % out on each side.": one_sided,
            "Of n pairs, n - 1 degrees of freedom are left.": interval(q=lambda n: t.ppf(0.975, n)),
            "The other way round: `a` minus `b`.": lambda a, b, guess: interval()(b, a, guess),
            "A diverged run counts as `guess`, not as 0.": lambda a, b, guess: interval()(a, b, 0.0),
        },
        tolerance=1e-6,
        tried=left_alone,
        marks=Marks(
            points={"all runs ended": 3, "some runs diverged": 3},
            drawn=judged,
            part=lambda a, b, guess: "all runs ended" if np.isfinite([a, b]).all() else "some runs diverged",
        ),
    )


def holm(p, bound=lambda i, m: 0.05 / (m - i), goes_on=False):
    """The names that are told apart: the smallest p first, and none after one that is not."""
    told = []
    for i, name in enumerate(sorted(p, key=p.get)):
        if p[name] < bound(i, len(p)):
            told.append(name)
        elif not goes_on:
            break
    return told


def choice(told=holm, of=lambda difference, p: difference, is_better=lambda d: d < 0):
    def chosen(differences, p, simplest):
        better = [name for name in told(p) if is_better(differences[name])]
        return min(better, key=lambda name: of(differences[name], p[name]), default=simplest)

    return chosen


def tables(rng):
    """p-values near the bounds of Holm's rule, for differences of either sign."""
    names = ["linear", "cooldown", "one cycle", "constant", "restarts", "late root"]
    wanted = {"somebody is better": 50, "nobody is better": 50}
    while any(wanted.values()):
        m = int(rng.integers(2, 7))
        mine = [str(name) for name in rng.permutation(names)[:m]]
        bounds = 0.05 / np.arange(m, 0, -1) * rng.uniform(0.5, 1.3, m)
        p = dict(zip(mine, rng.permutation(bounds).round(5).tolist(), strict=True))
        differences = dict(zip(mine, rng.normal(-0.01, 0.03, m).round(4).tolist(), strict=True))
        case = differences, p, "cosine"
        at_a_bound = any(abs(each * k - 0.05) < 1e-6 for each in p.values() for k in range(1, m + 1))
        if at_a_bound or len({0.0, *differences.values()}) <= m:
            continue
        if wanted[part_of_table(*case)]:
            wanted[part_of_table(*case)] -= 1
            yield case


def part_of_table(differences, p, simplest):
    is_chosen = choice()(differences, p, simplest) != simplest
    return "somebody is better" if is_chosen else "nobody is better"


@declared("A7.7")
def a_choice_with_a_fallback():
    one = {"linear": -0.02, "cooldown": -0.05, "constant": 0.08}
    return Exercise(
        expected=choice(),
        cases=[
            (one, {"linear": 0.004, "cooldown": 0.02, "constant": 0.001}, "cosine"),
            (one, {"linear": 0.03, "cooldown": 0.04, "constant": 0.001}, "cosine"),
            (one, {"linear": 0.03, "cooldown": 0.3, "constant": 0.9}, "cosine"),
            (one, {"linear": 0.3, "cooldown": 0.01, "constant": 0.0001}, "cosine"),
            (one, {"linear": 0.02, "cooldown": 0.3, "constant": 0.9}, "cosine"),
            (one, {"linear": 0.3, "cooldown": 0.04, "constant": 0.0001}, "linear to 0"),
        ],
        mistakes={
            "That is the lowest mean, whatever its p: it must be told apart first.": (
                choice(told=lambda p: list(p))
            ),
            "Each was judged alone: correct for all of them by Holm's rule.": (
                choice(told=lambda p: [name for name in p if p[name] < 0.05])
            ),
            "That is Bonferroni, 0.05 / m for each: Holm asks less of the next.": (
                choice(told=lambda p: holm(p, lambda i, m: 0.05 / m, goes_on=True))
            ),
            "Holm's rule stops at the first that is not told apart.": (
                choice(told=lambda p: holm(p, goes_on=True))
            ),
            "Of those that are better take the lowest mean, not the smallest p.": (
                choice(of=lambda difference, p: p)
            ),
            "A schedule that is told apart may be worse: look at the sign.": (
                choice(is_better=lambda d: True, of=lambda difference, p: p)
            ),
            "Negative is better: a difference is that of the losses, other minus simplest.": (
                choice(is_better=lambda d: d > 0, of=lambda difference, p: -difference)
            ),
            "Worse ones belong to the table too: m counts all comparisons.": (
                lambda differences, p, simplest: choice()(
                    differences, {n: p[n] for n in p if differences[n] < 0}, simplest
                )
            ),
        },
        tried=named,
        marks=Marks(
            points={"somebody is better": 3, "nobody is better": 3}, drawn=tables, part=part_of_table
        ),
    )
