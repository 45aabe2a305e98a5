"""What an answer returns, where it leaves its arguments as they were."""

from __future__ import annotations

from copy import deepcopy

from lrlib.course.values import same


def left_alone(answer, *case):
    """The value. ValueError where the answer changed, in place, one of the arguments that it was given.

    >>> left_alone(lambda taken: taken.pop(), [1, 2])
    Traceback (most recent call last):
    ValueError: argument 1 was changed in place: work on a copy
    """
    before = deepcopy(case)
    value = answer(*case)
    changed = [str(i) for i, pair in enumerate(zip(before, case, strict=True), 1) if not same(*pair, 0.0)]
    if changed:
        raise ValueError(f"argument {', '.join(changed)} was changed in place: work on a copy")
    return value
