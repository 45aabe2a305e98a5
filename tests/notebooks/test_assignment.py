"""The rules of instructor notebooks find what they are for: a sound one, and what breaks each rule."""

from pathlib import Path

import nbformat
import pytest

from lrlib.classroom import build
from notebooks.tools import assignment

NAME = "A1_one_number"


@pytest.fixture
def changed(tmp_path):
    """A function: what the rules say of the notebook once a text in it is another."""

    def say(rule, before, after, count=-1):
        notebook = nbformat.read(build.assignments()[NAME], as_version=4)
        texts = [cell.source for cell in notebook.cells]
        assert any(before in text for text in texts), before
        for cell in notebook.cells:
            cell.source = cell.source.replace(before, after, count)
        return ruled(rule, notebook)

    def ruled(rule, notebook):
        place = tmp_path / "assignments" / f"{NAME}.ipynb"
        place.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, place)
        return rule(place, tmp_path)

    say.ruled = ruled
    return say


def stored():
    return nbformat.read(build.assignments()[NAME], as_version=4)


def with_tag(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]


def test_a_sound_notebook_has_no_fault():
    path = Path(build.assignments()[NAME])
    assert [fault for rule in assignment.RULES for fault in rule(path, path.parents[1])] == []


OTHERS = {"# A1 ": "# A2 ", "*After this you": "*You", " points - co": " marks - co", " min -": "0 min -"}


@pytest.mark.parametrize("before, after", OTHERS.items())
def test_another_first_cell_is_noticed(changed, before, after):
    assert changed(assignment.has_a_contract, before, after)


def test_points_that_do_not_add_up_are_noticed(changed):
    points = assignment.contract(stored())[0]["points"]
    assert changed(assignment.adds_up_its_points, f"- {points} points -", f"- {int(points) + 1} points -")


def test_points_and_numbers_of_the_text_that_are_not_those_declared_are_noticed(changed):
    first = build.every_asked(stored())[0].exercise.marks.total
    assert changed(
        assignment.states_points_as_declared, f"**1, {first} points.**", f"**1, {first + 1} points.**"
    )
    assert changed(assignment.states_points_as_declared, "**2, ", "**7, ")
    assert changed(assignment.states_points_as_declared, '"A1.2"', '"A1.3"')


def test_too_few_marks_and_gaps_without_a_check_are_noticed(changed):
    notebook = stored()
    notebook.cells = [cell for cell in notebook.cells if "A1.2" not in cell.source]
    assert changed.ruled(assignment.marks_enough, notebook)
    notebook = stored()
    few = {id(cell) for tag in ("exercise", "check") for cell in with_tag(notebook, tag)[7:]}
    notebook.cells = [cell for cell in notebook.cells if id(cell) not in few]
    assert "7 exercises are marked" in changed.ruled(assignment.marks_enough, notebook)[0]


def test_a_check_that_does_more_or_is_not_folded_is_noticed(changed):
    assert changed(assignment.checks_with_one_line, 'check.exercise("A1.1"', 'print(); check.exercise("A1.1"')
    notebook = stored()
    del with_tag(notebook, "check")[0].metadata["jupyter"]
    assert changed.ruled(assignment.checks_with_one_line, notebook)


def test_a_solution_outside_its_region_is_noticed(changed):
    assert changed(assignment.hides_what_is_asked, "### END SOLUTION", "### END", 1)
    notebook = stored()
    notebook.cells.append(nbformat.v4.new_markdown_cell("### BEGIN SOLUTION\nx\n### END SOLUTION"))
    assert changed.ruled(assignment.hides_what_is_asked, notebook)


def test_a_mark_scheme_that_does_not_add_up_is_noticed(changed):
    (cell,) = with_tag(stored(), "explain")
    first = assignment.GIVEN.search(cell.source)
    assert changed(assignment.has_a_mark_scheme, first[0], f"- {int(first[1]) + 1} points: ")
    assert changed(assignment.has_a_mark_scheme, "=== BEGIN MARK SCHEME ===", "=== MARKS ===")


def test_a_number_of_the_model_answer_that_no_cell_prints_is_noticed(changed):
    assert changed(assignment.explains_with_what_is_shown, "0.921", "0.912") == [
        "the model answer says 0.912, which no cell prints"
    ]


def test_a_model_answer_that_is_longer_than_the_task_allows_is_noticed(changed):
    assert changed(assignment.keeps_its_own_length, "150 to 250 words", "100 to 150 words")
    assert changed(assignment.keeps_its_own_length, "### END SOLUTION", "more " * 100 + "\n### END SOLUTION")


def test_a_notebook_that_asks_for_no_prediction_is_noticed(changed):
    notebook = stored()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = cell.source.replace(" = None", " = 1")
    assert changed.ruled(assignment.asks_for_a_prediction, notebook)


def test_minutes_that_are_not_those_of_the_work_are_noticed(changed):
    said = assignment.contract(stored())[0]["minutes"]
    assert changed(assignment.states_its_time, f"- {said} min -", "- 60 min -")
    assert changed(assignment.states_its_time, f"- {said} min -", f"- {int(said) + 1} min -")
