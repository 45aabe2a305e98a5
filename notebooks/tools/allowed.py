"""What a stored notebook may hold; everything else is refused. Each function returns faults, one line each.

Whoever needs a tag, a key, a kind of output or an element of HTML that is not listed lists it here, with what
it is for: nothing that an editor or another program writes into a notebook means anything to the checks.
"""

import html
import re
from html.parser import HTMLParser

from . import compare, figures, prose

IGNORED = "nbval-ignore-output"
TAGS = {
    "code": {
        "parameters": "what a report or a lesson may be run with",
        "profiles": "named sets of parameters",
        "exercise": "a gap for the learner",
        "check": "the cell that answers",
        "answer": "shows what a prediction was asked for: its outputs are folded",
        IGNORED: "shows its environment, which differs between machines",
    },
    "markdown": {
        "solution": "the solution of an exercise",
        "explain": "what is answered in words and marked by a person, with its model answer and mark scheme",
        "navigation": "links to the pages before and after, generated",
    },
}
KEYS = {"code": ("tags", "jupyter", "unchecked"), "markdown": ("tags",)}
HIDDEN = {"source_hidden": True}  # all that `jupyter` may say in a twin
FOLDED = {"outputs_hidden": True}  # what is stored for the tag `answer`, so that JupyterLab folds its outputs
ENVIRONMENT = (  # cells that may be tagged so: of the reports, and of the tests of these checks
    'Markdown(", ".join(f"{package} {number}" for package, number in reports.versions().items()))',
    "reports.about()",
    'shootout.bill(found, use["workers"])',
    "print(os.getpid())",
)

STREAMS = ("stdout",)
RESULTS = "application/vnd.lrlib.results+json"
SHOWN = {"text/plain", "text/html", "text/markdown", "image/png", RESULTS}

ELEMENTS = {
    **dict.fromkeys(("details", "summary", "div", "caption", "code", "thead", "tbody", "td"), ()),
    "a": ("href",),
    "style": ("scoped",),
    "table": ("border", "class"),
    "tr": ("style",),
    "th": ("rowspan", "colspan", "valign", "halign", "scope"),
}
LANGUAGES = ("", "python", "text")  # of blocks of code
_ALIGNED = r"(?:text|vertical)-align: \w+;"
_NUMBER = r"\d{1,3}"
VALUES = {"scoped": "", "class": "dataframe", "style": _ALIGNED, "valign": "top", "halign": "left"}
VALUES |= {"scope": "col|row"} | dict.fromkeys(("border", "rowspan", "colspan"), _NUMBER)
_RULES = re.compile(rf"(?:\s*\.dataframe [\w\s:-]+\{{\s*{_ALIGNED}\s*\}})*\s*")
_OPENS = re.compile(r"<[a-zA-Z/!?]")
_LINK = re.compile(r"https?://|[^:/\\]*(?:$|/(?!/))|#", re.IGNORECASE)  # a site, a file beside it, a heading
_TEX = re.compile(r"\\(?:href|url|data|class|style|cssId|html\w*|require|includegraphics)\b")  # no formula
_PICTURE = re.compile(r"[^:/\\]+(?:$|/(?!/))")


def is_ignored(cell):
    """Whether the outputs of a cell may differ from the stored ones: it is tagged so, and listed.

    Nothing else switches a comparison off, here and in the run.
    """
    if IGNORED not in compare.tags(cell) or cell["source"] not in ENVIRONMENT:
        return False
    return {name for o in cell["outputs"] for name in o.get("data", ())} <= {"text/plain", "text/markdown"}


def of_ours(cell):
    """The metadata of a cell without what editors add. Tags all stay: somebody chose them."""
    kept = {key: cell.metadata[key] for key in KEYS.get(cell.cell_type, ()) if cell.metadata.get(key)}
    if "jupyter" in kept:
        kept["jupyter"] = {key: True for key in HIDDEN if kept["jupyter"].get(key)}
    return {key: value for key, value in kept.items() if value}


def metadata_faults(cell):
    """Keys and tags of a cell that are not listed."""
    kind, metadata = cell["cell_type"], cell["metadata"]
    if kind not in KEYS:
        return [f"is a {kind} cell, allowed: {', '.join(KEYS)}"]
    more = [key for key in metadata if key not in KEYS[kind]]
    found = [f"has the metadata {key!r}, allowed: {', '.join(KEYS[kind])}" for key in more]
    for tag in compare.tags(cell):
        if tag not in TAGS[kind]:
            found.append(f"has the tag {tag!r}, allowed: {', '.join(TAGS[kind])}")
    hidden = FOLDED if "answer" in compare.tags(cell) else HIDDEN
    if metadata.get("jupyter", hidden) != hidden:
        found.append(f"has the metadata jupyter = {metadata['jupyter']!r}, allowed: {hidden}")
    if not isinstance(metadata.get("unchecked", ""), str):
        found.append("says why it is unchecked in something that is no text")
    if IGNORED in compare.tags(cell) and not is_ignored(cell):
        found.append(f"is tagged {IGNORED}, and no cell that may be: notebooks/tools/allowed.py lists them")
    return found


def output_faults(output):
    """What an output shows that is not listed, or not in its one form."""
    kind = output["output_type"]
    if kind == "stream":
        return [] if output["name"] in STREAMS else [f"stores {output['name']}: {output['text'][:80]!r}"]
    if kind == "error":
        return [f"stores {output['ename']}: {output['evalue']}"]
    data, found = output["data"], []
    found += [f"shows {name}, allowed: {', '.join(sorted(SHOWN))}" for name in data if name not in SHOWN]
    described = {"image/png": {"alt"}} if "image/png" in data else {}
    for name, about in output["metadata"].items():
        if not isinstance(about, dict) or set(about) - described.get(name, set()):
            found.append(f"has the metadata {name} = {about!r:.80}, allowed: the alt of a picture")
    found += figures.faults(data["image/png"]) if "image/png" in data else []
    found += html_faults(data.get("text/html", "")) + markdown_faults(data.get("text/markdown", ""))
    return found


def markdown_faults(text):
    """HTML, links and pictures of a Markdown text that are not listed."""
    found = []
    for token in prose.tokens(text):
        raw = token.get("raw", "") if token["type"] != "codespan" else ""
        if token["type"] in ("inline_html", "block_html"):
            found += html_faults(token["raw"])
        elif token["type"] == "block_code":
            language = token.get("attrs", {}).get("info", "")
            found += [] if language in LANGUAGES else [f"a block of {language[:80]!r} is not allowed"]
        elif token["type"] in ("link", "image"):
            found += _address_faults(token["attrs"]["url"], token["type"])
        elif _OPENS.search(raw) or _TEX.search(raw):
            found.append(f"{raw[:80]!r} is no plain text or formula; a < that compares has blanks around it")
    return found


def html_faults(text):
    """Elements and attributes of a piece of HTML that are not listed."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    unfinished = [f"<{reader.cdata_elem}> never ends"] if reader.cdata_elem else []
    return reader.faults + unfinished


class _Reader(HTMLParser):
    """Collects what is not listed."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.faults = []

    def handle_starttag(self, tag, attrs):
        """An element and its attributes."""
        if tag not in ELEMENTS:
            self.faults.append(f"the element <{tag}> is not allowed")
        for name, value in attrs:
            if name not in ELEMENTS.get(tag, ()):
                self.faults.append(f"the attribute {name} of <{tag}> is not allowed")
            elif name == "href":
                self.faults += _address_faults(value or "", "link")
            elif not re.fullmatch(VALUES[name], value or ""):
                self.faults.append(f"{name}={value!r:.80} of <{tag}> is not allowed")

    def handle_endtag(self, tag):
        """The end of an element."""
        if tag not in ELEMENTS:
            self.faults.append(f"the element </{tag}> is not allowed")

    def handle_data(self, data):
        """Text, and the rules of a style."""
        if self.cdata_elem == "style":
            if not _RULES.fullmatch(data):
                self.faults.append(f"the style {data.strip()[:80]!r} is not what a table of pandas has")
        elif "<" in data:
            self.faults.append(f"unfinished HTML in {self.rawdata[:80]!r}")

    def handle_comment(self, data):
        """Comments, and what browsers take for one."""
        self.faults.append(f"a comment or declaration, {data[:80]!r}, is not allowed")

    handle_decl = handle_pi = unknown_decl = handle_comment


def _address_faults(address, kind):
    plain = re.sub(r"[\x00-\x20]", "", html.unescape(address))
    if (_PICTURE if kind == "image" else _LINK).match(plain):
        return []
    wanted = "a file beside it" if kind == "image" else "https, or a file beside it"
    return [f"the {kind} to {address[:80]!r} is not allowed, only {wanted}"]
