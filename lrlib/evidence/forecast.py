"""What another schedule, or a longer run, would have given: laws of loss curves fitted to runs of one's own.

Four forms of two laws are fitted (`LAWS`); the forecast is their median. The 90 % interval is split
conformal: a forecast comes with a scale, made of what can be known without the answer (`PARTS`: how far the
laws disagree, how far they miss the ends of the runs that they were fitted to, how far the forecast lies from
the last loss of the run most like it, and the noise), and nine of ten logged runs of one model stay within
`QUANTILE` times that scale. `evidence.asked` asks them; runs of other models and data test them. Weights and
limits below were chosen with all those runs in view, the quantile with one model's.
Vovk et al. 2005, Algorithmic Learning in a Random World; Lei et al. 2018, arXiv:1604.04173.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from lrlib.evidence.curves import AnnealingLaw, Curve, Law, MultiPowerLaw, PowerLaw
from lrlib.rules import Refused

BLOCKS = 120  # into which the longest run is cut: rates and losses are means over them
FLOOR = 0.02  # of the peak: the multi-power law is singular where the rate is 0
SKIPPED = 0.05  # of a run, and its warmup, where no law holds
PUBLISHED = {"beta": 0.6, "gamma": 0.65}  # about those of arXiv:2503.12811 at each of three sizes
LAWS = {  # name -> the law, and what of it is held; lam by its memory in blocks
    "multi-power": (MultiPowerLaw, PUBLISHED),
    "multi-power, square root": (MultiPowerLaw, {"alpha": 0.5, **PUBLISHED}),
    "annealing, short memory": (AnnealingLaw, {"lam": 1 - 1 / 4}),
    "annealing, long memory": (AnnealingLaw, {"lam": 1 - 1 / 12}),
}
FLAT = {"power": (PowerLaw, {}), "square root": (PowerLaw, {"alpha": 0.5})}  # where no rate has fallen
DESCENTS = 15  # steps of a fit: later ones follow directions in which the forecast does not move
LONGER = 3.0  # times the longest run: the furthest that is forecast
SHORTER = 4.0  # than the longest run
FALLEN = 0.8  # of the fall that is asked about: how much of it some run must have seen
MISFIT = 0.02  # relative distance, root mean square, of a law from its own runs
FEWEST = 12  # blocks with a loss, of all runs
DIVERGED = 1.1  # a last loss over the lowest one
SPIKES = 0.03  # share of losses that stand out
NOISY = 0.15  # noise over what the loss has fallen
SAME_PEAK = 0.02
COVERS = 0.9
PARTS = {  # weights in the scale, which is the root of the sum of their squares
    "laws disagree": 1.0,
    "ends missed": 1.0,
    "away from the known": 0.2,
    "fall not seen": 0.3,
    "noise": 1.0,
}
QUANTILE = 1.67  # of |log(loss / forecast)| over its scale: `asked.quantile`


@dataclass(frozen=True)
class Forecast:
    """The loss at the last step of a run that was not made.

    loss, low, high: the forecast and its 90 % interval. kind: "rest" of a run that was given, "longer" than
    every run, or "other" schedule. laws: the forecast of each. like: the run whose summed rate is nearest,
    and `known` its last loss, which is the baseline. parts: what `scale`, the unit of `QUANTILE`, is
    made of, relative.
    """

    loss: float
    low: float
    high: float
    kind: str
    laws: dict[str, float]
    like: str
    known: float
    parts: dict[str, float]
    scale: float

    @property
    def differs(self) -> bool:
        """Whether the last loss of the run most like it lies outside the interval."""
        return not self.low <= self.known <= self.high


@dataclass(frozen=True, eq=False)
class Fit:
    """Laws fitted to runs of one model at one peak rate.

    runs: the curves. blocks: the same in blocks of `block` steps. laws: name -> fitted law, whose steps are
    blocks. Raises Refused, in one sentence, where no forecast from these runs would be trustworthy.
    """

    runs: tuple[Curve, ...]
    block: int = field(init=False)
    blocks: tuple[Curve, ...] = field(init=False)
    laws: dict[str, Law] = field(init=False)

    def __post_init__(self):
        runs = tuple(self.runs)
        if not runs:
            raise Refused("no run was given; name the log of at least one")
        peak = _one_peak(runs)
        block = -(-max(len(run.rates) for run in runs) // BLOCKS)
        blocks = tuple(_in_blocks(run, block, peak) for run in runs)
        for name, value in (("runs", runs), ("block", block), ("blocks", blocks)):
            object.__setattr__(self, name, value)
        for run in blocks:
            _refuse_broken(run)
        if (n := sum(len(run.losses) for run in blocks)) < FEWEST:
            raise Refused(f"too few losses after warmup, {n} of {FEWEST}: log the loss more often")
        object.__setattr__(self, "laws", self._fitted())
        if self.misfit > MISFIT:
            raise Refused(
                f"no law fits these runs: they are {self.misfit:.1%} off; runs that differ in more than the "
                "schedule, or a loss that is not of the usual form, cannot be forecast"
            )

    def _fitted(self) -> dict[str, Law]:
        fallen = any(run.decaying.any() for run in self.blocks)
        found = {}
        for name, (law, held) in (LAWS if fallen else FLAT).items():
            try:
                with np.errstate(all="ignore"):  # what has no finite fit is left out below
                    fitted = law._fit(self.blocks, fallen, DESCENTS, **held)[0]
                    ends = [fitted.predict(run.rates, run.steps[-1:]) for run in self.blocks]
            except ValueError:  # too few losses for so many constants
                continue
            if np.all(np.isfinite(ends)):
                found[name] = fitted
        if len(found) < 2:
            raise Refused("too few losses after warmup to fit two laws: log the loss more often")
        return found

    @property
    def peak(self) -> float:
        return max(run.rates.max() for run in self.runs)

    @cached_property
    def residuals(self) -> tuple[np.ndarray, ...]:
        """By run, loss over the laws' median, less one, at its blocks."""
        return tuple(run.losses / self._median(run.rates, run.steps) - 1 for run in self.blocks)

    @property
    def misfit(self) -> float:
        return float(np.sqrt(np.mean(np.concatenate(self.residuals) ** 2)))

    @property
    def noise(self) -> float:
        return float(np.median([_noise(run.losses) / run.losses[-1] for run in self.blocks]))

    def _median(self, rates: np.ndarray, steps: np.ndarray) -> np.ndarray:
        return np.median([law.predict(rates, steps) for law in self.laws.values()], axis=0)

    def course(self, rates) -> tuple[np.ndarray, np.ndarray]:
        """Steps, the last of each block after warmup, and forecast losses of a run with these rates."""
        rates = np.asarray(rates, dtype=np.float64)
        means = _means(rates, self.block, self.peak)
        steps = np.arange(_begins(rates) // self.block, len(means))
        losses = self._median(means, steps) * (1 + self._shift(rates))
        return np.minimum((steps + 1) * self.block, len(rates)) - 1, losses

    def predict(self, rates, wider: float = 1.0) -> Forecast:
        """The last loss of a run with these rates, base_lr included, (T,). wider: see `widening`.

        Raises Refused, in one sentence, for a question that these runs say nothing about.
        """
        rates = np.asarray(rates, dtype=np.float64)
        self._refuse_beyond(rates)
        means, shift = _means(rates, self.block, self.peak), 1 + self._shift(rates)
        last = np.array([len(means) - 1])
        laws = {name: float(law.predict(means, last)[0] * shift) for name, law in self.laws.items()}
        like = min(self.runs, key=lambda run: abs(run.rates.sum() - rates.sum()))
        loss, known = float(np.median([*laws.values()])), float(like.losses[-1])
        of = kind(rates, self.runs)
        parts = self._parts(rates, loss, laws, known)
        scale = float(np.sqrt(sum((PARTS[name] * part) ** 2 for name, part in parts.items())))
        away = wider * QUANTILE * scale
        return Forecast(
            loss, loss * np.exp(-away), loss * np.exp(away), of, laws, like.name, known, parts, scale
        )

    def _shift(self, rates: np.ndarray) -> float:
        """How far a run that goes on was above the laws in its last blocks, relative; 0 for a new run."""
        for run, off in zip(self.runs, self.residuals, strict=True):
            if _continues(rates, run):
                return float(off[-max(3, len(off) // 16) :].mean())
        return 0.0

    def _parts(self, rates: np.ndarray, loss: float, laws: dict[str, float], known: float) -> dict:
        """What the scale is made of, relative to the loss: see `PARTS`."""
        reach = abs(np.log(known / loss))
        return {
            "laws disagree": float(np.std([*laws.values()]) / loss),
            "ends missed": float(np.sqrt(np.mean([off[-3:].mean() ** 2 for off in self.residuals]))),
            "away from the known": float(reach),
            "fall not seen": float(reach * max(0.0, self.lowest - rates[-1]) / self.peak),
            "noise": self.noise,
        }

    def _refuse_beyond(self, rates: np.ndarray) -> None:
        peak, longest = rates.max(), max(len(run.rates) for run in self.runs)
        if abs(np.log(peak / self.peak)) > SAME_PEAK:
            raise Refused(
                f"its peak rate is {peak:g} and that of the runs {self.peak:g}: a law is about one peak; "
                f"add a run at {peak:g}"
            )
        of_runs = max(_warm(run.rates) for run in self.runs)
        if (_warm(rates) > 1) != (of_runs > 1):
            how = f"put `linear(0, 1, {of_runs}) >>` before it" if of_runs > 1 else "leave its warmup out"
            raise Refused(f"it and the runs differ in warmup, of which no law tells what it brings: {how}")
        if len(rates) > LONGER * longest:
            raise Refused(
                f"it is {len(rates) / longest:.1f} times as long as the longest run, more than {LONGER:g}: "
                f"add a run of at least {-(-len(rates) // int(LONGER)):,} steps"
            )
        if len(rates) < longest / SHORTER:
            raise Refused(
                f"the longest run is {longest / len(rates):.1f} times as long, more than {SHORTER:g}: give "
                f"runs of at most {int(SHORTER * len(rates)):,} steps only"
            )
        asked, seen = (1 - lowest / peak for lowest in (rates[-1], self.lowest))
        if asked > 0.05 and seen < FALLEN * asked:
            raise Refused(
                f"its rate ends at {rates[-1] / peak:.0%} of the peak and no run has a loss below "
                f"{self.lowest / peak:.0%}: add a run whose rate falls as far, as in a short cooldown"
            )

    @property
    def lowest(self) -> float:
        """The lowest rate, after warmup, at which a loss was logged."""
        return min(run.rates[run.steps].min() for run in self.blocks)


def kind(rates: np.ndarray, runs: Iterable[Curve]) -> str:
    """Of a question: the "rest" of one of the runs, a "longer" run than all, or an "other" schedule."""
    runs = tuple(runs)
    if any(_continues(rates, run) for run in runs):
        return "rest"
    return "longer" if len(rates) > 1.02 * max(len(run.rates) for run in runs) else "other"


def held_out(runs: Iterable[Curve]) -> pd.DataFrame:
    """Each run forecast from the others: columns loss (its last), forecast, low, high, error (relative).

    Rows by name; NaN and `refused`, a sentence, where the others do not say.
    """
    runs = tuple(runs)
    rows = {run.name: _held_out(run, [other for other in runs if other is not run]) for run in runs}
    columns = ["loss", "forecast", "low", "high", "refused"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.assign(error=table.forecast / table.loss - 1)


def widening(table: pd.DataFrame) -> float:
    """By how much intervals must be wider for each run of `held_out` to lie in its own: 1 or more."""
    told = table[table.refused == ""]
    off = np.abs(np.log(told.loss / told.forecast)) / np.log(told.high / told.forecast)
    return float(np.max([1.0, *off]))


def _held_out(run: Curve, others: list[Curve]) -> tuple:
    try:
        found = Fit(others).predict(run.rates)
    except Refused as error:
        return run.losses[-1], np.nan, np.nan, np.nan, str(error)
    return run.losses[-1], found.loss, found.low, found.high, ""


def _warm(rates: np.ndarray) -> int:
    """Steps before the highest rate."""
    return int(np.argmax(rates >= 0.999 * rates.max()))


def _begins(rates: np.ndarray) -> int:
    """The step at which warmup is over and SKIPPED of the run too."""
    return max(int(SKIPPED * len(rates)), min(_warm(rates), len(rates) // 2))


def _means(rates: np.ndarray, block: int, peak: float) -> np.ndarray:
    """Mean rate of each block, not below FLOOR of the peak."""
    whole = np.pad(rates, (0, -len(rates) % block), mode="edge")
    return np.maximum(whole.reshape(-1, block).mean(axis=1), FLOOR * peak)


def _in_blocks(run: Curve, block: int, peak: float) -> Curve:
    kept = run.steps >= _begins(run.rates)
    if kept.sum() < 3:
        raise Refused(f"run {run.name!r} has {kept.sum()} losses after its warmup: log the loss more often")
    steps, which = np.unique(run.steps[kept] // block, return_inverse=True)
    losses = np.bincount(which, run.losses[kept]) / np.bincount(which)
    return Curve(_means(run.rates, block, peak), steps, losses, run.name)


def _continues(rates: np.ndarray, run: Curve) -> bool:
    """Whether a run with these rates is what `run` would be if it went on."""
    n = len(run.rates)
    return n < len(rates) and bool(np.all(np.abs(rates[:n] - run.rates) <= 0.01 * run.rates.max()))


def _noise(losses: np.ndarray) -> float:
    """Standard deviation of what is no trend: of second differences, by their median."""
    if len(losses) < 3:
        return 0.0
    return float(np.median(np.abs(np.diff(losses, 2))) / 0.6745 / np.sqrt(6))


def _one_peak(runs: tuple[Curve, ...]) -> float:
    peaks = [run.rates.max() for run in runs]
    if min(peaks) <= 0 or np.log(max(peaks) / min(peaks)) > SAME_PEAK:
        said = ", ".join(f"{peak:g} ({run.name})" for peak, run in zip(peaks, runs, strict=True))
        raise Refused(
            f"the runs have different peak rates, {said}: a law is about one; give runs of one peak"
        )
    return max(peaks)


def _refuse_broken(run: Curve) -> None:
    """Refused for a run that diverged, that spikes, or whose noise hides its course."""
    losses, noise = run.losses, _noise(run.losses)
    last = max(1, len(losses) // 20)
    if noise > NOISY * (losses[: max(1, len(losses) // 10)].mean() - losses[-last:].mean()) > 0:
        raise Refused(
            f"the loss of run {run.name!r} is too noisy: it jumps by {noise:.2g} and falls by little more; "
            "log a held-out loss, or means over more steps"
        )
    if losses[-last:].mean() > DIVERGED * np.min(losses) + 3 * noise:
        raise Refused(f"run {run.name!r} ends well above its lowest loss: it diverged; leave it out")
    above = losses[1:-1] - np.maximum(losses[:-2], losses[2:])
    spikes = np.sum(above > np.maximum(8 * noise, 0.02 * losses[1:-1])) / len(losses)
    if spikes > SPIKES:
        raise Refused(f"run {run.name!r} has spikes in {spikes:.0%} of its losses: no law has them")
