"""MuonAdamW is torch's Muon and torch's AdamW on the weights that each is for."""

import pytest
import torch

from lrlib.adaptive import MuonAdamW
from lrlib.optim import ScheduleLR
from lrlib.schedules import cosine

STEPS = 6


def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Embedding(7, 4), torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)
    )


def step(model, t, *optimizers):
    model.zero_grad()
    model((torch.arange(4) + t) % 7).square().sum().backward()
    for optimizer in optimizers:
        optimizer.step()


def groups_of(model):
    """Embedding and last layer apart, as the class says they should be."""
    outer = [*model[0].parameters(), *model[3].parameters()]
    return [{"params": [*model[1].parameters()]}, {"params": outer, "use_muon": False, "lr": 0.01}]


def test_each_weight_takes_the_steps_of_torch_and_one_schedule_scales_them_all():
    one, two = network(), network()
    optimizer = MuonAdamW(groups_of(one), lr=0.05, adamw_lr=0.002, weight_decay=0.1)
    muon = torch.optim.Muon([two[1].weight], lr=0.05, weight_decay=0.1)
    rest = [{"params": [two[1].bias], "lr": 0.002}, {"params": [*two[0].parameters(), *two[3].parameters()]}]
    adamw = torch.optim.AdamW(rest, lr=0.01, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.1)
    schedulers = [ScheduleLR(each, cosine(1, 0, STEPS)) for each in (optimizer, muon, adamw)]
    for t in range(STEPS):
        step(one, t, optimizer)
        step(two, t, muon, adamw)
        for scheduler in schedulers:
            scheduler.step()
    assert all(p.equal(q) for p, q in zip(one.parameters(), two.parameters(), strict=True))
    assert [group["use_muon"] for group in optimizer.param_groups] == [True, False, False]
    assert optimizer.param_groups[2]["lr"] == adamw.param_groups[1]["lr"] < 0.01


def test_what_a_group_is_told_later_is_what_torch_is_told():
    one, two = network(), network()
    optimizer, muon = MuonAdamW(one[1].parameters()), torch.optim.Muon([two[1].weight], lr=0.3, momentum=0.5)
    optimizer.param_groups[0].update(lr=0.3, momentum=0.5, weight_decay=0.1)
    step(one, 0, optimizer)
    step(two, 0, muon)
    assert one[1].weight.equal(two[1].weight)


def test_what_is_no_matrix_is_not_for_muon():
    with pytest.raises(
        ValueError, match=r"^MuonAdamW: use_muon must be False .* got a weight of shape \(5,\)$"
    ):
        MuonAdamW([{"params": network()[1].parameters(), "use_muon": True}])


def test_use_muon_is_true_or_false():
    with pytest.raises(ValueError, match=r"^MuonAdamW: use_muon must be True or False, got 1$"):
        MuonAdamW([{"params": network()[1].parameters(), "use_muon": 1}])
