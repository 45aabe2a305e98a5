"""The batched engine: many models of one task trained as one program, chunk by chunk.

The parameters of a chunk are stacked on two leading axes, (seeds, runs). All runs of one seed see the same
batch, which turns the first layer of all of them into a single matrix product. The loss of a chunk is the
sum over its models; each model's weights appear in its own term only, so the gradient of the sum holds the
gradient of every model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from functools import cached_property
from types import FunctionType

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap

from lrlib.rules import Refused
from lrlib.tasks import Task
from lrlib.train.observed import rates_used, unit_change
from lrlib.train.plan import Plan, evaluation_steps
from lrlib.train.updates import OPTIMIZERS, Optimizer, clipped

HELDOUT_ROWS = 256
HOPELESS = 100
LOOKS = 3  # besides the first two updates


class Engine:
    """Trains the chunks of a plan. Raises ValueError for a model whose layers cannot be stacked."""

    def __init__(self, plan: Plan):
        self.plan = plan
        refuse_state(plan.template)

    @cached_property
    def _update(self) -> Callable:
        update = _update(self._gradients, self.plan.optimizer, self.plan.clip_norm)
        if not self.plan.compile:
            return update
        # code of its own: torch.compile gives up on code that was compiled for several engines
        code = update.__code__.replace()
        own = FunctionType(code, update.__globals__, update.__name__, closure=update.__closure__)
        return torch.compile(own, dynamic=False)

    @torch.enable_grad()
    def train(self, chunk: int, tick: Callable[[int], object] = bool) -> dict[str, np.ndarray]:
        """Train one chunk: used (runs, steps), train_loss (runs, seeds, steps), heldout_loss (…, E).

        `tick` is told, after each evaluation, how many runs' work was done since the last.
        """
        plan, (of_seeds, of_runs) = self.plan, self.plan.chunks[chunk]
        seeds, rates = plan.seeds[of_seeds], torch.from_numpy(plan.rates(of_runs))
        rates = rates.to(plan.device, getattr(torch, plan.dtype))
        weights = stacked([plan.cast.model(seed) for seed in seeds], len(rates))
        batches = [plan.cast.batches(seed, plan.steps) for seed in seeds]
        used = torch.empty_like(rates)
        train_loss = rates.new_empty((plan.steps, len(seeds), len(rates)))
        heldout_loss = rates.new_empty((len(plan.when), len(seeds), len(rates)))
        with one_thread():
            self._refuse_unlike(weights, [b[0] for b in batches], seeds)
            evaluation, done = 0, [0, *(len(seeds) * len(rates) * plan.when // plan.steps).tolist()]
            for t, (read, losses) in enumerate(self._updates(weights, batches, rates)):
                used[:, t], train_loss[t] = read, losses
                if t + 1 == plan.when[evaluation]:
                    heldout_loss[evaluation] = self._heldout(weights)
                    evaluation += 1
                    tick(done[evaluation] - done[evaluation - 1])
        return {
            "used": used.double().cpu().numpy(),
            "train_loss": train_loss.double().cpu().numpy().transpose(2, 1, 0),
            "heldout_loss": heldout_loss.double().cpu().numpy().transpose(2, 1, 0),
        }

    def _updates(self, weights: dict[str, Tensor], batches: list, rates: Tensor) -> Iterator[tuple]:
        """Make one update after the other, in place; yields the rates that were used and the losses.

        Some updates are looked at: what rate they used is seen in the weights, and where it is not what was
        handed to them, those up to the next look count as off by the same factor.
        """
        slots = range(self.plan.optimizer.slots)
        memory = {k: [torch.zeros_like(weights[k]) for _ in slots] for k in self._moving}
        off = torch.ones_like(rates[:, 0])
        with ExitStack() as stack:
            for t in range(self.plan.steps):
                if t == 1 and self.plan.compile:
                    stack.enter_context(torch.compiler.set_stance("default", skip_guard_eval_unsafe=True))
                inputs, targets = _together(b[t] for b in batches)
                count = torch.tensor(t + 1.0, dtype=torch.float64)
                now = rates[:, t].clone()
                if looked := t in self._looks:
                    before = {name: weights[name].clone() for name in self._moving}
                    unit = self._unit_change(weights, memory, inputs, targets, t)
                losses = self._update(weights, memory, inputs, targets, now, count)
                used = rates_used(rates[:, t], before, weights, unit) if looked else off * rates[:, t]
                off = torch.where(rates[:, t] == 0, off, used / rates[:, t])
                yield used, losses

    @cached_property
    def _looks(self) -> set[int]:
        """The updates of which the rate is seen; none with an optimizer that torch's own cannot vouch for."""
        known = type(self.plan.optimizer) in OPTIMIZERS.values()
        return {0, 1, *(evaluation_steps(self.plan.steps, LOOKS) - 1).tolist()} if known else set()

    def _unit_change(self, weights, memory, inputs, targets, t: int) -> dict[str, Tensor]:
        grads, _ = self._gradients(weights, inputs, targets)
        if self.plan.clip_norm < float("inf"):
            grads = clipped(grads, self.plan.clip_norm)
        return unit_change(self.plan.optimizer, weights, memory, grads, t)

    @torch.no_grad()
    def _heldout(self, weights: dict[str, Tensor]) -> Tensor:
        """Held-out loss of every model, in pieces whose memory does not grow with the held-out set."""
        shared, each = (0, None, None), next(iter(weights.values())).shape[:2]
        if self._shares_targets:
            losses = vmap(vmap(self._loss, shared, chunk_size=self._at_once), shared)
            return sum(losses(weights, x, y) * share for x, y, share in self._pieces)
        losses = vmap(vmap(self._loss, (0, None, 0), chunk_size=self._at_once), (0, None, 0))
        return sum(losses(weights, x, y.expand(*each, *y.shape)) * share for x, y, share in self._pieces)

    @cached_property
    def _pieces(self) -> list[tuple[Tensor, Tensor, float]]:
        return heldout_pieces(self.plan.cast, self.plan.seeds[0])

    @cached_property
    def _gradients(self) -> Callable:
        """(weights, inputs, targets) -> gradients of the parameters that move, and losses, of every model."""
        losses = self._losses(self._shares_targets)
        return (_traced if self.plan.compile else _recorded)(losses, self._moving)

    def _losses(self, shared: bool) -> Callable:
        """(weights, inputs, targets) -> losses (seeds, runs), targets shared by the runs of a seed or not."""
        dims = (0, None, None if shared else 0)
        losses = vmap(vmap(self._loss, dims, chunk_size=self._at_once), chunk_size=self._at_once)
        if shared:
            return losses

        def apart(weights, inputs, targets):
            runs = next(iter(weights.values())).shape[1]
            return losses(weights, inputs, targets[:, None].expand(-1, runs, *targets.shape[1:]))

        return apart

    @cached_property
    def _shares_targets(self) -> bool:
        """Whether runs may share targets: torch's squared and Huber losses fail under vmap when they do."""
        task, seed = self.plan.cast, self.plan.seeds[0]
        weights = stacked([task.model(seed)] * 2, 3)
        batch = list(_together([task.batches(seed, 1)[0]] * 2))
        try:
            one, other = (self._losses(shared)(weights, *batch) for shared in (True, False))
        except RuntimeError:
            return False
        return _close(one, other, float(other.abs().max()))

    @cached_property
    def _moving(self) -> tuple[str, ...]:
        """Names of the parameters that are trained: not frozen, and with a part in the loss."""
        task, seed = self.plan.cast, self.plan.seeds[0]
        return tuple(_alone(task, task.model(seed), task.batches(seed, 1)[0])[1])

    def _refuse_unlike(self, weights: dict[str, Tensor], batches: list, seeds: tuple[int, ...]) -> None:
        """ValueError unless the first and last model of a chunk do together what they do alone.

        Compared are loss and gradients on the first batch: what a layer keeps to itself shows there.
        """
        task, kind = self.plan.cast, type(self.plan.template).__name__
        try:
            inputs, targets = _together(batches)
            grads, losses = self._gradients(weights, inputs, targets)
        except RuntimeError as error:
            raise Refused(f"{kind} cannot be stacked ({str(error).splitlines()[0]}); use train.run") from None
        for n in {0, len(seeds) - 1}:
            model = task.model(seeds[n])
            state = {name: b.clone() for name, b in model.named_buffers()}
            loss, alone = _alone(task, model, batches[n])
            scale = max(float(g.abs().max()) for g in alone.values())
            unlike = ["the loss"] * (not _close(losses[n], loss.expand_as(losses[n]), float(loss.abs())))
            unlike += [
                k
                for k, g in alone.items()
                if k not in grads or not _close(grads[k][n], g.expand_as(grads[k][n]), scale)
            ]
            unlike += [k for k, b in model.named_buffers() if not torch.equal(state[k], b)]
            if unlike:
                raise Refused(
                    f"{kind} cannot be stacked: {unlike[0]} of seed {seeds[n]} is not what it is alone. "
                    "Buffers or attributes that depend on the seed, state changed by a call and hooks cannot "
                    "be stacked; use train.run"
                )

    @property
    def _at_once(self) -> int | None:
        return 1 if self.plan.one_at_a_time else None

    @cached_property
    def _loss(self) -> Callable:
        template, task = features_first(self.plan.cast.model(self.plan.seeds[0])), self.plan.task

        def loss(params, inputs, targets):
            return task.loss(functional_call(template, params, (inputs,)), targets)

        return loss


def _update(gradients: Callable, optimizer: Optimizer, clip_norm: float) -> Callable:
    """One update of a whole chunk: gradients, clipping, the optimizer; returns the losses."""

    def update(weights, memory, inputs, targets, rates, count):
        grads, each = gradients(weights, inputs, targets)
        if clip_norm < float("inf"):
            grads = clipped(grads, clip_norm)
        for name, gradient in grads.items():
            rate = rates.reshape(1, -1, *[1] * (gradient.ndim - 2))
            optimizer.update(weights[name], gradient, memory[name], rate, count)
        return each

    return update


def _together(batches) -> Iterator[Tensor]:
    """Inputs, and targets, of several batches, each stacked along a new first axis."""
    return (torch.stack(part) for part in zip(*batches, strict=True))


def _recorded(losses: Callable, moving: tuple[str, ...]) -> Callable:
    """Gradients of every model and its loss, by the tape of torch.autograd: the faster way when eager."""

    def gradients(weights, inputs, targets):
        leaves = {name: weights[name].detach().requires_grad_() for name in moving}
        each = losses({**weights, **leaves}, inputs, targets)
        grads = torch.autograd.grad(each.sum(), list(leaves.values()))
        return dict(zip(moving, grads, strict=True)), each.detach()

    return gradients


def _traced(losses: Callable, moving: tuple[str, ...]) -> Callable:
    """The same by torch.func, which torch.compile turns into one program."""

    def total(leaves, weights, inputs, targets):
        each = losses({**weights, **leaves}, inputs, targets)
        return each.sum(), each

    gradients = grad(total, has_aux=True)
    return lambda weights, inputs, targets: gradients(
        {name: weights[name] for name in moving}, weights, inputs, targets
    )


def _alone(task: Task, model: nn.Module, batch: tuple) -> tuple[Tensor, dict[str, Tensor]]:
    """Loss and gradients of one model by plain autograd; without parameters that have no gradient."""
    inputs, targets = batch
    moving = {name: p for name, p in model.named_parameters() if p.requires_grad}
    loss = task.loss(model(inputs), targets)
    grads = torch.autograd.grad(loss, list(moving.values()), allow_unused=True)
    return loss.detach(), {k: g for k, g in zip(moving, grads, strict=True) if g is not None}


def _close(a: Tensor, b: Tensor, scale: float) -> bool:
    tolerance = 1e-9 if b.dtype == torch.float64 else 1e-3
    return torch.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True)


@torch.no_grad()
def heldout_pieces(task: Task, seed: int) -> list[tuple[Tensor, Tensor, float]]:
    """Held-out data in pieces of at most 256 rows, each with its share of all rows.

    In one piece where the loss of all rows is not the mean of the pieces' losses, as with class weights, rows
    that are ignored, or batch statistics; tried on a model that answers differently to every row.
    """
    inputs, targets = task.heldout
    rows = zip(inputs.split(HELDOUT_ROWS), targets.split(HELDOUT_ROWS), strict=True)
    pieces = [(x, y, len(x) / len(inputs)) for x, y in rows]
    model, random = deepcopy(task.model(seed)), torch.Generator().manual_seed(0)
    for p in model.parameters():
        p += 0.1 * torch.randn(p.shape, generator=random, dtype=p.dtype).to(p.device)
    whole = task.loss(model(inputs), targets)
    mean = sum(task.loss(model(x), y) * share for x, y, share in pieces)
    return pieces if _close(mean, whole, float(whole.abs())) else [(inputs, targets, 1.0)]


def stacked(models: list[nn.Module], n_runs: int) -> dict[str, Tensor]:
    """The parameters of one model a seed, copied for every run: name -> (seeds, runs, *parameter)."""
    weights, _ = stack_module_state(models)
    return {k: w.detach()[:, None].repeat_interleave(n_runs, dim=1) for k, w in weights.items()}


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
            raise Refused(
                f"{kind} keeps running statistics and cannot be stacked; use GroupNorm or LayerNorm"
            )
        if getattr(layer, "padding_idx", None) is not None:
            raise Refused(f"{kind} has padding_idx, which would be trained; train it with train.run")
        if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
            raise Refused(f"{kind} is recurrent and cannot be stacked; train it with train.run")
        if isinstance(layer, nn.modules.dropout._DropoutNd) and layer.p > 0:
            raise Refused(f"{kind} draws random numbers that no seed names; set its p to 0")


def blew_up(train_loss: np.ndarray, heldout_loss: np.ndarray, guess: float) -> np.ndarray:
    """Whether a run diverged, shape (...,) from its losses (..., steps) and (..., evaluations).

    It did when any loss is not finite, or when the last held-out loss is above a hundred times the loss of
    a constant guess.
    """
    finite = np.isfinite(train_loss).all(axis=-1) & np.isfinite(heldout_loss).all(axis=-1)
    return ~finite | (heldout_loss[..., -1] > HOPELESS * guess)


@contextmanager
def one_thread() -> Iterator[None]:
    """Small matrices gain nothing from more threads, and one thread gives the same digits everywhere."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
