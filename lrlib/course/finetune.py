"""The experiments of lesson 20: a network that was trained before meets something new, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from lrlib import tasks
from lrlib.ledger import Ledger, Recorder
from lrlib.optim import ScheduleLR
from lrlib.schedules import Schedule
from lrlib.tasks import Batches, Task
from lrlib.tasks.core import classification, epoch_order

SIZES = 64, 32, 32  # of the layers before the last
LAYERS = "0", "2", "4"  # what the three linear layers of the network are called, from the input on
FEW = 3  # names the random numbers that choose which images an adaptation may see


def digits(n_classes: int = 10, few: int = 0, mirrored: bool = False, names: Sequence[int] = (),
           kept: Sequence[int] = range(10), batch_size: int = 20) -> Task:  # fmt: skip
    """Digits of the classes `kept`, for a network of three layers, 64-32-32-n_classes, cross-entropy in nats.

    few: each seed trains on so many images that it draws; 0, on all of them. mirrored: left is right.
    names: digit -> class, for kept digits; by default their order in `kept`.

    >>> task = digits(n_classes=5, few=20, kept=range(5, 10))
    >>> made = task.batches(seed=0, steps=9)
    >>> sorted(set(made.targets.tolist())), len(set(made.order.flatten().tolist()))
    ([0, 1, 2, 3, 4], 20)
    """
    whole = tasks.get("digits")
    called = torch.full((10,), -1)
    called[list(kept)] = torch.tensor(list(names) or range(len(kept)))

    def seen(images: Tensor, digit: Tensor) -> tuple[Tensor, Tensor]:
        chosen = called[digit] >= 0
        images = images.reshape(-1, 8, 8).flip(2).reshape(-1, 64) if mirrored else images
        return images[chosen], called[digit][chosen]

    everything = whole.batches(0, 1)
    inputs, targets = seen(everything.inputs, everything.targets)

    def batches(seed: int, steps: int) -> Batches:
        rows = np.random.default_rng([seed, FEW]).permutation(len(inputs))[: few or None]
        order = rows[epoch_order(seed, len(rows), batch_size, steps)]
        return Batches(inputs, targets, torch.from_numpy(order))

    def model(seed: int) -> nn.Module:
        return tasks.mlp((*SIZES, n_classes), seed)

    return classification("adapted digits", model, batches, seen(*whole.heldout), n_classes)


def trained(task: Task, seeds: Sequence[int], schedule: Sequence[Schedule], rates: Sequence[float],
            layers: Sequence[Sequence[str]] = (LAYERS,), optimizer=torch.optim.Adam,
            ) -> tuple[dict[str, Tensor], Recorder]:  # fmt: skip
    """Train the networks of all rates and seeds at once, by torch's own optimizer: weights, and ledger.

    The weights have a row for each seed at the first rate, then at the next; the ledger has the groups in the
    same order. layers: which of them each parameter group holds; what is in none stays as it is. schedule:
    one for each group, all of the same length, which is the number of updates; each multiplies the rate. All
    seeds of the task draw their batches from the same images, as those of `digits` do.
    Adam, SGD and others that treat every number for itself do the same to stacked networks as to single ones.
    """
    model, steps = task.model(seeds[0]), int(max(each.steps for each in schedule))
    first, _ = stack_module_state([task.model(seed) for seed in seeds])
    copies = [{n: w.detach().clone().requires_grad_() for n, w in first.items()} for _ in rates]
    groups = [
        {"params": [w for name, w in copy.items() if name[0] in names], "lr": rate}
        for copy, rate in zip(copies, rates, strict=True)
        for names in layers
    ]
    shapes = [*schedule] * len(rates)
    scheduler = ScheduleLR(optimizer(groups), shapes)
    made = [task.batches(seed, steps) for seed in seeds]
    inputs, targets = made[0].inputs, made[0].targets
    order = torch.stack([each.order for each in made]).repeat(len(rates), 1, 1)

    def loss(w, x, y):
        return task.loss(functional_call(model, w, (x,)), y)

    def stacked():
        return {name: torch.cat([copy[name] for copy in copies]) for name in first}

    with Ledger.watch(scheduler.optimizer, intended=shapes) as ledger:
        for t in range(steps):
            rows = order[:, t]
            scheduler.optimizer.zero_grad()
            vmap(loss)(stacked(), inputs[rows], targets[rows]).sum().backward()
            scheduler.optimizer.step()
            scheduler.step()
    return {name: w.detach() for name, w in stacked().items()}, ledger


@torch.no_grad()
def heldout(task: Task, weights: Mapping[str, Tensor], figure=None) -> np.ndarray:
    """Held-out loss, or another figure, of each row of weights, (seeds,)."""
    model, (inputs, targets) = task.model(0), task.heldout
    figure = figure or task.loss
    return vmap(lambda w: figure(functional_call(model, w, (inputs,)), targets))(dict(weights)).numpy()


def started(task: Task, weights: Mapping[str, Tensor], seeds: Sequence[int], fresh: str = "") -> Task:
    """The task whose networks start from the row of `weights` that belongs to their seed.

    fresh: layers that are drawn anew, as the head is where the classes are others.
    """
    row = {seed: i for i, seed in enumerate(seeds)}

    def model(seed: int) -> nn.Module:
        network = task.model(seed)
        old = {name: w[row[seed]] for name, w in weights.items() if name[0] not in fresh}
        network.load_state_dict(old, strict=False)
        return network

    return replace(task, model=model)


class Paced(nn.Module):
    """A network whose parameters are written as pace * v, so that v's rate moves them pace times as far.

    With Adam, whose steps do not depend on the size of the gradient, a group's rate of its own is just that:
    `rate * pace`. So one rate serves all groups. Pace 0 freezes.
    """

    def __init__(self, network: nn.Module, pace: Mapping[str, float]):
        super().__init__()
        self.network = network
        self.pace = {name: pace.get(name[0], 1.0) for name, _ in network.named_parameters()}
        for name, weights in network.named_parameters():
            weights.requires_grad_(self.pace[name] > 0)
            weights.data /= self.pace[name] or 1.0

    def forward(self, x: Tensor) -> Tensor:
        moved = {name: (self.pace[name] or 1.0) * v for name, v in self.network.named_parameters()}
        return functional_call(self.network, moved, (x,))


def paced(task: Task, *pace: float) -> Task:
    """The task with each layer at its own multiple of the rate, the first layer's first; see `Paced`."""
    each = dict(zip(LAYERS, pace, strict=True))
    return replace(task, model=lambda seed: Paced(task.model(seed), each))


class Adapted(nn.Module):
    """A linear layer W x + b that stays, and a low-rank one that learns: W x + b + scale * B (A x).

    A, (rank, in), is drawn as a linear layer is; B, (out, rank), begins at zero, so that nothing changes at
    first. Hu et al. 2022, LoRA, arXiv:2106.09685, where scale is alpha / rank.
    """

    def __init__(self, layer: nn.Linear, rank: int, scale: float):
        super().__init__()
        self.layer, self.scale = layer.requires_grad_(False), scale
        self.A = nn.Parameter(nn.Linear(layer.in_features, rank, bias=False, dtype=torch.float64).weight)
        self.B = nn.Parameter(torch.zeros(layer.out_features, rank, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + self.scale * (x @ self.A.T) @ self.B.T


def with_adapters(task: Task, rank: int, scale: float, learns: str = "AB") -> Task:
    """The task with its layers frozen, and a low-rank adapter beside each, of which `learns` is trained."""

    def model(seed: int) -> nn.Module:
        network = task.model(seed)
        with tasks.seeded(seed):
            for name in LAYERS:
                setattr(network, name, Adapted(getattr(network, name), rank, scale))
        for name, weights in network.named_parameters():
            weights.requires_grad_(name[-1] in learns)
        return network

    return replace(task, model=model)


def frozen(way: str, rate: float = 0.01) -> dict[str, float]:
    """What AdamW does to a weight that is frozen for five updates after ten, in a way of lesson 20.

    Its gradient is 1 before, and -1 from the freeze on. See the lesson for what is told.
    """
    head, body = (nn.Parameter(torch.ones(1, dtype=torch.float64)) for _ in range(2))
    there = [] if way == "left out" else [{"params": [body]}]
    optimizer = torch.optim.AdamW([{"params": [head]}, *there], lr=rate, weight_decay=0.1)

    def update(slope: float) -> float:
        optimizer.zero_grad(set_to_none=way != "zero gradient")
        (head + slope * body).sum().backward()
        before = body.item()
        optimizer.step()
        return (body.item() - before) / rate

    def counted() -> float:
        return float(optimizer.state[body]["step"]) if body in optimizer.state else 0.0

    def offered(group_rate: float) -> float:
        for group in optimizer.param_groups[1:]:
            group["lr"] = group_rate
        return optimizer.param_groups[-1]["lr"] if optimizer.param_groups[1:] else float("nan")

    for _ in range(10):
        update(1.0)
    body.requires_grad_("gradient" not in way)
    shown, before = offered(0.0 if way == "rate 0" else rate), counted()
    moved, counts = sum(update(-1.0) for _ in range(5)), counted() - before
    body.requires_grad_(True)
    offered(rate)
    if way == "left out":
        optimizer.add_param_group({"params": [body]})
    return {"moved, in rates": moved, "counted": counts, "ledger": shown, "thaw": update(-1.0)}
