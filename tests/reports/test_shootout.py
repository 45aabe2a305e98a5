"""The shoot-out: what its first screen says is right, whatever the runs came to."""

import re
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from lrlib import progress, stats, tasks, theory, train
from lrlib.reports import contest, shootout, simplicity, standings
from lrlib.rules import Refused
from lrlib.schedules import constant, parse

GIVEN = {"steps": 60, "n_seeds": 12, "tuning_seeds": 12, "base_lrs": [], "minutes": 0}
CLEAR = ("constant(1)", "linear(1, 0, T)")
TURNED = ("constant(1)", "exponential(0.0001, T)")


def bowl(**options):
    """Ten equal directions: losses of one setting are nearly normal."""
    return tasks.get("quadratic", **{"curvatures": (1.0,) * 10} | options)


def held(schedules, task=None, how=None, **given):
    task = tasks.get(task) if isinstance(task, str) else task or bowl()
    settled = {**GIVEN, "schedules": list(schedules), **given}
    return contest.held(task, settled, how or {}, lambda: 1e-9)


@pytest.fixture(scope="module")
def clear():
    return held((*CLEAR, "constant(1, T) * linear(1, 0, T)"))


def turned():
    """A bowl whose noise is another for tuning seeds: there a constant rate is best, on others it is not."""
    calm, noisy = (tasks.get("quadratic", curvatures=(1.0, 0.02), noise=noise) for noise in (1e-6, 1.0))

    def batches(seed, steps):
        return (calm if seed >= contest.TUNING else noisy).batches(seed, steps)

    return replace(calm, name="turned", batches=batches)


CASES = {
    "clear": lambda: held(CLEAR, bowl(curvatures=(1.0, 0.02) * 5, noise=0.1), n_seeds=24),
    "tied": lambda: held(("step(T, 0.5)", "constant(1)", "multistep((T,), 0.1)")),
    "turned": lambda: held(TURNED, turned(), n_seeds=24),
    "too few": lambda: held((*CLEAR, "cosine(1, 0, T)"), n_seeds=6),
    "diverged": lambda: held(CLEAR, base_lrs=[1e4, 2e4, 4e4]),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return request.param, CASES[request.param]()


def test_the_answer_the_tables_and_the_figures_name_the_same_schedule(case):
    _, found = case
    said, name = shootout.answer(found, 0.1).data, found.recommended
    if name is None:
        assert "`" not in said.split("\n")[0] and standings.forest(found) is None
        return
    assert said.startswith(f"**Take `{name}` at a peak of {found.peak:g}.**")
    assert f"**Found on** `{found.task.name}` with {found.steps:,} updates" in said
    table = standings.verdicts(found).frame
    assert list(table.index[table.verdict == "recommended"]) == [name]
    drawn = standings.forest(found).alt
    assert drawn.startswith(f"Differences to {name} ")
    words = [row.rpartition(", ")[2] for row in drawn.rstrip(".").split("; ")]
    assert words == list(table.verdict.drop(name)), "a verdict is called the same in both"
    assert standings.wrong_peaks(found, 0.1).alt.count(name)
    assert f"parse({name!r}, T=" in shootout.lines(found, {"optimizer": train.SGD()}).data
    assert shootout.handed_over(found, 0.1)["recommended"] == name
    assert table["may be best"][name] == "yes" and name in found.leaders.names


def test_a_clear_winner_is_said_to_win_and_a_tie_to_be_one(case):
    kind, found = case
    said = shootout.answer(found, 0.1).data
    assert ("**It wins:**" in said) == (kind in ("clear", "turned"))
    assert ("**Cannot tell:**" in said) == (kind in ("tied", "too few"))
    assert ("every run diverged" in said) == (kind == "diverged")
    if kind == "clear":
        assert found.recommended == "linear(1, 0, T)" and "Against a constant rate" in said
    if kind == "tied":
        assert found.recommended == "constant(1)", "the simplest, though it was not named first"
        assert all(f"`{label}`" in said for label in found.schedules)
        assert list(standings.verdicts(found).frame["seeds to tell"]).count("above 1,000") == 2
    if kind == "turned":
        assert found.tuned[0].reference == "constant(1)", "the tuning seeds say otherwise"
        assert found.recommended == "exponential(0.0001, T)"
    assert ("6 seeds can tell none of 3 pairs at once: take more" in said) == (kind == "too few")
    assert len(shootout.summary(found, 0.1)) >= 1 and not re.search(
        r"[*`]", "".join(shootout.summary(found, 0.1))
    )


def test_where_everything_diverges_nothing_is_recommended_or_copied(case):
    kind, found = case
    if kind == "diverged":
        assert found.recommended is found.around is None
        assert "nothing to copy" in shootout.lines(found, {"optimizer": train.SGD()}).data
        assert shootout.handed_over(found, 0.1)["peak"] is None


def test_half_and_twice_the_peak_are_trained_on_the_judging_seeds_and_not_read_off_a_curve(clear):
    costs = clear.costs()
    name, schedule = clear.recommended, clear.schedules[clear.recommended]
    for place, factor in ((contest.HALF, 0.5), (contest.TWICE, 2.0)):
        rate, cost, lost = costs[place]
        assert rate == contest.rounded(clear.peak * factor) and lost == 0
        alone = [
            [train.run(bowl(), schedule, each, seed, steps=60).result for seed in clear.seeds]
            for each in (rate, clear.peak)
        ]
        assert cost.mean == pytest.approx(np.mean(np.subtract(*alone)), rel=1e-6)
        assert f"{rate:.3g}" in shootout.answer(clear, 0.1).data
    assert name in standings.wrong_peaks(clear, 0.1).alt


def test_a_safe_rate_is_shown_to_cost_little_and_so_is_every_rate_up_to_the_peak(clear):
    at_peak, before = clear.around.result[0, contest.PEAK].mean(), None
    for tolerance in (0.02, 0.1, 0.5, 1.0):
        low, high = clear.safe(tolerance)
        inside = [cost for rate, cost, _ in clear.costs() if low <= rate <= high]
        assert all(cost.high <= tolerance * at_peak for cost in inside)
        assert low <= clear.peak <= high
        assert before is None or (low <= before[0] and before[1] <= high)
        before = low, high
    assert clear.safe(1.0)[0] < clear.peak


def test_a_rate_at_which_a_run_diverged_is_never_safe():
    found = held(("constant(1)",), bowl(curvatures=(1.0, 0.1), noise=0.01))
    lost = [rate for rate, _, count in found.costs() if count]
    assert lost and found.safe(1e9)[1] < min(lost)
    assert "runs diverged" in shootout.answer(found, 0.1).data or 2 * found.peak < min(lost)


def test_a_peak_that_stays_at_the_edge_is_on_the_first_screen():
    found = held(CLEAR, base_lrs=[1e-6, 1.1e-6, 1.2e-6])
    assert set(found.unsettled) == set(CLEAR)
    said = shootout.answer(found, 0.1).data
    assert "**Not settled:** the best peak of `constant(1)`, `linear(1, 0, T)` lies at the edge" in said
    assert "(edge)" in standings.peaks(found).frame.iloc[0, 0]


def test_the_coarse_search_finds_peaks_wherever_they_are():
    for curvature in (0.2, 1e3):
        found = held(("constant(1)",), bowl(curvatures=(curvature, 0.1 * curvature), noise=0.01), steps=30)
        assert not found.unsettled
        assert 0.5 < found.peak * curvature < 2


def test_the_peak_is_that_of_the_exact_theory(clear):
    task = bowl()
    for label, peak in clear.peaks.items():
        shape = parse(label, T=60)

        def loss(log_rate, shape=shape):
            made = theory.expected_loss(np.exp(log_rate) * shape.values(60), **task.options)
            return np.ravel(made)[-1]

        best = np.exp(minimize_scalar(loss, bounds=(np.log(0.02), np.log(1.5)), method="bounded").x)
        assert peak.low * 0.8 <= best <= peak.high * 1.25


def test_a_finer_grid_gives_the_same_verdicts(clear):
    rates = clear.tuned[0].sweep.base_lrs
    finer = [rates[0] * 2 ** (k / 4) for k in range(2 * len(rates) - 1)]
    again = held(clear.schedules, base_lrs=finer)
    assert again.recommended == clear.recommended and set(again.leaders.names) == set(clear.leaders.names)
    for label, peak in again.peaks.items():
        assert clear.peaks[label].low * 0.9 <= peak.rate <= clear.peaks[label].high * 1.1


@pytest.mark.long
def test_no_verdict_turns_around_on_a_finer_grid_of_digits():
    shapes = ("constant(1)", "linear(1, 0, T)", "wsd(T, 0, 0.3*T)")
    coarse = held(shapes, "digits", steps=120)
    rates = coarse.tuned[0].sweep.base_lrs
    finer = held(
        shapes, "digits", steps=120, base_lrs=[rates[0] * 2 ** (k / 4) for k in range(2 * len(rates) - 1)]
    )
    assert set(finer.leaders.names) & set(coarse.leaders.names), "what may be best there may be best here"
    pairs = [found.leaders.pairs.verdict for found in (coarse, finer)]
    turned = {("better", "worse"), ("worse", "better")}
    assert not turned & set(zip(*pairs, strict=True)), "no verdict turns around"


def test_the_error_of_the_peaks_is_in_every_verdict(clear):
    excess = clear.losses.excess
    assert set(excess) == set(clear.schedules) and all(np.std(each) > 0 for each in excess.values())
    exact = stats.Losses(clear.losses, reference=None, every_pair=True)
    for reference in clear.schedules:
        wide, narrow = (stats.ranking(losses, reference) for losses in (clear.losses, exact))
        assert (wide.ci_high - wide.ci_low >= narrow.ci_high - narrow.ci_low).all()


def test_what_is_left_out_to_keep_to_the_time_is_what_costs_the_answer_least():
    wanted = contest.Size(tuple("abcd"), 24, 20)
    sizes = [wanted]
    while (smaller := sizes[-1].smaller()) is not None:
        sizes.append(smaller)
    assert all(b.runs < a.runs for a, b in pairwise(sizes))
    last = sizes[-1]
    assert (last.labels, last.tuning, last.judging) == (("a", "b"), 12, 6)
    assert last.left_out[-3:] == ("d", "c", "judging seeds above 6") and len(last.left_out) == 6
    for size in sizes:
        fits = contest.fitting(wanted, size.runs * 0.1 / contest.SPARE + 1e-6, 0.1)
        assert fits == size
    with pytest.raises(Refused, match="2 schedules with 12 tuning and 6 judging seeds, needs about"):
        contest.fitting(wanted, last.runs * 0.1 * 0.5, 0.1)


SLOWED = (*CLEAR, "cosine(1, 0, T)", "exponential(0.01, T)", "wsd(T, 0, 0.3*T)")


@pytest.fixture
def slowed(monkeypatch):
    """(schedules, batches) -> a contest that has an hour, whose clock leaps by two after so many batches.

    Below 1 they count from the end of a contest of the first two schedules.
    """
    asked, most, clock = [], [np.inf], time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + 7200 * (len(asked) > most[0]))

    def batches(seed, steps):
        asked.append(seed)
        return bowl().batches(seed, steps)

    def run(schedules, after):
        task = replace(bowl(), batches=batches)
        held(CLEAR, task, minutes=60)
        most[0] = after if after > 0 else len(asked) + after
        asked.clear()
        return held(schedules, task, minutes=60)

    return run


def test_a_machine_that_turns_out_slower_stops_at_once_with_what_is_judged_and_says_what_is_left_out(slowed):
    found = slowed(SLOWED, 0)
    assert tuple(found.schedules) == CLEAR and set(found.left_out) == {*SLOWED[2:], "rates around the peak"}
    said = shootout.answer(found, 0.1).data
    assert "**Left out** to keep to the time: `cosine(1, 0, T)`, `exponential(0.01, T)`" in said
    assert found.recommended in CLEAR and "**It wins:**" not in said, "what was left out may be better"


def test_an_answer_without_time_for_the_last_stage_says_that_a_wrong_peak_was_not_measured(slowed):
    found = slowed(CLEAR, -1)
    assert found.around is None and found.recommended and standings.wrong_peaks(found, 0.1) is None
    said = " ".join(shootout.summary(found, 0.1))
    assert "What a wrong peak costs was not measured: there was no time left for it" in said
    assert "Safe from" not in said and "half the peak" not in said and "rates around the peak" in said
    assert "time: rates around the peak." in shootout.answer(found, 0.1).data, "words, not code"
    handed = shootout.handed_over(found, 0.1)
    assert handed["safe"] is None and handed["around_the_peak"] == [] and handed["recommended"]


def test_without_time_to_judge_two_schedules_there_is_no_answer(slowed):
    with pytest.raises(progress.TimeUp, match=r"minutes: 60 were too few .* allow more, or ask for fewer"):
        slowed(SLOWED, 1)
    for workers, said in ((1, False), (2, True)):
        assert ("-p workers 1" in str(contest._too_slow(60, CLEAR, {"workers": workers}))) is said


def test_a_report_that_goes_on_keeps_the_size_that_it_began_with(monkeypatch, tmp_path):
    monkeypatch.setenv("LRLIB_KEPT", str(tmp_path))
    settled = {**GIVEN, "schedules": list(SLOWED), "minutes": 10}
    least = contest.held(bowl(), settled, {}, lambda: 1.0)
    assert least.left_out
    files = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("chunk-*.parquet")}
    again = contest.held(bowl(), settled, {}, lambda: 1e-9)
    assert again.left_out == least.left_out, "though the machine is faster now"
    assert files == {file: file.stat().st_mtime_ns for file in tmp_path.rglob("chunk-*.parquet")}


def test_the_bill_counts_the_coarse_search(clear):
    sweeps = [tuned.sweep for tuned in clear.tuned] + [*clear.judged, clear.around]
    coarse = len(clear.schedules) * len(contest.COARSE) * contest.COARSE_SEEDS
    assert clear.runs == coarse + sum(sweep.diverged.size for sweep in sweeps)


def test_enough_time_leaves_nothing_out_and_changes_no_verdict(clear):
    found = held(clear.schedules, minutes=60)
    assert found.left_out == () and len(found.judged) == 2
    assert found.recommended == clear.recommended and set(found.leaders.names) == set(clear.leaders.names)


def test_each_parameter_reaches_training():
    settled = {
        **GIVEN,
        "schedules": list(CLEAR),
        "task": "digits",
        "options": ["n_train=200"],
        "batch_size": 8,
    }
    settled |= {"optimizer": "adam", "beta1": 0.8, "clip_norm": 1.0, "steps": 20, "dtype": "float32"}
    found = shootout.held(settled | {"n_seeds": 6})
    for sweep in (*found.judged, found.tuned[0].sweep, found.around):
        assert sweep.options["batch_size"] == 8 and sweep.options["n_train"] == 200
        assert sweep.how["optimizer"] == train.Adam(betas=(0.8, 0.999))
        assert sweep.how["clip_norm"] == 1.0 and sweep.how["dtype"] == "float32"
    made = shootout.made(found, settled).data
    assert "n_train = 200" in made and "norm 1" in made and "float32" in made
    assert "torch.optim.Adam(model.parameters()" in shootout.lines(found, {"optimizer": train.Adam()}).data
    assert found.runs <= shootout.cost(settled | {"n_seeds": 6}).runs


def test_the_lines_to_copy_run_and_hold_the_peak_that_was_tried(clear):
    lines = re.findall(
        r"```python\n(.*?)```", shootout.lines(clear, {"optimizer": train.SGD()}).data, re.DOTALL
    )
    space = {"model": torch.nn.Linear(1, 1)}
    for each in lines:
        exec(each, space)
    assert (
        space["optimizer"].defaults["lr"]
        == space["base_lr"]
        == clear.peak
        == clear.around.base_lrs[contest.PEAK]
    )


@pytest.mark.parametrize(
    ("simple", "involved"),
    [
        ("constant(1)", "linear(0, 1, 0.1*T) >> constant(1)"),
        ("cosine(1, 0, T)", "cosine(1, 0.1, T)"),
        ("linear(1, 0, T)", "exponential(0.01, T)"),
        ("wsd(T, 0, 0.3*T)", "wsd(T, 0.1*T, 0.3*T)"),
        ("cosine(1, 0, T)", "clip(cosine(1, 0, T), 0.1)"),
        ("exponential(0.01, T)", "step(0.25*T, 0.3)"),
        ("linear(1, 0, T)", "cosine(1, 0, T)"),
    ],
)
def test_simpler_is_fewer_pieces_then_fewer_numbers_then_what_was_named_first(simple, involved):
    assert simplicity.simplest_first([simple, involved], 200) == [simple, involved]
    tied = (simple, involved) == ("linear(1, 0, T)", "cosine(1, 0, T)")
    assert simplicity.simplest_first([involved, simple], 200) == (
        [involved, simple] if tied else [simple, involved]
    )


def test_a_constant_rate_is_known_by_what_it_does(clear):
    assert clear.schedules["constant(1)"] == constant(1)
