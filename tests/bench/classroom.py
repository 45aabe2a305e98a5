"""How long a class takes to be graded: submissions of one assignment that all differ.

    python -m tests.bench.classroom [--students 60] [--assignment A1] [--workers 2]

Each student has right and wrong answers of their own, from those that the tests keep. Seconds are by the
clock and depend on what else the machine does, so its load is said too; the processor time of programs that
a sandbox stops is counted nowhere.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import nbformat
import numpy as np
from nbformat import NotebookNode

from lrlib.classroom import build, demo, lists
from lrlib.classroom.course import Course
from lrlib.process import cores
from tests.bench.machine import about


def submissions(count: int, released: NotebookNode, assignment: str) -> dict[str, NotebookNode]:
    """Student -> what is handed in: for each exercise one of all answers there are, or the gap as it was."""
    rng, found = np.random.default_rng(0), demo.answers_of(assignment)
    asked = build.every_asked(nbformat.read(build.assignments()[assignment], as_version=4))
    gaps = {
        cell.metadata.nbgrader.grade_id: cell.source for cell in released.cells if "nbgrader" in cell.metadata
    }
    made = {}
    for number in range(count):
        chosen = {}
        for each in asked:
            name = f"{each.grade_id}-answer"
            given = gaps[name].partition(f"def {each.called}(")[0]
            every = [*found[each.name, "right"], *found[each.name, "wrong"]]
            pick = rng.integers(len(every) + 1)
            chosen[name] = f"{given}{every[pick]}" if pick < len(every) else gaps[name]
        made[f"student{number:03}"] = demo.filled(released, chosen)
        made[f"student{number:03}"].cells.append(nbformat.v4.new_code_cell(f"print({number})"))
    return made


def main(arguments: list[str] | None = None) -> None:
    """Print a line that says what was measured, where, and under which load."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--assignment", default="A1", help="part of its name")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    name = next(name for name in build.assignments() if options.assignment in name)
    with TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        build.build(root, [name])
        course = Course(root)
        released = nbformat.read(course.release(name), as_version=4)
        for student, notebook in submissions(options.students, released, name).items():
            place = root / "submitted" / student / name
            place.mkdir(parents=True)
            nbformat.write(notebook, place / f"{name}.ipynb")
        load, began = os.getloadavg()[0], perf_counter()
        command = [sys.executable, "-m", "lrlib", "course", "grade", "--workers", str(options.workers)]
        subprocess.run(command, cwd=root, check=True)
        seconds = perf_counter() - began
        points = [row["points"] for row in lists.rows(course, name)]
    where = about().replace("one core", f"{cores()} cores")
    print(
        f"{len(points)} submissions of {name} in {seconds / 60:.1f} min, {seconds / len(points):.1f} s each, "
        f"{options.workers} workers; points {min(points):g} to {max(points):g}; load before {load:.1f}, "
        f"after {os.getloadavg()[0]:.1f}; {where}"
    )


if __name__ == "__main__":
    main()
