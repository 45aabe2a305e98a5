# %% 12.1 right: with if
def my_factor(t, T, D, end):
    if t <= T - D:
        return 1
    return end if t >= T else 1 - (1 - end) * ((t - T + D) / D) ** 0.5


# %% 12.1 right: a NumPy number
def my_factor(t, T, D, end):
    return 1 - (1 - end) * np.sqrt(np.clip((t - (T - D)) / D, 0, 1))


# %% 12.1 right: an array of one element
def my_factor(t, T, D, end):
    return 1 - (1 - end) * np.sqrt(np.clip((np.array([t]) - (T - D)) / D, 0, 1))


# %% 12.1 right: a float32 tensor
def my_factor(t, T, D, end):
    import torch

    q = torch.clamp(torch.tensor((t - (T - D)) / D, dtype=torch.float64), 0, 1)
    return (end + (1 - end) * (1 - torch.sqrt(q))).float()


# %% 12.1 wrong: a cube root
def my_factor(t, T, D, end):
    q = min(max((t - (T - D)) / D, 0), 1)
    return end + (1 - end) * (1 - q ** (1 / 3))


# %% 12.1 wrong: no floor
def my_factor(t, T, D, end):
    return 1 - np.sqrt(min(max((t - (T - D)) / D, 0), 1))


# %% 12.1 wrong: one update late
def my_factor(t, T, D, end):
    q = min(max((t - 1 - (T - D)) / D, 0), 1)
    return end + (1 - end) * (1 - np.sqrt(q))


# %% 12.1 wrong: over the whole run
def my_factor(t, T, D, end):
    return end + (1 - end) * (1 - np.sqrt(min(t / T, 1)))


# %% 12.1 wrong: a root of all
def my_factor(t, T, D, end):
    q = min(max((t - (T - D)) / D, 0), 1)
    return np.sqrt(end + (1 - end) * (1 - q))


# %% 12.1 wrong: zero after the end
def my_factor(t, T, D, end):
    q = min(max((t - (T - D)) / D, 0), 1)
    return 0 if t > T else end + (1 - end) * (1 - np.sqrt(q))


# %% 12.2 right: sorted, then the first
def shortest(losses, reference, margin):
    for fraction in sorted(losses):
        if stats.compare(losses[fraction], losses[reference]).high <= margin * np.mean(losses[reference]):
            return fraction


# %% 12.2 right: a NumPy number
def shortest(losses, reference, margin):
    high = {f: stats.compare(v, losses[reference]).high for f, v in losses.items()}
    allowed = margin * losses[reference].mean()
    return np.min([f for f in losses if high[f] <= allowed])


# %% 12.2 right: an array of one element
def shortest(losses, reference, margin):
    allowed = margin * losses[reference].mean()
    shown = [f for f, v in losses.items() if not stats.compare(v, losses[reference]).high > allowed]
    return np.sort(shown)[:1]


# %% 12.2 wrong: the longest
def shortest(losses, reference, margin):
    allowed = margin * losses[reference].mean()
    return max(f for f, v in losses.items() if stats.compare(v, losses[reference]).high <= allowed)


# %% 12.2 wrong: a ratio of means
def shortest(losses, reference, margin):
    return min(f for f, v in losses.items() if v.mean() <= (1 + margin) * losses[reference].mean() * 0.98)


# %% 12.2 wrong: always the reference
def shortest(losses, reference, margin):
    return reference


# %% 12.2 wrong: the other sign
def shortest(losses, reference, margin):
    allowed = margin * losses[reference].mean()
    return min(f for f, v in losses.items() if stats.compare(losses[reference], v).high <= allowed)


# %% 12.2 wrong: none is short enough
def shortest(losses, reference, margin):
    return min(f for f, v in losses.items() if stats.compare(v, losses[reference]).high <= -margin - 1)
