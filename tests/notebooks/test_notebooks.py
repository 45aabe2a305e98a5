"""Every stored notebook keeps the rules of `notebooks.tools.form`, a lesson those of `lesson` and `teaching`.

None of this starts a kernel.
"""

import subprocess
from pathlib import Path

import nbformat
import papermill
import pytest

from lrlib.reports import parameters
from notebooks.tools import assignment, evidence, form, lesson, teaching, twins

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = twins.all_notebooks(FOLDER)
LESSONS = [path for path in NOTEBOOKS if lesson.is_lesson(path)]
EVIDENCE = [path for path in NOTEBOOKS if evidence.is_evidence(path)]
of_every_notebook = pytest.mark.parametrize(
    "notebook", [pytest.param(path, id=path.relative_to(FOLDER).as_posix()) for path in NOTEBOOKS]
)


def faults(rules, notebook):
    """What the rules find, each fault under the name of its rule; "" when there is none."""
    rules = [form.is_valid] if form.is_valid(notebook, FOLDER) else rules
    found = [(rule.__name__, fault) for rule in rules for fault in lesson.faults(rule, notebook, FOLDER)]
    return "\n".join(f"{name}: {fault}" for name, fault in found)


@of_every_notebook
def test_a_stored_notebook_has_the_form_of_one(notebook):
    found = faults(form.RULES, notebook)
    assert not found, f"\n{found}"


@of_every_notebook
def test_a_lesson_and_evidence_have_the_form_of_one_and_other_pages_what_goes_for_them(notebook):
    own = evidence.RULES if notebook in EVIDENCE else lesson.OF_EVERY_PAGE
    own = assignment.RULES if assignment.is_assignment(notebook) else own
    found = faults(lesson.RULES if notebook in LESSONS else own, notebook)
    assert not found, f"\n{found}"


@pytest.mark.parametrize("notebook", [pytest.param(path, id=path.stem) for path in LESSONS])
def test_a_lesson_gives_its_reader_what_it_owes(notebook):
    found = faults(teaching.RULES, notebook)
    assert not found, f"\n{found}"


@pytest.mark.parametrize("stem, words", lesson.ALLOWED)
def test_what_a_lesson_is_allowed_is_needed(stem, words):
    paths, rules = [path for path in LESSONS if path.stem == stem], [*lesson.RULES, *teaching.RULES]
    found = [fault for path in paths for rule in rules for fault in rule(path, FOLDER)]
    assert any(words in fault for fault in found), f"take {stem}, {words!r} out of lesson.ALLOWED"


@pytest.mark.parametrize(
    "notebook",
    [
        pytest.param(p, id=p.stem)
        for p in NOTEBOOKS
        if p.stem != "index" and p.parent.name not in ("evidence", "assignments")
    ],
)
def test_every_parameter_says_what_it_may_be_on_one_line(notebook):
    declared = parameters.declared(nbformat.read(notebook, as_version=4))
    assert declared
    for name, parameter in declared.items():
        ruled = parameter.range or parameter.choices or parameter.is_schedule or parameter.kind
        assert ruled, f"{name} has no range"
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
