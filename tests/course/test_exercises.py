"""Every lesson's exercises answer back: not done yet, right, or the mistake that was made.

A lesson runs once, in this process, with its solutions filled in; its calls of `course.check` are recorded.
Then the exercise and check cells run again in the same namespace, unfilled, and each recorded call is
repeated with each mistake that it knows. (That an unfilled notebook completes is what the executor proves.)
And answers that nobody foresaw, `answers/lesson_NN.py`, run in place of the gaps: the right ones are right in
every form, the wrong ones are caught, and most are told what is wrong.
"""

import ast
import functools
import inspect
import io
import linecache
import os
import re
import sys
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import torch

from lrlib.course import check, museum
from lrlib.schedules import core
from notebooks.tools import compare, twins
from tests import turns

ROOT = Path(__file__).parents[2]
ANSWERS = Path(__file__).parent / "answers"
LESSONS = [  # the numbered ones; the gallery is for looking things up
    twin
    for twin in twins.all_twins(ROOT / "notebooks")
    if twin.parent.name == "lessons" and twin.stem[0].isdigit()
]
FEWEST_MISTAKES = 3
FEWEST_WRONG, FEWEST_RIGHT = 4, 3  # answers to an exercise that it does not list as mistakes
DIAGNOSED = 0.5  # share of the wrong answers of a lesson that get one, at least
ANSWER = re.compile(r"^# %% (\d\d\.\d) (right|wrong): (.+)$", re.MULTILINE)
CHECKED = re.compile(r"^check\.exercise\(\s*\"(\d\d\.\d)\"", re.MULTILINE)
SHOWS = re.compile(
    r"^(?!.*first at \[[1-9]).*yours (?!has|is).*expected|^Not yet\."
)  # lines with values and nothing else
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


RUN = turns.today(twin.stem for twin in LESSONS)  # each is run whole


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.long, id=name) for name in RUN])
def lesson(request):
    twin = ROOT / "notebooks" / "src" / "lessons" / f"{request.param}.py"
    with finished(request.param, twins.read_twin(twin)) as run:
        yield run


def test_solutions_are_right(lesson):
    faults = not_right(lesson)
    assert not faults, "\n".join(faults)


def test_every_known_mistake_gets_its_own_message(lesson):
    faults = unrecognised(lesson)
    assert not faults, "\n".join(faults)


def test_unfilled_exercises_say_not_done_yet(lesson):
    faults = unfilled(lesson)
    assert not faults, "\n".join(faults)


def test_a_wrong_diagnosis_is_answered_with_what_speaks_against_it(lesson):
    rooms = [call for call in lesson.calls if call.arguments.get("against")]
    for call in rooms:
        room = call.arguments["expected"]
        for guess in sorted({*room.values(), "attribute"}):
            said = printed(check.choice, **{**call.arguments, "yours": dict.fromkeys(room, guess)})
            for case, right in room.items():
                against = museum.why_not(museum.TRAPS[right].broken(), guess)
                assert bool(against) == (guess != right)
                line = f"{case}: yours {guess!r} is not it. {against}"
                assert (line in said.splitlines()) == (guess != right), said
    assert len(rooms) == (3 if lesson.name.startswith("23") else 0)


def test_right_answers_are_right_in_every_form(lesson):
    faults = [
        f"{answer.exercise} {answer.form} is right, and answered with {said!r}"
        for answer, said in lesson.answered("right")
        if _wrong([said], "Right.")
    ]
    assert not faults, "\n".join(faults)


def test_wrong_answers_are_caught_and_most_are_told_what_is_wrong(lesson):
    answered = lesson.answered("wrong")
    accepted = [
        f"{a.exercise} {a.form} is answered with {said!r}" for a, said in answered if not is_caught(said)
    ]
    assert not accepted, "\n".join(accepted)
    silent = [f"{a.exercise} {a.form}: {said!r}" for a, said in answered if not is_diagnosed(said)]
    print(f"{lesson.name}: {len(answered) - len(silent)} of {len(answered)} wrong answers get a diagnosis")
    assert len(silent) <= (1 - DIAGNOSED) * len(answered), "\n".join(silent)


def test_every_exercise_has_answers_that_nobody_foresaw(lesson):
    for exercise in lesson.exercises:
        right = [answer for answer, _ in lesson.answered("right") if answer.exercise == exercise]
        listed = {
            message for call in lesson.calls if call.function is check.answer for message in call.diagnoses
        }
        unforeseen = [
            said
            for answer, said in lesson.answered("wrong")
            if answer.exercise == exercise and not listed & {line.strip() for line in said.splitlines()}
        ]
        assert len(right) >= FEWEST_RIGHT, f"{exercise}: {len(right)} right answers"
        assert len(unforeseen) >= FEWEST_WRONG, (
            f"{exercise}: {len(unforeseen)} wrong answers that it does not list"
        )


def test_no_answer_stands_without_its_exercise(lesson):
    assert {answer.exercise for answer in answers_of(lesson.name)} <= set(lesson.exercises)


def test_a_check_cell_says_no_more_than_which_exercise_it_checks(lesson):
    cells = [cell.source for cell, _ in lesson.code if "check" in compare.tags(cell)]
    assert len(cells) == len(lesson.exercises)
    for source in cells:
        names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
        assert CHECKED.match(source) and len(ast.parse(source).body) == 1 and "expected" not in names, source


def test_no_prediction_is_made_before_a_learner_makes_it(lesson):
    made = [
        cell.source for cell, _ in lesson.code if re.search(r"^my_(prediction|order) =", cell.source, re.M)
    ]
    assert made and all(re.search(r"^my_(prediction|order) = None +#", source, re.M) for source in made)
    assert {lesson.names[name] for name in ("my_prediction", "my_order") if name in lesson.names} == {None}


def test_every_prediction_can_be_right_and_can_be_wrong(lesson):
    asked = [call for call in lesson.calls if "prediction" in call.arguments]
    assert asked
    for call in asked:
        said = [
            printed(call.function, **{**call.arguments, "prediction": made}) for made in _predictions(call)
        ]
        praised = ["Well predicted." in each for each in said]
        assert True in praised and False in praised and all("Not done" not in each for each in said), said


def _predictions(call):
    """The right prediction of a recorded call, and wrong ones."""
    if call.function is check.category:
        return list(call.arguments["options"])
    if call.function is check.order:
        return [call.arguments["found"], call.arguments["found"][::-1]]
    measured = float(call.arguments["measured"])
    return [measured, 2 * measured + 1, -measured - 1]


def test_exercises_know_enough_mistakes(lesson):
    known = sum(len(call.diagnoses) for call in lesson.calls)
    assert known >= FEWEST_MISTAKES, f"{known} mistakes are known, at least {FEWEST_MISTAKES} wanted"


@dataclass(repr=False)
class Call:
    """One recorded call of a function of `lrlib.course.check`, with its arguments by name."""

    function: object
    arguments: dict

    @property
    def diagnoses(self):
        return self.arguments.get("mistakes" if self.function is check.answer else "reasons") or {}


@dataclass(repr=False, eq=False)
class Run:
    """A lesson that ran with its solutions.

    code: every code cell, as (cell, its solution or None). said: what each check cell printed.
    """

    name: str
    code: list
    names: dict
    said: list
    calls: list

    @functools.cached_property
    def check_cells(self):
        """The cell that checks each exercise."""
        cells = [cell for cell, _ in self.code if "check" in compare.tags(cell)]
        return {found[1]: cell for cell in cells if (found := CHECKED.search(cell.source))}

    @property
    def exercises(self):
        return list(self.check_cells)

    @functools.cached_property
    def told(self):
        """[(an answer, what it is told)], each in a copy of the namespace of the finished notebook."""
        return [(answer, self._told(answer)) for answer in answers_of(self.name)]

    def answered(self, kind):
        return [(answer, said) for answer, said in self.told if answer.kind == kind]

    def _told(self, answer):
        names = dict(self.names)
        execute(answer.source, names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a wrong answer does may well warn
            return execute(self.check_cells[answer.exercise].source, names)


@dataclass(frozen=True)
class Answer:
    """One cell of a file of answers. kind: "right" or "wrong". form: how it is written, or what is wrong."""

    exercise: str
    kind: str
    form: str
    source: str


def answers_of(name):
    """The answers to the exercises of a lesson, none for one that has no file."""
    path = ANSWERS / f"lesson_{name[:2]}.py"
    parts = ANSWER.split(path.read_text(encoding="utf-8") if path.exists() else "")[1:]
    return [Answer(*parts[i : i + 4]) for i in range(0, len(parts), 4)]


def is_caught(said):
    """Whether an answer was called wrong, by what a check cell printed."""
    return bool(said.strip()) and not re.search(r"^(Right|Not done)", said, re.MULTILINE)


def is_diagnosed(said):
    """Whether a wrong answer was told more than its values: which line stopped, what it looks like, where."""
    return any(not SHOWS.search(line) for line in said.splitlines()) or "but " in said


def not_right(run):
    """Check cells that do not call the solution right."""
    return [f"with its solution, check cell {i} says {said!r}" for i, said in _wrong(run.said, "Right.")]


def unfilled(run):
    """Check cells that do not say "Not done yet" while the exercise before them is not filled in."""
    said = []
    for cell, _ in run.code:
        tags = compare.tags(cell)
        if "exercise" in tags:
            execute(cell.source, run.names)
        elif "check" in tags:
            said.append(execute(cell.source, run.names))
    return [f"unfilled, check cell {i} says {what!r}" for i, what in _wrong(said, "Not done yet.")]


def unrecognised(run):
    """Known mistakes whose own message is not what a learner who makes them reads."""
    faults = []
    for call in run.calls:
        for message, made in _mistaken(call):
            out = printed(call.function, **made)
            if out.startswith("Right") or message not in [line.strip() for line in out.splitlines()]:
                faults.append(f"the mistake {message!r} is answered with {out!r}")
    return faults


def _mistaken(call):
    """(the line that has to be read, the arguments with that mistake in place of the answer)."""
    if call.function is check.answer:
        for message, mistake in call.diagnoses.items():
            yield message, {**call.arguments, "yours": mistake}
        return
    against = call.arguments.get("against") or (lambda question, chosen: "")
    for question, reason in call.diagnoses.items():
        reason = against(question, "no answer") or reason
        wrong = {**call.arguments["expected"], question: "no answer"}
        line = f"{question}: yours 'no answer' is not it. {reason}"
        yield line, {**call.arguments, "yours": wrong}


def _wrong(said, start):
    """Numbered outputs of check cells in which not every answer starts so."""
    answer = re.compile(r"^(Right|Not |Your code stopped|.*is not it)", re.MULTILINE)
    found = [[line for line in out.splitlines() if answer.match(line)] for out in said]
    return [
        (i, out)
        for i, (out, lines) in enumerate(zip(said, found, strict=True))
        if not lines or not all(line.startswith(start) for line in lines)
    ]


@contextmanager
def finished(name, notebook):
    """A finished `Run`, in a module and a state of its own that vanish afterwards."""
    calls = []
    with _left_as_found(), pytest.MonkeyPatch.context() as patch:
        module = ModuleType("lesson_" + name)
        patch.setitem(sys.modules, module.__name__, module)
        patch.setenv("LRLIB_PROGRESS", "off")
        patch.chdir(ROOT / "notebooks" / "lessons")
        module.display = lambda *shown: None
        code = _with_solutions(notebook)
        with pytest.MonkeyPatch.context() as recording:
            for function in (check.answer, check.choice, check.reconcile, check.category, check.order):
                recording.setattr(check, function.__name__, _recorder(function, calls))
            said = [
                (cell, execute(cell.source if solution is None else solution, vars(module)))
                for cell, solution in code
            ]
        said = [out for cell, out in said if "check" in compare.tags(cell)]
        yield Run(name, code, vars(module), said, calls)


@contextmanager
def _left_as_found():
    """What a lesson may change for the whole process is put back."""
    tables = [(table, dict(table)) for table in (core.NAMES, core.TYPES, os.environ)]
    precision, threads = torch.get_default_dtype(), torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_default_dtype(precision)
        torch.set_num_threads(threads)
        for table, before in tables:
            for key in [key for key in table if key not in before]:
                del table[key]
            table.update(before)


def _with_solutions(notebook):
    """Code cells, each exercise with the python block of the solution cell that follows it, if any."""
    code = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            code.append((cell, None))
        elif "solution" in compare.tags(cell):
            blocks = PYTHON_BLOCK.findall(cell.source)
            assert len(blocks) == 1, (
                f"a solution needs one python block, this has {len(blocks)}:\n{cell.source}"
            )
            exercise = max(i for i, (earlier, _) in enumerate(code) if "exercise" in compare.tags(earlier))
            code[exercise] = (code[exercise][0], blocks[0])
    return code


def _recorder(function, calls):
    def recorded(*args, **kwargs):
        arguments = inspect.signature(function).bind(*args, **kwargs).arguments
        if "cases" in arguments:
            arguments["cases"] = list(arguments["cases"])
        calls.append(Call(function, arguments))
        return function(**arguments)

    return recorded


def execute(source, names):
    """Run a cell like a kernel, showing nothing; returns what it printed."""
    file = f"<cell {abs(hash(source))}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    return printed(exec, compile(source, file, "exec"), names)


def printed(function, *args, **kwargs):
    out = io.StringIO()
    with redirect_stdout(out):
        function(*args, **kwargs)
    return out.getvalue()


GOOD = """
# %%
from lrlib.course import check

# %% tags=["exercise"]
def double(x):
    raise NotImplementedError("multiply")

# %% tags=["check"]
check.answer(
    double,
    expected=lambda x: 2 * x,
    cases=[(1,), (3,)],
    mistakes={"That is the square.": lambda x: x**2},
    second=lambda f: None if f(5) == 10 else "it fails for 5.",
)

# %% [markdown] tags=["solution"]
# ```python
# def double(x):
#     return 2 * x
# ```

# %% tags=["exercise"]
chosen = {"sum": None, "product": None}

# %% tags=["check"]
check.choice(yours=chosen, expected={"sum": "+", "product": "*"}, reasons={"sum": "Plus adds."})

# %% [markdown] tags=["solution"]
# ```python
# chosen = {"sum": "+", "product": "*"}
# ```

# %% tags=["exercise"]
def open_ended(x):
    raise NotImplementedError("anything you like")
"""
BROKEN = {
    "a wrong solution": (not_right, "return 2 * x", "return 3 * x"),
    "a solution that the second check refuses": (not_right, "return 2 * x", "return min(2 * x, 6)"),
    "a wrong choice": (not_right, 'chosen = {"sum": "+"', 'chosen = {"sum": "-"'),
    "a check that says nothing": (not_right, "check.choice(", "dict("),
    "a solution left in the exercise": (unfilled, 'raise NotImplementedError("multiply")', "return 2 * x"),
    "a filled choice": (unfilled, '{"sum": None, "product": None}', '{"sum": "+", "product": "*"}'),
    "a mistake that is right": (unrecognised, "lambda x: x**2}", "lambda x: x + x}"),
    "a mistake that stops": (unrecognised, "lambda x: x**2}", "lambda x: x / 0}"),
    "a mistake that an earlier one hides": (
        unrecognised,
        "lambda x: x**2}",
        'lambda x: x**2, "That is a power.": lambda x: pow(x, 2)}',
    ),
}


def _faults(find, text):
    with finished("in_memory", twins.parse(text)) as run:
        return find(run)


@pytest.mark.parametrize("find", [not_right, unfilled, unrecognised])
def test_a_good_lesson_has_no_faults(find):
    assert not _faults(find, GOOD)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_lesson_is_noticed(name):
    find, whole, broken = BROKEN[name]
    assert whole in GOOD
    assert _faults(find, GOOD.replace(whole, broken))


def after_the_imports(code):
    """The good lesson with another line in its first cell."""
    imports = "from lrlib.course import check\n"
    assert imports in GOOD
    return GOOD.replace(imports, imports + code + "\n")


def test_an_exception_in_a_cell_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        _faults(not_right, after_the_imports("1 / 0"))


def test_a_lesson_leaves_no_shape_behind():
    before = set(core.NAMES)
    shape = "class Passing(Schedule):\n    steps = 1\n    def multiplier(self, t):\n        return t"
    made = after_the_imports(f"from lrlib.schedules.core import NAMES, Schedule\n{shape}")
    faults = _faults(not_right, made + "\n# %%\nassert NAMES['passing'] is Passing")
    assert not faults and set(core.NAMES) == before
