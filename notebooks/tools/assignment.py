"""The form of an instructor notebook, from which a student's release is made.

Each rule returns its faults, one line each.
"""

import re

from lrlib.classroom import build

from . import compare, lesson, prose, teaching
from .form import read

EXERCISES = 8  # marked, at least
MINUTES = (120, 180)  # of a student's work
SOLVES, EXPLAINS = 11, 15  # minutes for an exercise, besides reading, and for an explanation
STATED = re.compile(r"^\*\*(\d+), (\d+) points(?:, in your own words)?\.\*\*", re.MULTILINE)
GIVEN = re.compile(r"^- (\d+) points?: ", re.MULTILINE)
BRACKETS = re.compile(r"\([^()]*\)")
LENGTH = re.compile(r"\b(?:most|to) (\d+) words\b")
SOLUTION = re.compile(r"^ *### BEGIN SOLUTION$.*?^ *### END SOLUTION$", re.MULTILINE | re.DOTALL)

TERMS = re.compile(
    r"^Needs (?P<needs>.+) - (?P<minutes>\d+) min - (?P<points>\d+) points"
    r" - computes in under (?P<seconds>\d+) s - (CPU|GPU)$"
)


def is_assignment(path):
    """Whether this is an instructor notebook."""
    return path.parent.name == "assignments"


def contract(notebook):
    """What the first cell says - "title", "promise", "needs", "minutes", "points" ... - and its faults."""
    form = "Needs ... - NN min - NN points - computes in under N s - CPU"
    found, wrong, rest = lesson.first_cell(notebook, TERMS, form)
    if any(rest):
        wrong.append("the first cell says more than title, promise and terms")
    return found, wrong


# --- the rules -----------------------------------------------------------------------------------


def has_a_contract(path, folder):
    """Title with the name of the file, promise in italics, what it needs and takes, and its points."""
    found, wrong = contract(read(path))
    name, minutes = path.stem.split("_")[0], int(found.get("minutes", 0))
    if not found["title"].startswith(f"{name} "):
        wrong.append(f"the title {found['title']!r} does not start with the name of the file, {name}")
    if int(found.get("seconds", 0)) > lesson.SECONDS:
        wrong.append(f"computes in under {found['seconds']} s, at most {lesson.SECONDS} wanted")
    if not MINUTES[0] <= minutes <= MINUTES[1]:
        wrong.append(f"takes {minutes} min, {MINUTES[0]} to {MINUTES[1]} wanted")
    return wrong


def adds_up_its_points(path, folder):
    """The points of the first cell are those of its exercises and of what is explained."""
    stated = int(contract(read(path))[0].get("points", 0))
    total = sum(each.exercise.marks.total for each in build.every_asked(read(path)))
    total += _explained(path)
    return [] if stated == total else [f"states {stated} points, and gives {total}"]


def states_points_as_declared(path, folder):
    """Exercises are numbered in order, and the text above each says the points that it declares."""
    stated = [(int(n), int(points)) for n, points in STATED.findall(_text(path))]
    asked = build.every_asked(read(path))
    name = path.stem.split("_")[0]
    due = [(n, each.exercise.marks.total) for n, each in enumerate(asked, start=1)]
    due += [(len(asked) + 1, _explained(path))]
    wrong = [] if stated == due else [f"the text numbers and gives points {stated}, declared are {due}"]
    names = [each.name for each in asked]
    if names != [f"{name}.{n}" for n in range(1, len(asked) + 1)]:
        wrong.append(f"its checks are called {', '.join(names)}: number them {name}.1, {name}.2, ...")
    return wrong


def marks_enough(path, folder):
    """Eight marked exercises or more, each a gap and its check in turn, and one explanation after them."""
    tags = [{"exercise", "check", "explain"} & set(compare.tags(cell)) for cell in read(path).cells]
    order = " ".join(tag for found in tags for tag in found)
    wrong = []
    if not re.fullmatch("(exercise check )+explain", order):
        wrong.append(f"expected the tags exercise, check in turn and explain at the end, found {order}")
    if order.count("exercise") < EXERCISES:
        wrong.append(f"{order.count('exercise')} exercises are marked, at least {EXERCISES} wanted")
    return wrong


def checks_with_one_line(path, folder):
    """A check cell is `check.exercise("A1.1", my_function)`, folded, and nothing else."""
    return [
        f"the check cell {cell.source!r:.80} is not check.exercise(NAME, FUNCTION), folded"
        for cell in _tagged(path, "check")
        if not build.asked(cell) or cell.metadata.get("jupyter") != {"source_hidden": True}
    ]


def hides_what_is_asked(path, folder):
    """A gap and an explanation have one region that is taken out for students; no other cell has any."""
    wrong = []
    for cell in [*_tagged(path, "exercise"), *_tagged(path, "explain")]:
        if (
            len(SOLUTION.findall(cell.source)) != 1
            or len(re.findall("(BEGIN|END) SOLUTION", cell.source)) != 2
        ):
            wrong.append(f"{cell.source!r:.60} has no region, or more than one, from BEGIN to END SOLUTION")
    rest = [cell for cell in read(path).cells if not {"exercise", "explain"} & set(compare.tags(cell))]
    wrong += [
        f"a region of a solution is in the cell {c.source!r:.60}" for c in rest if " SOLUTION" in c.source
    ]
    return wrong


def has_a_mark_scheme(path, folder):
    """What is explained has a scheme whose lines `- N points: ...` add up to its points."""
    wrong = []
    for cell in _tagged(path, "explain"):
        scheme = build.SCHEME.search(cell.source)
        given = [int(n) for n in GIVEN.findall(scheme[1])] if scheme else []
        if sum(given) != _explained(path) or len(given) < 2:
            wrong.append(f"its mark scheme gives {given}, the text {_explained(path)} points")
    return wrong


def explains_with_what_is_shown(path, folder):
    """A model answer and its scheme say no number that neither a cell shows nor the code or the task names.

    As in `lesson.types_no_result`, numbers of three significant digits or more count.
    """
    notebook = read(path)
    told = "\n".join([lesson.printed(notebook), lesson.code(notebook), *lesson.body(notebook)])
    shown = lesson.values(told)
    return [
        f"the model answer says {written}, which no cell prints"
        for cell in _tagged(path, "explain")
        for written, value in prose.numbers(cell.source)
        if lesson.significant(written) >= lesson.DIGITS and not lesson.is_shown(value, shown)
    ]


def keeps_its_own_length(path, folder):
    """A model answer is no longer than the task allows, where it says how many words.

    What stands in brackets is said to whoever marks, and not counted.
    """
    limits = [int(n) for n in LENGTH.findall(" ".join(_text(path).split()))]
    texts = [BRACKETS.sub("", SOLUTION.search(cell.source)[0]) for cell in _tagged(path, "explain")]
    counts = [len(text.split()) - 6 for text in texts]  # the marks of the region are six
    return [
        f"its model answer has {count} words, {most} are allowed"
        for count, most in zip(counts, limits, strict=False)
        if count > most
    ]


def asks_for_a_prediction(path, folder):
    """A value is predicted before it is measured."""
    made = r"^my_\w+ = None.*check\.(reconcile|category|order)\("
    asked = re.search(made, lesson.code(read(path)), re.MULTILINE | re.DOTALL)
    return (
        [] if asked else ["no cell sets my_prediction = None for a later check.reconcile, category or order"]
    )


def states_its_time(path, folder):
    """The minutes of the first cell are a multiple of 5, and within a fifth of the estimate."""
    stated, estimated = int(contract(read(path))[0].get("minutes", 0)), minutes(read(path))
    right = stated % 5 == 0 and abs(stated - estimated) <= teaching.OFF * estimated
    return [] if right else [f"states {stated} min, estimated {estimated:.0f}"]


RULES = [
    has_a_contract,
    adds_up_its_points,
    states_points_as_declared,
    marks_enough,
    checks_with_one_line,
    hides_what_is_asked,
    has_a_mark_scheme,
    explains_with_what_is_shown,
    keeps_its_own_length,
    asks_for_a_prediction,
    states_its_time,
    *lesson.OF_EVERY_PAGE,
]


def minutes(notebook):
    """How long a student needs: to read, to solve, to predict, to look, to explain."""
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    texts = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" and "explain" not in compare.tags(cell)
    ]
    words = sum(prose.word_count(cell.source) for cell in texts)
    lines = sum(
        len(_given(cell)) for cell in notebook.cells if cell.cell_type == "code" and not _is_check(cell)
    )
    acts = SOLVES * len(build.every_asked(notebook)) + EXPLAINS
    acts += teaching.MINUTES["question"] * len(
        re.findall(r"^my_\w+ = None", lesson.code(notebook), re.MULTILINE)
    )
    acts += teaching.MINUTES["figure"] * sum(
        bool(compare.PICTURES & output.get("data", {}).keys()) for output in shown
    )
    return words / teaching.WORDS_A_MINUTE + lines / teaching.LINES_A_MINUTE + acts


def _given(cell):
    """The lines of a cell that a student sees and did not write."""
    return [line for line in SOLUTION.sub("", cell.source).splitlines() if line.strip()]


def _is_check(cell):
    return "check" in compare.tags(cell)


def _tagged(path, tag):
    return [cell for cell in read(path).cells if tag in compare.tags(cell)]


def _text(path):
    return lesson.markdown(read(path))


def _explained(path):
    """The points of what is explained; 0 where nothing is."""
    found = build.EXPLAINED.search(_text(path))
    return int(found["points"]) if found else 0
