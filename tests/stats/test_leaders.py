"""The set that may hold the best: it does, it is not all of them without need, and seeds would part it."""

import numpy as np
import pytest

from lrlib import stats

LOSSES = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "skewed": lambda rng, shape: rng.gamma(4, size=shape),
}


def drawn(rng, noise, means, n):
    """Losses with a part that runs of one seed share."""
    own = LOSSES[noise](rng, (len(means), n)) + rng.standard_normal(n)
    return {f"s{i}": mean + values for i, (mean, values) in enumerate(zip(means, own, strict=True))}


def missed(noise, means, n, times, seed=0):
    """How often a setting of the lowest expected loss is left out, and how many are left on average."""
    rng, means = np.random.default_rng(seed), np.asarray(means, dtype=float)
    best = {f"s{i}" for i in np.flatnonzero(means == means.min())}
    found = [set(stats.leaders(drawn(rng, noise, means, n)).names) for _ in range(times)]
    return np.mean([not best <= names for names in found]), np.mean([len(names) for names in found])


@pytest.mark.long
@pytest.mark.parametrize("noise", LOSSES)
@pytest.mark.parametrize("n", [6, 8, 12, 24])
@pytest.mark.parametrize("means", [(0, 0, 0, 0), (0, 0.1, 0.5, 2)], ids=["tied", "spread"])
def test_the_set_misses_a_best_one_in_at_most_a_twentieth_of_all_cases(noise, n, means):
    times = 400
    share, size = missed(noise, means, n, times)
    assert share <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / times)
    if max(means) and n >= 12:
        assert size < 4, "what is clearly worse is left out"


def test_the_lowest_is_always_in_and_what_is_shown_worse_than_any_is_not():
    rng = np.random.default_rng(1)
    for _ in range(20):
        losses = drawn(rng, "normal", rng.choice([0, 0.5, 3], size=4), 10)
        found = stats.leaders(losses)
        lowest = min(losses, key=lambda name: losses[name].mean())
        assert found.names[0] == lowest
        for (one, other), verdict in found.pairs["verdict"].items():
            assert not (verdict != "cannot tell" and {one, other} <= set(found.names))
        beaten = [
            a if v == "worse" else b for (a, b), v in found.pairs["verdict"].items() if v != "cannot tell"
        ]
        assert set(found.names) == set(losses) - set(beaten)


def test_a_comparison_with_the_lowest_alone_would_leave_out_a_best_one_more_often():
    rng, alone, together = np.random.default_rng(2), 0, 0
    for _ in range(40):
        losses = drawn(rng, "normal", [0] * 5, 10)
        lowest = min(losses, key=lambda name: losses[name].mean())
        each = [stats.compare(losses[name], losses[lowest]).verdict for name in losses if name != lowest]
        alone += "worse" in each
        together += len(stats.leaders(losses).names) < 5
    assert together <= 2 < 5 <= alone


def test_a_ranking_of_every_pair_has_the_verdicts_of_all_pairs():
    rng = np.random.default_rng(3)
    losses = drawn(rng, "normal", [0, 0.9, 1.2, 3], 9)
    found = stats.leaders(losses)
    for reference in losses:
        table = stats.ranking(found.losses, reference)
        for name in set(losses) - {reference}:
            pair = (name, reference) if (name, reference) in found.pairs.index else (reference, name)
            verdict = found.pairs["verdict"][pair]
            turned = {"better": "worse", "worse": "better"}.get(verdict, verdict)
            assert table.verdict[name] == (verdict if pair[0] == name else turned)


def test_errors_of_the_peaks_count_between_any_two():
    rng = np.random.default_rng(4)
    losses = drawn(rng, "normal", [0, 2], 12)
    excess = {"s0": rng.standard_normal(2000), "s1": rng.standard_normal(2000)}
    assert stats.leaders(losses).names == ("s0",)
    assert stats.leaders(stats.Losses(losses, excess)).names == ("s0", "s1")


def test_so_many_seeds_as_it_says_tell_two_apart():
    rng, told = np.random.default_rng(5), []
    truth = {"a": 0.0, "b": 0.5}
    pilot = {name: mean + rng.standard_normal(2000) * 0.5 for name, mean in truth.items()}
    n = stats.leaders(pilot).seeds_to_tell("a", "b")
    for _ in range(100):
        drawn = {name: mean + rng.standard_normal(n) * 0.5 for name, mean in truth.items()}
        told.append(len(stats.leaders(drawn).names) == 1)
    assert 0.7 <= np.mean(told) <= 0.97
    assert stats.leaders({"a": pilot["a"], "b": pilot["a"]}).seeds_to_tell("a", "b") is None


@pytest.mark.parametrize(
    ("n", "m", "few"), [(5, 2, True), (6, 2, False), (6, 3, True), (9, 5, False), (10, 30, False)]
)
def test_it_is_known_when_no_losses_could_be_told_apart(n, m, few):
    rng = np.random.default_rng(6)
    clear = {f"s{i}": 100.0 * i + rng.standard_normal(n) for i in range(m)}
    found = stats.leaders(clear)
    assert found.too_few == few
    assert (len(found.names) == m) == few


def test_one_alone_leads():
    found = stats.leaders({"a": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    assert found.names == ("a",) and not found.too_few
