"""What the locked requirements are licensed under: writes LICENCES.md, once what was locked is installed.

    python -m tests.licences        (or: make licences)

A package that is for another platform, and so is not installed here, keeps the licence that the list has;
its page in the package index says what a new one has.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKED = ("requirements.txt", "requirements-torch.txt", "requirements-cuda.txt")
APART = {"site/requirements.txt": ROOT / "build" / "site-venv"}  # what has an environment of its own
LIST = ROOT / "LICENCES.md"
NONE, UNKNOWN = "none stated", "?"
_NAMED = r"0BSD|Apache|BSD|BSL-1\.0|CC0-1\.0|ISC|MIT|PSFL?|Python Software Foundation|Zlib"
_MORE = r"[\d.]+|Clause|CMU|Software|Version|License|\(ISCL\)|WITH LLVM-exception"
PERMISSIVE = re.compile(rf"({_NAMED})(,? ({_MORE})|-({_MORE}))*", re.IGNORECASE)
BECAUSE = {
    "codespell": "a program that `make lint` runs: neither its code nor its dictionary is in this repository",
    "certifi": "used unchanged, as MPL-2.0 asks",
    "fqdn": "used unchanged, as MPL-2.0 asks",
    "docutils": "makes the site, with parts of it that are in the public domain or under BSD-2-Clause",
    "hypothesis": "used unchanged, as MPL-2.0 asks, by tests only",
    "tqdm": "used unchanged, as MPL-2.0 asks",
    "nvidia-*": "comes with the CUDA build of torch only, under NVIDIA's terms",
    "cuda-toolkit": "names NVIDIA's libraries for the CUDA build of torch; has no code",
}
HEAD = """# Licences of what is installed

Every package of {files} and the licence that it states.
Written by `make licences`; a test compares it with what is locked and what is installed.

| package | version | licence | if it is not permissive: why it may be here |
|---|---|---|---|
"""


def locked(*names: str) -> Iterator[tuple[Requirement, set[str]]]:
    """Each pinned requirement of some lists, by default of those of `.venv`, with its hashes."""
    for name in names or LOCKED:
        lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
        for line in lines:
            if line and line.lstrip()[0] != "#":
                text, *hashes = line.split("--hash=")
                yield Requirement(text), {found.strip() for found in hashes}


def version(requirement: Requirement) -> str:
    (pin,) = requirement.specifier
    return pin.version


def stated(metadata: importlib.metadata.PackageMetadata) -> str:
    """The licence that a package's own metadata state, in a line."""
    field = (metadata.get("License") or "").strip()
    classes = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    line = field if len(field.splitlines()) == 1 and field != "UNKNOWN" else ""
    said = metadata.get("License-Expression") or line or (classes and classes[0].split(" :: ")[-1])
    return said or NONE


def installed() -> dict[tuple[str, str], str]:
    """(name, version without its build) -> licence, of every package of this Python and of `APART`."""
    apart = [str(folder) for venv in APART.values() for folder in venv.glob("lib/python*/site-packages")]
    found = [*importlib.metadata.distributions(path=apart), *importlib.metadata.distributions()]
    return {(canonicalize_name(d.name), d.version.split("+")[0]): stated(d.metadata) for d in found}


def listed() -> dict[tuple[str, str], str]:
    """(name, version) -> licence, as LICENCES.md has it."""
    rows = re.findall(r"^\| (\S+) \| (\d\S*) \| (.+?) \|", LIST.read_text(), re.MULTILINE)
    return {(name, number): licence for name, number, licence in rows}


def because(name: str, licence: str) -> str | None:
    """Why a package may be used: "" if its licence is permissive, None if nobody said."""
    terms = re.split(r" AND | OR ", licence)
    if all(PERMISSIVE.fullmatch(term) for term in terms):
        return ""
    return next((why for pattern, why in BECAUSE.items() if fnmatch(name, pattern)), None)


def main() -> None:
    known = {**(listed() if LIST.exists() else {}), **installed()}
    rows = {(canonicalize_name(r.name), version(r)) for r, _ in locked(*LOCKED, *APART)}
    files = ", ".join(f"`{name}`" for name in (*LOCKED, *APART))
    lines = [
        f"| {name} | {number} | {licence} | {because(name, licence) or ''} |\n"
        for name, number in sorted(rows)
        for licence in [known.get((name, number), UNKNOWN)]
    ]
    LIST.write_text(HEAD.format(files=files) + "".join(lines))


if __name__ == "__main__":
    main()
