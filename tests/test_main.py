"""The command line: what it lists and draws, and one line for whatever it cannot do."""

import functools
import os
import platform
import re
import signal
import subprocess
import sys
import tomllib

import pytest

from lrlib import __version__
from lrlib.__main__ import main
from lrlib.checkout import ROOT, NoCheckout
from lrlib.course import copies
from lrlib.schedules import catalogue
from lrlib.schedules.presets import LIBRARIES, names

COMMANDS = ("report", "sweep", "lessons", "schedules", "presets", "plot")


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


REFUSED = (
    "report nope",
    "report shootout -p stepz 3",
    "report shootout -p steps 3",
    "report shootout -p schedules cosin(1,0,T)",
    "report doctor -p log nope.csv",
    "report claim -p claim nope",
    "report shootout -f nope.yaml",
    "report shootout -p task nope",
    "report sensitivity -p task digits:nope:",
    "report shootout -p task nope.py:mine",
    "sweep nope",
    "batch nope.yaml --out nope",
    "claims nope",
    "lessons nope",
    "presets nope",
    "plot cosin(1,0,T)",
)
SLOW = (
    "torch",
    "sklearn",
    "scipy",
    "matplotlib",
    "nbformat",
    "jsonschema",
    "papermill",
    "nbconvert",
    "IPython",
)


def test_what_is_refused_is_refused_before_anything_is_loaded_that_takes_long(tmp_path):
    code = f"""
import sys
from lrlib.__main__ import main
for line in {REFUSED!r}:
    print(main(line.split()), *(name for name in {SLOW!r} if name in sys.modules), sep=",")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert dict(zip(REFUSED, done.stdout.splitlines(), strict=True)) == dict.fromkeys(REFUSED, "2")


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


@pytest.mark.parametrize("command", ["schedules", "presets", "sweep"])
def test_a_list_needs_no_torch(command):
    code = "import sys; from lrlib.__main__ import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code, command], capture_output=True).returncode == 0


def test_the_command_line_draws_a_schedule_into_a_png(tmp_path, capsys):
    out = tmp_path / "new" / "drawn.png"
    assert main(["plot", "linear(0, 1, 30) >> cosine(1, 0, 570)", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert out.read_bytes().startswith(b"\x89PNG")
    other = tmp_path / "other.png"
    assert main(["plot", "cosine(1, 0, T)", "--steps", "90", "--out", str(other)]) == 0
    assert other.read_bytes() != out.read_bytes()


def test_a_picture_is_written_whole_or_not_at_all_and_what_a_killed_run_left_is_removed(tmp_path):
    out = tmp_path / "drawn.png"
    line = f"{PYTHON} plot 'cosine(1, 0, 9)' --out {out}"
    assert shell(line).returncode == 0
    whole = out.read_bytes()
    ended = shell("echo $$").stdout.strip()
    (tmp_path / f".{out.name}.{platform.node()}.{ended}-1").write_bytes(whole[:99])
    full = shell(f"ulimit -f 8; {line}")  # no file may have more than 8 KiB
    assert full.returncode == 2 and full.stderr == f"error: --out {out}: File too large\n"
    assert out.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == [out.name]


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
    assert exits(["plot", "constant(1)", "--steps", steps]) == 2
    message = capsys.readouterr().err
    assert "steps must be a whole number 1..10000000" in message and message.count("\n") == 1


WRONG = (
    *([], ["report"], ["report", ""], ["sweep", ""], ["plto"], ["plot"], ["plot", "--foo"]),
    *(["sweep", "a", "b\nc"], ["report", "-p"]),
    *(["sweep", "--workers", "x"], ["report", "x" * 5000, "y" * 5000]),
)


@pytest.mark.parametrize("arguments", WRONG, ids=range(len(WRONG)))
def test_a_line_that_cannot_be_read_is_one_line_and_status_2(arguments, capsys):
    assert exits(arguments) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ") and message.count("\n") == 1 and len(message) < 1100


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
        (OSError(28, "No space left on device"), 1, "error: [Errno 28] No space left on device\n"),
        (NoCheckout("there is none"), 2, "error: there is none\n"),
        (RuntimeError("died"), 1, "error: died\n"),
        (RecursionError("too deep"), 1, "error: too deep\n"),
        (MemoryError(), 1, "error: MemoryError\n"),
        (BrokenPipeError(32, "Broken pipe"), 1, "error: [Errno 32] Broken pipe\n"),
        (ValueError("two\nlines " + "x" * 5000), 2, f"error: two lines {'x' * 990} ...\n"),
        (
            ImportError("libc.so: too old"),
            1,
            "error: ImportError: libc.so: too old (python -X dev -m lrlib ... shows where)\n",
        ),
        (KeyError("k"), 1, "error: KeyError: 'k' (python -X dev -m lrlib ... shows where)\n"),
        (KeyboardInterrupt(), 130, "stopped; the same command goes on where it was\n"),
    ],
)
def test_whatever_stops_a_command_is_one_line(error, status, said, monkeypatch, capsys):
    from lrlib.evidence import sweeps

    def stop(*_):
        raise error

    monkeypatch.setattr(sweeps, "write", stop)
    assert main(["sweep", "warmup-sgd"]) == status
    cost = "up to 408 runs of 200 steps: 0.3 minutes at 5,000 updates a second on one core, and 2 MB\n"
    assert capsys.readouterr() == ("", cost + said)


def test_a_sweep_above_the_limit_is_refused_before_it_starts(monkeypatch, capsys):
    from lrlib.evidence import sweeps

    monkeypatch.setattr(sweeps, "write", lambda *_: "trained")
    assert main(["sweep", "warmup-sgd", "--most-updates", "81599"]) == 2
    assert capsys.readouterr().err.endswith("or raise it, --most-updates 81600\n")
    assert main(["sweep", "warmup-sgd", "--most-updates", "81600"]) == 0
    assert capsys.readouterr().out == "trained\n"


PYTHON = f"{sys.executable} -m lrlib"


def shell(line, **variables):
    environment = {**os.environ, **variables}
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        (f"set -o pipefail; {PYTHON} schedules | head -2", 0, ""),
        (f"set -o pipefail; {PYTHON} plot --help | true", 0, ""),
        (f"{PYTHON} schedules >/dev/full", 1, "error: standard output: No space left on device\n"),
        (f"{PYTHON} --help >/dev/full", 1, "error: standard output: No space left on device\n"),
        (f"{PYTHON} schedules >/dev/full 2>/dev/full", 1, ""),
        (f"{PYTHON} plot x 2>/dev/full", 2, ""),
        (f"{PYTHON} presets hf >&-", 0, ""),
        (f"{PYTHON} presets hff 2>&-", 2, ""),
        (f"{PYTHON} presets hf <&- >&- 2>&-", 0, ""),
    ],
)
def test_streams_that_are_closed_or_full_are_no_traceback(line, status, said):
    done = shell(line)
    assert (done.returncode, done.stderr) == (status, said)


def test_a_command_needs_no_docstrings():
    done = shell(f"{sys.executable} -OO -m lrlib presets hf; {sys.executable} -OO -m lrlib --help")
    assert done.stderr == "" and "hf.cosine(" in done.stdout and "Run a report" in done.stdout


def test_what_an_ascii_terminal_cannot_show_is_escaped(tmp_path):
    out = os.fsdecode(os.path.join(os.fsencode(tmp_path), b"caf\xe9.png"))
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = shell(f"{PYTHON} plot 'constant(1)' --out '{out}'; {PYTHON} plot 'caf\xe9'", **ascii_only)
    assert done.stdout.endswith("caf\\udce9.png\n") and os.path.exists(out)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


AT_IMPORT = """\
import os, runpy, sys

_, module, number, *sys.argv[1:] = sys.argv


class Stop:
    def find_spec(self, name, *_):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(number))


sys.meta_path.insert(0, Stop())
sys.modules.pop(module, None)
runpy.run_module("lrlib", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("argparse", ["presets"]),
        ("lrlib.schedules", ["presets"]),
        ("numpy", ["schedules"]),
        ("matplotlib.figure", ["plot", "constant(1)"]),
        ("torch", ["sweep", "shapes-digits"]),
        ("lrlib.reports.parameters", ["report", "shootout"]),
    ],
)
def test_a_signal_during_imports_is_one_line(module, arguments, number):
    command = [sys.executable, "-c", AT_IMPORT, module, str(int(number)), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, preexec_fn=lambda: signal.signal(number, signal.SIG_DFL)
    )  # whoever runs the tests may ignore it
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")


WHILE_TEXT_IS_EXECUTED = """
import os, signal, sys
from {module} import {name} as run
def main():
    try:
        exec("os.kill(os.getpid(), signal.SIGINT)\\nwhile True: pass")
    except KeyboardInterrupt:
        {caught}
sys.exit(run(main))
"""


@pytest.mark.parametrize(
    ("module", "name", "caught"),
    [("lrlib.process", "run", "return 130"), ("notebooks.tools.command", "run", "raise")],
)
def test_a_signal_while_python_executes_text_is_answered_too(tmp_path, module, name, caught):
    text = WHILE_TEXT_IS_EXECUTED.format(module=module, name=name, caught=caught)
    (tmp_path / "answering.py").write_text(text)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "answering"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.returncode == 130, done.stderr


def test_a_signal_that_is_ignored_stays_so():
    command = [sys.executable, "-c", AT_IMPORT, "numpy", str(int(signal.SIGHUP)), "presets", "hf"]
    done = subprocess.run(["nohup", *command], capture_output=True, text=True)
    assert done.returncode == 0 and "hf.cosine" in done.stdout


def test_lessons_are_copied_shown_and_begun_anew(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(copies, "Copies", functools.partial(copies.Copies, folder=tmp_path / "mine"))
    assert main(["lessons"]) == 0
    count = len(copies.Copies().names())
    assert capsys.readouterr().out.startswith(f"{count} of {count} notebooks copied to ")
    mine = tmp_path / "mine" / "08_cosine_decay.ipynb"
    mine.write_text(mine.read_text().replace("Cosine decay", "My decay"))
    assert main(["lessons"]) == 0
    none, yours, *_ = capsys.readouterr().out.splitlines()
    assert none.startswith(f"0 of {count}") and yours.split() == ["08_cosine_decay", "yours"]
    assert main(["lessons", "notebooks/mine/08_cosine_decay.ipynb"]) == 0
    assert "as it was when your copy was made" in capsys.readouterr().out
    assert main(["lessons", "08_cosine_decay", "--reset"]) == 0
    assert "before-reset-1" in capsys.readouterr().out and "My decay" not in mine.read_text()
    for wrong in (["lessons", "08_cosin"], ["lessons", "--reset"]):
        assert main(wrong) == 2 and capsys.readouterr().err.startswith("error: ")


def test_a_signal_while_a_report_is_about_to_start_is_one_line_too(tmp_path):
    command = [sys.executable, "-c", AT_IMPORT, "papermill", str(int(signal.SIGTERM)), "report", "claim"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], capture_output=True, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines()[-1] == "stopped; an earlier report was left as it was"
