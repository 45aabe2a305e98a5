"""The library's own words about a public name, as Markdown.

Docstrings are plain text. A line that ends early was ended on purpose; `name: what it is` explains a
parameter; a line that begins as in `lr(t) / base_lr = ...`, or stands further in, is a formula; `>>>` begins
an example.
"""

import inspect
import re
from itertools import groupby, pairwise

from .outputs import fenced

FULL = 92  # a line that had room for the next word within so many characters was ended on purpose
CODE = re.compile(r"(`[^`\n]+`)")
TEXT = re.compile(
    r"(?P<web>https?://[^\s,;)]*[^\s,;).])|(?P<arxiv>arXiv:(?P<id>\d{4}\.\d{4,5}))"
    r"|(?P<doi>doi:(?P<at>10\.\d{4,}/[^\s,;)]*[^\s,;).]))"
    r"|(?P<stressed>(?<![\w*])\*\w(?:[\w ,-]*\w)?\*(?![\w*]))|(?P<special>[\\*_{}\[\]<>#|$~@])"
)
AND = r", (?:or |and )?"
ITEM = re.compile(rf"([\w*.]+(?:{AND}[\w*.]+)*): (.+)")
ITEM_STARTS = re.compile(rf"(?:^|(?<=[.;] ))([\w*.]+(?:{AND}[\w*.]+)*): ")
FORMULA = re.compile(
    r"(?:(?![a-z]{3,}\b(?!\())[\w|\^{}()+*/,. -]){1,30} (?:=|<=) (?!.*[a-z)]\. [A-Z])|lr\(t\) / base_lr = "
)


def markdown(docstring, names=(), link=lambda word: None):
    """The Markdown of a docstring.

    names: what its items may explain, parameters and fields. link: a function that takes what stands in
    backticks and returns a link to what it names, or None.
    """
    blocks = re.split(r"\n *\n", inspect.cleandoc(docstring))
    return "\n\n".join(_block(block.strip("\n"), names, link) for block in blocks)


def prose(text, link=lambda word: None):
    """Plain text as Markdown: beside backticks, addresses and *words* no character means anything."""
    parts = CODE.split(" ".join(text.split()))
    parts[::2] = [TEXT.sub(_kept, part) for part in parts[::2]]
    parts[1::2] = [link(code.strip("`")) or code for code in parts[1::2]]
    return "".join(parts)


def _kept(found):
    if found["arxiv"]:
        return f"[{found['arxiv']}](https://arxiv.org/abs/{found['id']})"
    if found["doi"]:
        return f"[{found['doi']}](https://doi.org/{found['at']})"
    return f"<{found['web']}>" if found["web"] else found["stressed"] or f"\\{found['special']}"


def _block(block, names, link):
    if block.lstrip().startswith(">>>"):
        return fenced(inspect.cleandoc(block), "pycon")
    said = []
    for kind, lines in groupby(_lines(block, names), key=lambda line: line[0]):
        texts = [text for _, text in lines]
        if kind == "formula":
            said.append(fenced("\n".join(texts), kind="formula-text"))
        elif kind == "item":
            items = [ITEM.fullmatch(text) for text in texts]
            said.append("\n".join(f"- **`{item[1]}`**: {prose(item[2], link)}" for item in items))
        else:
            said.append("\\\n".join(prose(text, link) for text in texts))
    return "\n\n".join(said)


def _lines(block, names):
    """(kind, text) of every line, where those that only the margin had broken are joined, and items part."""
    return [part for line in _joined(block.split("\n"), names) for part in _parted(*line, names)]


def _parted(kind, text, names):
    """A line, or each item that begins a sentence of it."""
    starts = [
        item.start()
        for item in ITEM_STARTS.finditer(text)
        if kind != "formula" and set(re.split(AND, item[1])) <= set(names)
    ]
    edges = [0, *(start for start in starts if start), len(text)]
    for start, end in pairwise(edges):
        yield ("item" if start in starts else kind, text[start:end].strip())


def _joined(lines, names):
    found = []
    for i, line in enumerate(lines):
        goes_on = i and len(lines[i - 1]) + 1 + len(line.split()[0]) > FULL
        kind = "formula" if FORMULA.match(line) or line.startswith("  ") else "text"
        item = ITEM.fullmatch(line)
        if item and set(re.split(AND, item[1])) <= set(names):
            kind = "item"
        last = found[-1][0] if found else ""
        is_more = goes_on and last != "formula" and kind == "text"
        if is_more or (last == "item" and line.startswith("  ")):
            found[-1] = (last, f"{found[-1][1]} {line.strip()}")
        else:
            found.append((kind, line.strip()))
    return found
