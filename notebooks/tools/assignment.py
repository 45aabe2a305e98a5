"""The form of an instructor notebook of `notebooks/assignments`, from which a student's release is made."""

import re

from . import lesson

TERMS = re.compile(
    r"^Needs (?P<needs>.+) - (?P<minutes>\d+) min - (?P<points>\d+) points"
    r" - computes in under (?P<seconds>\d+) s - (CPU|GPU)$"
)


def is_assignment(path):
    """Whether this is an instructor notebook."""
    return path.parent.name == "assignments"


def contract(notebook):
    """What the first cell says - "title", "promise", "needs", "minutes", "points" ... - and its faults."""
    first = notebook.cells[0].source if notebook.cells[0].cell_type == "markdown" else ""
    title, promise, terms, *rest = [*re.split(r"\n\s*\n", first.strip()), "", "", ""]
    promised, agreed = lesson.PROMISE.match(promise), TERMS.match(terms)
    found, wrong = {"title": title.removeprefix("# ")}, []
    if not title.startswith("# "):
        wrong.append("the first cell does not start with `# ` and the title")
    if promised:
        found["promise"] = " ".join(promised[1].split())
    else:
        wrong.append("the second paragraph is not `*After this you can ... .*`")
    if agreed:
        found |= agreed.groupdict()
    else:
        wrong.append("the third is not `Needs ... - NN min - NN points - computes in under N s - CPU`")
    if any(rest):
        wrong.append("the first cell says more than title, promise and terms")
    return found, wrong
