"""What an optimizer for each model promises: every run is the loop that anyone would write with it."""

import json
from dataclasses import replace
from typing import ClassVar

import cloudpickle
import numpy as np
import pytest
import torch
from torch import nn

from lrlib import tasks, train
from lrlib.adaptive import METHODS
from lrlib.evidence import sweeps
from lrlib.schedules import warmup_cosine
from lrlib.train import PerModel, workers
from lrlib.train.engine import Engine
from lrlib.train.plan import Plan
from tests.train.problems import PROBLEMS, SCHEDULES, agree, digits, same, stored, with_model

SEEDS = (0, 5)


class Matrices(nn.Module):
    """Two layers without biases."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(6, 5, bias=False), nn.Linear(5, 3, bias=False)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))


class PolyakStep(torch.optim.Optimizer):
    """The loss, over the squared norm of the gradient, times lr."""

    needs_loss = True

    def __init__(self, params, lr=1.0):
        super().__init__(params, {"lr": lr, "said": 0.0})

    @torch.no_grad()
    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        (group,) = self.param_groups
        group["said"] = group["lr"] * float(loss / sum((p.grad**2).sum() for p in group["params"]))
        for p in group["params"]:
            p.add_(p.grad, alpha=-group["said"])
        return loss

    def effective_rates(self):
        return [self.param_groups[0]["said"]]


class Halving(torch.optim.Optimizer):
    """Halves the step until the loss is lower, at most four times: what looks at other weights."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure):
        (group,) = self.param_groups
        with torch.enable_grad():
            loss = closure()
        start = [(p.clone(), p.grad.clone()) for p in group["params"]]
        for k in range(5):
            for p, (weight, gradient) in zip(group["params"], start, strict=True):
                p.copy_(weight - group["lr"] / 2**k * gradient)
            with torch.enable_grad():
                if closure() < loss:
                    return loss


class Averaging(torch.optim.SGD):
    """Trains at its weights and is judged at their average: train() and eval() swap them."""

    def train(self):
        self._to("weights")

    def eval(self):
        self._to("average")

    @torch.no_grad()
    def _to(self, where):
        for p in self.param_groups[0]["params"]:
            kept = self.state[p].setdefault(
                "kept", {"weights": p.clone(), "average": p.clone(), "now": "weights"}
            )
            kept[kept["now"]].copy_(p)
            p.copy_(kept[where])
            kept["now"] = where

    @torch.no_grad()
    def step(self, closure=None):
        super().step(closure)
        for p in self.param_groups[0]["params"]:
            assert self.state[p]["kept"]["now"] == "weights"
            self.state[p]["kept"]["average"].lerp_(p, 0.1)


NETS = {"matrices": with_model(Matrices, (6,)), "digits": digits(label_noise=0.2)}
EACH = {
    "momentum": ("digits", PerModel(torch.optim.SGD, momentum=0.9), 0.1),
    "rmsprop": ("digits", PerModel(torch.optim.RMSprop, alpha=0.9), 0.01),
    "muon": ("matrices", PerModel(torch.optim.Muon, momentum=0.9), 0.02),
    "lbfgs": ("matrices", PerModel(torch.optim.LBFGS, max_iter=3, line_search_fn="strong_wolfe"), 1.0),
    "its loss": ("digits", PerModel(PolyakStep), 0.5),
    "a line search": ("digits", PerModel(Halving), 8.0),
    "an average": ("digits", PerModel(Averaging, momentum=0.5), 0.1),
    "groups of two rates": ("digits", PerModel("MuonAdamW", adamw_lr=0.005), 0.02),
    "Schedule-Free": ("digits", PerModel("ScheduleFreeAdamW", warmup_steps=5), 0.02),
    "Mechanic": ("digits", PerModel("Mechanic", s_init=1e-3, base="Adam"), 0.1),
    "Prodigy": ("digits", PerModel("Prodigy", d0=1e-3), 1.0),
}


@pytest.mark.parametrize(
    ("name", "clip_norm"),
    [*((name, float("inf")) for name in EACH), ("momentum", 0.3), ("a line search", 0.3)],
)
def test_every_run_is_that_of_an_ordinary_loop(name, clip_norm):
    net, optimizer, rate = EACH[name]
    how = {"optimizer": optimizer, "clip_norm": clip_norm}
    found = train.sweep(NETS[net], SCHEDULES, (rate / 2, rate), SEEDS, evaluations=3, runs_at_once=5, **how)
    agree(found, NETS[net], SCHEDULES, (rate / 2, rate), SEEDS, **how)
    assert not found.diverged.any()


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PerModel(torch.optim.SGD), train.SGD()),
        (PerModel(torch.optim.SGD, momentum=0.9), train.SGD(momentum=0.9)),
        (PerModel(torch.optim.AdamW, weight_decay=0.1), train.AdamW(weight_decay=0.1)),
    ],
)
def test_the_optimizers_that_are_batched_give_the_same_runs_one_by_one(problem, one, other):
    task, (low, _) = PROBLEMS[problem]
    a, b = (train.sweep(task, SCHEDULES, (low / 2, low), SEEDS, optimizer=each) for each in (one, other))
    for values in ("used", "train_loss", "heldout_loss", "heldout_right", "effective"):
        assert getattr(a, values) == pytest.approx(getattr(b, values), rel=1e-9, abs=1e-14, nan_ok=True)


def test_effective_rates_are_those_of_the_optimizer_and_used_ones_what_it_was_handed():
    task, optimizer = digits(), PerModel(PolyakStep)
    found = train.sweep(task, SCHEDULES, (0.5, 1.0), SEEDS, evaluations=3, optimizer=optimizer)
    assert found.effective.shape == found.train_loss.shape
    for s, r, n in np.ndindex(found.result.shape):
        one = found.ledger(s, found.base_lrs[r], SEEDS[n])
        alone = train.run(task, SCHEDULES[s], found.base_lrs[r], SEEDS[n], evaluations=3, optimizer=optimizer)
        assert np.array_equal(one.used, one.intended)
        assert one.effective_by_group == pytest.approx(alone.effective_by_group, rel=1e-9)
        assert np.array_equal(one.effective_by_group[:, 0], found.effective[s, r, n])
        assert len(set(one.effective_by_group[1:, 0] / one.used[1:])) == len(one.used) - 1
    assert found.note == "one PolyakStep for each model: used rates are what it was handed"
    batched = train.sweep(task, SCHEDULES, (0.1, 0.2), SEEDS)
    assert (batched.effective == batched.used[:, :, None]).all() and batched.effective.shape == (2, 2, 2, 15)


def test_a_loss_that_is_known_is_not_computed_again():
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        return tasks.cross_entropy(outputs, targets)

    def counted(optimizer):
        calls.clear()
        task = replace(digits(), loss=loss)
        train.sweep(task, SCHEDULES[:1], (0.5,), SEEDS, evaluations=1, optimizer=optimizer)
        return len(calls)

    assert counted(PerModel(PolyakStep)) == counted(PerModel(torch.optim.SGD)) < counted(PerModel(Halving))


def test_a_loss_of_exactly_0_is_a_loss():
    bowl = tasks.get("quadratic", noise=0.0, curvatures=(1.0,))
    found = train.sweep(bowl, "constant(1)", 1.0, SEEDS, steps=3, optimizer=PerModel(torch.optim.SGD))
    assert (found.train_loss[..., 1:] == 0).all() and (found.train_loss[..., 0] > 0).all()


class Half(nn.Module):
    """A frozen layer between two that move, and one that no loss depends on."""

    def __init__(self):
        super().__init__()
        self.first, self.frozen, self.last, self.idle = (
            nn.Linear(a, b) for a, b in ((6, 5), (5, 4), (4, 3), (2, 2))
        )
        self.frozen.requires_grad_(False)

    def forward(self, x):
        return self.last(torch.tanh(self.frozen(self.first(x))))


class Told(torch.optim.SGD):
    shapes: ClassVar[list] = []

    def __init__(self, params, lr):
        params = list(params)
        Told.shapes.append([tuple(p.shape) for p in params])
        super().__init__(params, lr)


def test_an_optimizer_is_given_what_moves_in_its_own_shape_and_order():
    task, Told.shapes = with_model(Half, (6,)), []
    found = train.sweep(task, SCHEDULES, (0.1,), SEEDS, evaluations=3, optimizer=PerModel(Told))
    moving, idle = [(5, 6), (5,), (3, 4), (3,)], [(2, 2), (2,)]
    assert Told.shapes[-4:] == [moving] * 4
    Told.shapes.clear()
    agree(found, task, SCHEDULES, (0.1,), SEEDS, optimizer=PerModel(Told))
    assert Told.shapes[-1] == moving + idle  # which has no gradient


@pytest.mark.parametrize("optimizer", [PerModel(torch.optim.SGD, momentum=0.9), PerModel(Halving)])
def test_a_model_that_diverges_touches_no_other(optimizer):
    task, rates = digits(), (0.01, 1e200, 0.1)
    with np.errstate(all="raise"):
        mixed = train.sweep(task, SCHEDULES, rates, SEEDS, optimizer=optimizer)
        calm = train.sweep(task, SCHEDULES, rates[::2], SEEDS, optimizer=optimizer)
    if optimizer.kind is not Halving:
        assert mixed.diverged[:, 1].all()
    for values in ("train_loss", "heldout_loss", "result", "effective"):
        assert getattr(mixed, values)[:, ::2] == pytest.approx(getattr(calm, values), rel=1e-12)


class Plain(torch.optim.SGD):
    def step(self):
        return super().step()


class Wrapped(torch.optim.SGD):
    def step(self, *args, **kwargs):
        return super().step(*args, **kwargs)


@pytest.mark.parametrize("kind", [Plain, Wrapped])
def test_a_step_that_names_no_closure_is_made_without_one(kind):
    how = {"schedules": SCHEDULES, "base_lrs": (0.1,), "seeds": SEEDS, "evaluations": 3}
    found, torchs = (
        train.sweep(digits(), **how, optimizer=PerModel(each)) for each in (kind, torch.optim.SGD)
    )
    assert found.result.tolist() == torchs.result.tolist()
    agree(found, digits(), SCHEDULES, (0.1,), SEEDS, optimizer=PerModel(kind))


def test_equal_optimizers_are_one_key():
    assert len({PerModel("DoG", eps=0.1), PerModel("DoG", eps=0.1), PerModel("DoG", eps=0.2)}) == 2


def test_a_sweep_that_was_stopped_goes_on_and_another_optimizer_is_another_sweep(tmp_path):
    optimizer = PerModel(PolyakStep)
    first = stored(tmp_path, optimizer=optimizer)
    files = sorted(tmp_path.glob("chunk-*.parquet"))
    for file in files[1::2]:
        file.unlink()
    kept = {file: file.stat().st_mtime_ns for file in files[::2]}
    again = stored(tmp_path, optimizer=optimizer)
    assert same(first, again) and same(first, stored(None, optimizer=optimizer))
    assert np.array_equal(first.effective, again.effective)
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    for other in (PerModel(Halving), PerModel(torch.optim.SGD, momentum=0.1), train.SGD()):
        with pytest.raises(ValueError, match=r"holds another sweep: .*optimizer"):
            stored(tmp_path, optimizer=other)


def test_tuning_widens_and_judging_uses_the_same_optimizer():
    tuned = train.tune(
        digits(), SCHEDULES, (0.01, 0.02, 0.04), range(9, 12), optimizer=PerModel(PolyakStep), widen=1
    )
    assert tuned.widened and tuned.sweep.effective.shape == tuned.sweep.train_loss.shape
    judged = train.judge(digits(), tuned, (0, 1, 2), evaluations=2)
    assert judged.how["optimizer"] == PerModel(PolyakStep)
    assert judged.effective.shape == (2, 1, 3, 15)


def test_a_worker_trains_with_an_optimizer_that_the_caller_defines():
    class Own(PolyakStep):
        pass

    plan = Plan(digits(), SCHEDULES, 0.5, SEEDS, optimizer=PerModel(Own))
    text, known = cloudpickle.dumps(plan), json.dumps(plan.definition)
    there, here = workers._train_chunk(text, known, 0), Engine(plan).train(0)
    assert all(np.array_equal(there[name], here[name], equal_nan=True) for name in here)
    assert "effective" in here


class Convolving(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))


def test_float32_and_convolutions_are_trained_too():
    for task, how in ((digits(), {"dtype": "float32"}), (with_model(Convolving, (1, 6, 6)), {})):
        found = train.sweep(
            task, "linear(1, 0, T)", 0.1, (0, 1), steps=5, optimizer=PerModel(PolyakStep), **how
        )
        alone = train.run(task, "linear(1, 0, T)", 0.1, 1, steps=5, optimizer=PerModel(PolyakStep), **how)
        assert found.ledger(0, seed=1).train_loss == pytest.approx(alone.train_loss, rel=1e-4)


class Replacing(torch.optim.SGD):
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p.data = p.data - self.param_groups[0]["lr"] * p.grad


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (
            {"optimizer": lambda: PerModel(torch.optim.SGD, momentun=0.9)},
            "PerModel: unknown argument 'momentun'; did",
        ),
        (
            {"optimizer": lambda: PerModel(torch.optim.SGD, momentum=-1)},
            "PerModel: SGD refuses: Invalid momentum",
        ),
        ({"optimizer": lambda: PerModel(torch.optim.SGD, lr=0.1)}, "PerModel: lr is what base_lrs"),
        (
            {"optimizer": lambda: PerModel(train.SGD)},
            "PerModel: kind must be a class of torch.optim.Optimizer",
        ),
        ({"optimizer": lambda: PerModel("Adagrand")}, "PerModel: unknown method 'Adagrand'"),
        ({"optimizer": lambda: PerModel(torch.optim.Muon)}, "sweep: Muon refuses: Muon only supports 2D"),
        ({"optimizer": lambda: PerModel(Replacing)}, "sweep: Replacing gives a parameter other data"),
        ({"optimizer": lambda: torch.optim.RMSprop}, r"got torch's RMSprop: pass PerModel\(RMSprop\)"),
        ({"optimizer": lambda: PolyakStep}, r"pass PerModel\(PolyakStep\)"),
        (
            {"optimizer": lambda: "MuonAdamW", "base_lrs": 0.0},
            "sweep: base_lrs must be > 0 for MuonAdamW",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(how, says):
    with pytest.raises(ValueError, match=f"^{says}" if ":" in says[:14] else says) as caught:
        how = {"base_lrs": 0.1, **how, "optimizer": how["optimizer"]()}
        train.sweep(digits(), SCHEDULES, seeds=(0,), **how)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [METHODS["AdaGradNorm"], "AdaGradNorm", "adagradnorm"])
def test_a_method_of_lrlib_is_given_bare_or_by_name(given):
    found = train.sweep(digits(), SCHEDULES, 0.1, (0,), optimizer=given)
    assert found.how["optimizer"] == PerModel("AdaGradNorm") == PerModel(METHODS["AdaGradNorm"])


@pytest.mark.parametrize("name", sorted(METHODS.keys() - {"MuonAdamW", "HyperSGD", "HyperAdam"}))
def test_a_rate_of_0_may_stand_in_a_grid(name):
    task = tasks.get("digits", hidden=[4], n_train=40, batch_size=8)
    both = train.sweep(task, "constant(1)", [0.0, 0.1], SEEDS, steps=3, optimizer=name)
    assert not both.effective[0, 0].any() and np.isfinite(both.result).all()


@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_lrlib_trains_as_in_an_ordinary_loop(name):
    task, schedule, seeds = digits(label_noise=0.2), warmup_cosine(6, 2), (3, 4)
    found = train.sweep(task, schedule, 0.5, seeds, evaluations=3, optimizer=name)
    agree(found, task, (schedule,), (0.5,), seeds, optimizer=name)


def test_a_stored_sweep_may_name_a_method_and_its_options():
    given = {"optimizer": {"name": "AdaGradNorm", "b0": 0.5}}
    assert sweeps._optimizer(given) == PerModel("AdaGradNorm", b0=0.5)
    with pytest.raises(ValueError, match=r"^PerModel: .*'b2'"):
        sweeps._optimizer({"optimizer": {"name": "AdaGradNorm", "b2": 0.5}})
