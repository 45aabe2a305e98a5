"""Problems solved exactly: what a schedule does, without a single training run.

Schedules come in as rates, arrays of shape (..., steps): `base_lr * schedule.values(steps)`.
"""

from lrlib.theory.averages import GrowingRate, adamw_weights, effective_window, growing_rate
from lrlib.theory.bounds import (
    adagrad_norm_regret,
    bound_terms,
    chebyshev_residual,
    last_iterate_bound,
    silver_bound,
    subgradient_run,
    tuned_bound,
)
from lrlib.theory.chains import Chain, random_chain
from lrlib.theory.least_squares import excess_risk, minimax_risk, risk_floor
from lrlib.theory.logistic import logistic_minimum
from lrlib.theory.optimal import best_rates_among, greedy_rates, optimal_rates, optimal_rates_1d
from lrlib.theory.quadratic import (
    averaged_loss,
    best_constant_rate,
    constant_rate_loss,
    expected_loss,
    noise_floor,
    tail_averaging,
)
from lrlib.theory.stability import adam_limit, sgd_limit, sharpness

__all__ = [
    "Chain",
    "GrowingRate",
    "adagrad_norm_regret",
    "adam_limit",
    "adamw_weights",
    "averaged_loss",
    "best_constant_rate",
    "best_rates_among",
    "bound_terms",
    "chebyshev_residual",
    "constant_rate_loss",
    "effective_window",
    "excess_risk",
    "expected_loss",
    "greedy_rates",
    "growing_rate",
    "last_iterate_bound",
    "logistic_minimum",
    "minimax_risk",
    "noise_floor",
    "optimal_rates",
    "optimal_rates_1d",
    "random_chain",
    "risk_floor",
    "sgd_limit",
    "sharpness",
    "silver_bound",
    "subgradient_run",
    "tail_averaging",
    "tuned_bound",
]
