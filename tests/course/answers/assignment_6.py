# %% A6.1 right: the library's pieces
def my_factor(t, first, peak, end, after):
    from lrlib.schedules import cosine, cosine_wave, linear

    down = cosine_wave(end - peak) if after == "rises" else cosine(1, 0, end - peak)
    return (linear(first, 1, peak) >> down)(t)


# %% A6.1 right: NumPy numbers
def my_factor(t, first, peak, end, after):
    turned = np.clip(t - peak, 0, end - peak if after == "holds" else np.inf) / (end - peak)
    climbed = np.interp(t, [0, peak], [first, 1]) if peak else np.float64(1)
    return climbed * (np.cos(np.pi * turned) + 1) / 2


# %% A6.1 right: a float32 tensor
def my_factor(t, first, peak, end, after):
    if peak > t:
        return torch.lerp(torch.tensor(first), torch.tensor(1.0), t / peak)
    if after == "holds" and t > end:
        t = end
    return torch.cos(torch.tensor(math.pi * (t - peak) / (end - peak)) / 2) ** 2


# %% A6.1 wrong: the peak comes one update late
def my_factor(t, first, peak, end, after):
    if t <= peak:
        return first + (1 - first) * t / (peak + 1)
    if t >= end and after == "holds":
        return 0.0
    return (1 + math.cos(math.pi * (t - peak) / (end - peak))) / 2


# %% A6.1 wrong: degrees
def my_factor(t, first, peak, end, after):
    if t < peak:
        return first + (1 - first) * t / peak
    if t >= end and after == "holds":
        return 0.0
    return (1 + math.cos(180 * (t - peak) / (end - peak))) / 2


# %% A6.1 wrong: without a warmup it divides by zero
def my_factor(t, first, peak, end, after):
    climb = first + (1 - first) * t / peak
    if t < peak:
        return climb
    if t >= end and after == "holds":
        return 0.0
    return (1 + math.cos(math.pi * (t - peak) / (end - peak))) / 2


# %% A6.1 wrong: it stays at the rate of the last update
def my_factor(t, first, peak, end, after):
    if t < peak:
        return first + (1 - first) * t / peak
    t = min(t, end - 1) if after == "holds" else t
    return (1 + math.cos(math.pi * (t - peak) / (end - peak))) / 2


# %% A6.1 wrong: a line down
def my_factor(t, first, peak, end, after):
    if t < peak:
        return first + (1 - first) * t / peak
    return max(0.0, 1 - (t - peak) / (end - peak))


# %% A6.1 wrong: whole numbers divided
def my_factor(t, first, peak, end, after):
    if t < peak:
        return first + (1 - first) * (t // peak)
    if t >= end and after == "holds":
        return 0.0
    return (1 + math.cos(math.pi * (t - peak) / (end - peak))) / 2


# %% A6.2 right: a table of units
def my_updates(text, per_epoch, total, rows):
    for unit, one in {"ep": per_epoch, "ba": 1, "dur": total}.items():
        if text.endswith(unit):
            return round(float(text[: -len(unit)]) * one)
    return math.ceil(int(text[:-2]) / rows)


# %% A6.2 right: a regular expression, a NumPy number
def my_updates(text, per_epoch, total, rows):
    import re

    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()
    if unit == "sp":
        return np.ceil(float(number) / rows)
    return np.rint(float(number) * {"ep": per_epoch, "ba": 1, "dur": total}[unit])


# %% A6.2 right: decimals, samples counted one update after the other
def my_updates(text, per_epoch, total, rows):
    from decimal import Decimal

    if text[-2:] == "sp":
        seen = updates = 0
        while seen < int(text[:-2]):
            seen, updates = seen + rows, updates + 1
        return torch.tensor(updates)
    number = Decimal(text.strip("epbadur"))
    times = per_epoch if "ep" in text else total if "dur" in text else 1
    return int((number * times).to_integral_value())


# %% A6.2 wrong: rounded up throughout
def my_updates(text, per_epoch, total, rows):
    number = float(text.rstrip("epbasdur"))
    unit = text.lstrip("0123456789.")
    return math.ceil(number * {"ep": per_epoch, "ba": 1, "sp": 1 / rows, "dur": total}[unit])


# %% A6.2 wrong: rounded throughout
def my_updates(text, per_epoch, total, rows):
    number = float(text.rstrip("epbasdur"))
    unit = text.lstrip("0123456789.")
    return round(number * {"ep": per_epoch, "ba": 1, "sp": 1 / rows, "dur": total}[unit])


# %% A6.2 wrong: dur is three letters
def my_updates(text, per_epoch, total, rows):
    number, unit = float(text[:-2].rstrip("d")), text[-2:]
    return math.ceil(number * {"ep": per_epoch, "ba": 1, "sp": 1 / rows, "ur": per_epoch}[unit])


# %% A6.2 wrong: batches are micro-batches of rows
def my_updates(text, per_epoch, total, rows):
    number = float(text.rstrip("epbasdur"))
    unit = text.lstrip("0123456789.")
    if unit == "ba":
        return round(number / rows)
    if unit == "sp":
        return math.ceil(number / rows)
    return round(number * {"ep": per_epoch, "dur": total}[unit])


# %% A6.2 wrong: samples in epochs
def my_updates(text, per_epoch, total, rows):
    number = float(text.rstrip("epbasdur"))
    unit = text.lstrip("0123456789.")
    return round(number * {"ep": per_epoch, "ba": 1, "sp": 1 / per_epoch, "dur": total}[unit])


# %% A6.3 right: fitted to every candidate
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    t = np.arange(len(rates))

    def off(T):
        down = (1 + np.cos(np.pi * np.clip(t - W, 0, T - W) / (T - W))) / 2
        return np.abs(np.where(t < W, t / W, down) * peak - rates).max()

    return peak, W, min(range(W + 2, W + 400), key=off)


# %% A6.3 right: the angle at the last update before the zero, tensors
def my_settings(rates):
    r = torch.tensor(rates, dtype=torch.float64)
    peak, W = r.max(), int(r.argmax())
    turned = torch.acos((2 * r[W:][r[W:] > 0] / peak - 1).clamp(-1, 1))
    return peak, torch.tensor(W), W + torch.round(math.pi * (len(turned) - 1) / turned[-1])


# %% A6.3 right: NumPy, the angle of an update from several
def my_settings(rates):
    r = np.asarray(rates) / max(rates)
    W = r.argmax()
    turned = np.arccos(np.clip(2 * r[W : W + 6] - 1, -1, 1))
    return np.array([max(rates), W, W + np.rint(np.pi / np.diff(turned).mean())])


# %% A6.3 wrong: the log ends where the schedule does
def my_settings(rates):
    return max(rates), rates.index(max(rates)), len(rates)


# %% A6.3 wrong: as long again as the half
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    half = [t for t in range(W, len(rates)) if rates[t] <= peak / 2]
    return peak, W, W + 2 * (half[0] - W) if half else 2 * len(rates)


# %% A6.3 wrong: a straight line down
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    return peak, W, W + round(5 * peak / (peak - rates[W + 5]))


# %% A6.3 wrong: one update more
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    return peak, W, W + 1 + round(math.pi * 5 / math.acos(2 * rates[W + 5] / peak - 1))


# %% A6.3 wrong: rounded down
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    return peak, W, W + int(math.pi * 5.2 / math.acos(2 * rates[W + 5] / peak - 1))


# %% A6.3 wrong: T and W swapped
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    return peak, W + round(math.pi * 5 / math.acos(2 * rates[W + 5] / peak - 1)), W


# %% A6.4 right: every library by name
def my_arguments(library, T, W, peak, floor):
    low = {"min_factor": floor / peak, "warmup_steps": W}
    rate = {"min_lr": floor, "base_lr": peak, "warmup_steps": W, "total_steps": T}
    return {
        "hf": {**low, "total_steps": T},
        "optax": {**low, "total_steps": T},
        "composer": {**low, "total_steps": T},
        "keras": {**low, "decay_steps": T - W},
        "timm": {**rate, "warmup_prefix": True},
        "megatron": rate,
        "nanogpt": rate,
    }[library.split(".")[0]]


# %% A6.4 right: a base rate of 1
def my_arguments(library, T, W, peak, floor):
    if library in ("timm.cosine", "megatron.cosine", "nanogpt.cosine_from_zero"):
        found = {"total_steps": T, "min_lr": floor / peak, "base_lr": 1.0}
    else:
        found = {"total_steps": T, "min_factor": floor / peak}
    if library[:5] == "keras":
        found["decay_steps"] = found.pop("total_steps") - W
    if library[:4] == "timm":
        found["warmup_prefix"] = True
    return found | {"warmup_steps": W}


# %% A6.4 right: NumPy numbers
def my_arguments(library, T, W, peak, floor):
    name = library.partition(".")[0]
    found = {"warmup_steps": W, "total_steps": T, "min_factor": np.float64(floor) / peak}
    if name in {"timm", "megatron", "nanogpt"}:
        found["min_lr"], found["base_lr"] = np.float64(found.pop("min_factor") * peak), np.float64(peak)
    if name == "timm":
        found["warmup_prefix"] = True
    if name == "keras":
        found["decay_steps"] = found.pop("total_steps") - W
    return found


# %% A6.4 wrong: everywhere T - W
def my_arguments(library, T, W, peak, floor):
    found = {"warmup_steps": W, "decay_steps" if library[0] == "k" else "total_steps": T - W}
    if library.split(".")[0] in ("timm", "megatron", "nanogpt"):
        found |= {"min_lr": floor, "base_lr": peak}
    else:
        found["min_factor"] = floor / peak
    return found | ({"warmup_prefix": True} if library[0] == "t" else {})


# %% A6.4 wrong: min_factor everywhere
def my_arguments(library, T, W, peak, floor):
    found = {"warmup_steps": W, "min_factor": floor / peak}
    found["decay_steps" if library[0] == "k" else "total_steps"] = T - W if library[0] == "k" else T
    return found | ({"warmup_prefix": True} if library[0] == "t" else {})


# %% A6.4 wrong: upside down
def my_arguments(library, T, W, peak, floor):
    found = {"warmup_steps": W}
    found["decay_steps" if library[0] == "k" else "total_steps"] = T - W if library[0] == "k" else T
    if library.split(".")[0] in ("timm", "megatron", "nanogpt"):
        found |= {"min_lr": peak, "base_lr": floor}
    else:
        found["min_factor"] = peak / floor
    return found | ({"warmup_prefix": True} if library[0] == "t" else {})


# %% A6.4 wrong: no warmup
def my_arguments(library, T, W, peak, floor):
    found = {"decay_steps" if library[0] == "k" else "total_steps": T}
    if library.split(".")[0] in ("timm", "megatron", "nanogpt"):
        found |= {"min_lr": floor, "base_lr": peak}
    else:
        found["min_factor"] = floor / peak
    return found


# %% A6.4 wrong: the warmup is one step shorter
def my_arguments(library, T, W, peak, floor):
    found = {"warmup_steps": W - 1}
    found["decay_steps" if library[0] == "k" else "total_steps"] = T - W if library[0] == "k" else T
    if library.split(".")[0] in ("timm", "megatron", "nanogpt"):
        found |= {"min_lr": floor, "base_lr": peak}
    else:
        found["min_factor"] = floor / peak
    return found | ({"warmup_prefix": True} if library[0] == "t" else {})


# %% A6.5 right: an array, and a class of its own
def my_scheduler(optimizer, factors):
    class Table(torch.optim.lr_scheduler.LRScheduler):
        def get_lr(self):
            factor = np.asarray(factors)[min(self.last_epoch, len(factors) - 1)]
            return [base * factor for base in self.base_lrs]

    return Table(optimizer)


# %% A6.5 right: from one factor to the next
def my_scheduler(optimizer, factors):
    for group in optimizer.param_groups:
        group["lr"] *= factors[0]
    ratio = [b / a for a, b in zip(factors, factors[1:], strict=False)]
    return torch.optim.lr_scheduler.MultiplicativeLR(
        optimizer, lambda t: ratio[t - 1] if t <= len(ratio) else 1.0
    )


# %% A6.5 right: one function a group, a tensor
def my_scheduler(optimizer, factors):
    values = torch.tensor(factors, dtype=torch.float64)
    curve = lambda t: values[torch.tensor(t).clamp(max=len(values) - 1)].item()
    return torch.optim.lr_scheduler.LambdaLR(optimizer, [curve for _ in optimizer.param_groups])


# %% A6.5 right: the library's schedule
def my_scheduler(optimizer, factors):
    from lrlib.optim import ScheduleLR
    from lrlib.schedules import table

    return ScheduleLR(optimizer, table(tuple(factors)))


# %% A6.5 wrong: it stops at the end of the list
def my_scheduler(optimizer, factors):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: factors[t])


# %% A6.5 wrong: zero after the end
def my_scheduler(optimizer, factors):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: factors[t] if t < len(factors) else 0.0)


# %% A6.5 wrong: the copied attribute
def my_scheduler(optimizer, factors):
    class Table:
        t = 0

        def step(self):
            self.t += 1
            optimizer._lr = optimizer.param_groups[0]["lr"] * factors[min(self.t, len(factors) - 1)]

    return Table()


# %% A6.5 wrong: only the first group
def my_scheduler(optimizer, factors):
    class Table:
        def __init__(self):
            self.t, self.base = -1, optimizer.param_groups[0]["lr"]
            self.step()

        def step(self):
            self.t += 1
            optimizer.param_groups[0]["lr"] = self.base * factors[min(self.t, len(factors) - 1)]

    return Table()


# %% A6.5 wrong: a rate for all groups
def my_scheduler(optimizer, factors):
    class Table:
        def __init__(self):
            self.t = -1
            self.step()

        def step(self):
            self.t += 1
            for group in optimizer.param_groups:
                group["lr"] = factors[min(self.t, len(factors) - 1)]

    return Table()


# %% A6.5 wrong: the last factor one update early
def my_scheduler(optimizer, factors):
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: factors[t] if t < len(factors) - 2 else factors[-1]
    )


# %% A6.5 wrong: float16
def my_scheduler(optimizer, factors):
    small = np.array(factors, dtype=np.float16)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: float(small[min(t, len(small) - 1)]))


# %% A6.6 right: gradients that are added up
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        optimizer.zero_grad()
        for slope in group:
            (weight * slope / len(group)).sum().backward()
        if torch.isfinite(weight.grad).all():
            optimizer.step()
            scheduler.step()


# %% A6.6 right: a list of tensors, split
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for group in torch.tensor(slopes, dtype=torch.float64).split(pieces):
        if group.isfinite().all():
            weight.grad = group.mean().reshape(1)
            optimizer.step()
            scheduler.step()


# %% A6.6 right: one micro-batch after the other
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    held = []
    for i, slope in enumerate(slopes):
        held.append(slope)
        if len(held) == pieces or i == len(slopes) - 1:
            mean, held = np.mean(held), []
            if np.isfinite(mean):
                weight.grad = torch.from_numpy(np.full(weight.shape, mean))
                optimizer.step()
                scheduler.step()


# %% A6.6 wrong: the rest is divided by pieces
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        mean = sum(slopes[begin : begin + pieces]) / pieces
        if math.isfinite(mean):
            weight.grad = torch.full_like(weight, mean)
            optimizer.step()
            scheduler.step()


# %% A6.6 wrong: only the micro-batch that overflows is dropped
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        group = [s for s in slopes[begin : begin + pieces] if math.isfinite(s)]
        if group:
            weight.grad = torch.full_like(weight, sum(group) / len(group))
            optimizer.step()
            scheduler.step()


# %% A6.6 wrong: overflows are dropped before they are grouped
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    slopes = [s for s in slopes if math.isfinite(s)]
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        weight.grad = torch.full_like(weight, sum(group) / len(group))
        optimizer.step()
        scheduler.step()


# %% A6.6 wrong: nothing is looked at
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        weight.grad = torch.full_like(weight, sum(group) / len(group))
        optimizer.step()
        scheduler.step()


# %% A6.6 wrong: gradients are never cleared
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        for slope in group:
            (weight * slope / len(group)).sum().backward()
        if torch.isfinite(weight.grad).all():
            optimizer.step()
            scheduler.step()


# %% A6.6 wrong: the scheduler steps once a run
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        mean = sum(group) / len(group)
        if math.isfinite(mean):
            weight.grad = torch.full_like(weight, mean)
            optimizer.step()
    scheduler.step()


# %% A6.6 wrong: the weight is moved by hand
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        mean = sum(group) / len(group)
        if math.isfinite(mean):
            weight.data -= optimizer.param_groups[0]["lr"] * mean
            scheduler.step()


# %% A6.7 right: each fault by a loop, a list
def my_diagnosis(planned, used):
    n, near = len(planned), 1e-9 * max(planned)

    def fits(place):
        return all(abs(planned[min(max(place(t), 0), n - 1)] - used[t]) < near for t in range(n))

    if fits(lambda t: t):
        return ["none", 0]
    for k in range(1, 6):
        if fits(lambda t, k=k: t + k):
            return ["early", k]
        if fits(lambda t, k=k: t - k):
            return ["late", k]
        if k > 1 and fits(lambda t, k=k: t * k):
            return ["fast", k]
    return ["level", sum(used) / sum(planned)]


# %% A6.7 right: where the peak is, and then a look at the second rate
def my_diagnosis(planned, used):
    p, u = np.asarray(planned), np.asarray(used)
    ratio = u / p
    if np.ptp(ratio) < 1e-9:
        return ("none", 0) if abs(ratio[0] - 1) < 1e-9 else ("level", ratio.mean())
    start = int(np.abs(p - u[0]).argmin())
    if start:
        rising = p[: p.argmax() + 1]
        return "early", int(np.abs(rising - u[0]).argmin()) if u[0] <= u[1] else start
    if u[1] == u[0]:
        return "late", int((u == u[0]).sum()) - 1
    k = [
        k for k in range(2, 6) if abs(p[k] - u[1]) < 1e-9 * p.max() and abs(p[2 * k] - u[2]) < 1e-9 * p.max()
    ]
    return np.str_("fast"), np.int64(k[0])


# %% A6.7 right: tensors
def my_diagnosis(planned, used):
    p, u = (torch.tensor(each, dtype=torch.float64) for each in (planned, used))
    t = torch.arange(len(p))
    for k in range(6):
        for word, place in (("early", t + k), ("late", t - k), ("fast", t * max(k, 1))):
            if torch.allclose(p[place.clamp(0, len(p) - 1)], u, rtol=0, atol=1e-9 * float(p.max())):
                return ("none", 0) if k == 0 or (word == "fast" and k == 1) else (word, k)
    return "level", (u / p)[0]


# %% A6.7 wrong: the place of the peak alone
def my_diagnosis(planned, used):
    k = int(np.argmax(planned)) - int(np.argmax(used))
    if k:
        return ("early", k) if k > 0 else ("late", -k)
    return ("none", 0) if planned == used else ("level", used[0] / planned[0])


# %% A6.7 wrong: a fast clock is taken for a level
def my_diagnosis(planned, used):
    p, u, n = np.asarray(planned), np.asarray(used), len(planned)
    if planned == used:
        return "none", 0
    for k in range(1, 6):
        if np.allclose(p[k:], u[: n - k]):
            return "early", k
        if np.allclose(p[: n - k], u[k:]):
            return "late", k
    return "level", u.max() / p.max()


# %% A6.7 wrong: the last update is never early
def my_diagnosis(planned, used):
    p, u = np.asarray(planned), np.asarray(used)
    t = np.arange(len(p))
    for k in range(1, 6):
        for word, place in (("late", t - k), ("fast", (k + 1) * t)):
            if np.allclose(p[place.clip(0, len(p) - 1)], u):
                return word, k + (word == "fast")
        if np.allclose(p[(t + k) % len(p)], u):
            return "early", k
    return ("none", 0) if planned == used else ("level", used[0] / planned[0])


# %% A6.7 wrong: a level is a difference
def my_diagnosis(planned, used):
    p, u = np.asarray(planned), np.asarray(used)
    t = np.arange(len(p))
    for k in range(1, 6):
        for word, place in (("early", t + k), ("late", t - k), ("fast", (k + 1) * t)):
            if np.allclose(p[place.clip(0, len(p) - 1)], u):
                return word, k + (word == "fast")
    return ("none", 0) if planned == used else ("level", used[0] - planned[0])


# %% A6.7 wrong: a low level is none, by a tolerance that is too wide
def my_diagnosis(planned, used):
    p, u = np.asarray(planned), np.asarray(used)
    t = np.arange(len(p))
    for k in range(1, 6):
        for word, place in (("early", t + k), ("late", t - k), ("fast", (k + 1) * t)):
            if np.allclose(p[place.clip(0, len(p) - 1)], u):
                return word, k + (word == "fast")
    return ("none", 0) if np.allclose(p, u, atol=1.0) else ("level", used[0] / planned[0])


# %% A6.7 wrong: only the word
def my_diagnosis(planned, used):
    if planned == used:
        return "none", 0
    return "late" if used[0] == used[1] else "early", 1


# %% A6.8 right: the library's pieces
def my_continued(t, stop, old, new):
    from lrlib.schedules import cosine, cut

    before = cosine(1, 0, old)
    return (cut(before, stop) >> cosine(before(stop), 0, new - stop))(t)


# %% A6.8 right: half-angles, a NumPy number
def my_continued(t, stop, old, new):
    end = np.cos(np.pi / 2 * stop / old) ** 2
    here = np.cos(np.pi / 2 * t / old) ** 2
    return np.where(t < stop, here, end * np.cos(np.pi / 2 * np.clip((t - stop) / (new - stop), 0, 1)) ** 2)


# %% A6.8 right: tensors
def my_continued(t, stop, old, new):
    def wave(share):
        return (1 + torch.cos(torch.tensor(math.pi * share, dtype=torch.float64))) / 2

    if t >= new:
        return torch.tensor(0.0)
    return wave(t / old) if t < stop else wave(stop / old) * wave((t - stop) / (new - stop))


# %% A6.8 wrong: the rate of the update before the stop is held on to
def my_continued(t, stop, old, new):
    def wave(share):
        return (1 + math.cos(math.pi * min(share, 1))) / 2

    if t < stop:
        return wave(t / old)
    return wave((stop - 1) / old) * wave((t - stop) / (new - stop))


# %% A6.8 wrong: a straight line to the end
def my_continued(t, stop, old, new):
    if t < stop:
        return (1 + math.cos(math.pi * t / old)) / 2
    return (1 + math.cos(math.pi * stop / old)) / 2 * max(0.0, (new - t) / (new - stop))


# %% A6.8 wrong: the new plan is added at the end of the old one
def my_continued(t, stop, old, new):
    def wave(share):
        return (1 + math.cos(math.pi * min(share, 1))) / 2

    if t < stop:
        return wave(t / old)
    return wave(stop / old) * wave((t - stop) / new)


# %% A6.8 wrong: stretched, so that the old plan ends at the new end
def my_continued(t, stop, old, new):
    share = t / old if t < stop else stop / old + (1 - stop / old) * (t - stop) / (new - stop)
    return (1 + math.cos(math.pi * min(share, 1))) / 2


# %% A6.8 wrong: update `stop` belongs to the old part, and the clock starts after it
def my_continued(t, stop, old, new):
    def wave(share):
        return (1 + math.cos(math.pi * min(share, 1))) / 2

    if t <= stop:
        return wave(t / old)
    return wave(stop / old) * wave((t - stop - 1) / (new - stop))


# %% A6.8 wrong: the last update is at 0 already
def my_continued(t, stop, old, new):
    def wave(share):
        return (1 + math.cos(math.pi * min(share, 1))) / 2

    if t < stop:
        return wave(t / old)
    return wave(stop / old) * wave((t - stop) / (new - stop - 1))


# %% A6.3 wrong: it takes the zeros off the log that it was given
def my_settings(rates):
    while rates[-1] == 0:
        rates.pop()
    peak, W = max(rates), rates.index(max(rates))
    return peak, W, W + round(math.pi * 5 / math.acos(2 * rates[W + 5] / peak - 1))


# %% A6.3 right: the sixth update after the peak
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    return peak, W, W + round(6 * math.pi / math.acos(2 * rates[W + 6] / peak - 1))


# %% A6.1 wrong: after the second climb it stays at 1
def my_factor(t, first, peak, end, after):
    if t < peak:
        return first + (1 - first) * t / peak
    turned = min((t - peak) / (end - peak), 1 if after == "holds" else 2)
    return (1 + math.cos(math.pi * turned)) / 2


# %% A6.3 wrong: cut off, at the fifth update after the peak
def my_settings(rates):
    peak, W = max(rates), rates.index(max(rates))
    return peak, W, W + int(5 * math.pi / math.acos(2 * rates[W + 5] / peak - 1))


# %% A6.4 wrong: timm's own t_initial, which is T - W with the prefix
def my_arguments(library, T, W, peak, floor):
    found = {"warmup_steps": W}
    found["decay_steps" if library[0] == "k" else "total_steps"] = T - W if library[0] in "kt" else T
    if library.split(".")[0] in ("timm", "megatron", "nanogpt"):
        found |= {"min_lr": floor, "base_lr": peak}
    else:
        found["min_factor"] = floor / peak
    return found | ({"warmup_prefix": True} if library[0] == "t" else {})


# %% A6.6 wrong: infinite is not the only thing that is not finite
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    for begin in range(0, len(slopes), pieces):
        group = slopes[begin : begin + pieces]
        mean = sum(group) / len(group)
        if not math.isinf(mean):
            weight.grad = torch.full_like(weight, mean)
            optimizer.step()
            scheduler.step()


# %% A6.6 wrong: it takes the micro-batches out of the list that it was given
def my_loop(optimizer, scheduler, weight, slopes, pieces):
    while slopes:
        group = [slopes.pop(0) for _ in range(min(pieces, len(slopes)))]
        mean = sum(group) / len(group)
        if math.isfinite(mean):
            weight.grad = torch.full_like(weight, mean)
            optimizer.step()
            scheduler.step()
