# %% 01.1 right: by the distance
def my_step(x, rate, h, c):
    factor = 1 - rate * h
    return c + factor * (x - c), factor


# %% 01.1 right: a list of tensors
def my_step(x, rate, h, c):
    import torch

    x = torch.tensor(float(x), requires_grad=True)
    (h * (x - c) ** 2 / 2).backward()
    return [x.detach() - rate * x.grad, torch.tensor(1 - rate * h)]


# %% 01.1 right: an array
def my_step(x, rate, h, c):
    return np.array([x - rate * h * (x - c), 1 - rate * h])


# %% 01.1 wrong: no factor where the distance is zero
def my_step(x, rate, h, c):
    new = x - rate * h * (x - c)
    return new, (new - c) / (x - c) if x != c else 0


# %% 01.1 wrong: the factor of the position
def my_step(x, rate, h, c):
    new = x - rate * h * (x - c)
    return new, new / x


# %% 01.1 wrong: twice the slope
def my_step(x, rate, h, c):
    return x - 2 * rate * h * (x - c), 1 - 2 * rate * h


# %% 01.1 wrong: the other order
def my_step(x, rate, h, c):
    return 1 - rate * h, x - rate * h * (x - c)


# %% 01.1 wrong: the bottom at minus c
def my_step(x, rate, h, c):
    return x - rate * h * (x + c), 1 - rate * h


# %% 01.1 wrong: the position only
def my_step(x, rate, h, c):
    return x - rate * h * (x - c)


# %% 01.1 wrong: divided by the curvature
def my_step(x, rate, h, c):
    return x - rate * (x - c) / h, 1 - rate / h


# %% 01.2 right: with a test for nan
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    while high / low > 1.005:
        middle = (low * high) ** 0.5
        last = run(middle)[-1]
        if np.isnan(last) or last >= run(middle)[0]:
            high = middle
        else:
            low = middle
    return low


# %% 01.2 right: on a logarithmic scale, an array of one element
def my_largest_stable_rate(run):
    low, high = np.log([1e-4]), np.log([1e4])
    while high - low > 0.004:
        middle = (low + high) / 2
        losses = run(float(np.exp(middle)[0]))
        low, high = (middle, high) if losses[-1] < losses[0] else (low, middle)
    return np.exp(low)


# %% 01.2 right: a float32 tensor, a little below
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    while high / low > 1.002:
        middle = np.sqrt(low * high)
        losses = run(middle)
        if losses[-1] / losses[0] < 1:
            low = middle
        else:
            high = middle
    import torch

    return torch.tensor(0.999 * low, dtype=torch.float32)


# %% 01.2 wrong: the middle of the numbers, too few steps
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    for _ in range(8):
        middle = (low + high) / 2
        losses = run(middle)
        low, high = (middle, high) if losses[-1] < losses[0] else (low, middle)
    return low


# %% 01.2 wrong: in multiples of the limit
def my_largest_stable_rate(run):
    return 2.0


# %% 01.2 wrong: twice the result
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    while high / low > 1.005:
        middle = (low * high) ** 0.5
        losses = run(middle)
        low, high = (middle, high) if losses[-1] < losses[0] else (low, middle)
    return 2 * low


# %% 01.2 wrong: the inverse
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    while high / low > 1.005:
        middle = (low * high) ** 0.5
        losses = run(middle)
        low, high = (middle, high) if losses[-1] < losses[0] else (low, middle)
    return 1 / low


# %% 01.2 wrong: a bit too high, 2 percent
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    while high / low > 1.005:
        middle = (low * high) ** 0.5
        losses = run(middle)
        low, high = (middle, high) if losses[-1] < losses[0] else (low, middle)
    return 1.02 * high


# %% 01.2 wrong: both bounds
def my_largest_stable_rate(run):
    low, high = 1e-4, 1e4
    while high / low > 1.005:
        middle = (low * high) ** 0.5
        losses = run(middle)
        low, high = (middle, high) if losses[-1] < losses[0] else (low, middle)
    return low, high
