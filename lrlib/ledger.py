"""The ledger of a run: the rate intended, the rate the optimizer really used, and the losses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Ledger:
    """What one training run did, step by step. Arrays are made on access from what was recorded.

    label: what to call the run in a figure or table.
    intended: rate(s) that were meant, shape (steps,), or None when nobody said.
    used: the rate the optimizer read at each update, shape (steps,); `used_by_group` (steps, groups).
    train_loss: loss of the batch before each update, shape (steps,), nan where it was not recorded.
    heldout_steps, heldout_loss: held-out loss after that many updates, shape (evaluations,).
    diverged: the run blew up; its losses are what they were, its result is `guess`.
    guess: the loss of a constant guess, or nan.
    """

    label: str = ""
    intended: np.ndarray | None = None
    guess: float = float("nan")
    diverged: bool = False
    _used: list[tuple[float, ...]] = field(default_factory=list, repr=False)
    _train: dict[int, float] = field(default_factory=dict, repr=False)
    _heldout: dict[int, float] = field(default_factory=dict, repr=False)

    @classmethod
    @contextmanager
    def watch(
        cls, optimizer, intended: Callable | np.ndarray | None = None, base_lr: float = 1.0, label: str = ""
    ) -> Iterator[Ledger]:
        """Record the rate of every `optimizer.step()` inside the `with` block, whoever set it.

        optimizer: a torch optimizer. intended: a schedule (multiplied by `base_lr`) or an array of rates.
        Add losses with `ledger.record(train_loss=...)` after the step they belong to.
        """
        ledger = cls(label=label)
        handle = optimizer.register_step_post_hook(lambda opt, args, kwargs: ledger.saw(opt.param_groups))
        # first of all hooks, so that one which steps a scheduler comes after it
        optimizer._optimizer_step_post_hooks.move_to_end(handle.id, last=False)
        try:
            yield ledger
        finally:
            handle.remove()
            steps = len(ledger._used)
            if callable(intended):
                ledger.intended = base_lr * np.asarray(intended(np.arange(steps)), dtype=np.float64)
            elif intended is not None:
                ledger.intended = np.asarray(intended, dtype=np.float64)

    def saw(self, param_groups) -> None:
        """Note the rates of one update."""
        self._used.append(tuple(float(group["lr"]) for group in param_groups))

    def record(self, train_loss=None, heldout_loss=None) -> None:
        """Note the batch loss of the latest update, or the held-out loss after it."""
        if train_loss is not None:
            self._train[len(self._used) - 1] = float(train_loss)
        if heldout_loss is not None:
            self._heldout[len(self._used)] = float(heldout_loss)

    @property
    def steps(self) -> np.ndarray:
        return np.arange(len(self._used))

    @property
    def used_by_group(self) -> np.ndarray:
        """Rates read by the optimizer, shape (steps, groups); nan before a group existed."""
        groups = max(map(len, self._used), default=0)
        padded = [rates + (np.nan,) * (groups - len(rates)) for rates in self._used]
        return np.array(padded, dtype=np.float64).reshape(len(self._used), groups)

    @property
    def used(self) -> np.ndarray:
        """Rates of the first parameter group, shape (steps,)."""
        return self.used_by_group[:, 0] if self._used else np.empty(0)

    @property
    def train_loss(self) -> np.ndarray:
        return np.array([self._train.get(t, np.nan) for t in range(len(self._used))])

    @property
    def heldout_steps(self) -> np.ndarray:
        return np.array(sorted(self._heldout), dtype=int)

    @property
    def heldout_loss(self) -> np.ndarray:
        return np.array([self._heldout[t] for t in sorted(self._heldout)])

    @property
    def result(self) -> float:
        """The judged figure: held-out loss after the last step; a diverged run counts as a constant guess."""
        return self.guess if self.diverged else float(self.heldout_loss[-1])

    def largest_gap(self) -> float:
        """The largest difference between intended and used rate, over all groups, in units of the rate."""
        if self.intended is None:
            raise ValueError("this ledger does not know what was intended; pass intended= to Ledger.watch")
        if self.intended.shape != (len(self._used),) or not self._used:
            raise ValueError(
                f"{self.intended.shape} rates were intended, {len(self._used)} updates were made"
            )
        return float(np.nanmax(np.abs(self.intended[:, None] - self.used_by_group)))
