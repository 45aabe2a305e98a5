"""ScheduleLR and ParamSchedule: pure schedules drive any torch optimizer, as trainers expect it."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as Listing

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrlib import rules
from lrlib.optim.groups import (
    at,
    bases_of,
    last_set,
    last_written,
    names,
    noted_bases,
    one_each,
    place,
    read,
    refuse_multiplied,
    same,
)
from lrlib.optim.hooks import before_update, innermost
from lrlib.rules import Refused, Rule, saying, shown, unknown
from lrlib.schedules import Schedule

Schedules = Schedule | Listing[Schedule]
POLICY = rules.one_of("error", "keep", "replace")
PARAM = ("schedule", "bases", "values")  # what a state holds of a hyper-parameter
RATE = ("schedule", "base_lrs", "_last_lr")  # the same of the rate, by torch's names


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
    A group with an `lr_scale`, by which timm multiplies, or the like, is refused: write it into `lr`. A value
    that is a tensor, which other groups, optimizers or trials may have been given too, is copied when it is
    first met, and then written in place: capture graphs after building the scheduler.

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

    def __init__(self, optimizer: Optimizer, schedules: Mapping[str, Schedules], last_epoch: int = -1,
                 on_mismatch: str = "error"):  # fmt: skip
        who = type(self).__name__
        if not isinstance(optimizer, Optimizer):
            given = type(optimizer).__name__
            given += ": if it wraps one, pass that" * hasattr(optimizer, "param_groups")
            raise TypeError(f"{who}: optimizer must be a torch optimizer, got {given}")
        if not isinstance(schedules, Mapping) or not schedules:
            raise TypeError(f"{who}: schedules must map names to schedules, got {shown(schedules)}")
        self.schedules = {name: _schedules(who, name, given) for name, given in schedules.items()}
        with saying(who):
            self.on_mismatch = POLICY.checked("on_mismatch", on_mismatch)
            last_epoch = _whole(-1).checked("last_epoch", last_epoch)
            _check_fit(optimizer.param_groups, self.schedules)
            self._check_bases(optimizer.param_groups, last_epoch)
        noted = [*self.schedules, *["lr"] * all("lr" in names(group) for group in optimizer.param_groups)]
        self.bases = {name: noted_bases(optimizer, name, fresh=last_epoch < 0) for name in noted}
        self._last_set = last_set(optimizer)
        super().__init__(optimizer, last_epoch)
        before_update(optimizer, self, ParamSchedule._adopt_new_groups)

    @property
    def base_lrs(self) -> list[float]:
        """The base rate of each group, under the name that torch gives it; assigning is `rebase`."""
        return self.bases.get("lr", [])

    @base_lrs.setter
    def base_lrs(self, rates):
        if hasattr(self, "last_epoch"):  # else torch builds the scheduler, and says what is known
            self.rebase("lr", rates)

    def rebase(self, name: str, bases: float | Listing[float]) -> None:
        """Go on with other bases, on the same clock; the values that follow are in effect at once.

        For a rescue ("half the rate, and go on") or a member of a population that takes over another's rate.

        name: a hyper-parameter that is scheduled here. bases: one number >= 0, or one for each group.
        Raises ValueError for anything else.
        """
        with saying(type(self).__name__):
            if name not in self.schedules:
                raise Refused(unknown("hyper-parameter", name, self.schedules))
            bases = one_each("bases", bases, self.optimizer.param_groups)
            self._products(name, bases, self.schedules[name], self.last_epoch)
        self._go_on(name, bases)

    def get_lr(self) -> list[float | Tensor]:
        """The rates of the current step, one a parameter group: `base_lrs[i] * schedule(last_epoch)`.

        torch calls it whenever the clock has moved. So, as torch's `OneCycleLR` does with momentum, it also
        sets what is scheduled here.
        """
        self._set_values()
        return [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The rates in effect, one a parameter group: what the next update will use."""
        rates = (group["lr"] for group in self.optimizer.param_groups)
        return [None if rate is None else float(rate) for rate in rates]

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
                epoch = STEP.checked("step", epoch)
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
            self.last_epoch = TO.checked("to", to)
        self._step_count += 1
        self._set_values()

    def state_dict(self) -> dict:
        """Numbers and strings: safe for JSON, `torch.load(weights_only=True)` and `distributed.checkpoint`.

        Schedules, bases, and the values in effect, which another scheduler of a `SequentialLR` may have set:
        in `params`, as one string; of the rate alone under the names that torch gives them.
        """
        return {**self._packed(), **{name: getattr(self, name) for name in CLOCK}}

    def load_state_dict(self, state_dict: dict) -> None:
        """Restore a state and write its values into the optimizer; a replaced schedule writes its own.

        Raises ValueError, changing nothing, when the state is not one that `state_dict` could have written,
        when it has more parameter groups than the optimizer, or when its schedules or bases differ and
        `on_mismatch` is "error". For a new base build the scheduler, load the optimizer's state, and this one
        last.
        """
        with saying(type(self).__name__):
            take_over = self._checked(self._of_keys(state_dict, self.state_dict()))
        take_over()

    def _checked(self, state: Mapping) -> Callable[[], None]:
        """Check all of a state and change nothing: what takes it over, and can no longer fail."""
        last_epoch, step_count = (rule.checked(name, state[name]) for name, rule in CLOCK.items())
        params = self._unpacked(state)
        saved = {name: self._alike(name, schedules) for name, (schedules, _, _) in params.items()}
        chosen, bases = self._chosen(saved, {name: [*noted] for name, (_, noted, _) in params.items()})
        _check_fit(self.optimizer.param_groups, chosen)
        for name, given in chosen.items():
            self._products(name, bases[name], given, last_epoch)

        def take_over() -> None:
            self.schedules = chosen
            self.last_epoch, self._step_count = last_epoch, step_count
            for name, given in chosen.items():
                unchanged = given == saved.get(name) and same(bases[name], params[name][1])
                self._go_on(name, bases[name], params[name][2] if unchanged else None)

        return take_over

    def _packed(self) -> dict:
        params = {name: dict(zip(PARAM, self._param(name), strict=True)) for name in self.schedules}
        return {"params": json.dumps(params)}

    def _unpacked(self, state: Mapping) -> dict[str, tuple]:
        params = NAMED.checked("params", state["params"])
        return {name: _read_param(name, self._of_keys(param, PARAM), PARAM) for name, param in params.items()}

    def _param(self, name: str) -> tuple[str, list[float], list[float]]:
        bases = self.bases[name]
        groups = self.optimizer.param_groups[: len(bases)]
        return _to_state(self.schedules[name]), [*bases], [read(group, name) for group in groups]

    def _of_keys(self, state: Mapping, keys: Iterable[str]) -> Mapping:
        """A part of a state, if it has these keys and no other."""
        if not isinstance(state, Mapping):
            raise rules.refused("state", f"what {type(self).__name__}.state_dict gives", state)
        for difference, what in (set(keys) - set(state), "missing"), (set(state) - set(keys), "unknown"):
            if difference:
                listed = ", ".join(sorted(map(str, difference)))[:80]
                raise Refused(f"not a {type(self).__name__} state: {listed} {what}")
        return state

    def _alike(self, name: str, saved: Schedules) -> Schedules:
        """What was saved, or what is there where both are written alike: its class may be defined again."""
        own = self.schedules.get(name)
        return saved if own is None or _to_state(own) != _to_state(saved) else own

    def _chosen(self, saved: dict[str, Schedules], bases: dict[str, list[float]]) -> tuple[dict, dict]:
        """The schedules and bases to go on with; ValueError where they differ and that is an error."""
        now, own, groups = self.schedules, self.bases, self.optimizer.param_groups
        if (most := max(map(len, bases.values()))) > len(groups):
            raise Refused(
                f"the saved state has {most} parameter groups, the optimizer has {len(groups)}: add the "
                "missing groups before loading"
            )
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

    def _go_on(self, name: str, bases: Listing[float], values: list[float] | None = None) -> None:
        """Take over other bases, and write these values, or those that follow from the bases."""
        self.bases[name] = [float(base) for base in bases]
        for group, base in zip(self.optimizer.param_groups, self.bases[name], strict=False):
            group[f"initial_{name}"] = base
        self._write(name, self._values(name) if values is None else values)

    def _values(self, name: str) -> list[float]:
        """The values of the current step, one a parameter group; a group met first gives its base."""
        schedules, bases = self.schedules[name], self.bases[name]
        if len(bases) < len(self.optimizer.param_groups):
            with saying(type(self).__name__):
                _check_fit(self.optimizer.param_groups, {name: schedules})
                bases += noted_bases(self.optimizer, name)[len(bases) :]
        return self._products(name, bases, schedules, self.last_epoch)

    def _products(self, name: str, bases: Listing[float], schedules: Schedules, step: float) -> list[float]:
        """Base times multiplier at a step, one a group. ValueError where that is too large for a number."""
        step = step if step > 0 else 0
        if isinstance(schedules, tuple):
            return self._finite(name, [base * of(step) for base, of in zip(bases, schedules, strict=False)])
        multiplier = schedules(step)
        return self._finite(name, [base * multiplier for base in bases])

    def _finite(self, name: str, values: list[float]) -> list[float]:
        """Values that can be written; ValueError for a product that is none."""
        if all(map(math.isfinite, values)):
            return values
        what = f"{name} would be {shown(values)}: a base times a multiplier must be a finite number"
        raise Refused(what, type(self).__name__)

    def _adopt_new_groups(self) -> None:
        for name in self.schedules:
            known = len(self.bases[name])
            if len(self.optimizer.param_groups) > known and self.last_epoch >= 0:
                self._write(name, self._values(name), known)

    def _set_values(self) -> None:
        for name in self.schedules:
            self._write(name, self._values(name))

    def _write(self, name: str, values: list[float], first: int = 0) -> None:
        """Write values into the groups, from group number `first` on."""
        key, index = place(name)
        groups = self.optimizer.param_groups
        _, own = last_written(self._last_set, name, groups)
        for i, (group, value) in enumerate(zip(groups, values, strict=False)):
            if i >= first:
                group[key] = value if type(group[key]) is float else _fitted(group, key, index, value, own, i)
        self._last_set[name] = groups, values, own

    def _check_bases(self, groups: list[dict], last_epoch: int) -> None:
        for name in self.schedules:
            initial = f"initial_{name}"
            if last_epoch >= 0 and not all(initial in group for group in groups):
                raise KeyError(f"{initial!r} is in no parameter group: load the optimizer's state before")
            noted = [float(group.get(initial, read(group, name))) for group in groups]
            bases_of(name).checked(f"{name} of the groups", noted + [read(group, name) for group in groups])
            if name != "lr" and not any(noted):
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
        self, optimizer: Optimizer, schedule: Schedules, last_epoch: int = -1, on_mismatch: str = "error"
    ):
        super().__init__(optimizer, {"lr": schedule}, last_epoch, on_mismatch)

    @property
    def schedule(self) -> Schedules:
        """The schedule, or a tuple with that of each parameter group."""
        return self.schedules["lr"]

    def _packed(self) -> dict:
        return dict(zip(RATE, self._param("lr"), strict=True))

    def _unpacked(self, state: Mapping) -> dict[str, tuple]:
        return {"lr": _read_param("lr", state, RATE)}


def _whole(least: int, more: str = "") -> Rule:
    """The rule for a whole number of any kind, tensors too; not for 3.0, which might be a loss."""

    def convert(given) -> int:
        if isinstance(given, bool) or not least <= operator.index(given) <= rules.MOST:
            raise ValueError
        return operator.index(given)

    return Rule(f"a whole number of steps {least}..2**53{more}", convert)


STEP = _whole(0, ", or nothing (tell a loss or an accuracy by FeedbackLR.report)")
TO = Rule("a number 0..2**53", rules.within(0, rules.MOST))


def _fitted(group: dict, key: str, index: int | None, value: float, own: dict[int, Tensor], i: int):
    """What group number i holds under a key once a value is written where a tensor or a tuple is."""
    held = at(group, key, index)
    if isinstance(held, Tensor):  # that others may hold too: groups, optimizers, the next trial
        value = own[i] = (held if held is own.get(i) else held.clone()).fill_(value)
    return value if index is None else (*group[key][:index], value, *group[key][index + 1 :])


def _check_fit(groups: list[dict], schedules: dict[str, Schedules]) -> None:
    for name, given in schedules.items():
        for group in groups:
            if name in group and group[name] is None:
                raise Refused(f"{name} is None, and the optimizer chooses it itself: give it a number")
            if name not in names(group):
                raise Refused(unknown("hyper-parameter", name, names(group)))
        refuse_multiplied(groups, name)
        if isinstance(given, tuple) and len(given) != len(groups):
            raise Refused(f"{name} has {len(given)} schedules for {len(groups)} parameter groups")


def _schedules(who: str, name: str, given) -> Schedules:
    several = given if isinstance(given, list | tuple) else [given]
    if not all(isinstance(each, Schedule) for each in several):
        allowed = "an lrlib Schedule, or a list of them"
        raise TypeError(f"{who}: schedule of {name} must be {allowed}, got {shown(given)}")
    return given if isinstance(given, Schedule) else tuple(given)


def _to_state(schedules: Schedules) -> str:
    """One string, which checkpoints that flatten dicts and fill the keys of the new run cannot mix up."""
    one = isinstance(schedules, Schedule)
    return schedules.to_json() if one else json.dumps([each.to_dict() for each in schedules])


def _read_param(name: str, state: Mapping, keys: tuple[str, str, str]) -> tuple:
    """What a state holds of a hyper-parameter, checked: schedules, bases, values."""
    rules_of_keys = SAVED, bases_of(name), VALUES
    found = tuple(rule.checked(key, state[key]) for key, rule in zip(keys, rules_of_keys, strict=True))
    if len({len(by_group) for by_group in found if isinstance(by_group, tuple)}) > 1:
        raise Refused(f"{', '.join(keys)} of {name} are not of one length: each has one entry a group")
    return found


def unwrapped(state: str | dict | list) -> dict | list:
    """What a string of a state holds; states were once not strings. ValueError for what is no JSON."""
    try:
        return json.loads(state) if isinstance(state, str) else state
    except RecursionError:
        raise ValueError from None


def _from_state(state: str | dict | list) -> Schedules:
    data = unwrapped(state)
    if isinstance(data, list):
        return tuple(map(Schedule.from_dict, data))
    fields = {"version": 1, **data}
    if (version := fields.pop("version")) != 1:
        raise Refused(f"the state holds a schedule of version {shown(version)}, and version 1 is read here")
    return Schedule.from_dict(fields)


SAVED = Rule("a schedule as state_dict writes it, or a list of them", _from_state)
VALUES = Rule("a list of finite numbers, one a group", rules.each(rules.rule_of(float).convert))
_named = rules.such_that(unwrapped, lambda params: isinstance(params, Mapping) and len(params))
NAMED = Rule("hyper-parameters by name, as state_dict writes them", _named)
CLOCK = {
    "last_epoch": Rule("-1, or a number of steps >= 0", rules.such_that(
        rules.within(-1, rules.MOST), lambda steps: steps == -1 or steps >= 0)),
    "_step_count": rules.whole(0, of="steps"),
}  # fmt: skip


def _shown(schedules: dict[str, Schedules], bases: dict[str, list[float]]) -> str:
    return "; ".join(f"{name}: {given} from {bases[name]}" for name, given in schedules.items())
