"""What is installed, and what others run for us: pinned, checked by hash, licensed, and closed."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import licences
from tests.licences import ROOT, locked, version

DIRECT = [
    Requirement(line.split("#")[0])
    for line in (ROOT / "requirements.in").read_text().splitlines()
    if line and line[0] != "#"
]
CUDA = {requirement.name for requirement, _ in locked("requirements-cuda.txt")}


@cache
def here():
    """name -> version of what the locks ask for on this machine; without CUDA where torch does without."""
    cuda = {} if any("cuda" in line for line in importlib.metadata.requires("torch")) else CUDA
    return {
        canonicalize_name(r.name): version(r)
        for r, _ in locked()
        if (r.marker is None or r.marker.evaluate()) and r.name not in cuda
    }


def test_everything_that_is_installed_is_pinned_and_has_its_hashes():
    for requirement, hashes in locked(*licences.LOCKED, *licences.APART):
        assert [pin.operator for pin in requirement.specifier] == ["=="], requirement
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", found) for found in hashes), requirement


def test_what_is_asked_for_is_what_is_locked():
    assert {canonicalize_name(r.name): version(r) for r in DIRECT}.items() <= here().items()


def test_the_lock_is_what_this_python_has():
    differ = {}
    for name, number in here().items():
        found = importlib.metadata.version(name).split("+")[0]
        if found != number:
            differ[name] = (number, found)
    assert not differ, "make .venv/.ready installs what is locked"


def test_all_that_a_locked_package_needs_is_locked():
    for name in here():
        for needed in map(Requirement, importlib.metadata.requires(name) or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                number = here()[canonicalize_name(needed.name)]
                assert needed.specifier.contains(number, prereleases=True), (name, needed)


def test_make_installs_nothing_of_others_without_its_hash():
    command = ["make", "--dry-run", "--always-make", ".venv/.ready", "build/site-venv/.ready"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    installs = re.findall(r"pip install ([^|\n]*)", shown.stdout)
    assert len(installs) == 5
    for options in installs:
        assert "--no-deps" in options and ("--require-hashes" in options or options.endswith("-e ."))


def test_a_torch_on_disk_that_nobody_vouched_for_stops_make(tmp_path):
    number = here()["torch"] + "+own"
    with zipfile.ZipFile(tmp_path / f"torch-{number}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"torch-{number}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {number}\n"
        )
        wheel.writestr(f"torch-{number}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    alone = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": str(tmp_path)}
    command = ["make", f"VENV={tmp_path}/venv", f"PYTHON={sys.executable}", f"{tmp_path}/venv/.ready"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **alone}, capture_output=True, text=True)
    assert done.returncode and "DO NOT MATCH THE HASHES" in done.stdout
    assert not list((tmp_path / "venv").glob("lib/python*/site-packages/torch*"))


def test_lrlib_is_built_with_the_locked_backend():
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert built == [f"setuptools=={here()['setuptools']}"]


def test_actions_of_others_are_named_by_commit():
    pages = list((ROOT / ".github" / "workflows").glob("*"))
    used = [line for page in pages for line in re.findall(r"uses: *(.*)", page.read_text())]
    assert used
    for line in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_the_list_of_licences_is_that_of_the_lock():
    pinned = locked(*licences.LOCKED, *licences.APART)
    assert set(licences.listed()) == {(canonicalize_name(r.name), version(r)) for r, _ in pinned}


def test_a_package_of_the_site_that_the_project_has_too_is_the_same():
    ours = {(canonicalize_name(r.name), version(r)) for r, _ in locked()}
    names = {name for name, _ in ours}
    site = {(canonicalize_name(r.name), version(r)) for r, _ in locked(*licences.APART)}
    assert {(name, number) for name, number in site if name in names} <= ours


def test_the_list_says_what_each_installed_package_states():
    listed, found = licences.listed(), licences.installed()
    assert {key: found[key] for key in here().items()} == {key: listed[key] for key in here().items()}


def test_every_licence_is_permissive_or_has_a_reason():
    for (name, _), licence in licences.listed().items():
        assert licence != licences.UNKNOWN and licences.because(name, licence) is not None, (name, licence)


OTHER_LICENCES = [
    ["GPL-3.0-only", "MIT AND GPL-2.0-or-later", "AGPL-3.0", "Proprietary", licences.NONE],
    ["MIT and GPL-3.0", "MIT, LGPL", "BSD/GPL", "Apache-2.0 (GPL)", "MIT License; AGPL"],
]


@pytest.mark.parametrize("licence", [licence for some in OTHER_LICENCES for licence in some])
def test_another_licence_asks_for_a_reason(licence):
    assert licences.because("unheard-of", licence) is None


def test_nothing_of_the_spelling_dictionary_is_in_the_repository():
    """Its licences (GPL-2.0 and CC BY-SA 3.0) would be the repository's; as a program it is only used."""
    folder = importlib.metadata.distribution("codespell").locate_file("codespell_lib/data")
    lines = {line for page in folder.glob("*.txt") for line in page.read_text().splitlines()}
    entries = {line for line in lines if "->" in line}
    assert len(entries) > 10_000
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, tracked.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            held = entries.intersection(path.read_text(errors="replace").splitlines())
            assert not held, (name, sorted(held)[:3])
