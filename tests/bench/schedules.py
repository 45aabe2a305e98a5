"""How fast schedules are: a step of ScheduleLR against torch's own, tables against NumPy's, the import.

    python -m tests.bench.schedules [--rounds 11] > tests/bench/schedules.md

Everything runs in one process on one core, turn by turn: a ratio is taken within a round, of two things that
ran one after the other, in time of the processor, in which nothing else has a part. Printed are the median of
the rounds and their middle half, as Markdown tables, and a sentence that the README repeats. Imports run in
processes of their own and are set against the import of NumPy alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from statistics import median, quantiles
from time import process_time

from tests.bench.machine import about, at_least, one_core

one_core()

import torch  # noqa: E402
from torch.optim import SGD  # noqa: E402
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler  # noqa: E402

from lrlib.optim import ScheduleLR  # noqa: E402
from lrlib.schedules import (  # noqa: E402
    Schedule,
    catalogue,
    cosine,
    linear,
    one_cycle,
    parse,
    rsqrt,
    sgdr,
    warmup_cosine,
    wsd,
)
from tests.bench.formulas import FORMULAS, STEPS, by_hand, counts  # noqa: E402

CALLS = 300
LIMIT = 0.3  # seconds, for a table of a million steps
STEPPED = {
    "`cosine(1, 0, T)`": cosine(1, 0, STEPS),
    "`warmup_cosine(T, 100)`": warmup_cosine(STEPS, 100),
    "`wsd(T, 100, 1000)`": wsd(STEPS, 100, 1000),
    "`one_cycle(T)`": one_cycle(STEPS),
    "`sgdr(100, 2)`": sgdr(100, 2),
    "`linear(0, 1, 100) * cosine(1, 0, T)`": linear(0, 1, 100) * cosine(1, 0, STEPS),
    "`rsqrt(T, 100, 1000)`, a product of sequences": rsqrt(STEPS, 100, 1000),
}
OF_EACH = [warmup_cosine(STEPS, 100 + i) for i in range(10)]
NESTED = (
    "restarts(linear(0, 1, 10) >> restarts(cosine(1, 0, 1000) * linear(1, 0, 1000), 3))"
    " * (linear(0, 1, 10) >> exponential(0.999))",
    "shift(stretch(warp(cosine(1, 0, 100000), 2), 10), 5) >> linear(0, 1, 9)",
    "between(stairs(clip(power(restarts(cosine(1, 0, 300)), 2), 0.1), 7), 0.1, step(100000))",
    "restarts(restarts(restarts(restarts(linear(1, 0, 10), 3), 3), 3, 2), inf, 2)",
)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables, and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=at_least(2), default=11)
    rounds = parser.parse_args(arguments).rounds
    print("# How fast schedules are")
    steps = _steps_against_torch(5 * rounds)
    tables = _tables_against_numpy(rounds)
    print(f"\n| table of {STEPS:,} steps | seconds | within {LIMIT} s |\n|---|---|---|")
    for name, schedule in _tables().items():
        taken = min(_measured(lambda s=schedule: s.values(STEPS), 1) for _ in range(3))
        print(f"| {name} | {taken:.3f} | {'yes' if taken < LIMIT else 'NO'} |")
    print("\n| import | seconds | middle half |\n|---|---|---|")
    for module in ("numpy", "lrlib.schedules"):
        print(f"| {module} | {_shown([_import(module) for _ in range(rounds)], 3)} |")
    print(f"\n{_in_short(steps, tables)}\n\n{about('torch', 'numpy')}")


def _steps_against_torch(rounds: int) -> dict[int, list[float]]:
    """Median ratios, by the number of parameter groups."""
    print("\n| `ScheduleLR.step()` with | groups | us | time / `CosineAnnealingLR.step()` | middle half |")
    print("|---|---|---|---|---|")
    found = {1: [], 10: []}
    each = [(name, groups, schedule) for groups in found for name, schedule in STEPPED.items()]
    for name, groups, schedule in [*each, ("ten different schedules", 10, OF_EACH)]:
        ours = _stepping(lambda optimizer, s=schedule: ScheduleLR(optimizer, s), groups)
        theirs = _stepping(lambda optimizer: CosineAnnealingLR(optimizer, STEPS), groups)
        taken, ratios = _in_turn(rounds, ours, theirs, CALLS)
        found[groups].append(median(ratios))
        print(f"| {name} | {groups} | {taken * 1e6:.2f} | {_shown(ratios)} |", flush=True)
    return found


def _tables_against_numpy(rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds and median ratio, by the text of the schedule."""
    print(f"\n| `.values(T)`, T = {STEPS:,} | NumPy | ms | time / NumPy's | middle half |")
    print("|---|---|---|---|---|")
    found = {}
    for text, formula in FORMULAS.items():
        schedule = parse(text, T=STEPS)
        ours, theirs = lambda s=schedule: s.values(STEPS), lambda f=formula: by_hand(f)
        taken, ratios = _in_turn(rounds, ours, theirs, 1)
        found[text] = taken * 1e3, median(ratios)
        print(f"| `{text}` | `{formula}` | {taken * 1e3:.1f} | {_shown(ratios)} |", flush=True)
    return found


def _in_short(steps: Mapping[int, list[float]], tables: Mapping[str, tuple[float, float]]) -> str:
    one, ten = (f"{min(found):.2f} to {max(found):.2f}" for found in steps.values())
    ratios = [ratio for text, (_, ratio) in tables.items() if counts(FORMULAS[text])]
    filled = [taken for text, (taken, _) in tables.items() if not counts(FORMULAS[text])]
    return (
        f"A step of `ScheduleLR` takes {one} times as long as one of torch's `CosineAnnealingLR` with one "
        f"parameter group, {ten} times with ten. A table of a million multipliers takes {min(ratios):.1f} to "
        f"{max(ratios):.1f} times as long as the formula written out in NumPy; constants, which NumPy only "
        f"fills in, {min(filled):.0f} to {max(filled):.0f} ms."
    )


def _tables() -> Mapping[str, Schedule]:
    found = {entry.name: entry.schedule(STEPS) for entry in catalogue()}
    return found | {f"four deep: `{text}`": parse(text) for text in NESTED}


def _stepping(make: Callable[[SGD], LRScheduler], groups: int) -> Callable[[], None]:
    optimizer = SGD([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)], lr=0.1)
    scheduler = make(optimizer)
    optimizer.step()
    return scheduler.step


def _in_turn(rounds: int, ours: Callable, theirs: Callable, calls: int) -> tuple[float, list[float]]:
    """The median seconds of a call of ours, and of each round the ratio of the two."""
    found = [(_measured(ours, calls), _measured(theirs, calls)) for _ in range(rounds)]
    return median(taken for taken, _ in found), [taken / reference for taken, reference in found]


def _measured(call: Callable[[], object], calls: int) -> float:
    """Seconds of the processor a call."""
    began = process_time()
    for _ in range(calls):
        call()
    return (process_time() - began) / calls


def _shown(found: list[float], digits: int = 2) -> str:
    low, _, high = quantiles(found, n=4)
    return f"{median(found):.{digits}f} | {low:.{digits}f} to {high:.{digits}f}"


def _import(module: str) -> float:
    code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)


if __name__ == "__main__":
    main()
