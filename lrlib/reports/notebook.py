"""What a report's notebook asks of the runner, and hands over to it."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from lrlib import __version__
from lrlib.checkout import ROOT
from lrlib.process import cores
from lrlib.reports.text import plain
from lrlib.rules import Rule, check, each, is_a, such_that

RESULTS = "application/vnd.lrlib.results+json"
STORED = "LRLIB_STORED"  # set where a page is executed to be committed: no commit has it yet
KEPT = "LRLIB_KEPT"  # the folder in which a report keeps what is finished, in the environment of its kernel
PACKAGES = ("torch", "numpy", "scipy", "pandas", "scikit-learn", "matplotlib")

_text = is_a(str, "a text").convert
Lines = Rule("a list of texts", lambda given: each(_text)([given] if isinstance(given, str) else given))
Word = Rule("letters, digits, - and _", such_that(_text, re.compile(r"[\w-]{1,60}", re.ASCII).fullmatch))


def results(*, summary: str | Sequence[str] = (), **found) -> None:
    """In a report's notebook: hand over what was found, for `found` in results.json, and its summary.

    found: plain JSON, without nan; without what differs when the same is computed again, such as times.
    summary: the answer, a line or some, in plain words without Markdown: the command line prints them.
    """
    values = {"summary": [plain(line, 1000) for line in check("summary", Lines, summary)], "found": found}
    json.dumps(values, allow_nan=False)
    from IPython.display import display  # a kernel has it; the command line need not

    display({RESULTS: values, "text/plain": "results handed over"}, raw=True)


def kept(what: str) -> Path | None:
    """In a report's notebook: a folder that is there again when the report was stopped and is started again.

    what: a name for it, a word. It lies below the folder of the report, belongs to this report with exactly
    these parameters, and is removed once the report is published: with `out=reports.kept("tuning")`,
    `train.tune` trains only what is missing. None where a notebook runs by itself.

    >>> kept("tuning") is None
    True
    """
    word, folder = check("what", Word, what), os.environ.get(KEPT)
    return Path(folder, word) if folder else None


class About(dict):
    """Where and with what a report was made; in a notebook, a line of Markdown."""

    def _repr_markdown_(self) -> str:
        packages = ", ".join(f"{package} {number}" for package, number in self["versions"].items())
        changed = ", with changes that are in no commit" if self["changed"] else ""
        commit = f"commit `{self['commit'][:12]}`{changed}" if self["commit"] else "no commit is known"
        commit = "the commit that this page is in" if STORED in os.environ else commit
        return f"{self['date']}; {commit}; {self['machine']}, {self['cores']} cores; {packages}."


def about() -> About:
    """Date, commit (None outside a checkout) and whether it was changed, machine, cores and versions.

    >>> sorted(about())
    ['changed', 'commit', 'cores', 'date', 'machine', 'versions']
    """
    commit, changed = _commit()
    made = {"date": date.today().isoformat(), "commit": commit, "changed": changed, "machine": _machine()}
    return About(made, cores=cores(), versions=versions())


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on."""
    installed = {package: version(package) for package in PACKAGES}
    return {"python": platform.python_version(), "lrlib": __version__, **installed}


def _commit() -> tuple[str | None, bool]:
    """The commit of the checkout, and whether files differ from it."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")).resolve() != ROOT:  # lrlib lies in another's checkout
            return None, False
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, False


@cache
def _machine() -> str:
    """The processor by its name, and the system."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    return f"{processor}, {platform.system()}"
