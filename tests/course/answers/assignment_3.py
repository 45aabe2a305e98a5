# %% A3.1 right: images counted in a loop
def my_warmup(t, samples, batch, first):
    seen = 0
    for _ in range(t):
        seen += batch
    return 1.0 if seen >= samples else first + (1 - first) * seen / samples


# %% A3.1 right: interpolated, a NumPy number
def my_warmup(t, samples, batch, first):
    return np.interp(t * batch, [0, samples], [first, 1]) if samples else np.float64(1)


# %% A3.1 right: a float32 tensor
def my_warmup(t, samples, batch, first):
    share = torch.tensor(t * batch / samples if samples else 1.0, dtype=torch.float32)
    return first + (1 - first) * share.clamp(max=1)


# %% A3.1 right: the clip on the whole factor
def my_warmup(t, samples, batch, first):
    return min(1, first + (1 - first) * t * batch / max(samples, 1e-300)) if t or samples else 1


# %% A3.1 wrong: an update late
def my_warmup(t, samples, batch, first):
    return first + (1 - first) * min(1, max(t - 1, 0) * batch / samples) if samples else 1


# %% A3.1 wrong: whole division of images
def my_warmup(t, samples, batch, first):
    return first + (1 - first) * min(1, t * batch // samples) if samples else 1


# %% A3.1 wrong: images of whole hundreds
def my_warmup(t, samples, batch, first):
    return min(1, first + t * batch / samples) if samples else 1


# %% A3.1 wrong: no warm-up stops at first
def my_warmup(t, samples, batch, first):
    return first + (1 - first) * min(1, t * batch / max(samples, 1))


# %% A3.1 wrong: rounded up to whole updates
def my_warmup(t, samples, batch, first):
    return first + (1 - first) * min(1, t / math.ceil(samples / batch)) if samples else 1


# %% A3.1 wrong: down from 1
def my_warmup(t, samples, batch, first):
    return 1 - (1 - first) * min(1, t * batch / samples) if samples else 1


# %% A3.2 right: one closed form
def my_scheduler(optimizer, W, hold, D):
    def factor(t):
        return max(0, min(0.1 + 0.9 * t / W, 1, (W + hold + D - t) / D))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


# %% A3.2 right: two parts, the hold inside the first
def my_scheduler(optimizer, W, hold, D):
    parts = [LinearLR(optimizer, 0.1, 1, W), LinearLR(optimizer, 1, 0, D)]
    return SequentialLR(optimizer, parts, [W + hold])


# %% A3.2 right: PolynomialLR for the cooldown
def my_scheduler(optimizer, W, hold, D):
    down = torch.optim.lr_scheduler.PolynomialLR(optimizer, D, power=1)
    parts = [LinearLR(optimizer, 0.1, total_iters=W), ConstantLR(optimizer, 1, hold), down]
    return SequentialLR(optimizer, parts, [W, W + hold])


# %% A3.2 right: a class of its own
def my_scheduler(optimizer, W, hold, D):
    class Mine:
        def __init__(self):
            self.t, self.base = -1, optimizer.param_groups[0]["lr"]
            self.step()

        def step(self):
            self.t += 1
            up, down = 0.1 + 0.9 * self.t / W, (W + hold + D - self.t) / D
            optimizer.param_groups[0]["lr"] = self.base * max(0, min(up, 1, down))

    return Mine()


# %% A3.2 wrong: the widely copied attribute
def my_scheduler(optimizer, W, hold, D):
    class Mine:
        t = 0

        def step(self):
            self.t += 1
            optimizer._lr = 0.1 * max(0, min(0.1 + 0.9 * self.t / W, 1, (W + hold + D - self.t) / D))

    return Mine()


# %% A3.2 wrong: the defaults of LinearLR on the way down
def my_scheduler(optimizer, W, hold, D):
    parts = [LinearLR(optimizer, 0.1, 1, W), LinearLR(optimizer, end_factor=0, total_iters=D)]
    return SequentialLR(optimizer, parts, [W + hold])


# %% A3.2 wrong: all at once
def my_scheduler(optimizer, W, hold, D):
    parts = [LinearLR(optimizer, 0.1, 1, W), LinearLR(optimizer, 1, 0, D)]
    return torch.optim.lr_scheduler.ChainedScheduler(parts)


# %% A3.2 wrong: the peak one update early
def my_scheduler(optimizer, W, hold, D):
    parts = [LinearLR(optimizer, 0.1, 1, W - 1), LinearLR(optimizer, 1, 0, D)]
    return SequentialLR(optimizer, parts, [W + hold])


# %% A3.2 wrong: at zero one update early
def my_scheduler(optimizer, W, hold, D):
    parts = [LinearLR(optimizer, 0.1, 1, W), LinearLR(optimizer, 1, 0, D - 1)]
    return SequentialLR(optimizer, parts, [W + hold])


# %% A3.2 wrong: a float32 rate of one decimal
def my_scheduler(optimizer, W, hold, D):
    def factor(t):
        exact = max(0, min(0.1 + 0.9 * t / W, 1, (W + hold + D - t) / D))
        return float(np.float16(exact))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


# %% A3.2 wrong: below zero past the end
def my_scheduler(optimizer, W, hold, D):
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: min(0.1 + 0.9 * t / W, 1, (W + hold + D - t) / D)
    )


# %% A3.3 right: a loop over the log
def my_horizon(rates):
    rates = list(rates)
    peak = max(rates)
    t = rates.index(peak)
    while t < len(rates) and rates[t] == peak:
        t += 1
    if t == len(rates):
        return None
    fall = rates[t - 1] - rates[t]
    while rates[t - 1] > fall / 2:
        t += 1
        rates += [rates[t - 1] - fall] if t == len(rates) else []
    return t - 1


# %% A3.3 right: a line fitted to what is above zero
def my_horizon(rates):
    t = np.arange(len(rates))
    down = (t > np.argmax(rates)) & (rates < max(rates)) & (rates > 0)
    if not down.any():
        return None
    slope, height = np.polyfit(t[down], rates[down], 1)
    return np.round(-height / slope)


# %% A3.3 right: tensors
def my_horizon(rates):
    rates = torch.tensor(rates)
    t = torch.arange(len(rates))
    low = t[(t > rates.argmax()) & (rates < rates.max())]
    if not len(low):
        return None
    return (low[0] + rates[low[0]] / (rates[low[0] - 1] - rates[low[0]])).round()


# %% A3.3 wrong: a length where nothing is known, one longer
def my_horizon(rates):
    low = np.flatnonzero(rates[np.argmax(rates) :] < max(rates))
    if not len(low):
        return len(rates)
    t = low[0] + np.argmax(rates)
    return round(t + 1 + rates[t] / (rates[t - 1] - rates[t]))


# %% A3.3 wrong: the last rate above zero
def my_horizon(rates):
    return int(np.flatnonzero(rates)[-1])


# %% A3.3 wrong: not known as 0
def my_horizon(rates):
    low = np.flatnonzero(rates[np.argmax(rates) :] < max(rates))
    if not len(low):
        return 0
    t = low[0] + np.argmax(rates)
    return round(t + rates[t] / (rates[t - 1] - rates[t]))


# %% A3.3 wrong: the first zero of the log
def my_horizon(rates):
    zeros = np.flatnonzero(np.asarray(rates)[1:] == 0)
    return int(zeros[0]) + 1 if len(zeros) else None


# %% A3.3 wrong: not whole
def my_horizon(rates):
    low = np.flatnonzero(rates[np.argmax(rates) :] < max(rates))
    if not len(low):
        return None
    t = low[0] + np.argmax(rates)
    return t + 0.5 + rates[t] / (rates[t - 1] - rates[t])


# %% A3.3 wrong: the clock begins at the peak
def my_horizon(rates):
    low = np.flatnonzero(rates[np.argmax(rates) :] < max(rates))
    if not len(low):
        return None
    t = low[0] + np.argmax(rates)
    return round(low[0] + rates[t] / (rates[t - 1] - rates[t]))


# %% A3.4 right: an array that is filled
def my_noise(rates, h, c, start):
    a = np.empty(len(rates) + 1)
    a[0] = start
    for t in range(len(rates)):
        a[t + 1] = a[t] - 2 * rates[t] * h * a[t] + (rates[t] * h) ** 2 * a[t] + rates[t] ** 2 * c
    return a


# %% A3.4 right: accumulate, a list
def my_noise(rates, h, c, start):
    from itertools import accumulate

    return list(accumulate(rates, lambda a, r: (1 - r * h) ** 2 * a + r * r * c, initial=start))


# %% A3.4 right: a float32 tensor
def my_noise(rates, h, c, start):
    a = [torch.tensor(start, dtype=torch.float32)]
    for rate in torch.tensor(rates, dtype=torch.float32):
        a.append((1 - rate * h) ** 2 * a[-1] + rate**2 * c)
    return torch.stack(a)


# %% A3.4 right: the library's expected loss
def my_noise(rates, h, c, start):
    from lrlib import theory

    noise = np.sqrt(c / h)
    return 2 * theory.expected_loss(np.asarray(rates, float), [h], noise, start**0.5) / h


# %% A3.4 wrong: the kick not squared
def my_noise(rates, h, c, start):
    a = [start]
    for rate in rates:
        a.append((1 - rate * h) ** 2 * a[-1] + rate**2 * c**2)
    return np.array(a)


# %% A3.4 wrong: h left out
def my_noise(rates, h, c, start):
    a = [start]
    for rate in rates:
        a.append((1 - rate) ** 2 * a[-1] + rate**2 * c)
    return np.array(a)


# %% A3.4 wrong: the last value alone
def my_noise(rates, h, c, start):
    a = start
    for rate in rates:
        a = (1 - rate * h) ** 2 * a + rate**2 * c
    return a


# %% A3.4 wrong: one rate for all
def my_noise(rates, h, c, start):
    a = [start]
    for _ in rates:
        a.append((1 - rates[0] * h) ** 2 * a[-1] + rates[0] ** 2 * c)
    return np.array(a)


# %% A3.4 wrong: an array of whole numbers where the start is one
def my_noise(rates, h, c, start):
    found = np.full(len(rates) + 1, start)
    for t, rate in enumerate(rates):
        found[t + 1] = (1 - rate * h) ** 2 * found[t] + rate**2 * c
    return found


# %% A3.4 wrong: it grows
def my_noise(rates, h, c, start):
    a = [start]
    for rate in rates:
        a.append((1 + rate * h) ** 2 * a[-1] + rate**2 * c)
    return np.array(a)


# %% A3.5 right: bisection
def my_shortest(h, rate, share, most):
    floor = rate / (h * (2 - rate * h))

    def enough(D):
        a = floor
        for k in range(D):
            r = rate * (1 - k / D)
            a = (1 - r * h) ** 2 * a + r**2
        return a <= share * floor

    if not enough(most):
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


# %% A3.5 right: all lengths in one array
def my_shortest(h, rate, share, most):
    lengths = np.arange(1, most + 1)
    a = np.full(most, rate / (h * (2 - rate * h)))
    for k in range(most):
        r = rate * np.clip(1 - k / lengths, 0, None)
        a = (1 - r * h) ** 2 * a + r**2
    enough = a <= share * rate / (h * (2 - rate * h))
    return lengths[enough.argmax()] if enough.any() else None


# %% A3.5 right: other noise, a tensor
def my_shortest(h, rate, share, most):
    c = 7.0
    floor = rate * c / (h * (2 - rate * h))
    for D in range(1, most + 1):
        a = floor
        for r in np.linspace(rate, 0, D + 1)[:-1]:
            a = (1 - r * h) ** 2 * a + r**2 * c
        if a / floor <= share:
            return torch.tensor(D)


# %% A3.5 wrong: a cooldown down to the last rate zero
def my_shortest(h, rate, share, most):
    floor = rate / (h * (2 - rate * h))
    for D in range(1, most + 1):
        a = floor
        for r in np.linspace(rate, 0, D):
            a = (1 - r * h) ** 2 * a + r**2
        if a <= share * floor:
            return D


# %% A3.5 wrong: the floor at its first order
def my_shortest(h, rate, share, most):
    floor = rate / (2 * h)
    for D in range(1, most + 1):
        a = floor
        for k in range(D):
            r = rate * (1 - k / D)
            a = (1 - r * h) ** 2 * a + r**2
        if a <= share * floor:
            return D


# %% A3.5 wrong: by the memory
def my_shortest(h, rate, share, most):
    D = math.ceil(1 / (rate * h * share))
    return D if most >= D else None


# %% A3.5 wrong: at most a share, not of the floor
def my_shortest(h, rate, share, most):
    floor = rate / (h * (2 - rate * h))
    for D in range(1, most + 1):
        a = floor
        for k in range(D):
            r = rate * (1 - k / D)
            a = (1 - r * h) ** 2 * a + r**2
        if a <= share:
            return D


# %% A3.5 wrong: the longest
def my_shortest(h, rate, share, most):
    return most


# %% A3.6 right: a loop over checkpoints
def my_cost(lengths, D, every):
    total, last = 0, 0
    for n in lengths:
        fork = 0
        while fork + every <= n - D:
            fork += every
        total, last = total + n - fork, max(last, fork)
    return total + last


# %% A3.6 right: an array
def my_cost(lengths, D, every):
    n = np.array(lengths)
    forks = (n - D) - (n - D) % every
    return np.sum(n - forks) + forks.max()


# %% A3.6 right: a tensor
def my_cost(lengths, D, every):
    n = torch.tensor(lengths)
    forks = torch.div(n - D, every, rounding_mode="floor") * every
    return (n - forks).sum() + forks.max()


# %% A3.6 wrong: rounded to the nearest checkpoint
def my_cost(lengths, D, every):
    forks = [round((n - D) / every) * every for n in lengths]
    return max(forks) + sum(n - f for n, f in zip(lengths, forks, strict=True))


# %% A3.6 wrong: the cooldown forgotten
def my_cost(lengths, D, every):
    forks = [n // every * every for n in lengths]
    return max(forks) + sum(n - f for n, f in zip(lengths, forks, strict=True))


# %% A3.6 wrong: a checkpoint too early where it fits
def my_cost(lengths, D, every):
    forks = [max(0, n - D - 1) // every * every for n in lengths]
    return max(forks) + sum(n - f for n, f in zip(lengths, forks, strict=True))


# %% A3.6 wrong: separate runs
def my_cost(lengths, D, every):
    return sum(lengths)


# %% A3.6 wrong: the first fork
def my_cost(lengths, D, every):
    forks = [(n - D) // every * every for n in lengths]
    return forks[0] + sum(n - f for n, f in zip(lengths, forks, strict=True))


# %% A3.6 wrong: no checkpoint at 0
def my_cost(lengths, D, every):
    forks = [max(every, (n - D) // every * every) for n in lengths]
    return max(forks) + sum(n - f for n, f in zip(lengths, forks, strict=True))


# %% A3.7 right: on a fine grid of pieces, arrays
def my_worth(steps, trunk, end, cooled):
    low = np.asarray(trunk) <= cooled
    if not low.any():
        return None
    i = low.argmax()
    if i == 0:
        return float(steps[0] - end)
    return np.interp(-cooled, [-trunk[i - 1], -trunk[i]], [steps[i - 1], steps[i]]) - end


# %% A3.7 right: a loop over pairs, a float32 tensor
def my_worth(steps, trunk, end, cooled):
    s, y = torch.tensor(steps, dtype=torch.float32), torch.tensor(trunk, dtype=torch.float32)
    if y[0] <= cooled:
        return s[0] - end
    for a, b, x0, x1 in zip(y[:-1], y[1:], s[:-1], s[1:], strict=True):
        if b <= cooled:
            return (x0 * (cooled - b) + x1 * (a - cooled)) / (a - b) - end


# %% A3.7 right: by the slope
def my_worth(steps, trunk, end, cooled):
    below = [i for i in range(len(trunk)) if trunk[i] <= cooled]
    if below == []:
        return None
    i = below[0]
    if i == 0:
        return steps[0] - end
    slope = (trunk[i] - trunk[i - 1]) / (steps[i] - steps[i - 1])
    return steps[i] + (cooled - trunk[i]) / slope - end


# %% A3.7 wrong: np.interp on losses that fall
def my_worth(steps, trunk, end, cooled):
    if min(trunk) > cooled:
        return None
    return np.interp(cooled, trunk, steps) - end


# %% A3.7 wrong: the running minimum
def my_worth(steps, trunk, end, cooled):
    low = np.minimum.accumulate(trunk)
    if low[-1] > cooled:
        return None
    return np.interp(-cooled, -low, steps) - end


# %% A3.7 wrong: the reading before
def my_worth(steps, trunk, end, cooled):
    low = np.asarray(trunk) <= cooled
    if not low.any():
        return None
    return steps[max(low.argmax() - 1, 0)] - end


# %% A3.7 wrong: the lowest reading
def my_worth(steps, trunk, end, cooled):
    return None if min(trunk) > cooled else steps[np.argmin(trunk)] - end


# %% A3.7 wrong: never as not a number
def my_worth(steps, trunk, end, cooled):
    low = np.asarray(trunk) <= cooled
    i = low.argmax()
    if not low.any():
        return float("nan")
    if i == 0:
        return steps[0] - end
    share = (trunk[i - 1] - cooled) / (trunk[i - 1] - trunk[i])
    return steps[i - 1] + share * (steps[i] - steps[i - 1]) - end


# %% A3.7 wrong: below, where as low is enough
def my_worth(steps, trunk, end, cooled):
    for i in range(len(steps)):
        if trunk[i] < cooled:
            if i == 0:
                return steps[0] - end
            share = (trunk[i - 1] - cooled) / (trunk[i - 1] - trunk[i])
            return steps[i - 1] + share * (steps[i] - steps[i - 1]) - end
    return None


# %% A3.7 wrong: only after the end
def my_worth(steps, trunk, end, cooled):
    for i in range(1, len(steps)):
        if trunk[i] <= cooled and steps[i] > end:
            share = (trunk[i - 1] - cooled) / (trunk[i - 1] - trunk[i])
            return steps[i - 1] + share * (steps[i] - steps[i - 1]) - end
    return None


# %% A3.8 right: the sum as it is written
def my_average(visited, beta):
    means = []
    for t in range(1, len(visited) + 1):
        counts = beta ** np.arange(t - 1, -1, -1.0)
        means.append(counts @ visited[:t] / counts.sum())
    return np.array(means)


# %% A3.8 right: from zero, divided at the end
def my_average(visited, beta):
    mean, means = np.zeros(visited.shape[1]), np.empty(visited.shape)
    for t in range(len(visited)):
        mean = beta * mean + (1 - beta) * visited[t]
        means[t] = mean / (1 - beta ** (t + 1))
    return means


# %% A3.8 right: float32 tensors
def my_average(visited, beta):
    w = torch.tensor(visited, dtype=torch.float32)
    counts = torch.tril(beta ** (torch.arange(len(w))[:, None] - torch.arange(len(w))).clamp(min=0).float())
    return counts @ w / counts.sum(dim=1, keepdim=True)


# %% A3.8 right: in place, on a copy
def my_average(visited, beta):
    means = visited.copy()
    for t in range(1, len(means)):
        means[t] = means[t - 1] + (1 - beta) / (1 - beta ** (t + 1)) * (means[t] - means[t - 1])
    return means


# %% A3.8 wrong: the first row is a view that changes
def my_average(visited, beta):
    mean, means = visited[0], [visited[0].copy()]
    for t in range(1, len(visited)):
        mean += (1 - beta) / (1 - beta ** (t + 1)) * (visited[t] - mean)
        means.append(mean.copy())
    return np.array(means)


# %% A3.8 wrong: the last row alone
def my_average(visited, beta):
    counts = beta ** np.arange(len(visited) - 1, -1, -1.0)
    return counts @ visited / counts.sum()


# %% A3.8 wrong: one array for all rows
def my_average(visited, beta):
    mean, means = np.zeros(visited.shape[1]), []
    for t in range(len(visited)):
        mean += (1 - beta) / (1 - beta ** (t + 1)) * (visited[t] - mean)
        means.append(mean)
    return np.array(means)


# %% A3.8 wrong: the old weights count most
def my_average(visited, beta):
    means = []
    for t in range(1, len(visited) + 1):
        counts = beta ** np.arange(t)
        means.append(counts @ visited[:t] / counts.sum())
    return np.array(means)


# %% A3.8 wrong: corrected by one power too many
def my_average(visited, beta):
    mean, means = 0, []
    for t, w in enumerate(visited, 1):
        mean = beta * mean + (1 - beta) * w
        means.append(mean / (1 - beta ** (t + 1)))
    return np.array(means)


# %% A3.9 right: a loop
def my_shares(T, D, n):
    found = []
    for t in range(T):
        counted = sum(1 for i in range(T - n + 1, T + 1) if i > t)
        found.append(min(1, (T - t) / D) * counted / n)
    return found


# %% A3.9 right: the library's schedules
def my_shares(T, D, n):
    down = parse(f"constant(1, {T - D}) >> linear(1, 0, {D})").values(T)
    return down * parse(f"constant(1, {T - n}) >> linear(1, 0, {n})").values(T)


# %% A3.9 right: a float32 tensor
def my_shares(T, D, n):
    left = torch.arange(T, 0, -1, dtype=torch.float32)
    return (left / D).clamp(max=1) * (left / n).clamp(max=1)


# %% A3.9 wrong: their mean
def my_shares(T, D, n):
    left = T - np.arange(T)
    return (np.minimum(1, left / D) + np.minimum(1, left / n)) / 2


# %% A3.9 wrong: windows add up
def my_shares(T, D, n):
    return np.minimum(1, (T - np.arange(T)) / (D + n - 1))


# %% A3.9 wrong: no clip
def my_shares(T, D, n):
    left = T - np.arange(T)
    return left / D * left / n


# %% A3.9 wrong: turned round
def my_shares(T, D, n):
    left = T - np.arange(T)
    return (np.minimum(1, left / D) * np.minimum(1, left / n))[::-1]


# %% A3.9 wrong: a cooldown that reaches zero
def my_shares(T, D, n):
    left = T - np.arange(T)
    return np.minimum(1, (left - 1) / D) * np.minimum(left, n) / n


# %% A3.10 right: a table that is looked up
def my_rescue(t, k, T, N):
    cosine = [(1 + math.cos(math.pi * i / T)) / 2 for i in range(k + 1)]
    rest = [cosine[k] * (1 - i / (N - k)) for i in range(N - k + 1)]
    return (cosine[:k] + rest)[min(t, N)]


# %% A3.10 right: interpolated
def my_rescue(t, k, T, N):
    if t < k:
        return 0.5 + 0.5 * np.cos(np.pi * t / T)
    return np.interp(t, [k, N], [np.cos(np.pi * k / T / 2) ** 2, 0])


# %% A3.10 right: the library's schedules
def my_rescue(t, k, T, N):
    from lrlib.schedules import cosine, linear

    top = float(cosine(1, 0, T)(k))
    return cosine(1, 0, T)(t) if t < k else linear(top, 0, N - k)(t - k)


# %% A3.10 right: a float32 tensor
def my_rescue(t, k, T, N):
    height = (1 + torch.cos(torch.tensor(math.pi * min(t, k) / T, dtype=torch.float32))) / 2
    return height * min(1, max(0, (N - t) / (N - k)))


# %% A3.10 wrong: degrees
def my_rescue(t, k, T, N):
    if t < k:
        return (1 + math.cos(180 * t / T)) / 2
    return (1 + math.cos(180 * k / T)) / 2 * max(0, N - t) / (N - k)


# %% A3.10 wrong: the line multiplies the cosine
def my_rescue(t, k, T, N):
    cosine = (1 + math.cos(math.pi * t / T)) / 2
    return cosine if t < k else cosine * max(0, N - t) / (N - k)


# %% A3.10 wrong: the line one update late
def my_rescue(t, k, T, N):
    if t <= k:
        return (1 + math.cos(math.pi * t / T)) / 2
    return (1 + math.cos(math.pi * k / T)) / 2 * max(0, N + 1 - t) / (N - k)


# %% A3.10 wrong: from the rate before the message
def my_rescue(t, k, T, N):
    if t < k:
        return (1 + math.cos(math.pi * t / T)) / 2
    return (1 + math.cos(math.pi * (k - 1) / T)) / 2 * max(0, N - t) / (N - k)


# %% A3.10 wrong: cut
def my_rescue(t, k, T, N):
    return (1 + math.cos(math.pi * t / T)) / 2 if t < N else 0


# %% A3.10 wrong: held until the end
def my_rescue(t, k, T, N):
    return (1 + math.cos(math.pi * min(t, k) / T)) / 2 if t < N else 0
