"""Command line: run a report, compute a stored sweep, list the catalogue of schedules, draw one.

python -m lrlib report shootout -p steps 800 -p n_seeds 16 --out DIR
python -m lrlib sweep shapes-digits
python -m lrlib schedules
python -m lrlib plot "linear(0, 1, 30) >> cosine(1, 0, 570)"
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import threading
from math import inf
from pathlib import Path

STEPS = 600  # what T stands for, and how many steps are drawn, where nothing else is said
MOST_STEPS = 10_000_000


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 failed midway, 2 wrong arguments, 130 stopped."""
    parser = argparse.ArgumentParser(prog="python -m lrlib", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("report", add_help=False, help="run a report with parameters")
    run.add_argument("name", nargs="?", help="which report; -h lists them")
    run.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given",
                     help="a parameter; repeat for each, and for each item of a list")  # fmt: skip
    run.add_argument("-f", metavar="FILE", dest="file", help="parameters from a YAML file; -p goes before it")
    run.add_argument("--out", metavar="DIR", help="folder for the report (default: build/reports/NAME)")
    run.add_argument("-h", "--help", action="store_true", help="list the reports, or the parameters of one")
    stored = commands.add_parser("sweep", help="compute a stored sweep again, into data/sweeps")
    stored.add_argument("name", nargs="?", help="which sweep; without it, list them")
    stored.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes (default: %(default)s)"
    )
    commands.add_parser("schedules", help="list the catalogue of schedules, with an example of each")
    draw = commands.add_parser("plot", help="draw a schedule, given as text, into a PNG file")
    draw.add_argument("text", help="a schedule, such as the examples that `schedules` lists")
    draw.add_argument("--steps", type=_steps, metavar="N", help=f"steps to draw, and T in the text (default: "
                      f"the schedule's own length, or {STEPS})")  # fmt: skip
    draw.add_argument("--out", metavar="FILE", default="build/schedule.png", help="default: %(default)s")
    options = parser.parse_args(arguments)
    if options.command == "schedules":
        return _schedules()
    if options.command == "plot":
        return _plot(options)
    if options.command == "sweep":
        return _sweep(options)
    return _report(run, options)


def _schedules() -> int:
    from lrlib.schedules import catalogue

    entries = catalogue()
    width = max(len(entry.name) for entry in entries)
    for family, group in itertools.groupby(entries, key=lambda entry: entry.family):
        print(f"\n{family.capitalize()}")
        for entry in group:
            print(f"  {entry.name:{width}}  {entry.example}\n  {'':{width}}    {entry.origin}")
    print("\nT is the number of steps. Draw one: python -m lrlib plot TEXT --steps N")
    return 0


def _plot(options: argparse.Namespace) -> int:
    from lrlib import plot
    from lrlib.schedules import parse

    try:
        schedule = parse(options.text, T=options.steps or STEPS)
        steps = options.steps or (_steps(schedule.steps + 1) if 0 < schedule.steps < inf else STEPS)
        Path(options.out).parent.mkdir(parents=True, exist_ok=True)
        picture = plot.schedules([schedule], steps, str(schedule), f"The rate at steps 0 to {steps - 1}.")
        picture.save(options.out)
    except (ValueError, OSError, argparse.ArgumentTypeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(options.out)
    return 0


def _sweep(options: argparse.Namespace) -> int:
    from lrlib.evidence import sweeps

    if not options.name:
        for name in sweeps.names():
            print(f"{name:20}  {sweeps.definition(name).about}")
        return 0
    try:
        print(sweeps.write(options.name, options.workers))
    except (ValueError, OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        return 130
    return 0


def _steps(text: str | float) -> int:
    allowed = f"a whole number 1..{MOST_STEPS}, got {text}"
    try:
        steps = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"steps must be {allowed}") from None
    if not 1 <= steps <= MOST_STEPS:
        raise argparse.ArgumentTypeError(f"steps must be {allowed}")
    return steps


def _report(run: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from lrlib import reports

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.help or not options.name:
            run.print_help()
            names = ", ".join(reports.names())
            print("\n" + (reports.describe(options.name) if options.name else f"reports: {names}"))
            return 0 if options.help else 2
        return _run(reports, options)
    except reports.ParameterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except reports.ReportFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; an earlier report was left as it was", file=sys.stderr)
        return 130


def _run(reports, options: argparse.Namespace) -> int:
    given = reports.read_yaml(options.file) if options.file else {}
    from_line: dict[str, list[str]] = {}
    for name, value in options.given:
        from_line.setdefault(name, []).append(value)
    out = options.out or f"build/reports/{options.name}"
    found = reports.run(options.name, {**given, **from_line}, out)
    if found.get("ranking"):
        print("    loss  difference to the reference, 95 %  verdict")
    for row in found.get("ranking", ()):
        interval = f"{row['difference']:+.4f} [{row['ci_low']:+.4f}, {row['ci_high']:+.4f}]"
        shown = interval if row["verdict"] != "reference" else ""
        verdict = f"{row['verdict']:12s}  peak {row['base_lr']:<8g} {row['schedule']}"
        print(f"{row['loss']:8.4f}  {shown:31s}  {verdict}")
    print(f"\n{out}/report.html")
    return 0


if __name__ == "__main__":
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)
