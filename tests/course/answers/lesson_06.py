# %% 06.1 right: another base
def my_steps(gamma, divisor):
    return np.log2(1 / divisor) / np.log2(gamma)


# %% 06.1 right: the change of base
def my_steps(gamma, divisor):
    return math.log(divisor, 1 / gamma)


# %% 06.1 right: a float32 tensor
def my_steps(gamma, divisor):
    return torch.tensor(-math.log(divisor) / math.log(gamma), dtype=torch.float32)


# %% 06.1 right: an array of one element
def my_steps(gamma, divisor):
    return -np.log10(np.array([divisor])) / np.log10(gamma)


# %% 06.1 wrong: rounded up
def my_steps(gamma, divisor):
    return math.ceil(-math.log(divisor) / math.log(gamma))


# %% 06.1 wrong: one step more
def my_steps(gamma, divisor):
    return 1 - math.log(divisor) / math.log(gamma)


# %% 06.1 wrong: a product of logarithms
def my_steps(gamma, divisor):
    return -math.log(divisor) * math.log(gamma)


# %% 06.1 wrong: a quotient in the logarithm
def my_steps(gamma, divisor):
    return math.log(divisor / gamma)


# %% 06.1 wrong: the reach
def my_steps(gamma, divisor):
    return 1 / (1 - gamma)


# %% 06.2 right: step by step
def repaired_rates(base_lr, gamma, epochs, batches):
    rates, rate = [], base_lr
    for _ in range(epochs):
        rates += [rate] * batches
        rate *= gamma
    return rates


# %% 06.2 right: an array
def repaired_rates(base_lr, gamma, epochs, batches):
    return np.repeat(base_lr * gamma ** np.arange(epochs), batches)


# %% 06.2 right: a float32 tensor
def repaired_rates(base_lr, gamma, epochs, batches):
    return (base_lr * gamma ** (torch.arange(epochs * batches) // batches)).float()


# %% 06.2 right: tensors in a list
def repaired_rates(base_lr, gamma, epochs, batches):
    return [
        torch.tensor(base_lr * gamma ** (t // batches), dtype=torch.float64) for t in range(epochs * batches)
    ]


# %% 06.2 wrong: the first update apart
def repaired_rates(base_lr, gamma, epochs, batches):
    return [base_lr * gamma ** ((t + 1) // batches) for t in range(epochs * batches)]


# %% 06.2 wrong: the rest of the division
def repaired_rates(base_lr, gamma, epochs, batches):
    return [base_lr * gamma ** (t % batches) for t in range(epochs * batches)]


# %% 06.2 wrong: divided by epochs
def repaired_rates(base_lr, gamma, epochs, batches):
    return [base_lr * gamma ** (t // epochs) for t in range(epochs * batches)]


# %% 06.2 wrong: a line
def repaired_rates(base_lr, gamma, epochs, batches):
    return [base_lr * (1 - (1 - gamma) * (t // batches)) for t in range(epochs * batches)]


# %% 06.2 wrong: factors, not rates
def repaired_rates(base_lr, gamma, epochs, batches):
    return [gamma ** (t // batches) for t in range(epochs * batches)]


# %% 06.3 right: with capitals
my_choice = dict(zip(my_choice, ["Stops", "Goes on", "stops", "GOES ON", "stops "], strict=True))


# %% 06.3 right: by a rule
my_choice = {
    name: "goes on" if name in ("inverse_time(1)", "inverse_sqrt(10)") else "stops" for name in my_choice
}


# %% 06.3 right: as an array says it
my_choice = dict(zip(my_choice, np.array(["stops", "goes on", "stops", "goes on", "stops"]), strict=True))


# %% 06.3 wrong: all stop
my_choice = dict.fromkeys(my_choice, "stops")


# %% 06.3 wrong: all go on
my_choice = dict.fromkeys(my_choice, "goes on")


# %% 06.3 wrong: only the slow one misjudged
my_choice = dict(zip(my_choice, ["goes on", "goes on", "stops", "goes on", "stops"], strict=True))


# %% 06.3 wrong: the other way round
my_choice = dict(zip(my_choice, ["goes on", "stops", "goes on", "stops", "goes on"], strict=True))


# %% 06.3 wrong: yes and no
my_choice = dict(zip(my_choice, ["yes", "no", "yes", "no", "yes"], strict=True))
