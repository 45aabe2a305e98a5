"""The batched engine: many models of one task trained as one program, chunk by chunk.

The parameters of a chunk are stacked on two leading axes, (seeds, runs). All runs of one seed see the same
batch, which turns the first layer of all of them into a single matrix product. The loss of a chunk is the
sum over its models; each model's weights appear in its own term only, so the gradient of the sum holds the
gradient of every model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from copy import deepcopy
from functools import cached_property, partial
from types import FunctionType

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap

from lrlib.rules import Refused
from lrlib.tasks import Task
from lrlib.tasks.draws import ALONE
from lrlib.train.observed import rates_used, unit_change
from lrlib.train.permodel import Models
from lrlib.train.plan import Plan, evaluation_steps
from lrlib.train.updates import OPTIMIZERS, clipped

HELDOUT_ROWS = 256
TICKS = 20  # how often the progress of a chunk is told
HOPELESS = 100
LOSS = "the loss"  # stands among the names of parameters


class Engine:
    """Trains the chunks of a plan. Raises ValueError for a model whose layers cannot be stacked."""

    def __init__(self, plan: Plan):
        self.plan = plan
        refuse_state(plan.template)

    def train(self, chunk: int, tick: Callable[[int], object] = bool) -> dict[str, np.ndarray]:
        """Train one chunk: used (runs, steps), train_loss (runs, seeds, steps), heldout_loss and _right (…).

        With an optimizer for each model effective, (runs, seeds, steps), too.
        `tick` is told, about twenty times, how many runs' work was done since the last.
        """
        with alone():
            curves = self._trained(chunk, tick)
        curves = {name: torch.stack(each, -1).double().cpu() for name, each in curves.items() if each}
        used = curves.pop("used").numpy()
        curves = {name: curve.transpose(0, 1).contiguous().numpy() for name, curve in curves.items()}
        heldout = np.moveaxis(curves.pop("heldout"), 2, 0)
        return {"used": used, **curves, "heldout_loss": heldout[0], "heldout_right": heldout[1]}

    def _trained(self, chunk: int, tick: Callable[[int], object]) -> dict[str, list]:
        """Rates used and losses, update by update, and both held-out figures after each evaluation."""
        plan = self.plan
        seeds = [plan.seeds[n] for n in plan.chunks[chunk][2].flat]
        rates = torch.from_numpy(plan.rates(chunk)).to(plan.device, getattr(torch, plan.dtype))
        weights, _ = stack_module_state([plan.cast.model(seed) for seed in seeds])
        weights = {k: w.detach()[:, None].repeat_interleave(len(rates), dim=1) for k, w in weights.items()}
        batches = [plan.cast.batches(seed, plan.steps) for seed in seeds]
        ticks = evaluation_steps(plan.steps, TICKS)
        done = iter(np.diff(len(seeds) * len(rates) * ticks // plan.steps, prepend=0).tolist())
        found = {name: [] for name in ("used", "effective", "train_loss", "heldout")}
        base_lrs = np.array(plan.base_lrs)[plan.chunks[chunk][1][:, 0]].tolist()
        updates = partial(self._one_by_one, base_lrs) if plan.per_model else self._updates
        self._refuse_unlike(weights, [b[0] for b in batches], seeds)
        pieces = heldout_pieces(plan.cast, plan.seeds[0])
        for t, seen in enumerate(updates(weights, batches, rates)):
            for name, values in seen.items():
                found[name].append(values)
            if t + 1 in plan.when:
                found["heldout"].append(self._heldout(weights, pieces))
            if t + 1 in ticks:
                tick(next(done))
        return found

    def _updates(self, weights: dict[str, Tensor], batches: list, rates: Tensor) -> Iterator[dict]:
        """Make one update after the other, in place; yields the rates that were used and the losses.

        Some updates are looked at: what rate they used is seen in the weights, and where it is not what was
        handed to them, those up to the next look count as off by the same factor. None is looked at with an
        optimizer that torch's own cannot vouch for.
        """
        optimizer = self.plan.optimizer
        memory = {k: [torch.zeros_like(weights[k]) for _ in range(optimizer.slots)] for k in self._moving}
        off, known = torch.ones_like(rates[:, 0]), type(optimizer) in OPTIMIZERS.values()
        with ExitStack() as stack:
            for t in range(self.plan.steps):
                if t == 1 and self.plan.compile:
                    stack.enter_context(torch.compiler.set_stance("default", skip_guard_eval_unsafe=True))
                inputs, targets = _together(b[t] for b in batches)
                count = torch.tensor(t + 1.0, dtype=torch.float64)
                now = rates[:, t].clone()
                if looked := known and t in self.plan.looks:
                    before = {name: weights[name].clone() for name in self._moving}
                    grads, _ = self._clipped_gradients(weights, inputs, targets)
                    unit = unit_change(optimizer, weights, memory, grads, t)
                losses = self._update(weights, memory, inputs, targets, now, count)
                used = rates_used(rates[:, t], before, weights, unit) if looked else off * rates[:, t]
                off = torch.where(rates[:, t] == 0, off, used / rates[:, t])
                yield {"used": used, "train_loss": losses}

    def _one_by_one(self, base_lrs: list, weights: dict, batches: list, rates: Tensor) -> Iterator[dict]:
        """The same with an optimizer for each model, told when the weights are to be judged."""
        models = Models(self.plan.optimizer, {name: weights[name] for name in self._moving}, base_lrs)
        for t in range(self.plan.steps):
            batch = [*_together(b[t] for b in batches)]
            again = partial(self._gradients_of, weights, batch)
            grads, losses = self._clipped_gradients(weights, *batch)
            effective = models.step(grads, losses, rates[:, t].tolist(), again)
            with models.evaluated() if t + 1 in self.plan.when else nullcontext():
                yield {"used": rates[:, t], "effective": effective, "train_loss": losses}

    def _gradients_of(self, weights: dict[str, Tensor], batch: list, n: int, r: int) -> tuple[dict, Tensor]:
        """Gradients and loss of one model of a chunk, at its weights as they are."""
        one = {name: each[n : n + 1, r : r + 1] for name, each in weights.items()}
        with torch.enable_grad():
            grads, loss = self._clipped_gradients(one, *(part[n : n + 1] for part in batch))
        return {name: each[0, 0] for name, each in grads.items()}, loss[0, 0]

    def _clipped_gradients(self, weights, inputs, targets) -> tuple[dict[str, Tensor], Tensor]:
        grads, losses = self._gradients(weights, inputs, targets)
        return clipped(grads, self.plan.clip_norm), losses

    @torch.no_grad()
    def _heldout(self, weights: dict[str, Tensor], pieces: list) -> Tensor:
        """Held-out loss and share right of every model, (seeds, runs, 2), nan where the task has no `right`.

        In pieces whose memory does not grow with the held-out set.
        """
        return sum(self._judged(weights, x, y[None], None) * share for x, y, share in pieces)

    @cached_property
    def _update(self) -> Callable:
        """One update of a whole chunk: gradients, clipping, the optimizer; returns the losses."""
        gradients, optimizer, clip_norm = self._gradients, self.plan.optimizer, self.plan.clip_norm

        def update(weights, memory, inputs, targets, rates, count):
            grads, each = gradients(weights, inputs, targets)
            for name, gradient in clipped(grads, clip_norm).items():
                rate = rates.reshape(1, -1, *[1] * (gradient.ndim - 2))
                optimizer.update(weights[name], gradient, memory[name], rate, count)
            return each

        if not self.plan.compile:
            return update
        # code of its own: torch.compile gives up on code that was compiled for several engines
        code = update.__code__.replace()
        own = FunctionType(code, update.__globals__, update.__name__, closure=update.__closure__)
        return torch.compile(own, dynamic=False)

    @cached_property
    def _gradients(self) -> Callable:
        """(weights, inputs, targets) -> gradients of the parameters that move, and losses, of every model.

        By the tape of torch.autograd, the faster way when eager; or by torch.func, which torch.compile turns
        into one program.
        """
        losses, moving = self._losses, self._moving

        def total(leaves, weights, inputs, targets):
            each = losses({**weights, **leaves}, inputs, targets)
            return each.sum(), each

        def traced(weights, inputs, targets):
            return grad(total, has_aux=True)({k: weights[k] for k in moving}, weights, inputs, targets)

        def recorded(weights, inputs, targets):
            leaves = {name: weights[name].detach().requires_grad_() for name in moving}
            whole, each = total(leaves, weights, inputs, targets)
            grads = torch.autograd.grad(whole, list(leaves.values()))
            return dict(zip(moving, grads, strict=True)), each.detach()

        return traced if self.plan.compile else recorded

    @cached_property
    def _losses(self) -> Callable:
        return self._of_every_model(self.plan.cast.loss)

    @cached_property
    def _judged(self) -> Callable:
        task = self.plan.cast

        def figures(outputs, targets):
            loss = task.loss(outputs, targets)
            return torch.stack([loss, task.right(outputs, targets) if task.right else loss * float("nan")])

        return self._of_every_model(figures)

    def _of_every_model(self, figure: Callable) -> Callable:
        """(weights, inputs, targets) -> figure(outputs, targets) of every model, (seeds, runs, ...).

        inputs, targets: (seeds, rows, ...). axis: None where all seeds share the inputs. Each model has a
        view of the targets for itself, because torch's squared and Huber losses fail under vmap where models
        share them.
        """
        at_once = 1 if self.plan.one_at_a_time else None
        template = features_first(self.plan.cast.model(self.plan.seeds[0]))

        def one(params, inputs, targets):
            return figure(functional_call(template, params, (inputs,)), targets)

        def every(weights, inputs, targets, axis=0):
            each = vmap(one, (0, None, 0), chunk_size=at_once)
            models = next(iter(weights.values())).shape[:2]
            targets = targets[:, None].expand(*models, *targets.shape[1:])
            return vmap(each, (0, axis, 0), chunk_size=at_once)(weights, inputs, targets)

        return every

    @cached_property
    def _moving(self) -> tuple[str, ...]:
        """Names of the parameters that are trained: not frozen, and with a part in the loss."""
        batch = self.plan.cast.batches(self.plan.seeds[0], 1)[0]
        _, *moving = _alone(self.plan.cast, self.plan.seeds[0], batch)[0]
        return tuple(moving)

    def _refuse_unlike(self, weights: dict[str, Tensor], batches: list, seeds: list[int]) -> None:
        """ValueError unless the first and last model of a chunk do together what they do alone.

        Compared are loss and gradients on the first batch: what a layer keeps to itself shows there.
        """
        kind = type(self.plan.template).__name__
        try:
            grads, losses = self._gradients(weights, *_together(batches))
            each = {n: _alone(self.plan.cast, seeds[n], batches[n]) for n in (0, len(seeds) - 1)}
        except RuntimeError as error:
            raise Refused(f"{kind} cannot be stacked ({str(error).splitlines()[0]}); use train.run") from None
        together = {LOSS: losses, **grads}
        for n, (alone, changed) in each.items():
            scale = max(float(g.abs().max()) for name, g in alone.items() if name != LOSS)
            for name, one in alone.items():
                size, ours = float(one.abs()) if name == LOSS else scale, together.get(name)
                if ours is None or not _close(ours[n], one.expand_as(ours[n]), size):
                    changed.append(name)
            if changed:
                raise Refused(
                    f"{kind} cannot be stacked: {changed[0]} of seed {seeds[n]} is not what it is alone. "
                    "Buffers or attributes that depend on the seed, state changed by a call and hooks cannot "
                    "be stacked; use train.run"
                )


def _together(batches) -> Iterator[Tensor]:
    """Inputs, and targets, of several batches, each stacked along a new first axis."""
    return (torch.stack(part) for part in zip(*batches, strict=True))


def _alone(task: Task, seed: int, batch: tuple) -> tuple[dict[str, Tensor], list[str]]:
    """Loss and gradients of one model by plain autograd, and the names of buffers that this changed.

    Parameters without a gradient are left out.
    """
    model, (inputs, targets) = task.model(seed), batch
    before = {name: b.clone() for name, b in model.named_buffers()}
    moving = {name: p for name, p in model.named_parameters() if p.requires_grad}
    loss = task.loss(model(inputs), targets)
    grads = torch.autograd.grad(loss, list(moving.values()), allow_unused=True)
    named = zip((LOSS, *moving), (loss.detach(), *grads), strict=True)
    changed = [name for name, b in model.named_buffers() if not torch.equal(before[name], b)]
    return {name: g for name, g in named if g is not None}, changed


def _close(a: Tensor, b: Tensor, scale: float) -> bool:
    tolerance, scale = 1e-9 if b.dtype == torch.float64 else 1e-3, scale if np.isfinite(scale) else 0.0
    near = {"rtol": tolerance, "atol": tolerance * scale, "equal_nan": True}
    return a.dtype == b.dtype and torch.allclose(a, b, **near)


@torch.no_grad()
def heldout_pieces(task: Task, seed: int) -> list[tuple[Tensor, Tensor, float]]:
    """Held-out data in pieces of at most 256 rows, each with its share of all rows.

    In one piece where the loss of all rows is not finite, or not the mean of the pieces' losses, as with
    class weights, rows that are ignored, or batch statistics; tried on a model that answers differently to
    every row.
    """
    inputs, targets = task.heldout
    rows = zip(inputs.split(HELDOUT_ROWS), targets.split(HELDOUT_ROWS), strict=True)
    pieces = [(x, y, len(x) / len(inputs)) for x, y in rows]
    model, random = deepcopy(task.model(seed)), torch.Generator().manual_seed(0)
    for p in model.parameters():
        p += 0.1 * torch.randn(p.shape, generator=random, dtype=p.dtype).to(p.device)
    whole = task.loss(model(inputs), targets)
    mean = sum(task.loss(model(x), y) * share for x, y, share in pieces)
    agree = whole.isfinite() and _close(mean, whole, float(whole.abs()))
    return pieces if agree else [(inputs, targets, 1.0)]


class FeaturesFirst(nn.Linear):
    """A linear layer computed as (W x^T)^T: batched matrix products with few outputs are faster that way."""

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim != 2:
            return super().forward(x)
        product = self.weight @ x.T
        return (product if self.bias is None else product + self.bias[:, None]).T


def features_first(model: nn.Module) -> nn.Module:
    """A copy of the model with its plain linear layers computed features first; the same function."""
    model = deepcopy(model)
    for layer in model.modules():
        if type(layer) is nn.Linear:
            layer.__class__ = FeaturesFirst
    return model


def refuse_state(model: nn.Module) -> None:
    """ValueError for a layer whose result depends on more than parameters and inputs."""
    for name, layer in model.named_modules():
        kind = f"{type(layer).__name__} {name!r}" if name else type(layer).__name__
        if getattr(layer, "track_running_stats", False):
            raise Refused(f"{kind} keeps running statistics, cannot be stacked; use GroupNorm or LayerNorm")
        if getattr(layer, "padding_idx", None) is not None:
            raise Refused(f"{kind} has padding_idx, which would be trained; train it with train.run")
        if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
            raise Refused(f"{kind} is recurrent and cannot be stacked; train it with train.run")


def blew_up(train_loss: np.ndarray, heldout_loss: np.ndarray, guess: float) -> np.ndarray:
    """Whether a run diverged, shape (...,) from its losses (..., steps) and (..., evaluations).

    It did when any loss is not finite, or when the last held-out loss is above a hundred times the loss of
    a constant guess; above a guess that is negative, by 99 times its size.
    """
    finite = np.isfinite(train_loss).all(axis=-1) & np.isfinite(heldout_loss).all(axis=-1)
    return ~finite | (heldout_loss[..., -1] > guess + (HOPELESS - 1) * abs(guess))


@contextmanager
def alone() -> Iterator[None]:
    """One thread of a process trains at a time, and torch is afterwards as it was set.

    Small matrices gain nothing from more threads, and one thread gives the same digits everywhere. Whether
    gradients or lower precision are on outside changes nothing.
    """
    with ALONE, torch.inference_mode(False), torch.enable_grad(), torch.autocast("cpu", enabled=False):
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)
