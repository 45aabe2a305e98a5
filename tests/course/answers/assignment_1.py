# %% A1.1 right: by number
def write_rates(optimizer, bases, factor):
    for i in range(len(bases)):
        optimizer.param_groups[i]["lr"] = float(bases[i]) * factor


# %% A1.1 right: an array first
def write_rates(optimizer, bases, factor):
    for group, rate in zip(optimizer.param_groups, np.array(bases) * factor):
        group.update(lr=rate)


# %% A1.1 right: a tensor of float64
def write_rates(optimizer, bases, factor):
    rates = torch.tensor(bases, dtype=torch.float64) * factor
    for i, group in enumerate(optimizer.param_groups):
        group["lr"] = rates[i].item()


# %% A1.1 right: a scheduler of torch does it
def write_rates(optimizer, bases, factor):
    for group, base in zip(optimizer.param_groups, bases):
        group["initial_lr"] = base
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: factor)


# %% A1.1 wrong: the copied snippet
def write_rates(optimizer, bases, factor):
    for base in bases:
        optimizer._lr = base * factor


# %% A1.1 wrong: its cousin
def write_rates(optimizer, bases, factor):
    optimizer.lr = [base * factor for base in bases]


# %% A1.1 wrong: the defaults, which nobody reads any more
def write_rates(optimizer, bases, factor):
    optimizer.defaults["lr"] = bases[0] * factor


# %% A1.1 wrong: the last base for all
def write_rates(optimizer, bases, factor):
    for group in optimizer.param_groups:
        group["lr"] = bases[-1] * factor


# %% A1.1 wrong: the bases are changed in place
def write_rates(optimizer, bases, factor):
    for i, group in enumerate(optimizer.param_groups):
        bases[i] *= factor
        group["lr"] = bases[i]


# %% A1.1 wrong: float32
def write_rates(optimizer, bases, factor):
    for group, rate in zip(optimizer.param_groups, torch.tensor(bases) * factor):
        group["lr"] = rate.item()


# %% A1.1 wrong: never zero
def write_rates(optimizer, bases, factor):
    for group, base in zip(optimizer.param_groups, bases):
        group["lr"] = base * (factor or 1.0)


# %% A1.1 wrong: a key of its own
def write_rates(optimizer, bases, factor):
    for group, base in zip(optimizer.param_groups, bases):
        group["learning_rate"] = base * factor


# %% A1.2 right: a loop
def rate_of_move(before, after, gradient):
    top = bottom = 0.0
    for x, y, g in zip(before, after, gradient):
        top, bottom = top + (x - y) * g, bottom + g * g
    return top / bottom if bottom else float("nan")


# %% A1.2 right: the largest gradient alone
def rate_of_move(before, after, gradient):
    k = int(np.argmax(np.abs(gradient)))
    return (before[k] - after[k]) / gradient[k] if gradient[k] else math.nan


# %% A1.2 right: least squares
def rate_of_move(before, after, gradient):
    if not any(gradient):
        return np.nan
    return np.linalg.lstsq(np.array(gradient)[:, None], np.array(before) - np.array(after), rcond=None)[0]


# %% A1.2 right: the weights that have a gradient, float32
def rate_of_move(before, after, gradient):
    b, a, g = (torch.tensor(x, dtype=torch.float64) for x in (before, after, gradient))
    there = g.abs() > 1e-3 * g.abs().max()
    return torch.mean((b[there] - a[there]) / g[there]).float()


# %% A1.2 wrong: the first weight
def rate_of_move(before, after, gradient):
    return (before[0] - after[0]) / gradient[0] if gradient[0] else 0.0


# %% A1.2 wrong: upside down
def rate_of_move(before, after, gradient):
    g, move = np.array(gradient), np.array(before) - np.array(after)
    return (g @ g) / (move @ g) if g.any() else math.nan


# %% A1.2 wrong: a mean over all weights, zero gradients counted
def rate_of_move(before, after, gradient):
    ratios = [(x - y) / g if g else 0.0 for x, y, g in zip(before, after, gradient)]
    return sum(ratios) / len(ratios)


# %% A1.2 wrong: nan as soon as one gradient is zero
def rate_of_move(before, after, gradient):
    if not all(gradient):
        return math.nan
    return (before[0] - after[0]) / gradient[0]


# %% A1.2 wrong: relative to the weight
def rate_of_move(before, after, gradient):
    g, b, a = map(np.array, (gradient, before, after))
    return float(((b - a) / b) @ g / (g @ g)) if g.any() else math.nan


# %% A1.2 wrong: never negative
def rate_of_move(before, after, gradient):
    g, move = np.array(gradient), np.array(before) - np.array(after)
    return max(0.0, move @ g / (g @ g)) if g.any() else math.nan


# %% A1.3 right: counted
def updates_until(rate, curvatures, share):
    if share >= 1:
        return 0
    if max(abs(1 - rate * h) for h in curvatures) >= 1:
        return float("inf")
    left, n = np.ones(len(curvatures)), 0
    while max(abs(left)) > share:
        left, n = left * (1 - rate * np.array(curvatures)), n + 1
    return n


# %% A1.3 right: each direction, then the slowest
def updates_until(rate, curvatures, share):
    def one(h):
        q = abs(1 - rate * h)
        if share >= 1 or q == 0:
            return int(share < 1)
        return math.inf if q >= 1 else int(np.ceil(np.log(share) / np.log(q)))

    return max(map(one, curvatures))


# %% A1.3 right: a tensor
def updates_until(rate, curvatures, share):
    if share >= 1:
        return torch.tensor(0)
    q = (1 - rate * torch.tensor(curvatures, dtype=torch.float64)).abs().max()
    if q >= 1:
        return torch.tensor(torch.inf)
    return torch.ceil(math.log(share) / torch.log(q)).clamp(min=1)


# %% A1.3 wrong: one too many
def updates_until(rate, curvatures, share):
    q = max(abs(1 - rate * h) for h in curvatures)
    return (
        0 if share >= 1 else math.inf if q >= 1 else 1 if q == 0 else int(math.log(share) / math.log(q)) + 2
    )


# %% A1.3 wrong: the memory, 1 / (rate h), times the logarithm
def updates_until(rate, curvatures, share):
    if share >= 1:
        return 0
    if rate * max(curvatures) >= 2:
        return math.inf
    return math.ceil(-math.log(share) / (rate * min(curvatures)))


# %% A1.3 wrong: the mean curvature
def updates_until(rate, curvatures, share):
    q = abs(1 - rate * sum(curvatures) / len(curvatures))
    return (
        0 if share >= 1 else math.inf if q >= 1 else 1 if q == 0 else math.ceil(math.log(share) / math.log(q))
    )


# %% A1.3 wrong: infinite from 1/L on
def updates_until(rate, curvatures, share):
    q = max(1 - rate * h for h in curvatures)
    return (
        0
        if share >= 1
        else math.inf
        if rate * max(curvatures) > 1
        else math.ceil(math.log(share) / math.log(q))
    )


# %% A1.3 wrong: the sum of the squares, as in the loss
def updates_until(rate, curvatures, share):
    x, n = np.ones(len(curvatures)), 0
    while np.sqrt((x**2).mean()) > share and n < 1500:
        x, n = x * (1 - rate * np.array(curvatures)), n + 1
    return n if n < 1500 else math.inf


# %% A1.3 wrong: a share of 1 takes an update
def updates_until(rate, curvatures, share):
    q = max(abs(1 - rate * h) for h in curvatures)
    return math.inf if q >= 1 else max(1, math.ceil(math.log(share) / math.log(q))) if q else 1


# %% A1.4 right: two equations
def curvature_and_bottom(rate, positions):
    x = np.array(positions)
    slopes = -np.diff(x) / rate  # h (x - c)
    h = (slopes[1] - slopes[0]) / (x[1] - x[0])
    return h, x[0] - slopes[0] / h


# %% A1.4 right: Aitken
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    c = z - (z - y) ** 2 / (z - 2 * y + x)
    return [(1 - (y - c) / (x - c)) / rate, c]


# %% A1.4 right: a tensor in float32
def curvature_and_bottom(rate, positions):
    d = torch.tensor(positions, dtype=torch.float64).diff()
    f = d[1] / d[0]
    return torch.stack([(1 - f) / rate, positions[0] + d[0] / (1 - f)]).float()


# %% A1.4 right: a line through two slopes
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    h, offset = np.polyfit([x, y], [(x - y) / rate, (y - z) / rate], 1)
    return np.float64(h), -offset / h


# %% A1.4 wrong: the bottom is the last position
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    return (1 - (z - y) / (y - x)) / rate, z


# %% A1.4 wrong: the bottom is the mean
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    return (1 - (z - y) / (y - x)) / rate, sum(positions) / 3


# %% A1.4 wrong: the sum of moves from the second position
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    f = (z - y) / (y - x)
    return (1 - f) / rate, y + (y - x) / (1 - f)


# %% A1.4 wrong: a logarithm, as if time were continuous
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    f = (z - y) / (y - x)
    return -math.log(abs(f)) / rate, x + (y - x) / (1 - f)


# %% A1.4 wrong: 1 + f
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    f = (z - y) / (y - x)
    return (1 + f) / rate, x + (y - x) / (1 + f)


# %% A1.4 wrong: times the rate
def curvature_and_bottom(rate, positions):
    x, y, z = positions
    f = (z - y) / (y - x)
    return (1 - f) * rate, x + (y - x) / (1 - f)


# %% A1.5 right: the library's
def floor_with_batch(rate, curvatures, sigma, k):
    if any(rate * h >= 2 for h in curvatures):
        return float("inf")
    return theory.noise_floor(rate, curvatures, sigma / math.sqrt(k))


# %% A1.5 right: a loop
def floor_with_batch(rate, curvatures, sigma, k):
    total = 0.0
    for h in curvatures:
        if rate * h >= 2:
            return math.inf
        a = rate * sigma**2 / k / (2 - rate * h)
        total += h * a / 2
    return total


# %% A1.5 right: a float32 tensor
def floor_with_batch(rate, curvatures, sigma, k):
    u = rate * torch.tensor(curvatures)
    if (u >= 2).any():
        return torch.inf
    return (u / (2 - u)).double().sum().float() * (sigma**2 / (2 * k))


# %% A1.5 right: an array
def floor_with_batch(rate, curvatures, sigma, k):
    u = rate * np.array(curvatures)
    return np.where((u < 2).all(), (u / (2 - u)).sum() * sigma**2 / (2 * k), np.inf)


# %% A1.5 wrong: whole division
def floor_with_batch(rate, curvatures, sigma, k):
    if rate * max(curvatures) >= 2:
        return math.inf
    return sigma**2 // k / 2 * sum(rate * h / (2 - rate * h) for h in curvatures)


# %% A1.5 wrong: the rate is divided, not the noise
def floor_with_batch(rate, curvatures, sigma, k):
    if rate * max(curvatures) >= 2:
        return math.inf
    return sigma**2 / 2 * sum(rate / k * h / (2 - rate / k * h) for h in curvatures)


# %% A1.5 wrong: the root of k
def floor_with_batch(rate, curvatures, sigma, k):
    if rate * max(curvatures) >= 2:
        return math.inf
    return sigma**2 / k**0.5 / 2 * sum(rate * h / (2 - rate * h) for h in curvatures)


# %% A1.5 wrong: the mean square, not the loss
def floor_with_batch(rate, curvatures, sigma, k):
    if rate * max(curvatures) >= 2:
        return math.inf
    return sum(rate * sigma**2 / k / (2 - rate * h) for h in curvatures)


# %% A1.5 wrong: the limit of the flattest
def floor_with_batch(rate, curvatures, sigma, k):
    if rate * min(curvatures) >= 2:
        return math.inf
    return sigma**2 / k / 2 * sum(rate * h / (2 - rate * h) for h in curvatures)


# %% A1.5 wrong: infinite from 1/L on
def floor_with_batch(rate, curvatures, sigma, k):
    if rate * max(curvatures) >= 1:
        return math.inf
    return sigma**2 / k / 2 * sum(rate * h / (2 - rate * h) for h in curvatures)


# %% A1.6 right: weights written out
def mended_reading(rates, losses):
    values = []
    for t in range(len(losses)):
        weights = 0.9 ** np.arange(t, -1, -1)
        value = np.dot(weights, losses[: t + 1]) / weights.sum()
        if not np.isfinite(value) or (values and value > 1.5 * min(values)):
            break
        values.append(value)
    return rates[values.index(min(values))] / 10


# %% A1.6 right: pandas, the correction by the formula
def mended_reading(rates, losses):
    curve = pd.Series(losses, dtype=float).ewm(alpha=0.1, adjust=True).mean().to_numpy(copy=True)
    curve[np.isnan(losses)] = np.nan
    broken = ~(curve <= 1.5 * np.fmin.accumulate(curve))
    end = broken.argmax() if broken.any() else len(curve)
    return np.array(rates)[curve[:end].argmin()] / 10


# %% A1.6 right: the mean from 0, then corrected, tensors
def mended_reading(rates, losses):
    mean, values = 0.0, []
    for t, loss in enumerate(losses):
        mean = 0.9 * mean + 0.1 * loss
        value = mean / (1 - 0.9 ** (t + 1))
        if not math.isfinite(value) or value > 1.5 * min([value, *values]):
            break
        values.append(value)
    return torch.tensor(rates, dtype=torch.float64)[torch.tensor(values).argmin()] / 10


# %% A1.6 wrong: as it was
def mended_reading(rates, losses):
    return colleagues_reading(rates, losses)


# %% A1.6 wrong: one fault mended, nan
def mended_reading(rates, losses):
    mean, smooth = 0.0, []
    for loss in losses:
        mean = 0.9 * mean + 0.1 * loss
        smooth.append(mean)
    return rates[np.nanargmin(smooth)] / 10


# %% A1.6 wrong: corrected by one power too few
def mended_reading(rates, losses):
    mean, values = losses[0], []
    for t, loss in enumerate(losses):
        mean = 0.9 * mean + 0.1 * loss
        value = mean / (1 - 0.9 ** max(t, 1))
        if not math.isfinite(value) or (values and value > 1.5 * min(values)):
            break
        values.append(value)
    return rates[int(np.argmin(values))] / 10


# %% A1.6 wrong: the mean begins at the first loss
def mended_reading(rates, losses):
    mean, values = losses[0], []
    for loss in losses:
        mean = 0.9 * mean + 0.1 * loss
        if not math.isfinite(mean) or (values and mean > 1.5 * min(values)):
            break
        values.append(mean)
    return rates[int(np.argmin(values))] / 10


# %% A1.6 wrong: stops by the raw loss
def mended_reading(rates, losses):
    total = weight = 0.0
    values = []
    for loss in losses:
        total, weight = 0.9 * total + loss, 0.9 * weight + 1
        if not math.isfinite(loss) or (values and loss > 1.2 * min(losses[: len(values)])):
            break
        values.append(total / weight)
    return rates[int(np.argmin(values))] / 10


# %% A1.6 wrong: everything but nan counts
def mended_reading(rates, losses):
    total = weight = 0.0
    values = []
    for loss in losses:
        total, weight = 0.9 * total + loss, 0.9 * weight + 1
        values.append(total / weight)
    return rates[int(np.nanargmin(values))] / 10


# %% A1.6 wrong: the losses are changed in place
def mended_reading(rates, losses):
    for t in range(1, len(losses)):
        losses[t] = 0.9 * losses[t - 1] + 0.1 * losses[t]
    losses = [loss if math.isfinite(loss) else math.inf for loss in losses]
    return rates[int(np.argmin(losses))] / 10


# %% A1.7 right: scipy's test and a sign
def verdict(a, b, guess):
    a, b = ([x if math.isfinite(x) else guess for x in side] for side in (a, b))
    if len(a) < 6:
        return "cannot tell"
    test = distributions.ttest_rel(a, b)
    if test.pvalue >= 0.05:
        return "cannot tell"
    return "better" if test.statistic < 0 else "worse"


# %% A1.7 right: a loop
def verdict(a, b, guess):
    d = []
    for x, y in zip(a, b):
        x = guess if math.isnan(x) or math.isinf(x) else x
        y = guess if math.isnan(y) or math.isinf(y) else y
        d.append(x - y)
    n = len(d)
    mean = sum(d) / n
    s = math.sqrt(sum((x - mean) ** 2 for x in d) / (n - 1))
    half = distributions.t.ppf(0.975, n - 1) * s / math.sqrt(n)
    if n >= 6 and mean < -half:
        return "better"
    return "worse" if n >= 6 and mean > half else "cannot tell"


# %% A1.7 right: tensors
def verdict(a, b, guess):
    a, b = (torch.nan_to_num(torch.tensor(x, dtype=torch.float64), guess, guess, guess) for x in (a, b))
    d = a - b
    if len(d) < 6:
        return "cannot tell"
    low, high = distributions.t.interval(0.95, len(d) - 1, d.mean().item(), d.std().item() / len(d) ** 0.5)
    return "better" if high < 0 else "worse" if low > 0 else "cannot tell"


# %% A1.7 wrong: the mean decides
def verdict(a, b, guess):
    d = np.nan_to_num(a, nan=guess, posinf=guess) - np.nan_to_num(b, nan=guess, posinf=guess)
    return "cannot tell" if len(d) < 6 else "better" if d.mean() < 0 else "worse"


# %% A1.7 wrong: never sure
def verdict(a, b, guess):
    return "cannot tell"


# %% A1.7 wrong: five pairs are enough
def verdict(a, b, guess):
    d = np.nan_to_num(a, nan=guess, posinf=guess) - np.nan_to_num(b, nan=guess, posinf=guess)
    if len(d) < 5:
        return "cannot tell"
    half = distributions.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / np.sqrt(len(d))
    return "better" if d.mean() < -half else "worse" if d.mean() > half else "cannot tell"


# %% A1.7 wrong: a diverged run is zero
def verdict(a, b, guess):
    a, b = (np.where(np.isfinite(x), x, 0.0) for x in (a, b))
    d, n = a - b, len(a)
    half = distributions.t.ppf(0.975, max(n - 1, 1)) * d.std(ddof=1) / np.sqrt(n)
    return (
        "cannot tell"
        if n < 6
        else "better"
        if d.mean() < -half
        else "worse"
        if d.mean() > half
        else "cannot tell"
    )


# %% A1.7 wrong: the guess for the difference
def verdict(a, b, guess):
    d = np.array(a) - np.array(b)
    d[~np.isfinite(d)] = guess
    n = len(d)
    half = distributions.t.ppf(0.975, max(n - 1, 1)) * d.std(ddof=1) / np.sqrt(n)
    return (
        "cannot tell"
        if n < 6
        else "better"
        if d.mean() < -half
        else "worse"
        if d.mean() > half
        else "cannot tell"
    )


# %% A1.7 wrong: degrees of freedom n
def verdict(a, b, guess):
    a, b = (np.where(np.isfinite(x), x, guess) for x in (a, b))
    d, n = a - b, len(a)
    half = distributions.t.ppf(0.975, 2 * n - 2) * d.std(ddof=1) / np.sqrt(n)
    return (
        "cannot tell"
        if n < 6
        else "better"
        if d.mean() < -half
        else "worse"
        if d.mean() > half
        else "cannot tell"
    )


# %% A1.7 wrong: other words
def verdict(a, b, guess):
    a, b = (np.where(np.isfinite(x), x, guess) for x in (a, b))
    d, n = a - b, len(a)
    half = distributions.t.ppf(0.975, max(n - 1, 1)) * d.std(ddof=1) / np.sqrt(n)
    return "unclear" if n < 6 else "lower" if d.mean() < -half else "higher" if d.mean() > half else "unclear"


# %% A1.8 right: a loop
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    def best(table):
        means = [sum(row) / len(row) for row in table]
        return means.index(min(means))

    i, j = best(tuning_a), best(tuning_b)
    if i in (0, len(tuning_a) - 1) or j in (0, len(tuning_b) - 1):
        return i, j, float("nan")
    return i, j, sum(judging_a[i]) / len(judging_a[i]) - sum(judging_b[j]) / len(judging_b[j])


# %% A1.8 right: pandas, a list
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = (pd.DataFrame(table).mean(axis=1).idxmin() for table in (tuning_a, tuning_b))
    last = len(tuning_a) - 1
    gap = pd.Series(judging_a[i]).mean() - pd.Series(judging_b[j]).mean()
    return [i, j, np.nan if {i, j} & {0, last} else gap]


# %% A1.8 right: tensors
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    ta, ja, tb, jb = (
        torch.tensor(x, dtype=torch.float64) for x in (tuning_a, judging_a, tuning_b, judging_b)
    )
    i, j = ta.mean(1).argmin(), tb.mean(1).argmin()
    inside = 0 < i < len(ta) - 1 and 0 < j < len(tb) - 1
    return torch.stack([i, j, (ja[i].mean() - jb[j].mean()) * (1 if inside else torch.nan)])


# %% A1.8 right: numpy scalars
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = np.argmin(np.mean(tuning_a, 1)), np.argmin(np.mean(tuning_b, 1))
    edge = np.isin([i, j], [0, len(tuning_a) - 1]).any()
    return i, j, np.float64(np.nan) if edge else np.mean(judging_a[i]) - np.mean(judging_b[j])


# %% A1.8 wrong: the lowest judged means, whatever the row
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = np.mean(tuning_a, axis=1).argmin(), np.mean(tuning_b, axis=1).argmin()
    return i, j, np.mean(judging_a, axis=1).min() - np.mean(judging_b, axis=1).min()


# %% A1.8 wrong: nan at an edge of a only
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = np.mean(tuning_a, axis=1).argmin(), np.mean(tuning_b, axis=1).argmin()
    gap = np.mean(judging_a[i]) - np.mean(judging_b[j])
    return i, j, gap if 0 < i < len(tuning_a) - 1 else math.nan


# %% A1.8 wrong: counted from 1
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = np.mean(tuning_a, axis=1).argmin(), np.mean(tuning_b, axis=1).argmin()
    inside = all(0 < row < len(tuning_a) - 1 for row in (i, j))
    return i + 1, j + 1, np.mean(judging_a[i]) - np.mean(judging_b[j]) if inside else math.nan


# %% A1.8 wrong: the median chooses
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = np.median(tuning_a, axis=1).argmin(), np.median(tuning_b, axis=1).argmin()
    inside = all(0 < row < len(tuning_a) - 1 for row in (i, j))
    return i, j, np.mean(judging_a[i]) - np.mean(judging_b[j]) if inside else math.nan


# %% A1.8 wrong: the highest mean
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = np.mean(tuning_a, axis=1).argmax(), np.mean(tuning_b, axis=1).argmax()
    inside = all(0 < row < len(tuning_a) - 1 for row in (i, j))
    return i, j, np.mean(judging_a[i]) - np.mean(judging_b[j]) if inside else math.nan


# %% A1.8 wrong: one peak for both, that of their sum
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i = (np.mean(tuning_a, axis=1) + np.mean(tuning_b, axis=1)).argmin()
    inside = 0 < i < len(tuning_a) - 1
    return i, i, np.mean(judging_a[i]) - np.mean(judging_b[i]) if inside else math.nan


# %% A1.8 wrong: seeds and rates exchanged
def honest_gap(tuning_a, judging_a, tuning_b, judging_b):
    i, j = np.mean(tuning_a, axis=0).argmin(), np.mean(tuning_b, axis=0).argmin()
    return i, j, np.mean(judging_a, axis=1)[i % 4] - np.mean(judging_b, axis=1)[j % 4]


# %% A1.9 right: the library's adjusted p-values
def told_apart(p_values, level):
    return stats.holm(p_values) < level if len(p_values) else []


# %% A1.9 right: sorted pairs
def told_apart(p_values, level):
    told, left = {}, len(p_values)
    for p, k in sorted((p, k) for k, p in enumerate(p_values)):
        told[k] = p < level / left and all(told.values())
        left -= 1
    return [told[k] for k in range(len(p_values))]


# %% A1.9 right: tensors
def told_apart(p_values, level):
    p, order = torch.sort(torch.tensor(p_values, dtype=torch.float64))
    below = (p < level / torch.arange(len(p), 0, -1)).int().cumprod(0).bool()
    out = torch.zeros(len(p), dtype=torch.bool)
    out[order] = below
    return out


# %% A1.9 right: numpy truth values in a list
def told_apart(p_values, level):
    p = np.array(p_values)
    adjusted = [max([(p >= q).sum() * q for q in p[p <= each]]) for each in p]
    return [np.bool_(each < level) for each in adjusted]


# %% A1.9 wrong: nobody
def told_apart(p_values, level):
    return [False] * len(p_values)


# %% A1.9 wrong: the adjusted p-values
def told_apart(p_values, level):
    return stats.holm(p_values).tolist() if p_values else []


# %% A1.9 wrong: the numbers of the rows
def told_apart(p_values, level):
    return np.flatnonzero(stats.holm(p_values) < level).tolist() if p_values else []


# %% A1.9 wrong: m is one too few
def told_apart(p_values, level):
    told, m = [False] * len(p_values), len(p_values)
    for i, k in enumerate(np.argsort(p_values)):
        if p_values[k] >= level / max(m - i - 1, 1):
            break
        told[k] = True
    return told


# %% A1.9 wrong: all or none
def told_apart(p_values, level):
    return [bool(p_values) and min(p_values) < level / len(p_values)] * len(p_values)


# %% A1.9 wrong: only the smallest
def told_apart(p_values, level):
    return [p == min(p_values) and p < level / len(p_values) for p in p_values]


# %% A1.9 wrong: the list is sorted in place
def told_apart(p_values, level):
    p_values.sort()
    return (stats.holm(p_values) < level).tolist() if p_values else []


# %% A1.9 wrong: a twentieth, whatever the level
def told_apart(p_values, level):
    return (stats.holm(p_values) < 0.05).tolist() if p_values else []


# %% A1.3 wrong: below the share, not at most
def updates_until(rate, curvatures, share):
    q = max(abs(1 - rate * h) for h in curvatures)
    return (
        0 if share >= 1 else math.inf if q >= 1 else 1 if q == 0 else int(math.log(share) / math.log(q)) + 1
    )


# %% A1.5 wrong: infinite only past 2
def floor_with_batch(rate, curvatures, sigma, k):
    if rate * max(curvatures) > 2:
        return math.inf
    return sigma**2 / k / 2 * sum(rate * h / (2 - rate * h or 1.0) for h in curvatures)


# %% A1.6 wrong: a single loss breaks it
def mended_reading(rates, losses):
    total = weight = 0.0
    values = []
    for t, loss in enumerate(losses):
        total, weight = 0.9 * total + loss, 0.9 * weight + 1
        if not math.isfinite(loss) or (values and loss > 1.5 * min(losses[:t])):
            break
        values.append(total / weight)
    return rates[int(np.argmin(values))] / 10


# %% A1.6 wrong: 1.5 times the first value breaks it
def mended_reading(rates, losses):
    total = weight = 0.0
    values = []
    for loss in losses:
        total, weight = 0.9 * total + loss, 0.9 * weight + 1
        value = total / weight
        if not math.isfinite(value) or (values and value > 1.5 * values[0]):
            break
        values.append(value)
    return rates[int(np.argmin(values))] / 10


# %% A1.7 wrong: it puts the guess into the lists that it was given
def verdict(a, b, guess):
    for side in (a, b):
        side[:] = [x if math.isfinite(x) else guess for x in side]
    d, n = np.array(a) - np.array(b), len(a)
    half = distributions.t.ppf(0.975, max(n - 1, 1)) * d.std(ddof=1) / np.sqrt(n)
    return "cannot tell" if n < 6 or abs(d.mean()) <= half else "better" if d.mean() < 0 else "worse"


# %% A1.7 wrong: as many degrees of freedom as pairs
def verdict(a, b, guess):
    a, b = (np.where(np.isfinite(x), x, guess) for x in (a, b))
    d, n = a - b, len(a)
    half = distributions.t.ppf(0.975, n) * d.std(ddof=1) / np.sqrt(n)
    return "cannot tell" if n < 6 or abs(d.mean()) <= half else "better" if d.mean() < 0 else "worse"


# %% A1.9 wrong: it takes the p-values out of the list that it was given
def told_apart(p_values, level):
    given, told, stopped = list(p_values), [False] * len(p_values), False
    while p_values:
        smallest = min(p_values)
        stopped = stopped or smallest >= level / len(p_values)
        told[given.index(smallest)] = not stopped
        p_values.remove(smallest)
    return told
