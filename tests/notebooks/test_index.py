"""The page that leads to the lessons: whoever comes with a question, a section or a word arrives."""

import re
from pathlib import Path

import pytest

from notebooks.tools import index, lesson, navigate, prose, twins
from notebooks.tools.index import Lesson

ROOT = Path(__file__).parents[2]
SAID = {"title": "08 A", "promise": "draw it", "minutes": "30", "answers": [lesson.ASKED[3]]}


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def known():
    """The lessons there are."""
    return index.lessons()


def test_the_page_and_its_text_are_among_what_is_generated_and_are_as_generated(known):
    made = index.generated(known)
    assert len(made) == 2 and made.items() <= navigate.generated().items()
    assert {path: path.read_bytes() for path in made} == made


def test_its_questions_are_the_five_and_every_lesson_has_a_line_below_each_that_it_answers(known):
    questions = index.written("index")["question"]
    assert [question["asks"] for question in questions] == list(lesson.ASKED)
    for question in questions:
        answering = {key for key, one in known.items() if question["asks"] in one.said["answers"]}
        assert answering == question["lessons"].keys(), question["asks"]


def test_no_line_is_for_a_lesson_that_does_not_exist(known):
    written = index.written("index")
    named = {key for part in ("question", "section") for entry in written[part] for key in entry["lessons"]}
    named |= {word["lesson"] for word in index.written("glossary")["word"]}
    assert named <= known.keys()


def test_every_lesson_is_in_the_table_with_its_minutes_and_its_promise(known):
    table = next(text for text in index.page(known) if text.startswith("## All lessons"))
    for one in known.values():
        assert f"| {one.link()} | {one.said['minutes']} | {one.said['promise']} |" in table
    assert known.keys() == {key(twin) for twin in (ROOT / "notebooks/src/lessons").glob("*.py")} - {"index"}


def key(twin):
    return Lesson(f"{twin.stem}.ipynb", {}).key


def test_every_section_of_an_introduction_leads_to_lessons(known):
    sections = index.written("index")["section"]
    names = " ".join(section["name"] for section in sections)
    for word in (
        "fixed",
        "Linear",
        "Exponential",
        "Restarts",
        "hand",
        "online",
        "code",
        "adaptive",
        "optimum",
    ):
        assert word in names
    assert all(section["lessons"] and section["said"] for section in sections)


def test_a_lesson_without_a_line_of_its_own_is_listed_with_its_promise_and_a_missing_one_not_at_all():
    page = "\n".join(index.page({"99": Lesson("99_a.ipynb", SAID)}))
    assert "- [08 A](99_a.ipynb): after it you can draw it" in page
    assert "(08_" not in page and "cosine decay" not in page


def test_the_readme_leads_from_every_question_to_its_lessons():
    tables = index.readme({"99": Lesson("99_a.ipynb", SAID)}, "there/")
    assert f"| {lesson.ASKED[3]} | [99](there/99_a.ipynb) |" in tables
    assert "| [08 A](there/99_a.ipynb) | draw it |" in tables


# --- the glossary --------------------------------------------------------------------------------

NAMED_EARLIER = {"WSD": "lesson 10 uses the name, and says that lesson 13 is about it"}


@pytest.fixture(scope="module")
def texts():
    """Lesson -> its markdown, with the blanks of formulas left out; solutions and quiz do not explain."""
    found = {}
    for twin in sorted((ROOT / "notebooks/src/lessons").glob("*.py")):
        cells = [cell for cell in twins.read_twin(twin).cells if cell.cell_type == "markdown"]
        text = "\n\n".join(cell.source for cell in cells if not cell.metadata.get("tags"))
        found[key(twin)] = re.split(r"^## Quiz", text, flags=re.MULTILINE)[0]
    return {name: text for name, text in found.items() if name != "index"}


def faults(word, texts):
    """What is wrong with an entry of the glossary."""
    form = re.escape(word.get("in_lesson", word["term"])).replace("\\ ", r"\s+")
    explains, earlier = texts[word["lesson"]], [name for name in texts if name < word["lesson"]]
    if not re.search(rf"(?<![\w-]){form}(?:s|es)?(?![\w-])", explains, re.IGNORECASE):
        yield f"{word['term']} is not in lesson {word['lesson']}"
    for name in earlier:
        if re.search(rf"(?<!\w)(\*\*?){form}s?\.?\1", texts[name], re.IGNORECASE):
            yield f"{word['term']} is explained in lesson {name}, before {word['lesson']}"
    if not re.search("[\u4e00-\u9fff]", word["chinese"]):
        yield f"{word['chinese']} is not Chinese"
    if word["means"].endswith(".") or prose.word_count(word["means"]) > 25:
        yield f"{word['means']!r} is not one line"
    bare = [
        re.sub(r"[\s$]", "", text).replace("dfrac", "frac")
        for text in (*texts.values(), word.get("symbol", ""))
    ]
    if not any(bare[-1] in text for text in bare[:-1]):
        yield f"no lesson writes {word['symbol']}"


def test_every_word_is_one_that_its_lesson_explains_and_none_before_it(texts):
    words = index.written("glossary")["word"]
    found = {word["term"]: list(faults(word, texts)) for word in words}
    assert {term: wrong for term, wrong in found.items() if wrong and term not in NAMED_EARLIER} == {}
    assert len(words) >= 60
    assert all(found[term] for term in NAMED_EARLIER)


def test_words_are_sorted_and_said_once():
    terms = [word["term"].lower() for word in index.written("glossary")["word"]]
    assert terms == sorted(set(terms))


GOOD = {
    "term": "reach",
    "chinese": "累计学习率",
    "means": "the sum of rates",
    "lesson": "02",
    "symbol": r"$\eta h$",
}


@pytest.mark.parametrize(
    "change, said",
    [
        ({}, ""),
        ({"term": "quaggas"}, "is not in lesson"),
        ({"lesson": "06"}, "before 06"),
        ({"chinese": "reach"}, "not Chinese"),
        ({"means": "It is a sum."}, "not one line"),
        ({"symbol": r"$\zeta^9$"}, "no lesson writes"),
    ],
)
def test_a_wrong_entry_is_noticed(change, said, texts):
    found = "; ".join(faults(GOOD | change, texts))
    assert said in found and bool(found) == bool(said)
