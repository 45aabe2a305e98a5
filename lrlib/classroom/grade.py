"""Grade all that a class handed in: `python -m lrlib course grade`, in parallel, and on after a kill.

Workers run and mark submissions, each in a sandbox of its own, and keep what they found in `marked/`. This
process alone writes the gradebook, through nbgrader's own autograde, one student after the other; a file says
when a student's points are in it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from filelock import FileLock, Timeout
from nbgrader.converters import Autograde
from nbgrader.utils import capture_log

from lrlib.classroom import assess, lists, walls
from lrlib.classroom.course import Course
from lrlib.classroom.sandbox import Limits
from lrlib.data import written
from lrlib.process import live
from lrlib.rules import Refused


def grade(
    root: Path, assignment: str, workers: int = 1, unsafe: bool = False, again: Iterable[str] = ()
) -> dict[str, str]:
    """Grade an assignment; returns who could not be graded, with the reason: they keep what they had.

    again: students who are graded anew though nothing changed. Refused where there is nothing to grade.
    """
    course = Course(Path(root))
    protections = walls.protections(Limits(), walls.required(unsafe))
    assess.source_of(course.root, assignment)
    students = course.handed_in().get(assignment, [])
    if not students:
        raise Refused(f"nobody handed in {assignment}: there is no submitted/STUDENT/{assignment}")
    if strangers := sorted(set(again) - set(students)):
        raise Refused(f"--again: {', '.join(strangers)} did not hand in {assignment}")
    course.created(assignment)
    try:
        with FileLock(course.root / ".grading.lock", timeout=0):
            for student in again:
                course.kept(assignment, student).unlink(missing_ok=True)
                course.done(assignment, student).unlink(missing_ok=True)
            say("protections: " + "; ".join(protections))
            failed = _grade(course, assignment, students, workers, unsafe)
            lists.write_notes(course, assignment, students, failed)
    except Timeout:
        raise Refused("this course is being graded already; wait until that is over") from None
    return failed


def _grade(
    course: Course, assignment: str, students: list[str], workers: int, unsafe: bool
) -> dict[str, str]:
    due = [student for student in students if not course.is_done(assignment, student)]
    say(f"{assignment}: {len(students)} handed in, {len(students) - len(due)} graded before")
    count, failed = len(students) - len(due), {}
    for student, found in found_in_parallel(course, assignment, due, workers, unsafe):
        count += 1
        told = found if isinstance(found, str) else enter(course, assignment, student, found)
        if not course.is_done(assignment, student):
            failed[student] = told
        say(f"{count}/{len(students)} {student}: {told}")
    return failed


def found_in_parallel(
    course: Course, assignment: str, due: list[str], workers: int, unsafe: bool
) -> Iterator[tuple[str, assess.Assessed | str]]:
    """(student, what was found, or why nothing was) as it comes; a worker that dies takes nobody with it.

    When one dies, whose result was not there yet is tried again, each with a worker of its own.
    """
    alone = []
    for student, found in _at_once(course, assignment, due, workers, unsafe):
        if found is None:
            alone.append(student)
        else:
            yield student, found
    for student in alone:
        for _, found in _at_once(course, assignment, [student], 1, unsafe):
            yield student, found or "not graded: the process that marked it died"


def _at_once(course: Course, assignment: str, due: list[str], workers: int, unsafe: bool) -> Iterator[tuple]:
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        running = {
            pool.submit(assess.in_course, course.root, assignment, student, unsafe): student
            for student in due
        }
        for future in as_completed(running):
            yield running[future], _result(future)
    finally:
        pool.shutdown(cancel_futures=True)  # when it is stopped, nobody waits for those who come later


def _result(future: Future) -> assess.Assessed | str | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except Exception as error:
        return f"not graded: {error or type(error).__name__}"


def enter(course: Course, assignment: str, student: str, found: assess.Assessed) -> str:
    """Put what was found into the gradebook, with nbgrader's autograde; says so in words.

    Doing it twice gives the same gradebook. A file that says it is done comes last.
    """
    converter = Autograde(coursedir=course.directory(assignment, student), config=course.config, force=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SQLAlchemy, about how nbgrader uses it
        ended = capture_log(converter)
    if not ended["success"]:
        said = (ended.get("error") or ended.get("log") or "nbgrader does not say why").strip().splitlines()
        return f"not graded: {said[-1][:300]}"
    written(course.done(assignment, student), lambda part: part.write_text(found.digest))
    return f"{sum(found.points.values())} points, {found.seconds:.0f} s" + _noted(len(found.notes))


def _noted(count: int) -> str:
    return f", {count} note{'s' * (count > 1)}" if count else ""


def say(line: str) -> None:
    """A line on standard output now, in ASCII."""
    live(line.encode("ascii", "backslashreplace").decode())
