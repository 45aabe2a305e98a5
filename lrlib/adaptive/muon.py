"""Muon for the matrices inside a network, AdamW for all other weights, as one optimizer."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor
from torch.optim import AdamW, Muon

from lrlib.adaptive.base import Adaptive
from lrlib.rules import BelowOne, Betas, Count, NotNegative, Positive, Refused, check, one_of, saying

AdjustLR = Annotated[str, one_of("original", "match_rms_adamw")]


class MuonAdamW(Adaptive):
    """torch's Muon and torch's AdamW with one list of groups, one state, one schedule.

    x_{t+1} = x_t - lr * a * orthogonalized(momentum of g_t)          a matrix; a: see adjust_lr_fn
    x_{t+1} = x_t - adamw_lr * m_{t+1} / (sqrt(v_{t+1}) + eps)        any other weight, as AdamW

    A group says which it is by `use_muon`. One that does not is split: its weights of two dimensions to Muon,
    all others (biases, scales of norms) to AdamW. An embedding and the last layer have two dimensions too,
    and belong to AdamW: give them a group with use_muon False. Muon makes all directions of a matrix's step
    equally long, which suits one that maps a hidden layer to another. A row of an embedding is one word,
    which most batches do not have, and a row of a last layer one class; Muon's authors found AdamW better for
    both. Filters of convolutions, which they flatten, go to AdamW here: torch's Muon takes matrices alone.
    lr, momentum, nesterov, ns_steps, adjust_lr_fn: Muon's. adamw_lr, betas, eps: AdamW's. weight_decay: of
    both, decoupled, times the group's lr. An `lr` in a group is that of all its weights.
    What the defaults hide: two rates to tune, lr = 0.02 and adamw_lr = 3e-4. What lr means depends on
    adjust_lr_fn: a is sqrt(max(1, rows / columns)) for "original", torch's default, and 0.2 * sqrt(max(rows,
    columns)) for "match_rms_adamw", which wants an lr of AdamW's size.
    In a group: `use_muon` and `lr`; in the state of each weight what torch's Muon or AdamW keep there.
    A schedule multiplies the lr of every group, and so both.
    Effective rate: the group's lr, for Muon without a. Raises as `Adaptive`, and ValueError where use_muon is
    True for what is no matrix.
    Jordan et al. 2024, kellerjordan.github.io/posts/muon; Liu et al. 2025, arXiv:2502.16982
    (match_rms_adamw).

    >>> import torch
    >>> layer = torch.nn.Linear(3, 2)
    >>> optimizer = MuonAdamW(layer.parameters())
    >>> [(group["use_muon"], group["lr"]) for group in optimizer.param_groups]  # the matrix, and the bias
    [(True, 0.02), (False, 0.0003)]
    """

    def __init__(self, params, lr: NotNegative = 0.02, adamw_lr: NotNegative = 3e-4,
                 momentum: BelowOne = 0.95, nesterov: bool = True, ns_steps: Count = 5,
                 adjust_lr_fn: AdjustLR = "original", betas: Betas = (0.9, 0.95), eps: Positive = 1e-10,
                 weight_decay: NotNegative = 0.0):  # fmt: skip
        super().__init__(params, lr=lr, adamw_lr=adamw_lr, momentum=momentum, nesterov=nesterov,
                         ns_steps=ns_steps, adjust_lr_fn=adjust_lr_fn, betas=betas, eps=eps,
                         weight_decay=weight_decay)  # fmt: skip

    def add_param_group(self, param_group: dict) -> None:
        """As torch's, for one group or two: ValueError where a weight that is no matrix is meant for Muon."""
        given, asked = param_group["params"], param_group.get("use_muon")
        every = [given] if isinstance(given, Tensor) else [*given]
        shapes = [tuple((each[1] if isinstance(each, tuple) else each).shape) for each in every]  # or named
        with saying("MuonAdamW"):
            asked = asked if asked is None else check("use_muon", bool, asked)
            for shape in [shape for shape in shapes if asked and len(shape) != 2]:
                raise Refused(f"use_muon must be False for what is no matrix, got a weight of shape {shape}")
        for muon, rate in ((True, "lr"), (False, "adamw_lr")):
            if chosen := [
                each
                for each, shape in zip(every, shapes, strict=True)
                if muon == (len(shape) == 2 if asked is None else asked)
            ]:
                group = {"lr": self.defaults[rate], **param_group, "params": chosen, "use_muon": muon}
                super().add_param_group({**({"eps": 1e-7} if muon else {}), **group})
        self._share()

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._share()

    def _share(self) -> None:
        """Make the two optimizers of torch anew, on these very groups and this state."""
        self.both = []
        for kind, muon in ((Muon, True), (AdamW, False)):
            if groups := [group for group in self.param_groups if group["use_muon"] == muon]:
                self.both.append(kind(groups))
                self.both[-1].state = self.state

    def update(self) -> list[float]:
        for optimizer in self.both:
            optimizer.step()
        return [group["lr"] for group in self.param_groups]
