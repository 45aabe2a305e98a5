"""What a report trains: each parameter reaches training, and one that would be ignored is refused."""

import pytest

from lrlib import train
from lrlib.reports import training
from lrlib.rules import INF, Refused


@pytest.mark.parametrize(
    ("settled", "made"),
    [
        ({}, train.SGD()),
        ({"optimizer": "sgd", "weight_decay": 0.1}, train.SGD(weight_decay=0.1)),
        ({"optimizer": "momentum"}, train.SGD(momentum=0.9)),
        ({"optimizer": "momentum", "momentum": 0.5}, train.SGD(momentum=0.5)),
        ({"optimizer": "adam", "beta1": 0.8}, train.Adam(betas=(0.8, 0.999))),
        ({"optimizer": "adamw", "weight_decay": -1.0}, train.AdamW()),
        ({"optimizer": "adamw", "weight_decay": 0.0}, train.AdamW(weight_decay=0.0)),
    ],
)
def test_an_optimizer_has_what_was_given_and_else_what_it_has_itself(settled, made):
    assert training.optimizer(settled) == made and type(training.optimizer(settled)) is type(made)


@pytest.mark.parametrize(
    "settled",
    [
        {"optimizer": "sgd", "momentum": 0.5},
        {"optimizer": "adam", "momentum": 0.5},
        {"optimizer": "momentum", "beta2": 0.99},
        {"optimizer": "sgd", "beta1": 0.5},
    ],
)
def test_a_parameter_that_the_optimizer_does_not_have_is_refused(settled):
    with pytest.raises(
        Refused, match=rf"(momentum|beta\d) is for the optimizer .*, not {settled['optimizer']}"
    ):
        training.how(settled)


def test_how_holds_what_train_takes():
    settled = {"clip_norm": 0.0, "dtype": "float32", "device": "cpu", "workers": 2, "steps": 30}
    made = training.how(settled)
    assert made == {
        "optimizer": train.SGD(),
        "clip_norm": INF,
        "dtype": "float32",
        "device": "cpu",
        "workers": 2,
    }
    found = train.sweep("quadratic", "constant(1)", 0.1, [0], steps=3, **made | {"workers": 1})
    assert found.how["dtype"] == "float32"


def test_a_batch_size_belongs_to_the_task():
    given = {"task": "digits", "options": ["label_noise=0.1"], "batch_size": 16}
    task = training.problem(given)
    assert (task.options["batch_size"], task.options["label_noise"]) == (16, 0.1)
    assert training.problem(given | {"batch_size": 0}).options["batch_size"] == 32
    with pytest.raises(Refused, match="quadratic has no option of that name"):
        training.problem({"task": "quadratic", "batch_size": 16})
    with pytest.raises(Refused, match="given twice"):
        training.problem(given | {"options": ["batch_size=8"]})
