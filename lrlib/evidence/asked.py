"""Questions with known answers for `forecast`: runs that were made, forecast from others of their model.

    python -m lrlib.evidence.asked          asks all of them, and writes data/forecasts.csv

| data | runs | what |
|---|---|---|
| 124M | 126 | one model at four peak rates: what the interval is made from (`forecast.QUANTILE`) |
| again | 30 | the same model, trained again, and at a fifth peak |
| extended | 12 | two models, runs of 50,000 steps that were made two and four times as long |
| sizes | 67 | eight models, two texts |
| public | 27 | three models of others, every schedule to a tenth of the peak |
| ladder | 55 | five models of yet others, cosines and cooldowns to a tenth |
| characters | 72 | a small model under SGD, eight seeds: no limit or weight was chosen with it in view |

All but the last two are the 262 curves of `evidence.runs` and `curves.public`. A question: one, two or three
runs, drawn at random, and another of the same model and peak that is to be forecast; or the first half, three
quarters or nine tenths of a run alone, or three quarters of it beside another run. Of characters, the six
runs that `predictions` forecasts from three. The run that is forecast, and runs with the same rates, are
never among those that are fitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from lrlib.checkout import ROOT, needed
from lrlib.evidence import convex, curves, forecast, ladder, predictions, runs
from lrlib.evidence.curves import Curve
from lrlib.rules import Refused

STORED = ROOT / "data" / "forecasts.csv"
MADE_FROM = "124M"
SEED, GIVEN, PARTS = 0, (1, 2, 3), (0.5, 0.75, 0.9)
COLUMNS = ["data", "model", "run", "given", "answer", "steps", "longest", "kind", "refused", "forecast",
           "scale", "known", "by_steps"]  # fmt: skip
LEAST = 8  # losses that the part of a run has


@dataclass(frozen=True, eq=False)
class Asked:
    """A question: `given` runs, and the one that is forecast, with its data and model."""

    data: str
    model: str
    run: Curve
    given: tuple[Curve, ...]

    @property
    def answer(self) -> float:
        return float(self.run.losses[-1])

    @property
    def kind(self) -> str:
        return forecast.kind(self.run.rates, self.given)


def known() -> pd.DataFrame:
    """All curves: columns data, model (one at one peak rate), curve, whole (none of it is another run's)."""
    rows = [(_data(row), _model(row), logged(name), not row.trunk) for name, row in runs.table().iterrows()]
    for size in curves.PUBLISHED:
        rows += [("public", f"public {size}M", curves.public(size, name), True) for name in curves.PUBLIC]
    for size, length, arm, again in ladder.runs():
        if not again:
            curve = _rung(size, length, arm)
            rows.append(("ladder", f"ladder {size}", curve, arm != "decay"))
    return pd.DataFrame(rows, columns=["data", "model", "curve", "whole"])


def questions(seed: int = SEED) -> Iterator[Asked]:
    """Every question, in a fixed order."""
    rng, table = np.random.default_rng(seed), known()
    for _, of in table.groupby("model", sort=False):
        for row in of.itertuples():
            others = [curve for curve in of.curve if not _same(curve, row.curve)]
            for count in GIVEN:
                if len(others) >= count:
                    drawn = rng.choice(len(others), count, replace=False)
                    yield Asked(row.data, row.model, row.curve, tuple(others[i] for i in drawn))
            for share in PARTS if row.whole else ():
                if (part := _part(row.curve, share)) is not None:
                    yield Asked(row.data, row.model, row.curve, (part,))
                    if share == 0.75 and others:
                        other = others[rng.integers(len(others))]
                        yield Asked(row.data, row.model, row.curve, (part, other))
    for seed in range(8):
        made = {
            name: predictions.trained_curve(name, np.array(predictions.only(seed)))
            for name in (*predictions.THREE, *predictions.SIX)
        }
        for name in predictions.SIX:
            given = tuple(made[name] for name in predictions.THREE)
            yield Asked("characters", f"characters, seed {seed}", made[name], given)


def ask(question: Asked) -> dict[str, object]:
    """One row: the answer, and the forecast with its interval, or why there is none."""
    row = {
        **{"data": question.data, "model": question.model, "run": question.run.name},
        **{"given": len(question.given), "answer": question.answer, "steps": len(question.run.rates)},
        "longest": max(len(run.rates) for run in question.given),
        "kind": question.kind,
    }
    try:
        found = forecast.Fit(question.given).predict(question.run.rates)
    except Refused as error:
        return row | {"refused": str(error)}
    row |= {"forecast": found.loss, "scale": found.scale, "known": found.known}
    return row | {"by_steps": _by_steps(question)}


@cache
def _stored() -> pd.DataFrame:
    table = pd.read_csv(needed(STORED), keep_default_na=False, na_values=[""])
    return with_intervals(table.fillna({"refused": ""}))


def stored() -> pd.DataFrame:
    """The stored answers, a row a question, with the interval: columns as those of `ask`, and low, high."""
    return _stored().copy()


def with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """The columns low and high beside them."""
    away = forecast.QUANTILE * table.scale
    return table.assign(low=table.forecast * np.exp(-away), high=table.forecast * np.exp(away))


def quantile(table: pd.DataFrame) -> float:
    """What `forecast.QUANTILE` is: of |log(answer / forecast)| / scale over the data "124M", split conformal.

    The ceil(0.9 (n + 1))-th smallest of n, at each of its four peaks, of which the largest is taken.
    """
    table = table[(table.data == MADE_FROM) & (table.refused == "")]
    off = np.abs(np.log(table.answer / table.forecast)) / table.scale
    return max(
        float(np.sort(each)[min(len(each), int(np.ceil(forecast.COVERS * (len(each) + 1)))) - 1])
        for _, each in off.groupby(table.model)
    )


def coverage(by: list[str]) -> pd.DataFrame:
    """How the stored questions came out, by some columns, in percent.

    questions and answered: numbers of them; the rest was refused. covered: share of the answered whose answer
    lies in the interval. width: median half-width, relative to the answer. law, known, by_steps: median
    relative errors of the forecast, of the last loss of the given run with the nearest sum of rates, and of a
    power law of the step.
    """
    table = stored()
    table["told"] = table.refused == ""
    table["covered"] = 100.0 * table.answer.between(table.low, table.high)
    table["width"] = 50 * (table.high - table.low) / table.answer
    for column, of in (("law", "forecast"), ("known", "known"), ("by_steps", "by_steps")):
        table[column] = 100 * (table[of] / table.answer - 1).abs()
    asked, told = table.groupby(by), table[table.told].groupby(by)
    shown = pd.DataFrame({"questions": asked.size(), "answered": asked.told.sum()})
    medians = told[["width", "law", "known", "by_steps"]].median()
    return shown.join(told.covered.mean()).join(medians)


def _by_steps(question: Asked) -> float:
    """The baseline that knows how long a run is and not its rates: a power law of the run that is longest."""
    run = max(question.given, key=lambda each: len(each.rates))
    try:
        law = curves.PowerLaw._fit([run.every(-(-len(run.losses) // 60))], False, forecast.DESCENTS)[0]
    except ValueError:
        return float("nan")
    return float(law.predict(question.run.rates, np.array([len(question.run.rates) - 1]))[0])


@cache
def logged(name: str) -> Curve:
    """The held-out losses that one of `runs.table` logged itself, with the rates of its whole past."""
    table = runs.table()
    row, parts, until = table.loc[name], [], None
    while name:
        part = convex.history(name)["train"].train_lr
        parts.append(part if until is None else part.loc[:until])
        name, until = table.trunk[name], table.started[name]
    used = pd.concat(parts[::-1])
    used = used[~used.index.duplicated(keep="last")].sort_index()
    known_at = np.r_[0, used.index.to_numpy()]
    rates = np.interp(np.arange(row.steps), known_at, np.r_[row.peak / 100, used.to_numpy()])
    own = convex.history(row.name)["val"].val_loss
    own = own[own.index < row.steps]
    return Curve(rates, own.index.to_numpy(), own.to_numpy(), row.name)


def _rung(size: str, length: float, arm: str) -> Curve:
    """A run of the ladder, its rates drawn through those at its evaluations, and those of its trunk."""
    own = ladder.run(size, length, arm)
    past = ladder.run(size, ladder.LENGTHS[-1], "constant") if arm == "decay" else own
    used = pd.concat([past.rate[past.index < own.index[0]], own.rate])
    steps = int(own.index[-1])
    rates = np.interp(np.arange(steps), np.r_[0, used.index - 1], np.r_[0.0, used])
    return Curve(rates, own.index.to_numpy() - 1, own.loss.to_numpy(), f"{arm} {length:g}, {size}")


def _part(run: Curve, share: float) -> Curve | None:
    until = int(share * len(run.rates))
    kept = run.steps < until
    if kept.sum() < LEAST:
        return None
    return Curve(run.rates[:until], run.steps[kept], run.losses[kept], f"{share:.0%} of {run.name}")


def _same(one: Curve, other: Curve) -> bool:
    """Whether their rates are the same to one percent of the peak."""
    return len(one.rates) == len(other.rates) and np.allclose(
        one.rates, other.rates, rtol=0, atol=0.01 * other.rates.max()
    )


def _data(row: pd.Series) -> str:
    if row.folder:
        return {"grad_norm": "again", "horizon_transfer": "extended"}[row.folder]
    return MADE_FROM if (row["data"], row.layers, row["heads"]) == ("slimpajama", 12, 12) else "sizes"


def _model(row: pd.Series) -> str:
    return " ".join(map(str, (row.folder, row["data"], f"{row.layers}x{row['heads']}", row.peak))).strip()


def _write() -> None:
    """Ask every question, and store the answers: half an hour."""
    rows = [ask(question) for question in questions()]
    table = pd.DataFrame(rows)[COLUMNS]
    table = table.fillna({"refused": ""})
    table.to_csv(STORED, index=False, lineterminator="\n", float_format="%.6g")


if __name__ == "__main__":
    _write()
