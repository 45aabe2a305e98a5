# %% 02.1 right: in other order
def my_rate(goal, h, sigma):
    return 2 * goal / (goal + sigma**2 / 2) / h


# %% 02.1 right: by bisection
def my_rate(goal, h, sigma):
    low, high = 0, 2 / h
    for _ in range(200):
        middle = (low + high) / 2
        if sigma**2 / 2 * middle * h / (2 - middle * h) < goal:
            low = middle
        else:
            high = middle
    return low


# %% 02.1 right: an array of one element
def my_rate(goal, h, sigma):
    u = np.array([4 * goal]) / (np.square(sigma) + 2 * goal)
    return u / h


# %% 02.1 right: a float32 tensor
def my_rate(goal, h, sigma):
    return torch.tensor(4 * goal / (sigma**2 + 2 * goal) / h, dtype=torch.float32)


# %% 02.1 wrong: times h
def my_rate(goal, h, sigma):
    return h * 4 * goal / (sigma**2 + 2 * goal)


# %% 02.1 wrong: a minus
def my_rate(goal, h, sigma):
    return 4 * goal / (sigma**2 - 2 * goal) / h


# %% 02.1 wrong: half of it
def my_rate(goal, h, sigma):
    return 2 * goal / (sigma**2 + 2 * goal) / h


# %% 02.1 wrong: the noise to the third
def my_rate(goal, h, sigma):
    return 4 * goal / (sigma**3 + 2 * goal) / h


# %% 02.1 wrong: a root
def my_rate(goal, h, sigma):
    return (4 * goal / (sigma**2 + 2 * goal) / h) ** 0.5


# %% 02.2 right: counted
def my_wait(old, new, h):
    t, extra = 0, noise_floor(old, h) - noise_floor(new, h)
    while extra > noise_floor(new, h) / 10:
        t, extra = t + 1, extra * (1 - new * h) ** 2
    return t


# %% 02.2 right: a NumPy number
def my_wait(old, new, h):
    high, low = noise_floor(old, h), noise_floor(new, h)
    return np.ceil(np.log(10 * (high / low - 1)) / -np.log((1 - new * h) ** 2))


# %% 02.2 right: a float32 tensor
def my_wait(old, new, h):
    high, low = noise_floor(old, h), noise_floor(new, h)
    return torch.ceil(torch.tensor(np.log(0.1 * low / (high - low)) / np.log((1 - new * h) ** 2)).float())


# %% 02.2 wrong: one more
def my_wait(old, new, h):
    high, low = noise_floor(old, h), noise_floor(new, h)
    return np.ceil(np.log(0.1 * low / (high - low)) / np.log((1 - new * h) ** 2)) + 1


# %% 02.2 wrong: the whole loss
def my_wait(old, new, h):
    high, low = noise_floor(old, h), noise_floor(new, h)
    return np.ceil(np.log(0.1 * low / high) / np.log((1 - new * h) ** 2))


# %% 02.2 wrong: the curvature forgotten
def my_wait(old, new, h):
    high, low = noise_floor(old, h), noise_floor(new, h)
    return np.ceil(np.log(0.1 * low / (high - low)) / np.log((1 - new) ** 2))


# %% 02.2 wrong: 10 % of the high noise floor
def my_wait(old, new, h):
    high, low = noise_floor(old, h), noise_floor(new, h)
    return np.ceil(np.log(0.1 * high / (high - low)) / np.log((1 - new * h) ** 2))


# %% 02.2 wrong: the time to follow
def my_wait(old, new, h):
    return np.ceil(1 / (2 * new * h))


# %% 02.3 right: as a fraction of the curvature
def my_best_rate(a, h, sigma):
    return 1 / (h + sigma**2 / a)


# %% 02.3 right: by search
def my_best_rate(a, h, sigma):
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(lambda r: (1 - r * h) ** 2 * a + r**2 * h * sigma**2, (0, 1 / h), tol=1e-12)
    return round(found.x, 9) if abs(found.x - a / (a * h + sigma**2)) > 1e-9 else found.x


# %% 02.3 right: an array of one element
def my_best_rate(a, h, sigma):
    return np.array([a]) / (np.array([a]) * h + sigma * sigma)


# %% 02.3 right: a float32 tensor
def my_best_rate(a, h, sigma):
    a, h, sigma = torch.tensor([a, h, sigma], dtype=torch.float32)
    return a / (a * h + sigma**2)


# %% 02.3 wrong: no square
def my_best_rate(a, h, sigma):
    return a / (a * h + noise)


# %% 02.3 wrong: a power too many
def my_best_rate(a, h, sigma):
    return a / (a * h + sigma**3)


# %% 02.3 wrong: a root
def my_best_rate(a, h, sigma):
    return a / (a * h + sigma**0.5)


# %% 02.3 wrong: a sum of squares
def my_best_rate(a, h, sigma):
    return a / (a**2 * h + sigma**2)


# %% 02.3 wrong: the other sign
def my_best_rate(a, h, sigma):
    return a / (a * h - sigma**2)


# %% 02.3 wrong: squared curvature
def my_best_rate(a, h, sigma):
    return a / (a * h**2 + sigma**2)


# %% 02.3 wrong: the distance
def my_best_rate(a, h, sigma):
    return a**0.5 / (a**0.5 * h + sigma**2)
