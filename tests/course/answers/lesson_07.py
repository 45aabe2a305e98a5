# %% 07.1 right: with if
def my_linear(t, T, floor):
    return floor if t >= T else 1 - (1 - floor) * t / T


# %% 07.1 right: np.interp
def my_linear(t, T, floor):
    return np.interp(t, [0, T], [1, floor])


# %% 07.1 right: a float32 tensor
def my_linear(t, T, floor):
    return torch.lerp(torch.tensor(1.0), torch.tensor(float(floor)), torch.tensor(min(t / T, 1.0))).float()


# %% 07.1 right: an array of one element
def my_linear(t, T, floor):
    return 1 - (1 - floor) * np.minimum(np.array([t]) / T, 1)


# %% 07.1 wrong: one step early
def my_linear(t, T, floor):
    return 1 - (1 - floor) * min(t / (T - 1), 1)


# %% 07.1 wrong: no floor
def my_linear(t, T, floor):
    return 1 - min(t / T, 1)


# %% 07.1 wrong: the floor counts twice
def my_linear(t, T, floor):
    return floor + (1 - 2 * floor) * (1 - min(t / T, 1))


# %% 07.1 wrong: one update late
def my_linear(t, T, floor):
    return 1 - (1 - floor) * min(max(t - 1, 0) / T, 1)


# %% 07.1 wrong: scaled by the floor
def my_linear(t, T, floor):
    return 1 - floor * min(t / T, 1)


# %% 07.2 right: an array
def repaired_rates(base_lr, batches):
    return base_lr * np.linspace(1, 0, sum(batches), endpoint=False)


# %% 07.2 right: epoch by epoch
def repaired_rates(base_lr, batches):
    rates, left = [], sum(batches)
    for count in batches:
        for _ in range(count):
            rates.append(base_lr * left / sum(batches))
            left -= 1
    return rates


# %% 07.2 right: a float32 tensor
def repaired_rates(base_lr, batches):
    return (base_lr * (1 - torch.arange(sum(batches)) / sum(batches))).float()


# %% 07.2 right: the library's schedule
def repaired_rates(base_lr, batches):
    return tuple(base_lr * linear(1, 0, sum(batches)).values(sum(batches)))


# %% 07.2 wrong: the longest epoch counts
def repaired_rates(base_lr, batches):
    T = max(batches) * len(batches)
    return [base_lr * (1 - t / T) for t in range(sum(batches))]


# %% 07.2 wrong: factors, not rates
def repaired_rates(base_lr, batches):
    return [1 - t / sum(batches) for t in range(sum(batches))]


# %% 07.2 wrong: with the zero
def repaired_rates(base_lr, batches):
    return [base_lr * (1 - t / sum(batches)) for t in range(sum(batches) + 1)]


# %% 07.2 wrong: rising
def repaired_rates(base_lr, batches):
    return [base_lr * t / sum(batches) for t in range(sum(batches))]


# %% 07.2 wrong: half way
def repaired_rates(base_lr, batches):
    return [base_lr * (1 - t / sum(batches) / 2) for t in range(sum(batches))]


# %% 07.2 wrong: one rate an epoch
def repaired_rates(base_lr, batches):
    return [base_lr * (1 - i / len(batches)) for i in range(len(batches))]


# %% 07.3 right: column by column
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    table = stats.ranking(train.judge(task, tuned, seeds=range(n_seeds)), reference="low")
    return [table.loc["high", name] for name in ("difference", "ci_low", "ci_high")]


# %% 07.3 right: an array
def compare_floors(low, high):
    pair = {"high": linear(1, high, steps), "low": linear(1, low, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    judged = train.judge(task, tuned, seeds=range(n_seeds))
    return stats.ranking(judged, "low").loc["high", "difference":"ci_high"].to_numpy(dtype=float)


# %% 07.3 right: a float32 tensor
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    row = stats.ranking(train.judge(task, tuned, seeds=range(n_seeds)), "low").loc["high"]
    return torch.tensor([row["difference"], row["ci_low"], row["ci_high"]]).float()


# %% 07.3 wrong: the mean only
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    losses = train.judge(task, tuned, seeds=range(n_seeds)).losses()
    return stats.compare(losses["high"], losses["low"]).mean


# %% 07.3 wrong: low end first
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    row = stats.ranking(train.judge(task, tuned, seeds=range(n_seeds)), "low").loc["high"]
    return row["ci_low"], row["difference"], row["ci_high"]


# %% 07.3 wrong: one rate, not tuned
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    losses = train.sweep(task, pair, 0.02, range(n_seeds), steps=steps).losses()
    found = stats.compare(losses["high"], losses["low"])
    return found.mean, found.low, found.high


# %% 07.3 wrong: six seeds
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    row = stats.ranking(train.judge(task, tuned, seeds=range(6)), "low").loc["high"]
    return row["difference"], row["ci_low"], row["ci_high"]


# %% 07.3 wrong: the losses themselves
def compare_floors(low, high):
    pair = {"low": linear(1, low, steps), "high": linear(1, high, steps)}
    tuned = train.tune(task, pair, grid, seeds=range(1000, 1008), steps=steps)
    return train.judge(task, tuned, seeds=range(n_seeds)).losses()
