"""Text that somebody else wrote stays text: nothing in it runs, breaks the page or names another file."""

import json
import warnings

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from nbformat.v4 import new_markdown_cell, new_notebook

from lrlib import reports
from lrlib.__main__ import main
from lrlib.reports import asking, html, kinds, parameters
from lrlib.rules import Refused

from ..browser import needs_browser, opened
from .test_reports import notebook

SHOWN = (
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "</code></pre></main><script>window.hit = 1</script>",
    "[a](javascript:window.hit=1)",
    "](javascript:window.hit=1)",
    "![a](https://example.org/a.png)",
    "`a` ``b`` ```c",
    "a | b | c",
    "$\\href{javascript:window.hit=1}{a}$ $$x$$",
    "# title *bold* _thin_ ~~gone~~ <b>",
    "&lt;script&gt; &amp; &#60;",
    "../../../etc/passwd",
    "{{ 7 * 7 }} {% raw %} ${x} %s {0}",
    "'; import os; os._exit(3) #",
    '"""\\\'\\" \\',
    "]]><!-- -->",
    "ﬁ ê 漢字 🙂",
    "",
    "  ",
)
REFUSED = ("a\0b", "\ud800", "abc\u202edef", "\u2066a", "a\nb", "\x1b[31mred", "\u2028", "x" * 10_000)


def shown(file):
    """What a browser shows of a page: its text, and all that it ran, asked for or complained about."""
    made = "main img, main script, main math, main b"
    with opened(file) as seen:
        view = seen.view
        for link in view.locator("a[href]").all():
            seen.errors += [link.get_attribute("href")] * ("script" in link.get_attribute("href"))
        found = {
            "hit": view.evaluate("window.hit"),
            "text": view.inner_text("body"),
            "rows": view.eval_on_selector_all("tr", "all => all.map(r => r.cells.length)"),
            "made": view.eval_on_selector_all(made, "all => all.length"),
        }
    return {**found, "requests": seen.requests, "blocked": seen.blocked, "errors": seen.errors}


def as_page(folder, source):
    made = new_notebook(cells=[new_markdown_cell("# A title"), new_markdown_cell(source)])
    (folder / "report.html").write_text(html.page(made, title="<title>"), encoding="utf-8")
    return shown(folder / "report.html")


@needs_browser
def test_foreign_text_is_code_in_a_table_character_by_character(tmp_path):
    rows = "".join(f"| {reports.code(text)} | {reports.prose(text)} |\n" for text in SHOWN)
    seen = as_page(tmp_path, f"| a | b |\n|---|---|\n{rows}")
    assert seen["hit"] is None and seen["errors"] == [] and seen["made"] == 0
    assert seen["rows"] == [2] * (1 + len(SHOWN)), "a | in a text is no end of a cell"
    assert [url for url in seen["requests"] if not url.startswith(("file:///tmp", "data:"))] == []
    for text in filter(str.strip, SHOWN):
        assert " ".join(text.split()) in " ".join(seen["text"].split()), text


@needs_browser
def test_even_text_that_a_page_shows_as_it_is_runs_no_script_and_asks_for_nothing(tmp_path):
    """The second wall, for a template that forgot the first."""
    seen = as_page(tmp_path, "\n\n".join(SHOWN))
    outside = [url for url in seen["requests"] if not url.startswith(("file:", "data:"))]
    assert seen["hit"] is None and len(outside) == 1 and set(outside) <= set(seen["blocked"])


@needs_browser
def test_a_report_about_hostile_names_is_published_harmless_and_touches_nothing_outside(
    tmp_path, monkeypatch
):
    folder, out = tmp_path / "reports", tmp_path / "a" / "b" / "out"
    folder.mkdir()
    monkeypatch.setattr(asking, "FOLDER", folder)
    cells = (
        "profile: str = 'quick'  # one of quick\nlabels: list[str] = []  # names",
        "profiles = {'quick': {}}",
        "import pandas as pd\nfrom IPython.display import Markdown\nfrom lrlib import reports\n"
        "Markdown('| a |\\n|---|\\n' + ''.join(f'| {reports.code(text)} |\\n' for text in labels))",
        "pd.DataFrame({'label': labels}, index=labels)",
        "print(*labels, sep='\\n')\nreports.results(summary=labels, labels=labels)",
    )
    nbformat.write(notebook(*cells, tags=("parameters", "profiles")), folder / "hostile.ipynb")
    labels = list(filter(str.strip, SHOWN))
    given = [word for text in labels for word in ("-p", "labels", text)]
    before = list(tmp_path.rglob("*"))
    assert main(["report", "hostile", *given, "--out", str(out)]) == 0
    assert json.loads((out / "results.json").read_text())["found"]["labels"] == labels
    after = set(tmp_path.rglob("*")) - set(before) - {tmp_path / "a", tmp_path / "a" / "b"}
    assert after == {out, *(out / name for name in reports.FILES)}
    seen = shown(out / "report.html")
    assert seen["hit"] is None and seen["errors"] == [] and seen["made"] == 0
    assert len(seen["requests"]) == 1


@given(st.text())
def test_whatever_a_text_is_its_code_is_one_line_without_markup(text):
    code, prose, plain = reports.code(text), reports.prose(text), reports.plain(text)
    for made in (code, prose, plain):
        assert len(made.splitlines()) <= 1 and made.isprintable()
    inside = code.removeprefix("<code>").removesuffix("</code>")
    assert not set("<|$\\") & set(inside) and inside.count("`") in (0, 2)
    assert not set("<>|`$*_[](") & set(prose)
    assert len(plain) <= 200


@pytest.mark.parametrize("text", [*SHOWN, "$\\frac$", "a $x_{$ b", "\\$5$", "$"])
def test_foreign_text_in_a_figure_is_no_formula(text):
    figure = Figure()
    figure.subplots().set_title(reports.drawn(text))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        figure.canvas.draw()
    assert not is_math_text(reports.drawn(text))


def declared(kind="str", help="a label"):
    return parameters.declared(notebook(f"x: {kind} = {'[]' if kind != 'str' else repr('')}  # {help}"))["x"]


@pytest.mark.parametrize("kind", ["str", "list[str]"])
@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_a_text_that_nobody_could_see_whole_is_refused_in_one_printable_line(text, kind):
    with pytest.raises(Refused) as refused:
        declared(kind).value([text])
    assert str(refused.value).isprintable() and len(str(refused.value)) < 300


@pytest.mark.parametrize("text", SHOWN)
def test_any_other_text_reaches_the_notebook_as_it_is(text):
    assert declared().value(text) == text


@pytest.mark.parametrize(
    ("help", "text", "said"),
    [
        ("a file", "../nowhere.csv", "a file that exists"),
        ("a file", "/dev/zero", "a file that exists"),
        ("a file", ".", "a file that exists"),
        ("a file or folder", "nowhere", "a file that exists"),
        ("a task", "../../etc/passwd", "file.py:function"),
        ("a task", "nowhere.py:f", "a file that exists"),
        ("a task", "os:system('x')", "module:function"),
        ("a task", "<script>", "the name of a task"),
        ("a task", "x" * 10_000, "at most 4000 characters"),
        ("named values", "width", "NAME=VALUE"),
        ("named values", "a b=3", "NAME=VALUE"),
        ("named values", "=3", "NAME=VALUE"),
        ("a device", "cuda:x", "cpu"),
        ("a device", "gpu", "cpu"),
    ],
)
def test_a_name_of_a_file_task_option_or_device_that_cannot_be_is_refused(
    help, text, said, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match=r"^x must ") as refused:
        declared(help=help).value(text)
    assert said in str(refused.value) and str(refused.value).isprintable()


def test_paths_are_those_of_the_folder_in_which_the_command_was_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").touch()
    log, task = declared(help="a file"), declared(help="a task")
    assert log.value("own.py") == str(tmp_path / "own.py") and log.value("") == ""
    assert task.value("own.py:make") == f"{tmp_path / 'own.py'}:make"
    assert task.value("own:make") == task.value("own.py:make"), "a module that lies there is its file"
    assert (task.value("digits"), task.value("installed:make")) == ("digits", "installed:make")
    assert (
        task.files(task.value("own.py:make")) == log.files(log.value("own.py")) == [str(tmp_path / "own.py")]
    )
    assert declared("list[str]", "files").files([]) == task.files("digits") == []
    assert set(kinds.KINDS) >= {"a task", "a file", "files", "named values", "a device"}
