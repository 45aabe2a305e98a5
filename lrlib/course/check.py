"""Answers to predictions and exercises: what you said, what is so, and where to look."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import combinations

import numpy as np

from lrlib.course import diagnosis, exercises, values
from lrlib.rules import Refused, unknown


def reconcile(
    prediction: float | None, measured: float, tolerance: float = 0.05, reread: str = "", near_zero: float = 0
) -> None:
    """Compare a prediction with a measurement and print how far off it was.

    prediction: None while none is made; the measurement is not shown then. tolerance: relative distance up to
    which the prediction counts as right; where 0 was measured, the distance itself. near_zero: the distance
    that is always small enough, in units of what is measured. reread: where the explanation is.

    >>> reconcile(0.5, 0.51)
    you said 0.5, measured 0.51: off by 2 %
    Well predicted.
    >>> reconcile(0.5, 1.0, reread="section 2")
    you said 0.5, measured 1: off by 50 %
    Worth a second look: reread section 2.
    >>> reconcile(0, -0.06, near_zero=0.1)
    you said 0, measured -0.06: off by 0.06
    Well predicted.
    >>> reconcile(None, 1.0)
    Not done yet. Write the number that you expect in place of None, and run again from there.
    """
    if _is_missing(prediction):
        print("Not done yet. Write the number that you expect in place of None, and run again from there.")
        return
    said = values.array(prediction)
    if said is None or said.size != 1:
        print(f"A prediction is one number, as in 0.25; yours is {values.short(prediction)}.")
        return
    said, found = said.item(), values.array(measured).item()
    off = abs(said - found)
    small = max(near_zero, 0 if found else tolerance)
    far = f"{off:.2g}" if abs(found) <= small else f"{float(f'{100 * off / abs(found):.2g}'):g} %"
    texts = values.apart(said, found, digits=4)
    print(f"you said {texts[0]}, measured {texts[1]}: off by {far}")
    _judge(off <= max(small, tolerance * abs(found)), reread)


def category(
    prediction: str | None, found: str, options: Iterable[str] | Mapping[str, object], reread: str = ""
) -> None:
    """Compare a prediction in words with what was found, which is not shown while the prediction is None.

    options: the words to choose from, or word -> why it is not what was found, shown to who chose it; a
    mapping to something else, as to runs, gives its words alone. Capitals and outer blanks do not matter.

    >>> category("Later", "earlier", options=("earlier", "later", "the same"), reread="the next paragraph")
    you said later, found earlier
    Worth a second look: reread the next paragraph.
    >>> category(None, "earlier", options=("earlier", "later", "the same"))
    Not done yet. Write 'earlier', 'later' or 'the same' in place of None, and run again from there.
    """
    if found not in options:
        raise Refused(unknown("option", found, options), "check.category")
    *most, last = map(repr, options)
    said = values.plain(prediction)
    if _is_missing(prediction):
        print(f"Not done yet. Write {', '.join(most)} or {last} in place of None, and run again from there.")
    elif said not in map(values.plain, options):
        print(f"A prediction is {', '.join(most)} or {last}; yours is {values.short(prediction)}.")
    else:
        print(f"you said {said}, found {values.plain(found)}")
        reasons = options if isinstance(options, Mapping) else {}
        reason = {values.plain(option): why for option, why in reasons.items()}.get(said, "")
        _judge(said == values.plain(found), reread, reason if isinstance(reason, str) else "")


def order(
    prediction: Sequence[str] | None,
    found: Sequence[str],
    told: Iterable[tuple[str, str]] | None = None,
    reread: str = "",
) -> None:
    """Compare a predicted order with the one that was found, pair by pair. None means not done yet.

    found: the names in the order that was found. told: the pairs that can be told apart, and count; without
    it, all of them. Well predicted are all that count, or all but one of six or more.

    >>> order(["b", "a", "c"], found=["a", "b", "c"], reread="section 2")
    you ordered 2 of 3 pairs right; not a before b
    Worth a second look: reread section 2.
    >>> order(["b", "a", "c"], found=["a", "b", "c"], told=[("a", "c"), ("c", "b")])
    you ordered 2 of 2 pairs right
    Well predicted.
    """
    if _is_missing(prediction):
        names = ", ".join(sorted(found))
        print(f"Not done yet. Write your order of these in place of None, and run again from there: {names}.")
        return
    is_list = isinstance(prediction, list | tuple | np.ndarray)
    said = [values.plain(name) for name in prediction] if is_list else []
    if sorted(map(str, said)) != sorted(map(values.plain, found)):
        once = f"A prediction has each of these once: {', '.join(sorted(found))}"
        print(f"{once}; yours is {values.short(prediction)}.")
        return
    counts = None if told is None else {frozenset(pair) for pair in told}
    pairs = [p for p in combinations(found, 2) if counts is None or frozenset(p) in counts]
    place = {name: said.index(values.plain(name)) for name in found}
    missed = [f"{a} before {b}" for a, b in pairs if place[a] > place[b]]
    words = f"; not {', '.join(missed)}" if missed else ""
    print(f"you ordered {len(pairs) - len(missed)} of {len(pairs)} pairs right{words}")
    _judge(len(missed) <= len(pairs) // 6, reread)


def exercise(name: str, yours, /, **given) -> None:
    """Check the answer to an exercise of the course: `answer` or `choice`, with what is declared for it.

    name: the number of the lesson or assignment and of the exercise, as "08.1" or "A2.1". given: what the
    exercise needs from the notebook, by name. ValueError, with the nearest, for a name that no exercise has.

    >>> exercise("08.1", lambda t, start, end, hold, T: start)
    Not yet. 324 of 405 cases differ; for (1, 1, 0, 0, 10):
      yours 1, expected 0.975528
      It does not depend on `t`.
    """
    if exercises.are_withheld():
        print("This exercise is answered when it is marked.")
        return
    asked = exercises.find(name, given)
    if isinstance(asked, exercises.Matching):
        choice(yours, **vars(asked))
    else:
        answer(yours, **asked.answers())


def answer(
    yours: Callable,
    expected: Callable,
    cases: Iterable[tuple],
    mistakes: Mapping[str, Callable] | None = None,
    second: Callable[[Callable], str | None] | None = None,
    tolerance: float | None = None,
    tried: Callable = exercises.call,
) -> None:
    """Check a function that a learner wrote, and print an answer: not done yet, wrong and why, or right.

    yours: the learner's function. expected: a correct one. cases: argument tuples to try both on.
    mistakes: message -> a function that makes that mistake; when `yours` agrees with it on all cases, the
    message is the diagnosis. Where none does, the diagnosis is found: how yours relates to what is expected,
    or where it differs. second: an independent check of `yours`, returning what is wrong or None; it is given
    numbers in the form of the expected ones. tried: what is compared, from a function and a case.
    tolerance: relative and absolute. Without one, 1e-9, and 1e-6 for an answer computed in float32, as
    torch does by itself. Lists, tuples, arrays and tensors of the same numbers are the same answer; so are
    a number and an array that holds nothing else, and schedules of the same values.

    >>> answer(lambda t, T: 1 - t / T, expected=lambda t, T: max(0, 1 - t / T), cases=[(5, 10), (11, 10)])
    Not yet. 1 of 2 cases differ; for (11, 10):
      yours -0.1, expected 0
      It is right wherever `t` is below `T`, and nowhere else.
    """
    cases = list(cases)
    if not cases or not all(isinstance(case, tuple) for case in cases):
        raise Refused("cases must be one or more tuples of arguments, as in [(1, 10)]", "check.answer")
    if not callable(yours):
        wanted = f"A function is wanted; yours is {values.short(yours)}."
        print("Not done yet." if _is_missing(yours) else wanted)
        return
    got, stopped = _outcomes(yours, cases, tried)
    if stopped:
        print(stopped)
        return
    wanted = [tried(expected, *deepcopy(case)) for case in cases]
    wrong = [i for i in range(len(cases)) if not values.same(got[i], wanted[i], tolerance)]
    if wrong:
        trial = diagnosis.Trial(yours, expected, tried, cases, got, wanted, wrong, tolerance)
        print(*trial.explained(mistakes or {}), sep="\n")
    elif complaint := _complaint(second, yours, wanted[0]):
        print(f"Not yet. All {len(cases)} examples agree, but {complaint}")
    else:
        print(f"Right. {len(cases)} cases agree" + (", and the second check passes." if second else "."))


def choice(
    yours: Mapping,
    expected: Mapping,
    reasons: Mapping | None = None,
    against: Callable[[str, str], str] | None = None,
) -> None:
    """Check a matching, question -> chosen answer; None means not done yet. Prints right and wrong ones.

    reasons: question -> why the expected answer is the right one, shown for wrong choices. against: from a
    question and the chosen answer, what speaks against it, shown in place of the reason where it knows
    something. Capitals and outer blanks of an answer do not matter.

    >>> choice({"A": "linear", "B": "Linear"}, {"A": "cosine", "B": "linear"}, {"A": "Flat at its start."})
    A: yours 'linear' is not it. Flat at its start.
    """
    if not isinstance(yours, Mapping):
        first = next(iter(expected))
        print(f"A matching is a dict, as in {{{first!r}: ...}}; yours is {values.short(yours)}.")
        return
    if any(_is_missing(yours.get(question)) for question in expected):
        print("Not done yet. Choose an answer for each of: " + ", ".join(map(str, expected)))
        return
    wrong = [each for each in expected if values.plain(yours[each]) != values.plain(expected[each])]
    for question in wrong:
        reason = against(question, yours[question]) if against else ""
        reason = reason or (reasons or {}).get(question, "")
        print(f"{question}: yours {yours[question]!r} is not it. {reason}".rstrip())
    if not wrong:
        print(f"Right. All {len(expected)} agree.")


def _is_missing(given) -> bool:
    return given is None or given is Ellipsis


def _judge(is_right: bool, reread: str, reason: str = "") -> None:
    look = f"Worth a second look: reread {reread}." if reread else "Worth a second look."
    print("Well predicted." if is_right else f"{reason} {look}".lstrip())


def _outcomes(yours, cases, tried) -> tuple[list, str]:
    """What an answer gives for every case; and what to say when it stops."""
    got = []
    for case in cases:
        try:
            got.append(tried(yours, *deepcopy(case)))
        except NotImplementedError as hint:
            return got, f"Not done yet. {hint}".rstrip()
        except Exception as error:
            return got, f"Your code stopped for ({values.listed(case)}){stopped_with(error, yours)}"
    return got, ""


def stopped_with(error: Exception, yours: Callable) -> str:
    """The line of the answer that stopped, and the error in words."""
    said = f"there is no {error}" if isinstance(error, KeyError) else str(error)
    file = getattr(getattr(yours, "__code__", None), "co_filename", None)
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    line = f", in the line `{lines[-1]}`" if lines and lines[-1] else ""
    return f"{line} with {type(error).__name__}" + f": {said}" * bool(said)


def _complaint(second, yours, form) -> str | None:
    """What the second check says of an answer whose values are put into the form of an expected one."""

    def plain(*args, **kwargs):
        return values.in_form(yours(*args, **kwargs), form)

    try:
        return second(plain) if second else None
    except Exception as error:
        return f"in the second check your code stopped{stopped_with(error, yours)}"
