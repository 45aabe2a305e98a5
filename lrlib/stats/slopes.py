"""How a value changes with several quantities at once: slopes of least squares, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy import stats

from lrlib.rules import InsideUnit, check, checked, refused
from lrlib.stats.intervals import Sample, finite

__all__ = ["Slope", "slopes"]

Values = Annotated[np.ndarray, finite("n values in a list", 1, 1)]


@dataclass(frozen=True)
class Slope:
    """Change of a value for each unit of a quantity, the others held. low, high: its interval at `level`."""

    value: float
    low: float
    high: float
    n: int
    level: float

    def __str__(self) -> str:
        return f"{self.value:+.4f} [{self.low:+.4f}, {self.high:+.4f}], n = {self.n}"


@checked
def slopes(values: Sample, quantities: Mapping, level: InsideUnit = 0.95) -> dict[str, Slope]:
    """The slopes of values in some quantities, by ordinary least squares with a constant.

    values: shape (n,). quantities: name -> (n,); take logarithms yourself. The interval is Student's, with n
    less the number of quantities less 1 degrees of freedom: for errors that are independent and of one
    variance. Raises ValueError for what is not finite or not paired, for quantities that one can be computed
    from the others, and where no degree of freedom is left.

    >>> print(slopes([0.0, 1.1, 1.9, 3.0], {"t": [0, 1, 2, 3]})["t"])
    +0.9800 [+0.7975, +1.1625], n = 4
    """
    columns = [check(f"quantities[{name!r}]", Values, each) for name, each in quantities.items()]
    n, free = len(values), len(values) - len(columns) - 1
    if not columns or any(len(each) != n for each in columns) or free < 1:
        raise refused("quantities", f"one or more of {n} values, and fewer than {n - 1}", quantities)
    design = np.column_stack([np.ones(n), *columns])
    found, _, rank, _ = np.linalg.lstsq(design, values)
    if rank < design.shape[1]:
        raise refused("quantities", "none that follows from the others", quantities)
    left = values - design @ found
    variances = np.diag(np.linalg.inv(design.T @ design)) * (left @ left) / free
    half = stats.t.ppf((1 + level) / 2, free) * np.sqrt(variances)
    return {
        name: Slope(float(found[i]), float(found[i] - half[i]), float(found[i] + half[i]), n, level)
        for i, name in enumerate(quantities, start=1)
    }
