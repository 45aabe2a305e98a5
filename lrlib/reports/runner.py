"""Reports: a notebook run with parameters, published as an executed notebook, one HTML page and JSON.

Nothing runs before every parameter is known to be right, and nothing is published before everything worked.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import nbformat
import papermill
import yaml
from IPython.display import display
from papermill.exceptions import PapermillExecutionError
from tqdm import tqdm

from lrlib import __version__, progress
from lrlib.checkout import ROOT, needed
from lrlib.reports import html, parameters
from lrlib.rules import Refused, unknown

FOLDER = ROOT / "notebooks" / "reports"
RESULTS = "application/vnd.lrlib.results+json"
PACKAGES = ("torch", "numpy", "scipy", "pandas", "scikit-learn", "matplotlib")


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
    notebook = _template(name)
    known = parameters.declared(notebook)
    values = parameters.converted(known, given)
    everything = {**{p.name: p.default for p in known.values()}, **values}
    for name in values:
        if known[name].only_for not in ("", everything.get("task")):
            raise Refused(f"{name} is for the task {known[name].only_for} only, not {everything['task']}")
    parameters.settle(everything.pop("profile"), parameters.profiles(notebook), **everything)
    return values


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

    ValueError for a file that cannot be read, holds anything else, or names a parameter twice.
    """
    try:
        node = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except RecursionError:
        raise Refused("nested too deeply", path) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused(f"cannot be read as YAML ({' '.join(str(error).split())})", path) from None
    if not isinstance(node, yaml.MappingNode):
        raise Refused("expected one `name: value` a line", path)
    names = [_scalar(key, path) for key, _ in node.value]
    if len(set(names)) < len(names):
        raise Refused("a parameter is named twice", path)
    return {name: _scalars(value, path) for name, (_, value) in zip(names, node.value, strict=True)}


def _scalars(node: yaml.Node, path: str) -> str | list[str]:
    if isinstance(node, yaml.SequenceNode):
        return [_scalar(item, path) for item in node.value]
    return _scalar(node, path)


def _scalar(node: yaml.Node, path: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        line = node.start_mark.line + 1
        raise Refused(
            f"line {line}: expected `name: value`, where a value is a text, a number or a list", path
        )
    return node.value


def run(name: str, given: Mapping[str, object], out: str | Path) -> dict:
    """Run a report and publish report.ipynb, report.html and results.json in the folder `out`.

    Returns the results. Raises ValueError before anything runs; ReportFailed when the notebook stops
    midway: then the executed part is `out`/failed.ipynb and an earlier good report stays as it was.
    """
    values = checked(name, given)
    out = Path(out).resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".running-", dir=out))
    except OSError as error:
        raise Refused(f"--out {out}: {error.strerror.lower()}; name a folder that can be written") from None
    try:
        executed = _execute(name, values, work, out)
        found = {**_results_of(executed, work, out), "report": name, "versions": versions()}
        _write(work / "results.json", json.dumps(found, indent=1, allow_nan=False) + "\n")
        _write(work / "report.html", html.page(executed, title=_title(executed)))
        _publish(work, out)
        (out / "failed.ipynb").unlink(missing_ok=True)
        return found
    finally:
        shutil.rmtree(work, ignore_errors=True)


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
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def _execute(name: str, values: dict, work: Path, out: Path) -> nbformat.NotebookNode:
    target = work / "report.ipynb"
    with _progress_shown(work / "progress", name):
        try:
            papermill.execute_notebook(
                str(FOLDER / f"{name}.ipynb"),
                str(target),
                parameters=values,
                kernel_name="python3",
                cwd=str(FOLDER),
                progress_bar=False,
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            )
        except PapermillExecutionError as error:
            raise _failed(
                f"cell {error.exec_count} stopped with {error.ename}: {error.evalue}", work, out
            ) from None
        except RuntimeError as error:
            raise _failed(f"the kernel stopped: {error}", work, out) from None
    return nbformat.read(target, as_version=4)


def _publish(work: Path, out: Path) -> None:
    """Move the finished files, results last; nothing is moved when one of them has no free place."""
    files = ("report.ipynb", "report.html", "results.json")
    blocked = [file for file in files if (out / file).is_dir()]
    try:
        if blocked:
            raise OSError(f"{blocked[0]} is a folder there")
        for file in files:
            os.replace(work / file, out / file)
    except OSError as error:
        raise ReportFailed(f"the report is finished but could not be put into {out}: {error}") from None


def _results_of(notebook: nbformat.NotebookNode, work: Path, out: Path) -> dict:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if RESULTS in output.get("data", {}):
                return output.data[RESULTS]
    raise _failed("the notebook handed over no results", work, out)


def _failed(why: str, work: Path, out: Path) -> ReportFailed:
    """The error, in one line, after the executed part, if any, has been put where it says."""
    kept = ""
    if (work / "report.ipynb").exists():
        os.replace(work / "report.ipynb", out / "failed.ipynb")
        kept = f"; the executed part is in {out / 'failed.ipynb'}, nothing else in {out} was changed"
    return ReportFailed(" ".join(why.split()) + kept)


def _title(notebook: nbformat.NotebookNode) -> str:
    return notebook.cells[0].source.split("\n")[0].lstrip("# ")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


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
