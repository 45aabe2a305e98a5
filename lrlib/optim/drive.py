"""ScheduleLR and ParamSchedule: pure schedules drive any torch optimizer, as trainers expect it."""

from __future__ import annotations

import functools
import numbers
import re
from collections.abc import Mapping
from collections.abc import Sequence as Listing

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrlib.rules import unknown
from lrlib.schedules import Schedule

POLICIES = ("error", "keep", "replace")
Schedules = Schedule | tuple[Schedule, ...]


class ParamSchedule(LRScheduler):
    """Sets several hyper-parameters of every parameter group: `value(t) = base * schedule(t)`.

    `t` counts calls of `step()`. The base of a hyper-parameter is its value in the group when the scheduler
    is built, or when the group is added later; a group added later is scaled from its first update on.
    `step()` computes each value from the formula and never from the previous value, and loading restores the
    saved bases and the values in effect, so a run resumes exactly, in whichever order optimizer and
    scheduler are built and loaded. A rate that is not named here is left to whoever else sets it.

        ParamSchedule(optimizer, {"lr": warmup_cosine(T, W), "weight_decay": cosine(1, 0, T), "betas[0]": s})

    optimizer: any torch optimizer; build it with each hyper-parameter at the value that multiplier 1 means.
    schedules: from the name of a number in the parameter groups (`lr`, `weight_decay`, `momentum`), or of an
        entry of a tuple of numbers (`betas[0]`), to a `Schedule`, or to a list with one for each group.
        Step 0 is the first update.
    last_epoch: -1 for a new run; k to continue after update k, with the optimizer's state already loaded.
    on_mismatch: when a loaded state holds other schedules - "error" raises ValueError, "keep" goes on with
        the saved ones, "replace" goes on with those given here, on the saved clock.

    Raises TypeError when `optimizer` is no optimizer, or what is given for a name is no schedule. ValueError
    for a name that the optimizer lacks, a list of another length than there are groups (now, or when a group
    is added later), an unknown `on_mismatch`, and for a hyper-parameter other than `lr` that is 0 in every
    group, since no multiplier would change it. KeyError when `last_epoch` >= 0 and the bases are unknown.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedules: Mapping[str, Schedule | Listing[Schedule]],
        last_epoch: int = -1,
        on_mismatch: str = "error",
    ):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer must be a torch optimizer, got {type(optimizer).__name__}")
        if not isinstance(schedules, Mapping) or not schedules:
            raise TypeError(f"schedules must map names to schedules, got {schedules!r:.80}")
        if on_mismatch not in POLICIES:
            raise ValueError(f"on_mismatch must be one of {', '.join(POLICIES)}, got {on_mismatch!r}")
        self.schedules = {name: _schedules(name, given) for name, given in schedules.items()}
        self.on_mismatch = on_mismatch
        self.bases: dict[str, list[float]] = {}
        _check_fit(optimizer.param_groups, self.schedules)
        _check_bases(optimizer.param_groups, self.schedules, last_epoch)
        super().__init__(optimizer, last_epoch)
        optimizer.register_step_pre_hook(self._adopt_new_groups)

    @property
    def base_lrs(self) -> list[float]:
        """The base rate of each parameter group, under the name that torch gives it."""
        return self.bases["lr"]

    @base_lrs.setter
    def base_lrs(self, rates):
        self.bases["lr"] = [float(rate) for rate in rates]

    def get_lr(self) -> list[float]:
        """The rates of the current step, one a parameter group: `base_lrs[i] * schedule(last_epoch)`."""
        if "lr" in self.schedules:
            return self._values("lr")
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict:
        """Plain numbers, strings, lists and dicts: safe for JSON and `torch.load(weights_only=True)`.

        `values` holds what is in effect, which another scheduler of a `SequentialLR` may have set.
        """
        groups = self.optimizer.param_groups
        params = {
            name: {
                "schedule": _to_state(schedules),
                "bases": list(self.bases[name]),
                "values": [_read(group, name) for group in groups[: len(self.bases[name])]],
            }
            for name, schedules in self.schedules.items()
        }
        return {"params": params, "last_epoch": self.last_epoch, "_step_count": self._step_count}

    def load_state_dict(self, state_dict: dict) -> None:
        """Restore a state and write its values into the optimizer; a replaced schedule writes its own.

        Raises ValueError, changing nothing, when the state is incomplete, when it has more parameter groups
        than the optimizer, or when its schedules differ and `on_mismatch` is "error".
        """
        require(type(self), state_dict, "params", "last_epoch", "_step_count")
        params, groups = state_dict["params"], self.optimizer.param_groups
        for param in params.values():
            require(type(self), param, "schedule", "bases", "values")
        saved = {name: _from_state(param["schedule"]) for name, param in params.items()}
        most = max(len(param["bases"]) for param in params.values())
        if most > len(groups):
            raise ValueError(
                f"the saved state has {most} parameter groups, the optimizer has "
                f"{len(groups)}: add the missing groups before loading"
            )
        chosen = self._chosen(saved, self.schedules)
        _check_fit(groups, chosen)
        self.schedules = chosen
        self.last_epoch = state_dict["last_epoch"]
        self._step_count = state_dict["_step_count"]
        for name in self.schedules:
            if name in saved:
                self._restore_bases(name, params[name]["bases"])
            same = saved.get(name) == self.schedules[name]
            self._write(name, groups, params[name]["values"] if same else self._values(name))
        self._last_lr = [float(group["lr"]) for group in groups]

    def _restore_bases(self, name: str, bases: list[float]) -> None:
        self.bases[name] = list(bases)
        for group, base in zip(self.optimizer.param_groups, bases, strict=False):
            group[f"initial_{name}"] = base

    def _chosen(self, saved: dict, now: dict) -> dict:
        if saved == now or self.on_mismatch == "replace":
            return now
        if self.on_mismatch == "keep":
            return saved
        raise ValueError(
            f"the saved run used another schedule.\n  saved: {_shown(saved)}\n  now:   {_shown(now)}\n"
            f'Build {type(self).__name__} with on_mismatch="keep" to go on with the saved one, or with '
            '"replace" to switch to the new one at this step.'
        )

    def _values(self, name: str) -> list[float]:
        """The values of the current step, one a parameter group; a group met first gives its base."""
        groups, schedules = self.optimizer.param_groups, self.schedules[name]
        bases = self.bases.setdefault(name, [])
        if len(bases) < len(groups):
            _check_fit(groups, {name: schedules})
            for group in groups[len(bases) :]:
                bases.append(float(group.setdefault(f"initial_{name}", _read(group, name))))
        t = max(self.last_epoch, 0)
        if isinstance(schedules, Schedule):
            multiplier = schedules(t)
            return [base * multiplier for base in bases]
        return [base * schedule(t) for base, schedule in zip(bases, schedules, strict=True)]

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        groups = self.optimizer.param_groups
        for name in self.schedules:
            self._write(name, groups, self._values(name))
        self._last_lr = [float(group["lr"]) for group in groups]

    def _adopt_new_groups(self, optimizer: Optimizer, args, kwargs) -> None:
        for name in self.schedules:
            known = len(self.bases[name])
            if len(optimizer.param_groups) > known and self.last_epoch >= 0:
                self._write(name, optimizer.param_groups[known:], self._values(name)[known:])
                self._last_lr = [float(group["lr"]) for group in optimizer.param_groups]

    @staticmethod
    def _write(name: str, groups: list[dict], values: list[float]) -> None:
        key, index = _place(name)
        for group, value in zip(groups, values, strict=False):
            old = group[key] if index is None else group[key][index]
            if isinstance(old, Tensor):
                old.fill_(value)
            elif index is None:
                group[key] = value
            else:
                group[key] = (*group[key][:index], value, *group[key][index + 1 :])


class ScheduleLR(ParamSchedule):
    """Sets `lr = base_lr * schedule(t)` in every parameter group, where `t` counts calls of `step()`.

    A `ParamSchedule` of the rate alone, which see for bases, groups added later and what raises. Trainers
    that step it once an update use exactly these rates: transformers as it is, Lightning with "interval":
    "step", accelerate with several processes under `Accelerator(step_scheduler_with_optimizer=False)`, where
    the loop steps it when `accelerator.sync_gradients`.

    optimizer: any torch optimizer; build it with `lr` set to the peak rate.
    schedule: a `Schedule`, or a list with one for each parameter group; step 0 is the first update.
    last_epoch: -1 for a new run; k to continue after update k, with the optimizer's state already loaded.
    on_mismatch: when a loaded state holds another schedule - "error" raises ValueError, "keep" goes on with
        the saved one, "replace" goes on with the one given here, on the saved clock.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedule: Schedule | Listing[Schedule],
        last_epoch: int = -1,
        on_mismatch: str = "error",
    ):
        super().__init__(optimizer, {"lr": schedule}, last_epoch, on_mismatch)

    @property
    def schedule(self) -> Schedules:
        """The schedule, or a tuple with that of each parameter group."""
        return self.schedules["lr"]

    def state_dict(self) -> dict:
        """As that of `ParamSchedule`, under the names that torch gives base rates and rates in effect."""
        state = super().state_dict()
        rate = state.pop("params")["lr"]
        return {
            "schedule": rate["schedule"],
            "base_lrs": rate["bases"],
            "_last_lr": rate["values"],
            **state,
        }

    def load_state_dict(self, state_dict: dict) -> None:
        """Restore a state and write its rates into the optimizer, as `ParamSchedule` does."""
        require(type(self), state_dict, "schedule", "last_epoch", "base_lrs", "_step_count", "_last_lr")
        rate = {
            "schedule": state_dict["schedule"],
            "bases": state_dict["base_lrs"],
            "values": state_dict["_last_lr"],
        }
        clock = {key: state_dict[key] for key in ("last_epoch", "_step_count")}
        super().load_state_dict({"params": {"lr": rate}, **clock})


def require(kind: type, state: dict, *keys: str) -> None:
    """ValueError naming the keys that a saved state lacks."""
    missing = set(keys) - set(state)
    if missing:
        raise ValueError(f"not a {kind.__name__} state: {', '.join(sorted(missing))} missing")


@functools.cache
def _place(name: str) -> tuple[str, int | None]:
    """The key in a parameter group and the position in the tuple there: ("betas", 0) for "betas[0]"."""
    key, index = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", name, re.DOTALL).groups()
    return key, None if index is None else int(index)


def _read(group: dict, name: str) -> float:
    key, index = _place(name)
    return float(group[key] if index is None else group[key][index])


def _names(group: dict) -> list[str]:
    """The names of all numbers in a parameter group."""
    named = {key: value for key, value in group.items() if key != "params" and not key.startswith("initial_")}
    for key, value in list(named.items()):
        if isinstance(value, tuple | list):
            named |= {f"{key}[{i}]": each for i, each in enumerate(value)}
    return [name for name, value in named.items() if _is_number(value)]


def _is_number(value) -> bool:
    if isinstance(value, Tensor):
        return value.numel() == 1 and value.is_floating_point()
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _check_fit(groups: list[dict], schedules: dict[str, Schedules]) -> None:
    for name, given in schedules.items():
        for group in groups:
            if name not in _names(group):
                raise ValueError(unknown("hyper-parameter", name, _names(group)))
        if isinstance(given, tuple) and len(given) != len(groups):
            raise ValueError(f"{name} has {len(given)} schedules for {len(groups)} parameter groups")


def _check_bases(groups: list[dict], names: Listing[str], last_epoch: int) -> None:
    for name in names:
        initial = f"initial_{name}"
        if last_epoch >= 0 and not all(initial in group for group in groups):
            raise KeyError(f"{initial!r} is in no parameter group: load the optimizer's state before")
        if name != "lr" and all(group.get(initial, _read(group, name)) == 0 for group in groups):
            raise ValueError(
                f"{name} is 0 in every parameter group, and a schedule only multiplies it: "
                "build the optimizer with the value that multiplier 1 means"
            )


def _schedules(name: str, given) -> Schedules:
    if isinstance(given, Schedule):
        return given
    if isinstance(given, list | tuple) and all(isinstance(each, Schedule) for each in given):
        return tuple(given)
    kind = type(given).__name__
    raise TypeError(f"schedule of {name} must be an lrlib Schedule, or a list of them, got {kind}")


def _to_state(schedules: Schedules) -> dict | list[dict]:
    return schedules.to_dict() if isinstance(schedules, Schedule) else [each.to_dict() for each in schedules]


def _from_state(state: dict | list[dict]) -> Schedules:
    return tuple(map(Schedule.from_dict, state)) if isinstance(state, list) else Schedule.from_dict(state)


def _shown(named: dict) -> str:
    return "; ".join(f"{name}: {value}" for name, value in named.items())
