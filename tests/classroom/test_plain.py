"""Values of strangers become plain data; whatever they are, marking them ends in points and words."""

import json
from fractions import Fraction
from itertools import product
from random import Random

import numpy as np
import pytest
import torch

from lrlib.classroom import marking, plain
from lrlib.classroom.marking import Outcome
from lrlib.course import values
from lrlib.course.exercises import Exercise, Marks
from lrlib.rules import Refused
from lrlib.schedules import cosine


def there_and_back(value):
    return plain.decode(json.loads(json.dumps(plain.encode(value))))


ALIKE = [
    3, True, None, "text", 0.1, [1, 2.5], (1, "x"), {"a": [1], 2: None, (1, 2): 3}, frozenset({1, 2}),
    float("inf"), cosine(1, 0, 10), {"nested": [{"x": (1.0,)}]},
]  # fmt: skip
NUMBERS = [
    np.float32(0.1), np.float64(0.1), np.int64(3), np.arange(6).reshape(2, 3), np.zeros((0, 3)), range(4),
    torch.tensor(0.1), torch.arange(3.0, requires_grad=True), torch.tensor([[1, 2]]), Fraction(1, 4),
    np.array([True, False]), np.full(2, np.nan), np.longdouble(2), [torch.tensor(1.0), 2],
]  # fmt: skip


@pytest.mark.parametrize("value", ALIKE, ids=repr)
def test_plain_values_come_back_as_they_were(value):
    assert there_and_back(value) == value
    assert type(there_and_back(value)) is type(value)


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_numbers_of_any_kind_are_the_same_answer_as_in_self_study(value):
    assert values.same(there_and_back(value), value, None)


TEXTS = {
    "text": [np.str_("text"), np.array("text"), np.where(True, "text", "other"), np.array("text", object)],
    True: [np.bool_(True), np.array(True), torch.tensor(True)],
    3: [np.array(3), np.int64(3)],
    ("a", "b"): [np.array(["a", "b"]), np.array(["a", "b"], object), [np.str_("a"), np.array("b")]],
    ("a", 2): [(np.where(True, "a", "b"), np.int64(2))],
}


@pytest.mark.parametrize("wanted", TEXTS, ids=repr)
def test_words_and_truths_are_the_same_answer_whatever_holds_them(wanted):
    for value in TEXTS[wanted]:
        expected = list(wanted) if isinstance(wanted, tuple) and not isinstance(value, tuple) else wanted
        assert values.same(value, expected, None), "at once"
        assert values.same(there_and_back(value), expected, None), "where it is marked"
        assert not values.same(there_and_back(value), "another", None)


@pytest.mark.parametrize("value", [{np.int64(3): 0.1}, {np.str_("a"): 1}, {np.int64(3), 4}], ids=repr)
def test_keys_and_members_of_sets_may_be_numbers_of_numpy(value):
    assert there_and_back(value) == value


def test_a_rate_in_float32_stays_one():
    for value in (np.float32(0.1), torch.tensor(0.1)):
        assert there_and_back(value).dtype == np.float32


def test_what_is_not_plain_equals_nothing_not_even_itself_again():
    for value in (object(), len, iter([1]), object):
        assert isinstance(there_and_back(value), plain.Other)
        assert not values.same(there_and_back(value), there_and_back(value), None)


BAD = [
    {}, [], {"list": 3}, {"dict": [1]}, {"dict": [[{"list": []}, 1]]}, {"array": [1], "dtype": "object"},
    {"array": [1], "dtype": "float64"}, {"array": ["x"], "dtype": "float64", "shape": [1]},
    {"array": [1], "dtype": "float64", "shape": [10**9]}, {"array": [], "dtype": "int8", "shape": [0, 10**9]},
    {"array": [300], "dtype": "int8", "shape": [1]}, {"array": [1, 2], "dtype": "float64", "shape": "ab"},
    {"schedule": "__import__('os')"}, {"schedule": "constant(1, 10**12)"}, {"schedule": 3}, {"other": None},
    {"schedule": "cosine(1, 0, 1000000000000)"}, {"unknown": 1}, {"list": [1] * (plain.MOST + 1)},
    {"array": [[1] * 1000] * 1000, "dtype": "float64", "shape": [10**6]},
]  # fmt: skip
DEEP: dict = {"list": []}
for _ in range(5000):
    DEEP = {"list": [DEEP]}


@pytest.mark.parametrize(
    "data", [*BAD, DEEP], ids=lambda data: repr(data)[:40] if data is not DEEP else "deep"
)
def test_what_nobody_encoded_is_refused(data):
    with pytest.raises(Refused):
        plain.decode(data)


COSTLY = {
    "keys of one hash": {"dict": [[k * (2**61 - 1), 0] for k in range(1, 20_000)]},
    "members of one hash": {"list": [{"set": [k * (2**61 - 1) for k in range(1, 1_000)]}] * 20},
    "schedules": {"list": [{"schedule": "*".join(["constant(1)"] * 800)}] * 20},
}


@pytest.mark.parametrize("kind", COSTLY)
def test_what_takes_much_longer_to_read_than_to_send_is_refused(kind):
    with pytest.raises(Refused, match="more than is looked at"):
        plain.decode(COSTLY[kind])


def test_a_text_that_comes_back_can_be_written():
    assert there_and_back("\ud800") == "?"
    assert len(there_and_back("x" * 10**6)) == plain.LONGEST


ODD = [
    float("nan"), float("inf"), 1e308, 10**300, -1, True, None, "", "x", [], [1], [[1], [1, 2]], {}, {"a": 1},
    {1: 2}, np.zeros(0), np.zeros((0, 3)), np.full(3, np.nan), np.array([1, 2, np.inf]), np.array(["a"]),
    [None, 1], ["a", 1], object(), np.zeros((3, 3)), np.uint16(300), np.array([True, False]), [np.nan] * 3,
    (1, 2), frozenset([1]), [1e308] * 3, [0, 0, 0], [1, 2, 3], np.float32(3), cosine(1, 0, 10), 0, 1e-320,
]  # fmt: skip
ASKED = {
    "number": lambda a, b: a * 2.0 + b,
    "list": lambda a, b: [a * 1.0, b * 2.0, 3.0],
    "dict": lambda a, b: {"x": a, "y": [b]},
    "text": lambda a, b: "w" * a,
    "schedule": lambda a, b: cosine(1, 0, 10 + a),
    "array": lambda a, b: np.arange(5) * a + b,
}


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.filterwarnings("ignore")
def test_marking_ends_in_points_and_words_whatever_was_given(kind):
    drawn = [(1, 2), (2, 5), (4, 3)]
    exercise = Exercise(
        expected=ASKED[kind],
        cases=drawn,
        mistakes={"It is `a`.": lambda a, b: a},
        marks=Marks({"all": 3}, lambda rng: drawn),
    )
    given = [there_and_back(value) for value in ODD]
    for answers in Random(0).sample(list(product(given, repeat=3)), 300):
        mark = marking.mark(exercise, drawn, [Outcome(value) for value in answers], ["a", "b"])
        assert mark.points == 0
        assert mark.said
        str(mark).encode()
