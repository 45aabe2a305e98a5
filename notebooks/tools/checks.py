"""The page that says what is checked: `notebooks/CHECKS.md`, made from the notebooks as they are stored.

    python -m notebooks.tools.checks            write it
    python -m notebooks.tools.checks --check    write nothing, say whether it would change

Nothing is executed.
"""

from . import assignment, cells, command, evidence, figures, kernels, lesson, text, twins
from .command import NOTEBOOKS
from .form import read

PAGE = "CHECKS.md"
GOAL = 0.95  # of the cells that compute

PAGE_FORM = """\
# What is checked

Made by `python -m notebooks.tools.checks` from the stored notebooks; do not edit it.

`make test` executes every code cell below on two machine profiles ({machines}) and compares its outputs
with the stored ones: text to the letter, numbers to {relative:g} relative, figures to {step} of 255 in every
channel of every pixel. No cell is skipped; what shows its environment, named below, is not compared.
Kernels reach no network. `notebooks/tools/allowed.py` lists what a notebook may hold. The columns say what
there is to compare.

- *Computes, checked*: the cell computes something, and at least one output of it is compared.
- *Computes, not checked*: no output of its own is compared. Each is listed below with the reason.
- *Defines*: parameters, imports, functions, and names for literals; nothing is computed.
- *Exercise*: a gap for the learner, and the cell that answers. `tests/course/test_exercises.py` runs both
  with the solution, without it, and with every mistake that the exercise knows.
- *Explorer*: sliders. The stored output is one line of text; `make parameters` draws the picture with every
  slider at both ends, and `tests/notebooks/test_jupyterlab.py` moves sliders in a browser.

*Declared time* is the class that the first cell of a lesson promises at its default parameters.

{table}

**{checked} of {computing} cells that compute are checked, {share:.1%}; the goal is {goal:.0%} or more.**

## Cells that compute and are not checked

{unchecked}
"""


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = command.parser("checks", __doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it would change")
    options = parser.parse_args(arguments)
    page, made = NOTEBOOKS / PAGE, content(NOTEBOOKS)
    current = page.exists() and page.read_text(encoding="utf-8") == made
    if options.check:
        print(f"{page} is as generated" if current else f"would change {page}")
        return int(not current)
    if not current:
        page.write_text(made, encoding="utf-8", newline="\n")
        print(f"wrote {page}")
    return 0


def content(folder):
    """The text of the page for the notebooks folder."""
    all_of_them = {path: cells.census(read(path)) for path in twins.all_notebooks(folder)}
    found = {path: census for path, census in all_of_them.items() if census}  # a page may hold text alone
    checked, computing = totals(found)
    return PAGE_FORM.format(
        machines=" and ".join(f"`{name}`" for name in kernels.MACHINES),
        relative=text.RELATIVE,
        step=figures.CHANNEL_STEP,
        table=_table(found, folder),
        checked=checked,
        computing=computing,
        share=checked / computing,
        goal=GOAL,
        unchecked="\n".join(_unchecked(found, folder)) or "None.",
    )


def contract(path):
    """What the first cell of a notebook promises, and its faults."""
    if evidence.is_evidence(path):
        return evidence.contract(read(path))
    return (assignment if assignment.is_assignment(path) else lesson).contract(read(path))


def totals(found):
    """(checked cells, all cells) among those that compute; `found`: path -> census."""
    computing = [cell for census in found.values() for cell in census if cell.kind == "computing"]
    return sum(cell.is_checked for cell in computing), len(computing)


def _table(found, folder):
    head = ["notebook", "code cells", "computes, checked", "computes, not checked"]
    head += ["defines", "exercise", "explorer", "declared time"]
    rows = [_row(head), "|---|" + "---:|" * 7]
    sums = [0] * 6
    for path, census in found.items():
        counts = _counts(census)
        sums = [a + b for a, b in zip(sums, counts, strict=True)]
        promised, _ = contract(path)
        link = f"[{promised['title']}]({path.relative_to(folder).as_posix()})"
        rows.append(
            _row(
                [
                    link,
                    *counts,
                    f"under {promised['seconds']} s" if "seconds" in promised else "",
                ]
            )
        )
    return "\n".join([*rows, _row(["**all**", *(f"**{count}**" for count in sums), ""])])


def _counts(census):
    computing = [cell for cell in census if cell.kind == "computing"]
    checked = sum(cell.is_checked for cell in computing)
    others = [sum(c.kind == kind for c in census) for kind in ("definitions", "exercise", "explorer")]
    return [len(census), checked, len(computing) - checked, *others]


def _row(entries):
    return "| " + " | ".join(map(str, entries)) + " |"


def _unchecked(found, folder):
    for path, census in found.items():
        rest = [cell for cell in census if cell.kind == "computing" and not cell.is_checked]
        if rest:
            yield f"- {path.relative_to(folder).as_posix()}"
        for cell in rest:
            yield f"  - [{cell.number}] `` {cell.first_line} `` - {cell.reason or '**no reason is given**'}"


if __name__ == "__main__":
    command.run(main)
