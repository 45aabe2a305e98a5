"""Optimal schedules again: an Euler-Lagrange equation, and torch's gradients and search."""

import numpy as np
import torch
from scipy.optimize import brentq, minimize, minimize_scalar

from lrlib import theory
from lrlib.evidence.measures import optimal
from tests.evidence.ways import Way


def in_intrinsic_time(task, steps, cap=np.inf):
    """The optimal rates where time is continuous: eta = min(cap, A / sqrt(K(R))), R the rates still to come.

    K(R) = sum h c exp(-2 h R) is what noise of now leaves at the end; dR/dt = -eta fixes A for a given sum of
    rates, and a search finds the best sum.
    """
    h = task["curvatures"]
    c, a = h * task["noise"] ** 2, task["start"] ** 2
    whole = np.concatenate([[0], np.geomspace(1e-3, min(cap, 1) * steps, 1500)])

    def parts(total):
        left = np.append(whole[whole < total], total)
        kernel = np.exp(-2 * np.outer(left, h)) @ (h * c)

        def rates(log_scale):
            return np.minimum(cap, np.exp(log_scale) / np.sqrt(kernel))

        def late(log_scale):
            return np.trapezoid(1 / rates(log_scale), left) - steps

        eta = rates(brentq(late, -20, 20))
        return left, eta, h @ (a * np.exp(-2 * h * total)) / 2 + np.trapezoid(eta * kernel, left) / 2

    reach = np.log(steps * min(cap, 1) * 0.9999)
    best = minimize_scalar(lambda log_total: parts(np.exp(log_total))[2], bounds=(0, reach), method="bounded")
    left, eta, _ = parts(np.exp(best.x))
    spent = np.concatenate([[0], np.cumsum(np.diff(left) * (1 / eta[1:] + 1 / eta[:-1]) / 2)])
    return np.interp(np.arange(steps, 0, -1) - 0.5, spent, eta)


def searched(final, steps, cap):
    """Rates below cap that minimize a torch function of them, by L-BFGS on their logits."""
    free = torch.linspace(0, -2, steps, dtype=torch.float64).requires_grad_()
    search = torch.optim.LBFGS([free], max_iter=400, history_size=30, line_search_fn="strong_wolfe",
                               tolerance_grad=1e-9, tolerance_change=1e-13)  # fmt: skip

    def closure():
        search.zero_grad()
        loss = torch.log(final(cap * torch.sigmoid(free)))
        loss.backward()
        return loss

    search.step(closure)
    rates = cap * torch.sigmoid(free.detach())
    return rates.numpy(), float(final(rates))


def bowl(task):
    h, start = (torch.as_tensor(np.broadcast_to(task[name], len(task["curvatures"])).copy())
                for name in ("curvatures", "start"))  # fmt: skip

    def final(rates):
        a = start**2
        for eta in rates:
            a = (1 - eta * h) ** 2 * a + eta**2 * h * task["noise"] ** 2
        return h @ a / 2

    return final


def least_squares(rates):
    spectrum = torch.as_tensor(optimal.SPECTRUM)
    a = torch.ones_like(spectrum)
    for eta in rates:
        noise = spectrum * (spectrum * a + spectrum @ a + 1)
        a = (1 - eta * spectrum) ** 2 * a + eta**2 * noise
    return spectrum @ a / 2


def greedy():
    task = optimal.HARMONIC | {"start": np.ones(100)}
    best = in_intrinsic_time(task, 400, cap=1.0)
    return float(np.median((best / theory.greedy_rates(400, **task))[100:300]))


def regret():
    """Of WSD with 5 % of linear cooldown at a rate of 1 or a little less, on the hard task."""
    final = bowl(optimal.HARD)
    wsd = torch.as_tensor(np.concatenate([np.ones(190), 1 - np.arange(10) / 10]))
    return 100 * (
        min(float(final(peak * wsd)) for peak in (1, 0.97, 0.94)) / searched(final, 200, 1.0)[1] - 1
    )


def vanishing():
    """The last forty rates are searched, after a rate of 1 whose effect has a closed form."""
    h, noise = optimal.HARD["curvatures"], optimal.HARD["noise"]
    shares = []
    for T in optimal.LENGTHS:
        kept = (1 - h) ** (2 * (T - 40))
        left = kept * optimal.HARD["start"] ** 2 + noise**2 * (1 - kept) / (2 - h)
        final = bowl(optimal.HARD | {"start": np.sqrt(left)})

        def loss_and_slopes(rates, final=final):
            free = torch.tensor(rates, requires_grad=True)
            loss = torch.log(final(free))
            loss.backward()
            return loss.item(), free.grad.numpy()

        rates = minimize(loss_and_slopes, np.linspace(1, 0.2, 40), jac=True, bounds=[(1e-6, 1)] * 40,
                         options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 300}).x  # fmt: skip
        shares.append(np.sum(rates < 0.5) / T)
    return float(np.polyfit(np.log(optimal.LENGTHS), np.log(shares), 1)[0])


def warmup():
    rates, _ = searched(least_squares, 100, 2.0)
    return rates[0] / rates.max()


WAYS = {
    "power-decay-with-the-predicted-exponent": Way(
        lambda: optimal.power(in_intrinsic_time(optimal.EASY, 1600))[0], within=0.1
    ),
    "hard-tasks-want-warmup-stable-decay": Way(vanishing, within=1e-6),
    "greedy-rates-are-too-small": Way(greedy, within=0.1),
    "no-common-family-is-optimal": Way(regret, within=0.002, long=True),
    "warmup-is-optimal-in-linear-regression": Way(warmup, within=0.01, long=True),
}
