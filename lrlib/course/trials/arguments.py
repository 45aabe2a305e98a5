"""What an answer returns, and what it leaves of its arguments."""

from __future__ import annotations

from copy import deepcopy

from lrlib.course.values import same


def value_and_arguments(answer, *case) -> list:
    """[the value, the arguments after the call]: an answer may have changed them in place.

    >>> value_and_arguments(lambda taken: taken.pop(), [1, 2])
    [2, [[1]]]
    """
    return [answer(*case), list(case)]


def left_alone(answer, *case):
    """The value. ValueError where the answer changed, in place, one of the arguments that it was given."""
    before = deepcopy(case)
    value = answer(*case)
    changed = [str(i) for i, pair in enumerate(zip(before, case, strict=True), 1) if not same(*pair, 0.0)]
    if changed:
        raise ValueError(f"argument {', '.join(changed)} was changed in place: work on a copy")
    return value
