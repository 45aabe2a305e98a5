"""Answers to predictions and exercises: what you said, what is so, and where to look."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy

import numpy as np

from lrlib.rules import Refused

TOLERANCE = 1e-9  # relative and absolute, of what is computed in float64
TOLERANCE_32 = 1e-6  # of what is computed in float32: a few of its roundings
SHOWN = 6  # values of an array that are shown, and the digits of a number


def reconcile(prediction: float, measured: float, tolerance: float = 0.05, reread: str = "") -> None:
    """Compare a prediction with a measurement and print how far off it was.

    tolerance: relative distance up to which the prediction counts as right; where 0 was measured, the
    distance itself. reread: where the explanation is.

    >>> reconcile(0.5, 0.51)
    you said 0.5, measured 0.51: off by 2 %
    Well predicted.
    >>> reconcile(0.5, 1.0, reread="section 2")
    you said 0.5, measured 1: off by 50 %
    Worth a second look: reread section 2.
    """
    if prediction is None or prediction is Ellipsis:
        print("Not done yet. Write the number that you expect.")
        return
    said = _array(prediction)
    if said is None or said.size != 1:
        print(f"A prediction is one number, as in 0.25; yours is {_short(prediction)}.")
        return
    said, found = said.item(), _array(measured).item()
    off = abs(said - found)
    distance = off / abs(found) if found else off
    far = f"{float(f'{100 * distance:.2g}'):g} %" if found else f"{off:.2g}"
    texts = _apart(said, found, digits=4)
    print(f"you said {texts[0]}, measured {texts[1]}: off by {far}")
    if distance <= tolerance:
        print("Well predicted.")
    else:
        print("Worth a second look" + (f": reread {reread}." if reread else "."))


def answer(
    yours: Callable,
    expected: Callable,
    cases: Iterable[tuple],
    mistakes: Mapping[str, Callable] | None = None,
    second: Callable[[Callable], str | None] | None = None,
    tolerance: float | None = None,
) -> None:
    """Check a function that a learner wrote, and print an answer: not done yet, wrong and why, or right.

    yours: the learner's function. expected: a correct one. cases: argument tuples to try both on.
    mistakes: message -> a function that makes that mistake; when `yours` agrees with it on all cases, the
    message is the diagnosis. second: an independent check of `yours`, returning what is wrong or None.
    tolerance: relative and absolute. Without one, 1e-9, and 1e-6 for an answer computed in float32, as
    torch does by itself. Lists, tuples, arrays and tensors of the same numbers are the same answer; so are
    a number and an array that holds nothing else.

    >>> answer(lambda t, T: 1 - t / T, expected=lambda t, T: max(0, 1 - t / T), cases=[(5, 10), (11, 10)])
    Not yet. 1 of 2 cases differ; for (11, 10):
      yours -0.1, expected 0
    """
    cases = list(cases)
    if not cases or not all(isinstance(case, tuple) for case in cases):
        raise Refused("cases must be one or more tuples of arguments, as in [(1, 10)]", "check.answer")
    try:
        got = [yours(*deepcopy(case)) for case in cases]
    except NotImplementedError as hint:
        print(f"Not done yet. {hint}".rstrip())
        return
    except Exception as error:
        print(f"Your code stopped with {type(error).__name__}: {error}")
        return
    wanted = [expected(*deepcopy(case)) for case in cases]
    wrong = [i for i in range(len(cases)) if not _same(got[i], wanted[i], tolerance)]
    if wrong:
        _explain(cases, got, wanted, wrong, mistakes or {}, tolerance)
    elif complaint := _complaint(second, yours):
        print(f"Not yet. All {len(cases)} examples agree, but {complaint}")
    else:
        print(f"Right. {len(cases)} cases agree" + (", and the second check passes." if second else "."))


def choice(yours: Mapping, expected: Mapping, reasons: Mapping | None = None) -> None:
    """Check a matching, question -> chosen answer; None means not done yet. Prints right and wrong ones.

    reasons: question -> why the expected answer is the right one, shown for wrong choices. Capitals and outer
    blanks of an answer do not matter.

    >>> choice({"A": "linear", "B": "Linear"}, {"A": "cosine", "B": "linear"}, {"A": "Flat at its start."})
    A: yours 'linear' is not it. Flat at its start.
    """
    if any(yours.get(question) is None for question in expected):
        print("Not done yet. Choose an answer for each of: " + ", ".join(map(str, expected)))
        return
    wrong = [question for question in expected if _plain(yours[question]) != _plain(expected[question])]
    for question in wrong:
        reason = (reasons or {}).get(question, "")
        print(f"{question}: yours {yours[question]!r} is not it. {reason}".rstrip())
    if not wrong:
        print(f"Right. All {len(expected)} agree.")


def _complaint(second, yours) -> str | None:
    try:
        return second(yours) if second else None
    except Exception as error:
        return f"in the second check your code stopped with {type(error).__name__}: {error}"


def _explain(cases, got, wanted, wrong, mistakes, tolerance) -> None:
    first = wrong[0]
    shown = ", ".join(_short(argument) for argument in cases[first])
    print(f"Not yet. {len(wrong)} of {len(cases)} cases differ; for ({shown}):")
    for line in _difference(got[first], wanted[first], tolerance):
        print(f"  {line}")
    for message, mistake in mistakes.items():
        if all(_same(got[i], mistake(*deepcopy(cases[i])), tolerance) for i in range(len(cases))):
            print(f"  {message}")
            return


def _difference(yours, expected, tolerance) -> Iterable[str]:
    """What differs: values, and the first place where they do; lengths; the type of the numbers."""
    a, b = _arrays(yours, expected)
    if a is None or b is None:
        texts = _short(yours), _short(expected)
        if texts[0] == texts[1]:  # what is long and differs late, or is written like another type
            texts = [f"{value!r} ({type(value).__name__})" for value in (yours, expected)]
        yield "yours {}, expected {}".format(*texts)
        if yours is None:
            yield "A function without a return gives None."
        return
    if a.ndim == b.ndim == 0:
        yield "yours {}, expected {}".format(*_apart(a.item(), b.item()))
    elif a.shape != b.shape:
        yield f"yours {_short(yours)}, expected {_short(expected)}"
        yield f"yours has {_form(a)}, expected {_form(b)}"
        return
    else:
        off = np.argwhere(~_close(a, b, tolerance))
        first = tuple(off[0].tolist())
        texts = _apart(a[first].item(), b[first].item())
        where = ", ".join(map(str, first))
        place = f"{len(off)} of {a.size} values differ, first at [{where}]"
        yield f"{place}: yours {texts[0]}, expected {texts[1]}"
    if hasattr(yours, "dtype") and a.dtype != b.dtype and np.can_cast(a.dtype, b.dtype):
        yield f"yours is computed in {a.dtype}, expected {b.dtype}"


def _same(yours, expected, tolerance: float | None) -> bool:
    """Numbers to the tolerance, also those in lists and dicts; what is no number by `==`."""
    a, b = _arrays(yours, expected)
    if a is not None and b is not None:
        return a.shape == b.shape and bool(_close(a, b, tolerance).all())
    if isinstance(yours, Mapping) and isinstance(expected, Mapping):
        alike = yours.keys() == expected.keys()
        return alike and all(_same(yours[key], expected[key], tolerance) for key in expected)
    if type(yours) is type(expected) and isinstance(yours, list | tuple):
        alike = len(yours) == len(expected)
        return alike and all(map(_same, yours, expected, [tolerance] * len(yours)))
    return a is b and np.array_equal(yours, expected)


def _close(a, b, tolerance) -> np.ndarray:
    if tolerance is None:
        tolerance = TOLERANCE_32 if a.dtype == np.float32 else TOLERANCE
    a, b = a.astype(np.float64), b.astype(np.float64)
    return np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def _arrays(yours, expected) -> tuple:
    """Both as arrays, None for what is no number; of one element alone, where one number is expected."""
    a, b = _array(yours), _array(expected)
    if a is not None and b is not None and a.size == 1 and b.ndim == 0:
        a = a.reshape(())
    return a, b


def _array(value) -> np.ndarray | None:
    """Numbers as an array, whatever holds them; None for what is no number."""
    try:
        value = value.detach().cpu() if hasattr(value, "detach") else value  # a tensor
        found = np.asarray(float(value) if isinstance(value, numbers.Rational) else value)
        return found if found.dtype.kind in "biuf" else None
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None


def _form(array) -> str:
    if array.ndim == 0:
        return "one number"
    return f"{len(array)} values" if array.ndim == 1 else f"shape {array.shape}"


def _apart(a: float, b: float, digits: int = SHOWN) -> tuple[str, str]:
    """Two numbers as text, with as many digits as tell them apart."""
    for enough in [*range(digits, 18), digits]:
        texts = f"{a:.{enough}g}", f"{b:.{enough}g}"
        if texts[0] != texts[1]:
            break
    return texts


def _plain(chosen):
    return chosen.strip().lower() if isinstance(chosen, str) else chosen


def _short(value) -> str:
    found = _array(value) if hasattr(value, "dtype") else None
    if found is not None and found.ndim:
        return (
            "["
            + ", ".join(map(_short, found.ravel()[:SHOWN].tolist()))
            + ", ..." * (found.size > SHOWN)
            + "]"
        )
    value = value if found is None else found.item()
    text = f"{value:.{SHOWN}g}" if isinstance(value, float) else repr(value)
    if type(value) in (list, tuple):
        text = text[0] + ", ".join(map(_short, value)) + text[-1]
    return text if len(text) <= 70 else text[:67] + "..."
