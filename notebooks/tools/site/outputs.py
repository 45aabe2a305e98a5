"""What a cell shows, as the Markdown of a page. Figures are files beside the site, so pages stay light."""

import base64
import re
import struct
from html import escape

RESULTS = "application/vnd.lrlib.results+json"
EXPLORER = re.compile(r"Explorer of (.+?): run this cell in JupyterLab to move the sliders\.\s*")
UNANSWERED = re.compile(r"^Not done yet\. .*\n?(?:- .*\n?)*", re.MULTILINE)  # as `check` says it
STYLE = re.compile(r"<style.*?</style>\s*", re.DOTALL)
PARTS = re.compile(r"<(thead|tbody)\b.*?</\1>", re.DOTALL)
HEAD = re.compile(r"<th(?![^>]*\bscope=)(?=[\s>])")
COLUMNS = re.compile(r"\S {2,}\S")
FENCE = re.compile(r"^`{3,}", re.MULTILINE)


def shown(outputs, figures):
    """The Markdown of a cell's outputs, "" where there are none; `figures` keeps each picture.

    figures: a function that takes the bytes of a PNG and returns its address, seen from the page.
    """
    return "\n\n".join(filter(None, (_one(output, figures) for output in _joined(outputs))))


def text(lines):
    """What a notebook stores as one text or as a list of lines."""
    return lines if isinstance(lines, str) else "".join(lines)


def fenced(content, language="text", kind=""):
    """A block of code or of printed lines, whatever it holds."""
    fence = max(["``", *FENCE.findall(content)], key=len) + "`"
    option = f":class: {kind}\n" if kind else ""
    return f"{fence}{{code-block}} {language}\n{option}\n{content.rstrip()}\n{fence}"


def printed(content):
    """Printed lines: sentences go on below where the screen ends, columns stay one above the other."""
    return fenced(content, kind="output" if COLUMNS.search(content) else "output sentences")


def is_explorer(markdown):
    """Whether the place of an explorer is in it."""
    return '<div class="explorer"' in markdown


def raw(html):
    """HTML that reaches the page as it stands."""
    return f"```{{raw}} html\n{html}\n```"


def picture(png, alt, figures):
    """A picture that leads to itself, to be seen whole where the screen is narrower."""
    width, height = struct.unpack(">II", png[16:24])
    address = figures(png)
    size = f'width="{width}" height="{height}" loading="lazy"'
    return f'<a class="whole" href="{address}"><img src="{address}" alt="{escape(alt)}" {size}></a>'


def folded(summary, content, kind):
    """Content that a reader opens; the summary is a line of text."""
    opening = f'<details class="{kind}"><summary>{escape(summary)}</summary>'
    return f"{raw(opening)}\n\n{content}\n\n{raw('</details>')}"


def table(html):
    """A table of pandas without its style, whose heads say whether they are of a column or of a row."""
    return PARTS.sub(_scoped, STYLE.sub("", html)).replace('border="1" ', "")


def _joined(outputs):
    """The outputs, printed lines that follow each other as one, without what asks for a prediction."""
    found = []
    for output in outputs:
        if output["output_type"] != "stream":
            found.append(output)
        elif printed := UNANSWERED.sub("", text(output["text"])):
            before = found.pop()["text"] if found and found[-1]["output_type"] == "stream" else ""
            found.append({**output, "text": before + printed})
    return found


def _one(output, figures):
    if output["output_type"] == "stream":
        return printed(text(output["text"]))
    data = output["data"]
    if RESULTS in data:
        return ""
    if "image/png" in data:
        png, alt = base64.b64decode(data["image/png"]), output["metadata"]["image/png"]["alt"]
        return raw(f"<figure>{picture(png, alt, figures)}</figure>")
    if "text/html" in data:
        return raw(f'<div class="table-wrapper">{table(text(data["text/html"]))}</div>')
    if "text/markdown" in data:
        return text(data["text/markdown"])
    plain = text(data["text/plain"])
    explorer = EXPLORER.fullmatch(plain)
    return _explorer(explorer[1]) if explorer else printed(plain)


def _explorer(sliders):
    """The place of an explorer: its sliders by name, for whatever makes them move here one day."""
    named = escape(sliders)
    return raw(
        f'<div class="explorer" data-sliders="{named}"><p>An explorer stands here: sliders for '
        f"<em>{named}</em> that redraw a picture. They move in JupyterLab; here other cells show the same at "
        "fixed positions.</p></div>"
    )


def _scoped(part):
    scope = "col" if part[1] == "thead" else "row"
    return HEAD.sub(f'<th scope="{scope}"', part[0])
