"""How fast the engine is, against the machine's own matrix product, JAX and a plain PyTorch loop.

    pip install -r tests/bench/requirements.txt
    python -m tests.bench.engine [--rounds 5] [--steps 240]

Writes its tables into `engine.md` beside this file, and into the README. Everything runs in one process on
one core, turn by turn, so that each round's ratios come from the same minute; shown are the median of the
rounds and their range. JAX is tried with several numbers of runs at once, and left out where it is not
installed; so is `kernel.c`, a program for such networks only, where there is no compiler.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from time import perf_counter

from tests.bench.machine import about, at_least, one_core

if __name__ == "__main__":  # who imports this keeps its cores
    one_core()
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
import torch
from torch import nn

from lrlib import tasks
from lrlib.schedules import cosine
from lrlib.train.alone import alone
from lrlib.train.engine import Engine
from lrlib.train.plan import Plan
from tests.bench.kernel import kernel

try:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None

RUNS = 64
README, REPORT = Path(__file__).parents[2] / "README.md", Path(__file__).with_suffix(".md")
BEGIN, END = "<!-- tests.bench.engine -->", "<!-- until here -->"
AT_ONCE = (8, 16, 32, RUNS)  # of JAX
DTYPES = "float64", "float32"
Program = Callable[[], np.ndarray]  # trains, and returns the losses
CASES = {
    "784-64-64-10, batch 128": ((784, 64, 64, 10), 128),
    "64-64-64-10, batch 64": ((64, 64, 64, 10), 64),
}


def task_of(sizes: tuple[int, ...], batch: int) -> tasks.Task:
    """The digits task, or the same with random pictures of another size: values do not change the speed."""
    digits = tasks.get("digits", hidden=sizes[1:-1], batch_size=batch)
    if sizes[0] == 64:
        return digits
    random = torch.Generator().manual_seed(0)
    pictures = torch.randn(1200, sizes[0], dtype=torch.float64, generator=random)

    def batches(seed, steps):
        one = digits.batches(seed, steps)
        return tasks.Batches(pictures, one.targets, one.order)

    return tasks.Task(
        name="random pictures",
        model=lambda seed: tasks.mlp(sizes, seed),
        loss=digits.loss,
        batches=batches,
        heldout=(pictures[:128], digits.heldout[1][:128]),
        guess=digits.guess,
        unit="nats",
    )


def rates_of(runs: int) -> tuple[float, ...]:
    return tuple(np.geomspace(0.01, 0.1, runs).tolist())


def intended(runs: int, steps: int) -> np.ndarray:
    """The rates of all runs, (runs, steps)."""
    return np.array(rates_of(runs))[:, None] * cosine(1, 0, steps).values(steps)


def gemm(dtype: str) -> float:
    """Seconds for a matrix product of 1024 x 1024, the median of eight."""
    a, b = (torch.randn(1024, 1024, dtype=getattr(torch, dtype)) for _ in range(2))
    times = []
    for _ in range(8):
        start = perf_counter()
        a @ b
        times.append(perf_counter() - start)
    return float(np.median(times))


def useful_flops(sizes: tuple[int, ...], batch: int) -> float:
    """Of one update: 2 a weight and example forward, 2 for its gradient, 2 for the gradient passed on (not
    by the first layer)."""
    products = [a * b for a, b in pairwise(sizes)]
    return batch * (6 * sum(products) - 2 * products[0])


def engine(task: tasks.Task, steps: int, dtype: str, runs: int = RUNS, seeds: int = 1) -> Program:
    plan = Plan(task, cosine(1, 0, steps), rates_of(runs), range(seeds), evaluations=1, dtype=dtype)
    engine = Engine(plan)

    def train() -> np.ndarray:
        return np.concatenate([engine.train(i)["train_loss"][:, 0] for i in range(len(plan.chunks))])

    return train


def plain_loop(task: tasks.Task, steps: int, dtype: str, device: str = "cpu") -> Program:
    """One run as most people write it."""
    single = task.to(getattr(torch, dtype), device)

    def train() -> np.ndarray:
        model, batches, losses = single.model(0), single.batches(0, steps), []
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(), lr=rates_of(RUNS)[0])
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for t in range(steps):
            inputs, targets = batches[t]
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
        return np.array(losses)

    return train


def jax_scan(task: tasks.Task, steps: int, dtype: str, at_once: int, runs: int = RUNS) -> Program:
    """jit(vmap(scan)) over the runs with optax; all runs share the batches. `at_once` runs a call."""
    single = task.to(getattr(torch, dtype))
    layers = [p.detach().numpy() for p in single.model(0).parameters()]
    batches = single.batches(0, steps)
    inputs, targets = (np.stack([batches[t][i].numpy() for t in range(steps)]) for i in range(2))
    rates = intended(runs, steps).astype(dtype)
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=1.0)

    def loss(params, x, y):
        for weight, bias in zip(params[:-2:2], params[1:-2:2], strict=True):
            x = jax.nn.relu(x @ weight.T + bias)
        logits = x @ params[-2].T + params[-1]
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    def update(carry, step):
        params, state = carry
        x, y, rate = step
        value, grads = jax.value_and_grad(loss)(params, x, y)
        state.hyperparams["learning_rate"] = rate
        updates, state = optimizer.update(grads, state, params)
        return (optax.apply_updates(params, updates), state), value

    def one(rate, params, xs, ys):
        return jax.lax.scan(update, (params, optimizer.init(params)), (xs, ys, rate))[1]

    together = jax.jit(jax.vmap(one, in_axes=(0, None, None, None)))
    params, xs, ys = (jax.device_put(part) for part in (layers, inputs, targets))

    def train() -> np.ndarray:
        parts = [together(part, params, xs, ys) for part in np.split(rates, runs // at_once)]
        return np.concatenate([np.asarray(part) for part in parts])

    return train


def timed(train: Callable[[], np.ndarray]) -> float:
    start = perf_counter()
    train()
    return perf_counter() - start


def shown(ratios: np.ndarray) -> str:
    return f"{np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def bench(name: str, dtype: str, rounds: int, steps: int) -> dict[str, tuple[str, str, str]]:
    """Program -> microseconds, share of the matrix product's rate, time over the engine's."""
    sizes, batch = CASES[name]
    task = task_of(sizes, batch)
    programs = {"engine": engine(task, steps, dtype), "plain PyTorch loop": plain_loop(task, steps, dtype)}
    if jax:
        programs |= {f"JAX, {n} at once": jax_scan(task, steps, dtype, n) for n in AT_ONCE}
    if written_for_it := kernel(task, intended(RUNS, steps), dtype):
        programs["C, for such networks only"] = written_for_it
    reference = programs["plain PyTorch loop"]()
    for program, train in programs.items():
        losses = np.atleast_2d(train())[0]
        off = np.abs(losses - reference).max()
        assert off < {"float32": 1e-3, "float64": 1e-9}[dtype], f"{program}: losses differ by {off:.1e}"
    seconds, products = {program: [] for program in programs}, []
    for _ in range(rounds):
        products.append(gemm(dtype))
        for program, train in programs.items():
            runs = 1 if "loop" in program else RUNS
            seconds[program].append(timed(train) / runs / steps)
    took = {program: np.array(each) for program, each in seconds.items()}
    if jax:
        took["JAX, its best"] = np.min([each for program, each in took.items() if "JAX" in program], axis=0)
    useful = useful_flops(sizes, batch) / (2 * 1024**3) * np.array(products)
    return {
        program: (f"{np.median(each) * 1e6:.0f}", shown(useful / each), shown(each / took["engine"]))
        for program, each in took.items()
    }


def growth(rounds: int, steps: int) -> str:
    """Cost per run of 10,000 runs against 100: ten rates, the others are seeds."""
    task = task_of((64, 64, 64, 10), 64)
    few, many = (engine(task, steps, "float32", runs=10, seeds=n) for n in (10, 1000))
    few()
    ratios = []
    for _ in range(rounds):
        before = np.median([timed(few) for _ in range(5)])
        total = timed(many)
        after = np.median([timed(few) for _ in range(5)])
        ratios.append(total / 10_000 / ((before + after) / 200))
    return shown(np.array(ratios))


def tables(found: dict[str, dict], part: int) -> str:
    """A row a program, a column a case."""
    rows = [["program", *found], ["---"] * (len(found) + 1)]
    for program in next(iter(found.values())):
        rows.append([program, *(each[program][part] for each in found.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def written(block: str, page: Path) -> None:
    """Put a block into a page, between its marks."""
    text = page.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    page.write_text(f"{before}{BEGIN}\n{block}\n{after}", encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=at_least(1), default=5)
    options.add_argument("--steps", type=at_least(1), default=240)
    given, found = options.parse_args(), {}
    with alone():
        for name, dtype in product(CASES, DTYPES):
            found[f"{name}, {dtype}"] = bench(name, dtype, given.rounds, given.steps)
            print(name, dtype, found[f"{name}, {dtype}"], flush=True)
        grows = growth(given.rounds, 10)
    block = (
        f"Microseconds a run and update:\n\n{tables(found, 0)}\n\n"
        "Useful operations, as a share of the rate of the machine's own matrix product (1024 x 1024):\n\n"
        f"{tables(found, 1)}\n\nTime, over the engine's:\n\n{tables(found, 2)}\n\n"
        f"Medians of {given.rounds} rounds and their range; {RUNS} runs of one seed, {given.steps} updates. "
        f"A run of 10,000 costs {grows} of a run of 100.\n{about('torch', 'jax', 'optax')}"
    )
    for page in (README, REPORT):
        written(block, page)


if __name__ == "__main__":
    main()
