# %% 16.1 right: with if
def is_better(reading, best, mode, threshold, threshold_mode):
    if threshold_mode == "rel":
        threshold = threshold * abs(best)
    if mode == "max":
        return reading > best + threshold
    return reading < best - threshold


# %% 16.1 right: a NumPy truth
def is_better(reading, best, mode, threshold, threshold_mode):
    asked = np.where(threshold_mode == "rel", np.abs(best) * threshold, threshold)
    sign = {"min": -1, "max": 1}[mode]
    return np.greater(sign * (reading - best), asked)


# %% 16.1 right: a tensor
def is_better(reading, best, mode, threshold, threshold_mode):
    asked = threshold * abs(best) if threshold_mode == "rel" else threshold
    gain = reading - best if mode == "max" else best - reading
    return torch.tensor(gain) > asked


# %% 16.1 wrong: as in torch
def is_better(reading, best, mode, threshold, threshold_mode):
    if threshold_mode == "rel":
        return reading < best * (1 - threshold) if mode == "min" else reading > best * (1 + threshold)
    return reading < best - threshold if mode == "min" else reading > best + threshold


# %% 16.1 wrong: part of the reading
def is_better(reading, best, mode, threshold, threshold_mode):
    asked = threshold * abs(reading) if threshold_mode == "rel" else threshold
    return best - reading > asked if mode == "min" else reading - best > asked


# %% 16.1 wrong: modes swapped
def is_better(reading, best, mode, threshold, threshold_mode):
    asked = threshold * abs(best) if threshold_mode == "rel" else threshold
    return best - reading > asked if mode == "max" else reading - best > asked


# %% 16.1 wrong: any change counts
def is_better(reading, best, mode, threshold, threshold_mode):
    asked = threshold * abs(best) if threshold_mode == "rel" else threshold
    return abs(best - reading) > asked


# %% 16.1 wrong: always
def is_better(reading, best, mode, threshold, threshold_mode):
    return True


# %% 16.2 right: harmonic numbers
def my_chance_by(p, N):
    return np.sum(1 / np.arange(p + 2, N + 1))


# %% 16.2 right: with the chance of the best
def my_chance_by(p, N):
    total = 0
    for n in range(1, N - p):
        total += 1 / n * n / (n + p + 1)
    return total


# %% 16.2 right: an array of one element
def my_chance_by(p, N):
    n = np.arange(1, max(N - p, 1))
    return np.array([(1 / (n + p + 1)).sum()])


# %% 16.2 wrong: from the best on
def my_chance_by(p, N):
    return sum(n / (n + p + 1) for n in range(1, N - p))


# %% 16.2 wrong: one minus
def my_chance_by(p, N):
    return 1 - sum(1 / (n + p + 1) for n in range(1, N - p))


# %% 16.2 wrong: the last term alone
def my_chance_by(p, N):
    return 1 / N if p + 1 < N else 0


# %% 16.2 wrong: as many as there are
def my_chance_by(p, N):
    return max(N - p - 1, 0) / N


# %% 16.2 wrong: patience counted as in Keras
def my_chance_by(p, N):
    return sum(1 / (n + p) for n in range(1, N - p + 1))
