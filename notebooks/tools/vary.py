"""Run the lessons with other parameters: each at the low end of what it declares, all at once.

    python -m notebooks.tools.vary                       every lesson
    python -m notebooks.tools.vary --only 08_cosine      those whose name contains it

Papermill injects the parameters, as it does for everybody. A lesson fails when a cell raises or warns, when a
slider at one of its ends breaks the picture or none moves it, and when the text names a number that was
printed at the default parameters and is not any more. Stored notebooks stay as they are.
"""

import logging
import multiprocessing
import os
import signal
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from lrlib.reports import kernel, parameters, warm
from lrlib.rules import saying

from . import cells, command, kernels, lesson, twins
from .command import NOTEBOOKS

CELL_SECONDS = 120
AT_ONCE = 2
FORKED = ExitStack()
DIGITS = 2  # a number with as many significant digits that changed is no coincidence

TO_BOTH_ENDS = """\
def _move_to_both_ends(explorer):
    for slider in explorer.sliders.values():
        start, pictures = slider.value, {explorer.image.value}
        for end in (slider.min, slider.max):
            slider.value = slider.base**end if hasattr(slider, "base") else end
            pictures.add(explorer.image.value)
        slider.value = start
        assert len(pictures) > 1, f"the slider {slider.description} moves nothing in the picture"


_move_to_both_ends(list(Out.values())[-1])
"""


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = command.parser("vary", __doc__)
    command.only(parser, "lessons")
    options = parser.parse_args(arguments)
    every = [path for path in twins.all_notebooks(NOTEBOOKS) if path.parent.name == "lessons"]
    paths = [path for path in every if lesson.code(twins.read_notebook(path))]
    chosen = [p for p in paths if not options.only or any(part in p.stem for part in options.only)]
    if not chosen:
        print(f"no lesson under {NOTEBOOKS} has {' or '.join(options.only or ['a name'])} in its name")
        return 1
    os.environ.update(kernels.environment(parallel=True))
    with ProcessPoolExecutor(AT_ONCE, initializer=_begin) as pool:
        try:
            runs = zip(chosen, pool.map(_timed, chosen), strict=True)
            failed = [not _report(path, *found) for path, found in runs]
        except KeyboardInterrupt:
            for worker in multiprocessing.active_children():
                worker.kill()  # its kernel ends with it
            raise
    print(f"{len(chosen) - sum(failed)} of {len(chosen)} lessons run with other parameters")
    return int(any(failed))


def others(declared):
    """Another value for every declared parameter that has one: the low end of its range, or near it."""
    found = {name: _other(parameter) for name, parameter in declared.items() if not parameter.only_for}
    changed = {name: value for name, value in found.items() if value != declared[name].default}
    return parameters.converted(declared, changed)


def run(path):
    """(parameters, faults) of a run of the notebook at `path` with other parameters."""
    stored = twins.read_notebook(path)
    given = others(parameters.declared(stored))
    with tempfile.TemporaryDirectory() as folder:
        prepared, executed = Path(folder) / path.name, Path(folder) / "executed.ipynb"
        nbformat.write(_with_moved_sliders(stored), prepared)
        try:
            papermill.execute_notebook(
                str(prepared),
                str(executed),
                given,
                kernel_name="python3",
                kernel_manager_class=kernel.ThisPython,
                progress_bar=False,
                cwd=str(path.parent),
                execution_timeout=CELL_SECONDS,
                extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            )
        except PapermillExecutionError as error:
            return given, [f"{error.ename}: {error.evalue} in {_named(error.source)}"]
        except (CellTimeoutError, DeadKernelError) as error:
            return given, [f"{type(error).__name__}: {error}"]
        fresh = nbformat.read(executed, as_version=4)
    return given, _warnings(fresh) + _outdated(stored, fresh)


def _other(parameter):
    default = parameter.default
    if parameter.is_list:
        return default[: parameter.least]
    if parameter.choices:
        return next(choice for choice in (*parameter.choices, default) if choice != default)
    if parameter.type == "bool":
        return not default
    if not parameter.range:
        return default
    low, high = parameter.range
    if low != default:
        return low
    return min(low + 1, high) if parameter.type == "int" else low + (high - low) / 10


def _with_moved_sliders(notebook):
    moved = nbformat.from_dict({**notebook, "cells": []})
    for cell in notebook.cells:
        moved.cells.append(cell)
        if cell.cell_type == "code" and cells.ends_in_explorer(cell.source):
            moved.cells.append(nbformat.v4.new_code_cell(TO_BOTH_ENDS))
    return moved


def _warnings(notebook):
    return [
        f"a warning in {_named(cell.source)}: {output.text.strip()}"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]


def _named(source):
    line = source.strip().split("\n")[0]
    return f"the cell that starts with `{line}`"


def _outdated(stored, fresh):
    """Numbers of the text that the stored outputs show, and the fresh ones do not."""
    before, now = (lesson.values(lesson.printed(notebook)) for notebook in (stored, fresh))
    moved = before - now - lesson.values(lesson.code(stored))
    return [
        f"the text says {written}, which was printed before and is not with these parameters"
        for written, value in lesson.claims(stored)
        if value in moved and lesson.significant(written) >= (lesson.DIGITS if "%" in written else DIGITS)
    ]


def _timed(path):
    logging.getLogger("papermill").setLevel(logging.ERROR)
    start = time.monotonic()
    with saying(path.stem):
        given, faults = run(path)
    _leave_to_parent()  # nbclient takes Ctrl-C while a lesson runs, to end its kernel
    return time.monotonic() - start, given, faults


def _begin():
    FORKED.enter_context(warm.kernels())  # what forks them ends with this process
    _leave_to_parent()


def _leave_to_parent():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _report(path, seconds, given, faults):
    values = ", ".join(f"{name}={value}" for name, value in given.items())
    print(
        f"{path.stem:32} {seconds:6.1f} s  {'failed' if faults else 'passed'} with {values}",
        flush=True,
    )
    for fault in faults:
        print(f"    {fault}", flush=True)
    return not faults


if __name__ == "__main__":
    command.run(main)
