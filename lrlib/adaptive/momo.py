"""Polyak's step on averages over steps: MoMo, for momentum and for Adam."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor

from lrlib.adaptive.base import Adaptive, move, product, scale, weights
from lrlib.adaptive.polyak import quotient
from lrlib.rules import BelowOne, Betas, NotNegative, one_of

Decay = Annotated[str, one_of("proximal", "adamw", "optax")]
MEMORY = {"step": 0, "loss_avg": 0.0, "fstar": None}  # names as in momo-opt


class MoMo(Adaptive):
    """Momentum whose rate is Polyak's for a model of the loss that is built from past batches.

    x_{t+1} = (x_t - tau_t d_t) / (1 + lr * weight_decay)
    tau_t = min(lr / rho, ((1 + lr * weight_decay) * (F_t - rho * lb - G_t) + d_t . x_t)_+ / |d_t|^2)

    d, F, G: averages of gradient, loss and gradient . weights, each a_t = beta * a_{t-1} + (1 - beta) * new,
    so that F - G + d . x is the average of the tangents of the past batches at x. They begin with the first
    value, and rho = 1; with bias_correction they begin with 0, and rho = 1 - beta^t.
    lr: the largest rate, >= 0. The default of 1 leaves most steps to Polyak's rate; a small one is plain
    momentum with that rate. beta: >= 0 and < 1. lb: the lowest loss there is, the knob that hides in the
    default 0; use_fstar: estimate it, from lb upwards. weight_decay: >= 0. decay: where it acts, "proximal",
    as above, in the paper and the authors' program; "optax", which divides x_t alone; "adamw", which
    multiplies x_t alone by 1 - lr * weight_decay.
    One model for all groups; each has its own cap. A schedule multiplies the cap, not the step below it, and
    the decay. Effective rate: tau, which multiplies d. Needs the closure. Raises as `Adaptive`.
    Schaipp et al. 2024, arXiv:2305.07583; knobs as in the package momo-opt.

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
    >>> optimizer = MoMo([weights])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = weights.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> [round(optimizer.step(closure).item(), 3) for _ in range(3)]
    [14.0, 3.5, 3.318]
    """

    needs_loss = True
    shared = (*MEMORY,)

    def __init__(self, params, lr: NotNegative = 1.0, weight_decay: NotNegative = 0.0, beta: BelowOne = 0.9,
                 lb: float = 0.0, bias_correction: bool = False, use_fstar: bool = False,
                 decay: Decay = "proximal"):  # fmt: skip
        super().__init__(params, lr=lr, weight_decay=weight_decay, beta=beta, lb=lb,
                         bias_correction=bias_correction, use_fstar=use_fstar, decay=decay,
                         **MEMORY)  # fmt: skip

    def update(self, loss: float) -> list[float]:
        averages = [self._seen(group, loss) for group in self.param_groups]
        steps = [self._scaled(group, seen) for group, seen in zip(self.param_groups, averages, strict=True)]
        inner = sum(map(product, map(weights, self.param_groups), averages))
        squares = sum(map(product, averages, steps))
        past = sum(self.state[each]["grad_dot_w"] for group in self.param_groups for each in weights(group))
        return [
            self._move(group, step, inner, past, squares)
            for group, step in zip(self.param_groups, steps, strict=True)
        ]

    def _seen(self, group: dict, loss: float) -> list[Tensor]:
        """Take a batch into the averages of a group; those of the gradients."""
        group["step"] += 1
        beta = self._beta(group) if group["bias_correction"] or group["step"] > 1 else 0.0
        group["loss_avg"] = beta * group["loss_avg"] + (1 - beta) * loss
        for weight in weights(group):
            now, state = product([weight], [weight.grad]), self.state[weight]
            state["grad_dot_w"] = beta * state.get("grad_dot_w", 0.0) + (1 - beta) * now
        return [self.average(weight, "grad_avg", weight.grad, beta) for weight in weights(group)]

    def _beta(self, group: dict) -> float:
        return group["beta"]

    def _scaled(self, group: dict, averages: list[Tensor]) -> list[Tensor]:
        return averages

    def _move(self, group: dict, step: list[Tensor], inner: float, past: float, squares: float) -> float:
        """inner: d . x, past: G, squares: d . d / D, each over all groups."""
        rho = 1 - self._beta(group) ** group["step"] if group["bias_correction"] else 1.0
        shrunk = 1 + group["lr"] * group["weight_decay"]
        lowest = group["lb"] if group["fstar"] is None else group["fstar"]
        above = shrunk * (group["loss_avg"] - past) + inner
        if group["use_fstar"] and above < shrunk * rho * lowest:
            lowest = max(above / (2 * shrunk * rho), group["lb"])
        tau = min(group["lr"] / rho, quotient(max(above - shrunk * rho * lowest, 0.0), squares))
        if group["use_fstar"]:
            now = group["loss_avg"] + inner - past
            group["fstar"] = max((now - tau * squares / 2) / rho, group["lb"])
        self._decayed(group, step, tau)
        return tau

    def _decayed(self, group: dict, step: list[Tensor], tau: float) -> None:
        amount = group["lr"] * group["weight_decay"]
        before = {"proximal": 1.0, "optax": 1 / (1 + amount), "adamw": 1 - amount}[group["decay"]]
        after = 1 / (1 + amount) if group["decay"] == "proximal" else 1.0
        scale(group, before)
        move(group, step, -tau)
        scale(group, after)


class MoMoAdam(MoMo):
    """Adam whose rate is Polyak's for a model of the loss that is built from past batches.

    x_{t+1} = (x_t - tau_t d_t / D_t) / (1 + lr * weight_decay), D_t = sqrt(s_t / (1 - beta2^t)) + eps
    tau_t = min(lr / rho, ((1 + lr * weight_decay) * (F_t - rho * lb - G_t) + d_t . x_t)_+ / (d_t . d_t/D_t))

    d, F, G: averages as in `MoMo`, with betas[0], begun at 0, so that rho = 1 - betas[0]^t; s: the average of
    the squared gradients, with betas[1].
    lr: the largest rate, >= 0; the default 0.01 is ten times Adam's. eps: >= 0. weight_decay, lb, use_fstar,
    decay ("adamw" is the authors' `divide=False`), groups, schedule: as in `MoMo`; what defaults hide, too.
    Effective rate: tau, which multiplies d / D. Needs the closure. Raises as `Adaptive`.
    Schaipp et al. 2024, arXiv:2305.07583; knobs as in the package momo-opt.

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))
    >>> optimizer = MoMoAdam([weights], lr=0.1)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = weights.square().sum()
    ...     loss.backward()
    ...     return loss
    >>> [round(optimizer.step(closure).item(), 2) for _ in range(3)]
    [14.0, 12.83, 11.72]
    """

    def __init__(self, params, lr: NotNegative = 1e-2, betas: Betas = (0.9, 0.999), eps: NotNegative = 1e-8,
                 weight_decay: NotNegative = 0.0, lb: float = 0.0, use_fstar: bool = False,
                 decay: Decay = "proximal"):  # fmt: skip
        Adaptive.__init__(self, params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, lb=lb,
                          bias_correction=True, use_fstar=use_fstar, decay=decay, **MEMORY)  # fmt: skip

    def _beta(self, group: dict) -> float:
        return group["betas"][0]

    def _scaled(self, group: dict, averages: list[Tensor]) -> list[Tensor]:
        beta, scaled = group["betas"][1], []
        for weight, average in zip(weights(group), averages, strict=True):
            squares = self.average(weight, "grad_avg_sq", weight.grad.square(), beta)
            scaled.append(average / ((squares / (1 - beta ** self.count(weight))).sqrt() + group["eps"]))
        return scaled
