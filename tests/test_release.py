"""What is released: one version, said alike everywhere; a wheel and a collection, the same bytes twice."""

import re
from datetime import date

import lrlib
from tests.licences import ROOT

CHANGES = (ROOT / "CHANGELOG.md").read_text()
HEADINGS = re.findall(r"^## (.*)", CHANGES, re.MULTILINE)
RELEASED = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", line) for line in HEADINGS[1:]]
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_the_changelog_has_the_form_that_it_says():
    assert HEADINGS[0] == "[Unreleased]" and RELEASED and all(RELEASED)
    versions = [tuple(map(int, found.groups()[:3])) for found in RELEASED]
    assert versions == sorted(set(versions), reverse=True)
    days = [date.fromisoformat(found[4]) for found in RELEASED]
    assert days == sorted(days, reverse=True)
    for part in CHANGES.split("\n## ")[1:]:
        kinds = re.findall(r"^### (.*)", part, re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds], part.split("\n")[0]


def test_changelog_citation_and_library_say_one_version():
    newest = RELEASED[0]
    citation = dict(
        re.findall(r"^(version|date-released): (.*)", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    )
    assert citation == {"version": lrlib.__version__, "date-released": newest[4]}
    assert ".".join(newest.groups()[:3]) == lrlib.__version__


def test_the_version_is_written_in_one_place():
    number = f'"{lrlib.__version__}"'
    held = [path.name for path in (ROOT / "lrlib").rglob("*.py") if number in path.read_text()]
    assert held == ["__init__.py"]
    assert number not in (ROOT / "pyproject.toml").read_text()
