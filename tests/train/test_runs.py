"""What training promises: a sweep is many ordinary loops, and runs of one seed are paired."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from threading import Event, Thread

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import tasks, train
from lrlib.schedules import constant, cosine, linear, warmup_cosine
from lrlib.train.updates import SGD
from tests.train.problems import (
    LONGER,
    PROBLEMS,
    QUADRATIC,
    SCHEDULES,
    SHAPES,
    STEPS,
    digits,
    problems,
    with_model,
)


@cache
def single_run(name, s, r, seed):
    task, rates = PROBLEMS[name]
    return train.run(task, SHAPES[s], rates[r], seed, evaluations=4)


@pytest.mark.parametrize(
    ("name", "runs_at_once"),
    [
        ("digits", 5),  # cuts the rates of one seed
        ("digits", 20),  # cuts the seeds
        ("digits", 128),
        ("two hidden layers", 128),
        ("quadratic", 1),
        ("quadratic", 20),
        ("noiseless quadratic", 128),
    ],
)
def test_a_sweep_equals_single_runs_however_it_is_cut_into_chunks(name, runs_at_once):
    task, rates = PROBLEMS[name]
    seeds = (0, 5, 11)
    found = train.sweep(task, SHAPES, rates, seeds, evaluations=4, runs_at_once=runs_at_once)
    assert found.train_loss.shape == (4, 2, 3, LONGER)
    assert found.used.shape == (4, 2, LONGER)
    for s, r, n in np.ndindex(4, 2, 3):
        alone, one = single_run(name, s, r, seeds[n]), found.ledger(s, rates[r], seeds[n])
        for values in ("used", "intended", "train_loss", "heldout_loss"):
            assert getattr(one, values) == pytest.approx(getattr(alone, values), rel=1e-9, abs=1e-12)
        assert one.heldout_steps.tolist() == alone.heldout_steps.tolist() == found.heldout_steps.tolist()
        assert one.label == alone.label == str(SHAPES[s])
        assert not one.diverged
        assert not alone.diverged
        assert found.result[s, r, n] == one.result == pytest.approx(alone.result, rel=1e-9)


def test_a_run_is_an_ordinary_pytorch_loop():
    task, schedule = tasks.get("digits"), warmup_cosine(30, 10)
    ledger = train.run(task, schedule, 0.2, seed=3, evaluations=30)
    model, batches = task.model(3), task.batches(3, 30)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    follow = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
    for t in range(30):
        loss = torch.nn.functional.cross_entropy(model(batches[t][0]), batches[t][1])
        assert ledger.train_loss[t] == pytest.approx(loss.item(), rel=1e-9)
        optimizer.zero_grad()
        loss.backward()
        assert ledger.used[t] == optimizer.param_groups[0]["lr"]
        optimizer.step()
        follow.step()
        heldout = torch.nn.functional.cross_entropy(model(task.heldout[0]), task.heldout[1])
        assert ledger.heldout_loss[t] == pytest.approx(heldout.item(), rel=1e-9)
    assert ledger.largest_gap() < 1e-15


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["digits", "two hidden layers", "quadratic"]),
    st.lists(st.floats(-4, 3).map(lambda x: 10**x), min_size=1, max_size=5, unique=True),
    st.floats(0.1, 4),
    st.integers(0, 2**31),
)
def test_one_step_from_any_weights_at_any_rate_equals_torchs_sgd(name, rates, spread, seed):
    task, _ = PROBLEMS[name]

    def random_weights(_):
        model = task.model(0)
        generator = torch.Generator().manual_seed(seed)
        for p in model.parameters():
            p.data = spread * torch.randn(p.shape, generator=generator, dtype=p.dtype)
        return model

    started = replace(task, model=random_weights)
    found = train.sweep(started, [constant(1, 1)], rates, [7], evaluations=1)
    inputs, targets = task.batches(7, 1)[0]
    for r, rate in enumerate(rates):
        model = random_weights(7)
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        loss = task.loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        heldout = task.loss(model(task.heldout[0]), task.heldout[1])
        assert found.train_loss[0, r, 0, 0] == pytest.approx(loss.item(), rel=1e-9)
        assert found.heldout_loss[0, r, 0, 0] == pytest.approx(heldout.item(), rel=1e-9)


def test_runs_of_one_seed_share_weights_and_batches_at_every_rate_and_other_seeds_differ():
    task, _ = PROBLEMS["digits"]
    still = (0.0, 1e-14)  # too small to move anything: the losses are those of the batches
    losses = train.sweep(task, SHAPES[:2], still, [3, 4], evaluations=1).train_loss
    assert np.ptp(losses, axis=(0, 1)).max() < 1e-10
    assert (np.abs(losses[0, 0, 0] - losses[0, 0, 1]) > 1e-6).all()
    assert np.ptp(losses[0, 0, 0]) > 0.01


def test_the_first_loss_is_the_same_at_every_rate_also_when_one_explodes():
    task, _ = PROBLEMS["quadratic"]
    losses = train.sweep(task, SHAPES, [0.1, 1.0, 1e100], [0, 1], evaluations=1).train_loss
    assert np.ptp(losses[..., 0], axis=(0, 1)).max() == 0


@problems
def test_a_seed_names_everything_random_and_the_global_generators_are_left_alone(name):
    task, rates = PROBLEMS[name]
    results = []
    for global_seed in (1, 2):
        torch.manual_seed(global_seed)
        np.random.seed(global_seed)
        torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
        ledger = train.run(task, SHAPES[1], rates[0], seed=5)
        found = train.sweep(task, SHAPES[:2], rates, [5, 6])
        assert torch.equal(torch.get_rng_state(), torch_state)
        assert np.array_equal(np.random.get_state()[1], numpy_state)
        results.append((ledger.heldout_loss, found.heldout_loss))
    for first, second in zip(*results, strict=True):
        assert np.array_equal(first, second)


def unfenced():
    """A task whose parts seed the generators of the whole process, and leave them so."""
    plain = with_model(lambda: torch.nn.Linear(6, 3), (6,))

    def model(seed):
        torch.manual_seed(seed)
        return torch.nn.Linear(6, 3, dtype=torch.float64)

    def batches(seed, steps):
        np.random.seed(seed)
        random.seed(seed)
        rows = np.random.randint(20, size=(steps, 8)) + random.randrange(20)
        return replace(plain.batches(seed, steps), order=torch.from_numpy(rows))

    return replace(plain, model=model, batches=batches)


def states():
    return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()


def test_tasks_that_seed_the_whole_process_change_nothing_of_it():
    before = states()
    train.run(unfenced(), "constant(1)", 0.1, 3, steps=4)
    train.sweep(unfenced(), "constant(1)", [0.1, 0.2], [3, 4], steps=4)
    unfenced().fingerprint(3)
    assert states() == before


@pytest.mark.parametrize("task", [digits(), unfenced()], ids=["named", "seeding the process"])
def test_runs_in_several_threads_are_those_of_one(task):
    def both(_=None):
        alone = train.run(task, "linear(1, 0, T)", 0.1, 3, steps=8)
        found = train.sweep(task, "linear(1, 0, T)", [0.1], range(3), steps=8)
        return alone.heldout_loss.tobytes(), found.heldout_loss.tobytes()

    usual, before, threads = both(), states(), torch.get_num_threads()
    with ThreadPoolExecutor(4) as pool:
        assert {*pool.map(both, range(12))} == {usual}
    assert states() == before and torch.get_num_threads() == threads


def test_models_of_a_named_task_are_not_disturbed_by_a_thread_that_draws_and_seeds():
    stop, usual = Event(), digits().fingerprint(3)

    def disturb():
        while not stop.is_set():
            torch.manual_seed(1)
            torch.rand(2)

    thread = Thread(target=disturb)
    thread.start()
    try:
        assert {digits().fingerprint(3) for _ in range(50)} == {usual}
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    "outside",
    [torch.no_grad, torch.inference_mode, lambda: torch.autocast("cpu", dtype=torch.bfloat16)],
    ids=["no_grad", "inference_mode", "autocast"],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_torch_is_set_to_outside_changes_no_digit(outside, dtype):
    def losses():
        task = digits()
        alone = train.run(task, "constant(1)", 0.1, 3, steps=4, dtype=dtype)
        return alone.heldout_loss, train.sweep(
            task, "constant(1)", 0.1, [3], steps=4, dtype=dtype
        ).heldout_loss

    usual = losses()
    with outside():
        inside = losses()
    for one, two in zip(usual, inside, strict=True):
        assert np.array_equal(one, two)


def test_training_leaves_the_number_of_threads_alone():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        task, _ = PROBLEMS["quadratic"]
        train.sweep(task, SHAPES[:1], [0.1], [0])
        train.run(task, SHAPES[0], 0.1, 0)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


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
        assert found[size].ledger("down", 0.1, 1).train_loss == pytest.approx(alone.train_loss, rel=1e-9)
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


def test_a_task_changed_by_hand_has_no_batch_sizes():
    with pytest.raises(ValueError, match="changed by hand"):
        train.by_batch_size(replace(digits(), guess=3.0), [8], SCHEDULES, (0.1,), (0,))
