"""Stored runs by plain pandas from their files; trained ones by an ordinary loop, one network at a time."""

import numpy as np
import pandas as pd
import torch

from lrlib import train
from lrlib.evidence import batches, finetuning, sweeps
from lrlib.schedules import constant, cosine, linear
from lrlib.train import SGD, Adam
from tests.evidence.ways import Way

SAME = 1e-6


def rows(name, part, schedule=0):
    """The rows of a stored sweep in one of its parts, of one of its schedules."""
    table = pd.read_parquet(sweeps.FOLDER / f"{name}.parquet")
    table = table[table["part"] == part]
    return table[table["schedule"] == table["schedule"].unique()[schedule]]


def last(name, schedule=0, at=-1):
    """Held-out losses of the judged runs of one schedule, by seed."""
    return rows(name, "judged", schedule).set_index("seed")["heldout_loss"].map(lambda run: run[at])


def above(one, other):
    """Per cent by which a mean lies above another."""
    return 100 * (one.mean() / other.mean() - 1)


def tuned(name):
    """The logarithm of the best rate: the vertex of the parabola through three points of the grid's means."""
    grid = rows(name, "grid")
    means = grid.assign(loss=grid["heldout_loss"].map(lambda run: run[-1])).groupby("base_lr")["loss"].mean()
    best = means.to_numpy().argmin()
    a, b, _ = np.polyfit(np.log(means.index[best - 1 : best + 2]), means.iloc[best - 1 : best + 2], 2)
    return -b / (2 * a)


def exponent():
    """Three sizes, each twice the one before: the middle one does not count in the slope."""
    return (tuned("scale-batch-sgd/32") - tuned("scale-batch-sgd/8")) / np.log(4)


def ended(task, schedule, seeds, optimizer):
    """Last losses of an ordinary loop of torch, one network after the other."""
    how = {"steps": int(schedule.steps), "evaluations": 1, "optimizer": optimizer}
    return pd.Series([train.run(task, schedule, 1.0, seed, **how).heldout_loss[-1] for seed in seeds])


def large(warm):
    rate = 8 * np.exp(tuned("scale-batch-sgd/8"))
    shape = linear(0, 1, 8) >> linear(1, 0, 142) if warm else linear(1, 0, 150)
    return ended(batches.text(64), rate * shape, range(3000, 3016), SGD(momentum=0.9))


def exchanged(name):
    arms, optimizer, _ = batches.ARMS[name]
    rate, (lower, pair) = batches.peak(name), arms()
    larger = batches.grown(batches.text(), pair.batch.values(int(pair.steps)))
    grown = ended(larger, rate * pair.rate, batches.JUDGING, optimizer)
    return above(grown, ended(batches.text(), rate * lower, batches.JUDGING, optimizer))


def saved():
    """Half a cosine is below 2^-k from acos(2^(1 - k) - 1) / pi on; an update there has 2^k of its steps."""
    k = np.arange(60)
    begins = np.arccos(2.0 ** (1 - k) - 1) / np.pi
    return 100 * (1 - (np.diff([*begins, 1]) / 2.0**k).sum())


def anytime():
    at = {150: 0, 300: 1}
    return np.mean([above(last("scale-free", at=at[t]), last(f"scale-adamw/{t}")) for t in at])


def better_decay():
    grids = [rows("scale-adamw/600", "grid", schedule) for schedule in (0, 1)]
    lowest = [g.groupby("base_lr")["heldout_loss"].apply(lambda runs: np.mean([*runs])).min() for g in grids]
    return last("scale-adamw/600", int(np.argmin(lowest)))


def points(method, other=None):
    """Points gained in the share that is right, mean of two tasks."""
    shares = []
    for task in ("breast_cancer", "spirals"):
        ours = rows(f"scale-rateless/{method}-{task}", "grid")
        theirs = (
            rows(f"scale-rateless/{other}-{task}", "grid") if other else rows(f"scale-tuned/{task}", "judged")
        )
        shares.append([each["heldout_right"].map(lambda run: run[-1]).mean() for each in (ours, theirs)])
    return 100 * np.subtract(*np.mean(shares, axis=0))


def fine_tuned():
    """Each network by itself, in an ordinary loop of torch, at the rates that the tuning seeds chose."""
    found = {}
    for name, rate in finetuning.best_before().items():
        first = finetuning.trained(finetuning.digits(), finetuning.TUNING, finetuning.BEFORE[name], rate)
        task = finetuning.started(finetuning.mirrored(), first, finetuning.TUNING)
        after = {"after": linear(1, 0, 200)}
        fine = (
            train.tune(task, after, finetuning.FINE, finetuning.TUNING, optimizer=Adam()).fitted["after"].rate
        )
        shape = linear(0, 1, 30) >> (cosine(1, 0, 570) if name == "cosine" else constant(1, 570))
        found[name] = np.mean([alone(seed, rate * shape, fine) for seed in finetuning.JUDGING])
    return above(found["constant"], found["cosine"])


def alone(seed, first, fine):
    """Last loss on mirror images of one network, trained on digits and then on their mirror images."""
    model = finetuning.digits().model(seed)
    for task, rates in (
        (finetuning.digits(), first.values(600)),
        (finetuning.mirrored(), fine * (1 - np.arange(200) / 200)),
    ):
        optimizer, data = torch.optim.Adam(model.parameters()), task.batches(seed, len(rates))
        for t, rate in enumerate(rates):
            optimizer.param_groups[0]["lr"] = rate
            optimizer.zero_grad()
            task.loss(model(data[t][0]), data[t][1]).backward()
            optimizer.step()
    images, labels = finetuning.mirrored().heldout
    with torch.no_grad():
        return float(task.loss(model(images), labels))


WAYS = {
    "linear-scaling-exponent": Way(exponent, within=SAME),
    "eight-times-the-batch": Way(
        lambda: above(large(True), last("scale-batch-sgd/8")), within=1e-4, long=True
    ),
    "gradual-warm-up-large-batch": Way(lambda: above(large(False), large(True)), within=1e-4, long=True),
    "past-the-critical-batch": Way(
        lambda: above(last("scale-batch-sgd/256"), last("scale-batch-sgd/8")), within=SAME
    ),
    "increase-the-batch": Way(lambda: exchanged("divided"), within=1e-4, long=True),
    "seesaw-same-loss": Way(lambda: exchanged("annealed"), within=1e-4, long=True),
    "seesaw-fewer-steps": Way(saved, within=0.01),
    "schedule-free-adamw": Way(lambda: above(last("scale-free"), better_decay()), within=SAME),
    "schedule-free-anytime": Way(anytime, within=SAME),
    "prodigy-matches-tuned": Way(lambda: points("prodigy"), within=SAME),
    "d-adaptation-matches-tuned": Way(lambda: points("d-adaptation"), within=SAME),
    "mechanic-matches-tuned": Way(lambda: points("mechanic"), within=SAME),
    "prodigy-first-guess": Way(lambda: points("prodigy-1e-8", "prodigy-1e-2"), within=SAME),
    "stable-only-fine-tunes-better": Way(fine_tuned, within=1e-3, long=True),
}
