# %% 19.1 right: a loop
def my_accumulated(gradients, rows):
    total = 0.0
    for g, n in zip(gradients, rows, strict=True):
        total += g * n
    return total / sum(rows)


# %% 19.1 right: NumPy
def my_accumulated(gradients, rows):
    return np.average(gradients, weights=rows)


# %% 19.1 right: shares first, an array of one element
def my_accumulated(gradients, rows):
    shares = np.array(rows) / np.sum(rows)
    return np.array([shares @ np.array(gradients)])


# %% 19.1 right: a float32 tensor
def my_accumulated(gradients, rows):
    return (torch.tensor(gradients) * torch.tensor(rows)).sum() / sum(rows)


# %% 19.1 wrong: the largest piece alone
def my_accumulated(gradients, rows):
    return gradients[int(np.argmax(rows))]


# %% 19.1 wrong: inverse weights
def my_accumulated(gradients, rows):
    return np.average(gradients, weights=1 / np.array(rows))


# %% 19.1 wrong: the last one
def my_accumulated(gradients, rows):
    return gradients[-1]


# %% 19.1 wrong: the median
def my_accumulated(gradients, rows):
    return np.median(gradients)


# %% 19.2 right: by steps
def my_largest_batch(examples, S_min, B_crit):
    both = examples / S_min
    return both - B_crit


# %% 19.2 right: one fraction
def my_largest_batch(examples, S_min, B_crit):
    return (examples - S_min * B_crit) / S_min


# %% 19.2 right: an array of one element
def my_largest_batch(examples, S_min, B_crit):
    return np.array([examples / S_min - B_crit])


# %% 19.2 wrong: half of it
def my_largest_batch(examples, S_min, B_crit):
    return (examples / S_min - B_crit) / 2


# %% 19.2 wrong: a square root
def my_largest_batch(examples, S_min, B_crit):
    return np.sqrt(examples / S_min)


# %% 19.2 wrong: never negative, and one more
def my_largest_batch(examples, S_min, B_crit):
    return max(0, examples / S_min - B_crit) + 1


# %% 19.2 wrong: twice the critical one
def my_largest_batch(examples, S_min, B_crit):
    return 2 * B_crit
