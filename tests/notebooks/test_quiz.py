"""The options of a quiz are drawn: a letter says nothing, and what is right stays right."""

import re
from collections import Counter
from pathlib import Path

from notebooks.tools import form, quiz

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
