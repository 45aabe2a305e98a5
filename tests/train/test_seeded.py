"""What is promised of a task of one's own: a seed names all of it, and a run leaves nothing behind."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from lrlib import train
from lrlib.tasks import Batches
from lrlib.train.updates import SGD, Optimizer
from tests.train.problems import QUADRATIC, with_model

TASK = with_model(lambda: nn.Linear(6, 3), (6,))
WAYS = [
    lambda task, **how: train.run(task, "linear(1, 0, T)", 0.1, 0, steps=3, **how),
    lambda task, **how: train.sweep(task, "linear(1, 0, T)", 0.1, [0, 1], steps=3, **how),
]
both = pytest.mark.parametrize("train_it", WAYS, ids=["run", "sweep"])


@both
def test_modules_that_a_run_would_change_are_refused_and_left_as_they_are(train_it):
    models = {seed: nn.Linear(6, 3, dtype=torch.float64) for seed in (0, 1)}
    before = {seed: model.weight.clone() for seed, model in models.items()}
    for model in (models.get, lambda seed: models[0], lambda seed: nn.Sequential(models[seed])):
        with pytest.raises(ValueError, match=r"must build a new module each time$"):
            train_it(replace(TASK, model=model), dtype="float32")
    for seed, model in models.items():
        assert model.weight.dtype == torch.float64 and torch.equal(model.weight, before[seed])


class Few:
    """Batches that show no tensors, and are few."""

    __slots__ = ("rows",)

    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, t):
        x, y = TASK.heldout
        return x[self.rows[t]], y[self.rows[t]]

    def to(self, dtype, device="cpu"):
        return self


@both
def test_batches_may_be_anything_with_their_methods_and_end_with_the_run(train_it, tmp_path):
    def batches(seed, steps):
        return Few([[0, 1], [2, 3], [4, seed]][:steps] if steps <= 3 else 1 / 0)

    task = replace(TASK, batches=batches)
    assert np.isfinite(np.array(train_it(task).result)).all()
    assert train.sweep(task, "constant(1)", 0.1, [0], steps=3, out=tmp_path).result.shape == (1, 1, 1)


@both
@pytest.mark.parametrize("where", [0, 2])
def test_batches_that_no_seed_names_are_refused(train_it, where):
    x, y = TASK.heldout

    def batches(seed, steps):
        rows = torch.arange(4).repeat(steps, 1)
        rows[where] = torch.randint(4, len(x), (4,))
        return Batches(x, y, rows)

    torch.manual_seed(0)
    with pytest.raises(
        ValueError, match=rf"two calls of batches\(0, 3\) differ at update {where}; .* the seed"
    ):
        train_it(replace(TASK, batches=batches))


@both
def test_a_loss_that_is_not_one_number_is_called_that(train_it):
    each = nn.CrossEntropyLoss(reduction="none")
    with pytest.raises(
        ValueError, match=r"loss must return one number, the mean of a batch, got shape \(8,\)$"
    ):
        train_it(replace(TASK, loss=each))
    with pytest.raises(ValueError, match=r"loss must return one number, .* got a float$"):
        train_it(replace(TASK, loss=lambda outputs, targets: float(outputs.mean())))


@both
def test_training_does_not_depend_on_whether_gradients_are_on_outside(train_it):
    usual = np.array(train_it(TASK).result)
    with torch.no_grad():
        assert np.array_equal(train_it(TASK).result, usual)


@dataclass(frozen=True)
class Own(SGD):
    def update(self, weight, grad, memory, rate, t):
        weight.addcmul_(rate / 2, grad, value=-1)


@dataclass(frozen=True)
class OwnInBoth(Own):
    def torch(self, parameters, lr):
        return torch.optim.SGD(parameters, lr / 2)

    update = Own.update


def test_an_update_that_torch_does_not_make_is_not_taken_for_that_of_a_run():
    with pytest.raises(
        ValueError, match=r"^run: optimizer Own has an update of its own, but torch\(\) of SGD: "
    ):
        WAYS[0](QUADRATIC, optimizer=Own())
    found, alone = WAYS[1](QUADRATIC, optimizer=OwnInBoth()), WAYS[0](QUADRATIC, optimizer=OwnInBoth())
    assert found.ledger(0).result == pytest.approx(alone.result, rel=1e-12)


def test_a_sweep_says_where_used_rates_are_not_observed():
    assert WAYS[1](QUADRATIC).note == ""
    assert WAYS[1](QUADRATIC, optimizer=Own()).note == "used rates are not observed: Own is not torch's"


@both
def test_an_optimizer_that_lacks_a_part_is_refused_when_it_is_given(train_it):
    with pytest.raises(ValueError, match="optimizer Bare has no slots; derive it from SGD or Adam"):
        train_it(QUADRATIC, optimizer=type("Bare", (Optimizer,), {})())


def test_rates_and_seeds_may_be_tensors():
    found = train.sweep(QUADRATIC, "constant(1)", torch.tensor([0.25, 0.5]), torch.arange(2), steps=2)
    assert (found.base_lrs, found.seeds) == ((0.25, 0.5), (0, 1))


@both
def test_a_loss_that_draws_its_own_numbers_or_knows_no_weights_is_refused(train_it):
    own = np.random.default_rng(0)

    def noisy(outputs, targets):
        return (outputs + 0.1 * torch.from_numpy(own.standard_normal((len(outputs), 1)))).square().mean()

    for loss, said in (
        (noisy, "gave two losses: .* draws from a generator that no seed starts"),
        (lambda outputs, y: outputs.detach().mean(), "on the weights"),
    ):
        with pytest.raises(ValueError, match=said):
            train_it(replace(TASK, loss=loss))


@both
def test_a_loss_that_draws_from_the_global_generators_is_named_by_the_seed(train_it):
    def noisy(outputs, targets):
        return (outputs + 0.1 * torch.from_numpy(np.random.randn(len(outputs), 1))).square().mean()

    results = []
    for number in (1, 2):
        np.random.seed(number)
        results.append(np.array(train_it(replace(TASK, loss=noisy)).result))
    assert np.array_equal(*results)


@both
def test_a_dropout_that_drops_nothing_is_no_reason_to_refuse(train_it):
    quiet = with_model(lambda: nn.Sequential(nn.Linear(6, 3), nn.Dropout(0.5).eval(), nn.Dropout(0)), (6,))
    train_it(quiet)


@both
def test_batches_that_are_none_are_called_that(train_it):
    for made in (None, [TASK.heldout] * 3, iter([TASK.heldout])):
        with pytest.raises(
            ValueError, match=r"batches\(seed, steps\) must be Batches, or of their methods, got"
        ):
            train_it(replace(TASK, batches=lambda seed, steps, made=made: made))
    with pytest.raises(ValueError, match=r"batches\(0, 3\) has no update 2: index 2 is out of bounds"):
        train_it(replace(TASK, batches=lambda seed, steps: TASK.batches(seed, 2)))
    before_the_first = Batches(*TASK.heldout, torch.full((3, 4), -1))
    with pytest.raises(ValueError, match=r"batches\(0, 3\) has no update 0: index out of range"):
        train_it(replace(TASK, batches=lambda seed, steps: before_the_first))
