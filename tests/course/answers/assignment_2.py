# %% A2.1 right: a product over epochs that are over
def stairs_factor(t, batches, milestones, divisors):
    over = t // batches
    return math.prod(1 / d for m, d in zip(milestones, divisors) if m <= over)


# %% A2.1 right: an array
def stairs_factor(t, batches, milestones, divisors):
    k = np.searchsorted(np.array(milestones) * batches, t, side="right")
    return 1 / np.prod(divisors[:k])


# %% A2.1 right: a float32 tensor
def stairs_factor(t, batches, milestones, divisors):
    reached = torch.tensor(milestones) * batches <= t
    return torch.where(reached, 1 / torch.tensor(divisors), 1.0).prod()


# %% A2.1 right: the library's, one drop after the other
def stairs_factor(t, batches, milestones, divisors):
    f = parse("constant(1)")
    for m, d in zip(milestones, divisors):
        f = f * parse(f"multistep(({m * batches},), {1 / d})")
    return f(t)


# %% A2.1 wrong: whole division
def stairs_factor(t, batches, milestones, divisors):
    factor = 1
    for m, d in zip(milestones, divisors):
        if t >= m * batches:
            factor = factor // d
    return factor


# %% A2.1 wrong: it grows
def stairs_factor(t, batches, milestones, divisors):
    return math.prod(d for m, d in zip(milestones, divisors) if t >= m * batches)


# %% A2.1 wrong: milestones are waits
def stairs_factor(t, batches, milestones, divisors):
    begins = np.cumsum(milestones) * batches
    return math.prod(1 / d for m, d in zip(begins, divisors) if t >= m)


# %% A2.1 wrong: epochs counted from 1
def stairs_factor(t, batches, milestones, divisors):
    return math.prod(1 / d for m, d in zip(milestones, divisors) if t // batches + 1 >= m)


# %% A2.1 wrong: a smooth slide
def stairs_factor(t, batches, milestones, divisors):
    return math.prod(d ** -min(1, t / (m * batches)) for m, d in zip(milestones, divisors))


# %% A2.1 wrong: always ten
def stairs_factor(t, batches, milestones, divisors):
    return 0.1 ** sum(t >= m * batches for m in milestones)


# %% A2.2 right: the first and the last row
def read_exponential(updates, rates):
    per_update = (math.log(rates[-1]) - math.log(rates[0])) / (updates[-1] - updates[0])
    return rates[0] * math.exp(-per_update * updates[0]), -math.log(10) / per_update


# %% A2.2 right: base 10, least squares, numpy scalars
def read_exponential(updates, rates):
    A = np.column_stack([np.ones(len(updates)), updates])
    a, b = np.linalg.lstsq(A, np.log10(rates), rcond=None)[0]
    return 10**a, -1 / b


# %% A2.2 right: a tensor
def read_exponential(updates, rates):
    t, y = torch.tensor(updates, dtype=torch.float64), torch.tensor(rates, dtype=torch.float64).log()
    slope = ((t - t.mean()) * (y - y.mean())).sum() / ((t - t.mean()) ** 2).sum()
    return torch.stack([(y.mean() - slope * t.mean()).exp(), -math.log(10) / slope])


# %% A2.2 right: a list
def read_exponential(updates, rates):
    fit = distributions_fit(updates, rates)
    return [float(fit[0]), float(fit[1])]


def distributions_fit(updates, rates):
    from scipy.stats import linregress

    line = linregress(updates, np.log(rates))
    return np.exp(line.intercept), -np.log(10) / line.slope


# %% A2.2 wrong: neighbours
def read_exponential(updates, rates):
    gamma = (rates[1] / rates[0]) ** (1 / (updates[1] - updates[0]))
    n = math.log(0.1) / math.log(gamma) if gamma < 1 else math.inf
    return rates[0] / gamma ** updates[0], n


# %% A2.2 wrong: the mean of neighbouring slopes
def read_exponential(updates, rates):
    slope = np.mean(np.diff(np.log(rates)) / np.diff(updates))
    return rates[-1] / math.exp(slope * updates[-1]), -math.log(10) / slope


# %% A2.2 wrong: the whole log is a tenth
def read_exponential(updates, rates):
    return rates[0], updates[-1] - updates[0]


# %% A2.2 wrong: counted from 1
def read_exponential(updates, rates):
    slope, at_zero = np.polyfit(np.array(updates) + 100, np.log(rates), 1)
    return math.exp(at_zero), -math.log(10) / slope


# %% A2.2 wrong: halves
def read_exponential(updates, rates):
    slope, at_zero = np.polyfit(updates, np.log(rates), 1)
    return math.exp(at_zero), -math.log(2) / slope


# %% A2.2 wrong: the logarithm of the base
def read_exponential(updates, rates):
    slope, at_zero = np.polyfit(updates, np.log(rates), 1)
    return at_zero, -math.log(10) / slope


# %% A2.3 right: loops over small helpers
def shape_of(rates):
    T = len(rates)

    def same(values):
        return all(abs(v - values[0]) <= 1e-7 * rates[0] for v in values)

    if same(rates):
        return "constant"
    if sum(a == b for a, b in zip(rates, rates[1:])) >= 0.75 * (T - 1):
        return "steps"
    if same([a - b for a, b in zip(rates, rates[1:])]):
        return "linear"
    if all(abs(b / a * rates[0] / rates[1] - 1) < 1e-8 for a, b in zip(rates, rates[1:])):
        return "exponential"
    c = [math.cos(math.pi * t / T) for t in range(T)]
    slope = (rates[0] - rates[-1]) / (c[0] - c[-1])
    fits = all(abs(r - rates[0] - slope * (x - 1)) < 1e-7 * rates[0] for r, x in zip(rates, c))
    falls_to_0_or_more = 0 < 2 * slope < rates[0] * (1 + 1e-9)
    return "cosine" if fits and falls_to_0_or_more else "something else"


# %% A2.3 right: the library's schedules
def shape_of(rates):
    r, T = np.array(rates) / rates[0], len(rates)
    if np.ptp(r) < 1e-9:
        return "constant"
    if np.count_nonzero(np.diff(r) == 0) >= 0.75 * (T - 1):
        return "steps"
    line = np.linspace(1, r[-1], T)
    if np.allclose(r, line, 1e-7, 1e-9):
        return "linear"
    if np.allclose(r, np.geomspace(1, r[-1], T), 1e-7, 1e-9):
        return "exponential"
    wave = parse("cosine(1, 0, T)", T=T).values(T)
    end = (r[-1] - wave[-1]) / (1 - wave[-1])
    fits = -1e-12 < end < 1 and np.allclose(r, end + (1 - end) * wave, 1e-7, 1e-9)
    return "cosine" if fits else "something else"


# %% A2.3 right: tensors
def shape_of(rates):
    r = torch.tensor(rates, dtype=torch.float64)
    d, q, T = r.diff(), r[1:] / r[:-1], len(r)
    if (r - r[0]).abs().max() < 1e-9:
        return "constant"
    if (d == 0).double().mean() >= 0.75:
        return "steps"
    if (d - d[0]).abs().max() < 1e-8 * r[0]:
        return "linear"
    if (q - q[0]).abs().max() < 1e-8:
        return "exponential"
    X = torch.stack([torch.ones(T).double(), torch.cos(torch.pi * torch.arange(T).double() / T)], 1)
    middle, half = torch.linalg.lstsq(X, r[:, None]).solution[:, 0]
    fits = (middle + half * X[:, 1] - r).abs().max() < 1e-8 * r[0]
    return "cosine" if fits and half > 0 and middle - half > -1e-12 else "something else"


# %% A2.3 wrong: by the end
def shape_of(rates):
    if rates[-1] == rates[0]:
        return "constant"
    return "cosine" if rates[-1] < 0.01 * rates[0] else "exponential"


# %% A2.3 wrong: no steps
def shape_of(rates):
    r = np.array(rates)
    if np.ptp(r) < 1e-9:
        return "constant"
    if np.ptp(np.diff(r)) < 1e-9:
        return "linear"
    return "exponential" if np.ptp(r[1:] / r[:-1]) < 1e-9 else "something else"


# %% A2.3 wrong: roughly linear is linear
def shape_of(rates):
    r, T = np.array(rates), len(rates)
    d = np.diff(r)
    if np.ptp(r) < 1e-9:
        return "constant"
    if (d == 0).mean() >= 0.75:
        return "steps"
    if abs(np.corrcoef(r, np.arange(T))[0, 1]) > 0.98:
        return "linear"
    if np.ptp(r[1:] / r[:-1]) < 1e-9:
        return "exponential"
    return "cosine"


# %% A2.3 wrong: a cosine that is at its floor in the last update
def shape_of(rates):
    r, T = np.array(rates), len(rates)
    d, wave = np.diff(r), (1 + np.cos(np.pi * np.arange(T) / (T - 1))) / 2
    if np.ptp(r) < 1e-9:
        return "constant"
    if (d == 0).mean() >= 0.75:
        return "steps"
    if np.ptp(d) < 1e-9:
        return "linear"
    if np.ptp(r[1:] / r[:-1]) < 1e-9:
        return "exponential"
    return "cosine" if np.allclose(r, r[-1] + (r[0] - r[-1]) * wave, 1e-7) else "something else"


# %% A2.3 wrong: capitals
def shape_of(rates):
    d = np.diff(rates)
    return "Constant" if not d.any() else "Linear" if np.ptp(d) < 1e-9 else "Something else"


# %% A2.3 wrong: steps at one drop only
def shape_of(rates):
    r = np.array(rates)
    d = np.diff(r)
    if np.ptp(r) < 1e-9:
        return "constant"
    if (d != 0).sum() == 1:
        return "steps"
    if np.ptp(d) < 1e-9:
        return "linear"
    return "exponential" if np.ptp(r[1:] / r[:-1]) < 1e-9 else "cosine"


# %% A2.4 right: the closed form
def left_and_noise(rates, h, sigma, start):
    r = np.array(rates)
    shrinks = (1 - r * h) ** 2
    after = np.append(np.cumprod(shrinks[::-1])[::-1], 1.0)
    return h / 2 * start**2 * after[0], h / 2 * (r**2 * h * sigma**2 * after[1:]).sum()


# %% A2.4 right: positions and variances
def left_and_noise(rates, h, sigma, start):
    x, variance = float(start), 0.0
    for rate in rates:
        x -= rate * h * x
        variance = variance * (1 - rate * h) ** 2 + (rate * sigma) ** 2 * h
    return [h * x**2 / 2, h * variance / 2]


# %% A2.4 right: tensors
def left_and_noise(rates, h, sigma, start):
    both = torch.tensor([start**2, 0.0], dtype=torch.float64)
    for rate in torch.tensor(rates, dtype=torch.float64):
        both = both * (1 - rate * h) ** 2
        both[1] += rate**2 * h * sigma**2
    return both * h / 2


# %% A2.4 right: the library's exact loss
def left_and_noise(rates, h, sigma, start):
    from lrlib import theory

    return tuple(theory.expected_loss(rates, [h], *given)[-1] for given in ((0.0, start), (sigma, 0.0)))


# %% A2.4 wrong: the noise floor of the last rate
def left_and_noise(rates, h, sigma, start):
    left = h / 2 * start**2 * np.prod((1 - np.array(rates) * h) ** 2)
    u = rates[-1] * h if rates else 0.0
    return left, sigma**2 / 2 * u / (2 - u)


# %% A2.4 wrong: the rates in the other order
def left_and_noise(rates, h, sigma, start):
    left, noise = start**2, 0.0
    for rate in rates[::-1]:
        shrinks = (1 - rate * h) ** 2
        left, noise = left * shrinks, noise * shrinks + rate**2 * h * sigma**2
    return h / 2 * left, h / 2 * noise


# %% A2.4 wrong: the noise is in the total
def left_and_noise(rates, h, sigma, start):
    left, both = start**2, start**2
    for rate in rates:
        shrinks = (1 - rate * h) ** 2
        left, both = left * shrinks, both * shrinks + rate**2 * h * sigma**2
    return h / 2 * left, h / 2 * both


# %% A2.4 wrong: a rate, not its square
def left_and_noise(rates, h, sigma, start):
    left, noise = start**2, 0.0
    for rate in rates:
        shrinks = (1 - rate * h) ** 2
        left, noise = left * shrinks, noise * shrinks + rate * h * sigma**2
    return h / 2 * left, h / 2 * noise


# %% A2.4 wrong: the first update is left out
def left_and_noise(rates, h, sigma, start):
    left, noise = start**2, 0.0
    for rate in rates[1:]:
        shrinks = (1 - rate * h) ** 2
        left, noise = left * shrinks, noise * shrinks + rate**2 * h * sigma**2
    return h / 2 * left, h / 2 * noise


# %% A2.4 wrong: the mean squares
def left_and_noise(rates, h, sigma, start):
    left, noise = start**2, 0.0
    for rate in rates:
        shrinks = (1 - rate * h) ** 2
        left, noise = left * shrinks, noise * shrinks + rate**2 * h * sigma**2
    return left, noise


# %% A2.5 right: torch's own pieces
def hold_then_line(optimizer, hold, T):
    from torch.optim.lr_scheduler import ConstantLR, LinearLR, SequentialLR

    line = LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=T - hold)
    if hold == 0:
        return line
    wait = ConstantLR(optimizer, factor=1.0, total_iters=hold)
    return SequentialLR(optimizer, [wait, line], milestones=[hold])


# %% A2.5 right: of lrlib
def hold_then_line(optimizer, hold, T):
    from lrlib.optim import ScheduleLR

    return ScheduleLR(optimizer, constant(1, hold) >> linear(1, 0, T - hold) if hold else linear(1, 0, T))


# %% A2.5 right: an interpolation
def hold_then_line(optimizer, hold, T):
    return LambdaLR(optimizer, lambda t: np.interp(t, [hold, T], [1.0, 0.0]))


# %% A2.5 right: an object with a step
def hold_then_line(optimizer, hold, T):
    class Line:
        def __init__(self):
            self.t, self.bases = 0, [group["lr"] for group in optimizer.param_groups]

        def step(self):
            self.t += 1
            for base, group in zip(self.bases, optimizer.param_groups):
                group["lr"] = base * min(1.0, max(0.0, (T - self.t) / (T - hold)))

    return Line()


# %% A2.5 right: a table of tensors
def hold_then_line(optimizer, hold, T):
    factors = torch.cat([torch.ones(hold).double(), torch.linspace(1, 0, T - hold + 1, dtype=torch.float64)])
    return LambdaLR(optimizer, lambda t: factors[min(t, T)].item())


# %% A2.5 wrong: the copied snippet
def hold_then_line(optimizer, hold, T):
    class Line:
        t = 0

        def step(self):
            self.t += 1
            optimizer._lr = optimizer.param_groups[0]["lr"] * min(1.0, max(0.0, (T - self.t) / (T - hold)))

    return Line()


# %% A2.5 wrong: only the first group
def hold_then_line(optimizer, hold, T):
    base = optimizer.param_groups[0]["lr"]

    class Line:
        t = 0

        def step(self):
            self.t += 1
            for group in optimizer.param_groups:
                group["lr"] = base * min(1.0, max(0.0, (T - self.t) / (T - hold)))

    return Line()


# %% A2.5 wrong: the factor is multiplied onto the rate
def hold_then_line(optimizer, hold, T):
    from torch.optim.lr_scheduler import MultiplicativeLR

    return MultiplicativeLR(optimizer, lambda t: 1 - min(max((t - hold) / (T - hold), 0), 1))


# %% A2.5 wrong: float32
def hold_then_line(optimizer, hold, T):
    return LambdaLR(optimizer, lambda t: float(np.float32(1 - min(max((t - hold) / (T - hold), 0), 1))))


# %% A2.5 wrong: the wave climbs again
def hold_then_line(optimizer, hold, T):
    return LambdaLR(optimizer, lambda t: abs(1 - max((t - hold) / (T - hold), 0)))


# %% A2.5 wrong: whole division
def hold_then_line(optimizer, hold, T):
    return LambdaLR(optimizer, lambda t: 1 - min(max((t - hold) // (T - hold), 0), 1))


# %% A2.5 wrong: torch's line with T updates
def hold_then_line(optimizer, hold, T):
    from torch.optim.lr_scheduler import LinearLR

    return LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=T - 1)


# %% A2.5 wrong: a milestone one late
def hold_then_line(optimizer, hold, T):
    return LambdaLR(optimizer, lambda t: 1 - min(max((t - hold - 1) / (T - hold), 0), 1))


# %% A2.6 right: a search
def first_at_most(share, T, floor):
    for t in range(T + 1):
        if floor + (1 - floor) * (1 + math.cos(math.pi * t / T)) / 2 <= share:
            return t
    return float("inf")


# %% A2.6 right: an array of factors
def first_at_most(share, T, floor):
    below = np.flatnonzero(parse(f"cosine(1, {floor!r}, {T})").values(T + 1) <= share)
    return below[0] if len(below) else np.inf


# %% A2.6 right: a tensor
def first_at_most(share, T, floor):
    if share < floor:
        return torch.tensor(torch.inf)
    p = torch.tensor(2 * (share - floor) / (1 - floor) - 1, dtype=torch.float64).clamp(-1, 1)
    return torch.ceil(T * torch.acos(p) / torch.pi)


# %% A2.6 right: a numpy scalar
def first_at_most(share, T, floor):
    if share < floor:
        return np.float64(np.inf)
    return np.ceil(np.arccos(np.clip(2 * (share - floor) / (1 - floor) - 1, -1, 1)) * T / np.pi)


# %% A2.6 wrong: the floor clips
def first_at_most(share, T, floor):
    if share < floor:
        return math.inf
    return math.ceil(T / math.pi * math.acos(min(2 * share - 1, 1)))


# %% A2.6 wrong: degrees
def first_at_most(share, T, floor):
    if share < floor:
        return math.inf
    return math.ceil(T / 180 * math.acos(min(2 * (share - floor) / (1 - floor) - 1, 1)))


# %% A2.6 wrong: T where it never is
def first_at_most(share, T, floor):
    if share < floor:
        return T
    return math.ceil(T / math.pi * math.acos(min(2 * (share - floor) / (1 - floor) - 1, 1)))


# %% A2.6 wrong: an acos of the share
def first_at_most(share, T, floor):
    if share < floor:
        return math.inf
    return math.ceil(T / math.pi * math.acos(min(share, 1)))


# %% A2.6 wrong: rounded to the nearest
def first_at_most(share, T, floor):
    if share < floor:
        return math.inf
    return round(T / math.pi * math.acos(min(2 * (share - floor) / (1 - floor) - 1, 1)))


# %% A2.6 wrong: an exponential
def first_at_most(share, T, floor):
    if share < floor:
        return math.inf
    return 0 if share >= 1 else math.ceil(-T * math.log10(share))


# %% A2.7 right: a loop
def stops(budget, cycles, t_mult):
    T_0 = 0
    while (T_0 + 1) * sum(t_mult**i for i in range(cycles)) <= budget:
        T_0 += 1
    out, done, length = [], 0, T_0
    for _ in range(cycles if T_0 else 0):
        done, length = done + length, length * t_mult
        out.append(done)
    return out


# %% A2.7 right: a formula, an array
def stops(budget, cycles, t_mult):
    sums = np.array([i if t_mult == 1 else (t_mult**i - 1) // (t_mult - 1) for i in range(1, cycles + 1)])
    T_0 = budget // sums[-1]
    return T_0 * sums if T_0 else np.array([])


# %% A2.7 right: a tensor
def stops(budget, cycles, t_mult):
    lengths = torch.tensor([t_mult**i for i in range(cycles)])
    T_0 = budget // lengths.sum()
    return (T_0 * lengths).cumsum(0) if T_0 > 0 else torch.tensor([])


# %% A2.7 right: a tuple becomes a list
def stops(budget, cycles, t_mult):
    total = sum(t_mult**i for i in range(cycles))
    ends = tuple(budget // total * sum(t_mult**i for i in range(k + 1)) for k in range(cycles))
    return list(ends) if ends[0] else []


# %% A2.7 wrong: one cycle more
def stops(budget, cycles, t_mult):
    lengths = [t_mult**i for i in range(cycles + 1)]
    T_0 = budget // sum(lengths)
    return np.cumsum([T_0 * length for length in lengths]).tolist() if T_0 else []


# %% A2.7 wrong: lengths grow by adding
def stops(budget, cycles, t_mult):
    lengths = [1 + (t_mult - 1) * i for i in range(cycles)]
    T_0 = budget // sum(lengths)
    return np.cumsum([T_0 * length for length in lengths]).tolist() if T_0 else []


# %% A2.7 wrong: zeros where nothing fits
def stops(budget, cycles, t_mult):
    lengths = [t_mult**i for i in range(cycles)]
    T_0 = budget // sum(lengths)
    return np.cumsum([T_0 * length for length in lengths]).tolist()


# %% A2.7 wrong: the last updates, counted from 0
def stops(budget, cycles, t_mult):
    lengths = [t_mult**i for i in range(cycles)]
    T_0 = budget // sum(lengths)
    return [int(end) - 1 for end in np.cumsum([T_0 * length for length in lengths])] if T_0 else []


# %% A2.7 wrong: the first cycle is at least one
def stops(budget, cycles, t_mult):
    lengths = [t_mult**i for i in range(cycles)]
    T_0 = max(1, budget // sum(lengths))
    return np.cumsum([T_0 * length for length in lengths]).tolist()


# %% A2.7 wrong: the longest first
def stops(budget, cycles, t_mult):
    lengths = [t_mult**i for i in range(cycles)][::-1]
    T_0 = budget // sum(lengths)
    return np.cumsum([T_0 * length for length in lengths]).tolist() if T_0 else []


# %% A2.8 right: loops
def fault_of(intended, used):
    T = len(used)

    def fits(rate, upto=T):
        return all(abs(used[t] - rate(t)) <= 1e-6 * abs(rate(t)) for t in range(upto))

    products = [intended[0]]
    for rate in intended[1:]:
        products.append(products[-1] * rate / intended[0])
    if fits(lambda t: intended[t]):
        return "as intended"
    if fits(lambda t: intended[0]):
        return "never applied"
    if fits(lambda t: intended[max(t - 1, 0)]):
        return "one late"
    if fits(lambda t: intended[t + 1], T - 1):
        return "one early"
    for k in range(2, T):
        if fits(lambda t, k=k: intended[t // k]):
            return "called too seldom"
    return "compounding" if fits(lambda t: products[t]) else "something else"


# %% A2.8 right: k from the first change
def fault_of(intended, used):
    i, u = np.array(intended), np.array(used)

    def same(a, b):
        return np.allclose(a, b, rtol=1e-7, atol=0)

    changes = np.flatnonzero(np.diff(u))
    k = int(changes[0]) + 1 if len(changes) else len(u)
    tests = {
        "as intended": same(u, i),
        "never applied": same(u, i[0]),
        "one late": u[0] == i[0] and same(u[1:], i[:-1]),
        "one early": same(u[:-1], i[1:]),
        "called too seldom": k > 1 and same(u, i[np.arange(len(u)) // k]),
        "compounding": same(u, i[0] * np.cumprod(i / i[0])),
        "something else": True,
    }
    return next(name for name, fits in tests.items() if fits)


# %% A2.8 right: tensors
def fault_of(intended, used):
    i, u = (torch.tensor(x, dtype=torch.float64) for x in (intended, used))

    def same(a, b):
        return bool(torch.isclose(a, b, rtol=1e-6, atol=0.0).all())

    if same(u, i):
        return "as intended"
    if same(u, i[0].expand(len(i))):
        return "never applied"
    if same(u, torch.cat([i[:1], i[:-1]])):
        return "one late"
    if same(u[:-1], i[1:]):
        return "one early"
    if any(same(u, i.repeat_interleave(k)[: len(i)]) for k in range(2, len(i))):
        return "called too seldom"
    return "compounding" if same(u, i[0] * (i / i[0]).cumprod(0)) else "something else"


# %% A2.8 wrong: what is no gap in the first and last update is none
def fault_of(intended, used):
    if used[0] == intended[0] and used[-1] == intended[-1]:
        return "as intended"
    return "one late" if used[1] == intended[0] else "something else"


# %% A2.8 wrong: a staircase is enough
def fault_of(intended, used):
    i, u = np.array(intended), np.array(used)
    if np.allclose(i, u):
        return "as intended"
    if np.allclose(u, u[0]):
        return "never applied"
    if np.allclose(u[1:], i[:-1]):
        return "one late"
    if np.allclose(u[:-1], i[1:]):
        return "one early"
    if (np.diff(u) == 0).mean() > 0.4:
        return "called too seldom"
    return "compounding" if np.allclose(u, i[0] * np.cumprod(i / i[0])) else "something else"


# %% A2.8 wrong: shorter words
def fault_of(intended, used):
    return "fine" if np.allclose(intended, used) else "late" if used[0] == used[1] else "early"


# %% A2.8 wrong: never "something else"
def fault_of(intended, used):
    i, u = np.array(intended), np.array(used)
    gaps = {
        "as intended": abs(u - i).sum(),
        "never applied": abs(u - i[0]).sum(),
        "one late": abs(u[1:] - i[:-1]).sum(),
        "one early": abs(u[:-1] - i[1:]).sum(),
        "compounding": abs(u - i[0] * np.cumprod(i / i[0])).sum(),
        "called too seldom": min(abs(u - i[np.arange(len(u)) // k]).sum() for k in range(2, len(u))),
    }
    return min(gaps, key=gaps.get)


# %% A2.8 wrong: a wide tolerance
def fault_of(intended, used):
    i, u = np.array(intended), np.array(used)
    if np.allclose(i, u, rtol=0.3, atol=0.1):
        return "as intended"
    if np.allclose(u, i[0]):
        return "never applied"
    return "compounding" if u[-1] < i[-1] else "called too seldom"


# %% A2.8 wrong: the square
def fault_of(intended, used):
    i, u = np.array(intended), np.array(used)
    if np.allclose(i, u):
        return "as intended"
    if np.allclose(u, i[0]):
        return "never applied"
    if np.allclose(u[1:], i[:-1]):
        return "one late"
    if np.allclose(u[:-1], i[1:]):
        return "one early"
    if any(np.allclose(u, np.repeat(i, k)[: len(i)]) for k in range(2, len(i))):
        return "called too seldom"
    return "compounding" if np.allclose(u[1:], i[1:] ** 2 / i[0]) else "something else"


# %% A2.9 right: a loop
def loss_at_reach(peaks, losses, factors, reach):
    reaches = [peak * sum(factors) for peak in peaks]
    for low, high, a, b in zip(reaches, reaches[1:], losses, losses[1:]):
        if low <= reach <= high:
            return a + (b - a) * (reach - low) / (high - low)
    return float("nan")


# %% A2.9 right: the peak that has it
def loss_at_reach(peaks, losses, factors, reach):
    peak = reach / np.sum(factors)
    return np.interp(peak, peaks, losses) if peaks[0] <= peak <= peaks[-1] else np.nan


# %% A2.9 right: scipy
def loss_at_reach(peaks, losses, factors, reach):
    from scipy.interpolate import interp1d

    return interp1d(np.array(peaks) * np.sum(factors), losses, bounds_error=False)(reach)


# %% A2.9 right: tensors
def loss_at_reach(peaks, losses, factors, reach):
    x, y = torch.tensor(peaks, dtype=torch.float64) * sum(factors), torch.tensor(losses, dtype=torch.float64)
    if not x[0] <= reach <= x[-1]:
        return torch.nan
    k = int(torch.searchsorted(x, reach).clamp(1, len(x) - 1))
    w = (reach - x[k - 1]) / (x[k] - x[k - 1])
    return (1 - w) * y[k - 1] + w * y[k]


# %% A2.9 wrong: never nan
def loss_at_reach(peaks, losses, factors, reach):
    x = np.array(peaks) * np.sum(factors)
    slope, rest = np.polyfit(x, losses, 1)
    return slope * reach + rest


# %% A2.9 wrong: the number of updates, not the sum of factors
def loss_at_reach(peaks, losses, factors, reach):
    return float(np.interp(reach, np.array(peaks) * len(factors), losses, left=math.nan, right=math.nan))


# %% A2.9 wrong: the run below
def loss_at_reach(peaks, losses, factors, reach):
    x = np.array(peaks) * np.sum(factors)
    if not x[0] <= reach <= x[-1]:
        return math.nan
    return losses[int(np.searchsorted(x, reach)) - 1]


# %% A2.9 wrong: the lowest loss within the reach
def loss_at_reach(peaks, losses, factors, reach):
    x = np.array(peaks) * np.sum(factors)
    if not x[0] <= reach <= x[-1]:
        return math.nan
    return min(loss for at, loss in zip(x, losses) if at <= reach)


# %% A2.9 wrong: the first factor left out
def loss_at_reach(peaks, losses, factors, reach):
    x = np.array(peaks) * np.sum(factors[1:])
    return float(np.interp(reach, x, losses, left=math.nan, right=math.nan))


# %% A2.9 wrong: the middle of both
def loss_at_reach(peaks, losses, factors, reach):
    x = np.array(peaks) * np.sum(factors)
    if not x[0] <= reach <= x[-1]:
        return math.nan
    k = int(np.searchsorted(x, reach))
    return (losses[k - 1] + losses[k]) / 2


# %% A2.1 wrong: the divisors are used up
def stairs_factor(t, batches, milestones, divisors):
    factor = 1.0
    while milestones and t >= milestones[0] * batches:
        milestones.pop(0)
        factor /= divisors.pop(0)
    return factor


# %% A2.2 wrong: a whole number of updates
def read_exponential(updates, rates):
    slope, at_zero = np.polyfit(updates, np.log(rates), 1)
    return math.exp(at_zero), round(-math.log(10) / slope)


# %% A2.2 wrong: the last two rows
def read_exponential(updates, rates):
    slope = math.log(rates[-1] / rates[-2]) / (updates[-1] - updates[-2]) or -1e-9
    return rates[-1] * math.exp(-slope * updates[-1]), -math.log(10) / slope


# %% A2.3 wrong: any cosine, whichever way and however deep
def shape_of(rates):
    r, T = np.array(rates), len(rates)
    d, wave = np.diff(r), (1 + np.cos(np.pi * np.arange(T) / T)) / 2
    if np.ptp(r) < 1e-9:
        return "constant"
    if (d == 0).mean() >= 0.75:
        return "steps"
    if np.ptp(d) < 1e-9:
        return "linear"
    if np.ptp(r[1:] / r[:-1]) < 1e-9:
        return "exponential"
    end = (r[-1] - r[0] * wave[-1]) / (1 - wave[-1])
    return "cosine" if np.allclose(r, end + (r[0] - end) * wave, 1e-6, 0) else "something else"


# %% A2.3 wrong: right to a thousandth
def shape_of(rates):
    r, T = np.array(rates), len(rates)
    d, wave = np.diff(r), (1 + np.cos(np.pi * np.arange(T) / T)) / 2
    if np.ptp(r) < 1e-3 * r[0]:
        return "constant"
    if (d == 0).mean() >= 0.75:
        return "steps"
    if np.ptp(d) < 1e-3 * r[0]:
        return "linear"
    if np.ptp(r[1:] / r[:-1]) < 1e-3:
        return "exponential"
    end = (r[-1] - r[0] * wave[-1]) / (1 - wave[-1])
    fits = 0 <= end + 1e-9 < r[0] and np.allclose(r, end + (r[0] - end) * wave, 1e-3, 0)
    return "cosine" if fits else "something else"


# %% A2.6 wrong: a search that stops before T
def first_at_most(share, T, floor):
    for t in range(T):
        if floor + (1 - floor) * (1 + math.cos(math.pi * t / T)) / 2 <= share:
            return t
    return math.inf


# %% A2.6 wrong: below, not at most
def first_at_most(share, T, floor):
    for t in range(T + 1):
        if floor + (1 - floor) * (1 + math.cos(math.pi * t / T)) / 2 < share:
            return t
    return math.inf


# %% A2.9 wrong: nan at the ends, too
def loss_at_reach(peaks, losses, factors, reach):
    x = np.array(peaks) * np.sum(factors)
    return float(np.interp(reach, x, losses)) if x[0] < reach < x[-1] else math.nan
