"""What the markdown of a page says: its headings, links, words and numbers."""

import functools
import re
from decimal import Decimal

import mistune

_LESSONS = re.compile(
    r"^Needs .*$|\blessons?\s+\d\d(?:(?:,|\s+and|\s+to)\s+\d\d)*",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?![\w]|\.\d)(\s?\\?%)?")
_FRONT = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)  # what a page tells its builder
_WORD = re.compile(r"\w[\w'’-]*")
_parse = mistune.create_markdown(renderer="ast", plugins=["math", "table", "url"])


@functools.cache
def tokens(text):
    """Every token of a text, depth first, in the form of `mistune`."""
    return tuple(_flat(_parse(_FRONT.sub("", text))))


def headings(text):
    """(level, words) of every heading, in order."""
    found = [token for token in tokens(text) if token["type"] == "heading"]
    return [(token["attrs"]["level"], _said(token["children"])) for token in found]


def disorder(text):
    """What is wrong with the order of a page's headings, one line each."""
    levels = [level for level, _ in headings(text)]
    if levels.count(1) != 1 or levels[0] != 1:
        return [f"has {levels.count(1)} headings of level 1, one wanted, and before all others"]
    pairs = zip(headings(text), headings(text)[1:], strict=False)
    return [f"{low[1]!r} skips a level below {high[1]!r}" for high, low in pairs if low[0] > high[0] + 1]


def links(text):
    """The target of every link and picture, in order, those in HTML included."""
    found = []
    for token in tokens(text):
        if token["type"] in ("link", "image"):
            found.append(token["attrs"]["url"])
        elif token["type"] in ("inline_html", "block_html"):
            found += re.findall(r"""(?:href|src)\s*=\s*["']([^"']+)["']""", token["raw"])
    return found


def word_count(text):
    """How many words a reader reads; formulas and blocks of code are not counted."""
    said = [token["raw"] for token in tokens(text) if token["type"] in ("text", "codespan")]
    return sum(len(_WORD.findall(part)) for part in said)


def words(text):
    """The words of a text, without code, formulas and addresses."""
    said = [token["raw"] for token in tokens(text) if token["type"] == "text"]
    return [word for part in said for word in _WORD.findall(part)]


def numbers(text):
    """(as written, value) of every number but those of addresses, code and lessons; 5 % is 5 and 0.05."""
    said = [token["raw"] for token in tokens(_LESSONS.sub("", text)) if _may_claim(token)]
    for part in said:
        for written, percent in _NUMBER.findall(part):
            yield written, Decimal(written)
            if percent:
                yield f"{written} %", Decimal(written) / 100


def slugs(text):
    """What may follow the `#` of a link: headings as GitHub names them and as JupyterLab does."""
    found = set(re.findall(r"""<\w+[^>]*\s(?:id|name)=["']([^"']+)["']""", text))
    for _, heading in headings(text):
        found.add(heading.replace(" ", "-"))
        found.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return found


def _may_claim(token):
    return token["type"] in ("text", "codespan", "inline_math", "block_math")


def _said(children):
    return "".join(token["raw"] for token in _flat(children) if "raw" in token)


def _flat(found):
    for token in found:
        yield token
        yield from _flat(token.get("children", []))
