# %% 17.1 right: a weighted sum
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    counts = b2 ** np.arange(len(gradients))[::-1]
    return rate / (np.sqrt(counts @ np.square(gradients) / counts.sum()) + eps)


# %% 17.1 right: a tensor
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    v = torch.zeros(1, dtype=torch.float64)
    for g in gradients:
        v = v + (1 - b2) * (g * g - v)
    return rate / ((v / (1 - b2 ** len(gradients))).sqrt() + eps)


# %% 17.1 right: the adam of the lesson
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    return adam(gradients, rate, b2=b2, eps=eps)[1]


# %% 17.1 wrong: the step
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    return abs(adam(gradients, rate, b2=b2, eps=eps)[0])


# %% 17.1 wrong: only the last gradient
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    return rate / (abs(gradients[-1]) + eps)


# %% 17.1 wrong: epsilon squared away
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    return adam(gradients, rate, b2=b2, eps=eps)[1] * 2


# %% 17.1 wrong: corrected once too often
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    return adam(gradients, rate, b2=b2, eps=eps)[1] * np.sqrt(1 - b2)


# %% 17.1 wrong: no rate
def my_effective(gradients, rate, b2=0.999, eps=1e-8):
    return adam(gradients, 1.0, b2=b2, eps=eps)[1]


# %% 17.2 right: a table
def my_translation(kind, rate, decay, eps, c):
    powers = {"SGD": (-1, 1, 0), "Adam": (0, 1, 1), "AdamW": (0, 0, 1)}[kind]
    return tuple(x * c**p for x, p in zip((rate, decay, eps), powers, strict=True))


# %% 17.2 right: a list
def my_translation(kind, rate, decay, eps, c):
    if kind != "SGD":
        return [rate, decay * (c if kind == "Adam" else 1), eps * c]
    return [rate / c, decay * c, eps]


# %% 17.2 right: an array
def my_translation(kind, rate, decay, eps, c):
    by = {"SGD": [1 / c, c, 1], "Adam": [1, c, c], "AdamW": [1, 1, c]}
    return np.array([rate, decay, eps]) * by[kind]


# %% 17.2 wrong: nothing changes
def my_translation(kind, rate, decay, eps, c):
    return rate, decay, eps


# %% 17.2 wrong: all rates
def my_translation(kind, rate, decay, eps, c):
    return rate / c, decay, eps


# %% 17.2 wrong: the root of c
def my_translation(kind, rate, decay, eps, c):
    return (rate / c**0.5 if kind == "SGD" else rate), decay, eps


# %% 17.2 wrong: the product kept
def my_translation(kind, rate, decay, eps, c):
    return (rate / c, decay, eps) if kind == "SGD" else (rate, decay, eps * c)


# %% 17.2 wrong: decay by SGD's rule everywhere
def my_translation(kind, rate, decay, eps, c):
    return (rate / c if kind == "SGD" else rate), c * decay, (eps if kind == "SGD" else eps / c)
