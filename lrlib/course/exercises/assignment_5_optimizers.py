"""Assignment 5, couplings: what AdamW, weight decay, groups and momentum make of a rate."""

import math

import numpy as np
import torch
from scipy.optimize import brentq

from lrlib.course.exercises import Exercise, Marks, declared
from lrlib.course.trials.arguments import left_alone

CLOSE = 1e-6


def adamw(gradients, rates, decay, b1, b2, eps, kind=torch.optim.AdamW):
    """The weight after every update, as torch computes it."""
    weight, path = torch.nn.Parameter(torch.ones(1, dtype=torch.float64)), []
    optimizer = kind([weight], lr=1.0, betas=(b1, b2), eps=eps, weight_decay=decay)
    for g, rate in zip(gradients, rates, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = torch.full_like(weight, g)
        optimizer.step()
        path.append(weight.item())
    return path


def by_hand(
    gradients, rates, decay, b1, b2, eps, correct=True, inside=False, share=None, after=False, first=1,
    early=False,
):  # fmt: skip
    w, m, v, path = 1.0, 0.0, 0.0, []
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), first):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        mean, square = (m / (1 - b1**t), v / (1 - b2**t)) if correct else (m, v)
        eps_now = eps / math.sqrt(1 - b2**t) if early else eps
        step = rate * mean / (math.sqrt(square + eps) if inside else math.sqrt(square) + eps_now)
        keep = 1 - decay * (rate if share is None else share)
        w = (w - step) * keep if after else w * keep - step
        path.append(w)
    return path


def paths_drawn(rng):
    for i in range(40):
        n, size = int(rng.integers(1, 10)), 10.0 ** rng.integers(-3, 2)
        gradients = (size * rng.normal(size=n)).tolist()
        rates = (rng.uniform(0.02, 0.2) * np.linspace(1, 0, n, endpoint=i % 3 == 0)).tolist()
        decay = 0.0 if i % 2 else float(rng.uniform(0.1, 2))
        yield (
            gradients,
            rates,
            decay,
            float(rng.choice([0.0, 0.8, 0.9])),
            float(rng.choice([0.9, 0.99])),
            1e-6,
        )


@declared("A5.6")
def a_weight_under_adamw():
    return Exercise(
        expected=adamw,
        cases=[
            ([2.0, -1.0, 0.5], [0.1, 0.1, 0.05], decay, b1, 0.99, 1e-6)
            for decay in (0.0, 0.5)
            for b1 in (0.0, 0.9)
        ]
        + [([0.002, -0.001], [0.1, 0.1], 0.0, 0.9, 0.99, 1e-6)],
        tried=left_alone,
        mistakes={
            "The decay is beside the gradient, not in it: that is Adam with an L2 term.": (
                lambda *case: adamw(*case, kind=torch.optim.Adam)
            ),
            "Both averages begin at 0: divide them by 1 - beta^t, with t = 1 for the first update.": (
                lambda *case: by_hand(*case, correct=False)
            ),
            "In torch the decay is multiplied by the scheduled rate.": lambda *case: by_hand(*case, share=1),
            "The decay takes its share of the weight as it was before the step.": (
                lambda *case: by_hand(*case, after=True)
            ),
            "Epsilon is added to the root, not under it.": lambda *case: by_hand(*case, inside=True),
            "Epsilon is added last, when the root is taken and v is divided by 1 - beta^t.": (
                lambda *case: by_hand(*case, early=True)
            ),
            "eps is an argument: use it.": lambda *case: by_hand(*case[:-1], 0.0),
            "eps is the one that is given, not torch's own 1e-8.": lambda *case: by_hand(*case[:-1], 1e-8),
            "Count updates from 1: the first divides by 1 - beta.": lambda *case: by_hand(*case, first=2),
            "The first entry is the weight after the first update, not the one before it.": (
                lambda *case: [1.0, *adamw(*case)[:-1]]
            ),
            "The weight after every update is wanted, in order.": lambda *case: adamw(*case)[::-1],
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"no decay": 3, "decay": 3},
            drawn=paths_drawn,
            part=lambda *case: "decay" if case[2] else "no decay",
        ),
    )


def decay_for(rates, left):
    def off(decay):
        return np.log1p(-decay * np.asarray(rates)).sum() - math.log(left)

    return float(brentq(off, 0, (1 - 1e-12) / max(rates), xtol=1e-15, rtol=1e-13))


def one_step(rates, left, rate):
    return (1 - left ** (1 / len(rates))) / rate(rates)


def in_a_wide_bracket(rates, left):
    low, high = 0.0, 10.0
    for _ in range(100):
        middle = (low + high) / 2
        many = math.prod(1 - rate * middle for rate in rates) > left
        low, high = (middle, high) if many else (low, middle)
    return low


def decays_drawn(rng):
    for i in range(50):
        n, left = 2 * int(rng.integers(1, 20)) + (i > 9 and i % 3 == 0), float(rng.uniform(0.1, 0.9))
        shape = np.ones(n) if i % 2 else np.linspace(1, 0, n) if i % 4 else rng.uniform(0.1, 1, n)
        yield (rng.uniform(0.42 if i < 10 else 0.005, 0.5) * shape).tolist(), left


def constant_or_not(rates, left):
    return "a constant rate" if len({*rates}) == 1 else "a schedule"


@declared("A5.7")
def a_decay_that_forgets_as_much():
    return Exercise(
        expected=decay_for,
        cases=[
            ([0.1], 0.9),
            ([0.1] * 20, 0.5),
            ([0.4, 0.3, 0.2, 0.1, 0.0], 0.25),
            ([0.2, 0.1], 0.9),
            ([0.5] * 20, 0.5),
        ],
        tried=left_alone,
        mistakes={
            "That holds for small shares; solve the product itself.": (
                lambda rates, left: -math.log(left) / sum(rates)
            ),
            "`left` is what is left, not what is gone.": lambda rates, left: decay_for(rates, 1 - left),
            "The rate is missing: an update takes rate times decay.": (
                lambda rates, left: one_step(rates, left, lambda _: 1)
            ),
            "Every rate counts, the last one as well.": lambda r, left: decay_for(r[:-1] or r, left),
            "A factor is below 0 there: lambda is below 1 / max(rates).": in_a_wide_bracket,
            "The logarithm to the base 10 is another one.": lambda r, left: -math.log10(left) / sum(r),
            "A schedule does not forget like its mean rate.": lambda r, left: one_step(r, left, np.mean),
            "A schedule does not forget like its highest rate.": lambda r, left: one_step(r, left, max),
            "Shares multiply: a share is taken of what is still left.": lambda r, left: (1 - left) / sum(r),
        },
        tolerance=CLOSE,
        marks=Marks(points={"a constant rate": 2, "a schedule": 3}, drawn=decays_drawn, part=constant_or_not),
    )


def groups(shapes, rate, d, decay, late=0, decays=lambda name, shape: len(shape) > 1, number=int, up=False):
    names = [name.split(".") for name in shapes]
    order = sorted({part[1] for part in names if part[0] == "blocks"}, key=number)
    last, found = len(order) + 1, {}
    for name, part in zip(shapes, names, strict=True):
        depth = {"embed": 0, "head": last}.get(part[0])
        depth = order.index(part[1]) + 1 if depth is None else depth
        power = (depth if up else last - depth) + late
        found[name] = (rate * d**power, decay if decays(name, shapes[name]) else 0.0)
    return found


def anywhere(shapes, rate, d, decay):
    found = groups(shapes, rate, d, decay)
    for name in shapes:
        if "head" in name or "embed" in name:
            of = "head.weight" if "head" in name else "embed.weight"
            found[name] = (found[of][0], found[name][1])
    return found


def models_drawn(rng):
    for i in range(30):
        blocks, width = [12, 1, 2, 5, 11][i % 5], int(rng.integers(4, 30))
        shapes = {"embed.weight": (50, width), "head.weight": (10, width), "head.bias": (10,)}
        for b in range(blocks):
            shapes |= {f"blocks.{b}.attn.weight": (width, width), f"blocks.{b}.attn.bias": (width,)}
            shapes[f"blocks.{b}.norm.weight"] = (width,)
        shapes |= {"blocks.0.gamma": (width,), "blocks.0.embed_scale": (width,)}
        shapes["blocks.0.head_mix.weight"] = (width, width)
        names = rng.permutation([*shapes]).tolist()
        d, decay = (1.0, float(rng.uniform(0.01, 0.5))) if i % 2 else (float(rng.uniform(0.5, 0.95)), 0.0)
        yield {name: shapes[name] for name in names}, float(rng.uniform(0.001, 0.1)), d, decay


DEEP = {f"blocks.{b}.attn.weight": (8, 8) for b in range(11)} | {
    "blocks.0.gamma": (8,), "blocks.0.head_mix.weight": (8, 8), "blocks.0.embed_scale": (8,),
    "embed.weight": (50, 8), "head.weight": (10, 8)}  # fmt: skip
SMALL = {"embed.weight": (50, 8), "blocks.0.attn.weight": (8, 8), "blocks.0.attn.bias": (8,),
         "blocks.0.norm.weight": (8,), "blocks.1.attn.weight": (8, 8), "head.weight": (10, 8),
         "head.bias": (10,)}  # fmt: skip


@declared("A5.8")
def groups_by_name():
    return Exercise(
        expected=groups,
        cases=[(SMALL, 0.01, 1.0, 0.1), (SMALL, 0.01, 0.5, 0.0), (DEEP, 0.1, 0.9, 0.1)],
        tried=left_alone,
        mistakes={
            "The head has the full rate: one power of d too many.": lambda *c: groups(*c, late=1),
            "The head has the full rate, the embedding the lowest: count from the other end.": (
                lambda *c: groups(*c, up=True)
            ),
            "Block 10 comes after block 9: compare their numbers, not their texts.": (
                lambda *c: groups(*c, number=str)
            ),
            "Vectors do not decay, whatever they are called.": (
                lambda *c: groups(*c, decays=lambda name, shape: True)
            ),
            "Look at the shape: no word in a name says what is a vector.": (
                lambda *c: groups(*c, decays=lambda name, shape: "bias" not in name and "norm" not in name)
            ),
            "A name begins with its layer; what follows may have any words.": anywhere,
            "A norm's weight is a vector, too: look at the shape, not for the word bias.": (
                lambda *c: groups(*c, decays=lambda name, shape: "bias" not in name)
            ),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"weight decay": 2, "rates": 3},
            drawn=models_drawn,
            part=lambda shapes, rate, d, decay: "weight decay" if d == 1 else "rates",
        ),
    )


def rates_for(rates, momenta, dampening, power=1):
    keep = 1 - np.asarray(momenta)
    return (np.asarray(rates) * keep / (1 - dampening) ** power).tolist()


def settled(f):
    (rate,) = f([0.2], [0.8], 0.5)
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=float(rate), momentum=0.8, dampening=0.5)
    for _ in range(200):
        before, weight.grad = weight.item(), torch.ones_like(weight)
        optimizer.step()
    is_planned = math.isclose(before - weight.item(), 0.2, rel_tol=1e-6)
    return None if is_planned else "torch's step settles at another length."


def momenta_drawn(rng):
    for i in range(40):
        n = int(rng.integers(1, 9))
        rates, momenta = rng.uniform(0.01, 2, n).tolist(), rng.uniform(0, 0.99, n).tolist()
        yield rates, momenta, float(rng.uniform(0.1, 0.9)) if i % 2 else 0.0


@declared("A5.9")
def rates_under_momentum():
    return Exercise(
        expected=rates_for,
        cases=[
            ([0.5, 1.0, 0.1], [0.95, 0.85, 0.95], 0.0),
            ([0.2], [0.0], 0.0),
            ([0.2, 0.4], [0.9, 0.8], 0.5),
        ],
        second=settled,
        tried=left_alone,
        mistakes={
            "The other way round: with momentum a step is longer, so the rate has to be lower.": (
                lambda r, m, d: (np.asarray(r) / (1 - np.asarray(m)) / (1 - d)).tolist()
            ),
            "Upside down: a longer step needs a lower rate, a shorter one a higher rate.": (
                lambda r, m, d: (np.asarray(r) / (1 - np.asarray(m)) * (1 - d)).tolist()
            ),
            "Dampening shortens what is added: it belongs in the rate, too.": (
                lambda r, m, d: rates_for(r, m, 0.0)
            ),
            "Dampening makes the step shorter, so the rate has to be higher.": (
                lambda r, m, d: rates_for(r, m, d, power=-1)
            ),
            "Once: it is the step that is longer by 1 / (1 - momentum), not its square.": (
                lambda r, m, d: (np.asarray(rates_for(r, m, d)) * (1 - np.asarray(m))).tolist()
            ),
            "Each update has its own momentum, not the mean one.": (
                lambda r, m, d: rates_for(r, [np.mean(m)] * len(r), d)
            ),
            "It is the momentum of this update that counts, not that of the one before.": (
                lambda r, m, d: rates_for(r, [0.0, *m[:-1]], d)
            ),
            "Each update has its own momentum.": lambda r, m, d: rates_for(r, [m[0]] * len(r), d),
        },
        tolerance=CLOSE,
        marks=Marks(
            points={"no dampening": 2, "dampening": 2},
            drawn=momenta_drawn,
            part=lambda rates, momenta, dampening: "dampening" if dampening else "no dampening",
        ),
    )  # fmt: skip
