"""What a subclass of `Schedule` must be, said in one sentence where its class is written.

`base` is `Schedule` throughout.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import keyword
import re
from collections.abc import Callable, Iterator

from lrlib.rules import Length, Steps, bound, rules_of, saying

LENGTHS = {int: Steps, "int": Steps, float: Length, "float": Length}  # the rules of a plain `steps`
OWN = {  # what a subclass must not define, and what it defines instead
    "__call__": "write the formula as multiplier(self, t)",
    "__init__": "its fields are annotations, and check(self) is for what they must be together",
    "__post_init__": "check(self) is for what fields must be together",
}


class Declared(type):
    """The type of `Schedule`. A class that cloudpickle rebuilds is empty at first and filled later."""

    def __new__(kind, name, bases, body, **options):
        if body.keys() == {"__module__"}:  # a class statement says its __qualname__ too
            options = {"declared": False}
        return super().__new__(kind, name, bases, body, **options)


def declare(cls: type, base: type) -> None:
    """Make a frozen dataclass of a subclass, with a snake_case name; TypeError where that cannot be."""
    _refuse(cls, _unfinished(cls, base))
    if rule := LENGTHS.get(inspect.get_annotations(cls).get("steps")):
        cls.__annotations__["steps"] = rule
    dataclasses.dataclass(frozen=True, repr=False)(cls)
    cls.__repr__ = cls.__repr__
    del cls.__setattr__, cls.__delattr__  # so that @dataclass may be written above it too
    cls.name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()
    cls.__init__ = saying_names(cls.__init__, cls.name)
    _refuse(cls, _misread(cls, base))


def _refuse(cls: type, faults: Iterator[str]) -> None:
    for fault in faults:
        raise TypeError(f"the schedule {cls.__name__} {fault}")


def _unfinished(cls: type, base: type) -> Iterator[str]:
    for taken in OWN.keys() & vars(cls).keys():
        yield f"must not define {taken}: {OWN[taken]}"
    if cls.multiplier is base.multiplier and cls.held is base.held:
        yield "must define multiplier(self, t), its formula"
    said = any("steps" in inspect.get_annotations(each) for each in cls.__mro__ if each is not base)
    if not said and not hasattr(cls, "steps"):
        yield "must say how long it is: a field, property or value `steps`"


def _misread(cls: type, base: type) -> Iterator[str]:
    try:
        rules = rules_of(cls)
    except (NameError, TypeError) as error:
        yield f"has annotations that cannot be read: {error}"
    for field in dataclasses.fields(cls):
        if not field.init:
            yield f"has a field {field.name!r} that is no parameter: no such field is saved"
        if hasattr(base, field.name) or field.name == "name":
            yield f"must not have a field {field.name!r}, a name that every schedule has for something else"
        if field.name not in rules:
            kinds = "float, int, bool, str, tuple, Schedule or a rule of lrlib.rules"
            yield f"has a field {field.name!r} that is annotated {field.type!r}: use {kinds}"
    if keyword.iskeyword(cls.name) or cls.name == "inf":
        yield f"would be {cls.name!r} in a text, which is no name there"


def saying_names(build: Callable, who: str = "") -> Callable:
    """The constructor of a class, which says of a call that does not fit what its parameters are called.

    who: whose it is, by default the class that it is written in.
    """
    who = who or build.__qualname__.split(".")[-2]

    @functools.wraps(build)
    def init(self, /, *args, **kwargs):
        try:
            build(self, *args, **kwargs)
        except TypeError:
            with saying(who):
                bound(functools.partial(build, self), args, kwargs)
            raise

    return init
