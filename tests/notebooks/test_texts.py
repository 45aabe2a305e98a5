"""What changed in the text of a lesson is stored without a run, and nothing else is."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from lrlib.course.copies import bare
from notebooks.tools import execute, form, quiz, teaching, twins

LESSONS = Path(__file__).parents[2] / "notebooks" / "lessons"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The twin and the notebook of a lesson, in a project of their own."""
    source = LESSONS / "01_step_size_on_a_bowl.ipynb"
    twin = tmp_path / "notebooks" / "src" / "lessons" / f"{source.stem}.py"
    stored = tmp_path / "notebooks" / "lessons" / source.name
    for path, original in ((twin, twins.twin_of(source, LESSONS.parent)), (stored, source)):
        path.parent.mkdir(parents=True)
        shutil.copy(original, path)
    monkeypatch.chdir(tmp_path)
    return twin, stored


def test_an_edited_quiz_is_drawn_anew_and_carried_into_the_notebook_with_its_outputs(project, capsys):
    twin, stored = project
    assert quiz.main(["--check"]) == 0
    twin.write_text(twin.read_text().replace(") grows", ") jumps about"))
    assert quiz.main(["--check"]) == 1 and "would change" in capsys.readouterr().out
    assert quiz.main([]) == 0 and quiz.main(["--check"]) == 0
    assert "jumps about" in stored.read_text() and '"image/png"' in stored.read_text()
    assert form.agrees_with_twin(stored, stored.parents[1]) == []
    assert form.is_canonical(stored, stored.parents[1]) == []


def test_texts_never_take_the_place_of_what_was_edited_in_the_notebook(project):
    _, stored = project
    stored.write_text(stored.read_text().replace("You can now", "You may now"))
    with pytest.raises(ValueError, match="was edited"):
        execute.main(["--texts"])
    assert "You may now" in stored.read_text()


def test_texts_are_not_carried_past_code_that_was_not_run(project, capsys):
    twin, stored = project
    before = stored.read_bytes()
    twin.write_text(twin.read_text().replace("# # 01 ", "# # 01 On ").replace("import ", "import math, ", 1))
    assert execute.main(["--texts"]) == 1 and "execute it" in capsys.readouterr().out
    assert stored.read_bytes() == before


def test_the_minutes_that_a_lesson_states_are_corrected(project):
    twin, stored = project
    twin.write_text(re.sub(r" - \d+ min - ", " - 15 min - ", twin.read_text()))
    assert execute.main(["--texts"]) == 0 and teaching.states_its_time(stored, stored.parents[1])
    assert teaching.main(["--write-times"]) == 0
    assert not teaching.states_its_time(stored, stored.parents[1]) and " - 15 min - " not in twin.read_text()
    assert form.is_canonical(stored, stored.parents[1]) == []


def test_the_outputs_of_an_answer_are_folded_as_stored_and_open_in_a_learners_copy(project):
    twin, stored = project
    before, asked, after = twin.read_text().partition("my_prediction = None")
    twin.write_text(before + asked + after.replace("# %%\n", '# %% tags=["answer"]\n', 1))
    assert execute.main(["--texts"]) == 0
    tagged = [cell for cell in form.read(stored).cells if "answer" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1 + before.count('"answer"') + after.count('"answer"')
    assert all(cell.metadata["jupyter"] == {"outputs_hidden": True} and cell.outputs for cell in tagged)
    assert [rule.__name__ for rule in form.RULES if rule(stored, stored.parents[1])] == []
    written = twins.write(form.read(stored))
    assert '"answer"' in written and "outputs_hidden" not in written
    assert "outputs_hidden" not in nbformat.writes(bare(nbformat.read(stored, 4)))
