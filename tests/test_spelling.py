"""`make lint` finds a misspelt word, with the words of `pyproject.toml` that are none."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def spelling(path):
    command = [sys.executable, "-m", "codespell_lib", "--toml", "pyproject.toml", str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_misspelt_word_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("The optimizer's colour, and Teh's paper on warmup.\n")
    assert spelling(page).returncode == 0
    page.write_text("The optmizer\n")
    assert "optimizer" in spelling(page).stdout and spelling(page).returncode != 0
