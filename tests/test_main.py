"""The command line: what it lists and draws, and one line for whatever it cannot do."""

import re
import subprocess
import sys
import tomllib

import pytest

from lrlib import __version__
from lrlib.__main__ import main
from lrlib.checkout import ROOT
from lrlib.schedules import catalogue
from lrlib.schedules.presets import LIBRARIES, names

COMMANDS = ("report", "sweep", "schedules", "presets", "plot")


def exits(arguments):
    """The status of a call that argparse ends, or that ends by itself."""
    try:
        return main(arguments)
    except SystemExit as stopped:
        return stopped.code


def test_help_names_every_command_and_every_command_has_its_own(capsys):
    assert exits(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"\n    {command}\s+\w", shown)
        assert exits([command, "--help"]) == 0
        assert capsys.readouterr().out.startswith(f"usage: python -m lrlib {command}")


def test_the_version_stands_in_one_place(capsys):
    assert exits(["--version"]) == 0
    assert capsys.readouterr().out == f"lrlib {__version__}\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project and "version" in project["dynamic"]
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_command_line_lists_every_schedule_with_its_example_and_no_torch(capsys):
    assert main(["schedules"]) == 0
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    for entry in catalogue():
        assert entry.family.capitalize() in lines
        assert any(line.split() == f"{entry.name} {entry.example}".split() for line in lines)
    code = (
        "import sys; from lrlib.__main__ import main; main(['schedules']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_the_command_line_draws_a_schedule_into_a_png(tmp_path, capsys):
    out = tmp_path / "new" / "drawn.png"
    assert main(["plot", "linear(0, 1, 30) >> cosine(1, 0, 570)", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert out.read_bytes().startswith(b"\x89PNG")
    other = tmp_path / "other.png"
    assert main(["plot", "cosine(1, 0, T)", "--steps", "90", "--out", str(other)]) == 0
    assert other.read_bytes() != out.read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cosin(1, 0, 9)", "did you mean 'cosine'"),
        ("cosine(1, 0", "not a schedule text"),
        ("3", "not a schedule"),
        ("linear(0, 1, -1)", "steps must be"),
        ("constant(1, 1e15)", "10000000"),
        ("exponential(1e308, 9) * exponential(1e308, 9)", "at step 5 is inf"),
        ("cosine(1, 0, \u0669)", "not a schedule text"),
        ("(" * 300, "not a schedule text"),
        ("+" * 5000 + "1", "nested too deeply"),
        ("9" * 5000, "schedule text"),
    ],
)
def test_a_text_that_is_no_schedule_is_one_line_and_status_2(text, says, tmp_path, capsys):
    out = tmp_path / "drawn.png"
    assert main(["plot", text, "--out", str(out)]) == 2
    message = capsys.readouterr().err
    assert says in message
    assert message.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("steps", ["0", "-3", "1.5", "x", "10000001", "\u0663", "9" * 5000])
def test_a_wrong_number_of_steps_is_status_2(steps, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["plot", "constant(1)", "--steps", steps])
    assert stopped.value.code == 2
    assert "steps must be a whole number 1..10000000" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["", "no-suffix", "drawn.foo", "folder.png", "file.txt/drawn.png"])
def test_a_picture_that_cannot_be_written_is_one_line_and_status_2(out, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.txt").write_text("in the way")
    assert main(["plot", "cosine(1, 0, 9)", "--out", out]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("error: ") and shown.err.count("\n") == 1 and not shown.out


def test_presets_are_listed_with_their_parameters_all_or_those_of_a_library(capsys):
    assert main(["presets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("(")[0] for line in lines[: len(names())]] == names()
    assert any(line.startswith("hf.cosine(total_steps, warmup_steps") for line in lines)
    for library in LIBRARIES:
        assert main(["presets", library]) == 0
        shown = [
            line for line in capsys.readouterr().out.splitlines() if line and line in lines[: len(names())]
        ]
        assert shown == [line for line in lines if line.startswith(f"{library}.")]
    assert main(["presets", "hff"]) == 2
    assert "did you mean 'hf'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ValueError("wrong"), 2, "error: wrong\n"),
        (OSError(28, "No space left on device"), 2, "error: [Errno 28] No space left on device\n"),
        (RuntimeError("died"), 1, "error: died\n"),
        (RecursionError("too deep"), 1, "error: too deep\n"),
        (MemoryError(), 1, "error: MemoryError\n"),
        (KeyboardInterrupt(), 130, "stopped; the same command goes on where it was\n"),
    ],
)
def test_whatever_stops_a_command_is_one_line(error, status, said, monkeypatch, capsys):
    from lrlib.evidence import sweeps

    def stop(*_):
        raise error

    monkeypatch.setattr(sweeps, "write", stop)
    assert main(["sweep", "shapes-digits"]) == status
    assert capsys.readouterr() == ("", said)


def test_a_reader_who_has_seen_enough_is_no_error():
    shown = subprocess.run(
        f"{sys.executable} -m lrlib schedules | head -2", shell=True, capture_output=True, text=True
    )
    assert shown.stderr == "" and shown.stdout
