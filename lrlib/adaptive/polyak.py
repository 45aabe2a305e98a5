"""Rates from how far the loss is above the lowest there is: Polyak's step, and its bounded relatives."""

from __future__ import annotations

from math import inf
from typing import Annotated

from torch import Tensor

from lrlib.adaptive.base import Adaptive, gradients, move, product, squared_norm, weights
from lrlib.rules import BelowOne, Fraction, Growth, NotNegative, Positive, one_of

Variant = Annotated[str, one_of("sps+", "sps")]
Direction = Annotated[str, one_of("momentum", "adam")]


class Polyak(Adaptive):
    """The step to where the loss would be lowest, if it went on falling as steeply as here.

    x_{t+1} = x_t - lr * (f(x_t) - f_min) / |g_t|^2 * g_t

    lr: a factor, >= 0; 1 is Polyak's step. f_min: the lowest value that f has; the defaults believe that it
    is 0, which holds where a network can fit every example, and for no loss with a floor: with f_min too low
    the steps stay too long, and the loss hovers above its minimum. variant: what a loss below f_min
    does, nothing ("sps+"), or a step up to f_min ("sps", optax's default). eps: >= 0, added to |g|^2.
    With the exact f_min, of a convex f without noise, no step leads away from any minimum: the distance never
    grows, for lr up to 2. Of a batch, f_min is that batch's own lowest loss.
    One step for all groups, from the norm over all; each multiplies it by its own lr. A schedule multiplies
    the step. Effective rate: what multiplies the gradient. Needs the closure. Raises as `Adaptive`.
    Polyak 1987, Introduction to Optimization, section 5.3. optax's `polyak_sgd` has a cap besides, 1 by
    default, as `SPSMax`; its `scaling` = s is lr = 1 / s here, since it measures |g| after scaling it.

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = Polyak([weights])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = 1000 * weights.norm()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), weights.abs().max().item() < 1e-6
    (5000.0, True)
    """

    needs_loss = True

    def __init__(self, params, lr: NotNegative = 1.0, f_min: float = 0.0,
                 variant: Variant = "sps+", eps: NotNegative = 0.0):  # fmt: skip
        super().__init__(params, lr=lr, f_min=f_min, variant=variant, eps=eps)

    def update(self, loss: float) -> list[float]:
        squares = total_squares(self.param_groups)
        return [self._move(group, loss - group["f_min"], squares) for group in self.param_groups]

    def _move(self, group: dict, gap: float, squares: float) -> float:
        gap = gap if group["variant"] == "sps" else max(gap, 0.0)
        rate = group["lr"] * quotient(gap, squares + group["eps"])
        move(group, gradients(group), -rate)
        return rate


class SPSMax(Adaptive):
    """Polyak's step on the loss of a batch, with a largest rate.

    x_{t+1} = x_t - min((f_t(x_t) - f_min) / (c |g_t|^2 + eps), cap) * g_t, cap = lr, or, where growth is
    finite, lr * growth * (the last rate / lr), which begins at lr * growth.

    lr: the cap, >= 0, and the knob that the name hides: on a noisy loss the first term is too long near the
    end, since one batch can be fitted where all cannot, and what is used then is lr. c: > 0; 1/2, the
    default, is for strongly convex losses, 1 for convex ones; the step is proportional to 1 / c. f_min: the
    lowest loss of the batch. growth: >= 1, how much the rate may grow from step to step. eps: >= 0.
    One step for all groups, from the norm over all; each has its own cap. A schedule multiplies the cap, not
    the step below it. Effective rate: what multiplies the gradient. Needs the closure. Raises as `Adaptive`.
    Loizou et al. 2021, arXiv:2002.10542; their program has lr = 1 and growth = 2 ** (1 / batches an epoch)
    by default, this class the constant cap of their theorems.

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = SPSMax([weights], lr=0.1)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = weights.square().sum() / 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), optimizer.effective_rates()  # without a cap it were 1
    (12.5, [0.1])
    """

    needs_loss = True

    def __init__(self, params, lr: NotNegative = 1.0, c: Positive = 0.5, f_min: float = 0.0,
                 growth: Growth = inf, eps: NotNegative = 1e-8):  # fmt: skip
        super().__init__(params, lr=lr, c=c, f_min=f_min, growth=growth, eps=eps, last=1.0)

    def update(self, loss: float) -> list[float]:
        squares = total_squares(self.param_groups)
        return [self._move(group, loss - group["f_min"], squares) for group in self.param_groups]

    def _move(self, group: dict, gap: float, squares: float) -> float:
        cap = group["lr"] * (1.0 if group["growth"] == inf else group["growth"] * group["last"])
        rate = min(quotient(max(gap, 0.0), group["c"] * squares + group["eps"]), cap)
        if rate:
            group["last"] = rate / group["lr"]
        move(group, gradients(group), -rate)
        return rate


class ALIG(Adaptive):
    """Polyak's step with a largest rate, for a loss that comes down to 0, with momentum if wanted.

    x_{t+1} = x_t - r_t g_t, r_t = min(f_t(x_t) / (|g_t|^2 + eps), lr)
    With momentum the step goes on by momentum * v_{t+1} too, where v_{t+1} = momentum * v_t - r_t g_t; with
    adjusted_momentum by r_t * momentum * u_{t+1}, where u_{t+1} = momentum * u_t - g_t.

    lr: the cap, >= 0, `max_lr` in the authors' program, and the knob that is left: it is what acts wherever
    the loss stays above 0. The default 0.1 hides that, and that they regularise by a projection, which is
    left out here. eps: >= 0. momentum: >= 0 and < 1. adjusted_momentum: True or False.
    One step for all groups, from the norm over all; each has its own cap. A schedule multiplies the cap, not
    the step below it. Effective rate: r_t, of the gradient. Needs the closure. Raises as `Adaptive`.
    Berrada, Zisserman & Kumar 2020, arXiv:1906.05661. In pytorch_optimizer eps is 1e-6, and the norm is
    computed in float32.

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([3.0, 4.0], dtype=torch.float64))
    >>> optimizer = ALIG([weights], lr=1.0, eps=0.0)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = weights.square().sum() / 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), optimizer.effective_rates(), weights.tolist()
    (12.5, [0.5], [1.5, 2.0])
    """

    needs_loss = True

    def __init__(self, params, lr: NotNegative = 0.1, momentum: BelowOne = 0.0,
                 adjusted_momentum: bool = False, eps: NotNegative = 1e-5):  # fmt: skip
        super().__init__(params, lr=lr, momentum=momentum, adjusted_momentum=adjusted_momentum, eps=eps)

    def update(self, loss: float) -> list[float]:
        squares = total_squares(self.param_groups)
        return [self._move(group, max(loss, 0.0), squares) for group in self.param_groups]

    def _move(self, group: dict, loss: float, squares: float) -> float:
        rate = min(quotient(loss, squares + group["eps"]), group["lr"])
        move(group, gradients(group), -rate)
        if group["momentum"]:
            kept, goes_on = (1.0, rate) if group["adjusted_momentum"] else (rate, 1.0)
            buffers = [self.zeros(weight, "momentum_buffer")[0] for weight in weights(group)]
            for buffer, gradient in zip(buffers, gradients(group), strict=True):
                buffer.mul_(group["momentum"]).sub_(gradient, alpha=kept)
            move(group, buffers, group["momentum"] * goes_on)
        return rate


class L4(Adaptive):
    """Along momentum or Adam's direction, a fraction of the step that would lower the loss to a target.

    x_{t+1} = x_t - lr * (f_t(x_t) - minloss_factor * lowest_t) / (m_t . v_t + epsilon) * v_t
    lowest_0 = init_factor * f_0, lowest_t = min((1 + 1 / minloss_forget_time) * lowest_{t-1}, f_t)

    m: the average of gradients over 10 steps. v: m itself ("momentum"), or m / (sqrt(s) + 1e-4) with s the
    average of their squares over 1000 steps ("adam"); m and s with Adam's correction of the first steps.
    lr: the fraction, 0..1. minloss_factor, init_factor: 0..1, which part of the lowest loss so far, and of
    the first one, is thought to be possible. minloss_forget_time: steps, > 0. What the defaults hide: the
    target is never reached, 0.9 of the lowest loss so far, so the rate cannot become 0 where the loss has a
    floor; and an increase of the loss makes steps longer. There is no cap. A negative loss breaks it.
    m . v may be negative, and the step then leads back along v.
    One step for all groups, from products over all; each multiplies it by its own lr. A schedule multiplies
    the step. Effective rate: what multiplies v. Needs the closure. Raises as `Adaptive`.
    Rolinek & Martius 2018, arXiv:1802.05074; names and numbers are those of their program, where lr is
    `fraction`.

    >>> import torch
    >>> weights = torch.nn.Parameter(torch.tensor([3.0, 4.0], dtype=torch.float64))
    >>> optimizer = L4([weights])
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = weights.square().sum() / 2
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item(), round(optimizer.effective_rates()[0], 6)
    (12.5, 0.024375)
    """

    needs_loss = True
    shared = ("lowest",)

    def __init__(self, params, lr: Fraction = 0.15, direction: Direction = "momentum",
                 minloss_factor: Fraction = 0.9, init_factor: Fraction = 0.75,
                 minloss_forget_time: Positive = 1000.0, epsilon: NotNegative = 1e-12):  # fmt: skip
        super().__init__(params, lr=lr, direction=direction, minloss_factor=minloss_factor,
                         init_factor=init_factor, minloss_forget_time=minloss_forget_time,
                         epsilon=epsilon, lowest=None)  # fmt: skip

    def update(self, loss: float) -> list[float]:
        pairs = [
            [self._averages(weight, group["direction"]) for weight in weights(group)]
            for group in self.param_groups
        ]
        products = sum(product(*zip(*each, strict=True)) for each in pairs if each)
        return [
            self._move(group, [direction for _, direction in each], loss, products)
            for group, each in zip(self.param_groups, pairs, strict=True)
        ]

    def _averages(self, weight: Tensor, direction: str) -> tuple[Tensor, Tensor]:
        """m and v."""
        t = self.count(weight)
        mean = self.average(weight, "exp_avg", weight.grad, 0.9) / (1 - 0.9**t)
        if direction == "momentum":
            return mean, mean
        square = self.average(weight, "exp_avg_sq", weight.grad.square(), 0.999) / (1 - 0.999**t)
        return mean, mean / (square.sqrt() + 1e-4)

    def _move(self, group: dict, direction: list[Tensor], loss: float, products: float) -> float:
        known = group["lowest"]
        lowest = group["init_factor"] * loss if known is None else min(known, loss)
        group["lowest"] = (1 + 1 / group["minloss_forget_time"]) * lowest
        rate = group["lr"] * quotient(loss - group["minloss_factor"] * lowest, products + group["epsilon"])
        move(group, direction, -rate)
        return rate


def quotient(above: float, below: float) -> float:
    """One number over another; 0 where that one is 0, as for a gradient of 0, which asks for no step."""
    return above / below if below else 0.0


def total_squares(groups: list[dict]) -> float:
    """The squared norm of the gradient over all groups."""
    return sum(squared_norm(gradients(group)) for group in groups)
