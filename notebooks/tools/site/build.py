"""Write the texts of all pages, and make the site of them.

    python -m notebooks.tools.site            build/site, from the stored notebooks
    python -m notebooks.tools.site --open     the same, and show it in a browser, served to this machine alone

Where `make playground` has been before, the site has the playground, and lessons lead to it.
"""

import json
import re
import shutil
import tomllib
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from .. import command
from . import reference
from .pages import Page

NOTEBOOKS, SITE = Path("notebooks"), Path("site")
SOURCE, BUILT = Path("build/site-src"), Path("build/site")
PLAYGROUND = Path("build/playground")  # `make playground` builds it
PARTS = ("lessons", "evidence", "reports")
WRITTEN = {
    "site/index.md": "index",
    "site/open-in-jupyterlab.md": "open-in-jupyterlab",
    "notebooks/reports/README.md": "reports/index",
    "README.md": "project/readme",
    "CONTRIBUTING.md": "project/contributing",
    "notebooks/CHECKS.md": "project/checks",
}
MADE = {  # of files that are no text of a page
    "notebooks/src/glossary.toml": "glossary",
    "lrlib": "reference/index",
    "lrlib/schedules/presets": "reference/presets",
}
LEADING = ("evidence/register", "reports/index")  # pages that lead to the others of their part
BELOW = "\n```{toctree}\n:hidden:\n:glob:\n*\n```\n"
LIVE = """\
# Playground

Type a schedule, see its curve, its numbers and its name in other libraries, move what it is made of, compare
up to four. Python runs in the page itself, which loads 12 MB for it, once.

```{raw} html
<p class="exercise"><a href="playground/index.html">Open the playground</a></p>
<p class="exercise"><a href="playground/explorers.html">Move the sliders of the lessons</a></p>
```
"""
ENTRY = ("\nglossary\n", "\nglossary\nplayground\n")  # of the navigation, in the text of the first page
SEE = """\
**You want to see a schedule.** The [playground](playground.md) draws what you type, for a run as long as
yours, and says what PyTorch, optax, Keras and Hugging Face call it, where they have it.

**You write code.**"""
BACK = '<header>\n  <p><a href="../index.html">Back to the course</a></p>'
GLOSSARY = """\
# Glossary

One word for one thing, as the lessons use it. The lesson that is named explains the word first.

:::{glossary}
"""


def main(arguments=None):
    """Write and make the site; returns the exit status."""
    parser = command.parser("site", __doc__)
    parser.add_argument("--open", action="store_true", help="show the site in a browser; Ctrl-C ends it")
    options = parser.parse_args(arguments)
    write(SOURCE)
    status = make(SOURCE, BUILT)
    if options.open and not status:
        serve(BUILT)
    return status


def make(source, built):
    """Make the site of the texts in a folder; returns the exit status, after any warning 1.

    What was built before stays until the new site is whole.
    """
    from sphinx.cmd.build import main as sphinx  # what writes and tests the texts does without

    extra = f"html_extra_path={(source / 'extra').resolve()}"
    with TemporaryDirectory(dir=source.parent) as work:
        new = Path(work, "site")
        options = ["-W", "--keep-going", "-q", "-c", str(SITE), "-d", f"{work}/read", "-D", extra]
        status = sphinx([*options, str(source), str(new)])
        if not status:
            shutil.rmtree(built, ignore_errors=True)
            new.rename(built)
    return status


def serve(folder):
    """Show a folder in a browser, until it is stopped; only this machine can ask for it."""
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"the site is at {address} until you press Ctrl-C", flush=True)
        webbrowser.open(address)
        server.serve_forever()


def write(folder):
    """Write the texts and figures of all pages into a folder, which then holds nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    texts, extra = {"glossary": glossary(), **reference.pages()}, folder / "extra"
    moving = live()
    for source, name in sources().items():
        page = Page(Path(source), name, sources() | MADE, moving.get(name, ()))
        texts[name] = page.text() + (BELOW if name in LEADING else "")
        for path, png in page.figures.items():
            _put(extra / path, png)
    if PLAYGROUND.is_dir():
        _take_in(extra / "playground", texts)
        home = texts["index"].replace(*ENTRY).replace("**You write code.**", SEE)
        texts |= {"playground": LIVE, "index": home}
    for name, text in texts.items():
        _put(folder / f"{name}.md", text.encode())


def sources():
    """File of the project -> name of the page that is made of it."""
    files = [file for part in PARTS for file in sorted((NOTEBOOKS / part).glob("*.ipynb"))]
    return {file.as_posix(): f"{file.parent.name}/{file.stem}" for file in files} | WRITTEN


def live():
    """Name of a lesson's page -> (words, address in the site) of what moves in the playground."""
    found = {name: [] for name in lessons().values()}
    for number in _told("explorers"):
        found[lessons()[number]].append(
            ("Move these sliders without JupyterLab", f"playground/explorers.html#{number}")
        )
    for number, links in _told("links").items():
        found[lessons()[number]] += [
            (f"In the playground: {title}", f"playground/index.html{state}") for title, state in links
        ]
    return found


def lessons():
    """Number of a lesson -> name of its page."""
    return {Path(name).name[:2]: name for name in sources().values() if name.startswith("lessons/")}


def glossary():
    """The page of words: what each means, in Chinese too, and the lesson that explains it first."""
    words = tomllib.loads((NOTEBOOKS / "src" / "glossary.toml").read_text(encoding="utf-8"))["word"]
    return GLOSSARY + "\n\n".join(map(_entry, words)) + "\n:::\n"


def _take_in(folder, texts):
    """The playground as a part of the site: it leads back, an explorer and a schedule to their lessons."""
    shutil.copytree(PLAYGROUND, folder)
    for page in folder.glob("*.html"):
        page.write_text(page.read_text("utf-8").replace("<header>", BACK), "utf-8")
    moved = {
        number: {**each, "page": f"../{lessons()[number]}.html"}
        for number, each in _told("explorers").items()
    }
    (folder / "explorers.json").write_text(json.dumps(moved), "utf-8")
    to_read = {
        number: {**each, "title": _title(texts[lessons()[number]]), "page": f"../{lessons()[number]}.html"}
        for number, each in _told("lessons").items()
    }
    (folder / "lessons.json").write_text(json.dumps(to_read), "utf-8")


def _title(text):
    return re.search(r"^# (.+)$", text, re.MULTILINE)[1]


def _told(name):
    """What the playground says of the lessons: a file of it, from their numbers."""
    file = PLAYGROUND / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _entry(word):
    symbol = f"{word['symbol']}: " if "symbol" in word else ""
    chinese = f'<span lang="zh">{word["chinese"]}</span>'
    lesson = f"[lesson {word['lesson']}]({lessons()[word['lesson']]}.md)"
    return f"{word['term']}\n  {chinese} - {symbol}{word['means']} ({lesson})"


def _put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
