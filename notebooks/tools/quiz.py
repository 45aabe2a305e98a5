"""The order of the options in every quiz, drawn from what they say, so that no letter is right more often.

    python -m notebooks.tools.quiz            write it, letters in the answers included
    python -m notebooks.tools.quiz --check    write nothing, name what would change

A question is `**1. What?**`, options (a), (b) and so on, and a folded answer that begins with the right one.
"""

import hashlib
import re
import textwrap

from . import command, execute, twins
from .command import NOTEBOOKS

WIDTH = 100
_QUESTION = re.compile(
    r"^\*\*(?P<number>\d+)\. (?P<asked>[^\n](?:(?!\n\n).)*?)\s+(?P<options>(?:- )?\(a\)\s.+?)\n\n"
    r"(?P<answer><details><summary>Answer</summary>\n\n\([a-e]\).+?^</details>)$",
    re.MULTILINE | re.DOTALL,
)
_LETTER = re.compile(r"\(([a-e])\)")
_IN_TWIN = re.compile(r"^# ## Quiz$.*?(?=^# ## |^# %%)", re.MULTILINE | re.DOTALL)


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = command.parser("quiz", __doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 naming what would change")
    options = parser.parse_args(arguments)
    texts = {twin: twin.read_text(encoding="utf-8") for twin in twins.all_twins(NOTEBOOKS)}
    changed = {twin: new for twin, text in texts.items() if (new := in_twin(text, twin.stem)) != text}
    for twin, text in changed.items():
        print(f"{'would change' if options.check else 'wrote'} {twin}")
        if not options.check:
            twin.write_text(text, encoding="utf-8", newline="\n")
    return int(bool(changed)) if options.check else execute.carry(changed)


def in_twin(text, lesson):
    """The text of a twin with the options of its quiz in the order drawn for this lesson."""

    def redrawn(quiz):
        plain = "\n".join(line.removeprefix("#").removeprefix(" ") for line in quiz[0].split("\n"))
        return "\n".join(f"# {line}".rstrip() for line in drawn(plain, lesson).split("\n")).removesuffix("#")

    return _IN_TWIN.sub(redrawn, text)


def drawn(text, lesson):
    """A Markdown text with the options of its questions, one a line, in the order drawn for this lesson."""
    return _QUESTION.sub(lambda question: _drawn(lesson, **question.groupdict()), text)


def right(text):
    """The letters of the right options of the questions in a text, in order."""
    return [_LETTER.search(question["answer"])[1] for question in _QUESTION.finditer(text)]


def _drawn(lesson, number, asked, options, answer):
    parts = re.split(r"(?:\s*^- |\s*)\(([a-e])\)\s+", options, flags=re.MULTILINE)[1:]
    said = dict(zip(parts[::2], (" ".join(part.split()) for part in parts[1::2]), strict=True))
    key = f"{lesson}\n{' '.join(asked.split())}\n"
    order = sorted(said, key=lambda old: hashlib.sha256((key + said[old]).encode()).digest())
    new = dict(zip(order, "abcde", strict=False))
    lines = [_wrapped(f"- ({new[old]}) {said[old]}") for old in order]
    answer = _LETTER.sub(lambda letter: f"({new[letter[1]]})", answer)
    return "\n".join([_wrapped(f"**{number}. {asked}", ""), "", *lines, "", answer])


def _wrapped(text, indent="  "):
    kept = re.sub(r"\$[^$]+\$|`[^`]+`", lambda part: part[0].replace(" ", "\0"), " ".join(text.split()))
    how = {"subsequent_indent": indent, "break_long_words": False, "break_on_hyphens": False}
    return "\n".join(textwrap.wrap(kept, WIDTH, **how)).replace("\0", " ")


if __name__ == "__main__":
    command.run(main)
