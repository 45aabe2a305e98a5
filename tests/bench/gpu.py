"""How fast the engine is on a GPU, in a few minutes: its updates as they are, as one CUDA graph, a loop, JAX.

    python -m tests.bench.gpu [--device cuda] [--rounds 5] [--steps 200] > tests/bench/gpu.md

The graph is the recorded update of the engine, captured once and launched at each step. Turn by turn; shown
are the medians of the rounds and their range. `--device cpu` tries everything but the graph.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import product
from time import perf_counter

import numpy as np
import torch

from lrlib.schedules import cosine
from lrlib.train.alone import alone
from lrlib.train.ensemble import Ensemble
from lrlib.train.plan import Plan
from lrlib.train.stacking import Stacked, together
from tests.bench.engine import CASES, DTYPES, jax, jax_scan, plain_loop, rates_of, shown, task_of
from tests.bench.machine import about, at_least

RUNS = (16, 128, 512)


class Updates:
    """The updates of many models of one seed, on a device, and their batches there."""

    def __init__(self, name: str, dtype: str, runs: int, steps: int, device: str):
        sizes, batch = CASES[name]
        plan = Plan(
            task_of(sizes, batch), cosine(1, 0, steps), rates_of(runs), [0],
            dtype=dtype, device=device, runs_at_once=runs,
        )  # fmt: skip
        batches, stacked = plan.cast.batches(0, steps), Stacked(plan)
        stacked.unlike([0], [batches[0]])
        self.models = Ensemble(plan, stacked, [0], runs)
        rates = torch.from_numpy(plan.rates(0)).to(device, getattr(torch, dtype))
        counts = torch.arange(1, steps + 1, dtype=torch.float64, device=device)
        self.fed = [(*together([batches[t]]), rates[:, t].clone(), counts[t]) for t in range(steps)]

    def replayed(self) -> None:
        for fed in self.fed:
            self.models.update(*fed)

    def eager(self) -> None:
        for fed in self.fed:
            self.models._update(*fed)

    def graph(self) -> Callable[[], None]:
        """The recorded update as one launch; what it is fed is copied first."""
        (proved,) = self.models.update._of_shape.values()
        program = proved._program
        captured = torch.cuda.CUDAGraph()
        with torch.no_grad(), torch.cuda.graph(captured):
            for function, args, kwargs in program._calls:
                function(*args, **kwargs)

        def train() -> None:
            for fed in self.fed:
                for mine, given in zip(program._fed, fed, strict=True):
                    mine.copy_(given)
                captured.replay()

        return train


def seconds(train: Callable, device: str) -> float:
    """How long it takes until the device is done."""
    start = perf_counter()
    train()
    if device != "cpu":
        torch.cuda.synchronize()
    return perf_counter() - start


def bench(name: str, dtype: str, runs: int, rounds: int, steps: int, device: str) -> list[str]:
    """Rows of the table for one number of runs."""
    updates = Updates(name, dtype, runs, steps, device)
    programs = {"operations one by one": updates.eager, "replayed": updates.replayed}
    updates.replayed()  # recorded, proved
    if not updates.models.update.replays:
        raise SystemExit(f"{name}, {dtype}: the update cannot be replayed on {device}")
    if device != "cpu":
        programs["one CUDA graph"] = updates.graph()
    if jax:
        programs["JAX"] = jax_scan(task_of(*CASES[name]), steps, dtype, runs, runs)
    programs["plain PyTorch loop, one run"] = plain_loop(task_of(*CASES[name]), steps, dtype, device)
    for train in programs.values():
        train()
    took = {program: [] for program in programs}
    for _, (program, train) in product(range(rounds), programs.items()):
        share = steps * (1 if "one run" in program else runs)
        took[program].append(seconds(train, device) / share)
    rows = []
    for program, each in took.items():
        against = shown(np.array(each) / np.array(took["replayed"]))
        rows.append(f"| {name}, {dtype} | {runs} | {program} | {np.median(each) * 1e6:.2f} | {against} |")
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--device", default="cuda")
    options.add_argument("--rounds", type=at_least(1), default=5)
    options.add_argument("--steps", type=at_least(3), default=200)
    given = options.parse_args()
    if given.device != "cpu" and not torch.cuda.is_available():
        raise SystemExit("this torch finds no CUDA device; --device cpu tries the script without one")
    where = "the CPU" if given.device == "cpu" else torch.cuda.get_device_name(given.device)
    print(f"# How fast the engine is on {where}\n")
    print("| model | runs | program | µs per run and update | time / replayed |\n|---|---|---|---|---|")
    with alone():
        for name, dtype, runs in product(CASES, DTYPES, RUNS):
            rows = bench(name, dtype, runs, given.rounds, given.steps, given.device)
            print("\n".join(rows), flush=True)
    print(f"\nMedians of {given.rounds} rounds of {given.steps} updates, and ranges. {about('torch', 'jax')}")


if __name__ == "__main__":
    main()
