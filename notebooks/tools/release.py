"""Build what is released of a commit: the wheel of lrlib, a zip file of the executed collection, checksums.

    python -m notebooks.tools.release                 of the last commit, into dist/
    python -m notebooks.tools.release --tag v0.1.0    the same, if that is the version

The same commit gives the same bytes, wherever and whenever it is built with the same packages and zlib: all
files bear the moment of the commit, or $SOURCE_DATE_EPOCH.
"""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from lrlib import __version__
from lrlib.rules import Refused

from . import command

DIST = Path("dist")
START = "START-HERE.txt"
OF_THE_LIBRARY = ("lrlib", "pyproject.toml", "README.md", "LICENSE")
SUMS = "SHA256SUMS"


def main(arguments=None):
    """Command line; returns the exit status."""
    parser = command.parser("release", __doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, default=DIST, help="default: %(default)s")
    parser.add_argument("--tag", help="refuse to build unless it is v and the version of lrlib")
    options = parser.parse_args(arguments)
    if options.tag not in (None, f"v{__version__}"):
        raise Refused(f"--tag {options.tag} is not v{__version__}, the version that lrlib/__init__.py says")
    for path in build(options.out):
        print(path)
    return 0


def build(out):
    """Write the files of a release of the last commit into a folder; their paths, the checksums last."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct"))
    out.mkdir(parents=True, exist_ok=True)
    made = [wheel(out, moment), collection(out, moment)]
    sums = out / SUMS
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
    sums.write_text("".join(lines), encoding="ascii")
    return [*made, sums]


def wheel(out, moment):
    """The wheel of the library, built without a network."""
    with TemporaryDirectory() as folder:
        for name, content in committed(*OF_THE_LIBRARY):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o644)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel"]
        done = subprocess.run(
            [*pip, "--no-deps", "--no-build-isolation", "--no-cache-dir", "-w", str(out.resolve()), folder],
            env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)}, capture_output=True, text=True, umask=0o022,
        )  # fmt: skip
    if done.returncode:
        raise OSError(f"pip could not build the wheel: {done.stderr}")
    return out / f"lrlib-{__version__}-py3-none-any.whl"


def collection(out, moment):
    """The zip file of all that is committed, without the files of git and services; with a page to start."""
    path = out / f"lrlib-{__version__}-collection.zip"
    start = (Path(__file__).parent / "start-here.txt").read_text(encoding="utf-8")
    files = {START: start.format(version=__version__).encode()}
    files |= {name: content for name, content in committed() if not name.startswith(".")}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as held:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"lrlib-{__version__}/{name}", time.gmtime(moment)[:6])
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # as on Unix, wherever it is made
            entry.compress_type = zipfile.ZIP_DEFLATED
            held.writestr(entry, files[name])
    return path


def committed(*paths):
    """(name, content) of each file below some paths, by default of all, as the last commit has them."""
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "HEAD", *paths))) as held:
        for member in held:
            if member.isfile():
                yield member.name, held.extractfile(member).read()


def _git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True)
    if done.returncode:
        raise Refused(
            f"a release is built of a commit, in a clone of the repository: git says {done.stderr.decode()}"
        )
    return done.stdout


if __name__ == "__main__":
    command.run(main)
