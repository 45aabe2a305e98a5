"""The page that leads to the lessons: from a question, from a section of an introduction, from a word.

`navigate` makes it from what each lesson says of itself in its first cell, and from two files that people
write, in `notebooks/src`: `index.toml` has a line for each lesson below each question and section,
`glossary.toml` the words. A lesson that does not exist yet is left out.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat

from . import assignment, canon, lesson, twins
from .command import NOTEBOOKS

NAME = "index"
OPENING = """\
# The course on one page

Each lesson asks before it answers, shows the rate that was really used, and lets you try. Together they take
about {hours} hours. Begin with {first}; after that, follow the numbers, or start from a
[question](#Five-questions), from the [section of an introduction](#From-an-introduction-to-the-lessons) that
you have read, from the [list](#All-lessons), or from a [word](#Words).

Beside the lessons stands [the register of claims](../evidence/register.ipynb): what is said about schedules,
and what of it holds when it is measured again."""
SECTIONS = """\
## From an introduction to the lessons

Most introductions to learning rates have these sections. Here is what stands behind each."""
WORDS = """\
## Words

One word for one thing, as the lessons use it. The number leads to the lesson that explains the word first."""


@dataclass(frozen=True)
class Lesson:
    """A lesson as the page shows it. said: what its first cell says, in the form of `lesson.contract`."""

    file: str
    said: dict

    @property
    def key(self):
        """What the two files call it: its number, or its name where it has none."""
        stem = Path(self.file).stem
        return stem[:2] if stem[:2].isdigit() else stem

    def link(self, words=None, folder=""):
        """A link to it, from a page beside it or one that has it in `folder`."""
        return f"[{words or self.said['title']}]({folder}{self.file})"


def lessons():
    """The lessons there are, by key, in order."""
    found = sorted(twin for twin in (NOTEBOOKS / "src" / "lessons").glob("*.py") if twin.stem != NAME)
    made = [Lesson(f"{twin.stem}.ipynb", _said(twin)) for twin in found]
    return {each.key: each for each in made}


def written(name):
    """What people wrote for the page: "index" or "glossary"."""
    return tomllib.loads((NOTEBOOKS / "src" / f"{name}.toml").read_text(encoding="utf-8"))


def generated(known):
    """Path -> bytes of the page, as text and as notebook; `known`: the lessons by key."""
    cells = [nbformat.v4.new_markdown_cell(text) for text in page(known)]
    text = twins.write(nbformat.v4.new_notebook(cells=cells))
    folder = Path("lessons")
    return {
        NOTEBOOKS / "src" / folder / f"{NAME}.py": text.encode(),
        NOTEBOOKS / folder / f"{NAME}.ipynb": canon.dumps(twins.parse(text)).encode(),
    }


def page(known):
    """The texts of the page's cells."""
    asked, words = written(NAME), written("glossary")["word"]
    minutes = sum(int(each.said.get("minutes", 0)) for each in known.values())
    yield OPENING.format(hours=round(minutes / 60), first=next(iter(known.values())).link())
    yield "## Five questions"
    for question in asked["question"]:
        answering = _answering(question["asks"], known)
        lines = {each.key: question["lessons"].get(each.key, _promise(each)) for each in answering}
        yield f"### {question['asks']}\n\n{question['short']}\n\n{_listed(lines, known)}"
    yield SECTIONS
    for section in asked["section"]:
        yield f"### {section['name']}\n\n{section['said']}\n\n{_listed(section['lessons'], known)}"
    yield "## All lessons\n\n" + _table(["lesson", "minutes", "after it you can"], _rows(known))
    rows = [_explained(word, known) for word in words if word["lesson"] in known]
    yield f"{WORDS}\n\n" + _table(["word", "what it is", "lesson"], rows)


def readme(known, folder):
    """The tables of the README: from questions to lessons, and what each lesson promises."""
    linked = {
        asked: [each.link(each.key, folder) for each in _answering(asked, known)] for asked in lesson.ASKED
    }
    questions = [[asked, ", ".join(links)] for asked, links in linked.items()]
    rows = [[each.link(folder=folder), each.said.get("promise", "")] for each in known.values()]
    return f"{_table(['you ask', 'lessons'], questions)}\n\n{_table(['lesson', 'after it you can'], rows)}"


def assignments():
    """The table of assignments for the README: what each promises, takes and gives."""
    rows = []
    for twin in sorted((NOTEBOOKS / "src" / "assignments").glob("*.py")):
        said = _said(twin, assignment)
        link = f"[{said['title']}]({NOTEBOOKS.as_posix()}/assignments/{twin.stem}.ipynb)"
        rows.append([link, said.get("promise", ""), said.get("minutes", ""), said.get("points", "")])
    return _table(["assignment", "after it you can", "minutes", "points"], rows)


def _said(twin, form=lesson):
    start = twin.read_text(encoding="utf-8").split("\n# %%")[:2]  # the header and the first cell
    return form.contract(twins.parse("\n# %%".join(start)))[0]


def _answering(question, known):
    return [each for each in known.values() if question in each.said["answers"]]


def _promise(one):
    return f"after it you can {one.said.get('promise', '')}"


def _listed(lines, known):
    there = {key: said for key, said in lines.items() if key in known}
    return "\n".join(f"- {known[key].link()}: {said}" for key, said in there.items())


def _rows(known):
    return [[one.link(), one.said.get("minutes", ""), one.said.get("promise", "")] for one in known.values()]


def _explained(word, known):
    means = f"{word['symbol']}: {word['means']}" if "symbol" in word else word["means"]
    return [f"**{word['term']}** {word['chinese']}", means, known[word["lesson"]].link(word["lesson"])]


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
