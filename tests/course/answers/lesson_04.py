# %% 04.1 right: from the ratios
def my_interval(a, b):
    ratios = np.log(np.asarray(a) / np.asarray(b))
    half = distributions.t.ppf(0.975, len(a) - 1) * ratios.std(ddof=1) / len(a) ** 0.5
    return np.exp([ratios.mean() - half, ratios.mean() + half])


# %% 04.1 right: by scipy
def my_interval(a, b):
    from scipy import stats as st

    d = [np.log(x / y) for x, y in zip(a, b, strict=True)]
    return tuple(np.exp(st.t.interval(0.95, len(d) - 1, loc=np.mean(d), scale=st.sem(d))))


# %% 04.1 right: float32 tensors
def my_interval(a, b):
    import torch

    d = torch.log(torch.tensor(a)) - torch.log(torch.tensor(b))
    half = distributions.t.ppf(0.975, len(a) - 1) * d.std() / len(a) ** 0.5
    return torch.exp(d.mean() - half).float(), torch.exp(d.mean() + half).float()


# %% 04.1 wrong: the low end twice
def my_interval(a, b):
    d = np.log(a) - np.log(b)
    half = distributions.t.ppf(0.975, len(a) - 1) * d.std(ddof=1) / len(a) ** 0.5
    return np.exp(d.mean() - half), np.exp(d.mean() - half)


# %% 04.1 wrong: 90 percent
def my_interval(a, b):
    d = np.log(a) - np.log(b)
    half = distributions.t.ppf(0.95, len(a) - 1) * d.std(ddof=1) / len(a) ** 0.5
    return np.exp(d.mean() - half), np.exp(d.mean() + half)


# %% 04.1 wrong: high before low
def my_interval(a, b):
    d = np.log(a) - np.log(b)
    half = distributions.t.ppf(0.975, len(a) - 1) * d.std(ddof=1) / len(a) ** 0.5
    return np.exp(d.mean() + half), np.exp(d.mean() - half)


# %% 04.1 wrong: one degree of freedom too many
def my_interval(a, b):
    d = np.log(a) - np.log(b)
    half = distributions.t.ppf(0.975, len(a)) * d.std(ddof=1) / len(a) ** 0.5
    return np.exp(d.mean() - half), np.exp(d.mean() + half)


# %% 04.1 wrong: divided by n
def my_interval(a, b):
    d = np.log(a) - np.log(b)
    half = distributions.t.ppf(0.975, len(a) - 1) * d.std(ddof=1) / len(a)
    return np.exp(d.mean() - half), np.exp(d.mean() + half)


# %% 04.1 wrong: the mean ratio and its width
def my_interval(a, b):
    d = np.log(a) - np.log(b)
    return np.exp(d.mean()), np.exp(distributions.t.ppf(0.975, len(a) - 1) * d.std(ddof=1) / len(a) ** 0.5)


# %% 04.2 right: math
def my_seeds_needed(effect, sd, power):
    import math

    z = distributions.norm.ppf
    return math.ceil(((z(0.975) + z(power)) / (effect / sd)) ** 2)


# %% 04.2 right: np.ceil, a NumPy number
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return np.ceil(((z(0.975) + z(power)) * sd / effect) ** 2)


# %% 04.2 right: a loop
def my_seeds_needed(effect, sd, power):
    z, n = distributions.norm.ppf, 1
    while (z(0.975) + z(power)) * sd / np.sqrt(n) > abs(effect):
        n += 1
    return n


# %% 04.2 right: an array of one element
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return np.ceil(np.array([((z(0.975) + z(power)) * sd / effect) ** 2]))


# %% 04.2 wrong: a variance
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return int(np.ceil(((z(0.975) + z(power)) * sd**2 / effect) ** 2))


# %% 04.2 wrong: squares before the sum
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return int(np.ceil((z(0.975) ** 2 + z(power) ** 2) * (sd / effect) ** 2))


# %% 04.2 wrong: the power of a miss
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return int(np.ceil(((z(0.975) + z(1 - power)) * sd / effect) ** 2))


# %% 04.2 wrong: one more
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return int(np.ceil(((z(0.975) + z(power)) * sd / effect) ** 2)) + 1


# %% 04.2 wrong: two samples
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return int(np.ceil(2 * ((z(0.975) + z(power)) * sd / effect) ** 2))


# %% 04.2 wrong: in hundreds
def my_seeds_needed(effect, sd, power):
    z = distributions.norm.ppf
    return int(np.ceil(((z(0.975) + z(power)) * sd / effect / 10) ** 2))


# %% 04.3 right: another seed of the generator
def share_told(a, b, n, repeats=200):
    rng = np.random.default_rng(7)
    verdicts = [
        stats.compare(a[i], b[i]).verdict for i in (rng.integers(len(a), size=n) for _ in range(repeats))
    ]
    return np.mean([verdict != "cannot tell" for verdict in verdicts])


# %% 04.3 right: by choice of rows
def share_told(a, b, n, repeats=300):
    rng, seen = np.random.default_rng(0), 0
    for _ in range(repeats):
        rows = rng.choice(len(a), n)
        seen += stats.compare(a[rows], b[rows]).verdict in {"better", "worse"}
    return seen / repeats


# %% 04.3 right: an array of one element, by the interval
def share_told(a, b, n, repeats=200):
    rng, seen = np.random.default_rng(3), np.zeros(1)
    for _ in range(repeats):
        rows = rng.integers(len(a), size=n)
        c = stats.compare(a[rows], b[rows])
        seen += not c.low <= 0 <= c.high
    return seen / repeats


# %% 04.3 wrong: a count
def share_told(a, b, n, repeats=200):
    rng = np.random.default_rng(0)
    rows = [rng.integers(len(a), size=n) for _ in range(repeats)]
    return sum(stats.compare(a[i], b[i]).verdict != "cannot tell" for i in rows)


# %% 04.3 wrong: the same rows again and again
def share_told(a, b, n, repeats=200):
    seen = 0
    for _ in range(repeats):
        rows = np.random.default_rng(0).integers(len(a), size=6)
        seen += stats.compare(a[rows], b[rows]).verdict != "cannot tell"
    return seen / repeats


# %% 04.3 wrong: better only, of the first
def share_told(a, b, n, repeats=200):
    rng = np.random.default_rng(0)
    rows = [rng.integers(len(a), size=n) for _ in range(repeats)]
    return np.mean([stats.compare(a[i], b[i]).verdict == "better" for i in rows])


# %% 04.3 wrong: any difference counts
def share_told(a, b, n, repeats=200):
    rng = np.random.default_rng(0)
    rows = [rng.integers(len(a), size=n) for _ in range(repeats)]
    return np.mean([abs(stats.compare(a[i], b[i]).mean) > 0 for i in rows])


# %% 04.3 wrong: half of the rows
def share_told(a, b, n, repeats=200):
    rng = np.random.default_rng(0)
    rows = [rng.integers(len(a), size=n // 4) for _ in range(repeats)]
    return np.mean([stats.compare(a[i], b[i]).verdict != "cannot tell" for i in rows])
