"""What the report `doctor` calls: a training log, what its rates are, and how they differ from a plan."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from IPython.display import Markdown

from lrlib.doctor import readers
from lrlib.doctor.faults import ONE_ROW, Diagnosis, diagnose
from lrlib.doctor.fit import FEWEST, Identified, identify
from lrlib.doctor.log import Log
from lrlib.doctor.numbers import shortest
from lrlib.plot.colours import BLUE, GREY, VERMILION
from lrlib.plot.picture import Picture, finished, like_everywhere, panels
from lrlib.reports.text import code, plain, prose
from lrlib.reports.text import drawn as words
from lrlib.rules import Refused
from lrlib.schedules import Schedule, parse

EXAMPLE = "micro-batches"  # the trap of the museum that stands in where no log is given
PLANNED = {"schedule": "linear(0.1, 1, 12)", "base_lr": 0.1, "accumulation": 4}  # what its author meant
HINTS = ("accumulation", "processes", "epoch_steps")
SHOWN = 4  # parameter groups in a figure
MANY = 4000  # rows that a figure draws
MORE = (1.02, 1.25)  # times the largest logged rate: where the planned peak may lie
LONG = 3000  # characters of a sentence, at most
EPOCHS = "This holds if the plan counts epochs, as the log does."
SAY_EPOCHS = "If the plan counts updates, say with -p epoch_steps how many of them an epoch has."
STANDS_IN = "An example: a small run with a fault. For a log of yours, `-p log FILE`."
NOISE = 1e-12  # of the largest rate: less is rounding of another machine


@dataclass(frozen=True)
class Case:
    """A log and what is known of its run. intended: None where nobody said; base_lr: None where not known.

    log, found, diagnosis: what was read, which schedules it may be of, what became of the plan, or None.
    """

    log: Log = field(repr=False)
    intended: Schedule | None
    text: str
    base_lr: float | None
    found: Identified = field(repr=False)
    diagnosis: Diagnosis | None = field(repr=False)

    @property
    def group(self) -> int:
        """Which group the figure compares: the one that is off the plan, or the first."""
        off = self.diagnosis and self.diagnosis.fault and self.diagnosis.group
        return self.log.groups.index(off) if off else 0


def check(settled: Mapping[str, object]) -> None:
    """Refused for a log that cannot be read, and for a plan that is no schedule or whose T is not known."""
    log = readers.read(settled["log"]) if settled["log"] else None
    if planned(settled, log) is not None and len(log) == 1 and not settled["base_lr"]:
        raise Refused(ONE_ROW)


def cost(settled: Mapping[str, object]) -> None:
    """Nothing is trained."""


def planned(settled: Mapping[str, object], log: Log | None = None) -> Schedule | None:
    """The intended schedule; T is `steps`, else what the log says of its length."""
    text = settled["schedule"].strip()
    if not text:
        if settled["base_lr"] and settled["log"]:
            raise Refused("base_lr belongs to an intended schedule: give -p schedule too, or leave it out")
        return None
    if not settled["log"]:
        raise Refused("schedule is what a log is compared with: give -p log too")
    total = settled["steps"] or int(log.sizes.get("max_steps", 0) if log else 0)
    try:
        return parse(text, T=total or None)
    except Refused as error:
        hint = "" if total or "T" not in text else "; how many steps T is, say with -p steps"
        raise Refused(f"{error}{hint}", "schedule") from None


def examined(settled: Mapping[str, object]) -> Case:
    """Read, fitted, and compared with the plan. Without a log, the museum's run stands in.

    Raises Refused like `check`.
    """
    log, asked = (readers.read(settled["log"]), settled) if settled["log"] else (example(), PLANNED)
    if log.sizes.get("counted_in_epochs") and asked.get("epoch_steps"):
        log = replace(log, steps=log.steps * asked["epoch_steps"])
    intended = parse(asked["schedule"]) if asked is PLANNED else planned(settled, log)
    base = asked["base_lr"] or None
    hints = {name: asked[name] for name in HINTS if asked.get(name)}
    if settled["log"] and settled["steps"]:
        hints["steps"] = settled["steps"]
    found = identify(log)
    if intended is None:
        return Case(log, None, "", None, found, None)
    base, diagnosis = _diagnosed(log, intended, base, hints, found)
    if diagnosis.fault and log.sizes.get("counted_in_epochs") and not hints.get("epoch_steps"):
        diagnosis = replace(diagnosis, sentence=f"{diagnosis.sentence} {EPOCHS}", mend=SAY_EPOCHS, code="")
    return Case(log, intended, asked["schedule"].strip(), base, found, diagnosis)


def _diagnosed(log: Log, intended: Schedule, base: float | None, hints: dict, found: Identified) -> tuple:
    """The base rate and the diagnosis: where nobody gave one, the first round one with an explanation."""
    if base is not None or (first := diagnose(log, intended, None, **hints)).fault != "unknown":
        return base, diagnose(log, intended, base, **hints) if base is not None else first
    top = float(np.nanmax(log.rates[:, 0]))
    tries = [one.base_lr for one in found.candidates[:1]] + [shortest(top, top * above) for above in MORE]
    for each in dict.fromkeys(one for one in tries if one > 0):
        again = diagnose(log, intended, each, **hints)
        if again.fault != "unknown":
            said = "" if again.fault is None else f" No base_lr was given: {each:g} was taken."
            return each, replace(again, sentence=again.sentence + said)
    return None, first


def example() -> Log:
    """The log of a run of the museum, written to a file with 4 digits and read from there."""
    from lrlib.course.museum import TRAPS

    run = Log.of(TRAPS[EXAMPLE].broken(PLANNED["base_lr"]))
    with tempfile.TemporaryDirectory() as folder:
        rounded = np.array([[float(f"{rate:.3e}") for rate in row] for row in run.rates.tolist()])
        return readers.read(Log(run.steps, rounded).write(Path(folder, "museum.csv")))


def answer(case: Case, is_example: bool = False) -> Markdown:
    """The first screen: what became of the plan, which schedule the log is, and what else it may be."""
    said = [f"**{prose(case.diagnosis.sentence, LONG)}**"] if case.diagnosis else []
    mark = "" if said else "**"
    said = [STANDS_IN, *said] if is_example else said
    said += [f"{mark}{prose(case.found.sentence, LONG)}{mark}"]
    if case.diagnosis and case.diagnosis.fault and case.diagnosis.mend:
        said += [f"What to do: {prose(case.diagnosis.mend, LONG)}"]
    return Markdown("\n\n".join(said))


def also(case: Case, listed: int) -> Markdown:
    """The schedules that give every logged rate, to its digits."""
    rows = case.found.candidates[:listed]
    if not rows:
        few = len(case.log) < FEWEST
        return Markdown("Too few rows." if few else "No schedule of the catalogue gives every logged rate.")
    lines = ["| schedule | base_lr | largest difference | first row is update |", "|---|--:|--:|--:|"]
    for one in rows:
        size = f"{one.deviation:.1e}" if one.deviation > NOISE * one.base_lr else "none"
        lines.append(f"| {code(one.text)} | {one.base_lr:g} | {size} | {one.first_update} |")
    more = len(case.found.candidates) - len(rows)
    return Markdown("\n".join(lines) + (f"\n\nAnd {more} more." if more > 0 else ""))


def fix(case: Case) -> Markdown:
    """The loop in PyTorch without the fault that was found."""
    if not case.diagnosis or not case.diagnosis.code:
        return Markdown("")
    return Markdown(f"In PyTorch, without the fault:\n\n```python\n{case.diagnosis.code}\n```")


def read(case: Case) -> Markdown:
    """What was taken of the log."""
    log, restarts = case.log, len(case.log.restarts)
    digits = "full digits" if np.isinf(log.digits) else f"about {log.digits:g} digits"
    back = f"; {restarts} times its steps go back or stand still" if restarts else ""
    span = f"steps {log.steps[0]} to {log.steps[-1]}, usually every {log.every}"
    said = f"{len(log)} rows, {span}; {digits}{back}."
    return Markdown(f"{prose(log.source, LONG)}: {said}" if log.source else said)


def meant(case: Case, steps: np.ndarray) -> np.ndarray | None:
    """The planned rates of the group that is looked at, at steps as the log counts them, from 0 or 1."""
    if case.intended is None or np.isnan(base := case.diagnosis.base_lr):
        return None
    rates, at = case.log.rates[:, case.group], case.log.steps

    def miss(first: int) -> float:
        return np.nanmax(np.abs(base * case.intended(np.maximum(at - first, 0)) - rates))

    first = min((0, 1) if at.min() else (0,), key=miss)
    return base * case.intended(np.maximum(steps - first, 0))


def fitted(case: Case, steps: np.ndarray) -> np.ndarray | None:
    """The first schedule that the group looked at may be of, at steps as the log counts them."""
    found = (case.found, *case.found.others)[case.group].candidates
    if not found:
        return None
    best = found[0]
    return best.rates(np.maximum(steps + best.shift, 0))


@like_everywhere
def figure(case: Case) -> Picture:
    """Logged rates as dots over the fitted and the planned curve; below, the difference to the latter."""
    log, rows = case.log, slice(None, None, -(-len(case.log) // MANY))
    steps, every = log.steps[rows], np.unique(np.linspace(log.steps.min(), log.steps.max(), MANY).astype(int))
    drawn, (above, below) = panels(2, sharex=True)
    if (fit := fitted(case, every)) is not None:
        above.plot(every, fit, color=BLUE, linewidth=1.6, label="fitted")
    if (plan := meant(case, every)) is not None:
        above.plot(every, plan, color="#303030", linewidth=1.2, dashes=(4, 3), label="planned")
    reference, name = meant(case, log.steps), "planned"
    if reference is None:
        reference, name = fitted(case, log.steps), "fitted"
    for group, column in zip(log.groups[:SHOWN], log.rates.T, strict=False):
        label = "logged" if len(log.groups) == 1 else f"logged: {words(group, 24)}"
        above.plot(steps, column[rows], "o", markersize=3.2, color=_colour(log, group), label=label)
    if reference is not None:
        gap = log.rates[:, case.group] - reference
        gap = np.where(np.abs(gap) > NOISE * np.nanmax(log.rates), gap, 0 * gap)
        below.plot(steps, gap[rows], "o", markersize=3.2, color=VERMILION)
        grain = log.rounding[rows, case.group]
        below.fill_between(steps, -grain, grain, color=GREY, alpha=0.35, linewidth=0)
    above.set(ylabel="rate")
    below.set(xlabel="step, as the log counts", ylabel=f"logged - {name}" if reference is not None else "")
    handles, labels = above.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    return finished(drawn, title(case), alt(case, gap if reference is not None else None, name))


def _colour(log: Log, group: str) -> str:
    return (VERMILION, "#009E73", "#882255", "#E69F00")[log.groups.index(group) % SHOWN]


def title(case: Case) -> str:
    """The finding in a line."""
    diagnosis, found = case.diagnosis, case.found.candidates
    if diagnosis is None:
        best = found[0] if found else None
        none = "Too few rows to tell" if len(case.log) < FEWEST else "None of the catalogue"
        return f"{plain(best.text, 60)} at {best.base_lr:g}" if best else none
    if diagnosis.fault is None:
        return "The rates are what was planned"
    since = "" if diagnosis.since is None else f" from update {diagnosis.since} on"
    much = "" if np.isnan(diagnosis.largest) else f", by up to {diagnosis.largest:.3g}"
    return f"Off the plan{since}{much}"


def alt(case: Case, gap: np.ndarray | None, name: str) -> str:
    """The figure in words."""
    first = case.log.rates[:, case.group]
    seen = first[~np.isnan(first)]
    said = f"Logged rates, {len(seen)} dots from {seen[0]:.3g} to {seen[-1]:.3g}, at most {seen.max():.3g}."
    if gap is None:
        return said
    return f"{said} Below, logged minus {name}: at most {np.nanmax(np.abs(gap)):.2g} in size. {title(case)}."


def handed_over(case: Case, listed: int) -> dict[str, object]:
    """What was found, for results.json."""
    diagnosis = case.diagnosis
    made = {
        "groups": [plain(group) for group in case.log.groups],
        "rows": len(case.log),
        "candidates": [
            {"schedule": one.text, "base_lr": one.base_lr, "first_update": one.first_update}
            for one in case.found.candidates[:listed]
        ],
    }
    if diagnosis is not None:
        made |= {"intended": str(case.intended), "fault": diagnosis.fault, "since": diagnosis.since,
                 "alternatives": [*diagnosis.alternatives]}  # fmt: skip
    return made


def summary(case: Case) -> list[str]:
    """The answer in plain words."""
    said = [case.diagnosis.sentence] if case.diagnosis else []
    return [*said, case.found.sentence]
