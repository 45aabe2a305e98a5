# %% A7.1 right: a loop that spends
def my_pairs(budget, schedules, rates, tuning, steps):
    budget -= schedules * rates * tuning * steps
    pairs = 0
    while budget >= schedules * steps:
        budget -= schedules * steps
        pairs += 1
    return pairs


# %% A7.1 right: runs first, then pairs
def my_pairs(budget, schedules, rates, tuning, steps):
    runs = budget // steps - schedules * rates * tuning
    return max(runs // schedules, 0)


# %% A7.1 right: NumPy numbers
def my_pairs(budget, schedules, rates, tuning, steps):
    left = np.float64(budget) - np.prod([schedules, rates, tuning, steps])
    return np.clip(np.floor_divide(left, schedules * steps), 0, None)


# %% A7.1 right: a tensor
def my_pairs(budget, schedules, rates, tuning, steps):
    import torch

    left = torch.tensor(budget - schedules * rates * tuning * steps)
    return (left // (schedules * steps)).clamp(min=0)


# %% A7.1 wrong: rounded to the nearest
def my_pairs(budget, schedules, rates, tuning, steps):
    left = budget - schedules * rates * tuning * steps
    return max(0, round(left / (schedules * steps)))


# %% A7.1 wrong: cut towards zero, so that a little too much is still 0, and much is negative
def my_pairs(budget, schedules, rates, tuning, steps):
    left = budget - schedules * rates * tuning * steps
    return int(left / (schedules * steps))


# %% A7.1 wrong: the tuning seeds judge too
def my_pairs(budget, schedules, rates, tuning, steps):
    left = budget - schedules * rates * tuning * steps
    return max(0, left // (schedules * steps) + tuning)


# %% A7.1 wrong: the unit, runs left for all schedules
def my_pairs(budget, schedules, rates, tuning, steps):
    return max(0, budget // steps - schedules * rates * tuning)


# %% A7.1 wrong: one pair less, to be safe
def my_pairs(budget, schedules, rates, tuning, steps):
    left = budget - schedules * rates * tuning * steps
    return max(0, left // (schedules * steps) - 1)


# %% A7.1 wrong: a pair is two runs, however many schedules there are
def my_pairs(budget, schedules, rates, tuning, steps):
    left = budget - schedules * rates * tuning * steps
    return max(0, left // (2 * steps))


# %% A7.2 right: a loop
def my_grid(low, high, ratio):
    n = 1
    while low * ratio**n < high:
        n += 1
    return np.array([low * (high / low) ** (i / n) for i in range(n + 1)])


# %% A7.2 right: a list, with math
def my_grid(low, high, ratio):
    import math

    n = math.ceil(math.log(high / low, ratio))
    step = (high / low) ** (1 / n)
    return [low * step**i for i in range(n)] + [high]


# %% A7.2 right: a float32 tensor
def my_grid(low, high, ratio):
    import torch

    n = int(np.ceil(np.log(high / low) / np.log(ratio)))
    return torch.logspace(np.log10(low), np.log10(high), n + 1, dtype=torch.float64).float()


# %% A7.2 right: linspace of logarithms
def my_grid(low, high, ratio):
    a, b = np.log2(low), np.log2(high)
    return np.exp2(np.linspace(a, b, int(np.ceil((b - a) / np.log2(ratio))) + 1))


# %% A7.2 wrong: rounded to the nearest
def my_grid(low, high, ratio):
    n = max(1, round(np.log(high / low) / np.log(ratio)))
    return np.geomspace(low, high, n + 1)


# %% A7.2 wrong: ratio itself, beyond the end
def my_grid(low, high, ratio):
    n = int(np.ceil(np.log(high / low) / np.log(ratio)))
    return low * ratio ** np.arange(n + 1)


# %% A7.2 wrong: a step more where the ratio fits exactly
def my_grid(low, high, ratio):
    return np.geomspace(low, high, int(np.log(high / low) / np.log(ratio)) + 2)


# %% A7.2 wrong: decades of base 10
def my_grid(low, high, ratio):
    n = int(np.ceil(np.log10(high / low)))
    return np.geomspace(low, high, n + 1)


# %% A7.2 wrong: the steps of logarithms at equal distances
def my_grid(low, high, ratio):
    n = int(np.ceil((high - low) / (ratio * low)))
    return np.geomspace(low, high, n + 1)


# %% A7.2 wrong: falling
def my_grid(low, high, ratio):
    n = int(np.ceil(np.log(high / low) / np.log(ratio)))
    return np.geomspace(high, low, n + 1)


# %% A7.3 right: a loop
def my_peak(rates, losses):
    safe = [not any(np.isnan(runs)) for runs in losses]
    best = min((i for i in range(len(rates)) if safe[i]), key=lambda i: sum(losses[i]) / len(losses[i]))
    beside = [0 <= i < len(rates) and safe[i] for i in (best - 1, best + 1)]
    return rates[best], not all(beside)


# %% A7.3 right: NumPy truths and a list
def my_peak(rates, losses):
    means = losses.mean(axis=1)  # nan where any is
    best = np.nanargmin(means)
    around = np.pad(means, 1, constant_values=np.nan)[best : best + 3]
    return [rates[best], np.isnan(around).any()]


# %% A7.3 right: a tensor
def my_peak(rates, losses):
    import torch

    means = torch.tensor(losses).mean(1)
    best = int(means.nan_to_num(float("inf")).argmin())
    left = best > 0 and bool(means[best - 1].isfinite())
    right = best < len(means) - 1 and bool(means[best + 1].isfinite())
    return torch.tensor([rates[best], float(not (left and right))], dtype=torch.float64)


# %% A7.3 wrong: argmin takes nan
def my_peak(rates, losses):
    best = int(losses.mean(axis=1).argmin())
    return rates[best], best in (0, len(rates) - 1)


# %% A7.3 wrong: the median run
def my_peak(rates, losses):
    safe = np.isfinite(losses).all(axis=1)
    best = int(np.where(safe, np.median(losses, axis=1), np.inf).argmin())
    beside = [0 <= i < len(rates) and safe[i] for i in (best - 1, best + 1)]
    return rates[best], not all(beside)


# %% A7.3 wrong: unsafe rates are cut out, and the edge is that of the rest
def my_peak(rates, losses):
    safe = np.isfinite(losses).all(axis=1)
    rates, means = rates[safe], losses[safe].mean(axis=1)
    best = int(means.argmin())
    return rates[best], best in (0, len(rates) - 1)


# %% A7.3 wrong: never at an edge
def my_peak(rates, losses):
    return rates[np.nanargmin(losses.mean(axis=1))], False


# %% A7.3 wrong: the place of the rate, not the rate
def my_peak(rates, losses):
    best = np.nanargmin(losses.mean(axis=1))
    around = np.pad(losses.mean(axis=1), 1, constant_values=np.nan)[best : best + 3]
    return best, np.isnan(around).any()


# %% A7.3 wrong: a negative place is the last neighbour
def my_peak(rates, losses):
    safe = np.isfinite(losses).all(axis=1)
    best = int(np.where(safe, losses.mean(axis=1), np.inf).argmin())
    return rates[best], not (safe[best - 1] and safe[(best + 1) % len(safe)])


# %% A7.3 wrong: inf is written into the losses
def my_peak(rates, losses):
    losses[~np.isfinite(losses).all(axis=1)] = np.inf
    means = np.pad(losses.mean(axis=1), 1, constant_values=np.inf)
    best = int(means.argmin())
    return rates[best - 1], bool(np.isinf(means[[best - 1, best + 1]]).any())


# %% A7.4 right: a loop
def my_fair(losses, k):
    rows = []
    for table in losses:
        rows.append(table[int(np.argmin([runs[:k].mean() for runs in table])), k:])
    return np.array(rows)


# %% A7.4 right: lists
def my_fair(losses, k):
    return [min(table.tolist(), key=lambda runs: sum(runs[:k]))[k:] for table in losses]


# %% A7.4 right: a float32 tensor
def my_fair(losses, k):
    import torch

    x = torch.tensor(losses)
    best = x[:, :, :k].mean(2).argmin(1)
    return x[range(len(x)), best, k:].float()


# %% A7.4 right: take_along_axis
def my_fair(losses, k):
    best = losses[..., :k].mean(-1).argmin(-1)
    return np.take_along_axis(losses, best[:, None, None], axis=1)[:, 0, k:]


# %% A7.4 wrong: one seed too few tunes
def my_fair(losses, k):
    best = losses[:, :, : k - 1].mean(axis=2).argmin(axis=1) if k > 1 else [0] * len(losses)
    return losses[np.arange(len(losses)), best, k:]


# %% A7.4 wrong: a judging seed is lost
def my_fair(losses, k):
    best = losses[:, :, :k].mean(axis=2).argmin(axis=1)
    return losses[np.arange(len(losses)), best, k + 1 :]


# %% A7.4 wrong: the highest mean
def my_fair(losses, k):
    best = losses[:, :, :k].mean(axis=2).argmax(axis=1)
    return losses[np.arange(len(losses)), best, k:]


# %% A7.4 wrong: the last k seeds judge
def my_fair(losses, k):
    best = losses[:, :, :k].mean(axis=2).argmin(axis=1)
    return losses[np.arange(len(losses)), best, -k:]


# %% A7.4 wrong: the rates are those of all seeds, and all seeds judge
def my_fair(losses, k):
    best = losses.mean(axis=2).argmin(axis=1)
    return losses[np.arange(len(losses)), best]


# %% A7.4 wrong: all rates are returned
def my_fair(losses, k):
    best = losses[:, :, :k].mean(axis=2).argmin(axis=1)
    return losses[:, best, k:]


# %% A7.4 wrong: the losses are sorted where they stand
def my_fair(losses, k):
    for table in losses:
        table[:] = table[table[:, :k].mean(axis=1).argsort()]
    return losses[:, 0, k:]


# %% A7.5 right: a loop over a list
def my_halving(curves):
    left, trained = list(range(len(curves))), 0
    rungs = len(curves[0])
    for rung in range(rungs):
        trained += len(left)
        left.sort(key=lambda i: (np.isnan(curves[i][rung]), curves[i][rung]))
        if rung + 1 < rungs:
            left = left[: max(1, len(left) // 2)]
    return left[0], trained


# %% A7.5 right: inf for nan
def my_halving(curves):
    losses = np.where(np.isnan(curves), np.inf, curves)
    left, trained = np.arange(len(losses)), len(losses)
    for rung in range(losses.shape[1] - 1):
        left = left[losses[left, rung].argsort()][: max(len(left) // 2, 1)]
        trained += left.size
    return np.array([left[losses[left, -1].argmin()], trained])


# %% A7.5 right: a tensor
def my_halving(curves):
    import torch

    x = torch.tensor(curves).nan_to_num(float("inf"))
    left, trained = torch.arange(len(x)), 0
    for rung in range(x.shape[1]):
        trained += len(left)
        most = max(1, len(left) // 2) if rung < x.shape[1] - 1 else 1
        left = left[x[left, rung].topk(most, largest=False).indices]
    return left[0], torch.tensor(trained)


# %% A7.5 right: recursion
def my_halving(curves, rows=None):
    rows = np.arange(len(curves)) if rows is None else rows
    order = rows[np.argsort(curves[rows, 0])]
    if curves.shape[1] == 1:
        return order[0], len(rows)
    winner, more = my_halving(curves[:, 1:], order[: max(1, len(rows) // 2)])
    return winner, more + len(rows)


# %% A7.5 wrong: the place among those that are left
def my_halving(curves):
    left, trained = curves, 0
    for rung in range(curves.shape[1]):
        trained += len(left)
        left = left[np.argsort(left[:, rung])]
        left = left[: max(1, len(left) // 2)] if rung < curves.shape[1] - 1 else left
    return 0, trained


# %% A7.5 wrong: halved by a threshold, the median, so that the middle one goes on
def my_halving(curves):
    left, trained = np.arange(len(curves)), 0
    for rung in range(curves.shape[1]):
        trained += len(left)
        if rung < curves.shape[1] - 1:
            left = left[curves[left, rung] <= np.nanmedian(curves[left, rung])]
    return left[np.nanargmin(curves[left, -1])], trained


# %% A7.5 wrong: the order of the first rung all the way
def my_halving(curves):
    order, n, trained = np.argsort(curves[:, 0]), len(curves), 0
    for _ in range(curves.shape[1]):
        trained += n
        n = max(1, n // 2)
    return order[0], trained


# %% A7.5 wrong: quarters
def my_halving(curves):
    left, trained = np.arange(len(curves)), 0
    for rung in range(curves.shape[1]):
        trained += len(left)
        left = left[np.argsort(curves[left, rung])]
        left = left[: max(1, len(left) // 4)] if rung < curves.shape[1] - 1 else left
    return left[0], trained


# %% A7.5 wrong: the first rung is free
def my_halving(curves):
    left, trained = np.arange(len(curves)), 0
    for rung in range(curves.shape[1] - 1):
        left = left[np.argsort(curves[left, rung])][: max(1, len(left) // 2)]
        trained += len(left)
    return left[np.argsort(curves[left, -1])][0], trained


# %% A7.5 wrong: every rung's loss is the mean so far
def my_halving(curves):
    means = np.cumsum(curves, axis=1) / np.arange(1, curves.shape[1] + 1)
    left, trained = np.arange(len(curves)), 0
    for rung in range(curves.shape[1]):
        trained += len(left)
        left = left[np.argsort(means[left, rung])]
        left = left[: max(1, len(left) // 2)] if rung < curves.shape[1] - 1 else left
    return left[0], trained


# %% A7.5 wrong: inf is written into the curves
def my_halving(curves):
    curves[np.isnan(curves)] = np.inf
    left, trained = np.arange(len(curves)), len(curves)
    for rung in range(curves.shape[1] - 1):
        left = left[curves[left, rung].argsort()][: max(len(left) // 2, 1)]
        trained += left.size
    return left[curves[left, -1].argmin()], trained


# %% A7.6 right: a loop
def my_interval(a, b, guess):
    d = [
        (x if np.isfinite(x) else guess) - (y if np.isfinite(y) else guess) for x, y in zip(a, b, strict=True)
    ]
    n, mean = len(d), sum(d) / len(d)
    s = (sum((x - mean) ** 2 for x in d) / (n - 1)) ** 0.5
    half = distributions.t(n - 1).ppf(0.975) * s / n**0.5
    return mean, mean - half, mean + half


# %% A7.6 right: scipy's interval, an array
def my_interval(a, b, guess):
    a, b = a.copy(), b.copy()
    a[~np.isfinite(a)] = guess
    b[~np.isfinite(b)] = guess
    d = a - b
    ends = distributions.t.interval(0.95, len(d) - 1, d.mean(), distributions.sem(d))
    return np.array([d.mean(), *ends])


# %% A7.6 right: a tensor
def my_interval(a, b, guess):
    import torch

    a, b = (torch.tensor(np.nan_to_num(x, nan=guess, posinf=guess, neginf=guess)) for x in (a, b))
    d = a - b
    half = distributions.t.isf(0.025, len(d) - 1) * d.std() / len(d) ** 0.5
    return torch.stack([d.mean(), d.mean() - half, d.mean() + half])


# %% A7.6 right: a paired test of scipy
def my_interval(a, b, guess):
    a, b = (np.where(np.abs(x) < np.inf, x, guess) for x in (a, b))
    found = distributions.ttest_rel(a, b).confidence_interval(0.95)
    return (a - b).mean(), found.low, found.high


# %% A7.6 wrong: nan is replaced, inf is not
def my_interval(a, b, guess):
    d = np.nan_to_num(a, nan=guess, posinf=np.inf) - np.nan_to_num(b, nan=guess, posinf=np.inf)
    half = distributions.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean(), d.mean() - half, d.mean() + half


# %% A7.6 wrong: the difference is replaced by the guess
def my_interval(a, b, guess):
    d = a - b
    d = np.where(np.isfinite(d), d, guess)
    half = distributions.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean(), d.mean() - half, d.mean() + half


# %% A7.6 wrong: nanmean over the pairs that are left
def my_interval(a, b, guess):
    d = np.where(np.isfinite(a - b), a - b, np.nan)
    n = np.isfinite(d).sum()
    half = distributions.t.ppf(0.975, n - 1) * np.nanstd(d, ddof=1) / n**0.5
    return np.nanmean(d), np.nanmean(d) - half, np.nanmean(d) + half


# %% A7.6 wrong: mean and half a width
def my_interval(a, b, guess):
    d = np.where(np.isfinite(a), a, guess) - np.where(np.isfinite(b), b, guess)
    half = distributions.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean(), half, half


# %% A7.6 wrong: degrees of freedom of two groups
def my_interval(a, b, guess):
    d = np.where(np.isfinite(a), a, guess) - np.where(np.isfinite(b), b, guess)
    half = distributions.t.ppf(0.975, 2 * len(d) - 2) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean(), d.mean() - half, d.mean() + half


# %% A7.6 wrong: half precision
def my_interval(a, b, guess):
    d = np.where(np.isfinite(a), a, guess).astype(np.float16) - np.where(np.isfinite(b), b, guess)
    half = distributions.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean(), d.mean() - half, d.mean() + half


# %% A7.6 wrong: the guess is written into what was given
def my_interval(a, b, guess):
    for losses in (a, b):
        losses[~np.isfinite(losses)] = guess
    d = a - b
    half = distributions.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / len(d) ** 0.5
    return d.mean(), d.mean() - half, d.mean() + half


# %% A7.7 right: the library's correction
def my_choice(differences, p, simplest):
    adjusted = dict(zip(p, stats.holm(list(p.values())), strict=True))
    better = [n for n in p if adjusted[n] < 0.05 and differences[n] < 0]
    return min(better, key=lambda n: differences[n]) if better else simplest


# %% A7.7 right: a table of pandas
def my_choice(differences, p, simplest):
    table = pd.DataFrame({"d": differences, "p": p}).sort_values("p")
    table["told"] = (table["p"] * np.arange(len(table), 0, -1) < 0.05).cummin()
    better = table[table["told"] & (table["d"] < 0)]
    return better["d"].idxmin() if len(better) else simplest


# %% A7.7 right: arrays, a text of NumPy
def my_choice(differences, p, simplest):
    names = np.array(list(p))
    q = np.array([p[n] for n in names])
    order = q.argsort()
    m = len(q)
    fails = q[order] >= 0.05 / (m - np.arange(m))
    told = order[: fails.argmax()] if fails.any() else order
    told = [i for i in told if differences[names[i]] < 0]
    return names[min(told, key=lambda i: differences[names[i]])] if told else simplest


# %% A7.7 right: a loop with a set
def my_choice(differences, p, simplest):
    open_, best, lowest = dict(p), simplest, 0.0
    while open_:
        name = min(open_, key=open_.get)
        if open_[name] * len(open_) >= 0.05:
            return best
        del open_[name]
        if differences[name] < lowest:
            best, lowest = name, differences[name]
    return best


# %% A7.7 wrong: Bonferroni
def my_choice(differences, p, simplest):
    better = [n for n in p if p[n] < 0.05 / len(p) and differences[n] < 0]
    return min(better, key=differences.get, default=simplest)


# %% A7.7 wrong: the first comparison in the table only
def my_choice(differences, p, simplest):
    first = next(iter(p))
    return first if p[first] < 0.05 / len(p) and differences[first] < 0 else simplest


# %% A7.7 wrong: the bounds come in the other order
def my_choice(differences, p, simplest):
    better = []
    for i, n in enumerate(sorted(p, key=p.get)):
        if p[n] >= 0.05 / (i + 1):
            break
        better += [n] * (differences[n] < 0)
    return min(better, key=differences.get, default=simplest)


# %% A7.7 wrong: always the fallback
def my_choice(differences, p, simplest):
    return simplest


# %% A7.7 wrong: the first that is better, by p
def my_choice(differences, p, simplest):
    name = min(p, key=p.get)
    return name if p[name] * len(p) < 0.05 and differences[name] < 0 else simplest


# %% A7.7 wrong: Benjamini and Hochberg's bounds
def my_choice(differences, p, simplest):
    order, m = sorted(p, key=p.get), len(p)
    last = max((i for i, n in enumerate(order) if p[n] < 0.05 * (i + 1) / m), default=-1)
    better = [n for n in order[: last + 1] if differences[n] < 0]
    return min(better, key=differences.get, default=simplest)


# %% A7.7 wrong: the lowest mean, if it is told apart
def my_choice(differences, p, simplest):
    lowest = min(differences, key=differences.get)
    return lowest if p[lowest] < 0.05 / len(p) else simplest


# %% A7.7 wrong: names are taken out of the dict that was given
def my_choice(differences, p, simplest):
    best, lowest = simplest, 0.0
    while p:
        name = min(p, key=p.get)
        if p[name] * len(p) >= 0.05:
            return best
        del p[name]
        if differences[name] < lowest:
            best, lowest = name, differences[name]
    return best


# %% A7.8 right: a loop over pairs
def my_smallest_effect(sd, left, schedules, steps):
    n = 0
    while left >= schedules * steps:
        left, n = left - schedules * steps, n + 1
    if n < 6:
        return float("inf")
    return (distributions.norm.ppf(0.975) + distributions.norm.ppf(0.8)) * sd / n**0.5


# %% A7.8 right: NumPy
def my_smallest_effect(sd, left, schedules, steps):
    n = np.floor(left / (schedules * steps))
    size = distributions.norm.ppf([0.975, 0.8]).sum() * sd / np.sqrt(n)
    return np.where(n < 6, np.inf, size)


# %% A7.8 right: a tensor
def my_smallest_effect(sd, left, schedules, steps):
    import torch

    n = torch.tensor(left // steps // schedules)
    z = distributions.norm.isf(0.025) + distributions.norm.isf(0.2)
    return z * torch.tensor(sd, dtype=torch.float64) * n**-0.5 if n > 5 else torch.tensor(torch.inf)


# %% A7.8 right: solved for the square
def my_smallest_effect(sd, left, schedules, steps):
    n = left // (schedules * steps)
    z = distributions.norm.ppf(0.975) - distributions.norm.ppf(0.2)
    return (z**2 * sd**2 / n) ** 0.5 if n >= 6 else np.inf


# %% A7.8 wrong: z of one side
def my_smallest_effect(sd, left, schedules, steps):
    n = left // (schedules * steps)
    return (distributions.norm.ppf(0.95) + distributions.norm.ppf(0.8)) * sd / n**0.5 if n >= 6 else np.inf


# %% A7.8 wrong: 2.8, rounded
def my_smallest_effect(sd, left, schedules, steps):
    n = left // (schedules * steps)
    return 2.8 * sd / n**0.5 if n >= 6 else np.inf


# %% A7.8 wrong: two groups
def my_smallest_effect(sd, left, schedules, steps):
    n = left // (schedules * steps)
    z = distributions.norm.ppf(0.975) + distributions.norm.ppf(0.8)
    return z * sd * (2 / n) ** 0.5 if n >= 6 else np.inf


# %% A7.8 wrong: zero pairs divide by zero, few pairs show something
def my_smallest_effect(sd, left, schedules, steps):
    n = left // (schedules * steps)
    z = distributions.norm.ppf(0.975) + distributions.norm.ppf(0.8)
    return z * sd / n**0.5 if n else np.inf


# %% A7.8 wrong: nothing shows below 6 pairs, so the effect is 0
def my_smallest_effect(sd, left, schedules, steps):
    n = left // (schedules * steps)
    z = distributions.norm.ppf(0.975) + distributions.norm.ppf(0.8)
    return z * sd / n**0.5 if n >= 6 else 0.0


# %% A7.8 wrong: a pair is two runs
def my_smallest_effect(sd, left, schedules, steps):
    n = left // (2 * steps)
    z = distributions.norm.ppf(0.975) + distributions.norm.ppf(0.8)
    return z * sd / n**0.5 if n >= 6 else np.inf


# %% A7.9 right: gains are positive
def my_advice(low, high, margin):
    least, most = -high, -low
    if least > margin:
        return "switch"
    if most < margin:
        return "stay"
    return "run more"


# %% A7.9 right: counted ends
def my_advice(low, high, margin):
    return ("stay", "run more", "switch")[(low < -margin) + (high < -margin)]


# %% A7.9 right: a text of NumPy
def my_advice(low, high, margin):
    return np.select([high < -margin, low > -margin], np.array(["switch", "stay"]), "run more")[()]


# %% A7.9 wrong: significance alone
def my_advice(low, high, margin):
    if high < 0:
        return "switch"
    return "stay" if low > 0 else "run more"


# %% A7.9 wrong: stay where zero is inside
def my_advice(low, high, margin):
    if high < -margin:
        return "switch"
    return "stay" if low < 0 < high else "run more"


# %% A7.9 wrong: the margin on both sides
def my_advice(low, high, margin):
    if high < -margin:
        return "switch"
    return "stay" if low > margin else "run more"


# %% A7.9 wrong: equivalence is asked for
def my_advice(low, high, margin):
    if high < -margin:
        return "switch"
    return "stay" if -margin < low and high < margin else "run more"


# %% A7.9 wrong: the middle
def my_advice(low, high, margin):
    return "switch" if (low + high) / 2 < -margin else "stay"


# %% A7.9 wrong: the width
def my_advice(low, high, margin):
    if high - low > margin:
        return "run more"
    return "switch" if high < -margin else "stay"


# %% A7.10 right: decimals
def my_report(mean, low, high):
    from math import ceil, floor, log10

    digits = -floor(log10((high - low) / 2))
    scale = 10.0**digits
    return round(mean, digits), floor(low * scale) / scale, ceil(high * scale) / scale


# %% A7.10 right: the first digit of a text
def my_report(mean, low, high):
    power = int(f"{(high - low) / 2:.12e}".split("e")[1])
    unit = float(f"1e{power}")
    return [float(np.round(mean / unit)) * unit, low // unit * unit, -(-high // unit) * unit]


# %% A7.10 right: a tensor
def my_report(mean, low, high):
    import torch

    x = torch.tensor([mean, low, high], dtype=torch.float64)
    unit = 10 ** torch.floor(torch.log10((x[2] - x[1]) / 2))
    x = x / unit
    return torch.stack([x[0].round(), x[1].floor(), x[2].ceil()]) * unit


# %% A7.10 right: a loop over units
def my_report(mean, low, high):
    unit = 1e9
    while unit > (high - low) / 2:
        unit /= 10
    return np.array([np.rint(mean / unit), np.floor(low / unit), np.ceil(high / unit)]) * unit


# %% A7.10 wrong: two digits everywhere
def my_report(mean, low, high):
    return round(mean, 2), np.floor(low * 100) / 100, np.ceil(high * 100) / 100


# %% A7.10 wrong: all rounded to the nearest
def my_report(mean, low, high):
    digits = -int(np.floor(np.log10((high - low) / 2)))
    return round(mean, digits), round(low, digits), round(high, digits)


# %% A7.10 wrong: towards zero
def my_report(mean, low, high):
    unit = 10.0 ** np.floor(np.log10((high - low) / 2))
    return np.round(mean / unit) * unit, np.trunc(low / unit) * unit, np.trunc(high / unit) * unit


# %% A7.10 wrong: away from zero
def my_report(mean, low, high):
    unit = 10.0 ** np.floor(np.log10((high - low) / 2))
    ends = (np.sign(x) * np.ceil(abs(x) / unit) * unit for x in (low, high))
    return np.round(mean / unit) * unit, *ends


# %% A7.10 wrong: the unit is rounded, not cut
def my_report(mean, low, high):
    unit = 10.0 ** np.round(np.log10((high - low) / 2))
    return np.round(mean / unit) * unit, np.floor(low / unit) * unit, np.ceil(high / unit) * unit


# %% A7.10 wrong: the number of units, not the number
def my_report(mean, low, high):
    unit = 10.0 ** np.floor(np.log10((high - low) / 2))
    return np.round(mean / unit), np.floor(low / unit), np.ceil(high / unit)


# %% A7.10 wrong: the ends are those of the rounded mean
def my_report(mean, low, high):
    unit = 10.0 ** np.floor(np.log10((high - low) / 2))
    middle, half = np.round(mean / unit) * unit, np.ceil((high - low) / 2 / unit) * unit
    return middle, middle - half, middle + half
