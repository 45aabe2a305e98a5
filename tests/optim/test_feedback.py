"""What feedback rules promise: the rates of the libraries they come from, explicit memory, exact resume."""

import copy
import dataclasses
import io
import itertools
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as reference
from torch.optim.swa_utils import SWALR, AveragedModel

from lrlib.ledger import Ledger
from lrlib.optim import Feedback, FeedbackLR, Greedy, Plateau, ScheduleLR, Standing, noise, swa
from lrlib.optim.feedback import FEEDBACKS
from lrlib.rules import WrongCall
from lrlib.schedules import Schedule, constant, cosine, linear, stretch, warmup_cosine

BASES = (0.1, 0.03)
INF = math.inf
READINGS = st.lists(st.integers(1, 30).map(lambda n: n / 16), min_size=20, max_size=60)
PLATEAUS = st.builds(
    Plateau,
    factor=st.sampled_from([0.1, 0.5, 0.9]),
    patience=st.integers(0, 3),
    cooldown=st.integers(0, 3),
    min_factor=st.sampled_from([0, 0.01, 0.3]),
    rtol=st.sampled_from([0, 0.05]),
    mode=st.sampled_from(["min", "max"]),
)
GREEDIES = st.builds(
    Greedy,
    factor=st.sampled_from([0.5, 0.8]),
    patience=st.integers(0, 2),
    cooldown=st.integers(0, 2),
    warmup=st.integers(0, 2),
    min_factor=st.sampled_from([0.1, 0.5]),
    max_factor=st.sampled_from([1, 4]),
    window=st.sampled_from([1, 4]),
    reset_start=st.integers(1, 3),
    mode=st.sampled_from(["min", "max"]),
)
fewer = settings(max_examples=60, deadline=None)


def sgd(bases=BASES):
    groups = [
        {"params": [torch.nn.Parameter(torch.ones(2, dtype=torch.float64))], "lr": base} for base in bases
    ]
    return torch.optim.SGD(groups, lr=9.0, momentum=0.9)


def rates(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


def update(optimizer):
    """One update; the rates it used."""
    with Ledger.watch(optimizer) as ledger:
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = 0.1 * p.detach() + 1
        optimizer.step()
    return ledger.used_by_group[0].tolist()


def followed(rule, readings, start=None):
    """The standing after each reading."""
    standings = itertools.accumulate(readings, rule.after, initial=start or Standing())
    return list(standings)[1:]


def stored(state):
    """The state as a checkpoint holds it: through a file that may contain no code, and through JSON."""
    file = io.BytesIO()
    torch.save(json.loads(json.dumps(state, allow_nan=False)), file)
    file.seek(0)
    return torch.load(file, weights_only=True)


# ---------------------------------------------------------------- plateau


@fewer
@given(PLATEAUS, READINGS)
def test_plateau_gives_the_rates_and_counters_of_torch(rule, readings):
    theirs, ours = sgd(), sgd()
    scheduler = reference.ReduceLROnPlateau(
        theirs,
        rule.mode,
        rule.factor,
        rule.patience,
        rule.rtol,
        "rel",
        rule.cooldown,
        min_lr=[base * rule.min_factor for base in BASES],
        eps=0,
    )
    driver = FeedbackLR(ours, rule)
    for reading in readings:
        scheduler.step(reading)
        driver.report(reading)
        assert rates(ours) == pytest.approx(rates(theirs), rel=1e-12)
        mine = driver.standing
        assert mine.best == scheduler.best
        assert (mine.bad, mine.waiting) == (scheduler.num_bad_epochs, scheduler.cooldown_counter)


@pytest.mark.parametrize("mode", ["min", "max"])
def test_an_absolute_tolerance_is_that_of_torch(mode):
    readings = np.random.default_rng(1).integers(1, 30, 200) / 16
    theirs, ours = sgd(), sgd()
    scheduler = reference.ReduceLROnPlateau(theirs, mode, 0.9, 2, 0.25, "abs", eps=0)
    driver = FeedbackLR(ours, Plateau(0.9, patience=2, rtol=0, atol=0.25, mode=mode))
    for reading in readings:
        scheduler.step(reading)
        driver.report(reading)
        assert rates(ours) == pytest.approx(rates(theirs), rel=1e-12)
    assert driver.standing.multiplier < 0.1


@pytest.mark.parametrize("patience", [0, 1, 5])
@pytest.mark.parametrize("cooldown", [0, 2])
def test_on_equal_readings_reductions_come_every_patience_plus_one_and_cooldown(patience, cooldown):
    standings = followed(Plateau(0.5, patience=patience, cooldown=cooldown), [1.0] * 50)
    multipliers = np.array([1.0] + [s.multiplier for s in standings])
    reduced = np.flatnonzero(np.diff(multipliers))
    assert reduced[0] == patience + 1
    assert set(np.diff(reduced)) == {patience + 1 + cooldown}


def test_readings_that_get_worse_are_no_improvement_below_zero():
    worse = [-10 * 0.95**n for n in range(8)]
    assert followed(Plateau(patience=1, rtol=0.1), worse)[-1].multiplier == pytest.approx(0.1**3)
    optimizer = sgd()
    scheduler = reference.ReduceLROnPlateau(optimizer, patience=1, threshold=0.1)
    for reading in worse:
        scheduler.step(reading)
    assert rates(optimizer) == list(BASES)


@pytest.mark.parametrize(
    "rule", [Plateau(patience=1), Greedy(patience=1, window=3), Plateau(1e-3, mode="max")]
)
@pytest.mark.parametrize("broken", [math.nan, INF, -INF])
def test_a_reading_that_is_not_finite_improves_nothing_and_stays_out_of_the_memory(rule, broken):
    standings = followed(rule, [1.0, broken, 1.0, broken])
    assert all(s.good == 0 for s in standings[1:])
    assert {s.best for s in standings} == {1.0}
    assert broken not in standings[-1].recent
    assert followed(rule, [broken])[0].best is None
    json.dumps(dataclasses.asdict(followed(rule, [broken] * 5)[-1]), allow_nan=False)


# ---------------------------------------------------------------- greedy


def test_greedy_raises_while_readings_improve_and_lowers_while_they_do_not():
    rule = Greedy(0.5, patience=2, max_factor=4, min_factor=0.25, reset_start=100)
    falling = followed(rule, [10.0 - n for n in range(9)])
    assert [s.multiplier for s in falling] == [1, 1, 2, 2, 2, 4, 4, 4, 4]
    level = followed(rule, [5.0] * 15, falling[-1])
    assert [s.multiplier for s in level] == [4, 4, 2, 2, 2, 1, 1, 1, 0.5, 0.5, 0.5, *[0.25] * 4]


def test_greedy_forgets_everything_after_enough_reductions_at_the_minimum():
    rule = Greedy(0.5, patience=0, min_factor=0.25, window=2, reset_start=3)
    standings = followed(rule, [1.0] + [2.0] * 5)
    assert [s.multiplier for s in standings] == [2, 1, 0.5, 0.25, 0.25, 1]
    assert [s.at_minimum for s in standings] == [0, 0, 0, 1, 2, 0]
    assert standings[-1] == Standing()
    at_the_brink = Standing(0.25, best=1.0, at_minimum=2)
    waits = dataclasses.replace(rule, cooldown=3, warmup=4)
    assert waits.after(at_the_brink, 2.0) == Standing(waiting=3)
    raised = waits.after(at_the_brink, 0.5)
    assert (raised.multiplier, raised.at_minimum, raised.waiting) == (0.5, 0, 4)


def test_greedy_judges_the_mean_of_its_window():
    readings = np.random.default_rng(0).integers(1, 99, 80) / 32
    means = [float(np.mean(readings[max(0, n - 3) : n + 1])) for n in range(80)]
    smooth = followed(Greedy(0.5, patience=1, window=4, reset_start=99), readings)
    plain = followed(Greedy(0.5, patience=1, reset_start=99), means)
    assert [dataclasses.replace(s, recent=()) for s in smooth] == [
        dataclasses.replace(s, recent=()) for s in plain
    ]
    assert smooth[-1].recent == tuple(readings[-4:])


# ---------------------------------------------------------------- both rules


RULES = st.one_of(PLATEAUS, GREEDIES)


@fewer
@given(RULES, READINGS)
def test_the_multiplier_stays_within_its_limits_and_moves_by_one_factor(rule, readings):
    multipliers = [1.0] + [s.multiplier for s in followed(rule, readings)]
    assert min(multipliers) >= rule.min_factor
    assert max(multipliers) <= getattr(rule, "max_factor", 1)
    for before, after in itertools.pairwise(multipliers):
        steps = {before, max(before * rule.factor, rule.min_factor)}
        if isinstance(rule, Greedy):
            steps |= {min(before / rule.factor, rule.max_factor), 1.0}
        assert after in steps


@fewer
@given(RULES, READINGS)
def test_the_mirror_image_of_the_readings_in_the_other_mode_changes_nothing(rule, readings):
    other = dataclasses.replace(rule, mode="max" if rule.mode == "min" else "min")
    ours = [s.multiplier for s in followed(rule, readings)]
    assert [s.multiplier for s in followed(other, [-r for r in readings])] == ours


@settings(max_examples=25, deadline=None)
@given(RULES, READINGS)
def test_resume_is_exact_after_every_reading_in_both_load_orders(rule, readings):
    schedule = warmup_cosine(60, 5)

    def train(optimizer, driver, part):
        used = []
        for n, reading in part:
            used.append(update(optimizer))
            driver.step()
            if n % 2:
                driver.report(reading)
        return used

    numbered = list(enumerate(readings))
    optimizer = sgd()
    driver = FeedbackLR(optimizer, rule, schedule)
    used, checkpoints = [], []
    for each in numbered:
        checkpoints.append((copy.deepcopy(optimizer.state_dict()), stored(driver.state_dict())))
        used += train(optimizer, driver, [each])
    for k in range(0, len(readings), 7):
        for optimizer_last in (False, True):
            of_optimizer, of_driver = checkpoints[k]
            again = sgd()
            later = FeedbackLR(again, rule, schedule)
            loads = [lambda o=again, s=of_optimizer: o.load_state_dict(copy.deepcopy(s)),
                     lambda d=later, s=of_driver: d.load_state_dict(s)]  # fmt: skip
            for load in loads[::-1] if optimizer_last else loads:
                load()
            assert train(again, later, numbered[k:]) == used[k:]
            assert later.standing == driver.standing


def test_the_rate_is_base_times_schedule_times_multiplier_from_the_next_update_on():
    schedules = (linear(0, 1, 8), cosine(1, 0, 30))
    optimizer = sgd()
    driver = FeedbackLR(optimizer, Plateau(0.5, patience=0), schedules)
    multiplier = 1.0
    for t in range(20):
        wanted = [b * s(t) * multiplier for b, s in zip(BASES, schedules, strict=True)]
        assert driver.get_last_lr() == update(optimizer) == wanted
        driver.step()
        if t in (4, 9, 11):
            driver.report(1.0)
            multiplier = driver.standing.multiplier
            assert driver.get_last_lr() == rates(optimizer)
    assert multiplier == 0.25


def test_without_a_schedule_no_step_is_needed():
    optimizer = sgd()
    driver = FeedbackLR(optimizer, Plateau(0.5, patience=0))
    for _ in range(3):
        driver.report(1.0)
    assert update(optimizer) == [base * 0.25 for base in BASES]


def test_a_group_added_later_has_the_multiplier_too():
    optimizer = sgd()
    driver = FeedbackLR(optimizer, Plateau(0.5, patience=0), linear(1, 0, 10))
    for _ in range(2):
        update(optimizer)
        driver.step()
        driver.report(1.0)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": 0.8})
    assert update(optimizer)[2] == 0.8 * linear(1, 0, 10)(2) * 0.5


def reported(rule=Plateau(0.5, patience=0), schedule=constant(1)):  # noqa: B008 - immutable
    driver = FeedbackLR(sgd(), rule, schedule)
    for _ in range(3):
        driver.report(1.0)
    return driver.state_dict()


def test_another_rule_or_schedule_is_an_error_that_changes_nothing():
    optimizer = sgd()
    driver = FeedbackLR(optimizer, Plateau(0.1, patience=0))
    driver.report(1.0)
    before = stored(driver.state_dict()), rates(optimizer)
    plain = ScheduleLR(sgd(), constant(1)).state_dict()
    for state in (reported(), reported(Plateau(0.1, patience=0), linear(0, 1, 5)), reported(Greedy()), plain):
        with pytest.raises(ValueError, match=r"another schedule|feedback, standing missing"):
            driver.load_state_dict(state)
        assert (stored(driver.state_dict()), rates(optimizer)) == before


def test_a_rule_whose_class_was_defined_again_is_no_mismatch():
    def cell():
        class Halve9(Feedback):
            above: float

            def after(self, was, reading):
                return (
                    dataclasses.replace(was, multiplier=was.multiplier / 2) if reading > self.above else was
                )

        return Halve9

    driver = FeedbackLR(sgd(), cell()(3))
    driver.report(4.0)
    cell()
    driver.load_state_dict(driver.state_dict())
    assert driver.standing.multiplier == 0.5
    with pytest.raises(ValueError, match="another schedule"):
        FeedbackLR(sgd(), cell()(2)).load_state_dict(driver.state_dict())


def test_keep_and_replace_choose_the_rule_and_go_on_from_what_was_remembered():
    for policy, factor in (("keep", 0.5), ("replace", 0.1)):
        driver = FeedbackLR(sgd(), Plateau(0.1, patience=0), on_mismatch=policy)
        driver.load_state_dict(reported())
        assert driver.standing == Standing(0.25, best=1.0)
        driver.report(1.0)
        assert driver.standing.multiplier == 0.25 * factor


@pytest.mark.parametrize("rule", [Plateau, Greedy])
@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *itertools.product(["factor"], [0, 1, -0.1, math.nan, "0.5", True, None]),
        *itertools.product(["patience", "cooldown"], [-1, 1.5, INF, "3"]),
        *itertools.product(["min_factor"], [-0.1, 1.1, math.nan]),
        *itertools.product(["rtol", "atol"], [-1e-9, INF, math.nan, None]),
        ("mode", "less"),
        ("mode", None),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(rule, parameter, value):
    with pytest.raises(ValueError, match=f"{rule.__name__}: {parameter} must be"):
        rule(**{parameter: value})


@pytest.mark.parametrize(
    ("parameter", "value"), [("window", 0), ("reset_start", 0), ("max_factor", 0.9), ("warmup", -1)]
)
def test_greedy_refuses_its_own_parameters_by_name(parameter, value):
    with pytest.raises(ValueError, match=f"Greedy: {parameter} must be"):
        Greedy(**{parameter: value})


@pytest.mark.parametrize("no_rule", [Plateau, "plateau", None, constant(1)])
def test_what_is_no_rule_is_a_type_error(no_rule):
    with pytest.raises(TypeError, match=r"Plateau\(...\) or Greedy\(...\)"):
        FeedbackLR(sgd(), no_rule)


# ---------------------------------------------------------------- several processes


def report_losses_of_its_own(rank, folder):
    """One of two processes: their losses improve in turns, and do so together in no reading."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    used = {str(reduced): rates_after_losses(rank, reduced) for reduced in (True, False)}
    (folder / f"{rank}.json").write_text(json.dumps(used))
    torch.distributed.destroy_process_group()


def rates_after_losses(rank, reduced):
    driver, used = FeedbackLR(sgd(), Plateau(0.5, patience=1)), []
    for n in range(12):
        loss = torch.tensor(1 - 0.1 * n if (n < 6) == (rank == 0) else 1 + 0.1 * n)
        if reduced:
            torch.distributed.all_reduce(loss)
            loss /= torch.distributed.get_world_size()
        driver.report(loss)
        used.append(update(driver.optimizer))
    return used


@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch knows one process only")
def test_two_processes_keep_one_rate_where_they_report_the_mean_of_their_losses(tmp_path):
    torch.multiprocessing.spawn(report_losses_of_its_own, (tmp_path,), nprocs=2)
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2))
    assert first["True"] == second["True"] and first["False"] != second["False"]
    assert all(used[-1] < used[0] for used in first.values())


# ---------------------------------------------------------------- weight averaging


SHAPES = {"cos": cosine, "linear": linear}


def averaged(make, first, steps):
    """SGD with momentum, `first` updates on a cosine, then `make`'s rates; rates, weights, their average."""
    optimizer = sgd()
    model = torch.nn.Module()
    model.weights = torch.nn.ParameterList(p for g in optimizer.param_groups for p in g["params"])
    scheduler = ScheduleLR(optimizer, cosine(1, 0, 40))
    used = []
    for _ in range(first):
        used.append(update(optimizer))
        scheduler.step()
    scheduler = make(optimizer)
    average = AveragedModel(model)
    for _ in range(steps):
        used.append(update(optimizer))
        average.update_parameters(model)
        scheduler.step()
    return np.array(used), [p.detach().numpy().copy() for p in average.module.parameters()]


@pytest.mark.parametrize("first", [0, 1, 17])
@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("anneal_steps", [0, 1, 10])
def test_swa_gives_the_rates_and_the_averaged_weights_of_torchs_swalr(first, strategy, anneal_steps):
    theirs, their_average = averaged(lambda o: SWALR(o, [0.05, 0.2], anneal_steps, strategy), first, 30)
    ours, average = averaged(lambda o: swa(o, [0.05, 0.2], anneal_steps, SHAPES[strategy]), first, 30)
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert np.stack(average) == pytest.approx(np.stack(their_average), rel=1e-9)
    assert ours[-1] == pytest.approx([0.05, 0.2], rel=1e-15)


def test_swa_resumes_exactly_whatever_the_rate_was_when_it_is_built_again():
    optimizer = sgd()
    scheduler = swa(optimizer, 0.01, 8)
    states, used = [], []
    for _ in range(12):
        states.append(stored(scheduler.state_dict()))
        used.append(update(optimizer))
        scheduler.step()
    for k, state in enumerate(states):
        again = sgd((0.7, 0.8))
        later = swa(again, 0.01, 8)
        later.load_state_dict(state)
        for wanted in used[k:]:
            assert update(again) == wanted
            later.step()


@pytest.mark.parametrize("swa_lr", [-0.1, [0.1], [0.1, 0.1, 0.1], math.nan, INF])
def test_swa_refuses_what_is_no_rate_for_each_group(swa_lr):
    with pytest.raises(ValueError, match="swa: swa_lr must be a number >= 0, or 2 of them, one a group, got"):
        swa(sgd(), swa_lr)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"shape": "cosine"}, r"swa: shape must be cosine, linear, or any other shape\(.*\), got 'cosine'$"),
        ({"swa_lr": "0.1"}, "swa: swa_lr must be a number >= 0, or 2 of them, one a group, got '0.1'$"),
        ({"optimizer": "0.1"}, "swa: optimizer must be a torch optimizer, got '0.1'$"),
        ({"optimizer": None}, "swa: optimizer must be a torch optimizer, got None$"),
    ],
)
def test_swa_says_in_one_sentence_which_argument_it_cannot_use(given, says):
    with pytest.raises(ValueError, match=says):
        swa(**{"optimizer": sgd(), "swa_lr": 0.1, **given})


def test_swa_refuses_a_base_rate_of_zero():
    with pytest.raises(ValueError, match="base rate of a parameter group is 0"):
        swa(sgd((0.1, 0.0)), 0.05)


# ---------------------------------------------------------------- noise


def test_noise_is_that_of_timm():
    """timm 1.0.31: CosineLRScheduler(noise_range_t=(5, 15), noise_seed=7, noise_std=0.3, noise_pct=0.5)
    ._calculate_noise(t) for t = 5, 6, 7; and with (0, 20) and its defaults."""
    theirs = [-0.06414414793252944, -0.033497804403305055, -0.304239821434021]
    assert noise(5, 15, limit=0.5, std=0.3, seed=7)(np.arange(5, 8)) - 1 == pytest.approx(theirs, rel=1e-12)
    theirs = [0.5756789445877075, 0.5185602903366089, 0.058264266699552536]
    assert noise(0, 20)(np.arange(5, 8)) - 1 == pytest.approx(theirs, rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 20),
    st.integers(1, 30),
    st.sampled_from([0.01, 0.3, 1]),
    st.integers(0, 2**40),
    st.sampled_from(["normal", "uniform"]),
)
def test_noise_is_within_its_limit_where_it_was_asked_for_and_nowhere_else(start, length, limit, seed, kind):
    factor = noise(start, start + length, limit, std=limit, seed=seed, kind=kind)
    e = factor.values(start + length + 5) - 1
    assert np.all(e[:start] == 0)
    assert np.all(e[start + length :] == 0)
    inside = e[start : start + length]
    assert np.all(np.abs(inside) <= limit)
    assert len(set(inside)) == length
    assert Schedule.from_dict(json.loads(json.dumps(factor.to_dict()))) == factor
    assert noise(start, start + length, limit, std=limit, seed=seed, kind=kind) == factor


def test_noise_depends_on_seed_and_step_alone():
    whole, part = noise(0, 40, seed=3), noise(10, 20, seed=3)
    assert whole(np.arange(10, 20)).tolist() == part(np.arange(10, 20)).tolist()
    assert noise(0, 40, seed=4) != whole
    per_epoch = stretch(noise(0, 4, seed=3), 25)
    assert per_epoch(np.arange(100)).tolist() == np.repeat(whole(np.arange(4)), 25).tolist()


def test_noise_has_the_spread_that_was_asked_for():
    e = noise(0, 4000, limit=1, std=0.2).values(4000) - 1
    assert np.mean(e) == pytest.approx(0, abs=4 * 0.2 / 4000**0.5)
    assert np.std(e) == pytest.approx(0.2, rel=4 / (2 * 4000) ** 0.5)
    e = noise(0, 4000, limit=0.6, kind="uniform").values(4000) - 1
    assert np.std(e) == pytest.approx(0.6 / 3**0.5, rel=0.05)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("start", -1), ("start", 0.5), ("stop", 5), ("stop", INF), ("stop", 10**9), ("limit", 0), ("limit", 1.1),
     ("limit", math.nan), ("std", 0), ("std", 68), ("seed", -1), ("seed", 1.5), ("kind", "gauss")],
)  # fmt: skip
def test_noise_refuses_by_name(parameter, value):
    with pytest.raises(ValueError, match=f"noise: {parameter} must be"):
        noise(**{"start": 5, "stop": 9, parameter: value})


# ---------------------------------------------------------------- rules of one's own


class Countdown(Feedback):
    """Halves the rate at every reading that is number `every`; remembers the last two."""

    every: int
    note: str = ""
    levels: tuple = (1.0, 2.0)

    def after(self, was, reading):
        bad = was.bad + 1
        halved = was.multiplier / 2 if bad % self.every == 0 else was.multiplier
        return dataclasses.replace(was, bad=bad, multiplier=halved, recent=(*was.recent, reading)[-2:])


def test_a_rule_of_ones_own_is_checked_and_resumes_exactly_from_a_checkpoint():
    with pytest.raises(ValueError, match="Countdown: every must be a whole number"):
        Countdown(1.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Countdown(2).every = 3
    driver = FeedbackLR(sgd(), Countdown(2, note="mine"), linear(1, 0, 20))
    for reading in np.float32([1, 2, 3]):
        driver.optimizer.step()
        driver.step()
        driver.report(reading)
    again = FeedbackLR(sgd(), Countdown(2, note="mine"), linear(1, 0, 20))
    again.load_state_dict(stored(driver.state_dict()))
    assert (again.standing, again.feedback) == (driver.standing, driver.feedback)
    for each in (driver, again):
        each.report(4.0)
    assert again.get_last_lr() == driver.get_last_lr()
    assert again.standing == Standing(0.25, bad=4, recent=(3.0, 4.0))
    with pytest.raises(ValueError, match="another schedule"):
        FeedbackLR(sgd(), Countdown(3)).load_state_dict(driver.state_dict())


def test_a_rule_of_ones_own_may_be_written_as_a_frozen_dataclass():
    @dataclasses.dataclass(frozen=True)
    class Written(Feedback):
        by: float = 0.5

        def after(self, was, reading):
            return dataclasses.replace(was, multiplier=was.multiplier * self.by)

    driver = FeedbackLR(sgd(), Written(by=0.25))
    driver.report(1.0)
    assert rates(driver.optimizer) == [base * 0.25 for base in BASES]
    again = FeedbackLR(sgd(), Written(by=0.25))
    again.load_state_dict(stored(driver.state_dict()))
    assert rates(again.optimizer) == rates(driver.optimizer)
    with pytest.raises(dataclasses.FrozenInstanceError):
        driver.feedback.by = 1


def test_a_rule_that_could_not_be_saved_is_refused_when_the_scheduler_is_built():
    class Unsaved(Feedback):
        memory: object

        def after(self, was, reading):
            return was

    for memory in (np.zeros(3), {1, 2}, {1: 2}, constant(1)):
        with pytest.raises(ValueError, match=r"FeedbackLR: .*what a checkpoint can restore: .*, got "):
            FeedbackLR(sgd(), Unsaved(memory))
    FeedbackLR(sgd(), Unsaved((1, "two", True)))


def test_a_rule_without_after_or_with_a_taken_name_is_refused_when_it_is_written():
    with pytest.raises(TypeError, match="the feedback rule Silent must define after"):
        type("Silent", (Feedback,), {})
    with pytest.raises(TypeError, match="the feedback rule Built must not define __init__: annotate"):
        type("Built", (Feedback,), {"after": Plateau.after, "__init__": lambda self: None})
    with pytest.raises(ValueError, match=r"'plateau' is taken by lrlib\.optim\.feedback\.Plateau"):
        type("Plateau", (Feedback,), {"after": lambda self, was, reading: was})
    assert stored(FeedbackLR(sgd(), Plateau()).state_dict())["feedback"].startswith('{"type": "plateau"')


@pytest.mark.parametrize("returned", [None, "0.5", math.nan, -1.0])
def test_a_rule_that_returns_no_standing_is_refused_and_changes_nothing(returned):
    class Wrong(Feedback):
        def after(self, was, reading):
            return dataclasses.replace(was, multiplier=returned) if reading else returned

    driver = FeedbackLR(sgd(), Wrong())
    with pytest.raises(TypeError, match=r"Wrong\.after must return a Standing"):
        driver.report(0.0)
    with pytest.raises(ValueError, match="Standing: multiplier must be a finite number >= 0"):
        driver.report(1.0)
    assert (driver.standing, rates(driver.optimizer)) == (Standing(), list(BASES))


@dataclasses.dataclass(frozen=True)
class Richer(Standing):
    seen: int = 0


def test_a_standing_with_a_field_more_is_refused_before_it_could_be_saved():
    class Rich(Feedback):
        def after(self, was, reading):
            return Richer(seen=3)

    driver = FeedbackLR(sgd(), Rich())
    with pytest.raises(TypeError, match=r"Rich\.after must return a Standing itself, got .*Richer\("):
        driver.report(0.5)
    assert driver.standing == Standing()


@pytest.mark.parametrize("reading", ["a", "0.5", None, [0.5], {}])
def test_what_is_no_reading_is_refused_in_one_sentence(reading):
    driver = FeedbackLR(sgd(), Plateau())
    with pytest.raises(ValueError, match=r"^FeedbackLR\.report: reading must be one number, .*, got .*$"):
        driver.report(reading)
    assert driver.standing == Standing()


@pytest.mark.parametrize("kind", [float, np.float32, torch.tensor, lambda x: torch.tensor([x])])
def test_a_reading_may_be_one_number_of_any_kind(kind):
    driver = FeedbackLR(sgd(), Plateau())
    driver.report(kind(0.5))
    assert driver.standing.best == 0.5


@pytest.fixture
def feedbacks():
    before = dict(FEEDBACKS)
    yield
    FEEDBACKS.clear()
    FEEDBACKS.update(before)


def mine(optimizer, **given):
    class Mine(Plateau):
        pass

    return Mine(**given)


@pytest.mark.usefixtures("feedbacks")
@pytest.mark.parametrize(
    ("build", "given", "says"),
    [
        (
            lambda o, **given: Plateau(**given),
            {"threshold": 0.1},
            "Plateau: .*'threshold'; it is called 'rtol'",
        ),
        (
            lambda o, **given: Greedy(**given),
            {"min_delta": 0.1},
            "Greedy: .*'min_delta'; it is called 'atol'",
        ),
        (lambda o, **given: Plateau(**given), {"patiense": 1}, "Plateau: .*did you mean 'patience'"),
        (mine, {"threshold": 0.1}, "Mine: .*'threshold'; it is called 'rtol'"),
        (FeedbackLR, {"mode": "min"}, "FeedbackLR: unknown argument 'mode'.*optimizer, feedback, schedule"),
        (FeedbackLR, {}, "FeedbackLR: missing a required argument: 'feedback'; its parameters are optimizer"),
    ],
)
def test_a_call_that_does_not_fit_says_what_the_parameter_is_called_here(build, given, says):
    with pytest.raises(WrongCall, match=f"^{says}"):
        build(sgd(), **given)


@pytest.mark.parametrize("told", [{"epoch": torch.tensor(7)}, {"metrics": 0.7}, {"metrics": 7}])
def test_a_tensor_or_metrics_given_to_step_is_a_reading_and_moves_no_clock(told):
    driver = FeedbackLR(sgd(), Plateau(patience=0), linear(1, 0, 20))
    update(driver.optimizer)
    driver.step()
    with pytest.raises(ValueError, match=r"FeedbackLR\.step: .*a loss or an accuracy by FeedbackLR\.report"):
        driver.step(**told)
    assert driver.last_epoch == 1
    driver.step()
    assert driver.last_epoch == 2


@pytest.mark.parametrize("loss", [0.73, 2.0, torch.tensor(0.5), np.float32(1)])
def test_a_loss_given_to_step_is_refused_with_what_to_call_instead(loss):
    driver = FeedbackLR(sgd(), Plateau(patience=0), linear(1, 0, 20))
    update(driver.optimizer)
    driver.step()
    before = stored(driver.state_dict())
    with pytest.raises(ValueError, match=r"FeedbackLR\.step: .*a loss or an accuracy by FeedbackLR\.report"):
        driver.step(loss)
    assert stored(driver.state_dict()) == before
