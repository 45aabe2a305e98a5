"""What the engine promises: any stateless model trains as it does alone, and what would not is refused."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from lrlib import tasks, train
from lrlib.schedules import constant
from lrlib.tasks import Batches, Task
from lrlib.train import judging, stacking
from lrlib.train.updates import SGD, AdamW
from tests.train.problems import LONGER, PROBLEMS, SCHEDULES, SHAPES, WAYS, agree, digits, with_model


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("clip_norm", [float("inf"), 0.5])
def test_whole_runs_with_any_optimizer_equal_ordinary_pytorch_loops(name, clip_norm):
    optimizer, rate = WAYS[name]
    how = {"optimizer": optimizer, "clip_norm": clip_norm}
    task, rates, seeds = digits(hidden=(6, 5)), (rate / 3, rate), (0, 4)
    found = train.sweep(task, SCHEDULES, rates, seeds, evaluations=3, runs_at_once=3, **how)
    agree(found, task, SCHEDULES, rates, seeds, **how)
    if clip_norm == 0.5:  # it did clip
        free = train.sweep(task, SCHEDULES, rates, seeds, evaluations=3, optimizer=optimizer)
        assert np.abs(free.heldout_loss - found.heldout_loss).max() > 1e-9 * ("adam" not in name)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(6, 6, bias=False)
        self.norm = nn.LayerNorm(6)
        self.outer = nn.Linear(6, 3)
        self.register_buffer("scale", torch.tensor(0.5))

    def forward(self, x):
        return self.outer(x + self.scale * torch.tanh(self.inner(self.norm(x))))


MODELS = {
    "residual, layer norm, buffer": (Residual, (6,)),
    "attention": (
        lambda: nn.Sequential(
            nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True, norm_first=True),
            nn.Flatten(),
            nn.Linear(32, 3),
        ),
        (4, 8),
    ),
    "batch statistics": (
        lambda: nn.Sequential(nn.Linear(6, 7), nn.BatchNorm1d(7, track_running_stats=False), nn.Linear(7, 3)),
        (6,),
    ),
    "convolution": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2), nn.GroupNorm(2, 4), nn.GELU(), nn.Flatten(), nn.Linear(36, 3)
        ),
        (1, 7, 7),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_any_stateless_module_trains_as_it_does_alone(name):
    task = with_model(*MODELS[name])
    found = train.sweep(task, SCHEDULES, (0.05, 0.2), (1, 2), evaluations=3)
    agree(found, task, SCHEDULES, (0.05, 0.2), (1, 2))


def test_convolutions_in_float64_are_looped_and_the_sweep_says_so():
    task = with_model(*MODELS["convolution"])
    double, single = (
        train.sweep(task, SCHEDULES, (0.1,), (1,), evaluations=3, dtype=d) for d in ("float64", "float32")
    )
    assert "one model at a time: float64 convolutions" in double.note
    assert single.note == train.sweep(digits(), SCHEDULES, (0.1,), (1,)).note == ""
    agree(single, task, SCHEDULES, (0.1,), (1,), rel=1e-4, dtype="float32")
    assert double.heldout_loss == pytest.approx(single.heldout_loss, rel=1e-4)
    assert (double.heldout_loss != single.heldout_loss).any()


def test_float32_is_float64_from_the_same_weights_with_shorter_numbers():
    task = digits()
    single, double = (
        train.sweep(task, SCHEDULES, (0.1,), (0, 1), evaluations=3, dtype=d) for d in ("float32", "float64")
    )
    assert single.heldout_loss == pytest.approx(double.heldout_loss, rel=1e-4)
    assert (single.heldout_loss != double.heldout_loss).any()
    assert np.array_equal(single.used, single.used.astype(np.float32))
    agree(single, task, SCHEDULES, (0.1,), (0, 1), rel=1e-4, dtype="float32")


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from([(), (5,), (2, 5)]),
    st.booleans(),
    st.integers(0, 99),
)
def test_linear_layers_computed_features_first_are_the_same_function(n_in, n_out, batch, bias, seed):
    torch.manual_seed(seed)
    plain = nn.Linear(n_in, n_out, bias=bias, dtype=torch.float64)
    first = nn.Linear(n_in, n_out, bias=bias, dtype=torch.float64)
    first.load_state_dict(plain.state_dict())
    first = stacking.features_first(first)
    x = torch.randn(*batch, n_in, dtype=torch.float64)
    assert torch.allclose(first(x), plain(x), rtol=1e-12, atol=1e-14)
    for layer in (first, plain):
        layer(x).square().sum().backward()
    for a, b in zip(first.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(a.grad, b.grad, rtol=1e-12, atol=1e-14)


def test_held_out_loss_is_cut_alike_for_one_run_and_for_many():
    task = with_model(*MODELS["batch statistics"])
    more = torch.randn(300, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    task = replace(task, heldout=(more, torch.arange(300) % 3))
    found = train.sweep(task, SCHEDULES, (0.1,), (1,), evaluations=3)
    agree(found, task, SCHEDULES, (0.1,), (1,))


class Frozen(nn.Module):
    """A frozen layer, and one that no loss depends on."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer, self.idle = nn.Linear(6, 5), nn.Linear(5, 3), nn.Linear(2, 2)
        self.inner.requires_grad_(False)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))


@pytest.mark.parametrize("optimizer", [SGD(weight_decay=0.1), AdamW(weight_decay=0.5)])
def test_frozen_and_idle_parameters_stay_as_they_are(optimizer):
    task = with_model(Frozen, (6,))
    found = train.sweep(task, SCHEDULES, (0.1,), (1, 2), evaluations=3, optimizer=optimizer)
    agree(found, task, SCHEDULES, (0.1,), (1, 2), optimizer=optimizer)


def test_a_users_own_modules_are_left_as_they_are():
    torch.manual_seed(0)
    mine = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3)).double()
    before = {name: part.clone() for name, part in mine.state_dict().items()}
    task = replace(with_model(nn.Identity, (6,)), model=lambda seed: deepcopy(mine))
    train.sweep(task, SCHEDULES, (0.1,), (1,))
    assert [type(layer) for layer in mine] == [nn.Linear, nn.Tanh, nn.Linear]
    assert all(torch.equal(part, before[name]) for name, part in mine.state_dict().items())
    assert all(p.grad is None for p in mine.parameters())


# ---------------------------------------------------------------- losses


def regression(loss, rows=300):
    """Ten numbers to one, by a small network, with any loss."""
    random = torch.Generator().manual_seed(0)
    x = torch.randn(rows, 10, dtype=torch.float64, generator=random)
    y = torch.tanh(x[:, :1]) + 0.1 * torch.randn(rows, 1, dtype=torch.float64, generator=random)

    def model(seed):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return nn.Sequential(nn.Linear(10, 4), nn.Tanh(), nn.Linear(4, 1)).double()

    def batches(seed, steps):
        return Batches(x[:40], y[:40], torch.from_numpy(tasks.epoch_order(seed, 40, 8, steps)))

    heldout = x[40:], y[40:]
    return Task(
        name="regression", model=model, loss=loss, batches=batches, heldout=heldout, guess=1.0, unit=""
    )


REGRESSION = {
    "mse": F.mse_loss,
    "huber": F.huber_loss,
    "smooth l1": F.smooth_l1_loss,
    "l1": F.l1_loss,
    "nn.MSELoss": nn.MSELoss(),
    "nn.HuberLoss": nn.HuberLoss(delta=0.3),
}


@pytest.mark.parametrize("name", REGRESSION)
def test_regression_with_the_losses_of_torch_trains_as_it_does_alone(name):
    task = regression(REGRESSION[name])
    found = train.sweep(task, SCHEDULES, (0.02, 0.1, 0.3), (1, 2), evaluations=3)
    agree(found, task, SCHEDULES, (0.02, 0.1, 0.3), (1, 2))


TORCHS = {  # loss, how many outputs, kind of targets
    "CrossEntropyLoss": (nn.CrossEntropyLoss(label_smoothing=0.1), 3, "class"),
    "NLLLoss": (lambda output, targets: F.nll_loss(output.log_softmax(-1), targets), 3, "class"),
    "KLDivLoss": (lambda o, t: F.kl_div(o.log_softmax(-1), t.softmax(-1), reduction="batchmean"), 3, "real"),
    "PoissonNLLLoss": (nn.PoissonNLLLoss(), 3, "whole"),
    "GaussianNLLLoss": (lambda o, t: F.gaussian_nll_loss(o[:, :1], t[:, :1], o[:, 1:2].exp()), 3, "real"),
    "BCELoss": (lambda output, targets: F.binary_cross_entropy(output.sigmoid(), targets), 3, "whole"),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2.0, 3.0])), 3, "whole"),
    "HingeEmbeddingLoss": (nn.HingeEmbeddingLoss(), 3, "sign"),
    "MultiLabelMarginLoss": (lambda o, t: F.multilabel_margin_loss(o, t.argsort(-1)), 3, "real"),
    "MultiLabelSoftMarginLoss": (nn.MultiLabelSoftMarginLoss(), 3, "whole"),
    "SoftMarginLoss": (nn.SoftMarginLoss(), 3, "sign"),
    "MultiMarginLoss": (nn.MultiMarginLoss(), 3, "class"),
    "CosineEmbeddingLoss": (lambda o, t: F.cosine_embedding_loss(o, t + 2, t[:, 0]), 3, "sign"),
    "MarginRankingLoss": (
        lambda o, t: F.margin_ranking_loss(o[:, 0], o[:, 1], t[:, 0], margin=0.2),
        3,
        "sign",
    ),
    "TripletMarginLoss": (lambda o, t: F.triplet_margin_loss(o, t, -t), 3, "real"),
    "a median": (lambda o, t: (o - t).abs().median(), 3, "real"),
    "a mask": (lambda o, t: (o - t)[t > 0].square().mean(), 3, "real"),
}
UNSTACKED = {"GaussianNLLLoss", "a mask"}


@pytest.mark.parametrize("name", TORCHS)
def test_every_loss_of_torch_trains_as_it_does_alone(name):
    loss, outputs, kind = TORCHS[name]
    random = torch.Generator().manual_seed(2)
    real = torch.randn(60, outputs, dtype=torch.float64, generator=random)
    kinds = {"real": real, "whole": (real > 0).double(), "sign": real.sign(), "class": real.argmax(-1)}
    plain = with_model(lambda: nn.Linear(6, outputs), (6,))

    def batches(seed, steps):
        return replace(plain.batches(seed, steps), targets=kinds[kind][:40])

    task = replace(plain, loss=loss, batches=batches, heldout=(plain.heldout[0], kinds[kind][40:]))
    found = train.sweep(task, [constant(1, 5)], (0.02, 0.1), (1, 2), evaluations=3)
    agree(found, task, [constant(1, 5)], (0.02, 0.1), (1, 2))
    assert ("Linear cannot be stacked (vmap: " in found.note) == (name in UNSTACKED)


def test_a_loss_of_another_dtype_than_the_models_is_that_of_a_run():
    weight = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    plain = with_model(lambda: nn.Linear(6, 3), (6,))

    def loss(output, targets):
        return F.binary_cross_entropy_with_logits(output, F.one_hot(targets, 3).to(output), pos_weight=weight)

    assert train.sweep(replace(plain, loss=loss), constant(1, 2), 0.1, [0]).note == ""
    single = train.sweep(replace(plain, loss=loss), constant(1, 2), 0.1, [0], dtype="float32")
    alone = train.run(replace(plain, loss=loss), constant(1, 2), 0.1, 0, dtype="float32")
    assert "Linear cannot be stacked" in single.note and single.result.item() == alone.result


def weighted(output, targets):
    return F.cross_entropy(output, targets, weight=torch.tensor([1.0, 5.0, 0.2], dtype=output.dtype))


def ignoring(output, targets):
    return F.cross_entropy(output, targets, ignore_index=2)


def summed(output, targets):
    return F.cross_entropy(output, targets, reduction="sum")


LOSSES = {"mean": tasks.cross_entropy, "weights": weighted, "ignored": ignoring, "sum": summed}


@pytest.mark.parametrize("name", LOSSES)
def test_the_judged_loss_is_that_of_the_whole_held_out_set(name):
    plain = with_model(lambda: nn.Linear(6, 3), (6,))
    random = torch.Generator().manual_seed(1)
    more = torch.randn(600, 6, dtype=torch.float64, generator=random)
    labels = torch.randint(0, 3, (600,), generator=random)
    task = replace(plain, loss=LOSSES[name], heldout=(more, labels), right=tasks.share_right)
    schedule, rate = constant(1, 4), 0.05
    found = train.sweep(task, schedule, rate, [3], evaluations=1)
    model, batches = task.model(3), task.batches(3, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for t in range(4):
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
    whole = task.loss(model(more), labels).item()
    assert found.heldout_loss[0, 0, 0, -1] == pytest.approx(whole, rel=1e-9)
    assert train.run(task, schedule, rate, 3).heldout_loss[-1] == pytest.approx(whole, rel=1e-9)
    share = (model(more).argmax(1) == labels).double().mean().item()
    assert found.heldout_right[0, 0, 0, -1] == pytest.approx(share, rel=1e-12) and 0.2 < share < 0.5
    assert len(judging.heldout_pieces(task, 3)) == (3 if name == "mean" else 1)


# ---------------------------------------------------------------- divergence


EXPLODING = {"digits": 1e6, "quadratic": 2.5, "quadratic to infinity": 1e150}


@pytest.mark.parametrize("case", EXPLODING)
def test_a_diverged_run_is_a_result_and_does_not_touch_its_neighbours(case):
    task, rates = PROBLEMS[case.split()[0]]
    bad, seeds = EXPLODING[case], [0, 1, 2]
    with np.errstate(all="raise"):
        calm = train.sweep(task, SHAPES, rates, seeds, steps=LONGER)
        mixed = train.sweep(task, SHAPES, (rates[0], bad, rates[1]), seeds, steps=LONGER)
    assert mixed.diverged[0, 1].all()
    assert (mixed.result[0, 1] == task.guess).all()
    assert not calm.diverged.any()
    assert not mixed.diverged[:, [0, 2]].any()
    for values in ("train_loss", "heldout_loss", "result", "used"):
        assert getattr(mixed, values)[:, [0, 2]] == pytest.approx(getattr(calm, values), rel=1e-12)
    alone = train.run(task, SHAPES[0], bad, 0)
    assert alone.diverged
    assert alone.result == mixed.ledger(0, bad, seeds[0]).result == task.guess


def test_infinities_appear_so_the_neighbours_were_really_at_risk():
    task, rates = PROBLEMS["quadratic"]
    found = train.sweep(task, SHAPES[:1], (rates[0], 1e150), [0])
    assert not np.isfinite(found.train_loss[0, 1]).all()
    assert np.isfinite(found.train_loss[0, 0]).all()


def test_a_run_whose_last_update_alone_overflows_counts_as_a_guess():
    task, _ = PROBLEMS["quadratic"]
    found = train.sweep(task, [constant(1, 1)], [0.1, 1e200], [0])
    assert found.diverged[0].tolist() == [[False], [True]]
    assert found.result[0, 1, 0] == train.run(task, constant(1, 1), 1e200, 0).result == task.guess


def test_a_run_diverges_at_a_hundred_guesses_and_not_before():
    fine, bad = np.array([[1.0, 50.0]]), np.array([[1.0, 150.0]])
    assert not train.blew_up(np.ones((1, 3)), fine, 1.0)[0] and train.blew_up(np.ones((1, 3)), bad, 1.0)[0]
    assert train.blew_up(np.array([[1.0, np.nan]]), fine, 1.0)[0]


def test_a_loss_below_zero_is_no_divergence():
    def loss(output, targets):
        return F.mse_loss(output, targets) - 5

    task = replace(regression(loss), guess=-4.0)
    found = train.sweep(task, SCHEDULES, (0.02,), (1, 2))
    assert not found.diverged.any() and (found.result == found.heldout_loss[..., -1]).all()
    agree(train.sweep(task, SCHEDULES, (0.02,), (1, 2), evaluations=3), task, SCHEDULES, (0.02,), (1, 2))
    ends = np.array([[391.9], [392.1]])
    assert judging.blew_up(np.ones((2, 1)), ends, -4.0).tolist() == [False, True]


@pytest.mark.parametrize("size", [float("inf"), float("nan")])
def test_a_loss_that_is_never_finite_is_a_diverged_run_and_no_error(size):
    task = regression(lambda output, targets: F.mse_loss(output, targets) * size)
    assert train.sweep(task, SCHEDULES, (0.02,), (1, 2)).diverged.all()
    assert train.run(task, SCHEDULES[0], 0.02, 1).diverged


def test_a_run_that_ends_at_a_hundred_guesses_has_not_diverged_and_above_it_has():
    for loss, diverged in [(100 * 0.5, False), (np.nextafter(50, 51), True), (99.5 * 0.5, False)]:
        assert judging.blew_up(np.array([1.0]), np.array([1e9, loss]), 0.5) == diverged
