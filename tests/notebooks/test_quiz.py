"""The options of a quiz are drawn: a letter says nothing, and what is right stays right."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from notebooks.tools import execute, form, quiz, twins

LESSONS = Path(__file__).parents[2] / "notebooks" / "lessons"
QUESTION = """\
**1. `lr` in step 3 is** (a) one (b)
two, since $1 + 1 = 2$ (c) three

<details><summary>Answer</summary>

(b): count. (a) forgets one, (c) adds one.
</details>
"""


def quizzes():
    for path in sorted(LESSONS.glob("[0-9]*.ipynb")):
        yield "\n\n".join(cell.source for cell in form.read(path).cells if cell.cell_type == "markdown")


def right_options(text):
    asked = re.split(r"^\*\*\d+\. ", text, flags=re.MULTILINE)[1:]
    for question, letter in zip(asked, quiz.right(text), strict=True):
        yield " ".join(re.search(rf"^- \({letter}\) (.+?)\n(?:- |\n)", question, re.M | re.S)[1].split())


def test_no_letter_is_right_in_nearly_half_of_all_questions():
    letters = Counter(letter for text in quizzes() for letter in quiz.right(text))
    assert letters.total() > 50
    assert max(letters.values()) < 0.45 * letters.total(), letters


def test_what_is_right_stays_right_in_every_order():
    text = "\n\n".join(
        f"**1. {part}" for part in re.split(r"^\*\*\d+\. ", "\n".join(quizzes()), flags=re.M)[1:]
    )
    orders = [quiz.drawn(text, lesson) for lesson in ("another", "a third")]
    assert len({tuple(quiz.right(order)) for order in orders}) == 2
    assert (
        [*right_options(orders[0])] == [*right_options(orders[1])] == [*right_options(quiz.drawn(text, ""))]
    )


def test_an_order_is_drawn_once_and_has_no_memory():
    for text in (QUESTION, *quizzes()):
        orders = [quiz.drawn(text, lesson) for lesson in "abcdefgh"]
        assert [quiz.drawn(order, "a") for order in orders] == [orders[0]] * len(orders)
    assert {*quiz.right("\n\n".join(quiz.drawn(QUESTION, lesson) for lesson in "abcdefgh"))} == {*"abc"}


def test_reasons_go_with_their_options():
    for lesson in "abcdefgh":
        text = quiz.drawn(QUESTION, lesson)
        letter = dict(re.findall(r"- \(([abc])\) (\w+)", text))
        of = {said: letter for letter, said in letter.items()}
        assert f"({of['two']}): count. ({of['one']}) forgets one, ({of['three']}) adds one." in text


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
