# %% 09.1 right: with cycle_at
def my_cycles(budget, T_0, T_mult):
    whole, t = 0, 0
    while sum(cycle_at(t, T_0, T_mult)) <= budget:
        t = sum(cycle_at(t, T_0, T_mult))
        whole += 1
    return whole, budget - t


# %% 09.1 right: an array
def my_cycles(budget, T_0, T_mult):
    ends = np.cumsum(T_0 * float(T_mult) ** np.arange(30))
    whole = np.sum(ends <= budget)
    return np.array([whole, budget - (ends[whole - 1] if whole else 0)])


# %% 09.1 right: floats in a list
def my_cycles(budget, T_0, T_mult):
    left, length, whole = float(budget), T_0, 0.0
    while left >= length:
        left, length, whole = left - length, T_mult * length, whole + 1
    return [whole, left]


# %% 09.1 right: a float32 tensor
def my_cycles(budget, T_0, T_mult):
    import torch

    lengths = torch.tensor([float(T_0 * T_mult**i) for i in range(24)], dtype=torch.float64)
    whole = (lengths.cumsum(0) <= budget).sum()
    return torch.stack([whole.float(), (budget - lengths[:whole].sum()).float()])


# %% 09.1 wrong: the number only
def my_cycles(budget, T_0, T_mult):
    whole, left, length = 0, budget, T_0
    while length <= left:
        whole, left, length = whole + 1, left - length, length * T_mult
    return whole


# %% 09.1 wrong: the length of the cycle in which it stops
def my_cycles(budget, T_0, T_mult):
    whole, left, length = 0, budget, T_0
    while length <= left:
        whole, left, length = whole + 1, left - length, length * T_mult
    return whole, length


# %% 09.1 wrong: by a logarithm, rounded
def my_cycles(budget, T_0, T_mult):
    if T_mult == 1:
        return budget // T_0, budget % T_0
    whole = round(math.log(budget / T_0 * (T_mult - 1) + 1, T_mult))
    return whole, budget - T_0 * (T_mult**whole - 1) // (T_mult - 1)


# %% 09.1 wrong: the last length counted in place of the sum
def my_cycles(budget, T_0, T_mult):
    whole, length = 0, T_0
    while length <= budget and whole < 9:
        whole, length = whole + 1, length * T_mult
    return whole, budget - length // T_mult


# %% 09.1 wrong: always one at least
def my_cycles(budget, T_0, T_mult):
    whole, left, length = 1, budget - T_0, T_0 * T_mult
    while length <= left:
        whole, left, length = whole + 1, left - length, length * T_mult
    return whole, left


# %% 09.2 right: a loop
def restart_step(i, T_0, T_mult):
    return sum(T_0 * T_mult**j for j in range(i))


# %% 09.2 right: a NumPy number
def restart_step(i, T_0, T_mult):
    return np.sum(T_0 * np.power(T_mult, np.arange(i)))


# %% 09.2 right: a float
def restart_step(i, T_0, T_mult):
    return float(i * T_0 if T_mult == 1 else T_0 * (T_mult**i - 1) / (T_mult - 1))


# %% 09.2 right: an array of one element
def restart_step(i, T_0, T_mult):
    return np.array([sum(T_0 * T_mult**j for j in range(i))])


# %% 09.2 wrong: a cycle too many
def restart_step(i, T_0, T_mult):
    return sum(T_0 * T_mult**j for j in range(1, i + 1))


# %% 09.2 wrong: one update later
def restart_step(i, T_0, T_mult):
    return sum(T_0 * T_mult**j for j in range(i)) + 1


# %% 09.2 wrong: right for doubling
def restart_step(i, T_0, T_mult):
    return T_0 * (T_mult**i - 1) if T_mult > 1 else i * T_0 + 1


# %% 09.2 wrong: the first cycle left out
def restart_step(i, T_0, T_mult):
    return sum(T_0 * T_mult**j for j in range(1, i))


# %% 09.2 wrong: half of what is left
def restart_step(i, T_0, T_mult):
    return T_0 * (T_mult**i - 1) // 2


# %% 09.2 wrong: squares
def restart_step(i, T_0, T_mult):
    return T_0 * sum(j**T_mult for j in range(i))
