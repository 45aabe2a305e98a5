"""lrlib from a wheel, outside a checkout: with NumPy alone, and with everything that it can use."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy
import pytest
from packaging.requirements import Requirement

import lrlib
from lrlib.checkout import ROOT

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(*command, cwd, **variables):
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "LRLIB_DATA")}
    environment = {**inherited, **variables}
    return subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from what the repository tracks, without a network."""
    source = tmp_path_factory.mktemp("source")
    tracked = run("git", "ls-files", "lrlib", "pyproject.toml", "README.md", "LICENSE", cwd=ROOT).stdout
    for name in tracked.split():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    made = run(
        *PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", source / "wheels", source, cwd=source
    )
    assert made.returncode == 0, made.stderr
    (found,) = (source / "wheels").glob("*.whl")
    return found


def install(wheel, target):
    done = run(*PIP, "install", "--no-deps", "--no-index", "--target", target, wheel, cwd=target.parent)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def alone(wheel, tmp_path_factory):
    """A call of a Python that has lrlib and NumPy, and nothing else."""
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder / "env", with_pip=False)
    (packages,) = (folder / "env").glob("lib/python3*/site-packages")
    for part in Path(numpy.__file__).parents[1].glob("numpy*"):
        (packages / part.name).symlink_to(part)
    install(wheel, packages)
    return lambda *arguments: run(folder / "env" / "bin" / "python", *arguments, cwd=folder)


def torch_and_what_it_needs():
    """Names of the distributions that an installed torch pulls in, itself included."""
    found, left = set(), ["torch"]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            asked = [Requirement(text) for text in importlib.metadata.requires(name) or ()]
            left += [r.name for r in asked if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def tops(distribution):
    """The folders and modules at the top of an installed distribution."""
    files = importlib.metadata.files(distribution)
    names = {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}
    return [Path(importlib.metadata.distribution(distribution).locate_file(name)) for name in names]


@pytest.fixture(scope="module")
def outside(wheel, tmp_path_factory):
    """A call of this Python, with all its packages, and lrlib from the wheel."""
    folder = tmp_path_factory.mktemp("outside")
    install(wheel, folder / "packages")
    path = str(folder / "packages")
    return lambda *arguments: run(sys.executable, *arguments, cwd=folder, PYTHONPATH=path)


def test_a_wheel_has_every_file_of_the_library_and_nothing_else(wheel):
    tracked = set(run("git", "ls-files", "lrlib", cwd=ROOT).stdout.split())
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == {name for name in tracked if (ROOT / name).exists()}
    assert wheel.name.split("-")[1] == lrlib.__version__


def test_schedules_need_numpy_only(alone):
    code = (
        "import lrlib, sys; assert 'numpy' not in sys.modules; S = lrlib.schedules; "
        "print((S.linear(0, 1, 2) >> S.cosine(1, 0, 4)).values(6).round(2).tolist()); "
        "from lrlib.schedules.presets import preset; "
        "print(preset('hf.linear', total_steps=4).values(4).tolist())"
    )
    done = alone("-c", code)
    assert done.stdout == "[0.0, 0.5, 1.0, 0.85, 0.5, 0.15]\n[1.0, 0.75, 0.5, 0.25]\n", done.stderr


@pytest.mark.parametrize("command", ["schedules", "presets"])
def test_lists_need_numpy_only(alone, command):
    done = alone("-m", "lrlib", command)
    assert done.returncode == 0 and "cosine" in done.stdout and not done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["plot", "cosine(1, 0, 9)"], r"needs the package \w+, which is not installed: pip install"),
        (["report", "shootout"], "no .*reports: .*clone the repository"),
        (["report"], "no .*reports: .*clone the repository"),
        (["sweep"], "no .*sweeps: .*clone the repository"),
        (["sweep", "shapes-digits"], "no .*sweeps: .*clone the repository"),
        (["batch", "grid.yaml", "--out", "out"], "no .*reports: .*clone the repository"),
        (["claims"], "no .*claims.yaml: .*clone the repository"),
        (["claims", "--page", "claims.html"], "no .*claims.yaml: .*clone the repository"),
        (["lessons"], "no .*lessons: .*clone the repository"),
        (["course", "build", "out"], "no .*assignments: .*clone the repository"),
        (["course", "pack", "out"], "no .*assignments: .*clone the repository"),
        (["course", "demo", "out"], "no .*assignments: .*clone the repository"),
        (["course", "grade"], r"needs the package nbgrader, which is not installed: pip install"),
        (["course", "grades"], r"needs the package nbgrader, which is not installed: pip install"),
    ],
)
def test_what_is_missing_is_said_in_one_line(alone, command, said):
    done = alone("-m", "lrlib", *command)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and re.match(f"error: .*{said}", done.stderr)


@pytest.mark.parametrize("part", ["optim", "adaptive"])
def test_what_drives_torch_says_that_it_needs_it(alone, part):
    done = alone("-c", f"import lrlib.schedules, sys; assert 'torch' not in sys.modules; import lrlib.{part}")
    said = f"lrlib.{part} needs the package torch, which is not installed: pip install torch"
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: {said}"


def test_optim_needs_torch_only(alone, tmp_path):
    """Torch's own packages, and none of the project's others, beside NumPy."""
    for name in torch_and_what_it_needs():
        for top in tops(name):
            (tmp_path / top.name).symlink_to(top)
    code = (
        "import sys; sys.path.append(sys.argv[1]); import torch; from lrlib.optim import ScheduleLR; "
        "from lrlib.schedules import linear; w = torch.nn.Parameter(torch.zeros(1)); "
        "sgd = torch.optim.SGD([w], lr=0.5); s = ScheduleLR(sgd, linear(1, 0, 2)); "
        "rates = []\n"
        "for _ in range(2): rates.append(sgd.param_groups[0]['lr']); sgd.step(); s.step()\n"
        "import lrlib.adaptive; print(rates)"
    )
    done = alone("-c", code, tmp_path)
    assert done.stdout == "[0.5, 0.25]\n", done.stderr


def test_a_module_that_is_missing_names_itself_when_it_is_imported(alone):
    done = alone("-c", "import lrlib; lrlib.train")
    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: No module named")


def test_with_its_packages_the_library_works_outside_a_checkout(outside):
    drawn = outside("-m", "lrlib", "plot", "cosine(1, 0, 9)", "--out", "drawn.png")
    assert (drawn.returncode, drawn.stdout, drawn.stderr) == (0, "drawn.png\n", "")
    code = (
        "import lrlib; assert 'packages' in lrlib.__file__; "
        "from lrlib import tasks, train; from lrlib.schedules import linear; "
        "print(train.run(tasks.get('digits'), linear(1, 0, 9), 0.1, 0, steps=9).used)"
    )
    trained = outside("-c", code)
    assert trained.stdout.count(".") == 9, trained.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["-m", "lrlib", "report", "shootout"],
        ["-m", "lrlib", "sweep", "shapes-digits"],
        ["-c", "from lrlib import reports; reports.names()"],
        ["-c", "from lrlib.evidence import sweeps; sweeps.load('shapes-digits')"],
        ["-c", "from lrlib import data; data.fetch('multipowerlaw/LICENSE')"],
    ],
)
def test_what_needs_the_repository_says_so(outside, arguments):
    done = outside(*arguments)
    assert done.returncode and "clone the repository" in done.stderr.splitlines()[-1]
    assert done.stderr.count("Traceback") == (arguments[0] == "-c")
