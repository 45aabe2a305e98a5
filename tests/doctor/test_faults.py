"""What became of a plan: every known fault is named from its log alone, and a right run has none."""

import numpy as np
import pytest

from lrlib.course.museum import TRAPS
from lrlib.doctor import Log, diagnose, identify
from lrlib.schedules import constant, cosine, linear, parse
from tests.doctor.plans import PLANS
from tests.doctor.right import right


def rounded(rates, digits):
    """Rates as a log writes them with so many significant digits; None keeps all."""
    return rates if digits is None else np.vectorize(lambda rate: float(f"{rate:.{digits - 1}e}"))(rates)


def planned(name):
    plan = PLANS[name]
    return [*map(parse, plan)] if isinstance(plan, tuple) else parse(plan)


def read(name, ledger, digits):
    """What its author has as a log: of the rate that is logged late, that is no ledger of the rates used."""
    rates = ledger.intended if name == "logged-late" else ledger.used_by_group
    return Log(np.arange(len(rates)), rounded(rates, digits), sizes={"counted_from": 0})


def base_of(name):
    return 0.4 if name == "workers-late" else 0.1


def test_every_trap_has_a_plan_that_is_what_it_intended():
    assert PLANS.keys() == TRAPS.keys()
    for name, trap in TRAPS.items():
        if name != "logged-late":  # what is intended there is the log
            meant = np.atleast_2d(trap.broken().intended.T).T
            plans = planned(name) if isinstance(planned(name), list) else [planned(name)]
            for k, plan in enumerate(plans):
                np.testing.assert_allclose(base_of(name) * plan.values(len(meant)), meant[:, k], atol=1e-9)


@pytest.mark.parametrize("digits", [None, 4])
@pytest.mark.parametrize("name", TRAPS)
def test_every_trap_of_the_museum_gets_its_diagnosis_and_its_repair_gets_none(name, digits):
    trap = TRAPS[name]
    found = diagnose(read(name, trap.broken(), digits), planned(name), base_of(name))
    assert name in found.traps and found.fault not in (None, "unknown"), found.sentence
    assert found.mend and found.sentence
    right = diagnose(read("", trap.fixed(), digits), planned(name), base_of(name))
    assert right.fault is None, right.sentence


def test_a_deviation_that_no_fault_explains_is_said_to_be_that():
    t = np.arange(200)
    rates = 0.1 * cosine(1, 0, 200)(t) * (1 + 0.1 * np.sin(t) + 0.05 * np.cos(0.3 * t))
    found = diagnose(Log(t, rates), cosine(1, 0, 200), 0.1)
    assert found.fault == "unknown" and "none of the known faults" in found.sentence
    assert found.since == 0 and found.largest > 0.005


def test_a_rounded_rate_is_no_deviation_and_one_beyond_its_digits_is():
    t = np.arange(100)
    rates = rounded(0.1 * linear(1, 0, 100)(t) * np.pi, 4)
    assert diagnose(Log(t, rates), linear(1, 0, 100), 0.1 * np.pi).fault is None
    rates = rates.copy()
    rates[50] += 2e-5
    assert diagnose(Log(t, rates), linear(1, 0, 100), 0.1 * np.pi).fault is not None


def test_a_log_that_counts_from_1_is_as_planned_and_one_that_has_step_0_is_late():
    schedule, t = linear(0, 1, 10) >> cosine(1, 0, 90), np.arange(100)
    found = diagnose(Log(t + 1, 0.1 * schedule(t)), schedule, 0.1)
    assert found.fault is None and "from 1" in found.sentence and found.alternatives
    late = np.concatenate([[0.0], 0.1 * schedule(t[:-1])])
    assert diagnose(Log(t, late), schedule, 0.1).fault == "one-late"


@pytest.mark.parametrize(
    ("intended", "base_lr", "hints", "what"),
    [
        (3, 0.1, {}, "intended"),
        (cosine(1, 0, 9), -1, {}, "base_lr"),
        (cosine(1, 0, 9), 1, {"speed": 3}, "hint"),
    ],
)
def test_what_cannot_be_intended_is_refused_in_one_sentence(intended, base_lr, hints, what):
    with pytest.raises(ValueError, match=what):
        diagnose(Log([0, 1], [0.1, 0.1]), intended, base_lr, **hints)


def false_alarms(seeds):
    """Right runs, with a base rate that is known and one that is not, in which a fault is found."""
    runs = [(run, base) for run in map(right, seeds) for base in (run.base_lr, None)]
    found = [(run.text, base, diagnose(run.log, run.schedule, base)) for run, base in runs]
    return [(text, base, d.sentence) for text, base, d in found if d.fault]


def test_right_runs_of_every_kind_have_no_fault():
    assert false_alarms(range(100)) == []


@pytest.mark.long
def test_of_a_thousand_right_runs_at_most_five_have_a_fault():
    assert len(false_alarms(range(1000, 2000))) <= 5


def test_a_run_twice_as_fast_is_found_out_in_most_random_runs():
    """The negative control of the two above: what never finds a fault has no false alarms either."""
    missed = 0
    for run in map(right, range(15)):
        t = run.updates
        log = Log(t, run.base_lr * run.schedule(2 * t), sizes={"counted_from": 0})
        differs = np.abs(log.rates[:, 0] - run.base_lr * run.schedule(t)).max() > 1e-6 * run.base_lr
        missed += differs and diagnose(log, run.schedule, run.base_lr).fault is None
    assert missed == 0


@pytest.mark.parametrize("times", [2.0, 1 / 4, 2 / 3])
@pytest.mark.parametrize("digits", [None, 4])
def test_another_base_rate_is_named_also_where_the_warm_up_begins_at_zero(times, digits):
    t, plan = np.arange(0, 1000, 10), linear(0, 1, 100) >> cosine(1, 0, 900)
    found = diagnose(Log(t, rounded(times * 3e-4 * plan(t), digits)), plan, 3e-4)
    assert found.fault == "base-rate" and not found.alternatives
    assert f"base_lr is {times * 3e-4:g} and not 0.0003" in found.sentence


@pytest.mark.parametrize(
    ("text", "done", "said"),
    [
        ("warmup_cosine(1000, 100)", "warmup_cosine(1000, 50)", "the warm-up is 50 updates long"),
        ("warmup_cosine(1000, 100)", "cosine(1, 0, 1000)", "the warm-up is left out"),
        ("hf.cosine(total_steps=1000, warmup_steps=100)", "hf.cosine(total_steps=1000, warmup_steps=30)",
         "the warm-up is 30 updates long"),
        ("wsd(1000, 100, 200)", "wsd(1000, 100, 300)", "is 600 updates long, where 700 were planned"),
    ],
)  # fmt: skip
def test_a_part_of_another_length_is_named_where_the_next_one_takes_the_rest(text, done, said):
    t = np.arange(0, 1000, 10)
    found = diagnose(Log(t, rounded(3e-4 * parse(done)(t), 4)), parse(text), 3e-4)
    assert found.fault == "another-join" and said in found.sentence


def test_a_constant_plan_that_is_left_is_not_said_to_stand_still():
    t = np.arange(0, 1000, 10)
    found = diagnose(Log(t, np.where(t > 500, 0.01, 0.1)), constant(), 0.1)
    assert found.fault == "multiple-since" and not found.alternatives and "1/10 of the plan" in found.sentence


def test_where_no_base_rate_was_given_a_fault_says_which_one_was_taken():
    t, plan = np.arange(0, 1000, 10), linear(0, 1, 100) >> cosine(1, 0, 900)
    found = diagnose(Log(t, np.full(len(t), 1e-3)), plan)
    assert found.fault == "never-written" and "0.001 was taken" in found.sentence
    with pytest.raises(ValueError, match="give base_lr"):
        diagnose(Log([500], [0.1]), plan)


@pytest.mark.parametrize("name", TRAPS)
def test_code_that_is_shown_with_a_fault_is_python(name):
    found = diagnose(read(name, TRAPS[name].broken(), None), planned(name), base_of(name))
    compile(found.code, name, "exec")


@pytest.mark.parametrize("base_lr", [None, 0.1])
def test_a_log_of_zeros_is_said_to_be_that_and_nothing_is_made_up_from_it(base_lr):
    plan, t = linear(0, 1, 100) >> cosine(1, 0, 900), np.arange(0, 1000, 10)
    found = diagnose(Log(t, np.zeros(100)), plan, base_lr)
    assert found.fault == "always-zero" and found.since == 10 and not found.alternatives
    assert np.isnan(found.largest) if base_lr is None else np.isclose(found.largest, 0.1)
    assert diagnose(Log(t, np.zeros(100)), constant(0), base_lr).fault is None


def test_rates_below_zero_have_an_answer():
    plan, t = linear(0, 1, 100) >> cosine(1, 0, 900), np.arange(0, 1000, 10)
    log = Log(t, -0.1 * plan(t))
    assert identify(log).candidates == () and diagnose(log, plan).fault == "unknown"
