"""Whatever a person can type, save or press is answered in one line, without a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from notebooks.tools import twins

pytestmark = pytest.mark.long  # every check is tried on notebooks that break it, in kernels

ROOT = Path(__file__).parents[2]
NO_NOTEBOOKS = "run this from the project's root"
TWIN = twins.HEADER + "# %% [markdown]\n# # Small\n\n# %%\nprint(1)\n"
SLOW = f"""{twins.HEADER}\
# %% tags=["parameters"]
steps: int = 9  # steps, 1..9

# %%
from pathlib import Path
import time
Path("begun").touch()
time.sleep(60)
"""


def start(folder, *arguments, **options):
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    command = [sys.executable, "-m", *arguments]
    return subprocess.Popen(command, cwd=folder, env=env, **(pipes | options))


def said(folder, tool, *arguments, **options):
    """(status, lines) of a tool."""
    running = start(folder, f"notebooks.tools.{tool}", *arguments, **options)
    out = running.communicate(timeout=600)[0] or ""
    assert "Traceback" not in out
    return running.returncode, out.splitlines()


@pytest.fixture
def project(tmp_path):
    """A folder with one twin, beside files that are none."""
    for folder in ("src/lessons", "lessons"):
        (tmp_path / "notebooks" / folder).mkdir(parents=True)
    (tmp_path / "notebooks/src/lessons/small.py").write_text(TWIN)
    return tmp_path


@pytest.mark.parametrize("tool", ["checks", "execute", "lines", "navigate", "quiz", "teaching", "vary"])
def test_a_tool_started_elsewhere_says_where_to_start_it(tmp_path, tool):
    status, (line,) = said(tmp_path, tool)
    assert status == 2 and NO_NOTEBOOKS in line


@pytest.mark.parametrize(
    "tool, arguments, told",
    [
        ("checks", ["--chek"], "unrecognized arguments: --chek"),
        ("navigate", ["--chek"], "unrecognized arguments: --chek"),
        ("quiz", ["--chek"], "unrecognized arguments: --chek"),
        ("execute", ["--check", "--texts"], "not allowed with"),
        ("lines", ["core"], "unrecognized arguments: core"),
        ("vary", ["--only", "nothing"], "no lesson"),
        ("execute", ["--only", "nothing"], "no twin"),
        ("execute", ["--only"], "expected at least one argument"),
        ("execute", ["--check", "--from-notebook", "a.ipynb"], "not allowed with"),
        ("execute", ["--only", "a", "--from-notebook", "a.ipynb"], "not allowed with"),
        ("execute", ["--from-notebook", "nowhere.ipynb"], "must be a notebook below notebooks"),
        ("execute", ["--from-notebook", "."], "must be a notebook below notebooks"),
        ("execute", ["--from-notebook", "notebooks/src/lessons/small.py"], "must be a notebook below"),
    ],
)
def test_a_command_line_that_means_nothing_changes_nothing(project, tool, arguments, told):
    before = sorted(project.rglob("*"))
    status, lines = said(project, tool, *arguments)
    assert status in (1, 2) and told in lines[-1]
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize(
    "content", ["", "[]", '{"cells": 3', "\N{LATIN SMALL LETTER E WITH ACUTE}", '{"a": 1}']
)
def test_a_file_that_is_no_notebook_is_named_and_stays(project, content):
    broken = project / "notebooks/lessons/small.ipynb"
    broken.write_bytes(content.encode("latin-1"))
    for tool, *arguments in (
        ("execute", "--from-notebook", "notebooks/lessons/small.ipynb"), ("execute",), ("checks",)
    ):  # fmt: skip
        status, lines = said(project, tool, *arguments)
        assert status and any("small.ipynb: is no" in line for line in lines)
    assert broken.read_bytes() == content.encode("latin-1")


EDITORS = {
    "colab": {"id": "aBc", "colab": {"base_uri": "localhost"}, "outputId": "1-2", "executionInfo": {}},
    "vscode": {"vscode": {"languageId": "python"}, "notebookRunGroups": {"groupValue": "1"}},
    "jupyterlab": {
        "editable": True, "slideshow": {"slide_type": ""}, "tags": [], "trusted": True, "scrolled": True,
        "jupyter": {"outputs_hidden": True}, "execution": {}, "collapsed": False,
    },
}  # fmt: skip


@pytest.mark.parametrize("editor", EDITORS)
def test_what_an_editor_adds_is_left_out_of_the_twin(editor):
    notebook = twins.parse(TWIN)
    for cell in notebook.cells:
        cell.metadata.update(EDITORS[editor])
        cell.source = cell.source.replace("\n", "\r\n")
    notebook.metadata.update({"colab": {"provenance": []}, "accelerator": "GPU", "vscode": {}})
    assert twins.write(notebook) == TWIN


def test_what_somebody_wrote_in_an_editor_is_not_written_over(project):
    path = project / "notebooks/lessons/small.ipynb"
    assert said(project, "execute")[0] == 0
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += " Mine."
    nbformat.write(notebook, path)
    edited = path.read_bytes()
    status, (line, _) = said(project, "execute")
    command = "--from-notebook notebooks/lessons/small.ipynb"
    assert status == 1 and "was edited" in line and command in line and path.read_bytes() == edited
    assert said(project, "execute", *command.split())[0] == 0
    assert said(project, "execute")[0] == 0
    assert nbformat.read(path, as_version=4).cells[0].source == notebook.cells[0].source


def test_a_mark_that_is_not_ours_is_refused_where_it_comes_in(project):
    notebook = twins.parse(TWIN)
    notebook.cells[1].metadata.tags = ["hide-input"]
    nbformat.write(notebook, project / "notebooks/lessons/small.ipynb")
    status, (line,) = said(project, "execute", "--from-notebook", "notebooks/lessons/small.ipynb")
    assert status == 2 and "cell 1 has the tag 'hide-input', allowed: parameters," in line
    assert (project / "notebooks/src/lessons/small.py").read_text() == TWIN


def test_a_file_inside_a_cell_is_refused_where_it_comes_in():
    notebook = twins.parse(TWIN)
    notebook.cells[0].attachments = {"a.png": {"image/png": ""}}
    with pytest.raises(ValueError, match="cell 0 holds a file"):
        twins.write(notebook)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("tool", ["execute", "vary"])
@pytest.mark.parametrize("moment", ["temporary/lrlib-kernel-*", "notebooks/lessons/begun"])
@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
def test_ctrl_c_ends_what_runs_kernels_at_once_and_in_one_line(project, monkeypatch, moment, tool, signum):
    lessons, temporary = project / "notebooks/lessons", project / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    for name in ("slow", "slower", "slowest"):
        (project / f"notebooks/src/lessons/{name}.py").write_text(SLOW)
        nbformat.write(twins.parse(SLOW), lessons / f"{name}.ipynb")
    before = {path: path.read_bytes() for path in lessons.glob("*.ipynb")}
    as_in_a_terminal = {
        "start_new_session": True,
        "preexec_fn": lambda: signal.signal(signum, signal.SIG_DFL),
    }
    running = start(project, f"notebooks.tools.{tool}", "--only", "slow", **as_in_a_terminal)
    end = time.monotonic() + 60
    while not any(project.glob(moment)) and time.monotonic() < end:
        time.sleep(0.1)
    os.killpg(running.pid, signum)
    assert running.communicate(timeout=50)[0].splitlines() == ["stopped; what was written before stays"]
    assert running.returncode == 130
    assert {path: path.read_bytes() for path in lessons.glob("*.ipynb")} == before


def test_a_full_disk_below_the_output_is_one_line():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("w") as out:
        running = start(ROOT, "notebooks.tools.lines", stdout=out, stderr=subprocess.PIPE)
        told = running.communicate(timeout=600)[1]
    assert running.returncode == 2 and told.startswith("error: ") and told.count("\n") == 1
