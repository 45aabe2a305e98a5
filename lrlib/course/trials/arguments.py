"""What an answer returns, and what it leaves of its arguments."""

from __future__ import annotations


def value_and_first(answer, *case) -> list:
    """[the value, the first argument after the call]: an answer may have changed it in place."""
    return [answer(*case), case[0]]
