"""What the ledger promises: the rate that the optimizer read, whoever set it, beside the losses it led to."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib.ledger import Ledger, Recorder
from lrlib.optim import ScheduleLR
from lrlib.schedules import cosine, linear


def weight():
    return torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))


def moved(optimizer):
    """How far one update moves each group's weight from 0 against a gradient of 1: the rate, recovered."""
    params = [group["params"][0] for group in optimizer.param_groups]
    for p in params:
        p.data.zero_()
        p.grad = torch.ones_like(p)
    optimizer.step()
    return [-p.item() for p in params]


rates = st.floats(0, 100) | st.floats(1e-12, 1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(rates, min_size=2, max_size=2), max_size=12))
def test_the_used_rate_is_what_moved_the_weights(sets):
    optimizer = torch.optim.SGD([{"params": [weight()]}, {"params": [weight()]}], lr=0.1)
    recovered = []
    with Ledger.watch(optimizer) as ledger:
        for pair in sets:
            for group, rate in zip(optimizer.param_groups, pair, strict=True):
                group["lr"] = rate
            recovered.append(moved(optimizer))
    assert ledger.used_by_group.tolist() == recovered == sets
    assert ledger.used.tolist() == [pair[0] for pair in sets]
    assert ledger.steps.tolist() == list(range(len(sets)))


def test_a_rate_changed_behind_the_schedulers_back_is_what_the_ledger_shows():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    schedule = cosine(1, 0, 10)
    scheduler = ScheduleLR(optimizer, schedule)
    recovered = []
    with Ledger.watch(optimizer, intended=schedule, base_lr=0.1) as ledger:
        for t in range(10):
            if t in (3, 7):
                optimizer.param_groups[0]["lr"] = 9.0
            recovered += moved(optimizer)
            scheduler.step()
    assert ledger.used.tolist() == recovered
    assert np.flatnonzero(ledger.used != ledger.intended).tolist() == [3, 7]
    assert ledger.largest_gap() == pytest.approx(9.0 - 0.1 * schedule(7))


def test_assigning_attributes_of_the_optimizer_has_no_effect_and_the_ledger_says_so():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    with Ledger.watch(optimizer) as ledger:
        optimizer.lr = 5.0
        optimizer._lr = 6.0
        optimizer.defaults["lr"] = 7.0
        assert moved(optimizer) == [0.1]
    assert ledger.used.tolist() == [0.1]


@pytest.mark.parametrize("scheduler_first", [True, False])
def test_a_scheduler_stepped_by_a_hook_does_not_shift_the_record(scheduler_first):
    optimizer = torch.optim.SGD([weight()], lr=1.0)
    scheduler = ScheduleLR(optimizer, linear(1, 0, 8))

    def hook():
        optimizer.register_step_post_hook(lambda *_: scheduler.step())

    if scheduler_first:
        hook()
    with Ledger.watch(optimizer) as ledger:
        if not scheduler_first:
            hook()
        recovered = [moved(optimizer)[0] for _ in range(8)]
    assert ledger.used.tolist() == recovered == linear(1, 0, 8).values(8).tolist()


def test_the_hook_is_gone_after_the_block_also_after_an_error():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    with Ledger.watch(optimizer) as ledger:
        moved(optimizer)
    moved(optimizer)
    assert len(ledger.used) == 1
    with pytest.raises(RuntimeError), Ledger.watch(optimizer, intended=cosine(1, 0, 9)) as broken:
        moved(optimizer)
        raise RuntimeError
    moved(optimizer)
    assert len(broken.used) == len(broken.intended) == 1
    assert not optimizer._optimizer_step_post_hooks


def test_two_ledgers_can_watch_one_optimizer():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    with Ledger.watch(optimizer) as outer:
        moved(optimizer)
        with Ledger.watch(optimizer) as inner:
            moved(optimizer)
        moved(optimizer)
    assert (len(outer.used), len(inner.used)) == (3, 1)


def test_a_group_added_later_is_nan_before_it_existed():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    with Ledger.watch(optimizer) as ledger:
        moved(optimizer)
        moved(optimizer)
        optimizer.add_param_group({"params": [weight()], "lr": 0.7})
        moved(optimizer)
    expected = np.array([[0.1, np.nan], [0.1, np.nan], [0.1, 0.7]])
    assert np.array_equal(ledger.used_by_group, expected, equal_nan=True)
    assert ledger.used.tolist() == [0.1] * 3


def test_losses_stand_beside_the_update_they_belong_to():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    with Ledger.watch(optimizer) as ledger:
        ledger.record(heldout_loss=90)  # before any update
        for t in range(6):
            moved(optimizer)
            if t != 2:
                ledger.record(train_loss=torch.tensor(10.0 + t))
            if t % 2:
                ledger.record(heldout_loss=90 + t + 1)
    wanted = np.array([10, 11, np.nan, 13, 14, 15])
    assert np.array_equal(ledger.train_loss, wanted, equal_nan=True)
    assert ledger.heldout_steps.tolist() == [0, 2, 4, 6]
    assert ledger.heldout_loss.tolist() == [90, 92, 94, 96]
    assert ledger.result == 96


def test_intended_may_be_an_array_of_rates_or_nothing():
    optimizer = torch.optim.SGD([weight()], lr=0.5)
    with Ledger.watch(optimizer, intended=[0.5, 0.4]) as ledger:
        moved(optimizer)
        moved(optimizer)
    assert ledger.largest_gap() == pytest.approx(0.1)
    with Ledger.watch(optimizer) as unsaid:
        moved(optimizer)
    assert unsaid.intended is None
    with pytest.raises(ValueError, match="intended"):
        unsaid.largest_gap()


def test_a_diverged_run_counts_as_a_constant_guess():
    assert Ledger(guess=2.3, diverged=True, heldout_steps=[5], heldout_loss=[1e300]).result == 2.3
    assert Ledger(guess=2.3, heldout_steps=[5], heldout_loss=[0.7]).result == 0.7


def test_an_empty_ledger_is_empty_everywhere():
    ledger = Ledger()
    for values in (ledger.used, ledger.used_by_group, ledger.train_loss, ledger.heldout_loss, ledger.steps):
        assert len(values) == 0


def test_the_largest_gap_looks_at_every_group_and_refuses_another_length():
    ledger = Recorder(intended=np.array([0.1, 0.1]))
    ledger.saw([{"lr": 0.1}, {"lr": 99.0}])
    with pytest.raises(ValueError, match="1 updates"):
        ledger.largest_gap()
    ledger.saw([{"lr": 0.1}, {"lr": 0.1}])
    assert ledger.largest_gap() == pytest.approx(98.9)


# ---------------------------------------------------------------- what was intended, group by group


TWO = (0.1, 0.01)


def two_groups(bases=TWO):
    return torch.optim.SGD([{"params": [weight()], "lr": lr} for lr in bases])


def driven(intended, schedule=cosine(1, 0, 10), updates=10, **how):  # noqa: B008 - immutable
    """The ledger of two groups that ScheduleLR drives."""
    optimizer = two_groups()
    scheduler = ScheduleLR(optimizer, schedule)
    with Ledger.watch(optimizer, intended=intended, **how) as ledger:
        for _ in range(updates):
            moved(optimizer)
            scheduler.step()
    return ledger


PAIR = [cosine(1, 0, 10), linear(1, 0.5, 10)]
PAIR_RATES = np.stack([b * s.values(10) for b, s in zip(TWO, PAIR, strict=True)], axis=1)


@pytest.mark.parametrize(
    ("intended", "schedule", "how"),
    [
        (cosine(1, 0, 10), cosine(1, 0, 10), {}),
        (cosine(1, 0, 10), cosine(1, 0, 10), {"base_lr": 0.1}),
        (lambda t: cosine(1, 0, 10)(t), cosine(1, 0, 10), {}),
        (PAIR, PAIR, {}),
        (PAIR_RATES, PAIR, {}),
        (PAIR_RATES.tolist(), PAIR, {}),
    ],
)
def test_two_groups_at_their_own_base_rates_have_no_gap(intended, schedule, how):
    assert driven(intended, schedule, **how).largest_gap() == pytest.approx(0, abs=1e-17)


def test_a_group_that_was_left_behind_has_its_own_gap():
    optimizer = two_groups()
    with Ledger.watch(optimizer, intended=linear(1, 0, 10)) as ledger:
        for t in range(10):
            optimizer.param_groups[0]["lr"] = 0.1 * linear(1, 0, 10)(t)
            moved(optimizer)
    assert ledger.largest_gap() == pytest.approx(0.01 * 0.9)
    assert driven(PAIR, PAIR[0]).largest_gap() == pytest.approx(
        np.abs(PAIR[0].values(10) - PAIR[1].values(10)).max() * 0.01
    )


def test_a_group_added_later_is_intended_from_its_first_update_on():
    optimizer = two_groups()
    scheduler = ScheduleLR(optimizer, linear(1, 0, 10))
    with Ledger.watch(optimizer, intended=linear(1, 0, 10)) as ledger:
        for t in range(10):
            if t == 4:
                optimizer.add_param_group({"params": [weight()], "lr": 0.7})
            moved(optimizer)
            scheduler.step()
    assert ledger.used_by_group[4:, 2].tolist() == (0.7 * linear(1, 0, 10).values(10)[4:]).tolist()
    assert ledger.largest_gap() == 0


def warmed_up_by_hand(**how):
    """Two groups whose rates are written before each update, and so are 0 when the record begins."""
    optimizer = two_groups()

    def write(t):
        for group, base in zip(optimizer.param_groups, TWO, strict=True):
            group["lr"] = base * linear(0, 1, 10)(t)

    write(0)
    with Ledger.watch(optimizer, **how) as ledger:
        for t in range(10):
            write(t)
            moved(optimizer)
    return ledger


@pytest.mark.parametrize("intended", [linear(0, 1, 10), lambda t: t / 10, [linear(0, 1, 10)] * 2])
def test_a_warm_up_by_hand_from_zero_is_accused_of_nothing(intended):
    with pytest.raises(
        ValueError,
        match=r"^Ledger\.watch: a rate is 0, its base not known: pass base_lr, .* one for each group$",
    ):
        warmed_up_by_hand(intended=intended)
    for bases in (TWO, list(TWO), np.array(TWO)):
        assert warmed_up_by_hand(intended=intended, base_lr=bases).largest_gap() == pytest.approx(
            0, abs=1e-17
        )
    assert warmed_up_by_hand(intended=intended, base_lr=[0.1, 0.02]).largest_gap() == pytest.approx(0.009)
    rates = np.outer(linear(0, 1, 10).values(10), TWO)
    assert warmed_up_by_hand(intended=rates).largest_gap() == pytest.approx(0, abs=1e-17)


def test_one_base_rate_is_enough_for_one_group_that_begins_at_zero():
    optimizer = torch.optim.SGD([weight()], lr=0.0)
    with Ledger.watch(optimizer, intended=linear(0, 1, 4), base_lr=0.1) as ledger:
        for t in range(4):
            optimizer.param_groups[0]["lr"] = 0.1 * linear(0, 1, 4)(t)
            moved(optimizer)
    assert ledger.largest_gap() == pytest.approx(0, abs=1e-17)


def test_a_base_rate_of_zero_that_a_scheduler_noted_is_meant():
    optimizer = torch.optim.SGD([{"params": [weight()], "lr": 0.1}, {"params": [weight()], "lr": 0.0}])
    scheduler = ScheduleLR(optimizer, linear(0, 1, 4))
    with Ledger.watch(optimizer, intended=linear(0, 1, 4)) as ledger:
        for _ in range(4):
            moved(optimizer)
            scheduler.step()
    assert ledger.largest_gap() == 0


def test_a_text_is_read_as_what_was_intended():
    ledger = driven("cosine(1, 0, 10)", cosine(1, 0, 10))
    assert (ledger.schedule, ledger.largest_gap()) == (cosine(1, 0, 10), pytest.approx(0, abs=1e-17))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"intended": "cosinus(1, 0, 9)"}, r"unknown schedule 'cosinus'; did you mean 'cosine'"),
        ({"intended": ScheduleLR(torch.optim.SGD([weight()], lr=0.1), linear(1, 0, 9))},
         r"intended must be a schedule or its text, a list .*, or rates, got <.*"),
        ({"intended": [linear(1, 0, 9), 0.1]}, r"intended must be .*, got \[linear.*"),
        ({"intended": "cosine(1, 0, T)"}, "^Ledger.watch: T stands for the number of steps"),
        ({"intended": ["0.1", "0.1"]}, "intended must be"),
        ({"intended": np.ma.array([0.1, 0.1], mask=[0, 1])}, "intended must be"),
        *[({"intended": linear(1, 0, 9), "base_lr": base}, "base_lr must be a finite number >= 0, or None")
          for base in ("0.1", -1, np.nan, np.inf, True)],
        ({"intended": linear(1, 0, 9), "base_lr": [0.1]}, "base_lr must be a number >= 0, or 2 of them, .*"),
        ({"intended": linear(1, 0, 9), "base_lr": [0.1, -1]}, "base_lr must be a number >= 0, or 2 of .*"),
    ],
)  # fmt: skip
def test_what_cannot_be_intended_is_refused_in_one_sentence(how, says):
    with pytest.raises(ValueError, match=says) as refusal, Ledger.watch(two_groups(), **how):
        pass
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("kind", [torch.nn.Linear(2, 2), [weight()], None])
def test_what_is_no_optimizer_cannot_be_watched(kind):
    says = r"^Ledger\.watch: optimizer must be one of torch, got a \w+$"
    with pytest.raises(TypeError, match=says), Ledger.watch(kind):
        pass


def test_a_base_rate_that_differs_from_the_optimizers_is_a_gap():
    assert driven(cosine(1, 0, 10), base_lr=0.2).largest_gap() == pytest.approx(0.1)


@pytest.mark.parametrize("intended", [PAIR_RATES[:9], PAIR_RATES[:, [0, 1, 1]], PAIR[:1], PAIR_RATES[0, 0]])
def test_another_number_of_updates_or_groups_than_intended_is_refused(intended):
    with pytest.raises(ValueError, match=r"10 updates of 2 groups|nothing was intended for a group"):
        driven(intended).largest_gap()


# ---------------------------------------------------------------- a record and its recorder


def test_a_ledger_is_a_record_that_nothing_changes():
    ledger = Ledger(used_by_group=[0.1, 0.2])
    assert ledger.used_by_group.shape == (2, 1)
    assert np.isnan(ledger.train_loss).tolist() == [True, True]
    for name in ("used_by_group", "label", "diverged"):
        with pytest.raises(AttributeError):
            setattr(ledger, name, 1)


def test_a_ledger_shares_no_array_with_whoever_made_it_and_none_can_be_written():
    rates = np.array([0.1, 0.2])
    ledger = Ledger(used_by_group=rates, intended=rates)
    rates[:] = 5
    assert ledger.used.tolist() == ledger.intended.tolist() == [0.1, 0.2]
    with pytest.raises(ValueError, match="read-only"):
        ledger.used_by_group[0] = 5


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"used_by_group": "ab"}, "used_by_group must be numbers"),
        ({"used_by_group": [[0.1], [0.1, 0.2]]}, "used_by_group must be numbers"),
        ({"used_by_group": np.ones((2, 2, 2))}, r"used_by_group must be of shape \(2, 2\)"),
        ({"effective_by_group": [[0.1]]}, r"effective_by_group must be of shape \(2, 1\)"),
        ({"train_loss": [1.0]}, r"train_loss must be of shape \(2,\)"),
        ({"heldout_steps": [1, 2], "heldout_loss": [1.0]}, r"heldout_loss must be of shape \(2,\)"),
        (
            {"heldout_steps": [1.7], "heldout_loss": [1.0]},
            "heldout_steps must be whole numbers in increasing",
        ),
        (
            {"heldout_steps": [2, 1], "heldout_loss": [1, 2]},
            "heldout_steps must be whole numbers in increasing",
        ),
        ({"intended": linear(1, 0, 2)}, "intended must be numbers"),
    ],
)
def test_a_ledger_refuses_arrays_that_do_not_belong_together(wrong, says):
    with pytest.raises(ValueError, match=f"^Ledger: {says}"):
        Ledger(**{"used_by_group": [0.1, 0.2], **wrong})


@pytest.mark.parametrize("loss", ["0.5", 1j, [0.5, 0.6], torch.ones(2), None])
def test_a_loss_is_one_number(loss):
    recorder = Recorder()
    with pytest.raises(ValueError, match="train_loss must be one number, a loss"):
        recorder.record(train_loss="none" if loss is None else loss)


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_rate_that_became_nan_is_not_counted_as_no_gap(at):
    optimizer = two_groups()
    with Ledger.watch(optimizer, intended=[[0.1, 0.01]] * 4) as ledger:
        for t in range(4):
            optimizer.param_groups[0]["lr"] = np.nan if t == at else 0.1
            moved(optimizer)
    with pytest.raises(ValueError, match="a rate that was used is no number"):
        ledger.largest_gap()


def test_a_function_of_one_step_may_be_intended():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: math.exp(-t) if t > 1 else 1)
    with Ledger.watch(optimizer, intended=scheduler.lr_lambdas[0]) as ledger:
        for _ in range(4):
            moved(optimizer)
            scheduler.step()
    assert ledger.largest_gap() == 0


def test_what_a_recorder_made_stays_as_it_was_while_the_run_goes_on():
    optimizer = torch.optim.SGD([weight()], lr=0.1)
    with Ledger.watch(optimizer, intended=cosine(1, 0, 9), label="run") as recorder:
        moved(optimizer)
        first = recorder.ledger
        moved(optimizer)
    assert (len(first.used), len(recorder.used)) == (1, 2)
    assert (first.label, first.schedule) == ("run", cosine(1, 0, 9))
    assert isinstance(recorder, Ledger)
    assert isinstance(recorder, Recorder)
    for again in (pickle.loads(pickle.dumps(recorder)), copy.deepcopy(recorder)):
        assert again.used.tolist() == recorder.used.tolist()


def test_a_result_without_held_out_losses_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="no held-out loss"):
        Ledger(used_by_group=[0.1]).result  # noqa: B018


# ---------------------------------------------------------------- what is an update


@pytest.mark.skipif(not hasattr(torch.amp, "GradScaler"), reason="this torch scales gradients on GPUs only")
@pytest.mark.parametrize("fused", [False, True])
def test_updates_that_mixed_precision_skipped_are_not_in_the_ledger(fused):
    p = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([p], lr=0.01, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)
    made = []
    with Ledger.watch(optimizer) as ledger:
        for batch in range(20):
            optimizer.zero_grad()
            scaler.scale((np.inf if batch == 15 else 2.0**10) * p.sum()).backward()
            before = p.detach().clone()
            scaler.step(optimizer)
            scaler.update()
            ledger.record(train_loss=batch)
            if not torch.equal(before, p):
                made.append(batch)
    assert 10 < len(made) < 19
    assert 15 not in made
    assert ledger.train_loss.tolist() == made
    assert len(ledger.steps) == len(made)


class Sharpness(torch.optim.Optimizer):
    """Sharpness-aware minimization in its usual form: two parts, the second by an optimizer inside."""

    def __init__(self, params, base, **settings):
        super().__init__(params, settings)
        self.base_optimizer = base(self.param_groups, **settings)
        self.param_groups = self.base_optimizer.param_groups
        self.defaults.update(self.base_optimizer.defaults)

    def first_step(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["old"] = p.detach().clone()
                p.data.add_(p.grad)

    def second_step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.data.copy_(self.state[p]["old"])
        self.base_optimizer.step()

    def step(self, closure):
        self.first_step()
        closure()
        self.second_step()


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
@pytest.mark.parametrize("by_parts", [True, False])
def test_an_optimizer_with_two_parts_makes_one_update(by_parts):
    p = weight()
    optimizer = Sharpness([{"params": [p]}], torch.optim.SGD, lr=0.5)
    scheduler = ScheduleLR(optimizer, linear(1, 0, 8))
    p.grad, moves = torch.ones_like(p), []
    with Ledger.watch(optimizer, intended=linear(1, 0, 8)) as ledger:
        for _ in range(8):
            before = p.item()
            if by_parts:
                optimizer.first_step()
                optimizer.second_step()
            else:
                optimizer.step(lambda: None)
            moves.append(before - p.item())
            scheduler.step()
    assert ledger.used == pytest.approx(moves)
    assert ledger.largest_gap() == 0


class Twice(torch.optim.SGD):
    """Its step calls that of its parent, for which torch calls the hooks too, once a plain SGD was built."""

    def step(self, closure=None):
        self.before_step()
        super().step()
        return super().step(closure)

    def before_step(self):
        pass


@pytest.mark.parametrize("times", [1, 2])
def test_a_step_that_calls_the_step_of_its_parent_is_one_update(times):
    torch.optim.SGD([weight()], lr=0.1)

    class Deeper(Twice):
        def step(self, closure=None):
            return super().step(closure)

    optimizer = (Twice, Deeper)[times - 1]([weight()], lr=0.1)
    Twice([weight()], lr=0.1)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(4):
            with pytest.raises(ZeroDivisionError):
                optimizer.step(lambda: 1 / 0)
            moved(optimizer)
    assert ledger.used.tolist() == [0.1] * 4


def test_the_step_of_another_optimizer_inside_is_not_taken_for_its_own():
    inner = torch.optim.SGD([weight()], lr=0.2)
    outer = torch.optim.SGD([weight()], lr=0.1)
    with Ledger.watch(inner) as of_inner, Ledger.watch(outer) as of_outer:
        for _ in range(3):
            outer.step(lambda: moved(inner))
    assert (of_inner.used.tolist(), of_outer.used.tolist()) == ([0.2] * 3, [0.1] * 3)


def test_a_step_with_a_closure_is_one_update_however_often_the_closure_is_called():
    p = weight()
    optimizer = torch.optim.LBFGS([p], lr=0.5, max_iter=5)
    calls = []

    def closure():
        p.grad = 2 * (p.detach() - 1)
        calls.append(1)
        return ((p - 1) ** 2).sum()

    with Ledger.watch(optimizer) as ledger:
        for _ in range(3):
            optimizer.step(closure)
    assert len(calls) > 3
    assert ledger.used.tolist() == [0.5] * 3


# ---------------------------------------------------------------- optimizers that scale the rate inside


def matrix():
    return torch.nn.Parameter(torch.ones(3, 4))


def watched(optimizer, updates=6):
    """The ledger of an optimizer, and how far each update moved its first weights."""
    p, moves = optimizer.param_groups[0]["params"][0], []
    with Ledger.watch(optimizer) as ledger:
        for _ in range(updates):
            before = p.detach().clone()
            p.grad = torch.ones_like(p)
            optimizer.step(lambda: torch.tensor(1.0))
            moves.append((before - p.detach()).abs().max().item())
    return ledger, moves


UNSAID = {
    "Adafactor": {},
    "Muon": {},
    "Adagrad": {"lr_decay": 0.5},
    "ASGD": {"lambd": 0.5},
    "Rprop": {},
    "LBFGS": {},
}


@pytest.mark.parametrize("name", UNSAID)
def test_an_optimizer_that_scales_its_rate_and_does_not_say_so_is_said_not_to_use_the_whole_rate(name):
    if not hasattr(torch.optim, name):
        pytest.skip(f"torch {torch.__version__} has no {name}")
    ledger, moves = watched(getattr(torch.optim, name)([matrix()], lr=0.1, **UNSAID[name]))
    assert ledger.used.tolist() == [0.1] * 6
    assert moves != pytest.approx([0.1] * 6, rel=1e-3)
    assert np.isnan(ledger.effective_by_group).all()
    assert ledger.note == f"not the whole rate: {name} scales it inside, and does not say by how much"
    for again in (pickle.loads(pickle.dumps(ledger)), copy.deepcopy(ledger)):
        assert again.note == ledger.note


@pytest.mark.parametrize(
    ("name", "settings"), [("SGD", {}), ("AdamW", {}), ("Adagrad", {"eps": 1e-30}), ("ASGD", {"lambd": 0})]
)
def test_an_optimizer_that_takes_its_rate_as_it_is_needs_no_note(name, settings):
    ledger, _ = watched(getattr(torch.optim, name)([matrix()], lr=0.1, **settings))
    assert ledger.effective_by_group.tolist() == ledger.used_by_group.tolist() == [[0.1]] * 6
    assert ledger.note == Ledger(used_by_group=[0.1]).note == ""


def test_a_group_that_joins_an_optimizer_with_a_scale_inside_has_none_before():
    optimizer = torch.optim.Adagrad([weight()], lr=0.1, lr_decay=0.0)
    with Ledger.watch(optimizer) as ledger:
        moved(optimizer)
        assert ledger.note == ""
        optimizer.add_param_group({"params": [weight()], "lr_decay": 0.5})
        moved(optimizer)
    effective = np.array([[0.1, np.nan], [0.1, np.nan]])
    assert np.array_equal(ledger.effective_by_group, effective, equal_nan=True)
    assert ledger.note.startswith("not the whole rate: Adagrad")


def test_a_multiplier_that_nobody_reads_leaves_the_base_unknown():
    optimizer = torch.optim.SGD([{"params": [weight()], "lr_scale": 0.25}, {"params": [weight()]}], lr=0.1)
    says = r"^Ledger\.watch: parameter group 0 has lr_scale = 0\.25, .*group\.pop\(\"lr_scale\"\).*"
    with pytest.raises(ValueError, match=says), Ledger.watch(optimizer, intended=linear(1, 0, 4)):
        pass
    with Ledger.watch(optimizer, intended=linear(1, 0, 4), base_lr=[0.025, 0.1]) as ledger:
        assert moved(optimizer) == [0.1, 0.1]
    assert ledger.used_by_group.tolist() == [[0.1, 0.1]]
    assert ledger.largest_gap() == pytest.approx(0.075)
