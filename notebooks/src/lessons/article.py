# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A popular program, repaired
#
# *After this you can read the training program of an introduction, find its five faults with a ledger and its own log,
# and say which of them cost anything.*
#
# Needs 00, 04, 05 - 30 min - computes in under 20 s - CPU
#
# Answers: How do I implement it?

# %% tags=["parameters"]
epochs: int = 10  # passes over the training data, 5..30
base_lr: float = 0.1  # the rate of the program, 0.01..1
n_seeds: int = 16  # judging seeds, the pairs of the comparison, 6..64
label_noise: float = 0.2  # fraction of training labels replaced at random, 0..0.5

# %% [markdown]
# Introductions to learning rates end with a program. It differs from page to page, but there is a pattern: a network
# `Net` of 10 inputs, 100 hidden units and 10 outputs, a scheduler, a loop over epochs with training and
# validation, and a line that prints rate and losses. Here is the pattern, written anew (what would be printed is kept in a
# log). It runs without an error or a warning. Read it before you go on: it has five faults. (One that is famous, `optimizer._lr = ...`, is not among them:
# lesson 00 has that. Lesson 07 has a scheduler that is called first.)

# %%
import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


# %%
def program(net, optimizer, train_loader, valid_loader):
    log, criterion = {}, nn.CrossEntropyLoss()
    scheduler = StepLR(optimizer, step_size=30, gamma=0.1)
    for epoch in range(1, epochs + 1):
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(inputs), targets)
            loss.backward()
            optimizer.step()
            scheduler.step()
        valid_loss = 0.0
        for inputs, targets in valid_loader:
            valid_loss += criterion(net(inputs), targets).item()
        valid_loss /= len(valid_loader.dataset)
        log[epoch] = scheduler.get_last_lr()[0], loss.item(), valid_loss
    return log


# %% [markdown]
# ## The first fault: nothing to learn
#
# Many such programs draw their data: inputs and labels are random numbers. Run it so, with a *ledger* (lesson 00) around
# it that records the rate of every update. As a measure of our own, take the share of validation rows that are right. How
# large may that become?

# %%
import pandas as pd
from torch.utils.data import DataLoader, TensorDataset

from lrlib.course import article
from lrlib.ledger import Ledger


def run(program, inputs, labels, unseen, truth):
    torch.manual_seed(0)
    net = Net().double()
    optimizer = torch.optim.SGD(net.parameters(), lr=base_lr)
    seen = DataLoader(TensorDataset(inputs, labels), batch_size=32, shuffle=True)
    kept = DataLoader(TensorDataset(unseen, truth), batch_size=32)
    with Ledger.watch(optimizer) as ledger:
        log = program(net, optimizer, seen, kept)
    with torch.no_grad():
        outputs = net(unseen)
    right = (outputs.argmax(1) == truth).double().mean().item()
    columns = ["rate", "train loss", "valid loss"]
    table = pd.DataFrame.from_dict(log, orient="index", columns=columns)
    return table, ledger, nn.functional.cross_entropy(outputs, truth).item(), right


# %%
draws = torch.Generator().manual_seed(0)
drawn = torch.randn(1800, 10, generator=draws, dtype=torch.float64)
classes = torch.randint(0, 10, (1800,), generator=draws)
*_, loss, right = run(program, drawn[:1200], classes[:1200], drawn[1200:], classes[1200:])
print(f"random data: validation loss {loss:.3f} nats, {right:.1%} right")
print(f"a guess:     validation loss {torch.tensor(10.0).log():.3f} nats, 10.0% right")

# %% [markdown]
# A label that was drawn does not depend on its inputs. So on rows that it has not seen no network does better than a guess,
# but for luck, and no comparison of schedules on such data can say anything, whatever the training loss does. The
# repair: data in which there is something to learn. Take the images of handwritten digits, each as ten numbers, its
# *principal components* (the ten directions in which the images vary most, each scaled to a standard deviation of 1). Some
# training labels are wrong, as in the other lessons; those of the validation set are right.
#
# ## The second fault: a clock
#
# `StepLR(step_size=30, gamma=0.1)` is the example of the documentation: divide the rate by ten every 30 calls. Look once
# more at where the program calls `scheduler.step()`. An epoch has 38 batches. For how many epochs is the rate at
# least a hundredth of the first?

# %%
from lrlib.course import check

my_prediction = None  # how many epochs, a number such as 7.5

log, ledger, loss, right = run(program, *article.ten_numbers(label_noise))
batches = len(ledger.used) // epochs
alive = (ledger.used > 0.0099 * base_lr).sum() / batches
check.reconcile(my_prediction, alive, tolerance=0.1, reread="the text below the figure")

# %% tags=["answer"]
from lrlib import plot
from lrlib.schedules import step

print(f"{alive:.1f} of {epochs} epochs; at the end {right:.1%} right")
rates = {
    "used": ledger.used,
    "meant: every 30 epochs": base_lr * step(30 * batches, 0.1).values(len(ledger.used)),
}
plot.lines(
    ledger.steps,
    rates,
    title="Used and meant rate of the copied program",
    xlabel="step (optimizer updates)",
    ylabel="rate (log scale)",
    log_y=True,
)

# %% [markdown]
# **We see** the rate of every update, and what the author meant, if "30" is read as epochs. **This means** that the clock
# of the scheduler counts its *calls*. Called after each batch, it has divided by ten several times before the third epoch is
# over; from then on the program computes gradients and hardly moves. **It does not mean** that calling it after each
# batch is wrong: then all lengths are batches, too.
#
# ## The third fault: another run's horizon
#
# It is in the same figure. As *meant*, the first drop comes after 30 epochs. That length belongs to the runs of 90 epochs
# and more that this example was made for. Where a run has fewer than 30, the line is flat: a schedule that never acts. So
# with the clock repaired the program trains at a constant rate, under the name of a decay.
#
# ## The fourth and the fifth: what the log says
#
# The first three columns are what the program printed after each epoch. Beside them stands what the ledger saw, the rates of the
# first and of the last update of the epoch; and, for the last epoch, the validation loss of all rows, computed once more from the
# final network. Where do they disagree?

# %%
used = ledger.used[: epochs * batches].reshape(epochs, batches)
log["first used"], log["last used"] = used[:, 0], used[:, -1]
log["true"] = [""] * (epochs - 1) + [f"{loss:.3g}"]
log.map(lambda value: value if isinstance(value, str) else f"{value:.3g}")

# %%
stated = log["valid loss"].iloc[-1]
early = (log["rate"] < log["first used"] * 0.99).sum()
print(f"true over printed validation loss: {loss / stated:.1f}; rows a batch: 32")
print(f"epochs whose printed rate is not that of their first update: {early} of {epochs}")

# %% [markdown]
# `get_last_lr()` is printed after `scheduler.step()`, so it is the rate of the *next* update: the log never shows the rate
# with which its epoch began. And the validation loss adds up means of batches, then divides by the number of *rows*: too
# small by about the batch size, and nobody complains of a loss that is low. (The training loss is that of one batch. `net.eval()` and
# `torch.no_grad()` are missing, too; this `Net` has no dropout or batch norm, so here that costs only memory and time.)
#
# ## The repaired program
#
# One schedule over the whole run, counted in batches as it is called; the rate read *before* it is used; means over rows;
# `train()`, `eval()` and no gradients where none are wanted.

# %%
from torch.optim.lr_scheduler import LinearLR


def repaired(net, optimizer, train_loader, valid_loader):
    log, criterion = {}, nn.CrossEntropyLoss()
    T = epochs * len(train_loader)
    scheduler = LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=T)
    for epoch in range(1, epochs + 1):
        net.train()
        rate, train_loss, valid_loss = optimizer.param_groups[0]["lr"], 0.0, 0.0
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(inputs), targets)
            loss.backward()
            optimizer.step()
            scheduler.step()
            train_loss += loss.item() * len(targets) / len(train_loader.dataset)
        net.eval()
        with torch.no_grad():
            for inputs, targets in valid_loader:
                part = len(targets) / len(valid_loader.dataset)
                valid_loss += criterion(net(inputs), targets).item() * part
        log[epoch] = rate, train_loss, valid_loss
    return log


# %%
log, ledger, loss, right = run(repaired, *article.ten_numbers(label_noise))
first = ledger.used.reshape(epochs, -1)[:, 0]
agrees = abs(log["rate"] - first).max() < 1e-12
print("printed rate is that of the epoch's first update:", agrees)
print("printed validation loss is true:", abs(log.iloc[-1, 2] - loss) < 1e-9)
print(f"at the end {right:.1%} right")
log.map("{:.3g}".format)

# %% [markdown]
# ## What the repairs change
#
# One run of each is no evidence (lesson 04). Repairs four and five change no weight, only what is said of them. The others
# do, so train each state of the program with many seeds, in pairs: as copied; with the clock repaired, which is a constant rate;
# and with the horizon repaired, a line to zero. All have the rate of the program first, since whoever copies it keeps that.
# Where does the line end, against the constant?

# %%
from IPython.display import display

from lrlib import stats, train
from lrlib.course.finding import found
from lrlib.schedules import constant, linear

my_line = None  # "lower", "higher" or "cannot tell"

steps, task = len(ledger.used), article.task(Net, label_noise)
states = {
    "as copied": step(30, 0.1),
    "clock repaired": constant(),
    "horizon repaired": linear(1, 0, steps),
}
at_once = train.sweep(task, states, base_lr, range(n_seeds), steps=steps)
verdicts = stats.ranking(at_once, reference="clock repaired")["verdict"]
words = {"better": "lower", "worse": "higher", "cannot tell": "cannot tell"}
line = words[verdicts["horizon repaired"]]
check.category(my_line, line, words.values(), reread="the text below the figure")

# %% tags=["answer"]
readings = {
    "better": "So the last repair helps at once.",
    "worse": "So the last repair alone makes it worse: a decay wants a higher peak than a constant.",
    "cannot tell": "So the last repair alone is not seen to matter.",
}
about = ("horizon repaired", "as copied")
display(found(at_once, readings, about=about, reference="clock repaired"))
plot.forest(at_once, reference="clock repaired")

# %%
own = {name: states[name] for name in ("clock repaired", "horizon repaired")}
grid = [0.2 * 2 ** (k / 2) for k in range(6)]
tuned = train.tune(task, own, grid, range(1000, 1008), steps=steps, widen=0)
judged = train.judge(task, tuned, range(n_seeds))
for name, peak in tuned.fitted.items():
    print(f"{name}: best rate {peak.rate:.2f}, at the end of the grid: {peak.at_edge}")
readings = {
    "better": "So with a peak of its own the decay pays.",
    "worse": "So even with a peak of its own the decay costs something here.",
    "cannot tell": "So each at its own peak, these pairs do not tell a decay from a constant rate.",
}
display(found(judged, readings, about="horizon repaired", reference="clock repaired"))
plot.house(judged, reference="clock repaired")

# %% [markdown]
# **We see** paired differences at the rate of the program; then, in the last figure, constant rate and line each at a
# peak of its own, tuned on other seeds. (The grid ends where single runs begin to differ between
# computers, lesson 25: a peak at its end may not be the best, and its schedule is then judged too hard, not too kindly.) **This means**
# that each repair has a size: compare what *as copied* loses with what the choice between the two schedules changes. And that a
# schedule is repaired together with its peak: the line alone does what the first sentence says, at its own peak what the last says. **It does not mean** that faults four
# and five are harmless. They change no weight, but who reads that log tunes by it.

# %%
from IPython.display import Markdown

stages = at_once.losses() | {f"tuned {n}": x for n, x in judged.losses().items()}
dead, kept, _, *tuned_ends = (losses.mean() for losses in stages.values())
Markdown(
    "> **Do this.** Before you trust a copied program: put `Ledger.watch` around its optimizer and draw the used rate over"
    f" the run. That figure shows two of the five, and beside the log a third. The clock alone moved the validation loss from {dead:.2f} to {kept:.2f}"
    f" nats here, a tuned peak then to {tuned_ends[0]:.2f}, and {tuned_ends[1]:.2f} with the line. So tune the peak next, together"
    " with the schedule. How sure: what the ledger shows is sure for every program, the sizes are of one small network."
)

# %% [markdown]
# **What this does not show.** One small network and data set. The pattern is ours: each fault is seen in many programs, all five
# in few. And a program without these faults may still have others: [lesson 23](23_museum_of_broken_schedules.ipynb) has more than forty.
#
# ## References
#
# - PyTorch documentation, [StepLR](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html), whose
#   example has `step_size=30`; [torch.optim](https://docs.pytorch.org/docs/stable/optim.html): where to call the scheduler.
# - Bouthillier et al. 2021, *Accounting for Variance in Machine Learning Benchmarks*,
#   [arXiv:2103.03098](https://arxiv.org/abs/2103.03098): why one seed is not enough.

# %% [markdown] tags=["navigation"]
# [Previous: 26 Moving a tuned peak](26_moving_a_tuned_peak.ipynb) | [All lessons](index.ipynb) | [Next: Gallery of schedules](gallery.ipynb)
