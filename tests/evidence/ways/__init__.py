"""For every measured claim a second, independent route to the same number.

Each module of this package has `WAYS`: id of a claim -> `Way`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules


@dataclass(frozen=True)
class Way:
    """function: the claim's value, found otherwise. within: the largest difference, in the claim's unit."""

    function: Callable[[], float]
    within: float
    long: bool = False


def every() -> dict[str, Way]:
    """id -> its second way."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    found = {}
    for module in modules:
        twice = found.keys() & module.WAYS.keys()
        assert not twice, f"two second ways for {twice}"
        found |= module.WAYS
    return found
