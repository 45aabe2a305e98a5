"""Whatever is handed in becomes the assignment again: checks as given out, answers as handed in."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from lrlib.classroom import submission, walls
from lrlib.classroom.submission import read
from tests.classroom.programs import RIGHT, cell, marked, notebook, source

NO_NOTEBOOKS = {
    "nothing": (b"", "no notebook"),
    "text": (b"my answers are: 3", "no notebook"),
    "zeros": (bytes(1000), "no notebook"),
    "no letters": (b"\xff\xfe\x00", "no notebook"),
    "a list": (b"[]", "no notebook"),
    "deep": (b"[" * 100_000, "no notebook"),
    "a number": (b"1" * 10_000, "no notebook"),
    "cells that are none": (b'{"cells": 3}', "no notebook"),
    "an old format": (b'{"nbformat": 3, "worksheets": []}', "old format"),
    "too large": (bytes(submission.BYTES + 1), "more than 30 MB; clear its outputs"),
    "too many cells": (json.dumps({"cells": [{}] * 501}).encode(), "501 cells"),
}


def sources(found) -> dict[str, str]:
    return {each.id: each.source for each in found.cells}


@pytest.mark.parametrize("kind", NO_NOTEBOOKS)
def test_a_file_that_is_no_notebook_answers_nothing_and_says_so(kind):
    content, told = NO_NOTEBOOKS[kind]
    found = read(content, source())
    assert len(found.notes) == 1
    assert told in found.notes[0]
    assert sources(found) == {**sources(read(notebook({}), source())), "A0.1": "", "A0.2": ""}


ODD = [None, 3, {}, [], {"cell_type": "code"}, {"cell_type": ["code"]}, {"cell_type": "raw", "source": "x"},
       {"cell_type": "code", "source": [1, "a", None]}, {"cell_type": "code", "source": {}, "metadata": 3},
       {"cell_type": "code", "source": "\ud800\0", "metadata": {"nbgrader": []}},
       {"cell_type": "code", "source": "y", "metadata": {"nbgrader": {"grade_id": ["A0.1"]}}}]  # fmt: skip


def test_cells_of_any_form_are_read_or_passed_over():
    handed_in = json.loads(notebook(RIGHT))
    handed_in["cells"] = [*ODD, *handed_in["cells"], *ODD]
    found = read(json.dumps(handed_in).encode(), source())
    assert not found.notes
    assert {name: sources(found)[name] for name in RIGHT} == RIGHT
    nbformat.validate(found.notebook)
    nbformat.writes(found.notebook).encode()


def test_solutions_of_the_source_are_never_an_answer():
    solved = source()
    for each in solved.cells:
        each.source = RIGHT.get(submission.grade_id(each), each.source)
    for content in (b"", notebook({})):
        answers = sources(read(content, solved))
        assert not set(RIGHT.values()) & set(answers.values())


def test_who_wrote_a_file_that_was_not_read_is_told_too():
    for content, told in NO_NOTEBOOKS.values():
        first, *_ = read(content, source()).notebook.cells
        assert first.cell_type == "markdown" and told in first.source


def test_a_notebook_is_read_whatever_its_unicode():
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        found = read(notebook(RIGHT).decode().encode(encoding), source())
        assert {name: sources(found)[name] for name in RIGHT} == RIGHT and not found.notes


def test_texts_are_cut_where_to_show_them_would_take_for_ever():
    handed_in = nbformat.reads(notebook({"words": "\\begin{a}" * 20_000}).decode(), 4)
    handed_in.cells += [nbformat.v4.new_markdown_cell("x" * 15_000) for _ in range(100)]
    found = read(nbformat.writes(handed_in).encode(), source())
    texts = [len(each.source) for each in found.notebook.cells if each.cell_type == "markdown"]
    assert max(texts) == submission.WORDS and sum(texts) == submission.ALL_WORDS
    assert "A text of 180000 characters was cut to 20000." in found.notes


def test_checks_that_were_changed_deleted_or_moved_are_the_original_ones():
    handed_in = nbformat.reads(notebook(RIGHT).decode(), 4)
    names = [submission.grade_id(each) for each in handed_in.cells]
    handed_in.cells[names.index("A0.1-check")].source = "triple = lambda x: 3 * x"
    del handed_in.cells[names.index("A0.2-check")]
    handed_in.cells.reverse()
    found = read(nbformat.writes(handed_in).encode(), source())
    assert list(sources(found).items())[1:] == [
        ("A0.1", RIGHT["A0.1"]),
        ("A0.1-check", "triple(1.0)"),
        ("A0.2", RIGHT["A0.2"]),
        ("A0.2-check", "half(1.0)"),
    ]
    assert found.notes == [
        "Cell A0.1-check was changed; the original is used.",
        "Cell A0.2-check was deleted; the original is used.",
    ]


def test_of_a_cell_that_is_there_twice_the_first_counts():
    handed_in = nbformat.reads(notebook(RIGHT).decode(), 4)
    handed_in.cells.append(cell("A0.1", "triple = None", solution=True))
    found = read(nbformat.writes(handed_in).encode(), source())
    assert sources(found)["A0.1"] == RIGHT["A0.1"]
    assert found.notes == ["Cell A0.1 is there twice; the first one counts."]


def test_an_answer_that_is_deleted_or_no_code_any_more_is_empty_and_noted():
    handed_in = nbformat.reads(notebook(RIGHT).decode(), 4)
    names = [submission.grade_id(each) for each in handed_in.cells]
    handed_in.cells[names.index("A0.1")].cell_type = "markdown"
    del handed_in.cells[names.index("A0.2")]
    found = read(json.dumps(handed_in).encode(), source())
    assert sources(found)["A0.1"] == sources(found)["A0.2"] == ""
    assert found.notes == [
        "Cell A0.1 is no code cell any more; it does not count.",
        "Cell A0.1 was deleted; nothing was answered.",
        "Cell A0.2 was deleted; nothing was answered.",
    ]


def test_a_students_own_cells_keep_their_places():
    handed_in = nbformat.reads(notebook(RIGHT).decode(), 4)
    handed_in.cells.insert(2, new_code_cell("mine = 1"))
    handed_in.cells.append(new_code_cell("mine = 2"))
    found = read(nbformat.writes(handed_in).encode(), source())
    texts = list(sources(found).values())
    assert not found.notes
    assert texts.index("mine = 1") == texts.index("triple(1.0)") - 1
    assert texts[-1] == "mine = 2"


@pytest.mark.skipif(bool(walls.missing()), reason=f"no sandbox here: {walls.missing()}")
def test_a_check_that_was_edited_into_an_answer_gives_no_points():
    handed_in = nbformat.reads(notebook({"A0.2": RIGHT["A0.2"]}).decode(), 4)
    for each in handed_in.cells:
        if submission.grade_id(each) == "A0.1-check":
            each.source = RIGHT["A0.1"]
    found = marked(nbformat.writes(handed_in).encode())
    assert found.points == [0, 3]
    assert found.notes == ["Cell A0.1-check was changed; the original is used."]
