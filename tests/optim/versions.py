"""The tests of drivers and ledger with the oldest and the newest torch that they are known to pass with.

    python -m tests.optim.versions [VERSION ...]        (or: make torches)

Each version, by default those of `lrlib.optim.hooks.TESTED`, has an environment of its own,
build/torch-VERSION, which is built when it is missing. On Linux pip may take a CUDA build, of
several gigabytes with what it needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from lrlib.optim.hooks import TESTED

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("--doctest-modules", "lrlib/optim", "lrlib/ledger.py", "tests/optim", "tests/test_ledger.py")
NUMPY_1 = (2, 3)  # before this version torch knew NumPy 1 only


def main(versions: list[str]) -> int:
    """Test with each version; the number of versions with which a test failed."""
    return sum(_failed(version) for version in versions or TESTED)


def _failed(version: str) -> bool:
    python = ROOT / "build" / f"torch-{version}" / "bin" / "python"
    if not (python.parents[1] / ".ready").exists():
        _build(version, python)
    print(f"torch {version}", flush=True)
    command = [python, "-m", "pytest", "-q", "-rs", "--noconftest", "-p", "no:cacheprovider", *TESTS]
    return bool(subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode)


def _build(version: str, python: Path) -> None:
    print(f"installing torch {version} into {python.parents[1]}", flush=True)
    venv.create(python.parents[1], with_pip=True, clear=True)
    old = tuple(map(int, version.split(".")[:2])) < NUMPY_1
    pinned = [line for line in (ROOT / "requirements.in").read_text().splitlines()
              if line.startswith(("pytest==", "hypothesis==") + ("numpy==",) * (not old))]  # fmt: skip
    wanted = [f"torch=={version}", *pinned, *["numpy<2"] * old]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    (python.parents[1] / ".ready").touch()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
