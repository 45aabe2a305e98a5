"""Each rule of `notebooks/tools/lesson.py` and `links.py` notices what it is there for."""

import re
import subprocess
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from notebooks.tools import form, lesson, links, prose, twins

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
MODEL = NOTEBOOKS / "lessons" / "08_cosine_decay.ipynb"


def text(old, new):
    """Change every markdown cell."""

    def edit(notebook):
        changed = [cell for cell in notebook.cells if cell.cell_type == "markdown" and old in cell.source]
        assert changed, f"{old!r} is nowhere"
        for cell in changed:
            cell.source = cell.source.replace(old, new)

    return edit


def pattern(old, new):
    """As `text`, for every match of a pattern."""

    def edit(notebook):
        changed = [re.subn(old, new, cell.source) for cell in notebook.cells]
        assert any(count for _, count in changed), f"{old!r} is nowhere"
        for cell, (source, _) in zip(notebook.cells, changed, strict=True):
            cell.source = source

    return edit


def added(source):
    """Put a markdown cell after the first section."""
    return lambda notebook: notebook.cells.insert(3, nbformat.v4.new_markdown_cell(source))


def without(tag):
    """Drop the first cell with a tag."""

    def edit(notebook):
        place = next(i for i, cell in enumerate(notebook.cells) if tag in cell.metadata.get("tags", []))
        del notebook.cells[place]

    return edit


def code(old, new):
    def edit(notebook):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.source = cell.source.replace(old, new)

    return edit


def pictures(notebook):
    return [o for cell in notebook.cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]


def alt(value):
    def edit(notebook):
        pictures(notebook)[1].metadata["image/png"]["alt"] = (
            value or pictures(notebook)[0].metadata["image/png"]["alt"]
        )

    return edit


def one_figure_more(notebook):
    place = next(i for i, cell in enumerate(notebook.cells) if cell.get("outputs") and pictures_of(cell))
    notebook.cells[place].outputs = 3 * pictures_of(notebook.cells[place])


def pictures_of(cell):
    return [output for output in cell.outputs if "image/png" in output.get("data", {})]


def swapped(notebook):
    """Quiz before summary."""
    for cell in notebook.cells:
        parts = re.split(r"^(## Summary|## Quiz)$", cell.source, flags=re.MULTILINE)
        if len(parts) == 5:
            before, summary, said, quiz, asked = parts
            cell.source = "".join((before, quiz, asked, "\n\n", summary, said))
            return
    raise AssertionError("no cell has both parts")


def short(notebook):
    notebook.cells = notebook.cells[:24]


PRINTED = "0.3306"  # the loss of the line, shown in what was found
BROKEN = {
    "another number in the title": ("has_a_contract", text("# 08 Cosine decay", "# 80 Cosine decay")),
    "a promise that is not one": ("has_a_contract", text("*After this you can write", "*You will write")),
    "no minutes": ("has_a_contract", text(" min - ", " - ")),
    "needs a later lesson": ("has_a_contract", text("Needs ", "Needs 09, ")),
    "needs a lesson that does not exist": ("has_a_contract", text("Needs ", "Needs 77, ")),
    "answers no question": ("has_a_contract", pattern(r"\n\nAnswers: .*", "")),
    "answers what nobody asks": ("has_a_contract", pattern("Answers: ", "Answers: What is it? / ")),
    "takes too long": ("has_a_contract", text("under 15 s", "under 90 s")),
    "chatter in the contract": ("has_a_contract", text(" s - CPU", " s - CPU\n\nWelcome.")),
    "no limits": ("has_its_parts", text("**What this does not show.**", "")),
    "no summary": ("has_its_parts", text("## Summary", "## Also")),
    "no references": ("has_its_parts", text("## References", "## Also")),
    "parts in another order": ("has_its_parts", swapped),
    "no prediction": ("has_its_parts", code("my_prediction", "guess")),
    "no reconciling": ("has_its_parts", code("check.reconcile(", "print(")),
    "no navigation": ("has_its_parts", without("navigation")),
    "no explorer": ("has_an_explorer", code("explorer(draw", "print(draw")),
    "no answering cell": ("has_exercises", without("check")),
    "no solution": ("has_exercises", without("solution")),
    "exercises out of count": ("has_exercises", text("**2, standard.**", "**3, standard.**")),
    "two questions": ("has_a_quiz", text("**3. The interval", "The interval")),
    "an answer in the open": ("has_a_quiz", text("<details><summary>Answer</summary>", "")),
    "a question in another form": ("has_a_quiz", pattern(r"(Answer</summary>\n\n)\(", r"\1It is (")),
    "options in another order": (
        "draws_its_quiz",
        pattern(r"- \(a\) (.+)\n- \(b\) (.+)\n", r"- (a) \2\n- (b) \1\n"),
    ),
    "an option without a word": ("has_a_quiz", pattern(r"\(.\) would lose a running job", "")),
    "too few cells": ("has_its_size", short),
    "too many words": ("has_its_size", added("word " * 900)),
    "a figure that nobody reads": ("reads_its_figures", text("**It does not mean**", "But not")),
    "three figures in a row": ("reads_its_figures", one_figure_more),
    "a picture in two words": ("describes_its_figures", alt("Two curves.")),
    "the same words for two pictures": ("describes_its_figures", alt("")),
    "a result in the text": ("types_no_result", added(f"The line ends at {PRINTED} nats.")),
    "a rounded result in the text": ("types_no_result", added("The line ends at 0.331 nats.")),
    "a result as a percentage": ("types_no_result", added("The line ends at 33.1 %.")),
    "American spelling": ("is_british", added("The color of the favored behavior.")),
}
FINE = {
    "a number of the code": added("Tuned on a grid that has 0.226 in it."),
    "another number": added("The moon is 0.3307 away, a third is 33.3 %."),
    "a term of the field": added("The optimizer of this program."),
    "code and addresses": added("`color=0.3` and [this](https://example.org/behavior/0.3306)"),
}


@pytest.fixture
def tampered(tmp_path):
    """The model lesson beside the others, after an edit."""

    def make(edit):
        for other in MODEL.parent.glob("*.ipynb"):
            (tmp_path / other.name).touch()
        notebook = deepcopy(form.read(MODEL))
        edit(notebook)
        path = tmp_path / MODEL.name
        nbformat.write(notebook, path)
        return path

    return make


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_lesson_fails_its_rule(tampered, name):
    rule, edit = BROKEN[name]
    path = tampered(edit)
    failed = {r.__name__ for r in lesson.RULES if lesson.faults(r, path, NOTEBOOKS)}
    assert rule in failed


@pytest.mark.parametrize("name", FINE)
def test_what_is_fine_fails_no_rule(tampered, name):
    path = tampered(FINE[name])
    assert not [fault for rule in lesson.RULES for fault in rule(path, NOTEBOOKS) if "cells" not in fault]


def test_every_rule_has_a_broken_lesson():
    assert {rule for rule, _ in BROKEN.values()} == {rule.__name__ for rule in lesson.RULES}


def test_an_allowed_fault_is_allowed_to_its_lesson_alone(tampered, monkeypatch):
    path = tampered(added(f"It ends at {PRINTED}."))
    monkeypatch.setattr(lesson, "ALLOWED", {("07_linear_to_zero", f"the text says {PRINTED}"): "why"})
    assert lesson.faults(lesson.types_no_result, path, NOTEBOOKS)
    monkeypatch.setattr(lesson, "ALLOWED", {(MODEL.stem, f"the text says {PRINTED}"): "why"})
    assert not lesson.faults(lesson.types_no_result, path, NOTEBOOKS)


@pytest.mark.parametrize(
    "page", ["## B\n\n# A", "# A\n\n# B", "# A\n\n### C", "text", "# A\n\n## B\n\n#### D"]
)
def test_headings_out_of_order_are_noticed(page):
    assert prose.disorder(page)


def test_headings_in_order_may_rise_by_more_than_one():
    assert not prose.disorder("# A\n\n## B\n\n### C\n\n## D\n\n```\n# a comment\n```")


# --- links ---------------------------------------------------------------------------------------


def test_every_link_of_every_page_leads_somewhere():
    pages = links.pages(ROOT)
    assert len(pages) > 20
    assert {page.name: dead for page in pages if (dead := links.dead(page, ROOT))} == {}


def test_headings_of_every_page_are_in_order():
    pages = [page for page in links.pages(ROOT) if page.suffix == ".md"]
    assert len(pages) > 3
    assert {page.name: wrong for page in pages if (wrong := prose.disorder(page.read_text()))} == {}


def cut_formulas(text):
    """Lines that begin as an item of a list, inside a formula: Markdown ends the formula there."""
    items = [found.start() for found in re.finditer(r"^ *([-+*]|\d+[.)]) ", text, re.MULTILINE)]
    paragraphs = [(at, text[:at].rpartition("\n\n")[2]) for at in items]
    return [text[at:].partition("\n")[0] for at, before in paragraphs if before.count("$") % 2]


def test_no_formula_is_cut_where_a_line_of_it_begins_as_an_item_of_a_list():
    found = {}
    for twin in twins.all_twins(NOTEBOOKS):
        cells = [cell.source for cell in twins.read_twin(twin).cells if cell.cell_type == "markdown"]
        found[twin.stem] = [line for cell in cells for line in cut_formulas(cell)]
    assert {name: cut for name, cut in found.items() if cut} == {}
    assert cut_formulas("With $y = a\n- b$ it is") == ["- b$ it is"]
    assert not cut_formulas("It is $a$:\n\n- $b$\n- $c$") and not cut_formulas("It is $a$:\n- $b$")


@pytest.fixture
def small(tmp_path):
    """A project of two pages."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "other.md").write_text('# Other\n\n## It *is*: `here`, now\n\n<a id="spot"></a>\n')
    cells = [nbformat.v4.new_markdown_cell("# Top\n\n## Two words")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "book.ipynb")
    return tmp_path


@pytest.mark.parametrize(
    "link, leads",
    [
        ("[a](other.md)", True),
        ("[a](other.md#it-is-here-now)", True),
        ("[a](other.md#spot)", True),
        ("[a](book.ipynb#Two-words)", True),
        ("[a](#Page)", True),
        ("[a](https://example.org/nothing)", True),
        ("[a](mailto:a@example.org)", True),
        ("`[a](nothing.md)`", True),
        ("[a](nothing.md)", False),
        ("![a](nothing.png)", False),
        ('<img src="nothing.png">', False),
        ("[a][b]\n\n[b]: nothing.md", False),
        ("[a](other.md#elsewhere)", False),
        ("[a](book.ipynb#Three-words)", False),
        ("[a](#Nowhere)", False),
        ("[a](../outside.md)", False),
    ],
)
def test_dead_links_are_noticed(small, link, leads):
    page = small / "page.md"
    page.write_text(f"# Page\n\n{link}\n")
    assert page in links.pages(small)
    assert (links.dead(page, small) == []) == leads


def test_links_that_a_notebook_shows_are_followed(small):
    shown = nbformat.v4.new_output("display_data", {"text/markdown": "[a](nothing.md)"})
    page = small / "shows.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[shown])]), page)
    assert links.dead(page, small)


def test_names_of_lessons_are_no_claims():
    text = "Needs 04, 11 - 45 min\n\nSee lessons 12, 13 and 14, or lesson\n15: it has 7 runs."
    assert [written for written, _ in prose.numbers(text)] == ["7"]
