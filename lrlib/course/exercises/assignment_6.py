"""Assignment 6, library conventions: formula, units, settings and arguments of a plan in many libraries."""

import math

import numpy as np

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone
from lrlib.course.trials.ported import through_preset
from lrlib.schedules import cosine, linear

CLOSE = 1e-6


# --- A6.1: the choices of a warmup and a cosine ---------------------------------------------------


def factor(t, first, peak, end, after, climb=None, clock=None, length=None):
    if t < peak:
        return first + (1 - first) * t / (climb or peak)
    gone = t - peak if clock is None else t - clock
    if t >= end and after == "holds":
        return 0.0
    return (1 + math.cos(math.pi * gone / (length or end - peak))) / 2


def factors_drawn(rng):
    for i in range(150):
        peak = int(rng.integers(2, 20)) if i % 7 else 0
        end = peak + int(rng.integers(5, 60))
        first = float(rng.choice([0.0, 0.1, 1 / 3, 1 / (peak + 1)]))
        places = (
            0,
            peak,
            max(peak - 1, 0),
            int(rng.integers(end)),
            end - 1,
            end,
            end + int(rng.integers(1, 40)),
        )
        yield places[i % 7], first, peak, end, "rises" if i % 2 else "holds"


@declared("A6.1")
def one_formula_for_many_libraries():
    return Exercise(
        expected=factor,
        cases=[(t, 0.25, 4, 10, after) for t in (0, 2, 3, 4, 7, 10, 12, 17) for after in ("holds", "rises")]
        + [(0, 0.5, 0, 6, "holds"), (3, 0.5, 0, 6, "holds")],
        mistakes={
            "The line ends at 1, not above: climb by 1 - first.": lambda t, f, p, e, a: (
                f + t / p if t < p else factor(t, f, p, e, a)
            ),
            "Step `peak` is at 1 already: divide by `peak`, not by one more.": lambda t, f, p, e, a: factor(
                t, f, p, e, a, climb=p + 1
            ),
            "Step `peak` is the first at 1: divide by `peak`, not by one less.": lambda t, f, p, e, a: factor(
                t, f, p, e, a, climb=p - 1
            ),
            "The cosine begins at the peak, and not with the run.": lambda t, f, p, e, a: factor(
                t, f, p, e, a, clock=0, length=e
            ),
            "The cosine is as long as what is left from the peak to the end.": lambda t, f, p, e, a: factor(
                t, f, p, e, a, length=e
            ),
            "Past the end there are two cases: 0, or the same cosine going on.": lambda t, f, p, e, a: factor(
                t, f, p, e, "holds"
            ),
            "The climb begins at `first`.": lambda t, f, p, e, a: factor(t, 0.0, p, e, a),
            "Where it holds, it is 0 from `end` on.": lambda t, f, p, e, a: factor(t, f, p, e, "rises"),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"up to the end": 4, "past the end": 2},
            drawn=factors_drawn,
            part=lambda t, first, peak, end, after: "past the end" if t > end else "up to the end",
        ),
    )


# --- A6.2: units ----------------------------------------------------------------------------------


def updates(text, per_epoch, total, rows, samples=math.ceil, share=round):
    number, unit = float(text.rstrip("epbasdur")), text.lstrip("0123456789.")
    return {
        "ep": lambda: round(number * per_epoch),
        "ba": lambda: int(number),
        "sp": lambda: samples(number / rows),
        "dur": lambda: share(number * total),
    }[unit]()


def texts_drawn(rng):
    made = 0
    while made < 80:
        per_epoch, rows = int(rng.integers(5, 400)), int(rng.integers(3, 200))
        total, kind = per_epoch * int(rng.integers(3, 30)), made % 5
        number = round(float(rng.uniform(0.05, 0.95)), 2)
        rest = (0, int(rng.integers(1, 1 + rows // 3)), 0, int(rng.integers(1, rows)))[made % 4]
        samples = rows * int(rng.integers(1, 90)) + rest
        text = (f"{int(rng.integers(1, 30))}ep", f"{number + int(rng.integers(4)):.2f}ep",
                f"{int(rng.integers(1, 900))}ba", f"{samples}sp", f"{number}dur")[kind]  # fmt: skip
        parts = float(text.rstrip("epbasdur")) * {1: per_epoch, 4: total}.get(kind, 1) % 1
        if not 0.4 < parts < 0.6:
            made += 1
            yield text, per_epoch, total, rows


@declared("A6.2")
def lengths_in_updates():
    def others(unit, f):
        return lambda text, p, t, r: f(text, p, t, r) if text.endswith(unit) else updates(text, p, t, r)

    return Exercise(
        expected=updates,
        cases=[
            (text, 37, 370, 32) for text in ("2ep", "0.8ep", "90ba", "320sp", "321sp", "0.33dur", "0.37dur")
        ],
        mistakes={
            "Samples are rows: an update takes `rows` of them.": others(
                "sp", lambda text, p, t, r: int(text[:-2])
            ),
            "After so many updates at least that many samples have to be seen: round up.": (
                lambda *case: updates(*case, samples=math.floor)
            ),
            "A number of updates that divides exactly needs no further one.": (
                lambda *case: updates(*case, samples=lambda x: math.floor(x) + 1)
            ),
            "dur is a share of the whole run, not of an epoch.": lambda text, p, t, r: (
                updates(text, p, p, r) if text.endswith("dur") else updates(text, p, t, r)
            ),
            "The nearest whole number of updates is wanted for a share, not the one below.": (
                lambda *case: updates(*case, share=math.floor)
            ),
            "An epoch has `per_epoch` updates.": others("ep", lambda text, p, t, r: float(text[:-2])),
            "Parts of an epoch count.": others("ep", lambda text, p, t, r: int(float(text[:-2])) * p),
        },
        marks=Marks(
            points={"ep and ba": 2, "sp and dur": 3},
            drawn=texts_drawn,
            part=lambda text, *rest: "ep and ba" if text.endswith(("ep", "ba")) else "sp and dur",
        ),
    )


# --- A6.3: which settings give these rates --------------------------------------------------------


def logged(peak, W, T, n):
    return (peak * (linear(0, 1, W) >> cosine(1, 0, T - W)).values(n)).tolist()


def last_above_0(rates, W):
    return max(t for t, r in enumerate(rates) if r > 1e-9 * rates[W])


def settings(rates, at=last_above_0, late=0, whole=round):
    W = int(np.argmax(rates))
    t = at(rates, W)
    turned = math.acos(min(1.0, 2 * rates[t] / rates[W] - 1))
    return max(rates), W + late, W + late + whole(math.pi * (t - W) / turned) if turned else t


def logs_drawn(rng):
    for i in range(50):
        W, down = int(rng.integers(2, 30)), int(rng.integers(25, 200))
        n = W + down + int(rng.integers(2, 40)) if i % 2 else W + 7 + int(rng.integers(down - 10)) * (i > 0)
        yield (logged(float(rng.uniform(1e-4, 2)), W, W + down, n),)


def first_zero(rates):
    zeros = [t for t, r in enumerate(rates) if t and r == 0]
    return max(rates), int(np.argmax(rates)), zeros[0] if zeros else len(rates)


@declared("A6.3")
def settings_from_a_log():
    return Exercise(
        expected=settings,
        cases=[
            (logged(0.5, 4, 24, 30),),
            (logged(0.5, 4, 24, 14),),
            (logged(0.02, 10, 110, 60),),
            (logged(0.3, 3, 79, 15),),
        ],
        tried=left_alone,
        mistakes={
            "A log that is cut short has no zero to look for: ask how far the cosine has turned.": first_zero,
            "Once the rate is 0 the cosine says no more: take an update at which it is still turning.": (
                lambda rates: settings(rates, at=lambda r, W: len(r) - 1)
            ),
            "T counts from the start of the run, not from the peak.": lambda rates: (
                *settings(rates)[:2],
                settings(rates)[2] - settings(rates)[1],
            ),
            "Updates count from 0: the one at the peak is update W.": lambda r: settings(r, late=1),
            "Round to the nearest whole number: int() cuts off, and 78.9999 becomes 78.": (
                lambda rates: settings(rates, whole=int)
            ),
            "The peak is the highest rate.": lambda rates: (rates[-1], *settings(rates)[1:]),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"a whole log": 2, "cut short": 3},
            drawn=logs_drawn,
            part=lambda rates: "cut short" if rates[-1] else "a whole log",
        ),
    )


# --- A6.4: one plan, the arguments of many libraries ----------------------------------------------

FACTORS = ("hf.cosine_with_min_lr", "keras.warmup_cosine", "optax.warmup_cosine",
           "composer.cosine_with_warmup")  # fmt: skip
RATES = ("timm.cosine", "megatron.cosine", "nanogpt.cosine_from_zero")


def arguments(library, T, W, peak, floor):
    length = {"decay_steps": T - W} if library.startswith("keras") else {"total_steps": T}
    low = {"min_factor": floor / peak} if library in FACTORS else {"min_lr": floor, "base_lr": peak}
    prefix = {"warmup_prefix": True} if library.startswith("timm") else {}
    return {"warmup_steps": W, **length, **low, **prefix}


def plans_drawn(rng):
    for i in range(42):
        W, peak = int(rng.integers(3, 30)), float(rng.uniform(0.5, 2.4))
        T, floor = W + int(rng.integers(20, 150)), peak * float(rng.uniform(0.05, 0.4))
        yield (*FACTORS, *RATES)[i % 7], T, W, peak, floor


def is_the_plan(f):
    for library in (*FACTORS, *RATES):
        plan = 0.4 * (linear(0, 1, 6) >> cosine(1, 0.25, 34)).values(40)
        if not np.allclose(through_preset(f, library, 40, 6, 0.4, 0.1), plan, 1e-9):
            return f"{library} has other rates than the plan."
    return None


@declared("A6.4")
def arguments_of_a_library():
    def but(library, **other):
        return lambda name, T, W, p, f: (
            arguments(name, T, W, p, f)
            | ({k: v(T, W, p, f) for k, v in other.items()} if name.startswith(library) else {})
        )

    def every(low, of):
        return lambda name, T, W, p, f: {
            k: of(p, f) if k == low else v for k, v in arguments(name, T, W, p, f).items()
        }

    return Exercise(
        expected=arguments,
        cases=[(library, 40, 6, 0.4, 0.1) for library in (*FACTORS, *RATES)],
        tried=through_preset,
        second=is_the_plan,
        mistakes={
            "Keras counts its decay_steps after the warmup.": but("keras", decay_steps=lambda T, *_: T),
            "timm's total_steps is T, the warmup counts: the presets all call it so.": (
                but("timm", total_steps=lambda T, W, *_: T - W)
            ),
            "optax counts the warmup in total_steps, which is T.": (
                but("optax", total_steps=lambda T, W, *_: T - W)
            ),
            "Only Keras counts after the warmup: total_steps is T in all the others.": (
                but(("timm", "optax", "hf", "composer", "mega", "nano"), total_steps=lambda T, W, *_: T - W)
            ),
            "timm's cosine runs below the warmup, unless warmup_prefix says otherwise.": (
                but("timm", warmup_prefix=lambda *_: False)
            ),
            "min_factor is a share of the peak, not a rate.": every("min_factor", lambda p, f: f),
            "min_lr is a rate, not a share of the peak.": every("min_lr", lambda p, f: f / p),
            "min_lr is compared with base_lr, which is the peak here.": every("base_lr", lambda p, f: 1.0),
            "The plan has a floor.": lambda *case: {
                k: 0.0 if k in ("min_factor", "min_lr") else v for k, v in arguments(*case).items()
            },
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"floors that are factors": 3, "floors that are rates": 3},
            drawn=plans_drawn,
            part=lambda library, *rest: (
                "floors that are factors" if library in FACTORS else "floors that are rates"
            ),
        ),
    )
