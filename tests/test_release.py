"""What is released: one version, said alike everywhere; a wheel and a collection, the same bytes twice."""

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
import zipfile
from datetime import date

import pytest
import yaml

import lrlib
from tests.licences import ROOT

CHANGES = (ROOT / "CHANGELOG.md").read_text()
HEADINGS = re.findall(r"^## (.*)", CHANGES, re.MULTILINE)
RELEASED = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", line) for line in HEADINGS[1:]]
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_the_changelog_has_the_form_that_it_says():
    assert HEADINGS[0] == "[Unreleased]" and RELEASED and all(RELEASED)
    versions = [tuple(map(int, found.groups()[:3])) for found in RELEASED]
    assert versions == sorted(set(versions), reverse=True)
    days = [date.fromisoformat(found[4]) for found in RELEASED]
    assert days == sorted(days, reverse=True)
    for part in CHANGES.split("\n## ")[1:]:
        kinds = re.findall(r"^### (.*)", part, re.MULTILINE)
        assert kinds == [kind for kind in KINDS if kind in kinds], part.split("\n")[0]


def test_changelog_citation_and_library_say_one_version():
    newest = RELEASED[0]
    citation = dict(
        re.findall(r"^(version|date-released): (.*)", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    )
    assert citation == {"version": lrlib.__version__, "date-released": newest[4]}
    assert ".".join(newest.groups()[:3]) == lrlib.__version__


def test_the_wheel_that_the_readme_installs_is_this_version():
    wheels = re.findall(r"lrlib-([\d.]+)-py3", (ROOT / "README.md").read_text())
    assert wheels == [lrlib.__version__]


def test_the_version_is_written_in_one_place():
    number = f'"{lrlib.__version__}"'
    held = [path.name for path in (ROOT / "lrlib").rglob("*.py") if number in path.read_text()]
    assert held == ["__init__.py"]
    assert number not in (ROOT / "pyproject.toml").read_text()


RELEASE = [sys.executable, "-m", "notebooks.tools.release"]


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """The folders of two releases of a commit: here, and in a clone, later, elsewhere, with private files."""
    folder = tmp_path_factory.mktemp("release")
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True, umask=0o077)
    ways = [(ROOT, {}, 0o022), (clone, {"TZ": "Asia/Tokyo", "PYTHONPATH": str(clone)}, 0o077)]
    for number, (where, variables, umask) in enumerate(ways):
        command = [*RELEASE, "--out", folder / str(number)]
        subprocess.run(command, cwd=where, env={**os.environ, **variables}, umask=umask, check=True)
    return folder / "0", folder / "1"


@pytest.fixture(scope="module")
def collection(twice):
    """name -> content of the zip file, without the folder that holds all of it."""
    (path,) = twice[0].glob("*.zip")
    with zipfile.ZipFile(path) as held:
        assert {stat.S_IMODE(entry.external_attr >> 16) for entry in held.infolist()} == {0o644}
        parts = [name.partition("/") for name in held.namelist()]
        assert {first for first, _, _ in parts} == {f"lrlib-{lrlib.__version__}"}
        return {name: held.read("".join((first, slash, name))) for first, slash, name in parts}


def test_a_commit_is_released_with_the_same_bytes_twice(twice):
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in twice)
    assert len(one) == 3 and one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    sums = dict(reversed(line.split("  ")) for line in one.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in one.items()}


def test_the_collection_has_every_notebook_executed_and_what_it_reads(collection):
    for folder in ("notebooks", "data", "lrlib"):
        listed = subprocess.run(
            ["git", "ls-tree", "-r", "--name-only", "HEAD", folder],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        assert len(listed) > 50 and set(listed) <= collection.keys()
    assert {"README.md", "LICENSE", "LICENSE-CC-BY-4.0", "LICENCES.md"} <= collection.keys()
    assert not [name for name in collection if name.startswith(".")]
    for name in re.findall(r"[\w/-]+\.(?:ipynb|md|csv)", collection["START-HERE.txt"].decode()):
        assert name in collection
    for name in collection:
        if name.startswith("notebooks/lessons/") and name.endswith(".ipynb"):
            code = [cell for cell in json.loads(collection[name])["cells"] if cell["cell_type"] == "code"]
            assert all(cell["execution_count"] for cell in code), name


REMOTE = (
    r"!\[[^\]]*\]\(\s*<?(?:https?:)?//|"
    r"<(?:img|script|link|iframe|source|video|object)\b[^>]*(?:https?:)?//"
)


@pytest.mark.parametrize(
    "text", ["![a](https://example.org/a.png)", "<img alt='' src='//example.org/a.png'>"]
)
def test_what_is_remote_is_found(text):
    assert re.search(REMOTE, text)


def test_the_collection_shows_nothing_that_is_remote(collection):
    shown = 0
    for name in collection:
        if name.endswith(".ipynb"):
            for cell in json.loads(collection[name])["cells"]:
                data = [output.get("data", {}) for output in cell.get("outputs", [])]
                kept = [
                    part for each in data for mime, part in each.items() if not mime.startswith("image/png")
                ]
                texts = [cell["source"], *kept] if cell["cell_type"] == "markdown" else kept
                for text in texts:
                    shown += 1
                    assert not re.search(REMOTE, "".join(text)), (name, cell["id"])
    assert shown > 1000


@pytest.mark.long
def test_a_lesson_of_the_unpacked_collection_computes_what_it_stores(twice, tmp_path):
    """With nothing of the repository and no downloaded data; kernels reach no network anyway."""
    (path,) = twice[0].glob("*.zip")
    zipfile.ZipFile(path).extractall(tmp_path)
    folder = tmp_path / f"lrlib-{lrlib.__version__}"
    inherited = {name: value for name, value in os.environ.items() if name != "LRLIB_DATA"}
    done = subprocess.run(
        [sys.executable, "-m", "notebooks.tools.execute", "--only", "07", "--check"],
        cwd=folder, env={**inherited, "PYTHONPATH": str(folder)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.endswith("1 unchanged\n"), done.stdout + done.stderr


def test_a_tag_of_another_version_releases_nothing(tmp_path):
    done = subprocess.run(
        [*RELEASE, "--tag", "v9.9.9", "--out", tmp_path / "dist"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stderr.startswith("error: --tag v9.9.9 is not v")
    assert done.stderr.count("\n") == 1 and not (tmp_path / "dist").exists()


def test_a_tag_is_tested_before_it_is_built_and_drafted():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML reads `on` as a truth value
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    order = ["make lint unit", "notebooks.tools.release --tag", "sha256sum --check", "gh release create"]
    places = [next(i for i, run in enumerate(runs) if part in run) for part in order]
    assert places == sorted(places)
    assert "--draft" in runs[-1] and not [run for run in runs if "${{" in run]
