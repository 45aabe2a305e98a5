"""Answers to predictions and exercises: what you said, what is so, and where to look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy

import numpy as np


def reconcile(prediction: float, measured: float, tolerance: float = 0.05, reread: str = "") -> None:
    """Compare a prediction with a measurement and print how far off it was.

    tolerance: relative distance up to which the prediction counts as right. reread: where the explanation is.
    """
    off = abs(prediction - measured)
    relative = off / abs(measured) if measured else off
    print(f"you said {prediction:.4g}, measured {measured:.4g}: off by {float(f'{100 * relative:.2g}'):g} %")
    if relative <= tolerance:
        print("Well predicted.")
    else:
        print("Worth a second look" + (f": reread {reread}." if reread else "."))


def answer(
    yours: Callable,
    expected: Callable,
    cases: Iterable[tuple],
    mistakes: Mapping[str, Callable] | None = None,
    second: Callable[[Callable], str | None] | None = None,
    tolerance: float = 1e-9,
) -> None:
    """Check a function that a learner wrote, and print an answer: not done yet, wrong and why, or right.

    yours: the learner's function. expected: a correct one. cases: argument tuples to try both on.
    mistakes: message -> a function that makes that mistake; when `yours` agrees with it on all cases, the
    message is the diagnosis. second: an independent check of `yours`, returning what is wrong or None.
    tolerance: relative and absolute, on numbers or arrays.
    """
    cases = list(cases)
    if not cases:
        raise ValueError("an answer needs at least one case to be tried on")
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
        return
    try:
        complaint = second(yours) if second else None
    except Exception as error:
        complaint = f"in the second check your code stopped with {type(error).__name__}: {error}"
    if complaint:
        print(f"Not yet. All {len(cases)} examples agree, but {complaint}")
        return
    print(f"Right. {len(cases)} cases agree" + (", and the second check passes." if second else "."))


def choice(yours: Mapping, expected: Mapping, reasons: Mapping | None = None) -> None:
    """Check a matching, question -> chosen answer; None means not done yet. Prints right and wrong ones.

    reasons: question -> why the expected answer is the right one, shown for wrong choices.
    """
    if any(yours.get(question) is None for question in expected):
        print("Not done yet. Choose an answer for each of: " + ", ".join(map(str, expected)))
        return
    wrong = [question for question in expected if yours[question] != expected[question]]
    for question in wrong:
        reason = (reasons or {}).get(question, "")
        print(f"{question}: yours {yours[question]!r} is not it. {reason}".rstrip())
    if not wrong:
        print(f"Right. All {len(expected)} agree.")


def _explain(cases, got, wanted, wrong, mistakes, tolerance) -> None:
    first = wrong[0]
    shown = ", ".join(_short(argument) for argument in cases[first])
    print(f"Not yet. {len(wrong)} of {len(cases)} cases differ; for ({shown}):")
    print(f"  yours {_short(got[first])}, expected {_short(wanted[first])}")
    for message, mistake in mistakes.items():
        if all(_same(got[i], mistake(*deepcopy(cases[i])), tolerance) for i in range(len(cases))):
            print(f"  {message}")
            return


def _same(a, b, tolerance: float) -> bool:
    a, b = _array(a), _array(b)
    if a is None or b is None:
        return False
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def _array(value) -> np.ndarray | None:
    """Numbers as float64, whatever holds them; None for what is no number."""
    try:
        found = np.asarray(value.detach() if hasattr(value, "detach") else value)
        return found.astype(np.float64) if found.dtype.kind in "biuf" else None
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None


def _short(value) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.ndim == 0 else [float(f"{v:.4g}") for v in value.ravel()[:6]]
    text = str(value)
    if isinstance(value, list | tuple):
        text = text[0] + ", ".join(map(_short, value)) + text[-1]
    return text if len(text) <= 70 else text[:67] + "..."
