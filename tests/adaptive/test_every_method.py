"""What every method of `lrlib.adaptive` promises, whichever it is: a new one falls under this by its name."""

import copy
import inspect
import io
import math
import re

import pytest
import torch

from lrlib.adaptive import METHODS, Adaptive
from lrlib.optim import ScheduleLR
from lrlib.rules import rules_of
from lrlib.schedules import multistep

STEPS = 8
GENERATOR = torch.Generator().manual_seed(0)
INPUTS = torch.randn(STEPS, 16, 3, dtype=torch.float64, generator=GENERATOR)  # a batch for each step
TARGETS = INPUTS[..., :2].tanh() + INPUTS[..., 2:]

GO_ON = {"ScheduleFreeSGD", "ScheduleFreeAdamW", "Mechanic"}  # at a rate of 0, as their pages say

every_method = pytest.mark.parametrize("kind", METHODS.values(), ids=METHODS.keys())


def network():
    """A small network of three matrices and two biases, the same each time."""
    torch.manual_seed(1)
    layers = torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 4), torch.nn.Linear(4, 2, bias=False)
    return torch.nn.Sequential(*layers).double()


def closure_of(model, optimizer, t, factor=1.0):
    """The closure of the batch of step t; factor: of the loss, nan for a bad batch."""

    def closure():
        optimizer.zero_grad()
        loss = factor * (model(INPUTS[t]) - TARGETS[t]).square().mean()
        loss.backward()
        return loss

    return closure


class Run:
    """A model and its optimizer, which go on from step to step."""

    def __init__(self, kind, groups=None, **knobs):
        self.model = network()
        self.optimizer = kind(groups(self.model) if groups else self.model.parameters(), **knobs)

    def step(self, t, factor=1.0):
        return self.optimizer.step(closure_of(self.model, self.optimizer, t, factor))

    def all_there_is(self):
        """Weights, state and effective rates, as plain numbers that can be compared."""
        state = plain([self.optimizer.state_dict(), self.model.state_dict()])
        return state, repr(self.optimizer.effective_rates())

    def through_a_file(self, kind, groups=None):
        """Another run, loaded from what is saved of this one, with nothing but tensors and numbers."""
        file = io.BytesIO()
        torch.save([self.model.state_dict(), self.optimizer.state_dict()], file)
        file.seek(0)
        weights, state = torch.load(file, weights_only=True)
        other = Run(kind, groups)
        other.model.load_state_dict(weights)
        other.optimizer.load_state_dict(state)
        return other


def plain(state):
    """A state with each tensor as a list and each number as text, since nan differs from itself."""
    if isinstance(state, dict):
        return {key: plain(value) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return [plain(value) for value in state]
    return repr(state.tolist() if isinstance(state, torch.Tensor) else state)


def two_groups(model):
    """The first layer and all others."""
    first = [*model[0].parameters()]
    return [{"params": first}, {"params": [p for p in model.parameters() if all(p is not q for q in first)]}]


@every_method
@pytest.mark.parametrize("groups", [None, two_groups])
def test_a_run_resumes_to_the_last_bit_at_any_step(kind, groups):
    run, saved = Run(kind, groups), []
    for t in range(STEPS):
        saved.append(run.through_a_file(kind, groups))
        run.step(t)
    for k, other in enumerate(saved):
        for t in range(k, STEPS):
            other.step(t)
        assert other.all_there_is() == run.all_there_is(), f"saved before step {k}"


@every_method
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_batch_whose_loss_is_not_finite_leaves_weights_and_state_and_the_run_goes_on(kind, bad):
    run, spared = Run(kind), Run(kind)
    for t in (0, 1):
        run.step(t)
        spared.step(t)
    before = run.all_there_is()[0]
    assert not run.step(2, factor=bad).isfinite()
    assert run.all_there_is()[0] == before
    assert {*run.optimizer.effective_rates()} == {0.0}
    for t in (3, 4):
        run.step(t)
        spared.step(t)
    assert run.all_there_is() == spared.all_there_is()


@every_method
def test_a_first_batch_that_is_bad_is_no_first_step(kind):
    run, spared = Run(kind), Run(kind)
    run.step(0, factor=math.nan)
    run.step(1)
    spared.step(1)
    assert run.all_there_is() == spared.all_there_is()


@every_method
def test_a_gradient_that_is_not_finite_is_a_bad_batch_too(kind):
    run = Run(kind)
    run.step(0)
    before = run.all_there_is()[0]

    def closure():
        loss = closure_of(run.model, run.optimizer, 1)()
        run.model[0].bias.grad[2] = math.nan
        return loss

    run.optimizer.step(closure)
    assert run.all_there_is()[0] == before


@every_method
def test_groups_each_have_an_effective_rate_and_what_has_no_gradient_stays(kind):
    run = Run(kind, two_groups)
    assert all(map(math.isnan, run.optimizer.effective_rates()))
    run.model[2].bias.requires_grad_(False)
    before = copy.deepcopy(run.model.state_dict())
    for t in range(3):
        run.step(t)
    rates = run.optimizer.effective_rates()
    assert len(rates) == len(run.optimizer.param_groups) >= 2 and all(0 < rate < math.inf for rate in rates)
    unchanged = [name for name, value in run.model.state_dict().items() if value.equal(before[name])]
    assert unchanged == ["2.bias"]


@every_method
def test_a_group_without_any_gradient_stays_and_the_others_go_on(kind):
    run = Run(kind, two_groups)
    for weight in run.optimizer.param_groups[0]["params"]:
        weight.requires_grad_(False)
    before = copy.deepcopy(run.model.state_dict())
    for t in range(3):
        run.step(t)
    assert run.model[0].weight.equal(before["0.weight"])
    assert not run.model[2].weight.equal(before["2.weight"])


@every_method
def test_a_weight_may_be_frozen_and_released_while_it_trains(kind):
    run = Run(kind)
    late, early = run.model[2].weight, run.model[0].weight
    moved = []
    for t, (first, second) in enumerate([(True, False), (True, False), (False, True), (True, True)]):
        early.requires_grad_(first)
        late.requires_grad_(second)
        before = early.detach().clone(), late.detach().clone()
        run.step(t)
        moved.append((not early.equal(before[0]), not late.equal(before[1])))
    assert moved == [(True, False), (True, False), (False, True), (True, True)]
    assert all(weight.isfinite().all() for weight in run.model.parameters())


@every_method
def test_nothing_that_is_remembered_is_the_gradient_itself_which_the_next_batch_overwrites(kind):
    run, other = Run(kind), Run(kind)
    other.optimizer.zero_grad = lambda: torch.optim.Optimizer.zero_grad(other.optimizer, set_to_none=False)
    for t in range(4):
        run.step(t)
        other.step(t)
    assert run.all_there_is() == other.all_there_is()


@every_method
def test_a_group_may_join_later(kind):
    run = Run(kind, lambda model: model[0].parameters())
    run.step(0)
    run.optimizer.add_param_group({"params": [*run.model[2].parameters()]})
    before = copy.deepcopy(run.model.state_dict())
    for t in (1, 2):
        run.step(t)
    assert not run.model[2].weight.equal(before["2.weight"])
    assert len(run.optimizer.effective_rates()) == len(run.optimizer.param_groups) >= 2


ITS_OWN = {"ScheduleFreeSGD", "ScheduleFreeAdamW"}  # which begin to count with the group, as their pages say


@pytest.mark.parametrize("name", sorted(METHODS.keys() - ITS_OWN))
def test_a_group_that_joins_later_is_one_that_was_frozen_until_then(name):
    joined, frozen = Run(METHODS[name], lambda model: two_groups(model)[:1]), Run(METHODS[name], two_groups)
    late = [[*two_groups(run.model)[1]["params"]] for run in (joined, frozen)]
    for t in range(STEPS):
        for weight in [*late[0], *late[1]]:
            weight.requires_grad_(t >= 3)
        if t == 3:
            joined.optimizer.add_param_group({"params": late[0]})
        joined.step(t)
        frozen.step(t)
    assert plain(joined.model.state_dict()) == plain(frozen.model.state_dict())


@every_method
def test_a_state_that_another_method_saved_is_refused_and_nothing_changes(kind):
    run = Run(kind)
    run.step(0)
    before = run.all_there_is()
    foreign = torch.optim.SGD(run.model.parameters(), lr=0.1).state_dict()
    with pytest.raises(ValueError, match=rf"^{kind.__name__}.load_state_dict: state_dict must be one of"):
        run.optimizer.load_state_dict(foreign)
    assert run.all_there_is() == before


@every_method
def test_parameters_may_come_with_their_names(kind):
    named, run = Run(kind, lambda model: model.named_parameters()), Run(kind)
    for t in range(2):
        named.step(t)
        run.step(t)
    assert plain(named.model.state_dict()) == plain(run.model.state_dict())


@every_method
def test_a_schedule_at_zero_stops_the_weights_and_one_at_one_changes_nothing(kind):
    scheduled, alone = Run(kind), Run(kind)
    scheduler = ScheduleLR(scheduled.optimizer, multistep((4,), gamma=0))
    for t in range(4):
        scheduled.step(t)
        alone.step(t)
        scheduler.step()
    assert plain(scheduled.model.state_dict()) == plain(alone.model.state_dict())
    for t in range(4, STEPS):
        scheduled.step(t)
        scheduler.step()
    stopped = plain(scheduled.model.state_dict()) == plain(alone.model.state_dict())
    assert stopped != (kind.__name__ in GO_ON)


@every_method
def test_the_loss_falls_at_the_defaults_though_not_always_to_the_end(kind):
    run = Run(kind)
    first = run.step(0).item()
    assert min(run.step(0).item() for _ in range(60)) < first


@every_method
def test_a_closure_is_asked_for_where_the_loss_is_needed_and_only_there(kind):
    run, other = Run(kind), Run(kind)
    closure_of(run.model, run.optimizer, 0)()
    if kind.needs_loss:
        with pytest.raises(ValueError, match=rf"^{kind.__name__}.step: closure must be .* got None$"):
            run.optimizer.step()
        return
    assert run.optimizer.step() is None
    other.step(0)
    assert run.all_there_is() == other.all_there_is()


@every_method
@pytest.mark.parametrize("returned", [None, "low", torch.ones(2)])
def test_a_closure_that_returns_no_loss_is_refused_and_nothing_changes(kind, returned):
    run = Run(kind)
    before = run.all_there_is()
    with pytest.raises(
        ValueError, match=rf"^{kind.__name__}.step: what the closure returns must be one number"
    ):
        run.optimizer.step(lambda: returned)
    assert run.all_there_is() == before


@every_method
def test_a_sparse_gradient_is_refused_and_nothing_changes(kind):
    table = torch.nn.Embedding(5, 2, sparse=True)
    optimizer = kind(table.parameters())
    before = table.weight.detach().clone()

    def closure():
        optimizer.zero_grad()
        loss = table(torch.tensor([1, 3])).square().sum()
        loss.backward()
        return loss

    with pytest.raises(
        ValueError, match=rf"^{kind.__name__}.step: gradients must be dense, got a sparse one$"
    ):
        optimizer.step(closure)
    assert table.weight.equal(before)


def knobs():
    """Each method with the name of each of its knobs."""
    return [(kind, name) for kind in METHODS.values() for name in rules_of(kind.__init__)]


@pytest.mark.parametrize(("kind", "knob"), knobs(), ids=lambda given: getattr(given, "__name__", given))
def test_a_knob_out_of_range_is_refused_in_one_line_for_all_and_for_a_group(kind, knob):
    allowed = rules_of(kind.__init__)[knob].allowed
    says = re.escape(f"{kind.__name__}: {knob} must be {allowed}, got ['much']")
    with pytest.raises(ValueError, match=f"^{says}$"):
        kind(network().parameters(), **{knob: ["much"]})
    with pytest.raises(ValueError, match=f"^{says}$"):
        kind([{"params": [*network().parameters()], knob: ["much"]}])
    with pytest.raises(ValueError, match=rf"^{kind.__name__}: {knob} must be .*, got nan$"):
        kind(network().parameters(), **{knob: math.nan})


@every_method
def test_a_knob_that_there_is_not_is_refused_with_those_that_there_are(kind):
    with pytest.raises(TypeError, match=rf"^{kind.__name__}: unknown argument 'horizon'"):
        kind(network().parameters(), horizon=3)


@every_method
def test_no_knob_lacks_a_rule_and_none_lacks_a_default(kind):
    parameters = inspect.signature(kind.__init__).parameters
    assert [*parameters][:2] == ["self", "params"]
    assert {*parameters} - {"self", "params"} == {*rules_of(kind.__init__)}
    assert all(parameters[name].default is not inspect.Parameter.empty for name in rules_of(kind.__init__))


@every_method
def test_a_copy_goes_on_as_its_original(kind):
    run = Run(kind)
    run.step(0)
    other = copy.deepcopy(run)
    for t in (1, 2):
        run.step(t)
        other.step(t)
    assert other.all_there_is() == run.all_there_is()


@every_method
def test_its_page_says_formula_default_schedule_effective_rate_and_source(kind):
    page = inspect.getdoc(kind)
    assert issubclass(kind, Adaptive) and kind.__module__.startswith("lrlib.adaptive.")
    for needed in (
        r"x_\{t\+1\} = ",
        r"default",
        r"(?i)schedule",
        r"Effective rate",
        r"\b(19|20)\d\d\b",
        ">>> ",
    ):
        assert re.search(needed, page), needed
