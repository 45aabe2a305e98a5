"""The museum of broken schedules: small programs whose used rates are not the planned ones.

Each case is a `Trap` that runs against the installed torch, broken and fixed, and records a ledger. A ledger
without its label is diagnosed by its `signs`; `why_not` says what speaks against a diagnosis.
"""

from __future__ import annotations

from lrlib.course.museum import formulas, joins, resuming, scale, stepping
from lrlib.course.museum.case import Trap
from lrlib.course.museum.figure import panels
from lrlib.course.museum.signs import signs
from lrlib.ledger import Ledger

MODULES = {"counting": stepping, "formulas": formulas, "joins": joins, "scale": scale, "resuming": resuming}
HALLS: dict[str, dict[str, Trap]] = {
    name: {trap.id: trap for trap in module.TRAPS} for name, module in MODULES.items()
}
TRAPS: dict[str, Trap] = {name: trap for hall in HALLS.values() for name, trap in hall.items()}

__all__ = ["HALLS", "TRAPS", "Trap", "panels", "signs", "why_not"]


def why_not(ledger: Ledger, guess: str) -> str:
    """What speaks against the diagnosis `guess`, the id of a trap: one sentence, or "" when nothing does.

    The trap is run, and its signs are compared with those of the ledger. Capitals and outer blanks of a guess
    do not matter.

    >>> why_not(TRAPS["attribute"].broken(), "scheduler-only")
    'A ledger of that trap goes above the planned peak; this one does not.'
    >>> why_not(TRAPS["attribute"].broken(), "attribute")
    ''
    """
    name = guess.strip().lower() if isinstance(guess, str) else ""
    if name not in TRAPS:
        return f"No trap has the id {guess!r}."
    example = TRAPS[name].broken()
    there, here = signs(example), signs(ledger)
    only_there = [sign for sign in there if sign not in here]
    only_here = [sign for sign in here if sign not in there]
    if only_there:
        return f"A ledger of that trap {only_there[0]}; this one does not."
    if only_here:
        return f"This ledger {only_here[0]}; one of that trap does not."
    return ""
