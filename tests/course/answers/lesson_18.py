# %% 18.1 right: with if
def my_capped(loss, squared_norm, f_min, cap):
    if loss < f_min:
        return 0.0
    rate = (loss - f_min) / squared_norm
    return cap if rate > cap else rate


# %% 18.1 right: NumPy
def my_capped(loss, squared_norm, f_min, cap):
    return np.clip((loss - f_min) / squared_norm, 0, cap)


# %% 18.1 right: a float32 tensor
def my_capped(loss, squared_norm, f_min, cap):
    import torch

    return torch.clamp(torch.tensor((loss - f_min) / squared_norm, dtype=torch.float32), 0, cap)


# %% 18.1 wrong: half of it
def my_capped(loss, squared_norm, f_min, cap):
    return min(max(loss - f_min, 0) / (2 * squared_norm), cap)


# %% 18.1 wrong: always the cap
def my_capped(loss, squared_norm, f_min, cap):
    return cap


# %% 18.1 wrong: the distance, not the rate
def my_capped(loss, squared_norm, f_min, cap):
    return min(max(loss - f_min, 0), cap)


# %% 18.1 wrong: its size
def my_capped(loss, squared_norm, f_min, cap):
    return min(abs(loss - f_min) / squared_norm, cap)


# %% 18.1 wrong: capped before the division
def my_capped(loss, squared_norm, f_min, cap):
    return min(max(loss - f_min, 0), cap) / squared_norm


# %% 18.2 right: a loop
def my_dog(distances, norms, first_guess):
    rates, farthest, total = [], first_guess, 0.0
    for distance, norm in zip(distances, norms, strict=True):
        farthest, total = max(farthest, distance), total + norm**2
        rates.append(farthest / total**0.5)
    return rates


# %% 18.2 right: slices
def my_dog(distances, norms, first_guess):
    return [max(first_guess, *distances[: t + 1]) / np.linalg.norm(norms[: t + 1]) for t in range(len(norms))]


# %% 18.2 right: the guess put in front
def my_dog(distances, norms, first_guess):
    farthest = np.maximum.accumulate(np.r_[first_guess, distances])[1:]
    return farthest / (np.asarray(norms) ** 2).cumsum() ** 0.5


# %% 18.2 wrong: the guess is added
def my_dog(distances, norms, first_guess):
    return (np.maximum.accumulate(distances) + first_guess) / np.sqrt(np.cumsum(np.square(norms)))


# %% 18.2 wrong: only this gradient
def my_dog(distances, norms, first_guess):
    return np.maximum(np.maximum.accumulate(distances), first_guess) / norms


# %% 18.2 wrong: the farthest of the whole run
def my_dog(distances, norms, first_guess):
    return max(first_guess, max(distances)) / np.sqrt(np.cumsum(np.square(norms)))


# %% 18.2 wrong: the last rate alone
def my_dog(distances, norms, first_guess):
    return max(first_guess, max(distances)) / np.sqrt(np.square(norms).sum())


# %% 18.2 wrong: distance travelled in all
def my_dog(distances, norms, first_guess):
    return np.maximum(np.cumsum(distances), first_guess) / np.sqrt(np.cumsum(np.square(norms)))
