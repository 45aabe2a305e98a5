# %% A4.1 right: PyTorch's own rule
def my_plateau(readings, factor, patience, cooldown, least):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, "min", factor, patience, threshold=0, cooldown=cooldown, min_lr=least, eps=0
    )
    found = []
    for reading in readings:
        rule.step(reading)
        found.append(optimizer.param_groups[0]["lr"])
    return found


# %% A4.1 right: with the place of the best and of the last cut
def my_plateau(readings, factor, patience, cooldown, least):
    found, start, best, m = np.ones(len(readings)), -1, math.inf, 1.0
    for i, reading in enumerate(readings):
        if reading < best:
            best, start = reading, max(start, i)
        elif i - start > patience:
            m, start = max(m * factor, least), i + cooldown
        found[i] = m
    return found


# %% A4.1 right: float32 tensors
def my_plateau(readings, factor, patience, cooldown, least):
    readings = torch.tensor(readings)
    found, best, bad, wait = [], torch.tensor(math.inf), 0, 0
    m = torch.tensor(1.0, dtype=torch.float32)
    for reading in readings:
        bad = 0 if reading < best or wait else bad + 1
        best, wait = torch.minimum(best, reading), max(wait - 1, 0)
        if bad > patience:
            m, bad, wait = (m * factor).clamp(min=least), 0, cooldown
        found.append(m)
    return torch.stack(found)


# %% A4.1 right: the library's own rule where it has one
def my_plateau(readings, factor, patience, cooldown, least):
    multiplier, best, bad, rest = 1.0, None, 0, 0
    out = []
    for r in list(readings):
        better = best is None or r < best
        if better:
            best = r
        if rest:
            rest -= 1
            bad = 0
        else:
            bad = 0 if better else bad + 1
        if bad == patience + 1:
            multiplier = multiplier * factor if multiplier * factor > least else least
            bad, rest = 0, cooldown
        out.append(multiplier)
    return np.asarray(out)


# %% A4.1 wrong: patience one longer
def my_plateau(readings, factor, patience, cooldown, least):
    return cut_as(readings, factor, patience + 1, cooldown, least)


def cut_as(readings, factor, patience, cooldown, least):
    best, bad, wait, m, found = math.inf, 0, 0, 1.0, []
    for reading in readings:
        best, bad = (reading, 0) if reading < best else (best, bad + 1)
        if wait:
            wait, bad = wait - 1, 0
        if bad > patience:
            m, bad, wait = max(m * factor, least), 0, cooldown
        found.append(m)
    return np.array(found)


# %% A4.1 wrong: the default threshold of PyTorch
def my_plateau(readings, factor, patience, cooldown, least):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, "min", factor, patience, threshold=0.1, cooldown=cooldown, min_lr=least, eps=0
    )
    found = []
    for reading in readings:
        rule.step(reading)
        found.append(optimizer.param_groups[0]["lr"])
    return found


# %% A4.1 wrong: no new best in the cooldown
def my_plateau(readings, factor, patience, cooldown, least):
    best, bad, wait, m, found = math.inf, 0, 0, 1.0, []
    for reading in readings:
        if wait:
            wait -= 1
        elif reading < best:
            best, bad = reading, 0
        else:
            bad += 1
        if bad > patience:
            m, bad, wait = max(m * factor, least), 0, cooldown
        found.append(m)
    return np.array(found)


# %% A4.1 wrong: not in a row
def my_plateau(readings, factor, patience, cooldown, least):
    best, bad, wait, m, found = math.inf, 0, 0, 1.0, []
    for reading in readings:
        if reading < best:
            best = reading
        else:
            bad += 1
        if wait:
            wait, bad = wait - 1, 0
        if bad > patience:
            m, bad, wait = max(m * factor, least), 0, cooldown
        found.append(m)
    return np.array(found)


# %% A4.1 wrong: the least is a multiple of the last
def my_plateau(readings, factor, patience, cooldown, least):
    best, bad, wait, m, found = math.inf, 0, 0, 1.0, []
    for reading in readings:
        best, bad = (reading, 0) if reading < best else (best, bad + 1)
        if wait:
            wait, bad = wait - 1, 0
        if bad > patience:
            m, bad, wait = (m * factor if m * factor >= least else m), 0, cooldown
        found.append(m)
    return np.array(found)


# %% A4.2 right: read the log into a rule of another optimizer
def my_resumed(optimizer, readings, factor, patience):
    other = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rules = [
        ReduceLROnPlateau(o, factor=factor, patience=patience, threshold=0, eps=0) for o in (other, optimizer)
    ]
    for reading in readings:
        rules[0].step(reading)
    rules[1].load_state_dict(rules[0].state_dict())
    return rules[1]


# %% A4.2 right: tell it all and put the rate back
def my_resumed(optimizer, readings, factor, patience):
    rate = optimizer.param_groups[0]["lr"]
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience, threshold=0, eps=0)
    for reading in readings:
        rule.step(reading)
    optimizer.param_groups[0]["lr"] = rate
    return rule


# %% A4.2 right: the attributes, NumPy numbers
def my_resumed(optimizer, readings, factor, patience):
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience, threshold=0, eps=0)
    best, bad = np.inf, 0
    for reading in np.array(readings):
        bad = 0 if reading < best else (bad + 1) % (patience + 1)
        best = np.minimum(best, reading)
    rule.best, rule.num_bad_epochs = best, bad
    return rule


# %% A4.2 wrong: the rate is put back to the peak
def my_resumed(optimizer, readings, factor, patience):
    optimizer.param_groups[0]["lr"] = 0.1
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience, threshold=0, eps=0)
    for reading in readings:
        rule.step(reading)
    optimizer.param_groups[0]["lr"] = 0.1
    return rule


# %% A4.2 wrong: patience counted as in Keras
def my_resumed(optimizer, readings, factor, patience):
    rate = optimizer.param_groups[0]["lr"]
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience - 1, threshold=0, eps=0)
    for reading in readings:
        rule.step(reading)
    optimizer.param_groups[0]["lr"] = rate
    return rule


# %% A4.2 wrong: the default threshold
def my_resumed(optimizer, readings, factor, patience):
    rate = optimizer.param_groups[0]["lr"]
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience, threshold=0.05)
    for reading in readings:
        rule.step(reading)
    optimizer.param_groups[0]["lr"] = rate
    return rule


# %% A4.2 wrong: all told, with the threshold that PyTorch has by itself
def my_resumed(optimizer, readings, factor, patience):
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience)
    for reading in readings:
        if reading < rule.best:
            rule.best, rule.num_bad_epochs = reading, 0
        else:
            rule.num_bad_epochs += 1
        if rule.num_bad_epochs > patience:
            rule.num_bad_epochs = 0
    return rule


# %% A4.2 wrong: the last reading only
def my_resumed(optimizer, readings, factor, patience):
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience, threshold=0, eps=0)
    for reading in readings[-1:]:
        rule.step(reading)
    return rule


# %% A4.2 wrong: a gain is wanted
def my_resumed(optimizer, readings, factor, patience):
    rate = optimizer.param_groups[0]["lr"]
    rule = ReduceLROnPlateau(optimizer, "max", factor=factor, patience=patience, threshold=0, eps=0)
    for reading in readings:
        rule.step(reading)
    optimizer.param_groups[0]["lr"] = rate
    return rule


# %% A4.2 wrong: the copied private attribute
def my_resumed(optimizer, readings, factor, patience):
    rule = ReduceLROnPlateau(optimizer, factor=factor, patience=patience, threshold=0, eps=0)
    rule._best, rule._num_bad_epochs = min(readings, default=math.inf), 0
    return rule


# %% A4.3 right: a loop
def my_rule(readings, multipliers):
    best, bad = math.inf, 0
    for reading, m in zip(readings, multipliers, strict=True):
        best, bad = (reading, 0) if reading < best else (best, bad + 1)
        if m < 1:
            return bad - 1, m


# %% A4.3 right: from the back, a list
def my_rule(readings, multipliers):
    cut = [i for i in range(len(multipliers)) if multipliers[i] != 1]
    if cut == []:
        return None
    seen = list(readings[: cut[0] + 1])
    return [cut[0] - seen.index(min(seen)) - 1, float(multipliers[cut[0]])]


# %% A4.3 right: tensors
def my_rule(readings, multipliers):
    r, m = torch.tensor(readings), torch.tensor(multipliers, dtype=torch.float32)
    if (m == 1).all():
        return None
    at = int((m < 1).nonzero()[0])
    best = int((r[: at + 1] == r[: at + 1].min()).nonzero()[0])
    return torch.tensor([at - best - 1, m[at]])


# %% A4.3 wrong: the best of the whole log
def my_rule(readings, multipliers):
    below = np.flatnonzero(multipliers < 1)
    if len(below) == 0:
        return None
    return below[0] - np.argmin(readings) - 1, multipliers[below[0]]


# %% A4.3 wrong: between two cuts
def my_rule(readings, multipliers):
    cuts = np.flatnonzero(np.diff(multipliers) < 0)
    if len(cuts) == 0:
        return None
    return (cuts[1] - cuts[0] if len(cuts) > 1 else cuts[0]) - 1, multipliers[cuts[0] + 1]


# %% A4.3 wrong: the other order
def my_rule(readings, multipliers):
    below = np.flatnonzero(multipliers < 1)
    if len(below) == 0:
        return None
    best = np.argmin(readings[: below[0] + 1])
    return multipliers[below[0]], below[0] - best - 1


# %% A4.3 wrong: how much it cuts, not to how much
def my_rule(readings, multipliers):
    below = np.flatnonzero(multipliers < 1)
    if len(below) == 0:
        return None
    best = np.argmin(readings[: below[0] + 1])
    return below[0] - best - 1, 1 - multipliers[below[0]]


# %% A4.3 wrong: no cut is patience for ever
def my_rule(readings, multipliers):
    below = np.flatnonzero(multipliers < 1)
    if len(below) == 0:
        return math.inf, 1.0
    best = np.argmin(readings[: below[0] + 1])
    return below[0] - best - 1, multipliers[below[0]]


# %% A4.4 right: by hand
def my_slope(readings, skip):
    x = [float(r) for r in readings[skip:]]
    d = [b - a for a, b in zip(x, x[1:], strict=False)]
    mean = sum(d) / len(d)
    spread = math.sqrt(sum((each - mean) ** 2 for each in d) / (len(d) - 1))
    return -mean * math.sqrt(2) / spread


# %% A4.4 right: first and last, a NumPy number
def my_slope(readings, skip):
    x = np.asarray(readings)[skip:]
    return np.sqrt(2) * (x[0] - x[-1]) / (len(x) - 1) / np.std(x[1:] - x[:-1], ddof=1)


# %% A4.4 right: float32 tensors
def my_slope(readings, skip):
    d = torch.tensor(np.array(readings[skip:]), dtype=torch.float32).diff()
    return -d.mean() / (d.std() / 2**0.5)


# %% A4.4 wrong: a fitted line
def my_slope(readings, skip):
    x = np.asarray(readings)[skip:]
    return -np.polyfit(np.arange(len(x)), x, 1)[0] * math.sqrt(2) / np.diff(x).std(ddof=1)


# %% A4.4 wrong: one reading more is left out
def my_slope(readings, skip):
    d = np.diff(readings[skip + 1 :])
    return -d.mean() / (d.std(ddof=1) / math.sqrt(2))


# %% A4.4 wrong: times the root
def my_slope(readings, skip):
    d = np.diff(readings[skip:])
    return -d.mean() / (d.std(ddof=1) * math.sqrt(2))


# %% A4.4 wrong: the last readings are left out
def my_slope(readings, skip):
    d = np.diff(readings[: len(readings) - skip])
    return -d.mean() / (d.std(ddof=1) / math.sqrt(2))


# %% A4.4 wrong: always positive
def my_slope(readings, skip):
    d = np.diff(readings[skip:])
    return abs(d.mean()) / (d.std(ddof=1) / math.sqrt(2))


# %% A4.4 wrong: noise over fall
def my_slope(readings, skip):
    d = np.diff(readings[skip:])
    return -(d.std(ddof=1) / math.sqrt(2)) / d.mean()


# %% A4.5 right: logarithms
def my_gamma(low, high, images, batch, epochs):
    updates = epochs * (images // batch + (images % batch > 0))
    return math.exp((math.log(high) - math.log(low)) / (updates - 1))


# %% A4.5 right: counted in a loop, from geomspace
def my_gamma(low, high, images, batch, epochs):
    updates = 0
    for _ in range(epochs):
        for _ in range(0, images, batch):
            updates += 1
    rates = np.geomspace(low, high, updates)
    return rates[1] / rates[0]


# %% A4.5 right: a tensor
def my_gamma(low, high, images, batch, epochs):
    updates = epochs * math.ceil(images / batch)
    return torch.tensor(high / low) ** (1 / (updates - 1))


# %% A4.5 wrong: always one batch more
def my_gamma(low, high, images, batch, epochs):
    return (high / low) ** (1 / (epochs * (images // batch + 1) - 1))


# %% A4.5 wrong: images in place of updates
def my_gamma(low, high, images, batch, epochs):
    return (high / low) ** (1 / (epochs * images - 1))


# %% A4.5 wrong: high alone
def my_gamma(low, high, images, batch, epochs):
    return high ** (1 / (epochs * math.ceil(images / batch) - 1))


# %% A4.5 wrong: one epoch
def my_gamma(low, high, images, batch, epochs):
    return (high / low) ** (1 / (math.ceil(images / batch) - 1)) if images > batch else 1


# %% A4.5 wrong: one multiplication too many is left out
def my_gamma(low, high, images, batch, epochs):
    return (high / low) ** (1 / (epochs * math.ceil(images / batch) - 2))


# %% A4.6 right: cut at the first fault, arrays
def my_break(rates, losses, times):
    lowest = np.minimum.accumulate(np.nan_to_num(losses, nan=np.inf, posinf=np.inf))
    bad = ~np.isfinite(losses[1:]) | (losses[1:] > times * lowest[:-1])
    return rates[bad.argmax()] if bad.any() else rates[-1]


# %% A4.6 right: a generator
def my_break(rates, losses, times):
    return next(
        (
            rates[i - 1]
            for i in range(1, len(losses))
            if not math.isfinite(losses[i]) or losses[i] > times * min(losses[:i])
        ),
        rates[-1],
    )


# %% A4.6 right: float32 tensors
def my_break(rates, losses, times):
    y, r = torch.tensor(losses, dtype=torch.float32), torch.tensor(rates, dtype=torch.float32)
    last = r[0]
    for i in range(1, len(y)):
        if not y[i] <= times * y[:i].min():
            return last
        last = r[i]
    return last


# %% A4.6 wrong: the end of the test counts, too
def my_break(rates, losses, times):
    good = [0]
    for i in range(1, len(losses)):
        if np.isfinite(losses[i]) and losses[i] <= times * np.nanmin(losses[:i]):
            good.append(i)
    return rates[good[-1]]


# %% A4.6 wrong: the rate of the lowest loss
def my_break(rates, losses, times):
    return rates[np.nanargmin(losses)]


# %% A4.6 wrong: inf and nan only
def my_break(rates, losses, times):
    bad = ~np.isfinite(losses)
    return rates[bad.argmax() - 1] if bad.any() else rates[-1]


# %% A4.6 wrong: a sum in place of a product
def my_break(rates, losses, times):
    for i in range(1, len(losses)):
        if not losses[i] <= times + min(losses[:i]):
            return rates[i - 1]
    return rates[-1]


# %% A4.6 wrong: two before the break
def my_break(rates, losses, times):
    for i in range(1, len(losses)):
        if not losses[i] <= times * min(losses[:i]):
            return rates[max(i - 2, 0)]
    return rates[-1]


# %% A4.6 wrong: the lowest includes this one
def my_break(rates, losses, times):
    for i in range(1, len(losses)):
        if not losses[i] <= times * min(losses[i - 1 : i + 1]):
            return rates[i - 1]
    return rates[-1]


# %% A4.7 right: a loop
def my_secant(x_old, x_new, g_old, g_new, fallback):
    ss = sy = 0.0
    for a, b, c, d in zip(x_old, x_new, g_old, g_new, strict=True):
        ss += (b - a) ** 2
        sy += (b - a) * (d - c)
    return ss / sy if sy > 0 else fallback


# %% A4.7 right: in place, on copies
def my_secant(x_old, x_new, g_old, g_new, fallback):
    s, y = x_new.copy(), g_new.copy()
    s -= x_old
    y -= g_old
    bend = np.dot(s, y)
    return fallback if bend <= 0 else np.linalg.norm(s) ** 2 / bend


# %% A4.7 right: tensors
def my_secant(x_old, x_new, g_old, g_new, fallback):
    s = torch.tensor(x_new) - torch.tensor(x_old)
    y = torch.tensor(g_new) - torch.tensor(g_old)
    return (s @ s) / (s @ y) if s @ y > 0 else torch.tensor(fallback)


# %% A4.7 right: float32 tensors
def my_secant(x_old, x_new, g_old, g_new, fallback):
    each = [torch.tensor(a, dtype=torch.float32) for a in (x_old, x_new, g_old, g_new)]
    s, y = each[1] - each[0], each[3] - each[2]
    return (s.square().sum() / (s * y).sum()).item() if (s * y).sum() > 0 else fallback


# %% A4.7 wrong: each weight for itself
def my_secant(x_old, x_new, g_old, g_new, fallback):
    s, y = x_new - x_old, g_new - g_old
    return (s / y).mean() if s @ y > 0 else fallback


# %% A4.7 wrong: the new gradient, not the change
def my_secant(x_old, x_new, g_old, g_new, fallback):
    s = x_new - x_old
    return s @ s / (s @ g_new) if s @ g_new > 0 else fallback


# %% A4.7 wrong: the smaller of the two
def my_secant(x_old, x_new, g_old, g_new, fallback):
    s, y = x_new - x_old, g_new - g_old
    return min(fallback, s @ s / (s @ y)) if s @ y > 0 else fallback


# %% A4.7 wrong: the root is missing
def my_secant(x_old, x_new, g_old, g_new, fallback):
    s, y = x_new - x_old, g_new - g_old
    return np.linalg.norm(s) / (s @ y) if s @ y > 0 else fallback


# %% A4.7 wrong: the gradient is changed in place
def my_secant(x_old, x_new, g_old, g_new, fallback):
    s = x_new - x_old
    g_new -= g_old
    return s @ s / (s @ g_new) if s @ g_new > 0 else fallback


# %% A4.8 right: with arrays
def my_halving(curves, first):
    alive, spent, made, n = np.arange(len(curves)), 0, 0, first
    while alive.size > 1:
        spent += alive.size * (n - made)
        alive = alive[np.argsort(curves[alive, n - 1])][: (alive.size + 1) // 2]
        made, n = n, 2 * n
    return alive[0], spent


# %% A4.8 right: recursion, a list
def my_halving(curves, first):
    def go(rows, made, n):
        if len(rows) == 1:
            return [rows[0], 0]
        order = sorted(rows, key=lambda i: float(curves[i][n - 1]))
        row, spent = go(order[: len(rows) - len(rows) // 2], n, 2 * n)
        return [row, spent + len(rows) * (n - made)]

    return go(list(range(len(curves))), 0, first)


# %% A4.8 right: tensors
def my_halving(curves, first):
    y, alive, spent, made, n = torch.tensor(curves), torch.arange(len(curves)), 0, 0, first
    while len(alive) > 1:
        spent += len(alive) * (n - made)
        alive = alive[y[alive, n - 1].argsort()[: math.ceil(len(alive) / 2)]]
        made, n = n, 2 * n
    return torch.stack([alive[0], torch.tensor(spent)])


# %% A4.8 wrong: each round lasts first updates
def my_halving(curves, first):
    alive, spent, n = np.arange(len(curves)), 0, 0
    while alive.size > 1:
        spent, n = spent + alive.size * first, n + first
        alive = alive[np.argsort(curves[alive, n - 1])][: (alive.size + 1) // 2]
    return alive[0], spent


# %% A4.8 wrong: the last one trains once more
def my_halving(curves, first):
    alive, spent, made, n = np.arange(len(curves)), 0, 0, first
    while alive.size > 1:
        spent += alive.size * (n - made)
        alive = alive[np.argsort(curves[alive, n - 1])][: (alive.size + 1) // 2]
        made, n = n, 2 * n
    return alive[0], spent + n - made


# %% A4.8 wrong: the best at the first look
def my_halving(curves, first):
    return np.argmin(curves[:, first - 1]), len(curves) * first


# %% A4.8 wrong: by the mean so far
def my_halving(curves, first):
    alive, spent, made, n = np.arange(len(curves)), 0, 0, first
    while alive.size > 1:
        spent += alive.size * (n - made)
        alive = alive[np.argsort(curves[alive, :n].mean(axis=1))][: (alive.size + 1) // 2]
        made, n = n, 2 * n
    return alive[0], spent


# %% A4.8 wrong: only the updates of the last run
def my_halving(curves, first):
    alive, made, n = np.arange(len(curves)), 0, first
    while alive.size > 1:
        alive = alive[np.argsort(curves[alive, n - 1])][: (alive.size + 1) // 2]
        made, n = n, 2 * n
    return alive[0], made


# %% A4.8 wrong: the other order
def my_halving(curves, first):
    alive, spent, made, n = np.arange(len(curves)), 0, 0, first
    while alive.size > 1:
        spent += alive.size * (n - made)
        alive = alive[np.argsort(curves[alive, n - 1])][: (alive.size + 1) // 2]
        made, n = n, 2 * n
    return spent, alive[0]


# %% A4.9 right: a loop
def my_honest(validation, test):
    chosen, lowest = [], []
    for v, t in zip(validation, test, strict=True):
        chosen.append(t[list(v).index(min(v))])
        lowest.append(min(t))
    return sum(chosen) / len(chosen), sum(chosen) / len(chosen) - sum(lowest) / len(lowest)


# %% A4.9 right: take_along_axis, an array
def my_honest(validation, test):
    at = np.expand_dims(np.argmin(validation, axis=1), 1)
    kept = np.take_along_axis(test, at, axis=1)[:, 0]
    return np.array([kept.mean(), (kept - test.min(axis=1)).mean()])


# %% A4.9 right: float32 tensors
def my_honest(validation, test):
    v, t = (torch.tensor(x, dtype=torch.float32) for x in (validation, test))
    kept = t.gather(1, v.argmin(dim=1, keepdim=True)).mean()
    return kept, kept - t.min(dim=1).values.mean()


# %% A4.9 wrong: rows and columns
def my_honest(validation, test):
    at = validation.argmin(axis=0)
    kept = test[at, np.arange(test.shape[1])].mean()
    return kept, kept - test.min(axis=0).mean()


# %% A4.9 wrong: the optimist himself
def my_honest(validation, test):
    kept = test[np.arange(len(test)), validation.argmin(axis=1)].mean()
    return kept, test.min(axis=1).mean()


# %% A4.9 wrong: the lowest of all test losses
def my_honest(validation, test):
    kept = test[np.arange(len(test)), validation.argmin(axis=1)].mean()
    return kept, kept - test.min()


# %% A4.9 wrong: against the validation loss
def my_honest(validation, test):
    kept = test[np.arange(len(test)), validation.argmin(axis=1)].mean()
    return kept, kept - validation.min(axis=1).mean()


# %% A4.9 wrong: the first look
def my_honest(validation, test):
    return test[:, 0].mean(), test[:, 0].mean() - test.min(axis=1).mean()


# %% A4.9 wrong: the last of equal readings
def my_honest(validation, test):
    chosen = [len(row) - 1 - row[::-1].argmin() for row in validation]
    honest = test[np.arange(len(test)), chosen].mean()
    return honest, honest - test.min(axis=1).mean()


# %% A4.9 wrong: all runs, not their own
def my_honest(validation, test):
    kept = test[:, validation.argmin(axis=1)].mean()
    return kept, kept - test.min(axis=1).mean()


# %% A4.10 right: the library's
def my_verdict(losses, reference):
    from lrlib import stats

    return stats.compare(losses, reference).verdict


# %% A4.10 right: scipy's paired test
def my_verdict(losses, reference):
    from scipy.stats import ttest_rel

    if len(losses) < 6:
        return "cannot tell"
    found = ttest_rel(losses, reference).confidence_interval(0.95)
    return "better" if found.high < 0 else "worse" if found.low > 0 else "cannot tell"


# %% A4.10 right: by hand
def my_verdict(losses, reference):
    from scipy.stats import t

    d = [float(a) - float(b) for a, b in zip(losses, reference, strict=True)]
    n = len(d)
    mean = sum(d) / n
    error = math.sqrt(sum((x - mean) ** 2 for x in d) / (n - 1) / n)
    if n < 6 or abs(mean) <= t.ppf(0.975, n - 1) * error:
        return "cannot tell"
    return {True: "better", False: "worse"}[mean < 0]


# %% A4.10 right: a tensor
def my_verdict(losses, reference):
    from scipy.stats import t

    d = torch.tensor(losses) - torch.tensor(reference)
    if len(d) <= 5:
        return "cannot tell"
    size = d.mean() / (d.std() / len(d) ** 0.5) / t.ppf(0.975, len(d) - 1)
    return "better" if size < -1 else "worse" if size > 1 else "cannot tell"


# %% A4.10 wrong: the degrees of freedom
def my_verdict(losses, reference):
    from scipy.stats import t

    d, n = losses - reference, len(losses)
    reach = t.ppf(0.975, 2 * n - 2) * d.std(ddof=1) / math.sqrt(n)
    if n < 6 or abs(d.mean()) < reach:
        return "cannot tell"
    return "better" if d.mean() < 0 else "worse"


# %% A4.10 wrong: six pairs are too few
def my_verdict(losses, reference):
    from lrlib import stats

    return stats.compare(losses, reference).verdict if len(losses) > 8 else "cannot tell"


# %% A4.10 wrong: most of the pairs
def my_verdict(losses, reference):
    d = losses - reference
    if len(d) < 6:
        return "cannot tell"
    return "better" if (d < 0).mean() > 0.7 else "worse" if (d > 0).mean() > 0.7 else "cannot tell"


# %% A4.10 wrong: worse for what cannot be told
def my_verdict(losses, reference):
    from lrlib import stats

    found = stats.compare(losses, reference).verdict
    return "worse" if found == "cannot tell" else found


# %% A4.10 wrong: intervals of their own
def my_verdict(losses, reference):
    from scipy.stats import t

    n = len(losses)
    reach = [t.ppf(0.975, n - 1) * x.std(ddof=1) / math.sqrt(n) for x in (losses, reference)]
    gap = losses.mean() - reference.mean()
    if n < 6 or abs(gap) < sum(reach):
        return "cannot tell"
    return "better" if gap < 0 else "worse"


# %% A4.10 wrong: 99 per cent
def my_verdict(losses, reference):
    from scipy.stats import ttest_rel

    p = ttest_rel(losses, reference).pvalue
    if len(losses) < 6 or p > 0.01:
        return "cannot tell"
    return "better" if np.mean(losses - reference) < 0 else "worse"
