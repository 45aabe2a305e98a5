"""What a subclass of `Schedule` must be, said in one sentence where its class is written.

`base` is `Schedule` throughout.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import keyword
import re
from collections.abc import Callable

from lrlib.rules import Length, Refused, Steps, bound, rules_of, saying

LENGTHS = {int: Steps, "int": Steps, float: Length, "float": Length}  # the rules of a plain `steps`
OWN = {  # what a subclass must not define, and what it defines instead
    "__call__": "write the formula as multiplier(self, t)",
    "__init__": "its fields are annotations, and check(self) is for what they must be together",
    "__post_init__": "check(self) is for what fields must be together",
}


def declare(cls: type, base: type) -> None:
    """Make a frozen dataclass of a subclass, with a snake_case name; TypeError where that cannot be."""
    _refuse_unfinished(cls, base)
    if rule := LENGTHS.get(inspect.get_annotations(cls).get("steps")):
        cls.__annotations__["steps"] = rule
    dataclasses.dataclass(frozen=True, repr=False)(cls)
    cls.__init__ = _saying_names(cls.__init__)
    cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()
    _refuse_fields(cls, base)


def _refuse_unfinished(cls: type, base: type) -> None:
    for taken in OWN.keys() & vars(cls).keys():
        raise TypeError(f"the schedule {cls.__name__} must not define {taken}: {OWN[taken]}")
    if cls.multiplier is base.multiplier and cls.held is base.held:
        raise TypeError(f"the schedule {cls.__name__} must define multiplier(self, t), its formula")
    said = any("steps" in inspect.get_annotations(each) for each in cls.__mro__ if each is not base)
    if not said and not hasattr(cls, "steps"):
        raise TypeError(
            f"the schedule {cls.__name__} must say how long it is: a field, property or value `steps`"
        )


def _refuse_fields(cls: type, base: type) -> None:
    try:
        rules = rules_of(cls)
    except (NameError, TypeError) as error:
        raise TypeError(f"the annotations of the schedule {cls.__name__} cannot be read: {error}") from None
    for field in dataclasses.fields(cls):
        if hasattr(base, field.name) or field.name == "name":
            raise TypeError(
                f"field {field.name!r} of the schedule {cls.__name__} has the name of something that every "
                "schedule has; choose another"
            )
        if field.name not in rules:
            raise TypeError(
                f"field {field.name!r} of the schedule {cls.__name__} is annotated {field.type!r}: use "
                "float, int, bool, str, tuple, Schedule or a rule of lrlib.rules"
            )
    if keyword.iskeyword(cls.name) or cls.name == "inf":
        raise TypeError(f"a schedule {cls.__name__} would be {cls.name!r} in a text, which is no name there")


def _saying_names(build: Callable) -> Callable:
    """The constructor of a class, which says of a call that does not fit what its parameters are called."""

    @functools.wraps(build)
    def init(self, *args, **kwargs):
        try:
            build(self, *args, **kwargs)
        except Refused:
            raise
        except TypeError:
            with saying(self.name):
                bound(type(self), args, kwargs)
            raise

    return init
