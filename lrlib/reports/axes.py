"""The lengths that the report `sensitivity` varies, and the schedules that have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrlib.rules import Refused, unknown
from lrlib.schedules import Schedule, constant, cosine, exponential_cooldown, linear, warp

DECAYS = {
    "linear": lambda n: linear(1, 0, n),
    "cosine": lambda n: cosine(1, 0, n),
    "1-sqrt": lambda n: warp(linear(1, 0, n), 0.5),
    "exponential": lambda n: exponential_cooldown(1, 0, n, 0.1),
}


@dataclass(frozen=True)
class Axis:
    """One length that varies. what: "warm-up" or "cooldown"; lengths, labels: of each row, by its name.

    held: what the other length is meanwhile, in words.
    """

    what: str
    lengths: Mapping[str, int]
    labels: Mapping[str, str]
    held: str

    @property
    def ylabel(self) -> str:
        return f"{self.what} (updates)"

    def said(self, row: str) -> str:
        """A row in a sentence: "a warm-up of 8 updates", "no warm-up"."""
        return f"no {self.what}" if not self.lengths[row] else f"a {self.what} of {self.lengths[row]} updates"


def schedule(warmup: int, cooldown: int, steps: int, decay: str) -> Schedule:
    """A line up from 0, a constant, and a decay to 0 over the last updates; of length 0 a part is left out.

    >>> schedule(10, 20, 100, "linear")
    linear(0, 1, 10) >> constant(steps=70) >> linear(1, 0, 20)
    >>> schedule(0, 100, 100, "1-sqrt"), schedule(0, 0, 100, "cosine")
    (warp(linear(1, 0, 100), 0.5), constant(steps=100))
    """
    if decay not in DECAYS:
        raise Refused(unknown("decay", decay, DECAYS))
    flat = constant(1, steps - warmup - cooldown)
    parts = [linear(0, 1, warmup)] * (warmup > 0) + [flat] * (flat.steps > 0)
    parts += [DECAYS[decay](cooldown)] * (cooldown > 0)
    made = parts[0]
    for part in parts[1:]:
        made = made >> part
    return made


def updates(length: float, steps: int, left: int, name: str) -> int:
    """A length in updates: up to 1 it is a share of the run, above 1 it is a whole number of updates already.

    A share of 1 is all that is left. Raises ValueError for a length that does not fit beside the other.

    >>> updates(0.05, 150, 150, "warmup"), updates(40, 150, 150, "warmup"), updates(1, 150, 142, "cooldown")
    (8, 40, 142)
    """
    if length == 1:
        return left
    if length > 1 and length % 1:
        raise Refused(
            f"{name}: {length:g} is neither a share of the run, 0..1, nor a whole number of updates"
        )
    found = int(length) if length > 1 else int(length * steps + 0.5)
    if found > left:
        raise Refused(f"{name}: {length:g} is {found} updates, and beside the other length {left} are left")
    return found


def axes(use: Mapping[str, object]) -> tuple[dict[str, Schedule], tuple[Axis, ...]]:
    """label -> schedule of all that is trained, and the lengths that vary, with two rows or more each.

    use: settled parameters: steps, decay, warmups, cooldowns, warmup, cooldown. Raises ValueError for lengths
    that do not fit, that are the same after rounding, and where nothing varies.
    """
    steps, decay = use["steps"], use["decay"]
    warm = updates(use["warmup"], steps, steps, "warmup")
    cool = updates(use["cooldown"], steps, steps - warm, "cooldown")
    ups = [updates(each, steps, steps, "warmups") for each in use["warmups"]]
    downs = [updates(each, steps, steps - warm, "cooldowns") for each in use["cooldowns"]]
    pairs = {up: (up, updates(use["cooldown"], steps, steps - up, "cooldown")) for up in ups}
    down = {each: (warm, each) for each in downs}
    for name, found in (("warmups", pairs), ("cooldowns", down)):
        if len(found) < len(use[name]):
            raise Refused(f"{name}: two of {use[name]} are the same number of {steps} updates")
    all_left = use["cooldown"] == 1
    held = f"the cooldown is {'all that is left' if all_left else _length(cool, steps)} ({decay})"
    other = f"the warm-up is {_length(warm, steps)}"
    found = [_axis("warm-up", pairs, held, steps, decay), _axis("cooldown", down, other, steps, decay)]
    shapes = {label: made for made_of, _ in found for label, made in made_of.items()}
    varied = tuple(axis for _, axis in found if len(axis.lengths) > 1)
    if not varied:
        raise Refused("warmups and cooldowns: give two lengths or more of one of them")
    trained = {label for axis in varied for label in axis.labels.values()}
    return {label: made for label, made in shapes.items() if label in trained}, varied


def _axis(what: str, pairs: Mapping[int, tuple], held: str, steps: int, decay: str):
    lengths = {_length(n, steps): n for n in sorted(pairs)}
    made = {name: schedule(*pairs[n], steps, decay) for name, n in lengths.items()}
    labels = {name: str(each) for name, each in made.items()}
    return dict(zip(labels.values(), made.values(), strict=True)), Axis(what, lengths, labels, held)


def _length(n: int, steps: int) -> str:
    """
    >>> _length(0, 150), _length(8, 150)
    ('none', '8 (5.3 %)')
    """
    return f"{n} ({100 * n / steps:.2g} %)" if n and n < steps else "none" if not n else f"{n} (all)"
