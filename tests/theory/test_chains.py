"""Markov chains: entropies and frequencies, held against eigenvectors, block entropies and drawn texts."""

import numpy as np
import pytest
from scipy import stats

from lrlib.theory import Chain, random_chain

chains = pytest.mark.parametrize(("n", "order"), [(2, 1), (2, 3), (5, 2), (16, 2), (32, 1)])


@chains
def test_the_entropy_rate_is_that_of_the_eigenvector_of_the_transition_matrix(n, order):
    source = random_chain(n, order, np.random.default_rng([n, order]))
    assert source.probabilities.sum(-1) == pytest.approx(np.ones((n,) * order))
    size = n**order
    matrix = np.zeros((size, size))
    for context, symbol in np.ndindex(size, n):
        matrix[context, (context * n + symbol) % size] += source.probabilities.reshape(size, n)[
            context, symbol
        ]
    balance = np.vstack([matrix.T - np.eye(size), np.ones(size)])
    share = np.linalg.lstsq(balance, np.append(np.zeros(size), 1.0), rcond=None)[0]
    assert source.stationary.reshape(-1) == pytest.approx(share, abs=1e-12)
    rate = -(
        share[:, None] * source.probabilities.reshape(size, n) * np.log(source.probabilities.reshape(size, n))
    )
    assert source.entropy(order) == source.entropy(order + 5) == pytest.approx(rate.sum(), rel=1e-10)


@chains
def test_every_further_symbol_of_context_tells_more_and_the_steps_are_differences_of_block_entropies(
    n, order
):
    source = random_chain(n, order, np.random.default_rng([n, order]))
    blocks = [0.0]
    joint = source.stationary[..., None] * source.probabilities
    for length in range(1, order + 2):
        share = joint.sum(axis=tuple(range(order + 1 - length)))  # the last `length` symbols
        blocks.append(-(share * np.log(share)).sum())
    entropies = [source.entropy(known) for known in range(order + 1)]
    assert entropies == pytest.approx(np.diff(blocks), rel=1e-9)
    assert (np.diff([np.log(n), *entropies]) < 0).all()


def test_a_chain_of_two_symbols_has_the_entropy_that_is_worked_out_by_hand():
    source = Chain(np.array([[0.9, 0.1], [0.3, 0.7]]))  # balance: share of 0 * 0.1 = share of 1 * 0.3
    assert source.stationary == pytest.approx([0.75, 0.25])
    after_0, after_1 = (-p * np.log(p) - (1 - p) * np.log(1 - p) for p in (0.9, 0.7))
    assert source.entropy(1) == pytest.approx(0.75 * after_0 + 0.25 * after_1)
    assert source.entropy(0) == pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))


@chains
def test_a_text_has_the_frequencies_of_its_chain(n, order):
    source = random_chain(n, order, np.random.default_rng(3))
    text = source.sample(200_000, np.random.default_rng(4))
    counts = np.zeros((n,) * (order + 1))
    np.add.at(counts, tuple(text[i : len(text) - order + i] for i in range(order + 1)), 1)
    assert 1e-4 < chance_of(counts, source.probabilities) < 1 - 1e-4
    assert chance_of(counts, source.probabilities[::-1]) < 1e-12


def chance_of(counts, probabilities):
    """p-value of the chi-squared test over all contexts whose cells expect more than 5 (Bartlett 1951)."""
    n = len(probabilities)
    expected = (counts.sum(-1, keepdims=True) * probabilities).reshape(-1, n)
    often = (expected > 5).all(axis=1)
    assert often.any()
    chi2 = ((counts.reshape(-1, n) - expected)[often] ** 2 / expected[often]).sum()
    return stats.chi2.sf(chi2, often.sum() * (n - 1))


@pytest.mark.parametrize(("options", "said"), [((1, 2), "n_symbols must"), ((4, 0), "order must")])
def test_a_chain_of_one_symbol_or_without_context_is_refused(options, said):
    with pytest.raises(ValueError, match=f"^random_chain: {said}"):
        random_chain(*options, np.random.default_rng(0))
