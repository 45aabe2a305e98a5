"""Explorers of the lessons without a kernel: their own code, drawn as numbers for the page to show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lrlib.ledger import Ledger
from lrlib.schedules import Schedule, parse

STEP = "step (optimizer updates)"


class Numbers:
    """What a lesson calls `plot`, as far as explorers go: a picture is a dict of what is to be drawn."""

    @staticmethod
    def lines(x, named: Mapping, title: str = "", alt: str = "", xlabel: str = "", ylabel: str = "", *,
              like=None, total_steps=None, log_x=False, log_y=False,
              x_range=None, y_range=None) -> dict:  # fmt: skip
        """Curves over one x axis: {"title", "xlabel", "ylabel", "log_x", "log_y", "x_range", "y_range",
        "curves"}.

        like, total_steps: which look a curve has in the lesson; here they go by their place.
        """
        x = np.asarray(x, dtype=np.float64)
        curves = {name: np.column_stack([x, np.asarray(y, np.float64)]).tolist() for name, y in named.items()}
        axes = {"xlabel": xlabel, "ylabel": ylabel, "log_x": log_x, "log_y": log_y}
        ranges = {"x_range": x_range or (float(x.min()), float(x.max())), "y_range": y_range}
        return {"title": title, **axes, **ranges, "curves": curves}

    @classmethod
    def house(cls, runs: Mapping[str, Ledger], title: str = "", alt: str = "", *, unit: str = "nats",
              loss: str = "held-out loss", loss_range=None) -> dict:  # fmt: skip
        """Held-out losses of runs of one length and, as another picture, "above", their rates."""
        first = next(iter(runs.values()))
        x_range = (0.0, float(len(first.steps)))
        rates = {name: run.used for name, run in runs.items()}
        losses = {name: run.heldout_loss for name, run in runs.items()}
        above = cls.lines(first.steps, rates, ylabel="rate", xlabel=STEP, x_range=x_range)
        labels, ranges = (STEP, f"{loss} ({unit})"), {"x_range": x_range, "y_range": loss_range}
        below = cls.lines(first.heldout_steps, losses, title, alt, *labels, log_y=True, **ranges)
        return {**below, "above": above}

    @classmethod
    def sensitivity(cls, rates, losses: Mapping[str, np.ndarray], *, title: str = "", alt: str = "",
                    unit: str = "nats", loss: str = "last held-out loss", y_range=None) -> dict:  # fmt: skip
        """Losses, (rates, seeds), against peak rates: their means over the seeds."""
        means = {name: np.mean(found, axis=1) for name, found in losses.items()}
        axes = ("peak rate, base_lr (log scale)", f"{loss} ({unit})")
        return cls.lines(rates, means, title, alt, *axes, log_x=True, log_y=True, y_range=y_range)

    @classmethod
    def schedules(cls, named, total_steps: int, title: str, alt: str = "", *, base_lr: float = 1.0,
                  log_rate: bool = False, y_range=None) -> dict:  # fmt: skip
        """The rates of schedules at steps 0 .. total_steps-1."""
        named = [named] if isinstance(named, Schedule | str) else named
        named = named if isinstance(named, Mapping) else {str(each): each for each in named}
        read = {
            name: parse(each, T=total_steps) if isinstance(each, str) else each
            for name, each in named.items()
        }
        rates = {name: base_lr * schedule.values(total_steps) for name, schedule in read.items()}
        axes = (STEP, "rate" if base_lr != 1 else "rate / base_lr")
        return cls.lines(range(total_steps), rates, title, alt, *axes, log_y=log_rate, y_range=y_range)


def drawn(source: str, values: Mapping[str, float]) -> dict:
    """What `draw(**values)` of a lesson's code draws.

    >>> code = "def draw(end): return plot.schedules(linear(1, end, 2), 3, 'A line')"
    >>> drawn("from lrlib.schedules import linear\\n" + code, {"end": 0.5})["curves"]
    {'linear(1, 0.5, 2)': [[0.0, 1.0], [1.0, 0.75], [2.0, 0.5]]}
    """
    space: dict = {"plot": Numbers}
    exec(source, space)
    return space["draw"](**values)
