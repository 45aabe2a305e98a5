"""The strict runner: wrong parameters stop it early, a good run publishes, a bad one harms nothing."""

import ast
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from inspect import signature
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import papermill
import pytest
import torch

from lrlib import reports, tasks, train
from lrlib.__main__ import main
from lrlib.checkout import ROOT
from lrlib.reports import asking, command, html, kernel, parameters, shootout, warm
from lrlib.rules import Refused
from lrlib.schedules import linear, parse
from tests.browser import needs_browser, opened

DECLARATIONS = """\
steps: int = 0  # updates, 20..1000; 0: as the profile says
rate: float = 0.1  # peak, 1e-3..2
flag: bool = False  # whether
name: str = "a"  # which: one of a, bee
rates: list[float] = []  # peaks, 0.001..2
schedules: list[str] = []  # schedule texts, at most 4, T is the number of steps
"""


def notebook(*cells, tags=("parameters",)):
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    for cell, tag in zip(made, tags, strict=False):
        cell.metadata.tags = [tag]
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A title"), *made],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


@pytest.fixture
def declared():
    return parameters.declared(notebook(DECLARATIONS))


@pytest.mark.parametrize(
    "name, given, expected",
    [
        ("rate", "1e-3", 0.001),
        ("rate", 1, 1.0),
        ("rate", "1e-3", 1e-3),
        ("steps", "1e3", 1000),
        ("steps", "0", 0),
        ("flag", "true", True),
        ("flag", "False", False),
        ("flag", True, True),
        ("name", ["bee"], "bee"),
        ("rates", "0.1,0.2", [0.1, 0.2]),
        ("rates", ["[0.1, 1e-1]"], [0.1, 0.1]),
        ("rates", ["0.1", "0.2"], [0.1, 0.2]),
        ("rates", [0.5], [0.5]),
        ("schedules", ["linear(1, 0, T)", "constant(1)"], ["linear(1, 0, T)", "constant(1)"]),
        ("schedules", "multistep((30, 80))", ["multistep((30, 80))"]),
        ("schedules", ("constant(1)", linear(1, 0, 30)), ["constant(1)", "linear(1, 0, 30)"]),
        ("schedules", np.array(["constant(1)"]), ["constant(1)"]),
        ("schedules", linear(1, 0, 30), ["linear(1, 0, 30)"]),
        ("schedules", "[]", []),
        ("schedules", ["[]"], []),
        ("rates", "[]", []),
        ("rates", np.array([]), []),
        ("steps", np.array(40), 40),
        ("rates", pd.Series([1, 2]) / 10, [0.1, 0.2]),
        ("steps", np.int64(40), 40),
        ("steps", np.float32(40), 40),
        ("steps", np.array([40]), 40),
        ("rate", np.float32(0.5), 0.5),
        ("rate", Fraction(1, 4), 0.25),
        ("flag", np.bool_(True), True),
        ("name", np.str_("bee"), "bee"),
        ("rates", (0.1, 0.2), [0.1, 0.2]),
        ("rates", np.array([0.1, 0.2]), [0.1, 0.2]),
        ("rates", [np.float32(0.5), np.int64(1)], [0.5, 1.0]),
        ("rates", range(1, 3), [1.0, 2.0]),
        ("rates", pd.Series([0.1, 0.2]), [0.1, 0.2]),
        ("rates", torch.tensor([0.5, 1]), [0.5, 1.0]),
    ],
)
def test_values_mean_what_they_say(declared, name, given, expected):
    value = parameters.converted(declared, {name: given})[name]
    assert value == expected and type(value) is type(expected)


@pytest.mark.parametrize(
    "name, given, said",
    [
        ("stepz", "3", "did you mean 'steps'"),
        ("steps", "1.5", "whole number 20..1000"),
        ("steps", "many", "'many'"),
        ("steps", "19", "20..1000"),
        ("steps", "1e9", "20..1000"),
        ("steps", True, "whole number"),
        ("steps", ["30", "40"], "whole number"),
        ("rate", "nan", "0.001..2"),
        ("rate", "inf", "0.001..2"),
        ("rate", "3", "0.001..2"),
        ("rate", None, "number"),
        ("flag", "yes", "true or false"),
        ("flag", 1, "true or false"),
        ("name", "be", "did you mean 'bee'"),
        ("name", 3, "one of a, bee"),
        ("rates", "0.1,x", "0.001..2"),
        ("rates", "0.1,5", "0.001..2"),
        ("rates", {"a": 1}, "number"),
        ("schedules", [3], "text"),
        ("steps", "\u0663\u0660", "whole number"),
        ("rates", "\u0661", "0.001..2"),
        ("steps", 30j, "whole number"),
        ("steps", np.bool_(True), "whole number"),
        ("steps", np.array([30, 40]), "whole number"),
        ("steps", 10**400, "whole number"),
        ("rate", np.float64("nan"), "0.001..2"),
        ("rates", np.array([[0.1, 0.2]]), "0.001..2"),
        ("rates", {0.1, 0.2}, "number"),
        ("schedules", np.array([3]), "text"),
        ("schedules", ["constant(1)"] * 5, "a list of 1 to 4"),
        ("schedules", ["[]", "constant(1)"] * 3, "a list of 1 to 4"),
        ("rates", (rate for rate in (0.1, 0.2)), "0.001..2"),
        ("rates", [[0.1], [0.2]], "0.001..2"),
        ("rates", np.ma.masked_array([0.1, 0.2], [True, False]), "0.001..2"),
        ("rates", None, "0.001..2"),
        ("steps", pd.NA, "whole number"),
        ("steps", np.datetime64("2020-01-01"), "whole number"),
    ],
)
def test_wrong_values_are_refused_in_one_line_that_names_the_parameter(declared, name, given, said):
    with pytest.raises(Refused) as refused:
        parameters.converted(declared, {name: given})
    message = str(refused.value)
    assert name in message and said in message and "\n" not in message


@pytest.mark.parametrize(
    "line",
    [
        "steps = 3  # bare",
        "steps: int = 3",
        "import os  # no",
        "steps: int  # no value",
        "steps: int = f()  # no literal",
        "steps: complex = 3j  # another type",
        "steps: int | None = 3  # two types",
        "steps: int = 3  # papermill sees no line with two signs: a = b",
        "a.steps: int = 3  # no name",
        "steps: int = 3; n: int = 4  # two",
        "(",
    ],
)
def test_a_parameters_cell_must_have_the_form(line):
    with pytest.raises(ValueError, match="expected"):
        parameters.declared(notebook(line))


def test_a_profile_fills_what_was_not_given():
    profiles = {"quick": {"steps": 30, "schedules": ["cosine(1, 0, T)"]}, "full": {"steps": 90}}
    assert parameters.settle("quick", profiles, steps=0, seeds=3)["steps"] == 30
    used = parameters.settle("quick", profiles, steps=50, schedules=[])
    assert (used["steps"], used["schedules"]) == (50, ["cosine(1, 0, T)"])
    with pytest.raises(Refused, match="did you mean 'full'"):
        parameters.settle("ful", profiles)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["shootout", "-p", "stepz", "3"], "did you mean 'steps'"),
        (["shootout", "-p", "steps", "three"], "steps"),
        (["shootout", "-p", "n_seeds", "0.5"], "n_seeds"),
        (["shootout", "-p", "schedules", "cosin(1, 0, T)"], "did you mean 'cosine'"),
        (["shootout", "-p", "schedules", "cosine(1, 0, 30)"], "lasts 30 steps"),
        (
            ["shootout", "-p", "schedules", "exponential(1e9, T) * exponential(1e308, T)"],
            "is inf, and must be finite",
        ),
        (["shootout", "-p", "steps", "\u0666\u0660"], "steps"),
        (["shootout", "-f", str(Path(__file__).parent)], "cannot be read"),
        (["shootout", "-p", "schedules", "__import__('os').system('true')"], "schedules"),
        (["shootout", "-p", "schedules", "constant(1)", "-p", "schedules", "constant(1.0)"], "the same"),
        (["shootout", "-p", "schedules", "constant(1) # <script>"], "one line, without comments"),
        (["shootout", "-p", "base_lrs", "0.9,0.3,0.1"], "base_lrs"),
        (["shootout", "-p", "base_lrs", "0.1,0.2"], "3 to 60"),
        (["shootout", "-p", "task", "quadratic", "-p", "options", "label_noise=0.1"], "label_noise"),
        (["shootout", "-p", "steps", "9" * 5000], "steps"),
        (["shootout", "-p", "profile", "fast"], "profile"),
        (["shootout", "-p", "task", "digit"], "did you mean 'digits'"),
        (["shootout", "-p", "base_lrs", "0.1,-1"], "base_lrs"),
        (["shootout", "-p", "base_lrs", ",".join(map(str, range(1, 62)))], "a list of 3 to 60"),
        (["shootout", "-p", "n_seeds", "1000", "-p", "steps", "1e5"], "-p most_updates "),
        (["shootout", "-p", "steps", "100", "-p", "most_updates", "1000"], "limit of 1,000 updates"),
        (["shootout", "-p", "schedules", "[constant(1)"], "schedules"),
        (["shootout", "-p", "schedules", ""], "schedules"),
        (["shootout", "-f", ""], "cannot be read"),
        (["shootouts"], "did you mean 'shootout'"),
        (["shootout", "-f", "no-such-file.yaml"], "no-such-file.yaml"),
    ],
)
def test_a_wrong_call_stops_before_anything_runs(arguments, said, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["report", *arguments, "--out", str(out)]) == 2
    message = capsys.readouterr().err
    assert said in message and message.count("\n") == 1
    assert not out.exists()


def test_yaml_is_read_by_declared_type_and_the_command_line_goes_before_it(tmp_path):
    file = tmp_path / "parameters.yaml"
    file.write_text("tolerance: 1e-1\nsteps: 40\nschedules:\n  - constant(1)\n")
    given = reports.read_yaml(str(file))
    assert given["tolerance"] == "1e-1"
    assert reports.checked("shootout", given)["tolerance"] == 0.1
    assert reports.checked("shootout", {**given, "steps": ["50"]})["steps"] == 50
    file.write_text("steps: 010\nn_seeds: 1:30\n")
    assert reports.checked("shootout", {"steps": "20", **{"n_seeds": "8"}})["n_seeds"] == 8
    assert reports.read_yaml(str(file)) == {"steps": "010", "n_seeds": "1:30"}
    with pytest.raises(Refused, match="n_seeds"):
        reports.checked("shootout", {"n_seeds": "1:30"})


NO_PARAMETERS = (
    *("just text", "a: [", "- a\n- b", "steps: 30\nsteps: 40", "", "a: 3\n---\nb: 4", "steps: \0", "a: *b"),
    *("a: {b: 3}", "? [a, b]\n: 3", "a: &a [*a]", "a: [[3]]", "a: " + "[" * 3000 + "]" * 3000),
    *("x: &a [1, 1]\n" + "".join(f"x{i}: &a{i} [*a{i - 1 or ''}, *a]\n" for i in range(1, 40)),),
    "steps: \xe9".encode("latin-1"),
    *("steps: !!int 30", "steps: !!python/object/apply:os.system [x]", "!x {steps: 30}", "base_lrs: !x [1]"),
    *("base_lrs: [!x 1]", "!x steps: 30", "steps: " + "3" * 2_000_000),
)


@pytest.mark.parametrize("text", NO_PARAMETERS, ids=range(len(NO_PARAMETERS)))
def test_a_file_that_holds_no_parameters_is_refused_in_one_line(text, tmp_path, capsys):
    file = tmp_path / "parameters.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["report", "shootout", "-f", str(file)]) == 2
    message = capsys.readouterr().err
    assert "parameters.yaml" in message and message.count("\n") == 1 and len(message) < 500


@pytest.mark.parametrize("special", ["/dev/zero", "pipe"])
def test_parameters_are_read_from_regular_files_only(special, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    assert main(["report", "shootout", "-f", str(tmp_path / special)]) == 2
    assert "no regular file" in capsys.readouterr().err


def test_help_lists_every_parameter_with_its_rule(capsys):
    assert main(["report", "shootout", "--help"]) == 0
    shown = capsys.readouterr().out
    known = parameters.declared(nbformat.read(asking.FOLDER / "shootout.ipynb", as_version=4))
    assert len(known) >= 7
    for parameter in known.values():
        assert f"{parameter.name}: {parameter.type}" in shown and parameter.allowed in shown
    assert shown.count("up to ") >= 2, "what each profile costs"
    assert all(
        f"{name}({', '.join(signature(task).parameters)})" in shown for name, task in tasks.TASKS.items()
    )


def test_a_page_that_is_stored_names_no_commit_as_none_has_it_yet(monkeypatch):
    made = reports.about()
    monkeypatch.setenv(reports.notebook.STORED, "yes")
    assert "; the commit that this page is in; " in made._repr_markdown_()
    for page in (ROOT / "notebooks" / "reports").glob("*.ipynb"):
        assert "commit `" not in page.read_text(encoding="utf-8"), page.name


def test_a_report_about_files_that_was_given_none_says_that_it_is_an_example(tmp_path):
    (tmp_path / "log.csv").write_text("step,lr\n0,0.1\n1,0.1\n2,0.1\n3,0.1\n")
    for name, of in (("doctor", "log"), ("forecast", "curves")):
        assert command._example(asking.asked(name, {})) == [f"An example: no {of} was given (-p)."]
    assert not command._example(asking.asked("doctor", {"log": str(tmp_path / "log.csv")}))
    assert not command._example(asking.asked("shootout", {}))


@pytest.mark.parametrize("name", asking.names())
def test_papermill_itself_sees_the_same_types_defaults_and_help(name):
    seen = papermill.inspect_notebook(str(asking.FOLDER / f"{name}.ipynb"))
    shown = {
        name: (each["inferred_type_name"], ast.literal_eval(each["default"]), each["help"])
        for name, each in seen.items()
    }
    known = parameters.declared(asking.template(name))
    assert {each.name: (each.type, each.default, each.help) for each in known.values()} == shown


SMALL = [
    "-p",
    "steps",
    "60",
    "-p",
    "n_seeds",
    "6",
    "-p",
    "base_lrs",
    "0.1,0.3,0.9",
    "-p",
    "options",
    "label_noise=0.1",
]
SMALL += ["-p", "schedules", "constant(1)", "-p", "schedules", "linear(1, 0, T)"]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A small report, run for real through the command line, in a foreign folder whose name is no UTF-8.

    In a locale of ASCII, with another kernel of the name python3, and with start-up files of the user.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    out = folder / os.fsdecode(b"caf\xe9")
    (folder / "kernels" / "python3").mkdir(parents=True)
    other = {"argv": ["false"], "display_name": "Python 3", "language": "python"}
    (folder / "kernels" / "python3" / "kernel.json").write_text(json.dumps(other))
    (folder / "profile_default" / "startup").mkdir(parents=True)
    for start_up in (folder / "start.py", folder / "profile_default" / "startup" / "0.py"):
        start_up.write_text("import os; os._exit(1)")
    environment = {k: v for k, v in os.environ.items() if k != "LRLIB_PROGRESS"} | {
        **{"OMP_NUM_THREADS": "1", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        **{"JUPYTER_PATH": str(folder), "IPYTHONDIR": str(folder), "PYTHONSTARTUP": str(folder / "start.py")},
    }
    command = [sys.executable, "-m", "lrlib", "report", "shootout", *SMALL, "--out", out]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out, done


def test_a_report_publishes_notebook_page_and_results(published):
    out, done = published
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.ipynb", "results.json"]
    envelope = json.loads((out / "results.json").read_text())
    assert list(envelope) == ["report", "parameters", "about", "found", "summary"]
    assert set(envelope["about"]) == {"date", "commit", "changed", "machine", "cores", "versions"}
    found = envelope["found"]
    ranking = found["ranking"]
    assert [row["loss"] for row in ranking] == sorted(row["loss"] for row in ranking)
    assert set(ranking[0]) >= {"schedule", "base_lr", "loss", "ci_low", "ci_high", "verdict"}
    assert [row["verdict"] for row in ranking if row["schedule"] == found["recommended"]] == ["reference"]
    assert not set(found["seeds"]["tuning"]) & set(found["seeds"]["judging"])
    assert (envelope["parameters"]["steps"], envelope["parameters"]["options"]) == (60, ["label_noise=0.1"])
    assert {"python", "torch", "numpy", "lrlib"} <= set(envelope["about"]["versions"])
    assert done.stdout.splitlines()[:-1] == envelope["summary"]
    assert done.stdout.strip().endswith("report.html")
    assert re.search(r"shootout: (?!starting)\w[\w ]*:.*?\d+/\d+", done.stderr), "progress must be shown"
    assert re.match(r"up to \d+ runs of 60 steps: ", done.stderr), "and before it the cost"


def test_a_report_costs_no_more_than_was_said_before_it_started(published):
    envelope = json.loads((published[0] / "results.json").read_text())
    found, values = envelope["found"], envelope["parameters"]
    cost = shootout.cost(values)
    assert cost.steps == 60
    assert found["runs"] <= cost.runs <= 3 * found["runs"]


def test_a_report_names_no_folder_of_the_machine_it_was_made_on(published):
    out = published[0]
    for file in out.iterdir():
        text = file.read_text()
        for place in (ROOT, sys.prefix, out.parent, tempfile.gettempdir(), Path.home()):
            assert f"{place}/" not in text


def test_the_numbers_of_a_report_are_those_of_plain_training(published):
    found = json.loads((published[0] / "results.json").read_text())["found"]
    task = tasks.get("digits", label_noise=0.1)
    for row in found["ranking"]:
        schedule = parse(row["schedule"], T=60)
        alone = [train.run(task, schedule, row["base_lr"], seed, steps=60).result for seed in range(6)]
        np.testing.assert_allclose(alone, found["losses"][row["schedule"]], rtol=1e-7)
        assert row["loss"] == pytest.approx(np.mean(alone), rel=1e-7)


def test_the_executed_notebook_shows_the_same_numbers_as_the_results(published):
    out = published[0]
    found = json.loads((out / "results.json").read_text())["found"]
    text = (out / "report.ipynb").read_text()
    for row in found["ranking"]:
        assert re.search(rf"{re.escape(row['schedule'])}[^\n]*{round(row['loss'], 4):g}", text)


def test_a_second_run_gives_the_same_numbers(published, tmp_path):
    before = json.loads((published[0] / "results.json").read_text())["found"]
    given = {"steps": 60, "n_seeds": 6, "base_lrs": [0.1, 0.3, 0.9], "options": ["label_noise=0.1"]}
    again = reports.run(
        "shootout", {**given, "schedules": ["constant(1)", "linear(1, 0, T)"]}, tmp_path / "again"
    )
    again = again["found"]
    assert again["losses"] == before["losses"] and again["ranking"] == before["ranking"]


def a_report(*cells):
    head = ["profile: str = 'quick'  # one of quick", "profiles = {'quick': {}}"]
    return notebook(*head, *cells, tags=("parameters", "profiles"))


@pytest.fixture
def small_reports(tmp_path, monkeypatch):
    """A folder of reports of the test's own, with the real runner."""
    folder = tmp_path / "reports"
    folder.mkdir()
    monkeypatch.setattr(asking, "FOLDER", folder)

    return lambda name, *cells: nbformat.write(a_report(*cells), folder / f"{name}.ipynb")


def test_a_report_that_fails_leaves_its_executed_part_and_the_earlier_report(small_reports, tmp_path, capsys):
    out = tmp_path / "out"
    small_reports("good", "from lrlib import reports\nreports.results(ranking=[])")
    assert main(["report", "good", "--out", str(out)]) == 0
    earlier = {path.name: path.read_bytes() for path in out.iterdir()}
    small_reports("bad", "print('so far')", "raise KeyError('midway')", "print('never')")
    capsys.readouterr()
    assert main(["report", "bad", "--out", str(out)]) == 1
    message = capsys.readouterr().err
    assert "KeyError" in message and "midway" in message and "failed.ipynb" in message
    assert message.splitlines()[-1].startswith("error: cell ")
    assert {name: (out / name).read_bytes() for name in earlier} == earlier
    assert sorted(set(os.listdir(out)) - set(earlier)) == ["failed.ipynb"]
    part = nbformat.read(out / "failed.ipynb", as_version=4)
    assert "so far" in str(part.cells) and not any("never" in str(c.get("outputs")) for c in part.cells)
    assert main(["report", "good", "--out", str(out)]) == 0
    assert sorted(os.listdir(out)) == sorted(earlier), "a good run clears the failed part away"


def lines_of_json(capfd):
    shown = capfd.readouterr()
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert all(event["state"] and event["seconds"] >= 0 for event in events)
    return events, shown.err


def test_json_is_one_object_a_line_and_nothing_else_on_that_stream(small_reports, tmp_path, capfd):
    out = tmp_path / "out"
    training = "train.sweep('quadratic', ['constant(1)'], [0.1], range(8), steps=400)"
    small_reports(
        "good",
        f"from lrlib import reports, train\nprint('noise')\n{training}\nimport time; time.sleep(1)\n"
        "reports.results(summary=['the \u00e9', 'answer'])",
    )
    assert main(["report", "good", "--json", "--out", str(out)]) == 0
    (first, *between, last), said = lines_of_json(capfd)
    assert (first["state"], first["report"], first["finished"]) == ("starting", "good", 0)
    assert {event["state"] for event in between} == {"running"}
    assert (between[-1]["done"], between[-1]["total"], between[-1]["what"]) == (8, 8, "training")
    assert last["state"] == "done" and last["summary"] == ["the \u00e9", "answer"] and not said
    assert [Path(file) for file in last["files"]] == [out / file for file in reports.FILES]
    small_reports("bad", "raise KeyError('midway')")
    for line, status in (
        (["bad"], 1),
        (["bad", "-p", "x", "3"], 2),
        (["worse"], 2),
        (["bad", "-f", "no"], 2),
    ):
        assert main(["report", *line, "--json", "--out", str(out)]) == status
        (*_, last), said = lines_of_json(capfd)
        assert (last["state"], last["status"]) == ("failed", status)
        assert said == f"error: {last['error']}\n"


SLOW = """\
import sys
from pathlib import Path
from lrlib.reports import asking
from lrlib.__main__ import main

asking.FOLDER = Path("reports").resolve()
sys.exit(main(["report", "slow", "--out", "out"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_report_that_is_stopped_says_so_in_one_line_and_leaves_nothing(number, tmp_path):
    (tmp_path / "reports").mkdir()
    started = tmp_path / "started"
    wait = f"open({str(started)!r}, 'w').close(); import time; time.sleep(60)"
    nbformat.write(a_report(wait), tmp_path / "reports" / "slow.ipynb")
    running = subprocess.Popen(
        [sys.executable, "-c", SLOW], cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )  # fmt: skip
    while not started.exists() and running.poll() is None:
        time.sleep(0.05)
    os.killpg(running.pid, number)
    said = running.communicate()[1]
    assert running.returncode == 130 and "Traceback" not in said
    assert said.splitlines()[-1] == "stopped; an earlier report was left as it was"
    assert list((tmp_path / "out").iterdir()) == []


def test_versions_are_those_of_the_kernel_that_computed(small_reports, tmp_path):
    other = "from lrlib.reports import notebook\nnotebook.PACKAGES, notebook.__version__ = ('numpy',), '9.9'"
    small_reports("other", f"{other}\nnotebook.results(ranking=[])")
    assert set(reports.run("other", {}, tmp_path)["about"]["versions"].items()) > {("lrlib", "9.9")}
    assert len(reports.versions()) > 3


def test_a_dead_kernel_is_a_readable_failure_that_keeps_what_was_executed(small_reports, tmp_path, capsys):
    small_reports("dead", "print('so far')", "import os; os._exit(3)")
    assert main(["report", "dead", "--out", str(tmp_path / "out")]) == 1
    assert "kernel" in capsys.readouterr().err.lower()
    assert "so far" in (tmp_path / "out" / "failed.ipynb").read_text()


def test_a_kernel_removes_the_folders_of_those_that_were_killed_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here = f"lrlib-kernel-{platform.node()}."
    for name in (f"{here}{ended.pid}-killed", f"{here}{os.getpid()}-runs", "lrlib-kernel-elsewhere.1-runs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "connection.json").touch()
    kernel.client(notebook("1"), tmp_path).execute()
    assert sorted(os.listdir(tmp_path)) == sorted(
        [f"{here}{os.getpid()}-runs", "lrlib-kernel-elsewhere.1-runs"]
    )


def test_a_kernel_that_cannot_start_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(warm, "_active", [])
    (tmp_path / "ipykernel_launcher.py").write_text("raise ImportError('broken on purpose')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert main(["report", "shootout", *SMALL, "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == "error: the kernel stopped: it cannot start: ImportError: broken on purpose"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_run_that_overflows_to_infinity_is_a_line_of_the_report(tmp_path):
    given = {"task": "quadratic", "steps": 200, "n_seeds": 8, "base_lrs": [0.1, 0.2, 0.4]}
    schedules = ["constant(1)", "linear(1, 0, T)", "constant(1e300)"]
    found = reports.run("shootout", {**given, "schedules": schedules}, tmp_path)["found"]
    verdicts = {row["schedule"]: row["verdict"] for row in found["ranking"]}
    assert verdicts["constant(1e300)"] == "worse" and found["recommended"] != "constant(1e300)"
    assert found["diverged"] == 8
    assert '"stderr"' not in (tmp_path / "report.ipynb").read_text(), "no warning is published"


def test_a_report_says_when_its_seeds_are_too_few_for_any_verdict(tmp_path):
    given = {"task": "quadratic", "steps": 50, "base_lrs": [0.1, 0.2, 0.4]}
    schedules = ["constant(1)", "constant(1e300)", "linear(1, 0, T)"]
    line = "6 seeds can tell none of 3 pairs at once: take more"
    for n_seeds, said in ((6, True), (8, False)):
        out = tmp_path / str(n_seeds)
        found = reports.run("shootout", {**given, "schedules": schedules, "n_seeds": n_seeds}, out)["found"]
        assert (line in (out / "report.ipynb").read_text()) == said
        assert (len(found["may_be_best"]) == 3) == said


BROKEN = {
    "text": b"not JSON",
    "list": b"[]",
    "null": b"null",
    "object": b"{}",
    "bytes": b"\xff\xfe",
    "empty": b"",
    "cells": b'{"cells": [3], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "none": b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "cell": b'{"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "tags": b'{"cells": [{"source": "", "metadata": 3}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "old": b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_garbage_in_the_notebook_of_a_report_is_one_line(name, small_reports, tmp_path, capsys):
    small_reports(name)
    (asking.FOLDER / f"{name}.ipynb").write_bytes(BROKEN[name])
    assert main(["report", name, "--out", str(tmp_path / "out")]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: ") and message.count("\n") == 1


def test_a_notebook_that_no_schema_knows_is_refused_before_anything_runs(small_reports, tmp_path, capsys):
    small_reports("odd", f"open({str(tmp_path / 'ran')!r}, 'w')")
    stored = json.loads((asking.FOLDER / "odd.ipynb").read_text())
    stored["cells"][-1]["cell_type"] = "poem"
    (asking.FOLDER / "odd.ipynb").write_text(json.dumps(stored))
    assert main(["report", "odd", "--out", str(tmp_path / "out")]) == 2
    assert "odd.ipynb cannot be read as a notebook" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "profiles", ["profiles = 3", "import os", "profiles = {'quick': f()}", "(", "a = {1: 2}"]
)
def test_profiles_that_are_no_literals_are_refused(profiles):
    with pytest.raises(ValueError, match="profiles cell: expected"):
        parameters.profiles(notebook("steps: int = 3  # s", profiles, tags=("parameters", "profiles")))


def test_of_two_reports_into_one_folder_the_second_is_refused_and_one_that_was_killed_cleared_away(
    small_reports, tmp_path, capsys
):
    out, nested = tmp_path / "out", "from lrlib import reports\n"
    small_reports("inner", nested + "reports.results(ranking=[])")
    again = f"from lrlib.reports import asking; asking.FOLDER = {asking.FOLDER!r}"
    again += f"\ntry: reports.run('inner', {{}}, {str(out)!r})\nexcept ValueError as error: said = str(error)"
    small_reports("outer", f"from pathlib import *; {nested}{again}\nreports.results(said=said, ranking=[])")
    (out / ".running-killed").mkdir(parents=True)
    (out / ".running.lock").touch()
    assert "another report is on its way there" in reports.run("outer", {}, out)["found"]["said"]
    assert sorted(os.listdir(out)) == ["report.html", "report.ipynb", "results.json"]


@pytest.mark.parametrize("name", ["report.html", "report.ipynb", "results.json", "failed.ipynb"])
def test_a_folder_in_the_way_of_a_result_is_noticed_before_anything_runs(name, tmp_path, capsys):
    (tmp_path / name).mkdir()
    assert main(["report", "shootout", "--out", str(tmp_path)]) == 2
    assert f"{name} is a folder there" in capsys.readouterr().err
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize(
    ("given", "out"), [(None, "out"), ([("steps", 3)], "out"), ({}, ""), ({}, None), ({}, 3)]
)
def test_a_call_from_python_that_makes_no_sense_is_refused(given, out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match=r"(given|out) must be"):
        reports.run("shootout", given, out)
    assert list(tmp_path.iterdir()) == []


def test_a_report_without_results_is_a_failure(small_reports, tmp_path, capsys):
    small_reports("mute", "print('done')")
    assert main(["report", "mute", "--out", str(tmp_path / "out")]) == 1
    assert "no results" in capsys.readouterr().err


def test_an_unusable_folder_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["report", "shootout", "--out", str(tmp_path / "file")]) == 2
    assert "--out" in capsys.readouterr().err


def test_the_page_names_no_address_that_a_browser_would_load(published):
    page = (published[0] / "report.html").read_text()
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", page)
    assert "<script" not in page and "@import" not in page and "url(" not in page


@needs_browser
def test_the_page_opens_without_a_network(published):
    with opened(published[0] / "report.html") as seen:
        view = seen.view
        formula = view.locator("math[display=block]").first.bounding_box()
        figures = view.eval_on_selector_all("img", "all => all.map(i => [i.naturalWidth, i.alt.length])")
        shown = view.inner_text("body")
    assert not seen.errors and not seen.outside
    assert formula and formula["width"] > 50 and formula["height"] > 20, "the formula has no size on the page"
    assert len(figures) == 3 and all(width > 500 and alt > 20 for width, alt in figures)
    assert "$$" not in shown and "Answer" in shown and "What this does not show" in shown


def test_a_formula_that_cannot_be_converted_does_not_cost_the_page():
    odd = notebook("1")
    odd.cells[0].source = "# A\n\n$\\left( x$ and $a_{$"
    page = html.page(odd, title="t")
    assert "\\left( x" in page and "<code>" in page


def test_results_must_be_plain_json_without_nan():
    with pytest.raises(ValueError):
        reports.results(loss=float("nan"))


def test_formulas_become_mathml_and_code_is_escaped():
    page = html.page(notebook("x = '<b>'"), title="<T>")
    assert "&lt;b&gt;" in page and "<title>&lt;T&gt;</title>" in page
    with_formula = notebook("1")
    with_formula.cells[0].source = "# A\n\n$a_1$ and\n\n$$\\frac{1}{n}$$"
    page = html.page(with_formula, title="t")
    assert page.count("<math") == 2 and "<mfrac>" in page and "$" not in page.split("<main>")[1]
