"""Every stored notebook keeps the rules of `notebooks.tools.form`, a lesson also those of `lesson` there.

None of this starts a kernel.
"""

import subprocess
from pathlib import Path

import nbformat
import papermill
import pytest

from lrlib.reports import parameters
from notebooks.tools import form, lesson, twins

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
LESSONS = [path for path in twins.all_notebooks(FOLDER) if lesson.is_lesson(path)]
OTHERS = [path for path in twins.all_notebooks(FOLDER) if path not in LESSONS]


def _name(path):
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("rule", form.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("notebook", [pytest.param(p, id=_name(p)) for p in twins.all_notebooks(FOLDER)])
def test_notebook(notebook, rule):
    faults = rule(notebook, FOLDER)
    assert not faults, f"{_name(notebook)}: " + "\n".join(faults)


@pytest.mark.parametrize("rule", lesson.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("notebook", [pytest.param(p, id=p.stem) for p in LESSONS])
def test_lesson(notebook, rule):
    faults = lesson.faults(rule, notebook, FOLDER)
    assert not faults, f"{_name(notebook)}: " + "\n".join(faults)


@pytest.mark.parametrize("rule", lesson.OF_EVERY_PAGE, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("notebook", [pytest.param(p, id=_name(p)) for p in OTHERS])
def test_page_that_is_no_lesson(notebook, rule):
    faults = rule(notebook, FOLDER)
    assert not faults, f"{_name(notebook)}: " + "\n".join(faults)


@pytest.mark.parametrize("stem, words", lesson.ALLOWED)
def test_what_a_lesson_is_allowed_is_needed(stem, words):
    paths = [path for path in LESSONS if path.stem == stem]
    found = [fault for path in paths for rule in lesson.RULES for fault in rule(path, FOLDER)]
    assert any(words in fault for fault in found), f"take {stem}, {words!r} out of lesson.ALLOWED"


@pytest.mark.parametrize("notebook", [pytest.param(p, id=_name(p)) for p in twins.all_notebooks(FOLDER)])
def test_every_parameter_says_what_it_may_be_on_one_line(notebook):
    declared = parameters.declared(nbformat.read(notebook, as_version=4))
    assert declared
    for name, parameter in declared.items():
        assert parameter.range or parameter.choices or parameter.is_schedule, f"{name} has no range"
        assert parameters.converted(declared, {name: parameter.default}) == {name: parameter.default}
    seen = papermill.inspect_notebook(str(notebook))
    assert {name: p["inferred_type_name"] for name, p in seen.items()} == {
        n: p.type for n, p in declared.items()
    }


def test_no_notebook_hides_where_nothing_checks_it():
    listed = subprocess.run(["git", "ls-files", "*.ipynb"], cwd=ROOT, capture_output=True, text=True).stdout
    places = {str(Path(line).parent) for line in listed.splitlines()}
    assert places <= {f"notebooks/{name}" for name in ("lessons", "reports", "evidence", "assignments")}


def test_every_twin_has_its_notebook():
    missing = [twin.name for twin in twins.all_twins(FOLDER) if not twins.notebook_of(twin, FOLDER).exists()]
    assert not missing, f"never executed: {missing}; run python -m notebooks.tools.execute"
