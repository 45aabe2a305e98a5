# %% 13.1 right: sorted
def my_cost(lengths, D):
    return sorted(lengths)[-1] + D * (len(lengths) - 1)


# %% 13.1 right: a loop
def my_cost(lengths, D):
    trunk = cost = 0
    for n in sorted(lengths):
        cost += (n - D - trunk) + D
        trunk = n - D
    return float(cost)


# %% 13.1 right: a NumPy number
def my_cost(lengths, D):
    return np.max(lengths) - D + np.sum(np.full(len(lengths), D))


# %% 13.1 right: an array of one element
def my_cost(lengths, D):
    return np.array([max(lengths) + D * (len(lengths) - 1)])


# %% 13.1 wrong: the first budget
def my_cost(lengths, D):
    return lengths[0] - D + D * len(lengths)


# %% 13.1 wrong: two trunks
def my_cost(lengths, D):
    return 2 * (max(lengths) - D) + D * len(lengths)


# %% 13.1 wrong: the cooldowns only
def my_cost(lengths, D):
    return D * len(lengths)


# %% 13.1 wrong: every cooldown twice
def my_cost(lengths, D):
    return max(lengths) - D + 2 * D * len(lengths)


# %% 13.1 wrong: the shortest is the trunk
def my_cost(lengths, D):
    return min(lengths) + D * len(lengths)


# %% 13.2 right: tuples
def plan(lengths, share):
    rows, forks = [], [0]
    for n in lengths:
        forks.append(n - round(share * n))
        rows.extend([(forks[-2], forks[-1], False), (forks[-1], n, True)])
    return tuple(rows)


# %% 13.2 right: an array
def plan(lengths, share):
    forks = np.array([n - round(share * n) for n in lengths])
    trunk = np.stack([np.append(0, forks[:-1]), forks, 0 * forks], axis=1)
    branches = np.stack([forks, np.array(lengths), 0 * forks + 1], axis=1)
    return np.stack([trunk, branches], axis=1).reshape(-1, 3)


# %% 13.2 right: floats
def plan(lengths, share):
    rows, here = [], 0.0
    for n in lengths:
        fork = float(n - round(share * n))
        rows += [[here, fork, 0.0], [fork, float(n), 1.0]]
        here = fork
    return rows


# %% 13.2 wrong: all of the trunk first
def plan(lengths, share):
    forks = [0] + [n - round(share * n) for n in lengths]
    trunk = [[a, b, 0] for a, b in zip(forks, forks[1:], strict=False)]
    return trunk + [[fork, n, 1] for fork, n in zip(forks[1:], lengths, strict=True)]


# %% 13.2 wrong: no trunk
def plan(lengths, share):
    return [[n - round(share * n), n, 1] for n in lengths]


# %% 13.2 wrong: the flags swapped
def plan(lengths, share):
    rows, here = [], 0
    for n in lengths:
        fork = n - round(share * n)
        rows += [[here, fork, 1], [fork, n, 0]]
        here = fork
    return rows


# %% 13.2 wrong: the share of the trunk
def plan(lengths, share):
    rows, here = [], 0
    for n in lengths:
        fork = round(share * n)
        rows += [[here, fork, 0], [fork, n, 1]]
        here = fork
    return rows


# %% 13.2 wrong: rounded down
def plan(lengths, share):
    rows, here = [], 0
    for n in lengths:
        fork = n - int(share * n) - 1
        rows += [[here, fork, 0], [fork, n, 1]]
        here = fork
    return rows


# %% 13.2 wrong: lengths in place of ends
def plan(lengths, share):
    rows, here = [], 0
    for n in lengths:
        fork = n - round(share * n)
        rows += [[here, fork - here, 0], [fork, n - fork, 1]]
        here = fork
    return rows
