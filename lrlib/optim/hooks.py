"""What is called around an update: where to hook into an optimizer, and into one that only wraps another."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import torch

TESTED = ("2.0.1", "2.14.1")  # the oldest and the newest torch that `make torches` runs the tests with


def innermost(optimizer):
    """The optimizer that changes the weights: the given one, or one with the same groups that it holds."""
    for inner in vars(optimizer).values():
        known = isinstance(inner, torch.optim.Optimizer) and inner is not optimizer
        if known and [*map(id, inner.param_groups)] == [*map(id, optimizer.param_groups)]:
            return innermost(inner)
    return optimizer


def before_update(optimizer, owner: object, act: Callable[[object], None]) -> None:
    """Call `act(owner)` before every update while the owner lives; the hook does not keep it alive."""
    living = weakref.ref(owner)

    def hook(optimizer, args, kwargs) -> None:
        if (alive := living()) is not None:
            act(alive)

    with _known_surface(optimizer) as inner:
        handle = inner.register_step_pre_hook(hook)
    weakref.finalize(owner, handle.remove).atexit = False


def around_update(optimizer, before: Callable[[list[dict]], None], after: Callable[[list[dict]], None]):
    """Call both with the groups at every update, `after` before any other hook; the exit that removes them.

    An update that was skipped inside, as fused ones do when a GradScaler found an overflow, is none. One
    whose `step` calls that of its parent is one, though torch may call the hooks for both.
    """

    def hook(stepped, args, kwargs) -> None:
        found = getattr(stepped, "found_inf", getattr(optimizer, "found_inf", None))
        if (found is None or not float(found)) and not _inside_another(stepped, sys._getframe(1)):
            after(stepped.param_groups)

    removal = ExitStack()
    with _known_surface(optimizer) as inner:
        move = inner._optimizer_step_post_hooks.move_to_end  # torch has no public way to come first
        first = inner.register_step_post_hook(hook)
        removal.callback(first.remove)
        removal.callback(
            inner.register_step_pre_hook(lambda it, args, kwargs: before(it.param_groups)).remove
        )
    move(first.id, last=False)
    return removal


def _inside_another(optimizer, step: FrameType) -> bool:
    """Whether a step that torch calls hooks for was called by another one of the same optimizer."""
    outer = step.f_back
    while outer and not (outer.f_code is step.f_code and outer.f_locals.get("self") is optimizer):
        outer = outer.f_back
    return outer is not None


@contextmanager
def _known_surface(optimizer) -> Iterator:
    inner = innermost(optimizer)
    try:
        if not type(inner).step.hooked:  # as that of a class that never calls torch's constructor
            raise AttributeError
        yield inner
    except AttributeError:
        raise TypeError(
            f"{type(inner).__name__} of torch {torch.__version__} has not the hooks around its step that "
            f"optimizers of torch {TESTED[0]} to {TESTED[1]} have: if it wraps another, pass that one"
        ) from None
