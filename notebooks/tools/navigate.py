"""What is generated, never typed: links between lessons, the page that leads to them, the README's tables.

    python -m notebooks.tools.navigate            write them
    python -m notebooks.tools.navigate --check    write nothing, name what would change

The last cell of each lesson is tagged `navigation` and links to the lessons before and after, and to the page
that `index` makes; that of a notebook of evidence links to the register.
The picture of the README is the first figure of the shoot-out report, as stored.
"""

import base64
from pathlib import Path

from . import command, index, twins
from .command import NOTEBOOKS

MARK = '\n# %% [markdown] tags=["navigation"]\n'
REPORT = NOTEBOOKS / "reports" / "shootout.ipynb"
PICTURE = NOTEBOOKS / "reports" / "shootout.png"
LESSONS = "# [All lessons](../lessons/index.ipynb)\n"
EVIDENCE = "# [All claims](register.ipynb) | [All lessons](../lessons/index.ipynb)\n"
README = Path("README.md")
TABLE = (
    "<!-- lessons, written by notebooks.tools.navigate -->\n",
    "<!-- end of lessons -->\n",
)
CLASS = (
    "<!-- assignments, written by notebooks.tools.navigate -->\n",
    "<!-- end of assignments -->\n",
)


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = command.parser("navigate", __doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 naming what would change")
    options = parser.parse_args(arguments)
    changed = [path for path, content in generated().items() if not _is(path, content)]
    if options.check:
        print("\n".join(f"would change {path}" for path in changed) or "links and picture are as generated")
        return int(bool(changed))
    for path in changed:
        path.write_bytes(generated()[path])
        print(f"wrote {path}")
    return 0


def generated():
    """Path -> bytes of everything generated here, made from the files as they are."""
    known, made = index.lessons(), {}
    paths = [NOTEBOOKS / "src" / "lessons" / each.file.replace(".ipynb", ".py") for each in known.values()]
    for i, twin in enumerate(paths):
        before = paths[i - 1] if i else None
        after = paths[i + 1] if i + 1 < len(paths) else None
        text = twin.read_text(encoding="utf-8").split(MARK)[0].rstrip("\n")
        made[twin] = f"{text}\n{MARK}{_links(before, after)}".encode()
    for twin in sorted((NOTEBOOKS / "src" / "evidence").glob("*.py")):
        text = twin.read_text(encoding="utf-8").split(MARK)[0].rstrip("\n")
        made[twin] = f"{text}\n{MARK}{EVIDENCE if twin.stem != 'register' else LESSONS}".encode()
    made |= index.generated(known)
    if README.exists():
        tables = index.readme(known, f"{NOTEBOOKS.as_posix()}/lessons/")
        text = with_tables(README.read_text(encoding="utf-8"), tables)
        made[README] = with_tables(text, index.assignments(), CLASS).encode()
    if REPORT.exists():
        made[PICTURE] = first_figure(REPORT)
    return made


def with_tables(text, tables, marks=TABLE):
    """A text with these tables between two marks."""
    start, end = marks
    before, _, rest = text.partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"README.md needs the lines {start.strip()!r} and {end.strip()!r}")
    return f"{before}{start}\n{tables}\n\n{end}{after}"


def first_figure(notebook):
    """The bytes of the first PNG among a notebook's stored outputs."""
    cells = twins.read_notebook(notebook).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    figures = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return base64.b64decode(figures[0])


def title(twin):
    """The first heading of a twin."""
    lines = twin.read_text(encoding="utf-8").split("\n")
    return next(line.removeprefix("# # ") for line in lines if line.startswith("# # "))


def _links(before, after):
    links = [f"[Previous: {title(before)}]({before.stem}.ipynb)"] if before else []
    links += [f"[All lessons]({index.NAME}.ipynb)"]
    links += [f"[Next: {title(after)}]({after.stem}.ipynb)"] if after else []
    return "# " + " | ".join(links) + "\n"


def _is(path, content):
    return path.exists() and path.read_bytes() == content


if __name__ == "__main__":
    command.run(main)
