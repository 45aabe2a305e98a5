"""What the digits of a log can tell: how far a rate may be off, and which numbers a person wrote."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from lrlib.doctor.log import FEW, Log

SINGLE = 3e-7  # of the largest rate: arithmetic in float32
DOUBLE = 1e-9  # of the largest rate: thousands of updates of a recursive formula in float64
FEWEST = 3  # digits that a log is taken to have where few rates say how they were rounded
DIGITS = 15
SEARCHED = 40  # whole numbers that are tried at most, of an interval
CLOSE, ROUND = 6, 5  # of them, how near ones and how many round ones come first


def tolerance(log: Log, group: int = 0) -> np.ndarray:
    """By how much each logged rate may differ from the one in effect, (n,): its digits, and arithmetic.

    >>> tolerance(Log([0, 1, 2, 3, 4], [1.023, 0.9511, 0.9052, 0.8614, 0.8195])).round(6).tolist()
    [0.0005, 5e-05, 5e-05, 5e-05, 5e-05]
    """
    rates = log.rates[:, group]
    half, values = log.rounding[:, group], np.unique(rates[rates > 0])
    if len(values) < FEW and log.digits < DIGITS:
        longest = max(
            (len(f"{v:.13e}".split("e")[0].rstrip("0").replace(".", "")) for v in values), default=0
        )
        if longest <= FEWEST:
            half = 0.5 * 10.0 ** (exponents(rates) - FEWEST + 1)
    half = np.where(rates < 0, 0.5 * 10.0 ** (exponents(rates) - min(log.digits, DIGITS) + 1), half)
    top = np.nanmax(np.abs(rates))
    single = math.isfinite(log.digits) or bool((values.astype(np.float32) == values).all())
    return half + top * (SINGLE if single and log.digits >= 7 else DOUBLE)


def exponents(values: np.ndarray) -> np.ndarray:
    """The powers of ten of numbers; that of 0 is very low."""
    with np.errstate(divide="ignore"):
        powers = np.floor(np.log10(np.abs(values)))
    return np.where(np.isfinite(powers), powers, -300)


def shortest(low: float, high: float) -> float:
    """The number with the fewest digits in an interval.

    >>> shortest(0.0996, 0.1013), shortest(-1e-9, 0.2), shortest(0.33331, 0.33339)
    (0.1, 0.0, 0.33335)
    """
    if low <= 0 <= high:
        return 0.0
    if high < 0:
        return -shortest(-high, -low)
    middle = (low + high) / 2
    for digits in range(DIGITS):
        for near in (f"{middle:.{digits}e}", f"{low:.{digits}e}", f"{high:.{digits}e}"):
            if low <= float(near) <= high:
                return float(near)
    return middle


def length(number: float) -> int:
    """How many significant digits a number has.

    >>> length(0.25), length(300), length(0)
    (2, 1, 0)
    """
    return len(f"{abs(number):.14e}".split("e")[0].rstrip("0").replace(".", "")) if number else 0


def wholes(low: float, high: float, near: float, since: float = 0) -> Iterator[int]:
    """Whole numbers in an interval: the roundest few, also counted from `since`, then by their distance.

    Where there are very many, those that are far from `near` are spread.

    >>> list(wholes(96.2, 103.9, 98.7))[:3], list(wholes(2010, 2060, 2037, since=33))[:2]
    ([100, 99, 98], [2050, 2033])
    """
    first, last = math.ceil(low - 1e-6), math.floor(high + 1e-6)
    spread = max((last - first) // SEARCHED, 1)
    given = {*range(max(first, round(near) - CLOSE), min(last, round(near) + CLOSE) + 1)}
    given |= {*range(first, last + 1, spread)}
    round_ones = []
    for offset in dict.fromkeys((0, round(since))):
        unit = 10 ** max(math.ceil(math.log10(max(last - first, 1) / 20)), 0)
        there = [
            n * unit + offset for n in range(math.ceil((first - offset) / unit), (last - offset) // unit + 1)
        ]
        there = [n for n in there if roundness(n - offset) > 1]
        round_ones.append(sorted(there, key=lambda n: (-roundness(n - offset), abs(n - near)))[:ROUND])
    best = [n for pair in itertools.zip_longest(*round_ones) for n in pair if n is not None]
    yield from dict.fromkeys([*best, *sorted(given, key=lambda n: abs(n - near))])


def roundness(n: int) -> int:
    """How many of 10, 50, 100, 500, 1000 ... divide a number."""
    return sum(n % unit == 0 for power in range(1, 7) for unit in (10**power, 5 * 10**power)) if n else 13
