"""`python -m lrlib report`: from what was typed to a folder with a report."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lrlib import process, reports
from lrlib.reports import loading
from lrlib.rules import Refused

Tell = Callable[[dict], object]


def run(options: argparse.Namespace) -> int:
    """The exit status; with --json, how it ends is told whatever that is."""
    if not options.json:
        return _run(options, None)
    begun = time.monotonic()

    def tell(event: dict) -> None:
        process.live(json.dumps({**event, "seconds": round(time.monotonic() - begun, 1)}))

    try:
        return _run(options, tell)
    except (Exception, KeyboardInterrupt) as error:
        tell(_ended(error, options))
        raise


def help_on(name: str | None) -> str:
    """The parameters of a report, or which reports there are."""
    return reports.describe(name) if name else f"reports: {', '.join(reports.names())}"


def _run(options: argparse.Namespace, tell: Tell | None) -> int:
    if options.name is None:
        raise Refused(f"which report? {help_on(None)}; python -m lrlib report --help says more")
    with loading.shared() as loaded:
        return _ran(reports.asked(options.name, _given(options), loaded), options, tell)


def _ran(wanted: reports.Asked, options: argparse.Namespace, tell: Tell | None) -> int:
    out = Path("build", "reports", options.name) if options.out is None else options.out
    try:
        with process.stoppable():
            found = reports.start(wanted, out, _telling(wanted, tell))
    except reports.Stopped as stopped:
        options.stopped, options.then = f"; {stopped}", _again(options) if stopped.finished else ""
        raise
    summary = [*_example(wanted), *found["summary"]]
    if tell is None:
        print("\n".join([*(reports.plain(line, 1000) for line in summary), f"{out}/report.html"]))
    else:
        files = [str(Path(out).expanduser().resolve() / file) for file in reports.FILES]
        tell({"state": "done", "files": files, "summary": summary})
    return 0


def _example(wanted: reports.Asked) -> list[str]:
    """The line that says of a report about files that it was given none."""
    return [f"An example: no {' or '.join(wanted.example)} was given (-p)."] if wanted.example else []


def _given(options: argparse.Namespace) -> dict[str, object]:
    """The parameters of the file, and of the line, which goes before it."""
    from_line: dict[str, list[str]] = {}
    for name, value in options.given:
        from_line.setdefault(name, []).append(value)
    return ({} if options.file is None else reports.read_yaml(options.file)) | from_line


def _telling(wanted: reports.Asked, tell: Tell | None) -> Tell | None:
    """What passes events on; the cost, which takes a trial, is said before anything starts."""
    cost = "" if wanted.cost is None else wanted.cost.said
    if tell is not None:
        return lambda event: tell({**event, "cost": cost} if event["state"] == "starting" else event)
    if cost:
        print(cost, file=sys.stderr)
    return None


def _ended(error: BaseException, options: argparse.Namespace) -> dict:
    """The event of an end that is none."""
    if isinstance(error, KeyboardInterrupt):
        said = {"error": f"stopped{options.stopped}", "status": process.STOPPED}
        return {"state": "stopped", **said, "again": _again(options)}
    status = 2 if isinstance(error, ValueError | ModuleNotFoundError) else 1
    return {"state": "failed", "error": " ".join(str(error).split()), "status": status}


def _again(options: argparse.Namespace) -> str:
    return shlex.join(["python", "-m", "lrlib", *options.line])
