"""What is promised of a task made from a model and two datasets: it is their problem, or is refused."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from lrlib import tasks, train
from lrlib.rules import Refused

RANDOM = torch.Generator().manual_seed(0)
X = torch.randn(90, 4, generator=RANDOM)
LABELS = (X[:, 0] > 0).long() + (X[:, 1] > 1).long()
REAL = X @ torch.tensor([1.0, 2, 0, -1]) + 0.3


def halves(y, x=X):
    return (x[:60], y[:60]), (x[60:], y[60:])


def net(outputs=3):
    return lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, outputs))


def classes(**how):
    return tasks.from_torch(net(), *halves(LABELS), **how)


class Rows(Dataset):
    """Rows one by one, as programs that train on images have them."""

    def __init__(self, x, y, noise=0.0):
        self.x, self.y, self.noise = x, y, noise

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i] + self.noise * torch.randn(4), int(self.y[i])


FORMS = {
    "tensors": halves(LABELS),
    "arrays": halves(LABELS.numpy(), X.numpy()),
    "tables": halves(pd.Series(LABELS), pd.DataFrame(X)),
    "TensorDataset": [TensorDataset(*pair) for pair in halves(LABELS)],
    "rows": [Rows(*pair) for pair in halves(LABELS)],
    "subsets": [Subset(Rows(X, LABELS), range(60)), Subset(TensorDataset(X, LABELS), range(60, 90))],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_examples_in_any_form_are_the_same_task(form):
    task = tasks.from_torch(net(), *FORMS[form])
    assert task.fingerprint(3) == classes().fingerprint(3)
    assert task.heldout[0].dtype == torch.float64 and task.heldout[1].dtype == torch.int64


def test_a_task_from_torch_is_the_one_written_by_hand():
    task, order = classes(batch_size=7), torch.from_numpy(tasks.epoch_order(5, 60, 7, 12))
    before = torch.get_default_dtype()
    torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    try:
        model = net()()
    finally:
        torch.set_default_dtype(before)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    for rows in order:
        optimizer.zero_grad()
        F.cross_entropy(model(X[rows].double()), LABELS[rows]).backward()
        optimizer.step()
    logits = model(X[60:].double())
    run = train.run(task, "constant(1)", 0.3, 5, steps=12)
    assert run.heldout_loss[-1] == pytest.approx(F.cross_entropy(logits, LABELS[60:]).item(), rel=1e-9)
    found = train.sweep(task, "constant(1)", 0.3, [5], steps=12)
    share = (logits.argmax(1) == LABELS[60:]).double().mean().item()
    assert found.right()["constant(1)"] == pytest.approx([share]) and found.note == ""


def test_a_seed_names_the_weights_and_is_handed_on_to_who_asks_for_it():
    def same(a, b):
        return all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))

    for build in (net(), lambda seed: net()(), lambda seed=0: net()(), lambda *, width=8: net()()):
        task = tasks.from_torch(build, *halves(LABELS))
        assert same(task.model(1), task.model(1)) and not same(task.model(1), task.model(2))
        assert same(task.model(1), classes().model(1))
    told = []
    tasks.from_torch(lambda seed: told.append(seed) or net()(), *halves(LABELS)).model(7)
    assert told[-1] == 7


LOSSES = {  # loss, targets, outputs; what the best constant is, what is right, unit
    "classes": (None, LABELS, 3, "shares", "nats"),
    "CrossEntropyLoss": (nn.CrossEntropyLoss(), LABELS, 3, "shares", "nats"),
    "cross_entropy": (F.cross_entropy, LABELS, 3, "shares", "nats"),
    "numbers": (None, REAL[:, None], 1, "mean", "squared error"),
    "MSELoss": (nn.MSELoss(), REAL[:, None], 1, "mean", "squared error"),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss(), (X[:, :1] > 0.7).double(), 1, "logit", "nats"),
    "HuberLoss": (nn.HuberLoss(), REAL[:, None], 1, None, "loss units"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_guess_is_the_held_out_loss_of_the_best_constant(name):
    loss, targets, outputs, best, unit = LOSSES[name]
    task = tasks.from_torch(net(outputs), *halves(targets), loss=loss)
    seen, held = (part.double() if part.is_floating_point() else part for _, part in halves(targets))
    shares = [(seen == label).double().mean() for label in range(3)]
    constants = {
        "shares": lambda: torch.stack(shares).log(),
        "mean": lambda: seen.mean(0),
        "logit": lambda: seen.mean(0).logit(),
    }
    if best:
        expected = task.loss(constants[best]().expand(len(held), -1), held)
        assert task.guess == pytest.approx(float(expected), rel=1e-4)
    else:
        grid = [each.expand(60, outputs) for each in torch.linspace(-3, 3, 601, dtype=torch.float64)]
        nearest = min(grid, key=lambda constant: float(task.loss(constant, seen)))
        assert task.guess == pytest.approx(float(task.loss(nearest[:30], held)), rel=1e-2)
    assert task.unit == unit and (task.right is None) == (best in ("mean", None))
    assert tasks.from_torch(net(outputs), *halves(targets), loss=loss, guess=4, unit="u").guess == 4


def test_what_is_right_is_counted_for_classes_in_either_order_and_for_two():
    two = tasks.from_torch(net(1), *halves((X[:, :1] > 0).double()), loss=nn.BCEWithLogitsLoss())
    assert two.right(
        torch.tensor([[2.0], [-1.0], [3.0]]), torch.tensor([[1.0], [0.0], [0.0]])
    ) == pytest.approx(2 / 3)
    words = torch.randint(0, 5, (90, 6), generator=RANDOM)
    last = tasks.from_torch(lambda: nn.Embedding(5, 5), *halves(words, words))
    second = tasks.from_torch(
        lambda: nn.Sequential(nn.Embedding(5, 5), Swap()), *halves(words, words), loss=F.cross_entropy
    )
    for task in (last, second):
        outputs = task.model(0)(task.heldout[0])
        logits = outputs if task is last else outputs.transpose(1, 2)
        share = (logits.argmax(-1) == task.heldout[1]).double().mean()
        assert float(task.right(outputs, task.heldout[1])) == float(share)
        assert task.guess == pytest.approx(np.log(5), rel=0.05)


class Swap(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


def test_weights_of_a_loss_follow_the_dtype_of_training():
    loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 3.0]))
    task = classes(loss=loss)
    double, single = (
        train.sweep(task, "constant(1)", 0.1, [0], steps=5, dtype=d) for d in ("float64", "float32")
    )
    assert single.result == pytest.approx(double.result, rel=1e-4) and (single.result != double.result).all()
    assert loss.weight.dtype == torch.float32


class Endless(IterableDataset):
    def __iter__(self):
        return iter([(X[0], 1)])


SHARED = nn.Linear(4, 3)
# fmt: off
MISSING = X.clone()
MISSING[7, 2] = torch.nan
WRONG = {
    "a module": (SHARED, halves(LABELS), {}, r"in lambda: Net\(\), got a module$"),
    "no module": (lambda: 3, halves(LABELS), {}, "a function that returns an nn.Module, got 3"),
    "lazy": (lambda: nn.LazyLinear(3), halves(LABELS), {}, "a lazy layer has no weights yet"),
    "other inputs": (
        lambda: nn.Linear(5, 3),
        halves(LABELS),
        {},
        r"cannot read inputs of shape \(4,\) and torch",
    ),
    "whole inputs": (
        net(),
        halves(LABELS, X.long()),
        {},
        r"cannot read inputs of shape \(4,\) and torch.int64",
    ),
    "a row of targets": (net(1), halves(REAL), {}, "every row with every other: give both the same shape"),
    "a class too many": (
        net(2),
        halves(LABELS),
        {},
        "a constant output cannot|cannot compare",
    ),
    "no constant": (lambda: Two(), halves(LABELS), {"loss": lambda o, t: o[0].mean()}, "guess=..."),
    "a loader": (
        net(),
        [DataLoader(TensorDataset(*p)) for p in halves(LABELS)],
        {},
        "is a DataLoader, .*its dataset$",
    ),
    "a stream": (net(), [Endless(), Endless()], {}, "or a map-style Dataset of pairs, got"),
    "one tensor": (net(), [X, X], {}, r"train_dataset must be \(inputs, targets\)"),
    "lengths": (net(), [(X[:60], LABELS), (X, LABELS)], {}, "as many inputs as targets, .* got shapes"),
    "none": (net(), [Rows(X[:0], LABELS), (X, LABELS)], {}, "train_dataset is empty"),
    "random rows": (
        net(),
        [Rows(X, LABELS, 0.1), (X, LABELS)],
        {},
        "a row read twice differs",
    ),
    "ragged rows": (net(), [[(X[0], 1), (X[1, :3], 1), (X[2], 0)], (X, LABELS)], {}, "train_dataset"),
    "a missing input": (net(), [(MISSING, LABELS), (X, LABELS)], {}, "inputs of row 7 hold nan: fill in"),
    "a missing row": (net(), [Rows(MISSING, LABELS), (X, LABELS)], {}, "inputs of row 7 hold nan: fill in"),
    "a missing target": (net(1), [(X, REAL), (X, REAL / 0 * 0)], {}, "heldout_.*targets of row 0 hold nan"),
    "texts": (net(), [(["a", "b"], [1, 2]), (X, LABELS)], {}, "train_dataset: inputs must be numbers"),
    "too large": (
        net(),
        halves(LABELS),
        {"max_gb": 1e-6},
        r"60 examples take 2.4e-06 GB, 1e-06 are",
    ),
    "a large batch": (net(), halves(LABELS), {"batch_size": 61}, r"batch_size must be 1..60, the number of"),
    "no such option": (net(), halves(LABELS), {"batchsize": 8}, "did you mean 'batch_size'"),
}
# fmt: on


class Two(nn.Linear):
    def __init__(self):
        super().__init__(4, 3)

    def forward(self, x):
        return super().forward(x), x


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_problem_is_refused_in_one_sentence(case):
    build, pairs, how, says = WRONG[case]
    with pytest.raises(Refused, match=says) as error:
        tasks.from_torch(build, *pairs, **how)
    assert "\n" not in str(error.value) and str(error.value).startswith("from_torch: ")


def test_a_dataset_larger_than_memory_is_refused_before_it_is_read():
    class Huge(Rows):
        def __len__(self):
            return 10**12

    with pytest.raises(Refused, match=r"^from_torch: train_dataset: 1,000,000,000,000 examples take 4e"):
        tasks.from_torch(net(), Huge(X, LABELS), (X, LABELS))


def test_one_module_for_all_seeds_is_refused_when_it_is_trained():
    task = tasks.from_torch(lambda: SHARED, *halves(LABELS))
    with pytest.raises(ValueError, match="must build a new module each time"):
        train.sweep(task, "constant(1)", 0.1, [0, 1], steps=2)
