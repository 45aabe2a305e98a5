"""A notebook, or a Markdown file of the project, as the text of a page.

Predictions are asked before they are answered: a field takes the reader's own, and what the tag `answer`
marks is folded. A cell that would check an exercise leads to JupyterLab, where Python answers.
"""

import json
import posixpath
import re
from html import escape

from . import outputs

CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
ADDRESS = re.compile(r"[a-z][a-z+.-]*:|//", re.IGNORECASE)
PROMISE = re.compile(r"^\*(After this you can .+?)\*$", re.MULTILINE | re.DOTALL)
GUESS = re.compile(r"(my_\w+) = None  # (.+)")
EXERCISE = re.compile(r'check\.exercise\(\s*"(.+?)"')
WORDS = "## Words\n"
HOW_TO_OPEN = "open-in-jupyterlab"


class Page:
    """A page of the site.

    source: the file it is made of, seen from the project's root. name: where it stands in the site.
    made: source -> name of every page there is, for the links from one to another.
    live: (words, address in the site) of what moves elsewhere, named below the page's explorer.
    """

    def __init__(self, source, name, made, live=()):
        self.source, self.name, self.made, self.live = source, name, made, live
        self.figures, self.code = {}, []

    def text(self):
        """The Markdown of the page; `figures` then holds path -> PNG of what it shows.

        Of a report all code stands in one fold at the end.
        """
        content = self.source.read_text(encoding="utf-8")
        if self.source.suffix == ".md":
            return self.linked(content)
        cells = json.loads(content)["cells"]
        parts = list(filter(None, map(self._cell, cells)))
        if self.code:
            parts.append(outputs.folded("The code of this page", "\n\n".join(self.code), "code"))
        return _head(parts[0]) + "\n\n".join(parts) + "\n"

    def linked(self, text):
        """The text, with its links to files of the project leading to their pages."""
        parts = CODE.split(text)
        parts[::2] = [LINK.sub(self._link, part) for part in parts[::2]]
        return "".join(parts)

    def keep(self, png):
        """Keep a figure; returns its address, seen from this page."""
        path = f"figures/{self.name}/{len(self.figures) + 1}.png"
        self.figures[path] = png
        return self.seen(path)

    def seen(self, path):
        """A path of the site, seen from this page."""
        return posixpath.relpath(path, posixpath.dirname(self.name) or ".")

    def _cell(self, cell):
        source, tags = outputs.text(cell["source"]), cell["metadata"].get("tags", ())
        if "navigation" in tags:  # the site has its own
            return ""
        if cell["cell_type"] == "markdown":
            return self._words() if source.startswith(WORDS) else self.linked(source)
        if "check" in tags:
            return self._exercise(source)
        shown = self.linked(outputs.shown(cell["outputs"], self.keep))
        if outputs.is_explorer(shown):
            shown += f"\n\n{self._live()}"
        if shown and "answer" in tags:
            shown = outputs.folded("Show the answer", shown, "answer")
        return f"{self._code(source)}\n\n{shown}".strip()

    def _live(self):
        links = [
            f'<li><a href="{escape(self.seen(path))}">{escape(words)}</a></li>' for words, path in self.live
        ]
        return outputs.raw(f'<ul class="live">{"".join(links)}</ul>') if links else ""

    def _code(self, source):
        guess = GUESS.fullmatch(source.strip())
        if guess:
            field = f'<input name="{guess[1]}" autocomplete="off">'
            return outputs.raw(f'<p class="guess"><label>{escape(guess[2])} {field}</label></p>')
        code = outputs.fenced(source, "python")
        if not self.name.startswith("reports/"):
            return code
        self.code.append(code)
        return ""

    def _exercise(self, source):
        number = EXERCISE.search(source)[1]
        way = f"[Open {self.source.name} in JupyterLab]({self.seen(HOW_TO_OPEN + '.md')})"
        return f"{{.exercise}}\n{way}, write your answer to {number}, and the cell below it replies."

    def _words(self):
        return f"{WORDS}\nOne word for one thing: the [glossary]({self.seen('glossary.md')}) explains them."

    def _link(self, found):
        picture, words, target = found.groups()
        file, mark, heading = target.partition("#")
        if ADDRESS.match(target) or not file:
            return f"{picture}[{words}]({_slug(target) if not file else target})"
        path = posixpath.normpath(posixpath.join(self.source.parent.as_posix(), file))
        if picture:
            return outputs.picture((self.source.parent / file).read_bytes(), words, self.keep)
        if path in self.made:
            return f"[{words}]({self.seen(self.made[path] + '.md')}{_slug(mark + heading)})"
        return f"{words} (`{path}`)" if (self.source.parent / file).exists() else found[0]


def _slug(fragment):
    """A heading that a link names, as the site names headings: from JupyterLab's form or GitHub's."""
    return re.sub(r"[^\w\-#]", "", fragment.lower())


def _head(first):
    """What a search engine reads of a page: what one can do after it."""
    promise = PROMISE.search(first)
    if not promise:
        return ""
    said = json.dumps(" ".join(promise[1].replace("*", "").split()))
    return f"---\nmyst:\n  html_meta:\n    description: {said}\n---\n\n"
