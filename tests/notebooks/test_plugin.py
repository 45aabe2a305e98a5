"""The harness notices every known way to fool it, and accepts what is only rounding.

A small project is built in a temporary folder by the real executor. One stored notebook is
then tampered with, cell by cell, others as a whole, and real pytest runs judge them.
"""

import base64
import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from copy import deepcopy
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from notebooks.tools import figures, twins

pytestmark = pytest.mark.long  # every check is tried on notebooks that break it, in kernels

ROOT = Path(__file__).parents[2]
CLEAN = """\
# %% [markdown]
# # A small notebook

# %%
import os

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display

from lrlib.plot import Picture

noise = float(os.environ.get("HARNESS_NOISE", "0"))
x = np.linspace(0, 1, 200)


def decay(noise=noise):
    return np.exp(-3 * x) * (1 + noise * np.cos(np.arange(200)))


# %%
y = decay()
print(f"loss {y[10]:.6f} after {len(y)} steps: {100 * y[20]:.1f}%")
print(repr(float(y[50])), y[60:63])

# %%
y = decay()
display({"application/vnd.lrlib.results+json": {"runs": 3, "loss": float(y[7])}}, raw=True)
HTML(f'<table class="dataframe"><tr><td>{y[50]}</td></tr></table>')

# %%
y = decay()
print("before the picture")
fig, axes = plt.subplots(figsize=(7, 4.5))
axes.plot(x, y, color="#0072B2", linewidth=0.576, label="rate 0.25")
axes.plot(x, y**2, color="#D55E00", label="rate 0.5")
axes.fill_between(x, y - 0.1, y + 0.1, color="#56B4E9", alpha=0.15, linewidth=0)
axes.set(xlabel="step", title="Two lines")
axes.legend()
plt.close(fig)
Picture(fig, "Two lines that decay, one in a band.")

# %% [markdown]
# A line that decays.

# %% tags=["nbval-ignore-output"]
print(os.getpid())
"""
SETUP, NUMBERS, TABLE, PICTURE, IGNORED = range(5)
FAILING = """\
# %%
rate = 1 / 0
"""


def picture(size, colour):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format="png")
    return base64.b64encode(buffer.getvalue()).decode()


# --- ways to tamper with one cell: (promise, cell, edit, does the cell still pass) -----------------


def code(old, new):
    def edit(cell):
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return edit


def stored_text(place, old, new):
    def edit(cell):
        output = cell.outputs[place[0]]
        for key in place[1:-1]:
            output = output[key]
        assert old in output[place[-1]]
        output[place[-1]] = output[place[-1]].replace(old, new)

    return edit


def red_square(cell):
    cell.outputs[1].data["image/png"] = picture((80, 80), "red")


def red_rectangle(cell):
    height, width = figures.pixels(cell.outputs[1].data["image/png"]).shape[:2]
    cell.outputs[1].data["image/png"] = picture((width, height), "red")


def stored_result(name, value):
    results = "application/vnd.lrlib.results+json"
    return lambda cell: cell.outputs[0].data[results].update({name: value})


def tagged(tag, edit):
    def both(cell):
        edit(cell)
        cell.metadata.tags = [tag]

    return both


def commented(mark):
    def both(cell):
        DIGIT(cell)
        cell.source = f"# {mark}\n{cell.source}"

    return both


def painted(change):
    """Let `change` edit the stored pixels, written in the one form that is allowed."""

    def edit(cell):
        pixels = figures.pixels(cell.outputs[1].data["image/png"]).copy()
        change(pixels)
        cell.outputs[1].data["image/png"] = stored_as_drawn(pixels)
        assert not figures.faults(cell.outputs[1].data["image/png"])

    return edit


def with_opacity(cell):
    pixels = figures.pixels(cell.outputs[1].data["image/png"])
    clear = np.full((*pixels.shape[:2], 1), 128, np.uint8)
    cell.outputs[1].data["image/png"] = stored_as_drawn(np.concatenate([pixels, clear], axis=2))


def stored_as_drawn(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png", dpi=(100, 100))
    return base64.b64encode(buffer.getvalue()).decode()


def with_picture(cell):
    cell.outputs = [nbformat.v4.new_output("display_data", {"image/png": picture((80, 80), "red")})]


def without_output(place):
    return lambda cell: cell.outputs.pop(place)


def with_stored_extra(cell):
    cell.outputs.append(nbformat.v4.new_output("display_data", {"text/plain": "more"}))


def stripped(cell):
    cell.outputs, cell.execution_count = [], None


def emptied(cell):
    cell.outputs = []


NBVAL_TAGS = ("nbval-ignore-output", "pytest-validate-ignore-output", "nbval-skip", "nbval_ignore_output")
NBVAL_MARKS = ("NBVAL_IGNORE_OUTPUT", "PYTEST_VALIDATE_IGNORE_OUTPUT", "NBVAL_SKIP")
DIGIT = stored_text((0, "text"), "after 200", "after 201")
SWAPPED = code("#0072B2", "#009E73")  # the closest pair of colours of that palette
SWAPPED_LEGEND = code("axes.legend()", "axes.legend(axes.lines[::-1], ['rate 0.25', 'rate 0.5'])")
CONNECTION = "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)\n"
LOOPBACK = """\
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
"""
CHILD = """\
import subprocess, sys
subprocess.run([sys.executable, "-c", "import socket; socket.getaddrinfo('example.org', 80)"], check=True)
"""
LIBRARY = "import urllib.request\nurllib.request.urlopen('https://example.org', timeout=1)\n"
TAMPERED = [
    ("numbers as they were", NUMBERS, lambda cell: None, True),
    ("picture as it was", PICTURE, lambda cell: None, True),
    ("noise of 1e-13 in numbers", NUMBERS, code("decay()", "decay(1e-13)"), True),
    ("noise of 1e-13 in table and results", TABLE, code("decay()", "decay(1e-13)"), True),
    ("noise of 1e-13 in plotted data", PICTURE, code("decay()", "decay(1e-13)"), True),
    ("figure with a tolerance of its own", PICTURE, tagged("figure-tol=5", SWAPPED), False),
    *((f"digit in a cell tagged {tag}", NUMBERS, tagged(tag, DIGIT), False) for tag in NBVAL_TAGS),
    *((f"digit below a comment {mark}", NUMBERS, commented(mark), False) for mark in NBVAL_MARKS),
    (
        "swapped legend, comparison switched off",
        PICTURE,
        tagged("pytest-validate-ignore-output", SWAPPED_LEGEND),
        False,
    ),
    ("picture in a cell that shows its environment", IGNORED, with_picture, False),
    ("digit", NUMBERS, stored_text((0, "text"), "after 200", "after 201"), False),
    ("last digit of a rounded number", NUMBERS, code("y[10]:.6f", "y[10] + 1e-6:.6f"), False),
    ("word", NUMBERS, stored_text((0, "text"), "loss", "gain"), False),
    ("number in a table", TABLE, stored_text((1, "data", "text/html"), "<td>0.47", "<td>0.48"), False),
    ("number in results", TABLE, stored_result("loss", 0.5), False),
    ("count in results", TABLE, stored_result("runs", 4), False),
    ("red square", PICTURE, red_square, False),
    ("red rectangle of the same size", PICTURE, red_rectangle, False),
    ("plotted data x 1.02", PICTURE, code("decay()", "1.02 * decay()"), False),
    ("swapped colours of a thin line", PICTURE, SWAPPED, False),
    ("swapped legend", PICTURE, SWAPPED_LEGEND, False),
    ("colour moved by 15 of 255", PICTURE, code("#0072B2", "#0F81C1"), False),
    ("colour of a line moved by 15 of 255 in one channel", PICTURE, code("#D55E00", "#D55E0F"), False),
    ("opacity of a band a third less", PICTURE, code("alpha=0.15", "alpha=0.1"), False),
    ("decimal comma in a legend", PICTURE, code("rate 0.25", "rate 0,25"), False),
    ("digit in a legend", PICTURE, code("rate 0.25", "rate 0.26"), False),
    ("letter in a title", PICTURE, code("Two lines", "Two fines"), False),
    ("line moved by half a pixel", PICTURE, code("axes.plot(x, y**2,", "axes.plot(x, y**2 + 0.0015,"), False),
    ("dashed line", PICTURE, code("linewidth=0.576", "linewidth=0.576, linestyle='--'"), False),
    ("line left out", PICTURE, code("axes.plot(x, y**2,", "axes.plot([], [],"), False),
    ("alternative text", PICTURE, stored_text((1, "metadata", "image/png", "alt"), "Two", "Ten"), False),
    ("digest of a picture", PICTURE, stored_text((1, "data", "text/plain"), "2 lines", "3 lines"), False),
    ("eight pixels", PICTURE, painted(lambda p: p[5, 5:13, :3].__isub__(60)), False),
    ("one pixel", PICTURE, painted(lambda p: p[200, 300, :3].__isub__(60)), False),
    ("area a shade darker", PICTURE, painted(lambda p: p[:60, :, :3].__isub__(5)), False),
    ("connection to another machine", NUMBERS, code("y =", CONNECTION + "y ="), False),
    ("connection to this machine", NUMBERS, code("y =", LOOPBACK + "y ="), True),
    ("connection of a child", NUMBERS, code("y =", CHILD + "y ="), False),
    ("connection through a library", NUMBERS, code("y =", LIBRARY + "y ="), False),
    ("error behind a tag", NUMBERS, tagged("raises-exception", code("y =", "1 / 0\ny =")), False),
    ("outputs stripped", NUMBERS, stripped, False),
    ("outputs deleted", NUMBERS, emptied, False),
    ("picture deleted", PICTURE, without_output(1), False),
    ("result deleted", TABLE, without_output(1), False),
    ("extra stored output", NUMBERS, with_stored_extra, False),
    ("extra fresh output", PICTURE, code("plt.close(fig)", "display(fig)"), False),
    ("order of outputs", PICTURE, lambda cell: cell.outputs.reverse(), False),
    ("warning on stderr", NUMBERS, code("y =", "import warnings\nwarnings.warn('careful')\ny ="), False),
    ("silent failure", NUMBERS, code("y =", "1 / 0\ny ="), False),
]


# --- ways to tamper with a whole notebook, without running it: (rule that notices, edit) -----------


def whole(edit):
    """Let `edit` change the notebook as it was read, and the twin stay."""

    def tamper(notebook):
        edit(notebook)
        return None

    return tamper


def with_twin(edit):
    """Let `edit` change notebook and twin alike."""

    def tamper(notebook):
        edit(notebook)
        return twins.as_text(notebook)

    return tamper


def cells_swapped(notebook):
    counted = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counted[1].execution_count, counted[2].execution_count = 3, 2


def printed(text):
    def edit(notebook):
        notebook.cells[2].outputs[0].text += f"{text}\n"

    return whole(edit)


def said(markdown):
    def edit(notebook):
        notebook.cells[5].source += f"\n\n{markdown}"

    return with_twin(edit)


def noted(cell=2, **metadata):
    return with_twin(lambda notebook: notebook.cells[cell].metadata.update(metadata))


def showed(name, value, **metadata):
    def edit(notebook):
        data = {"text/plain": "more", name: value}
        notebook.cells[2].outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata))

    return whole(edit)


def source(text):
    return with_twin(lambda notebook: notebook.cells[2].update(source=text))


def redrawn(change):
    """Let `change` edit the bytes of the stored picture."""

    def edit(notebook):
        data = notebook.cells[4].outputs[1].data
        data["image/png"] = base64.b64encode(change(base64.b64decode(data["image/png"]))).decode()

    return whole(edit)


def with_chunk(name, body, before=b"IDAT"):
    def change(data):
        place = data.index(before) - 4
        chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        return data[:place] + chunk + data[place:]

    return redrawn(change)


def other_density(data):
    picture, changed = Image.open(io.BytesIO(data)), io.BytesIO()
    picture.save(changed, format="png", dpi=(50, 100))
    return changed.getvalue()


def as_saved(change):
    """Let `change` edit the text of the file."""
    return lambda notebook: change(nbformat.v4.nbjson.writes(notebook, indent=1) + "\n").encode()


def error_stored(notebook):
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
    notebook.cells[2].outputs = [error]


def warning_stored(notebook):
    notebook.cells[2].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="careful"))


def line_wrapped(notebook):
    notebook.cells[4].outputs[1].data["image/png"] += "\n"


def undescribed(notebook):
    notebook.cells.pop(5)
    output = notebook.cells[4].outputs[1]
    output.metadata, output.data["text/plain"] = {}, "<Figure size 700x450>"


def of_kind(kind):
    return with_twin(lambda nb: nb.cells.__setitem__(2, getattr(nbformat.v4, f"new_{kind}_cell")("y = 1")))


LISTED = "holds_what_is_listed"
HIDE = {"jupyter": {"source_hidden": True}}
COLAB = {"id": "aBc", "colab": {"base_uri": "localhost"}, "outputId": "1-2"}
BROKEN = {
    "order": ("was_executed_in_order", whole(cells_swapped)),
    "stripped": ("was_executed_in_order", whole(lambda nb: stripped(nb.cells[2]))),
    "same_ids": ("has_unique_ids", whole(lambda nb: nb.cells[2].update(id=nb.cells[1].id))),
    "no_id": ("has_unique_ids", whole(lambda nb: nb.cells[2].pop("id"))),
    "edited": ("agrees_with_twin", whole(lambda nb: nb.cells[2].update(source="y = 2"))),
    "untagged": ("agrees_with_twin", whole(lambda nb: nb.cells[-1].metadata.clear())),
    "no_twin": ("agrees_with_twin", lambda nb: ""),
    "long": ("has_short_cells", source("y = 1\n" * 31)),
    "undescribed": ("describes_pictures", with_twin(undescribed)),
    "titled_twice": ("has_ordered_headings", with_twin(lambda nb: nb.cells[5].update(source="# Again"))),
    "idle": ("leaves_no_cell_idle", source("pass")),
    "unread": ("uses_its_parameters", noted(1, tags=["parameters"])),
    "comment": ("hides_no_cell", source("# NBVAL_IGNORE_OUTPUT")),
    "twice_marked": ("hides_no_cell", source("## NBVAL_SKIP\ny = 1")),
    "ignored_twice": ("hides_no_cell", with_twin(lambda nb: nb.cells.append(deepcopy(nb.cells[-1])))),
    "hidden": ("hides_no_cell", noted(**HIDE)),
    # marks
    "skipped": (LISTED, noted(tags=["nbval-skip"])),
    "ignored": (LISTED, noted(tags=["nbval-ignore-output"])),
    "ignored_old": (LISTED, noted(tags=["pytest-validate-ignore-output"])),
    "tolerant": (LISTED, noted(tags=["figure-tol=0.1"])),
    "raises": (LISTED, noted(tags=["raises-exception"])),
    "hidden_input": (LISTED, noted(tags=["hide-input"])),
    "tagged_text": (LISTED, noted(5, tags=["check"])),
    "hidden_output": (LISTED, noted(jupyter={"outputs_hidden": True})),
    "hidden_both": (LISTED, noted(jupyter={"source_hidden": True, "outputs_hidden": True})),
    "colab": (LISTED, noted(**COLAB)),
    "colab_text": (LISTED, noted(5, **COLAB)),
    "vscode": (LISTED, noted(vscode={"languageId": "python"})),
    "slides": (LISTED, noted(5, slideshow={"slide_type": "skip"})),
    "reason": (LISTED, noted(unchecked=1)),
    "raw": (LISTED, of_kind("raw")),
    "kernel": (LISTED, whole(lambda nb: nb.metadata.kernelspec.update(name="other"))),
    "saved_elsewhere": (LISTED, whole(lambda nb: nb.metadata.language_info.update(version="3"))),
    "widgets": (LISTED, whole(lambda nb: nb.metadata.update(widgets={}))),
    # outputs
    "error": (LISTED, whole(error_stored)),
    "warning": (LISTED, whole(warning_stored)),
    "script": (LISTED, showed("application/javascript", "alert(1)")),
    "svg": (LISTED, showed("image/svg+xml", "<svg onload='alert(1)'/>")),
    "jpeg": (LISTED, showed("image/jpeg", "")),
    "plot": (LISTED, showed("application/vnd.plotly.v1+json", {"data": []})),
    "html_script": (LISTED, showed("text/html", "<td>1</td><script>alert(1)</script>")),
    "html_image": (LISTED, showed("text/html", "<img src='https://example.org/a.png'>")),
    "html_handler": (LISTED, showed("text/html", "<td onmouseover='alert(1)'>1</td>")),
    "html_frame": (LISTED, showed("text/html", "<iframe src='https://example.org'></iframe>")),
    "html_style": (LISTED, showed("text/html", "<style>td { background: url(//example.org) }</style>")),
    "html_hides": (LISTED, showed("text/html", "<table class='dataframe' style='display: none'></table>")),
    "html_unfinished": (LISTED, showed("text/html", "<img src=x onerror=alert(1) ")),
    "html_style_open": (LISTED, showed("text/html", "<style scoped>td { display: none }")),
    "html_comment": (LISTED, showed("text/html", "<!-- the true number -->")),
    "markdown_image": (LISTED, showed("text/markdown", "![a](https://example.org/a.png)")),
    "isolated": (LISTED, showed("text/html", "<td>1</td>", isolated=True)),
    "sized": (LISTED, showed("text/html", "<td>1</td>", **{"text/html": {"width": 1}})),
    # text
    "text_script": (LISTED, said("<script>alert(1)</script>")),
    "text_frame": (LISTED, said("<iframe src='https://example.org'></iframe>")),
    "text_handler": (LISTED, said("a <summary onclick='alert(1)'>b</summary>")),
    "text_link": (LISTED, said("[a](javascript:alert(1))")),
    "text_link_disguised": (LISTED, said("[a](javascrip&#116;:alert(1))")),
    "text_link_elsewhere": (LISTED, said("[a][b]\n\n[b]: javascript:alert(1)")),
    "text_link_html": (LISTED, said("<a href='&#106;avascript:alert(1)'>a</a>")),
    "text_data": (LISTED, said("[a](data:text/html;base64,AA)")),
    "text_image": (LISTED, said("![a](https://example.org/a.png)")),
    "text_image_bare": (LISTED, said("![a](//example.org/a.png)")),
    "text_image_html": (LISTED, said("<img src='https://example.org/a.png'>")),
    "text_comment": (LISTED, said("a <!-- b --> c")),
    "text_formula": (LISTED, said("$\\href{javascript:alert(1)}{x}$")),
    "text_formula_unfinished": (LISTED, said("$a<b$ and <img src=x onerror=alert(1) $c>d$")),
    "text_style_inside": (LISTED, said("a <style>.jp-OutputArea { display: none }</style>")),
    "text_directive": (LISTED, said("```{raw} html\n<script>alert(1)</script>\n```")),
    "text_style": (LISTED, said("<style>.jp-OutputArea { display: none }</style>")),
    # pictures
    "after_the_end": (LISTED, redrawn(lambda data: data + b"more")),
    "text_chunk": (LISTED, with_chunk(b"tEXt", b"Comment\0more")),
    "animation": (LISTED, with_chunk(b"acTL", struct.pack(">II", 2, 0))),
    "own_chunk": (LISTED, with_chunk(b"prIv", b"more", before=b"IEND")),
    "more_pixels": (LISTED, with_chunk(b"IDAT", b"more", before=b"IEND")),
    "damaged": (LISTED, redrawn(lambda data: data[:-2] + b"xx")),
    "stretched": (LISTED, redrawn(other_density)),
    "cut": (LISTED, redrawn(lambda data: data[:-20])),
    "wrapped": (LISTED, whole(line_wrapped)),
    "resaved": (LISTED, whole(lambda nb: red_rectangle(code_cells(nb)[PICTURE]))),
    "opacity": (LISTED, whole(lambda nb: with_opacity(code_cells(nb)[PICTURE]))),
    # paths
    "home": ("names_no_machine", printed("saved to /home/someone/run.json")),
    "var": ("names_no_machine", printed("saved to /var/folders/x1/run.json")),
    "elsewhere": ("names_no_machine", printed("'/scratch'")),
    "tilde": ("names_no_machine", printed("~/runs/1")),
    "drive": ("names_no_machine", printed("D:\\runs\\1")),
    "drive_forward": ("names_no_machine", printed("(c:/runs)")),
    "share": ("names_no_machine", printed("\\\\server\\runs")),
    "file": ("names_no_machine", printed("file:///x")),
    "path_in_code": ("names_no_machine", source('print(f"/data/{y}")')),
    "path_in_bold": ("names_no_machine", said("Look into **/opt/runs**.")),
    "path_in_text": ("names_no_machine", said("Look into `/opt/runs`.")),
    # what cannot be seen
    "turned": ("shows_every_character", printed("\u202eabc")),
    "overwritten": ("shows_every_character", printed("loss 0.5\rloss 0.4")),
    "coloured": ("shows_every_character", printed("\x1b[8mhidden\x1b[0m")),
    "no_ink": ("shows_every_character", printed("0.5\u3164")),
    "no_ink_after": ("shows_every_character", printed("0.5\U000e0141")),
    "no_width": ("shows_every_character", source("print('a\u200bb')")),
    # the file
    "crlf": ("is_canonical", as_saved(lambda text: text.replace("\n", "\r\n"))),
    "indented": ("is_canonical", as_saved(lambda text: text.replace("\n ", "\n  "))),
    "escaped": ("is_canonical", as_saved(lambda text: text.replace("Two lines", "Two lin\\u0065s"))),
    "answer_open": ("is_canonical", noted(tags=["answer"])),
    "no_last_line": ("is_canonical", as_saved(str.rstrip)),
    "own_key": ("is_valid", whole(lambda nb: nb.cells[2].update(more=1))),
    "no_cells": ("is_valid", as_saved(lambda text: text.replace('"cells"', '"cellz"'))),
    "merged": ("is_valid", as_saved(lambda text: "<<<<<<< HEAD\n" + text)),
    "own_output_key": ("is_valid", whole(lambda nb: nb.cells[2].outputs[0].update(more=1))),
    "attached": ("is_canonical", whole(lambda nb: nb.cells[5].update(attachments={"a.png": {}}))),
}


FINE = """\
The loss in `nats`/step, 5 %/epoch, **rate**/loss, $\\pi$/2, a norm $\\|g\\|/n$,
$\\hat{m}/(\\sqrt{\\hat v} + \\epsilon)$,
3°/s, "mine"/"yours", about ~1/3 of the run, and/or, ✔️, a < b, $a < b$, [here](https://example.org/a/b#c).
"""


# --- the project, and the runs over it -------------------------------------------------------------


class Project:
    """A folder with notebooks, and the two commands that work on it."""

    def __init__(self, folder):
        self.folder = folder
        self.notebooks = folder / "notebooks"

    def add_twin(self, name, text):
        twin = self.notebooks / "src" / f"{name}.py"
        twin.parent.mkdir(parents=True, exist_ok=True)
        twin.write_text(twins.HEADER + text)

    def path(self, name):
        return self.notebooks / f"{name}.ipynb"

    def read(self, name):
        return nbformat.read(self.path(name), as_version=4)

    def write(self, name, notebook):
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(nbformat.v4.nbjson.writes(notebook, indent=1) + "\n")

    def execute(self, *arguments, **variables):
        return self._python("notebooks.tools.execute", *arguments, **variables)

    def pytest(self, *arguments, **variables):
        always = [
            "-p",
            "notebooks.tools.plugin",
            "-p",
            "no:cacheprovider",
            "--rootdir=.",
            "--color=no",
            "-rA",
        ]
        return self._python("pytest", *always, *arguments, **variables)

    def _python(self, module, *arguments, path=(), **variables):
        env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, [*path, ROOT]))} | variables
        for name in [name for name in env if name.startswith("PYTEST_")]:
            del env[name]
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=300)


def outcomes(run):
    """{(file, test): "PASSED" | "FAILED" | "ERROR"} of a finished pytest run."""
    lines = re.findall(r"^(PASSED|FAILED|ERROR) ([^:]+)::(Cell \d+|\S+)", run.stdout, re.MULTILINE)
    return {(Path(file).stem, test): outcome for outcome, file, test in lines}


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose clean notebook was executed, beside one that failed and keeps its old file."""
    built = Project(tmp_path_factory.mktemp("project"))
    built.add_twin("lessons/clean", CLEAN)
    built.add_twin("lessons/fails", FAILING)
    built.path("lessons").parent.joinpath("lessons").mkdir()
    built.path("lessons/fails").write_text(nbformat.writes(nbformat.v4.new_notebook()))
    built.failing = built.path("lessons/fails").read_bytes()
    built.first_run = built.execute()
    return built


@pytest.fixture(scope="module")
def judged(project):
    """Outcome of each cell under `pytest --nbval -n 2 --dist loadfile`, and the run itself."""
    clean = project.read("lessons/clean")
    tampered = deepcopy(clean)
    tampered.cells = [code_cells(clean)[SETUP]]
    for _, original, edit, _ in TAMPERED:
        cell = deepcopy(code_cells(clean)[original])
        cell.id = f"cell-{len(tampered.cells)}"
        edit(cell)
        tampered.cells.append(cell)
    project.write("judged/tampered", tampered)
    dead = deepcopy(clean)
    dead.cells = code_cells(dead)[:3]
    dead.cells[1].source = "os._exit(1)"
    project.write("judged/dead", dead)
    project.write("judged/clean", clean)
    start_up = project.folder / "ipython" / "profile_default" / "startup" / "mine.py"
    start_up.parent.mkdir(parents=True)
    start_up.write_text("import numpy\nnumpy.set_printoptions(precision=2)\n")
    options = ["--nbval", "-n", "2", "--dist", "loadfile", "--durations=0"]
    run = project.pytest("notebooks/judged", *options, IPYTHONDIR=str(project.folder / "ipython"))
    return outcomes(run), run


@pytest.fixture(scope="module")
def ruled(project):
    """What the tests of stored notebooks say about the broken ones, and about the clean one."""
    for name, (_, tamper) in BROKEN.items():
        notebook = project.read("lessons/clean")
        twin = tamper(notebook)
        project.add_twin(f"broken/{name}", CLEAN)
        twin_path = project.notebooks / "src" / "broken" / f"{name}.py"
        if twin == "":
            twin_path.unlink()
        elif isinstance(twin, str):
            twin_path.write_text(twin)
        project.write(f"broken/{name}", notebook)
        if isinstance(twin, bytes):
            project.path(f"broken/{name}").write_bytes(twin)
    fine = project.read("lessons/clean")
    said(FINE.strip())(fine)
    fine.cells[5].id = twins.cell_ids(fine.cells)[5]
    project.write("fine/author", fine)
    project.add_twin("fine/author", twins.as_text(fine).removeprefix(twins.HEADER))
    rules = project.folder / "checks" / "notebooks" / "test_notebooks.py"
    rules.parent.mkdir(parents=True)
    rules.write_text((ROOT / "tests" / "notebooks" / "test_notebooks.py").read_text())
    return project.pytest("checks", "-k", "form_of_one and not page", "-vv").stdout


# --- cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(len(TAMPERED)), ids=[promise for promise, *_ in TAMPERED])
def test_tampered_cell(judged, place):
    passes = TAMPERED[place][3]
    assert judged[0]["tampered", f"Cell {place + 1}"] == ("PASSED" if passes else "FAILED"), judged[1].stdout


def test_clean_notebook_passes(judged):
    assert {judged[0]["clean", f"Cell {n}"] for n in range(5)} == {"PASSED"}


def test_failing_figure_leaves_pictures_to_look_at(project, judged):
    named = re.findall(r"see (build/notebooks/\S+\.png)", judged[1].stdout)
    assert any(name.endswith("-difference.png") for name in named)
    assert all((project.folder / name).stat().st_size for name in named)


def test_dead_kernel_fails_at_once(judged):
    cells, run = judged
    assert [cells["dead", f"Cell {n}"] for n in range(3)] == ["PASSED", "FAILED", "FAILED"]
    assert "the kernel died in this cell" in run.stdout
    seconds = re.search(r"([\d.]+)s call +\S*dead.ipynb::Cell 1", run.stdout)
    assert float(seconds[1]) < 20


def test_cells_of_one_notebook_are_never_split_over_kernels(project):
    run = project.pytest("notebooks", "--nbval", "-n", "2")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "add --dist loadfile" in run.stdout + run.stderr


def test_a_twin_whose_name_looks_like_a_test_is_not_run(project):
    project.add_twin("apart/range_test", "# %%\nraise RuntimeError('this twin was run')\n")
    run = project.pytest("notebooks", "--collect-only", "-q")
    (project.notebooks / "src" / "apart" / "range_test.py").unlink()
    assert run.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, run.stdout


# --- whole notebooks -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BROKEN)
def test_broken_notebook_fails_its_rule(ruled, name):
    (said,) = re.findall(rf"^_+ test_\w+\[broken/{name}\.ipynb\] _+$(.*?)^[_=]{{9}}", ruled, re.DOTALL | re.M)
    assert f"{BROKEN[name][0]}: " in said


@pytest.mark.parametrize("name", ["lessons/clean", "fine/author"])
def test_clean_notebook_keeps_every_rule(ruled, name):
    assert re.search(rf"^PASSED .*\[{name}\.ipynb\]", ruled, re.MULTILINE)


def test_of_two_commands_that_bring_notebook_and_twin_together_the_one_that_loses_nothing_is_named(ruled):
    ruled = " ".join(ruled.split())
    assert "execute --from-notebook notebooks/broken/edited.ipynb` carries" in ruled
    assert "execute --only broken/untagged` writes it anew" in ruled
    assert "execute --only broken/edited`" not in ruled


# --- the second machine ----------------------------------------------------------------------------

FAKE_TORCH = """
import os

class Tensor:
    pass

class backends:
    class cpu:
        def get_cpu_capability():
            deaf = os.path.basename(os.getcwd()) == "deaf"
            return "AVX2" if deaf else os.environ.get("ATEN_CPU_CAPABILITY", "avx2").upper()
"""


@pytest.fixture(scope="module")
def second(project):
    """A run with --machine=second, where torch is a stand-in that ignores the setting in one folder."""
    (project.folder / "fake").mkdir()
    (project.folder / "fake" / "torch.py").write_text(FAKE_TORCH)
    project.write("deaf/notebook", project.read("lessons/clean"))
    project.add_twin("lessons/sets", "# %%\nprint(set('abcdefgh'))\n")
    project.execute("--only", "lessons/sets")
    files = ["notebooks/lessons/clean.ipynb", "notebooks/lessons/sets.ipynb", "notebooks/deaf"]
    return project.pytest(*files, "--nbval", "--machine=second", path=[project.folder / "fake"])


def test_second_machine_is_set_up_before_kernels_start(second):
    assert {outcomes(second)["clean", f"Cell {n}"] for n in range(5)} == {"PASSED"}, second.stdout


def test_second_machine_has_sets_in_another_order(second):
    assert outcomes(second)["sets", "Cell 0"] == "FAILED"


def test_second_machine_is_refused_when_it_is_not_one(second):
    assert {outcomes(second)["notebook", f"Cell {n}"] for n in range(5)} == {"ERROR"}
    assert "expected CPU capability DEFAULT, found AVX2" in second.stdout


# --- the executor ----------------------------------------------------------------------------------


def test_failing_notebook_keeps_its_file_and_is_named(project):
    assert project.first_run.returncode == 1
    shown = project.first_run.stdout
    assert re.search(r"lessons/fails .* failed in cell \[1\], (.*\n)*.*ZeroDivisionError", shown)
    assert project.path("lessons/fails").read_bytes() == project.failing


@pytest.fixture(scope="module")
def second_run(project):
    """The executor once more, with a second notebook that has the cells of the clean one and two more."""
    project.add_twin("lessons/longer", "# %% [markdown]\n# New.\n\n# %%\nnew = 1\n\n" + CLEAN)
    project.before = project.path("lessons/clean").read_bytes()
    project.path("lessons/longer").write_bytes(project.before)
    return project.execute("--only", "clean", "longer")


def test_executing_again_changes_no_byte(project, second_run):
    assert second_run.returncode == 0, second_run.stdout
    assert project.path("lessons/clean").read_bytes() == project.before


def test_rounding_noise_changes_no_byte(project):
    before = project.path("lessons/clean").read_bytes()
    run = project.execute("--only", "clean", HARNESS_NOISE="1e-13")
    assert (run.returncode, project.path("lessons/clean").read_bytes()) == (0, before), run.stdout


def test_what_an_editor_saved_is_refused_with_the_command_that_writes_it_as_it_was(project, ruled):
    cure = "python -m notebooks.tools.execute --only {}"
    assert f"`{cure.format('broken/indented')}` writes it as it was" in " ".join(ruled.split())
    path, before = project.path("lessons/clean"), project.path("lessons/clean").read_bytes()
    path.write_bytes(json.dumps(json.loads(before), indent=4).replace("\n", "\r\n").encode())
    run = project.execute(*cure.format("lessons/clean").split()[3:])
    assert (run.returncode, path.read_bytes()) == (0, before), run.stdout


def test_check_names_a_change_and_writes_nothing(project):
    before = project.path("lessons/clean").read_bytes()
    run = project.execute("--check", "--only", "clean", HARNESS_NOISE="1e-3")
    assert run.returncode == 1
    assert re.search("lessons/clean .* would change", run.stdout)
    assert project.path("lessons/clean").read_bytes() == before


def test_adding_a_cell_keeps_the_ids_and_ignored_outputs_of_the_others(project, second_run):
    old, new = project.read("lessons/clean"), project.read("lessons/longer")
    assert [cell.id for cell in new.cells[2:]] == [cell.id for cell in old.cells]
    assert new.cells[-1].outputs == old.cells[-1].outputs
    assert new.cells[-1].execution_count == 6


def test_twin_written_from_a_notebook_is_the_twin(project):
    notebook = project.read("lessons/clean")
    assert twins.write(notebook) == twins.HEADER + CLEAN
    assert twins.differences(notebook, twins.parse(twins.HEADER + CLEAN)) == []
