"""What the engine promises: any stateless model, torch's optimizers to 1e-9, chunks that survive anything."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lrlib import tasks, train
from lrlib.schedules import constant, cosine, linear, warmup_cosine
from lrlib.tasks import Batches, Task
from lrlib.train import engine, runs
from lrlib.train.plan import FEWEST_AT_ONCE, Plan
from lrlib.train.updates import SGD, Adam, AdamW, clipped

STEPS = 15
SCHEDULES = (warmup_cosine(STEPS, 4), linear(1, 0, STEPS))
OPTIMIZERS = {
    "sgd": (SGD(), 0.1),
    "weight decay": (SGD(weight_decay=0.1), 0.1),
    "momentum": (SGD(momentum=0.9), 0.02),
    "nesterov": (SGD(momentum=0.8, nesterov=True, weight_decay=0.01), 0.02),
    "adam": (Adam(), 0.01),
    "adam l2": (Adam(betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1), 0.01),
    "adamw": (AdamW(weight_decay=0.2), 0.01),
}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("LRLIB_PROGRESS", "off")


def digits(**options):
    return tasks.get("digits", **{"hidden": (8,), "batch_size": 16, "n_train": 100, **options})


def with_model(make, inputs_shape, dtype=torch.float64):
    """A small classification task of random data around any module: make() -> nn.Module."""

    def model(seed):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return make().to(dtype)

    generator = torch.Generator().manual_seed(0)
    examples = torch.randn(60, *inputs_shape, dtype=dtype, generator=generator)
    labels = torch.randint(0, 3, (60,), generator=generator)

    def batches(seed, steps):
        return Batches(examples[:40], labels[:40], torch.from_numpy(tasks.epoch_order(seed, 40, 8, steps)))

    return Task(
        name="random data",
        model=model,
        loss=tasks.cross_entropy,
        batches=batches,
        heldout=(examples[40:], labels[40:]),
        guess=float(np.log(3)),
        unit="nats",
    )


def agree(found, task, schedules, rates, seeds, rel=1e-9, **how):
    """Whether each run of a sweep is the run that `train.run` makes."""
    for s, r, n in np.ndindex(len(schedules), len(rates), len(seeds)):
        alone = train.run(task, schedules[s], rates[r], seeds[n], evaluations=3, **how)
        one = found.ledger(s, r, n)
        for values in ("used", "train_loss", "heldout_loss"):
            assert getattr(one, values) == pytest.approx(getattr(alone, values), rel=rel, abs=1e-12)


# ---------------------------------------------------------------- optimizers


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(list(OPTIMIZERS)),
    st.integers(0, 2**31),
    st.floats(-5, 0).map(lambda x: 10**x),
    st.floats(-6, 3).map(lambda x: 10**x),
)
def test_every_step_from_an_identical_state_equals_torchs_optimizer(name, seed, rate, spread):
    chosen, _ = OPTIMIZERS[name]
    random = torch.Generator().manual_seed(seed)

    def draw():
        return spread * torch.randn(3, 2, 4, 5, generator=random, dtype=torch.float64)

    weights, memory = draw(), [draw().abs() for _ in range(chosen.slots)]
    for t in range(1, 6):
        gradients = draw()
        before, remembered = weights.clone(), [m.clone() for m in memory]
        chosen.update(
            weights,
            gradients,
            memory,
            torch.full((1, 2, 1, 1), rate, dtype=torch.float64),
            torch.tensor(t, dtype=torch.float64),
        )
        for i in np.ndindex(3, 2):
            p = nn.Parameter(before[i].clone())
            p.grad = gradients[i].clone()
            optimizer = chosen.torch([p], rate)
            if isinstance(chosen, Adam):
                first, second = remembered
                optimizer.state[p] = {
                    "step": torch.tensor(t - 1.0),
                    "exp_avg": first[i].clone(),
                    "exp_avg_sq": second[i].clone(),
                }
            elif chosen.momentum:
                optimizer.state[p] = {"momentum_buffer": remembered[0][i].clone()}
            optimizer.step()
            assert torch.allclose(weights[i], p, rtol=1e-9, atol=1e-12 * spread)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("clip_norm", [float("inf"), 0.5])
def test_whole_runs_with_any_optimizer_equal_ordinary_pytorch_loops(name, clip_norm):
    optimizer, rate = OPTIMIZERS[name]
    how = {"optimizer": optimizer, "clip_norm": clip_norm}
    task, rates, seeds = digits(hidden=(6, 5)), (rate / 3, rate), (0, 4)
    found = train.sweep(task, SCHEDULES, rates, seeds, evaluations=3, runs_at_once=3, **how)
    agree(found, task, SCHEDULES, rates, seeds, **how)
    if clip_norm == 0.5:  # it did clip
        free = train.sweep(task, SCHEDULES, rates, seeds, evaluations=3, optimizer=optimizer)
        assert np.abs(free.heldout_loss - found.heldout_loss).max() > 1e-9 * ("adam" not in name)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.floats(-3, 3).map(lambda x: 10**x))
def test_clipping_scales_each_model_by_its_own_norm(seed, max_norm):
    random = torch.Generator().manual_seed(seed)
    grads = {
        name: torch.randn(2, 3, *shape, generator=random, dtype=torch.float64)
        for name, shape in (("weight", (4, 5)), ("bias", (4,)), ("scale", ()))
    }
    scaled = clipped(grads, max_norm)
    for i in np.ndindex(2, 3):
        parameters = [nn.Parameter(torch.zeros_like(g[i])) for g in grads.values()]
        for p, g in zip(parameters, grads.values(), strict=True):
            p.grad = g[i].clone()
        nn.utils.clip_grad_norm_(parameters, max_norm)
        for p, g in zip(parameters, scaled.values(), strict=True):
            assert torch.allclose(p.grad, g[i], rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SGD(momentum=1.0), "momentum"),
        (lambda: SGD(momentum=-0.1), "momentum"),
        (lambda: SGD(nesterov=True), "nesterov"),
        (lambda: SGD(weight_decay=-1), "weight_decay"),
        (lambda: Adam(betas=(0.9, 1.0)), "betas"),
        (lambda: Adam(eps=0), "eps"),
        (lambda: AdamW(weight_decay=float("nan")), "weight_decay"),
    ],
)
def test_impossible_optimizers_are_refused_by_the_name_of_the_parameter(make, says):
    with pytest.raises(ValueError, match=says):
        make()


# ---------------------------------------------------------------- any stateless model


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 6, bias=False)
        self.norm = nn.LayerNorm(6)
        self.outer = nn.Linear(6, 3)
        self.register_buffer("scale", torch.tensor(0.5))

    def forward(self, x):
        return self.outer(x + self.scale * torch.tanh(self.inner(self.norm(x))))


MODELS = {
    "residual, layer norm, buffer": (Residual, (6,)),
    "attention": (
        lambda: nn.Sequential(
            nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, norm_first=True),
            nn.Flatten(),
            nn.Linear(32, 3),
        ),
        (4, 8),
    ),
    "batch statistics": (
        lambda: nn.Sequential(nn.Linear(6, 7), nn.BatchNorm1d(7, track_running_stats=False), nn.Linear(7, 3)),
        (6,),
    ),
    "convolution": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2), nn.GroupNorm(2, 4), nn.GELU(), nn.Flatten(), nn.Linear(36, 3)
        ),
        (1, 7, 7),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_any_stateless_module_trains_as_it_does_alone(name):
    task = with_model(*MODELS[name])
    found = train.sweep(task, SCHEDULES, (0.05, 0.2), (1, 2), evaluations=3)
    agree(found, task, SCHEDULES, (0.05, 0.2), (1, 2))


def test_convolutions_in_float64_are_looped_and_the_sweep_says_so():
    task = with_model(*MODELS["convolution"])
    double, single = (
        train.sweep(task, SCHEDULES, (0.1,), (1,), evaluations=3, dtype=d) for d in ("float64", "float32")
    )
    assert "one model at a time: float64 convolutions" in double.note
    assert single.note == train.sweep(digits(), SCHEDULES, (0.1,), (1,)).note == ""
    agree(single, task, SCHEDULES, (0.1,), (1,), rel=1e-4, dtype="float32")
    assert double.heldout_loss == pytest.approx(single.heldout_loss, rel=1e-4)
    assert (double.heldout_loss != single.heldout_loss).any()


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (nn.BatchNorm1d(6), "BatchNorm1d '0' keeps running statistics.*GroupNorm"),
        (nn.GRU(6, 6), "GRU '0' is recurrent"),
        (nn.LSTMCell(6, 6), "LSTMCell '0' is recurrent"),
        (nn.Dropout(0.1), "Dropout '0' draws random numbers"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_layers_that_cannot_be_stacked_are_refused_by_name(layer, says):
    task = with_model(lambda: nn.Sequential(layer, nn.Linear(6, 3)), (6,))
    with pytest.raises(ValueError, match=says):
        train.sweep(task, SCHEDULES, (0.1,), (0,))


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from([(), (5,), (2, 5)]),
    st.booleans(),
    st.integers(0, 99),
)
def test_linear_layers_computed_features_first_are_the_same_function(n_in, n_out, batch, bias, seed):
    torch.manual_seed(seed)
    plain = nn.Linear(n_in, n_out, bias=bias, dtype=torch.float64)
    first = nn.Linear(n_in, n_out, bias=bias, dtype=torch.float64)
    first.load_state_dict(plain.state_dict())
    first = engine.features_first(first)
    x = torch.randn(*batch, n_in, dtype=torch.float64)
    assert torch.allclose(first(x), plain(x), rtol=1e-12, atol=1e-14)
    for layer in (first, plain):
        layer(x).square().sum().backward()
    for a, b in zip(first.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(a.grad, b.grad, rtol=1e-12, atol=1e-14)


def test_float32_is_float64_from_the_same_weights_with_shorter_numbers():
    task = digits()
    single, double = (
        train.sweep(task, SCHEDULES, (0.1,), (0, 1), evaluations=3, dtype=d) for d in ("float32", "float64")
    )
    assert single.heldout_loss == pytest.approx(double.heldout_loss, rel=1e-4)
    assert (single.heldout_loss != double.heldout_loss).any()
    assert np.array_equal(single.used, single.used.astype(np.float32))
    agree(single, task, SCHEDULES, (0.1,), (0, 1), rel=1e-4, dtype="float32")


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler: g++ is absent")
def test_compiled_runs_equal_eager_ones():
    task = digits()
    plain, fused = (
        train.sweep(task, SCHEDULES, (0.05, 0.1), (0, 1, 2), optimizer=Adam(), runs_at_once=8, compile=c)
        for c in (False, True)
    )
    assert fused.train_loss == pytest.approx(plain.train_loss, rel=1e-9)
    assert fused.heldout_loss == pytest.approx(plain.heldout_loss, rel=1e-9)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"dtype": "float16"}, "dtype"),
        ({"clip_norm": 0}, "clip_norm"),
        ({"clip_norm": float("nan")}, "clip_norm"),
        ({"runs_at_once": 0}, "runs_at_once"),
        ({"workers": 0}, "workers"),
        pytest.param(
            {"device": "cuda"},
            "no CUDA device",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device"),
        ),
        ({"workers": "tcp://127.0.0.1:9"}, "no Dask scheduler answers"),
    ],
    ids=str,
)
def test_impossible_options_are_refused(how, says):
    with pytest.raises(ValueError, match=says):
        train.sweep(digits(), SCHEDULES, (0.1,), (0,), **how)


# ---------------------------------------------------------------- chunks


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 200))
def test_chunks_hold_every_run_once_and_never_more_than_allowed(n_schedules, n_rates, n_seeds, most):
    plan = Plan(
        QUADRATIC,
        {str(i): constant(1, 2) for i in range(n_schedules)},
        np.arange(n_rates) / 10,
        range(n_seeds),
        2,
        runs_at_once=most,
    )
    times = np.zeros((n_schedules * n_rates, n_seeds), int)
    for of_seeds, of_runs in plan.chunks:
        times[of_runs, of_seeds] += 1
    assert (times == 1).all()
    sizes = [plan.runs_in([i]) for i in range(len(plan.chunks))]
    assert max(sizes) <= most
    assert sum(sizes) == plan.n_runs == n_schedules * n_rates * n_seeds


QUADRATIC = tasks.get("quadratic")


def test_a_bigger_model_gets_smaller_chunks_by_itself():
    sizes = [
        max(Plan(t, constant(1, 2), np.arange(5000) / 1e6, (0,), 2).runs_in([i]) for i in range(3))
        for t in (QUADRATIC, tasks.get("digits", hidden=(64, 64)), tasks.get("digits", hidden=(512, 512)))
    ]
    assert sizes[0] > sizes[1] > sizes[2] >= FEWEST_AT_ONCE - 1


# ---------------------------------------------------------------- results on disk


ALL = ("used", "train_loss", "heldout_loss", "diverged", "result")


def stored(out, task=None, rates=(0.05, 0.1, 0.2), **how):
    how = {"runs_at_once": 2, "evaluations": 3, **how}
    return train.sweep(task or digits(), SCHEDULES, rates, (0, 1), out=out, **how)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ALL)


def test_a_stored_sweep_is_the_same_sweep_and_any_parquet_reader_can_read_it(tmp_path):
    found = stored(tmp_path / "sweep")
    assert same(found, stored(None))
    one, two = found.ledger(1, 2, 1), stored(None).ledger(1, 2, 1)
    assert np.array_equal(one.heldout_loss, two.heldout_loss)
    table = pd.concat([pd.read_parquet(f) for f in sorted((tmp_path / "sweep").glob("*.parquet"))])
    assert len(table) == 12
    row = table[(table.schedule == str(SCHEDULES[1])) & (table.base_lr == 0.2) & (table.seed == 1)].iloc[0]
    assert row.heldout_loss.tolist() == two.heldout_loss.tolist()
    assert row.used.tolist() == two.used.tolist()
    assert not row.diverged
    about = json.loads((tmp_path / "sweep" / "_sweep.json").read_text())
    assert about["schedules"] == [str(s) for s in SCHEDULES]


def test_finished_chunks_are_not_trained_again_and_damaged_ones_are(tmp_path):
    out = tmp_path / "sweep"
    first = stored(out)
    files = sorted(out.glob("*.parquet"))
    assert len(files) == 6
    files[1].unlink()
    files[3].write_bytes(files[3].read_bytes()[:500])
    kept = {f: f.stat().st_mtime_ns for f in files if f not in (files[1], files[3])}
    assert same(stored(out), first)
    assert {f: f.stat().st_mtime_ns for f in kept} == kept
    assert len(sorted(out.glob("*"))) == 7


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"rates": (0.05, 0.1, 0.3)}, "base_lrs differ"),
        ({"optimizer": SGD(momentum=0.5)}, "optimizer differ"),
        ({"dtype": "float32"}, "dtype, fingerprint differ|dtype differ"),
        ({"clip_norm": 1.0}, "clip_norm differ"),
        ({"runs_at_once": 3}, "runs_at_once differ"),
        (
            {"task": tasks.get("digits", hidden=(8,), batch_size=16, n_train=101)},
            "fingerprint, options differ",
        ),
        ({"task": replace(digits(), heldout=(torch.zeros(2, 64), torch.zeros(2)))}, "fingerprint differ"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_folder_of_another_sweep_is_refused_and_left_as_it_is(tmp_path, other, says):
    out = tmp_path / "sweep"
    stored(out)
    before = {f: f.read_bytes() for f in out.iterdir()}
    with pytest.raises(ValueError, match=says):
        stored(out, **other)
    assert {f: f.read_bytes() for f in out.iterdir()} == before


def test_a_folder_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="not empty"):
        stored(tmp_path)
    (tmp_path / "thesis.txt").unlink()
    (tmp_path / "_sweep.json").write_text("{")
    with pytest.raises(ValueError, match="not the definition"):
        stored(tmp_path)


def test_tuning_and_judging_are_stored_too_and_use_the_same_optimizer(tmp_path):
    task, optimizer = tasks.get("quadratic", noise=0.5), SGD(momentum=0.5)
    grid = (0.01, 0.03, 0.1, 0.3)
    tuned = train.tune(task, SCHEDULES, grid, range(100, 104), optimizer=optimizer, out=tmp_path / "tune")
    judged = train.judge(task, tuned, [0, 1], out=tmp_path / "judge")
    again = train.judge(task, train.tune(task, SCHEDULES, grid, range(100, 104), optimizer=optimizer), [0, 1])
    assert same(judged, again)
    peak = tuned.sweep.base_lrs[tuned.peak[0]]
    alone = train.run(task, SCHEDULES[0], peak, 1, optimizer=optimizer)
    assert judged.result[0, 0, 1] == pytest.approx(alone.result, rel=1e-9)
    assert (tmp_path / "tune" / "grid" / "_sweep.json").exists()


def test_batch_sizes_are_groups_of_runs_from_the_same_weights(tmp_path):
    sizes = {8: 24, 24: 8}
    found = train.by_batch_size(
        digits(),
        sizes,
        {"down": "linear(1, 0, T)", "up": "linear(0, 1, T)"},
        (0.1,),
        (0, 1),
        steps=sizes,
        out=tmp_path,
        optimizer=SGD(momentum=0.5),
    )
    assert {b: f.steps for b, f in found.items()} == sizes
    for size, steps in sizes.items():
        task, schedule = digits(batch_size=size), linear(1, 0, steps)
        alone = train.run(task, schedule, 0.1, 1, optimizer=SGD(momentum=0.5))
        assert found[size].schedules == (schedule, linear(0, 1, steps))
        assert found[size].ledger("down", 0, 1).train_loss == pytest.approx(alone.train_loss, rel=1e-9)
        assert (tmp_path / f"batch-{size}" / "_sweep.json").exists()
    assert train.by_batch_size(digits(), [8], SCHEDULES, (0.1,), (0,))[8].steps == STEPS
    own = {8: [cosine(1, 0, 24)], 24: [cosine(1, 0, 8)]}
    per_size = train.by_batch_size("digits", sizes, own, 0.1, [0])
    assert {size: each.steps for size, each in per_size.items()} == sizes
    with pytest.raises(ValueError, match=r"by_batch_size: cosine\(1, 0, 24\) lasts 24 steps, but .* steps=8"):
        train.by_batch_size(digits(), sizes, cosine(1, 0, 24), (0.1,), (0,), steps=sizes)
    with pytest.raises(ValueError, match=r"steps must name the batch sizes \[8, 24\], got \[8\]"):
        train.by_batch_size(digits(), [8, 24], "cosine(1, 0, T)", (0.1,), (0,), steps={8: 24})
    with pytest.raises(ValueError, match="no option batch_size"):
        train.by_batch_size(QUADRATIC, [8], SCHEDULES, (0.1,), (0,))


SCRIPT = """
    import sys
    from lrlib import tasks, train
    from lrlib.schedules import constant
    if __name__ == "__main__":
        out, runs, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        task = tasks.get("digits", hidden=(16,), batch_size=16, n_train=400)
        rates = [0.01 * (1 + i / runs) for i in range(runs)]
        train.sweep(task, [constant(1, 120)], rates, [0], out=out, runs_at_once=16, evaluations=2,
                    workers=workers)
        import resource
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SCRIPT))

    def start(out, runs, workers=1):
        env = {**os.environ, "LRLIB_PROGRESS": "off", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, path, out, str(runs), str(workers)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)

    return start


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def finished(out: Path):
    return {f.name: f.stat().st_mtime_ns for f in out.glob("chunk-*.parquet")}


def test_a_killed_sweep_goes_on_where_it_was(tmp_path, script):
    out = tmp_path / "sweep"
    process = script(out, 96)
    wait_for(lambda: len(finished(out)) >= 3 if out.exists() else False)
    process.kill()
    process.communicate()
    left = finished(out)
    assert 3 <= len(left) < 6
    again = script(out, 96)
    assert again.wait(timeout=120) == 0, again.communicate()[1]
    done = finished(out)
    assert len(done) == 6
    assert left.items() <= done.items()
    whole = tmp_path / "whole"
    assert script(whole, 96).wait(timeout=120) == 0
    assert all((out / f).read_bytes() == (whole / f).read_bytes() for f in done)


def workers_of(pid: int) -> list[psutil.Process]:
    return [p for p in psutil.Process(pid).children() if "spawn_main" in " ".join(p.cmdline())]


def test_a_local_worker_that_dies_ends_the_sweep_with_one_clear_line_and_keeps_the_rest(tmp_path, script):
    out = tmp_path / "sweep"
    process = script(out, 256, workers=2)
    wait_for(lambda: out.exists() and len(finished(out)) >= 2)
    workers_of(process.pid)[0].kill()
    _, error = process.communicate(timeout=60)
    assert "RuntimeError: a worker process died" in error.splitlines()[-1]
    left = finished(out)
    assert 2 <= len(left) < 16
    assert script(out, 256).wait(timeout=120) == 0
    assert left.items() <= finished(out).items()


def test_memory_does_not_grow_with_the_number_of_runs(tmp_path, script):
    few, many = (int(script(tmp_path / str(n), n).communicate(timeout=300)[0]) for n in (16, 400))  # KiB
    held = 400 * 120 * 8 * 2 / 1024  # what the curves of the larger sweep take
    assert held > 700
    assert many - few < 15 * 1024


# ---------------------------------------------------------------- Dask


def test_a_dask_cluster_gives_the_same_bits_and_survives_a_killed_worker(tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    task = tasks.get("digits", hidden=(16,), batch_size=16, n_train=400)
    schedules, rates = [cosine(1, 0, 100)], [0.01 * (1 + i / 99) for i in range(96)]
    how = {"runs_at_once": 6, "evaluations": 2}
    alone = train.sweep(task, schedules, rates, [0], **how)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=None, local_directory=tmp_path / "dask"
    )
    killed = []
    out = tmp_path / "sweep"

    class Killer:
        """Kills one worker when a few chunks are there."""

        def update(self, n):
            if len(finished(out)) >= 4 and not killed:
                pid = next(iter(cluster.workers.values())).pid
                os.kill(pid, signal.SIGKILL)
                killed.append(finished(out))

    try:
        plan_update = runs.progress.bar
        runs.progress.bar = lambda *a, **k: _Always(Killer())
        found = train.sweep(task, schedules, rates, [0], workers=cluster.scheduler_address, out=out, **how)
    finally:
        runs.progress.bar = plan_update
        cluster.close()
    assert killed and killed[0].items() <= finished(out).items()
    assert same(found, alone)


class _Always:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value

    def __exit__(self, *_):
        return None


# ---------------------------------------------------------------- what cannot be stacked is noticed


class PerSeedBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.outer = nn.Linear(6, 3)
        self.register_buffer("shift", torch.randn(6))

    def forward(self, x):
        return self.outer(x + self.shift)


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.outer = nn.Linear(6, 3)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.outer(x) * self.calls


class Hooked(nn.Linear):
    def __init__(self):
        super().__init__(6, 3)
        self.weight.register_hook(lambda gradient: 2 * gradient)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (PerSeedBuffer, "PerSeedBuffer cannot be stacked: the loss of seed 2"),
        (Counter, "Counter cannot be stacked"),
        (Hooked, "Hooked cannot be stacked: weight of seed 1"),
        (lambda: nn.Sequential(nn.Linear(6, 3), nn.RReLU()), "Sequential cannot be stacked"),
    ],
)
def test_a_model_that_would_train_otherwise_than_alone_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        train.sweep(with_model(make, (6,)), SCHEDULES, (0.1,), (1, 2))


def test_an_embedding_that_pads_is_refused_where_it_would_train_the_padding():
    plain = with_model(lambda: nn.Linear(6, 3), (6,))
    words = torch.randint(0, 5, (60, 4), generator=torch.Generator().manual_seed(0))

    def model(seed):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Embedding(5, 2, padding_idx=0), nn.Flatten(), nn.Linear(8, 3)).double()

    def batches(seed, steps):
        return replace(plain.batches(seed, steps), inputs=words[:40])

    task = replace(plain, model=model, batches=batches, heldout=(words[40:], plain.heldout[1]))
    with pytest.raises(ValueError, match=r"0\.weight of seed"):
        train.sweep(task, SCHEDULES, (0.1,), (1, 2))


class Frozen(nn.Module):
    """A frozen layer, and one that no loss depends on."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer, self.idle = nn.Linear(6, 5), nn.Linear(5, 3), nn.Linear(2, 2)
        self.inner.requires_grad_(False)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))


@pytest.mark.parametrize("optimizer", [SGD(weight_decay=0.1), AdamW(weight_decay=0.5)])
def test_frozen_and_idle_parameters_stay_as_they_are(optimizer):
    task = with_model(Frozen, (6,))
    found = train.sweep(task, SCHEDULES, (0.1,), (1, 2), evaluations=3, optimizer=optimizer)
    agree(found, task, SCHEDULES, (0.1,), (1, 2), optimizer=optimizer)


def test_held_out_loss_is_cut_alike_for_one_run_and_for_many():
    task = with_model(*MODELS["batch statistics"])
    more = torch.randn(300, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    task = replace(task, heldout=(more, torch.arange(300) % 3))
    found = train.sweep(task, SCHEDULES, (0.1,), (1,), evaluations=3)
    agree(found, task, SCHEDULES, (0.1,), (1,))


def test_an_edited_task_of_ones_own_is_another_sweep(tmp_path):
    task = with_model(Residual, (6,))
    stored(tmp_path / "sweep", task)

    def doubled(output, targets):
        return 2 * tasks.cross_entropy(output, targets)

    def later(seed, steps):
        examples, labels = task.batches(seed, steps).inputs.clone(), task.batches(seed, steps).targets
        examples[task.batches(seed, 9).order[1]] += 1
        return replace(task.batches(seed, steps), inputs=examples, targets=labels)

    for other in (replace(task, loss=doubled), replace(task, batches=later)):
        with pytest.raises(ValueError, match="fingerprint differ"):
            stored(tmp_path / "sweep", other)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rates": (-0.1, 0.1)}, "base_lrs must be .*finite"),
        ({"rates": (float("nan"),)}, "base_lrs must be .*finite"),
        ({"seeds": (1, 1)}, "seeds must be .*different"),
        ({"optimizer": "adagrad"}, "unknown optimizer 'adagrad'"),
        ({"steps": 2.5}, "steps must be a whole number"),
    ],
)
def test_what_would_be_trained_silently_wrong_is_refused(change, says):
    given = {"rates": (0.1,), "seeds": (0, 1), **change}
    rates, seeds = given.pop("rates"), given.pop("seeds")
    with pytest.raises(ValueError, match=says):
        train.sweep(digits(), SCHEDULES, rates, seeds, **given)
    with pytest.raises(ValueError, match=r"seeds must be .* got \(1.7,\)"):
        train.sweep(digits(), SCHEDULES, (0.1,), (1.7,))


def test_a_task_changed_by_hand_has_no_batch_sizes():
    with pytest.raises(ValueError, match="changed by hand"):
        train.by_batch_size(replace(digits(), guess=3.0), [8], SCHEDULES, (0.1,), (0,))


def test_sweeps_of_other_tasks_are_not_joined():
    one, two = (train.sweep(digits(hidden=(h,)), SCHEDULES, (r,), (0,)) for h, r in ((4, 0.1), (8, 0.2)))
    with pytest.raises(ValueError, match="base_lrs differ"):
        one.joined(two)


def test_a_folder_is_found_again_from_another_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "._sweep.json.123").write_text("left by a kill")
    found = stored("sweep")
    monkeypatch.chdir("/")
    assert np.isfinite(found.result).all()
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="is a file"):
        stored(tmp_path / "file")
