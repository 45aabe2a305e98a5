"""The form of a numbered lesson, beyond that of any notebook. Each rule returns its faults, one line each.

`ALLOWED` lists the faults that may stand, each with its reason.
"""

import functools
import re
from decimal import Decimal
from importlib.resources import files

from . import cells, compare, prose, quiz
from .form import read

CELLS = (25, 40)
WORDS = (900, 1800)
QUESTIONS = (3, 5)
SECONDS = 20
EXERCISES = 2  # that check themselves, at least
ALT_WORDS = 5
DIGITS = 3  # two numbers that agree in as many significant digits are no coincidence

PROMISE = re.compile(r"^\*After this you can (.+)\.\*$", re.DOTALL)
TERMS = re.compile(
    r"^Needs (?P<needs>.+) - (?P<minutes>\d+) min - computes in under (?P<seconds>\d+) s - (CPU|GPU)$"
)
ASKED = (  # by whoever meets the subject: each lesson says which of these it answers
    "Why adjust the learning rate?",
    "How do I choose it?",
    "How do schedule and optimizer depend on each other?",
    "How do I implement it?",
    "What differs between kinds of networks?",
)
ANSWERS = re.compile(r"^Answers: (.+)$", re.MULTILINE)
MODEL = re.compile(r"^### BEGIN SOLUTION$.*", re.MULTILINE | re.DOTALL)  # how an assignment is explained
PARTS = (
    "## Exercises",
    "## Summary",
    "You can now",
    "**What this does not show.**",
    "## Quiz",
    "## References",
)
AFTER_A_FIGURE = ("**We see**", "**This means**", "**It does not mean**")
# American words of the dictionary that are terms here, or words of British English too.
TERMS_OF_THE_FIELD = {
    "optimizer",
    "optimizers",
    "program",
    "programs",
    "story",
    "biased",
    "dialog",
    "meter",
}

# (lesson, words of the fault) -> why it stands
ALLOWED = {
    ("04_measuring_honestly", "gives a verdict that is not corrected"): (
        "it is the lesson that explains what one comparison says, before it corrects for many"
    ),
    ("06_exponential_and_its_kin", "the text says 0.98855"): (
        "it is worked out by hand there, as the number that says little to a person; no parameter moves it"
    ),
    ("23_museum_of_broken_schedules", "47 cells"): (
        "its five halls are a catalogue to look things up, a cell with a table and a figure each"
    ),
}


def faults(rule, path, folder):
    """What a rule finds in the lesson at `path`, without what is allowed."""
    allowed = [words for stem, words in ALLOWED if stem == path.stem]
    return [fault for fault in rule(path, folder) if not any(words in fault for words in allowed)]


def is_lesson(path):
    """Whether this is a numbered lesson; the gallery is for looking things up."""
    return path.parent.name == "lessons" and path.stem[:2].isdigit()


def contract(notebook):
    """What the first cell says - "title", "promise", "needs", "minutes", "answers" ... - and its faults."""
    found, wrong, (answers, *rest) = first_cell(
        notebook, TERMS, "Needs ... - NN min - computes in under N s - CPU"
    )
    said = ANSWERS.fullmatch(answers)
    found["answers"] = said[1].split(" / ") if said else []
    if not found["answers"] or set(found["answers"]) - set(ASKED):
        wrong.append(f"the fourth is not `Answers: ` and some of these, joined by ` / `: {' '.join(ASKED)}")
    if any(rest):
        wrong.append("the first cell says more than title, promise, terms and answers")
    return found, wrong


def first_cell(notebook, terms, form):
    """What title, promise and terms in the first cell say, their faults, and the paragraphs that follow.

    terms: the pattern of the third paragraph. form: the same in words.
    """
    first = notebook.cells[0].source if notebook.cells[0].cell_type == "markdown" else ""
    title, promise, third, *rest = [*re.split(r"\n\s*\n", first.strip()), "", "", ""]
    promised, agreed = PROMISE.match(promise), terms.match(third)
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
        wrong.append(f"the third is not `{form}`")
    return found, wrong, [*rest, ""]


# --- the rules -----------------------------------------------------------------------------------


def has_a_contract(path, folder):
    """Title with the number of the file, promise in italics, what it needs and takes, what it answers."""
    found, wrong = contract(read(path))
    number = path.stem[:2]
    if not found["title"].startswith(f"{number} "):
        wrong.append(f"the title {found['title']!r} does not start with the number of the file, {number}")
    there = {other.stem[:2] for other in path.parent.glob("[0-9][0-9]_*.ipynb")}
    for needed in re.findall(r"\b\d\d\b", found.get("needs", "")):
        if needed >= number:
            wrong.append(f"needs {needed}, which does not come before it")
        if needed not in there:
            wrong.append(f"needs {needed}, which does not exist")
    if int(found.get("seconds", 0)) > SECONDS:
        wrong.append(f"computes in under {found['seconds']} s, at most {SECONDS} wanted")
    return wrong


def has_its_parts(path, folder):
    """A prediction; exercises, summary, limits, quiz, references, navigation in this order."""
    text = markdown(read(path))
    found = [re.search("^" + re.escape(part), text, re.MULTILINE) for part in PARTS]
    wrong = [f"has no {part}" for part, place in zip(PARTS, found, strict=True) if not place]
    places = [place.start() for place in found if place]
    if places != sorted(places):
        wrong.append(f"its parts are in another order than {', '.join(PARTS)}")
    source = code(read(path))
    made = r"^my_prediction = None .*check\.(reconcile|category|order)\(\s*my_prediction"
    if not re.search(made, source, re.MULTILINE | re.DOTALL):
        wrong.append("no cell sets my_prediction = None for a later check.reconcile(...), category or order")
    if compare.tags(read(path).cells[-1]) != ["navigation"]:
        wrong.append("the last cell is not the one tagged navigation")
    return wrong


def has_an_explorer(path, folder):
    """Sliders that redraw a picture."""
    found = {cell.kind for cell in cells.census(read(path))}
    return [] if "explorer" in found else ["no cell ends in explorer(...)"]


def has_exercises(path, folder):
    """Two gaps or more, each with a cell that answers and a solution after it; exercises are numbered."""
    marks = [{"exercise", "check", "solution"} & set(compare.tags(cell)) for cell in read(path).cells]
    order = [mark for found in marks for mark in found]
    wrong = []
    if not re.fullmatch("(exercise( check)+ solution ?)*", " ".join(order)):
        wrong.append(f"expected the tags exercise, check, solution in turn, found {', '.join(order)}")
    if order.count("exercise") < EXERCISES:
        wrong.append(f"{order.count('exercise')} exercises are checked, at least {EXERCISES} wanted")
    numbers = re.findall(r"^\*\*(\d+), (?:guided|standard|open)\.\*\*", markdown(read(path)), re.MULTILINE)
    if numbers != [str(n) for n in range(1, len(numbers) + 1)] or len(numbers) < order.count("exercise"):
        wrong.append(
            f"exercises are numbered {', '.join(numbers) or 'nowhere'}: write **1, guided.** and so on"
        )
    return wrong


def has_a_quiz(path, folder):
    """Three to five questions, each answer folded away, with a word on every option."""
    text = "\n".join(part for name, part in in_sections(read(path)) if name == "Quiz")
    questions = re.split(r"^\*\*\d+\. ", text, flags=re.MULTILINE)[1:]
    wrong = []
    if not QUESTIONS[0] <= len(questions) <= QUESTIONS[1]:
        wrong.append(f"the quiz has {len(questions)} questions, {QUESTIONS[0]} to {QUESTIONS[1]} wanted")
    for number, question in enumerate(questions, start=1):
        asked, folded, answer = question.partition("<details><summary>Answer</summary>")
        options, explained = (re.findall(r"\(([a-e])\)", part) for part in (asked, answer))
        if len(options) < 2 or not folded or "</details>" not in answer:
            wrong.append(f"question {number} lacks options (a), (b) or its folded answer")
        elif not quiz.right(f"**1. {question}"):
            wrong.append(f"question {number} is not in the form that notebooks/tools/quiz.py describes")
        elif set(options) - set(explained):
            silent = ", ".join(sorted(set(options) - set(explained)))
            wrong.append(f"the answer to question {number} says nothing about {silent}")
    return wrong


def draws_its_quiz(path, folder):
    """The options of the quiz are in the order drawn for them, so that no letter is right more often."""
    texts = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    drawn = all(quiz.drawn(text, path.stem) == text for text in texts)
    return (
        [] if drawn else ["options of the quiz are not in the order drawn: `python -m notebooks.tools.quiz`"]
    )


def has_its_size(path, folder):
    """25 to 40 cells, and 900 to 1,800 words of body."""
    sizes = {
        "cells": (len(read(path).cells), CELLS),
        "words": (sum(map(prose.word_count, body(read(path)))), WORDS),
    }
    return [
        f"{count} {what}, {low} to {high} wanted"
        for what, (count, (low, high)) in sizes.items()
        if not low <= count <= high
    ]


def reads_its_figures(path, folder):
    """The text after a figure, or after two in a row, says what we see, what it means and what not."""
    wrong, waiting = [], []
    for i, cell in enumerate(read(path).cells):
        if cell.cell_type == "markdown" and waiting:
            said = " ".join(cell.source.split())
            missing = [words for words in AFTER_A_FIGURE if words not in said]
            wrong += [f"no {words} after the figure of cell {waiting[-1]}" for words in missing]
            waiting = []
        waiting += [i for output in cell.get("outputs", []) if _is_picture(output)]
        if len(waiting) == 3:
            wrong.append(f"cells {', '.join(map(str, waiting))} show more than two figures in a row")
    return wrong


def describes_its_figures(path, folder):
    """Every picture has an alternative text of its own, of five words or more."""
    wrong, known = [], {}
    for i, cell in enumerate(read(path).cells):
        for output in filter(_is_picture, cell.get("outputs", [])):
            alt = output.metadata.get("image/png", {}).get("alt", "")
            if len(alt.split()) < ALT_WORDS:
                wrong.append(f"the alternative text of cell {i}, {alt!r}, has fewer than {ALT_WORDS} words")
            elif alt in known:
                wrong.append(f"cells {known[alt]} and {i} have the same alternative text {alt!r}")
            known[alt] = i
    return wrong


def types_no_result(path, folder):
    """No number that a cell prints is typed in the text, where it would be untrue after the next change.

    A number of three significant digits or more is a printed one when an output shows it, or a number that
    rounds to it. What the code names may be named; quiz, references and solutions are free.
    """
    shown, named = values(printed(read(path))), values(code(read(path)))
    return [
        f"the text says {written}, which a cell prints: let the code say it"
        for written, value in claims(read(path))
        if significant(written) >= DIGITS and value not in named and is_shown(value, shown)
    ]


def is_british(path, folder):
    """British spelling; code, references and the terms of the field are free."""
    text = "\n".join(part for name, part in in_sections(read(path)) if name != "References")
    found = dict.fromkeys(word for word in prose.words(text) if word.lower() in _american())
    return [f"{word!r} is American: write {_american()[word.lower()]!r}" for word in found]


OF_EVERY_PAGE = [
    describes_its_figures,
    types_no_result,
    is_british,
]  # the gallery and the reports too
RULES = [
    has_a_contract,
    has_its_parts,
    has_an_explorer,
    has_exercises,
    has_a_quiz,
    draws_its_quiz,
    has_its_size,
    reads_its_figures,
    *OF_EVERY_PAGE,
]


# --- what a lesson says --------------------------------------------------------------------------


def body(notebook):
    """The texts of a lesson without quiz, references, solutions, navigation, and what it answers."""
    said = [text for name, text in in_sections(notebook) if name not in ("Quiz", "References")]
    return [MODEL.sub("", ANSWERS.sub("", text)) for text in said]


def claims(notebook):
    """(as written, value) of every number in the body."""
    return [claim for text in body(notebook) for claim in prose.numbers(text)]


def printed(notebook):
    """All text that the cells of a notebook show."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(o.get("text", "") + o.get("data", {}).get("text/plain", "") for o in outputs)


def code(notebook):
    """The source of all code cells."""
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def values(text):
    """The numbers of an output or of code."""
    return {Decimal(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])", text)}


def significant(written):
    """The number of significant digits of a number as written; zeros that end a whole number are none."""
    digits = written.removesuffix(" %").replace(".", "").lstrip("0")
    return len(digits if "." in written else digits.rstrip("0"))


def in_sections(notebook):
    """(second-level heading above it, text) of all markdown but solutions and navigation."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not {"solution", "navigation"} & set(compare.tags(cell)):
            before, *parts = re.split(r"^## (?=\S)", cell.source, flags=re.MULTILINE)
            yield section, before
            for part in parts:
                section = part.split("\n")[0].strip()
                yield section, f"## {part}"


def markdown(notebook):
    """All text of a notebook."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def _is_picture(output):
    return bool(compare.PICTURES & output.get("data", {}).keys())


def is_shown(value, shown):
    """Whether one of the numbers shown is that value, or rounds to it."""
    places = -value.as_tuple().exponent
    half = Decimal(5).scaleb(-places - 1) if places > 0 else 0
    return any(abs(number - value) <= half for number in shown)


@functools.cache
def _american():
    """American spelling -> British."""
    lines = files("codespell_lib").joinpath("data/dictionary_en-GB_to_en-US.txt").read_text().splitlines()
    pairs = [line.split("->") for line in lines]
    words = {american.strip(): british for british, found in pairs for american in found.split(",")}
    return {word: british for word, british in words.items() if word not in TERMS_OF_THE_FIELD}
