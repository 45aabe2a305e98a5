"""House figures: same bytes twice, results as they come, a digest that notices changed data."""

import io
from typing import ClassVar

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.text import Text
from PIL import Image
from scipy.stats import t as student

from lrlib import plot, stats, tasks, train
from lrlib.course import museum
from lrlib.ledger import Ledger, Recorder
from lrlib.schedules import constant, cosine, linear, parse

SMALLEST = 8 / 72 * 100  # pixels of a figure's smallest text
SHAPES = {"constant(1)": constant(), "linear(1, 0, T)": linear(1, 0, 50), "cosine(1, 0, T)": cosine(1, 0, 50)}


def ledger(scale=1.0, intended=None, schedule=None, label=""):
    t = np.arange(50)
    used = scale * (1 - t / len(t))
    return Ledger(
        label=label,
        schedule=schedule,
        intended=intended,
        used_by_group=used[:, None],
        train_loss=np.exp(-t / 20),
        heldout_steps=[len(t)],
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
            x, {"linear(1, 0, T)": scale * np.add.outer(x, [1, 2])}, title="Peaks", alt="A rise.", chosen=[3]
        ),
        plot.lines(x, {"one": scale * x, "two": scale * x**2}, "Lines", "Two lines.", "x", "y"),
    ]


def test_no_text_of_a_figure_is_too_small_to_read():
    losses = {"low": np.arange(8.0), "high": np.arange(8.0) + 1 + 0.1 * np.sin(np.arange(8.0))}
    pictures = [
        *draw_all(),
        plot.gallery(SHAPES, 50, "t", "alt"),
        plot.forest(losses, "t", "alt", reference="low"),
        plot.intervals({"one": (0.0, -1.0, 1.0)}, "t", "alt", "x", claimed=(0, 1)),
        plot.surface(np.geomspace(0.1, 2, 12), {"row": np.linspace(0, 1, 12)}, "t"),
        museum.panels({"one": ledger(intended=np.ones((50, 1)))}, "t", "alt", columns=3),
    ]
    for picture in pictures:
        picture.png()
        words = [each for each in picture.figure.findobj(Text) if each.get_text()]
        assert min(each.get_fontsize() for each in words) * picture.figure.dpi / 72 >= SMALLEST


def test_a_picture_is_the_same_bytes_every_time():
    for one, two in zip(draw_all(), draw_all(), strict=True):
        assert one.png() == two.png() and one.png().startswith(b"\x89PNG")
        assert b"Software" not in one.png(), "whatever version of matplotlib drew it"
        assert Image.open(io.BytesIO(one.png())).mode == "RGB"


def test_a_picture_does_not_depend_on_its_users_settings_of_matplotlib(tmp_path):
    mine = {"font.family": "serif", "axes.linewidth": 3, "lines.linewidth": 9, "savefig.bbox": "tight"}
    plain = [*draw_all(), plot.gallery(SHAPES, 50, "Shapes", "Three shapes.")]
    with rc_context({**mine, "figure.facecolor": "yellow", "legend.fontsize": 30}):
        theirs = [*draw_all(), plot.gallery(SHAPES, 50, "Shapes", "Three shapes.")]
        assert [picture.png() for picture in theirs] == [picture.png() for picture in plain]
        plain[0].save(tmp_path / "a.png")
    plain[0].save(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


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


def test_intended_and_used_rates_are_both_drawn():
    apart = plot.house({"run": ledger(intended=np.full(50, 0.3))}, "t", "alt").figure.axes[0]
    drawn = [line.get_ydata() for line in apart.get_lines()]
    assert len(drawn) == 2 and np.allclose(drawn[1], 0.3) and np.allclose(drawn[0], ledger().used)


def of_seeds(losses):
    """Pictures of losses, (4, seeds): their lowest panels."""
    runs = [Ledger(used_by_group=np.ones((4, 1)), train_loss=column) for column in losses.T]
    pictures = [
        plot.house({"a": runs}, "t", "alt"),
        plot.sensitivity([1, 2, 3, 4], {"a": losses}, title="t", alt="alt"),
        plot.lines([0, 1, 2, 3], {"a": losses}, "t", "alt", "x", "y"),
    ]
    return [picture.figure.axes[-1] for picture in pictures]


@pytest.mark.parametrize("seeds", [1, 2, 19])
def test_of_few_seeds_each_is_a_thin_line_under_their_mean(seeds):
    losses = np.random.default_rng(1).normal(5, 1, size=(4, seeds))
    for axes in of_seeds(losses):
        assert np.allclose(axes.get_lines()[0].get_ydata(), losses.mean(axis=1))
        drawn = [line for each in axes.collections for line in each.get_segments()]
        assert len(drawn) == (seeds if seeds > 1 else 0)
        assert all(np.allclose(line[:, 1], run) for line, run in zip(drawn, losses.T, strict=False))
        assert axes.get_ylim()[0] < losses.min() and losses.max() < axes.get_ylim()[1], "all are to be seen"


@pytest.mark.parametrize("seeds", [20, 21])
def test_of_many_seeds_a_student_interval_is_drawn_around_their_mean(seeds):
    losses = np.random.default_rng(1).normal(5, 1, size=(4, seeds))
    expected = student.interval(0.95, seeds - 1, losses.mean(axis=1), losses.std(axis=1, ddof=1) / seeds**0.5)
    for axes in of_seeds(losses):
        (band,) = axes.collections
        ends = band.get_paths()[0].vertices[:, 1]
        assert np.isclose(ends.min(), expected[0].min()) and np.isclose(ends.max(), expected[1].max())


@pytest.mark.parametrize("points", [5, 120, 900])
def test_markers_are_few_and_those_of_curves_that_are_alike_lie_apart(points):
    named = {f"{floor}": cosine(1, floor, points) for floor in (0, 0.1, 0.2)}
    curves = plot.schedules(named, points, "t", "alt").figure.axes[0].get_lines()
    marked = [range(*line.get_markevery()[:1], points, line.get_markevery()[1]) for line in curves[1:]]
    assert all(min(points, 15) - 3 <= len(places) <= 18 for places in marked)
    assert points < 15 or not set(marked[0]) & set(marked[1])
    assert [line.get_marker() for line in curves] == ["None", "o", "s"]


@pytest.mark.parametrize("seeds", [2, 20])
def test_where_a_run_blew_up_there_is_no_mean_but_a_picture(seeds):
    losses = np.random.default_rng(0).normal(5, 1, (4, seeds))
    losses[1, 1] = 1e200
    axes = plot.lines([1, 2, 3, 4], {"a": losses}, "t", "alt", "x", "y").figure.axes[0]
    assert np.isfinite(axes.get_lines()[0].get_ydata()).tolist() == [True, False, True, True]
    assert axes.get_ylim()[1] < 20, "the others are to be seen"
    edges = [path.vertices[:, 0].tolist() for path in axes.collections[0].get_paths()]
    assert seeds < 20 or {x for edge in edges for x in edge} == {1, 3, 4}


class Swept:
    """A sweep as far as figures read it: two schedules, two rates, three seeds."""

    labels = ("wave", "line")
    schedules = (cosine(1, 0, 50), linear(1, 0, 50))
    base_lrs = (0.1, 0.2)
    steps = 50
    result = np.arange(1, 13.0).reshape(2, 2, 3)

    def ledgers(self, base_lr=0):
        pairs = zip(self.labels, self.schedules, strict=True)
        return {label: [ledger(schedule=schedule)] * 3 for label, schedule in pairs}


class Peaks:
    """Tuned peaks as far as figures read them."""

    sweep = Swept()
    fitted: ClassVar = {"wave": stats.Peak(0.2, 5, False, 0.1, 0.3, 3, 0.95),
                        "line": stats.Peak(0.1, 8, False, 0.1, 0.2, 3, 0.95)}  # fmt: skip


def drawn(picture):
    """What the lowest panel shows: label -> colour and heights."""
    lines = picture.figure.axes[-1].get_lines()
    return {line.get_label(): (line.get_color(), line.get_ydata().tolist()) for line in lines}


def test_figures_take_results_as_they_come():
    swept, peaks, at_one = Swept(), Peaks(), Swept()
    at_one.base_lrs = (0.1,)
    named = dict(zip(swept.labels, swept.schedules, strict=True))
    losses = dict(zip(swept.labels, swept.result, strict=True))
    ways = [
        (plot.house(at_one, "t", "alt"), plot.house(at_one.ledgers(), "t", "alt")),
        (plot.schedules(swept, 50, "t", "alt"), plot.schedules(named, 50, "t", "alt")),
        (plot.schedules(constant(), 50, "t", "alt"), plot.schedules([constant()], 50, "t", "alt")),
        (plot.schedules(peaks, 50, "t", "alt"), plot.schedules(named, 50, "t", "alt")),
        (plot.gallery(swept, 50, "t", "alt"), plot.gallery(named, 50, "t", "alt")),
        (plot.gallery(peaks, 50, "t", "alt"), plot.gallery(named, 50, "t", "alt")),
        (plot.schedules(peaks, 50, "t", "alt"), plot.schedules(named, 50, "t", "alt")),
        (
            plot.schedules("linear(1, 0, T)", 50, "t", "alt"),
            plot.schedules({"linear(1, 0, T)": linear(1, 0, 50)}, 50, "t", "alt"),
        ),
        (
            plot.gallery({"wave": "cosine(1, 0, T)", "line": linear(1, 0, 50)}, 50, "t", "alt"),
            plot.gallery(named, 50, "t", "alt"),
        ),
        (
            plot.sensitivity(peaks, title="t", alt="alt"),
            plot.sensitivity([0.1, 0.2], losses, title="t", alt="alt", chosen=[1, 0], like=named),
        ),
        (
            plot.sensitivity(swept, title="t", alt="alt", chosen={"wave": 0.2, "line": 0.1}),
            plot.sensitivity(peaks, title="t", alt="alt"),
        ),
    ]
    for direct, spelled_out in ways:
        assert direct.png() == spelled_out.png()
    dots = plot.sensitivity(peaks, title="t", alt="alt").figure.axes[0].get_lines()[2:]
    assert np.allclose([(*dot.get_xdata(), *dot.get_ydata()) for dot in dots], [(0.2, 5.0), (0.1, 8.0)])


def test_runs_that_nobody_named_are_called_by_their_labels_or_run():
    one, again, other = ledger(label="line"), ledger(label="line"), ledger(label="")
    recorder = Recorder()
    recorder.saw([{"lr": 0.1}])
    recorder.record(train_loss=2.0)
    for given, spelled_out in [
        (other, {"run": other}),
        (recorder, {"run": [recorder.ledger]}),
        ([one, other, again], {"line": [one, again], "run": other}),
    ]:
        assert plot.house(given, "t", "alt").png() == plot.house(spelled_out, "t", "alt").png()


def test_results_that_a_figure_cannot_draw_as_they_are_say_what_to_do():
    with pytest.raises(ValueError, match="house: draws runs, not tuned peaks; judge them first"):
        plot.house(Peaks(), "t", "alt")
    with pytest.raises(ValueError, match=r"house: needs a sweep at one peak rate, got 2: .*base_lr=\.\.\."):
        plot.house(Swept(), "t", "alt")
    for nothing in ([], {}):
        with pytest.raises(ValueError, match="gallery: named must hold a schedule or more"):
            plot.gallery(nothing, 10, "t", "alt")
        with pytest.raises(ValueError, match="house: runs must hold a ledger or more"):
            plot.house(nothing, "t", "alt")


def test_figures_draw_what_training_returns():
    task = tasks.get("quadratic")
    wave = parse("cosine_wave(10)")  # it climbs within these 20 steps, so that it is no cosine
    tuned = train.tune(
        task, {"wave": wave, "stays": constant()}, [0.1, 0.2, 0.4], range(3), steps=20, widen=0
    )
    judged = train.judge(task, tuned, range(5, 7))
    house = plot.house(judged, "t", "alt")
    above, below = house.figure.axes
    assert np.allclose(above.get_lines()[0].get_ydata(), tuned.peaks["wave"] * wave.values(20))
    assert len(below.collections) == 2, "the seeds of each"
    peaks = plot.sensitivity(tuned, title="t", alt="alt")
    dots = peaks.figure.axes[0].get_lines()[2:]
    assert [dot.get_xdata()[0] for dot in dots] == [peak.rate for peak in tuned.fitted.values()]
    seeds = plot.lines(judged.seeds, judged.losses(), "t", "alt", "seed", "loss", like=judged)
    for picture in (house, peaks, seeds, plot.schedules(judged, 20, "t", "alt")):
        shown = drawn(picture)
        assert [shown[name][0] for name in ("wave", "stays")] == [
            plot.COLOURS["cycles"],
            plot.COLOURS["constant"],
        ]


def test_colours_follow_the_schedule_object_whatever_the_name_says():
    by_kind = {kind: plot.COLOURS[kind] for kind in ("cosine", "linear")}
    misleading = {"linear": cosine(1, 0, 50), "cosine": linear(1, 0, 50)}
    runs = {name: ledger(schedule=schedule) for name, schedule in misleading.items()}
    x, curves = np.arange(3.0), {name: np.ones(3) for name in misleading}
    losses = {name: np.ones((3, 2)) for name in curves}
    for picture in (
        plot.schedules(misleading, 50, "t", "alt"),
        plot.house(runs, "t", "alt"),
        plot.lines(x, curves, "t", "alt", "x", "y", like=misleading),
        plot.sensitivity(x + 1, losses, title="t", alt="alt", like=misleading),
    ):
        found = drawn(picture)
        assert found["linear"][0] == by_kind["cosine"] and found["cosine"][0] == by_kind["linear"]
    named_only = drawn(plot.lines(x, curves, "t", "alt", "x", "y"))
    assert {name: colour for name, (colour, _) in named_only.items()} == by_kind


def test_a_house_without_runs_is_refused_in_one_sentence():
    for nothing in ({}, {"a": []}):
        with pytest.raises(ValueError, match=r"^house: runs must hold a ledger or more for each name; .*$"):
            plot.house(nothing, "t", "alt")


def test_the_intended_rate_of_the_first_group_is_drawn_where_groups_differ():
    both = np.stack([np.full(50, 0.3), np.full(50, 0.03)], axis=1)
    above = plot.house({"run": ledger(intended=both)}, "t", "alt").figure.axes[0]
    assert np.allclose(above.get_lines()[1].get_ydata(), 0.3)


def test_a_gallery_draws_each_schedule_in_a_panel_of_its_own():
    named = {f"number {n}": constant(n) for n in range(1, 6)}
    figure = plot.gallery(named, 30, "five", "five lines").figure
    panels = [axes for axes in figure.axes if axes.get_lines()]
    assert [axes.get_title() for axes in panels] == list(named)
    assert [set(axes.get_lines()[0].get_ydata()) for axes in panels] == [{n} for n in range(1, 6)]
    assert [axes.axison for axes in figure.axes] == [True] * 5 + [False] * 3
    assert all(axes.get_ylim()[0] == 0 for axes in panels), "heights are seen from zero"


def test_a_schedule_in_a_gallery_is_looked_at_for_as_long_as_it_is_drawn():
    wave = [parse("cosine_wave(10)")]
    lines = [plot.gallery(wave, n, "t", "alt").figure.axes[0].get_lines()[0] for n in (10, 40)]
    assert [line.get_color() for line in lines] == [plot.COLOURS["cosine"], plot.COLOURS["cycles"]]


def test_a_run_that_stopped_early_does_not_change_the_look_of_the_others():
    stopped = Ledger(used_by_group=np.ones((10, 1)), train_loss=np.ones(10))
    runs = {"wave": ledger(schedule=parse("cosine_wave(20)")), "stopped": stopped}
    line = plot.house(runs, "t", "alt").figure.axes[0].get_lines()[0]
    assert line.get_color() == plot.COLOURS["cycles"]


def spans(picture):
    return [(*axes.get_xlim(), *axes.get_ylim()) for axes in picture.figure.axes]


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_axes_that_are_given_a_range_stay_where_they_are(scale):
    x, y = np.arange(1, 9.0), (0.01, 10.0)

    def draw_fixed(scale):
        runs, three = {"run": ledger(scale)}, {"linear(1, 0, T)": scale * np.add.outer(x, [1, 2])}
        fixed = {"x_range": (0.5, 20.0), "y_range": y}
        return [
            plot.house(runs, "t", "alt", loss_range=y),
            plot.schedules(SHAPES, 50, "t", "alt", base_lr=scale, y_range=(0.0, 4.0)),
            plot.schedules([constant(scale)], 50, "t", "alt", log_rate=True, y_range=y),
            plot.sensitivity(x, three, title="t", alt="alt", y_range=y),
            plot.lines(x * scale, {"a": x * scale}, "t", "alt", "x", "y", log_x=True, **fixed),
        ]

    for one, two in zip(draw_fixed(1.0), draw_fixed(scale), strict=True):
        assert spans(one)[-1] == spans(two)[-1]
        assert one.png() != two.png()
    for one, two in zip(draw_all(), draw_all(scale), strict=True):
        assert spans(one) != spans(two), "a control: without a range the axes follow what is drawn"


def test_a_range_is_shown_whole_with_a_margin():
    axes = plot.lines([0, 1], {"a": np.zeros(2)}, "t", "alt", "x", "y", y_range=(0.0, 2.0)).figure.axes[0]
    assert np.allclose(axes.get_ylim(), (-0.1, 2.1))
    log = plot.schedules([constant()], 9, "t", "alt", log_rate=True, y_range=(1e-4, 1.0)).figure.axes[0]
    assert log.get_ylim()[0] < 1e-4 and log.get_ylim()[1] > 1 and log.get_yscale() == "log"


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        ((0.34, 0.42), ["0.34", "0.36", "0.38", "0.4", "0.42"]),
        ((0.3, 2.1), ["0.3", "0.4", "0.5", "0.6", "0.8", "1", "2"]),
        ((0.3, 5.0), ["0.3", "0.4", "0.6", "1", "2", "3", "4"]),
        ((0.02, 0.9), ["0.02", "0.05", "0.1", "0.2", "0.5"]),
        ((0.0005, 20.0), ["0.001", "0.01", "0.1", "1", "10"]),
    ],
)
def test_a_logarithmic_axis_has_plain_numbers_as_many_as_have_room(span, labels):
    axes = plot.schedules([constant()], 9, "t", "alt", log_rate=True, y_range=span).figure.axes[0]
    ticks = [at for at in axes.yaxis.get_majorticklocs() if span[0] * 0.999 <= at <= span[1] * 1.001]
    assert axes.yaxis.get_major_formatter().format_ticks(ticks) == labels
    assert not any(axes.yaxis.get_minor_formatter().format_ticks([0.3, 3.0]))


def test_axes_say_what_is_drawn():
    runs, in_batches = {"a": ledger()}, {"a": Ledger(used_by_group=np.ones((4, 1)), train_loss=np.ones(4))}
    axes = [
        plot.house(runs, "t", "alt").figure.axes[1],
        plot.house(in_batches, "t", "alt", unit="bits").figure.axes[1],
        plot.house(runs | {"b": in_batches["a"]}, "t", "alt").figure.axes[1],
        plot.house(runs, "t", "alt", loss="expected loss").figure.axes[1],
        plot.schedules(SHAPES, 9, "t", "alt").figure.axes[0],
        plot.schedules(SHAPES, 9, "t", "alt", base_lr=0.1).figure.axes[0],
    ]
    assert [one.get_ylabel() for one in axes] == [
        "held-out loss (nats)", "batch loss (bits)", "batch loss (nats)", "expected loss (nats)",
        "rate / base_lr", "rate",
    ]  # fmt: skip
    assert [one.get_yscale() for one in axes] == ["log"] * 4 + ["linear"] * 2
    marked = plot.lines([1, 2], {"a": [1, 2]}, "t", "alt", "x", "y", marks={"here": 1.5}).figure
    assert [text.get_text() for text in marked.legends[0].get_texts()] == ["a", "here"]
    assert plot.lines([1, 2], {"a": [1, 2]}, "t", "alt", "x", "y").figure.legends == []


@pytest.mark.parametrize("length", [3, 14, 18, 23])
def test_a_legend_is_not_wider_than_its_figure(length):
    named = {f"{n} {'w' * length}": np.arange(3.0) for n in range(5)}
    figure = plot.lines(range(3), named, "t", "alt", "x", "y").figure
    (legend,) = figure.legends
    assert legend.get_window_extent().width <= figure.bbox.width


def test_a_forest_has_a_dot_for_each_seed_and_the_interval_of_the_ranking():
    rng = np.random.default_rng(0)
    low = 0.3 + 0.02 * rng.standard_normal(9)
    losses = {
        "low": low,
        "high": low + 0.05 + 0.01 * rng.standard_normal(9),
        "same": low + 1e-3 * np.sin(np.arange(9)),
    }
    picture = plot.forest(losses, "High ends higher", "Dots.", reference="low")
    (axes,) = picture.figure.axes
    table = stats.ranking(losses, "low").drop("low")
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(table.index)
    assert [text.get_text() for text in axes.texts] == list(table["verdict"])
    drawn = [line.get_xdata() for line in axes.get_lines()[1:]]
    for i, (name, row) in enumerate(table.iterrows()):
        dots, interval, mean = drawn[3 * i : 3 * i + 3]
        assert np.array_equal(dots, losses[name] - low)
        assert list(interval) == [row["ci_low"], row["ci_high"]] and float(mean[0]) == row["difference"]
    moved = plot.forest(
        {**losses, "same": losses["same"] + 0.01}, "High ends higher", "Dots.", reference="low"
    )
    assert moved.digest() != picture.digest()


class TestWhatNobodyWrote:
    """Titles and alternative texts that the figures compute."""

    losses: ClassVar = {"low": np.arange(8.0), "high": np.arange(8.0) + 1 + 0.1 * np.sin(np.arange(8.0))}

    def judged(self):
        shapes = {"a": constant(), "b": "linear(1, 0, T)"}
        tuned = train.tune("quadratic", shapes, [0.1, 0.2, 0.4], range(8, 11), steps=30)
        return train.judge("quadratic", tuned, range(8))

    def test_the_title_of_what_was_judged_is_its_headline(self):
        judged = self.judged()
        for picture in (plot.house(judged), plot.forest(judged)):
            axes, figure = picture.figure.axes[0], picture.figure
            assert stats.headline(judged) in (axes.get_title(loc="left"), figure.get_suptitle())
        by_name = plot.house(judged.ledgers(), reference="a")
        said = stats.headline(stats.ranking(judged, "a"))
        assert by_name.figure.axes[0].get_title(loc="left") == said and said in by_name.alt

    def test_a_finding_that_nobody_wrote_and_nothing_says_is_asked_for(self):
        with pytest.raises(ValueError, match=r"^house: title must be given where no reference"):
            plot.house({"run": ledger()})

    def test_an_alternative_text_has_the_numbers_that_are_drawn(self):
        t = np.arange(5)
        texts = [
            plot.house({"a": ledger(0.5)}, "t").alt,
            plot.lines(
                t, {"up": t**2, "bump": [0, 3, 9, 3, 1e-17]}, "t", xlabel="step", ylabel="size (m)"
            ).alt,
            plot.schedules({"c": constant(0.3)}, 9, "t").alt,
            plot.gallery({"c": cosine(1, 0.25, 4)}, 5, "t").alt,
            plot.forest(self.losses, reference="low").alt,
            plot.sensitivity([0.1, 0.2, 0.4], {"v": np.array([3.0, 1.0, 2.0])}).alt,
        ]
        expected = [
            "Above, rate: a from 0.5 to 0.01. Below, held-out loss (nats): a at 0.25.",
            "size (m) against step: up from 0 to 16; bump from 0 to 0, up to 9.",
            "rate / base_lr against step (optimizer updates): c at 0.3.",
            "Small pictures: c from 1 to 0.25.",
            "Differences to low (nats): high +1.01 [0.943, 1.07], worse.",
            "last held-out loss (nats) against peak rate: v 1 at 0.2.",
        ]
        assert texts == expected
