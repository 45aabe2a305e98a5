"""A learner's copies of the lessons: nothing is given away, nothing that was written is lost."""

import re

import nbformat
import pytest

from lrlib.course.copies import FOLDER, LESSONS, Copies, bare
from lrlib.rules import Refused
from notebooks.tools import plugin, twins


def lesson(*sources):
    cells = [nbformat.v4.new_code_cell(source, outputs=[_stream("the answer is 42")]) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def _stream(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def write(path, notebook):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


@pytest.fixture
def copies(tmp_path):
    found = Copies(tmp_path / "mine", tmp_path / "lessons")
    write(found.lessons / "01_first.ipynb", lesson("a = 1", "b = 2"))
    write(found.lessons / "02_second.ipynb", lesson("c = 3"))
    found.make()
    return found


def test_a_copy_holds_every_cell_and_no_answer(copies):
    for name in copies.names():
        mine, theirs = (
            nbformat.read(folder / f"{name}.ipynb", 4) for folder in (copies.folder, copies.lessons)
        )
        assert [cell.source for cell in mine.cells] == [cell.source for cell in theirs.cells]
        assert "the answer" not in (copies.folder / f"{name}.ipynb").read_text()
        assert "the answer" in (copies.lessons / f"{name}.ipynb").read_text()


def test_no_lesson_keeps_an_output_in_its_copy():
    for path in LESSONS.glob("*.ipynb"):
        code = [cell for cell in bare(nbformat.read(path, 4)).cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in code)


def test_what_a_learner_wrote_is_never_overwritten(copies):
    mine = copies.folder / "01_first.ipynb"
    write(mine, lesson("a = 1", "b = 'mine'"))
    before = mine.read_bytes()
    write(copies.lessons / "01_first.ipynb", lesson("a = 1", "b = 5"))
    assert copies.make() == [] and mine.read_bytes() == before
    assert copies.state("01_first") == "yours; the lesson has changed"
    assert copies.state("02_second") == "as it was made"


def test_outputs_of_a_run_do_not_make_a_copy_ones_own(copies):
    mine = copies.folder / "01_first.ipynb"
    write(mine, lesson("a = 1", "b = 2"))  # as the editor saves it after a run
    assert copies.state("01_first") == "as it was made"
    assert copies.make() == []
    assert "the answer" in mine.read_text()
    write(copies.lessons / "01_first.ipynb", lesson("a = 1", "b = 5"))
    assert copies.make() == ["01_first"] and "b = 5" in mine.read_text()


def test_what_changed_in_a_lesson_is_shown_whatever_the_learner_did(copies):
    assert copies.changes("01_first") == ""
    write(copies.folder / "01_first.ipynb", lesson("everything else"))
    write(copies.lessons / "01_first.ipynb", lesson("a = 1", "b = 5"))
    lines = copies.changes("01_first").splitlines()
    assert "-b = 2" in lines and "+b = 5" in lines and not any("everything" in line for line in lines)


def test_a_reset_keeps_every_earlier_copy(copies):
    mine = copies.folder / "01_first.ipynb"
    kept = []
    for text in ("one", "two"):
        write(mine, lesson(text))
        kept.append(copies.reset("01_first"))
        assert copies.state("01_first") == "as it was made"
    assert [nbformat.read(path, 4).cells[0].source for path in kept] == ["one", "two"]
    mine.unlink()
    assert copies.reset("01_first") is None and mine.exists()


def test_a_lesson_is_named_by_its_number_its_name_or_its_file(copies):
    given = ("01", "01_first", "01_first.ipynb", "notebooks/mine/01_first.ipynb")
    assert {copies.named(each) for each in given} == {"01_first"}
    assert [copies.named(each) for each in ("0", "1", "03")] == ["0", "1", "03"]


def test_an_unknown_lesson_and_a_file_that_is_no_notebook_are_refused_in_one_sentence(copies):
    with pytest.raises(Refused, match="unknown lesson '01_frist'; did you mean '01_first'"):
        copies.reset("01_frist")
    (copies.folder / "02_second.ipynb").write_text("{")
    with pytest.raises(Refused, match=r"02_second\.ipynb is not a notebook"):
        copies.make()
    assert (copies.folder / "02_second.ipynb").read_text() == "{"


def test_the_links_of_a_copy_lead_to_copies_and_the_first_page_leads_to_all(tmp_path):
    copies = Copies(tmp_path / "mine", LESSONS)
    copies.make()
    linked = {path.stem: links(path) for path in copies.folder.glob("*.ipynb")}
    assert all(linked.values()) and {*copies.names()} >= set().union(*linked.values())
    assert linked["index"] == {*copies.names()} - {"index"}


def links(path):
    return set(re.findall(r"\]\((\w+)\.ipynb\)", path.read_text()))


def test_a_lesson_is_begun_anew_also_where_the_copy_is_damaged(copies):
    mine = copies.folder / "01_first.ipynb"
    mine.write_text("{")
    assert copies.reset("01_first").read_text() == "{" and copies.state("01_first") == "as it was made"


def test_what_a_learner_works_on_is_not_checked_as_a_page_of_the_project(tmp_path):
    copies = Copies(tmp_path / "mine", LESSONS)
    copies.make()
    assert copies.folder.name == FOLDER.name and not twins.all_notebooks(tmp_path)
    assert plugin.pytest_ignore_collect(FOLDER) and not plugin.pytest_ignore_collect(LESSONS)
