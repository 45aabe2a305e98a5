"""Formulas as MathML, which browsers draw without a script, for Sphinx."""

from docutils.nodes import SkipNode
from latex2mathml.converter import convert


def setup(app):
    """Sphinx calls it: formulas are drawn so in every page."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(writer, node):
    writer.body.append(convert(node.astext(), display="inline"))
    raise SkipNode


def _block(writer, node):
    writer.body.append(f'<div class="formula">{convert(node.astext(), display="block")}</div>')
    raise SkipNode
