"""Each rule of `notebooks/tools/teaching.py` notices what it is there for, and nothing else."""

from pathlib import Path

import nbformat
import pytest

from notebooks.tools import teaching

LESSONS = Path(__file__).parents[2] / "notebooks" / "lessons"


def code(source, shows="", tags=(), **metadata):
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=shows)] if shows else []
    return nbformat.v4.new_code_cell(source, outputs=outputs, metadata={"tags": [*tags], **metadata})


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def terms(minutes):
    return text(
        f"# 03 A\n\n*After this you can a.*\n\nNeeds 00 - {minutes} min - computes in under 5 s - CPU"
    )


ASK, TAKE = (
    code("my_prediction = None"),
    code("check.category(my_prediction, found, options)", "Not done yet."),
)
RUN, FOUND = code("found = run()"), code("f", "Found here: c")
BROKEN = {
    "an answer after the question": ("asks_before_it_answers", [ASK, code("print(found)", "0.3"), TAKE]),
    "an answer without a question": (
        "asks_before_it_answers",
        [code("print(1)", "1", ["answer"]), ASK, TAKE],
    ),
    "the second question": (
        "asks_before_it_answers",
        [ASK, TAKE, code("my_order = None"), code("f()", "1"), TAKE],
    ),
    "a question of the text": (
        "folds_what_it_asks_for",
        [text("So, which do you expect?"), RUN, code("f", "1", ["answer"]), code("g", "2")],
    ),
    "an experiment that finds nothing": ("says_what_was_found", [code("train.judge(a)"), text("## Next")]),
    "an experiment at the end": ("says_what_was_found", [code("stats.ranking(a)", "a table")]),
    "a finding before the last run": (
        "says_what_was_found",
        [code("found(a)", "Found here: a."), code("stats.family(a)", "b"), text("### Next")],
    ),
    "no recommendation": ("recommends", [text("Do this.")]),
    "one comparison printed": ("reads_verdicts_from_tables", [code("print(stats.compare(a, b))")]),
    "one verdict": ("reads_verdicts_from_tables", [code("stats.compare(a, b).verdict")]),
    "a verdict by name": (
        "reads_verdicts_from_tables",
        [code("c = stats.compare(a, b)\nprint(c.mean, c.verdict)")],
    ),
    "a verdict later on": ("reads_verdicts_from_tables", [code("c = stats.compare(a, b)"), code("print(c)")]),
    "a verdict from a function": (
        "reads_verdicts_from_tables",
        [code("def f(a):\n    return stats.compare(a, b)")],
    ),
    "a title in a variable": ("assembles_no_words", [code("title = 'a' + b")]),
    "a longer text": ("assembles_no_words", [code("alt = 'a'\nalt += b")]),
    "a title of two parts": ("assembles_no_words", [code("plot.lines(a, title=f'{b}' + c)")]),
    "a title of two lines": ("assembles_no_words", [code("plot.lines(a, title=f'{b}'\n    f'{c}')")]),
    "a list in a text": ("assembles_no_words", [code("plot.lines(a, alt=', '.join(b))")]),
    "a long cell": ("shows_short_cells", [code("a = 1\n" * 23), *[code("b = 1")] * 3]),
    "long cells": ("shows_short_cells", [code("a = 1\n" * 9)] * 3),
    "too short a time": ("states_its_time", [terms(5)]),
    "an odd time": ("states_its_time", [terms(8), text("a " * 1440)]),
}
FINE = {
    "values before an answer": (
        "asks_before_it_answers",
        [ASK, RUN, TAKE, code("print(1)", "1", ["answer"])],
    ),
    "no question yet": ("asks_before_it_answers", [code("print(1)", "1"), ASK, TAKE]),
    "a gap is no question": (
        "asks_before_it_answers",
        [code("my_a = None", tags=["exercise"]), code("b()", "no")],
    ),
    "a question that is answered below": (
        "folds_what_it_asks_for",
        [text("Settle it with yourself."), code("f", "1", ["answer"]), text("So."), code("g", "2")],
    ),
    "an exercise after a question": (
        "folds_what_it_asks_for",
        [text("Decide first."), code("my_a = None", "no", tags=["exercise"])],
    ),
    "one finding for two": ("says_what_was_found", [code("train.judge(a)"), code("stats.ranking(b)"), FOUND]),
    "a finding in the same cell": (
        "says_what_was_found",
        [code("stats.family(a)", "a table\nFound here: b")],
    ),
    "a recommendation": ("recommends", [text("So.\n\n> **Do this.** Decay to zero.")]),
    "a family at once": ("reads_verdicts_from_tables", [code("stats.family({'a': stats.compare(a, b)})")]),
    "a family by name": (
        "reads_verdicts_from_tables",
        [code("a = {n: stats.compare(n, m) for n in m}\nb[1] = stats.compare(c, d)\nstats.family(a | b)")],
    ),
    "intervals": ("reads_verdicts_from_tables", [code("c = stats.compare(a, b)\nprint(c.low, c.high)")]),
    "a mean at once": ("reads_verdicts_from_tables", [code("print(stats.compare(d, e).mean)")]),
    "a text as it stands": ("assembles_no_words", [code("plot.lines(a, title='b', alt='c')")]),
    "a value in a line": ("assembles_no_words", [code("plot.lines(a, title=f'{b} c')")]),
    "an explorer": ("assembles_no_words", [code("def draw(a):\n    title = a + 'b'\nexplorer(draw)")]),
    "folded": ("shows_short_cells", [code("a = 1\n" * 30, jupyter={"source_hidden": True}), code("b = 1")]),
    "blank lines": ("shows_short_cells", [code("a = 1\n\n" * 8)]),
    "its time": ("states_its_time", [terms(10), text("a " * 1900)]),
}


@pytest.fixture
def faults(tmp_path):
    def of(rule, found):
        path = tmp_path / "03_line.ipynb"
        cells = [cell | {"id": f"cell-{number}"} for number, cell in enumerate(found)]
        nbformat.write(nbformat.from_dict(nbformat.v4.new_notebook(cells=cells)), path)
        return getattr(teaching, rule)(path, tmp_path)

    return of


@pytest.mark.parametrize("name", BROKEN)
def test_a_lesson_that_owes_its_reader_something_fails_the_rule(faults, name):
    assert faults(*BROKEN[name])


@pytest.mark.parametrize("name", FINE)
def test_what_is_fine_fails_no_rule(faults, name):
    assert faults(*FINE[name]) == []


def test_every_rule_is_tried_on_both():
    rules = {rule.__name__ for rule in teaching.RULES}
    assert {rule for rule, _ in BROKEN.values()} == rules == {rule for rule, _ in FINE.values()}
