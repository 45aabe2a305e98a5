"""How fast schedules are: a step of ScheduleLR against torch's own, tables of a million steps, the import.

    python -m tests.bench.schedules [--rounds 7] > tests/bench/schedules.md

Everything runs in one process on one core, turn by turn, so that each round's ratios come from the same
minute; printed is the median of the rounds and their range, as Markdown tables. Imports run in processes of
their own and are set against the import of NumPy alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

from tests.bench.machine import about, at_least, one_core

one_core()

import torch  # noqa: E402
from torch.optim import SGD  # noqa: E402
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler  # noqa: E402

from lrlib.optim import ScheduleLR  # noqa: E402
from lrlib.schedules import Schedule, catalogue, cosine, one_cycle, parse, sgdr, warmup_cosine, wsd  # noqa: E402

STEPS = 1_000_000
CALLS = 20_000
LIMIT = 0.3  # seconds, for a table of a million steps and for the import
STEPPED = {
    "cosine": cosine(1, 0, STEPS),
    "warmup_cosine": warmup_cosine(STEPS, 100),
    "wsd": wsd(STEPS, 100, 1000),
    "one_cycle": one_cycle(STEPS),
    "sgdr": sgdr(100, 2),
}
NESTED = (
    "restarts(linear(0, 1, 10) >> restarts(cosine(1, 0, 1000) * linear(1, 0, 1000), 3))"
    " * (linear(0, 1, 10) >> exponential(0.999))",
    "shift(stretch(warp(cosine(1, 0, 100000), 2), 10), 5) >> linear(0, 1, 9)",
    "between(stairs(clip(power(restarts(cosine(1, 0, 300)), 2), 0.1), 7), 0.1, step(100000))",
    "restarts(restarts(restarts(restarts(linear(1, 0, 10), 3), 3), 3, 2), inf, 2)",
)


def main(arguments: list[str] | None = None) -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=at_least(1), default=7)
    rounds = parser.parse_args(arguments).rounds
    theirs = _measured(rounds, _stepping(lambda optimizer: CosineAnnealingLR(optimizer, STEPS)), CALLS)
    print(f"# How fast schedules are\n\nCosineAnnealingLR.step() takes {median(theirs) * 1e6:.2f} us.\n")
    print("| ScheduleLR.step() with | time / CosineAnnealingLR.step() | range |\n|---|---|---|")
    for name, schedule in STEPPED.items():
        print(f"| {name} | {_ratios(rounds, schedule)} |")
    print(f"\n| table of {STEPS:,} steps | seconds | within {LIMIT} s |\n|---|---|---|")
    for name, schedule in _tables().items():
        taken = min(_measured(3, lambda s=schedule: s.values(STEPS), 1))
        print(f"| {name} | {taken:.3f} | {'yes' if taken < LIMIT else 'NO'} |")
    print("\n| import | seconds | range |\n|---|---|---|")
    for module in ("numpy", "lrlib.schedules"):
        taken = [_import(module) for _ in range(rounds)]
        print(f"| {module} | {median(taken):.3f} | {min(taken):.3f} to {max(taken):.3f} |")
    print(f"\n{about('torch', 'numpy')}")


def _tables() -> Mapping[str, Schedule]:
    found = {entry.name: entry.schedule(STEPS) for entry in catalogue()}
    return found | {f"four deep: `{text}`": parse(text) for text in NESTED}


def _ratios(rounds: int, schedule: Schedule) -> str:
    found = []
    for _ in range(rounds):
        (theirs,) = _measured(1, _stepping(lambda optimizer: CosineAnnealingLR(optimizer, STEPS)), CALLS)
        (ours,) = _measured(1, _stepping(lambda optimizer: ScheduleLR(optimizer, schedule)), CALLS)
        found.append(ours / theirs)
    return f"{median(found):.2f} | {min(found):.2f} to {max(found):.2f}"


def _stepping(make: Callable[[SGD], LRScheduler]) -> Callable[[], None]:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = make(optimizer)
    optimizer.step()
    return scheduler.step


def _measured(rounds: int, call: Callable[[], object], calls: int) -> list[float]:
    """Seconds a call, once a round."""
    taken = []
    for _ in range(rounds):
        began = perf_counter()
        for _ in range(calls):
            call()
        taken.append((perf_counter() - began) / calls)
    return taken


def _import(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)


if __name__ == "__main__":
    main()
