"""ScheduleLR and ParamSchedule: pure schedules drive any torch optimizer, as trainers expect it."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listing
from typing import Annotated

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrlib.optim.groups import at, last_set, names, noted_bases, own_defaults, place, read, same
from lrlib.optim.hooks import before_update, innermost
from lrlib.rules import (
    NotNegative,
    Refused,
    check,
    each,
    one_of,
    real,
    refused,
    rule_of,
    saying,
    shown,
    unknown,
)
from lrlib.schedules import Schedule

Policy = Annotated[str, one_of("error", "keep", "replace")]
Schedules = Schedule | tuple[Schedule, ...]
BASES = each(rule_of(NotNegative).convert)
CLOCK = ("last_epoch", "_step_count")
RATE = {"schedule": "schedule", "base_lrs": "bases", "_last_lr": "values"}  # torch's names, and those here


class ParamSchedule(LRScheduler):
    """Sets several hyper-parameters of every parameter group: `value(t) = base * schedule(t)`.

    `t` counts calls of `step()`. `step()` computes each value from the formula and never from the previous
    value, and loading restores the saved bases and the values in effect, so a run resumes exactly, in
    whichever order optimizer and scheduler are built and loaded. A rate that is not named here is left to
    whoever else sets it. A scheduler that is discarded is freed at once, and acts no more.

    The base of a hyper-parameter is its value in the group when the scheduler is built, or when the group is
    added later; a group added later is scaled from its first update on. Where an earlier scheduler noted a
    base (`initial_lr`) and nobody changed the value that lrlib wrote last, the noted base is meant. A value
    written into a group by hand lasts until the next `step()`; `rebase` is how to go on with another base.

    >>> import torch
    >>> from lrlib.schedules import cosine, linear
    >>> optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))], lr=0.1, betas=(0.8, 0.99))
    >>> scheduler = ParamSchedule(optimizer, {"lr": cosine(1, 0, 4), "betas[0]": linear(1, 0.5, 4)})
    >>> for t in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(optimizer.param_groups[0][name], 3) for name in ("lr", "weight_decay")]
    [0.05, 0.01]
    >>> [round(beta, 3) for beta in optimizer.param_groups[0]["betas"]]
    [0.6, 0.99]

    optimizer: any torch optimizer; build it with each hyper-parameter at the value that multiplier 1 means.
    schedules: from the name of a number in the parameter groups (`lr`, `weight_decay`, `momentum`), or of an
        entry of a tuple of numbers (`betas[0]`), to a `Schedule`, or to a list with one for each group.
        Step 0 is the first update.
    last_epoch: -1 for a new run; k to continue after update k, with the optimizer's state already loaded.
    on_mismatch: when a loaded state holds other schedules or other bases - "error" raises ValueError, "keep"
        goes on with the saved ones, "replace" goes on with those given here, on the saved clock.

    Raises TypeError when `optimizer` is no optimizer, or what is given for a name is no schedule. ValueError
    for a name that the optimizer lacks, a list of another length than there are groups (now, or when a group
    is added later), an unknown `on_mismatch`, a `last_epoch` that is no whole number, and for a
    hyper-parameter other than `lr` that is 0 in every group, since no multiplier would change it. KeyError
    when `last_epoch` >= 0 and the bases are unknown.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedules: Mapping[str, Schedule | Listing[Schedule]],
        last_epoch: int = -1,
        on_mismatch: str = "error",
    ):
        who = type(self).__name__
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{who}: optimizer must be a torch optimizer, got {type(optimizer).__name__}")
        if not isinstance(schedules, Mapping) or not schedules:
            raise TypeError(f"{who}: schedules must map names to schedules, got {shown(schedules)}")
        self.schedules = {name: _schedules(who, name, given) for name, given in schedules.items()}
        with saying(who):
            self.on_mismatch = check("on_mismatch", Policy, on_mismatch)
            last_epoch = _whole("last_epoch", last_epoch, -1)
            _check_fit(optimizer.param_groups, self.schedules)
            self._check_bases(optimizer.param_groups, last_epoch)
        self.bases: dict[str, list[float]] = {}
        self._last_set = last_set(optimizer)
        self._defaults = own_defaults(optimizer, self.schedules)
        for name in {**self.schedules, "lr": None}:
            noted_bases(optimizer, name, fresh=last_epoch < 0)
        super().__init__(optimizer, last_epoch)
        before_update(optimizer, self, ParamSchedule._adopt_new_groups)

    @property
    def base_lrs(self) -> list[float]:
        """The base rate of each group, under the name that torch gives it; assigning is `rebase`."""
        return self.bases["lr"]

    @base_lrs.setter
    def base_lrs(self, rates):
        if hasattr(self, "last_epoch"):
            self.rebase("lr", rates)
        else:  # torch builds the scheduler
            self.bases["lr"] = [float(rate) for rate in rates]

    def rebase(self, name: str, bases: float | Listing[float]) -> None:
        """Go on with other bases, on the same clock; the values that follow are in effect at once.

        For a rescue ("half the rate, and go on") or a member of a population that takes over another's rate.

        name: a hyper-parameter that is scheduled here. bases: one number >= 0, or one for each group.
        Raises ValueError for anything else.
        """
        groups = self.optimizer.param_groups
        with saying(type(self).__name__):
            if name not in self.schedules:
                raise Refused(unknown("hyper-parameter", name, self.schedules))
            try:
                new = BASES(bases if isinstance(bases, Iterable) else [bases] * len(groups))
            except (TypeError, ValueError):
                new = ()
            if len(new) != len(groups):
                raise refused("bases", f"a number >= 0, or {len(groups)} of them, one a group", bases)
        self._restore_bases(name, new)
        self._write(name, self._values(name))

    def get_lr(self) -> list[float | Tensor]:
        """The rates of the current step, one a parameter group: `base_lrs[i] * schedule(last_epoch)`.

        torch calls it whenever the clock has moved. So, as torch's `OneCycleLR` does with momentum, it also
        sets what is scheduled here.
        """
        self._set_values()
        return [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The rates in effect, one a parameter group: what the next update will use."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    _last_lr = property(get_last_lr, lambda self, rates: None, doc="torch's note of the rates in effect.")

    def step(self, epoch: int | None = None) -> None:
        """Move the clock by one, or to a whole number `epoch` >= 0 of steps, and set the values of that step.

        Raises ValueError for anything else: a loss belongs to `FeedbackLR.report`.
        """
        if epoch is None and self._step_count > 1:  # torch has nothing to warn about any more
            self._step_count += 1
            self.last_epoch += 1
            self._set_values()
            return
        if epoch is not None:
            with saying(f"{type(self).__name__}.step"):
                epoch = self._clock(epoch)
        super().step(epoch)

    def advance(self, to: float) -> None:
        """Move the clock to `to`, and set the values there: for schedules over samples, tokens or seconds.

        Call it after each update, instead of `step()`, with how much has gone by so far. Where that is known
        beforehand, `on_clock` says it in the schedule. Raises ValueError for a number below 0 or none.

        >>> import torch
        >>> from lrlib.schedules import linear
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
        >>> scheduler = ScheduleLR(optimizer, linear(1, 0, 1000))  # over samples, while the batch grows
        >>> samples = 0
        >>> for batch_size in (100, 200, 400):
        ...     optimizer.step()
        ...     samples += batch_size
        ...     scheduler.advance(samples)
        >>> round(scheduler.get_last_lr()[0], 6)
        0.03
        """
        with saying(f"{type(self).__name__}.advance"):
            self.last_epoch = check("to", NotNegative, to)
        self._step_count += 1
        self._set_values()

    def _clock(self, epoch) -> int:
        try:
            return _whole("step", epoch, 0)
        except Refused as error:
            raise Refused(f"{error.what}; step() takes no loss, call it with nothing") from None

    def state_dict(self) -> dict:
        """Numbers and strings: safe for JSON, `torch.load(weights_only=True)` and `distributed.checkpoint`.

        `params` holds, as one string, schedules, bases, and the values in effect, which another scheduler of
        a `SequentialLR` may have set.
        """
        return {"params": json.dumps(self._params()), **self._clock_state()}

    def load_state_dict(self, state_dict: dict) -> None:
        """Restore a state and write its values into the optimizer; a replaced schedule writes its own.

        Raises ValueError, changing nothing, when the state is incomplete, when it has more parameter groups
        than the optimizer, or when its schedules or bases differ and `on_mismatch` is "error". For a new base
        build the scheduler, load the optimizer's state, and this one last.
        """
        require(type(self), state_dict, "params", *CLOCK)
        params = state_dict["params"]
        params = json.loads(params) if isinstance(params, str) else params
        for param in params.values():
            require(type(self), param, "schedule", "bases", "values")
        self._load(params, state_dict)

    def _params(self) -> dict[str, dict]:
        groups = self.optimizer.param_groups
        return {
            name: {
                "schedule": _to_state(schedules),
                "bases": list(self.bases[name]),
                "values": [read(group, name) for group in groups[: len(self.bases[name])]],
            }
            for name, schedules in self.schedules.items()
        }

    def _clock_state(self) -> dict[str, int]:
        return {name: real(getattr(self, name)) for name in CLOCK}

    def _load(self, params: dict[str, dict], clock: Mapping[str, int]) -> None:
        saved = {name: _from_state(param["schedule"]) for name, param in params.items()}
        bases = {name: list(param["bases"]) for name, param in params.items()}
        with saying(type(self).__name__):
            self._check_groups(max(map(len, bases.values())))
            chosen, bases = self._chosen(saved, bases)
            _check_fit(self.optimizer.param_groups, chosen)
        self.schedules = chosen
        self.last_epoch, self._step_count = (real(clock[name]) for name in CLOCK)
        for name, given in chosen.items():
            self._restore_bases(name, bases[name])
            unchanged = given == saved.get(name) and same(bases[name], params[name]["bases"])
            self._write(name, params[name]["values"] if unchanged else self._values(name))

    def _check_groups(self, most: int) -> None:
        groups = self.optimizer.param_groups
        if most > len(groups):
            raise Refused(
                f"the saved state has {most} parameter groups, the optimizer has "
                f"{len(groups)}: add the missing groups before loading"
            )

    def _chosen(self, saved: dict[str, Schedules], bases: dict[str, list[float]]) -> tuple[dict, dict]:
        """The schedules and bases to go on with; ValueError where they differ and that is an error."""
        now, own = self.schedules, self.bases
        alike = saved == now and all(same(own[name], bases[name]) for name in saved)
        if alike or self._keeps(_shown(saved, bases), _shown(now, own)):
            return saved, bases
        return now, {name: own[name] + bases.get(name, [])[len(own[name]) :] for name in now}

    def _keeps(self, saved: str, now: str) -> bool:
        """Whether what was saved is kept where it differs from what was given; ValueError for "error"."""
        if self.on_mismatch != "error":
            return self.on_mismatch == "keep"
        raise Refused(
            f"the saved run used another schedule or another base.\n  saved: {saved}\n  now:   {now}\n"
            'Build it with on_mismatch="keep" to go on with the saved one, or with "replace" to switch to '
            "the new one at this step."
        )

    def _restore_bases(self, name: str, bases: Listing[float]) -> None:
        self.bases[name] = [float(base) for base in bases]
        for group, base in zip(self.optimizer.param_groups, self.bases[name], strict=False):
            group[f"initial_{name}"] = base

    def _values(self, name: str) -> list[float]:
        """The values of the current step, one a parameter group; a group met first gives its base."""
        schedules, bases = self.schedules[name], self.bases.setdefault(name, [])
        if len(bases) < len(self.optimizer.param_groups):
            with saying(type(self).__name__):
                _check_fit(self.optimizer.param_groups, {name: schedules})
            bases += noted_bases(self.optimizer, name)[len(bases) :]
        t = max(self.last_epoch, 0)
        if isinstance(schedules, Schedule):
            multiplier = schedules(t)
            return [base * multiplier for base in bases]
        return [base * schedule(t) for base, schedule in zip(bases, schedules, strict=True)]

    def _adopt_new_groups(self) -> None:
        groups = self.optimizer.param_groups
        for name in self.schedules:
            known = len(self.bases[name])
            if len(groups) > known and self.last_epoch >= 0:
                self._write(name, self._values(name), known)

    def _set_values(self) -> None:
        for name in self.schedules:
            self._write(name, self._values(name))

    def _write(self, name: str, values: list[float], first: int = 0) -> None:
        """Write values into the groups, from group number `first` on."""
        key, index = place(name)
        groups = self.optimizer.param_groups
        self._last_set[name] = groups, values
        seen: set[int] = set()
        for group, value in zip(groups[first:], values[first:], strict=False):
            old = group[key] if index is None else group[key][index]
            if isinstance(old, Tensor):  # groups that torch built share one, and writing it would write all
                seen = seen or {id(at(o, key, index)) for o in (*self._defaults, *groups[:first]) if key in o}
                shared = id(old) in seen
                value = (old.clone() if shared else old).fill_(value)
                seen.add(id(value))
                if not shared:
                    continue
            group[key] = value if index is None else (*group[key][:index], value, *group[key][index + 1 :])

    def _check_bases(self, groups: list[dict], last_epoch: int) -> None:
        for name in self.schedules:
            initial = f"initial_{name}"
            if last_epoch >= 0 and not all(initial in group for group in groups):
                raise KeyError(f"{initial!r} is in no parameter group: load the optimizer's state before")
            if name != "lr" and all(group.get(initial, read(group, name)) == 0 for group in groups):
                raise Refused(
                    f"{name} is 0 in every parameter group, and a schedule only multiplies it: "
                    "build the optimizer with the value that multiplier 1 means"
                )

    def __setstate__(self, state: dict) -> None:
        """A copy, or one that was pickled, goes on with its own optimizer as the original does with its."""
        self.__dict__.update(state)
        innermost(self.optimizer).__dict__["_last_set"] = self._last_set
        before_update(self.optimizer, self, ParamSchedule._adopt_new_groups)


class ScheduleLR(ParamSchedule):
    """Sets `lr = base_lr * schedule(t)` in every parameter group, where `t` counts calls of `step()`.

    A `ParamSchedule` of the rate alone, which see for bases, groups added later and what raises. Trainers
    that step it once an update use exactly these rates: transformers as it is, Lightning with "interval":
    "step", accelerate with several processes under `Accelerator(step_scheduler_with_optimizer=False)`, where
    the loop steps it when `accelerator.sync_gradients`.

    >>> import torch
    >>> from lrlib.schedules import linear
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    >>> scheduler = ScheduleLR(optimizer, linear(1, 0, 4))
    >>> for t in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.025]

    optimizer: any torch optimizer; build it with `lr` set to the peak rate.
    schedule: a `Schedule`, or a list with one for each parameter group; step 0 is the first update.
    last_epoch: -1 for a new run; k to continue after update k, with the optimizer's state already loaded.
    on_mismatch: when a loaded state holds another schedule or base rate - "error" raises ValueError, "keep"
        goes on with the saved one, "replace" goes on with the one given here, on the saved clock.
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
        rate = self._params()["lr"]
        return {**{new: rate[old] for new, old in RATE.items()}, **self._clock_state()}

    def load_state_dict(self, state_dict: dict) -> None:
        """Restore a state and write its rates into the optimizer, as `ParamSchedule` does."""
        require(type(self), state_dict, *RATE, *CLOCK)
        self._load({"lr": {old: state_dict[new] for new, old in RATE.items()}}, state_dict)


def require(kind: type, state: dict, *keys: str) -> None:
    """ValueError naming the keys that a saved state lacks."""
    missing = set(keys) - set(state)
    if missing:
        raise ValueError(f"not a {kind.__name__} state: {', '.join(sorted(missing))} missing")


def _whole(parameter: str, given, least: int) -> int:
    try:
        number = operator.index(given)
    except TypeError:
        number = least - 1
    if number < least or isinstance(given, bool):
        raise refused(parameter, f"a whole number of steps >= {least}", given)
    return number


def _check_fit(groups: list[dict], schedules: dict[str, Schedules]) -> None:
    for name, given in schedules.items():
        for group in groups:
            if name not in names(group):
                raise Refused(unknown("hyper-parameter", name, names(group)))
        if isinstance(given, tuple) and len(given) != len(groups):
            raise Refused(f"{name} has {len(given)} schedules for {len(groups)} parameter groups")


def _schedules(who: str, name: str, given) -> Schedules:
    if isinstance(given, Schedule):
        return given
    if isinstance(given, list | tuple) and all(isinstance(each, Schedule) for each in given):
        return tuple(given)
    kind = type(given).__name__
    raise TypeError(f"{who}: schedule of {name} must be an lrlib Schedule, or a list of them, got {kind}")


def _to_state(schedules: Schedules) -> str:
    """One string, which checkpoints that flatten dicts and fill the keys of the new run cannot mix up."""
    if isinstance(schedules, Schedule):
        return schedules.to_json()
    return json.dumps([each.to_dict() for each in schedules])


def _from_state(state: str | dict | list) -> Schedules:
    """The schedules of a state, also of one that held them as dicts."""
    data = json.loads(state) if isinstance(state, str) else state
    if isinstance(data, list):
        return tuple(map(Schedule.from_dict, data))
    return Schedule.from_dict({key: value for key, value in data.items() if key != "version"})


def _shown(schedules: dict[str, Schedules], bases: dict[str, list[float]]) -> str:
    return "; ".join(f"{name}: {given} from {bases[name]}" for name, given in schedules.items())
