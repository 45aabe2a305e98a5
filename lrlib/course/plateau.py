"""The experiments of lesson 16: how soon a plateau rule cuts on noise, and runs that such a rule drives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from scipy.special import ndtr
from torch.func import functional_call, stack_module_state, vmap

from lrlib.ledger import Ledger
from lrlib.optim.feedback import Feedback, Standing
from lrlib.tasks import Task
from lrlib.train.alone import alone
from lrlib.train.judging import blew_up
from lrlib.train.plan import evaluation_steps

SPAN, POINTS = 9.0, 601  # of the grid of noise, in standard deviations around its mean
Rows = tuple[torch.Tensor, torch.Tensor]


def cut_by(patience: int, readings: int) -> np.ndarray:
    """The chance that a plateau rule has cut by reading 1, 2, ... readings, when these are noise alone.

    Readings are independent, of one continuous distribution, whichever; an improvement is a new best. Reading
    n is one with the chance 1/n, and after a best at n the next p + 1 bring none with the chance
    n / (n + p + 1). So with a_n for the chance of a best at n and no cut before it,

      a_1 = 1,  a_m = sum over n = m-p-1 .. m-1 of a_n n / ((m - 1) m),  P(cut by N) = sum over n = 1 .. N-p-1
      of a_n n / (n + p + 1), which up to N = 2p + 3 is H_N - H_(p+1), with H_N = 1 + 1/2 + ... + 1/N.

    Shape (readings,). The records of Renyi 1962 (Arnold, Balakrishnan & Nagaraja, Records, 1998, ch. 2).

    >>> cut_by(1, 4).round(4).tolist()
    [0.0, 0.0, 0.3333, 0.5833]
    """
    wait = patience + 1
    n = np.arange(readings + 1, dtype=float)
    best = np.zeros(readings + 1)
    best[1:2] = 1
    for m in range(2, readings + 1):
        since = slice(max(1, m - wait), m)
        best[m] = best[since] @ n[since] / (m * (m - 1))
    cuts = np.zeros(readings + 1)
    cuts[wait + 1 :] = (best * n / (n + wait))[1 : max(readings + 1 - wait, 1)]
    return cuts.cumsum()[1:]


def cut_while_falling(patience: int, readings: int, slope: float = 0.0, threshold: float = 0.0) -> np.ndarray:
    """As `cut_by`, for normal noise around a mean that falls by `slope` a reading, both by quadrature.

    slope, threshold: in standard deviations of the noise; a new best has to lie more than `threshold` below
    the old. With x for how far the best lies above the mean at its own reading, and
    u_k = x + k slope - threshold, the next best comes k readings later, at z < u_k:

      C_N(x) = [N > p] S_(p+1)(x) + sum over k = 1 .. min(p + 1, N) of S_(k-1)(x) integral_(z < u_k) phi(z)
      C_(N-k)(z) dz,  S_k(x) = product over j = 1 .. k of (1 - Phi(u_j)),

    the chance of a cut within N readings after that best; averaged over the first reading. Shape (readings,).

    >>> float(abs(cut_while_falling(3, 20) - cut_by(3, 20)).max()) < 1e-4
    True
    >>> cut_while_falling(3, 20, slope=0.5).round(2)[[4, 19]].tolist()
    [0.02, 0.32]
    """
    x = np.linspace(-SPAN, SPAN, POINTS)
    density, width = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), x[1] - x[0]
    wait = min(patience + 1, readings)
    u = x + slope * np.arange(1, wait + 1)[:, None] - threshold
    quiet = np.cumprod(np.vstack([np.ones_like(x), ndtr(-u)]), axis=0)  # S_0 .. S_wait
    place = np.clip((u + SPAN) / width, 0, POINTS - 1)
    low, share, rows = np.minimum(place.astype(int), POINTS - 2), place % 1, np.arange(wait)[:, None]
    parts = np.zeros((readings, POINTS))  # the integrals up to each z, of C_0, C_1, ...
    for left in range(readings):
        k = min(wait, left)
        back, at, part = left - 1 - rows[:k], low[:k], share[:k]
        later = parts[back, at] * (1 - part) + parts[back, at + 1] * part
        chance = (quiet[:k] * later).sum(axis=0) + quiet[wait] * (left > patience)
        area = density * chance * width
        parts[left, 1:] = np.cumsum(area[1:] + area[:-1]) / 2
    return parts[:, -1].copy()


def patience_for(slope: float, readings: int = 100, allowed: float = 0.05) -> int:
    """The smallest patience at which a cut within `readings`, while the mean falls, has a chance <= allowed.

    slope: as in `cut_while_falling`.

    >>> patience_for(1.0, readings=30)
    3
    """
    low, high = 0, readings
    while low < high:  # a higher patience never cuts sooner
        middle = (low + high) // 2
        safe = cut_while_falling(middle, readings, slope)[-1] <= allowed
        low, high = (low, middle) if safe else (middle + 1, high)
    return low


def parted(task: Task) -> tuple[Task, Rows]:
    """The task judged on the second half of its held-out rows, and the first half, for a rule to read.

    >>> from lrlib import tasks
    >>> judged, read = parted(tasks.get("digits"))
    >>> len(judged.heldout[0]), len(read[0])
    (299, 298)
    """
    inputs, targets = task.heldout
    half = len(inputs) // 2
    return replace(task, heldout=(inputs[half:], targets[half:])), (inputs[:half], targets[:half])


@dataclass(frozen=True)
class Runs:
    """Runs of several peaks and seeds: R, N. used: rates, (R, N, steps). readings: of the rule, (R, N, ...).

    heldout_loss, heldout_right: after heldout_steps (E,), (R, N, E).
    """

    used: np.ndarray
    heldout_steps: np.ndarray
    heldout_loss: np.ndarray
    heldout_right: np.ndarray
    guess: float
    readings: np.ndarray = ()

    @property
    def result(self) -> np.ndarray:
        """The last held-out loss, (R, N), as a sweep counts it: a guess for a run that blew up."""
        blown = blew_up(np.zeros_like(self.used), self.heldout_loss, self.guess)
        return np.where(blown, self.guess, self.heldout_loss[..., -1])

    @property
    def slope(self) -> np.ndarray:
        """How far readings fall from one to the next, in standard deviations of their noise, (R,).

        From their differences, without the first ten, in which a run falls much faster.
        """
        change = np.diff(self.readings, axis=2)[:, :, 10:]
        return -change.mean(axis=(1, 2)) / (change.std(axis=(1, 2)) / np.sqrt(2))

    def habits(self) -> pd.DataFrame:
        """What the rules did, a row a peak: means over seeds, of the last factor the geometric one."""
        factors = self.used / self.used[..., :1]
        return pd.DataFrame(
            {
                "updates before the first cut": (factors == 1).sum(axis=2).mean(axis=1),
                "cuts": (np.diff(factors, axis=2) < 0).sum(axis=2).mean(axis=1),
                "last factor": np.exp(np.log(factors[..., -1]).mean(axis=1)),
            }
        )

    def ledgers(self, peak: int = 0) -> list[Ledger]:
        """Those of one peak, one a seed."""
        same = {"heldout_steps": self.heldout_steps, "guess": self.guess}
        each = zip(self.used[peak], self.heldout_loss[peak], strict=True)
        return [Ledger(used_by_group=used, heldout_loss=loss, **same) for used, loss in each]


def driven(task: Task, rule: Feedback | Sequence[Feedback], base_lrs: Sequence[float], seeds: Sequence[int],
           steps: int, every: int, read: Rows | None = None, evaluations: int = 20) -> Runs:  # fmt: skip
    """Train with SGD; after each `every` updates the rule is told the loss of the rows `read`.

    rule: one for all peaks, or one for each. read: inputs and targets; without them the rule is told the loss
    of the latest batch. Each run has a memory of its own. Runs of one seed start from the same weights and
    see the same batches.
    """
    rules = [rule] * len(base_lrs) if isinstance(rule, Feedback) else rule
    after = [each.after for each in rules for _ in seeds]
    standings, told = [Standing()] * len(after), []

    def factors(t, loss_on, latest):
        if t and t % every == 0:
            told.append((loss_on(*read)[0] if read else latest).numpy())
            standings[:] = [
                go(was, x) for go, was, x in zip(after, standings, told[-1].tolist(), strict=True)
            ]
        return torch.tensor([each.multiplier for each in standings], dtype=torch.float64)

    runs = _trained(task, factors, base_lrs, seeds, steps, evaluations)
    return replace(runs, readings=np.reshape(told, (-1, *runs.used.shape[:2])).transpose(1, 2, 0))


def replayed(task: Task, factors: np.ndarray, base_lrs: Sequence[float], seeds: Sequence[int]) -> Runs:
    """Train with given factors of the peak rate, (seeds, steps), a row for each seed."""
    each = torch.tensor(np.tile(factors, (len(base_lrs), 1)))
    return _trained(task, lambda t, *seen: each[:, t], base_lrs, seeds, factors.shape[1], 20)


@alone()
def _trained(task, factors, base_lrs, seeds, steps, evaluations) -> Runs:
    """All peaks and seeds at once; factors: (t, what scores rows, losses of the last batch) -> (models,)."""
    shape, batches = (len(base_lrs), len(seeds)), [task.batches(seed, steps) for seed in seeds]
    weights, _ = stack_module_state([task.model(seed) for seed in seeds] * len(base_lrs))
    peaks = torch.tensor(base_lrs, dtype=torch.float64).repeat_interleave(len(seeds))
    used, when, seen, latest = [], evaluation_steps(steps, evaluations), [], None
    model = task.model(seeds[0])

    def scores(weights, inputs, targets):
        outputs = functional_call(model, weights, (inputs,))
        return torch.stack([task.loss(outputs, targets), task.right(outputs, targets)])

    @torch.no_grad()
    def on(inputs, targets):
        return vmap(scores, (0, None, None), 1)(weights, inputs, targets)

    for t in range(steps):
        used.append(peaks * factors(t, on, latest))
        rows = (torch.stack([*part] * len(base_lrs)) for part in zip(*(b[t] for b in batches), strict=True))
        losses = vmap(scores)(weights, *rows)[:, 0]
        slopes, latest = torch.autograd.grad(losses.sum(), list(weights.values())), losses.detach()
        with torch.no_grad():
            for weight, slope in zip(weights.values(), slopes, strict=True):
                weight -= used[-1].reshape(-1, *[1] * (slope.ndim - 1)) * slope
        if t + 1 in when:
            seen.append(on(*task.heldout))
    loss, right = torch.stack(seen, -1).numpy().reshape(2, *shape, -1)
    return Runs(torch.stack(used, -1).numpy().reshape(*shape, steps), when, loss, right, task.guess)
