# %% 08.1 right: with if
def my_cosine(t, start, end, hold, T):
    if t < hold:
        return start
    if t >= T:
        return end
    return end + (start - end) * cosine_factor(t - hold, T - hold)


# %% 08.1 right: the library's schedule
def my_cosine(t, start, end, hold, T):
    return (constant(start, hold) >> cosine(start, end, T - hold))(t)


# %% 08.1 right: an array of one element
def my_cosine(t, start, end, hold, T):
    p = np.clip((np.array([t]) - hold) / (T - hold), 0, 1)
    return start + (end - start) * np.sin(np.pi * p / 2) ** 2


# %% 08.1 right: a float32 tensor
def my_cosine(t, start, end, hold, T):
    p = torch.clamp(torch.tensor((t - hold) / (T - hold), dtype=torch.float32), 0, 1)
    return (start + end) / 2 + (start - end) / 2 * torch.cos(math.pi * p)


# %% 08.1 wrong: the wave ends one update early
def my_cosine(t, start, end, hold, T):
    p = min(max((t - hold) / (T - hold - 1), 0), 1)
    return end + (start - end) * (1 + math.cos(math.pi * p)) / 2


# %% 08.1 wrong: a line
def my_cosine(t, start, end, hold, T):
    return start + (end - start) * min(max((t - hold) / (T - hold), 0), 1)


# %% 08.1 wrong: the end is zero
def my_cosine(t, start, end, hold, T):
    return start * (1 + math.cos(math.pi * min(max((t - hold) / (T - hold), 0), 1))) / 2


# %% 08.1 wrong: a quarter of a wave
def my_cosine(t, start, end, hold, T):
    return end + (start - end) * math.cos(math.pi / 2 * min(max((t - hold) / (T - hold), 0), 1))


# %% 08.1 wrong: it waits one update too long
def my_cosine(t, start, end, hold, T):
    p = min(max((t - hold - 1) / (T - hold), 0), 1)
    return end + (start - end) * (1 + math.cos(math.pi * p)) / 2


# %% 08.1 wrong: the floor clips
def my_cosine(t, start, end, hold, T):
    p = min(max((t - hold) / (T - hold), 0), 1)
    return max(start * (1 + math.cos(math.pi * p)) / 2, end)


# %% 08.1 wrong: the angle in degrees
def my_cosine(t, start, end, hold, T):
    p = min(max((t - hold) / (T - hold), 0), 1)
    return end + (start - end) * (1 + math.cos(180 * p)) / 2


# %% 08.1 wrong: zero after the end
def my_cosine(t, start, end, hold, T):
    p = min(max((t - hold) / (T - hold), 0), 1)
    return 0 if t > T else end + (start - end) * (1 + math.cos(math.pi * p)) / 2


# %% 08.2 right: min stops the clock
def my_program(epochs, batches, extra):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    T = epochs * batches
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: cosine_factor(min(t, T), T))
    with Ledger.watch(optimizer) as ledger:
        for _ in range(T + extra):
            optimizer.step()
            scheduler.step()
    return ledger.used


# %% 08.2 right: a list that the loop fills
def my_program(epochs, batches, extra):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * batches)
    rates = []
    for _ in range(epochs):
        for _ in range(batches):
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
    return rates + [optimizer.param_groups[0]["lr"]] * extra


# %% 08.2 right: float32 tensors
def my_program(epochs, batches, extra):
    from lrlib.optim import ScheduleLR

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = ScheduleLR(optimizer, cosine(1, 0, epochs * batches))
    rates = []
    for _ in range(epochs * batches + extra):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return torch.tensor(rates, dtype=torch.float32)


# %% 08.2 wrong: T_max covers the updates after the end too
def my_program(epochs, batches, extra):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * batches + extra)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(epochs * batches + extra):
            optimizer.step()
            scheduler.step()
    return ledger.used


# %% 08.2 wrong: only the order is repaired, and it stops early
def my_program(epochs, batches, extra):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs)
    with Ledger.watch(optimizer) as ledger:
        for t in range(epochs * batches + extra):
            optimizer.step()
            if t < epochs:
                scheduler.step()
    return ledger.used


# %% 08.2 wrong: the last call of the scheduler is missing
def my_program(epochs, batches, extra):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * batches)
    with Ledger.watch(optimizer) as ledger:
        for t in range(epochs * batches + extra):
            optimizer.step()
            if t < epochs * batches - 1:
                scheduler.step()
    return ledger.used


# %% 08.2 wrong: the updates after the end are left out
def my_program(epochs, batches, extra):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * batches)
    with Ledger.watch(optimizer) as ledger:
        for _ in range(epochs * batches):
            optimizer.step()
            scheduler.step()
    return ledger.used


# %% 08.2 wrong: a name that does not exist
def my_program(epochs, batches, extra):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    scheduler = CosineAnnealingLR(optimizer, T_max=epochs * batches)
    return [group["rate"] for group in optimizer.param_groups]
