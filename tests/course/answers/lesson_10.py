# %% 10.1 right: a loop
def updates_per_rate(used):
    t = 0
    while used[t + 1] == used[0]:
        t += 1
    return t + 1


# %% 10.1 right: argmax
def updates_per_rate(used):
    return np.argmax(used != used[0])


# %% 10.1 right: an array of one element
def updates_per_rate(used):
    return np.flatnonzero(np.diff(used))[:1] + 1


# %% 10.1 right: a float tensor
def updates_per_rate(used):
    return torch.tensor(used).unique_consecutive(return_counts=True)[1][0].float()


# %% 10.1 wrong: rounded up
def updates_per_rate(used):
    return int(np.ceil(len(used) / len(set(used.tolist()))))


# %% 10.1 wrong: all changes
def updates_per_rate(used):
    return np.flatnonzero(np.diff(used)) + 1


# %% 10.1 wrong: the last stair
def updates_per_rate(used):
    return len(used) - 1 - np.flatnonzero(np.diff(used))[-1]


# %% 10.1 wrong: twice
def updates_per_rate(used):
    return 2 * (np.flatnonzero(np.diff(used))[0] + 1)


# %% 10.1 wrong: one more
def updates_per_rate(used):
    return np.flatnonzero(np.diff(used))[0] + 2


# %% 10.1 wrong: the last change
def updates_per_rate(used):
    return np.flatnonzero(np.diff(used))[-1] + 1


# %% 10.2 right: from the scheduler itself
def highest_share(T, k):
    scheduler = OneCycleLR(one_weight(1.0, momentum=0.9), max_lr=1.0, total_steps=T)
    for t in range(1, T):
        if t % k == 0:
            scheduler.optimizer.step()
            scheduler.step()
    return scheduler.get_last_lr()[0]


# %% 10.2 right: a sine squared
def highest_share(T, k):
    made = (T - 1) // k
    return 0.04 + 0.96 * np.sin(np.pi * made / (0.3 * T - 1) / 2) ** 2


# %% 10.2 right: a float32 tensor
def highest_share(T, k):
    made = torch.tensor(-(-T // k) - 1, dtype=torch.float64)
    return (1 - 0.96 * (1 + torch.cos(torch.pi * made / (0.3 * T - 1))) / 2).float()


# %% 10.2 right: an array of one element
def highest_share(T, k):
    p = np.array([(T - 1) // k]) / (0.3 * T - 1)
    return 1 / 25 + 24 / 25 * (1 - np.cos(np.pi * p)) / 2


# %% 10.2 wrong: twice minus one
def highest_share(T, k):
    return 1 / 25 + 24 / 25 * (1 - np.cos(np.pi * ((T - 1) // k - 1) / (0.3 * T - 1))) / 2


# %% 10.2 wrong: the height is not reduced
def highest_share(T, k):
    return 1 / 25 + (1 - np.cos(np.pi * ((T - 1) // k) / (0.3 * T - 1))) / 2


# %% 10.2 wrong: falls
def highest_share(T, k):
    return 1 / 25 + 24 / 25 * (1 + np.cos(np.pi * ((T - 1) // k) / (0.3 * T - 1))) / 2


# %% 10.2 wrong: a share of the whole run
def highest_share(T, k):
    return 1 / 25 + 24 / 25 * (1 - np.cos(np.pi * ((T - 1) // k) / T)) / 2


# %% 10.2 wrong: a quarter of a wave
def highest_share(T, k):
    return 1 / 25 + 24 / 25 * (1 - np.cos(np.pi / 2 * ((T - 1) // k) / (0.3 * T - 1)))


# %% 10.2 wrong: k steps were made
def highest_share(T, k):
    return 1 / 25 + 24 / 25 * (1 - np.cos(np.pi * k / (0.3 * T - 1))) / 2


# %% 10.2 wrong: stepped after every update
def highest_share(T, k):
    return 1.0
