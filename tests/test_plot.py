"""House figures: same bytes twice, one look per schedule, a digest that notices changed data."""

import itertools
import re

import numpy as np
import pytest

from lrlib import plot, stats
from lrlib.course.explore import explorer
from lrlib.ledger import Ledger
from lrlib.schedules import constant, cosine, linear, parse

SHAPES = {"constant(1)": constant(), "linear(1, 0, T)": linear(1, 0, 50), "cosine(1, 0, T)": cosine(1, 0, 50)}


def ledger(scale=1.0, intended=None, label=""):
    t = np.arange(50)
    return Ledger(
        label=label,
        intended=intended,
        used_by_group=scale * (1 - t / 50),
        train_loss=np.exp(-t / 20),
        heldout_steps=[50],
        heldout_loss=[0.5 * scale],
    )


def draw_house(scale=1.0):
    runs = {"linear(1, 0, T)": [ledger(scale), ledger(scale)], "constant(1)": ledger(0.5)}
    return plot.house(runs, title="A finding", alt="Two runs.")


def draw_all(scale=1.0):
    x = np.arange(1, 9.0)
    return [
        draw_house(scale),
        plot.schedules(SHAPES, 50, "Shapes", "Three shapes.", base_lr=0.5 * scale),
        plot.sensitivity(
            x, {"linear(1, 0, T)": scale * np.add.outer(x, [1, 2])}, "Peaks", "A rise.", chosen=[3]
        ),
        plot.lines(x, {"one": scale * x, "two": scale * x**2}, "Lines", "Two lines.", "x", "y"),
    ]


def test_a_picture_is_the_same_bytes_every_time():
    for one, two in zip(draw_all(), draw_all(), strict=True):
        assert one.png() == two.png() and one.png().startswith(b"\x89PNG")


def test_the_digest_notices_two_percent_but_not_rounding():
    for one, more, noise in zip(draw_all(), draw_all(1.02), draw_all(1 + 1e-13), strict=True):
        assert one.digest() != more.digest()
        assert one.digest() == noise.digest()


def test_the_digest_notices_points_in_another_order():
    x = np.arange(5.0)
    there = plot.lines(x, {"a": x + 1}, "t", "alt", "x", "y").digest()
    back = plot.lines(x, {"a": x[::-1] + 1}, "t", "alt", "x", "y").digest()
    assert there != back


def test_a_picture_carries_its_alternative_text_and_digest():
    picture = draw_house()
    data, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == "Two runs."
    assert data["text/plain"].startswith("Figure: Two runs.") and "[rate]" in data["text/plain"]


def test_each_schedule_looks_the_same_in_every_figure():
    texts = ["linear(1, 0, T)", "cosine(1, 0, T)", "constant(1)"]
    looks = [plot._looks({t: parse(t, T=50) for t in order}) for order in itertools.permutations(texts)]
    found = [
        dict(zip(order, look, strict=True))
        for order, look in zip(itertools.permutations(texts), looks, strict=True)
    ]
    assert all(look == found[0] for look in found)
    assert plot.style(parse("0.3 * cosine(1, 0, 20)")) == plot.style(cosine(1, 0, 700))


def test_kinds_of_schedules_can_be_told_apart():
    texts = [
        "constant(1)",
        "linear(1, 0, 9)",
        "cosine(1, 0, 9)",
        "exponential(0.1, 9)",
        "inverse_sqrt(9)",
        "step(3)",
    ]
    texts += [
        "restarts(cosine(1, 0, 9))",
        "warmup_cosine(9, 3)",
        "warmup_linear(9, 3)",
        "wsd(9, 0, 3)",
        "wsd(9, 3, 3)",
    ]
    looks = [str(plot.style(parse(text))) for text in texts]
    assert len(set(looks)) == len(looks)


def test_two_schedules_of_one_kind_differ_within_a_figure():
    looks = plot._looks({"a": cosine(1, 0, 9), "b": cosine(1, 0.1, 9)})
    assert looks[0]["color"] == looks[1]["color"] and looks[0] != looks[1]


# Vienot, Brettel & Mollon 1999: linear RGB to what a dichromat sees.
DICHROMATS = {
    "protanopia": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deuteranopia": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


def closest(colours, kind):
    """The largest channel distance, 0..1, of the two colours that a dichromat finds most alike."""
    channels = [np.array([int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)]) for c in colours]
    seen = [np.maximum(np.array(DICHROMATS[kind]) @ c**2.2, 0) ** (1 / 2.2) for c in channels]
    return min(np.abs(a - b).max() for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("kind", DICHROMATS)
def test_colours_stay_apart_for_colour_blind_readers(kind):
    assert closest(sorted(set(plot.COLOURS.values())), kind) > 0.08
    assert closest(["#d0a000", "#b0ac00"], kind) < 0.08, "a control: two colours that only look different"


def test_intended_and_used_rates_are_both_drawn():
    apart = plot.house({"run": ledger(intended=np.full(50, 0.3))}, "t", "alt").figure.axes[0]
    drawn = [line.get_ydata() for line in apart.get_lines()]
    assert len(drawn) == 2 and np.allclose(drawn[1], 0.3) and np.allclose(drawn[0], ledger().used)


def test_curves_of_several_seeds_are_drawn_as_mean_and_interval():
    runs = np.random.default_rng(0).normal(size=(4, 9))
    axes = plot.lines([1, 2, 3, 4], {"runs": runs, "one": runs[:, 0]}, "t", "alt", "x", "y").figure.axes[0]
    assert np.allclose(axes.get_lines()[0].get_ydata(), runs.mean(axis=1)) and len(axes.collections) == 1
    edge = axes.collections[0].get_paths()[0].vertices
    for x, row in zip([1, 2, 3, 4], runs, strict=True):
        ends = edge[edge[:, 0] == x, 1]
        assert np.allclose([ends.min(), ends.max()], stats.interval(row)[:2])


def test_an_explorer_redraws_and_says_in_text_what_it_is():
    seen = []

    def draw(steps, rate):
        seen.append((steps, rate))
        return plot.lines([0, 1], {"a": np.array([steps, rate])}, "t", "alt", "x", "y")

    made = explorer(draw, steps=(1, 9, 3), rate=(0.01, 1.0, 0.1))
    before = made.image.value
    made.sliders["steps"].value = 7
    assert seen[-1][0] == 7 and made.image.value != before
    assert re.match(r"Explorer of steps, rate", made._repr_mimebundle_()["text/plain"])


def test_a_gallery_draws_each_schedule_in_a_panel_of_its_own():
    named = {f"number {n}": constant(n) for n in range(1, 6)}
    figure = plot.gallery(named, 30, "five", "five lines", columns=3).figure
    drawn = [axes for axes in figure.axes if axes.get_lines()]
    assert [axes.get_title() for axes in drawn] == list(named)
    assert [set(axes.get_lines()[0].get_ydata()) for axes in drawn] == [{n} for n in range(1, 6)]
    assert [axes.axison for axes in figure.axes] == [True] * 5 + [False]


def spans(picture):
    return [(*axes.get_xlim(), *axes.get_ylim()) for axes in picture.figure.axes]


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_axes_that_are_given_a_range_stay_where_they_are(scale):
    x, y = np.arange(1, 9.0), (0.01, 10.0)

    def draw_fixed(scale):
        runs, three = {"run": ledger(scale)}, {"linear(1, 0, T)": scale * np.add.outer(x, [1, 2])}
        fixed = {"x_range": (0.5, 20.0), "y_range": y}
        return [
            plot.house(runs, "t", "alt", rate_range=(0.0, 4.0), loss_range=y),
            plot.schedules(SHAPES, 50, "t", "alt", base_lr=scale, y_range=(0.0, 4.0)),
            plot.schedules([constant(scale)], 50, "t", "alt", log_rate=True, y_range=y),
            plot.sensitivity(x, three, "t", "alt", y_range=y),
            plot.lines(x * scale, {"a": x * scale}, "t", "alt", "x", "y", log_x=True, **fixed),
        ]

    for one, two in zip(draw_fixed(1.0), draw_fixed(scale), strict=True):
        assert spans(one) == spans(two)
        assert one.png() != two.png()
    for one, two in zip(draw_all(), draw_all(scale), strict=True):
        assert spans(one) != spans(two), "a control: without a range the axes follow what is drawn"


def test_a_range_is_shown_whole_with_a_margin():
    axes = plot.lines([0, 1], {"a": np.zeros(2)}, "t", "alt", "x", "y", y_range=(0.0, 2.0)).figure.axes[0]
    assert np.allclose(axes.get_ylim(), (-0.1, 2.1))
    log = plot.schedules([constant()], 9, "t", "alt", log_rate=True, y_range=(1e-4, 1.0)).figure.axes[0]
    assert log.get_ylim()[0] < 1e-4 and log.get_ylim()[1] > 1 and log.get_yscale() == "log"


@pytest.mark.parametrize("length", [3, 14, 18, 23])
def test_a_legend_is_not_wider_than_its_figure(length):
    named = {f"{n} {'w' * length}": np.arange(3.0) for n in range(5)}
    figure = plot.lines(range(3), named, "t", "alt", "x", "y").figure
    (legend,) = figure.legends
    assert legend.get_window_extent().width <= figure.bbox.width


def test_the_colour_is_that_of_the_decay_whatever_is_held_after_it():
    for held in ("cosine(1, 0.1, 9)", "linear(0, 1, 3) >> linear(1, 0.1, 9)", "step(3, 0.1, 9)"):
        assert plot.style(parse(f"{held} >> constant(0.1)")) == plot.style(parse(held))
    stairs = parse("piecewise_constant((3, 6), (1, 0.2, 0.05))")
    assert plot.style(stairs) == plot.style(parse("multistep((3, 6))"))
    for text in ("constant(0.1, 5) >> constant(1)", "linear(0, 1, 5) >> constant(1)"):
        assert plot.style(parse(text))["color"] == plot.COLOURS["constant"]
