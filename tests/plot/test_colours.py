"""One look a schedule: the colour says how it falls, the line what comes before, whatever it is called."""

import functools
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from matplotlib.colors import to_rgb

from lrlib import plot
from lrlib.plot import looks
from lrlib.plot.colours import DASHDOT, DASHDOTDOT, DASHED, LONG, PALETTE, SOLID
from lrlib.schedules import Schedule, catalogue, constant, cosine, linear, parse
from lrlib.schedules.presets import preset

T = 600
GOLDEN = Path(__file__).parents[2] / "data" / "golden"

KINDS = {  # what a schedule of that kind is written as
    "constant": ["constant(0.3)", "linear(0, 1, 60) >> constant(1)", "constant(0.1, 60) >> constant(1)",
                 "range_test(1e-5, 1, T)"],
    "linear": ["linear(1, 0, T)", "warmup_linear(T, 60)", "wsd(T, 60, 120)", "polynomial(1, 0, T)",
               "linear_one_cycle(T)", "untuned_linear(0.98) * linear(1, 0, T)",
               "linear(1, 0, T) * untuned_exponential(0.98)"],
    "polynomial": ["polynomial(1, 0, T, 2)", "rex(1, 0, T)",
                   "constant(1, 480) >> warp(linear(1, 0, 120), 2)"],
    "root": ["warp(linear(1, 0, T), 0.5)",
             "linear(0, 1, 60) >> constant(1, 420) >> warp(linear(1, 0, 120), 0.5)"],
    "cosine": ["cosine(1, 0, T)", "warmup_cosine(T, 60, 0.1)", "clip(cosine(1, 0, T), 0.1)", "flat_cosine(T)",
               "one_cycle(T)", "tanh(1, 0, T)", "cosine(1, 0.1, 500) >> constant(0.1)", "cosine_wave(T)",
               "linear(0, 1, 60) >> shift(cosine(1, 0, T), 60)",
               "linear(0, 1, 60) * cosine(1, 0, T)", "stairs(cosine(1, 0, T), 50)"],
    "exponential": ["exponential(0.1, T)", "natural_exponential(0.01)", "clip(exponential(0.1, 60), 0.01)",
                    "constant(1, 480) >> exponential_cooldown(1, 0, 120)"],
    "inverse": ["inverse_time(30)", "inverse_sqrt(30)", "warmup_inverse_sqrt(60)", "noam(60)"],
    "steps": ["step(200)", "multistep((300, 450))", "piecewise_constant((300, 450), (1, 0.2, 0.05))",
              "stairs(exponential(0.1, 200), 200)", "linear(0, 1, 60) >> step(200)",
              "step(200, 0.1, 500) >> constant(0.01)", "table((1, 1, 1, 0.1, 0.1))"],
    "cycles": ["sgdr(20, 2)", "cosine_restarts(T, 3)", "triangular(50)", "cosine_wave(T, 3)", "wsd_s(60, 40)",
               "restarts(linear(1, 0, 40), gamma=0.7)", "cyclic_polynomial(100)", "silver()"],
    "own": ["table((1, 0.9, 0.5, 0.1))", "table((1, 1, 0.1, 0.1))"],
}  # fmt: skip
CASES = [(kind, text) for kind, texts in KINDS.items() for text in texts]


@functools.cache
def vectors():
    files = sorted(GOLDEN.glob("*.json"))
    return [vector for path in files for vector in json.loads(path.read_text("utf-8"))["vectors"]]


def library_schedules(name):
    """A preset with the arguments of each of its vectors: (schedule, total_steps)."""
    found = [v for v in vectors() if v["preset"] == name]
    return [(preset(name, **v["arguments"]), v["T"]) for v in found]


def test_every_kind_has_a_colour_of_its_own_and_none_is_that_of_what_was_intended():
    assert list(KINDS) == list(plot.COLOURS)
    assert len({*plot.COLOURS.values(), plot.GREY}) == len(plot.COLOURS) + 1


@pytest.mark.parametrize(("kind", "text"), CASES, ids=[text for _, text in CASES])
def test_a_schedule_has_the_colour_of_how_it_falls(kind, text):
    schedule = parse(text, T=T)
    assert plot.kind(schedule, T) == kind
    assert plot.style(schedule, T)["color"] == plot.COLOURS[kind]


@given(
    some.sampled_from([text for kind, texts in KINDS.items() if kind != "own" for text in texts]),
    some.floats(0.01, 100),
    some.floats(0, 0.5),
    some.integers(200, 2000),
)
def test_a_look_stays_when_a_schedule_is_scaled_floored_slowed_or_late(text, scale, floor, to):
    plain = parse(text, T=T)
    look = plot.style(plain, T)
    assert plot.style(scale * plain, T) == look
    assert plot.style(parse(f"between({plain}, {floor!r}, 1)"), T) == look
    assert plot.style(parse(f"shift({plain}, 1)"), T - 1)["color"] == look["color"]
    slower = parse(f"stretch({plain}, {to}, {T})")
    assert plot.style(slower, to)["color"] == look["color"]


@given(some.sampled_from([t for k, texts in KINDS.items() if k not in ("constant", "own") for t in texts]))
def test_what_comes_before_a_decay_changes_the_line_and_not_the_colour(text):
    plain = parse(text, T=T)
    if plot.style(plain, T)["linestyle"] != SOLID or text.startswith("piecewise"):
        return  # something comes before already, or the stretch before is a tread of the stairs
    colour, cycles = plot.style(plain, T)["color"], plot.kind(plain, T) == "cycles"
    before = {
        "linear(0, 1, 60)": DASHED,
        "linear(0, 1, 90) >> constant(1, 90)": DASHED if cycles else DASHDOTDOT,
    }
    before |= {"constant(1, 90)": SOLID if cycles else DASHDOT}
    for first, line in before.items():
        start = parse(first)
        assert plot.style(start >> plain, T + start.steps) == {"color": colour, "linestyle": line}


def test_a_rise_of_more_than_a_quarter_of_the_run_is_no_warmup():
    found = [plot.style(linear(0, 1, n) >> cosine(1, 0, 1000 - n))["linestyle"] for n in (250, 251)]
    assert found == [DASHED, LONG]
    assert plot.style(parse("one_cycle(T)", T=T)) != plot.style(parse("warmup_cosine(T, 60)", T=T))


def test_kinds_and_what_comes_before_them_can_be_told_apart():
    texts = [texts[0] for texts in KINDS.values()] + ["warmup_cosine(T, 60)", "warmup_linear(T, 60)"]
    texts += ["wsd(T, 0, 120)", "wsd(T, 60, 120)", "flat_cosine(T)", "one_cycle(T)", "linear_one_cycle(T)"]
    texts += ["linear(0, 1, 60) >> constant(1, 420) >> warp(linear(1, 0, 120), 0.5)"]
    found = [str(plot.style(parse(text, T=T), T)) for text in texts]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("constant(0.1, 60) >> cosine(1, 0, 540)", DASHED),  # a low start is a rise
        (
            "shift(linear(0, 1, 61), 1) >> constant(1, 1) >> cosine(1, 0, 540)",
            DASHED,
        ),  # one step is no stretch
        ("linear(0, 1, 60) * (constant(1, 60) >> cosine(1, 0, 540))", DASHED),
        ("linear(0, 1, 60) * (constant(1, 300) >> cosine(1, 0, 300))", DASHDOTDOT),
        ("linear(0, 1, 60) >> constant(1, 1) >> linear(1, -1e6, 540 * 1000000)", DASHED),
    ],
)
def test_what_comes_before_is_what_the_rate_does_and_not_how_it_is_written(text, line):
    assert plot.style(parse(text))["linestyle"] == plot.style(parse(text), T)["linestyle"] == line


@pytest.mark.parametrize(
    "text",
    [
        "shift(constant(1, 300) >> cosine(1, 0, 200), 300)",
        "stretch(constant(1, 3) >> cosine(1, 0, 3), 200, 6)",
        "cut(constant(1, 100) >> cosine(1, 0, 300), 200)",
        "on_clock(constant(1, 3200) >> cosine(1, 0, 3200), piecewise_constant((50,), (16, 32)))",
        "warp(constant(1, 300) >> cosine(1, 0, 300), 0.5)",  # half of it is over at step 150
    ],
)
def test_a_decay_is_found_where_another_clock_puts_it(text):
    assert plot.kind(parse(text), 200) == "cosine"


def test_a_stretch_between_two_levels_has_the_colour_of_the_lower():
    mirrored = "between(constant(2, T), cosine(1, 0, T), linear(1, 0, T))"
    assert plot.kind(mirrored, 20) == "cosine"
    assert plot.kind(parse(f"constant(1, 80) >> {mirrored}", T=20), 100) == "cosine"


def test_the_look_of_a_text_is_that_of_what_it_says():
    assert plot.style("linear(1, 0, T)", 40) == plot.style(linear(1, 0, 40))
    assert plot.kind("cosine(1, 0, 30)") == "cosine"


def test_a_wave_that_starts_in_its_valley_is_no_cosine():
    assert plot.kind(parse("shift(cosine_wave(20), 20)")) == "cycles"
    assert plot.kind(parse("shift(cosine_wave(20), 5)")) == "cosine"


def test_a_wave_is_a_cosine_until_it_climbs():
    wave = parse("cosine_wave(100)")
    kinds = [plot.kind(wave, total) for total in (50, 100, 101, 140, 1000)]
    assert kinds == ["cosine", "cosine", "cosine", "cycles", "cycles"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("step(5000)", "steps"),  # its first fall comes after any usual number of steps
        ("restarts(linear(1, 0, 40))", "cycles"),  # one cycle alone is a line
        ("restarts(linear(1, 0, 40), t_mult=3)", "cycles"),
        ("restarts(cosine(0, 1, 20) >> cosine(1, 0, 20))", "cycles"),  # a wave that starts in its valley
        ("linear(0, 1, 60) >> restarts(linear(1, 0, 40))", "cycles"),
    ],
)
def test_a_schedule_without_an_end_is_looked_at_until_it_has_shown_what_it_does(text, kind):
    assert plot.kind(parse(text)) == kind


def test_a_rise_of_less_than_a_fiftieth_is_no_cycle():
    kinds = [plot.kind(parse(f"cosine(1, 0, 300) >> linear(0, {rise}, 300)")) for rise in (0.015, 0.025)]
    assert kinds == ["cosine", "cycles"]


def test_cosines_of_other_libraries_have_the_colour_of_a_cosine():
    names = {v["preset"] for v in vectors() if v["preset"].endswith(("cosine", "warmup", "min_lr"))}
    names = {name for name in names if "cosine" in name and name != "ignite.cosine"}  # which starts again
    assert {"hf.cosine", "torch.cosine", "timm.cosine", "keras.cosine", "optax.warmup_cosine"} <= names
    for name in names:
        for schedule, steps in library_schedules(name):
            rates = schedule.values(steps)
            climbs = np.diff(rates)[rates.argmax() :].max(initial=0) > 0.01
            cooled = str(schedule).count("constant(steps=30)") and name.startswith("big_vision")
            if falls(rates) and not climbs and not cooled:
                assert plot.kind(schedule, steps) == "cosine", (name, str(schedule))


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (".linear", "linear"), (".linear_with_warmup", "linear"), (".inverse_sqrt", "inverse"),
        (".noam", "inverse"), (".inverse_time", "inverse"), (".exponential", "exponential"),
        (".step", "steps"), (".multistep", "steps"), (".piecewise_constant", "steps"),
        (".restarts", "cycles"), (".cyclic", "cycles"), (".tanh", "cosine"),
    ],
)  # fmt: skip
def test_presets_of_one_name_have_one_colour_in_every_library(ending, kind):
    """A run in which the rate never falls is drawn as one; a staircase is one whatever makes it."""
    names = {v["preset"] for v in vectors() if v["preset"].endswith(ending)}
    found = [pair for name in names for pair in library_schedules(name)]
    kinds = {plot.kind(schedule, steps) for schedule, steps in found if falls(schedule.values(steps))}
    assert kinds - ({"steps"} if ending == ".exponential" else set()) == {kind} and found


def falls(values):
    return np.max(np.maximum.accumulate(values) - values, initial=0) > 1e-6


def test_only_tables_and_shapes_of_one_s_own_have_the_colour_of_those():
    """Every entry of the catalogue, and every preset, is known by how it falls, at a known length or not."""
    entries = [(entry.name, entry.schedule(T), T) for entry in catalogue()]
    entries += [(v["preset"], preset(v["preset"], **v["arguments"]), v["T"]) for v in vectors()]
    own = {name for name, s, steps in entries for run in (steps, None) if plot.kind(s, run) == "own"}
    assert own <= {"table", "multiplicative", "refined"}
    for name, schedule, steps in entries:
        if falls(schedule.values(steps)):
            assert plot.kind(schedule, steps) != "constant", name


def test_a_shape_of_your_own_has_a_colour_and_one_made_from_a_known_shape_keeps_that():
    class PlotSmooth(Schedule):
        steps: int

        def multiplier(self, t):
            return 1 - 3 * (t / self.steps) ** 2 + 2 * (t / self.steps) ** 3

    class PlotLateCosine(type(cosine(1, 0, 1))):
        def multiplier(self, t):
            return super().multiplier(t) ** 0.5

    assert plot.kind(PlotSmooth(90)) == plot.kind(linear(0, 1, 9) >> PlotSmooth(90)) == "own"
    assert plot.kind(PlotLateCosine(1, 0, 90)) == "cosine"


def test_each_schedule_looks_the_same_in_every_figure():
    texts = ["linear(1, 0, T)", "cosine(1, 0, T)", "constant(1)"]
    found = [
        dict(zip(order, looks({t: parse(t, T=50) for t in order}), strict=True))
        for order in itertools.permutations(texts)
    ]
    assert all(look == found[0] for look in found)


@pytest.mark.parametrize(
    "shape", ["cosine(1, {}, 9)", "constant(1 - {})", "step(3, 0.5 + {})", "restarts(linear(1, {}, 3))"]
)
def test_schedules_of_one_look_differ_in_shade_and_marker_within_a_figure(shape):
    texts = [shape.format(end) for end in (0, 0.1, 0.2)]
    three = looks({text: parse(text) for text in texts}, 9)
    assert three[0] == plot.style(texts[0], 9), "the first has the look that it has everywhere"
    assert len({look.get("marker") for look in three}) == 3
    light = [0.3 * r + 0.59 * g + 0.11 * b for r, g, b in (to_rgb(look["color"]) for look in three)]
    assert min(abs(a - b) for a, b in itertools.combinations(light, 2)) > 0.15, "also without any colour"


def test_runs_of_one_schedule_are_told_apart_by_the_palette():
    both = looks({"slow": constant(), "fast": constant()})
    assert both[0]["color"] != both[1]["color"] and both[0]["linestyle"] != both[1]["linestyle"]
    assert looks({"slow": constant()}) == [plot.style(constant())], "one alone has its own look"


def test_a_name_is_read_only_where_it_says_the_same_for_every_length():
    (read,) = looks({"linear(1, 0, T)": []})
    assert read == {"color": plot.COLOURS["linear"], "linestyle": SOLID}
    known = looks({"linear(0, 1, 300) >> cosine(1, 0, T - 300)": []}, total_steps=5000)
    assert known == [{"color": plot.COLOURS["cosine"], "linestyle": DASHED}]
    (unknown,) = looks({"linear(0, 1, 300) >> cosine(1, 0, T - 300)": []})  # a warmup, or a third of the run
    assert unknown["color"] != known[0]["color"]


def test_what_is_no_schedule_has_no_colour_of_one():
    of_schedules = {*plot.COLOURS.values(), plot.GREY}
    found = looks({str(n): [] for n in range(7)})
    assert not of_schedules & {look["color"] for look in found}
    assert len({str(look) for look in found}) == 7
    six = found[:6]
    assert len({look["color"] for look in six}) == len({str(look["linestyle"]) for look in six}) == 6


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
    assert closest([colour for colour, _ in PALETTE], kind) > 0.15
    assert closest(["#d0a000", "#b0ac00"], kind) < 0.08, "a control: two colours that only look different"
