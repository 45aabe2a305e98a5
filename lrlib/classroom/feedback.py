"""A student's page: points, what was said, and the notebook; it opens without a network and runs nothing."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbgrader.preprocessors import GetGrades
from traitlets.config import Config

from lrlib.reports import html

TEMPLATES = Path(__file__).parent / "templates"
MARKS = re.compile(r"^=== (BEGIN|END) MARK SCHEME ===$", re.MULTILINE)
DIFFER, OF_CASE = re.compile(r"^Not yet\. (.*?); for .*"), re.compile(r"^For \(.*\): (?=Your code)")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Feedback(html.ReportExporter):
    """The page that `nbgrader generate_feedback` writes for a student, as `nbgrader_config.py` has it."""

    def __init__(self, config=None, **given):
        ours = Config(config or {})
        ours.Feedback.template_name = "returned"  # nbgrader configures its own for every HTMLExporter
        ours.Feedback.template_file = "page.html.j2"  # which extends the index of a report
        ours.Feedback.extra_template_basedirs = [str(TEMPLATES), str(html.TEMPLATES)]
        super().__init__(config=ours, **given)

    def default_filters(self):
        """And those of this page."""
        yield from super().default_filters()
        yield from FILTERS.items()


class Grades(GetGrades):
    """nbgrader's, which reads points from the gradebook, and whether a person has still to give them."""

    def _get_score(self, cell, resources):
        super()._get_score(cell, resources)
        about = cell.metadata.nbgrader
        where = self.notebook_id, self.assignment_id, self.student_id
        about["is_open"] = self.gradebook.find_grade(about["grade_id"], *where).needs_manual_grade


def points(number: float | None) -> str:
    """Points without a needless zero.

    >>> points(3.0), points(2.5)
    ('3', '2.5')
    """
    return f"{number:g}"


def scored(about: dict) -> str:
    """Points of a cell, of how many; what a person has not marked yet says so."""
    given = "not marked yet," if about.get("is_open") else points(about.get("score") or 0)
    return f"{given} of {points(about['points'])}"


def said(cell) -> str:
    """What the marking said in a check cell."""
    return "".join(
        output.text for output in cell.get("outputs", ()) if output.output_type == "stream"
    ).strip()


def is_open(notebook) -> bool:
    """Whether a person has still to mark something."""
    return any(cell.metadata.get("nbgrader", {}).get("is_open") for cell in notebook.cells)


def in_short(cell) -> str:
    """What was said, in a line: without the case and its values, with the sentence that says what is wrong.

    >>> from nbformat.v4 import new_code_cell, new_output
    >>> lines = "0 of 5 points", "Not yet. 3 of 4 cases differ; for (1, 2):", "  yours 0, expected 3", " Add."
    >>> in_short(new_code_cell(outputs=[new_output("stream", text="\\n".join(lines))]))
    '3 of 4 cases differ. Add.'
    """
    given, *lines = map(str.strip, said(cell).splitlines() or [""])
    first, *more = lines or ["All is right." * bool(given)]
    return " ".join([OF_CASE.sub("", DIFFER.sub(r"\1.", first)), *more[1:][-1:]])


def is_lost(about: dict) -> bool:
    """Whether points were lost."""
    return not about.get("is_open") and (about.get("score") or 0) < about["points"]


def scheme(text: str) -> str:
    """A mark scheme without the lines that mark it."""
    return MARKS.sub("", text)


def of_student(text: str) -> str:
    """Markdown that is not trusted as HTML: formulas are drawn, tags are shown, nothing is fetched or run."""
    renderer = _Untrusted(escape=True, allow_harmful_protocols=False)
    written = text.replace("&lt;", "<").replace("&amp;", "&")  # as before `assess.harmless`
    return MarkdownWithMath(renderer=renderer).render(written)


class _Untrusted(html.MathMLRenderer):
    def image(self, text, url, title=None):
        return escape(text)


def error_text(output) -> str:
    """A traceback without the colours of a terminal."""
    return COLOURS.sub("", "\n".join(output.get("traceback") or [f"{output.ename}: {output.evalue}"]))


_ALL = (points, scored, said, in_short, is_lost, is_open, scheme, of_student, error_text)
FILTERS = {f.__name__: f for f in _ALL}
