# %% 00.1 right: a comprehension
def my_set_rate(optimizer, rate):
    [group.update(lr=rate) for group in optimizer.param_groups]


# %% 00.1 right: by index, as a NumPy number
def my_set_rate(optimizer, rate):
    for i in range(len(optimizer.param_groups)):
        optimizer.param_groups[i]["lr"] = np.float64(rate)


# %% 00.1 right: a float32 number
def my_set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = float(torch.tensor(rate, dtype=torch.float32))


# %% 00.1 wrong: the last group only
def my_set_rate(optimizer, rate):
    optimizer.param_groups[-1]["lr"] = rate


# %% 00.1 wrong: never higher than before
def my_set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = min(group["lr"], rate)


# %% 00.1 wrong: never above 1
def my_set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = min(1.0, rate)


# %% 00.1 wrong: shared among the groups
def my_set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate / len(optimizer.param_groups)


# %% 00.1 wrong: zero is taken for nothing
def my_set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate or group["lr"]


# %% 00.1 wrong: squared
def my_set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate * rate


# %% 00.1 wrong: a key that is not there
def my_set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = group["rate"]


# %% 00.2 right: with capitals
my_match = {"A": "Rises", "B": "LINE", "C": "drops", "D": " stays "}


# %% 00.2 right: from a list
my_match = dict(zip("ABCD", ["rises", "line", "drops", "stays"], strict=True))


# %% 00.2 right: as an array says it
my_match = dict(zip("ABCD", np.array(["rises", "line", "drops", "stays"]), strict=True))


# %% 00.2 wrong: two swapped
my_match = {"A": "rises", "B": "line", "C": "stays", "D": "drops"}


# %% 00.2 wrong: one twice
my_match = {"A": "rises", "B": "line", "C": "line", "D": "stays"}


# %% 00.2 wrong: all in a ring
my_match = {"A": "line", "B": "drops", "C": "stays", "D": "rises"}


# %% 00.2 wrong: words of one's own
my_match = {"A": "warm-up", "B": "linear", "C": "step", "D": "constant"}


# %% 00.2 wrong: a list
my_match = ["rises", "line", "drops", "stays"]
