"""What may be wrong with an answer that nobody foresaw: how it relates to the right one, where it differs."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass
from io import StringIO
from itertools import combinations, islice, pairwise, product
from operator import eq, ge, gt, le, lt, ne

import numpy as np

from lrlib.course.values import array, difference, listed, same

SIGNS = {"is": eq, "is not": ne, "is above": gt, "is below": lt, "is at least": ge, "is at most": le}
CHANGES = {
    "one less": lambda x: x - 1,
    "one more": lambda x: x + 1,
    "squared": lambda x: x * x,
    "a root": lambda x: abs(x) ** 0.5,
    "doubled": lambda x: 2 * x,
    "halved": lambda x: x / 2,
}
MANY = 6  # values of a case that are looked at one by one
PLACES = "first", "second", "third", "fourth", "fifth", "sixth"
FEWEST = 0.1  # share of the cases that are worth a word
RELATIONS = {  # said of an answer that is this of the right one
    "The sign is the other way round.": np.negative,
    "It is upside down: divide the other way round.": np.reciprocal,
    "It is 1 minus the right value.": lambda right: 1 - right,
    "It is the square of the right value.": np.square,
    "It is the root of the right value.": np.sqrt,
    "It is the logarithm of the right value.": np.log,
    "It is the exponential of the right value.": np.exp,
    "The right value has a sign: keep it.": np.abs,
    "It is rounded down.": np.floor,
    "It is rounded up.": np.ceil,
    "It is rounded.": np.rint,
}


@dataclass
class Trial:
    """An answer that was tried and is wrong: its values `got`, the right ones, and which cases differ."""

    yours: Callable
    expected: Callable
    tried: Callable
    cases: list[tuple]
    got: list
    wanted: list
    wrong: list[int]
    tolerance: float | None

    def explained(self, mistakes: Mapping[str, Callable]) -> Iterator[str]:
        """What is printed: how many cases differ, the first that does, and what may be wrong."""
        first = self.wrong[0]
        count = f"{len(self.wrong)} of {len(self.cases)} cases differ"
        yield f"Not yet. {count}; for ({listed(self.cases[first])}):"
        lines = [*difference(self.got[first], self.wanted[first], self.tolerance)]
        if self.got[first] is None and not any(right is None for right in self.wanted):
            lines += ["A function without a return gives None."]
        lines += self.diagnoses(mistakes)
        yield from (f"  {line}" for line in lines)

    def diagnoses(self, mistakes: Mapping[str, Callable]) -> list[str]:
        """The known mistake that it makes, or else what can be found out about it: one line, or none."""
        found = [words for words, mistake in mistakes.items() if self.agrees(mistake, self.cases)]
        return found[:1] or list(islice(filter(None, self.guesses()), 1))

    def agrees(self, other: Callable, cases: list[tuple]) -> bool:
        """Whether the answer has the values that another function has, perhaps for other arguments."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(StringIO()):
                warnings.simplefilter("ignore")
                return all(
                    self.alike(mine, self.tried(other, *deepcopy(case)))
                    for mine, case in zip(self.got, cases, strict=True)
                )
        except Exception:  # what the other function cannot do, the answer did not do either
            return False

    def alike(self, a, b) -> bool:
        return same(a, b, self.tolerance)

    def guesses(self) -> Iterator[str]:
        """What may be said of it, the surest first."""
        names = names_of(self.yours, self.cases)
        for words, cases in other_arguments(names, self.cases):
            if self.agrees(self.expected, cases):
                yield words
        sides = _rows(self.got), _rows(self.wanted)
        if sides[0] and sides[1] and [len(r) for r in sides[0]] == [len(r) for r in sides[1]]:
            yield relation(*map(np.concatenate, sides))
            yield _an_argument_off(names, self.cases, *sides)
            yield _shifted(*sides)
        yield _parts(self.got, self.wanted, self.alike)
        yield unused(names, self.cases, self.got, self.wanted, self.alike)
        if names == own_names(self.yours):
            yield place(names, self.cases, self.wrong)


def names_of(function: Callable, cases: list[tuple]) -> list[str]:
    """What a function calls the arguments of a case, in the order of the case."""
    named = own_names(function)
    most = max(map(len, cases))
    return named if len(named) == most else [f"argument {i}" for i in range(1, most + 1)]


def own_names(function: Callable) -> list[str]:
    """What a function calls its arguments, as it says itself; none where it does not say."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def other_arguments(names: list[str], cases: list[tuple]) -> Iterator[tuple[str, list[tuple]]]:
    """(what is said, the cases) of answers that are right for other arguments than they were given."""
    fixed = min(map(len, cases))
    for i, j in combinations(range(fixed), 2):
        yield f"It is right with `{names[i]}` and `{names[j]}` swapped.", [_swapped(c, i, j) for c in cases]
    for i in range(fixed):
        if all(_number(case[i]) for case in cases):
            for words, change in CHANGES.items():
                changed = [(*case[:i], change(case[i]), *case[i + 1 :]) for case in cases]
                if changed != cases and all(
                    _as_before(a[i], b[i]) for a, b in zip(cases, changed, strict=True)
                ):
                    yield f"It is right for a `{names[i]}` that is {words}.", changed


def relation(yours: np.ndarray, right: np.ndarray) -> str:
    """How the numbers of an answer relate to the right ones in all cases; "" where no rule says it.

    >>> relation(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    'It is always 2 times the right value.'
    """
    finite = np.isfinite(right)
    if not finite.any() or (finite != np.isfinite(yours)).any():
        return ""
    yours, right = yours[finite], right[finite]
    with np.errstate(all="ignore"):
        for words, of in RELATIONS.items():
            if _alike(yours, of(right)) and not _alike(right, of(right)):
                return words
        if np.ptp(right) > 0:
            if np.ptp(yours) == 0:
                return "It is the same in every case."
            ratio, offset = yours @ right / (right @ right), yours[0] - right[0]
            if _alike(yours, ratio * right):
                return f"It is always {ratio:.4g} times the right value."
            slope, rest = np.polyfit(right, yours, 1) if len(set(right)) > 2 else (0, 0)
            if slope and abs(slope - 1) > 1e-6 and _alike(yours, slope * right + rest):
                return f"It is always {slope:.4g} times the right value, and {rest:.4g} added."
            if _alike(yours, right + offset):
                return f"It is always {abs(offset):.4g} too {'high' if offset > 0 else 'low'}."
    return ""


def _rows(side: list) -> list[np.ndarray]:
    """The values of every case as one row; none where some are no numbers."""
    rows = [array(value) for value in side]
    return (
        []
        if any(row is None or not row.size for row in rows)
        else [row.ravel().astype(float) for row in rows]
    )


def _an_argument_off(names: list[str], cases: list[tuple], yours: list, right: list) -> str:
    """Whether one of the arguments, as a factor or added, is missing or one too many."""
    for name, column in _columns_of(names, cases).items():
        factor = np.concatenate([np.full(len(r), float(x)) for r, x in zip(right, column, strict=True)])
        mine, wanted = np.concatenate(yours), np.concatenate(right)
        if np.ptp(factor) == 0:
            continue
        with np.errstate(invalid="ignore"):
            if _alike(mine, wanted * factor):
                return f"It is `{name}` times the right value."
            if _alike(mine * factor, wanted) and np.all(factor):
                return f"It is the right value, divided by `{name}`."
            if _alike(abs(mine - wanted), abs(factor)):
                return f"It differs from the right value by `{name}`."
    return ""


def _parts(yours: list, right: list, alike: Callable) -> str:
    """Which of a few parts is right in every case, where there are as many in each."""
    sides = [array(value) for value in yours], [array(value) for value in right]
    shapes = {np.shape(value)[:1] for side in sides for value in side}
    count = next(iter(shapes), ())
    if len(shapes) != 1 or not count or not 1 < count[0] <= MANY:
        return ""
    if all(alike(m[::-1], w) for m, w in zip(*sides, strict=True)):
        return "The parts come in the other order."
    fits = [all(alike(m[i], w[i]) for m, w in zip(*sides, strict=True)) for i in range(count[0])]
    good, bad = (_joined([PLACES[i] for i, fit in enumerate(fits) if fit == kind]) for kind in (True, False))
    part = "value" if all(np.ndim(side) == 1 for side in sides[1]) else "part"
    many = part + "s are" if fits.count(True) > 1 else part + " is"
    return f"The {good} {many} right in every case; look at the {bad}." if good and bad else ""


def _joined(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _shifted(yours: list, right: list) -> str:
    """Whether every row of values comes one place late, or early."""
    if not all(len(row) > 2 for row in right):
        return ""
    rows = list(zip(yours, right, strict=True))
    if all(_alike(mine[1:], wanted[:-1]) for mine, wanted in rows):
        return "Every value comes one place late."
    early = all(_alike(mine[:-1], wanted[1:]) for mine, wanted in rows)
    return "Every value comes one place early." if early else ""


def unused(names: list[str], cases: list[tuple], yours: list, right: list, alike: Callable) -> str:
    """The argument that the right answer depends on and yours does not; "" where there is none."""
    for i, name in enumerate(names[: min(map(len, cases))]):
        groups: dict[str, list[int]] = {}
        for number, case in enumerate(cases):
            groups.setdefault(repr(case[:i] + case[i + 1 :]), []).append(number)
        pairs = [(a, b) for group in groups.values() for a, b in pairwise(group)]
        if all(alike(yours[a], yours[b]) for a, b in pairs) and not all(
            alike(right[a], right[b]) for a, b in pairs
        ):
            return f"It does not depend on `{name}`."
    return ""


def place(names: list[str], cases: list[tuple], wrong: list[int]) -> str:
    """The largest group of cases that are all right, said by their arguments; "" where nothing simple is.

    >>> place(["t", "T"], [(1, 3), (5, 3), (3, 3), (9, 8)], [1, 3])
    'It is right wherever `t` is at most `T`, and nowhere else.'
    """
    right = ~np.isin(np.arange(len(cases)), wrong)
    groups = {
        words: where
        for words, where in _conditions(names, cases, len(wrong) < 2)
        if not (where & ~right).any()
    }
    words = max(groups, key=lambda words: groups[words].sum(), default="")
    if not words or groups[words].sum() < max(1, FEWEST * len(cases)):
        return ""
    rest = ", and nowhere else" if np.array_equal(groups[words], right) else "; look at the other cases"
    return f"It is right wherever {words}{rest}."


def _conditions(names: list[str], cases: list[tuple], few: bool) -> Iterator[tuple[str, np.ndarray]]:
    """(a condition in words, in which cases it holds) of two arguments, or of one and a value that it has.

    Two are compared if both are whole in all cases, or neither: others count different things. few: whether
    so few cases are wrong that any value of theirs would fit; then only 0, 1 and whole bounds are said.
    """
    for name, column in _columns_of(names, cases, lambda value: isinstance(value, bool)).items():
        yield from ((f"`{name}` is {value}", np.array(column) == value) for value in (True, False))
    columns = _columns_of(names, cases)
    for name, column in columns.items():
        is_whole = _whole(column)
        others = {f"`{n}`": c for n, c in columns.items() if n != name and _whole(c) == is_whole}
        others |= {
            f"{value:.6g}": value for value in sorted(set(column)) if value in (0, 1) or is_whole or not few
        }
        for (said, other), (sign, test) in product(others.items(), SIGNS.items()):
            is_chance = sign == "is not" and np.ndim(other) == 0 and (few or not is_whole)
            if not is_chance or other in (0, 1):
                yield f"`{name}` {sign} {said}", test(np.array(column), np.array(other))


def _number(value) -> bool:
    """Whether one can calculate with it: a truth is none, though Python takes it for one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(column: tuple) -> bool:
    return all(isinstance(value, int) for value in column)


def _columns_of(names: list[str], cases: list[tuple], kind: Callable = _number) -> dict[str, tuple]:
    """The values of each argument that is of one kind in all cases: a number, if nothing else is said."""
    if len(set(map(len, cases))) > 1:
        return {}
    columns = zip(names, zip(*cases, strict=True), strict=True)
    return {n: c for n, c in columns if all(map(kind, c))}


def _alike(a, b) -> bool:
    return bool(np.allclose(a, b, rtol=1e-6, atol=1e-9))


def _as_before(given, changed) -> bool:
    """Whether a changed argument is of the same kind: whole, and of the same sign. Others may never end."""
    return np.sign(given) == np.sign(changed) and (isinstance(given, float) or changed == int(changed))


def _swapped(case: tuple, i: int, j: int) -> tuple:
    other = list(case)
    other[i], other[j] = other[j], other[i]
    return tuple(other)
