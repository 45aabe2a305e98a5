"""A browser for the pages that tests look at."""

import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from notebooks.tools import playground

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: no page was opened")


@dataclass
class Seen:
    """An open page: what it asked for, what of that its own policy blocked, and what it complained of."""

    view: Page
    requests: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """Requests that leave the machine's disk."""
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def opened(file: Path) -> Iterator[Seen]:
    """A page in a browser without a network."""
    with browser() as chromium:
        view = chromium.new_context(offline=True, viewport={"width": 1200, "height": 800}).new_page()
        seen = Seen(view)
        view.on("request", lambda r: seen.requests.append(r.url))
        view.on("requestfailed", lambda r: seen.blocked.append(r.url) if "csp" in r.failure else None)
        view.on("pageerror", lambda e: seen.errors.append(str(e)))
        view.on("console", lambda m: seen.errors.append(m.text))
        view.on("dialog", lambda d: (seen.errors.append(d.message), d.dismiss()))
        view.goto(file.as_uri())
        yield seen


def axe() -> str:
    """The script that looks for what keeps people from using a page, fetched once and checked by its hash."""
    root = playground.ROOT
    try:
        file = playground.fetched(root / "tests/site/packages.txt", root / "build" / "packages")
    except subprocess.CalledProcessError:
        pytest.skip("axe could not be fetched: accessibility was not checked")
    with zipfile.ZipFile(file) as wheel:
        return wheel.read("axe_playwright_python/axe.min.js").decode()
