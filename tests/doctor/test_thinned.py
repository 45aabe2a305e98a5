"""Long runs with a fault, logged every 10 or 50 updates with 4 digits: named, or not to be seen in the log.

The rates are those of the museum's programs in closed form, over runs 50 times as long; which formula each
program follows is checked there, on its ledger.
"""

import numpy as np
import pytest

from lrlib.course.museum import TRAPS
from lrlib.doctor import Log, diagnose
from lrlib.schedules import parse
from tests.doctor.test_faults import rounded

PEAK = 0.137  # a rate whose multiples need all digits


def of(text):
    return parse(text)


def after(since, before, later):
    """One curve up to an update, another from there on."""
    return lambda t: np.where(t < since, before(t), later(t))


def clock(text, by):
    """A schedule on a clock of its own."""
    return lambda t: parse(text)(np.maximum(by(t), 0))


def flat(value):
    return lambda t: np.full(len(t), value)


ONE_CYCLE = "linear(0.04, 1, 250) >> linear(1, 4e-6, 749)"
TRIPLED = "restarts(cosine(1, 0, 50), t_mult=3)"
WARM, WAVE = "linear(0.1, 1, 500) >> cosine(1, 0, 2500)", "cosine_wave(300)"
STABLE = "linear(0.1, 1, 500) >> constant(1, 2000) >> linear(1, 0, 1000)"
LONG = {  # the trap: its plan, what is done, updates
    "step-order": ("linear(1, 0, 1000)", clock("linear(1, 0, 1000)", lambda t: t + 1), 1000),
    "built-late": ("linear(0.1, 1, 500)",
                   after(1, flat(1.0), clock("linear(0.1, 1, 500)", lambda t: t - 1)), 1250),
    "stepped-outside": (WARM, flat(0.1), 3000),
    "epochs-for-batches": ("cosine(1, 0, 5000)", of("cosine_wave(500)"), 5000),
    "batches-for-epochs": ("cosine(1, 0, 5000)", clock("cosine(1, 0, 5000)", lambda t: t // 10), 5000),
    "micro-batches": ("linear(0.1, 1, 600)", clock("linear(0.1, 1, 600)", lambda t: 4 * t + 3), 1500),
    "attribute": ("cosine(1, 0, 2500)", flat(1.0), 2500),
    "fraction-of-a-step": ("multistep((750, 1875), 0.3)", of("multistep((750,), 0.3)"), 3000),
    "past-the-end": ("cosine(1, 0, 2000)", of("cosine_wave(2000)"), 3000),
    "cut-short": ("cosine(1, 0, 3000)", of("cosine(1, 0, 5000)"), 3000),
    "dead-first-update": ("shift(linear(0, 1, 500), 1)", of("linear(0, 1, 500)"), 1250),
    "empty-warmup": ("constant()", flat(0.1), 1250),
    "patience": ("constant(1, 1) >> step(150, 0.5)", of("constant(1, 1) >> step(200, 0.5)"), 1250),
    "stuck-at-zero": ("cut(cosine(1, 0, 1000), 1000) >> shift(cosine(1, 0, 2000), 1000)",
                      of("cosine(1, 0, 1000)"), 2000),
    "floor-on-top": ("cosine(1, 0.1, 2500)", lambda t: 0.1 + parse("cosine(1, 0, 2500)")(t), 2500),
    "warmup-twice": ("linear(0.1, 1, 500) >> constant(1, 1500) >> linear(1, 0, 1000)",
                     of("linear(0.1, 1, 500) >> constant(1, 1500) >> linear(1, 0, 500)"), 3000),
    "chained-warmup": ("linear(0.1, 1, 1000) >> cosine(1, 0, 4000)",
                       of("linear(0.1, 1, 1000) * cosine(1, 0, 5000)"), 5000),
    "second-from-base": ("linear(1, 0.4, 1000) >> 0.4 * exponential(0.999)",
                         of("linear(1, 0.4, 1000) >> exponential(0.999)"), 2500),
    "shared-initial": ("linear(0.1, 1, 500) >> cosine(0.04, 1, 550) >> cosine(1, 4e-6, 1400)",
                       of("0.04 * linear(0.1, 1, 500) >> cosine(0.04, 1, 550) >> cosine(1, 4e-6, 1400)"),
                       2500),
    "remembered-base": ("exponential(2, 50, 200) >> 16 * exponential(0.9, 50)",
                        of("exponential(2, 50, 200) >> exponential(0.9, 50)"), 1250),
    "scheduler-only": ("restarts(cosine(1, 0, 300) >> cosine(0, 1, 300))",
                       lambda t: parse(WAVE)(t) * np.where((t >= 350) & (t < 900), 15, 1), 1200),
    "optimizer-first": ("linear(0.2, 1, 600)",
                        lambda t: np.where(t >= 400, 0.2, 1) * parse("linear(0.2, 1, 600)")(t), 1250),
    "optimizer-only": (WARM, after(1751, of(WARM), clock(WARM, lambda t: t - 1750)), 3000),
    "last-epoch": ("step(500, 0.3)", lambda t: np.where(t >= 500, 0.3, 1) * parse("step(500, 0.3)")(t), 1500),
    "old-horizon": ("cut(cosine(1, 0, 2500), 1250) >> 0.5 * cosine(1, 0, 3750)",
                    of("cosine_wave(2500)"), 5000),
    "new-lambda": ("linear(1, 0.5, 1250) >> linear(0.5, 0, 3750)",
                   after(1251, of("linear(1, 0, 2500)"), of("linear(1, 0, 5000)")), 5000),
    "new-base-rate": ("cosine(1, 0, 2000) * (constant(1, 750) >> constant(0.5))", of("cosine(1, 0, 2000)"),
                      2000),
    "skipped-update": ("linear(1, 0, 1000)", clock("linear(1, 0, 1000)", lambda t: t + 5), 1000),
    "processes": ("linear(1, 0, 2000)", clock("linear(1, 0, 2000)", lambda t: 4 * t), 2000),
    "final-batch-size": (STABLE, clock(STABLE, lambda t: np.where(t < 1000, t / 2, t - 500)), 3500),
    "milestone-early": ("multistep((1000, 2000), 0.3)",
                        clock("multistep((1000, 2000), 0.3)", lambda t: t + 1), 3000),
    "logged-late": ("restarts(cosine(1, 0, 500))",
                    clock("restarts(cosine(1, 0, 500))", lambda t: t + 1), 1500),
    "negative-rate": (ONE_CYCLE, after(1000, of(ONE_CYCLE), flat(4e-6 - (1 - 4e-6) / 749)), 1001),
    "negative-metric": ("constant(1, 50) >> step(200, 0.5)", flat(1.0), 1250),
    "missed-restart": (TRIPLED, lambda t: np.where(t == 6050, 0, parse(TRIPLED)(t)), 7000),
    "nested-last": ("linear(0.1, 1, 500) >> constant(0.5, 500) >> constant(0.2, 500)",
                    of("linear(0.1, 1, 500)"), 500),
    "nested-first": ("constant(0.5, 500) >> constant(0.2, 500)",
                     clock("constant(0.5, 500) >> constant(0.2, 500)", lambda t: t + 1), 1000),
    "fused-skip": ("linear(1, 0, 1000)", clock("linear(1, 0, 1000)", lambda t: t + 3), 1000),
    "workers-late": ("cosine(1, 0, 2000)", after(1, flat(1.0), of("0.25 * cosine(1, 0, 2000)")), 2000),
    "stale-decay": ("linear(0.1, 0.4, 1500)",
                    lambda t: np.where(t == 750, 0.1, parse("linear(0.1, 0.4, 1500)")(t)), 1500),
    "old-milestones": ("multistep((800, 1200, 1600), 0.3)", of("multistep((1600, 2400, 3200), 0.3)"), 2000),
}  # fmt: skip


@pytest.mark.parametrize("every", [pytest.param(10, marks=pytest.mark.long), 50])
@pytest.mark.parametrize("name", LONG)
def test_a_long_run_that_is_logged_now_and_then_has_its_fault_named_or_shows_none(name, every):
    plan, done, updates = LONG[name]
    schedule = parse(plan)
    for first in (0, every - 1):
        t = np.arange(first, updates, every)
        log = Log(t, rounded(PEAK * np.asarray(done(t), float), 4))
        found = diagnose(log, schedule, PEAK)
        countings = (0, -1) if first else (0,)
        hidden = any((rounded(PEAK * schedule(t + k), 4) == log.rates[:, 0]).all() for k in countings)
        assert name in found.traps or (hidden and found.fault is None), (first, found.sentence)


GROUPS = {  # the trap: the plan of all groups or of each, what each does, updates, when the last one begins
    "late-group": (["cosine(1, 0, 2000)"], [of("cosine(1, 0, 2000)"), flat(1.0)], 1001, 1000),
    "plateau-apart": (["multistep((650, 850, 1050), 0.5)"],
                      [flat(1.0), of("multistep((650, 850, 1050), 0.5)")], 1500, 0),
    "shared-tensor": (["linear(1, 0, 1500)", "constant(0.1)"], [flat(0.1), flat(0.1)], 1500, 0),
    "unread-scale": (["0.25 * cosine(1, 0, 2000)", "cosine(1, 0, 2000)"],
                     [of("cosine(1, 0, 2000)"), of("cosine(1, 0, 2000)")], 2000, 0),
}  # fmt: skip


@pytest.mark.parametrize("every", [pytest.param(10, marks=pytest.mark.long), 50])
@pytest.mark.parametrize("name", GROUPS)
def test_groups_that_are_logged_now_and_then_have_their_fault_named(name, every):
    plans, done, updates, begins = GROUPS[name]
    t = np.arange(0, updates, every)
    rates = np.stack([np.asarray(each(t), float) for each in done], axis=1) * PEAK
    rates[t < begins, 1] = np.nan
    found = diagnose(Log(t, rounded(rates, 4)), [*map(parse, plans)] if plans[1:] else parse(plans[0]), PEAK)
    assert name in found.traps, found.sentence


def test_every_trap_of_the_museum_is_thinned():
    assert {*LONG, *GROUPS} == {*TRAPS}
