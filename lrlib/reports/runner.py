"""Reports: a notebook run with parameters, published as an executed notebook, one HTML page and JSON.

Nothing runs before every parameter is known to be right, and nothing is published before everything worked.
What is finished of a report that was stopped is kept in its folder, and the same call goes on with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from lrlib.reports import asking, telling
from lrlib.reports.asking import Asked
from lrlib.reports.ends import ReportFailed, Stopped
from lrlib.reports.folder import Work, held
from lrlib.reports.loading import quickly
from lrlib.rules import Rule, check, such_that

Folder = Rule("a folder", such_that(Path, lambda path: path.parts))


def run(name: str, given: Mapping[str, object], out: str | Path, tell: telling.Tell | None = None) -> dict:
    """Run a report and publish report.ipynb, report.html and results.json in the folder `out`.

    given: parameter -> value, as `asked` reads them. tell: is called with each event, a dict with `state`,
    from a thread of its own; by default a bar on stderr shows them. Returns what is in results.json:

        report      its name
        parameters  name -> the value that was used
        about       date, commit, changed, machine, cores and versions of where it was computed
        summary     the answer, in lines
        found       what the notebook handed over

    Raises ValueError before anything runs; ReportFailed when the notebook stops midway: then the executed
    part is `out`/failed.ipynb and an earlier good report stays as it was; Stopped at a signal that asks to.
    Whatever ended it, even kill -9: the same call goes on with the training runs that were finished.
    """
    return start(asking.asked(name, given), out, tell)


def start(wanted: Asked, out: str | Path, tell: telling.Tell | None = None) -> dict:
    """Run a report that was asked for already, see `run`."""
    out = check("out", Folder, out).expanduser().resolve()
    with quickly():
        from lrlib.reports import execution  # not for a report that is refused

    with held(out, _key(wanted)) as work:
        shown = telling.on_a_bar(wanted.name) if tell is None else nullcontext(tell)
        try:
            with shown as tell:
                return execution.published(wanted, work, tell)
        except ReportFailed as failed:
            if failed.refused:
                work.forget()
            raise
        except KeyboardInterrupt:
            raise _stopped(work) from None


def _stopped(work: Work) -> Stopped:
    """What says what is left of a report that was stopped."""
    runs = work.finished()
    left = "an earlier report was left as it was"
    stopped = Stopped(f"{runs:,} finished runs are kept, {left}; this goes on:" if runs else left)
    stopped.finished = runs
    return stopped


def _key(wanted: Asked) -> str:
    """A name for a report with exactly these parameters, this notebook and these files."""
    digest = hashlib.sha256(json.dumps([wanted.name, wanted.settled], sort_keys=True, default=str).encode())
    for cell in wanted.notebook["cells"]:
        digest.update(cell["source"].encode(errors="surrogatepass") * (cell["cell_type"] == "code"))
    for file in wanted.files:
        digest.update(Path(file).read_bytes() if Path(file).is_file() else b"")
    return digest.hexdigest()[:12]
