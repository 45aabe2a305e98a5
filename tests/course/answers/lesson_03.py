# %% 03.1 right: from the library's schedule
def my_update(rate, low, high, N):
    return np.argmax(range_test(low, high, N).values(N) >= rate)


# %% 03.1 right: a loop
def my_update(rate, low, high, N):
    t = 0
    while low * (high / low) ** (t / N) < rate:
        t += 1
    return t


# %% 03.1 right: a NumPy number of another base
def my_update(rate, low, high, N):
    return np.ceil(N * np.log10(rate / low) / np.log10(high / low))


# %% 03.1 right: an array of one element
def my_update(rate, low, high, N):
    return np.ceil(np.array([N * np.log2(rate / low) / np.log2(high / low)]))


# %% 03.1 wrong: upside down
def my_update(rate, low, high, N):
    return int(np.ceil(N * np.log(high / low) / np.log(rate / low)))


# %% 03.1 wrong: from the top
def my_update(rate, low, high, N):
    return int(np.ceil(N * np.log(high / rate) / np.log(high / low)))


# %% 03.1 wrong: to the nearest
def my_update(rate, low, high, N):
    return round(N * np.log(rate / low) / np.log(high / low))


# %% 03.1 wrong: the logarithm of high alone
def my_update(rate, low, high, N):
    return int(np.ceil(N * np.log(rate / low) / np.log(high)))


# %% 03.1 wrong: a difference of logarithms misread
def my_update(rate, low, high, N):
    return int(np.ceil(N * np.log(rate - low) / np.log(high - low)))


# %% 03.2 right: lists
def my_up_and_down(rates, noise):
    down = list(record(rates[::-1], noise))
    down.reverse()
    return [list(record(rates, noise)), down]


# %% 03.2 right: an array
def my_up_and_down(rates, noise):
    return np.stack([record(rates, noise), np.flip(record(np.flip(rates), noise))])


# %% 03.2 right: float32 tensors
def my_up_and_down(rates, noise):
    import torch

    up, down = record(rates, noise), record(rates[::-1], noise)[::-1]
    return torch.tensor(up).float(), torch.tensor(down.copy()).float()


# %% 03.2 wrong: twice up
def my_up_and_down(rates, noise):
    return record(rates, noise), record(rates, noise)


# %% 03.2 wrong: no noise
def my_up_and_down(rates, noise):
    return record(rates, 0.0), record(rates[::-1], 0.0)[::-1]


# %% 03.2 wrong: sorted losses
def my_up_and_down(rates, noise):
    return record(rates, noise), np.sort(record(rates[::-1], noise))


# %% 03.2 wrong: the way down only
def my_up_and_down(rates, noise):
    return record(rates[::-1], noise)[::-1]


# %% 03.2 wrong: the first rate left out
def my_up_and_down(rates, noise):
    return record(rates, noise)[1:], record(rates[::-1], noise)[::-1][1:]


# %% 03.3 right: a loop
def my_best(fresh, rates, m):
    best, least = None, float("inf")
    for rate in rates:
        loss = fresh(rate, m)
        if loss < least:
            best, least = rate, loss
    return best, least


# %% 03.3 right: min with a key
def my_best(fresh, rates, m):
    return min(((rate, fresh(rate, m)) for rate in rates), key=lambda p: (np.isnan(p[1]), p[1]))


# %% 03.3 right: an array
def my_best(fresh, rates, m):
    losses = np.nan_to_num([fresh(rate, m) for rate in rates], nan=np.inf)
    return np.array([np.asarray(rates)[losses.argmin()], losses.min()])


# %% 03.3 wrong: the place, not the rate
def my_best(fresh, rates, m):
    losses = [fresh(rate, m) for rate in rates]
    return np.nanargmin(losses), np.nanmin(losses)


# %% 03.3 wrong: the rate only
def my_best(fresh, rates, m):
    return rates[np.nanargmin([fresh(rate, m) for rate in rates])]


# %% 03.3 wrong: nan counts as zero
def my_best(fresh, rates, m):
    losses = np.nan_to_num([fresh(rate, m) for rate in rates])
    return rates[losses.argmin()], losses.min()


# %% 03.3 wrong: half of the updates
def my_best(fresh, rates, m):
    losses = [fresh(rate, m // 2) for rate in rates]
    return rates[np.nanargmin(losses)], np.nanmin(losses)


# %% 03.3 wrong: the middle rate
def my_best(fresh, rates, m):
    return rates[len(rates) // 2], fresh(rates[len(rates) // 2], m)


# %% 03.3 wrong: the last that still fell
def my_best(fresh, rates, m):
    for before, rate in zip(rates, rates[1:], strict=False):
        if not fresh(rate, m) < fresh(before, m):
            return rate, fresh(rate, m)
