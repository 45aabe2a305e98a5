"""Pages of the site hold all that the notebooks show, and answer only whom they have asked."""

import json
import re

import pytest

from notebooks.tools.site import build, outputs, pages
from notebooks.tools.site.pages import Page
from tests.licences import ROOT

NOTEBOOKS = [source for source in build.sources() if source.endswith(".ipynb")]
FOLDED = re.compile(r'```\{raw\} html\n<details class="answer">.*?</details>\n```', re.DOTALL)


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(ROOT)


def made(source):
    page = Page(ROOT / source, build.sources()[source], build.sources() | build.MADE)
    page.source = page.source.relative_to(ROOT)
    return page, page.text()


def cells(source):
    return [c for c in json.loads((ROOT / source).read_text())["cells"] if c["cell_type"] == "code"]


def tagged(cell, tag):
    return tag in cell["metadata"].get("tags", ())


@pytest.mark.parametrize("source", NOTEBOOKS)
def test_all_that_a_notebook_shows_is_on_its_page(source):
    page, text = made(source)
    figures = 0
    for cell in cells(source):
        for output in cell["outputs"]:
            data = output.get("data", {})
            figures += "image/png" in data
            if not tagged(cell, "check"):
                lines = outputs.text(output.get("text", "")).splitlines()
                lines = [line.rstrip() for line in lines if not line.startswith(("Not done yet.", "- "))]
                assert all(line in text for line in lines)
            rows = re.findall(r"<td>(.*?)</td>", outputs.text(data.get("text/html", "")))
            assert all(row in text for row in rows)
    assert len(page.figures) == figures == text.count("<img ")


@pytest.mark.parametrize("source", NOTEBOOKS)
def test_what_a_prediction_asks_for_is_folded(source):
    _, text = made(source)
    answers = [cell for cell in cells(source) if tagged(cell, "answer") and cell["outputs"]]
    folds = FOLDED.findall(text)
    assert len(folds) == len(answers)
    for cell, fold in zip(answers, folds, strict=True):
        for output in cell["outputs"]:
            assert outputs.text(output.get("text", "")).rstrip() in fold


def test_a_prediction_is_asked_for_before_its_answer():
    _, text = made("notebooks/lessons/08_cosine_decay.ipynb")
    assert 0 < text.index('<input name="my_prediction"') < text.index("spent by half time: 81.7%")


@pytest.mark.parametrize("source", NOTEBOOKS)
def test_a_page_does_not_say_what_its_reader_has_not_answered(source):
    assert not re.search(r"^Not done yet", made(source)[1], re.MULTILINE)


def test_an_exercise_leads_to_jupyterlab_with_its_file_and_number():
    _, text = made("notebooks/lessons/08_cosine_decay.ipynb")
    assert (
        "[Open 08_cosine_decay.ipynb in JupyterLab](../open-in-jupyterlab.md), write your answer to 08.1"
        in text
    )
    assert "check.exercise" not in text


def test_an_explorer_says_what_moves_and_where():
    _, text = made("notebooks/lessons/08_cosine_decay.ipynb")
    assert '<div class="explorer" data-sliders="T, floor">' in text


def test_no_page_is_made_of_an_assignment():
    assert not [source for source in build.sources() if "assignments" in source]


def linked(text):
    return Page(ROOT / "notebooks/lessons/08_cosine_decay.ipynb", "lessons/08_cosine_decay", MADE).linked(
        text
    )


MADE = {(ROOT / "notebooks/lessons/index.ipynb").as_posix(): "lessons/index"}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[all](index.ipynb)", "[all](index.md)"),
        ("[all](index.ipynb#Five-questions)", "[all](index.md#five-questions)"),
        ("[b](https://example.org/a.ipynb)", "[b](https://example.org/a.ipynb)"),
        ("[c](#What-T-does,-and-what-the-floor-does)", "[c](#what-t-does-and-what-the-floor-does)"),
        ("`[all](index.ipynb)`", "`[all](index.ipynb)`"),
    ],
)
def test_links_lead_to_pages(written, shown):
    assert linked(written) == shown


def test_a_link_to_a_file_that_is_no_page_becomes_its_words():
    assert linked("[licence](../../LICENSE)").startswith("licence (`")


def test_printed_fences_do_not_end_their_block():
    assert outputs.fenced("```\nx").startswith("````{code-block}") and outputs.fenced("```\nx").endswith(
        "\n````"
    )


def test_what_is_shown_is_text_and_no_html():
    shown = outputs.shown([{"output_type": "stream", "text": "<b>1 & 2</b>"}], None)
    assert shown == "```{code-block} text\n:class: output sentences\n\n<b>1 & 2</b>\n```"
    assert "&lt;b&gt;" in outputs.picture(PNG, "<b>", lambda png: "1.png")


def test_columns_are_not_broken_into_lines():
    columns = [{"output_type": "stream", "text": "step  rate\n   0   0.1"}]
    assert ":class: output\n" in outputs.shown(columns, None)


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (720).to_bytes(4, "big") + (380).to_bytes(4, "big")


def test_a_picture_has_its_size_so_that_nothing_moves_when_it_comes():
    assert 'width="720" height="380"' in outputs.picture(PNG, "x", lambda png: "1.png")


def test_the_glossary_has_every_word_once():
    words = re.findall(r'^term = "(.+)"', (ROOT / "notebooks/src/glossary.toml").read_text(), re.MULTILINE)
    entries = build.glossary().split(":::{glossary}\n")[1].split("\n\n")
    assert [entry.split("\n")[0] for entry in entries] == words


def test_a_lesson_says_to_search_engines_what_it_is_for():
    _, text = made("notebooks/lessons/08_cosine_decay.ipynb")
    assert text.startswith(
        '---\nmyst:\n  html_meta:\n    description: "After this you can write cosine decay'
    )
    assert pages.PROMISE.search("no promise") is None


def test_a_lesson_leads_to_what_moves_in_the_playground_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "PLAYGROUND", tmp_path / "playground")
    build.write(tmp_path / "without")
    assert "playground" not in (tmp_path / "without" / "lessons" / "08_cosine_decay.md").read_text()
    assert "\nplayground\n" not in (tmp_path / "without" / "index.md").read_text()
    build.PLAYGROUND.mkdir()
    (build.PLAYGROUND / "links.json").write_text(json.dumps({"08": [["Line & wave", "#v=1&T=600"]]}))
    (build.PLAYGROUND / "explorers.json").write_text(json.dumps({"08": {}}))
    (build.PLAYGROUND / "index.html").write_text("<header>\n</header>")
    build.write(tmp_path / "with")
    text = (tmp_path / "with" / "lessons" / "08_cosine_decay.md").read_text()
    box = text.split('<div class="explorer"')[1]
    assert '<a href="../playground/explorers.html#08">Move these sliders without JupyterLab</a>' in box
    assert '<a href="../playground/index.html#v=1&amp;T=600">In the playground: Line &amp; wave</a>' in box
    home = (tmp_path / "with" / "index.md").read_text()
    assert "\nplayground\n" in home and "[playground](playground.md)" in home
    taken = tmp_path / "with" / "extra" / "playground"
    assert (taken / "links.json").exists() and 'href="../index.html"' in (taken / "index.html").read_text()
    assert (
        json.loads((taken / "explorers.json").read_text())["08"]["page"] == "../lessons/08_cosine_decay.html"
    )
