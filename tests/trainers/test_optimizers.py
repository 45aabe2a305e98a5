"""What ledger and schedulers promise with optimizers and groups of other packages, in those packages.

`make trainers` runs these tests; where a package is not installed they are skipped.
"""

import copy

import numpy as np
import pytest
import torch

from lrlib.ledger import Ledger
from lrlib.optim import ScheduleLR
from lrlib.schedules import cosine, linear
from tests.oracles.libraries import timm_names

UPDATES = 30


def package(name):
    return pytest.importorskip(name, reason=f"{name} is not installed; see `make trainers`")


def weight():
    return torch.nn.Parameter(torch.ones(3, dtype=torch.float64))


def watched(optimizer, rate_of, schedule=None, updates=UPDATES):
    """The ledger of a run, and the rate of each update recovered by `rate_of(before, after, was)`."""
    (p,) = optimizer.param_groups[0]["params"]
    scheduler, rates = schedule and ScheduleLR(optimizer, schedule), []
    getattr(optimizer, "train", lambda: None)()
    with Ledger.watch(optimizer, intended=schedule) as ledger:
        for _ in range(updates):
            p.grad = torch.sign(p.detach() - 50)
            group, state = dict(optimizer.param_groups[0]), copy.deepcopy(dict(optimizer.state[p]))
            state.setdefault("z", p.detach().clone())
            optimizer.step()
            rates.append(rate_of(optimizer, p, group, state).abs().item())
            if scheduler:
                scheduler.step()
    return ledger, rates


SCHEDULES = pytest.mark.parametrize("schedule", [None, linear(1, 0.1, UPDATES)])


@SCHEDULES
def test_the_effective_rate_of_prodigy_is_the_one_that_moved_the_weights(schedule):
    prodigy = package("prodigyopt").Prodigy
    before = weight().detach().clone()

    def rate_of(optimizer, p, was, state):
        denominator = optimizer.state[p]["exp_avg_sq"].sqrt() + optimizer.param_groups[0]["d"] * was["eps"]
        moved = (p.detach() - before)[0]
        before.copy_(p.detach())
        return moved * denominator[0] / optimizer.param_groups[0]["d"]

    ledger, rates = watched(prodigy([weight()], betas=(0, 0.99)), rate_of, schedule)
    assert ledger.effective_by_group[:, 0] == pytest.approx(rates, rel=1e-9)
    assert rates[-1] > 1e3 * rates[0]
    assert (
        ledger.used.tolist() == (np.ones(UPDATES) if schedule is None else schedule.values(UPDATES)).tolist()
    )
    assert ledger.note == "not the whole rate: Prodigy scales it inside, to what effective_by_group says"


@SCHEDULES
@pytest.mark.parametrize("name", ["DAdaptLion", "DAdaptSGD"])
def test_the_effective_rate_of_d_adaptation_is_the_one_that_moved_the_weights(name, schedule):
    optimizer = getattr(package("dadaptation"), name)([weight()])
    before = weight().detach().clone()

    def rate_of(optimizer, p, was, state):
        moved = (p.detach() - before)[0]
        before.copy_(p.detach())
        return moved

    ledger, rates = watched(optimizer, rate_of, schedule)
    assert ledger.effective_by_group[:, 0] == pytest.approx(rates, rel=1e-9)
    assert rates[-1] > 10 * rates[0]
    assert ledger.note.startswith(f"not the whole rate: {name}")


@SCHEDULES
@pytest.mark.parametrize("name", ["SGDScheduleFree", "AdamWScheduleFree"])
def test_the_warm_up_inside_schedule_free_is_in_the_effective_rate(name, schedule):
    optimizer = getattr(package("schedulefree"), name)([weight()], lr=0.1, warmup_steps=10)

    def rate_of(optimizer, p, was, state):
        return (optimizer.state[p]["z"] - state["z"])[0]

    ledger, rates = watched(optimizer, rate_of, schedule)
    assert ledger.effective_by_group[:, 0] == pytest.approx(rates, rel=1e-7)
    warmed = np.minimum(1, np.arange(1, UPDATES + 1) / 10)
    assert ledger.effective_by_group[:, 0] == pytest.approx(ledger.used * warmed)
    assert ledger.note == f"not the whole rate: {name} scales it inside, to what effective_by_group says"


@pytest.mark.parametrize("name", ["Prodigy", "SGDScheduleFree"])
def test_a_resumed_run_of_such_an_optimizer_has_the_same_effective_rates(name):
    make = {
        "Prodigy": lambda: package("prodigyopt").Prodigy([weight()]),
        "SGDScheduleFree": lambda: package("schedulefree").SGDScheduleFree(
            [weight()], lr=0.1, warmup_steps=20
        ),
    }[name]

    def run(optimizer, scheduler, updates):
        (p,) = optimizer.param_groups[0]["params"]
        getattr(optimizer, "train", lambda: None)()
        with Ledger.watch(optimizer) as ledger:
            for _ in range(updates):
                p.grad = 0.1 * p.detach() - 1
                optimizer.step()
                scheduler.step()
        return ledger.effective_by_group.tolist()

    optimizer = make()
    scheduler = ScheduleLR(optimizer, cosine(1, 0, UPDATES))
    run(optimizer, scheduler, 12)
    saved = copy.deepcopy(
        (optimizer.param_groups[0]["params"][0], optimizer.state_dict(), scheduler.state_dict())
    )
    wanted = run(optimizer, scheduler, UPDATES - 12)
    again = make()
    again.param_groups[0]["params"][0].data.copy_(saved[0].data)
    later = ScheduleLR(again, cosine(1, 0, UPDATES))
    again.load_state_dict(saved[1])
    later.load_state_dict(saved[2])
    assert run(again, later, UPDATES - 12) == wanted


@pytest.mark.parametrize(
    ("settings", "whole"),
    [
        ({"lr": None, "relative_step": True, "warmup_init": True}, False),
        ({"lr": 1e-3, "relative_step": False}, False),
        ({"lr": 1e-3, "relative_step": False, "scale_parameter": False}, True),
    ],
)
def test_adafactor_of_transformers_uses_the_whole_rate_only_where_it_scales_nothing(settings, whole):
    adafactor = package("transformers").optimization.Adafactor
    p = torch.nn.Parameter(torch.ones(3, 4))
    with Ledger.watch(optimizer := adafactor([p], **settings)) as ledger:
        for _ in range(3):
            p.grad = torch.ones_like(p)
            optimizer.step()
    assert np.isnan(ledger.effective_by_group).all() != whole
    assert np.isnan(ledger.used).all() == (settings["lr"] is None)
    assert (ledger.note == "") == whole


def test_groups_scaled_by_timm_are_refused_and_written_into_the_rate_give_the_rates_of_timm():
    try:
        names = timm_names()
    except ImportError:
        pytest.skip("timm is not installed; see `make trainers`")

    def groups():
        scaled = zip((weight(), weight()), (0.25, 1.0), strict=True)
        return torch.optim.SGD([{"params": [p], "lr_scale": scale} for p, scale in scaled], lr=0.1)

    theirs = groups()
    scheduler = names["CosineLRScheduler"](theirs, t_initial=10, t_in_epochs=False)
    with Ledger.watch(theirs, intended=cosine(1, 0, 10), base_lr=[0.025, 0.1]) as ledger:
        for t in range(10):
            theirs.step()
            scheduler.step_update(t + 1)
    ours = groups()
    with pytest.raises(ValueError, match=r"ScheduleLR: parameter group 0 has lr_scale = 0\.25, which nobody"):
        ScheduleLR(ours, cosine(1, 0, 10))
    for group in ours.param_groups:
        group["lr"] *= group.pop("lr_scale")
    driver, rates = ScheduleLR(ours, cosine(1, 0, 10)), []
    for _ in range(10):
        rates.append(driver.get_last_lr())
        ours.step()
        driver.step()
    assert ledger.used_by_group == pytest.approx(np.array(rates))
    assert ledger.largest_gap() == pytest.approx(0, abs=1e-17)


def test_an_optimizer_of_opacus_is_watched_at_its_real_updates():
    optimizers = package("opacus").optimizers
    p = weight()
    inner = torch.optim.SGD([p], lr=0.1)
    private = optimizers.DPOptimizer(inner, noise_multiplier=0.0, max_grad_norm=1e6, expected_batch_size=1)
    scheduler = ScheduleLR(private, linear(1, 0, 8))
    with Ledger.watch(private, intended=linear(1, 0, 8)) as ledger:
        for batch in range(16):
            private.signal_skip_step(batch % 2 == 0)
            p.grad_sample = torch.ones(1, 3, dtype=p.dtype)
            before = p.detach().clone()
            private.step()
            private.zero_grad()
            assert torch.equal(before, p) == (batch % 2 == 0 or ledger.used[-1] == 0)
            if batch % 2:
                scheduler.step()
    assert ledger.used.tolist() == (0.1 * linear(1, 0, 8).values(8)).tolist()
    assert ledger.largest_gap() == 0
