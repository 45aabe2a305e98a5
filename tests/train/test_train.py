"""What training promises: sweeps equal single runs, runs are paired, peaks are tuned, theory agrees."""

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlib import tasks, theory, train
from lrlib.schedules import constant, cosine, linear, multistep, warmup_cosine

STEPS = 20


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("LRLIB_PROGRESS", "off")


def small_digits(**options):
    return tasks.get("digits", **{"hidden": (8,), "batch_size": 16, "n_train": 100, **options})


PROBLEMS = {
    "digits": (small_digits(label_noise=0.2), (0.02, 0.2)),
    "two hidden layers": (small_digits(hidden=(6, 5)), (0.05, 0.1)),
    "quadratic": (tasks.get("quadratic", noise=0.3), (0.1, 0.9)),
    "noiseless quadratic": (tasks.get("quadratic", noise=0.0, curvatures=(2.0, 0.5)), (0.05, 0.9)),
}
SCHEDULES = [
    constant(1, STEPS),
    warmup_cosine(STEPS, 5),
    linear(1, 0, STEPS),
    multistep((8, 15), 0.3, STEPS),
]
problems = pytest.mark.parametrize("name", PROBLEMS)


# ---------------------------------------------------------------- a sweep is many runs


@cache
def single_run(name, s, r, seed):
    task, rates = PROBLEMS[name]
    return train.run(task, SCHEDULES[s], rates[r], seed, evaluations=4)


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
    found = train.sweep(task, SCHEDULES, rates, seeds, evaluations=4, runs_at_once=runs_at_once)
    assert found.train_loss.shape == (4, 2, 3, STEPS)
    assert found.used.shape == (4, 2, STEPS)
    for s, r, n in np.ndindex(4, 2, 3):
        alone, one = single_run(name, s, r, seeds[n]), found.ledger(s, r, n)
        for values in ("used", "intended", "train_loss", "heldout_loss"):
            assert getattr(one, values) == pytest.approx(getattr(alone, values), rel=1e-9, abs=1e-12)
        assert one.heldout_steps.tolist() == alone.heldout_steps.tolist() == found.heldout_steps.tolist()
        assert one.label == alone.label == str(SCHEDULES[s])
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


@pytest.mark.parametrize("runs_at_once", [2, 128])
def test_the_rates_a_sweep_reports_are_what_moved_the_weights(runs_at_once):
    h, rates = 0.25, (0.01, 0.3, 2.0)
    task = tasks.get("quadratic", curvatures=(h,), noise=0.0)
    found = train.sweep(task, SCHEDULES, rates, [0, 1], evaluations=STEPS, runs_at_once=runs_at_once)
    x = np.sqrt(2 * found.heldout_loss / h)  # loss = h x^2 / 2, and x stays positive while rate * h < 1
    before = np.concatenate([np.ones_like(x[..., :1]), x[..., :-1]], axis=-1)
    recovered = (1 - x / before) / h  # x := (1 - rate * h) x
    for n in range(2):
        assert recovered[:, :, n] == pytest.approx(found.used, abs=1e-9)
    wanted = np.array([s.values(STEPS) for s in SCHEDULES])[:, None] * np.array(rates)[:, None]
    assert found.used == pytest.approx(wanted, rel=1e-15)


def test_any_number_of_workers_gives_the_same_digits():
    task, rates = PROBLEMS["digits"]
    one, two = (
        train.sweep(task, SCHEDULES[:2], rates, [0, 1], evaluations=3, workers=workers, runs_at_once=4)
        for workers in (1, 2)
    )
    for values in ("used", "train_loss", "heldout_loss", "diverged"):
        assert np.array_equal(getattr(one, values), getattr(two, values))


# ---------------------------------------------------------------- pairing and randomness


def test_runs_of_one_seed_share_weights_and_batches_at_every_rate_and_other_seeds_differ():
    task, _ = PROBLEMS["digits"]
    still = (0.0, 1e-14)  # too small to move anything: the losses are those of the batches
    losses = train.sweep(task, SCHEDULES[:2], still, [3, 4], evaluations=1).train_loss
    assert np.ptp(losses, axis=(0, 1)).max() < 1e-10
    assert (np.abs(losses[0, 0, 0] - losses[0, 0, 1]) > 1e-6).all()
    assert np.ptp(losses[0, 0, 0]) > 0.01


def test_the_first_loss_is_the_same_at_every_rate_also_when_one_explodes():
    task, _ = PROBLEMS["quadratic"]
    losses = train.sweep(task, SCHEDULES, [0.1, 1.0, 1e100], [0, 1], evaluations=1).train_loss
    assert np.ptp(losses[..., 0], axis=(0, 1)).max() == 0


@problems
def test_a_seed_names_everything_random_and_the_global_generators_are_left_alone(name):
    task, rates = PROBLEMS[name]
    results = []
    for global_seed in (1, 2):
        torch.manual_seed(global_seed)
        np.random.seed(global_seed)
        torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
        ledger = train.run(task, SCHEDULES[1], rates[0], seed=5)
        found = train.sweep(task, SCHEDULES[:2], rates, [5, 6])
        assert torch.equal(torch.get_rng_state(), torch_state)
        assert np.array_equal(np.random.get_state()[1], numpy_state)
        results.append((ledger.heldout_loss, found.heldout_loss))
    for first, second in zip(*results, strict=True):
        assert np.array_equal(first, second)


def test_training_leaves_the_number_of_threads_alone():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        task, _ = PROBLEMS["quadratic"]
        train.sweep(task, SCHEDULES[:1], [0.1], [0])
        train.run(task, SCHEDULES[0], 0.1, 0)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


# ---------------------------------------------------------------- divergence


EXPLODING = {"digits": 1e6, "quadratic": 2.5, "quadratic to infinity": 1e150}


@pytest.mark.parametrize("case", EXPLODING)
def test_a_diverged_run_is_a_result_and_does_not_touch_its_neighbours(case):
    task, rates = PROBLEMS[case.split()[0]]
    bad, seeds = EXPLODING[case], [0, 1, 2]
    with np.errstate(all="raise"):
        calm = train.sweep(task, SCHEDULES, rates, seeds, steps=STEPS)
        mixed = train.sweep(task, SCHEDULES, (rates[0], bad, rates[1]), seeds, steps=STEPS)
    assert mixed.diverged[0, 1].all()
    assert (mixed.result[0, 1] == task.guess).all()
    assert not calm.diverged.any()
    assert not mixed.diverged[:, [0, 2]].any()
    for values in ("train_loss", "heldout_loss", "result", "used"):
        assert getattr(mixed, values)[:, [0, 2]] == pytest.approx(getattr(calm, values), rel=1e-12)
    alone = train.run(task, SCHEDULES[0], bad, 0)
    assert alone.diverged
    assert alone.result == mixed.ledger(0, 1, 0).result == task.guess


def test_infinities_appear_so_the_neighbours_were_really_at_risk():
    task, rates = PROBLEMS["quadratic"]
    found = train.sweep(task, SCHEDULES[:1], (rates[0], 1e150), [0])
    assert not np.isfinite(found.train_loss[0, 1]).all()
    assert np.isfinite(found.train_loss[0, 0]).all()


def test_a_run_whose_last_update_alone_overflows_counts_as_a_guess():
    task, _ = PROBLEMS["quadratic"]
    found = train.sweep(task, [constant(1, 1)], [0.1, 1e200], [0])
    assert found.diverged[0].tolist() == [[False], [True]]
    assert found.result[0, 1, 0] == train.run(task, constant(1, 1), 1e200, 0).result == task.guess


# ---------------------------------------------------------------- how long, and when to look


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
    asked = {"schedules": SCHEDULES, "base_lrs": [0.1], "seeds": [0]}
    for name in asked:
        with pytest.raises(ValueError, match=rf"^sweep: {name} must be one or more .*got \[\]"):
            train.sweep(task, **{**asked, name: []})
    with pytest.raises(ValueError, match="evaluations"):
        train.sweep(task, SCHEDULES, [0.1], [0], evaluations=0)


# ---------------------------------------------------------------- tuning


SEEDS = range(100, 108)
GRID = (0.01, 0.03, 0.1, 0.3, 0.9)


def mean_results(task, schedules, rates, seeds):
    """The mean judged figure of every schedule and rate, by single runs."""
    return np.array(
        [[np.mean([train.run(task, s, r, n).result for n in seeds]) for r in rates] for s in schedules]
    )


def test_tuning_picks_the_rate_and_the_reference_with_the_lowest_mean_on_the_tuning_seeds():
    task, schedules = tasks.get("quadratic", noise=0.5), [SCHEDULES[0], SCHEDULES[2]]
    tuned = train.tune(task, schedules, GRID, SEEDS)
    means = mean_results(task, schedules, tuned.sweep.base_lrs, SEEDS)
    assert tuned.peak == tuple(means.argmin(axis=1))
    best = means.min(axis=1).argmin()
    assert tuned.reference == str(schedules[best]) and best != means.max(axis=1).argmin()
    assert tuned.at_edge == (False, False)
    assert tuned.sweep.seeds == tuple(SEEDS)
    swapped = train.tune(task, schedules[::-1], GRID, SEEDS)
    assert swapped.peak == tuned.peak[::-1]
    assert swapped.reference == tuned.reference


@pytest.mark.parametrize(
    ("grid", "widened"),
    [((0.1, 0.2, 0.4), 3), ((0.01, 0.02, 0.04), 3), ((1.2, 2.4, 4.8), 1), ((0.8, 1.6, 3.2), 0)],
)
def test_a_peak_at_an_edge_widens_the_grid_there_by_its_own_ratio(grid, widened):
    task = tasks.get("quadratic", noise=0.0, curvatures=(1.0, 0.1))
    tuned = train.tune(task, [constant(1, 10)], grid, [0], widen=3)
    rates = tuned.sweep.base_lrs
    assert set(grid) <= set(rates)
    assert tuned.widened == widened == len(rates) - len(grid)
    assert np.diff(np.log(rates)) == pytest.approx(np.log(2))
    exact = [theory.expected_loss([rate] * 10, (1.0, 0.1), noise=0.0)[-1] for rate in rates]
    counted = np.where(np.array(exact) > task.guess * 2, task.guess, exact)
    assert tuned.peak == (counted.argmin(),)
    assert tuned.at_edge == (tuned.peak[0] in (0, len(rates) - 1),)
    assert tuned.at_edge == (grid == (0.01, 0.02, 0.04),)


@pytest.mark.parametrize(
    "grid",
    [
        (),
        (0.1, 0.2),
        (0.1, 0.3, 0.2),
        (0.1, 0.1, 0.2),
        (0.0, 0.1, 0.2),
        (-0.1, 0.1, 0.2),
        (0.1, float("nan"), 0.2),
        (float("nan"), 0.1, 0.2),
        (0.1, 0.2, float("inf")),
    ],
    ids=str,
)
def test_a_bad_grid_is_refused(grid):
    with pytest.raises(ValueError, match="base_lrs must be at least 3 increasing rates > 0"):
        train.tune(PROBLEMS["quadratic"][0], SCHEDULES[:1], grid, [0])


def test_judging_trains_each_schedule_at_its_own_peak_on_other_seeds():
    task, schedules = tasks.get("quadratic", noise=0.5), [SCHEDULES[0], SCHEDULES[2]]
    tuned = train.tune(task, schedules, GRID, SEEDS)
    assert tuned.peak[0] != tuned.peak[1]
    judged = train.judge(task, tuned, [0, 1])
    for s, n in np.ndindex(2, 2):
        peak = tuned.sweep.base_lrs[tuned.peak[s]]
        assert judged.result[s, 0, n] == pytest.approx(
            train.run(task, schedules[s], peak, n).result, rel=1e-9
        )
    with pytest.raises(ValueError, match="used for tuning"):
        train.judge(task, tuned, [0, SEEDS[0]])


def test_labels_travel_from_the_call_to_every_result():
    task, names = tasks.get("quadratic", noise=0.3), ("four", "shapes", "by", "name")
    shapes = dict(zip(names, SCHEDULES, strict=True))
    tuned = train.tune(task, shapes, [0.05, 0.1, 0.2, 0.4], range(8, 12))
    judged = train.judge(task, tuned, range(3), evaluations=2)
    assert tuned.sweep.labels == judged.labels == names
    assert judged.reference == tuned.reference
    losses, ledgers = judged.losses(), judged.ledgers()
    assert tuple(tuned.peaks) == tuple(tuned.fitted) == tuple(losses) == tuple(ledgers) == names
    for i, name in enumerate(names):
        peak = tuned.peaks[name]
        assert peak == tuned.sweep.base_lrs[tuned.peak[i]]
        assert judged.schedules[i] == peak * shapes[name]
        assert judged.used[i, 0].max() == pytest.approx(peak * max(shapes[name].values(STEPS)), rel=1e-15)
        assert np.array_equal(losses[name], judged.result[i, 0])
        assert [one.result for one in ledgers[name]] == losses[name].tolist()
        assert {(one.label, one.schedule) for one in ledgers[name]} == {(name, judged.schedules[i])}
        alone = judged.ledger(name, seed=2)
        assert np.array_equal(alone.heldout_loss, ledgers[name][2].heldout_loss)
    with pytest.raises(ValueError, match="unknown label 'shape'; did you mean 'shapes'"):
        judged.ledger("shape")


def test_peaks_between_the_points_of_the_grid_are_better_ones():
    task = tasks.get("quadratic", noise=0.0, curvatures=(1.0,))
    grid, schedule = (0.3, 0.6, 1.2, 1.7), constant(1, 3)  # the best rate is 1: one step to the minimum
    tuned = train.tune(task, [schedule], grid, range(100, 106), widen=0)
    (fitted,) = tuned.fitted.values()
    assert not fitted.at_edge and 0.6 < fitted.rate < 1.7
    on_grid, between = (train.judge(task, tuned, [0], interpolate=i).result[0, 0, 0] for i in (False, True))
    assert between < on_grid
    assert between == pytest.approx(train.run(task, schedule, fitted.rate, 0).result, rel=1e-9)


def test_a_peak_beside_a_rate_that_diverged_is_not_moved_towards_it():
    task = tasks.get("quadratic", curvatures=(1.0,), noise=0.0)
    tuned = train.tune(task, [constant(1)], [0.2, 0.9, 1.99, 4.0], range(100, 106), steps=60, widen=0)
    assert tuned.sweep.diverged[0, 3].all() and tuned.peak == (1,)
    (fitted,) = tuned.fitted.values()
    assert fitted.rate <= 1.99 and not fitted.at_edge
    tuned = train.tune(task, [constant(1)], [0.1, 0.9, 2.5, 4.0], range(100, 106), steps=60, widen=0)
    assert _only(tuned.fitted).at_edge and _only(tuned.fitted).rate == 0.9


def _only(found):
    (value,) = found.values()
    return value


# ---------------------------------------------------------------- theory


CURVATURES = (1.0, 0.3, 0.1, 0.03, 0.01)


def test_the_mean_of_many_noisy_runs_is_the_expected_loss():
    task, seeds = tasks.get("quadratic"), range(2000)
    schedules = [constant(1, STEPS), linear(0.2, 1, 5) >> cosine(1, 0, STEPS - 5)]
    found = train.sweep(task, schedules, [0.8], seeds, evaluations=5)
    for s in range(2):
        losses = found.heldout_loss[s, 0]
        error = losses.std(axis=0, ddof=1) / np.sqrt(len(seeds))
        exact = theory.expected_loss(found.used[s, 0], CURVATURES)[found.heldout_steps]
        off = np.abs(losses.mean(axis=0) - exact) / error
        assert off[-1] < 3
        assert off.max() < 4  # five looks
        louder = theory.expected_loss(found.used[s, 0], CURVATURES, noise=1.2)[found.heldout_steps]
        assert (np.abs(losses.mean(axis=0) - louder) / error).max() > 4


def test_expected_loss_agrees_with_an_independent_simulation():
    rng = np.random.default_rng(1)
    h, noise, start, n = np.array([1.5, 0.2]), 0.7, -2.0, 40_000
    rates = 0.9 * cosine(1, 0.1, 12).values(12)
    x = np.full((n, 2), start)
    means, errors = [], []
    for rate in [*rates, 0]:
        losses = (x**2) @ h / 2
        means.append(losses.mean())
        errors.append(losses.std() / np.sqrt(n))
        x -= rate * (h * x + np.sqrt(h) * noise * rng.standard_normal(x.shape))
    exact = theory.expected_loss(rates, h, noise, start)
    assert exact[0] == (h * start**2).sum() / 2
    assert (np.abs(exact - means) <= 4 * np.array(errors) + 1e-12).all()
    wrong = theory.expected_loss(rates, h, 0.8, start)
    assert (np.abs(wrong - means) > 4 * np.array(errors) + 1e-12).any()


stable = st.floats(0.02, 0.98)
curvatures = st.lists(st.floats(0.05, 10), min_size=1, max_size=4)


@settings(deadline=None)
@given(stable, curvatures, st.floats(0, 3), st.floats(-3, 3), st.integers(0, 60))
def test_at_a_constant_rate_the_expected_loss_has_a_closed_form(part, h, noise, start, steps):
    h = np.array(h)
    rate = part * 2 / h.max()
    settled = rate * noise**2 / (2 - rate * h)
    wanted = h @ (settled + (1 - rate * h) ** (2 * steps) * (start**2 - settled)) / 2
    got = theory.expected_loss(np.full(steps, rate), h, noise, start)
    assert got.shape == (steps + 1,)
    assert got[-1] == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(stable, curvatures, st.floats(0.1, 3))
def test_the_noise_floor_is_where_the_recursion_stands_still(part, h, noise):
    rate = part * 2 / max(h)
    floor = theory.noise_floor(rate, h, noise)
    steps = int(40 / min(1 - (1 - rate * hi) ** 2 for hi in h)) + 1
    if steps <= 5_000:
        assert theory.expected_loss(np.full(steps, rate), h, noise)[-1] == pytest.approx(floor, rel=1e-9)
    one = [theory.noise_floor(rate, [hi], noise) for hi in h]
    assert floor == pytest.approx(sum(one))
    for hi, own in zip(h, one, strict=True):  # one coordinate at its floor stays there
        after = theory.expected_loss([rate], [hi], noise, start=np.sqrt(2 * own / hi))
        assert after == pytest.approx([own, own])


def test_the_noise_floor_needs_a_stable_rate():
    for rate in (0, -0.1, 2.0, 3.0, float("nan")):
        with pytest.raises(ValueError, match="stability limit 2"):
            theory.noise_floor(rate, (1.0, 0.5))
    assert np.isfinite(theory.noise_floor(1.999, (1.0, 0.5)))


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(0, 1.5), min_size=6, max_size=6), min_size=4, max_size=4))
def test_expected_loss_takes_many_sequences_of_rates_at_once(rows):
    rates = np.array(rows).reshape(2, 2, 6)
    together = theory.expected_loss(rates, CURVATURES)
    assert together.shape == (2, 2, 7)
    for i in np.ndindex(2, 2):
        assert together[i] == pytest.approx(theory.expected_loss(rates[i], CURVATURES), rel=1e-14)


# ---------------------------------------------------------------- tasks


def test_an_unknown_task_gets_the_nearest_known_one():
    with pytest.raises(ValueError, match="did you mean 'digits'"):
        tasks.get("digit")


@pytest.mark.parametrize("label_noise", [-0.1, 1.1, float("nan")])
def test_label_noise_is_a_fraction(label_noise):
    with pytest.raises(ValueError, match=r"label_noise must be a number 0\.\.1"):
        tasks.get("digits", label_noise=label_noise)


def test_impossible_tasks_are_refused():
    for n_train in (10, 1797):
        with pytest.raises(ValueError, match="n_train"):
            tasks.get("digits", n_train=n_train)
    for curvatures in ((), (1.0, 0.0), (-1.0,), (float("nan"),)):
        with pytest.raises(ValueError, match="curvatures"):
            tasks.get("quadratic", curvatures=curvatures)


@pytest.mark.parametrize("label_noise", [0.0, 0.1, 0.5, 1.0])
def test_label_noise_changes_nine_tenths_of_that_fraction_and_only_training_labels(label_noise):
    clean, noisy = tasks.get("digits"), tasks.get("digits", label_noise=label_noise)
    assert all(torch.equal(a, b) for a, b in zip(clean.heldout, noisy.heldout, strict=True))
    labels = clean.batches(0, 1).targets
    changed = [(noisy.batches(seed, 1).targets != labels).double().mean().item() for seed in range(30)]
    expected = 0.9 * label_noise  # a replaced label is by chance the right one in a tenth of the cases
    assert np.mean(changed) == pytest.approx(expected, abs=4 * np.sqrt(0.25 / (30 * 1200)))
    if label_noise:
        a, b = noisy.batches(0, 1).targets, noisy.batches(1, 1).targets
        assert not torch.equal(a, b)
        assert torch.equal(a, noisy.batches(0, 9).targets)
    assert torch.equal(clean.batches(0, 1).targets, labels)


def test_replaced_labels_are_spread_evenly_over_the_classes():
    random = tasks.get("digits", label_noise=1.0)
    labels = torch.cat([random.batches(seed, 1).targets for seed in range(30)])
    assert torch.bincount(labels).double() / len(labels) == pytest.approx(np.full(10, 0.1), abs=0.008)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 80), st.data())
def test_an_epoch_visits_every_image_once(seed, n_examples, data):
    batch_size = data.draw(st.integers(1, n_examples))
    per_epoch = n_examples // batch_size
    order = tasks.epoch_order(seed, n_examples, batch_size, 3 * per_epoch)
    assert order.shape == (3 * per_epoch, batch_size)
    epochs = order.reshape(3, -1)
    for epoch in epochs:
        assert len(set(epoch.tolist())) == per_epoch * batch_size
        assert epoch.min() >= 0
        assert epoch.max() < n_examples
    if n_examples % batch_size == 0:
        assert (np.sort(epochs) == np.arange(n_examples)).all()
    shorter = tasks.epoch_order(seed, n_examples, batch_size, per_epoch)
    assert np.array_equal(shorter, order[:per_epoch])  # a longer run begins like a shorter one
    if n_examples > 20 and batch_size * per_epoch > 20:
        assert not np.array_equal(epochs[0], epochs[1])
        assert not np.array_equal(order, tasks.epoch_order(seed + 1, n_examples, batch_size, len(order)))


def test_training_and_held_out_images_are_different_images():
    task = tasks.get("digits", n_train=1000)
    training, heldout = task.batches(0, 1).inputs, task.heldout[0]
    assert (len(training), len(heldout)) == (1000, 797)
    assert training.dtype == heldout.dtype == torch.float64
    assert (training.min(), training.max()) == (-1, 1)
    everything = torch.cat([training, heldout])
    other = tasks.get("digits", n_train=1200)
    assert torch.equal(everything, torch.cat([other.batches(3, 1).inputs, other.heldout[0]]))


def test_a_seed_fixes_the_initial_weights():
    task = small_digits()
    first, again, other = (torch.cat([p.flatten() for p in task.model(s).parameters()]) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_guess_is_what_a_constant_guess_costs():
    digits, quadratic = tasks.get("digits"), tasks.get("quadratic", start=2.0)
    uniform = torch.zeros(len(digits.heldout[1]), 10, dtype=torch.float64)
    assert digits.guess == pytest.approx(digits.loss(uniform, digits.heldout[1]).item())
    at_start = quadratic.loss(quadratic.model(0)(quadratic.heldout[0]), quadratic.heldout[1])
    assert quadratic.guess == pytest.approx(at_start.item())


@problems
def test_a_task_survives_a_trip_to_another_process(name):
    task, rates = PROBLEMS[name]
    travelled = pickle.loads(pickle.dumps(task))
    here, there = (train.run(t, SCHEDULES[1], rates[0], 4).heldout_loss for t in (task, travelled))
    assert np.array_equal(here, there)


def test_a_run_diverges_at_a_hundred_guesses_and_not_before():
    fine, bad = np.array([[1.0, 50.0]]), np.array([[1.0, 150.0]])
    assert not train.blew_up(np.ones((1, 3)), fine, 1.0)[0] and train.blew_up(np.ones((1, 3)), bad, 1.0)[0]
    assert train.blew_up(np.array([[1.0, np.nan]]), fine, 1.0)[0]


def test_tuning_prefers_a_bad_rate_to_one_that_diverges():
    task = tasks.get("quadratic", curvatures=(1.0,), noise=0.0)
    tuned = train.tune(task, [constant(1)], [1.99, 2.3, 4.0, 8.0], seeds=range(3), steps=60, widen=0)
    assert tuned.sweep.diverged[0, 1:].all() and not tuned.sweep.diverged[0, 0].any()
    assert tuned.peak == (0,) and tuned.at_edge == (True,)


def test_only_sweeps_that_differ_in_their_rates_are_joined():
    task = tasks.get("quadratic")
    one = train.sweep(task, [constant(1)], [0.1], range(2), steps=3)
    with pytest.raises(ValueError, match="base_lrs"):
        one.joined(train.sweep(task, [constant(1)], [0.2], range(3), steps=3))
    with pytest.raises(ValueError, match="base_lrs"):
        one.joined(one)
    assert one.joined(train.sweep(task, [constant(1)], [0.05], range(2), steps=3)).base_lrs == (0.05, 0.1)
