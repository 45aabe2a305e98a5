"""Every stored notebook keeps the rules of `tests/harness/form.py`. None of this starts a kernel."""

from pathlib import Path

import pytest

from tests.harness import form, twins

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"


def _name(path):
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("rule", form.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("notebook", [pytest.param(p, id=_name(p)) for p in twins.all_notebooks(FOLDER)])
def test_notebook(notebook, rule):
    faults = rule(notebook, FOLDER)
    assert not faults, f"{_name(notebook)}: " + "\n".join(faults)


def test_every_twin_has_its_notebook():
    missing = [twin.name for twin in twins.all_twins(FOLDER) if not twins.notebook_of(twin, FOLDER).exists()]
    assert not missing, f"never executed: {missing}; run python -m tests.harness.execute"
