"""The form of a notebook of evidence, beyond that of any notebook. Each rule returns its faults, a line each.

What belongs to `notebooks/evidence` but the register itself, which is a table.
"""

import re

from lrlib.evidence import claims, verdicts

from . import cells, lesson, prose
from .form import read

REGISTER = "register"
SECONDS = 60
CELLS = (10, 36)
WORDS = (350, 1500)
LONGEST = 25
PROMISE = re.compile(r"^\*After this you can say (.+)\.\*$", re.DOTALL)
TERMS = re.compile(r"^Claims: (?P<claims>.+) - computes in under (?P<seconds>\d+) s - data: (?P<data>.+)$")
PARTS = (
    "What is said",
    "How it is tested here",
    "The measurement",
    "The verdict",
    "A second way",
    "What this does and does not show",
    "References",
)
SCALE = re.compile(r"\b(scale|larger|size|published|regime|parameters)\b")


def is_evidence(path):
    """Whether this is a notebook that measures claims."""
    return path.parent.name == "evidence" and path.stem != REGISTER


def contract(notebook):
    """What the first cell says - "title", "promise", "claims", "seconds", "data" - and its faults."""
    first = notebook.cells[0].source if notebook.cells[0].cell_type == "markdown" else ""
    title, promise, terms, *rest = [*re.split(r"\n\s*\n", first.strip()), "", "", ""]
    found, wrong = {"title": title.removeprefix("# ")}, []
    if not re.fullmatch(r"# .+\?", title):
        wrong.append("the first cell does not start with `# ` and a question")
    if promised := PROMISE.match(promise):
        found["promise"] = " ".join(promised[1].split())
    else:
        wrong.append("the second paragraph is not `*After this you can say ... .*`")
    if agreed := TERMS.match(" ".join(terms.split())):
        found |= agreed.groupdict() | {"claims": agreed["claims"].split(", ")}
    else:
        wrong.append("the third is not `Claims: id, id - computes in under N s - data: ...`")
    if any(rest):
        wrong.append("the first cell says more than title, promise and terms")
    return found, wrong


def has_a_contract(path, folder):
    """A question, what can be said after it, and the claims that the register has for this notebook."""
    found, wrong = contract(read(path))
    named = set(found.get("claims", ()))
    wanted = {name for name, claim in claims.register().items() if claim.notebook == path.stem}
    if named != wanted:
        wrong.append(f"names other claims than the register has for it: {sorted(named ^ wanted)}")
    if int(found.get("seconds", 0)) > SECONDS:
        wrong.append(f"computes in under {found['seconds']} s, at most {SECONDS} wanted")
    return wrong


def has_its_parts(path, folder):
    """All of PARTS, in this order, as headings of the second level; others may stand between."""
    found = [level2 for level2 in _sections(read(path)) if level2 in PARTS]
    return [] if found == list(PARTS) else [f"its parts are {found}, wanted are {list(PARTS)}"]


def judges_every_claim(path, folder):
    """`claims.measure("id")` for each claim that is measured; data are asked for before they are read."""
    source, wrong = lesson.code(read(path)), []
    mine = {name: claim for name, claim in claims.register().items() if claim.notebook == path.stem}
    for name, claim in mine.items():
        verb = "judged" if claim.protocol.unreachable else "measure"
        if not re.search(rf"claims\.{verb}\(\s*\"{name}\"", source):
            wrong.append(f'no cell calls claims.{verb}("{name}")')
    if any(set(claim.protocol.data) & set(claims.DATA) for claim in mine.values()):
        code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
        if "claims.at_hand(" not in code[0]:
            wrong.append("its first cell of code does not ask for its data: claims.at_hand(...)")
    return wrong


def types_no_verdict(path, folder):
    """A verdict is computed: no text says one."""
    text = lesson.markdown(read(path))
    return [f"the text says {word!r}: let a cell say it" for word in verdicts.VERDICTS if word in text]


def types_no_result(path, folder):
    """As in a lesson; but what a paper claims and a protocol fixes may be said, as the register has it."""
    mine = [claim for claim in claims.register().values() if claim.notebook == path.stem]
    fixed = (text for claim in mine for text in (claim.number, claim.quoted, claim.statement, claim.protocol))
    said = lesson.values(" ".join(map(str, fixed)))
    faults = lesson.types_no_result(path, folder)
    return [fault for fault in faults if not lesson.values(fault.split(",")[0]) & said]


def says_what_a_null_result_means(path, folder):
    """The last part but one speaks of the scale that was published."""
    said = " ".join(_sections(read(path)).get(PARTS[-2], "").split())
    if prose.word_count(said) < 40 or not SCALE.search(said):
        return [f"{PARTS[-2]!r} does not say what holds for the published scale, in 40 words or more"]
    return []


def has_its_size(path, folder):
    """10 to 36 cells, 350 to 1,500 words, and no cell of code that is longer than a screen."""
    notebook = read(path)
    sizes = {
        "cells": (len(notebook.cells), CELLS),
        "words": (sum(prose.word_count(text) for text in lesson.body(notebook)), WORDS),
    }
    wrong = [
        f"{count} {what}, {low} to {high} wanted"
        for what, (count, (low, high)) in sizes.items()
        if not low <= count <= high
    ]
    lengths = [len(cell.source.splitlines()) for cell in notebook.cells if cell.cell_type == "code"]
    return wrong + [f"a cell of {n} lines, at most {LONGEST} wanted" for n in lengths if n > LONGEST]


def checks_what_it_computes(path, folder):
    """Each cell that computes shows something, or a later one shows what it computed."""
    unchecked = [
        cell for cell in cells.census(read(path)) if cell.kind == "computing" and not cell.is_checked
    ]
    return [f"nothing checks `{cell.first_line}`" for cell in unchecked if not cell.reason]


RULES = [
    has_a_contract,
    has_its_parts,
    judges_every_claim,
    types_no_verdict,
    types_no_result,
    says_what_a_null_result_means,
    has_its_size,
    checks_what_it_computes,
    lesson.describes_its_figures,
    lesson.is_british,
]


def _sections(notebook):
    """Heading of the second level -> the text below it, in order."""
    parts = re.split(r"^## +(.+)$", lesson.markdown(notebook), flags=re.MULTILINE)[1:]
    return dict(zip([title.strip() for title in parts[::2]], parts[1::2], strict=True))
