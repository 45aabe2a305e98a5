"""The minimum of logistic regression, held against autograd and against scikit-learn's solver."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from lrlib import tasks, theory


@pytest.mark.parametrize("l2", [1e-4, 0.01, 1.0])
@pytest.mark.parametrize("n_train", [200, 400])
def test_the_minimum_of_the_convex_problem_is_exact(l2, n_train):
    task = tasks.get("breast_cancer", l2=l2, n_train=n_train, batch_size=n_train)
    model, (cases, labels) = task.model(0), task.batches(0, 1)[0]
    least, weights, intercept = theory.logistic_minimum(cases, labels, l2)
    model.load_state_dict(state_of(weights[None], [intercept]))
    loss = task.loss(model(cases), labels)
    loss.backward()
    assert loss.item() == pytest.approx(least, rel=1e-13)
    assert max(p.grad.abs().max().item() for p in model.parameters()) < 1e-8
    solver = LogisticRegression(C=1 / (l2 * n_train), solver="newton-cholesky", tol=1e-10).fit(cases, labels)
    assert weights == pytest.approx(solver.coef_[0], rel=1e-4, abs=1e-5)
    assert intercept == pytest.approx(solver.intercept_[0], rel=1e-4, abs=1e-5)
    model.load_state_dict(state_of(solver.coef_, solver.intercept_))
    assert least - 1e-15 < task.loss(model(cases), labels).item() < least + 1e-8


def state_of(weights, intercept):
    return {"linear.weight": torch.as_tensor(weights), "linear.bias": torch.as_tensor(intercept)}


@pytest.mark.parametrize(
    ("cases", "labels", "l2", "said"),
    [
        ([[1.0], [np.nan]], [0, 1], 0.1, "cases must be finite"),
        ([1.0, 2.0], [0, 1], 0.1, "cases must be finite"),
        ([[1.0], [2.0]], [-1, 1], 0.1, "labels must be a list of 0 and 1"),
        ([[1.0], [2.0]], [0], 0.1, "labels must be one a case"),
        ([[1.0], [2.0]], [0, 1], 0, "l2 must be a number > 0"),
    ],
)
def test_a_convex_problem_that_is_none_is_refused(cases, labels, l2, said):
    with pytest.raises(ValueError, match=f"^logistic_minimum: {said}"):
        theory.logistic_minimum(cases, labels, l2)
