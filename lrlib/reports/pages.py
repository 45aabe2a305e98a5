"""Pages of HTML with one table to sort and filter, which need no network."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

TEMPLATES = Path(__file__).parent / "templates"


def page(template: str, **values) -> str:
    """A template of this folder with these values, in which every text is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=select_autoescape(default=True), keep_trailing_newline=True)
