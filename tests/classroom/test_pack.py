"""The instructor pack says all that a teacher needs, from the same sources, on pages that need no network."""

import re
from html import unescape
from html.parser import HTMLParser

import nbformat
import pytest

from lrlib import __main__
from lrlib.classroom import build, pack
from lrlib.rules import Refused
from tests.browser import needs_browser, opened
from tests.classroom.conftest import NAMES

NAME = NAMES[-1]


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(build.assignments()[NAME], as_version=4)


@pytest.fixture(scope="module")
def read(notebook):
    return pack.read(notebook, NAME)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("pack") / "pages"
    assert __main__.main(["course", "pack", str(out), "--only", NAME]) == 0
    return out


@pytest.fixture(scope="module")
def words(folder):
    return plain((folder / f"{NAME}.html").read_text(encoding="utf-8"))


class Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found.append(data)


def plain(html):
    """The letters of a page, without blanks."""
    reader = Words()
    reader.feed(html)
    return squeezed(unescape("".join(reader.found)))


def squeezed(text):
    return re.sub(r"[`*\s]", "", text)


def cell(source, kind="markdown", tags=(), outputs=()):
    made = nbformat.v4.new_code_cell(source, outputs=list(outputs)) if kind == "code" else None
    made = made or nbformat.v4.new_markdown_cell(source)
    made.metadata["tags"] = list(tags)
    return made


def test_every_solution_is_on_the_page_and_no_marker(notebook, words):
    solved = [each.source for each in notebook.cells if "exercise" in each.metadata.get("tags", ())]
    assert len(solved) >= 8
    for source in solved:
        assert squeezed(re.sub(r".*### (BEGIN|END) SOLUTION\n?", "", source)) in words
    assert "SOLUTION" not in words and "MARKSCHEME" not in words


def test_what_stands_before_a_question_is_on_the_page_also_the_code_to_mend(notebook, words):
    told = [each for each in notebook.cells[1:] if not each.metadata.get("tags")]
    last = max(i for i, each in enumerate(told) if "in your own words" in each.source)
    code = [each.source for each in told[:last] if each.cell_type == "code"]
    assert any("def unfair" in source for source in code)
    assert all(squeezed(source) in words for source in code)
    for heading in re.findall(r"^## (.+)$", "\n".join(each.source for each in told[:last]), re.MULTILINE):
        assert words.count(squeezed(heading)) >= 2, "on a slide, and before a question"


def test_the_overview_does_not_say_mend_it_and_no_more(read):
    assert all(len(question.short) >= 30 for question in read.questions)


def test_the_overview_ends_in_no_quotation_and_in_no_list(read):
    for question in read.questions:
        assert not any(question.short.count(mark) % 2 for mark in '"*$`'), question.short
        assert "\n- " not in question.short and ". - " not in question.short, question.short


def test_every_known_mistake_has_its_sentence_and_what_it_costs(read):
    for question in read.questions:
        if question.asked is None:
            continue
        mistakes = question.asked.exercise.mistakes
        assert [wrong.sentence for wrong in question.misconceptions] == list(mistakes)
        for wrong in question.misconceptions:
            lost, most = map(int, re.match(r"(\d+) of (\d+)", wrong.lost).groups())
            assert 0 < lost <= most == question.points
            assert wrong.said and wrong.sentence not in wrong.said


def test_sentences_examples_and_the_mark_scheme_are_on_the_page(read, words):
    for question in read.questions:
        for wrong in question.misconceptions:
            assert squeezed(wrong.sentence) in words
        assert all(squeezed(f"{case} {right}") in words for case, right in question.examples)
    (explained,) = [question for question in read.questions if question.asked is None]
    lines = re.findall(r"^- (\d+) points?: (.+)", explained.scheme, re.MULTILINE)
    assert sum(int(points) for points, _ in lines) == explained.points
    assert all(squeezed(line) in words for _, line in lines)


def test_wrong_answers_that_overflow_trouble_no_teacher(recwarn, tmp_path):
    list(pack.write(tmp_path / "pages", [NAMES[0]]))  # which has one
    assert not [str(each.message) for each in recwarn if each.category is RuntimeWarning]


@pytest.mark.parametrize("name", NAMES)
def test_points_and_minutes_add_up_to_those_of_the_first_cell(name):
    read = pack.read(nbformat.read(build.assignments()[name], as_version=4), name)
    assert [question.number for question in read.questions] == list(range(1, len(read.questions) + 1))
    assert sum(question.points for question in read.questions) == int(read.terms["points"])
    for question in read.questions:
        assert sum(question.parts.values()) == question.points
    assert sum(minutes for _, minutes, _ in read.timing) == int(read.terms["minutes"])
    assert all(minutes > 0 for _, minutes, _ in read.timing)
    assert read.timing[-1][2] == int(read.terms["minutes"])
    assert 1 <= read.half.number < len(read.questions)


def test_answers_that_tests_try_are_shown_with_their_code(notebook, words):
    kept = pack.answers(NAME)
    asked = build.every_asked(notebook)
    assert all(len(kept[each.name]) >= 7 for each in asked)
    for each in asked:
        for kind, about, code in kept[each.name]:
            assert squeezed(f"{kind}: {about}") in words and squeezed(code) in words


def test_the_overview_gives_nothing_away(folder, read):
    html = (folder / f"{NAME}.html").read_text(encoding="utf-8")
    before, _, after = html.partition('<h2 id="results">')
    assert before.count('class="slide"') >= 3 and after.count('class="slide"') >= 2
    assert "<img" not in before and "<img" in after
    shown = plain(before)
    for question in read.questions:
        assert not any(squeezed(wrong.sentence) in shown for wrong in question.misconceptions)
        assert squeezed(question.solution) not in shown


def test_the_same_sources_make_the_same_pages(folder, tmp_path):
    for path in pack.write(tmp_path, [NAME]):
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_every_assignment_is_linked_from_the_index(folder):
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'href="(\w+\.html)"', index)) == {f"{NAME}.html"}
    assert {path.name for path in folder.iterdir()} == {"index.html", f"{NAME}.html"}


def test_what_looks_like_html_in_a_notebook_is_shown_as_text():
    odd = "<script>alert(1)</script>"
    shown = pack.page("index.html.j2", packs=[]) + pack.markdown(f"a < b, {odd}, $x < y$")
    assert "<script" not in shown and "&lt;script&gt;" in shown and "<math" in shown


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="OUT must be"):
        pack.write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_part_that_no_name_has_is_refused_with_the_names(tmp_path):
    with pytest.raises(Refused, match=NAME):
        pack.write(tmp_path / "new", ["A99"])
    assert not (tmp_path / "new").exists()


def test_a_notebook_that_is_no_assignment_is_refused():
    with pytest.raises(Refused, match="first cell does not say"):
        pack.read(nbformat.v4.new_notebook(cells=[cell("# Notes")]), "notes")
    terms = "# A\n\n*After this you can.*\n\nNeeds 04 - 120 min - 40 points - computes in under 9 s - CPU"
    with pytest.raises(Refused, match="asks nothing"):
        pack.read(nbformat.v4.new_notebook(cells=[cell(terms)]), "notes")


@needs_browser
def test_a_page_opens_without_a_network_and_is_read_on_a_narrow_screen(folder):
    for name in ("index.html", f"{NAME}.html"):
        with opened(folder / name) as seen:
            assert (seen.outside, seen.blocked, seen.errors) == ([], [], [])
            for width in (1200, 420):
                seen.view.set_viewport_size({"width": width, "height": 800})
                assert seen.view.evaluate("document.documentElement.scrollWidth") <= width
            for png in seen.view.locator("img").all():
                assert png.get_attribute("alt") and png.evaluate("it => it.naturalWidth") > 0
