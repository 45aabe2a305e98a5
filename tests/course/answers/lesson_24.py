# %% 24.1 right: divmod
def position(t, n, batch_size):
    return divmod(t, n // batch_size)


# %% 24.1 right: a list
def position(t, n, batch_size):
    per_epoch = n // batch_size
    return [t // per_epoch, t - per_epoch * (t // per_epoch)]


# %% 24.1 right: by counting
def position(t, n, batch_size):
    epoch, batch = 0, 0
    for _ in range(t):
        batch += 1
        if (batch + 1) * batch_size > n:
            epoch, batch = epoch + 1, 0
    return epoch, batch


# %% 24.1 wrong: partial batches count
def position(t, n, batch_size):
    per_epoch = int(np.ceil(n / batch_size))
    return t // per_epoch, t % per_epoch


# %% 24.1 wrong: an example
def position(t, n, batch_size):
    per_epoch = n // batch_size
    return t // per_epoch, t % per_epoch * batch_size


# %% 24.1 wrong: a fraction
def position(t, n, batch_size):
    per_epoch = n / batch_size
    return t // per_epoch, t % per_epoch


# %% 24.1 wrong: the batch that was last
def position(t, n, batch_size):
    per_epoch = n // batch_size
    return (t - 1) // per_epoch, (t - 1) % per_epoch


# %% 24.1 wrong: the epoch as a share
def position(t, n, batch_size):
    return t * batch_size / n, t % (n // batch_size)


# %% 24.1 wrong: batches of the whole run
def position(t, n, batch_size):
    return t // (n // batch_size), t


# %% 24.1 wrong: n is not used
def position(t, n, batch_size):
    return t // batch_size, t % batch_size


# %% 24.2 right: the clock by name
def factor(j, k, T, b, c):
    examples = k * b + j * c
    return (1 + np.cos(np.pi * examples / (T * b))) / 2


# %% 24.2 right: half an angle
def factor(j, k, T, b, c):
    return np.cos(np.pi * (k + j * c / b) / (2 * T)) ** 2


# %% 24.2 right: the library's cosine
def factor(j, k, T, b, c):
    return float(cosine(1, 0, T)(k + j * c / b))


# %% 24.2 wrong: updates
def factor(j, k, T, b, c):
    return (1 + np.cos(np.pi * (k + j) / T)) / 2


# %% 24.2 wrong: a new horizon
def factor(j, k, T, b, c):
    return (1 + np.cos(np.pi * (k + j) / (T * b / c))) / 2


# %% 24.2 wrong: whole steps
def factor(j, k, T, b, c):
    return (1 + np.cos(np.pi * (k + j * (c // b)) / T)) / 2


# %% 24.2 wrong: no half
def factor(j, k, T, b, c):
    return 1 + np.cos(np.pi * (k + j * c / b) / T)


# %% 24.2 wrong: what is left, in a line
def factor(j, k, T, b, c):
    return (1 + np.cos(np.pi * k / T)) / 2 * (1 - j * c / b / (T - k))


# %% 24.2 wrong: the root of the ratio
def factor(j, k, T, b, c):
    return (1 + np.cos(np.pi * (k + j * (c / b) ** 0.5) / T)) / 2


# %% 24.2 wrong: the rate is doubled, too
def factor(j, k, T, b, c):
    return c / b * (1 + np.cos(np.pi * (k + j * c / b) / T)) / 2
