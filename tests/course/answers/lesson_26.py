# %% 26.1 right: by membership
def my_layer_rate(layer, base_lr, width, base):
    return base_lr * base / width if layer in ("hidden", "output") else base_lr


# %% 26.1 right: a table
def my_layer_rate(layer, base_lr, width, base):
    return {"input": base_lr, "hidden": base_lr / (width / base), "output": base_lr / (width / base)}[layer]


# %% 26.1 right: an array of one element
def my_layer_rate(layer, base_lr, width, base):
    return np.array([base_lr * (base / width) ** (layer != "input")])


# %% 26.1 wrong: a square root
def my_layer_rate(layer, base_lr, width, base):
    return base_lr if layer == "input" else base_lr * (base / width) ** 0.5


# %% 26.1 wrong: never
def my_layer_rate(layer, base_lr, width, base):
    return base_lr


# %% 26.1 wrong: over the width alone
def my_layer_rate(layer, base_lr, width, base):
    return base_lr if layer == "input" else base_lr / width


# %% 26.1 wrong: hidden alone
def my_layer_rate(layer, base_lr, width, base):
    return base_lr * base / width if layer == "hidden" else base_lr


# %% 26.2 right: step by step
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    rows = min(new_batch, B_crit) / min(batch, B_crit)
    return rate * np.sqrt(rows * steps / new_steps)


# %% 26.2 right: two roots
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    old, new = (np.minimum(b, B_crit) for b in (batch, new_batch))
    return rate * (new**0.5 / old**0.5) / (new_steps**0.5 / steps**0.5)


# %% 26.2 right: an array of one element
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    ratio = np.array([min(new_batch, B_crit) * steps / (min(batch, B_crit) * new_steps)])
    return rate * ratio**0.5


# %% 26.2 wrong: the larger of both
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    return rate * (max(new_batch, B_crit) / max(batch, B_crit) * steps / new_steps) ** 0.5


# %% 26.2 wrong: longer runs get more
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    return rate * (min(new_batch, B_crit) / min(batch, B_crit) * new_steps / steps) ** 0.5


# %% 26.2 wrong: by examples
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    return rate * (new_batch * new_steps / (batch * steps)) ** 0.5


# %% 26.2 wrong: unchanged
def my_moved_rate(rate, batch, steps, new_batch, new_steps, B_crit):
    return rate
