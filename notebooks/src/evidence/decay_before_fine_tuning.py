# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Is a network that was never decayed the better one to fine-tune?
#
# *After this you can say what a decay in the first training is worth before fine-tuning and after it,
# on a task small enough to try it yourself.*
#
# Claims: stable-only-fine-tunes-better - computes in under 30 s - data: none to download

# %% [markdown]
# ## What is said
#
# Nearly everybody lets the rate fall at the end of the first training, because the loss falls with
# it. "Do not decay in pre-training if you will fine-tune", a paper of 2026 answers (Yano et al.): a
# rate that is warmed up and then kept leaves a model that is worse at first, and better once it was
# fine-tuned. The reason that it gives is the shape of the place where training ends: a decay leads
# into a narrow valley, a constant rate stays in a wide one, from which it is easier to move on.

# %%
from lrlib.evidence import claims

print(claims.get("stable-only-fine-tunes-better").number)

# %% [markdown]
# ## How it is tested here
#
# A network of two hidden layers learns the handwritten digits, and then their *mirror images*, of
# which it sees only a hundred. Both trainings are Adam, with an optimizer of its own for each. The
# first is either at a constant rate after its warm-up, or half a cosine to zero; the second has a
# linear decay to zero in both arms.
#
# *Fixed before anything was trained*: the rate of the first training is the one that ends lowest in
# the *first* task, for each arm, on tuning seeds. That of the second is tuned for each arm too,
# interpolated, and how well the seeds know it goes into the interval. What counts is the loss on all
# held-out mirror images, for 32 other seeds, in pairs: a pair shares its first weights, the order of
# its examples and the hundred images. A difference of less than half a per cent counts as none.

# %%
from lrlib import plot
from lrlib.evidence import finetuning

plot.schedules(finetuning.BEFORE, finetuning.FIRST, "The two ways to train first")

# %% [markdown]
# **Predict**: after fine-tuning, which of the two has the lower loss on mirror images?

# %%
my_prediction = None  # "constant" or "cosine"

# %% [markdown]
# ## The measurement
#
# First what everybody sees who does not fine-tune: the loss on held-out digits at the end of the
# first training, for eight of the seeds, trained here.

# %%
from torch.func import functional_call, vmap

task, few = finetuning.digits(), finetuning.JUDGING[:8]
rates = finetuning.best_before()

# %%
model, (images, labels) = task.model(0), task.heldout
ended = {
    name: finetuning.trained(task, few, finetuning.BEFORE[name], rate)
    for name, rate in rates.items()
}


def heldout(weights):
    return vmap(lambda w: task.loss(functional_call(model, w, (images,)), labels))(weights)


# %%
from lrlib.evidence.measures.scale import mean

first = {name: mean(heldout(w).numpy()) for name, w in ended.items()}
for name, rate in rates.items():
    print(f"{name}: best rate of the grid {rate:.3g}")
label = "held-out loss on digits (nats)"
plot.intervals(first, "Before fine-tuning", xlabel=label, line=float("nan"))

# %% [markdown]
# Then what comes after. The measurement itself trains for a minute, so it is stored, and a test of
# the project makes it again.

# %%
from lrlib.course import check

found = claims.measure("stable-only-fine-tunes-better")
after = found.measured.parts
check.category(my_prediction, min(after, key=lambda name: after[name][0]), tuple(after))

# %%
label = "held-out loss on mirror images (nats)"
plot.intervals(after, "After fine-tuning", xlabel=label, line=float("nan"))

# %% [markdown]
# **We see** mean losses with their intervals over seeds, before and after. **This means** what the
# verdict below says, which compares pairs: two intervals may overlap where a pair by pair difference
# is clear. **It does not mean** that the two figures may be subtracted; they are losses on different
# images.
#
# ## The verdict

# %%
found

# %% [markdown]
# ## A second way
#
# The networks of all seeds are trained as one stack. Is a stack of networks the same as each of them
# alone? Here is one of them again, in the loop that anyone would write; a test of the project does so
# for all seeds and both trainings.

# %%
from lrlib import train

name, seed = "cosine", few[3]
how = {"evaluations": 1, "optimizer": train.Adam()}
alone = train.run(task, finetuning.BEFORE[name], rates[name], seed, **how).heldout_loss[-1]
stacked = float(heldout(ended[name])[3])
print(f"alone {alone:.4f}, in the stack {stacked:.4f} nats")

# %% [markdown]
# ## What this does and does not show
#
# The paper is about language models of one and of eight billion parameters, which learn to follow
# instructions. Here a network of three and a half thousand learns one more view of ten digits. What
# is shared is the question, whether a decay leaves less room to move, and not the regime: the
# published models see each example once, and this one sees its digits ten times over, so that a decay
# also means a closer fit to what it has seen. A null result, or one of the opposite sign, would say
# that the effect is no general property of networks that were decayed; it would not say that it is
# absent at the published scale. And a loss on one new task is not the set of benchmarks by which the
# paper judges.
#
# ## References
#
# - Yano et al. 2026, *Pre-training LLM without Learning Rate Decay Enhances Supervised Fine-Tuning*,
#   arXiv:2603.16127.

# %% [markdown] tags=["navigation"]
# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)
