"""What an answer returns, and what it leaves of its arguments."""

from __future__ import annotations


def value_and_arguments(answer, *case) -> list:
    """[the value, the arguments after the call]: an answer may have changed them in place."""
    return [answer(*case), list(case)]
