"""Every exercise of an assignment gives its points to right answers, however written, and to no wrong one.

An assignment runs once, in this process, with its solutions. Then the answers of `answers/assignment_N.py`
take the place of its functions, one after the other, are answered at once as in a check cell, and are marked
on the cases of several students. A wrong one that is told "Right." at once would lose points unwarned.
"""

import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from lrlib.classroom import marking
from lrlib.course import check, exercises
from lrlib.course.diagnosis import own_names
from notebooks.tools import compare, twins
from tests import turns
from tests.course import test_exercises as lessons

ROOT = Path(__file__).parents[2]
ANSWERS = Path(__file__).parent / "answers"
ASSIGNMENTS = sorted((ROOT / "notebooks" / "src" / "assignments").glob("*.py"))
STUDENTS = ("ada", "grace", "emmy")
FEWEST_WRONG, FEWEST_RIGHT = 4, 3
DIAGNOSED = 0.5  # share of the wrong answers of an assignment that are told more than values, at least
ANSWER = re.compile(r"^# %% (A\d\.\d+) (right|wrong): (.+)$", re.MULTILINE)
CHECKED = re.compile(r"^check\.exercise\(\s*\"(A\d\.\d+)\",\s*(\w+)\s*\)\s*$")


@dataclass(frozen=True)
class Asked:
    """An exercise of an assignment: its name, what its answer is called there, and what is declared."""

    name: str
    called: str
    exercise: exercises.Exercise

    def marks(self, answer):
        """What an answer is given, for each student."""
        drawn = [marking.cases(self.exercise, self.name, student) for student in STUDENTS]
        return [
            marking.mark(
                self.exercise,
                cases,
                marking.outcomes(self.exercise, answer, cases),
                own_names(answer),
            )
            for cases in drawn
        ]

    def is_right_at_once(self, answer):
        """Whether the check cell says that an answer is right: what its student sees before it is marked."""
        said = lessons.printed(check.answer, yours=answer, **self.exercise.answers())
        return said.startswith("Right.")


RUN = turns.today(path.stem for path in ASSIGNMENTS)  # each is run whole


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.long, id=name) for name in RUN])
def assignment(request):
    twin = ROOT / "notebooks" / "src" / "assignments" / f"{request.param}.py"
    with lessons.finished(request.param, twins.read_twin(twin)) as run:
        yield run


@pytest.fixture(scope="module")
def asked(assignment):
    found = [CHECKED.match(cell.source) for cell, _ in assignment.code if "check" in compare.tags(cell)]
    assert all(found), 'a check cell is check.exercise("A1.1", my_function) and nothing else'
    every = [Asked(m[1], m[2], exercises.find(m[1], {})) for m in found]
    return [each for each in every if isinstance(each.exercise, exercises.Exercise)]


def test_enough_is_marked(asked):
    assert len(asked) >= 8
    assert all(each.exercise.marks for each in asked)


def test_the_solutions_have_all_points_and_the_instant_answer_says_right(assignment, asked):
    for each in asked:
        for mark in each.marks(assignment.names[each.called]):
            assert mark.points == mark.total, f"{each.name}\n{mark}"
    assert not lessons.not_right(assignment)


def test_right_answers_have_all_points_in_every_form(assignment, asked):
    for each in asked:
        given = answers(assignment.name, each.name, "right")
        assert len(given) >= FEWEST_RIGHT, f"{each.name}: {len(given)} right answers"
        for form, source in given:
            answer = defined(assignment, each, source)
            assert each.is_right_at_once(answer), f"{each.name} {form} is not right at once"
            for mark in each.marks(answer):
                assert mark.points == mark.total, f"{each.name} {form}\n{mark}"


def test_wrong_answers_lose_points_and_most_are_told_why(assignment, asked):
    silent, every = [], 0
    for each in asked:
        given = answers(assignment.name, each.name, "wrong")
        assert len(given) >= FEWEST_WRONG, f"{each.name}: {len(given)} wrong answers"
        for form, source in given:
            answer = defined(assignment, each, source)
            assert not each.is_right_at_once(answer), f"{each.name} {form} is right at once"
            for mark in each.marks(answer):
                assert mark.points < mark.total, f"{each.name} {form} has all points"
                every += 1
                silent += (
                    [] if lessons.is_diagnosed("\n".join(mark.said)) else [f"{each.name} {form}\n{mark}"]
                )
    assert len(silent) <= (1 - DIAGNOSED) * every, "\n".join(silent)


def test_known_mistakes_lose_points_and_are_told_their_own_sentence(asked):
    for each in asked:
        for words, mistake in each.exercise.mistakes.items():
            assert not each.is_right_at_once(mistake), f"{each.name} {words} is right at once"
            marks = each.marks(mistake)
            assert all(mark.points < mark.total for mark in marks), f"{each.name} {words} has all points"
            said = [line.strip() for mark in marks for line in mark.said]
            assert words in said, f"{each.name} {words}\n{said}"


def test_what_only_knows_the_examples_has_no_points(asked):
    for each in asked:
        known = {}

        def seen(*given, known=known, right=each.exercise.expected):
            return known.setdefault(repr(given), right(*given))

        for case in each.exercise.cases:
            each.exercise.tried(seen, *deepcopy(case))
        for mark in each.marks(lambda *given, known=known: known.get(repr(given), 0.5)):
            assert mark.points == 0, f"{each.name}: a table of its examples\n{mark}"


def test_what_is_not_done_says_so_and_has_no_points(asked):
    def unfilled(*case):
        raise NotImplementedError

    for each in asked:
        for mark in each.marks(unfilled):
            assert (mark.points, mark.said) == (0, ("Not done yet.",))


def test_no_answer_stands_without_its_exercise(assignment, asked):
    named = {name for name, *_ in every_answer(assignment.name)}
    assert named <= {each.name for each in asked}


def defined(assignment, each, source):
    """The function that an answer defines, in a copy of the names of the finished notebook."""
    names = {**assignment.names}
    lessons.execute(source, names)
    return names[each.called]


def answers(name, exercise, kind):
    return [
        (form, source)
        for asked, is_kind, form, source in every_answer(name)
        if (asked, is_kind) == (exercise, kind)
    ]


def every_answer(name):
    path = ANSWERS / f"assignment_{name[1]}.py"
    parts = ANSWER.split(path.read_text(encoding="utf-8") if path.exists() else "")[1:]
    return [tuple(parts[i : i + 4]) for i in range(0, len(parts), 4)]
