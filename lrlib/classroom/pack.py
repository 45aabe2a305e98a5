"""What a teacher reads before and after a class: `python -m lrlib course pack OUT`, a page an assignment.

All of it is taken from where it stands already: texts, solutions, pictures and mark schemes from the
instructor notebooks, points and misconceptions from the declared exercises, whose mistakes are marked here
as a student's answer is. Nothing of it is for students.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
import numpy as np
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat import NotebookNode

from lrlib import data
from lrlib.checkout import ROOT
from lrlib.classroom import build, marking
from lrlib.course import values
from lrlib.course.diagnosis import own_names
from lrlib.reports import html
from lrlib.rules import Refused, refused

TEMPLATES = Path(__file__).parent / "templates" / "pack"
ANSWERS = ROOT / "tests" / "course" / "answers"
SAYS = 40  # characters
PAIRED = '*"$`'  # marks that open and close
READ = 120  # words a minute, of a text with formulas
STUDENT = "a student of the instructor pack"
TERMS = re.compile(r"Needs (?P<needs>.+) - (?P<minutes>\d+) min - (?P<points>\d+) points - (?P<rest>.+)")
NUMBERED = re.compile(
    r"^\*\*(?P<number>\d+), (?P<points>\d+) points?(?P<words>, in your own words)?\.\*\* ?", re.M
)
HEADING = re.compile(r"^## (.+)$", re.M)
HEADED = re.compile(r"^## (?P<title>.+)\n+(?P<lead>(?:.+\n?)*)", re.M)
MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.M)
FENCE = re.compile(r"^=== (?:BEGIN|END) MARK SCHEME ===$", re.M)
SENTENCE = re.compile(r"(.+?[.?!])(?:\s|$)", re.S)
KEPT = re.compile(r"^# %% (A\d+\.\d+) (right|wrong): (.+)$", re.M)


@dataclass(frozen=True)
class Misconception:
    """A declared mistake: the sentence that a student is told, the points it costs, what marking said."""

    sentence: str
    lost: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """An exercise as its notebook asks it. asked: None where a person marks it.

    text and before, what stands between the question before and this one, are Markdown.
    """

    number: int
    points: int
    text: str
    solution: str
    asked: build.Asked | None = None
    scheme: str = ""
    kept: tuple[tuple[str, str, str], ...] = ()
    before: str = ""

    @property
    def short(self) -> str:
        """Its first sentences, until they say something and no quotation is open."""
        said, paragraph = "", self.text.partition("\n\n")[0]
        for found in SENTENCE.finditer(paragraph):
            said = f"{said} {found[1].strip()}".strip()
            if len(said) >= SAYS and not any(said.count(mark) % 2 for mark in PAIRED):
                break
        return said or paragraph

    @property
    def parts(self) -> dict[str, int]:
        """Points by part; of all of it where a person marks it."""
        return dict(self.asked.exercise.marks.points) if self.asked else {"by a person": self.points}

    @cached_property
    def examples(self) -> list[tuple[str, str]]:
        """The cases that students see, with their right values."""
        if self.asked is None:
            return []
        it = self.asked.exercise
        return [(values.listed(case), values.short(it.tried(it.expected, *case))) for case in it.cases]

    @cached_property
    def misconceptions(self) -> list[Misconception]:
        """What goes wrong, marked on the cases of one student."""
        if self.asked is None:
            return []
        it, name = self.asked.exercise, self.asked.name
        cases = marking.cases(it, name, STUDENT)
        return [_marked(it, cases, words, wrong) for words, wrong in it.mistakes.items()]


@dataclass
class Section:
    """A part of a notebook: its questions, and its pictures, (PNG in base64, what it shows).

    lead: its first paragraph, where that is no question.
    """

    title: str
    lead: str = ""
    questions: list[Question] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Pack:
    """All that the page of an assignment says. words: of the text up to each question, in order."""

    name: str
    title: str
    promise: str
    terms: dict[str, str]
    sections: Sequence[Section]
    words: Sequence[int]

    @property
    def questions(self) -> list[Question]:
        return [question for section in self.sections for question in section.questions]

    @property
    def timing(self) -> list[tuple[Question, int, int]]:
        """Each question, its minutes, and the minutes until it is done.

        The minutes of the first cell are shared out: reading at 120 words a minute, the rest by points.
        """
        total, read = int(self.terms["minutes"]), [count / READ for count in self.words]
        points = sum(question.points for question in self.questions)
        rest, until, rows = max(0.0, total - sum(read)), 0.0, []
        scale = min(1.0, total / sum(read)) if sum(read) else 1.0
        for question, reading in zip(self.questions, read, strict=True):
            before, until = round(until), until + reading * scale + rest * question.points / points
            rows.append((question, round(until) - before, round(until)))
        return rows

    @property
    def half(self) -> Question:
        """The question after which half of the time is over."""
        return next(q for q, _, until in self.timing if 2 * until >= int(self.terms["minutes"]))


def _marked(exercise, cases, words: str, wrong) -> Misconception:
    with np.errstate(all="ignore"):  # wrong answers overflow, which is nothing that a teacher can mend
        found = marking.mark(exercise, cases, marking.outcomes(exercise, wrong, cases), own_names(wrong))
    parts = [part for part in found.of if not found.got[part]]
    where = ", ".join(f"“{part}”" for part in parts if found.points)
    said = tuple(line.strip() for line in found.said if line.strip() != words)
    lost = f"{found.total - found.points} of {found.total}{where and f': {where}'}"
    return Misconception(words, lost, said)


def read(notebook: NotebookNode, name: str) -> Pack:
    """What the pack takes from an instructor notebook. Refused where its first cell has no terms."""
    title, promise, terms, *_ = [*re.split(r"\n\s*\n", notebook.cells[0].source.strip()), "", ""]
    agreed = TERMS.search(terms.replace("\n", " "))
    if agreed is None:
        raise Refused(f"{name}: its first cell does not say `Needs ... - N min - N points - ...`", "pack")
    reader = _Reader(answers(name))
    for cell in notebook.cells[1:]:
        reader.take(cell)
    sections = [each for each in reader.sections if each.lead or each.questions or each.pictures]
    if not reader.counts:
        raise Refused(f"{name}: it asks nothing", "pack")
    reader.counts[-1] += reader.words
    return Pack(
        name, title.removeprefix("# "), promise.strip("*\n "), agreed.groupdict(), sections, reader.counts
    )


class _Reader:
    """Goes through the cells of a notebook: a question, the cell that answers it, the cell that checks it."""

    def __init__(self, kept: dict[str, list]):
        self.kept, self.sections, self.words, self.counts = kept, [Section("To begin with")], 0, []
        self.open: dict = {}
        self.before: list[str] = []

    def take(self, cell: NotebookNode) -> None:
        tags = cell.metadata.get("tags", ())
        if "explain" in tags:
            answer, scheme, *_ = [*build.SCHEME.split(cell.source), "", ""]
            scheme = FENCE.sub("", scheme).strip()
            self.add(solution=MARKER.sub("", answer).strip(), scheme=scheme)
        elif cell.cell_type == "markdown":
            self.text(cell.source)
        elif "exercise" in tags:
            self.open["solution"] = MARKER.sub("", cell.source).strip()
        elif asked := build.asked(cell):
            self.add(asked=asked, kept=tuple(self.kept.get(asked.name, ())))
        else:
            self.before.append(f"```\n{cell.source}\n```")
            self.sections[-1].pictures += map(_picture, filter(_is_picture, cell.outputs))

    def text(self, source: str) -> None:
        self.words += len(source.split())
        for found in HEADED.finditer(source):
            lead = "" if NUMBERED.match(found["lead"]) else found["lead"].strip()
            self.sections.append(Section(found["title"], lead))
        found = NUMBERED.search(source)
        self.before.append(HEADING.sub(r"**\1**", source[: found.start()] if found else source).strip())
        if found:
            self.open = {key: int(found[key]) for key in ("number", "points")}
            self.open |= {"text": source[found.end() :].strip(), "before": "\n\n".join(self.before).strip()}

    def add(self, **more) -> None:
        self.sections[-1].questions.append(Question(**self.open, **more))
        self.counts.append(self.words)
        self.words, self.open, self.before = 0, {}, []


def _is_picture(output: NotebookNode) -> bool:
    return "image/png" in output.get("data", {})


def _picture(output: NotebookNode) -> tuple[str, str]:
    shown = output.metadata.get("image/png", {}).get("alt", "")
    return "".join(output.data["image/png"].split()), shown


def answers(name: str) -> dict[str, list[tuple[str, str, str]]]:
    """Answers that the tests of an assignment try: exercise -> (right or wrong, in words, code)."""
    path = ANSWERS / f"assignment_{name.split('_')[0].removeprefix('A')}.py"
    parts = KEPT.split(path.read_text(encoding="utf-8") if path.exists() else "")[1:]
    found: dict[str, list] = {}
    for exercise, kind, words, code in zip(*(parts[i::4] for i in range(4)), strict=True):
        found.setdefault(exercise, []).append((kind, words, code.strip()))
    return found


def markdown(text: str) -> Markup:
    """Markdown as HTML that loads nothing: formulas are MathML, and tags in it are shown as text."""
    return Markup(MarkdownWithMath(renderer=html.MathMLRenderer(escape=True)).render(text))


def page(template: str, **given) -> str:
    """A template of the pack with these values, in which every text is escaped."""
    there = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True)
    there.filters["markdown"] = markdown
    return there.get_template(template).render(**given)


def write(out: Path, chosen: Sequence[str] | None = None) -> list[Path]:
    """Write the pack into a folder, `index.html` last; returns its pages.

    chosen: parts of names, by default all. Refused for a folder with something in it: nothing is overwritten.
    """
    out, there = Path(out), build.assignments()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise refused("OUT", "a folder that does not exist yet, or is empty", str(out))
    names = [name for name in there if not chosen or any(part in name for part in chosen)]
    if not names:
        raise refused("--only", f"a part of {', '.join(there)}", " ".join(chosen or ()))
    packs = [read(nbformat.read(there[name], as_version=4), name) for name in names]
    pages = {f"{pack.name}.html": page("assignment.html.j2", pack=pack) for pack in packs}
    pages["index.html"] = page("index.html.j2", packs=packs)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        data.written(
            out / name, lambda part, text=text: part.write_text(text, encoding="utf-8", newline="\n")
        )
    return [out / name for name in pages]
