"""What a task promises: one seed names it all, held-out data stay unseen, floors and minima are exact."""

import gc
import inspect
import os
import pickle
import subprocess
import sys
import weakref
from dataclasses import replace

import cloudpickle
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional as F

from lrlib import data, tasks, theory
from lrlib.rules import INF
from lrlib.tasks.core import moved
from lrlib.tasks.datasets import class_right
from lrlib.tasks.models import Attention, Transformer, character_mlp, cnn, mlp

GENERATED = {
    "quadratic": ("quadratic", {}, 0.3),
    "digits": ("digits", {"label_noise": 0.1}, 0.2),
    "breast cancer": ("breast_cancer", {}, 0.4),
    "spirals": ("spirals", {"noise": 0.1}, 0.5),
    "generated, mlp": ("chars_generated", {}, 0.4),
    "generated, transformer": ("chars_generated", {"model": "transformer", "batch_size": 4}, 0.4),
}
DOWNLOADED = {
    "shakespeare, mlp": ("chars_shakespeare", {}, 0.4),
    "shakespeare, transformer": ("chars_shakespeare", {"model": "transformer", "batch_size": 4}, 0.4),
    "mnist, cnn": ("mnist", {}, 0.1),
    "mnist, mlp": ("mnist", {"model": "mlp"}, 0.1),
}
PROBLEMS = {**GENERATED, **DOWNLOADED}
has_data = pytest.mark.skipif(
    not os.environ.get(data.VARIABLE), reason=f"set {data.VARIABLE} to the data's folder"
)
problems = pytest.mark.parametrize(
    "case", [*GENERATED, *(pytest.param(c, marks=has_data) for c in DOWNLOADED)]
)
generated = pytest.mark.parametrize("case", GENERATED)


def problem(case):
    name, options, _ = PROBLEMS[case]
    return tasks.get(name, **options)


def heldout_loss(task, model):
    with torch.no_grad():
        return task.loss(model(task.heldout[0]), task.heldout[1]).item()


def trained(task, rate, steps, seed=0):
    """An ordinary loop of plain SGD; the model at its end."""
    model, batches = task.model(seed), task.batches(seed, steps)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for t in range(steps):
        optimizer.zero_grad()
        task.loss(model(batches[t][0]), batches[t][1]).backward()
        optimizer.step()
    return model


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


# ---------------------------------------------------------------- every task


@problems
def test_a_task_is_named_by_all_of_its_options(case):
    name, options, _ = PROBLEMS[case]
    task = problem(case)
    defaults = {k: p.default for k, p in inspect.signature(tasks.TASKS[name]).parameters.items()}
    assert task.name == name
    assert task.options == {**defaults, **options}
    assert getattr(tasks, name)(**options).fingerprint(3) == task.fingerprint(3)


@problems
def test_a_seed_names_everything_random_and_global_generators_are_left_alone(case):
    task = problem(case)
    state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    weights = [list(task.model(seed).state_dict().values()) for seed in (1, 1, 2)]
    batches = [task.batches(seed, 2)[1] for seed in (1, 1, 2)]
    assert torch.equal(torch.get_rng_state(), state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)
    assert same(weights[0], weights[1])
    assert same(batches[0], batches[1])
    assert not torch.equal(batches[0][0], batches[2][0])
    assert case == "quadratic" or not same(weights[0], weights[2])


@problems
def test_a_longer_run_begins_like_a_shorter_one(case):
    task = problem(case)
    short, long = task.batches(5, 3), task.batches(5, 90)
    assert (len(short), len(long)) == (3, 90)
    assert all(same(short[t], long[t]) for t in range(3))
    assert not same(long[0], long[1])


@problems
def test_a_task_is_computed_in_float64_and_its_guess_is_what_a_constant_guess_costs(case):
    task = problem(case)
    output = task.model(0)(task.heldout[0])
    parts = [*task.model(0).parameters(), *(output if isinstance(output, tuple) else [output])]
    assert {part.dtype for part in parts} == {torch.float64}
    if case == "quadratic":
        constant = output
    elif case == "breast cancer":
        constant = tuple(torch.zeros_like(part) for part in output)
    else:
        constant = torch.full_like(output, 0.7)
    assert task.loss(constant, task.heldout[1]).item() == pytest.approx(task.guess, rel=1e-12)


@problems
def test_stacked_models_have_the_gradients_of_single_ones(case):
    task, seeds = problem(case), (0, 1, 2)
    models, batches = [task.model(seed) for seed in seeds], [task.batches(seed, 1)[0] for seed in seeds]

    def loss(params, inputs, targets):
        return task.loss(functional_call(models[0], params, (inputs,)), targets)

    stacked, _ = stack_module_state(models)
    inputs, targets = (torch.stack(part) for part in zip(*batches, strict=True))
    together = vmap(grad(loss))({k: v.detach() for k, v in stacked.items()}, inputs, targets)
    for i, model in enumerate(models):
        task.loss(model(batches[i][0]), batches[i][1]).backward()
        for name, weight in model.named_parameters():
            scale = weight.grad.abs().max().item()
            assert torch.allclose(together[name][i], weight.grad, rtol=1e-9, atol=1e-12 + 1e-9 * scale)
            assert scale > 0 or name.endswith("bias")


@problems
def test_a_model_is_a_plain_function(case):
    task = problem(case)
    model, (inputs, targets) = task.model(0), task.batches(0, 1)[0]
    kept = inputs.clone(), [part.clone() for part in model.state_dict().values()]
    losses = [task.loss(mode(inputs), targets).item() for mode in (model.train(), model, model.eval())]
    assert len(set(losses)) == 1
    assert torch.equal(inputs, kept[0])
    assert same(model.state_dict().values(), kept[1])


@problems
def test_training_lowers_the_held_out_loss(case):
    task = problem(case)
    before = heldout_loss(task, task.model(0))
    after = heldout_loss(task, trained(task, PROBLEMS[case][2], 150))
    assert after < 0.9 * min(before, task.guess)
    assert after > task.floor


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("digits", {"label_nois": 0.1}, "unknown argument 'label_nois'; did you mean 'label_noise'"),
        ("digits", {"label_noise": 1.5}, "label_noise must be a number 0..1, got 1.5"),
        ("digits", {"hidden": (8, 0)}, "hidden must be a tuple of whole numbers >= 1"),
        ("digits", {"hidden": 8}, "hidden must be a tuple"),
        ("digits", {"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ("digits", {"batch_size": True}, "batch_size must be a whole number >= 1, got True"),
        ("digits", {"batch_size": 64, "n_train": 63}, r"n_train must be 64 \(batch_size\)..1796, got 63"),
        ("quadratic", {"curvatures": ()}, "curvatures must be one or more numbers > 0"),
        ("quadratic", {"curvatures": (1.0, float("inf"))}, "curvatures must be one or more numbers > 0"),
        ("quadratic", {"noise": -0.1}, "noise must be a finite number >= 0, got -0.1"),
        ("quadratic", {"start": float("nan")}, "start must be a number other than 0, got nan"),
        ("quadratic", {"start": 0.0}, "start must be a number other than 0, got 0.0"),
        ("breast_cancer", {"l2": 0}, "l2 must be a number > 0, got 0"),
        ("breast_cancer", {"n_train": 569}, "n_train must be a whole number 50..568, got 569"),
        ("breast_cancer", {"batch_size": 401}, "n_train must be 401"),
        ("spirals", {"n_classes": 1}, "n_classes must be a whole number 2..10, got 1"),
        ("spirals", {"noise": float("inf")}, "noise must be a finite number >= 0"),
        ("spirals", {"batch_size": 1001}, r"n_train must be 1001 \(batch_size\) or more, got 1000"),
        ("chars_generated", {"model": "rnn"}, "model must be 'mlp' or 'transformer', got 'rnn'"),
        ("chars_generated", {"order": 4}, "order must be a whole number 1..3, got 4"),
        ("chars_generated", {"n_symbols": 1}, "n_symbols must be a whole number 2..32, got 1"),
        ("chars_shakespeare", {"model": None}, "model must be 'mlp' or 'transformer', got None"),
        ("chars_shakespeare", {"batch_size": 1.5}, "batch_size must be a whole number >= 1, got 1.5"),
        ("mnist", {"model": "transformer"}, "model must be 'cnn' or 'mlp', got 'transformer'"),
        ("mnist", {"batch_size": 8001}, "batch_size must be a whole number 1..8000, got 8001"),
    ],
)
def test_an_option_out_of_range_is_refused_in_words(name, options, said):
    with pytest.raises(ValueError, match=f"{name}: {said}"):
        tasks.get(name, **options)


@pytest.mark.parametrize("batch_size", [0, 6])
def test_a_batch_of_no_or_more_than_all_examples_is_refused(batch_size):
    with pytest.raises(
        ValueError, match=rf"^batch_size must be 1\.\.5, the number of examples, got {batch_size}$"
    ):
        tasks.epoch_order(0, 5, batch_size, 3)


# ---------------------------------------------------------------- dtype and device


@problems
def test_every_dtype_starts_from_the_same_weights_and_sees_the_same_data(case):
    task = problem(case)
    single = task.to(torch.float32)
    for seed in (0, 9):
        exact, rounded = task.model(seed).state_dict(), single.model(seed).state_dict()
        assert all(torch.equal(rounded[k], as_float32(v)) for k, v in exact.items())
        for t in range(2):
            assert same(single.batches(seed, 2)[t], map(as_float32, task.batches(seed, 2)[t]))
    assert same(single.heldout, map(as_float32, task.heldout))
    assert heldout_loss(single, single.model(0)) == pytest.approx(heldout_loss(task, task.model(0)), rel=1e-4)
    assert (single.name, single.options, single.floor) == (task.name, task.options, task.floor)


def as_float32(part):
    return part.float() if part.is_floating_point() else part


@generated
def test_float64_is_the_task_itself_also_after_a_detour(case):
    task = problem(case)
    for again in (task.to(torch.float64), task.to(torch.float32).to(torch.float64)):
        assert again.fingerprint(2) == task.fingerprint(2)
        assert heldout_loss(again, again.model(2)) == heldout_loss(task, task.model(2))


@generated
def test_everything_moves_to_the_device(case):
    there = problem(case).to(torch.bfloat16, "meta")
    model = there.model(0)
    parts = [*model.parameters(), *model.buffers(), *there.batches(0, 3)[2], *there.heldout]
    assert {part.device.type for part in parts} == {"meta"}
    assert {part.dtype for part in parts if part.is_floating_point()} == {torch.bfloat16}
    assert there.loss(model(there.heldout[0]), there.heldout[1]).device.type == "meta"


@pytest.mark.parametrize("case", ["breast cancer", "spirals", "generated, mlp"])
def test_what_all_seeds_share_is_copied_once_and_given_back(case):
    single = problem(case).to(torch.float32, "meta")
    one, two = (single.batches(seed, 2) for seed in (0, 1))
    shared = "text" if case == "generated, mlp" else "inputs"
    assert getattr(one, shared) is getattr(two, shared)
    source = torch.ones(3, dtype=torch.float64)
    copy = weakref.ref(moved(source, torch.float32, "cpu"))
    assert copy() is moved(source, torch.float32, "cpu")
    del source
    gc.collect()
    assert copy() is None


def test_a_dtype_that_is_not_floating_point_is_refused():
    with pytest.raises(ValueError, match="dtype must be a floating-point dtype"):
        tasks.get("quadratic").to(torch.int64)


# ---------------------------------------------------------------- travelling, and being recognised


@generated
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_task_travels_as_its_name_and_options(case, dtype):
    task = problem(case).to(dtype)
    packed = pickle.dumps(task)
    assert len(packed) < 600
    assert pickle.loads(packed).fingerprint(4) == task.fingerprint(4)
    assert pickle.loads(packed).heldout[0].dtype == task.heldout[0].dtype


@pytest.mark.parametrize("dtype", [None, torch.float32])
def test_a_task_made_by_hand_travels_part_by_part(dtype):
    scale = torch.tensor(3.0, dtype=torch.float64)
    by_hand = replace(
        tasks.get("spirals"), loss=lambda output, targets: scale * F.cross_entropy(output, targets)
    )
    by_hand = by_hand.to(dtype) if dtype else by_hand
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(by_hand)
    there = pickle.loads(cloudpickle.dumps(by_hand))
    assert there.fingerprint(1) == by_hand.fingerprint(1)
    assert heldout_loss(there, there.model(1)) == heldout_loss(by_hand, by_hand.model(1))
    usual = tasks.get("spirals").to(dtype or torch.float64)
    assert heldout_loss(there, there.model(1)) == pytest.approx(
        3 * heldout_loss(usual, usual.model(1)), rel=1e-6
    )


@generated
def test_a_fingerprint_changes_with_everything_that_a_run_depends_on(case):
    task = problem(case)
    weights = task.model(0).state_dict()
    last = list(weights)[-1]

    def nudged(seed):
        model = task.model(seed)
        model.load_state_dict({**weights, last: weights[last] + 1e-15 + 1e-15 * weights[last].abs()})
        return model

    others = [
        replace(task, name="another"),
        replace(task, options={**task.options, "more": 1}),
        replace(task, model=nudged),
        replace(task, batches=lambda seed, steps: task.batches(seed + 7, steps)),
        replace(task, right=lambda outputs, targets: torch.tensor(0.1234)),
        replace(task, heldout=tuple(part.repeat_interleave(2, 0) for part in task.heldout)),
        replace(task, heldout=(task.heldout[0], task.heldout[1] + 1)),
        replace(task, heldout=(task.heldout[0][:, None], task.heldout[1])),
        task.to(torch.float32),
    ]
    prints = [other.fingerprint(0) for other in (task, *others)] + [task.fingerprint(1)]
    assert len(set(prints)) == len(prints) == 11
    assert all(len(each) == 64 and int(each, 16) >= 0 for each in prints)
    assert problem(case).fingerprint(0) == replace(task).fingerprint(0) == prints[0]


def in_another_process(code, **variables):
    """What that code prints in a fresh interpreter."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.split()


def test_a_fingerprint_is_the_same_in_every_process():
    asked = [(name, options) for name, options, _ in GENERATED.values()]
    code = f"from lrlib import tasks\nfor n, o in {asked!r}: print(tasks.get(n, **o).fingerprint(6))"
    assert in_another_process(code) == [problem(case).fingerprint(6) for case in GENERATED]


# ---------------------------------------------------------------- cross-entropy


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.integers(2, 12),
    st.floats(-3, 4).map(lambda power: 10**power),
    st.integers(0, 2**31),
)
def test_cross_entropy_and_its_gradient_are_those_of_torch(shape, classes, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(*shape, classes, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, classes, shape, generator=generator)
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    mine = tasks.cross_entropy(ours, targets)
    wanted = F.cross_entropy(theirs.reshape(-1, classes), targets.reshape(-1))
    assert mine.item() == pytest.approx(wanted.item(), rel=1e-12, abs=1e-12 * max(1, scale))
    mine.backward(), wanted.backward()
    assert (ours.grad - theirs.grad).abs().max().item() < 1e-12 * max(1, scale)


def test_cross_entropy_stays_finite_where_exponentials_overflow():
    logits = torch.tensor([[1e4, 0.0, -1e4]], dtype=torch.float64)
    for target, loss in enumerate((0.0, 1e4, 2e4)):
        assert tasks.cross_entropy(logits, torch.tensor([target])).item() == pytest.approx(loss, abs=1e-11)
    assert not torch.isfinite(logits.exp().sum().log())


# ---------------------------------------------------------------- tables


def test_the_share_right_counts_the_first_of_the_largest_logits_however_they_lie_in_memory():
    logits = torch.tensor([[1.0, 3, 3], [2, 2, 2], [0, 1, float("nan")], [float("nan")] * 3, [-INF, -INF, 1]])
    first = torch.tensor([1, 0, 2, 0, 2])
    for each in (logits, logits.T.contiguous().T):
        assert tasks.share_right(each, first) == class_right(each.T, first, axis=0) == 1
        assert tasks.share_right(each, (first + 1) % 3) == 0


def test_the_rows_of_a_batch_may_be_numbers_windows_or_a_mask():
    examples, classes = torch.randn(6, 2, 3), torch.arange(6)
    for order in (
        torch.tensor([[5, 0, 5]]),
        torch.tensor([[[0, 1], [4, 5]]]),
        torch.eye(6).bool(),
        torch.arange(6),
    ):
        inputs, targets = tasks.Batches(examples, classes, order)[0]
        assert torch.equal(inputs, examples[order[0]]) and torch.equal(targets, classes[order[0]])


def test_gradient_descent_comes_down_to_the_minimum_and_not_below():
    task = tasks.get("breast_cancer", l2=0.1, batch_size=400)
    least, *_ = theory.logistic_minimum(*task.batches(0, 1)[0], 0.1)
    gaps = []
    for steps in (1, 10, 100, 800):
        inputs, targets = task.batches(0, 1)[0]
        gaps.append(task.loss(trained(task, 0.5, steps)(inputs), targets).item() - least)
    assert gaps == sorted(gaps, reverse=True)
    assert -1e-13 < gaps[-1] < 1e-10 < gaps[0]


def test_measurements_are_scaled_by_the_training_part_alone():
    for n_train in (100, 400):
        task = tasks.get("breast_cancer", n_train=n_train)
        cases = task.batches(0, 1).inputs
        assert len(cases) + len(task.heldout[0]) == 569
        assert cases.mean(0).abs().max() < 1e-12
        assert (cases.std(0, correction=0) - 1).abs().max() < 1e-12
        assert task.heldout[0].mean(0).abs().max() > 0.01


@pytest.mark.parametrize(
    "case", ["digits", "breast cancer", "spirals", pytest.param("mnist, mlp", marks=has_data)]
)
def test_no_held_out_row_is_a_training_row(case):
    task = problem(case)
    rows = [{row.numpy().tobytes() for row in part} for part in (task.batches(0, 1).inputs, task.heldout[0])]
    assert not rows[0] & rows[1]
    assert rows[0] and rows[1]


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_points_lie_on_the_spiral_of_their_class(n_classes):
    still, noisy = (tasks.get("spirals", n_classes=n_classes, noise=noise) for noise in (0.0, 0.1))
    for points, labels in (still.heldout, still.batches(0, 1)[0]):
        x, y = points.T.numpy()
        turns = np.arctan2(y, x) / (2 * np.pi) - np.hypot(x, y) - labels.numpy() / n_classes
        assert np.abs(turns - turns.round()).max() < 1e-9
    shift = (noisy.heldout[0] - still.heldout[0]).numpy()
    assert torch.equal(noisy.heldout[1], still.heldout[1])
    assert shift.std() == pytest.approx(0.1, rel=4 / np.sqrt(2 * shift.size))
    assert torch.equal(noisy.batches(0, 1).inputs, noisy.batches(1, 1).inputs)


# ---------------------------------------------------------------- text of known entropy


GENERATED_TEXTS = [
    ("mlp", 16, 2),
    ("mlp", 16, 1),
    ("mlp", 8, 3),
    ("transformer", 16, 2),
    ("transformer", 8, 3),
    ("transformer", 32, 1),
]


@pytest.mark.parametrize(("model", "n", "order"), GENERATED_TEXTS)
def test_the_floor_is_what_the_chain_itself_pays_for_the_held_out_text(model, n, order):
    task = tasks.get("chars_generated", model=model, n_symbols=n, order=order)
    source = tasks.generated_chain(n, order)
    inputs, targets = (part.numpy() for part in task.heldout)
    every = targets.ndim == 2
    windows = np.column_stack([inputs, targets[:, -1] if every else targets])
    paid = np.array([nats(source, window, every) for window in windows])
    error = paid.std(ddof=1) / np.sqrt(len(paid))
    assert paid.mean() == pytest.approx(tasks.chain_loss(task), rel=1e-12)
    assert abs(paid.mean() - task.floor) < 3 * error
    other = theory.Chain(source.probabilities[::-1])
    assert np.mean([nats(other, window, every) for window in windows]) - task.floor > 6 * error


def test_the_floor_counts_what_each_position_can_see():
    source = tasks.generated_chain(8, 3)
    one, two, three = (source.entropy(known) for known in (1, 2, 3))
    options = {"n_symbols": 8, "order": 3}
    assert tasks.get("chars_generated", **options).floor == pytest.approx(three)
    every = tasks.get("chars_generated", model="transformer", **options).floor
    assert every == pytest.approx((one + two + 30 * three) / 32)


def nats(source, window, every):
    """What a chain pays for a window's last symbol, or on average for all but the first; by brute force."""
    n, losses = len(source.probabilities), []
    joint = source.stationary[..., None] * source.probabilities
    for t in range(1 if every else len(window) - 1, len(window)):
        before = tuple(window[max(0, t - source.order) : t])
        following = joint.reshape(-1, *(n,) * (len(before) + 1)).sum(0)[before]
        losses.append(-np.log(following[window[t]] / following.sum()))
    return np.mean(losses)


def test_a_model_comes_near_the_chain_and_not_below_it_by_more_than_chance():
    task = tasks.get("chars_generated")
    source = tasks.generated_chain(16, 2)
    inputs, targets = task.heldout
    chain_pays = source.loss(inputs.numpy(), targets.numpy())
    model = trained(task, 0.4, 1500)
    with torch.no_grad():
        model_pays = F.cross_entropy(model(inputs), targets, reduction="none").numpy()
    excess = model_pays - chain_pays
    error = excess.std(ddof=1) / np.sqrt(len(excess))
    assert -3 * error < excess.mean() < 0.25
    unigram = source.entropy(1) - source.entropy(2)
    assert excess.mean() < unigram  # better than anything that sees one symbol only


def test_only_generated_text_has_a_chain_to_compare_with():
    with pytest.raises(ValueError, match="task must be chars_generated"):
        tasks.chain_loss(tasks.get("digits"))


# ---------------------------------------------------------------- models


@pytest.mark.parametrize("model", [cnn(0), mlp((5, 7, 3), 0), character_mlp(4, 3, 0), Transformer(4, 5)])
def test_weights_are_drawn_in_float64(model):
    for name, weight in model.named_parameters():
        assert weight.dtype == torch.float64
        if len(set(weight.flatten().tolist())) > 1:  # norms start at one and zero
            assert (weight.float().double() != weight).any(), name


def test_a_transformer_sees_what_came_before_and_nothing_after():
    model = tasks.get("chars_generated", model="transformer").model(0)
    symbols = torch.randint(0, 16, (4, 32), generator=torch.Generator().manual_seed(0))
    for at in (0, 1, 17, 31):
        changed = symbols.clone()
        changed[:, at] = (changed[:, at] + 1) % 16
        moved = (model(changed) - model(symbols)).abs().amax(dim=(0, 2))
        assert moved[:at].sum() == 0
        assert (moved[at:] > 0).all()


def test_attention_is_that_of_torch():
    with tasks.seeded(0):
        ours = Attention(width=12, heads=3, context=7)
        theirs = torch.nn.MultiheadAttention(12, 3, batch_first=True, dtype=torch.float64)
        x = torch.randn(5, 7, 12, dtype=torch.float64)
    theirs.load_state_dict(
        {
            "in_proj_weight": ours.read.weight,
            "in_proj_bias": ours.read.bias,
            "out_proj.weight": ours.write.weight,
            "out_proj.bias": ours.write.bias,
        }
    )
    wanted, _ = theirs(x, x, x, attn_mask=torch.ones(7, 7).triu(1).bool())
    assert torch.allclose(ours(x), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("case", "least", "most"),
    [
        ("generated, mlp", 20_000, 45_000),
        ("generated, transformer", 10_000, 30_000),
        pytest.param("shakespeare, mlp", 20_000, 45_000, marks=has_data),
        pytest.param("mnist, cnn", 13_730, 13_730, marks=has_data),
        pytest.param("mnist, mlp", 55_050, 55_050, marks=has_data),
    ],
)
def test_models_are_of_the_size_that_is_said(case, least, most):
    assert least <= sum(p.numel() for p in problem(case).model(0).parameters()) <= most


# ---------------------------------------------------------------- downloaded data


@has_data
def test_shakespeare_is_cut_into_windows_of_the_original_text():
    text = data.fetch("char-rnn/data/tinyshakespeare/input.txt").read_text(encoding="ascii")
    symbols = sorted(set(text))
    assert (len(text), len(symbols)) == (1_115_394, 65)
    for model, context in (("mlp", 8), ("transformer", 32)):
        task = tasks.get("chars_shakespeare", model=model)
        cut = task.batches(3, 40)
        assert len(cut.text) == len(text) * 9 // 10
        for start, inputs, targets in zip(cut.starts[7].tolist(), *cut[7], strict=True):
            window = text[start : start + context + 1]
            assert "".join(symbols[i] for i in inputs) == window[:-1]
            read = "".join(symbols[i] for i in targets.reshape(-1))
            assert read == (window[1:] if model == "transformer" else window[-1])
        late = text[len(cut.text) :]
        held = ["".join(symbols[i] for i in row) for row in task.heldout[0]]
        assert all(row in late for row in held)
        assert late.startswith(held[0])
        assert late[:-1].endswith(held[-1])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_windows_start_anywhere_and_stay_inside_the_training_text(seed):
    batches = tasks.get("chars_generated", batch_size=256).batches(seed, 200)
    places = batches.starts / (len(batches.text) - 9)
    assert 0 <= places.min() < 1e-3
    assert 1 - 1e-3 < places.max() <= 1
    assert places.mean().item() == pytest.approx(0.5, abs=5 * np.sqrt(1 / 12 / places.numel()))


@has_data
def test_mnist_is_the_ten_thousand_images_of_the_published_test_set():
    image_task, flat_task = tasks.get("mnist"), tasks.get("mnist", model="mlp")
    training, held = image_task.batches(0, 1), image_task.heldout
    assert (len(training.inputs), len(held[0])) == (8000, 2000)
    counts = torch.bincount(torch.cat([training.targets, held[1]])).tolist()
    assert counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]  # LeCun et al. 1998, t10k labels
    assert (training.inputs.min(), training.inputs.max()) == (-1, 1)
    assert torch.equal(training.inputs.reshape(8000, 784), flat_task.batches(0, 1).inputs)
    assert torch.equal(held[1], flat_task.heldout[1])


def test_data_that_are_not_the_registered_ones_are_refused_and_nothing_takes_their_place(tmp_path):
    files = ["char-rnn/data/tinyshakespeare/input.txt", "mnist/t10k-images-idx3-ubyte.gz"]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text("something else")
    code = """
from lrlib import data, tasks
for name in "chars_shakespeare", "mnist":
    try:
        tasks.get(name)
    except data.Unavailable as error:
        print(name, str(error).split("'")[1])
"""
    assert in_another_process(code, **{data.VARIABLE: str(tmp_path)}) == [
        "chars_shakespeare",
        files[0],
        "mnist",
        files[1],
    ]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"model": tasks.mlp((2, 2), 0).state_dict()}, "model must be a function, seed -> module, got "),
        ({"loss": 0.5}, "loss must be a function, (outputs, targets) -> one number, got 0.5"),
        ({"batches": None}, "batches must be a function, (seed, steps) -> batches, got None"),
        (
            {"heldout": (np.zeros((3, 2)), np.zeros(3))},
            "heldout must be two torch tensors of as many rows, one or more, got ",
        ),
        ({"heldout": (torch.zeros(3), torch.zeros(2))}, "heldout must be two torch tensors of as many rows"),
        ({"heldout": None}, "heldout must be two torch tensors of as many rows, one or more, got None"),
        ({"heldout": (torch.zeros(0), torch.zeros(0))}, "heldout must be two torch tensors of as many rows"),
        ({"guess": "1"}, "guess must be a number other than 0, got '1'"),
        ({"guess": 0.0}, "guess must be a number other than 0, got 0.0"),
        ({"guess": float("nan")}, "guess must be a number other than 0, got nan"),
        ({"name": 3}, "name must be a text, got 3"),
    ],
)
def test_a_part_that_a_task_cannot_have_is_refused_when_it_is_made(parts, said):
    with pytest.raises(ValueError) as error:
        replace(tasks.get("quadratic"), **parts)
    assert str(error.value).startswith(f"Task: {said}") and "\n" not in str(error.value)
