"""What ScheduleLR and ParamSchedule promise: the right values at every update, after every kind of resume."""

import collections
import copy
import gc
import io
import json
import math
import pickle
import weakref
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as reference

from lrlib import schedules as S
from lrlib.ledger import Ledger
from lrlib.optim import FeedbackLR, Greedy, ParamSchedule, Plateau, ScheduleLR, Standing, swa
from lrlib.rules import Refused, WrongCall
from lrlib.schedules import constant, cosine, linear, multistep

TORCH = tuple(map(int, torch.__version__.split(".")[:2]))
STEPS = 40
BASES = (0.1, 0.03)
SCHEDULES = [
    S.warmup_cosine(STEPS, 6, 0.01),
    cosine(1, 0, 5).loop(t_mult=1.5, gamma=0.8),
    linear(0, 1, 10) * multistep((15, 25, 25), 0.3),
    S.wsd(30, 5, 10),
]


def parameters(count):
    generator = torch.Generator().manual_seed(7)
    return [
        torch.nn.Parameter(torch.randn(3, generator=generator, dtype=torch.float64)) for _ in range(count)
    ]


def momentum_sgd(bases=BASES):
    groups = [{"params": [p], "lr": lr} for p, lr in zip(parameters(len(bases)), bases, strict=True)]
    return torch.optim.SGD(groups, lr=9.0, momentum=0.9)


def weights(optimizer):
    return [p.detach().clone() for group in optimizer.param_groups for p in group["params"]]


def train(optimizer, scheduler, start, stop, after_update=lambda done: None):
    """Updates start .. stop-1 of a problem whose gradients depend on weights and step; the rates used."""
    with Ledger.watch(optimizer) as ledger:
        for t in range(start, stop):
            for group in optimizer.param_groups:
                for p in group["params"]:
                    p.grad = 0.1 * p.detach() + math.sin(t)
            optimizer.step()
            scheduler.step()
            after_update(t + 1)
    return ledger.used_by_group


def saved(*states):
    """The states as a checkpoint holds them: through a file that may contain no code, and through JSON."""
    *states, of_scheduler = states
    states.append(json.loads(json.dumps(of_scheduler, allow_nan=False)))
    file = io.BytesIO()
    torch.save(states, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def whole_run(make):
    """The uninterrupted run: its rates, its last weights, and a checkpoint after every update."""
    optimizer = momentum_sgd()
    scheduler = make(optimizer)
    checkpoints = {}

    def save(done):
        checkpoints[done] = saved(weights(optimizer), optimizer.state_dict(), scheduler.state_dict())

    rates = train(optimizer, scheduler, 0, STEPS, save)
    return rates, weights(optimizer), checkpoints


def resumed(make, checkpoint, order, bases=BASES, build=None):
    """Optimizer and scheduler of a new process, restored in the given order."""
    values, of_optimizer, of_scheduler = copy.deepcopy(checkpoint)
    optimizer = build() if build else momentum_sgd(bases)
    for group, value in zip(optimizer.param_groups, values, strict=True):
        group["params"][0].data.copy_(value)
    if order == "optimizer before the scheduler is built":
        optimizer.load_state_dict(of_optimizer)
    scheduler = make(optimizer)
    if order == "optimizer first":
        optimizer.load_state_dict(of_optimizer)
    scheduler.load_state_dict(of_scheduler)
    if order == "optimizer last":
        optimizer.load_state_dict(of_optimizer)
    return optimizer, scheduler


ORDERS = [
    "optimizer first",
    "optimizer before the scheduler is built",
    "scheduler only",
    "optimizer last",
]


def wrong_resumes(make, order):
    """The steps at which a resumed run uses another rate, or ends at other weights, than the whole run."""
    rates, last, checkpoints = whole_run(make)
    wrong = []
    for k in range(1, STEPS):
        optimizer, scheduler = resumed(make, checkpoints[k], order)
        again = train(optimizer, scheduler, k, STEPS)
        same = np.array_equal(again, rates[k:])
        if order != "scheduler only":  # without the optimizer's momentum only the rates can agree
            same &= all(torch.equal(a, b) for a, b in zip(weights(optimizer), last, strict=True))
        if not same:
            wrong.append(k)
    return wrong


# ---------------------------------------------------------------- resume


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("schedule", SCHEDULES[:3], ids=str)
def test_resume_is_exact_at_every_step_in_any_restore_order(schedule, order):
    assert wrong_resumes(lambda o: ScheduleLR(o, schedule), order) == []


def test_the_same_check_finds_the_restore_orders_that_torchs_schedulers_fail():
    def torchs_cosine(optimizer):
        return reference.CosineAnnealingLR(optimizer, STEPS)

    def torchs_warmup(optimizer):
        return reference.LinearLR(optimizer, 0.1, 1, 20)

    assert wrong_resumes(torchs_cosine, "optimizer first") == []
    assert wrong_resumes(torchs_cosine, "scheduler only") == list(range(1, STEPS))
    assert wrong_resumes(torchs_warmup, "optimizer before the scheduler is built") == list(range(1, STEPS))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SCHEDULES), st.integers(1, STEPS - 1), st.sampled_from(ORDERS), st.floats(1e-6, 10))
def test_resume_writes_the_rate_into_the_optimizer_at_once(schedule, k, order, base):
    def make(optimizer):
        return ScheduleLR(optimizer, schedule)

    optimizer = momentum_sgd((base,))
    scheduler = make(optimizer)
    train(optimizer, scheduler, 0, k)
    checkpoint = saved(weights(optimizer), optimizer.state_dict(), scheduler.state_dict())
    again, scheduler = resumed(make, checkpoint, order, (base,))
    assert again.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"] == base * schedule(k)
    assert scheduler.get_last_lr() == [base * schedule(k)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
def test_last_epoch_continues_after_that_update(schedule):
    rates, _, checkpoints = whole_run(lambda o: ScheduleLR(o, schedule))
    for done in range(1, STEPS, 3):
        optimizer = momentum_sgd()
        optimizer.load_state_dict(checkpoints[done][1])
        scheduler = ScheduleLR(optimizer, schedule, last_epoch=done - 1)
        assert np.array_equal(train(optimizer, scheduler, done, STEPS), rates[done:])


def test_last_epoch_needs_the_optimizers_state():
    with pytest.raises(KeyError, match="initial_lr"):
        ScheduleLR(momentum_sgd(), SCHEDULES[0], last_epoch=3)


# ---------------------------------------------------------------- rates


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(SCHEDULES),
    st.lists(st.floats(1e-8, 1e3), min_size=1, max_size=4),
)
def test_each_group_moves_by_its_base_rate_times_the_schedule(schedule, bases):
    ones = [torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for _ in bases]
    optimizer = torch.optim.SGD([{"params": [p], "lr": lr} for p, lr in zip(ones, bases, strict=True)])
    scheduler = ScheduleLR(optimizer, schedule)
    for t in range(STEPS):
        for p in ones:
            p.data.zero_()
            p.grad = torch.ones_like(p)
        optimizer.step()  # from 0, against a gradient of 1: the new weight is minus the rate
        moved = [-p.item() for p in ones]
        assert moved == [base * schedule(t) for base in bases]
        scheduler.step()


@pytest.mark.parametrize("method", ["SGD", "AdamW", "RMSprop", "Adagrad", "NAdam", "Rprop"])
def test_any_torch_optimizer_can_be_driven(method):
    optimizer = getattr(torch.optim, method)(parameters(1), lr=0.2)
    rates = train(optimizer, ScheduleLR(optimizer, SCHEDULES[0]), 0, STEPS)
    assert np.array_equal(rates[:, 0], [0.2 * SCHEDULES[0](t) for t in range(STEPS)])


def test_get_last_lr_is_what_the_next_update_will_use():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    for t in range(12):
        assert scheduler.get_last_lr() == [base * SCHEDULES[0](t) for base in BASES]
        assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        assert scheduler._last_lr == scheduler.get_last_lr()  # as many a tutorial reads it
        train(optimizer, scheduler, t, t + 1)


def test_a_rate_changed_by_hand_lasts_until_the_next_scheduler_step():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    train(optimizer, scheduler, 0, 10)
    optimizer.param_groups[0]["lr"] = 5.0
    rates = train(optimizer, scheduler, 10, 14)[:, 0]
    assert rates[0] == 5.0
    assert np.array_equal(rates[1:], [BASES[0] * SCHEDULES[0](t) for t in (11, 12, 13)])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_tensor_rate_is_written_in_place_and_resumes_exactly(dtype):
    def build():
        return torch.optim.SGD(parameters(1), lr=torch.tensor(0.1, dtype=dtype))

    schedule = SCHEDULES[0]
    optimizer = build()
    scheduler = ScheduleLR(optimizer, schedule)
    rate = optimizer.param_groups[0]["lr"]
    states = {0: saved(scheduler.state_dict())[0]}
    rates = train(
        optimizer, scheduler, 0, STEPS, lambda k: states.update({k: saved(scheduler.state_dict())[0]})
    )
    assert optimizer.param_groups[0]["lr"] is rate
    wanted = [
        torch.tensor(torch.tensor(0.1, dtype=dtype).item() * schedule(t), dtype=dtype) for t in range(STEPS)
    ]
    assert rates[:, 0].tolist() == [w.item() for w in wanted]
    for k in range(STEPS):
        assert json.loads(json.dumps(states[k])) == states[k]
        optimizer = build()
        scheduler = ScheduleLR(optimizer, schedule)
        scheduler.load_state_dict(states[k])
        assert isinstance(optimizer.param_groups[0]["lr"], torch.Tensor)
        assert np.array_equal(train(optimizer, scheduler, k, STEPS), rates[k:])


# ---------------------------------------------------------------- groups added later


def with_late_group(optimizer, scheduler, join, stop, after_update=lambda done: None):
    """Train to `stop`, adding a third group before update `join`."""

    def add(done):
        after_update(done)
        if done == join:
            optimizer.add_param_group({"params": parameters(3)[2:], "lr": 0.5})

    return train(optimizer, scheduler, 0, stop, add)


@pytest.mark.parametrize("join", [1, 3, 17, 39])
def test_a_group_added_later_is_scaled_from_its_first_update_on(join):
    schedule = SCHEDULES[0]
    optimizer = momentum_sgd()
    rates = with_late_group(optimizer, ScheduleLR(optimizer, schedule), join, STEPS)
    assert np.isnan(rates[:join, 2]).all()
    assert rates[join:, 2].tolist() == [0.5 * schedule(t) for t in range(join, STEPS)]
    for group, base in enumerate(BASES):
        assert rates[:, group].tolist() == [base * schedule(t) for t in range(STEPS)]


@pytest.mark.parametrize("order", ORDERS)
def test_a_group_added_later_resumes_exactly(order):
    join, bases = 5, (*BASES, 0.5)

    def make(optimizer):
        return ScheduleLR(optimizer, SCHEDULES[0])

    optimizer = momentum_sgd()
    scheduler = make(optimizer)
    checkpoints = {}

    def save(done):
        checkpoints[done] = saved(weights(optimizer), optimizer.state_dict(), scheduler.state_dict())

    rates = with_late_group(optimizer, scheduler, join, STEPS, save)
    for k in range(join + 1, STEPS):
        again, scheduler_again = resumed(make, checkpoints[k], order, bases)
        assert np.array_equal(train(again, scheduler_again, k, STEPS), rates[k:]), k


def test_a_checkpoint_from_before_a_group_was_added_gives_the_group_its_scaled_rate():
    schedule = SCHEDULES[0]
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, schedule)
    train(optimizer, scheduler, 0, 9)
    state = scheduler.state_dict()
    wider = momentum_sgd((*BASES, 0.5))
    scheduler = ScheduleLR(wider, schedule)
    scheduler.load_state_dict(state)
    wanted = [[base * schedule(t) for base in (*BASES, 0.5)] for t in range(9, STEPS)]
    assert train(wider, scheduler, 9, STEPS).tolist() == wanted


# ---------------------------------------------------------------- inside torch's SequentialLR


def ours_first(optimizer):
    parts = [ScheduleLR(optimizer, linear(0.1, 1, 8)), reference.CosineAnnealingLR(optimizer, 32)]
    return reference.SequentialLR(optimizer, parts, [8])


def ours_second(optimizer):
    parts = [reference.LinearLR(optimizer, 0.1, 1, 8), ScheduleLR(optimizer, cosine(1, 0, 32))]
    return reference.SequentialLR(optimizer, parts, [8])


def ours_twice(optimizer):
    parts = [ScheduleLR(optimizer, linear(0.1, 1, 8)), ScheduleLR(optimizer, cosine(1, 0, 32))]
    return reference.SequentialLR(optimizer, parts, [8])


SEQUENTIAL = pytest.mark.parametrize("make", [ours_first, ours_second, ours_twice])


@SEQUENTIAL
def test_inside_sequentiallr_it_equals_the_same_composition(make):
    optimizer = momentum_sgd()
    rates = train(optimizer, make(optimizer), 0, STEPS)
    wanted = np.outer((linear(0.1, 1, 8) >> cosine(1, 0, 32)).values(STEPS), BASES)
    assert rates == pytest.approx(wanted, abs=1e-15)


@SEQUENTIAL
@pytest.mark.parametrize("order", ORDERS)
def test_inside_sequentiallr_resume_is_exact_in_any_restore_order(make, order):
    assert wrong_resumes(make, order) == []


def test_a_group_added_under_sequentiallr_leaves_the_rates_of_the_others_alone():
    optimizer = torch.optim.SGD(parameters(1), lr=0.1)
    parts = [ScheduleLR(optimizer, linear(0, 0.5, 4)), reference.StepLR(optimizer, 5, 0.5)]
    scheduler = reference.SequentialLR(optimizer, parts, [4])
    train(optimizer, scheduler, 0, 10)
    before = optimizer.param_groups[0]["lr"]
    optimizer.add_param_group({"params": parameters(2)[1:], "lr": 0.2})
    optimizer.step()
    assert optimizer.param_groups[0]["lr"] == before


# ---------------------------------------------------------------- states that do not fit


def snapshot(optimizer, scheduler):
    lrs = [(group["lr"], group["initial_lr"]) for group in optimizer.param_groups]
    return copy.deepcopy((scheduler.state_dict(), str(scheduler.schedule), scheduler.base_lrs, lrs))


@contextmanager
def refused_changing_nothing(scheduler, match):
    before = snapshot(scheduler.optimizer, scheduler)
    with pytest.raises(ValueError, match=match) as refusal:
        yield refusal
    assert snapshot(scheduler.optimizer, scheduler) == before


def other_state(bases=BASES, schedule=SCHEDULES[1], steps=7):
    optimizer = momentum_sgd(bases)
    scheduler = ScheduleLR(optimizer, schedule)
    train(optimizer, scheduler, 0, steps)
    return scheduler.state_dict()


def test_another_schedule_is_an_error_that_changes_nothing():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    train(optimizer, scheduler, 0, 3)
    with refused_changing_nothing(scheduler, 'on_mismatch="keep"') as refusal:
        scheduler.load_state_dict(other_state())
    assert str(SCHEDULES[0]) in str(refusal.value)
    assert str(SCHEDULES[1]) in str(refusal.value)


def test_keep_goes_on_with_the_saved_schedule_and_replace_with_the_new_one_on_the_saved_clock():
    for policy, goes_on in (("keep", SCHEDULES[1]), ("replace", SCHEDULES[0])):
        optimizer = momentum_sgd()
        scheduler = ScheduleLR(optimizer, SCHEDULES[0], on_mismatch=policy)
        scheduler.load_state_dict(other_state(steps=7))
        rates = train(optimizer, scheduler, 7, STEPS)
        assert rates.tolist() == [[base * goes_on(t) for base in BASES] for t in range(7, STEPS)]
        assert S.Schedule.from_json(scheduler.state_dict()["schedule"]) == goes_on


@pytest.mark.parametrize("policy", ["error", "keep", "replace"])
def test_an_equal_schedule_written_differently_is_no_mismatch(policy):
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, S.parse("warmup_cosine(T, 6, 1e-2)", T=STEPS), on_mismatch=policy)
    scheduler.load_state_dict(other_state(schedule=SCHEDULES[0]))
    assert scheduler.get_last_lr() == [base * SCHEDULES[0](7) for base in BASES]


def a_third_of_the_run(make):
    """A scheduler with its optimizer, some updates into its run."""
    scheduler = make(momentum_sgd())
    train(scheduler.optimizer, scheduler, 0, 9)
    return scheduler


KINDS = {
    "rate": lambda o, **how: ScheduleLR(o, SCHEDULES[0], **how),
    "by group": lambda o, **how: ScheduleLR(o, SCHEDULES[:2], **how),
    "several": lambda o, **how: ParamSchedule(o, {"lr": SCHEDULES[0], "momentum": SCHEDULES[:2]}, **how),
    "feedback": lambda o, **how: FeedbackLR(o, Greedy(0.5, patience=0, window=3), SCHEDULES[0], **how),
}


def refused_in_one_sentence(scheduler, state):
    """That it says what is wrong with a state, and has changed nothing."""
    before = copy.deepcopy((scheduler.state_dict(), scheduler.bases, scheduler.optimizer.state_dict()))
    with pytest.raises(ValueError, match=r"^[^\n]{1,300}$|another schedule") as refusal:
        scheduler.load_state_dict(state)
    assert type(refusal.value) in (Refused, WrongCall)
    after = scheduler.state_dict(), scheduler.bases, scheduler.optimizer.state_dict()
    assert repr(after) == repr(before)
    return str(refusal.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_with_an_entry_too_few_or_too_many_is_refused_by_name_and_changes_nothing(kind):
    scheduler = a_third_of_the_run(KINDS[kind])
    state = scheduler.state_dict()
    for key in state:
        less = {name: value for name, value in state.items() if name != key}
        assert refused_in_one_sentence(scheduler, less).endswith(f"state: {key} missing")
    assert refused_in_one_sentence(scheduler, {**state, "more": 1}).endswith("state: more unknown")
    for no_state in (None, [], "state", 7, list(state), json.dumps(state)):
        assert "must be what" in refused_in_one_sentence(scheduler, no_state)


def test_what_feedback_remembers_is_not_lost_in_silence_by_a_scheduler_without_it():
    state = a_third_of_the_run(KINDS["feedback"]).state_dict()
    message = refused_in_one_sentence(ScheduleLR(momentum_sgd(), SCHEDULES[0]), state)
    assert message == "ScheduleLR: not a ScheduleLR state: feedback, standing unknown"


@pytest.mark.parametrize("policy", ["error", "keep", "replace"])
@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("base_lrs", [math.nan, math.inf, -1, "0.1", None, True, 10**400, [0.1]]),
        ("_last_lr", [math.nan, -math.inf, "0.1", None, torch.ones(1)]),
    ],
)
def test_a_state_whose_rates_are_none_is_refused_and_changes_nothing(key, values, policy):
    scheduler = ScheduleLR(momentum_sgd(), SCHEDULES[0], on_mismatch=policy)
    state = a_third_of_the_run(KINDS["rate"]).state_dict()
    for value in values:
        assert f"{key} must be" in refused_in_one_sentence(scheduler, {**state, key: [0.1, value]})
    for several in ([], [0.1], [0.1] * 3):
        refused_in_one_sentence(scheduler, {**state, key: several})


@pytest.mark.parametrize("key", ["last_epoch", "_step_count"])
@pytest.mark.parametrize(
    "steps",
    ["7", None, -5, -0.5, math.nan, math.inf, True, [7], torch.ones(1), pytest.param(10**400, id="long")],
)
def test_a_state_whose_clock_is_none_is_refused_and_changes_nothing(key, steps):
    state = {**a_third_of_the_run(KINDS["rate"]).state_dict(), key: steps}
    assert f"{key} must be" in refused_in_one_sentence(ScheduleLR(momentum_sgd(), SCHEDULES[0]), state)


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ('{"version": 2, "type": "constant", "value": 1}', "a schedule of version 2"),
        ('{"version": 1, "type": "cosinus"}', "did you mean 'cosine'"),
        ('{"version": 1, "type": "cosine"}', "missing a required argument"),
        ("[" * 100_000, "schedule must be a schedule as state_dict writes it"),
        ("cosine(1, 0, 9)", "schedule must be a schedule as state_dict writes it"),
        (7, "schedule must be a schedule as state_dict writes it"),
    ],
)
def test_a_state_whose_schedule_cannot_be_read_is_refused_and_changes_nothing(schedule, says):
    state = {**a_third_of_the_run(KINDS["rate"]).state_dict(), "schedule": schedule}
    assert says in refused_in_one_sentence(ScheduleLR(momentum_sgd(), SCHEDULES[0]), state)


def test_a_state_of_feedback_is_checked_whole_before_anything_changes():
    scheduler = a_third_of_the_run(KINDS["feedback"])
    scheduler.report(0.5)
    state = scheduler.state_dict()
    standing, rule = json.loads(state["standing"]), json.loads(state["feedback"])
    bad = [{**standing, name: value} for name in standing for value in ("7", -1.5, math.nan, True, {})]
    bad += [{**standing, "more": 1}, {k: v for k, v in standing.items() if k != "best"}, [], None, 7, "x"]
    bad.remove({**standing, "best": -1.5})
    for wrong in bad:
        refused_in_one_sentence(scheduler, {**state, "standing": json.dumps(wrong)})
    for wrong in ({**rule, "type": "nobody"}, {**rule, "factor": 2}, {**rule, "more": 1}, [], None, 7, "x"):
        refused_in_one_sentence(scheduler, {**state, "feedback": json.dumps(wrong)})
    refused_in_one_sentence(scheduler, {**state, "last_epoch": None})


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["lr", "inf"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data(), PLAIN, st.booleans())
def test_whatever_stands_in_a_state_is_refused_or_loads_as_a_state_that_loads_again(
    kind, data, value, as_text
):
    scheduler = a_third_of_the_run(KINDS[kind])
    state = scheduler.state_dict()
    key = data.draw(st.sampled_from(sorted(state)))
    state[key] = json.dumps(value) if as_text else value
    try:
        scheduler.load_state_dict(state)
    except ValueError:
        refused_in_one_sentence(scheduler, state)
    else:
        (again,) = saved(scheduler.state_dict())
        assert again == {**state, key: again[key]}
        scheduler.load_state_dict(again)


@pytest.mark.parametrize("rate", [math.nan, math.inf])
def test_a_rate_that_no_checkpoint_could_hold_is_refused_when_the_scheduler_is_built(rate):
    optimizer = torch.optim.SGD(parameters(1), lr=rate)
    with pytest.raises(
        ValueError, match="ScheduleLR: lr of the groups must be a list of finite numbers >= 0"
    ):
        ScheduleLR(optimizer, SCHEDULES[0])
    assert "initial_lr" not in optimizer.param_groups[0]


def test_the_base_rates_that_were_kept_are_the_optimizers_from_then_on():
    optimizer = momentum_sgd((7.0, 8.0))
    scheduler = ScheduleLR(optimizer, SCHEDULES[0], on_mismatch="keep")
    scheduler.load_state_dict(other_state(schedule=SCHEDULES[0]))
    assert [group["initial_lr"] for group in optimizer.param_groups] == list(BASES)
    assert ScheduleLR(optimizer, constant(1)).get_last_lr() == list(BASES)


def test_another_base_rate_is_a_difference_like_another_schedule():
    state, t = other_state(schedule=SCHEDULES[0], steps=7), 7
    optimizer = momentum_sgd((0.01, 0.03))
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    with refused_changing_nothing(scheduler, r"(?s)another base.*\[0\.1, 0\.03\].*\[0\.01, 0\.03\]"):
        scheduler.load_state_dict(state)
    for policy, bases in (("keep", BASES), ("replace", (0.01, 0.03))):
        optimizer = momentum_sgd((0.01, 0.03))
        scheduler = ScheduleLR(optimizer, SCHEDULES[0], on_mismatch=policy)
        scheduler.load_state_dict(state)
        wanted = [[base * SCHEDULES[0](k) for base in bases] for k in range(t, STEPS)]
        assert train(optimizer, scheduler, t, STEPS).tolist() == wanted
        assert scheduler.base_lrs == list(bases)


def test_the_state_of_another_scheduler_is_refused():
    optimizer = momentum_sgd()
    theirs = reference.CosineAnnealingLR(optimizer, 10).state_dict()
    with pytest.raises(ValueError, match="not a ScheduleLR state"):
        ScheduleLR(momentum_sgd(), SCHEDULES[0]).load_state_dict(theirs)


def test_a_state_with_more_groups_than_the_optimizer_is_refused_and_changes_nothing():
    optimizer = momentum_sgd((0.1,))
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    with refused_changing_nothing(scheduler, "2 parameter groups, the optimizer has 1"):
        scheduler.load_state_dict(other_state(schedule=SCHEDULES[0]))


def test_loading_does_not_change_or_keep_the_given_state():
    state = other_state(schedule=SCHEDULES[0])
    kept = copy.deepcopy(state)
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    scheduler.load_state_dict(state)
    with_group = optimizer.add_param_group({"params": parameters(3)[2:], "lr": 0.5})
    train(optimizer, scheduler, 7, 12)
    assert with_group is None
    assert state == kept


# ---------------------------------------------------------------- the surface that trainers expect


def test_it_is_a_torch_scheduler_without_an_attribute_called_total_steps():
    scheduler = ScheduleLR(momentum_sgd(), SCHEDULES[0])
    assert isinstance(scheduler, reference.LRScheduler)
    assert not hasattr(scheduler, "total_steps")
    assert "total_steps" not in scheduler.state_dict()


@pytest.mark.parametrize("no_schedule", [lambda t: 1.0, "cosine(1, 0, 10)", None, 0.5, S.Cosine])
def test_what_is_no_schedule_is_a_type_error(no_schedule):
    with pytest.raises(TypeError, match="must be an lrlib Schedule"):
        ScheduleLR(momentum_sgd(), no_schedule)


def test_an_unknown_policy_names_the_known_ones():
    with pytest.raises(ValueError, match="must be 'error' or 'keep' or 'replace', got 'ignore'"):
        ScheduleLR(momentum_sgd(), constant(1), on_mismatch="ignore")


def test_the_usual_loop_warns_about_nothing(recwarn):
    optimizer = momentum_sgd()
    train(optimizer, ScheduleLR(optimizer, SCHEDULES[0]), 0, 5)
    assert [str(w.message) for w in recwarn] == []


@pytest.mark.parametrize("optimizer_last", [False, True])
def test_a_group_added_between_two_steps_resumes_scaled(optimizer_last):
    def build():
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
        return optimizer, ScheduleLR(optimizer, linear(1, 0, 10))

    def add(optimizer):
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 1.0})

    optimizer, scheduler = build()
    for _ in range(4):
        optimizer.step()
        scheduler.step()
    add(optimizer)
    saved = optimizer.state_dict(), scheduler.state_dict()
    optimizer, scheduler = build()
    add(optimizer)
    loads = [lambda: optimizer.load_state_dict(saved[0]), lambda: scheduler.load_state_dict(saved[1])]
    for load in reversed(loads) if optimizer_last else loads:
        load()
    with Ledger.watch(optimizer) as ledger:
        optimizer.step()
    assert ledger.used_by_group[0].tolist() == pytest.approx([0.6, 0.6])


# ---------------------------------------------------------------- one schedule for each group


BY_GROUP = (SCHEDULES[0], SCHEDULES[1])


def test_each_group_follows_its_own_schedule():
    optimizer = momentum_sgd()
    rates = train(optimizer, ScheduleLR(optimizer, list(BY_GROUP)), 0, STEPS)
    wanted = [[base * s(t) for base, s in zip(BASES, BY_GROUP, strict=True)] for t in range(STEPS)]
    assert rates.tolist() == wanted


@pytest.mark.parametrize("order", ORDERS)
def test_schedules_by_group_resume_exactly_in_any_restore_order(order):
    assert wrong_resumes(lambda o: ScheduleLR(o, BY_GROUP), order) == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_another_number_of_schedules_than_of_groups_is_refused(count):
    with pytest.raises(ValueError, match=f"lr has {count} schedules for 2 parameter groups"):
        ScheduleLR(momentum_sgd(), [SCHEDULES[0]] * count)


def test_a_group_added_later_has_no_place_in_a_list_of_schedules():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, BY_GROUP)
    optimizer.add_param_group({"params": parameters(3)[2:], "lr": 0.5})
    with pytest.raises(ValueError, match="ScheduleLR: lr has 2 schedules for 3 parameter groups"):
        optimizer.step()
    del scheduler
    optimizer.step()


@pytest.mark.parametrize("policy", ["error", "keep", "replace"])
@pytest.mark.parametrize("schedules", [lambda kind: kind(9), lambda kind: [kind(9), 0.5 * kind(5)]])
def test_a_schedule_whose_class_was_defined_again_is_no_mismatch(policy, schedules):
    def cell():
        class Shrink9(S.Schedule):
            steps: int

            def multiplier(self, t):
                return 1 - t / self.steps

        return Shrink9

    scheduler = ScheduleLR(momentum_sgd(), schedules(cell()), on_mismatch=policy)
    rates = scheduler.get_last_lr()
    cell()
    scheduler.load_state_dict(scheduler.state_dict())
    assert scheduler.get_last_lr() == rates
    with pytest.raises(ValueError, match=r"saved: .*shrink9\(9\)(.|\n)*now: .*shrink9\(8\)"):
        ScheduleLR(momentum_sgd(), cell()(8)).load_state_dict(scheduler.state_dict())


def test_a_saved_list_of_schedules_is_no_match_for_one_schedule():
    optimizer = momentum_sgd()
    state = ScheduleLR(optimizer, BY_GROUP).state_dict()
    with pytest.raises(ValueError, match="another schedule"):
        ScheduleLR(momentum_sgd(), SCHEDULES[0]).load_state_dict(state)


# ---------------------------------------------------------------- several hyper-parameters at once


HYPER = {
    "lr": SCHEDULES[0],
    "weight_decay": cosine(1, 0, 30),
    "momentum": (linear(1, 0.5, STEPS), constant(1) * multistep((9,), 0.7)),
}
HYPER_BASES = {"lr": BASES, "weight_decay": (0.2, 0.0), "momentum": (0.9, 0.8)}


def decayed_sgd():
    values = zip(parameters(2), *HYPER_BASES.values(), strict=True)
    groups = [dict(zip(("params", *HYPER_BASES), ([p], *rest), strict=True)) for p, *rest in values]
    return torch.optim.SGD(groups, lr=9.0, momentum=0.1)


def intended(name, t):
    schedules = HYPER[name] if isinstance(HYPER[name], tuple) else (HYPER[name],) * 2
    return [base * s(t) for base, s in zip(HYPER_BASES[name], schedules, strict=True)]


def by_hand(steps):
    """The same run without torch: v = momentum * v + g + weight_decay * w; w = w - lr * v."""
    w = np.stack([p.detach().numpy() for p in parameters(2)])
    v = np.zeros_like(w)
    for t in range(steps):
        lr, decay, momentum = (np.array(intended(name, t))[:, None] for name in HYPER)
        v = momentum * v + (0.1 * w + math.sin(t) + decay * w)
        w = w - lr * v
    return w


def test_the_updates_are_those_of_the_intended_hyper_parameters():
    optimizer = decayed_sgd()
    train(optimizer, ParamSchedule(optimizer, HYPER), 0, STEPS)
    assert np.stack([w.numpy() for w in weights(optimizer)]) == pytest.approx(by_hand(STEPS), rel=1e-12)
    fixed = decayed_sgd()
    train(fixed, ScheduleLR(fixed, HYPER["lr"]), 0, STEPS)
    assert np.stack([w.numpy() for w in weights(fixed)]) != pytest.approx(by_hand(STEPS), rel=1e-3)


def test_every_hyper_parameter_is_its_base_times_its_schedule():
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, HYPER)
    for t in range(STEPS):
        for name in HYPER:
            assert [group[name] for group in optimizer.param_groups] == intended(name, t)
        assert scheduler.get_last_lr() == scheduler.get_lr() == intended("lr", t)
        train(optimizer, scheduler, t, t + 1)


@pytest.mark.parametrize("order", ORDERS)
def test_several_hyper_parameters_resume_exactly_in_any_restore_order(order):
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, HYPER)
    checkpoints = {}

    def save(done):
        checkpoints[done] = saved(weights(optimizer), optimizer.state_dict(), scheduler.state_dict())

    train(optimizer, scheduler, 0, STEPS, save)
    for k in range(1, STEPS):
        again, later = resumed(lambda o: ParamSchedule(o, HYPER), checkpoints[k], order, build=decayed_sgd)
        for name in HYPER:
            assert [group[name] for group in again.param_groups] == intended(name, k)
        train(again, later, k, STEPS)
        for name in HYPER:
            assert [group[name] for group in again.param_groups] == intended(name, STEPS)
        if order != "scheduler only":
            assert all(map(torch.equal, weights(again), weights(optimizer)))


@pytest.mark.parametrize("done", [1, 9, 30])
def test_last_epoch_continues_every_hyper_parameter_and_needs_the_optimizers_state(done):
    optimizer = decayed_sgd()
    train(optimizer, ParamSchedule(optimizer, HYPER), 0, done)
    later = decayed_sgd()
    with pytest.raises(KeyError, match="initial_"):
        ParamSchedule(later, HYPER, last_epoch=done - 1)
    later.load_state_dict(optimizer.state_dict())
    ParamSchedule(later, HYPER, last_epoch=done - 1)
    for name in HYPER:
        assert [group[name] for group in later.param_groups] == intended(name, done)


def test_an_entry_of_betas_is_driven_and_the_other_left_alone():
    optimizer = torch.optim.AdamW(parameters(2), lr=0.1, betas=(0.9, 0.95))
    scheduler = ParamSchedule(optimizer, {"betas[0]": linear(1, 0.5, 10)})
    for t in range(15):
        assert optimizer.param_groups[0]["betas"] == (0.9 * linear(1, 0.5, 10)(t), 0.95)
        assert optimizer.param_groups[0]["lr"] == 0.1
        train(optimizer, scheduler, t, t + 1)


def test_a_rate_that_is_not_named_is_left_to_another_scheduler():
    optimizer = decayed_sgd()
    theirs = reference.ExponentialLR(optimizer, 0.9)
    ours = ParamSchedule(optimizer, {"weight_decay": HYPER["weight_decay"]})
    rates = train(optimizer, theirs, 0, 10, lambda done: ours.step())
    assert rates == pytest.approx(np.outer(0.9 ** np.arange(10), BASES))
    assert [group["weight_decay"] for group in optimizer.param_groups] == intended("weight_decay", 10)
    again = decayed_sgd()
    ParamSchedule(again, {"weight_decay": HYPER["weight_decay"]}).load_state_dict(ours.state_dict())
    assert [group["lr"] for group in again.param_groups] == list(BASES)


@pytest.mark.parametrize("tensor_betas", [False, True])
def test_tensor_hyper_parameters_are_written_in_place(tensor_betas):
    rate = torch.tensor(0.1, dtype=torch.float64)
    first = torch.tensor(0.9, dtype=torch.float64)
    betas = (first, torch.tensor(0.95, dtype=torch.float64))
    kwargs = {"lr": rate, "betas": betas, "foreach": False} if tensor_betas else {"lr": rate}
    optimizer = torch.optim.Adam(parameters(1), **kwargs)
    scheduler = ParamSchedule(optimizer, {"lr": cosine(1, 0, 10), "betas[0]": linear(1, 0.5, 10)})
    group = optimizer.param_groups[0]
    held = group["lr"], group["betas"][0]
    train(optimizer, scheduler, 0, 1)
    assert group["lr"] is held[0]
    assert float(group["lr"]) == 0.1 * cosine(1, 0, 10)(1)
    assert float(group["betas"][0]) == 0.9 * linear(1, 0.5, 10)(1)
    assert not tensor_betas or group["betas"][0] is held[1]
    assert (float(rate), float(first)) == (0.1, 0.9)


def test_a_group_added_later_joins_every_schedule_from_its_first_update_on():
    schedules = {"lr": SCHEDULES[0], "weight_decay": HYPER["weight_decay"]}
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, schedules)
    train(optimizer, scheduler, 0, 7)
    optimizer.add_param_group({"params": parameters(3)[2:], "lr": 0.5, "weight_decay": 0.3})
    optimizer.step()
    joined = optimizer.param_groups[2]
    assert [joined["lr"], joined["weight_decay"]] == [0.5 * SCHEDULES[0](7), 0.3 * HYPER["weight_decay"](7)]


def test_inside_sequentiallr_all_hyper_parameters_change_over():
    optimizer = decayed_sgd()
    parts = [{"lr": linear(0.1, 1, 8), "weight_decay": constant(0.5)}, {"weight_decay": cosine(1, 0, 32)}]
    drivers = [ParamSchedule(optimizer, part) for part in parts]
    scheduler = reference.SequentialLR(optimizer, drivers, [8])
    for t in range(STEPS):
        wanted = 0.2 * (0.5 if t < 8 else cosine(1, 0, 32)(t - 8))
        assert optimizer.param_groups[0]["weight_decay"] == wanted
        train(optimizer, scheduler, t, t + 1)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("weight_decy", "did you mean 'weight_decay'"),
        ("betas[0]", "unknown hyper-parameter 'betas\\[0\\]'"),
        ("nesterov", "unknown hyper-parameter"),
        ("params", "unknown hyper-parameter"),
        ("params[0]", "unknown hyper-parameter"),
        ("initial_lr", "unknown hyper-parameter 'initial_lr'"),
        ("", "unknown hyper-parameter"),
    ],
)
def test_a_name_that_the_optimizer_lacks_is_refused_with_those_it_has(name, hint):
    optimizer = decayed_sgd()
    with pytest.raises(ValueError, match=hint) as refusal:
        ParamSchedule(optimizer, {"lr": SCHEDULES[0], name: constant(1)})
    assert "allowed: lr, weight_decay, momentum, dampening" in str(refusal.value)
    assert "initial_lr" not in optimizer.param_groups[0]


def test_a_noted_base_is_no_hyper_parameter_that_could_be_driven():
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, {"lr": SCHEDULES[0], "momentum": constant(1)})
    assert optimizer.param_groups[0]["initial_momentum"] == 0.9
    for name in ("initial_lr", "initial_momentum"):
        with pytest.raises(ValueError, match="unknown hyper-parameter") as refusal:
            ParamSchedule(optimizer, {name: constant(1)})
        assert "initial_" not in str(refusal.value).split("allowed")[1]
    assert scheduler.base_lrs == list(BASES)


@pytest.mark.parametrize("name", ["betas[2]", "betas", "amsgrad", "betas[-1]"])
def test_only_numbers_can_be_driven(name):
    with pytest.raises(ValueError, match=r"allowed: lr, eps, weight_decay, betas\[0\], betas\[1\]"):
        ParamSchedule(torch.optim.AdamW(parameters(1)), {name: constant(1)})


def test_a_hyper_parameter_that_is_zero_everywhere_is_refused():
    optimizer = momentum_sgd()
    with pytest.raises(ValueError, match="weight_decay is 0 in every parameter group"):
        ParamSchedule(optimizer, {"weight_decay": cosine(1, 0, 10)})
    optimizer.param_groups[1]["weight_decay"] = 0.1
    ParamSchedule(optimizer, {"weight_decay": cosine(1, 0, 10)})


@pytest.mark.parametrize("given", [cosine(1, 0, 9), [], {}, None, {"lr": "cosine(1, 0, 9)"}, {"lr": [1.0]}])
def test_what_maps_no_names_to_schedules_is_a_type_error(given):
    with pytest.raises(TypeError, match=r"must (map names|be an lrlib Schedule)"):
        ParamSchedule(momentum_sgd(), given)


def test_an_optimizer_is_needed():
    with pytest.raises(TypeError, match="torch optimizer, got list"):
        ParamSchedule(parameters(1), {"lr": constant(1)})


def hyper_state(schedules=HYPER, steps=7):
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, schedules)
    train(optimizer, scheduler, 0, steps)
    return scheduler.state_dict()


def everything(optimizer, scheduler):
    groups = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    return copy.deepcopy((scheduler.state_dict(), scheduler.bases, groups))


OTHER = {"lr": SCHEDULES[0], "momentum": constant(0.5)}


def test_other_hyper_parameters_are_an_error_that_changes_nothing():
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, OTHER)
    before = everything(optimizer, scheduler)
    bad = [
        hyper_state(),
        {},
        {**hyper_state(OTHER), "params": {"lr": {}}},
        {**hyper_state(OTHER), "params": '{"lr": {}}'},
        reference.StepLR(optimizer, 3).state_dict(),
    ]
    for state in bad:
        with pytest.raises(ValueError, match=r"another schedule|not a ParamSchedule state: .* missing"):
            scheduler.load_state_dict(state)
        assert everything(optimizer, scheduler) == before


def test_keep_takes_over_the_saved_names_and_replace_the_new_ones_on_the_saved_clock():
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, OTHER, on_mismatch="keep")
    scheduler.load_state_dict(hyper_state())
    train(optimizer, scheduler, 7, 12)
    for name in HYPER:
        assert [group[name] for group in optimizer.param_groups] == intended(name, 12)
    optimizer = decayed_sgd()
    scheduler = ParamSchedule(optimizer, {**OTHER, "weight_decay": constant(2)}, on_mismatch="replace")
    scheduler.load_state_dict(hyper_state({"lr": SCHEDULES[0]}))
    train(optimizer, scheduler, 7, 12)
    groups = optimizer.param_groups
    assert [group["lr"] for group in groups] == intended("lr", 12)
    assert [group["momentum"] for group in groups] == [0.45, 0.4]
    assert [group["weight_decay"] for group in groups] == [0.4, 0.0]


def test_keep_refuses_saved_names_that_the_optimizer_lacks():
    optimizer = torch.optim.AdamW([{"params": [p]} for p in parameters(2)], lr=0.1)
    scheduler = ParamSchedule(optimizer, {"lr": SCHEDULES[0]}, on_mismatch="keep")
    before = everything(optimizer, scheduler)
    with pytest.raises(ValueError, match="unknown hyper-parameter 'momentum'"):
        scheduler.load_state_dict(hyper_state())
    assert everything(optimizer, scheduler) == before


# ---------------------------------------------------------------- multipliers of groups that nobody reads


def scaled_groups(**entries):
    """Two groups, the first with entries of its own."""
    first, last = parameters(2)
    return torch.optim.SGD([{"params": [first], **entries}, {"params": [last]}], lr=0.1, weight_decay=0.2)


@pytest.mark.parametrize("key", ["lr_scale", "lr_mult", "lr_multiplier"])
def test_a_multiplier_in_a_group_is_refused_with_how_to_write_it_into_the_rate(key):
    optimizer = scaled_groups(**{key: 0.25})
    for build in (
        lambda: ScheduleLR(optimizer, SCHEDULES[0]),
        lambda: FeedbackLR(optimizer, Plateau(), SCHEDULES[:2]),
        lambda: swa(optimizer, 0.05),
    ):
        with pytest.raises(ValueError, match=f"parameter group 0 has {key} = 0.25, which nobody reads here"):
            build()
    assert "initial_lr" not in optimizer.param_groups[0]
    for group in optimizer.param_groups:
        group["lr"] *= group.pop(key, 1)
    wanted = [[base * SCHEDULES[0](t) for base in (0.025, 0.1)] for t in range(STEPS)]
    assert train(optimizer, ScheduleLR(optimizer, SCHEDULES[0]), 0, STEPS).tolist() == wanted


def test_a_multiplier_is_refused_where_it_is_of_what_is_driven_and_not_one():
    optimizer = scaled_groups(lr_scale=1.0, wd_mult=0.0)
    ScheduleLR(optimizer, SCHEDULES[0])
    with pytest.raises(ValueError, match=r"ParamSchedule: .*wd_mult = 0.0.*group\[\"weight_decay\"\] \*="):
        ParamSchedule(optimizer, {"weight_decay": SCHEDULES[0]})


def test_a_group_added_later_with_a_multiplier_is_refused_at_its_first_update():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    optimizer.add_param_group({"params": parameters(3)[2:], "lr": 0.5, "lr_scale": 0.1})
    with pytest.raises(ValueError, match="ScheduleLR: parameter group 2 has lr_scale"):
        optimizer.step()
    optimizer.param_groups[2].pop("lr_scale")
    optimizer.step()
    assert scheduler.get_last_lr()[2] == 0.5 * SCHEDULES[0](0)


def test_a_rate_of_none_is_the_optimizers_own_and_can_be_driven_by_nobody():
    optimizer = torch.optim.SGD(parameters(1), lr=0.1, weight_decay=0.2)
    optimizer.param_groups[0]["lr"] = None  # as transformers' Adafactor has it
    with pytest.raises(ValueError, match="ScheduleLR: lr is None, and the optimizer chooses it itself"):
        ScheduleLR(optimizer, SCHEDULES[0])
    scheduler = ParamSchedule(optimizer, {"weight_decay": cosine(1, 0, 4)})
    again = ParamSchedule(optimizer, {"weight_decay": cosine(1, 0, 4)})
    again.load_state_dict(scheduler.state_dict())
    assert (again.get_last_lr(), again.base_lrs) == ([None], [])


# ---------------------------------------------------------------- bases that change


def test_a_rate_written_by_hand_is_the_base_of_a_scheduler_built_later():
    optimizer = momentum_sgd()
    first = ScheduleLR(optimizer, SCHEDULES[0])
    train(optimizer, first, 0, 9)
    assert ScheduleLR(optimizer, constant(1)).base_lrs == list(BASES)
    optimizer.param_groups[0]["lr"] = 0.05
    assert ScheduleLR(optimizer, constant(1)).base_lrs == [0.05, BASES[1]]
    assert optimizer.param_groups[0]["initial_lr"] == 0.05


def test_a_rate_that_was_loaded_with_the_optimizers_state_is_not_one_written_by_hand():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    train(optimizer, scheduler, 0, 9)
    earlier = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
    train(optimizer, scheduler, 9, 20)
    optimizer.load_state_dict(earlier[0])
    again = ScheduleLR(optimizer, SCHEDULES[0])
    assert again.base_lrs == list(BASES)
    again.load_state_dict(earlier[1])
    assert again.get_last_lr() == [base * SCHEDULES[0](9) for base in BASES]


@pytest.mark.parametrize("half", [0.05, [0.05, 0.015]])
def test_rebase_goes_on_with_another_base_at_once_and_after_a_resume(half):
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    train(optimizer, scheduler, 0, 9)
    scheduler.rebase("lr", half)
    bases = half if isinstance(half, list) else [half, half]
    assert scheduler.get_last_lr() == [base * SCHEDULES[0](9) for base in bases]
    state = scheduler.state_dict()
    wanted = [[base * SCHEDULES[0](t) for base in bases] for t in range(9, STEPS)]
    assert train(optimizer, scheduler, 9, STEPS).tolist() == wanted
    again = momentum_sgd(bases)
    later = ScheduleLR(again, SCHEDULES[0])
    later.load_state_dict(state)
    assert train(again, later, 9, STEPS).tolist() == wanted


def test_assigning_base_lrs_is_rebasing():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    scheduler.base_lrs = [base / 2 for base in scheduler.base_lrs]
    assert scheduler.get_last_lr() == [base / 2 * SCHEDULES[0](0) for base in BASES]


@pytest.mark.parametrize("bases", [-1, [0.1], [0.1, math.nan], math.inf, "ab", None, [None, 1]])
def test_rebase_refuses_what_is_no_base_for_each_group(bases):
    scheduler = ScheduleLR(momentum_sgd(), SCHEDULES[0])
    with pytest.raises(ValueError, match="ScheduleLR: bases must be a number >= 0, or 2 of them"):
        scheduler.rebase("lr", bases)
    with pytest.raises(ValueError, match="unknown hyper-parameter 'momentum'"):
        scheduler.rebase("momentum", 0.5)
    assert scheduler.base_lrs == list(BASES)


# ---------------------------------------------------------------- the clock


OVERFLOWS = [
    lambda: ScheduleLR(torch.optim.SGD(parameters(1), lr=100.0), constant(1e308)),
    lambda: ScheduleLR(momentum_sgd(), constant(1e10)).rebase("lr", 1e300),
    lambda: ScheduleLR(momentum_sgd(), S.exponential(1e4)).advance(78.5),
    lambda: FeedbackLR(
        torch.optim.SGD(parameters(1), lr=1e300), Greedy(factor=1e-10, patience=0, max_factor=1e15)
    ).report(1.0),
    lambda: ParamSchedule(momentum_sgd(), {"momentum": constant(-1e308) * S.scale(10)}),
]


@pytest.mark.parametrize("overflows", OVERFLOWS)
def test_a_value_that_overflows_is_never_written(overflows):
    with pytest.raises(ValueError, match="finite"):
        overflows()


def test_a_base_that_would_overflow_changes_nothing():
    scheduler = ScheduleLR(momentum_sgd(), constant(1e10), on_mismatch="keep")
    state = scheduler.state_dict()
    with pytest.raises(ValueError, match=r"^ScheduleLR: lr would be \[inf"):
        scheduler.rebase("lr", 1e300)
    with pytest.raises(ValueError, match=r"^ScheduleLR: lr would be \[inf"):
        scheduler.load_state_dict({**state, "base_lrs": [1e300, 1e300]})
    assert scheduler.state_dict() == state and scheduler.base_lrs == [*BASES]


@pytest.mark.parametrize("move", ["step", "advance"])
def test_a_clock_goes_only_as_far_as_a_state_restores_it(move):
    scheduler = ScheduleLR(momentum_sgd(), SCHEDULES[0])
    scheduler.optimizer.step()
    with pytest.raises(ValueError, match=f"ScheduleLR.{move}: .*2\\*\\*53"):
        getattr(scheduler, move)(2**53 + 2)
    getattr(scheduler, move)(2**53)
    scheduler.load_state_dict(scheduler.state_dict())
    assert scheduler.last_epoch == 2**53


@pytest.mark.parametrize("number", [torch.tensor(3), torch.tensor(3.0), np.array(3), np.float32(3)])
def test_numbers_that_are_tensors_are_numbers(number):
    scheduler = ScheduleLR(momentum_sgd(), SCHEDULES[0])
    scheduler.advance(number)
    scheduler.base_lrs = torch.tensor([0.5, 0.25])
    scheduler.rebase("lr", number)
    assert saved(scheduler.state_dict()) and scheduler.last_epoch == 3
    assert scheduler.base_lrs == [3, 3] and scheduler.get_last_lr() == [3 * SCHEDULES[0](3)] * 2


@pytest.mark.parametrize("loss", [0.5, 3.0, "3", torch.tensor(0.5), math.nan, -1, True])
def test_what_is_no_whole_step_is_refused_and_changes_nothing(loss):
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    before = snapshot(optimizer, scheduler)
    refusal = (
        r"ScheduleLR\.step: step must be a whole number of steps 0\.\.2\*\*53, or nothing \(.*loss.*\), got "
    )
    with pytest.raises(ValueError, match=refusal):
        scheduler.step(loss)
    assert snapshot(optimizer, scheduler) == before
    with pytest.raises(ValueError, match="ScheduleLR: last_epoch must be a whole number of steps -1"):
        ScheduleLR(optimizer, SCHEDULES[0], last_epoch=-2 if loss == -1 else loss)


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("kind", [int, np.int64, np.uint8, torch.tensor])
def test_a_whole_step_of_any_kind_sets_the_clock_and_stays_plain(kind):
    optimizer = torch.optim.SGD(parameters(1), lr=np.float64(0.1))
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    optimizer.step()
    scheduler.step(kind(9))
    assert scheduler.get_last_lr() == [0.1 * SCHEDULES[0](9)]
    ours, theirs = saved(scheduler.state_dict())[0], saved(optimizer.state_dict(), {})[0]
    assert type(ours["last_epoch"]) is int
    again = torch.optim.SGD(parameters(1), lr=0.1)
    again.load_state_dict(theirs)
    later = ScheduleLR(again, SCHEDULES[0], last_epoch=kind(8))
    later.load_state_dict(ours)
    assert saved(later.state_dict()) == [ours]


@pytest.mark.parametrize("unit", [1, 0.25])
def test_a_clock_of_its_own_is_advanced_and_resumes_exactly(unit, recwarn):
    schedule = linear(0, 1, 100) >> cosine(1, 0, 400)
    ends = unit * np.cumsum([16] * 5 + [32] * 5 + [64] * 4)

    def run(optimizer, scheduler, clock):
        with Ledger.watch(optimizer) as ledger:
            for end in clock:
                optimizer.step()
                scheduler.advance(end)
        return ledger.used_by_group.tolist()

    scheduler = ScheduleLR(momentum_sgd(), schedule)
    used = run(scheduler.optimizer, scheduler, ends)
    starts = [0.0, *ends[:-1]]
    assert used == [[base * schedule(t) for base in BASES] for t in starts]
    for k in range(1, len(ends)):
        first = ScheduleLR(momentum_sgd(), schedule)
        run(first.optimizer, first, ends[:k])
        (state,) = saved(first.state_dict())
        again = ScheduleLR(momentum_sgd(), schedule)
        again.load_state_dict(state)
        assert run(again.optimizer, again, ends[k:]) == used[k:]
    assert [str(w.message) for w in recwarn] == []


@pytest.mark.parametrize("to", [-1, math.nan, math.inf, "7", None, True])
def test_a_clock_is_advanced_to_a_number_only(to):
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    with refused_changing_nothing(scheduler, r"ScheduleLR\.advance: to must be a number 0\.\.2\*\*53, got"):
        scheduler.advance(to)


def test_a_base_that_torch_noted_in_a_foreign_type_becomes_plain():
    optimizer = torch.optim.SGD(parameters(1), lr=np.float64(0.1))
    reference.StepLR(optimizer, 5)
    assert type(optimizer.param_groups[0]["initial_lr"]) is np.float64
    ScheduleLR(optimizer, SCHEDULES[0])
    theirs, _ = saved(optimizer.state_dict(), {})
    assert theirs["param_groups"][0]["initial_lr"] == 0.1


def test_a_base_that_torch_noted_as_the_very_tensor_of_the_rate_is_not_written_over():
    rate = torch.tensor(0.1, dtype=torch.float64)
    optimizer = torch.optim.SGD(parameters(1), lr=rate)
    optimizer.param_groups[0]["initial_lr"] = rate  # as schedulers of torch 2.0 do
    train(optimizer, ScheduleLR(optimizer, SCHEDULES[0]), 0, 9)
    assert float(optimizer.param_groups[0]["lr"]) == 0.1 * SCHEDULES[0](9)
    assert ScheduleLR(optimizer, constant(1)).base_lrs == [0.1]


# ---------------------------------------------------------------- tensors that groups share


def shared(kind, **kwargs):
    """Two groups that take what they have of torch's defaults: the very same tensors."""
    ones = [torch.nn.Parameter(torch.ones(1, dtype=torch.float64)) for _ in range(2)]
    return kind([{"params": [p]} for p in ones], **kwargs)


def test_groups_that_share_a_tensor_rate_follow_their_own_schedules():
    rate = torch.tensor(0.1, dtype=torch.float64)
    optimizer = shared(torch.optim.SGD, lr=rate)
    scheduler = ScheduleLR(optimizer, [constant(1), constant(0.1), constant(0.5)][:2])
    assert scheduler.get_last_lr() == [0.1, 0.1 * 0.1]
    assert train(optimizer, scheduler, 0, 3).tolist() == [[0.1, 0.1 * 0.1]] * 3


def test_groups_made_to_share_a_tensor_later_are_parted_at_the_next_write():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, [constant(1), constant(0.1)])
    one = torch.tensor(0.3, dtype=torch.float64)
    for group in optimizer.param_groups:
        group["lr"] = one
    train(optimizer, scheduler, 0, 1)
    assert scheduler.get_last_lr() == [BASES[0], BASES[1] * 0.1]
    optimizer.add_param_group({"params": parameters(3)[2:], "lr": optimizer.param_groups[0]["lr"]})
    whole = ScheduleLR(optimizer, [constant(1), constant(0.1), constant(0.5)])
    assert whole.get_last_lr() == pytest.approx([BASES[0], BASES[1] * 0.1, BASES[0] * 0.5])


def test_a_shared_tensor_in_betas_or_weight_decay_is_parted_too():
    betas = tuple(torch.tensor(beta, dtype=torch.float64) for beta in (0.9, 0.99))
    optimizer = shared(torch.optim.Adam, lr=torch.tensor(0.1), betas=betas, foreach=False)
    scheduler = ParamSchedule(optimizer, {"betas[0]": [constant(1), constant(0.5)], "lr": constant(1)})
    assert [float(group["betas"][0]) for group in optimizer.param_groups] == [0.9, 0.45]
    train(optimizer, scheduler, 0, 2)
    assert [float(group["betas"][0]) for group in optimizer.param_groups] == [0.9, 0.45]


def test_a_tensor_that_is_given_to_several_optimizers_or_places_is_written_by_no_scheduler():
    one = torch.tensor(0.1, dtype=torch.float64)
    for _ in range(3):  # trials, each of which must start from the same base
        optimizer = torch.optim.SGD(parameters(1), lr=one, weight_decay=one)
        scheduler = ScheduleLR(optimizer, linear(1, 0, 10))
        assert train(optimizer, scheduler, 0, 4)[:, 0].tolist() == [
            0.1 * linear(1, 0, 10)(t) for t in range(4)
        ]
        assert float(one) == float(optimizer.param_groups[0]["weight_decay"]) == 0.1
    betas = torch.optim.Adam(parameters(1), betas=(one, one), foreach=False)
    ParamSchedule(betas, {"betas[1]": constant(0.5)})
    assert [*map(float, betas.param_groups[0]["betas"])] == [0.1, 0.05]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_writes_the_tensors_of_its_own_optimizer_in_place(copied):
    optimizer = torch.optim.SGD(parameters(1), lr=torch.tensor(0.1, dtype=torch.float64))
    other = copied(ScheduleLR(optimizer, linear(1, 0, 10)))
    rate = other.optimizer.param_groups[0]["lr"]
    train(other.optimizer, other, 0, 4)
    assert rate is other.optimizer.param_groups[0]["lr"] is not optimizer.param_groups[0]["lr"]
    assert (float(rate), float(optimizer.param_groups[0]["lr"])) == (0.1 * linear(1, 0, 10)(4), 0.1)


@pytest.mark.parametrize("when", [1, 9])
def test_a_group_added_later_takes_the_default_tensor_as_its_base_and_shares_it_with_none(when):
    optimizer = shared(torch.optim.SGD, lr=torch.tensor(0.1, dtype=torch.float64))
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    train(optimizer, scheduler, 0, when)
    for _ in range(2):
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1, dtype=torch.float64))]})
    rates = train(optimizer, scheduler, when, STEPS)
    assert rates.tolist() == [[0.1 * SCHEDULES[0](t)] * 4 for t in range(when, STEPS)]
    assert len({id(group["lr"]) for group in optimizer.param_groups}) == 4


class Unread(torch.Tensor):
    """A tensor whose value must not be asked for, as that waits for the GPU."""

    def __float__(self):
        raise AssertionError("read back")

    item = tolist = __float__


def test_a_step_does_not_read_a_tensor_rate_back():
    optimizer = torch.optim.SGD(parameters(1), lr=torch.tensor(0.1, dtype=torch.float64))
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    unread = optimizer.param_groups[0]["lr"].as_subclass(Unread)
    optimizer.param_groups[0]["lr"] = unread
    with pytest.raises(AssertionError, match="read back"):
        scheduler.get_last_lr()
    optimizer._opt_called = True  # nothing is updated here
    for _ in range(3):
        scheduler.step()
    rate = optimizer.param_groups[0]["lr"].as_subclass(torch.Tensor)
    assert rate.item() == 0.1 * SCHEDULES[0](3)


# ---------------------------------------------------------------- copies and life time


def test_a_discarded_scheduler_is_freed_with_its_optimizer_and_model_at_once():
    gc.disable()
    try:
        model = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = FeedbackLR(optimizer, Plateau(), SCHEDULES[0])
        with Ledger.watch(optimizer):
            optimizer.step()
            scheduler.step()
        alive = [weakref.ref(each) for each in (scheduler, optimizer, model)]
        del scheduler
        assert alive[0]() is None
        assert not optimizer._optimizer_step_pre_hooks
        del optimizer, model
        assert [each() for each in alive] == [None] * 3
    finally:
        gc.enable()


def test_a_discarded_scheduler_acts_no_more():
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, BY_GROUP)
    scheduler = ScheduleLR(optimizer, constant(0.5))
    optimizer.add_param_group({"params": parameters(3)[2:], "lr": 0.5})
    optimizer.step()
    assert scheduler.get_last_lr() == [base * 0.5 for base in (*BASES, 0.5)]


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda scheduler: pickle.loads(pickle.dumps(scheduler)),
    "torch.save": lambda scheduler: _through_a_file(scheduler),
}


def _through_a_file(scheduler):
    file = io.BytesIO()
    torch.save(scheduler, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@pytest.mark.filterwarnings("ignore:Seems like `optimizer.step")
@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_copy_drives_its_own_optimizer_and_the_groups_added_to_it(copied):
    optimizer = momentum_sgd()
    scheduler = ScheduleLR(optimizer, SCHEDULES[0])
    train(optimizer, scheduler, 0, 5)
    other = copied(scheduler)
    assert other.optimizer is not optimizer
    other.optimizer.add_param_group({"params": parameters(3)[2:], "lr": 0.5})
    rates = train(other.optimizer, other, 5, STEPS)
    assert rates.tolist() == [[base * SCHEDULES[0](t) for base in (*BASES, 0.5)] for t in range(5, STEPS)]
    assert scheduler.get_last_lr() == [base * SCHEDULES[0](5) for base in BASES]
    other.optimizer.param_groups[0]["lr"] = 0.7
    assert ScheduleLR(other.optimizer, constant(1)).base_lrs == [0.7, BASES[1], 0.5]


# ---------------------------------------------------------------- optimizers that wrap another


class Wrapper(torch.optim.Optimizer):
    """As accelerate and opacus wrap an optimizer: without torch's constructor, so without its hooks."""

    def __init__(self, optimizer, name):
        setattr(self, name, optimizer)
        self.inner = lambda: optimizer

    @property
    def param_groups(self):
        return self.inner().param_groups

    @property
    def state(self):
        return self.inner().state

    def add_param_group(self, group):
        self.inner().add_param_group(group)

    def step(self, closure=None):
        return self.inner().step(closure)


def test_a_wrapper_that_is_no_optimizer_is_refused_with_what_to_pass():
    class Wrapper:  # as schedulefree's ScheduleFreeWrapper
        param_groups = property(lambda self: [])

    with pytest.raises(
        TypeError, match=r"must be a torch optimizer, got Wrapper: if it wraps one, pass that$"
    ):
        ScheduleLR(Wrapper(), constant(1))
    with pytest.raises(TypeError, match=r"must be a torch optimizer, got Linear$"):
        ScheduleLR(torch.nn.Linear(1, 1), constant(1))


@pytest.mark.parametrize("name", ["optimizer", "original_optimizer", "_base_optimizer", "base"])
def test_an_optimizer_that_wraps_another_is_driven_and_watched(name):
    wrapped = Wrapper(Wrapper(momentum_sgd(), name), name)
    scheduler = ScheduleLR(wrapped, SCHEDULES[0])
    rates = with_late_group(wrapped, scheduler, 9, STEPS)
    assert rates[9:].tolist() == [[b * SCHEDULES[0](t) for b in (*BASES, 0.5)] for t in range(9, STEPS)]
    with Ledger.watch(wrapped) as ledger:
        wrapped.step()
    assert ledger.used_by_group.tolist() == [scheduler.get_last_lr()]


class Unpatched(torch.optim.Optimizer):
    """A wrapper with places for hooks that its step never calls, as timm's Lookahead has."""

    def __init__(self, optimizer):
        for when in ("pre", "post"):
            setattr(self, f"_optimizer_step_{when}_hooks", collections.OrderedDict())
        self.param_groups = optimizer.param_groups
        self.step_inner = optimizer.step

    def step(self, closure=None):
        return self.step_inner(closure)


def test_hooks_that_would_never_be_called_are_refused_not_waited_for():
    wrapped = Unpatched(momentum_sgd())
    for attempt in (lambda: ScheduleLR(wrapped, SCHEDULES[0]), lambda: Ledger.watch(wrapped).__enter__()):
        with pytest.raises(TypeError, match=r"Unpatched of torch .* has not the hooks .*pass that one"):
            attempt()
    wrapped._inner = momentum_sgd()
    wrapped.param_groups = wrapped._inner.param_groups
    wrapped.step_inner = wrapped._inner.step
    rates = train(wrapped, ScheduleLR(wrapped, SCHEDULES[0]), 0, 5)
    assert rates.tolist() == [[base * SCHEDULES[0](t) for base in BASES] for t in range(5)]


def test_a_wrapper_whose_inner_optimizer_is_unknown_is_refused_in_one_sentence():
    wrapped = Wrapper(momentum_sgd(), "something")
    wrapped.something = None
    for attempt in (lambda: ScheduleLR(wrapped, SCHEDULES[0]), lambda: Ledger.watch(wrapped).__enter__()):
        with pytest.raises(TypeError, match=r"Wrapper of torch .* has not the hooks .*pass that one"):
            attempt()


def test_another_surface_of_torch_is_refused_in_one_sentence_and_leaves_no_hook():
    optimizer = momentum_sgd()
    optimizer._optimizer_step_post_hooks = type("Unordered", (dict,), {})()
    with pytest.raises(TypeError, match=r"SGD of torch .* has not the hooks"), Ledger.watch(optimizer):
        pass
    assert optimizer._optimizer_step_post_hooks == {}


# ---------------------------------------------------------------- distributed checkpoints


def through_distributed_checkpoint(state, into, folder):
    """What the new run gets: the saved values under the keys that the new run's state has."""
    from torch.distributed import checkpoint

    checkpoint.save({"scheduler": state}, checkpoint_id=folder)
    found = {"scheduler": into}
    checkpoint.load(found, checkpoint_id=folder)
    return found["scheduler"]


A, B, C = linear(0, 1, 3), constant(1, 3), cosine(1, 0, 5)
distributed = pytest.mark.skipif(
    TORCH < (2, 2),
    reason="before torch 2.2 a distributed checkpoint needs several processes",
)


@distributed
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("saved_with", "loaded_with"),
    [
        ({"lr": A >> B >> C}, {"lr": A >> B}),
        ({"lr": A >> B}, {"lr": A >> B >> C}),
        ({"lr": A >> B >> C}, {"lr": [A >> B >> C] * 2}),
        ({"lr": A, "momentum": B}, {"lr": A}),
        ({"lr": A}, {"lr": A, "momentum": B}),
    ],
)
def test_a_distributed_checkpoint_restores_the_same_schedules_and_refuses_others(
    saved_with, loaded_with, tmp_path
):
    optimizer = momentum_sgd()
    scheduler = ParamSchedule(optimizer, saved_with)
    train(optimizer, scheduler, 0, 4)
    state = scheduler.state_dict()

    def restored(schedules, folder):
        later = ParamSchedule(momentum_sgd(), schedules)
        later.load_state_dict(through_distributed_checkpoint(state, later.state_dict(), folder))
        return later

    later = restored(saved_with, tmp_path / "same")
    assert train(later.optimizer, later, 4, 12).tolist() == train(optimizer, scheduler, 4, 12).tolist()
    with pytest.raises(ValueError, match="another schedule"):
        restored(loaded_with, tmp_path / "other")


@distributed
@pytest.mark.filterwarnings("ignore")
def test_a_distributed_checkpoint_restores_the_rate_of_schedulelr_and_what_feedback_remembers(tmp_path):
    driver = FeedbackLR(momentum_sgd(), Greedy(0.5, patience=0, window=3), A >> C)
    for reading in (3.0, 2.0, 4.0, 5.0):
        driver.optimizer.step()
        driver.step()
        driver.report(reading)
    again = FeedbackLR(momentum_sgd(), Greedy(0.5, patience=0, window=3), A >> C)
    again.load_state_dict(through_distributed_checkpoint(driver.state_dict(), again.state_dict(), tmp_path))
    assert again.standing == driver.standing != Standing()
    assert again.get_last_lr() == driver.get_last_lr() != list(BASES)
