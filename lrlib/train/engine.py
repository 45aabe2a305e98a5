"""The batched engine: many models of one task trained as one program, chunk by chunk.

The parameters of a chunk are stacked on two leading axes, (seeds, runs). All runs of one seed see the same
batch, which turns the first layer of all of them into a single matrix product. The loss of a chunk is the
sum over its models; each model's weights appear in its own term only, so the gradient of the sum holds the
gradient of every model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap

from lrlib.schedules import Schedule
from lrlib.tasks import Task
from lrlib.train.updates import SGD, Adam, clip

CACHE_BYTES = 8 * 2**20
FEWEST_AT_ONCE, MOST_AT_ONCE = 16, 1024
HELDOUT_ROWS = 256
HOPELESS = 100
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True)
class Plan:
    """What a sweep trains, in full: it fixes the chunks and every digit of the result.

    rule: an update rule of `lrlib.train.updates`. clip_norm: largest gradient norm, `inf` for no clipping.
    dtype: "float64" or "float32". device: of torch. compile: fuse with `torch.compile`.
    runs_at_once: models trained together; by default as many as keep weights and gradients in the cache.
    """

    task: Task
    schedules: tuple[Schedule, ...]
    base_lrs: tuple[float, ...]
    seeds: tuple[int, ...]
    steps: int
    evaluations: int = 20
    rule: SGD | Adam = field(default_factory=SGD)
    clip_norm: float = float("inf")
    dtype: str = "float64"
    device: str = "cpu"
    compile: bool = False
    runs_at_once: int | None = None

    def __post_init__(self):
        if not all(0 <= rate < float("inf") for rate in self.base_lrs):
            raise ValueError(f"base_lrs must be finite and >= 0, got {list(self.base_lrs)}")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must differ from each other, got {list(self.seeds)}")
        if not isinstance(self.rule, SGD | Adam):
            raise ValueError(
                f"rule must be SGD(), Adam() or AdamW() of lrlib.train.updates, got {self.rule!r}"
            )
        if self.dtype not in ("float64", "float32"):
            raise ValueError(f'dtype must be "float64" or "float32", got {self.dtype!r}')
        if not self.clip_norm > 0:
            raise ValueError(f"clip_norm must be > 0, got {self.clip_norm!r}")
        if self.runs_at_once is not None and self.runs_at_once < 1:
            raise ValueError(f"runs_at_once must be a whole number >= 1, got {self.runs_at_once!r}")
        if torch.device(self.device).type == "cuda" and not torch.cuda.is_available():
            raise ValueError(f"device={self.device!r}: this torch finds no CUDA device")
        refuse_state(self.template)
        if not any(p.requires_grad for p in self.template.parameters()):
            raise ValueError(f"{type(self.template).__name__} has no parameters to train")

    def __reduce__(self):
        return Plan, tuple(getattr(self, each.name) for each in fields(self))

    @cached_property
    def when(self) -> np.ndarray:
        """After how many updates held-out loss is taken."""
        return evaluation_steps(self.steps, self.evaluations)

    @cached_property
    def multipliers(self) -> np.ndarray:
        """The values of each schedule, (schedules, steps)."""
        return np.stack([s.values(self.steps) for s in self.schedules])

    @cached_property
    def cast(self) -> Task:
        return self.task.to(getattr(torch, self.dtype), self.device)

    @cached_property
    def template(self) -> nn.Module:
        return self.task.model(self.seeds[0])

    @property
    def one_at_a_time(self) -> str:
        """Why the models of a chunk are trained one by one; empty when they are batched."""
        convolves = any(isinstance(m, CONVOLUTIONS) for m in self.template.modules())
        slower = convolves and self.dtype == "float64" and self.device == "cpu"
        return "one model at a time: float64 convolutions are slower batched" if slower else ""

    @cached_property
    def chunks(self) -> tuple[tuple[slice, slice], ...]:
        """The runs that are trained together: slices of the seeds and of the schedule-rate pairs."""
        n_runs = self.n_settings
        most = self.runs_at_once or self._fits_cache()
        runs = _even(n_runs, most)
        seeds = _even(len(self.seeds), max(1, most // n_runs))
        return tuple(
            (slice(s, min(s + seeds, len(self.seeds))), slice(r, min(r + runs, n_runs)))
            for s in range(0, len(self.seeds), seeds)
            for r in range(0, n_runs, runs)
        )

    @property
    def n_settings(self) -> int:
        return len(self.schedules) * len(self.base_lrs)

    @property
    def n_runs(self) -> int:
        return self.n_settings * len(self.seeds)

    def shape(self, chunk: int) -> tuple[int, int]:
        """(runs, seeds) of a chunk."""
        of_seeds, of_runs = self.chunks[chunk]
        return of_runs.stop - of_runs.start, of_seeds.stop - of_seeds.start

    def runs_in(self, chunks: Iterable[int]) -> int:
        return sum(int(np.prod(self.shape(chunk))) for chunk in chunks)

    def _fits_cache(self) -> int:
        floats = sum(p.numel() for p in self.template.parameters()) * (2 + self.rule.slots)
        size = np.dtype(self.dtype).itemsize
        return min(max(CACHE_BYTES // (floats * size), FEWEST_AT_ONCE), MOST_AT_ONCE)

    def settings(self, runs: slice) -> tuple[np.ndarray, np.ndarray]:
        """Which schedule and which rate some schedule-rate pairs have, by index: (runs,) and (runs,)."""
        return np.divmod(np.arange(runs.start, runs.stop), len(self.base_lrs))

    def rates(self, runs: slice) -> np.ndarray:
        """The intended rates of some schedule-rate pairs, (runs, steps)."""
        schedule, base_lr = self.settings(runs)
        return self.multipliers[schedule] * np.array(self.base_lrs)[base_lr, None]

    @cached_property
    def _update(self) -> Callable:
        update = _update(self)
        if not self.compile:
            return update
        torch.compiler.reset()
        return torch.compile(update, dynamic=False)

    def train(self, chunk: int, tick: Callable[[int], object] = bool) -> dict[str, np.ndarray]:
        """Train one chunk: used (runs, steps), train_loss (runs, seeds, steps), heldout_loss (…, E).

        `tick` is told, after each evaluation, how many runs' work was done since the last.
        """
        of_seeds, of_runs = self.chunks[chunk]
        seeds, rates = self.seeds[of_seeds], torch.from_numpy(self.rates(of_runs))
        task, (n_runs, steps) = self.cast, rates.shape
        rates = rates.to(task.heldout[0].device, getattr(torch, self.dtype))
        weights = stacked([task.model(seed) for seed in seeds], n_runs)
        slots = range(self.rule.slots)
        memory = {k: [torch.zeros_like(weights[k]) for _ in slots] for k in self._moving}
        batches = [task.batches(seed, steps) for seed in seeds]
        used = torch.empty_like(rates)
        train_loss = rates.new_empty((steps, len(seeds), n_runs))
        heldout_loss = rates.new_empty((len(self.when), len(seeds), n_runs))
        evaluation, progress = 0, [0, *(len(seeds) * n_runs * self.when // steps).tolist()]
        with one_thread(), ExitStack() as stack:
            self._refuse_unlike(weights, [b[0] for b in batches], seeds)
            for t in range(steps):
                if t == 1 and self.compile:
                    stack.enter_context(torch.compiler.set_stance("default", skip_guard_eval_unsafe=True))
                inputs, targets = (torch.stack(part) for part in zip(*(b[t] for b in batches), strict=True))
                count = torch.tensor(t + 1.0, dtype=torch.float64)
                used[:, t], train_loss[t] = self._update(
                    weights, memory, inputs, targets, rates[:, t].clone(), count
                )
                if t + 1 == self.when[evaluation]:
                    heldout_loss[evaluation] = self._heldout(weights)
                    evaluation += 1
                    tick(progress[evaluation] - progress[evaluation - 1])
        return {
            "used": used.double().cpu().numpy(),
            "train_loss": train_loss.double().cpu().numpy().transpose(2, 1, 0),
            "heldout_loss": heldout_loss.double().cpu().numpy().transpose(2, 1, 0),
        }

    @torch.no_grad()
    def _heldout(self, weights: dict[str, Tensor]) -> Tensor:
        """Held-out loss of every model, in pieces whose memory does not grow with the held-out set."""
        losses = vmap(vmap(self._loss, (0, None, None), chunk_size=self._at_once), (0, None, None))
        return sum(losses(weights, x, y) * share for x, y, share in heldout_pieces(self.cast))

    @cached_property
    def _gradients(self) -> Callable:
        """(weights, inputs, targets) -> gradients of the parameters that move, and losses, of every model."""
        losses = vmap(vmap(self._loss, (0, None, None), chunk_size=self._at_once), chunk_size=self._at_once)
        return (_traced if self.compile else _recorded)(losses, self._moving)

    @cached_property
    def _moving(self) -> tuple[str, ...]:
        """Names of the parameters that are trained: not frozen, and with a part in the loss."""
        model = self.cast.model(self.seeds[0])
        _, grads = _alone(self.cast, model, self.cast.batches(self.seeds[0], 1)[0])
        return tuple(grads)

    def _refuse_unlike(self, weights: dict[str, Tensor], batches: list, seeds: tuple[int, ...]) -> None:
        """ValueError unless the first and last model of a chunk do together what they do alone.

        Compared are loss and gradients on the first batch: what a layer keeps to itself shows there.
        """
        kind = type(self.template).__name__
        try:
            inputs, targets = (torch.stack(part) for part in zip(*batches, strict=True))
            grads, losses = self._gradients({k: w[:, :1] for k, w in weights.items()}, inputs, targets)
        except RuntimeError as error:
            raise ValueError(
                f"{kind} cannot be stacked ({str(error).splitlines()[0]}); use train.run"
            ) from None
        for n in {0, len(seeds) - 1}:
            model = self.cast.model(seeds[n])
            state = {name: b.clone() for name, b in model.named_buffers()}
            loss, alone = _alone(self.cast, model, batches[n])
            scale = max(float(g.abs().max()) for g in alone.values())
            unlike = ["the loss"] * (not _close(losses[n, 0], loss, float(loss.abs())))
            unlike += [k for k, g in alone.items() if k not in grads or not _close(grads[k][n, 0], g, scale)]
            unlike += [k for k, b in model.named_buffers() if not torch.equal(state[k], b)]
            if unlike:
                raise ValueError(
                    f"{kind} cannot be stacked: {unlike[0]} of seed {seeds[n]} is not what it is alone. "
                    "Buffers or attributes that depend on the seed, state changed by a call, hooks and "
                    "padding_idx cannot be stacked; use train.run"
                )

    @property
    def _at_once(self) -> int | None:
        return 1 if self.one_at_a_time else None

    @cached_property
    def _loss(self) -> Callable:
        template = features_first(self.cast.model(self.seeds[0]))

        def loss(params, inputs, targets):
            return self.task.loss(functional_call(template, params, (inputs,)), targets)

        return loss

    def definition(self) -> dict:
        """All that fixes the digits, as plain values."""
        return {
            "task": self.task.name,
            "options": {k: list(v) if isinstance(v, tuple) else v for k, v in self.task.options.items()},
            "fingerprint": self.task.fingerprint(self.seeds[0]),
            "schedules": [str(s) for s in self.schedules],
            "base_lrs": list(self.base_lrs),
            "seeds": list(self.seeds),
            "rule": {"name": type(self.rule).__name__, **asdict(self.rule)},
            "runs_at_once": [part.stop for part in self.chunks[0]],
            "torch": torch.__version__,
            **{name: getattr(self, name) for name in ("steps", "evaluations", "dtype", "device", "compile")},
            "clip_norm": str(float(self.clip_norm)),
        }


def _update(plan: Plan) -> Callable:
    """One update of a whole chunk: gradients, clipping, the rule; returns the rates used and the losses."""
    gradients, rule, clip_norm = plan._gradients, plan.rule, plan.clip_norm

    def update(weights, memory, inputs, targets, rates, count):
        grads, each = gradients(weights, inputs, targets)
        if clip_norm < float("inf"):
            grads = clip(grads, clip_norm)
        for name, gradient in grads.items():
            rate = rates.reshape(1, -1, *[1] * (gradient.ndim - 2))
            rule.update(weights[name], gradient, memory[name], rate, count)
        return rates, each

    return update


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
    loss = task.loss(model(inputs), targets)
    loss.backward()
    return loss.detach(), {k: p.grad for k, p in model.named_parameters() if p.grad is not None}


def _close(a: Tensor, b: Tensor, scale: float) -> bool:
    tolerance = 1e-9 if b.dtype == torch.float64 else 1e-3
    return torch.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True)


def heldout_pieces(task: Task) -> Iterator[tuple[Tensor, Tensor, float]]:
    """Held-out data in pieces of at most 256 rows, each with its share of all rows."""
    inputs, targets = task.heldout
    for x, y in zip(inputs.split(HELDOUT_ROWS), targets.split(HELDOUT_ROWS), strict=True):
        yield x, y, len(x) / len(inputs)


def _even(total: int, most: int) -> int:
    """The size of parts of at most `most` that split `total` as evenly as possible."""
    parts = -(-total // most)
    return -(-total // parts)


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
    """The model with its plain linear layers computed features first; the same function."""
    for layer in model.modules():
        if type(layer) is nn.Linear:
            layer.__class__ = FeaturesFirst
    return model


def refuse_state(model: nn.Module) -> None:
    """ValueError for a layer whose result depends on more than parameters and inputs."""
    for name, layer in model.named_modules():
        kind = f"{type(layer).__name__} {name!r}" if name else type(layer).__name__
        if getattr(layer, "track_running_stats", False):
            raise ValueError(
                f"{kind} keeps running statistics and cannot be stacked; use GroupNorm or LayerNorm"
            )
        if isinstance(layer, nn.RNNBase | nn.RNNCellBase):
            raise ValueError(f"{kind} is recurrent and cannot be stacked; train it with train.run")
        if isinstance(layer, nn.modules.dropout._DropoutNd) and layer.p > 0:
            raise ValueError(f"{kind} draws random numbers that no seed names; set its p to 0")


def evaluation_steps(steps: int, evaluations: int) -> np.ndarray:
    """After how many updates held-out loss is taken: about equally spaced, the last always included."""
    if evaluations < 1:
        raise ValueError(f"evaluations must be a whole number >= 1, got {evaluations!r}")
    return np.unique(np.linspace(0, steps, min(evaluations, steps) + 1).round().astype(int)[1:])


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
