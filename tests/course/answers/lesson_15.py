# %% 15.1 right: with a rest at zero
def my_rewarm(n, m, w, height):
    return cosine(1, 0, n) >> linear(0, height, w) >> cosine(height, 0, m - w) >> linear(0, 0, 1)


# %% 15.1 right: scaled
def my_rewarm(n, m, w, height):
    again = linear(0, 1, w) >> cosine(1, 0, m - w)
    return cosine(1, 0, n) >> height * again


# %% 15.1 right: as a text
def my_rewarm(n, m, w, height):
    return parse(
        f"cosine(1, 0, {n}) >> linear(0, {height}, {w}) >> cosine({height}, 0, {m - w}) >> constant(0, 9)"
    )


# %% 15.1 right: and then zero for good
def my_rewarm(n, m, w, height):
    from lrlib.schedules import constant

    return cosine(1, 0, n) >> linear(0, height, w) >> cosine(height, 0, m - w) >> constant(0)


# %% 15.1 wrong: one update short
def my_rewarm(n, m, w, height):
    return cosine(1, 0, n) >> linear(0, height, w) >> cosine(height, 0, m - w - 1)


# %% 15.1 wrong: a jump
def my_rewarm(n, m, w, height):
    return cosine(1, 0, n) >> cosine(height, 0, m)


# %% 15.1 wrong: the peak lasts
def my_rewarm(n, m, w, height):
    return cosine(1, 0, n) >> linear(0, height, w) >> linear(height, height, m - w) >> linear(0, 0, 1)


# %% 15.1 wrong: it begins again
def my_rewarm(n, m, w, height):
    return (cosine(1, 0, n) >> linear(0, height, w) >> cosine(height, 0, m - w)).loop()


# %% 15.1 wrong: a floor
def my_rewarm(n, m, w, height):
    return cosine(1, 0, n) >> linear(0, height, w) >> cosine(height, 0.1, m - w)


# %% 15.1 wrong: values, not a schedule
def my_rewarm(n, m, w, height):
    return (cosine(1, 0, n) >> linear(0, height, w) >> cosine(height, 0, m - w)).values(n + m)


# %% 15.2 right: the rule, step by step
def torch_factor(t, k, old, new):
    rate = f(old, k)
    for s in range(k, t):
        rate = rate * f(new, s + 1) / f(new, s)
    return rate


# %% 15.2 right: a float32 tensor
def torch_factor(t, k, old, new):
    return torch.tensor(f(old, k) / f(new, k) * f(new, t), dtype=torch.float32)


# %% 15.2 right: an array of one element
def torch_factor(t, k, old, new):
    return f(old, k) * f(new, np.array([t])) / f(new, k)


# %% 15.2 wrong: upside down
def torch_factor(t, k, old, new):
    return f(new, k) * f(new, t) / f(old, k)


# %% 15.2 wrong: the old curve later
def torch_factor(t, k, old, new):
    return f(old, k) * f(new, t) / f(old, t)


# %% 15.2 wrong: a difference
def torch_factor(t, k, old, new):
    return f(old, k) + f(new, t) - f(new, k)


# %% 15.2 wrong: from the start
def torch_factor(t, k, old, new):
    return f(old, k) * f(new, t) / f(new, 1)


# %% 15.2 wrong: the clock begins at k
def torch_factor(t, k, old, new):
    return f(old, k) * f(new, t - k)


# %% 15.2 wrong: only the new part
def torch_factor(t, k, old, new):
    return f(new, t) / f(new, k)
