"""Values that answers give: whether two are the same, how they differ, and how they are shown."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping

import numpy as np

from lrlib.schedules import Schedule

TOLERANCE = 1e-9  # relative and absolute, of what is computed in float64
TOLERANCE_32 = 1e-6  # of what is computed in float32: a few of its roundings
SHOWN = 6  # values of an array that are shown, and the digits of a number
ENDLESS = 10_000  # steps at which schedules without an end are compared


def in_form(value, form):
    """A number, or an array of float64, in place of whatever else holds the same."""
    a, b = arrays(value, form)
    if a is None or b is None or b.ndim == 0 != a.ndim:
        return value
    if b.ndim:
        return a.astype(np.float64)
    number = a.item()
    return int(number) if isinstance(form, numbers.Integral) and number == int(number) else number


def difference(yours, expected, tolerance) -> Iterable[str]:
    """What differs: values, and the first place where they do; lengths; the type of the numbers."""
    a, b = arrays(yours, expected)
    if a is None or b is None:
        yield from _other_difference(yours, expected, tolerance)
    elif a.ndim == b.ndim == 0:
        yield "yours {}, expected {}".format(*_texts(a, b, yours, expected))
    elif a.shape != b.shape:
        yield f"yours {short(yours)}, expected {short(expected)}"
        yield f"yours has {_form(a)}, expected {_form(b)}"
        return
    else:
        off = np.argwhere(~_close(a, b, tolerance))
        first = tuple(off[0].tolist())
        texts = _texts(a[first], b[first], _at(yours, first), _at(expected, first))
        where = ", ".join(map(str, first))
        place = f"{len(off)} of {a.size} values differ, first at [{where}]"
        yield f"{place}: yours {texts[0]}, expected {texts[1]}"
    numbers_both = a is not None and b is not None
    if numbers_both and hasattr(yours, "dtype") and a.dtype != b.dtype and np.can_cast(a.dtype, b.dtype):
        yield f"yours is computed in {a.dtype}, expected {b.dtype}"


def _other_difference(yours, expected, tolerance) -> Iterable[str]:
    """The same of what is no number: the first part that differs, or all of it, in full if it looks alike."""
    a, b = _parts(yours), _parts(expected)
    if a and b and type(yours) is type(expected) and a.keys() == b.keys():
        key = next(key for key in b if not same(a[key], b[key], tolerance))
        first, *more = difference(a[key], b[key], tolerance)
        yield f"at [{key!r}]: {first}"
        yield from more
        return
    texts = short(yours), short(expected)
    if texts[0] == texts[1]:  # what is long and differs late, or is written like another type
        texts = [f"{value!r} ({type(value).__name__})" for value in (yours, expected)]
    yield "yours {}, expected {}".format(*texts)


def _at(value, index: tuple):
    """What a list holds at a place, as it was put there; None of an array, whose values have one type."""
    for i in index:
        value = value[i] if isinstance(value, list | tuple) else None
    return value


def _texts(a, b, yours, expected) -> Iterable[str]:
    """Two numbers as text, or two truths."""
    sides = (a, yours), (b, expected)
    if all(number.dtype.kind == "b" or isinstance(value, bool | np.bool_) for number, value in sides):
        return [str(bool(number)) for number, _ in sides]
    return apart(a.item(), b.item())


def _parts(value) -> dict | None:
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    return dict(value) if isinstance(value, Mapping) else None


def same(yours, expected, tolerance: float | None) -> bool:
    """Numbers to the tolerance, also those in lists and dicts; what is no number by `==`."""
    a, b = arrays(yours, expected)
    if a is not None and b is not None:
        return a.shape == b.shape and bool(_close(a, b, tolerance).all())
    if isinstance(yours, Mapping) and isinstance(expected, Mapping):
        alike = yours.keys() == expected.keys()
        return alike and all(same(yours[key], expected[key], tolerance) for key in expected)
    if type(yours) is type(expected) and isinstance(yours, list | tuple):
        alike = len(yours) == len(expected)
        return alike and all(map(same, yours, expected, [tolerance] * len(yours)))
    if isinstance(yours, Schedule) and isinstance(expected, Schedule):
        return same(*_curves(yours, expected), tolerance)
    return a is b and np.array_equal(yours, expected)


def _curves(yours: Schedule, expected: Schedule) -> tuple[np.ndarray, np.ndarray]:
    """The multipliers of two schedules, to beyond the ends of both."""
    ends = [end for s in (yours, expected) if np.isfinite(end := s.steps)]
    steps = int(max(ends, default=0)) + ENDLESS
    return yours.values(steps), expected.values(steps)


def _close(a, b, tolerance) -> np.ndarray:
    if tolerance is None:
        tolerance = TOLERANCE_32 if a.dtype == np.float32 else TOLERANCE
    a, b = a.astype(np.float64), b.astype(np.float64)
    return np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def arrays(yours, expected) -> tuple:
    """Both as arrays, None for what is no number; of one element alone, where one number is expected."""
    a, b = array(yours), array(expected)
    if a is not None and b is not None and a.size == 1 and b.ndim == 0:
        a = a.reshape(())
    return a, b


def array(value) -> np.ndarray | None:
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


def apart(a: float, b: float, digits: int = SHOWN) -> tuple[str, str]:
    """Two numbers as text, with as many digits as tell them apart."""
    for enough in [*range(digits, 18), digits]:
        texts = f"{a:.{enough}g}", f"{b:.{enough}g}"
        if texts[0] != texts[1]:
            break
    return texts


def plain(chosen):
    return chosen.strip().lower() if isinstance(chosen, str) else chosen


def listed(case: tuple) -> str:
    return ", ".join(map(short, case))


def short(value) -> str:
    if callable(value) and hasattr(value, "__name__"):
        return value.__name__
    found = array(value) if hasattr(value, "dtype") else None
    if found is not None and found.ndim:
        return (
            "[" + ", ".join(map(short, found.ravel()[:SHOWN].tolist())) + ", ..." * (found.size > SHOWN) + "]"
        )
    value = value if found is None else found.item()
    text = f"{value:.{SHOWN}g}" if isinstance(value, float) else repr(value)
    if type(value) in (list, tuple):
        text = text[0] + ", ".join(map(short, value)) + text[-1]
    return text if len(text) <= 70 else text[:67] + "..."
