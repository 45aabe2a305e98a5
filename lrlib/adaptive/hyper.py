"""A rate that is itself learned by gradient descent: hypergradients, for SGD and for Adam."""

from __future__ import annotations

from math import sqrt
from typing import Annotated

from torch import Tensor

from lrlib.adaptive.base import Adaptive, decayed, product, weights
from lrlib.rules import BelowOne, Betas, NotNegative, Positive, one_of

Convention = Annotated[str, one_of("paper", "program")]


class Hyper(Adaptive):
    """What both share: x_{t+1} = x_t - a_t u_t, with a rate a that hypergradients move; u is the method's."""

    def add_param_group(self, param_group: dict) -> None:
        """As `Adaptive`; the group's lr, as it is now, is where its rate begins."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        group["rate"] = group["start"] = group["lr"]

    def update(self) -> list[float]:
        return [self._move(group) for group in self.param_groups]

    def _move(self, group: dict) -> float:
        every = [*zip(weights(group), decayed(group), strict=True)]
        for part in [[one] for one in every] if group.get("convention") == "program" else [every]:
            group["rate"] += group["hypergrad_lr"] * sum(self._gain(*pair) for pair in part)
            rate = group["rate"] * (group["lr"] / group["start"])
            for weight, gradient in part:
                direction = self.state[weight]["direction"] = self._direction(group, weight, gradient)
                weight.add_(direction, alpha=-rate)
        return rate

    def _gain(self, weight: Tensor, gradient: Tensor) -> float:
        """g_t . u_{t-1}: by how much the loss falls for a rate of the last step that had been higher."""
        last = self.state[weight].get("direction")
        return 0.0 if last is None else product([gradient], [last])

    def _direction(self, group: dict, weight: Tensor, gradient: Tensor) -> Tensor:
        """u_t of one weight."""
        raise NotImplementedError


class HyperSGD(Hyper):
    """SGD whose rate goes up while successive gradients point the same way, and down where they turn.

    x_{t+1} = x_t - a_t u_t, a_t = a_{t-1} + hypergrad_lr * g_t . u_{t-1}
    u_t = b_t = momentum * b_{t-1} + g_t, or, with nesterov, u_t = g_t + momentum * b_t

    -g_t . u_{t-1} is the derivative of the loss by the last rate, if all before it had been as they were.
    lr: the first rate, > 0. hypergrad_lr: >= 0, the rate of the rate. momentum: >= 0 and < 1. weight_decay:
    >= 0, added to the gradient. nesterov: True or False. What the default of hypergrad_lr, 1e-6, hides: its
    unit is rate over squared gradient, so no number is right for two problems; with it most runs of a few
    hundred steps are plain SGD at lr. The rate is greedy: it asks what was best for the very next loss, which
    with noise is a rate below the one that is best for the run. It may become negative.
    In a group: `rate`, a_t, and `start`. Each group has a rate of its own. A schedule multiplies the rate
    that is learned: lr_now / start times a_t is used. Effective rate: that, which multiplies u. Raises as
    `Adaptive`.
    Baydin et al. 2018, arXiv:1703.04782, SGD-HD and SGDN-HD; the authors' program, which knows one group.

    >>> import torch
    >>> parameter = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = HyperSGD([parameter], lr=0.1, hypergrad_lr=0.001)
    >>> for _ in range(3):
    ...     optimizer.zero_grad()
    ...     (parameter.square().sum() / 2).backward()
    ...     optimizer.step()
    ...     print(round(optimizer.effective_rates()[0], 4))
    0.1
    0.1225
    0.1403
    """

    def __init__(self, params, lr: Positive = 0.1, momentum: BelowOne = 0.0, weight_decay: NotNegative = 0.0,
                 nesterov: bool = False, hypergrad_lr: NotNegative = 1e-6):  # fmt: skip
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov,
                         hypergrad_lr=hypergrad_lr)  # fmt: skip

    def _direction(self, group: dict, weight: Tensor, gradient: Tensor) -> Tensor:
        state, mu = self.state[weight], group["momentum"]
        if mu == 0:
            return gradient.clone()
        state["buffer"] = mu * state["buffer"] + gradient if "buffer" in state else gradient.clone()
        return gradient + mu * state["buffer"] if group["nesterov"] else state["buffer"]


class HyperAdam(Hyper):
    """Adam whose rate goes up while gradients point where the last step went, and down where they turn back.

    x_{t+1} = x_t - a_t u_t, a_t = a_{t-1} + hypergrad_lr * g_t . u_{t-1}
    u_t = (m_t / (1 - betas[0]^t)) / (sqrt(s_t / (1 - betas[1]^t)) + eps), Adam's averages m of g and s of g^2

    lr: the first rate, > 0. hypergrad_lr: >= 0. betas: two numbers >= 0 and < 1. eps: > 0. weight_decay:
    >= 0, added to the gradient, as in Adam, not in AdamW. convention: "paper", as above; or "program", as
    the authors' program: the rate moves for one tensor, which is stepped, and then for the next, so that
    their order matters, and eps is added before s is corrected, so that it weighs more in the first steps.
    What the default of hypergrad_lr, 1e-8, hides: its unit is rate over gradient, so it depends on the scale
    of the loss, which Adam itself does not. Else as in `HyperSGD`.
    In a group: `rate`, a_t, and `start`. Each group has a rate of its own. A schedule multiplies the rate
    that is learned. Effective rate: what multiplies u. Raises as `Adaptive`.
    Baydin et al. 2018, arXiv:1703.04782, Adam-HD.

    >>> import torch
    >>> parameter = torch.nn.Parameter(torch.tensor([3.0, 4.0]))
    >>> optimizer = HyperAdam([parameter], lr=0.1, hypergrad_lr=0.001)
    >>> for _ in range(3):
    ...     optimizer.zero_grad()
    ...     (parameter.square().sum() / 2).backward()
    ...     optimizer.step()
    ...     print(round(optimizer.effective_rates()[0], 4))
    0.1
    0.1068
    0.1134
    """

    def __init__(self, params, lr: Positive = 1e-3, betas: Betas = (0.9, 0.999), eps: Positive = 1e-8,
                 weight_decay: NotNegative = 0.0, hypergrad_lr: NotNegative = 1e-8,
                 convention: Convention = "paper"):  # fmt: skip
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                         hypergrad_lr=hypergrad_lr, convention=convention)  # fmt: skip

    def _direction(self, group: dict, weight: Tensor, gradient: Tensor) -> Tensor:
        (b1, b2), t = group["betas"], self.count(weight)
        mean = self.average(weight, "exp_avg", gradient, b1) / (1 - b1**t)
        square = self.average(weight, "exp_avg_sq", gradient.square(), b2) / (1 - b2**t)
        eps = group["eps"] / (sqrt(1 - b2**t) if group["convention"] == "program" else 1.0)
        return mean / (square.sqrt() + eps)
