"""The shoot-out in words: which schedule, which peak, what an error costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from IPython.display import Markdown

from lrlib import stats, torchcode, train
from lrlib.reports import budget, contest, simplicity, standings, training
from lrlib.reports.contest import HALF, PEAK, TWICE, Contest
from lrlib.reports.standings import shown_rate
from lrlib.reports.text import code
from lrlib.rules import INF, Refused
from lrlib.schedules import constant, parse_for


def check(settled: Mapping[str, object]) -> None:
    """ValueError, in one sentence, for a task, options or schedules that cannot be trained."""
    training.problem(settled)
    training.how(settled)
    _plan(settled)


def cost(settled: Mapping[str, object]) -> budget.Cost:
    """What a report trains at most, its wider grids included; with `minutes`, that may be less."""
    size = contest.size(settled)
    wider = 2 * contest.WIDEN * size.tuning * len(size.labels)
    return budget.Cost(size.runs + wider, settled["steps"], lambda: _plan(settled), settled.get("workers", 1))


def held(settled: Mapping[str, object]) -> Contest:
    """Train what a report asks for; see `contest.held`."""
    task, how = training.problem(settled), training.how(settled)
    schedules = {text: parse_for(text, settled["steps"]) for text in settled["schedules"]}
    trial = {"steps": settled["steps"], "evaluations": 1, **how}
    return contest.held(task, settled, how, lambda: settled["steps"] * budget.timed(task, schedules, **trial))


def _plan(settled: Mapping[str, object]) -> train.plan.Plan:
    """The largest of the plans: the tuning of all schedules on one grid."""
    size, how = contest.size(settled), training.how(settled)
    rates = size.rates or tuple(contest.RATIO**k for k in range(-contest.GRID, 0))
    seeds, _ = range(contest.TUNING, contest.TUNING + size.tuning), how.pop("workers", 1)
    chosen = {"steps": settled["steps"], "evaluations": 1, "max_gb": INF, **how}  # `budget.Cost` has a limit
    return train.plan.Plan(training.problem(settled), list(size.labels), rates, seeds, **chosen)


def answer(found: Contest, tolerance: float) -> Markdown:
    """The first screen."""
    name = found.recommended
    if name is None:
        why = "every run diverged" if len(found.lost) == len(found.schedules) else "nothing learned"
        return Markdown("\n\n".join([f"**No answer: {why}.**", *_no_answer(found)]))
    head = f"**Take {code(name)} at a peak of {found.peak:g}.**"
    points = [
        _scope(found),
        _may_be_best(found),
        _peak(found, tolerance),
        *([_wrong_peak(found)] if found.around else []),
        *_gain(found),
        *warnings(found),
    ]
    return Markdown("\n".join([head, "", *(f"- {point}" for point in points)]))


def summary(found: Contest, tolerance: float) -> list[str]:
    """The first screen in plain words."""
    return [
        line.replace("**", "").replace("`", "") for line in answer(found, tolerance).data.splitlines() if line
    ]


def _no_answer(found: Contest) -> list[str]:
    rates = found.tuned[0].sweep.base_lrs
    if len(found.lost) < len(found.schedules):
        return [
            "What did not blow up ended above a constant guess: nothing here learned, and nothing is taken."
        ]
    return [
        f"All {len(found.schedules)} schedules blew up at all rates from {rates[0]:.3g} to {rates[-1]:.3g}; "
        "nothing can be recommended. Try lower peaks (`base_lrs`), clip the gradients (`clip_norm`), or look "
        "for a fault of the problem: a loss that is not finite at the start, data that are not scaled."
    ]


def _scope(found: Contest) -> str:
    """What the answer is for, without which no peak means anything."""
    return (
        f"**Found on** {code(found.task.name)} with {found.steps:,} updates a run: another problem, length "
        "or optimizer asks for a run of its own."
    )


def _may_be_best(found: Contest) -> str:
    names, n = found.leaders.names, len(found.schedules)
    why = _simplest(found)
    if n == 1:
        return "It was the only schedule: nothing was compared."
    if len(names) == 1:
        others = "the other" if n == 2 else f"each of the other {n - 1}"
        head = "**It wins among those that were judged:**" if found.left_out else "**It wins:**"
        return f"{head} {others} is shown to be worse than it{', or than another one' * (n > 2)}."
    listed = ", ".join(code(name) for name in found.schedules if name in names)
    if len(names) == n:
        few = found.leaders.too_few
        hint = (
            f" {len(found.seeds)} seeds can tell none of {len(found.leaders.pairs)} pairs at once: take more."
            * few
        )
        return f"**Cannot tell:** none of the {n} is shown to be worse than another ({listed}). {why}{hint}"
    return f"**{len(names)} of {n} may be the best,** not shown to be worse than any other: {listed}. {why}"


def _simplest(found: Contest) -> str:
    name = found.recommended
    pieces = simplicity.pieces(found.schedules[name])
    numbers = simplicity.choices(name, found.steps)
    return f"Of these it is the simplest: {_count(pieces, 'piece')}, {_count(numbers, 'number')} to choose."


def _peak(found: Contest, tolerance: float) -> str:
    peak = found.peaks[found.recommended]
    sure = (
        f", 95 % interval {shown_rate(peak.low)} to {shown_rate(peak.high)}" if not np.isnan(peak.low) else ""
    )
    return f"**Peak {found.peak:g}**{sure}. {_safe(found, tolerance)}"


def _safe(found: Contest, tolerance: float) -> str:
    if found.around is None:
        return "What a wrong peak costs was not measured: there was no time left for it."
    (low, high), tried = found.safe(tolerance), found.around.base_lrs
    within = f"at most {100 * tolerance:g} % of the loss"
    if low == high:
        near = f"{tried[PEAK - 1]:.3g} and {tried[PEAK + 1]:.3g}"
        safe = (
            f"No range around it is shown to be safe: already at {near} a cost above {within[8:]} is possible"
        )
    else:
        safe = f"**Safe from {low:.3g} to {high:.3g}:** there it is shown to cost {within}"
    ends = [f"{word} {rate:.3g} was not tried" for word, rate, end in
            (("below", low, tried[0]), ("above", high, tried[-1])) if rate == end]  # fmt: skip
    return f"{safe}{'; ' * bool(ends)}{', '.join(ends)}."


def _wrong_peak(found: Contest) -> str:
    costs, unit = found.costs(), found.task.unit
    said = []
    for word, place in (("half the peak", HALF), ("twice the peak", TWICE)):
        rate, cost, lost = costs[place]
        blown = f"; {lost} of {cost.n} runs diverged" if lost else ""
        said.append(f"{word} ({rate:.3g}) {_costs(cost)}{blown}")
    return f"**A wrong peak,** in {unit} of held-out loss (95 % interval): {', '.join(said)}."


def _costs(cost: stats.Comparison) -> str:
    word = "costs" if cost.mean >= 0 else "gains"
    low, high = sorted((abs(cost.low), abs(cost.high))) if cost.low * cost.high > 0 else (cost.low, cost.high)
    mean = abs(cost.mean)
    if cost.mean < 0 and cost.low * cost.high <= 0:
        low, high = -cost.high, -cost.low
    return f"{word} {mean:.3g} [{low:.3g}, {high:.3g}]"


def _gain(found: Contest) -> list[str]:
    """Against a constant rate at its own peak, where one was judged."""
    name = next((label for label, shape in found.schedules.items() if shape == constant(1)), None)
    if name in (None, found.recommended) or len(found.schedules) < 2:
        return []
    row = stats.ranking(found.losses, name).loc[found.recommended]
    return [
        f"**Against a constant rate** at its own peak: {row.difference:+.3g} "
        f"[{row.ci_low:+.3g}, {row.ci_high:+.3g}] {found.task.unit}: {row.verdict}."
    ]


def warnings(found: Contest) -> list[str]:
    """What a reader has to know before they believe the answer."""
    said = []
    if found.unsettled:
        names = ", ".join(map(code, found.unsettled))
        said.append(
            f"**Not settled:** the best peak of {names} lies at the edge of the rates that were tried, so "
            "it may be better than it looks; name other rates, `base_lrs`."
        )
    lost = {label: count for label, count in found.diverged.items() if count}
    if lost:
        each = ", ".join(f"{code(label)} {count} of {len(found.seeds)}" for label, count in lost.items())
        said.append(f"**Judging runs that diverged** at the tuned peak, counted as a constant guess: {each}.")
    if found.left_out:
        each = (code(what) if what.endswith(")") else what for what in found.left_out)  # texts, and words
        said.append(f"**Left out** to keep to the time: {', '.join(each)}.")
    return said


def bill(found: Contest, workers: int = 1) -> Markdown:
    """What the answer took."""
    minutes = f"{found.seconds / 60:.1f} minutes" if found.seconds >= 60 else f"{found.seconds:.0f} seconds"
    return Markdown(
        f"**Bill:** {found.runs:,} runs of {found.steps:,} updates, {minutes} in "
        f"{_count(workers, 'process', 'processes')}."
    )


def lines(found: Contest, how: Mapping[str, object]) -> Markdown:
    """The recommended schedule to copy: as a block of PyTorch, and as text."""
    name = found.recommended
    if name is None:
        return Markdown("Nothing is recommended, so there is nothing to copy.")
    options = how["optimizer"], how.get("clip_norm", INF)
    try:
        block = torchcode.block(found.schedules[name], found.peak, found.steps, *options)
        said = f"In plain PyTorch:\n\n```python\n{block}\n```\n\n"
    except Refused as error:
        said = f"There are no few lines of plain PyTorch for it: {error}.\n\n"
    text = f"```python\nfrom lrlib.schedules import parse\n\nbase_lr = {found.peak!r}\n"
    text += f"schedule = parse({name!r}, T={found.steps})\n```"
    return Markdown(f"{said}With this library, for its `ScheduleLR`:\n\n{text}")


def made(found: Contest, settled: Mapping[str, object]) -> Markdown:
    """What was trained, in words."""
    task, how = found.task, training.how(settled)
    options = ", ".join(f"{name} = {value}" for name, value in task.options.items())
    clip = f", gradients clipped at norm {how['clip_norm']:g}" if how.get("clip_norm", INF) < INF else ""
    rates = sorted({rate for tuned in found.tuned for rate in tuned.sweep.base_lrs})
    notes = "".join(f" {note}." for note in dict.fromkeys(sweep.note for sweep in found.judged) if note)
    return Markdown(
        f"Task {code(task.name)}{f' ({code(options)})' * bool(options)}; {found.steps:,} updates a run; "
        f"{code(how['optimizer'])}{clip}; {how.get('dtype', 'float64')} on {how.get('device', 'cpu')}; "
        f"{_count(len(found.schedules), 'schedule')}; "
        f"{len(rates)} rates from {rates[0]:.3g} to {rates[-1]:.3g}; "
        f"{len(found.tuning_seeds)} tuning and {len(found.seeds)} other judging seeds.{notes}"
    )


def handed_over(found: Contest, tolerance: float) -> dict:
    """What results.json holds."""
    name, table = found.recommended, standings.ranking(found)
    columns = "loss", "difference", "ci_low", "ci_high"
    ranking = [
        {column: getattr(row, column) for column in columns}
        | {"schedule": row.Index, "base_lr": found.peaks[row.Index].rate, "verdict": row.verdict}
        | {"may_be_best": row.Index in found.leaders.names, "at_edge": row.Index in found.unsettled}
        | {"diverged": found.diverged[row.Index]}
        for row in table.itertuples()
    ]
    around = [] if found.around is None else [
        {"base_lr": rate, "cost": cost.mean, "ci_low": cost.low, "ci_high": cost.high, "diverged": lost}
        for rate, cost, lost in found.costs()
    ]  # fmt: skip
    return {
        "recommended": name,
        "peak": None if name is None else found.peak,
        "safe": None if found.around is None else list(found.safe(tolerance)),
        "may_be_best": list(found.leaders.names),
        "ranking": ranking,
        "around_the_peak": around,
        "seeds": {"tuning": list(found.tuning_seeds), "judging": list(found.seeds)},
        "base_lrs": sorted({rate for tuned in found.tuned for rate in tuned.sweep.base_lrs}),
        "runs": found.runs,
        "diverged": sum(found.diverged.values()),
        "left_out": list(found.left_out),
        "losses": {label: np.asarray(values).tolist() for label, values in found.losses.items()},
    }


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"
