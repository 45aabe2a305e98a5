"""The lines of other libraries, run as they are, make the rates of the schedule.

torch's are run here; with `pytest -m oracle`, where the libraries are installed, so are those of all four.
"""

import importlib.util
import os
import warnings

import numpy as np
import pytest

from lrlib.playground.configurations import configurations
from lrlib.playground.likely import guesses
from lrlib.schedules import catalogue, parse
from lrlib.schedules.presets import names
from lrlib.schedules.presets.calls import calls

FOUR = ("torch", "optax", "keras", "hf")
BY_HAND = [
    "0.5 * cosine(1, 0.1, T)",
    "linear(0, 0.5, 30) >> cosine(0.5, 0.05, T - 30)",
    "linear(0.1, 1, 30) >> cosine(1, 0.1, T - 30)",
    "linear(0, 1, 30) >> linear(1, 0.1, T - 30)",
    "linear(0, 1, 30) >> polynomial(1, 0.01, T - 30, 2)",
    "linear(0.1, 1, 30) >> constant(1, T - 130) >> linear(1, 0.1, 100)",
    "linear(0, 1, 30) >> exponential(0.5, 100)",
    "linear(0, 1, 30) >> restarts(cosine(1, 0, 100))",
    "polynomial(1, 0.01, T, 2)",
    "linear(1, 0, 0.5*T) >> constant(0)",
    "restarts(cosine(1, 0.1, 50), t_mult=2, gamma=0.5)",
    "cosine(0.04, 1, 0.3*T) >> cosine(1, 0.001, T - 0.3*T)",
    "constant(0.5, 10) >> constant(1)",
    "inverse_time(40)",
    "exponential(0.9, 7)",
    "linear(0, 1, 10) >> restarts(cosine(1, 0, 50))",
    "torch.cosine(total_steps=T, min_lr=0.01, base_lr=1)",
    "torch.restarts(first_cycle=50, min_lr=0.01, base_lr=1)",
    "hf.polynomial(total_steps=T, warmup_steps=20, base_lr=2)",
    "keras.polynomial(decay_steps=T, min_lr=0.01, base_lr=1)",
]  # fmt: skip


def presets_as_text():
    """The presets of the four libraries, with the arguments of their golden vectors."""
    for preset in names():
        if preset.split(".")[0] in FOUR:
            for case in calls()[preset]["cases"]:
                said = ", ".join(f"{k}={tuple(v) if isinstance(v, list) else v!r}" for k, v in case.items())
                yield f"{preset}({said})"


TEXTS = [*BY_HAND, *(entry.example for entry in catalogue()), *presets_as_text()]


def used(library, code, steps):
    """The rates of updates 0 .. steps-1 of these lines."""
    space = {}
    if library in ("torch", "hf", "formula"):
        import torch

        space["model"] = torch.nn.Linear(1, 1)
    exec(code, space)
    if library in ("optax", "keras"):
        schedule = space.get("schedule", space.get("learning_rate"))
        return [float(schedule(t)) if callable(schedule) else schedule for t in range(steps)]
    optimizer, scheduler = _of_torch(space, steps)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler and scheduler.step()
    return rates


def _of_torch(space, steps):
    import torch

    if "arguments" not in space:
        return space.get("optimizer") or torch.optim.SGD(space["model"].parameters(), lr=0.1), space.get(
            "scheduler", space.get("schedule")
        )
    from transformers import get_scheduler

    arguments = space["arguments"]
    optimizer = torch.optim.SGD(space["model"].parameters(), lr=arguments.learning_rate)
    return optimizer, get_scheduler(
        arguments.lr_scheduler_type,
        optimizer,
        arguments.get_warmup_steps(steps),
        steps,
        scheduler_specific_kwargs=arguments.lr_scheduler_kwargs,
    )


def compared(text, libraries, steps=300):
    """Run what is said in these libraries; returns their names."""
    try:
        schedule = parse(text, T=steps)
    except ValueError:
        return []
    said = configurations(schedule, steps, 0.1, text)
    rates = 0.1 * schedule.values(steps)
    for library in libraries & said.keys():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = used(library, said[library].code, steps)
        np.testing.assert_allclose(found, rates, rtol=0, atol=1e-11 * max(rates.max(), 0.1), err_msg=library)
    return [*said]


@pytest.mark.parametrize("text", TEXTS)
def test_the_lines_of_torch_make_the_rates_of_the_schedule(text):
    compared(text, {"torch", "formula"})


@pytest.mark.oracle
@pytest.mark.parametrize("text", TEXTS)
def test_the_lines_of_the_other_libraries_make_the_rates_of_the_schedule(text):
    missing = [name for name in ("optax", "keras", "transformers") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    os.environ.update(KERAS_BACKEND="torch", JAX_PLATFORMS="cpu", JAX_ENABLE_X64="1")
    import keras

    keras.config.set_floatx("float64")
    compared(text, set(FOUR))


@pytest.mark.parametrize(
    ("text", "libraries"),
    [
        ("linear(0, 1, 30) >> cosine(1, 0, T - 30)", {"optax", "keras", "hf"}),
        ("cosine(1, 0, T)", set(FOUR)),
        ("step(200)", {"torch", "optax", "keras"}),
        ("one_cycle(T)", {"optax"}),
        ("wsd(T, 30, 100)", {"hf"}),
        ("hf.cosine(total_steps=T, warmup_steps=30)", {"optax", "keras", "hf"}),
        ("constant(1)", set(FOUR)),
        ("0.5 * constant(1)", set()),
        ("rex(1, 0, T)", set()),
    ],
)
def test_what_a_ready_made_schedule_can_say_is_found(text, libraries):
    said = configurations(parse(text, T=600), 600, 0.1, text)
    assert libraries <= said.keys() <= libraries | {"formula"}


@pytest.mark.parametrize("text", list(presets_as_text()))
def test_a_preset_is_said_in_the_words_of_its_own_library(text):
    assert text.split(".")[0] in configurations(parse(text), 20, 0.1, text)


def test_a_difference_past_the_end_of_the_run_is_said():
    said = configurations(parse("cosine(1, 0, 600)"), 600, 0.1)
    assert "from update 600 on" in said["torch"].note and said["optax"].note == ""


@pytest.mark.oracle
def test_a_cycle_of_keras_can_begin_late_in_float32_only_which_is_noted():
    os.environ.update(KERAS_BACKEND="torch")
    keras = pytest.importorskip("keras")
    text = "keras.restarts(first_cycle=10, t_mult=7)"
    found = configurations(parse(text), 600, 1, text)["keras"]
    made, rates = {}, parse(text).values(600)
    exec(found.code, made)
    late = {}
    for precision in ("float32", "float64"):
        keras.config.set_floatx(precision)
        late[precision] = [t for t in (10, 80, 570) if abs(float(made["schedule"](t)) - rates[t]) > 0.1]
    assert late["float64"] == [] and late["float32"] in ([], [570])  # processors round logarithms differently
    assert "float32" in found.note


def test_a_floor_that_is_a_rate_is_said_for_the_base_lr_of_the_page():
    text = "torch.cosine(total_steps=T, min_lr=0.01, base_lr=1)"
    said = configurations(parse(text, T=300), 300, 0.1, text)
    assert "eta_min=0.001)" in said["torch"].code


@pytest.mark.parametrize("steps", [291, 300, 1000])
def test_the_cycles_of_transformers_restart_at_the_updates_of_the_schedule(steps):
    """The formula of get_cosine_with_hard_restarts_schedule_with_warmup, as it rounds."""
    t = np.arange(steps)
    for d in range(2, steps):
        for w in (0, 10):
            text = f"linear(0, 1, {w}) >> " * (w > 0) + f"restarts(cosine(1, 0, {d}))"
            found = [each for each in guesses(parse(text), steps) if each.preset == "hf.cosine_with_restarts"]
            cycles, passed = found[0].arguments["num_cycles"], (t[w:] - w) / (steps - w)
            theirs = 0.5 * (1 + np.cos(np.pi * (cycles * passed % 1)))
            np.testing.assert_allclose(theirs, parse(text).values(steps)[w:], rtol=0, atol=1e-9, err_msg=text)


def test_a_schedule_that_differs_in_one_update_is_not_called_by_the_name():
    near = parse("linear(0, 1, 30) >> cosine(1, 0, 570) >> constant(0.001)")
    assert {"optax", "keras", "hf"} <= configurations(near, 600, 0.1).keys()
    assert configurations(near, 601, 0.1).keys() == {"formula"}
