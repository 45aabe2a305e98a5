"""A notebook as one HTML page that needs no network: figures inside, formulas as MathML, code in one fold."""

from __future__ import annotations

import re
from copy import deepcopy
from html import escape
from pathlib import Path

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default

from lrlib.reports.notebook import RESULTS

TEMPLATES = Path(__file__).parent / "templates"
PARTS = re.compile(r"<(thead|tbody)\b.*?</\1>", re.DOTALL)
HEAD = re.compile(r"<th(?![^>]*\bscope=)(?=[\s>])")


def page(notebook: NotebookNode, title: str) -> str:
    """The page as a string; all code is in one fold at its end, and each head of a table says its scope."""
    exporter = ReportExporter(extra_template_basedirs=[str(TEMPLATES)])
    html, _ = exporter.from_notebook_node(_for_people(notebook), resources={"metadata": {"name": title}})
    return PARTS.sub(_scoped, html)


def _for_people(notebook: NotebookNode) -> NotebookNode:
    """Without the output that hands the results over to a program."""
    shown = deepcopy(notebook)
    for cell in shown.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if RESULTS not in output.get("data", {})]
    return shown


def _scoped(part: re.Match) -> str:
    """The head or the body of a table, whose heads say whether they are of a column or of a row."""
    scope = "col" if part[1] == "thead" else "row"
    return HEAD.sub(f'<th scope="{scope}"', part[0])


class ReportExporter(HTMLExporter):
    """nbconvert's HTML with the project's template, and formulas turned into MathML."""

    @default("template_name")
    def _template_name_default(self):
        return "report"

    @pass_context
    def markdown2html(self, context, source):
        return MarkdownWithMath(renderer=MathMLRenderer(escape=False)).render(source)


class MathMLRenderer(IPythonRenderer):
    """Markdown in which `$...$` and `$$...$$` become MathML, which browsers draw without a script."""

    def inline_math(self, body):
        return _mathml(body, "inline")

    def block_math(self, body):
        return _mathml(body, "block")


def _mathml(formula: str, display: str) -> str:
    """MathML, or the formula's own text where the converter gives up: the rest of the page still counts."""
    try:
        return convert(formula, display=display)
    except Exception:
        return f"<code>{escape(formula)}</code>"
