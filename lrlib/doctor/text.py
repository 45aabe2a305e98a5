"""Lines that a training loop prints: `iter 250: loss 2.1, time 20ms, lr 6.0e-04` and their like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lrlib.doctor.columns import is_loss, is_rate

NUMBER = r"[-+]?(?:\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)"
GAP = r"[\"']?(?:\s*[:=|]\s*|\s+)[\"']?"
STEP = re.compile(
    r"(?<![\w.])(?:global[ _]?step|num_updates|iteration|iter|step|update)s?[\"']?\s*[:=#]?\s*[\"'\[]*"
    r"(\d[\d,]*)(?![\w.]*\d)(?:\s*/\s*(\d[\d,]*))?",
    re.IGNORECASE,
)
IN_EPOCH = re.compile(
    r"\b(?:epoch|train)\W*(\d+)(?:/\d+)?\W{1,12}(?:iter\W*|batch\W*|step\W*)?(\d+)\s*/\s*(\d+)", re.IGNORECASE
)
BEFORE = re.compile(r"[\w/-]*$")
FAR = 80  # characters of a name
NAMED = re.compile(
    rf"((?:lr|learning[ _-]?rate|loss)[\w/-]*){GAP}(\[[^\]]*\]|{NUMBER}(?![\w.]))",
    re.IGNORECASE,
)
EPOCH = re.compile(rf"\bepoch{GAP}({NUMBER})", re.IGNORECASE)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def values(line: str) -> dict[str, float]:
    """Rates and losses that a line names; the first of each name counts.

    >>> values("iter 250: loss 2.1000, time 20.00ms, mfu 3.00%, lr 6.0e-04")
    {'loss': 2.1, 'lr': 0.0006}
    """
    found: dict[str, float] = {}
    for match in NAMED.finditer(line):
        start, (name, said) = match.start(), match.groups()
        name = BEFORE.search(line[max(0, start - FAR) : start])[0] + name
        if is_rate(name) or is_loss(name):
            numbers = re.findall(NUMBER, said)
            for i, number in enumerate(numbers):
                key = f"{name}/{i}" if len(numbers) > 1 else name
                found.setdefault(key, float(number.replace(",", "")))
    return found


def is_line(line: str) -> bool:
    """Whether a line says a rate in words."""
    return any(map(is_rate, values(line)))


def rows(lines: Iterable[tuple[int, str]], sizes: dict) -> Iterator[tuple[int, dict]]:
    """The lines that name a rate or a loss, with their step. sizes: gets max_steps or epoch_steps."""
    first = None
    for line, text in lines:
        text = COLOURS.sub("", text)
        found = values(text)
        if not found:
            continue
        if inside := IN_EPOCH.search(text):
            epoch, done, length = (int(part) for part in inside.groups())
            first = epoch if first is None else first
            sizes["epoch_steps"] = length
            found["step"] = (epoch - first) * length + done
        elif step := STEP.search(text):
            found["step"] = int(step[1].replace(",", ""))
            if step[2]:
                sizes["max_steps"] = int(step[2].replace(",", ""))
        elif epoch := EPOCH.search(text):
            found["epoch"] = float(epoch[1].rstrip(","))
        yield line, found
