"""A notebook as one HTML page that needs no network: figures embedded, formulas as MathML, code folded."""

from __future__ import annotations

from html import escape
from pathlib import Path

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default

TEMPLATES = Path(__file__).parent / "templates"


def page(notebook: NotebookNode, title: str) -> str:
    """The page as a string; code is folded away under each result."""
    exporter = ReportExporter(extra_template_basedirs=[str(TEMPLATES)])
    html, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return html


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
