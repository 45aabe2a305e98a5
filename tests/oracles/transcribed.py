"""Schedules of projects that are no packages, or whose packages are others: their formulas, written out anew.

Each function is named as the project's own, as far as it has a name, and gives the rate by update t. What the
project fills in before it gets there is an argument here. `SOURCES` says where each was read.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence

SOURCES = {
    "nanogpt": "get_lr in train.py of karpathy/nanoGPT, before and after #578",
    "big_vision": "create_learning_rate_schedule in google-research/big_vision at 11eea57",
    "olmo": "olmo/optim.py of allenai/OLMo at 59a53e3",
    "levanter": "src/levanter/optim/config.py of stanford-crfm/levanter at 9263f81",
    "nanotron": "src/nanotron/helpers.py and config/config.py of huggingface/nanotron at 2411b02",
    "nanochat": "scripts/base_train.py and scripts/chat_sft.py of karpathy/nanochat at 92d63d4",
    "speedrun": "KellerJordan/modded-nanogpt at f411b3d and the commits and pull requests of its functions",
    "maxtext": "src/maxtext/utils/maxtext_utils.py of AI-Hypercomputer/maxtext at e591f30",
}
Rate = Callable[[int], float]


def _half_cosine(p: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * p))


def nanogpt() -> dict:
    def decayed(it, learning_rate, warmup_iters, lr_decay_iters, min_lr):
        if it > lr_decay_iters:
            return min_lr
        ratio = (it - warmup_iters) / (lr_decay_iters - warmup_iters)
        return min_lr + _half_cosine(ratio) * (learning_rate - min_lr)

    def get_lr(lr, warmup, *rest):
        return lambda it: lr * (it + 1) / (warmup + 1) if it < warmup else decayed(it, lr, warmup, *rest)

    def get_lr_before_578(lr, warmup, *rest):
        return lambda it: lr * it / warmup if it < warmup else decayed(it, lr, warmup, *rest)

    return {"get_lr": get_lr, "get_lr_before_578": get_lr_before_578}


def big_vision() -> dict:
    def create_learning_rate_schedule(
        total_steps, base, decay_type, warmup_steps=0, cooldown_steps=0,
        power=1, timescale=10_000, shift=0, steps=(), mults=(),
    ):  # fmt: skip
        def step_fn(step):
            progress = min(max((step - warmup_steps) / (total_steps - warmup_steps), 0.0), 1.0)
            after = max(step - warmup_steps, 0)
            factor = {
                "polynomial": lambda: (1 - progress) ** power,
                "cosine": lambda: _half_cosine(progress),
                "rsqrt": lambda: 1 / math.sqrt(1 + (after + shift) / timescale),
                "stair": lambda: [1.0, *mults][sum(s < step + 1 for s in steps)],
            }[decay_type]()
            warm = min(1.0, step / warmup_steps) if warmup_steps else 1.0
            cool = min(1.0, (total_steps - step) / cooldown_steps) if cooldown_steps else 1.0
            return base * factor * warm * cool

        return step_fn

    return {"create_learning_rate_schedule": create_learning_rate_schedule}


def olmo() -> dict:
    """Its trainer counts an update before it asks for its rate: update t is step t + 1."""

    def with_warmup(after: Callable[[float, float, int, int], float]):
        def schedule(lr, max_steps, warmup_steps, alpha_f=0.1) -> Rate:
            def get_lr(step):
                if step < warmup_steps:
                    return 0.1 * lr + 0.9 * lr * step / warmup_steps
                return after(lr, alpha_f, step - warmup_steps, max_steps - warmup_steps)

            def of_update(t):
                return get_lr(t + 1)

            of_update.get_lr = get_lr
            return of_update

        return schedule

    def falling(share: Callable[[float], float]):
        def after(lr, alpha_f, gone, length):
            return alpha_f * lr + (lr - alpha_f * lr) * (share(gone / length) if gone < length else 0)

        return with_warmup(after)

    def inv_sqrt_with_warmup(lr, warmup_steps) -> Rate:
        root = with_warmup(lambda lr, _, gone, __: lr * math.sqrt(warmup_steps / (warmup_steps + gone)))
        return root(lr, math.inf, warmup_steps)

    def bolt_on(inner: Rate, start: int, end: int) -> Rate:
        def of_update(t):
            if t + 1 >= end:
                return inner.get_lr(t + 1)
            return inner.get_lr(end) * max(t + 1 - start, 0) / (end - start)

        return of_update

    return {
        "CosWithWarmup": falling(_half_cosine),
        "LinearWithWarmup": falling(lambda p: 1 - p),
        "CosLinearEnvelope": falling(lambda p: (1 - p) * _half_cosine(p)),
        "InvSqrtWithWarmup": inv_sqrt_with_warmup,
        "BoltOnWarmupScheduler": bolt_on,
        "MaxScheduler": lambda one, other: lambda t: max(one(t), other(t)),
    }


def levanter() -> dict:
    """A list of pieces, each on its own count, that take over at their boundaries, as optax joins them."""

    def decays(name, lr, low, warmup, down, **more) -> Rate:
        def power(s):
            tokens = s * more["batch_size"] * more["seq_length"]
            return min(lr, more["batch_size"] * more["a"] * tokens ** more["b"]) if s else lr

        return {
            "constant": lambda s: lr,
            "cosine": lambda s: low + (lr - low) * _half_cosine(min(s / down, 1)) ** more.get("exponent", 1),
            "linear": lambda s: low + (lr - low) * max(1 - s / down, 0),
            "inv_sqrt": lambda s: max(lr * min(1, (max(s + warmup, 1) / more["timescale"]) ** -0.5), low),
            "inv": lambda s: max(lr / ((lr / low - 1) * max(s, 1) / down + 1), low),
            "power": power,
        }[name]

    def lr_scheduler(
        total,
        lr,
        lr_schedule,
        warmup,
        decay=0,
        rewarmup=0,
        min_lr_ratio=0.1,
        cycles: int | Sequence = 1,
        **more,
    ) -> Rate:
        if isinstance(cycles, int):
            cycles = [*(int(total / cycles * (i + 1)) for i in range(cycles - 1)), total]
        starts, pieces, bottom, low = [], [], 0.0, lr * min_lr_ratio
        for start, end in zip([0, *cycles], cycles, strict=False):
            up = rewarmup if start else warmup
            down = decay or end - start - up
            starts += [start, start + up, end - down]
            main = decays(lr_schedule, lr, low, up, down, **more)
            pieces += [lambda s, a=bottom, n=up: a + (lr - a) * min(s / n, 1), lambda s: lr, main]
            bottom = main(down)

        def schedule(t):
            i = bisect.bisect_right(starts, t) - 1
            return pieces[i](t - starts[i])

        return schedule

    return {"lr_scheduler": lr_scheduler}


def nanotron() -> dict:
    def lr_scheduler_builder(
        total,
        lr,
        lr_warmup_steps=0,
        lr_decay_style="linear",
        lr_decay_steps=0,
        lr_decay_starting_step=0,
        min_decay_lr=0,
    ) -> Rate:
        start = lr_decay_starting_step or lr_warmup_steps
        length = lr_decay_steps or total - lr_warmup_steps
        share = {"linear": lambda p: 1 - p, "cosine": _half_cosine, "1-sqrt": lambda p: 1 - math.sqrt(p)}

        def lr_lambda(step):
            if step <= lr_warmup_steps:
                return lr * step / max(lr_warmup_steps, 1)
            if step < start:
                return lr
            if step >= start + length:
                return min_decay_lr
            return min_decay_lr + (lr - min_decay_lr) * share[lr_decay_style]((step - start) / length)

        return lr_lambda

    return {"lr_scheduler_builder": lr_scheduler_builder}


def nanochat() -> dict:
    def base_train(lr, num_iterations, warmup_steps=40, warmdown_ratio=0.65, final_lr_frac=0.05) -> Rate:
        down = round(warmdown_ratio * num_iterations)

        def get_lr_multiplier(it):
            if it < warmup_steps:
                return lr * (it + 1) / warmup_steps
            if it > num_iterations and not down:
                raise ValueError("it divides by 0 there")
            left = (num_iterations - it) / down if it > num_iterations - down else 1
            return lr * (left + (1 - left) * final_lr_frac)

        return get_lr_multiplier

    def chat_sft(lr, num_iterations, warmup_ratio=0.0, warmdown_ratio=0.5, final_lr_frac=0.0) -> Rate:
        def get_lr_multiplier(it):
            progress = it / num_iterations
            if progress < warmup_ratio:
                return lr * (progress + 1e-8) / warmup_ratio
            gone = max(progress - (1 - warmdown_ratio), 0) / warmdown_ratio
            return lr * (1 - gone + gone * final_lr_frac)

        return get_lr_multiplier

    return {"base_train": base_train, "chat_sft": chat_sft}


def speedrun() -> dict:
    """ValueError past T where the project's own code asserts that it does not get there."""

    def upto(total: int, rate: Rate) -> Rate:
        def checked(step):
            if step > total:
                raise ValueError("past the end")
            return rate(step)

        return checked

    def trapezoid(lr, total, warmdown_iters, warmup_iters=0) -> Rate:  # train_gpt2.py at 93fb178e
        def get_lr(it):
            if it < warmup_iters:
                return lr * (it + 1) / warmup_iters
            return lr * min((total - it) / warmdown_iters, 1)

        return upto(total, get_lr)

    def get_lr(lr, total, cooldown_frac=0.4, floor=0.1) -> Rate:  # train_gpt.py at 370211a0
        def rate(step):
            w = min((1 - step / total) / cooldown_frac, 1.0)
            return lr * (w + (1 - w) * floor)

        return upto(total, rate)

    def training_schedule(
        lr, total, lr_muls, cooldown_frac=0.6, floor=0.15
    ) -> Rate:  # train_gpt.py at f411b3d
        ends = [round(total * (i + 1) / len(lr_muls)) for i in range(len(lr_muls))]
        cool = int(total * (1 - cooldown_frac))

        def rate(step):
            mul = [*lr_muls, 1.0][bisect.bisect_right(ends, step)]
            gone = min(max(step - cool, 0) / (total - cool), 1.0)
            return lr * (mul * (1 - gone) + floor * gone)

        return rate

    def power_cool(lr, total, power_c, power=1.2) -> Rate:  # track 3, result 20 at f411b3d
        return lambda step: min(lr, power_c * max(0.0, total - step) ** power)

    def power_decay(lr, total, cooldown_frac=1.0, lr_floor=0.0, lr_power=1.5) -> Rate:  # result 25 at f411b3d
        def rate(step):
            x = min((1 - step / total) / cooldown_frac, 1)
            return lr * (lr_floor + (1 - lr_floor) * x**lr_power)

        return upto(total, rate)

    def pull_345(lr, total, warmup, hold, floor, power=0.4) -> Rate:
        def rate(step):
            if step < warmup:
                return floor + (lr - floor) * step / warmup
            gone = min(max(step - warmup - hold, 0) / (total - warmup - hold), 1)
            return floor + (lr - floor) * (1 - gone**power)

        return rate

    def pull_351(lr, total, warmup, hold, fast, middle, power=0.6) -> Rate:
        def rate(step):
            if step < warmup:
                return lr * (step + 1) / warmup
            knee = warmup + hold + fast
            if step < knee:
                return lr + (middle - lr) * (max(step - warmup - hold, 0) / fast) ** power
            return middle * max(total - step, 0) / (total - knee)

        return rate

    return {each.__name__: each for each in (trapezoid, get_lr, training_schedule, power_cool, power_decay,
                                             pull_345, pull_351)}  # fmt: skip


def maxtext() -> dict:
    def create_learning_rate_schedule(
        lr, steps, kind, warmup, down=0, style="cosine", final=0.1, zero=False
    ) -> Rate:
        down = down if kind == "wsd" else steps - warmup

        def schedule(step):
            if zero and step >= steps:
                return 0.0
            if step < warmup:
                return lr * step / warmup
            gone = max(step - (steps - down), 0) / (down - 1)
            share = _half_cosine(gone) if style == "cosine" else max(1 - gone, 0)
            return lr * share + lr * final * (1 - share)

        return schedule

    return {"create_learning_rate_schedule": create_learning_rate_schedule}
