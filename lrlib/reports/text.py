"""Text that somebody else wrote, such as a name, a path or a line of a log, made safe to show."""

from __future__ import annotations

import re

MOST = 200  # characters that are shown
PLAIN = re.compile(r"[\w .,:;()\[\]{}*+/=>%@#?!^~'\"-]*", re.ASCII)


def plain(text: object, most: int = MOST) -> str:
    """One line of at most `most` characters in which every character can be seen, for a terminal.

    >>> print(plain("red\\x1b[31m, back\\u202ewards"), plain("x" * 300, 9))
    red\\x1b[31m, back\\u202ewards xxxxxxxx…
    """
    seen = "".join(c if c.isprintable() else _escaped(c) for c in str(text)[: most + 1])
    return seen if len(str(text)) <= most and len(seen) <= most else f"{seen[: most - 1]}…"


def code(text: object, most: int = MOST) -> str:
    """The same as code in Markdown, also in a table, whatever the text is: nothing in it is read as markup.

    >>> print(code("warmup_cosine(T, 0.1*T)"))
    `warmup_cosine(T, 0.1*T)`
    >>> print(code("<b>`|"))
    <code>&#60;b&#62;&#96;&#124;</code>
    """
    shown = plain(text, most)
    if shown.strip() == shown != "" and PLAIN.fullmatch(shown):
        return f"`{shown}`"
    return f"<code>{_entities(shown)}</code>"


def prose(text: object, most: int = MOST) -> str:
    """The same as running words of Markdown, such as an error that quotes what somebody wrote.

    >>> print(prose("no file, got '[a](b) <c>'"))
    no file, got &#39;&#91;a&#93;&#40;b&#41; &#60;c&#62;&#39;
    """
    return _entities(plain(text, most), also=",.;:")


def drawn(text: object, most: int = 40) -> str:
    """The same as words in a figure, where matplotlib would read what stands between two $ as a formula.

    >>> print(drawn("between $5 and $6"))
    between \\$5 and \\$6
    """
    return plain(text, most).replace("$", "\\$")


def _entities(text: str, also: str = "") -> str:
    return "".join(c if c.isalnum() or c in f" …{also}" else f"&#{ord(c)};" for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
