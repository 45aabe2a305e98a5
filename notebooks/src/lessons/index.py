# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The course on one page
#
# Each lesson asks before it answers, shows the rate that was really used, and lets you try. Together they take
# about 27 hours. Begin with [00 Two runs, one line apart](00_two_runs.ipynb); after that, follow the numbers, or start from a
# [question](#Five-questions), from the [section of an introduction](#From-an-introduction-to-the-lessons) that
# you have read, from the [list](#All-lessons), or from a [word](#Words).
#
# Beside the lessons stands [the register of claims](../evidence/register.ipynb): what is said about schedules,
# and what of it holds when it is measured again.

# %% [markdown]
# ## Five questions

# %% [markdown]
# ### Why adjust the learning rate?
#
# Because one rate has two jobs. A high one gets far in few updates, and never comes to rest; a low one is quiet, and slow. A schedule does the first job first.
#
# - [00 Two runs, one line apart](00_two_runs.ipynb): two programs that differ in one line, and how to know whether the line did anything
# - [02 The noise floor](02_noise_floor.ipynb): why a constant rate stops improving, at which loss, and how fast a decay gets below it
# - [07 Linear to zero](07_linear_to_zero.ipynb): why the last weights want the rate to go to zero: a reason in four lines, a bound, an experiment
# - [12 The last tenth](12_the_last_tenth.ipynb): why the loss drops when a run cools down, and when there is nothing to gain
# - [14 Averaging instead of decaying](14_averaging_instead_of_decaying.ipynb): the other way to be rid of noise: average the weights, and see which decay that stands for

# %% [markdown]
# ### How do I choose it?
#
# Two choices, and they belong together: a shape, and a peak that is tuned for this shape. Judge on seeds that chose nothing, and accept *cannot tell*.
#
# - [01 Step size on a bowl](01_step_size_on_a_bowl.ipynb): what the curvature says about rates: the limit, the best rate, and how close they may lie
# - [03 Range test](03_range_test.ipynb): a range test: what its two ends measure, and why its best reading is not the best rate
# - [04 Measuring honestly](04_measuring_honestly.ipynb): how many seeds a comparison needs, and how to read a table of verdicts
# - [05 Steps and milestones](05_steps_and_milestones.ipynb): where to put a drop, and how large to make it
# - [06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb): which decay for which run: what its rates add up to, and how much noise they let in
# - [08 Cosine decay](08_cosine_decay.ipynb): cosine or line, in four settings of length and momentum, and what decides between them
# - [09 Cycles and warm restarts](09_cycles_and_restarts.ipynb): what restarts cost and buy, and where to stop such a run
# - [11 Warm-up](11_warmup.ipynb): whether your run needs a warm-up, and of how many updates
# - [12 The last tenth](12_the_last_tenth.ipynb): how low to go, in which shape, and for how long
# - [13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb): one long run for many lengths: what it saves, and what it costs
# - [15 Wrong horizon](15_wrong_horizon.ipynb): what a wrong length costs, and three ways to go on after the end
# - [16 Plateau](16_plateau.ipynb): how patient a plateau rule must be for your noise, and whether its looking helps
# - [17 Adam and the effective rate](17_adam_and_the_effective_rate.ipynb): why "0.001" says nothing without its optimizer, and whether an adaptive rate needs a schedule
# - [18 No rate to tune?](18_no_rate_to_tune.ipynb): methods without a rate to tune against a tuned decay, for the same number of runs
# - [19 Batch size](19_batch_size.ipynb): which rate belongs to another batch size, and where a larger batch stops paying
# - [20 Groups and fine-tuning](20_groups_and_fine_tuning.ipynb): which layers want the larger rate in a fine-tune, and what rate an adapter wants
# - [21 Weight decay and momentum](21_weight_decay_and_momentum.ipynb): how much weight decay, told as the part of a run that it remembers
# - [24 Stop, save, resume, choose](24_stop_save_resume_choose.ipynb): one schedule and one peak for a fixed number of runs, by a plan that is marked
# - [26 Moving a tuned peak](26_moving_a_tuned_peak.ipynb): how a tuned peak moves with width, batch and length, and what to do when you can afford one run
# - [Gallery of schedules](gallery.ipynb): every schedule of the library by its shape, with formula and source

# %% [markdown]
# ### How do schedule and optimizer depend on each other?
#
# The optimizer decides what a rate means. Momentum, Adam's denominators, weight decay and the batch size all change how far an update moves, and a schedule multiplies all of it.
#
# - [01 Step size on a bowl](01_step_size_on_a_bowl.ipynb): momentum: which rate it stands for, and what it does to the limit
# - [10 One-cycle](10_one_cycle.ipynb): rate and momentum moved in opposite directions, and whether that matters
# - [11 Warm-up](11_warmup.ipynb): what goes wrong in Adam's first updates, and what warm-up does about it
# - [17 Adam and the effective rate](17_adam_and_the_effective_rate.ipynb): what Adam makes of the number that you call its rate, weight by weight
# - [18 No rate to tune?](18_no_rate_to_tune.ipynb): optimizers that measure their own rate, and what is left for a schedule
# - [21 Weight decay and momentum](21_weight_decay_and_momentum.ipynb): weight decay under a schedule, and a rate carried from one momentum to another
# - [26 Moving a tuned peak](26_moving_a_tuned_peak.ipynb): a factor in a layer is a rate, for SGD otherwise than for Adam

# %% [markdown]
# ### How do I implement it?
#
# Call `scheduler.step()` after every `optimizer.step()`, count everything in updates, and look at the rate that was used. Lessons 05 to 21 have the line for PyTorch, Hugging Face, Keras and optax.
#
# - [00 Two runs, one line apart](00_two_runs.ipynb): a complete training loop to copy, and a ledger to watch it
# - [05 Steps and milestones](05_steps_and_milestones.ipynb): steps and milestones, and the clock that counts epochs for updates
# - [06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb): "a tenth every n steps" in code, and a decay that eats its own output
# - [07 Linear to zero](07_linear_to_zero.ipynb): a line to zero, and two faults that its ledger shows
# - [08 Cosine decay](08_cosine_decay.ipynb): half a cosine, its two kinds of floor, and a cosine that climbs again
# - [09 Cycles and warm restarts](09_cycles_and_restarts.ipynb): warm restarts in PyTorch, and how to tell them from a wave
# - [13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb): save a trunk, branch from it, and check the branch to the last bit
# - [14 Averaging instead of decaying](14_averaging_instead_of_decaying.ipynb): averages of weights in PyTorch, Keras and optax, and their traps
# - [15 Wrong horizon](15_wrong_horizon.ipynb): what a scheduler does that is resumed with another length
# - [16 Plateau](16_plateau.ipynb): `ReduceLROnPlateau` and its relatives, and five ways to be wrong with them
# - [19 Batch size](19_batch_size.ipynb): a large batch in small pieces, exactly, and whose clock counts what
# - [20 Groups and fine-tuning](20_groups_and_fine_tuning.ipynb): a schedule for each group of parameters, and four ways to freeze, of which one does not
# - [21 Weight decay and momentum](21_weight_decay_and_momentum.ipynb): decoupled decay and L2 in PyTorch, optax and Keras, and the trap between them
# - [22 One name, eight schedules](22_one_name_eight_schedules.ipynb): five choices that make libraries differ under one name, and how to port a recipe
# - [23 The museum of broken schedules](23_museum_of_broken_schedules.ipynb): programs that run and use other rates than planned: find the fault in the ledger
# - [24 Stop, save, resume, choose](24_stop_save_resume_choose.ipynb): stop, save and resume so that nothing changes
# - [25 The digits of a computer](25_the_digits_of_a_computer.ipynb): what of a run two computers agree on, and which digits may be printed
# - [A popular program, repaired](article.ipynb): the program that introductions show, its five faults, and what each repair changes
# - [Gallery of schedules](gallery.ipynb): the text that makes each schedule

# %% [markdown]
# ### What differs between kinds of networks?
#
# Less is known than is said. The same experiments on several small tasks agree on some things and not on others; these lessons show which.
#
# - [10 One-cycle](10_one_cycle.ipynb): nine schedules on digits and on Shakespeare's characters: which differences are real on which
# - [12 The last tenth](12_the_last_tenth.ipynb): the same endings on three tasks, one of them convex
# - [20 Groups and fine-tuning](20_groups_and_fine_tuning.ipynb): a pretrained body and a new head: which of them wants the larger rate, and when
# - [26 Moving a tuned peak](26_moving_a_tuned_peak.ipynb): narrow and wide networks: how the best rate moves, and a parametrisation in which it should stay

# %% [markdown]
# ## From an introduction to the lessons
#
# Most introductions to learning rates have these sections. Here is what stands behind each.

# %% [markdown]
# ### A fixed rate
#
# *Choose one number and keep it.* The simplest schedule, and the one that all others are measured against.
#
# - [00 Two runs, one line apart](00_two_runs.ipynb): a fixed rate against a decayed one, and who chose the rate
# - [01 Step size on a bowl](01_step_size_on_a_bowl.ipynb): which fixed rates converge, overshoot or blow up
# - [02 The noise floor](02_noise_floor.ipynb): the loss below which a fixed rate does not get
# - [03 Range test](03_range_test.ipynb): how to look for it with short runs

# %% [markdown]
# ### Linear decay
#
# *Take away the same amount at every step.*
#
# - [07 Linear to zero](07_linear_to_zero.ipynb): the line, its floor, and why its end matters
# - [12 The last tenth](12_the_last_tenth.ipynb): a line at the end only: the cooldown
# - [15 Wrong horizon](15_wrong_horizon.ipynb): a line whose length is wrong

# %% [markdown]
# ### Exponential decay
#
# *Multiply by the same factor at every step*, or every so many steps.
#
# - [05 Steps and milestones](05_steps_and_milestones.ipynb): the same factor, every so many steps: stairs
# - [06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb): exponential, 1/t and 1/sqrt t, and which of them stop early

# %% [markdown]
# ### Restarts and cycles
#
# *Jump back to the start and decay again*, or climb and fall in waves.
#
# - [08 Cosine decay](08_cosine_decay.ipynb): the half cosine that is restarted
# - [09 Cycles and warm restarts](09_cycles_and_restarts.ipynb): restarts, waves, and a formula that is undefined at the start
# - [10 One-cycle](10_one_cycle.ipynb): a single cycle, up and down

# %% [markdown]
# ### Changed by hand
#
# *Watch the loss and turn the rate down when it stalls.*
#
# - [02 The noise floor](02_noise_floor.ipynb): noise, or steps that are too long? What to look at before you turn the knob
# - [05 Steps and milestones](05_steps_and_milestones.ipynb): when a drop comes too early or too late
# - [15 Wrong horizon](15_wrong_horizon.ipynb): what to do with a finished run that may go on
# - [24 Stop, save, resume, choose](24_stop_save_resume_choose.ipynb): stop and resume to the last bit, and what changes with another batch size

# %% [markdown]
# ### Changed online
#
# *Let the training change the rate, from its losses or gradients.* The formula that is often printed here divides by "second-order gradients"; lesson 17 says what is meant.
#
# - [16 Plateau](16_plateau.ipynb): a rule that waits for a plateau, and how soon it cuts on noise alone
# - [17 Adam and the effective rate](17_adam_and_the_effective_rate.ipynb): AdaGrad-Norm, of which the printed formula is a misreading
# - [18 No rate to tune?](18_no_rate_to_tune.ipynb): Polyak's step, DoG and Prodigy: rates that are measured on the way

# %% [markdown]
# ### The code
#
# *A network, an optimizer, a loop over epochs, a printed rate.*
#
# - [00 Two runs, one line apart](00_two_runs.ipynb): a loop that is right, to copy
# - [A popular program, repaired](article.ipynb): the usual program, repaired
# - [22 One name, eight schedules](22_one_name_eight_schedules.ipynb): the same words in fifteen libraries
# - [23 The museum of broken schedules](23_museum_of_broken_schedules.ipynb): what goes wrong, as a museum
# - [24 Stop, save, resume, choose](24_stop_save_resume_choose.ipynb): what a checkpoint has to hold
# - [Gallery of schedules](gallery.ipynb): schedules to choose from

# %% [markdown]
# ### Outlook: adaptive rates
#
# *A rate of its own for every parameter.*
#
# - [11 Warm-up](11_warmup.ipynb): the start of Adam, looked at closely
# - [17 Adam and the effective rate](17_adam_and_the_effective_rate.ipynb): Adam, and the rate that each parameter really gets
# - [18 No rate to tune?](18_no_rate_to_tune.ipynb): methods that promise to need no rate, and the knob that each keeps
# - [21 Weight decay and momentum](21_weight_decay_and_momentum.ipynb): AdamW as people use it: decay, clipping, and a second beta

# %% [markdown]
# ### Outlook: efficient optimisation
#
# *The same loss for less work.*
#
# - [10 One-cycle](10_one_cycle.ipynb): super-convergence, put to a test
# - [13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb): one run in place of many
# - [14 Averaging instead of decaying](14_averaging_instead_of_decaying.ipynb): an average in place of a decay
# - [19 Batch size](19_batch_size.ipynb): larger batches: what they save, and up to where
# - [20 Groups and fine-tuning](20_groups_and_fine_tuning.ipynb): start from what another run has learned
# - [26 Moving a tuned peak](26_moving_a_tuned_peak.ipynb): tune a small run, and carry its rate to a large one

# %% [markdown]
# ### Outlook: the global optimum
#
# *A good schedule should find the lowest point of all.* No lesson shows that one does: for a network nobody knows where that point is. What can be said is said of bowls and of convex losses; elsewhere the course measures the held-out loss at the end.
#
# - [01 Step size on a bowl](01_step_size_on_a_bowl.ipynb): a bowl, where the lowest point is known and everything can be computed
# - [06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb): what a decay must add up to, to arrive from anywhere
# - [07 Linear to zero](07_linear_to_zero.ipynb): what can be proved for convex losses
# - [09 Cycles and warm restarts](09_cycles_and_restarts.ipynb): what a jump out of a valley costs at once, and what it buys
# - [18 No rate to tune?](18_no_rate_to_tune.ipynb): Polyak's step, which would have to know how low the lowest point is

# %% [markdown]
# ## All lessons
#
# | lesson | minutes | after it you can |
# | --- | --- | --- |
# | [00 Two runs, one line apart](00_two_runs.ipynb) | 60 | change the rate during training, read in a ledger whether it really changed, say whether the change helped, and put a schedule into a training loop of your own |
# | [01 Step size on a bowl](01_step_size_on_a_bowl.ipynb) | 60 | say from a curvature which rates converge, overshoot or blow up, with momentum and without, measure the limit of a function you cannot see into, and say what noise adds |
# | [02 The noise floor](02_noise_floor.ipynb) | 60 | compute the loss at which a constant rate stops improving, say how fast a decay gets below it, and tell noise from steps that are too long |
# | [03 Range test](03_range_test.ipynb) | 60 | find with short runs roughly where training breaks, and say why no reading of such a test is the best rate: it mixes the rate with the time at which it was tried, and with the smoothing |
# | [04 Measuring honestly](04_measuring_honestly.ipynb) | 65 | compare settings in pairs, say how many seeds that takes, read a verdict that is corrected for its whole table, and say what an interval does not cover |
# | [05 Steps and milestones](05_steps_and_milestones.ipynb) | 55 | write step decay from memory, say which update is the first at the lower rate, place a milestone, and see in a ledger that a drop was counted in the wrong unit |
# | [06 Exponential, 1/t, 1/sqrt t](06_exponential_and_its_kin.ipynb) | 45 | turn "divide by 10 every n steps" into code, say which decays stop early and which never stop shaking, and spot a decay that is fed back into itself |
# | [07 Linear to zero](07_linear_to_zero.ipynb) | 45 | write linear decay with a floor, say why the last weights want the rate to go to zero, and find two faults of a linear decay in its ledger |
# | [08 Cosine decay](08_cosine_decay.ipynb) | 50 | write cosine decay from memory, say what T does, and spot a cosine that climbs again |
# | [09 Cycles and warm restarts](09_cycles_and_restarts.ipynb) | 55 | write cosine decay with warm restarts, tell a restart from a wave in a ledger, and say what a restart costs and what it buys |
# | [10 One-cycle](10_one_cycle.ipynb) | 60 | drive rate and momentum together, tell a one-cycle that was stepped per epoch from its ledger alone, and say which of nine schedules really differ on two tasks |
# | [11 Warm-up](11_warmup.ipynb) | 60 | write a warm-up and say what its first update does, test an explanation by an intervention, and decide whether and how long to warm up a run of your own |
# | [12 The last tenth](12_the_last_tenth.ipynb) | 60 | end a run well: choose a final rate, a shape and a length for the cooldown, and say why the loss drops there |
# | [13 Warm-up, stable, decay](13_warmup_stable_decay.ipynb) | 60 | train once and branch many times: build a loss-versus-budget curve from one trunk, and say what it saves and what it costs |
# | [14 Averaging instead of decaying](14_averaging_instead_of_decaying.ipynb) | 60 | average the weights of a run, say which decay that stands for, match a window to a cooldown, and say what an average cannot repair |
# | [15 Wrong horizon](15_wrong_horizon.ipynb) | 60 | say what a wrong T costs, extend a finished run in three ways and rank them, and foresee what a scheduler does when it is resumed with another T |
# | [16 Plateau](16_plateau.ipynb) | 60 | say all that a plateau rule remembers, compute how soon it cuts on noise alone, choose its patience for your noise, and test whether its looking helps |
# | [17 Adam and the effective rate](17_adam_and_the_effective_rate.ipynb) | 55 | say what an optimizer makes of the number that you call its rate, repair a widely copied formula for adaptive rates, and predict what a loss in other units changes |
# | [18 No rate to tune?](18_no_rate_to_tune.ipynb) | 60 | say what Polyak's step, DoG, Prodigy and Schedule-Free measure in place of a rate, name the knob that each of them keeps, and compare one with a tuned schedule at an equal bill |
# | [19 Batch size](19_batch_size.ipynb) | 60 | say which rate belongs to another batch size, split a large batch and count its updates right, measure how noisy a gradient is, and choose between a lower rate and a larger batch |
# | [20 Groups and fine-tuning](20_groups_and_fine_tuning.ipynb) | 60 | give each part of a network a schedule of its own, freeze a part and know that it stands still, decide which layers want the larger rate in a fine-tune, and say why adapters have another rate |
# | [21 Weight decay and momentum](21_weight_decay_and_momentum.ipynb) | 60 | say how fast weight decay forgets under a schedule, predict where weights settle, tell what decay buys from what it costs, and carry a rate from one momentum to another |
# | [22 One name, eight schedules](22_one_name_eight_schedules.ipynb) | 60 | say what "five warmup steps, then cosine, 20 steps" means in a library you have never used, and make two libraries agree to twelve digits |
# | [23 The museum of broken schedules](23_museum_of_broken_schedules.ipynb) | 80 | look at planned and used rates, name the fault behind the gap, and restore a run so that there is none |
# | [24 Stop, save, resume, choose](24_stop_save_resume_choose.ipynb) | 60 | save a run so that it resumes to the last bit, see what a resume forgot, and choose a schedule and a peak for a fixed budget by a plan that you can defend |
# | [25 The digits of a computer](25_the_digits_of_a_computer.ipynb) | 60 | say when two computers agree on a run and when no number of digits helps, measure the sharpness of a network, and choose what of a run may be printed |
# | [26 Moving a tuned peak](26_moving_a_tuned_peak.ipynb) | 50 | carry a tuned rate to another width, batch or horizon, say what a wrong guess costs, and set the rate of a run that you can afford once |
# | [A popular program, repaired](article.ipynb) | 30 | read the training program of an introduction, find its five faults with a ledger and its own log, and say which of them cost anything |
# | [Gallery of schedules](gallery.ipynb) | 10 | find a schedule by its shape, and know its formula, where it comes from and when people use it |

# %% [markdown]
# ## Words
#
# One word for one thing, as the lessons use it. The number leads to the lesson that explains the word first.
#
# | word | what it is | lesson |
# | --- | --- | --- |
# | **AdaGrad-Norm** AdaGrad-Norm 方法 | one rate for all weights, divided by the root of the sum of the squared lengths of all gradients so far | [17](17_adam_and_the_effective_rate.ipynb) |
# | **Adam** Adam 优化器 | moves every weight by the rate times a running average of gradients over the root of one of their squares | [11](11_warmup.ipynb) |
# | **base_lr** 基准学习率 | the fixed number that a schedule's factor multiplies; the peak rate, where no factor is above 1 | [00](00_two_runs.ipynb) |
# | **batch** 批量 | a few examples; an update computes the gradient of their loss | [00](00_two_runs.ipynb) |
# | **bias** 偏差 | what is left of the start in the loss; the rest is noise | [14](14_averaging_instead_of_decaying.ipynb) |
# | **blind guess** 盲猜 | calls all classes equally likely, whatever the input; its loss is the logarithm of their number | [00](00_two_runs.ipynb) |
# | **branch** 分支 | a cooldown that leaves the trunk: the same, to the last bit, as a run from scratch with that length | [13](13_warmup_stable_decay.ipynb) |
# | **condition number** 条件数 | $\kappa$: the largest curvature over the smallest: what one rate for all directions costs | [01](01_step_size_on_a_bowl.ipynb) |
# | **cooldown** 冷却（退火） | the last part of a run that kept its rate up: only there the rate comes down | [12](12_the_last_tenth.ipynb) |
# | **coordinate check** 坐标检查 | a few updates at several widths, and a look at how far outputs moved | [26](26_moving_a_tuned_peak.ipynb) |
# | **correlation** 相关系数 | 1 where two values rise and fall in step, 0 where they ignore each other | [04](04_measuring_honestly.ipynb) |
# | **cosine decay** 余弦退火 | $\frac{1 + \cos(\pi t / T)}{2}$: half a wave from 1 to 0: it lingers at the top and lands softly | [08](08_cosine_decay.ipynb) |
# | **critical batch** 临界批量 | $B_{\mathrm{crit}}$: far below this batch size twice the rows save half of the updates; far above it, none | [19](19_batch_size.ipynb) |
# | **curvature** 曲率 | $h$: how fast the gradient grows as we leave the bottom of a bowl | [01](01_step_size_on_a_bowl.ipynb) |
# | **cycle** 周期 | one descent of a schedule that starts again | [09](09_cycles_and_restarts.ipynb) |
# | **dead update** 空更新 | an update at rate zero: it computes a gradient and moves nothing | [11](11_warmup.ipynb) |
# | **decoupled decay** 解耦权重衰减 | weights are shrunk beside the optimizer's step, and not through the gradient | [21](21_weight_decay_and_momentum.ipynb) |
# | **descent lemma** 下降引理 | by how much one step lowers the loss at least, where no curvature is above $L$ | [01](01_step_size_on_a_bowl.ipynb) |
# | **discriminative rates** 分层学习率 | smaller rates for the body of a network that was trained before than for its new head | [20](20_groups_and_fine_tuning.ipynb) |
# | **DoG** DoG 方法 | distance over gradients: the rate is measured by how far the weights have travelled | [18](18_no_rate_to_tune.ipynb) |
# | **effective rate** 有效学习率 | $\eta / (1 - \mu)$: what moves the weights in effect: with momentum, along a steady slope, the rate over $1 - \mu$ | [01](01_step_size_on_a_bowl.ipynb) |
# | **EMA** 指数移动平均 | $\beta$: exponential moving average: keeps a share $\beta$ of the old average at every update | [14](14_averaging_instead_of_decaying.ipynb) |
# | **epoch** 轮 | one pass over the training examples | [00](00_two_runs.ipynb) |
# | **equivalent** 等效 | shown to differ by less than a margin that was named beforehand; more than *cannot tell* | [04](04_measuring_honestly.ipynb) |
# | **expected loss** 期望损失 | the average loss over all possible noise; on a bowl it is computed exactly, without a seed | [06](06_exponential_and_its_kin.ipynb) |
# | **exponential decay** 指数衰减 | $\gamma^t$: multiply by the same factor at every step; its reach is finite, so that a run may stop early | [06](06_exponential_and_its_kin.ipynb) |
# | **factor** 倍率 | $f(t)$: what a schedule returns at a step: the rate in units of `base_lr` | [00](00_two_runs.ipynb) |
# | **floor** 下限 | the lowest factor of a decay | [07](07_linear_to_zero.ipynb) |
# | **full batch** 全批量 | every update uses all examples at once, so that nothing is random | [25](25_the_digits_of_a_computer.ipynb) |
# | **gamma** 衰减系数 | $\gamma$: what libraries call the factor of one drop, or of one step | [05](05_steps_and_milestones.ipynb) |
# | **geometric mean** 几何平均 | the mean of values that are compared as factors | [03](03_range_test.ipynb) |
# | **gradient accumulation** 梯度累积 | the gradients of several micro-batches are added up before one update | [19](19_batch_size.ipynb) |
# | **gradient noise scale** 梯度噪声尺度 | $B_{\mathrm{noise}}$: the batch size at which noise and signal of the gradient are equal | [19](19_batch_size.ipynb) |
# | **head** 输出头 | the last layer, often new in a fine-tune; what comes before it is the body | [20](20_groups_and_fine_tuning.ipynb) |
# | **held-out loss** 留出集损失 | the loss on examples that are kept away from training; what the course compares, at the last step | [00](00_two_runs.ipynb) |
# | **Hessian** 海森矩阵 | the table of all second derivatives of the loss | [11](11_warmup.ipynb) |
# | **Holm's correction** Holm 校正 | keeps the chance of any false alarm in a whole table below 5 % | [04](04_measuring_honestly.ipynb) |
# | **hook** 钩子 | a function that the optimizer calls at every update; the ledger sees the used rate through one | [00](00_two_runs.ipynb) |
# | **horizon** 总步数 | $T$: the end that a schedule promises; the run may end elsewhere | [15](15_wrong_horizon.ipynb) |
# | **implied schedule** 隐含调度 | the decay that an average stands for: how much of each gradient is in it | [14](14_averaging_instead_of_decaying.ipynb) |
# | **interval** 置信区间 | a range made such that about 95 of 100 repeated experiments would have the true mean inside theirs | [00](00_two_runs.ipynb) |
# | **inverse square root** 平方根倒数衰减 | $\frac{1}{\sqrt{1 + t/\tau}}$: decay like 1/sqrt t: any reach, and it never stops shaking | [06](06_exponential_and_its_kin.ipynb) |
# | **inverse time** 逆时衰减 | $\frac{1}{1 + t/\tau}$: decay like 1/t: any reach, and a bounded shake | [06](06_exponential_and_its_kin.ipynb) |
# | **L2** L2 正则项 | adds a share of the weight to the gradient; Adam then divides it, as it divides gradients | [17](17_adam_and_the_effective_rate.ipynb) |
# | **layer-wise decay** 逐层学习率衰减 | $d$: each layer has a share of the rate of the one after it | [20](20_groups_and_fine_tuning.ipynb) |
# | **learning rate** 学习率 | $\eta$: how far an update moves the weights against the gradient; *rate* for short | [00](00_two_runs.ipynb) |
# | **ledger** 学习率台账 | the record of a run: at each update the rate that was intended and the one that was used | [00](00_two_runs.ipynb) |
# | **linear decay** 线性衰减 | $1 - t/T$: take away the same amount at every step, so that nothing is left at the end | [07](07_linear_to_zero.ipynb) |
# | **linear rule** 线性缩放规则 | the rate grows as the batch size, where as many examples are seen | [19](19_batch_size.ipynb) |
# | **LoRA** 低秩适配 | $W + s\, B A$: the weights stay as they are, and a small change beside them is learnt, the product of two thin matrices | [20](20_groups_and_fine_tuning.ipynb) |
# | **memory** 记忆长度 | $1/(\eta h)$: the number of updates over which the weights forget where they were; the loss, a square, forgets twice as fast | [02](02_noise_floor.ipynb) |
# | **micro-batch** 微批量 | a piece of a batch that is too large for the memory | [19](19_batch_size.ipynb) |
# | **milestone** 里程碑 | $m$: a step at which the rate drops: the first update at the lower rate | [05](05_steps_and_milestones.ipynb) |
# | **momentum** 动量 | $\mu$: follow a sum of gradients that forgets a part of itself at every step, instead of the gradient | [01](01_step_size_on_a_bowl.ipynb) |
# | **multi-step decay** 多步衰减 | the rate is divided by the same number at chosen steps | [05](05_steps_and_milestones.ipynb) |
# | **muP** 最大更新参数化 | a parametrisation in which no layer's output moves more or less as the network gets wider | [26](26_moving_a_tuned_peak.ipynb) |
# | **nat** 奈特 | the unit of a cross-entropy that uses the natural logarithm | [00](00_two_runs.ipynb) |
# | **noise floor** 噪声基底 | the loss at which a constant rate stops improving: there the pull of the slope and the push of the noise balance | [01](01_step_size_on_a_bowl.ipynb) |
# | **off by one** 差一错误 | wrong by one in a count, so that something happens a tick of the clock too early or too late | [07](07_linear_to_zero.ipynb) |
# | **one-cycle** 单周期策略 | the rate climbs once, comes down once, and ends far below where it began | [10](10_one_cycle.ipynb) |
# | **overshoot** 过冲 | steps too long for the narrow places of the loss, even with perfect gradients | [02](02_noise_floor.ipynb) |
# | **p-value** p 值 | $p$: how often equals would differ by as much or more | [04](04_measuring_honestly.ipynb) |
# | **pair** 配对 | two runs with the same seed, so the same luck for both; their difference is what is compared | [00](00_two_runs.ipynb) |
# | **parameter group** 参数组 | parameters that have a rate, a weight decay and a momentum of their own in the optimizer | [20](20_groups_and_fine_tuning.ipynb) |
# | **patience** 耐心值 | $p$: how many readings in a row may be no better before a plateau rule cuts the rate | [16](16_plateau.ipynb) |
# | **peak** 峰值学习率 | the highest rate of a schedule; each schedule is compared at a peak of its own | [00](00_two_runs.ipynb) |
# | **plateau rule** 平台期规则 | cuts the rate when the readings that it is told have stopped improving | [16](16_plateau.ipynb) |
# | **Polyak's step** 波利亚克步长 | the rate that would bring the loss to its lowest value, were it a straight line | [18](18_no_rate_to_tune.ipynb) |
# | **power** 检验功效 | the share of repetitions in which a true effect of a given size would be found | [04](04_measuring_honestly.ipynb) |
# | **power method** 幂迭代法 | multiply a vector by the Hessian again and again: what is left is the steepest direction, and its growth the sharpness | [25](25_the_digits_of_a_computer.ipynb) |
# | **preset** 预设 | a schedule of `lrlib` with the factors of another library's own scheduler | [22](22_one_name_eight_schedules.ipynb) |
# | **Prodigy** Prodigy 方法 | Adam whose rate is an estimate of the distance to the minimum, which only grows | [18](18_no_rate_to_tune.ipynb) |
# | **range test** 学习率范围测试 | a short run whose rate grows by the same factor at every update until training breaks | [03](03_range_test.ipynb) |
# | **re-warm** 重新预热 | climb back to the peak after a finished run, and come down again | [15](15_wrong_horizon.ipynb) |
# | **reach** 累计学习率 | the sum of the rates of a run: how far it can get | [02](02_noise_floor.ipynb) |
# | **reference** 参照 | the schedule that all others of a table are compared with, chosen on the tuning seeds | [04](04_measuring_honestly.ipynb) |
# | **regret** 遗憾值 | how much higher the loss of a choice is, on other seeds, than that of the best setting of all | [24](24_stop_save_resume_choose.ipynb) |
# | **running mean** 滑动平均 | the mean over a stretch of neighbouring values; it makes a jagged loss readable, and moves what is read | [03](03_range_test.ipynb) |
# | **scaler** 损失缩放器 | multiplies the loss before `backward`, so that small gradients are not rounded to zero | [24](24_stop_save_resume_choose.ipynb) |
# | **schedule** 学习率调度 | the factor as a function of the step; known before the run begins | [00](00_two_runs.ipynb) |
# | **Schedule-Free** 无调度优化 | gradients are computed between the average and the newest weights, with no horizon anywhere | [14](14_averaging_instead_of_decaying.ipynb) |
# | **scheduler** 调度器 | the object that writes the rate into the optimizer; its counter counts its own calls | [00](00_two_runs.ipynb) |
# | **seed** 随机种子 | a number that names everything random in a run: first weights, order of the examples, wrong labels | [00](00_two_runs.ipynb) |
# | **SGD** 随机梯度下降 | stochastic gradient descent: the plain update, with nothing added | [00](00_two_runs.ipynb) |
# | **sharpness** 锐度 | the largest curvature of the loss: the largest eigenvalue of its Hessian | [11](11_warmup.ipynb) |
# | **skewness** 偏度 | lopsidedness: many values on one side and a few far off on the other | [04](04_measuring_honestly.ipynb) |
# | **snapshot ensemble** 快照集成 | keep the model from the end of each cycle, and average their predictions | [09](09_cycles_and_restarts.ipynb) |
# | **square-root rule** 平方根缩放规则 | the rate grows as the root of the batch size, where as many updates are made | [19](19_batch_size.ipynb) |
# | **stability limit** 稳定性极限 | $2/h$: the rate above which every step in a direction of curvature $h$ lands farther out | [01](01_step_size_on_a_bowl.ipynb) |
# | **standard deviation** 标准差 | $s$: how far single values usually lie from their mean | [04](04_measuring_honestly.ipynb) |
# | **standard error** 标准误 | $s/\sqrt n$: how far a mean of $n$ runs usually misses the true one | [02](02_noise_floor.ipynb) |
# | **step** 步 | $t$: the number of an update, counted from 0 | [00](00_two_runs.ipynb) |
# | **step decay** 阶梯衰减 | the rate is divided by the same number every $n$ steps | [05](05_steps_and_milestones.ipynb) |
# | **stored sweep** 预存实验 | runs that take minutes, kept beside the file that defines them, and repeated in part by a test | [04](04_measuring_honestly.ipynb) |
# | **super-convergence** 超收敛 | the claim that one-cycle with a very high peak needs a tenth of the updates | [10](10_one_cycle.ipynb) |
# | **SWA** 随机权重平均 | stochastic weight averaging: late in a run, take the rate to a constant and average from there | [14](14_averaging_instead_of_decaying.ipynb) |
# | **tail average** 尾部平均 | the plain mean of the last $n$ weights | [14](14_averaging_instead_of_decaying.ipynb) |
# | **test set** 测试集 | held-out examples on which one judges, once | [04](04_measuring_honestly.ipynb) |
# | **threshold** 阈值 | by how much a reading must be below the best to count as better | [16](16_plateau.ipynb) |
# | **timescale** 时间尺度 | $\tau$: the step at which a decay like 1/t has halved the rate | [06](06_exponential_and_its_kin.ipynb) |
# | **trunk** 主干 | the long constant stretch that runs of different lengths share | [13](13_warmup_stable_decay.ipynb) |
# | **tuning** 调参 | giving each schedule its own best peak, on seeds that are not used again | [00](00_two_runs.ipynb) |
# | **update** 更新 | one small act of training: take a batch, compute the gradient, move the weights a little way against it | [00](00_two_runs.ipynb) |
# | **usable peak** 可用峰值 | a peak at which a run keeps 90 % of the best gain | [11](11_warmup.ipynb) |
# | **validation set** 验证集 | held-out examples that are looked at while training, to choose | [00](00_two_runs.ipynb) |
# | **verdict** 判定 | better, worse or *cannot tell*, read from an interval and corrected for the whole table | [00](00_two_runs.ipynb) |
# | **warm restart** 热重启 | the rate jumps back to the peak, and the weights stay | [09](09_cycles_and_restarts.ipynb) |
# | **warm-up** 预热 | $t/W$: the rate is raised from nothing to its peak over the first $W$ updates | [11](11_warmup.ipynb) |
# | **warped clock** 时间变形 | a schedule read at a bent time, such as $q^2$ for $q$ | [12](12_the_last_tenth.ipynb) |
# | **weight decay** 权重衰减 | $\lambda$: takes a share off every weight in every update | [21](21_weight_decay_and_momentum.ipynb) |
# | **window** 窗口 | $n$: the updates whose weights an average contains | [14](14_averaging_instead_of_decaying.ipynb) |
# | **WSD** 预热-稳定-衰减 | warm-up, stable, decay: climb, hold, and cool down at the end | [13](13_warmup_stable_decay.ipynb) |
