"""What ends a program before its end, in words: what it did, and what whoever wrote it can look for."""

from __future__ import annotations

LOOPS = "Look for a loop that never ends, or that does far more than the text asks for."
WAITS = "Look for what waits, or for a loop that never ends."
LEAVES = "Look for what leaves Python, such as os._exit, or for calls within calls without end."
GROWS = "Look for a list or an array that grows without end, or that is much too large."
STARTS = "No answer needs processes of its own."
FILES = "No answer needs files of its own."
WRITES = "Look for a loop that shows or returns more and more."


class Spoiled(Exception):
    """What a program did that ended it, as the rest of a sentence about it. look: what its writer can do."""

    def __init__(self, what: str, look: str = ""):
        super().__init__(what)
        self.look = look

    def told(self, before: str, after: str = "") -> str:
        """For its writer: who did it, what it was, what came of it, and what to look for.

        >>> ended().told("Your code").partition(". ")[0]
        'Your code ended the program'
        """
        return f"{before} {self}{after}. {self.look}".rstrip()


def out_of_time(seconds: float) -> Spoiled:
    """It used so much of the processor and had not ended."""
    return Spoiled(f"was still running after {seconds:g} s of processor time", LOOPS)


def late(seconds: float) -> Spoiled:
    """So long it took by the clock and had not ended."""
    return Spoiled(f"was still running after {seconds:g} s by the clock", WAITS)


def ended() -> Spoiled:
    """It is gone, and nobody stopped it."""
    return Spoiled("ended the program", LEAVES)
