"""Many models of one task as one program, on stacked weights; and why some models cannot be stacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from lrlib.rules import Refused
from lrlib.tasks import Task
from lrlib.train.alone import alone
from lrlib.train.judging import close, figures, looked_at

if TYPE_CHECKING:
    from lrlib.train.plan import Plan

LOSS, JUDGED = "the loss", "the held-out loss"  # stand among the names of parameters


class Stacked:
    """Losses and gradients of all models of a plan that are trained together.

    weights: name -> (seeds, runs, *parameter). inputs, targets: (seeds, rows, ...).
    """

    def __init__(self, plan: Plan):
        self.plan = plan

    def weights(self, seeds: Sequence[int], runs: int) -> dict[str, Tensor]:
        """First weights of every model; those of a seed are the same in all its runs."""
        weights, _ = stack_module_state([self.plan.cast.model(seed) for seed in seeds])
        return {k: w.detach()[:, None].repeat_interleave(runs, dim=1) for k, w in weights.items()}

    def gradients(self, weights: dict, inputs: Tensor, targets: Tensor) -> tuple[dict, Tensor]:
        """Gradients of the parameters that move, and losses, of every model."""
        leaves = {name: weights[name].detach().requires_grad_() for name in self.moving}
        each = self.losses({**weights, **leaves}, inputs, targets)
        grads = torch.autograd.grad(each.sum(), list(leaves.values()))
        return dict(zip(self.moving, grads, strict=True)), each.detach()

    @cached_property
    def losses(self) -> Callable:
        return self._of_every_model(self.plan.cast.loss, training=True)

    @cached_property
    def judged(self) -> Callable:
        """(weights, inputs, targets, axis) -> held-out loss and share right, (seeds, runs, 2)."""
        return self._of_every_model(figures(self.plan.cast), training=False)

    def _of_every_model(self, figure: Callable, training: bool) -> Callable:
        """(weights, inputs, targets) -> figure(outputs, targets) of every model, (seeds, runs, ...).

        axis: None where all seeds share the inputs. Each model has a view of the targets for itself, because
        torch's squared and Huber losses fail under vmap where models share them.
        """
        at_once = 1 if self.plan.one_by_one else None
        template = features_first(self.plan.cast.model(self.plan.seeds[0]))
        template = template if training else template.eval()

        def one(params, inputs, targets):
            return figure(functional_call(template, params, (inputs,)), targets)

        def every(weights, inputs, targets, axis=0):
            each = vmap(one, (0, None, 0), chunk_size=at_once)
            models = next(iter(weights.values())).shape[:2]
            targets = targets[:, None].expand(*models, *targets.shape[1:])
            return vmap(each, (0, axis, 0), chunk_size=at_once)(weights, inputs, targets)

        return every

    @cached_property
    def moving(self) -> tuple[str, ...]:
        """Names of the parameters that are trained: not frozen, and with a part in the loss."""
        batch = self.plan.cast.batches(self.plan.seeds[0], 1)[0]
        *names, _, _ = _alone(self.plan.cast, self.plan.seeds[0], batch)[0]
        return tuple(names)

    def unlike(self, seeds: Sequence[int], batches: list) -> str:
        """What of the first or last of some models is not the same stacked as it is alone; empty if nothing.

        Compared are loss and gradients on the first batch, and the held-out loss of some rows: what a layer
        keeps to itself shows there. ValueError for what cannot be trained alone either.
        """
        task, heldout = self.plan.cast, [part[:2] for part in self.plan.cast.heldout]
        each = {n: _trained(task, seeds[n], batches[n]) for n in (0, len(seeds) - 1)}
        try:
            weights = self.weights(seeds, 1)
            grads, losses = self.gradients(weights, *together(batches))
            judged = self.judged(
                weights, heldout[0], heldout[1][None].expand(len(seeds), *heldout[1].shape), None
            )
        except RuntimeError as error:
            return str(error).splitlines()[0]
        stacked = {**grads, LOSS: losses, JUDGED: judged[..., 0]}
        for n, (single, changed) in each.items():
            scale = max((float(g.abs().max()) for g in [*single.values()][:-2]), default=0.0)
            for name, one in single.items():
                size, ours = float(one.abs()) if name in (LOSS, JUDGED) else scale, stacked.get(name)
                if ours is None or not close(ours[n], one.expand_as(ours[n]), size):
                    changed.append(name)
            if changed:
                return f"{changed[0]} of seed {seeds[n]} is not what it is alone"
        return ""


@alone()
def why_alone(plan: Plan) -> str:
    """Why the models of a plan are trained one after the other; empty where they can be stacked.

    ValueError for what cannot be trained at all.
    """
    template = plan.template
    for name, layer in template.named_modules():
        kind = f"{type(layer).__name__} {name!r}" if name else type(layer).__name__
        if getattr(layer, "track_running_stats", False):
            return f"{kind} keeps running statistics"
        if getattr(layer, "padding_idx", None) is not None:
            return f"{kind} has padding_idx"
        if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
            return f"{kind} is recurrent"
    if plan.draws:
        return f"{type(template).__name__} draws random numbers in training, as dropout does"
    if any(getattr(p, "_post_accumulate_grad_hooks", None) for p in template.parameters()):
        return f"{type(template).__name__} has a hook on a parameter"
    seeds = sorted({plan.seeds[0], plan.seeds[-1]})
    unlike = Stacked(plan).unlike(seeds, [plan.cast.batches(seed, 1)[0] for seed in seeds])
    return unlike and f"{type(template).__name__} cannot be stacked ({unlike})"


def together(batches) -> Iterator[Tensor]:
    """Inputs, and targets, of several batches, each stacked along a new first axis; of one, a view of it."""
    parts = zip(*batches, strict=True)
    return (torch.stack(part) if len(part) > 1 else part[0][None] for part in parts)


def _trained(task: Task, seed: int, batch: tuple) -> tuple[dict[str, Tensor], list[str]]:
    """As `_alone`; ValueError, in one line, where it fails."""
    try:
        return _alone(task, seed, batch)
    except Exception as error:
        kind, line = type(task.model(seed)).__name__, " ".join(str(error).split())[:300]
        raise Refused(f"{kind} cannot be trained on a batch: {type(error).__name__}: {line}") from None


def _alone(task: Task, seed: int, batch: tuple) -> tuple[dict[str, Tensor], list[str]]:
    """Gradients and losses of one model by plain autograd, and the names of what else of it this changed.

    Parameters without a gradient are left out.
    """
    model, (inputs, targets) = task.model(seed), batch
    before, kept = {name: b.clone() for name, b in model.named_buffers()}, _kept(model)
    moving = {name: p for name, p in model.named_parameters() if p.requires_grad}
    with looked_at(model):
        x, y = (part[:2] for part in task.heldout)
        judged = task.loss(model(x), y)
    loss = task.loss(model(inputs), targets)
    grads = torch.autograd.grad(loss, list(moving.values()), allow_unused=True)
    changed = [name for name, b in model.named_buffers() if not torch.equal(before[name], b)]
    changed += [name for name, value in _kept(model).items() if kept.get(name) != value]
    found = {**dict(zip(moving, grads, strict=True)), LOSS: loss.detach(), JUDGED: judged}
    return {name: g for name, g in found.items() if g is not None}, changed


def _kept(model: nn.Module) -> dict[str, str]:
    """What layers keep in attributes of Python, as a count of their calls; the mode they are in is none."""
    parts = {"training", *vars(nn.Module())}
    return {
        f"{name}.{key}".lstrip("."): repr(value)
        for name, layer in model.named_modules()
        for key, value in vars(layer).items()
        if key not in parts
    }


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
