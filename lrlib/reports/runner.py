"""Reports: a notebook run with parameters, published as an executed notebook, one HTML page and JSON.

Nothing runs before every parameter is known to be right, and nothing is published before everything worked.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import nbformat
import papermill
import yaml
from filelock import FileLock, Timeout
from IPython.display import display
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell
from tqdm import tqdm
from yaml.resolver import BaseResolver as Tags

from lrlib import __version__, progress
from lrlib.checkout import ROOT, needed
from lrlib.reports import budget, html, kernel, parameters
from lrlib.rules import Refused, Rule, check, is_a, such_that, unknown

FOLDER = ROOT / "notebooks" / "reports"
RESULTS = "application/vnd.lrlib.results+json"
FILES = ("report.ipynb", "report.html", "results.json")
LIMIT = "most_updates"  # the parameter that bounds what a report may train
LARGEST = 1_000_000  # characters of a file of parameters
FAILED = "failed.ipynb"
ASK_VERSIONS = "import json; from lrlib import reports; print(json.dumps(reports.versions()))"
PACKAGES = ("torch", "numpy", "scipy", "pandas", "scikit-learn", "matplotlib")

Given = is_a(Mapping, "parameter -> value")
Folder = Rule("a folder", such_that(Path, lambda path: path.parts))


class ReportFailed(RuntimeError):
    """A report stopped midway; the message says where and why, and where its executed part lies."""


def names() -> list[str]:
    """The reports there are.

    >>> names()
    ['shootout']
    """
    return sorted(path.stem for path in needed(FOLDER).glob("*.ipynb"))


def checked(name: str, given: Mapping[str, object]) -> dict[str, object]:
    """Given parameters in their declared types, complete with their consequences checked.

    given: parameter -> value, text, or list, tuple or array of either; a schedule stands for its text.
    Raises ValueError, in one line, for an unknown report or parameter, a wrong type, a value out of range or
    a schedule that does not fit the steps.

    >>> checked("shootout", {"steps": "1e2", "base_lrs": (0.1, 0.2, 0.4)})
    {'steps': 100, 'base_lrs': [0.1, 0.2, 0.4]}
    """
    return _settled(name, given)[0]


def cost(name: str, given: Mapping[str, object]) -> str:
    """What a report will cost at most, in one line; empty where it does not bound that.

    >>> cost("shootout", {"steps": 5000, "n_seeds": 16})
    'up to 880 runs of 5,000 steps: 14.7 minutes at 5,000 updates a second on one core, and 70 MB'
    """
    settled = _settled(name, given)[1]
    return budget.said(*budget.of_report(settled)) if LIMIT in settled else ""


def _settled(name: str, given: Mapping[str, object]) -> tuple[dict, dict]:
    """The given parameters in their declared types, and all of them as they will be used."""
    notebook, given = _template(name), check("given", Given, given)
    known = parameters.declared(notebook)
    values = parameters.converted(known, given)
    everything = {**{p.name: p.default for p in known.values()}, **values}
    for each in values:
        if known[each].only_for not in ("", everything.get("task")):
            raise Refused(f"{each} is for the task {known[each].only_for} only, not {everything['task']}")
    settled = parameters.settle(everything.pop("profile"), parameters.profiles(notebook), **everything)
    if LIMIT in settled:
        budget.refuse_beyond(settled[LIMIT], *budget.of_report(settled), f"-p {LIMIT}")
    return values, settled


def describe(name: str) -> str:
    """What a report can be told: each parameter with type, allowed values, default and meaning.

    >>> print(describe("shootout").split("\\n\\n")[2])
      task: str = 'digits'
          what to train: one of digits, quadratic
          allowed: one of digits, quadratic
    """
    notebook = _template(name)
    lines = [f"parameters of the report {name!r}, given as -p NAME VALUE:", ""]
    for p in parameters.declared(notebook).values():
        lines += [
            f"  {p.name}: {p.type} = {p.default!r}",
            f"      {p.help}",
            f"      allowed: {p.allowed}",
            "",
        ]
    lines += ["profiles:", ""]
    for profile, values in parameters.profiles(notebook).items():
        lines += [f"  {profile}", *(f"      {key} = {value!r}" for key, value in values.items()), ""]
    return "\n".join(lines)


def read_yaml(path: str) -> dict[str, object]:
    """Parameters from a YAML file that holds one mapping, as texts: their declared types convert them.

    ValueError for what is no regular file of at most 1 MB, holds anything else, names a parameter twice, or
    gives a value a type of its own, as in `!!int 3`.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise Refused("cannot be read: it is no regular file", path)
        with open(path, encoding="utf-8") as file:
            text = file.read(LARGEST + 1)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except RecursionError:
        raise Refused("nested too deeply", path) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused(f"cannot be read as YAML ({' '.join(str(error).split())})", path) from None
    if len(text) > LARGEST:
        raise Refused(f"larger than {LARGEST} characters", path)
    if not isinstance(node, yaml.MappingNode) or node.tag != Tags.DEFAULT_MAPPING_TAG:
        raise Refused("expected one `name: value` a line", path)
    names = [_scalar(key, path) for key, _ in node.value]
    if len(set(names)) < len(names):
        raise Refused("a parameter is named twice", path)
    return {name: _scalars(value, path) for name, (_, value) in zip(names, node.value, strict=True)}


def _scalars(node: yaml.Node, path: str) -> str | list[str]:
    if isinstance(node, yaml.SequenceNode) and node.tag == Tags.DEFAULT_SEQUENCE_TAG:
        return [_scalar(item, path) for item in node.value]
    return _scalar(node, path)


def _scalar(node: yaml.Node, path: str) -> str:
    if node.tag != Tags.DEFAULT_SCALAR_TAG or not isinstance(node, yaml.ScalarNode):
        what = "`name: value`, where a value is a text, a number or a list, without a tag"
        raise Refused(f"line {node.start_mark.line + 1}: expected {what}", path)
    return node.value


def run(name: str, given: Mapping[str, object], out: str | Path) -> dict:
    """Run a report and publish report.ipynb, report.html and results.json in the folder `out`.

    Returns the results. Raises ValueError before anything runs; ReportFailed when the notebook stops
    midway: then the executed part is `out`/failed.ipynb and an earlier good report stays as it was.
    """
    values, out = checked(name, given), check("out", Folder, out).expanduser().resolve()
    with _held(out) as work:
        executed, computed_with = _execute(name, values, work, out)
        page = html.page(executed, title=executed.cells[0].source.split("\n")[0].lstrip("# "))
        found = _results_of(executed)
        if found is None:
            raise _failed("the notebook handed over no results", executed, work, out)
        found |= {"report": name, "versions": computed_with}
        texts = nbformat.writes(executed) + "\n", page, json.dumps(found, indent=1, allow_nan=False) + "\n"
        _publish(dict(zip(FILES, texts, strict=True)), work, out)
        (out / FAILED).unlink(missing_ok=True)
        return found


def results(**values) -> None:
    """In a report's notebook: hand over results for results.json. Values must be plain JSON, without nan."""
    json.dumps(values, allow_nan=False)
    display({RESULTS: values, "text/plain": "results handed over"}, raw=True)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on."""
    installed = {package: version(package) for package in PACKAGES}
    return {"python": platform.python_version(), "lrlib": __version__, **installed}


def _template(name: str) -> nbformat.NotebookNode:
    if name not in names():
        raise Refused(unknown("report", name, names()))
    try:
        notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # of many kinds, by what is wrong
        raise Refused(
            f"{name}.ipynb cannot be read as a notebook ({type(error).__name__}: {error})"
        ) from None
    return notebook


def _execute(name: str, values: dict, work: Path, out: Path) -> tuple[nbformat.NotebookNode, dict]:
    """The executed notebook, and the versions in its kernel. ReportFailed where a cell stops."""
    notebook = papermill.execute_notebook(_template(name), None, parameters=values, prepare_only=True)
    notebook.metadata.papermill |= {"input_path": f"{name}.ipynb", "output_path": "report.ipynb"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = kernel.client(notebook, FOLDER)
    client.reset_execution_trackers()
    try:
        with _progress_shown(work / "progress", name), client.setup_kernel():
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            notebook.cells.append(new_code_cell(ASK_VERSIONS))
            asked = client.execute_cell(notebook.cells[-1], -1)
            notebook.cells.pop()
    except CellExecutionError as error:
        why = f"cell {cell.execution_count} stopped with {error.ename}: {error.evalue}"
        raise _failed(why, notebook, work, out) from None
    except RuntimeError as error:
        raise _failed(f"the kernel stopped: {error}", notebook, work, out) from None
    return _placeless(notebook), json.loads(asked.outputs[0].text)


def _placeless(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without the folders of this machine that warnings and tracebacks name."""
    text = nbformat.writes(notebook)
    places = {Path(place) for place in (sys.prefix, ROOT, tempfile.gettempdir(), os.path.expanduser("~"))}
    for place in sorted(places, key=lambda place: -len(place.parts)):
        if len(place.parts) > 1:
            text = text.replace(json.dumps(f"{place}{os.sep}", ensure_ascii=False)[1:-1], "")
    return nbformat.reads(text, as_version=4)


@contextmanager
def _held(out: Path) -> Iterator[Path]:
    """A new folder to work in, within `out`, which is held against other runs and left without it."""
    held = FileLock(out / ".running.lock", blocking=False)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if blocked := [file for file in (*FILES, FAILED) if (out / file).is_dir()]:
            raise Refused(f"--out {out}: {blocked[0]} is a folder there; name another folder")
        held.acquire()
        for left in out.glob(".running-*"):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=".running-", dir=out))
    except Timeout:
        raise Refused(f"--out {out}: another report is on its way there; wait, or name another") from None
    except OSError as error:
        raise Refused(f"--out {out}: {error.strerror.lower()}; name a folder that can be written") from None
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        Path(held.lock_file).unlink(missing_ok=True)
        held.release()


def _publish(texts: Mapping[str, str], work: Path, out: Path) -> None:
    """Write files and, when all are whole, move them to their places, the last one last."""
    try:
        for file, text in texts.items():  # a lone surrogate becomes the escape that JSON has for it
            (work / file).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        for file in texts:
            os.replace(work / file, out / file)
    except OSError as error:
        raise ReportFailed(f"the report is finished but could not be put into {out}: {error}") from None


def _results_of(notebook: nbformat.NotebookNode) -> dict | None:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if RESULTS in output.get("data", {}):
                return output.data[RESULTS]
    return None


def _failed(why: str, notebook: nbformat.NotebookNode, work: Path, out: Path) -> ReportFailed:
    """The error, in one line, after the executed part, if any, has been put where it says."""
    kept = ""
    if any(cell.get("execution_count") for cell in notebook.cells):
        _publish({FAILED: nbformat.writes(_placeless(notebook)) + "\n"}, work, out)
        kept = f"; the executed part is in {out / FAILED}, nothing else in {out} was changed"
    return ReportFailed(" ".join(why.split()) + kept)


@contextmanager
def _progress_shown(file: Path, name: str) -> Iterator[None]:
    """A bar on the terminal that follows the progress file of the notebook's kernel."""
    before = os.environ.get(progress.VARIABLE)
    os.environ[progress.VARIABLE] = str(file)
    done = threading.Event()
    follower = threading.Thread(target=_follow, args=(file, name, done), daemon=True)
    follower.start()
    try:
        yield
    finally:
        done.set()
        follower.join()
        if before is None:
            del os.environ[progress.VARIABLE]
        else:
            os.environ[progress.VARIABLE] = before


def _follow(file: Path, name: str, done: threading.Event) -> None:
    with tqdm(desc=f"{name}: starting", total=1, unit="run", leave=False) as bar:
        while not done.wait(0.5):
            state = progress.read(str(file))
            if state:
                bar.n, bar.total = state[:2]
                bar.set_description(f"{name}: {state[2]}")
