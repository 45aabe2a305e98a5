"""Same text, give or take the last digits of its numbers."""

import math
import re
from itertools import zip_longest

RELATIVE = 1e-6
OF_A_FIGURE = 1e-5  # its means hold runs near the stability limit, whose last digits depend on the processor
ABSOLUTE = 1e-12

# Blanks belong to the number they precede, because "-0.00" is one character wider than "0.00".
# nan and inf are words here, and so is a number in an address or a name, as in arXiv:2501.00656: they must be
# equal as they stand.
_NUMBER = re.compile(r"( *(?<![\w.:/])[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)")
_DIGEST = re.compile(r"\[.*\] [0-9]+ lines, [0-9]+ points: ")


def text_difference(stored, fresh):
    """None when both texts agree, else the first line that does not, in words.

    Numbers agree within 1e-6 relative, those of a figure's digest within 1e-5, or 1e-12 absolute; two numbers
    written without point and exponent are integers and must be equal. One number written in two ways is a
    change, as any other character is, but for a zero that changed its sign.
    """
    pairs = zip_longest(stored.split("\n"), fresh.split("\n"))
    for number, (old, new) in enumerate(pairs, start=1):
        if old is None or new is None or not _lines_agree(old, new):
            return f"line {number}: stored {_show(old)}, this run gave {_show(new)}"
    return None


def first_change(old, new):
    """(number, old line, new line) of the first line that is not the same to the letter, else None."""
    pairs = zip_longest(old.split("\n"), new.split("\n"), fillvalue="nothing")
    return next(
        ((number, *pair) for number, pair in enumerate(pairs, start=1) if pair[0] != pair[1]),
        None,
    )


def json_difference(stored, fresh, where="$"):
    """None when two JSON values agree, else the path of the first that does not, in words.

    Floats agree as in `text_difference`, integers exactly; so do numbers inside strings.
    """
    if isinstance(stored, dict) and isinstance(fresh, dict) and stored.keys() == fresh.keys():
        found = (json_difference(stored[key], fresh[key], f"{where}.{key}") for key in stored)
    elif isinstance(stored, list) and isinstance(fresh, list) and len(stored) == len(fresh):
        found = (json_difference(stored[i], fresh[i], f"{where}[{i}]") for i in range(len(stored)))
    elif _leaves_agree(stored, fresh):
        return None
    else:
        return f"{where}: stored {_show(stored)}, this run gave {_show(fresh)}"
    return next((reason for reason in found if reason), None)


def _lines_agree(old, new):
    if old == new:
        return True
    within = OF_A_FIGURE if _DIGEST.match(old) else RELATIVE
    old, new = _NUMBER.split(old), _NUMBER.split(new)
    pairs = zip(old[1::2], new[1::2], strict=False)
    return old[::2] == new[::2] and all(_written_numbers_agree(*pair, within) for pair in pairs)


def _written_numbers_agree(old, new, within):
    if old == new:
        return True
    old, new = old.strip(), new.strip()
    if float(old) == float(new):  # written otherwise, which no rounding does; but zero has two signs
        return float(old) == 0 and old.lstrip("+-") == new.lstrip("+-") and "-" in {old[0], new[0]}
    in_one_notation = len({"e" in number.lower() for number in (old, new)}) == 1
    is_noise = max(abs(float(old)), abs(float(new))) <= ABSOLUTE
    return (in_one_notation or is_noise) and _numbers_agree(_value(old), _value(new), within)


def _value(written):
    return float(written) if re.search("[.eE]", written) else int(written)


def _numbers_agree(old, new, within=RELATIVE):
    if isinstance(old, int) and isinstance(new, int):
        return old == new
    return math.isclose(old, new, rel_tol=within, abs_tol=ABSOLUTE)


def _leaves_agree(old, new):
    if isinstance(old, str) and isinstance(new, str):
        return text_difference(old, new) is None
    if _is_number(old) and _is_number(new):
        return (old != old and new != new) or _numbers_agree(old, new)
    return type(old) is type(new) and old == new


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _show(value):
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= 200 else shown[:197] + "..."
