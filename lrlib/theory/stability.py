"""The largest rate at which an optimizer converges along a given curvature, and the largest curvature."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lrlib.rules import BelowOne, Flag, Positive, checked, refused


@checked
def sgd_limit(curvature: Positive, momentum: BelowOne = 0.0, nesterov: Flag = False) -> float:
    """The rate above which `torch.optim.SGD` without noise diverges along curvature lambda.

    2 / lambda without momentum, 2 (1 + beta) / lambda with momentum beta (heavy ball), and
    2 (1 + beta) / ((1 + 2 beta) lambda) with Nesterov's. Along an eigenvector, (x_t, x_{t-1}) moves by a
    companion matrix of trace tr and determinant det; an eigenvalue leaves the unit circle at -1, where
    1 + tr + det = 0. Heavy ball: tr = 1 + beta - eta lambda, det = beta; Nesterov:
    tr = (1 + beta)(1 - eta lambda), det = beta (1 - eta lambda).
    curvature: lambda > 0, the largest eigenvalue of the Hessian; the limit holds the other way round too: at
    rate eta the largest stable curvature is `sgd_limit(eta, ...)`. Raises ValueError for curvature <= 0 or
    momentum outside 0..1. Cohen et al. 2021, arXiv:2103.00065.

    >>> round(sgd_limit(10), 4), round(sgd_limit(10, momentum=0.9), 4)
    (0.2, 0.38)
    """
    limit = 2 * (1 + momentum) / curvature
    return limit / (1 + 2 * momentum) if nesterov else limit


@checked
def adam_limit(sharpness: Positive, beta1: BelowOne = 0.9) -> float:
    """The rate above which Adam with a frozen preconditioner diverges: 2 (1 + beta1) / ((1 - beta1) lambda).

    38 / lambda at beta1 = 0.9. Heavy ball at rate (1 - beta1) eta, because Adam averages its gradients.
    sharpness: lambda > 0, the largest eigenvalue of P^-1 H with P = diag(sqrt(v) + eps), bias corrections
    included; at rate eta the largest stable sharpness is `adam_limit(eta, beta1)`.
    Raises ValueError for sharpness <= 0 or beta1 outside 0..1. Cohen et al. 2022, arXiv:2207.14484.

    >>> round(adam_limit(10), 4)
    3.8
    """
    return 2 * (1 + beta1) / ((1 - beta1) * sharpness)


@checked
def sharpness(loss, parameters: Iterable, denominators=None) -> float:
    """The largest eigenvalue of the Hessian of a loss, or of P^-1 H for Adam with P = diag(denominators).

    From products alone, H v = grad(grad(loss) . v), by Lanczos iteration (scipy's eigsh) from a fixed start;
    P^-1 H has the eigenvalues of the symmetric P^-1/2 H P^-1/2.
    loss: a scalar tensor that was computed from the parameters, tensors too. denominators: sqrt(v) + eps > 0,
    bias corrections included, flat, in the order of the parameters.
    Raises ValueError for denominators of another length, or one <= 0.

    >>> import torch
    >>> x = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    >>> round(sharpness((3 * x[0] ** 2 + x[1] ** 2) / 2, [x]), 4)
    3.0
    """
    import torch
    from scipy.sparse.linalg import LinearOperator, eigsh

    def flat(parts):
        return torch.cat([part.reshape(-1) for part in parts])

    params = list(parameters)
    slope = flat(torch.autograd.grad(loss, params, create_graph=True))
    n = len(slope)
    scale = np.ones(n) if denominators is None else np.asarray(denominators, dtype=np.float64)
    if scale.shape != (n,) or not (scale > 0).all():
        raise refused("denominators", f"{n} numbers > 0, one a parameter", scale)
    root = torch.from_numpy(scale**-0.5).to(slope)

    def times(v: np.ndarray) -> np.ndarray:
        along = slope @ (root * torch.from_numpy(v.ravel()).to(slope))
        curved = torch.autograd.grad(along, params, retain_graph=True, materialize_grads=True)
        return (root * flat(curved)).cpu().double().numpy()

    product = LinearOperator((n, n), matvec=times, dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(n)
    return float(eigsh(product, k=1, which="LA", v0=start, return_eigenvectors=False)[0])
