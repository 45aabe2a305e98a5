# %% 20.1 right: by multiplying, from the head
def layer_rates(rate, d, n):
    found = [rate]
    while len(found) < n:
        found.insert(0, found[0] * d)
    return found


# %% 20.1 right: an array
def layer_rates(rate, d, n):
    return rate * d ** np.arange(n)[::-1]


# %% 20.1 right: reversed
def layer_rates(rate, d, n):
    return list(reversed([rate * d**k for k in range(n)]))


# %% 20.1 wrong: the input has the full rate
def layer_rates(rate, d, n):
    return [rate * d**i for i in range(n)]


# %% 20.1 wrong: one layer too few
def layer_rates(rate, d, n):
    return [rate * d ** (n - 1 - i) for i in range(n - 1)]


# %% 20.1 wrong: divided
def layer_rates(rate, d, n):
    return [rate / d ** (n - 1 - i) for i in range(n)]


# %% 20.1 wrong: the head decays, too
def layer_rates(rate, d, n):
    return [rate * d ** (n - i) for i in range(n)]


# %% 20.1 wrong: twice the distance
def layer_rates(rate, d, n):
    return [rate * d ** (2 * (n - 1 - i)) for i in range(n)]


# %% 20.1 wrong: they add up to the rate
def layer_rates(rate, d, n):
    found = rate * d ** np.arange(n)[::-1]
    return rate * found / found.sum()


# %% 20.1 wrong: the head alone
def layer_rates(rate, d, n):
    return rate


# %% 20.2 right: the factor of the line is written out
def unfreezing(n, wait, total):
    found = []
    for i in range(n):
        s = wait * (n - 1 - i)
        found.append(constant(0, s) >> linear((total - s) / total, 0, total - s))
    return found


# %% 20.2 right: a product with a gate
def unfreezing(n, wait, total):
    line = linear(1, 0, total)
    return [(constant(0, wait * (n - 1 - i)) >> constant(1)) * line for i in range(n)]


# %% 20.2 right: as texts
def unfreezing(n, wait, total):
    from lrlib.schedules import parse

    starts = [wait * (n - 1 - i) for i in range(n)]
    return [parse(f"constant(0, {s}) >> linear({1 - s / total}, 0, {total - s})") for s in starts]


# %% 20.2 wrong: each from 1
def unfreezing(n, wait, total):
    starts = [wait * (n - 1 - i) for i in range(n)]
    return [constant(0, s) >> linear(1, 0, total - s) for s in starts]


# %% 20.2 wrong: the input first
def unfreezing(n, wait, total):
    return [constant(0, wait * i) >> linear(1 - wait * i / total, 0, total - wait * i) for i in range(n)]


# %% 20.2 wrong: one wait too many
def unfreezing(n, wait, total):
    starts = [wait * (n - i) for i in range(n)]
    return [constant(0, s) >> linear(1 - s / total, 0, total - s) for s in starts]


# %% 20.2 wrong: held at the start
def unfreezing(n, wait, total):
    starts = [wait * (n - 1 - i) for i in range(n)]
    return [constant(1 - s / total, s) >> linear(1 - s / total, 0, total - s) for s in starts]


# %% 20.2 wrong: two together
def unfreezing(n, wait, total):
    starts = [wait * ((n - 1 - i) // 2) for i in range(n)]
    return [constant(0, s) >> linear(1 - s / total, 0, total - s) for s in starts]


# %% 20.2 wrong: the head alone
def unfreezing(n, wait, total):
    return [linear(1, 0, total)]


# %% 20.2 wrong: a floor
def unfreezing(n, wait, total):
    starts = [wait * (n - 1 - i) for i in range(n)]
    return [constant(0.1, s) >> linear(1 - s / total, 0, total - s) for s in starts]
