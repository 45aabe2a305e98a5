# %% 25.1 right: a loop
def my_smallest(rates, h):
    size = least = 1.0
    for rate in rates:
        size *= abs(1 - rate * h)
        least = min(least, size)
    return least


# %% 25.1 right: by logarithms
def my_smallest(rates, h):
    logs = np.concatenate([[0], np.cumsum(np.log(np.abs(1 - h * np.array(rates))))])
    return np.exp(logs).min()


# %% 25.1 right: a tensor
def my_smallest(rates, h):
    import torch

    factors = torch.cat([torch.ones(1), 1 - torch.tensor(rates, dtype=torch.float64) * h])
    return torch.cumprod(factors, 0).abs().min()


# %% 25.1 right: an array of one element
def my_smallest(rates, h):
    sizes = np.cumprod(np.append(1.0, 1 - np.array(rates) * h))
    return np.sort(np.abs(sizes))[:1]


# %% 25.1 wrong: no start, largest
def my_smallest(rates, h):
    return np.cumprod(np.abs(1 - np.array(rates) * h)).max()


# %% 25.1 wrong: rates over h
def my_smallest(rates, h):
    return min(1, np.cumprod(np.abs(1 - np.array(rates) / h)).min())


# %% 25.1 wrong: one rate only
def my_smallest(rates, h):
    return abs(1 - rates[0] * h) ** len(rates)


# %% 25.1 wrong: as if it always shrank
def my_smallest(rates, h):
    return np.prod(np.minimum(1, np.abs(1 - np.array(rates) * h)))


# %% 25.1 wrong: the loss, a square
def my_smallest(rates, h):
    return min(1, (np.cumprod(1 - np.array(rates) * h) ** 2).min())


# %% 25.1 wrong: where, not how small
def my_smallest(rates, h):
    return int(np.abs(np.cumprod(1 - np.array(rates) * h)).argmin())


# %% 25.2 right: the product of v and the matrix times v
def my_sharpness(times, v, rounds):
    for _ in range(rounds + 30):
        v = v / np.sqrt(v @ v)
        w = times(v)
        v = w
    return abs(float(np.sqrt(v @ v)))


# %% 25.2 right: by the Rayleigh quotient
def my_sharpness(times, v, rounds):
    for _ in range(rounds):
        v = times(v)
        v = v / np.abs(v).max()
    return abs(v @ times(v) / (v @ v))


# %% 25.2 right: lists
def my_sharpness(times, v, rounds):
    length = lambda v: sum(x * x for x in v) ** 0.5
    for _ in range(rounds):
        size = length(v)
        v = list(times(np.array([x / size for x in v])))
    return [length(v)]


# %% 25.2 wrong: the first round only, kept
def my_sharpness(times, v, rounds):
    first = times(v / np.linalg.norm(v))
    for _ in range(rounds):
        v = times(v / np.linalg.norm(v))
    return np.linalg.norm(first)


# %% 25.2 wrong: the length not divided
def my_sharpness(times, v, rounds):
    for _ in range(min(rounds, 3)):
        v = times(v)
    return np.linalg.norm(v)


# %% 25.2 wrong: the largest part
def my_sharpness(times, v, rounds):
    for _ in range(rounds):
        v = times(v / np.linalg.norm(v))
    return np.abs(v).max()


# %% 25.2 wrong: the square of the length
def my_sharpness(times, v, rounds):
    for _ in range(rounds):
        v = times(v / np.linalg.norm(v))
    return v @ v


# %% 25.2 wrong: divided by the largest part, length reported
def my_sharpness(times, v, rounds):
    for _ in range(rounds):
        v = times(v / np.abs(v).max())
    return np.linalg.norm(v)


# %% 25.2 wrong: from the start again
def my_sharpness(times, v, rounds):
    for _ in range(rounds):
        w = times(v / np.linalg.norm(v))
    return np.linalg.norm(w)


# %% 25.3 right: sorted first
def my_sum(numbers):
    total = 0.0
    for number in sorted(float(x) for x in numbers):
        total += number
    return total


# %% 25.3 right: fractions
def my_sum(numbers):
    from fractions import Fraction

    return float(sum(Fraction(float(x)) for x in numbers))


# %% 25.3 right: by NumPy, sorted
def my_sum(numbers):
    return np.cumsum(np.sort(np.asarray(numbers, dtype=np.float64)))[-1:]


# %% 25.3 wrong: one after the other
def my_sum(numbers):
    total = 0.0
    for number in numbers:
        total += float(number)
    return total


# %% 25.3 wrong: pairs
def my_sum(numbers):
    numbers = [float(x) for x in numbers]
    while len(numbers) > 1:
        numbers = [sum(numbers[i : i + 2]) for i in range(0, len(numbers), 2)]
    return numbers[0]


# %% 25.3 wrong: rounded to whole numbers
def my_sum(numbers):
    return sum(round(float(x)) for x in numbers)


# %% 25.3 wrong: the same numbers counted once, and halved
def my_sum(numbers):
    return sum(sorted(float(x) for x in numbers)) / 2


# %% 25.3 wrong: the positive ones
def my_sum(numbers):
    return sum(sorted(float(x) for x in numbers if x > 0))


# %% 25.3 wrong: the sorted list
def my_sum(numbers):
    return sorted(float(x) for x in numbers)
