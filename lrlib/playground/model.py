"""From the texts of a page to what it shows: curve, numbers, messages and configurations."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import math

import numpy as np

from lrlib import rules
from lrlib.playground.configurations import configurations, same
from lrlib.playground.explorers import drawn
from lrlib.playground.numerals import numerals
from lrlib.playground.subjects import subjects
from lrlib.rules import INF, Refused, Rule
from lrlib.schedules import Schedule, parse

LONGEST = 1_000_000  # updates of a run
MOST_TEXTS, MOST_PLACES = 4, 40
DRAWN = 600  # stretches of a curve that has more updates; of each, the lowest and the highest rate are drawn
FEW = 3

STEPS = rules.whole(1, LONGEST, "updates")
BASE_LR = Rule("a rate > 0", rules.rule_of(rules.Positive).convert)
PLACE = rules.whole(0, 2**53)
LABELS = {"steps": "T", "base_lr": "base_lr", "at": "Updates to list"}  # of the fields, on the page


def reply(request: str) -> str:
    """`answer` for JSON, as JSON; for {"source", "values"} what an explorer draws, see `explorers.drawn`.

    What is no request is answered with an error: nothing is raised.
    """
    try:
        asked = json.loads(request)
        explorer = isinstance(asked, dict) and "source" in asked
        said = drawn(asked["source"], asked["values"]) if explorer else answer(asked)
        return json.dumps(said, allow_nan=False)
    except (ValueError, ArithmeticError, RecursionError, KeyError, TypeError) as error:
        return json.dumps({"error": f"this is no request that can be answered: {error}"})


def answer(request: dict) -> dict:
    """What the page shows for {"steps", "base_lr", "at": [steps], "texts": [one to four texts]}.

    Returns {"errors": {field: message}, "schedules": [...]}: where no number is out of range, for each text
    {"error": message} or all that `described` gives. A message calls its field as the page labels it. Rates
    are base_lr * schedule(t). "alike": the pairs of schedules whose curves cover each other, as their rates
    agree to 1e-12 of the highest, at every update.
    """
    errors, given = {}, {}
    for name, rule in (("steps", STEPS.checked), ("base_lr", BASE_LR.checked), ("at", _places)):
        try:
            given[name] = rule(LABELS[name], request[name])
        except ValueError as error:
            errors[name] = str(error)
    if len(request["texts"]) > MOST_TEXTS:
        errors["texts"] = f"at most {MOST_TEXTS} schedules are compared"
    if errors:
        return {"errors": errors, "schedules": [], "alike": []}
    texts = [str(text) for text in request["texts"]]
    found = [_one(text, **given) for text in texts]
    read = [i for i, each in enumerate(found) if "error" not in each]
    alike = [[i, j] for i, j in itertools.combinations(read, 2) if _alike(texts[i], texts[j], given["steps"])]
    return {"errors": {}, "schedules": found, "alike": alike}


@functools.lru_cache(maxsize=16)
def _alike(one: str, other: str, steps: int) -> bool:
    return same(*(parse(text, T=steps).values(steps) for text in (one, other)))


def _places(label: str, given: list) -> tuple[int, ...]:
    if len(given) > MOST_PLACES:
        raise Refused(f"{label}: at most {MOST_PLACES} are shown, got {len(given)}")
    return tuple(PLACE.checked(label, step) for step in given)


@functools.lru_cache(maxsize=16)
def _one(text: str, steps: int, base_lr: float, at: tuple[int, ...]) -> dict:
    try:
        schedule = parse(text, T=steps)
        return described(schedule, steps, base_lr, at, text)
    except (ValueError, OverflowError, MemoryError) as error:
        return {"error": str(error) or "too large to compute with"}


def described(schedule: Schedule, steps: int, base_lr: float, at: tuple[int, ...], text: str) -> dict:
    """The curve, the numbers and the configurations of one schedule in a run of `steps` updates."""
    with np.errstate(over="ignore"):
        rates = base_lr * schedule.values(steps)
    if not np.isfinite(rates).all():
        raise Refused("base_lr times the highest multiplier is too large to compute with")
    few = min(FEW, steps)
    said = configurations(schedule, steps, base_lr, text)
    return {
        "reads": str(schedule),
        "length": None if schedule.steps == INF else schedule.steps,
        "note": _note(schedule, steps),
        "curve": curve(rates),
        "sum": math.fsum(rates),
        "mean": math.fsum(rates) / steps,
        "highest": [int(rates.argmax()), float(rates.max())],
        "lowest": [int(rates.argmin()), float(rates.min())],
        "first": [[t, float(rates[t])] for t in range(few)],
        "last": [[t, float(rates[t])] for t in range(steps - few, steps)],
        "at": [[t, base_lr * schedule(t)] for t in at],
        "numerals": numerals(text, steps),
        "subjects": subjects(text, is_cut_off=steps < schedule.steps < INF),
        "configurations": {library: dataclasses.asdict(each) for library, each in said.items()},
    }


def curve(rates: np.ndarray) -> list[list[float]]:
    """Points [t, rate] to draw: all of them, or of each of many stretches its ends and its extremes.

    >>> curve(np.arange(3.0))
    [[0, 0.0], [1, 1.0], [2, 2.0]]
    """
    n = len(rates)
    shown = np.arange(n)
    if n > 4 * DRAWN:
        starts = np.linspace(0, n, DRAWN + 1).astype(int)
        stretches = [(a, rates[a:b]) for a, b in itertools.pairwise(starts)]
        found = [(a, a + part.argmin(), a + part.argmax(), a + len(part) - 1) for a, part in stretches]
        shown = np.unique(found)
    return [[int(t), float(rates[t])] for t in shown]


def _note(schedule: Schedule, steps: int) -> str:
    """What a reader of the curve would miss: that a schedule is over before the run, or not yet over."""
    if schedule.steps < steps:
        held = "its end value is held for the rest"
        return f"Lasts {schedule.steps:,g} of the run's {steps:,} updates; {held}."
    if steps < schedule.steps < INF:
        return f"Is {schedule.steps:,g} updates long, and the run ends after {steps:,}: the rest is cut off."
    return ""
