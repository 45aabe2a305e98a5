# %% 22.1 right: a float
def keras_decay_steps(T, W):
    return float(T) - W


# %% 22.1 right: a NumPy number
def keras_decay_steps(T, W):
    return np.subtract(T, W)


# %% 22.1 right: counted
def keras_decay_steps(T, W):
    return len(range(W, T))


# %% 22.1 right: an array of one element
def keras_decay_steps(T, W):
    return np.array([T - W])


# %% 22.1 wrong: one more
def keras_decay_steps(T, W):
    return T - W + 1


# %% 22.1 wrong: twice the warmup
def keras_decay_steps(T, W):
    return T - 2 * W


# %% 22.1 wrong: the other sign
def keras_decay_steps(T, W):
    return W - T


# %% 22.1 wrong: a share
def keras_decay_steps(T, W):
    return 1 - W / T


# %% 22.1 wrong: the warmup
def keras_decay_steps(T, W):
    return W


# %% 22.2 right: a list
def transformers_like_ignite(T, W):
    return [T - 1, W - 1]


# %% 22.2 right: an array
def transformers_like_ignite(T, W):
    return np.array([T, W]) - 1


# %% 22.2 right: floats
def transformers_like_ignite(T, W):
    total = W + (T - W)
    return float(total - 1), float(W) - 1


# %% 22.2 wrong: two too few
def transformers_like_ignite(T, W):
    return T - 2, W - 2


# %% 22.2 wrong: both off in different ways
def transformers_like_ignite(T, W):
    return T - 1, W + 1


# %% 22.2 wrong: the decay only
def transformers_like_ignite(T, W):
    return T, W - 2


# %% 22.2 wrong: no warmup
def transformers_like_ignite(T, W):
    return T - 1, 0


# %% 22.2 wrong: one number
def transformers_like_ignite(T, W):
    return T - 1


# %% 22.2 wrong: swapped
def transformers_like_ignite(T, W):
    return W - 1, T - 1
