"""What the values of parameters may be: by their type, and by words in their help that stand for a rule."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lrlib.rules import MOST, Refused, Rule, real, refused, unknown, within
from lrlib.schedules import Schedule

LONGEST = 4000  # characters of a text that is no schedule
UNIT = 30  # characters of the unit of a loss
HIDDEN = {"Cc", "Cs", "Zl", "Zp"}  # controls, lone surrogates, ends of lines
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # of directions
NAMED = re.compile(r"^@named\ndef (\w+)", re.MULTILINE)  # how a task takes a name


def _number(given) -> float:
    if isinstance(given, str):
        if not given.isascii():
            raise ValueError
        given = float(given)
    number = real(given)
    if not math.isfinite(number):
        raise ValueError
    return float(number)


def _flag(given) -> bool:
    if isinstance(given, bool):
        return given
    if not isinstance(given, str) or given.lower() not in ("true", "false"):
        raise ValueError
    return given.lower() == "true"


def _text(given) -> str:
    if not isinstance(given, str | Schedule):
        raise TypeError
    return str(given)


TYPES = {
    "int": Rule("a whole number", lambda given: within(-MOST, MOST, whole=True)(_number(given))),
    "float": Rule("a number", _number),
    "bool": Rule("true or false", _flag, (True, False)),
    "str": Rule("a text", _text),
}


def refuse_unseen(parameter: str, text: str) -> None:
    """Refused for a text that is too long to show, or has characters that nobody would see."""
    if len(text) > LONGEST:
        raise Refused(f"{parameter} must have at most {LONGEST} characters, got {len(text)}")
    for character in text:
        if unicodedata.category(character) in HIDDEN or character in TURNING:
            raise refused(parameter, "a line of characters that can be shown", ascii(text))


def file(parameter: str, text: str) -> str:
    """An absolute path; relative ones are of the folder in which the command was typed."""
    if not (path := Path(text).expanduser().absolute()).is_file():
        raise refused(parameter, "a file that exists", text)
    return str(path)


def place(parameter: str, text: str) -> str:
    """The same for a file or a folder."""
    if not (path := Path(text).expanduser().absolute()).is_dir():
        return file(parameter, text)
    return str(path)


def task(parameter: str, text: str) -> str:
    """The name of a task, `module:function`, or `file.py:function` with an absolute path.

    A module that lies in the folder in which the command was typed becomes its file.
    """
    own, colon, function = text.rpartition(":")
    if colon and own.endswith(".py") and function.isidentifier():
        return f"{file(parameter, own)}:{function}"
    if text.isidentifier():
        if "lrlib.tasks" not in sys.modules and text not in (known := named()):
            raise Refused(unknown("task", text, known))
        return text
    if function.isidentifier() and all(map(str.isidentifier, own.split("."))):
        from lrlib.tasks import located  # imports torch

        return located(text)
    raise refused(parameter, KINDS["a task"].allowed, text)


@cache
def named() -> list[str]:
    """The tasks that have names, read from their sources: importing them imports torch.

    >>> "digits" in named()
    True
    """
    sources = (Path(__file__).parents[1] / "tasks").glob("*.py")
    return sorted(name for path in sources for name in NAMED.findall(path.read_text(encoding="utf-8")))


def option(parameter: str, text: str) -> str:
    name, equals, value = text.partition("=")
    if not (name.isidentifier() and equals and value):
        raise refused(parameter, "NAME=VALUE, as in batch_size=64", text)
    return text


def device(parameter: str, text: str) -> str:
    """A device of torch that is there; torch is imported only for another than the CPU."""
    if not re.fullmatch(r"cpu|mps|cuda(:\d{1,3})?", text):
        raise refused(parameter, KINDS["a device"].allowed, text)
    if text != "cpu":
        from lrlib.train.plan import Device

        Device.__metadata__[0].checked(parameter, text)
    return text


def claim(parameter: str, text: str) -> str:
    """The id of an entry of the register; refused with the nearest one."""
    from lrlib.evidence import claims

    return claims.get(text).id


def unit(parameter: str, text: str) -> str:
    if not 0 < len(text.strip()) <= UNIT:
        raise refused(parameter, KINDS["a unit"].allowed, text)
    return text.strip()


@dataclass(frozen=True)
class Kind:
    """A rule that a word in the help stands for: what is allowed, and (parameter, text) -> value."""

    allowed: str
    convert: Callable[[str, str], str]
    is_file: bool = False


KINDS = {
    "a file or folder": Kind("a file or folder that exists", place, is_file=True),
    "a file": Kind("a file that exists", file, is_file=True),
    "files": Kind("a file that exists", file, is_file=True),
    "a task": Kind("the name of a task, path/to/file.py:function or module:function", task),
    "named values": Kind("NAME=VALUE", option),  # papermill reads no line with two equals signs
    "a claim": Kind("an id of the register, as python -m lrlib claims lists them", claim),
    "a unit": Kind(f"a text of 1 to {UNIT} characters", unit),
    "a device": Kind("cpu, mps, cuda or cuda:N", device),
}
WORD = re.compile(rf"\b({'|'.join(KINDS)})\b")
