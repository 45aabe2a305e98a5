"""ScheduleLR: a pure schedule drives any torch optimizer, through the surface that trainers expect."""

from __future__ import annotations

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrlib.schedules import Schedule

POLICIES = ("error", "keep", "replace")


class ScheduleLR(LRScheduler):
    """Sets `lr = base_lr * schedule(t)` in every parameter group, where `t` counts calls of `step()`.

    The base rate of a group is its `lr` when the scheduler is built, or when the group is added later; a
    group added later runs at its scaled rate from its first update on. `step()` computes the rate from the
    formula and never from the previous rate, and loading restores the saved base rates and the rates in
    effect, so a run resumes exactly, in whichever order optimizer and scheduler are built and loaded.

    optimizer: any torch optimizer; build it with `lr` set to the peak rate.
    schedule: a `Schedule`; step 0 is the first update.
    last_epoch: -1 for a new run; k to continue after update k, with the optimizer's state already loaded.
    on_mismatch: when a loaded state holds another schedule - "error" raises ValueError, "keep" goes on with
        the saved one, "replace" goes on with the one given here, on the saved clock.

    Raises TypeError when `schedule` is no Schedule, ValueError for an unknown `on_mismatch`.
    """

    def __init__(
        self, optimizer: Optimizer, schedule: Schedule, last_epoch: int = -1, on_mismatch: str = "error"
    ):
        if not isinstance(schedule, Schedule):
            raise TypeError(f"schedule must be an lrlib Schedule, got {type(schedule).__name__}")
        if on_mismatch not in POLICIES:
            raise ValueError(f"on_mismatch must be one of {', '.join(POLICIES)}, got {on_mismatch!r}")
        self.schedule = schedule
        self.on_mismatch = on_mismatch
        super().__init__(optimizer, last_epoch)
        optimizer.register_step_pre_hook(self._adopt_new_groups)

    def get_lr(self) -> list[float]:
        """The rates of the current step, one a parameter group: `base_lrs[i] * schedule(last_epoch)`."""
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:
            self.base_lrs.append(group.setdefault("initial_lr", _number(group["lr"])))
        multiplier = self.schedule(self.last_epoch)
        return [_number(base) * multiplier for base in self.base_lrs]

    _get_closed_form_lr = get_lr

    def state_dict(self) -> dict:
        """Plain numbers, strings, lists and dicts: safe for JSON and `torch.load(weights_only=True)`.

        `_last_lr` holds the rates in effect, which another scheduler of a `SequentialLR` may have set.
        """
        known = self.optimizer.param_groups[: len(self.base_lrs)]
        return {
            "schedule": self.schedule.to_dict(),
            "last_epoch": self.last_epoch,
            "base_lrs": [_number(base) for base in self.base_lrs],
            "_step_count": self._step_count,
            "_last_lr": [_number(group["lr"]) for group in known],
        }

    def load_state_dict(self, state_dict: dict) -> None:
        """Restore a state and write its rates into the optimizer; a replaced schedule writes its own.

        Raises ValueError, changing nothing, when the state is incomplete, when it has more parameter groups
        than the optimizer, or when its schedule differs and `on_mismatch` is "error".
        """
        missing = {"schedule", "last_epoch", "base_lrs", "_step_count", "_last_lr"} - set(state_dict)
        if missing:
            raise ValueError(f"not a ScheduleLR state: {', '.join(sorted(missing))} missing")
        groups = self.optimizer.param_groups
        if len(state_dict["base_lrs"]) > len(groups):
            raise ValueError(
                f"the saved state has {len(state_dict['base_lrs'])} parameter groups, the optimizer has "
                f"{len(groups)}: add the missing groups before loading"
            )
        saved = Schedule.from_dict(state_dict["schedule"])
        self.schedule = self._chosen(saved)
        self.last_epoch = state_dict["last_epoch"]
        self._step_count = state_dict["_step_count"]
        self.base_lrs = list(state_dict["base_lrs"])
        for group, base in zip(groups, self.base_lrs, strict=False):
            group["initial_lr"] = base
        rates = list(state_dict["_last_lr"])
        if self.schedule != saved:
            rates = [base * self.schedule(max(self.last_epoch, 0)) for base in self.base_lrs]
        self._write(groups, rates)

    def _chosen(self, saved: Schedule) -> Schedule:
        if saved == self.schedule or self.on_mismatch == "replace":
            return self.schedule
        if self.on_mismatch == "keep":
            return saved
        raise ValueError(
            f"the saved run used another schedule.\n  saved: {saved}\n  now:   {self.schedule}\n"
            'Build ScheduleLR with on_mismatch="keep" to go on with the saved one, or with "replace" to '
            "switch to the new one at this step."
        )

    def _adopt_new_groups(self, optimizer: Optimizer, args, kwargs) -> None:
        known = len(self.base_lrs)
        if len(optimizer.param_groups) > known and self.last_epoch >= 0:
            self._write(optimizer.param_groups[known:], self.get_lr()[known:])

    def _write(self, groups: list[dict], rates: list[float]) -> None:
        for group, lr in zip(groups, rates, strict=False):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(lr)
            else:
                group["lr"] = lr
        self._last_lr = [_number(group["lr"]) for group in self.optimizer.param_groups]


def _number(rate: float | Tensor) -> float:
    return float(rate)
