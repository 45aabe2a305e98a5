# %% 11.1 right: with if
def my_warmup(t, W):
    if t >= W:
        return 1
    return (t + 1) / W


# %% 11.1 right: a float32 tensor
def my_warmup(t, W):
    return torch.clamp(torch.tensor((t + 1) / W, dtype=torch.float32), max=1)


# %% 11.1 right: the library's schedule
def my_warmup(t, W):
    return linear(1 / W, 1, W - 1)(t) if W > 1 else np.ones(1)


# %% 11.1 right: an array of one element
def my_warmup(t, W):
    return np.minimum([1], np.array([t + 1]) / W)


# %% 11.1 wrong: over W - 1
def my_warmup(t, W):
    return min(1, (t + 1) / max(W - 1, 1))


# %% 11.1 wrong: squared
def my_warmup(t, W):
    return min(1, ((t + 1) / W) ** 2)


# %% 11.1 wrong: at half
def my_warmup(t, W):
    return min(1, (t + 0.5) / W)


# %% 11.1 wrong: held at the rate before the peak
def my_warmup(t, W):
    return min(t + 1, max(W - 1, 1)) / W


# %% 11.1 wrong: starts at 1/W and takes W updates more
def my_warmup(t, W):
    return min(1, 1 / W + (1 - 1 / W) * t / W)


# %% 11.2 right: sums
def front_loading(lengths, n):
    late = lengths[len(lengths) // 2 :]
    return sum(lengths[:n]) / n / (sum(late) / len(late))


# %% 11.2 right: a float32 tensor
def front_loading(lengths, n):
    x = torch.tensor(lengths).float()
    return x[:n].mean() / x[len(x) // 2 :].mean()


# %% 11.2 right: an array of one element
def front_loading(lengths, n):
    return np.array([np.mean(lengths[:n]) / np.mean(lengths[len(lengths) // 2 :])])


# %% 11.2 wrong: medians
def front_loading(lengths, n):
    return np.median(lengths[:n]) / np.median(lengths[len(lengths) // 2 :])


# %% 11.2 wrong: the last n
def front_loading(lengths, n):
    return np.mean(lengths[:n]) / np.mean(lengths[-n:])


# %% 11.2 wrong: one update more
def front_loading(lengths, n):
    return np.mean(lengths[: n + 1]) / np.mean(lengths[len(lengths) // 2 :])


# %% 11.2 wrong: a difference
def front_loading(lengths, n):
    return np.mean(lengths[:n]) - np.mean(lengths[len(lengths) // 2 :])


# %% 11.2 wrong: squares
def front_loading(lengths, n):
    return np.mean(lengths[:n] ** 2) / np.mean(lengths[len(lengths) // 2 :] ** 2)


# %% 11.2 wrong: the first update always
def front_loading(lengths, n):
    return lengths[0] / np.mean(lengths[len(lengths) // 2 :])
