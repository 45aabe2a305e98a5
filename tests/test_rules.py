"""What the one system of rules promises: values, who refuses them, and names."""

from __future__ import annotations

import itertools
import math
import pickle
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction as Ratio
from typing import Annotated

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrlib import rules as R
from lrlib.schedules.presets import preset

INF = math.inf
MOST = 2**53


def accepts(kind, value) -> bool:
    try:
        R.check("x", kind, value)
    except R.Refused:
        return False
    return True


# ---------------------------------------------------------------- values


RANGES = {  # a rule: what it takes, and the nearest values that it does not
    "Number": ([0, -3, 1e308, -1e308, 10**300], [INF, -INF, math.nan, 10**400]),
    "Limit": ([0, -3, INF, 1e308], [-INF, math.nan, 10**400]),
    "Fraction": ([0, 0.5, 1], [-1e-9, 1 + 1e-9, INF, math.nan]),
    "OfRun": ([0, 0.5, 1.0], [-1e-9, 1, 1 + 1e-9, 2, INF, math.nan]),
    "InsideUnit": ([1e-9, 1 - 1e-9], [0, 1, -1, 2]),
    "BelowOne": ([0, 1 - 1e-9], [1, -1e-9]),
    "Memory": ([0, 0.999, 1 - 1e-9], [1 - 1e-10, 1, -1e-9]),
    "LongMemory": ([0.61, 0.999], [0.609, 1]),
    "Positive": ([1e-300, 5, 1e308], [0, -1, INF, math.nan]),
    "NotNegative": ([0, 1e308], [-1e-300, INF]),
    "AtLeastOne": ([1, 1.5, MOST], [1 - 1e-9, 2.0**53 + 2]),
    "Ratio": ([1e-9, MOST], [0, 9e-10, 2.0**53 + 2]),
    "Rate": ([None, 1e-9, 3], [0, -1, INF]),
    "Whole": ([0, -3, MOST, -MOST, 5.0], [0.5, MOST + 1, INF, -INF]),
    "Count": ([1, 7.0], [0, 1.5, INF]),
    "Steps": ([0, 7.0, MOST], [-1, 1.5, MOST + 1, INF]),
    "StepSize": ([1, MOST], [0, 1.5, INF]),
    "Length": ([0, 7.0, INF], [-1, 0.5, MOST + 1, -INF, math.nan]),
    "Cycles": ([1, INF], [0, 1.5]),
    "PowerOfTwo": ([1, 2, 2**20, 8.0], [0, 3, 2**21, -2, 1.5]),
}
RANGED = [(name, value, taken) for name, (right, wrong) in RANGES.items()
          for taken, values in ((True, right), (False, wrong)) for value in values]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "taken"), RANGED)
def test_a_rule_takes_its_range_to_the_last_value_and_no_more(name, value, taken):
    assert accepts(getattr(R, name), value) is taken


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize(
    "wrong", ["1", b"1", True, False, np.True_, 1j, [1], np.ones(1), Decimal(1), object(), np.ma.masked]
)
def test_what_is_no_number_is_none_for_any_rule(name, wrong):
    assert not accepts(getattr(R, name), wrong)


@pytest.mark.parametrize(
    "two", [2, 2.0, np.int8(2), np.float32(2), np.uint64(2), Ratio(2), np.array(2), torch.tensor(2.0)]
)
def test_numbers_become_plain_int_and_float(two):
    for kind in (R.Number, R.Steps, R.Length, R.Positive, R.Whole):
        assert type(R.check("x", kind, two)) in (int, float)
    assert type(R.check("x", R.Steps, two)) is int
    assert R.check("x", R.Steps, two) == 2


@pytest.mark.parametrize(
    "given", [3, [1, 2.5], ((1, 2), (3, 4)), np.float32([1, 2]), torch.ones(2), [Ratio(1, 2)], [], range(3)]
)
def test_an_array_is_made_of_numbers_of_any_kind_and_is_a_new_one(given):
    made = R.array(given)
    assert made.dtype == np.float64 and made is not given
    assert np.array_equal(made, np.array(given, dtype=float))


@pytest.mark.parametrize(
    "wrong",
    ["12", ["1"], [True], 1j, [1j], {1}, {1: 2}, None, [None], [[1], [1, 2]], [Decimal(1)],
     np.ma.array([1.0, 2.0], mask=[0, 1]), torch.ones(2, requires_grad=True)],
)  # fmt: skip
def test_what_would_lose_something_as_an_array_of_numbers_is_none(wrong):
    with pytest.raises((TypeError, ValueError)):
        R.array(wrong)


@pytest.mark.parametrize("one", [1.0, np.float32(1), np.float64(1), Ratio(1)])
def test_a_one_that_may_be_a_fraction_of_the_run_is_no_number_of_steps(one):
    for kind in (R.Steps, R.StepSize, R.Length, R.whole(1, 9, of="steps")):
        with pytest.raises(R.Refused, match=r"^warmup_steps = .* all of the run: write 1 for one step$"):
            R.check("warmup_steps", kind, one)
        assert R.check("x", kind, 1) == R.check("x", kind, np.int8(1)) == 1
    with pytest.raises(R.Refused, match=r"^milestones = .* write 1 for one step$"):
        R.check("milestones", R.Milestones, (one, 30))
    assert R.check("x", R.Steps, 0.0) == 0  # none of it either way
    assert R.check("x", R.Count, one) == 1  # cycles, models: nothing that a run has fractions of
    assert R.check("x", R.OfRun, one) == 1


@pytest.mark.parametrize("one", [1, np.int64(1), np.uint8(1)])
def test_a_one_that_may_be_a_step_is_no_fraction_of_the_run(one):
    with pytest.raises(R.Refused, match=r"^warmup_fraction = .* one step: write 1.0 for all of it$"):
        R.check("warmup_fraction", R.OfRun, one)
    assert R.check("x", R.OfRun, 0) == 0


TUPLES = {
    "Milestones": ([(), (3, 3, 9), [30, 60], np.array([1, 2]), range(3)], [(9, 3), (0.5,), (-1,), 3]),
    "Values": ([(1,), [0.5, -1], np.ones(3)], [(), 3, (INF,), ("1",), ((1,),), np.ones((2, 2))]),
    "Positives": ([(1, 2)], [(), (0,), (-1,)]),
    "Widths": ([(), (8, 8)], [(0,), (1.5,), 8]),
    "Curvatures": ([(0.1, 1)], [(), (0,)]),
    "Numbers": ([(), (1, -2.5)], [(math.nan,), 3]),
    "Wholes": ([(), (1, -2)], [(0.5,), 3]),
}
ENDLESS = ("12", b"12", {1: 2}, {1, 2}, itertools.count(1), (i for i in (1, 2)), None)
LISTS = [(name, value, taken) for name, (right, wrong) in TUPLES.items()
         for taken, values in ((True, right), (False, (*wrong, *ENDLESS))) for value in values]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "taken"), LISTS)
def test_a_list_is_a_tuple_and_what_has_no_order_or_no_end_is_refused(name, value, taken):
    kind = getattr(R, name)
    assert accepts(kind, value) is taken
    if taken:
        made = R.check("x", kind, value)
        assert type(made) is tuple
        assert made == tuple(value)


def test_few_words_flags_and_texts_are_themselves():
    either = R.one_of("up", "down")
    assert either.checked("way", "up") == "up"
    assert either.choices == ("up", "down")
    assert R.optional(either).checked("way", None) is None
    assert R.rule_of(R.Flag).choices == (True, False)
    for kind, wrong in ((either, "UP"), (either, 1), (R.optional(either), ""), (R.Flag, 1), (R.Text, b"x")):
        with pytest.raises(R.Refused, match="way must be"):
            R.check("way", kind, wrong)
    with pytest.raises(R.Refused, match="way must be 'up' or 'down', or None, got 3"):
        R.optional(either).checked("way", 3)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-60, 60), st.booleans(), st.booleans())
def test_a_range_is_open_where_it_says(low, high, value, open_low, open_high):
    rule = R.Rule("", R.within(low, high, open_low=open_low, open_high=open_high))
    inside = (low < value if open_low else low <= value) and (value < high if open_high else value <= high)
    assert accepts(rule, value) is inside


@given(st.integers(-9, 9), st.integers(1, 4))
def test_a_conversion_may_ask_for_more_of_what_it_made(value, n):
    multiple = R.Rule("a multiple", R.such_that(R.whole(0).convert, lambda made: made % n == 0))
    assert accepts(multiple, float(value)) is (value >= 0 and value % n == 0)
    if accepts(multiple, float(value)):
        assert type(multiple.checked("x", float(value))) is int


def test_a_plain_annotation_has_the_rule_of_its_type():
    for plain, kind in ((float, R.Number), (int, R.Whole), (bool, R.Flag), (str, R.Text), (tuple, R.Numbers),
                        (tuple[float, ...], R.Numbers), (tuple[int, ...], R.Wholes)):  # fmt: skip
        assert R.rule_of(plain) is R.rule_of(kind) is not None
    for other in (list, dict, None, "float", float | None, Annotated[list, 3]):
        assert R.rule_of(other) is None


# ---------------------------------------------------------------- what is said


def test_an_error_is_one_line_that_names_the_parameter_what_is_allowed_and_what_was_given():
    assert str(R.refused("steps", "a whole number", -1)) == "steps must be a whole number, got -1"
    assert isinstance(R.refused("steps", "a whole number", -1), ValueError)
    for given_ in ("x" * 10**6, 10**5000, np.ones((50, 50)), _nest(10**5), "a\nb\n\nc"):
        said = str(R.refused("steps", "a whole number", given_))
        assert len(said) < 130
        assert "\n" not in said


def _nest(depth):
    nested = ()
    for _ in range(depth):
        nested = (nested,)
    return nested


def test_who_refuses_is_said_once_by_the_one_that_is_nearest():
    with pytest.raises(R.Refused) as refusal, R.saying("outer"), R.saying("inner"):
        raise R.refused("steps", "a whole number", -1)
    assert str(refusal.value) == "inner: steps must be a whole number, got -1"
    assert (refusal.value.who, refusal.value.what) == ("inner", "steps must be a whole number, got -1")
    assert refusal.value.__cause__ is None and refusal.value.__suppress_context__
    for error in (refusal.value, R.WrongCall("no", "f")):
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), str(back), back.who) == (type(error), str(error), error.who)
    with pytest.raises(KeyError, match=r"^'x'$"), R.saying("outer"):
        raise KeyError("x")
    with pytest.raises(R.WrongCall, match=r"^f: no$"), R.saying("f"):
        raise R.WrongCall("no")


def test_an_unknown_name_gets_the_nearest_three_or_all_where_they_are_few():
    few = R.unknown("colour", "grene", ["red", "green", "blue"])
    assert few == "unknown colour 'grene'; did you mean 'green'? (allowed: red, green, blue)"
    many = [f"shape_{i}" for i in range(200)]
    said = R.unknown("shape", "shape_1x", many, "names() lists all")
    assert said.count("shape_") == 4
    assert said.endswith("? (names() lists all)")
    assert R.unknown("shape", "qqq", many, "names() lists all") == "unknown shape 'qqq' (names() lists all)"
    assert len(R.unknown("shape", "x" * 10**6, many, "names() lists all")) < 200


def test_eight_names_are_few_enough_to_be_listed_and_nine_are_not():
    names = [f"colour_{i}" for i in range(9)]
    assert R.unknown("colour", "x", names[:8], "names()").endswith(f"(allowed: {', '.join(names[:8])})")
    assert R.unknown("colour", "x", names, "names()") == "unknown colour 'x' (names())"


ELSEWHERE = {  # torch, transformers, timm, optax, Keras, Composer, DeepSpeed, Megatron-LM, nanoGPT
    "T_max": "steps", "num_training_steps": "total_steps", "t_initial": "total_steps",
    "max_iters": "total_steps",
    "num_warmup_steps": "warmup_steps", "warmup_t": "warmup_steps", "warmup_iters": "warmup_steps",
    "warmup_num_steps": "warmup_steps", "lr_warmup_steps": "warmup_steps", "t_warmup": "warmup_steps",
    "num_decay_steps": "decay_steps", "transition_steps": "decay_steps", "wsd_decay_steps": "decay_steps",
    "min_lr_rate": "min_factor", "alpha_f": "min_factor", "alpha": "min_factor",
    "max_lr": "base_lr", "peak_value": "base_lr", "initial_learning_rate": "base_lr",
    "T_0": "first_cycle", "first_decay_steps": "first_cycle", "T_mult": "t_mult", "cycle_mul": "t_mult",
    "cycle_limit": "num_cycles", "pct_start": "warmup_fraction", "div_factor": "div",
    "final_div_factor": "final_div", "boundaries": "milestones", "decay_rate": "gamma",
    "values": "multipliers", "k_decay": "power", "start_factor": "start", "end_factor": "end",
}  # fmt: skip


@pytest.mark.parametrize(("theirs", "ours"), ELSEWHERE.items())
def test_the_name_of_another_library_is_answered_with_the_name_here(theirs, ours):
    said = R.unknown("argument", theirs, ["elsewhere", ours, "another"])
    assert f"; it is called {ours!r} here (allowed" in said
    assert "called" not in R.unknown("argument", theirs, ["elsewhere", "another"])


@pytest.mark.parametrize("theirs", ["eta_min", "lr_min", "lr_end", "min_lr"])
def test_a_rate_of_another_library_that_is_a_factor_here_is_answered_with_both(theirs):
    said = R.unknown("argument", theirs, ["total_steps", "min_factor"])
    assert "; it is called 'min_factor' here, as a factor of base_lr" in said
    if theirs != "min_lr":
        assert "; it is called 'min_lr' here (" in R.unknown("argument", theirs, ["total_steps", "min_lr"])


def test_no_name_of_another_library_is_also_the_name_that_it_is_answered_with():
    for theirs, row in R.foreign()[0].items():
        assert row["here"] or row["otherwise"]
        assert theirs not in row["here"] or len(row["here"]) > 1


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        *((name, "base_lr is given to the optimizer: a schedule is a multiplier") for name in (
            "max_lr", "init_value", "peak_value", "initial_learning_rate", "lr_max")),
        *((name, "total_steps counts updates: epochs times steps an epoch") for name in (
            "epochs", "steps_per_epoch")),
        ("t_warmup", "a warmup is put before it, as in linear(0, 1, warmup_steps) >> ..."),
    ],
)  # fmt: skip
def test_a_parameter_of_another_library_that_a_schedule_cannot_have_is_answered_with_where_it_belongs(
    theirs, says
):
    for name in ("torch.one_cycle", "keras.exponential", "optax.exponential"):
        with pytest.raises(R.WrongCall, match=re.escape(f"{name}: unknown argument {theirs!r}; {says} (")):
            preset(name, **{theirs: 3})
    assert says not in R.unknown("file", theirs, ["this", "that"])


@pytest.mark.parametrize(
    ("name", "theirs", "ours"),
    [
        ("torch.one_cycle", "anneal_strategy", "curve"),
        ("nanogpt.cosine", "lr_decay_iters", "total_steps"),
        ("megatron.wsd", "lr_decay_iters", "total_steps"),
        ("megatron.cosine", "lr_decay_steps", "total_steps"),
        ("timm.step", "decay_t", "step_size"),
        ("timm.multistep", "decay_t", "milestones"),
    ],
)
def test_what_a_library_calls_a_parameter_of_its_preset_is_answered_with_the_name_here(name, theirs, ours):
    with pytest.raises(R.WrongCall, match=f"{theirs!r}; it is called {ours!r} here"):
        preset(name, **{theirs: 3})


def test_a_name_in_other_letters_or_below_another_name_of_its_library_is_found():
    names = ["hf.cosine", "hf.linear", "keras.cosine", "Adam", "T"]
    for theirs, meant in {
        "HF.Cosine": "hf.cosine", "transformers.cosine": "hf.cosine", "HuggingFace.Linear": "hf.linear",
        "tf.cosine": "keras.cosine", "ADAM": "Adam", "t": "T",
    }.items():  # fmt: skip
        assert f"{theirs!r}; did you mean {meant!r}? (" in R.unknown("name", theirs, names)
    assert "did you mean 'hf.cosine'" in R.unknown("name", "transformers.Cosin", names)


# ---------------------------------------------------------------- names


def test_a_name_belongs_to_whoever_took_it_first_and_may_be_defined_again():
    registry = R.Registry("colour", "colours() lists all")

    def red():
        return 1

    first = red

    def red():  # the same cell, run again
        return 2

    def other():
        return 3

    registry.add("red", first)
    registry.add("red", red)
    assert registry.find("red")() == 2
    for refuse in (registry.add, registry.refuse_taken):
        with pytest.raises(
            R.Refused, match=r"colour name 'red' is taken by tests.test_rules.*red; choose another"
        ):
            refuse("red", other)
    assert registry.find("red") is red
    assert registry.refuse_taken("blue", other) is None
    assert "blue" not in registry
    for unknown in ("blue", None, [], 3):
        with pytest.raises(R.Refused, match="unknown colour"):
            registry.find(unknown)


# ---------------------------------------------------------------- functions and fields


@R.checked
def warm(
    total_steps: R.Steps,
    min_factor: R.Fraction = 0.5,
    note=None,
    *,
    mode: Annotated[str, R.one_of("a", "b")] = "a",
):
    """What it does."""
    return total_steps, min_factor, note, mode


def test_a_checked_function_converts_what_fits_and_is_otherwise_the_same_function():
    assert warm(5.0, 1) == (5, 1, None, "a")
    assert type(warm(5.0)[0]) is int
    assert warm(min_factor=0.25, total_steps=3, note=[1], mode="b") == (3, 0.25, [1], "b")
    assert warm.__name__ == "warm" and warm.__doc__ == "What it does."


WRONG_CALLS = {
    "warm: total_steps must be a whole number of steps >= 0, got -1": ((-1,), {}),
    "warm: min_factor must be a number 0..1, got 2": ((5, 2), {}),
    "warm: mode must be 'a' or 'b', got 'c'": ((5,), {"mode": "c"}),
}
NAMED = "total_steps, min_factor, note, mode"
WRONG_NAMES = {
    f"warm: missing a required argument: 'total_steps'; its parameters are {NAMED}": ((), {}),
    f"warm: too many positional arguments; its parameters are {NAMED}": ((1, 1, 1, 1), {}),
    f"warm: multiple values for argument 'total_steps'; its parameters are {NAMED}": (
        (1,), {"total_steps": 1}),
    f"warm: unknown argument 'total_step'; did you mean 'total_steps'? (allowed: {NAMED})": (
        (), {"total_step": 1}),
    f"warm: unknown argument 'T_max'; it is called 'total_steps' here (allowed: {NAMED})": ((), {"T_max": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("says", "call"), [*WRONG_CALLS.items(), *WRONG_NAMES.items()])
def test_a_wrong_call_of_a_checked_function_is_one_line_that_says_what_to_write(says, call):
    args, kwargs = call
    with pytest.raises(ValueError) as refusal:
        warm(*args, **kwargs)
    assert str(refusal.value) == says
    assert isinstance(refusal.value, TypeError) is (says in WRONG_NAMES)


def test_a_checked_function_may_be_called_by_another_name_and_by_names_only():
    @R.checked(who="hf.warm", by_name=True)
    def inner(steps: R.Steps):
        return steps

    assert inner(steps=3) == 3
    with pytest.raises(
        ValueError, match=r"^hf.warm: every argument is given by its name; its parameters are steps$"
    ):
        inner(3)
    with pytest.raises(ValueError, match=r"^hf.warm: steps must be"):
        inner(steps=-3)


def test_an_error_of_the_function_itself_is_not_touched():
    @R.checked
    def fails(steps: R.Steps):
        raise KeyError(steps)

    with pytest.raises(KeyError, match=r"^3$"):
        fails(3)


@dataclass(frozen=True)
class Fields:
    steps: R.Steps
    rate: float = 1
    anything: object = None

    def __post_init__(self):
        R.check_fields(self)


def test_fields_of_a_frozen_dataclass_are_checked_and_converted():
    made = Fields(5.0, np.float32(0.5), [])
    assert (made.steps, made.rate, made.anything) == (5, 0.5, [])
    assert (type(made.steps), type(made.rate)) == (int, float)
    with pytest.raises(R.Refused, match=r"^rate must be a finite number, got nan$"):
        Fields(5, math.nan)
    assert set(R.rules_of(Fields)) == {"steps", "rate"}


def test_parts_may_be_as_long_as_the_whole_and_not_longer():
    R.check_lengths(90, warmup_steps=30, decay_steps=60)
    with pytest.raises(
        R.Refused, match=r"^warmup_steps \+ decay_steps must be at most total_steps = 90, got 91$"
    ):
        R.check_lengths(90, warmup_steps=31, decay_steps=60)
