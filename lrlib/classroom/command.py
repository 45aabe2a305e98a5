"""The commands of `python -m lrlib course`; what each needs is imported when it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from lrlib.checkout import ROOT, needed
from lrlib.process import cores, stoppable

ASSIGNMENTS = ROOT / "notebooks" / "assignments"


def add(commands) -> None:
    """Add them to the subparsers of `course`."""
    made = _command(commands, "build", _build, "make a course folder for nbgrader")
    made.add_argument("out", metavar="OUT", type=Path, help="a folder that does not exist yet")
    made.add_argument("--only", nargs="+", metavar="PART", help="assignments whose name contains PART")
    packed = _command(commands, "pack", _pack, "write pages for teachers: solutions, misconceptions, timing")
    packed.add_argument("out", metavar="OUT", type=Path, help="a folder that does not exist yet")
    packed.add_argument("--only", nargs="+", metavar="PART", help="assignments whose name contains PART")
    graded = _command(commands, "grade", _grade, "grade what was handed in, each in a sandbox")
    graded.add_argument("assignment", nargs="?", help="which; without it, all that were handed in")
    _add_folder(graded)
    graded.add_argument("--workers", type=_workers, metavar="N", default=cores(),
                        help="submissions at once (default: one a core)")  # fmt: skip
    graded.add_argument("--again", nargs="+", metavar="STUDENT", default=[], help="grade these anew")
    graded.add_argument("--unsafe", action="store_true",
                        help="without bubblewrap: what students wrote may do what you may do")  # fmt: skip
    listed = _command(commands, "grades", _grades, "write all grades as Moodle and Canvas import them")
    _add_folder(listed)
    shown = _command(commands, "demo", _demo, "a whole cycle with five students whose work differs")
    shown.add_argument("out", metavar="OUT", type=Path, help="a folder that does not exist yet")


def _add_folder(parser: argparse.ArgumentParser) -> None:
    about = "the course folder (default: here)"
    parser.add_argument("--course", metavar="DIR", type=Path, default=Path("."), help=about)


def _command(commands, name: str, run, about: str) -> argparse.ArgumentParser:
    added = commands.add_parser(name, help=about, description=about)
    added.set_defaults(command=run, parser=added, stopped="; the same command goes on where it was")
    return added


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"workers must be a whole number 1..64, got {text[:80]!r}")
    return int(text)


def _build(options: argparse.Namespace) -> int:
    needed(ASSIGNMENTS)
    from lrlib.classroom import build

    names = build.build(options.out, options.only)
    count = f"{len(names)} assignment{'s' * (len(names) > 1)}"
    print(f"{options.out} is a course folder with {count}; next, in it:")
    print("  nbgrader db student import roster.csv     (replace the roster by yours)")
    print(f"  nbgrader generate_assignment {names[0]}")
    print("its README.md says what follows")
    return 0


def _pack(options: argparse.Namespace) -> int:
    needed(ASSIGNMENTS)
    from lrlib.classroom import pack

    *_, index = pack.write(options.out, options.only)
    print(index)
    return 0


def _grade(options: argparse.Namespace) -> int:
    from lrlib.classroom import course, grade, lists

    there, failed = course.Course(options.course), {}
    for assignment in [options.assignment] if options.assignment else there.handed_in():
        with stoppable():
            failed |= grade.grade(options.course, assignment, options.workers, options.unsafe, options.again)
        print("\n".join(lists.table(there, assignment)))
        print(f"notes: {there.root / 'notes' / assignment}.md")
    if failed:
        raise RuntimeError(f"not graded: {', '.join(failed)}; the same command tries them again")
    return 0


def _grades(options: argparse.Namespace) -> int:
    from lrlib.classroom import course, lists

    there = course.Course(options.course)
    for path in lists.write(there):
        print(f"wrote {path}")
    if strangers := lists.unidentified(there):
        print(f"with no lms_user_id and no email in the roster: {', '.join(strangers)}; Moodle and Canvas")
        print("cannot tell whose points these are: complete roster.csv, and import it again")
    return 0


def _demo(options: argparse.Namespace) -> int:
    needed(ASSIGNMENTS)
    from lrlib.classroom import demo

    with stoppable():
        print("\n".join(demo.run(options.out)))
    return 0
