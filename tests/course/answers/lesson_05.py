# %% 05.1 right: a loop
def my_last_factor(divisor, n, steps):
    factor = 1.0
    for t in range(1, steps):
        if t % n == 0:
            factor /= divisor
    return factor


# %% 05.1 right: the library's schedule
def my_last_factor(divisor, n, steps):
    return step(n, 1 / divisor).values(steps)[-1:]


# %% 05.1 right: a float32 tensor
def my_last_factor(divisor, n, steps):
    return torch.tensor(1.0 / divisor, dtype=torch.float32) ** ((steps - 1) // n)


# %% 05.1 right: a NumPy number
def my_last_factor(divisor, n, steps):
    return np.power(float(divisor), -np.floor((steps - 1) / n))


# %% 05.1 wrong: one drop too many
def my_last_factor(divisor, n, steps):
    return float(divisor) ** -((steps - 1) // n + 1)


# %% 05.1 wrong: rounded up
def my_last_factor(divisor, n, steps):
    return float(divisor) ** -np.ceil((steps - 1) / n)


# %% 05.1 wrong: one over, once
def my_last_factor(divisor, n, steps):
    return 1 / divisor


# %% 05.1 wrong: the rest of the division
def my_last_factor(divisor, n, steps):
    return float(divisor) ** -((steps - 1) % n)


# %% 05.1 wrong: powers turned round
def my_last_factor(divisor, n, steps):
    return float((steps - 1) // n) ** -divisor if steps > n else 1.0


# %% 05.2 right: a loop
def my_multistep(t, waits, gamma):
    factor, begin = 1, 0
    for wait in waits:
        begin += wait
        if t >= begin:
            factor *= gamma
    return factor


# %% 05.2 right: searchsorted, a NumPy number
def my_multistep(t, waits, gamma):
    return np.float64(gamma) ** np.searchsorted(np.cumsum(waits), t, side="right")


# %% 05.2 right: a float32 tensor
def my_multistep(t, waits, gamma):
    return torch.tensor(gamma, dtype=torch.float32) ** (torch.tensor(waits).cumsum(0) <= t).sum()


# %% 05.2 right: an array of one element
def my_multistep(t, waits, gamma):
    return np.array([gamma]) ** np.sum(np.cumsum(waits) <= t)


# %% 05.2 wrong: a wait begins one update later
def my_multistep(t, waits, gamma):
    return gamma ** sum(m <= t for m in np.cumsum(np.array(waits) + 1))


# %% 05.2 wrong: a sum of gammas
def my_multistep(t, waits, gamma):
    return 1 / (1 + sum(m <= t for m in np.cumsum(waits)) * (1 / gamma - 1))


# %% 05.2 wrong: one drop too many
def my_multistep(t, waits, gamma):
    return gamma ** (sum(m <= t for m in np.cumsum(waits)) + 1)


# %% 05.2 wrong: the first wait left out
def my_multistep(t, waits, gamma):
    return gamma ** sum(m <= t for m in np.cumsum(waits[1:]))


# %% 05.2 wrong: it grows
def my_multistep(t, waits, gamma):
    return gamma ** -sum(m <= t for m in np.cumsum(waits))


# %% 05.2 wrong: all drops at the last
def my_multistep(t, waits, gamma):
    return gamma ** (len(waits) * (t >= sum(waits)))
