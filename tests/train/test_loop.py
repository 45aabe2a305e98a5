"""What cannot be stacked is trained one at a time, as a program of one's own would train it, and says so."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from lrlib import tasks, train
from lrlib.schedules import constant
from lrlib.train import PerModel, loop
from lrlib.train.engine import Engine
from lrlib.train.plan import Plan
from lrlib.train.updates import SGD, AdamW
from tests.train.problems import SCHEDULES, STEPS, digits, same, with_model


class Last(nn.Module):
    """A GRU, and a layer on its last output."""

    def __init__(self, dropout=0.0):
        super().__init__()
        self.gru = nn.GRU(3, 5, num_layers=2, batch_first=True, dropout=dropout)
        self.outer = nn.Linear(5, 3)

    def forward(self, x):
        return self.outer(self.gru(x)[0][:, -1])


class Noisy(nn.Module):
    """Draws from all three global generators, and is never told that it is judged."""

    def __init__(self):
        super().__init__()
        self.outer = nn.Linear(6, 3)

    def forward(self, x):
        shift = float(np.random.rand()) + torch.rand_like(x[:1])
        return self.outer(nn.functional.dropout(x + 0.1 * shift, 0.2))


class Counter(nn.Module):
    """A call changes what the next one computes, also where it only looks."""

    def __init__(self):
        super().__init__()
        self.outer = nn.Linear(6, 3)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.outer(x) * self.calls.cos()


class OfSeed(nn.Module):
    def __init__(self):
        super().__init__()
        self.outer = nn.Linear(6, 3)
        self.register_buffer("shift", torch.randn(6))

    def forward(self, x):
        return self.outer(x + self.shift)


class Hooked(nn.Linear):
    def __init__(self):
        super().__init__(6, 3)
        self.weight.register_hook(lambda gradient: 2 * gradient)


def doubled(weight):
    weight.grad.mul_(2)


class HookedLate(nn.Linear):
    def __init__(self):
        super().__init__(6, 3)
        self.weight.register_post_accumulate_grad_hook(doubled)


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(100, 3)
    )  # fmt: skip


def mlp(*layers):
    return nn.Sequential(nn.Linear(6, 8), nn.ReLU(), *layers, nn.Linear(8, 3))


ONE_BY_ONE = {
    "batch norm": (cnn, (1, 7, 7), r"BatchNorm2d '1' keeps running statistics"),
    "batch norm, frozen": (
        lambda: nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3).eval()),
        (6,),
        "BatchNorm1d '1' keeps running",
    ),
    "dropout": (lambda: mlp(nn.Dropout(0.3)), (6,), "Sequential draws random numbers in training"),
    "random slopes": (lambda: mlp(nn.RReLU()), (6,), "Sequential draws random numbers in training"),
    "always noisy": (Noisy, (6,), "Noisy draws random numbers"),
    "gru": (Last, (4, 3), "GRU 'gru' is recurrent"),
    "gru, dropout": (lambda: Last(0.4), (4, 3), "GRU 'gru' is recurrent"),
    "state of a call": (Counter, (6,), r"Counter cannot be stacked \("),
    "a buffer of the seed": (
        OfSeed,
        (6,),
        "OfSeed cannot be stacked .* of seed 5 is not",
    ),
    "a hook": (Hooked, (6,), "Hooked cannot be stacked .weight of seed 0 is not"),
    "a late hook": (HookedLate, (6,), "HookedLate has a hook on a parameter"),
}
cases = pytest.mark.parametrize("name", ONE_BY_ONE)
drawing = pytest.mark.parametrize("name", ["dropout", "always noisy", "gru, dropout"])
RATES, SEEDS = (0.05, 0.2), (0, 5)


@cache
def problem(name):
    return with_model(*ONE_BY_ONE[name][:2])


def swept(task, rates=RATES, seeds=SEEDS, **how):
    return train.sweep(task, SCHEDULES, rates, seeds, **{"evaluations": 3, **how})


def identical(found, task, rates=RATES, seeds=SEEDS, **how):
    """Whether each run of a sweep is, to the last bit, the run that `train.run` makes."""
    for s, r, n in np.ndindex(len(SCHEDULES), len(rates), len(seeds)):
        alone = train.run(task, SCHEDULES[s], rates[r], seeds[n], evaluations=3, **how)
        one = found.ledger(s, rates[r], seeds[n])
        for values in ("used", "effective_by_group", "train_loss", "heldout_steps", "heldout_loss"):
            assert np.array_equal(getattr(one, values), getattr(alone, values)), values
        assert one.result == alone.result


@cases
def test_what_cannot_be_stacked_is_trained_one_at_a_time_as_a_run_is_and_says_why(name):
    found = swept(problem(name))
    identical(found, problem(name))
    assert found.note.startswith("one model at a time: ")
    assert pytest.approx(found.used[:, 0] * 4) == found.used[:, 1]
    assert re.search(ONE_BY_ONE[name][2], found.note)


@pytest.mark.parametrize("name", ["batch norm", "dropout", "gru, dropout"])
def test_a_run_is_the_same_whatever_is_trained_beside_it_and_resumed(name, tmp_path):
    task = problem(name)
    whole = swept(task, out=tmp_path / "whole")
    assert same(whole, swept(task, runs_at_once=3))
    alone = swept(task, rates=RATES[1:], seeds=SEEDS[1:])
    assert np.array_equal(alone.heldout_loss[:, 0, 0], whole.heldout_loss[:, 1, 1])
    begun = swept(task, out=tmp_path / "begun")
    chunks = sorted((tmp_path / "begun").glob("chunk-*"))
    assert len(chunks) == 2  # of four runs each
    chunks[1].unlink()
    assert same(swept(task, out=tmp_path / "begun"), begun) and same(begun, whole)


@pytest.mark.long
@pytest.mark.parametrize("name", ["batch norm", "dropout", "gru, dropout"])
def test_any_number_of_workers_gives_the_same_digits(name):
    assert same(swept(problem(name)), swept(problem(name), workers=2))


@drawing
def test_a_seed_names_what_layers_draw_and_the_global_generators_are_left_alone(name):
    results = []
    for number in (1, 2):
        torch.manual_seed(number)
        np.random.seed(number)
        before = torch.get_rng_state(), np.random.get_state()[1].copy()
        results.append(swept(problem(name)))
        problem(name).fingerprint(0)
        assert torch.equal(before[0], torch.get_rng_state())
        assert np.array_equal(before[1], np.random.get_state()[1])
    assert same(*results)
    losses = results[0].train_loss
    assert np.ptp(losses[..., 0], axis=(0, 1)).max() == 0  # paired: at first all runs of a seed are one
    assert losses[0, 0, 0, 0] != losses[0, 0, 1, 0]


def test_units_that_drop_are_those_of_seed_and_update_at_every_rate_and_others_at_the_next():
    seen = []

    class Watched(nn.Dropout):
        def forward(self, x):
            out = super().forward(x)
            if self.training and x.requires_grad:
                seen.append((out == 0).flatten().tolist())
            return out

    task = with_model(
        lambda: nn.Sequential(nn.Linear(6, 40), nn.Tanh(), Watched(0.5), nn.Linear(40, 3)), (6,)
    )
    runs = []
    for rate, seed in ((0.01, 0), (1.0, 0), (1.0, 1)):
        plan = Plan(task, constant(1, 6), rate, [seed])
        seen.clear()
        loop.recorded(plan, plan.labels[0], rate, seed)
        runs.append([*seen])
    assert runs[0] == runs[1] != runs[2] and len(runs[0]) == 6
    assert len({tuple(mask) for run in runs for mask in run}) == 12


def test_how_often_it_is_looked_at_changes_no_run():
    for name in ("batch norm", "dropout", "always noisy", "state of a call"):
        few, many = (swept(problem(name), evaluations=n) for n in (1, STEPS))
        assert np.array_equal(few.train_loss, many.train_loss), name
        assert np.array_equal(few.heldout_loss[..., -1], many.heldout_loss[..., -1]), name


def ordinary(task, rate, seed, steps):
    """What a program of one's own does, with `train()` and `eval()`; losses, and the model at its end."""
    model, batches = task.model(seed), task.batches(seed, steps)
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=rate), []
    for t in range(steps):
        model.train()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(batches[t][0]), batches[t][1])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        logits = model(task.heldout[0])
    judged = nn.functional.cross_entropy(logits, task.heldout[1]).item()
    return losses, judged, (logits.argmax(1) == task.heldout[1]).double().mean().item(), model


def test_batch_norm_is_trained_on_batches_and_judged_by_its_running_statistics():
    task = replace(problem("batch norm"), right=tasks.share_right)
    losses, judged, right, model = ordinary(task, 0.1, 3, 12)
    alone = train.run(task, constant(1, 12), 0.1, 3)
    found = train.sweep(task, constant(1, 12), [0.1, 0.2], [3])
    assert alone.train_loss == pytest.approx(losses, rel=1e-12)
    assert alone.heldout_loss[-1] == found.heldout_loss[0, 0, 0, -1] == pytest.approx(judged, rel=1e-12)
    assert found.heldout_right[0, 0, 0, -1] == pytest.approx(right)
    assert int(model[1].num_batches_tracked) == 12
    model.train()
    with torch.no_grad():
        by_batch = nn.functional.cross_entropy(model(task.heldout[0]), task.heldout[1]).item()
    assert abs(by_batch - judged) > 1e-3  # it matters


def test_dropout_drops_nothing_when_it_is_judged_and_is_torchs_own_when_it_trains():
    task, schedule = problem("dropout"), constant(1, 1)
    model = task.model(4)
    found = train.run(task, schedule, 0.0, 4)
    with torch.no_grad():
        whole = task.loss(model.eval()(task.heldout[0]), task.heldout[1]).item()
        untouched = task.loss(model(task.batches(4, 1)[0][0]), task.batches(4, 1)[0][1]).item()
    assert found.heldout_loss[-1] == pytest.approx(whole, rel=1e-12)
    assert abs(found.train_loss[0] - untouched) > 1e-3


@pytest.mark.parametrize(
    "optimizer", [SGD(momentum=0.9), AdamW(weight_decay=0.1), PerModel("AdaGradNorm", b0=0.1)]
)
@pytest.mark.parametrize("name", ["batch norm", "gru, dropout"])
def test_any_optimizer_trains_them_as_a_run_does(name, optimizer):
    for dtype in ("float64", "float32"):
        how = {"optimizer": optimizer, "clip_norm": 0.5, "dtype": dtype}
        found = swept(problem(name), rates=RATES[1:], seeds=SEEDS[1:], **how)
        identical(found, problem(name), rates=RATES[1:], seeds=SEEDS[1:], **how)
        assert "used rates" not in found.note  # they are seen by a hook on each optimizer's step


def test_peaks_of_such_models_are_tuned_and_judged_as_those_of_others():
    task = problem("dropout")
    tuned = train.tune(task, {"down": "linear(1, 0, T)"}, [0.1, 0.3, 0.9], range(10, 13), steps=10)
    judged = train.judge(task, tuned, range(3))
    assert judged.result.shape == (1, 1, 3) and judged.note == tuned.sweep.note != ""


def test_what_can_be_stacked_still_is():
    assert swept(digits()).note == ""
    quiet = with_model(lambda: mlp(nn.Dropout(0.0), nn.BatchNorm1d(8, track_running_stats=False)), (6,))
    assert swept(quiet).note == ""


def test_an_embedding_that_pads_keeps_its_padding():
    words = torch.randint(0, 5, (60, 4), generator=torch.Generator().manual_seed(0))
    plain = with_model(
        lambda: nn.Sequential(nn.Embedding(5, 2, padding_idx=0), nn.Flatten(), nn.Linear(8, 3)), (6,)
    )

    def batches(seed, steps):
        return replace(plain.batches(seed, steps), inputs=words[:40])

    task = replace(plain, batches=batches, heldout=(words[40:], plain.heldout[1]))
    found = swept(task)
    identical(found, task)
    assert found.note == "one model at a time: Embedding '0' has padding_idx"


# ---------------------------------------------------------------- what stays refused

SHARED = {"norm": nn.BatchNorm1d(3, affine=False), "calls": 0}


class CountingForAll(nn.Linear):
    def forward(self, x):
        SHARED["calls"] += 1
        return super().forward(x) * SHARED["calls"]


OWN = torch.Generator()


class DrawingElsewhere(nn.Linear):
    def forward(self, x):
        return super().forward(x + torch.rand(6, generator=OWN, dtype=x.dtype))


REFUSED = {
    "a counter of all models": (lambda: CountingForAll(6, 3), "a call changes what the next"),
    "another generator": (lambda: DrawingElsewhere(6, 3), "draws from a generator that no seed starts"),
    "a norm of all models": (lambda: nn.Sequential(nn.Linear(6, 3), SHARED["norm"]), "share a buffer that"),
    "other inputs": (lambda: nn.Linear(5, 3), "Linear cannot be trained on a batch: RuntimeError: mat1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_one_run_would_leave_to_the_next_is_refused_in_one_sentence(name):
    make, says = REFUSED[name]
    with pytest.raises(ValueError, match=rf"^sweep: .*{says}") as error:
        swept(with_model(make, (6,)))
    assert "\n" not in str(error.value)


def test_an_update_that_torch_does_not_make_is_refused_where_it_would_be_needed():
    class Own(SGD):
        def update(self, weight, grad, memory, rate, t):
            weight.addcmul_(rate / 2, grad, value=-1)

    with pytest.raises(ValueError, match=r"optimizer Own has an update of its own, but torch\(\) of SGD"):
        swept(problem("gru"), optimizer=Own())


def test_work_is_told_as_it_is_done_in_about_twenty_equal_parts():
    plan, told = Plan(problem("gru"), list(SCHEDULES), RATES, SEEDS), []
    for chunk in range(len(plan.chunks)):
        Engine(plan).train(chunk, told.append)
    assert len(told) == 40 and sum(told) == plan.n_runs and max(told) == 1


def test_progress_says_that_it_is_slow_and_why(monkeypatch, tmp_path):
    file = tmp_path / "progress"
    monkeypatch.setenv("LRLIB_PROGRESS", str(file))
    swept(problem("gru"))
    done, total, what = file.read_text().split("\t")
    assert done == total == "8" and what == "training (one model at a time: GRU 'gru' is recurrent)"
