"""A number that was measured, with how sure it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, where an infinite end is none. form: how each of the three is printed.

    >>> print(Estimate(15.49, 11.12, 21.7), Estimate(-0.732, -0.9, -0.28, "+.2f"))
    15.5 [11.1, 21.7] -0.73 [-0.90, -0.28]
    """

    value: float
    low: float
    high: float
    form: str = ".3g"

    def __str__(self) -> str:
        return f"{self.value:{self.form}} [{self.low:{self.form}}, {self.high:{self.form}}]"
