# %% 21.1 right: a loop
def my_left(rates, decay):
    left = 1.0
    for rate in rates:
        left *= 1 - rate * decay
    return left


# %% 21.1 right: logarithms
def my_left(rates, decay):
    return np.exp(np.log1p(-decay * np.array(rates)).sum())


# %% 21.1 right: a tensor
def my_left(rates, decay):
    return (1 - decay * torch.tensor(rates, dtype=torch.float64)).prod()


# %% 21.1 wrong: the first only
def my_left(rates, decay):
    return 1 - rates[0] * decay


# %% 21.1 wrong: the mean rate
def my_left(rates, decay):
    return 1 - np.mean(rates) * decay


# %% 21.1 wrong: a sum of shares
def my_left(rates, decay):
    return sum(1 - rate * decay for rate in rates)


# %% 21.1 wrong: halved
def my_left(rates, decay):
    return np.prod(1 - decay * np.array(rates) / 2)


# %% 21.1 wrong: grown
def my_left(rates, decay):
    return np.prod(1 + decay * np.array(rates))


# %% 21.2 right: two roots
def my_balance(rate, decay, G):
    return np.sqrt(G * np.sqrt(rate / decay / 2)), (2 * rate * decay) ** 0.5


# %% 21.2 right: from the length, an array
def my_balance(rate, decay, G):
    length = (rate * G**2 / (2 * decay)) ** (1 / 4)
    return np.array([length, rate * G / length**2])


# %% 21.2 right: a list
def my_balance(rate, decay, G):
    return [float((rate * G * G / decay / 2) ** 0.25), float(np.sqrt(2 * decay * rate))]


# %% 21.2 wrong: no G
def my_balance(rate, decay, G):
    return (rate / (2 * decay)) ** 0.25, np.sqrt(2 * rate * decay)


# %% 21.2 wrong: the angle with G
def my_balance(rate, decay, G):
    return (rate * G**2 / (2 * decay)) ** 0.25, G * np.sqrt(2 * rate * decay)


# %% 21.2 wrong: in degrees
def my_balance(rate, decay, G):
    return (rate * G**2 / (2 * decay)) ** 0.25, np.degrees(np.sqrt(2 * rate * decay))


# %% 21.2 wrong: only the length
def my_balance(rate, decay, G):
    return (rate * G**2 / (2 * decay)) ** 0.25


# %% 21.2 wrong: the cube root
def my_balance(rate, decay, G):
    return (rate * G**2 / (2 * decay)) ** (1 / 3), np.sqrt(2 * rate * decay)
