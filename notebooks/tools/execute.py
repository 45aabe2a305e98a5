"""Execute text twins and store the notebooks with their outputs.

    python -m notebooks.tools.execute                        all twins under notebooks/src/
    python -m notebooks.tools.execute --only 08_cosine       those whose name contains it
    python -m notebooks.tools.execute --check                write nothing, name what would change
    python -m notebooks.tools.execute --texts                store texts that changed, where no code did
    python -m notebooks.tools.execute --from-notebook PATH   write the twin of an edited notebook

Run from the project's root. A stored output is rewritten only where `compare` rejects it, so
a second run, here or on another machine, changes no byte. A notebook whose cell fails keeps
its old file, and the exit status is 1.
"""

import asyncio
import os
import re
import time
from pathlib import Path

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from lrlib.data import written
from lrlib.reports import kernel, warm
from lrlib.rules import Refused, refused, saying

from . import allowed, canon, command, kernels, twins
from .command import NOTEBOOKS

CELL_SECONDS = 120
AT_ONCE = 2


class CellFailed(Exception):
    """A cell raised, ran out of time, or took the kernel down; the message says which and how."""


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.from_notebook and options.only:
        parser.error("--only says what to execute: not allowed with --from-notebook")
    if options.from_notebook:
        return _write_twin(options.from_notebook)
    chosen = [twin for twin in twins.all_twins(NOTEBOOKS) if _is_chosen(twin, options.only)]
    if options.only and not chosen:
        print(f"no twin under {NOTEBOOKS / 'src'} has {' or '.join(options.only)} in its name")
        return 1
    if options.texts:
        return carry(chosen)
    os.environ.update(kernels.environment(parallel=len(chosen) > 1))
    with warm.kernels(), asyncio.Runner(loop_factory=_Interruptible) as runner:
        states = runner.run(_execute_all(chosen, options.check))
    print(", ".join(f"{states.count(state)} {state}" for state in sorted(set(states))) or "no twins")
    return int("failed" in states or "would change" in states)


async def execute(twin, notebook):
    """Run the twin in a kernel of its own; return the text of the notebook to store.

    Raises CellFailed, and Refused where that text would take the place of what somebody wrote in an editor.
    """
    fresh, stored = _both(twin, notebook)
    notebook.parent.mkdir(parents=True, exist_ok=True)
    client = _client(fresh, notebook.parent)
    try:
        await client.async_execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise CellFailed(f"cell [{client.code_cells_executed}], {_readable(error)}") from error
    return canon.dumps(canon.settle(fresh, stored))


def carry(chosen):
    """Store what changed in the texts of these twins; 1 where code changed too and has to be run."""
    status = 0
    for twin in chosen:
        notebook = twins.notebook_of(twin, NOTEBOOKS)
        fresh, stored = _both(twin, notebook)
        carried = canon.with_texts(fresh, stored)
        if carried is None:
            print(f"{_name(twin):40} its code changed too: execute it")
            status = 1
        elif twins.differences(stored, carried):
            _replace(notebook, canon.dumps(carried))
            print(f"{_name(twin):40} written")
    return status


def _both(twin, notebook):
    """What the twin says and what is stored, None where nothing is."""
    fresh = twins.read_twin(twin)
    stored = twins.read_notebook(notebook) if notebook.exists() else None
    if stored and twins.is_edited(stored) and twins.differences(stored, fresh):
        raise Refused(
            f"{notebook} was edited, and its twin does not have that: carry it back with --from-notebook "
            f"{notebook}, or remove the file to write it anew"
        )
    return fresh, stored


def _client(notebook, folder):
    critical = ["--IPKernelApp.log_level=CRITICAL"]
    return kernel.client(notebook, folder, timeout=CELL_SECONDS, extra_arguments=critical)


class _Interruptible(asyncio.SelectorEventLoop):
    """Ctrl-C ends the command: nbclient would end one kernel with it, and the next notebook begin."""

    def add_signal_handler(self, *_):
        raise RuntimeError("signals end the command")


async def _execute_all(chosen, check):
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(twin):
        async with slots:
            start = time.monotonic()
            state, details = await _bring_up_to_date(twin, check)
        print(
            f"{_name(twin):40} {time.monotonic() - start:6.1f} s  {state}{details}",
            flush=True,
        )
        return state

    return await asyncio.gather(*map(one, chosen))


async def _bring_up_to_date(twin, check):
    notebook = twins.notebook_of(twin, NOTEBOOKS)
    try:
        text = await execute(twin, notebook)
    except (CellFailed, Refused) as error:
        if asyncio.current_task().cancelling():
            raise asyncio.CancelledError from None
        return "failed", f" in {error}" if isinstance(error, CellFailed) else f": {error}"
    if notebook.exists() and notebook.read_text(encoding="utf-8") == text:
        return "unchanged", ""
    if check:
        return "would change", ""
    _replace(notebook, text)
    return "written", ""


def _replace(path, text):
    written(path, lambda part: part.write_text(text, encoding="utf-8", newline="\n"))


def _readable(error):
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    return f"{type(error).__name__}: {plain}".replace("\n", "\n    ")


def _write_twin(given):
    notebook, folder = given.resolve(), NOTEBOOKS.resolve()
    if notebook.suffix != ".ipynb" or folder not in notebook.parents or not notebook.is_file():
        raise refused("--from-notebook", f"a notebook below {NOTEBOOKS}", str(given))
    read = twins.read_notebook(notebook)
    with saying(str(given)):
        twin, text = twins.twin_of(notebook, folder), twins.write(read)
        for number, cell in enumerate(twins.parse(text).cells):
            for fault in allowed.metadata_faults(cell):
                raise Refused(f"cell {number} {fault}")
    twin.parent.mkdir(parents=True, exist_ok=True)
    _replace(twin, text)
    name = notebook.relative_to(folder).with_suffix("").as_posix()
    print(f"wrote {NOTEBOOKS}/src/{name}.py; now execute it: python -m notebooks.tools.execute --only {name}")
    return 0


def _is_chosen(twin, only):
    return not only or any(part in _name(twin) for part in only)


def _name(twin):
    return twin.relative_to(NOTEBOOKS / "src").with_suffix("").as_posix()


def _parser():
    parser = command.parser("execute", __doc__)
    command.only(parser, "notebooks")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--check", action="store_true", help="write nothing; exit 1 naming what would change")
    about = "run nothing: store changed texts where no code changed"
    either.add_argument("--texts", action="store_true", help=about)
    about = "write the twin of this notebook"
    either.add_argument("--from-notebook", type=Path, metavar="PATH", help=about)
    return parser


if __name__ == "__main__":
    command.run(main)
