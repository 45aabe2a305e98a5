"""Comparisons of logged runs set side by side what differs in one thing."""

import os

import numpy as np
import pytest

from lrlib import data
from lrlib.evidence import matched, runs

pytestmark = pytest.mark.skipif(
    not os.environ.get(data.VARIABLE), reason=f"set {data.VARIABLE} to a folder with the registered files"
)


def test_a_configuration_that_was_trained_twice_counts_once_with_the_mean_of_both():
    found = matched.cooldowns().set_index(["peak", "steps", "cooldown", "shape"]).loss
    table = runs.table()
    pairs = runs.twins().query("schedule == 'wsd'")
    assert found.index.is_unique and len(pairs) == 10
    for pair in pairs.itertuples():
        mean = table.loss[[pair.run, pair.again]].mean()
        assert found[pair.peak, pair.steps, pair.cooldown, pair.shape] == pytest.approx(mean, rel=1e-12)


def test_two_shapes_of_one_length_branch_where_they_differ_in_nothing_else():
    found = matched.shapes()
    assert len(found) == 9 and np.allclose(found.difference, 100 * (found["1-sqrt"] / found["linear"] - 1))
    assert len(matched.lengths()) == 15 and matched.lengths()[[0.1, 0.2, 0.4]].notna().all(axis=None)


def test_what_stands_at_one_step_is_of_one_model_and_one_step():
    """Every loss of a row is in the table of runs for that model and number of updates."""
    table, found = runs.table(), matched.at_one_step()
    full = runs.evaluations()
    assert found.columns.is_unique and len(found) == 33 and found.cooldown.notna().sum() == 25
    for row in found.itertuples():
        here = full[full.step == row.step].join(table[["data", "parameters", "schedule"]], on="run")
        millions, name = row.model.split()
        here = here[(here.data == name) & ((here.parameters / 1e6).round() == int(millions[:-1]))]
        for column, schedule in (("raw", "constant"), ("cosine", "cosine"), ("cooldown", "wsd")):
            value = getattr(row, column)
            assert np.isnan(value) or value in here.loss[here.schedule == schedule].to_numpy()
        assert row.averaged < row.raw and row.averaged in here.averaged.to_numpy()


def test_a_cosine_is_held_against_one_that_ends_where_it_was_stopped():
    found = matched.cosines()
    assert len(found) == 33 and found.model.nunique() == 11 and (found.ratio > 1).all()
    ended = runs.table().query("schedule == 'cosine' and averages")
    assert set(found.fitting) <= set(ended.loss) and not set(found.loss) & set(ended.loss)
    assert (found.groupby(["model", "stopped"]).fitting.nunique() == 1).all()


def test_half_of_a_cosine_is_left_at_its_middle():
    assert matched.decay_left(np.array([0, 50, 100]), 100).tolist() == pytest.approx([1, 0.5, 0])


def test_a_picture_of_one_model_ends_near_what_stands_at_that_step():
    """Losses of a part of the held-out set, 200 updates before the end, near those of the whole."""
    way = matched.on_the_way(runs.table().parameters.max(), 25000)
    at = matched.at_one_step().query("model == '360M slimpajama' and step == 25000").iloc[0]
    assert list(way.columns) == ["raw", "averaged", "cooldown", "cosine"] and way.index.max() < 25000
    assert np.allclose(way.iloc[-1], at[way.columns].astype(float), atol=0.05)
    assert way.cooldown.first_valid_index() == 20000 and way.raw.index[0] == 0
    with pytest.raises(ValueError, match="dataset"):
        matched.on_the_way(1, 25000)
