# %% 14.1 right: counted
def my_share(t, T, n):
    return sum(w > t for w in range(T - n + 1, T + 1)) / n


# %% 14.1 right: a NumPy number
def my_share(t, T, n):
    return np.clip((T - t) / n, 0, 1)


# %% 14.1 right: an array of one element
def my_share(t, T, n):
    return np.minimum(np.array([T - t]), n) / n


# %% 14.1 right: a float32 tensor
def my_share(t, T, n):
    import torch

    return torch.clamp(torch.tensor((T - t) / n, dtype=torch.float32), max=1)


# %% 14.1 wrong: one more
def my_share(t, T, n):
    return min(T - t + 1, n) / n


# %% 14.1 wrong: a count, not a share
def my_share(t, T, n):
    return min(T - t, n)


# %% 14.1 wrong: over T
def my_share(t, T, n):
    return min(T - t, n) / T


# %% 14.1 wrong: the rest of it
def my_share(t, T, n):
    return 1 - min(T - t, n) / n


# %% 14.1 wrong: all or nothing
def my_share(t, T, n):
    return 1.0 if t < T - n else 0.5


# %% 14.1 wrong: grows with t
def my_share(t, T, n):
    return min(t + 1, n) / n


# %% 14.2 right: a loop
def my_match(rate, n):
    goal, best = window_loss(rate, n), (np.inf, 0)
    for length, loss in enumerate(cooldown_loss(rate, np.arange(1, T + 1)), start=1):
        best = min(best, (abs(loss - goal), length))
    return best[1]


# %% 14.2 right: min with a key, a float
def my_match(rate, n):
    gaps = abs(cooldown_loss(rate, np.arange(1, T + 1)) - window_loss(rate, n))
    return float(min(range(1, T + 1), key=lambda length: gaps[length - 1]))


# %% 14.2 right: squares, an array of one element
def my_match(rate, n):
    lengths = np.arange(1, T + 1)
    gaps = (cooldown_loss(rate, lengths) - window_loss(rate, n)) ** 2
    return lengths[gaps.argsort()[:1]]


# %% 14.2 wrong: one more
def my_match(rate, n):
    lengths = np.arange(1, T + 1)
    return 1 + lengths[abs(cooldown_loss(rate, lengths) - window_loss(rate, n)).argmin()]


# %% 14.2 wrong: the farthest
def my_match(rate, n):
    lengths = np.arange(1, T + 1)
    return lengths[abs(cooldown_loss(rate, lengths) - window_loss(rate, n)).argmax()]


# %% 14.2 wrong: no more than 100
def my_match(rate, n):
    lengths = np.arange(1, 101)
    return lengths[abs(cooldown_loss(rate, lengths) - window_loss(rate, n)).argmin()]


# %% 14.2 wrong: the loss
def my_match(rate, n):
    return window_loss(rate, n)


# %% 14.2 wrong: by shares
def my_match(rate, n):
    return 2 * n


# %% 14.2 wrong: the first that is below
def my_match(rate, n):
    lengths = np.arange(1, T + 1)
    return lengths[np.argmax(cooldown_loss(rate, lengths) <= window_loss(rate, n))]
