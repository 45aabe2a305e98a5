"""What a plan promises: what is asked for is read where it is clear, and refused by name where it is not."""

import inspect
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import tasks, train
from lrlib.schedules import constant, cosine, linear
from lrlib.train import SGD
from lrlib.train.plan import FEWEST_AT_ONCE, Plan
from tests.train.problems import PROBLEMS, QUADRATIC, SCHEDULES, SHAPES, digits


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
    times = np.zeros((n_schedules, n_rates, n_seeds), int)
    for chunk in plan.chunks:
        times[chunk] += 1
    assert (times == 1).all()
    sizes = [plan.runs_in([i]) for i in range(len(plan.chunks))]
    assert max(sizes) <= most
    assert sum(sizes) == plan.n_runs == n_schedules * n_rates * n_seeds


def test_a_bigger_model_gets_smaller_chunks_by_itself():
    sizes = [
        max(Plan(t, constant(1, 2), np.arange(5000) / 1e6, (0,), 2).runs_in([i]) for i in range(3))
        for t in (QUADRATIC, tasks.get("digits", hidden=(64, 64)), tasks.get("digits", hidden=(512, 512)))
    ]
    assert sizes[0] > sizes[1] > sizes[2] >= FEWEST_AT_ONCE - 1


@settings(deadline=None)
@given(st.integers(1, 5000), st.integers(1, 60))
def test_held_out_loss_is_taken_at_equal_distances_and_after_the_last_step(steps, evaluations):
    when = train.evaluation_steps(steps, evaluations)
    assert when[-1] == steps
    assert len(when) == min(steps, evaluations)
    assert when[0] >= 1
    gaps = np.diff(when, prepend=0)
    assert gaps.min() >= 1
    assert np.ptp(gaps) <= 2


@pytest.mark.parametrize("schedules", [[constant(1)], [cosine(1, 0, 5), cosine(1, 0, 6)]], ids=str)
def test_an_unknown_number_of_steps_is_refused(schedules):
    task, _ = PROBLEMS["quadratic"]
    with pytest.raises(ValueError, match="steps="):
        train.sweep(task, schedules, [0.1], [0])
    found = train.sweep(task, schedules, [0.1], [0], steps=3, any_length=True)
    assert found.used.shape[-1] == 3


@pytest.mark.parametrize("steps", [0, -3, float("inf"), float("nan")])
def test_an_impossible_number_of_steps_is_refused(steps):
    task, _ = PROBLEMS["quadratic"]
    with pytest.raises(ValueError, match="run: steps must be a whole number >= 1"):
        train.run(task, constant(1), 0.1, 0, steps=steps)
    with pytest.raises(ValueError, match="sweep: steps must be a whole number >= 1"):
        train.sweep(task, [constant(1)], [0.1], [0], steps=steps)


def test_nothing_to_train_or_to_evaluate_is_refused():
    task, _ = PROBLEMS["quadratic"]
    asked = {"schedules": SHAPES, "base_lrs": [0.1], "seeds": [0]}
    for name in asked:
        with pytest.raises(ValueError, match=rf"^sweep: {name} must be one or more .*got \[\]"):
            train.sweep(task, **{**asked, name: []})
    with pytest.raises(ValueError, match="evaluations"):
        train.sweep(task, SHAPES, [0.1], [0], evaluations=0)


# ---------------------------------------------------------------- what is clear works


def test_every_clear_way_to_ask_is_the_same_sweep():
    plain = train.sweep(tasks.get("quadratic"), [linear(1, 0, 9)], [0.1], [0, 1], optimizer=SGD())
    asked = [
        ("quadratic", plain.schedules, (0.1,), (0, 1)),
        (QUADRATIC, "linear(1, 0, 9)", [0.1], range(2)),
        (QUADRATIC, linear(1, 0, 9), 0.1, range(2)),
        (QUADRATIC, ("linear(1, 0, 9)",), np.array([0.1]), np.arange(2)),
    ]
    ways = ({"optimizer": "sgd"}, {"optimizer": SGD}, {"dtype": torch.float64}, {"steps": np.int64(9)})
    for arguments in asked:
        for how in ways:
            found = train.sweep(*arguments, **how)
            assert np.array_equal(found.train_loss, plain.train_loss)
            assert found.labels == ("linear(1, 0, 9)",) and found.seeds == (0, 1)
    timed = train.sweep("quadratic", {"down": "linear(1, 0, T)"}, 0.1, range(2), steps=9)
    assert timed.labels == ("down",) and timed.schedules == plain.schedules
    alone = train.run("quadratic", "linear(1, 0, T)", 0.1, 1, steps=9)
    assert alone.result == pytest.approx(plain.result[0, 0, 1], rel=1e-12)
    plan = Plan(QUADRATIC, ["linear(1, 0, T)", linear(0, 1, 9)], 0.1, [0], steps=9)
    assert plan.labels == ("linear(1, 0, T)", "linear(0, 1, 9)")


REFUSED = [
    ({"seeds": 3}, "seeds must be a list of seeds, got 3; range(3) is 3 of them"),
    ({"seeds": (-1,)}, "seeds must be one or more different whole numbers >= 0, as in range(3), got (-1,)"),
    ({"seeds": (0, 0)}, "seeds must be one or more different whole numbers"),
    ({"seeds": "01"}, "seeds must be"),
    ({"base_lrs": "0.1"}, "base_lrs must be one or more different finite rates >= 0, got '0.1'"),
    ({"base_lrs": float("inf")}, "base_lrs must be"),
    ({"base_lrs": [0.1, float("nan")]}, "base_lrs must be"),
    ({"base_lrs": [0.1, 0.1]}, "base_lrs must be one or more different"),
    ({"base_lrs": True}, "base_lrs must be"),
    ({"task": "digit"}, "unknown task 'digit'; did you mean 'digits' or 'digits_wide'?"),
    ({"task": 3}, "task must be a task, or the name of one, got 3"),
    ({"schedules": 3}, "schedules must be one or more schedules or texts"),
    ({"schedules": {"a": 0.1}}, "schedules must be one or more schedules or texts"),
    ({"schedules": [constant(1)] * 2}, "schedules: 'constant()' is there twice; name them"),
    ({"schedules": ["cosine(1, 0, 15)", cosine(1, 0, 15)]}, "schedules: 'cosine(1, 0, 15)' is there twice"),
    ({"schedules": "cosine(1, 0, S)"}, "schedules: "),
    (
        {"schedules": "cosine(1, 0, T)", "steps": None},
        "schedules: T stands for the number of steps, which is ",
    ),
    (
        {"schedules": cosine(1, 0, 100)},
        "cosine(1, 0, 100) lasts 100 steps, but a run has steps=15: ",
    ),
    ({"schedules": cosine(1, 0, 5)}, "cosine(1, 0, 5) lasts 5 steps, but a run has steps=15"),
    ({"steps": 0}, "steps must be a whole number >= 1, or None, got 0"),
    ({"evaluations": 0}, "evaluations must be a whole number >= 1, got 0"),
    ({"schedules": "constant(1e308)", "base_lrs": [0.1, 100]}, "a finite float64, got 100 times 1e+308"),
    ({"base_lrs": 1e39, "dtype": "float32"}, "a finite float32, got 1e+39 times 1"),
    ({"optimizer": torch.optim.Adam}, "got torch's Adam: pass Adam(betas=...)"),
    ({"optimizer": torch.optim.RMSprop}, "got torch's RMSprop: pass PerModel(RMSprop)"),
    ({"optimizer": torch.optim.SGD([torch.zeros(1)], lr=0.1)}, "got torch's SGD: pass SGD(momentum=...)"),
    ({"optimizer": "momentum"}, "unknown optimizer 'momentum'"),
    (
        {"optimizer": 0.9},
        "optimizer must be SGD(), Adam(), AdamW() or PerModel(...) of lrlib.train, or a name, got 0.9",
    ),
    ({"optimiser": SGD()}, "unknown argument 'optimiser'; did you mean 'optimizer'?"),
    ({"clip_norm": -1}, "clip_norm must be a number > 0, or inf, got -1"),
    ({"dtype": torch.float16}, "dtype must be float64 or float32, got torch.float16"),
    ({"device": "gpu"}, "device must be a device of torch"),
    ({"workers": 0}, "workers must be a whole number >= 1, or the address of a Dask scheduler"),
    ({"workers": 1.5}, "workers must be"),
]


@pytest.mark.parametrize(("change", "says"), REFUSED)
def test_what_is_not_clear_is_refused_in_one_line_that_names_the_parameter(change, says):
    asked = {"task": QUADRATIC, "schedules": "constant(1)", "base_lrs": 0.1, "seeds": [0], "steps": 15}
    with pytest.raises(ValueError) as refused:
        train.sweep(**{**asked, **change})
    assert str(refused.value).startswith("sweep: ") and says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("seed", [-1, 1.5, [0], range(2), True], ids=str)
def test_a_run_has_one_seed(seed):
    with pytest.raises(ValueError, match=r"^run: seeds? must be"):
        train.run(QUADRATIC, "constant(1)", 0.1, seed, steps=3)


def test_schedules_of_another_length_are_cut_or_held_where_that_is_asked_for():
    shapes = [cosine(1, 0, 100), linear(1, 0.5, 5)]
    found = train.sweep(QUADRATIC, shapes, 0.1, [0], steps=10, any_length=True)
    assert found.used[0, 0] == pytest.approx(0.1 * cosine(1, 0, 100).values(10))
    assert found.used[1, 0, 5:] == pytest.approx(np.full(5, 0.05))


def test_a_model_that_no_seed_names_is_told_from_one_that_cannot_be_stacked():
    task = replace(QUADRATIC, model=lambda seed: torch.nn.Linear(5, 1, dtype=torch.float64))
    for call, seeds in ((train.sweep, [0]), (train.run, 0)):
        with pytest.raises(ValueError, match=r"model\(seed\) must draw them inside `with tasks.seeded"):
            call(task, "constant(1)", 0.1, seeds, steps=3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: train.sweep("quadratic", "constant(1)", base_lr=[0.1], seeds=[0], steps=3),
            "sweep: .*'base_lrs'",
        ),
        (lambda: train.sweep("quadratic", "constant(1)", [0.1], [0], step=3), "sweep: .*'steps'"),
        (lambda: train.sweep("quadratic"), "sweep: missing a required argument: 'schedules'"),
        (lambda: train.tune("quadratic", "constant(1)", [0.1], [0], clip=3), "tune: .*'clip_norm'"),
        (lambda: train.run("quadratic", "constant(1)", 0.1, seeds=3), "run: .*'seed'"),
        (lambda: train.judge("quadratic", None, seed=[3]), "judge: .*'seeds'"),
        (
            lambda: train.by_batch_size("digits", [8], "constant(1)", 0.1, [0], step=3),
            "by_batch_size: .*'steps'",
        ),
    ],
)
def test_a_wrong_call_names_the_nearest_parameter(call, says):
    with pytest.raises(ValueError, match=f"^{says}") as refused:
        call()
    assert isinstance(refused.value, TypeError)


def test_what_a_sweep_may_be_told_stands_in_its_signature():
    assert {*inspect.signature(train.sweep).parameters} >= {f.name for f in fields(Plan)}


@pytest.mark.parametrize("what", [train.sweep, train.tune])
def test_a_sweep_that_memory_cannot_hold_is_refused_before_anything_is_trained(what):
    grid = [0.01 * 1.1**i for i in range(80)]
    with pytest.raises(
        ValueError, match=r"would take about 128 GB of memory, .* out=FOLDER, or pass a higher max"
    ):
        what("digits", "linear(1, 0, T)", grid, range(1000), steps=100_000, max_gb=100)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: train.run("digits", "linear(1, 0, T)", 0.1, 0, steps=10**10),
            "run: training would take about",
        ),
        (
            lambda: train.sweep("quadratic", "constant(1)", 0.1, [0], steps=2**53),
            "sweep: training would take",
        ),
        (
            lambda: train.sweep("quadratic", "constant(1)", 0.1, range(10**10), steps=9),
            "sweep: .* at most 1,000,000",
        ),
        (
            lambda: train.sweep("quadratic", "constant(1)", 0.1, [0], steps=5, max_gb=1e-9),
            "sweep: .* 1e-09 are all",
        ),
    ],
)
def test_what_no_machine_can_train_is_refused_at_once(call, says):
    with pytest.raises(ValueError, match=f"^{says}"):
        call()


def test_evaluations_beyond_the_steps_cost_nothing():
    assert train.run("quadratic", "constant(1)", 0.1, 0, steps=5, evaluations=10**12).heldout_loss.size == 5


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory was used")
def test_the_memory_that_a_sweep_is_said_to_take_is_about_what_it_takes():
    """In a process of its own: the difference between many steps and few."""
    code = (
        "import pathlib; from lrlib import train\n"
        "from lrlib.train.plan import Plan\n"
        "given = 'quadratic', 'linear(1, 0, T)', [0.01 * i for i in range(1, 65)], range(64)\n"
        "for steps in 5, 370:\n"
        "    how = dict(steps=steps, runs_at_once=4096)\n"
        "    train.sweep(*given, **how)\n"
        "    most = pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]\n"
        "    print(Plan(*given, **how).bytes(kept=True), 1024 * int(most))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    said, took, said_more, took_more = map(int, done.split())
    assert 0.5 < (took_more - took) / (said_more - said) < 1.5
