# %% A5.1 right: a loop over epochs
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows, updates = micro * pieces * devices, 0
    for _ in range(epochs):
        left = examples
        while left >= rows:
            left -= rows
            updates += 1
        if left and keep_rest:
            updates += 1
    return [rows, updates]


# %% A5.1 right: rounded, an array
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    whole = np.ceil(examples / rows) if keep_rest else np.floor(examples / rows)
    return np.array([rows, epochs * whole])


# %% A5.1 right: tensors
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = torch.tensor([micro, pieces, devices]).prod()
    epoch = torch.arange(examples).split(int(rows))
    full = [part for part in epoch if len(part) == rows or keep_rest]
    return torch.stack([rows, torch.tensor(epochs * len(full))])


# %% A5.1 wrong: rounded to the nearest
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    return rows, epochs * round(examples / rows)


# %% A5.1 wrong: not a whole number of updates
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    return rows, epochs * examples / rows


# %% A5.1 wrong: the pieces are left out of the rows
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * devices
    return rows, epochs * (-(-examples // rows) if keep_rest else examples // rows)


# %% A5.1 wrong: one epoch
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    return rows, -(-examples // rows) if keep_rest else examples // rows


# %% A5.1 wrong: the rest is kept, whatever was asked
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    return rows, epochs * -(-examples // rows)


# %% A5.2 right: NumPy's average
def my_gradient(gradients, tokens):
    return np.average(np.concatenate(gradients), weights=np.concatenate(tokens))


# %% A5.2 right: a mean for each device, then a mean of those by their tokens
def my_gradient(gradients, tokens):
    totals = [sum(n) for n in tokens]
    means = [np.dot(g, n) / sum(n) for g, n in zip(gradients, tokens, strict=False)]
    return sum(m * n for m, n in zip(means, totals, strict=False)) / sum(totals)


# %% A5.2 right: a float64 tensor
def my_gradient(gradients, tokens):
    g = torch.tensor([x for some in gradients for x in some], dtype=torch.float64)
    n = torch.tensor([x for some in tokens for x in some], dtype=torch.float64)
    return (g * n).sum() / n.sum()


# %% A5.2 wrong: divided by the pieces of the first device
def my_gradient(gradients, tokens):
    per_device = [sum(pieces) / len(gradients[0]) for pieces in gradients]
    return sum(per_device) / len(per_device)


# %% A5.2 wrong: all pieces alike
def my_gradient(gradients, tokens):
    return np.mean(np.concatenate(gradients))


# %% A5.2 wrong: a device counts by its pieces
def my_gradient(gradients, tokens):
    means = [np.dot(g, n) / sum(n) for g, n in zip(gradients, tokens, strict=False)]
    return np.average(means, weights=[len(g) for g in gradients])


# %% A5.2 wrong: whole numbers
def my_gradient(gradients, tokens):
    g, n = np.concatenate(gradients), np.concatenate(tokens)
    return g @ n // n.sum()


# %% A5.2 wrong: float16
def my_gradient(gradients, tokens):
    g, n = np.concatenate(gradients), np.concatenate(tokens)
    return np.float16(g @ n / n.sum())


# %% A5.2 wrong: the last device is forgotten
def my_gradient(gradients, tokens):
    g, n = np.concatenate(gradients[:-1]), np.concatenate(tokens[:-1])
    return g @ n / n.sum()


# %% A5.3 right: two equations, solved
def my_noise_scale(small, rows_small, large, rows_large):
    both = np.array([[1, 1 / rows_small], [1, 1 / rows_large]])
    signal, trace = np.linalg.solve(both, [np.mean(small), np.mean(large)])
    return np.inf if signal <= 0 else trace / signal


# %% A5.3 right: the formulas of the paper
def my_noise_scale(small, rows_small, large, rows_large):
    a, b = sum(small) / len(small), sum(large) / len(large)
    signal = (rows_large * b - rows_small * a) / (rows_large - rows_small)
    noise = (a - b) / (1 / rows_small - 1 / rows_large)
    return float("inf") if signal <= 0 else noise / signal


# %% A5.3 right: a line through two points, a float64 tensor
def my_noise_scale(small, rows_small, large, rows_large):
    y = torch.tensor([np.mean(small), np.mean(large)], dtype=torch.float64)
    slope = (y[0] - y[1]) / (1 / rows_small - 1 / rows_large)
    level = y[1] - slope / rows_large
    return slope / level if level > 0 else torch.tensor(torch.inf)


# %% A5.3 wrong: the signal of the small batches
def my_noise_scale(small, rows_small, large, rows_large):
    trace = (np.mean(small) - np.mean(large)) / (1 / rows_small - 1 / rows_large)
    return trace / np.mean(small)


# %% A5.3 wrong: 0 where no signal is left
def my_noise_scale(small, rows_small, large, rows_large):
    a, b = np.mean(small), np.mean(large)
    trace = (a - b) / (1 / rows_small - 1 / rows_large)
    signal = a - trace / rows_small
    return trace / signal if signal > 0 else 0


# %% A5.3 wrong: noise alone
def my_noise_scale(small, rows_small, large, rows_large):
    return (np.mean(small) - np.mean(large)) / (1 / rows_small - 1 / rows_large)


# %% A5.3 wrong: the median
def my_noise_scale(small, rows_small, large, rows_large):
    a, b = np.median(small), np.median(large)
    trace = (a - b) / (1 / rows_small - 1 / rows_large)
    signal = a - trace / rows_small
    return trace / signal if signal > 0 else math.inf


# %% A5.3 wrong: the first of each list
def my_noise_scale(small, rows_small, large, rows_large):
    a, b = small[0], large[0]
    trace = (a - b) / (1 / rows_small - 1 / rows_large)
    signal = a - trace / rows_small
    return trace / signal if signal > 0 else math.inf


# %% A5.3 wrong: rows swapped
def my_noise_scale(small, rows_small, large, rows_large):
    a, b = np.mean(small), np.mean(large)
    trace = (a - b) / (1 / rows_large - 1 / rows_small)
    signal = a - trace / rows_large
    return trace / signal if signal > 0 else math.inf


# %% A5.4 right: the vertex by differences, the slope by sums
def my_exponent(sizes, rates, losses):
    xs, ys = [], []
    for size, row in zip(sizes, losses, strict=False):
        i = min(range(len(row)), key=lambda k: row[k])
        if i in (0, len(row) - 1):
            continue
        x0, x1, x2 = (math.log(r) for r in rates[i - 1 : i + 2])
        y0, y1, y2 = row[i - 1 : i + 2]
        top = (x1 - x0) ** 2 * (y1 - y2) - (x1 - x2) ** 2 * (y1 - y0)
        bottom = (x1 - x0) * (y1 - y2) - (x1 - x2) * (y1 - y0)
        xs.append(math.log(size))
        ys.append(x1 - top / bottom / 2)
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=False)) / sum((x - mx) ** 2 for x in xs)


# %% A5.4 right: SciPy's line, logarithms to the base 2 of the sizes and back
def my_exponent(sizes, rates, losses):
    from scipy.stats import linregress

    x, y, points = np.log(rates), np.asarray(losses), []
    for size, row in zip(sizes, y, strict=False):
        i = row.argmin()
        if i not in (0, len(row) - 1):
            fit = np.polynomial.Polynomial.fit(x[i - 1 : i + 2], row[i - 1 : i + 2], 2)
            points.append((np.log2(size) * np.log(2), fit.deriv().roots()[0]))
    return linregress(*zip(*points, strict=False)).slope


# %% A5.4 right: least squares in torch
def my_exponent(sizes, rates, losses):
    x, rows, peaks = torch.tensor(rates, dtype=torch.float64).log(), [], []
    for size, row in zip(sizes, torch.tensor(losses, dtype=torch.float64), strict=False):
        i = int(row.argmin())
        if 0 < i < len(x) - 1:
            z = x[i - 1 : i + 2] - x[i]
            c = torch.linalg.solve(torch.stack([z**2, z, torch.ones(3)], 1), row[i - 1 : i + 2])
            rows.append([math.log(size), 1.0])
            peaks.append(x[i] - c[1] / (2 * c[0]))
    return torch.linalg.lstsq(torch.tensor(rows, dtype=torch.float64), torch.stack(peaks)[:, None])[0][0]


# %% A5.4 wrong: a parabola through all losses
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sizes, losses, strict=False):
        a, b, _ = np.polyfit(x, row, 2)
        points.append((np.log(size), -b / (2 * a)))
    return np.polyfit(*np.transpose(points), 1)[0]


# %% A5.4 wrong: through the origin
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sizes, losses, strict=False):
        i = int(np.argmin(row))
        if 0 < i < len(rates) - 1:
            a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], row[i - 1 : i + 2], 2)
            points.append((np.log(size), x[i] - b / (2 * a)))
    s, q = np.transpose(points)
    return s @ q / (s @ s)


# %% A5.4 wrong: the size on the logarithm of the peak
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sizes, losses, strict=False):
        i = int(np.argmin(row))
        if 0 < i < len(rates) - 1:
            a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], row[i - 1 : i + 2], 2)
            points.append((x[i] - b / (2 * a), np.log(size)))
    return np.polyfit(*np.transpose(points), 1)[0]


# %% A5.4 wrong: the parabola in the logarithm of the loss
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sizes, np.log(losses), strict=False):
        i = int(np.argmin(row))
        if 0 < i < len(rates) - 1:
            a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], row[i - 1 : i + 2], 2)
            points.append((np.log(size), x[i] - b / (2 * a)))
    return np.polyfit(*np.transpose(points), 1)[0]


# %% A5.4 wrong: the last rate counts as inside
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sizes, losses, strict=False):
        i = min(max(int(np.argmin(row)), 1), len(rates) - 2)
        a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], row[i - 1 : i + 2], 2)
        points.append((np.log(size), x[i] - b / (2 * a)))
    return np.polyfit(*np.transpose(points), 1)[0]


# %% A5.4 wrong: sorts the sizes, not the losses
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sorted(sizes), losses, strict=False):
        i = int(np.argmin(row))
        if 0 < i < len(rates) - 1:
            a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], row[i - 1 : i + 2], 2)
            points.append((np.log(size), x[i] - b / (2 * a)))
    return np.polyfit(*np.transpose(points), 1)[0]


# %% A5.5 right: logarithms, an array
def my_moved(rate, moves):
    found = np.full(3, np.log(rate))
    for factor, low, p, high in moves:
        found += np.log(factor) * np.array([low, p, high] if factor > 1 else [high, p, low])
    return np.exp(found)


# %% A5.5 right: the smallest and largest of every choice
def my_moved(rate, moves):
    from itertools import product

    every = [
        np.prod([m[0] ** m[1 + k] for m, k in zip(moves, which, strict=False)])
        for which in product((0, 2), repeat=len(moves))
    ]
    return rate * min(every), rate * math.prod(m[0] ** m[2] for m in moves), rate * max(every)


# %% A5.5 right: a float64 tensor
def my_moved(rate, moves):
    found = torch.full((3,), rate, dtype=torch.float64)
    for factor, *powers in moves:
        found = found * (factor ** torch.tensor(powers, dtype=torch.float64)).sort().values
    return found


# %% A5.5 wrong: a tuple of two
def my_moved(rate, moves):
    for factor, _low, p, _high in moves:
        rate *= factor**p
    return rate, rate


# %% A5.5 wrong: all exponents added, of the first factor
def my_moved(rate, moves):
    if not moves:
        return [rate] * 3
    factor = moves[0][0]
    return sorted(rate * factor ** sum(m[k] for m in moves) for k in (1, 2, 3))


# %% A5.5 wrong: swapped where the exponent is negative, not the factor
def my_moved(rate, moves):
    found = [rate] * 3
    for factor, *powers in moves:
        powers = powers if powers[1] > 0 else powers[::-1]
        found = [r * factor**p for r, p in zip(found, powers, strict=False)]
    return found


# %% A5.5 wrong: sizes for factors, upside down
def my_moved(rate, moves):
    found = [rate] * 3
    for factor, *powers in moves:
        found = [r * x for r, x in zip(found, sorted((1 / factor) ** p for p in powers), strict=False)]
    return found


# %% A5.5 wrong: the middle of the ends
def my_moved(rate, moves):
    low = high = rate
    for factor, a, _p, b in moves:
        low, high = low * min(factor**a, factor**b), high * max(factor**a, factor**b)
    return [low, (low + high) / 2, high]


# %% A5.5 wrong: float16
def my_moved(rate, moves):
    found = np.full(3, rate, np.float16)
    for factor, *powers in moves:
        found = (found * np.sort(np.float64(factor) ** np.array(powers))).astype(np.float16)
    return found


# %% A5.6 right: torch's own, one weight
def my_adamw(gradients, rates, decay, b1, b2, eps):
    weight, path = torch.nn.Parameter(torch.ones((), dtype=torch.float64)), []
    optimizer = torch.optim.AdamW([weight], betas=(b1, b2), eps=eps, weight_decay=decay)
    for g, rate in zip(gradients, rates, strict=False):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        path.append(weight.detach().clone())
    return torch.stack(path)


# %% A5.6 right: averages as sums, an array
def my_adamw(gradients, rates, decay, b1, b2, eps):
    g, n = np.asarray(gradients), len(gradients)

    def average(values, beta):
        shares = beta ** np.arange(n)
        return np.array([np.average(values[: t + 1], weights=shares[t::-1]) for t in range(n)])

    steps = average(g, b1) / (np.sqrt(average(g**2, b2)) + eps)
    path, w = np.empty(n), 1.0
    for t in range(n):
        path[t] = w = w * (1 - rates[t] * decay) - rates[t] * steps[t]
    return path


# %% A5.6 right: NumPy numbers
def my_adamw(gradients, rates, decay, b1, b2, eps):
    w, m, v, path = np.float64(1), np.float64(0), np.float64(0), []
    for t in range(len(gradients)):
        m += (1 - b1) * (gradients[t] - m)
        v += (1 - b2) * (gradients[t] ** 2 - v)
        hats = m / (1 - b1 ** (t + 1)), v / (1 - b2 ** (t + 1))
        w = w - rates[t] * decay * w - rates[t] * hats[0] / (np.sqrt(hats[1]) + eps)
        path.append(w)
    return path


# %% A5.6 wrong: t from 2
def my_adamw(gradients, rates, decay, b1, b2, eps):
    w, m, v, path = 1.0, 0.0, 0.0, []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=False), start=2):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        w = (1 - rate * decay) * w - rate * m / (1 - b1**t) / (math.sqrt(v / (1 - b2**t)) + eps)
        path.append(w)
    return path


# %% A5.6 wrong: the betas swapped
def my_adamw(gradients, rates, decay, b1, b2, eps):
    w, m, v, path = 1.0, 0.0, 0.0, []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=False), start=1):
        m, v = b2 * m + (1 - b2) * g, b1 * v + (1 - b1) * g**2
        w = (1 - rate * decay) * w - rate * m / (1 - b2**t) / (math.sqrt(v / (1 - b1**t)) + eps)
        path.append(w)
    return path


# %% A5.6 wrong: the root is missing
def my_adamw(gradients, rates, decay, b1, b2, eps):
    w, m, v, path = 1.0, 0.0, 0.0, []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=False), start=1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        w = (1 - rate * decay) * w - rate * m / (1 - b1**t) / (v / (1 - b2**t) + eps)
        path.append(w)
    return path


# %% A5.6 wrong: only the last weight
def my_adamw(gradients, rates, decay, b1, b2, eps):
    w, m, v = 1.0, 0.0, 0.0
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=False), start=1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        w = (1 - rate * decay) * w - rate * m / (1 - b1**t) / (math.sqrt(v / (1 - b2**t)) + eps)
    return [w]


# %% A5.6 wrong: the first weight in the list, the last left out
def my_adamw(gradients, rates, decay, b1, b2, eps):
    w, m, v, path = 1.0, 0.0, 0.0, []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=False), start=1):
        path.append(w)
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        w = (1 - rate * decay) * w - rate * m / (1 - b1**t) / (math.sqrt(v / (1 - b2**t)) + eps)
    return path


# %% A5.6 wrong: the copied attribute, torch keeps its rate
def my_adamw(gradients, rates, decay, b1, b2, eps):
    weight, path = torch.nn.Parameter(torch.ones((), dtype=torch.float64)), []
    optimizer = torch.optim.AdamW([weight], lr=rates[0], betas=(b1, b2), eps=eps, weight_decay=decay)
    for g, rate in zip(gradients, rates, strict=False):
        optimizer._lr = rate
        weight.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        path.append(weight.item())
    return path


# %% A5.6 wrong: the same tensor again and again
def my_adamw(gradients, rates, decay, b1, b2, eps):
    weight, path = torch.nn.Parameter(torch.ones((), dtype=torch.float64)), []
    optimizer = torch.optim.AdamW([weight], betas=(b1, b2), eps=eps, weight_decay=decay)
    for g, rate in zip(gradients, rates, strict=False):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        path.append(weight.detach())
    return torch.stack(path)


# %% A5.7 right: SciPy finds the root
def my_decay_for(rates, left):
    from scipy.optimize import brentq

    return brentq(lambda x: np.prod(1 - x * np.asarray(rates)) - left, 0, 1 / max(rates), xtol=1e-14)


# %% A5.7 right: Newton, from above
def my_decay_for(rates, left):
    r, x = np.asarray(rates), (1 - 1e-9) / max(rates)
    for _ in range(200):
        x -= (np.log1p(-x * r).sum() - np.log(left)) / -(r / (1 - x * r)).sum()
    return x


# %% A5.7 right: halved in torch
def my_decay_for(rates, left):
    r = torch.tensor(rates, dtype=torch.float64)
    low, high = torch.tensor(0.0, dtype=torch.float64), 1 / r.max()
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if (1 - middle * r).prod() > left else (low, middle)
    return middle


# %% A5.7 wrong: two terms of the logarithm
def my_decay_for(rates, left):
    total, squares = sum(rates), sum(r * r for r in rates)
    return (-total + math.sqrt(total**2 - 2 * squares * math.log(left))) / squares


# %% A5.7 wrong: the last rate left out
def my_decay_for(rates, left):
    low, high = 0.0, 1 / max(rates)
    for _ in range(100):
        middle = (low + high) / 2
        many = np.prod([1 - rate * middle for rate in rates[:-1]]) > left
        low, high = (middle, high) if many else (low, middle)
    return low


# %% A5.7 wrong: a coarse grid
def my_decay_for(rates, left):
    grid = np.linspace(0, 1 / max(rates), 1000)
    return grid[np.abs(np.prod(1 - grid[:, None] * np.asarray(rates), axis=1) - left).argmin()]


# %% A5.7 wrong: logarithm to the base 10
def my_decay_for(rates, left):
    return -math.log10(left) / sum(rates)


# %% A5.7 wrong: the product of rate and decay
def my_decay_for(rates, left):
    return 1 - left ** (1 / len(rates))


# %% A5.7 wrong: the first rate for all
def my_decay_for(rates, left):
    return (1 - left ** (1 / len(rates))) / rates[0]


# %% A5.8 right: a list of layers, a NumPy power
def my_groups(shapes, rate, d, decay):
    def layer(name):
        return "blocks." + name.split(".")[1] if name.startswith("blocks.") else name.split(".")[0]

    inside = sorted({layer(n) for n in shapes if n.startswith("blocks.")}, key=lambda x: int(x[7:]))
    order = ["embed", *inside, "head"]
    rates = dict(zip(order, rate * np.float64(d) ** np.arange(len(order))[::-1], strict=False))
    return {n: [rates[layer(n)], decay * (len(s) > 1)] for n, s in shapes.items()}


# %% A5.8 right: a regular expression, arrays
def my_groups(shapes, rate, d, decay):
    import re

    numbers = {n: int(m[1]) for n in shapes if (m := re.match(r"blocks\.(\d+)\.", n))}
    last = max(numbers.values())
    found = {}
    for n, shape in shapes.items():
        power = last - numbers[n] + 1 if n in numbers else {"e": last + 2, "h": 0}[n[0]]
        found[n] = np.array([rate * d**power, 0 if len(shape) == 1 else decay])
    return found


# %% A5.8 right: by multiplying from the head down
def my_groups(shapes, rate, d, decay):
    found, b = {n: rate for n in shapes if n.startswith("head.")}, 0
    while any(n.startswith(f"blocks.{b}.") for n in shapes):
        b += 1
    for k in reversed(range(b)):
        rate *= d
        found |= {n: rate for n in shapes if n.startswith(f"blocks.{k}.")}
    found |= {n: rate * d for n in shapes if n.startswith("embed.")}
    return {n: (found[n], decay if torch.zeros(shapes[n]).ndim >= 2 else 0) for n in shapes}


# %% A5.8 wrong: the embedding has the rate of the first block
def my_groups(shapes, rate, d, decay):
    b = max(int(n.split(".")[1]) for n in shapes if n.startswith("blocks.")) + 1
    found = {}
    for n, s in shapes.items():
        k = {"embed": b, "head": 0}.get(n.split(".")[0])
        k = b - int(n.split(".")[1]) if k is None else k
        found[n] = rate * d**k, decay if len(s) > 1 else 0.0
    return found


# %% A5.8 wrong: the number is one digit
def my_groups(shapes, rate, d, decay):
    b = len({n.split(".")[1] for n in shapes if n.startswith("blocks.")})
    found = {}
    for n, s in shapes.items():
        k = {"e": b + 1, "h": 0}.get(n[0])
        found[n] = rate * d ** (b - int(n[7]) if k is None else k), decay if len(s) > 1 else 0.0
    return found


# %% A5.8 wrong: only the head has the full rate, all others one
def my_groups(shapes, rate, d, decay):
    return {n: (rate if n[0] == "h" else rate * d, decay if len(s) > 1 else 0.0) for n, s in shapes.items()}


# %% A5.8 wrong: the names of norms decay not, biases do
def my_groups(shapes, rate, d, decay):
    b = len({n.split(".")[1] for n in shapes if n.startswith("blocks.")})
    found = {}
    for n, _s in shapes.items():
        k = {"e": b + 1, "h": 0}.get(n[0])
        k = b - int(n.split(".")[1]) if k is None else k
        found[n] = rate * d**k, 0.0 if "norm" in n else decay
    return found


# %% A5.8 wrong: takes the head out of what was given
def my_groups(shapes, rate, d, decay):
    head = {n: shapes.pop(n) for n in list(shapes) if n.startswith("head.")}
    b = len({n.split(".")[1] for n in shapes if n.startswith("blocks.")})
    return {
        n: (rate * d ** (b + 1 if n[0] == "e" else b - int(n.split(".")[1])), decay if len(s) > 1 else 0.0)
        for n, s in shapes.items()
    }


# %% A5.8 wrong: the embedding does not decay
def my_groups(shapes, rate, d, decay):
    b = len({n.split(".")[1] for n in shapes if n.startswith("blocks.")})
    found = {}
    for n, s in shapes.items():
        k = {"e": b + 1, "h": 0}.get(n[0])
        k = b - int(n.split(".")[1]) if k is None else k
        found[n] = rate * d**k, decay if len(s) > 1 and n[0] != "e" else 0.0
    return found


# %% A5.9 right: arrays
def my_rates_for(rates, momenta, dampening):
    return np.array(rates) * (1 - np.array(momenta)) / (1 - dampening)


# %% A5.9 right: a buffer that settles
def my_rates_for(rates, momenta, dampening):
    found = []
    for rate, mu in zip(rates, momenta, strict=False):
        b = 0.0
        for _ in range(4000):
            b = mu * b + (1 - dampening)
        found.append(np.float64(rate) / b)
    return tuple(found)


# %% A5.9 right: a float32 tensor
def my_rates_for(rates, momenta, dampening):
    keep = torch.tensor([1 - mu for mu in momenta], dtype=torch.float32)
    return torch.tensor(rates, dtype=torch.float32) * keep / (1 - dampening)


# %% A5.9 wrong: the rate as it is
def my_rates_for(rates, momenta, dampening):
    return rates


# %% A5.9 wrong: the square, as for noise
def my_rates_for(rates, momenta, dampening):
    return [r * (1 - mu) ** 2 / (1 - dampening) for r, mu in zip(rates, momenta, strict=False)]


# %% A5.9 wrong: times the momentum
def my_rates_for(rates, momenta, dampening):
    return [r * mu / (1 - dampening) for r, mu in zip(rates, momenta, strict=False)]


# %% A5.9 wrong: the mean momentum
def my_rates_for(rates, momenta, dampening):
    return [r * (1 - np.mean(momenta)) / (1 - dampening) for r in rates]


# %% A5.9 wrong: dampening for momentum
def my_rates_for(rates, momenta, dampening):
    return [r * (1 - dampening) / (1 - mu) for r, mu in zip(rates, momenta, strict=False)]


# %% A5.9 wrong: the momentum of the update before
def my_rates_for(rates, momenta, dampening):
    before = [0.0, *momenta[:-1]]
    return [r * (1 - mu) / (1 - dampening) for r, mu in zip(rates, before, strict=False)]


# %% A5.4 wrong: it sorts the sizes that it was given, and the losses with them
def my_exponent(sizes, rates, losses):
    order = np.argsort(sizes)
    losses[:] = [losses[i] for i in order]
    sizes.sort()
    x, points = np.log(rates), []
    for size, row in zip(sizes, losses, strict=True):
        i = int(np.argmin(row))
        if 0 < i < len(rates) - 1:
            a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], row[i - 1 : i + 2], 2)
            points.append((np.log(size), x[i] - b / (2 * a)))
    return np.polyfit(*np.transpose(points), 1)[0]


# %% A5.9 wrong: the rates are changed in place
def my_rates_for(rates, momenta, dampening):
    for i, mu in enumerate(momenta):
        rates[i] *= (1 - mu) / (1 - dampening)
    return rates


# %% A5.1 wrong: the rest only where it fills a micro-batch
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    whole, rest = divmod(examples, rows)
    return rows, epochs * (whole + (keep_rest and rest >= micro))


# %% A5.1 wrong: one update in an epoch at least
def my_plan(examples, micro, pieces, devices, epochs, keep_rest):
    rows = micro * pieces * devices
    return rows, epochs * max(1, -(-examples // rows) if keep_rest else examples // rows)


# %% A5.3 wrong: no case for a signal below 0
def my_noise_scale(small, rows_small, large, rows_large):
    a, b = np.mean(small), np.mean(large)
    trace = (a - b) / (1 / rows_small - 1 / rows_large)
    return trace / (a - trace / rows_small)


# %% A5.3 wrong: it sorts the list that it was given
def my_noise_scale(small, rows_small, large, rows_large):
    small.sort()
    a, b = np.mean(small), np.mean(large)
    trace = (a - b) / (1 / rows_small - 1 / rows_large)
    signal = a - trace / rows_small
    return trace / signal if signal > 0 else math.inf


# %% A5.4 wrong: rates evenly spaced
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sizes, losses, strict=False):
        i = int(np.argmin(row))
        if 0 < i < len(rates) - 1:
            a, b, c = row[i - 1 : i + 2]
            points.append((np.log(size), x[i] + (x[1] - x[0]) * (a - c) / (a - 2 * b + c) / 2))
    return np.polyfit(*np.transpose(points), 1)[0]


# %% A5.4 wrong: from the first size to the last
def my_exponent(sizes, rates, losses):
    x, points = np.log(rates), []
    for size, row in zip(sizes, losses, strict=False):
        i = int(np.argmin(row))
        if 0 < i < len(rates) - 1:
            a, b, _ = np.polyfit(x[i - 1 : i + 2] - x[i], row[i - 1 : i + 2], 2)
            points.append((np.log(size), x[i] - b / (2 * a)))
    (s0, p0), (s1, p1) = min(points), max(points)
    return (p1 - p0) / (s1 - s0)


# %% A5.5 wrong: sorted once, at the end
def my_moved(rate, moves):
    found = [rate] * 3
    for factor, *powers in moves:
        found = [r * factor**p for r, p in zip(found, powers, strict=False)]
    return sorted(found)


# %% A5.5 wrong: one number where nothing moves
def my_moved(rate, moves):
    found = rate
    for factor, *powers in moves:
        found = found * np.sort(np.float64(factor) ** np.array(powers))
    return found


# %% A5.6 wrong: epsilon before the bias is corrected
def my_adamw(gradients, rates, decay, b1, b2, eps):
    w, m, v, path = 1.0, 0.0, 0.0, []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=False), start=1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        step = m / (1 - b1**t) * math.sqrt(1 - b2**t) / (math.sqrt(v) + eps)
        w = (1 - rate * decay) * w - rate * step
        path.append(w)
    return path


# %% A5.6 wrong: torch's own epsilon
def my_adamw(gradients, rates, decay, b1, b2, eps):
    weight, path = torch.nn.Parameter(torch.ones((), dtype=torch.float64)), []
    optimizer = torch.optim.AdamW([weight], betas=(b1, b2), weight_decay=decay)
    for g, rate in zip(gradients, rates, strict=False):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        path.append(weight.item())
    return path


# %% A5.7 wrong: halved until the share is right to a millionth, not the decay
def my_decay_for(rates, left):
    low, high = 0.0, 1 / max(rates)
    while True:
        middle = (low + high) / 2
        off = np.prod([1 - rate * middle for rate in rates]) - left
        if abs(off) < 1e-6:
            return middle
        low, high = (middle, high) if off > 0 else (low, middle)


# %% A5.7 wrong: a bracket from 0 to 10
def my_decay_for(rates, left):
    low, high = 0.0, 10.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        many = np.prod([1 - rate * middle for rate in rates]) > left
        low, high = (middle, high) if many else (low, middle)
    return low


# %% A5.8 wrong: by the words bias and norm
def my_groups(shapes, rate, d, decay):
    b = len({n.split(".")[1] for n in shapes if n.startswith("blocks.")})
    found = {}
    for n in shapes:
        k = {"e": b + 1, "h": 0}.get(n[0])
        k = b - int(n.split(".")[1]) if k is None else k
        found[n] = rate * d**k, 0.0 if "norm" in n or "bias" in n else decay
    return found


# %% A5.8 wrong: the word head, wherever it stands
def my_groups(shapes, rate, d, decay):
    b = len({n.split(".")[1] for n in shapes if n.startswith("blocks.")})
    found = {}
    for n, s in shapes.items():
        k = 0 if "head" in n else b + 1 if "embed" in n else b - int(n.split(".")[1])
        found[n] = rate * d**k, decay if len(s) > 1 else 0.0
    return found


# %% A5.9 wrong: upside down
def my_rates_for(rates, momenta, dampening):
    return [r / (1 - mu) * (1 - dampening) for r, mu in zip(rates, momenta, strict=False)]
