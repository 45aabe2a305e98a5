"""What is replayed is what would have been computed, to the last bit, and nothing else is."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lrlib import train
from lrlib.tasks import cross_entropy
from lrlib.train import ensemble, recording
from lrlib.train.engine import Engine
from lrlib.train.plan import Plan
from lrlib.train.recording import NotRecordable, Program, Replayed
from lrlib.train.stacking import Stacked
from lrlib.train.updates import SGD, Adam, PerModel
from tests.train.problems import SCHEDULES, WAYS, agree, digits, with_model
from tests.train.test_engine import MODELS

CURVES = ("used", "train_loss", "heldout_loss", "heldout_right")


def trained(task, replayed=True, seeds=(1, 2), rates=(0.05, 0.2), **how):
    """All curves of a sweep in chunks of two, and the engine that trained them."""
    plan = Plan(task, SCHEDULES, rates, seeds, evaluations=6, runs_at_once=2, **how)
    engine = Engine(plan)
    with pytest.MonkeyPatch.context() as patch:
        if not replayed:
            patch.setattr(ensemble, "Replayed", lambda function, kept: function)
        curves = [engine.train(chunk) for chunk in range(len(plan.chunks))]
    return curves, engine


def same(ones, others):
    """Whether two sweeps agree in every bit."""
    for one, other in zip(ones, others, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert np.array_equal(one[name], other[name], equal_nan=True), name


def check(task, **how):
    found, engine = trained(task, **how)
    same(found, trained(task, replayed=False, **how)[0])
    return engine._last


@pytest.mark.parametrize("clip_norm", [float("inf"), 0.5])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", WAYS)
def test_replayed_updates_and_judgements_are_those_of_the_function(name, dtype, clip_norm):
    optimizer, rate = WAYS[name]
    task = digits(hidden=(6, 5))
    how = {"optimizer": optimizer, "rates": (rate / 3, rate), "dtype": dtype, "clip_norm": clip_norm}
    last = check(task, seeds=(1,), **how)
    assert last.update.replays and all(judge.replays for judge, _ in last._judges)


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_that_can_be_stacked_is_replayed(name):
    last = check(with_model(*MODELS[name]), optimizer=Adam())
    assert last.update.replays and all(judge.replays for judge, _ in last._judges)


def test_gradients_for_an_optimizer_of_each_model_are_replayed():
    last = check(digits(), optimizer=PerModel("Prodigy"), rates=(1.0,))
    assert last.gradients.replays


class Remembers(torch.optim.SGD):
    """Steps along the last two gradients, of which it keeps the one before as it was given."""

    def step(self, closure=None):
        (group,) = self.param_groups
        with torch.no_grad():
            for p in group["params"]:
                p.sub_(group["lr"] * (p.grad + self.state[p].get("last", 0)))
                self.state[p]["last"] = p.grad


def test_a_gradient_that_an_optimizer_keeps_is_not_overwritten():
    assert check(digits(), optimizer=PerModel(Remembers)).gradients.replays


def test_runs_that_overflow_are_replayed_to_the_same_infinities():
    found, engine = trained(digits(), rates=(0.1, 1e200))
    same(found, trained(digits(), replayed=False, rates=(0.1, 1e200))[0])
    assert engine._last.update.replays and any(~np.isfinite(each["train_loss"]).all() for each in found)


class RandomBase(nn.Module):
    """A frozen layer, other in each seed, below one that learns."""

    def __init__(self):
        super().__init__()
        self.base, self.head = nn.Linear(6, 5), nn.Linear(5, 3)
        self.base.requires_grad_(False)

    def forward(self, x):
        return self.head(torch.tanh(self.base(x)))


def test_a_chunk_of_the_same_shape_is_recorded_once_and_keeps_nothing_of_the_last(monkeypatch):
    made, init = [], Program.__init__
    monkeypatch.setattr(Program, "__init__", lambda self, *args: (made.append(self), init(self, *args))[1])
    task = with_model(RandomBase, (6,))
    found, engine = trained(task, seeds=range(4), rates=(0.1,), optimizer=SGD(momentum=0.9))
    assert len(engine.plan.chunks) == 4 and len(made) == 2  # an update, a judgement
    same(found, trained(task, replayed=False, seeds=range(4), rates=(0.1,), optimizer=SGD(momentum=0.9))[0])


def test_models_of_the_same_seeds_are_compared_with_single_ones_once(monkeypatch):
    asked, unlike = [], Stacked.unlike
    monkeypatch.setattr(
        Stacked, "unlike", lambda self, seeds, _: (asked.append(seeds), unlike(self, seeds, _))[1]
    )
    engine = trained(digits(), seeds=(1, 2))[1]
    assert len(engine.plan.chunks) > 2 and asked == [[1, 2], [1], [2]]  # the first by the plan


@pytest.mark.parametrize("sizes", [(8, 8, 8, 1, 1, 1, 4, 4, 8, 1), (1, 8, 1, 8), range(1, 9)], ids=len)
def test_batches_of_changing_sizes_are_replayed_each_in_its_own(monkeypatch, sizes):
    """A batch of one row would fit into the memory of one of eight, as eight times the same."""
    monkeypatch.setattr(recording, "MOST_SHAPES", 4)
    plain = with_model(lambda: nn.Linear(6, 3), (6,))

    class Growing:
        def __init__(self, batches):
            self.batches = batches

        def __getitem__(self, t):
            return tuple(part[: sizes[t % len(sizes)]] for part in self.batches[t])

        def to(self, *where):
            return Growing(self.batches.to(*where))

    task = replace(plain, batches=lambda seed, steps: Growing(plain.batches(seed, steps)))
    last = check(task, optimizer=SGD(momentum=0.9))
    assert last.update.replays == (len({*sizes}) <= 4)


# ---------------------------------------------------------------- what is not replayed


class Counting(SGD):
    """Halves the rate after update 4, by a number that Python reads."""

    def update(self, weight, grad, memory, rate, t):
        super().update(weight, grad, memory, rate if float(t) < 4 else rate / 2, t)


class Alternating(SGD):
    """Halves the rate at every other update, by what Python remembers."""

    def update(self, weight, grad, memory, rate, t):
        calls = self.__dict__.setdefault("calls", [0])
        calls[0] += 1
        super().update(weight, grad, memory, rate / (1 + calls[0] // 4 % 2), t)


@pytest.mark.parametrize("optimizer", [Counting, Alternating])
def test_what_python_decides_anew_at_each_update_is_not_replayed(optimizer):
    found, engine = trained(digits(), optimizer=optimizer())
    assert not engine._last.update.replays
    same(found, trained(digits(), replayed=False, optimizer=optimizer())[0])


class Doubling(nn.Module):
    """Doubles its outputs from its seventh call in training on, long after a replay has proved itself."""

    def __init__(self, calls):
        super().__init__()
        self.inner, self.calls = nn.Linear(6, 3), calls

    def forward(self, x):
        self.calls = [*self.calls, x.shape] if self.training else self.calls
        return self.inner(x) * (1 + (len(self.calls) > 6))


class DoublingInPlace(Doubling):
    """The same, in a list that stays the same object."""

    def forward(self, x):
        self.calls += [x.shape] * self.training
        return self.inner(x) * (1 + (len(self.calls) > 6))


@pytest.mark.parametrize("kind", [Doubling, DoublingInPlace])
def test_a_module_that_counts_its_calls_trains_as_it_does_alone(kind):
    task = with_model(lambda: kind([]), (6,))
    found = train.sweep(task, SCHEDULES, (0.05, 0.2), (1, 2), evaluations=3)
    assert f"{kind.__name__} cannot be stacked (calls of seed 1 is not what it is alone)" in found.note
    agree(found, task, SCHEDULES, (0.05, 0.2), (1, 2))


def test_a_loss_whose_sizes_depend_on_data_is_trained_all_the_same():
    plain = with_model(lambda: nn.Linear(6, 3), (6,))

    def loss(outputs, targets):
        return cross_entropy(outputs, targets) * torch.bincount(targets, minlength=3).sum() / len(targets)

    assert np.isfinite(train.sweep(replace(plain, loss=loss), SCHEDULES, 0.1, [0]).result).all()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * float(x.sum()),
        lambda x: x[x > 0].sum(),
        lambda x: torch.rand_like(x) * x,
        lambda x: torch.nn.functional.dropout(x, 0.5),
    ],
)
def test_decisions_sizes_and_draws_are_not_recordable_and_nothing_is_changed(function):
    kept = torch.ones(3)

    def adding(x):
        kept.add_(1)
        return function(x)

    with pytest.raises(NotRecordable):
        Program(function, [], (torch.arange(3.0),))
    replayed = Replayed(adding, [kept])
    for count in (2, 3, 4):
        replayed(torch.arange(3.0))
        assert kept.tolist() == [count] * 3 and not replayed.replays


def test_a_replay_that_fails_is_given_up_and_nothing_is_changed(monkeypatch):
    def fails(self, *fed):
        raise RuntimeError("no kernel")

    monkeypatch.setattr(Program, "__call__", fails)
    kept = torch.ones(3)
    replayed = Replayed(lambda x: kept.add_(x) * 2, [kept])
    for count in (2, 3, 4):
        assert replayed(torch.ones(3)).tolist() == [2 * count] * 3 and kept.tolist() == [count] * 3
    assert not replayed.replays


def test_an_error_of_the_function_is_its_own():
    with pytest.raises(RuntimeError, match="shape"):
        Replayed(lambda x: x @ torch.ones(2, 2), [])(torch.ones(3, 3))


# ---------------------------------------------------------------- any list of operations


def scattered(x, y):
    found = torch.zeros_like(x)
    found[1] += y[0]
    found.t()[0].copy_(x[0, 0])
    return found.index_add(0, torch.tensor([0, 0, 1]), y)


FUNCTIONS = {
    "a shared operand": lambda x, y: (x + 1) + (x + 1).t() @ y,
    "several results": lambda x, y: torch.cat([*(x * 2).max(0, keepdim=True), y.sort(1).values]),
    "layer norm": lambda x, y: torch.layer_norm(x, (3,)) * y,
    "attention": lambda x, y: nn.functional.scaled_dot_product_attention(x[None], y[None], x[None]),
    "in place, on views": scattered,
    "unused": lambda x, y: ((x / y).sum(), x - y)[1],
    "a result twice": lambda x, y: ((z := x.exp()), {"again": z, "part": z[0]}),
    "what it was given": lambda x, y: (x, y[0], x.relu()),
    "complex": lambda x, y: torch.view_as_real(torch.fft.fft(x) * 2),
    "only constants": lambda x, y: torch.full_like(x, 2.0).cumsum(0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_program_gives_what_its_function_gives(name):
    function, random = FUNCTIONS[name], torch.Generator().manual_seed(0)
    replayed = Replayed(function, [])
    for _ in range(5):
        fed = [torch.randn(3, 3, dtype=torch.float64, generator=random) for _ in range(2)]
        asked = function(*(each.clone() for each in fed))
        found = replayed(*fed)
        pairs = zip(recording._tensors([asked]), recording._tensors([found]), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)
    assert replayed.replays


STEPS = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b.t(),
    "product": lambda a, b: a @ b / 4,
    "relu": lambda a, b: a.relu(),
    "softmax": lambda a, b: a.softmax(-1),
    "row": lambda a, b: a[0] - b,
    "columns": lambda a, b: torch.cat([a[:, :2], b[:, 2:]], 1),
    "sum": lambda a, b: a.sum(0, keepdim=True).expand(4, 4),
    "turned": lambda a, b: a.t(),
    "in place": lambda a, b: a.clone().mul_(b),
    "in place, on a view": lambda a, b: (c := a + 0, c[1:3].sub_(b[:2]))[0],
    "in place, seen through a view": lambda a, b: (c := a + 0, v := c.t(), c.add_(b), v * 1)[3],
    "where": lambda a, b: torch.where(a > b, a, b),
    "kept": None,
}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9)),
        min_size=1,
        max_size=14,
    )
)
def test_any_chain_of_operations_is_replayed_in_memory_that_is_used_again(chain):
    random = torch.Generator().manual_seed(1)
    kept = torch.randn(4, 4, dtype=torch.float64, generator=random)

    def function(x):
        values = [x, kept]
        for name, i, j in chain:
            a, b = values[i % len(values)], values[j % len(values)]
            values.append(kept.lerp_(a.tanh(), 0.5) * 1 if name == "kept" else STEPS[name](a, b))
        return values[-1], values[len(values) // 2]

    replayed, mine = Replayed(function, [kept]), kept.clone()
    for _ in range(4):
        x = torch.randn(4, 4, dtype=torch.float64, generator=random)
        found, after = replayed(x), kept.clone()
        kept.copy_(mine)
        asked = function(x.clone())
        for one, other in zip((*asked, kept), (*found, after), strict=True):
            assert torch.equal(one.nan_to_num(), other.nan_to_num())
        mine.copy_(kept)
    assert replayed.replays


def test_memory_is_used_again_and_what_nobody_reads_is_not_computed():
    def function(x):
        (x**2).sum()  # nobody's
        for _ in range(30):
            x = (x @ x).softmax(-1)
        return x

    program = Program(function, [], (torch.randn(5, 5),))
    named = [call[0] for call in program._calls]
    assert len(named) == 60
    places = {id(each) for _, _, kwargs in program._calls for each in kwargs.values()}
    storages = {kwargs["out"].untyped_storage()._cdata for _, _, kwargs in program._calls}
    assert len(places) == 60 and len(storages) <= 3
