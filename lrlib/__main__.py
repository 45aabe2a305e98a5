"""Command line: run a report, compute a stored sweep, list the claims, copy the lessons, draw a schedule.

python -m lrlib report shootout -p steps 800 -p n_seeds 16 --out DIR
python -m lrlib batch grid.yaml --out DIR
python -m lrlib sweep shapes-digits
python -m lrlib claims --verdict "cannot tell"
python -m lrlib course build DIR
python -m lrlib lessons
python -m lrlib schedules
python -m lrlib presets hf
python -m lrlib plot "linear(0, 1, 30) >> cosine(1, 0, 570)"
"""

from __future__ import annotations

from lrlib import process

if __name__ == "__main__":  # before the imports that take time
    process.handle(process.stop_at_once)

import argparse
import inspect
import itertools
import logging
import sys
from math import inf
from pathlib import Path

from lrlib import __version__
from lrlib.batch import FORM
from lrlib.checkout import ROOT, NoCheckout, needed
from lrlib.process import failed, stoppable
from lrlib.rules import lacking

STEPS = 600  # what T stands for, and how many steps are drawn, where nothing else is said
MOST_STEPS = 10_000_000
JSON = """\
A report that was stopped, by Ctrl-C, SIGTERM or even kill -9, is gone on with by the same command: finished
training runs are kept in --out until it is published. Exit status: 0 done, 1 failed midway, 2 wrong
parameters, 130 stopped.

With --json, standard output is one JSON object a line, each with a state and the seconds since the start:
  {"state": "starting", "report": NAME, "finished": runs that are kept of an earlier start, "cost": TEXT}
  {"state": "running", "done": runs, "total": runs, "what": TEXT}
  {"state": "done", "files": [report.ipynb, report.html, results.json], "summary": [TEXT]}
  {"state": "failed", "error": TEXT, "status": 1 or 2}
  {"state": "stopped", "error": TEXT, "status": 130, "again": the command that goes on}
The last line is one of the last three. Errors are on standard error as well, as without --json.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit status: 0 done, 1 failed midway, 2 wrong arguments, 130 stopped.

    What nobody expected is one line too; `python -X dev -m lrlib` shows where it was.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments, argparse.Namespace(line=arguments, then=""))
    try:
        return options.command(options)
    except ModuleNotFoundError as error:
        return failed(f"{lacking(error, 'this')}, or all that lrlib's requirements.txt lists", 2)
    except (ValueError, NoCheckout) as error:
        return failed(error, 2)
    except (RuntimeError, MemoryError, OSError) as error:
        return failed(str(error) or type(error).__name__, 1)
    except KeyboardInterrupt:
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # or it tells how the cell's task ended
        status = failed(f"stopped{options.stopped}", process.STOPPED, said="")
        return failed(options.then, status, said="", longest=inf) if options.then else status
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        return failed(f"{type(error).__name__}: {error} (python -X dev -m lrlib ... shows where)", 1)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        self.exit(failed(f"{message}; {self.prog} --help says more", 2))


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m lrlib",
        description="Run a report, compute a stored sweep, list the schedules there are, draw one.",
        epilog="Each command has its own --help. schedules, presets and plot work wherever lrlib is "
        "installed; the others need a clone of its repository.",
    )
    parser.add_argument("--version", action="version", version=f"lrlib {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command, about: str, stopped: str = "", **options) -> _Parser:
        added = commands.add_parser(name, help=about, description=about, **options)
        added.set_defaults(command=command, stopped=stopped, parser=added)
        return added

    _add_report(add)
    _add_batch(add)
    _add_sweep(add)
    _add_claims(add)
    _add_course(add)
    own = add("lessons", _lessons, "make your own copies of the lessons, without answers, in notebooks/mine")
    own.add_argument("name", nargs="?", help="show what changed in this lesson since your copy was made")
    own.add_argument("--reset", action="store_true", help="begin NAME anew; what you had is kept beside it")
    add("schedules", _schedules, "list the catalogue of schedules, with an example of each")
    listed = add("presets", _presets, "list the schedules by the names and conventions of other libraries")
    listed.add_argument("library", nargs="?", help="only those of this library, such as hf")
    draw = add("plot", _plot, "draw a schedule, given as text, into a PNG file")
    draw.add_argument("text", help="a schedule, such as the examples that `schedules` lists")
    draw.add_argument("--steps", type=_count("steps", MOST_STEPS), metavar="N", help="steps to draw, and T in"
                      f" the text (default: the schedule's own length, or {STEPS})")  # fmt: skip
    draw.add_argument("--out", metavar="FILE", default="build/schedule.png", help="default: %(default)s")
    return parser


def _add_report(add) -> None:
    run = add("report", _report, "run a report with parameters", "; an earlier report was left as it was",
              add_help=False, epilog=JSON, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    run.add_argument("name", nargs="?", help="which report; -h lists them")
    run.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), dest="given",
                     help="a parameter; repeat for each, and for each item of a list")  # fmt: skip
    run.add_argument("-f", metavar="FILE", dest="file", help="parameters from a YAML file; -p goes before it")
    run.add_argument("--out", metavar="DIR", help="folder for the report (default: build/reports/NAME)")
    run.add_argument("--json", action="store_true",
                     help="tell on standard output, in lines of JSON, how far it is; see below")  # fmt: skip
    run.add_argument("-h", "--help", action="store_true", help="list the reports, or the parameters of one")


def _add_batch(add) -> None:
    many = add("batch", _batch, "run many reports from one file", epilog=FORM,
               formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    many.add_argument("grid", metavar="FILE", help="which reports, in YAML; see below")
    many.add_argument("--out", metavar="DIR", required=True, help="folder of the reports, each in its own")
    many.add_argument("--workers", type=_count("workers", 1024), metavar="N",
                      help="reports at once on this machine (default: one a core)")  # fmt: skip
    many.add_argument("--scheduler", metavar="ADDRESS",
                      help="run them on a Dask cluster instead, such as tcp://host:8786")  # fmt: skip
    many.add_argument("--retries", type=int, choices=range(10), default=2, metavar="N",
                      help="how often to try a report again that fails (default: %(default)s)")  # fmt: skip
    many.add_argument("--json", action="store_true", help="tell progress as lines of JSON on standard output")


def _add_sweep(add) -> None:
    stored = add("sweep", _sweep, "compute a stored sweep again, into data/sweeps",
                 "; the same command goes on where it was")  # fmt: skip
    stored.add_argument("name", nargs="?", help="which sweep; without it, list them")
    stored.add_argument("--workers", type=_count("workers", 256), default=2, metavar="N",
                        help="processes (default: %(default)s)")  # fmt: skip
    stored.add_argument("--most-updates", type=_count("updates", 10**15), default=10**8, metavar="N",
                        help="refuse a sweep that may need more (default: %(default)s)")  # fmt: skip


def _add_claims(add) -> None:
    listed = add("claims", _claims, "list published claims and what was measured of them, or show one")
    listed.add_argument("name", nargs="?", metavar="ID", help="which claim; without it, list them")
    listed.add_argument("--verdict", help="list only those of this verdict, such as 'cannot tell'")
    listed.add_argument(
        "--measure", action="store_true", help="measure ID now, as its protocol says, and store it"
    )
    listed.add_argument(
        "--page", metavar="FILE", help="write the register as a page of HTML that can be sorted"
    )


def _add_course(add) -> None:
    from lrlib.classroom import command

    made = add("course", None, "run a class with nbgrader: build a course folder, grade, list the grades")
    command.add(made.add_subparsers(required=True, metavar="COMMAND"))


def _count(of: str, most: int):
    def count(text: str) -> int:
        try:
            number = int(text) if text.isascii() else 0
        except ValueError:
            number = 0
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(f"{of} must be a whole number 1..{most}, got {text[:80]!r}")
        return number

    return count


def _schedules(options: argparse.Namespace) -> int:
    from lrlib.schedules import catalogue

    entries = catalogue()
    width = max(len(entry.name) for entry in entries)
    for family, group in itertools.groupby(entries, key=lambda entry: entry.family):
        print(f"\n{family.capitalize()}")
        for entry in group:
            print(f"  {entry.name:{width}}  {entry.example}\n  {'':{width}}    {entry.origin}")
    print("\nT is the number of steps. Draw one: python -m lrlib plot TEXT --steps N")
    print("By the names and conventions of other libraries: python -m lrlib presets")
    return 0


def _presets(options: argparse.Namespace) -> int:
    from lrlib.rules import Refused, unknown
    from lrlib.schedules import presets

    if options.library not in (None, *presets.LIBRARIES):
        raise Refused(unknown("library", options.library, presets.LIBRARIES))
    for name in presets.names():
        if options.library in (None, name.split(".")[0]):
            given = inspect.signature(presets.PRESETS.find(name)).parameters.values()
            said = ", ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in given)
            print(f"{name}({said})")
    print("\nEvery argument is given by its name: python -m lrlib plot 'hf.cosine(total_steps=T)'")
    return 0


def _plot(options: argparse.Namespace) -> int:
    from lrlib.rules import Refused, refused
    from lrlib.schedules.text import parse

    schedule = parse(options.text, T=options.steps or STEPS)
    steps = options.steps or (int(schedule.steps) + 1 if 0 < schedule.steps < inf else STEPS)
    if steps > MOST_STEPS:
        raise refused("steps", f"at most {MOST_STEPS}", steps)
    schedule.values(steps)
    out = Path(options.out).expanduser()
    if not out.suffix:
        raise refused("--out", "a file such as schedule.png", options.out)
    from lrlib import plot  # imports matplotlib

    picture = plot.schedules([schedule], steps, str(schedule), f"The rate at steps 0 to {steps - 1}.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        picture.save(out)
    except OSError as error:
        raise Refused(f"--out {out}: {error.strerror or error}") from None
    print(out)
    return 0


def _sweep(options: argparse.Namespace) -> int:
    needed(ROOT / "data" / "sweeps")
    from lrlib.evidence import defined

    given = defined.given()
    if options.name is None:
        for name in sorted(given):
            print(f"{name:20}  {given[name].get('about', '')}")
        return 0
    asked = defined.parts(options.name, given)
    from lrlib.evidence import sweeps  # imports torch
    from lrlib.reports import budget

    for name in asked:
        cost = budget.of_sweep(sweeps.definition(name))
        budget.refuse_beyond(options.most_updates, *cost, "--most-updates")
        print(budget.roughly(*cost), file=sys.stderr)
        with stoppable():
            print(sweeps.write(name, options.workers))
    return 0


def _claims(options: argparse.Namespace) -> int:
    needed(ROOT / "data" / "claims.yaml")
    from lrlib.evidence import claims, verdicts
    from lrlib.rules import Refused, unknown

    if options.measure and options.name is None:
        raise Refused("--measure needs the id of a claim")
    if options.name is not None:
        claims.get(options.name)
        if options.measure:
            with stoppable():
                print(claims.write(options.name), file=sys.stderr)
        print(claims.judged(options.name).described)
        return 0
    if options.page is not None:
        from lrlib.reports import register

        print(register.write(options.page))
        return 0
    word = options.verdict and options.verdict.upper()
    if word not in (None, *verdicts.VERDICTS):
        raise Refused(unknown("verdict", options.verdict, verdicts.VERDICTS))
    for name, claim in claims.register().items():
        found, mark = claims.judged(name).verdict.word, "*" * claim.protocol.was_known
        if word in (None, found):
            print(f"{name:46}  {found:14}  {mark:1}  {claim.statement}")
    print(
        "\n* of the outcome, or of what is like it, something was known when the protocol was fixed; "
        "python -m lrlib claims ID says what"
    )
    return 0


def _lessons(options: argparse.Namespace) -> int:
    needed(ROOT / "notebooks" / "lessons")
    from lrlib.course.copies import Copies
    from lrlib.rules import Refused

    copies = Copies()
    name = options.name and copies.named(options.name)
    if options.reset:
        if name is None:
            raise Refused("--reset needs the name of a lesson")
        kept = copies.reset(name)
        print(f"{name} is as new" + (f"; yours is kept as {kept}" if kept else ""))
    elif name is not None:
        print(copies.changes(name) or f"{name} is as it was when your copy was made")
    else:
        print(f"{len(copies.make())} of {len(copies.names())} notebooks copied to {copies.folder}")
        for each in copies.names():
            if (state := copies.state(each)) != "as it was made":
                print(f"  {each:34}  {state}")
        print("make lab opens them, index first. python -m lrlib lessons NAME shows what changed since;")
        print("with --reset it begins NAME anew, and keeps yours beside it.")
    return 0


def _report(options: argparse.Namespace) -> int:
    if options.help:
        options.parser.print_help()
    needed(ROOT / "notebooks" / "reports")
    from lrlib.reports import command

    if not options.help:
        return command.run(options)
    print("\n" + command.help_on(options.name))
    return 0


def _batch(options: argparse.Namespace) -> int:
    needed(ROOT / "notebooks" / "reports")
    from lrlib.batch import command

    return command.run(options)


if __name__ == "__main__":
    sys.exit(process.run(main))
