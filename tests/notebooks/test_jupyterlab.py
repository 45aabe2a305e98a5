"""Three lessons in JupyterLab, driven by a real browser as a learner would.

JupyterLab is started as `make lab` starts it, on a learner's copies, of lessons at the low ends of their
parameters. Screenshots are left in build/jupyterlab/.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import papermill
import pytest
from playwright.sync_api import expect, sync_playwright

from lrlib.course.copies import Copies
from lrlib.reports import parameters
from notebooks.tools import vary
from tests.browser import CHROMIUM

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "notebooks" / "lessons"
PICTURES = ROOT / "build" / "jupyterlab"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS, CELLS_SECONDS, ACT_SECONDS = 90, 240, 60
SETTINGS = {  # no questions and no news in a fresh JupyterLab
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
# The bytes of a picture, as soon as they are others than `before`; "" when `wait` ms were not enough.
OTHER_BYTES = """async (picture, [before, wait]) => {
    for (const end = performance.now() + wait; performance.now() < end;) {
        const bytes = await fetch(picture.src).then(reply => reply.arrayBuffer(), () => new ArrayBuffer());
        const text = Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, "0")).join("");
        if (text && text !== before) return picture.decode().then(() => text);
        await new Promise(requestAnimationFrame);
    }
    return "";
}"""


class Try(NamedTuple):
    """What a learner does in one lesson. gap: the first line of the exercise, to be answered twice."""

    lesson: str
    gap: str
    wrong: str
    diagnosis: str
    right: str


TRIES = [
    Try(
        "00_two_runs",
        "def my_set_rate(optimizer, rate):",
        'def my_set_rate(optimizer, rate):\n    optimizer.param_groups[0]["lr"] = rate',
        "Only the first group moved",
        "def my_set_rate(optimizer, rate):\n"
        '    for group in optimizer.param_groups:\n        group["lr"] = rate',
    ),
    Try(
        "07_linear_to_zero",
        "def my_linear(t, T, floor):",
        "def my_linear(t, T, floor):\n    return max(1 - min(t / T, 1), floor)",
        "Clipped: the line should reach the floor only at T.",
        "def my_linear(t, T, floor):\n    return floor + (1 - floor) * (1 - min(t / T, 1))",
    ),
    Try(
        "08_cosine_decay",
        "def my_cosine(t, start, end, hold, T):",
        "def my_cosine(t, start, end, hold, T):\n    p = max(t - hold, 0) / (T - hold)\n"
        "    return end + (start - end) * (1 + math.cos(math.pi * p)) / 2",
        "It climbs again: p has to stop at 1.",
        "def my_cosine(t, start, end, hold, T):\n    p = min(max((t - hold) / (T - hold), 0), 1)\n"
        "    return end + (start - end) * (1 + math.cos(math.pi * p)) / 2",
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a JupyterLab on a learner's copies, with its token; ended with the tests."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: the lessons were not opened in JupyterLab")
    home, course = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("course")
    (course / "notebooks" / "lessons").mkdir(parents=True)
    for attempt in TRIES:
        file = f"{attempt.lesson}.ipynb"
        given = vary.others(parameters.declared(nbformat.read(LESSONS / file, as_version=4)))
        copy = course / "notebooks" / "lessons" / file
        papermill.execute_notebook(
            str(LESSONS / file), str(copy), given, prepare_only=True, kernel_name="python3"
        )
    shutil.copy(LESSONS / "index.ipynb", course / "notebooks" / "lessons")
    Copies(course / "notebooks" / "mine", course / "notebooks" / "lessons").make()
    for name, values in SETTINGS.items():
        file = home / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **{name: str(home / own[name]) for name in own}}
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", *_arguments_of_make_lab(), "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--IdentityProvider.token={token}"]
    with open(home / "log", "w") as log:
        process = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
        try:
            yield _address(process, home / "runtime", home / "log"), token
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


@pytest.fixture(scope="module")
def browser(server, tmp_path_factory):
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            args=FLAGS,
            viewport={"width": 1280, "height": 1000},
        )
        yield opened
        opened.close()


def test_the_course_opens_and_its_links_lead_on(server, browser):
    address, token = server
    page = browser.new_page()
    page.set_default_timeout(1000 * ACT_SECONDS)
    page.goto(f"{address}?token={token}")
    page.get_by_role("heading", name="The course on one page").wait_for()
    expect(page.get_by_role("tab", name="index.ipynb")).to_be_visible()
    page.screenshot(path=PICTURES / "all-lessons.png")
    page.get_by_role("link", name="07 Linear to zero").first.click()
    tab = page.get_by_role("tab", name="07_linear_to_zero.ipynb")
    expect(tab).to_have_attribute("title", re.compile("Path: notebooks/mine/"))
    page.close(run_before_unload=False)


@pytest.mark.parametrize("attempt", TRIES, ids=[attempt.lesson for attempt in TRIES])
def test_a_learner_can_work_through(attempt, server, browser):
    page = Lesson(browser.new_page(), *server, attempt.lesson)
    page.run_all()
    page.move_a_slider()
    page.fill(attempt.gap, attempt.wrong)
    page.expect_answer("Not yet.", attempt.diagnosis, picture="wrong")
    page.fill(attempt.gap, attempt.right)
    page.expect_answer("Right.", picture="right")
    page.close()


class Lesson:
    """A lesson that is open in JupyterLab."""

    def __init__(self, page, address, token, name):
        self.page, self.name, self.errors = page, name, []
        page.set_default_timeout(1000 * ACT_SECONDS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{address}lab/workspaces/{name}/tree/notebooks/mine/{name}.ipynb?token={token}")
        self.stored = nbformat.read(LESSONS / f"{name}.ipynb", as_version=4)
        self.cells = page.locator(".jp-NotebookPanel:visible .jp-Cell")
        self.code = page.locator(".jp-NotebookPanel:visible .jp-CodeCell")
        expect(self.cells).to_have_count(len(self.stored.cells) + 1, timeout=1000 * START_SECONDS)
        self.answer = None

    def run_all(self):
        """Run every cell, and see that each ran, in order, and that none failed."""
        idle = self.page.get_by_role("button", name=re.compile(r"\| Idle$"))
        expect(idle).to_be_visible(timeout=1000 * START_SECONDS)
        self.shot("opened")
        expect(self.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output")).to_have_count(0)
        self.unfold()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        count = self.code.count()
        prompt = self.code.nth(count - 1).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(f"[{count}]:", timeout=1000 * CELLS_SECONDS)
        assert self.code.locator(".jp-InputPrompt").all_text_contents() == [
            f"[{n}]:" for n in range(1, count + 1)
        ]
        for failed in ('[data-mime-type="application/vnd.jupyter.stderr"]', ".jp-RenderedError"):
            expect(self.page.locator(f".jp-NotebookPanel:visible {failed}")).to_have_count(0)

    def unfold(self):
        """The cells that answer are folded; a folded cell does not say when it ran."""
        folded = [cell for cell in self.stored.cells if "check" in cell.metadata.get("tags", [])]
        placeholders = self.page.locator(".jp-NotebookPanel:visible .jp-InputPlaceholder")
        expect(placeholders).to_have_count(len(folded))
        self.page.get_by_role("menuitem", name="View", exact=True).click()
        self.page.get_by_role("menuitem", name="Expand All Code", exact=True).click()
        expect(placeholders).to_have_count(0)

    def move_a_slider(self):
        """Drag the first slider to another place, and see the picture below change."""
        cell = self.code.filter(has=self.page.locator(".jupyter-widgets.widget-slider"))
        expect(cell).to_have_count(1)
        picture, slider = cell.locator("img.widget-image"), cell.locator(".widget-slider").first
        slider.scroll_into_view_if_needed()
        self.shot("explorer-before")
        before, said = self.other_bytes(picture), slider.locator(".widget-readout").inner_text()
        track, handle = slider.locator(".noUi-base").bounding_box(), slider.locator(".noUi-handle")
        start = handle.bounding_box()
        left = start["x"] + start["width"] / 2 > track["x"] + track["width"] / 2
        handle.hover()
        self.page.mouse.down()
        self.page.mouse.move(track["x"] + track["width"] * (0.25 if left else 0.75), start["y"] + 5, steps=5)
        self.page.mouse.up()
        expect(slider.locator(".widget-readout")).not_to_have_text(said)
        assert before and self.other_bytes(picture, before), "the slider moved, the picture stayed"
        size, natural = picture.bounding_box(), picture.evaluate("picture => picture.naturalWidth")
        assert size["width"] <= natural, f"the picture is stretched from {natural} to {size['width']} pixels"
        self.shot("explorer-after")

    def other_bytes(self, picture, before=""):
        return picture.evaluate(OTHER_BYTES, [before, 1000 * ACT_SECONDS])

    def fill(self, gap, answer):
        """Write an answer into the exercise that starts with `gap`, run it, and run the cell that answers."""
        place = next(
            i for i, cell in enumerate(self.stored.cells) if gap in cell.source and _is_exercise(cell)
        )
        exercise, self.answer = self.cells.nth(place + 1), self.cells.nth(place + 2)
        content = exercise.locator(".cm-content")
        content.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(answer)
        before = self.answer.locator(".jp-InputPrompt").inner_text()
        self.page.keyboard.press("Shift+Enter")
        expect(self.answer).to_have_class(re.compile("jp-mod-selected"))
        self.page.keyboard.press("Shift+Enter")
        expect(self.answer.locator(".jp-InputPrompt")).not_to_have_text(before)
        expect(self.answer.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"))

    def expect_answer(self, *said, picture):
        output = self.answer.locator(".jp-OutputArea-output")
        for text in said:
            expect(output).to_contain_text(text)
        output.scroll_into_view_if_needed()
        self.shot(picture)

    def shot(self, what):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{self.name}-{what}.png")

    def close(self):
        assert not self.errors
        self.page.close(run_before_unload=False)


def _is_exercise(cell):
    return "exercise" in cell.metadata.get("tags", [])


def _arguments_of_make_lab():
    command = ["make", "--dry-run", "--no-print-directory", "lab"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    jupyter, lab, *arguments = shlex.split(shown.splitlines()[-1])
    assert (Path(jupyter).name, lab) == ("jupyter", "lab")
    return [argument for argument in arguments if argument != "--allow-root"]


def _address(process, runtime, log):
    """The address that a server wrote down when it was ready."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                return json.loads(file.read_text())["url"]
            except (ValueError, KeyError):  # it is being written
                pass
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
