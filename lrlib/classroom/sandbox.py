"""Runs a student's program where it can do no harm, and asks its functions what they give.

bubblewrap (`bwrap`) builds the sandbox out of what the kernel offers to everybody: a program in it sees
Python, lrlib without the right answers, its data and an empty home, and no network, no other process and
nobody else's file. Limits of the kernel and a watch from outside hold its time, memory and processes. What
comes back is text, which is read as data alone.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword

from lrlib.classroom import plain, shown, spoiled, walls, watch
from lrlib.classroom.marking import Outcome
from lrlib.classroom.shown import SENTENCE, clean
from lrlib.classroom.spoiled import Spoiled
from lrlib.course.exercises import call
from lrlib.rules import Refused

NAMES = 30  # arguments of a function whose names are kept
LETTERS = 50  # of such a name
SHOWN = 20_000_000  # characters of all outputs
STARTS = 60.0  # s until the first cell runs
GRACE = 10.0  # s that a question may take longer than its limit, which it holds itself
TRIALS = "lrlib.course.trials"
INSIDE = "lrlib.classroom.inside"


@dataclass(frozen=True)
class Limits:
    """What a program may use. cell, question, overall: seconds. memory, disk: MB. output: characters.

    cell, output: of one cell. question: for all its cases. Both count processor time, since the clock runs on
    while others work; four times as long by the clock is too long, too. overall: by the clock, with what is
    run again. tries: how often a program is run again without a cell that ended it.
    """

    cell: float = 60
    question: float = 20
    overall: float = 600
    memory: int = 2048
    disk: int = 256
    processes: int = 32
    output: int = 100_000
    tries: int = 3


@dataclass(frozen=True)
class Cell:
    """A code cell: what it is known by, and its text."""

    id: str
    source: str


@dataclass(frozen=True)
class Question:
    """What is asked of a function once all cells have run.

    name: of the exercise. called: the function, in the notebook. cases: argument tuples. tried: how one is
    put to it, a function of `lrlib.course.trials`, or by default a call; as `Exercise.tried`.
    """

    name: str
    called: str
    cases: Sequence[tuple]
    tried: Callable = call

    def __post_init__(self):
        module, _, name = self.place.partition(":")
        if self.tried is not call and not (module.startswith(TRIALS) and name.isidentifier()):
            raise Refused(f"exercise {self.name}: tried must be a function of {TRIALS}, got {self.place}")

    @property
    def place(self) -> str:
        """Where `tried` is: the module and the name in it."""
        return f"{self.tried.__module__}:{self.tried.__qualname__}"

    def told(self, seconds: float) -> dict:
        """The question as the sandbox is told it."""
        return {
            "name": self.name,
            "called": self.called,
            "tried": "" if self.tried is call else self.place,
            "cases": [plain.encode(tuple(case)) for case in self.cases],
            "seconds": seconds,
            "by_clock": watch.PATIENCE * seconds,
        }


@dataclass
class Ran:
    """What a program showed and what its functions gave.

    outputs: cell -> its outputs, as a notebook stores them. outcomes: exercise -> one for each case. names:
    exercise -> the names of its function's arguments. notes: for the teacher. protections: in words.
    """

    outputs: dict[str, list[dict]] = field(default_factory=dict)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    protections: list[str] = field(default_factory=list)


def run(
    cells: Sequence[Cell], questions: Sequence[Question], limits: Limits = Limits(), unsafe: bool = False
) -> Ran:
    """Run the cells in order and ask the questions, in a sandbox of its own that is gone afterwards.

    A cell that ends the program or goes beyond a limit is left out, and the others are run again.
    unsafe: also where there is no bubblewrap, with limits alone; else Refused there.
    """
    walled = walls.required(unsafe)
    ran = Ran(protections=walls.protections(limits, walled))
    until, cells = time.monotonic() + limits.overall, list(cells)
    for _ in range(1 + limits.tries):
        going = _Run(cells, [q for q in questions if q.name not in ran.outcomes], limits, ran)
        try:
            with watch.Program(INSIDE, limits, walled, until) as program:
                going.through(program)
            break
        except Spoiled as reason:
            cells = [cell for cell in cells if cell is not going.at]
            going.spoiled(reason)
            if time.monotonic() > until:
                break
    else:
        ran.notes.append(f"The program was given up after {1 + limits.tries} runs.")
    for question in questions:
        if question.name not in ran.outcomes:
            ran.outcomes[question.name] = _none(question, "Your program could not be run to its end.")
    return ran


def _none(question: Question, said: str) -> list[Outcome]:
    return [Outcome(stopped=said)] * len(question.cases)


@dataclass
class _Run:
    """One run of cells and questions; `at` is the one that is being run."""

    cells: list[Cell]
    questions: list[Question]
    limits: Limits
    ran: Ran
    at: Cell | Question | None = None
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    forged: bool = False

    def through(self, program: watch.Program) -> None:
        """All of it. Spoiled by what a program does; Refused where it does not even start."""
        most = walls.kernel_limits(self.limits)
        cells = [{"id": cell.id, "source": cell.source} for cell in self.cells]
        try:
            self.tell(program, token=self.token, most=most, output=self.limits.output, cells=cells)
            self.hear(program, "ready", True, STARTS)
        except Spoiled:
            raise Refused(f"the sandbox did not start: {program.complaint() or 'it said nothing'}") from None
        for cell in self.cells:
            self.at = cell
            self.shown(cell, self.hear(program, "ran", cell.id, self.limits.cell))
        seconds = self.limits.question
        self.tell(program, questions=[question.told(seconds) for question in self.questions])
        for question in self.questions:
            self.at = question
            self.answered(question, self.hear(program, "answered", question.name, seconds + GRACE))

    def tell(self, program, **message) -> None:
        program.tell(json.dumps(message), STARTS)

    def hear(self, program, kind: str, of, seconds: float) -> dict:
        """The message that is due, of this kind. What a program wrote itself is none."""
        due = program.begin(seconds)
        while True:
            message = _read(program.line(due))
            if message.get("token") == self.token and message.get(kind) == of:
                return message
            if message and not self.forged:
                self.forged = True
                self.note(f"{self.what()} wrote lines of its own where results come; they were not read")

    def shown(self, cell: Cell, message: dict) -> None:
        room = SHOWN - sum(map(shown.size, self.ran.outputs.values()))
        self.ran.outputs[cell.id] = shown.outputs(message.get("outputs"), room)
        count = message.get("characters")
        if any(each.get("ename") == "MemoryError" for each in self.ran.outputs[cell.id]):
            self.note(f"{self.what()} wanted more memory than there is for one process")
        if isinstance(count, int) and count > self.limits.output:
            kept = f"{count} characters; the first {self.limits.output} are kept"
            self.note(f"{self.what()} showed {kept}")
            told = {"output_type": "stream", "name": "stderr", "text": f"\nThis cell showed {kept}.\n"}
            self.ran.outputs[cell.id].append(told)

    def answered(self, question: Question, message: dict) -> None:
        given, names = message.get("outcomes"), message.get("names")
        if not isinstance(given, list) or len(given) != len(question.cases):
            raise Spoiled("did not answer all cases")
        seconds = self.limits.question
        ends = {
            "time": spoiled.out_of_time(seconds),
            "clock": spoiled.late(watch.PATIENCE * seconds),
            "ended": spoiled.ended(),
        }
        self.ran.outcomes[question.name] = [_outcome(each, ends) for each in given]
        for reason in dict.fromkeys(end for each in given if (end := _ended(each, ends))):
            self.note(f"{self.what()} {reason} when it was asked")
        self.ran.names[question.name] = names if _are_names(names) else []

    def what(self) -> str:
        return f"exercise {self.at.name}" if isinstance(self.at, Question) else f"cell {self.at.id}"

    def note(self, said: str) -> None:
        self.ran.notes.append(f"{said[0].upper()}{said[1:]}.")

    def spoiled(self, reason: Spoiled) -> None:
        """Say so, for the teacher, and where the student looks."""
        if isinstance(self.at, Question):
            asked = f"When `{self.at.called}` was tried, your program"
            self.ran.outcomes[self.at.name] = _none(self.at, reason.told(asked))
            self.note(f"{self.what()} {reason}: no answer")
        else:
            said = reason.told("This cell", "; it was left out")
            left_out = {"output_type": "error", "ename": "LeftOut", "evalue": said, "traceback": [said]}
            self.ran.outputs[self.at.id] = [left_out]
            self.note(f"{self.what()} {reason}; it was left out")


def _read(line: bytes) -> dict:
    try:
        message = json.loads(line) if line else {}
        return message if isinstance(message, dict) else {"forged": True}
    except (ValueError, RecursionError):
        return {"forged": True}


def _are_names(given) -> bool:
    """Whether these can be the names of the arguments of a function."""
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        return False
    proper = all(len(name) <= LETTERS and name.isidentifier() and not iskeyword(name) for name in given)
    return proper and len(set(given)) == len(given) <= NAMES


def _ended(given, ends: dict[str, Spoiled]) -> Spoiled | None:
    """What ended an answer before it came to a case; None where it came to it."""
    kind = given.get("ended") if isinstance(given, dict) else None
    return ends.get(kind) if isinstance(kind, str) else None


def _outcome(given, ends: dict[str, Spoiled]) -> Outcome:
    """What was given for a case, as data."""
    if end := _ended(given, ends):
        return Outcome(stopped=end.told("Your code"))
    if isinstance(given, dict) and isinstance(given.get("stopped"), str):
        return Outcome(stopped=clean(given["stopped"], SENTENCE) or "Your code stopped.")
    try:
        return Outcome(plain.decode(given["value"]))
    except (KeyError, TypeError, Refused):
        return Outcome(stopped="Your code gave what is no value, or more than is looked at.")
