"""What the text form promises: it is the inverse of `str`, says what is wrong, and evaluates nothing."""

import json
import math
import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import schedules as S
from lrlib.schedules import Schedule, constant, cosine, linear, multistep, parse, parse_for, scale
from tests.schedules.test_core import INF, quick, schedules, values, whole


@settings(max_examples=200, deadline=None)
@given(schedules)
def test_text_dict_and_json_forms_are_exact_inverses(s):
    for back in (
        parse(str(s)),
        Schedule.from_dict(s.to_dict()),
        Schedule.from_json(s.to_json()),
        Schedule.from_dict(json.loads(json.dumps(s.to_dict()))),
    ):
        assert back == s
        assert hash(back) == hash(s)
        assert str(back) == str(s)
        assert np.array_equal(back.values(30), s.values(30))
    assert repr(s) == str(s)


@quick
@given(st.lists(values, min_size=2, max_size=4), schedules)
def test_factors_that_are_numbers_survive_the_text_form(numbers, s):
    products = [math.prod(map(scale, numbers[1:]), start=scale(numbers[0]))]
    for c in numbers:
        s = c * s
    products.append(s)
    for product in products:
        assert parse(str(product)) == product


@quick
@given(schedules, schedules)
def test_two_schedules_are_equal_exactly_when_their_texts_are(a, b):
    assert (a == b) == (parse(str(a)).to_dict() == parse(str(b)).to_dict())


def test_a_nested_composition_built_by_hand_is_flat():
    a, b, c = constant(1, 2), constant(2, 3), constant(3, 4)
    assert S.Sequence((S.Sequence((a, b)), c)) == a >> b >> c
    assert S.Product((a, S.Product((b, c)))) == a * b * c


@quick
@given(whole(1, 10_000))
def test_T_is_the_number_of_steps_and_a_product_with_it_is_a_whole_step(total):
    part = (5 * total + 50) // 100  # 5 % of the steps, halves up
    s = parse("linear(0, 1, 0.05*T) >> cosine(1, 0, T - 0.05*T)", T=total)
    assert s == linear(0, 1, part) >> cosine(1, 0, total - part)
    assert parse("multistep((T*0.5, T + 3 - 1))", T=total) == multistep(((total + 1) // 2, total + 2))
    assert parse("constant(0.5 * 0.5, T)", T=total).value == 0.25  # no T in the product, no rounding
    assert parse_for("constant(1, T)", total).steps == total


@quick
@given(whole(1, 10_000), whole(1, 300))
def test_a_quotient_of_T_is_rounded_to_a_whole_step_as_a_product_is(total, n):
    part = (2 * total + n) // (2 * n)  # halves up
    assert parse(f"constant(1, T/{n})", T=total).steps == part
    assert parse(f"constant(1, T - T/{n})", T=total).steps == total - part
    assert parse(f"constant(1, 2*T/{n} - (T/{n}))", T=total).steps == (4 * total + n) // (2 * n) - part
    assert parse(f"constant(1/{n})", T=total).value == 1 / n  # no steps, no rounding
    assert parse("constant(60/T)", T=total).value == 60 / total
    assert parse(f"constant(0.5*({n}/T))", T=total).value == 0.5 * (n / total)


@quick
@given(schedules, st.floats(0.01, 100) | whole(1, 9) | st.just(-4))
def test_a_schedule_divided_by_a_number_is_that_part_of_it(s, number):
    assert s / number == s * (1 / number) == parse(f"({s}) / {number!r}")
    assert (s / number).values(30) == pytest.approx(s.values(30) / number, rel=1e-12)
    assert parse("cosine(1, 0, T) / 4 >> constant(0)", T=9) == cosine(1, 0, 9) * 0.25 >> constant(0)


@pytest.mark.parametrize("number", [0, 0.0, INF, -INF, math.nan, 5e-324, 10**400])
def test_a_schedule_is_divided_by_a_number_that_leaves_something(number):
    with pytest.raises(ValueError, match="a schedule is divided by a finite number other than 0"):
        constant(1) / number
    for wrong in (True, "2", None, constant(1)):
        with pytest.raises(TypeError):
            constant(1) / wrong
        with pytest.raises(TypeError):
            2 / constant(1)


def test_lists_are_tuples():
    assert parse("multistep([30, 60])") == parse("multistep((30, 60))") == multistep((30, 60))
    assert parse("piecewise_constant([T/3], [1, 0.1])", T=90) == S.piecewise_constant((30,), (1, 0.1))


def test_presets_are_written_as_they_are_called():
    hf = S.presets.preset("hf.cosine", total_steps=600, warmup_steps=100)
    assert parse("hf.cosine(total_steps=T, warmup_steps=100)", T=600) == hf
    assert parse(str(hf)) == hf
    wsd = {"total_steps": 90, "warmup_steps": 9, "decay_steps": 30, "curve": "1-sqrt"}
    assert parse("0.5 * hf.wsd(total_steps=T, warmup_steps=T/10, decay_steps=T/3, curve='1-sqrt')", T=90) == (
        0.5 * S.presets.preset("hf.wsd", **wsd)
    )
    with pytest.raises(
        ValueError, match=r"hf.wsd: curve must be 'cosine' or 'linear' or '1-sqrt', got 'sqrt'"
    ):
        parse("hf.wsd(total_steps=90, warmup_steps=9, decay_steps=9, curve='sqrt')")
    with pytest.raises(ValueError, match=r"hf.cosine: every argument is given by its name"):
        parse("hf.cosine(600)")
    with pytest.raises(ValueError, match="'num_training_steps'; it is called 'total_steps' here"):
        parse("hf.cosine(num_training_steps=600)")
    with pytest.raises(
        ValueError, match=r"'hf.cosin'; did you mean 'hf.cosine'.*presets.names\(\) lists all"
    ):
        parse("hf.cosin(total_steps=600)")


def test_a_name_alone_says_how_it_is_called():
    with pytest.raises(ValueError, match=r"'cosine' is called, as in cosine\(start, end, steps\)"):
        parse("linear(0, 1, 3) >> cosine")
    with pytest.raises(
        ValueError, match=r"'wsd' is called, as in wsd\(total_steps, warmup_steps, decay_steps"
    ):
        parse("wsd")
    with pytest.raises(
        ValueError, match=r"'hf.linear' is called, as in hf.linear\(total_steps, warmup_steps\)"
    ):
        parse("hf.linear")


@pytest.mark.parametrize("name", ["hf", "transformers"])
def test_a_library_alone_says_what_it_offers(name):
    for text in (name, f"{name}()", f"2 * {name}(600)"):
        with pytest.raises(ValueError, match=rf"'{name}' is a library; .* one of .*hf.cosine, .*hf.wsd$"):
            parse(text)
    with pytest.raises(ValueError, match=r"unknown name 'h' \("):
        parse("h")


@pytest.mark.parametrize(
    ("pasted", "written"),
    [
        ("torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=100)", ["torch.cosine"]),
        ("StepLR(optimizer, 30)", ["torch.step", "mmengine.step"]),
        ("get_cosine_schedule_with_warmup(o, num_warmup_steps=30)", ["hf.cosine"]),
        ("tf.keras.optimizers.schedules.CosineDecay(0.1, 600)", ["keras.cosine", "keras.warmup_cosine"]),
        ("optax.warmup_cosine_decay_schedule", ["optax.warmup_cosine"]),
    ],
)
def test_what_is_pasted_from_a_library_is_answered_with_what_it_is_called_here(pasted, written):
    with pytest.raises(ValueError, match=r" is written .* here$") as refused:
        parse(pasted, T=600)
    found = re.findall(r"(\w+\.\w+)\(", str(refused.value).partition(" is written ")[2])
    assert found == written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"is empty; write one, such as cosine\(1, 0, T\)$"),
        (" \n", "is empty"),
        ("1e400 * constant(1)", "^'1e400': a number too large"),
        ("cosine（1, 0, T)", "only look like the usual ones, first '（'$"),
        ("cosine(1, 0, T)\u00a0", r"first '\\xa0'$"),
        ("1" * 5000, r"\(Exceeds the limit \(4300 digits\)\);"),
    ],
)
def test_what_is_said_is_about_what_was_written(text, said):
    with pytest.raises(ValueError, match=said) as refused:
        parse(text, T=600)
    assert "sys." not in str(refused.value)


NESTINGS = {
    "calls": lambda depth: "shift(" * depth + "1" + ", 1)" * depth,
    "tuples": lambda depth: "multistep(" + "(" * (depth - 1) + "1" + ",)" * (depth - 1) + ")",
    "lists": lambda depth: "multistep(" + "[" * (depth - 1) + "1" + "]" * (depth - 1) + ")",
    "signs": lambda depth: "constant(" + "-" * (depth - 1) + "1)",
    "named": lambda depth: "shift(by=1, body=" * depth + "1" + ")" * depth,
    "sums on the right": lambda depth: "constant(" + "1 + (" * (depth - 1) + "1" + ")" * (depth - 1) + ")",
}


@pytest.mark.parametrize("nested", NESTINGS.values(), ids=NESTINGS.keys())
def test_a_text_may_be_nested_forty_deep_and_not_deeper(nested):
    try:
        parse(nested(40))
    except ValueError as error:  # of what is written, not of how deep
        assert "nested" not in str(error)
    with pytest.raises(ValueError, match="nested more than 40 deep"):
        parse(nested(41))
    deep = "shift(" * 39 + "linear(0, 1, 90)" + ", 1)" * 39
    assert parse(deep).steps == 90 - 39
    with pytest.raises(ValueError, match="nested more than 40 deep"):
        parse(f"shift({deep}, 1)")


def test_a_text_may_have_ten_thousand_characters_and_not_more():
    long = "constant(1" + " " * (10_000 - 11) + ")"
    assert parse(long) == constant(1)
    with pytest.raises(ValueError, match="10001 characters; at most 10000"):
        parse(long + " ")


def test_the_letter_T_needs_a_value():
    with pytest.raises(ValueError, match="pass T="):
        parse("cosine(1, 0, T)")


@pytest.mark.parametrize("total", [-5, 1.5, 0.5, True, "100", INF, math.nan, 10**30, [100]])
@pytest.mark.parametrize("read", [parse, parse_for])
def test_the_letter_T_is_a_whole_number_of_steps_and_refused_by_its_name(read, total):
    with pytest.raises(ValueError, match=r"^T must be a whole number of steps >= 0, got"):
        read("linear(0, 1, T/10) >> cosine(1, 0, T - T/10)", total)


@pytest.mark.parametrize("hundred", [100.0, np.int64(100), np.array(100)])
def test_the_letter_T_may_be_any_whole_number(hundred):
    assert parse("cosine(1, 0, T)", T=hundred) == cosine(1, 0, 100)


def test_a_text_of_another_length_than_the_run_is_refused():
    assert parse_for("cosine(1, 0, 600)", 600) == cosine(1, 0, 600)
    assert parse_for("constant()", 600).steps == INF
    for text in ("cosine(1, 0, 599)", "cosine(1, 0, T + 1)", "linear(0, 1, 30) >> cosine(1, 0, T)"):
        with pytest.raises(ValueError, match="run has 600"):
            parse_for(text, 600)


def test_an_unknown_name_gets_the_nearest_known_one():
    with pytest.raises(ValueError, match=r"did you mean 'cosine' or '.*' or '.*'\?") as refusal:
        parse("cosin(1, 0, 10)")
    assert "schedules.names() lists all" in str(refusal.value)
    assert len(str(refusal.value)) < 120
    with pytest.raises(ValueError, match="did you mean 'steps'"):
        Schedule.from_dict({"type": "cosine", "start": 1, "end": 0, "step": 10})


HOSTILE = {
    "import": "__import__('os').system('true')",
    "attribute": "constant.steps",
    "method": "constant(1).loop()",
    "dunder": "().__class__.__bases__[0].__subclasses__()",
    "lambda": "lambda: constant(1)",
    "called lambda": "(lambda: constant(1))()",
    "comprehension": "multistep([i for i in (1, 2)])",
    "generator": "multistep(i for i in (1, 2))",
    "f-string": "f'{constant(1)}'",
    "walrus": "(s := constant(1))",
    "conditional": "constant(1) if 1 else constant(2)",
    "boolean": "constant(1) and constant(2)",
    "comparison": "1 < constant(1)",
    "division by zero": "constant(1, T / 0)",
    "division by nothing": "constant(1 / (T - T))",
    "division by a schedule": "2 / constant(1)",
    "division of a schedule by a schedule": "constant(1) / constant(1)",
    "division of a schedule by zero": "constant(1) / 0",
    "division of a schedule by inf": "constant(1) / inf",
    "division of a schedule by what has no quotient": "constant(1) / 1e-320",
    "one step as a fraction": "linear(0, 1, 1.0)",
    "a fraction that is computed": "linear(0, 1, T / T)",
    "all of the run as a step": "one_cycle(T, 1)",
    "infinite as a length": "constant(1, 1e999)",
    "whole division": "constant(1, T // 3)",
    "remainder": "constant(1, T % 3)",
    "power": "constant(9 ** 9 ** 9)",
    "left shift": "constant(1 << 99)",
    "subscript": "(constant(1), constant(2))[0]",
    "starred": "linear(*(0, 1, 3))",
    "keyword splat": "linear(**{'start': 0})",
    "dict": "{'type': 'constant'}",
    "list": "[constant(1)]",
    "list of lists": "multistep([[1], [2]])",
    "string": "'constant(1)'",
    "string argument": "constant('1')",
    "named string": "constant(value='1')",
    "named text as a tuple": "multistep(milestones='12')",
    "named text as a schedule": "restarts(body='step(1)')",
    "string in a named list": "table(multipliers=['1'])",
    "named bool": "constant(value=True)",
    "named bool as steps": "linear(0, 1, steps=True)",
    "named None": "constant(value=None)",
    "named bytes": "constant(value=b'1')",
    "preset by position": "hf.linear(T)",
    "unknown preset": "hf.linea(total_steps=T)",
    "preset without a call": "hf.linear",
    "library": "hf",
    "deep attribute": "hf.linear.real(total_steps=3)",
    "dunder of a preset": "hf.__class__(total_steps=3)",
    "attribute of a call": "hf.linear(total_steps=3).steps",
    "fullwidth digit": "constant(\uff11)",
    "fullwidth letter": "\uff43onstant(1)",
    "arabic digit": "constant(\u0661)",
    "arabic digit in a string": "diffusers.piecewise_constant(step_rules='1:\u0663,0.5')",
    "superscript": "constant(1, 2\u00b3)",
    "ticks that die out": "on_clock(constant(1, 5), exponential(0.5))",
    "ticks of zero": "on_clock(constant(1, 5), constant(0))",
    "too few ticks": "on_clock(constant(1, 5), 1e-300)",
    "bytes": "constant(b'1')",
    "bool": "constant(True)",
    "None": "constant(None)",
    "complex": "constant(1j)",
    "ellipsis": "constant(...)",
    "builtin": "eval('constant(1)')",
    "await": "await constant(1)",
    "yield": "(yield constant(1))",
    "statement": "import os",
    "two statements": "constant(1); constant(2)",
    "semicolon": "constant(1);",
    "empty": "",
    "blank": " \n ",
    "number": "5",
    "tuple": "(constant(1),)",
    "function": "constant",
    "null byte": "constant(1)\0",
    "surrogate": "constant(1)\ud800",
    "not a number": "constant(inf - inf)",
    "nan": "constant(nan)",
    "infinite": "constant(1e999)",
    "huge int": "constant(1" + "0" * 5000 + ")",
    "large int": "constant(1" + "0" * 400 + ")",
    "large steps": "constant(1, 1" + "0" * 400 + ")",
    "overflow": "constant(1.5 * 1" + "0" * 400 + ")",
    "one_cycle(inf)": "one_cycle(inf)",
    "one_cycle(huge)": "one_cycle(10, div=1" + "0" * 400 + ")",
    "missing argument": "linear(0, 1)",
    "extra argument": "constant(1, 2, 3)",
    "unknown keyword": "constant(valu=1)",
    "repeated keyword": "constant(value=1, value=2)",
    "schedule as a number": "constant(constant(1))",
    "number as a body": "restarts(3)",
    "tuple as a factor": "(1, 2) * constant(1)",
    "sum of schedules": "constant(1) + constant(2)",
    "shifted numbers": "1 >> 2",
    "minus a schedule": "-constant(1)",
    "not": "not constant(1)",
    "inverted": "constant(~1)",
    "a megabyte of parentheses": "(" * 1_000_000,
    "allowed length of parentheses": "(" * 9_999,
    "balanced parentheses": "(" * 4_990 + "1" + ")" * 4_990,
    "deep unary minus": "-" * 9_000 + "1",
    "unary minus in a call": "constant(" + "-" * 60 + "1)",
    "deep calls": "restarts(" * 60 + "linear(0, 1, 1)" + ")" * 60,
    "deep tuples": "multistep(" + "(" * 60 + "1," + ",)" * 60 + ")",
    "a long product": "*".join(["1"] * 2_500),
    "a long sum": "+".join(["1"] * 2_500) + "+step(1)",
    "a long sum of T": "constant(" + "+".join(["T*T"] * 2_000) + ")",
    "endless cycles": "restarts(step(1, 1, 1), 1e15, 2) >> constant(1)",
    "more cycles than anyone has": "levanter.cycles(total_steps=99999, num_cycles=10001, warmup_steps=0)",
    "cycles of cycles": "restarts(" * 30 + "linear(0, 1, 1)" + ", 99, 1.5)" * 30,
    "many long restarts": ">>".join(["restarts(step(1,1,1),9999,1.01)"] * 200),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_a_value_error_in_under_a_second(text):
    began = time.process_time()
    with pytest.raises(ValueError) as refusal:
        parse(text, T=10**300)
    assert time.process_time() - began < 1
    assert len(str(refusal.value)) < 1_000


@pytest.mark.parametrize("text", [None, 3, b"constant(1)", constant(1), ["constant(1)"]])
def test_what_is_no_string_is_no_schedule_text(text):
    with pytest.raises(ValueError, match="must be a string"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        ">>".join(["step(1,1,1)"] * 760),
        "*".join(["step(1)"] * 1_200),
        "restarts(" * 30 + "linear(0, 1, 1)" + ", 2, 1.5)" * 30,
        "restarts(step(1, 1, 1), 1e15) >> constant(1)",
        "on_clock(" * 39 + "step(1, 1, 9)" + ", linear(1, 2, 3))" * 39,
        "on_clock(constant(1), step(1, 1, 3) >> constant(1e-3, 1000000) >> constant(1))",
        "on_clock(" * 9 + "constant(1, 1e12)" + ", 0.5)" * 9,
    ],
    ids=["sequence", "product", "nested restarts", "many cycles", "clocks", "ramp", "slow clocks"],
)
def test_a_long_but_valid_text_is_read_in_under_a_second(text):
    began = time.process_time()
    s = parse(text)
    assert time.process_time() - began < 1
    assert parse(str(s)) == s if len(str(s)) <= 10_000 else s.steps


WORDS = """
constant linear cosine multistep restarts cut minimum maximum on_clock hf.linear total_steps scale one_cycle
wsd sgdr step exponential T inf lambda steps value
( ( ( ) ) ) , , , >> >> * * + - / =
num_cycles 1 0 2 0.5 1e999 1e300 99999999999999999999 True 'x' . [ ] ** : {
"""
ARGUMENTS = """
0 1 -1 0.5 T T*T inf inf-inf 1e300 -1e300 1e-320 10**9 (1,2) (0.5*T,) constant(1,5) value=1 steps=T steps=3
"""
HUGE = "9" * 400


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)
    | st.builds(
        "{}({})".format,
        st.sampled_from(sorted(S.core.NAMES)),
        st.lists(st.sampled_from([*ARGUMENTS.split(), HUGE]), max_size=5).map(", ".join),
    )
)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_any_text_is_a_schedule_or_a_value_error(text):
    try:
        s = parse(text, T=100)
    except ValueError:
        return
    assert isinstance(s, Schedule)
    assert parse(str(s)) == s
