"""Links between the pages of the project, notebooks and Markdown files; the web is not visited."""

import re
import subprocess
from urllib.parse import unquote

from . import prose
from .form import read


def pages(root):
    """Every notebook and Markdown file that git tracks or would add, in order."""
    command = [
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "*.md",
        "*.ipynb",
    ]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return sorted(root / line for line in set(listed.splitlines()) if (root / line).exists())


def dead(page, root):
    """Links of a page that lead nowhere: no such file in the project, or no such heading in it."""
    faults = []
    for target in _relative(page):
        file, _, anchor = unquote(target).partition("#")
        aim = (page.parent / file).resolve() if file else page
        if not aim.is_relative_to(root.resolve()):
            faults.append(f"{target} leads out of the project")
        elif not aim.exists():
            faults.append(f"{target} does not exist")
        elif anchor and anchor not in _anchors(aim):
            faults.append(f"{target}: nothing in {aim.name} is called #{anchor}")
    return faults


def _relative(page):
    found = [target for text in _texts(page) for target in prose.links(text)]
    return [target for target in dict.fromkeys(found) if not re.match(r"[a-z][a-z+.-]*:|//", target, re.I)]


def _anchors(aim):
    if aim.suffix not in (".md", ".ipynb"):
        return set()
    return {slug for text in _texts(aim) for slug in prose.slugs(text)}


def _texts(page):
    """The Markdown of a page; of a notebook also what its cells show as such."""
    if page.suffix != ".ipynb":
        yield page.read_text(encoding="utf-8")
        return
    for cell in read(page).cells:
        if cell.cell_type == "markdown":
            yield cell.source
        for output in cell.get("outputs", []):
            yield output.get("data", {}).get("text/markdown", "")
