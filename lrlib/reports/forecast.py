"""The report `forecast`: logs in, what other schedules would have given out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lrlib import plot
from lrlib.doctor import readers
from lrlib.doctor.log import Log
from lrlib.evidence import asked, forecast, predictions
from lrlib.evidence.curves import Curve
from lrlib.plot.picture import axis, curve, finished, like_everywhere, panels
from lrlib.reports.parameters import check_schedules
from lrlib.reports.text import code, drawn, prose
from lrlib.rules import Refused
from lrlib.schedules import parse_for

LONGEST = 20_000_000  # steps of a run
STANDS_IN = "An example: three runs of a small model. For runs of yours, `-p curves FILE`.\n\n"
DRAWN = 4  # forecasts in the figure
COLUMNS = ["forecast", "low", "high", "verdict", "kind", "refused"]
GREY_RUNS = ("#303030", "#707070", "#a0a0a0")


def _none(why: str) -> tuple:
    return np.nan, np.nan, np.nan, "no forecast", "", why


def check(settled: Mapping) -> None:
    """Refused, in one sentence, for logs that cannot be read or forecast from, and for wrong texts."""
    found = runs(settled)
    if settled["curves"]:
        forecast.Fit(found)
    what_if(settled, found)


def runs(settled: Mapping) -> tuple[Curve, ...]:
    """The curves of the logs that are named; without any, the means over eight seeds of three stored runs."""
    if not settled["curves"]:
        weights = np.array(predictions.all_seeds())
        return tuple(predictions.trained_curve(name, weights) for name in predictions.THREE)
    paths = [Path(path) for path in settled["curves"]]
    names = [path.stem for path in paths]
    if len(set(names)) < len(names):  # as trainer_state.json of several folders
        names = [f"{path.parent.name}/{path.stem}" for path in paths]
    return tuple(made_of(readers.read(path), name) for path, name in zip(paths, names, strict=True))


def made_of(log: Log, name: str) -> Curve:
    """The curve of a log: rates between logged steps on a line, losses where there is one.

    Of several parameter groups the one with the highest rate; of a step that was logged again, the last.
    Raises Refused for a log without losses, or with losses that are not positive.

    >>> run = made_of(Log([0, 2, 4], [0.1, 0.06, 0.02], loss=[3, float("nan"), 2]), "mine")
    >>> run.rates.round(2).tolist(), run.steps.tolist(), run.losses.tolist()
    ([0.1, 0.08, 0.06, 0.04, 0.02], [0, 4], [3.0, 2.0])
    """
    if log.loss is None or np.isnan(log.loss).all():
        raise Refused(f"{name} has no loss: a forecast needs step, rate and loss", "forecast")
    highest = int(np.nanmax(log.rates, axis=0).argmax())
    table = pd.DataFrame({"rate": log.rates[:, highest], "loss": log.loss}, index=log.steps)
    table = table.groupby(level=0).last()  # of each column, the last that is a number
    rate, loss = table.rate.dropna(), table.loss.dropna()
    if table.index[-1] > LONGEST:
        raise Refused(
            f"{name} goes to step {table.index[-1]:,}, beyond {LONGEST:,}: count updates, not examples"
        )
    if not np.all(np.isfinite(loss) & (loss > 0)):
        raise Refused(f"{name} has losses that are not positive: laws of loss curves need them to be")
    rates = np.interp(np.arange(table.index[-1] + 1), rate.index, rate)
    return Curve(rates, loss.index.to_numpy(), loss.to_numpy(), name)


def what_if(settled: Mapping, given: tuple[Curve, ...]) -> dict[str, np.ndarray]:
    """Text -> the rates of a run with that schedule, of `steps`, or as long as the longest given.

    Without texts, those of the profile behind a warmup as long as that of the runs.
    """
    steps = settled["steps"] or max(len(run.rates) for run in given)
    base_lr = settled["base_lr"] or max(run.rates.max() for run in given)
    texts = settled["what_if"] or after_warmup(settled["shapes"], given)
    check_schedules(texts, steps)
    return {text: base_lr * parse_for(text, steps).values(steps) for text in texts}


def after_warmup(shapes: list[str], given: tuple[Curve, ...]) -> list[str]:
    """Shapes, which call their length R, behind the longest warmup of the runs."""
    warm = max(int(np.argmax(run.rates >= 0.999 * run.rates.max())) for run in given)
    length, before = (f"T - {warm}", f"linear(0, 1, {warm}) >> ") if warm > 1 else ("T", "")
    return [before + shape.replace("R", length) for shape in shapes]


@dataclass(frozen=True, eq=False)
class Told:
    """What the page shows. fit: None where the runs themselves are refused, for the reason `refused`."""

    runs: tuple[Curve, ...]
    asked_for: Mapping[str, np.ndarray]
    fit: forecast.Fit | None
    refused: str
    held: pd.DataFrame
    rows: pd.DataFrame

    @property
    def best(self) -> Curve:
        return min(self.runs, key=lambda run: run.losses[-1])

    @property
    def given(self) -> pd.DataFrame:
        """The rows that have a forecast."""
        return self.rows[self.rows.refused == ""]

    @property
    def summary(self) -> list[str]:
        """The answer, without Markdown."""
        if self.fit is None:
            return [f"No forecast: {self.refused}."]
        if not len(self.given):
            return [f"No forecast: {self.rows.refused.iloc[0]}."]
        low, best = self.given.iloc[0], self.best
        against = {
            "better": "lower than",
            "worse": "higher than",
            "cannot tell": "which cannot be told from",
        }[low.verdict]
        return [
            f"Lowest forecast: {low.name} ends at {low.forecast:#.4g}, 90 % interval {low.low:#.4g} to "
            f"{low.high:#.4g}, {against} the best run given, {best.name}, at {best.losses[-1]:#.4g}."
        ]

    @property
    def answer(self) -> str:
        if not len(self.given):
            return f"**{prose(self.summary[0], 1000)}**"
        low, best = self.given.iloc[0], self.best
        verdict = {
            "better": f"**lower** than the best run given, {code(best.name)}, which ended at "
            f"{best.losses[-1]:#.4g}",
            "worse": f"**higher** than the best run given, {code(best.name)}, which ended at "
            f"{best.losses[-1]:#.4g}",
            "cannot tell": f"which **cannot be told** from the best run given, {code(best.name)}, at "
            f"{best.losses[-1]:#.4g}",
        }[low.verdict]
        lines = [
            f"**{code(low.name)} is forecast to end lowest, at {low.forecast:#.4g}**, 90 % interval "
            f"{low.low:#.4g} to {low.high:#.4g}: {verdict}."
        ]
        close = self.given.index[1:][self.given.low[1:] <= low.high]
        if len(close):
            lines.append(f"It cannot be told from {', '.join(map(code, close))}: their intervals overlap.")
        return " ".join(lines)

    @property
    def table(self) -> str:
        """The schedules as a table in Markdown, the lowest forecast first, then what is refused and why."""
        lines = [
            f"| schedule, {len(next(iter(self.asked_for.values()))):,} steps | last loss | 90 % interval "
            "| than the best run |",
            "|:--|--:|:-:|:--|",
        ]
        for text, row in self.given.iterrows():
            lines.append(
                f"| {code(text)} | {row.forecast:#.4g} | {row.low:#.4g} to {row.high:#.4g} | {row.verdict} |"
            )
        lines += [f"| {code(text)} | no forecast | | |" for text in self.rows[self.rows.refused != ""].index]
        return "\n".join([*lines, *_reasons(self.rows)])

    @property
    def held_out(self) -> str:
        """Each run forecast from the others, as a table in Markdown."""
        if len(self.held) < 2:
            return "One run was given, so there is none to leave out: give a second one to see this test."
        lines = ["| run | ended at | forecast | 90 % interval | |", "|:--|--:|--:|:-:|:--|"]
        for name, row in self.held.iterrows():
            if row.refused:
                lines.append(f"| {code(name)} | {row.loss:#.4g} | none | | |")
                continue
            inside = "inside" if row.low <= row.loss <= row.high else "**outside**"
            lines.append(
                f"| {code(name)} | {row.loss:#.4g} | {row.forecast:#.4g} | {row.low:#.4g} to {row.high:#.4g} "
                f"| {inside} |"
            )
        return "\n".join([*lines, *_reasons(self.held)])

    def picture(self, unit: str):
        return picture(self, unit) if len(self.given) else None

    def results(self) -> dict:
        """For `reports.results`: plain JSON."""

        def rows(table: pd.DataFrame) -> list[dict]:
            plain_rows = table.rename_axis("name").reset_index().to_dict("records")
            return [{k: None if v != v else v for k, v in row.items()} for row in plain_rows]

        return {
            "summary": self.summary,
            "refused": self.refused,
            "forecasts": rows(self.rows),
            "held_out": rows(self.held),
        }


def _reasons(table: pd.DataFrame) -> list[str]:
    """Why rows have no forecast, as a list in Markdown; of those with the same reason, once."""
    refused = table[table.refused != ""]
    return [
        f"\n- No forecast of {', '.join(map(code, same.index))}: {prose(reason, 600)}."
        for reason, same in refused.groupby("refused", sort=False)
    ]


def told(settled: Mapping) -> Told:
    """Everything the page shows."""
    given = runs(settled)
    asked_for = what_if(settled, given)
    held = forecast.held_out(given)
    try:
        fit, refusal = forecast.Fit(given), ""
        rows = answers(fit, asked_for, forecast.widening(held))
    except Refused as error:
        fit, refusal = None, str(error)
        rows = pd.DataFrame.from_dict(
            dict.fromkeys(asked_for, _none(refusal)), orient="index", columns=COLUMNS
        )
    return Told(given, asked_for, fit, refusal, held, rows)


def answers(fit: forecast.Fit, asked_for: Mapping[str, np.ndarray], wider: float = 1.0) -> pd.DataFrame:
    """One row a schedule, the lowest forecast first: COLUMNS.

    verdict: "better" or "worse" than the best run that was given, where the interval says so, else
    "cannot tell".
    """
    best = min(run.losses[-1] for run in fit.runs)
    rows = {}
    for text, rates in asked_for.items():
        try:
            found = fit.predict(rates, wider)
        except Refused as error:
            rows[text] = _none(str(error))
            continue
        verdict = "better" if found.high < best else "worse" if found.low > best else "cannot tell"
        rows[text] = (found.loss, found.low, found.high, verdict, found.kind, "")
    table = pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS)
    return table.sort_values("forecast", kind="stable")


@like_everywhere
def picture(found: Told, unit: str):
    """The runs that were given, and the lowest forecasts with their intervals at the last step."""
    figure, (axes,) = panels(1, height=4.6)
    for run, grey in zip(found.fit.blocks, GREY_RUNS * len(found.runs), strict=False):
        at = (run.steps + 0.5) * found.fit.block
        axes.plot(at, run.losses, color=grey, linewidth=1.2, label=drawn(f"run {run.name}"))
    shown = found.given.iloc[:DRAWN]
    short = _short(list(shown.index))
    looks = plot.looks({name: name for name in short})
    for n, (name, look, (text, row)) in enumerate(zip(short, looks, shown.iterrows(), strict=True)):
        steps, losses = found.fit.course(found.asked_for[text])
        curve(axes, steps, losses, look, drawn(name))
        beyond = np.full(3, steps[-1] * (1 + 0.015 * (n + 1)))
        ends = np.array([row.low, row.forecast, row.high])
        axes.plot(beyond, ends, color=look["color"], marker="_", markersize=7, linewidth=1.6)
    axes.set(xlabel="step (optimizer updates)", ylabel=f"loss ({drawn(unit, 30)})")
    axis(axes, "y", True)
    low = shown.iloc[0]
    title = f"Lowest forecast: {low.forecast:#.4g}, 90 % interval {low.low:#.4g} to {low.high:#.4g}"
    return finished(figure, title, f"The curves of {len(found.runs)} runs. {found.summary[0]}")


def _short(texts: list[str]) -> list[str]:
    """Texts without the warmup that all of them begin with."""
    first = texts[0].partition(" >> ")[0] + " >> "
    shared = first.startswith("linear(0, 1, ") and all(text.startswith(first) for text in texts)
    return [text.removeprefix(first) if shared else text for text in texts]


def quality() -> pd.DataFrame:
    """How forecasts of public runs came out, by data and kind: see `asked.coverage`."""
    return asked.coverage(["data", "kind"])


def said_of(quality: pd.DataFrame) -> str:
    """In words: coverage outside the data that the interval was made from, refusals, and the baselines."""
    every = asked.coverage(["kind"])
    tested = quality.drop(index=asked.MADE_FROM, level="data")
    covered = (tested.covered * tested.answered).sum() / tested.answered.sum()
    low = tested[(tested.answered >= 8) & (tested.covered < 85)].index
    lines = [
        f"On data that the interval was not made from, {covered:.0f} % of {tested.answered.sum():,} "
        "intervals hold the loss that came; "
        f"{1 - every.answered.sum() / every.questions.sum():.0%} of all questions are refused."
    ]
    lines += [f"Below 85 %: {_rows(low)}."] if len(low) else []
    beaten = quality[quality.law >= quality[["known", "by_steps"]].min(axis=1)].index
    lines.append(f"The laws do not beat the better baseline in {len(beaten)} of {len(quality)} rows")
    lines[-1] += f": {_rows(beaten)}." if len(beaten) else "."
    return " ".join(lines)


def _rows(index: pd.Index) -> str:
    return ", ".join(f"`{data}` ({kind})" for data, kind in index)
