"""Presets against the rates that other libraries computed.

The vectors in `data/golden/` are always compared. With `pytest -m oracle` on this file (and `--noconftest`
in an environment that has the libraries but not the project's tools) the libraries themselves are run: they
must still give the vectors, and follow the presets on twenty random configurations each.
"""

import importlib
import inspect
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from lrlib.rules import rules_of
from lrlib.schedules import Schedule, parse
from lrlib.schedules.core import TYPES
from lrlib.schedules.presets import LIBRARIES, PRESETS, names, preset, timm
from lrlib.schedules.presets.calls import call_text, calls
from tests.oracles.configurations import at_the_edge, draw
from tests.oracles.generate import base_lr_of, length_of, precisions_of, rates_of, vectors_of
from tests.oracles.libraries import is_importable

GOLDEN = Path(__file__).parents[2] / "data" / "golden"
FILES = {library: json.loads((GOLDEN / f"{library}.json").read_text()) for library in LIBRARIES}
VECTORS = [vector for library in LIBRARIES for vector in FILES[library]["vectors"]]
FLOAT32 = 2.0**-23


def deviations(vector: dict, rates: np.ndarray) -> list[str]:
    """Where `rates` are not those of the vector, within the precision in which its library computes.

    float64: rtol=1e-12, atol=1e-15. float32: rtol=2e-6 and two units in the last place of the highest rate,
    as 1 + cos(x) near 0 is known no better.
    """
    wanted = np.array(vector["values"])
    exact = vector["precision"] == "float64"
    allowed = 1e-15 + 1e-12 * np.abs(wanted) if exact else 2e-6 * np.abs(wanted) + 2 * FLOAT32 * wanted.max()
    wrong = np.flatnonzero(~(np.abs(rates - wanted) <= allowed))
    return [f"{vector['call']}: update {t} at {wanted[t]!r}, not {rates[t]!r}" for t in wrong[:3]]


def rates_by_preset(vector: dict, scale: float = 1, late: int = 0) -> np.ndarray:
    schedule = preset(vector["preset"], **vector["arguments"])
    return scale * vector["base_lr"] * schedule(np.arange(len(vector["values"])) + late)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['call']}-{v['precision']}")
def test_a_preset_gives_the_rates_of_its_library_past_the_end_too(vector):
    assert not deviations(vector, rates_by_preset(vector))
    assert len(vector["values"]) > vector["T"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_preset_that_is_a_little_wrong_is_noticed(library):
    for vector in FILES[library]["vectors"]:
        little = 1e-11 if vector["precision"] == "float64" else 1e-5
        assert deviations(vector, rates_by_preset(vector, scale=1 + little)), vector["call"]
        if np.ptp(vector["values"]):
            assert deviations(vector, rates_by_preset(vector, late=1)), vector["call"]


def test_there_are_enough_vectors_and_few_are_transcribed():
    assert len(VECTORS) >= 130
    assert all(len(FILES[library]["vectors"]) >= 4 for library in LIBRARIES)
    assert sum(vector["how"] != "executed" for vector in VECTORS) <= len(VECTORS) / 5
    assert {vector["preset"] for vector in VECTORS} == set(names()) == set(calls())


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["preset"]) for v in VECTORS])
def test_the_call_of_a_preset_is_the_one_that_its_vector_was_made_with(vector):
    assert call_text(vector["preset"], vector["arguments"]) == vector["call"]
    assert sum(path.stat().st_size for path in GOLDEN.iterdir()) < 1.5e6


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_preset_is_a_composition_that_text_and_dict_form_carry(library):
    for vector in FILES[library]["vectors"]:
        schedule = preset(vector["preset"], **vector["arguments"])
        assert parse(str(schedule)) == schedule
        assert Schedule.from_dict(schedule.to_dict()) == schedule
    assert not [cls for cls in TYPES.values() if "presets" in cls.__module__]


def test_rising_and_negative_tails_are_those_of_the_library():
    rising = preset("hf.cosine", total_steps=100, warmup_steps=10)
    assert rising(100) < 1e-15 < rising(110) < rising(120)
    negative = preset("torch.one_cycle", total_steps=40, curve="linear")
    assert negative(39) > 0 > negative(40)
    assert preset("torchtitan.linear", total_steps=40, warmup_steps=5)(41) < 0
    assert preset("big_vision.cosine", total_steps=40, cooldown_steps=10)(40) == 0


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (
            "hf.cosin",
            {"total_steps": 10},
            r"'hf.cosin'; did you mean 'hf.cosine' or '.*' or '.*'\? \(presets.names\(\) lists all\)",
        ),
        ("hf.cosine", {"total_step": 10}, r"hf.cosine: unknown argument .* did you mean 'total_steps'\?"),
        (
            "hf.cosine",
            {},
            "hf.cosine: missing a required argument: 'total_steps'; its parameters are total_",
        ),
        (
            "hf.cosine",
            {"num_training_steps": 9},
            "hf.cosine: .*_steps'; it is called 'total_steps' here",
        ),
        ("hf.linear", {"T_max": 9}, "hf.linear: unknown argument 'T_max'; it is called 'total_steps' here"),
        ("torch.cosine", {"total_steps": 9, "eta_min": 0}, "'eta_min'; it is called 'min_lr' here"),
        ("keras.cosine", {"decay_steps": 9, "alpha": 0}, "'alpha'; it is called 'min_factor' here"),
        ("hf.cosine", {"total_steps": 2.5}, r"hf.cosine: total_steps must be .* >= 0, got 2.5"),
        (
            "megatron.cosine",
            {"total_steps": 10, "warmup_steps": 10},
            "warmup_steps must be less than total_steps = 10, got 10",
        ),
        ("torch.cosine", {"total_steps": 10, "min_lr": 0.01}, "base_lr must be given, as min_lr = 0.01 is"),
        ("torch.one_cycle", {"total_steps": 10, "curve": "cosine"}, "curve must be 'cos' or 'linear', got"),
        ("torch.one_cycle", {"total_steps": 10, "warmup_fraction": 0.1}, "warmup_fraction must be such that"),
        (
            "torch.one_cycle",
            {"total_steps": 10, "three_phase": 1},
            "three_phase must be True or False, got 1",
        ),
        ("hf.polynomial", {"total_steps": 9, "base_lr": 1, "min_lr": 1}, "min_lr must be less than base_lr"),
        (
            "mindformers.wsd",
            {"total_steps": 9, "decay_steps": 2, "warmup_steps": 1, "base_lr": 1, "min_lr": 2},
            "min_lr must be less than base_lr, got 2 times base_lr",
        ),
        (
            "diffusers.piecewise_constant",
            {"step_rules": "1:10,0.1:20"},
            "step_rules must be such as '1:10,0.1:20",
        ),
        (
            "olmo_core.cosine_linear",
            {"total_steps": 9, "warmup_steps": 0, "decay_steps": 1, "min_lr": 0.5, "base_lr": 1},
            r"min_lr must be >= 0, less than 0\.12\d* times base_lr where the line begins, got 0.5",
        ),
        (
            "nanotron.wsd",
            {"total_steps": 9, "base_lr": 1},
            "nanotron.wsd: missing a required argument: 'min_lr'",
        ),
        (
            "olmo.bolt_on",
            {"total_steps": 9, "warmup_steps": 1, "bolt_start": 3, "bolt_end": 3},
            "bolt_end must be",
        ),
        ("torch.constant", {"factor": 1.5}, "torch.constant: factor must be a number > 0 and <= 1, got 1.5"),
        ("torch.linear", {"start": 0}, "torch.linear: start must be a number > 0 and <= 1, got 0"),
        ("paddle.linear", {"total_steps": 9, "end": 2}, "paddle.linear: end must be a number 0..1, got 2"),
        (
            "fastai.sgdr",
            {"num_cycles": 2, "first_cycle": 9, "t_mult": 1},
            "t_mult must be a whole number >= 2",
        ),
        ("ignite.cosine", {"first_cycle": 1}, "first_cycle must be a whole number of steps >= 2, got 1"),
        ("mmengine.linear", {"total_steps": 1}, "total_steps must be a whole number of steps >= 2, got 1"),
        (
            "fastai.one_cycle",
            {"total_steps": 9, "warmup_fraction": 1},
            "warmup_fraction must be a number >= 0 and < 1, got 1",
        ),
        ("timm.tanh", {"total_steps": 9, "lower": 3}, "timm.tanh: lower must be less than upper = 3, got 3"),
        ("nemo.hold_linear", {"total_steps": 9, "hold_steps": 9}, r"warmup_steps \+ hold_steps must be less"),
        ("optax.sgdr", {"cycles": (10, 12), "peaks": (1, 1), "warmup_steps": 5}, "cycles must be 2 steps"),
        ("optax.piecewise_linear", {"milestones": (3,), "factors": (1, 2)}, "factors must be 1 numbers"),
        ("timm.wsd", {"total_steps": 9, "decay_steps": 2, "stable": "rsqrt"}, "warmup_steps must be a whole"),
    ],
)
def test_unknown_names_and_bad_arguments_are_refused_by_name(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        preset(name, **arguments)


SHORT = {  # a run that its warmup is too long for, or that has no length: what the library makes of it
    "hf.polynomial": (
        {"total_steps": 2, "warmup_steps": 4, "base_lr": 1, "min_lr": 0.5}, [0, 0.25, 0.5, 0.75, 0.5]),
    "hf.linear": ({"total_steps": 0}, [0, 0]),
    "hf.wsd": (
        {"total_steps": 3, "warmup_steps": 2, "decay_steps": 2, "curve": "linear"}, [0, 0.5, 0.5, 0]),
    "torch.linear": ({"total_steps": 0, "start": 0.25}, [0.25, 0.25, 0.25]),
    "torch.polynomial": ({"total_steps": 0}, [1, 1, 1]),
    "torch.warmup_cosine": (
        {"total_steps": 2, "warmup_steps": 4, "start": 0.5}, [0.5, 0.625, 0.75, 0.875, 1, 0.5]),
    "optax.linear": ({"decay_steps": 0}, [1, 1]),
    "optax.exponential": ({"decay_steps": 3, "gamma": 0}, [1, 1, 1, 1]),
    "composer.linear_with_warmup": ({"total_steps": 2, "warmup_steps": 2, "end": 0.5}, [0, 0.5, 1, 1]),
    "deepspeed.warmup_decay": ({"total_steps": 2, "warmup_steps": 2, "kind": "linear"}, [0, 0, 0.5, 0]),
    "mmengine.polynomial": ({"total_steps": 1}, [1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", SHORT)
def test_a_run_that_is_too_short_is_what_its_library_makes_of_it(name):
    arguments, wanted = SHORT[name]
    assert preset(name, **arguments).values(len(wanted)) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("timm.cosine", {"total_steps": 9, "min_lr": -0.1}),
        ("megatron.cosine", {"total_steps": 9, "min_lr": -0.1}),
        ("megatron.cosine", {"total_steps": 9, "min_lr": 1.1}),
        ("megatron.constant", {"warmup_steps": 2, "start": 1.1}),
        ("nemo.cosine", {"total_steps": 9, "min_lr": 1.1}),
        ("olmo_core.linear", {"total_steps": 9, "warmup_steps": 2, "warmup_lr": 1}),
        ("olmo_core.wsd_s", {"cycles": (9,), "decay_steps": 2, "warmup_steps": 2, "min_lr": 1}),
        ("paddle.cyclic", {"step_size_up": 9, "min_lr": -0.1}),
    ],
)
def test_a_rate_that_the_library_refuses_beside_its_peak_is_refused(name, arguments):
    peak = {} if "start" in arguments else {"base_lr": 1}
    with pytest.raises(ValueError, match=rf"^{name}: (min_lr / base_lr|warmup_lr / base_lr|start) must be"):
        preset(name, **peak, **arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("paddle.step", {"gamma": 1, "step_size": 3}),
        ("paddle.multistep", {"gamma": 1.5, "milestones": (3,)}),
        ("paddle.exponential", {"gamma": 0}),
    ],
)
def test_a_gamma_that_paddle_refuses_is_refused(name, arguments):
    with pytest.raises(ValueError, match=f"^{name}: gamma must be a number"):
        preset(name, **arguments)


def test_every_preset_is_found_in_its_library_with_its_signature_and_the_name_its_library_gives_it():
    for name, build in PRESETS.items():
        library, function = name.split(".")
        assert getattr(importlib.import_module(f"lrlib.schedules.presets.{library}"), function) is build
        signature = inspect.signature(build)
        assert all(p.kind is p.KEYWORD_ONLY for p in signature.parameters.values())
        assert set(rules_of(build)) == {*signature.parameters, "return"}
        assert len(build.__doc__) > 10
    assert str(inspect.signature(timm.step)) == "(*, step_size, gamma=1, warmup_steps=0, warmup_prefix=True)"
    assert PRESETS["paddle.step"].__doc__.startswith("StepDecay: ")
    assert PRESETS["torch.step"].__doc__.startswith("StepLR: ")


def test_a_floor_is_a_rate_that_comes_with_the_peak():
    with_floor = preset("megatron.cosine", total_steps=40, min_lr=0.01, base_lr=0.1)
    assert with_floor(40) == pytest.approx(0.1)
    assert preset("megatron.cosine", total_steps=40, base_lr=0.1) == preset("megatron.cosine", total_steps=40)
    for name in ("hf.polynomial", "mindformers.polynomial", "keras.polynomial", "nanotron.wsd"):
        assert signature_of(name)["base_lr"].default is inspect.Parameter.empty
    with pytest.raises(ValueError, match=r"hf\.polynomial: missing a required argument: 'base_lr'"):
        preset("hf.polynomial", total_steps=40)


@pytest.mark.parametrize("name", names())
def test_whatever_a_preset_does_not_take_is_refused_in_its_own_name(name):
    arguments = draw(name, np.random.default_rng(0))
    refused = 0
    for parameter in signature_of(name):
        for given in (0, -1, 0.5, 2**60, 1e300, 1e-300, np.nan, "x", None, (), (5, 3), (1,), True):
            try:
                preset(name, **{**arguments, parameter: given})
            except ValueError as error:
                assert str(error).startswith(f"{name}: ") and "\n" not in str(error)
                refused += 1
    assert refused or not signature_of(name)


def signature_of(name: str):
    return inspect.signature(PRESETS[name]).parameters


def _installed(library: str) -> None:
    if not is_importable(library):
        pytest.skip(f"{library} cannot be imported here")


@pytest.mark.oracle
@pytest.mark.parametrize("library", LIBRARIES)
def test_the_library_still_computes_its_golden_vectors(library):
    _installed(library)
    made = vectors_of(library)
    stored = FILES[library]["vectors"]
    assert [vector["call"] for vector in made] == [vector["call"] for vector in stored]
    pairs = zip(stored, made, strict=True)
    assert not [line for old, new in pairs for line in deviations(old, np.array(new["values"]))]


@pytest.mark.oracle
@pytest.mark.parametrize("library", LIBRARIES)
def test_presets_follow_their_library_on_twenty_random_configurations(library):
    _installed(library)
    rng = np.random.default_rng(zlib.crc32(library.encode()))
    mine = [name for name in names() if name.startswith(f"{library}.")]
    for name in rng.permutation((mine * 20)[:20]):
        arguments = draw(str(name), rng)
        rates = rates_of(name, arguments, length_of(arguments) * 3 // 2)
        schedule = base_lr_of(name, arguments) * preset(name, **arguments)
        vector = {"call": f"{name} {arguments}", "values": rates, "precision": precisions_of(library)[0]}
        assert not deviations(vector, schedule(np.arange(len(rates))))


STRICTER = "|".join((  # what `presets` says of all of them: refused where a library may take it
    "whole number", "in increasing order", "must be (less than|at most) total_steps",
    r"> 0(, and at most 1 with| and <= 1)?\b",
    "numbers? >= 0( and < 1)?, got", "fraction must be", r"must be a number 0[.][.]1, got", "between 0 and 1",
    "one for each peak", "the cycles last", "min_lr must be less", "more than bolt_start", "at least warmup",
))  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("library", LIBRARIES)
def test_at_the_edges_a_preset_is_equal_to_its_library_or_refuses_too(library):
    _installed(library)
    rng = np.random.default_rng(zlib.crc32(library.encode()))
    mine = [name for name in names() if name.startswith(f"{library}.") and name != "levanter.power"]
    for name in (str(name) for name in rng.permutation((mine * 60)[:60])):
        arguments = at_the_edge(name, rng)
        steps = min(max(2, int(length_of(arguments))), 400)
        try:
            wanted = np.array(rates_of(name, arguments, steps * 5 // 4), dtype=np.float64)
        except Exception as error:
            wanted = np.array([str(error)])
        taken = wanted.dtype.kind == "f" and len(wanted) >= steps and np.isfinite(wanted).all()
        try:
            schedule = base_lr_of(name, arguments) * preset(name, **arguments)
        except ValueError as refusal:
            assert not taken or re.search(STRICTER, str(refusal)), (arguments, refusal)
            continue
        assert taken, (name, arguments, wanted[-1:])
        # rates of a size that cancels, of 1e3 and more, are known no better than to their last digit
        close = 2e-6 if precisions_of(library)[0] == "float32" else 1e-12
        rates = schedule(np.arange(len(wanted)))
        assert rates == pytest.approx(wanted, rel=close, abs=close * max(1e-3, np.abs(wanted).max()))
