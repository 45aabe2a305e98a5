"""What is promised of a task that a text names: it is found, checked, known by its code, and travels."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
import torch

import lrlib
from lrlib import tasks, train
from lrlib.rules import Refused

PLAIN = """
    import torch
    from lrlib import tasks
    from lrlib.tasks import Batches, Task, seeded

    def line(width: int = 4, label: str = "a line") -> Task:
        '''A straight line, through points.'''
        place = torch.linspace(-1, 1, 40, dtype=torch.float64)[:, None]

        def model(seed):
            with seeded(seed):
                return Net(width)

        def batches(seed, steps):
            order = torch.from_numpy(tasks.epoch_order(seed, 20, 5, steps))
            return Batches(place[::2], 2 * place[::2], order)

        return Task(name=label, model=model, loss=torch.nn.functional.mse_loss, batches=batches,
                    heldout=(place[1::2], 2 * place[1::2]), guess=1.3, unit="squares")

    class Net(torch.nn.Sequential):
        def __init__(self, width):
            super().__init__(torch.nn.Linear(1, width), torch.nn.Tanh(), torch.nn.Linear(width, 1))
            self.double()

    number = 3
    def nothing(): pass
    def other(): return Net(3)
    def fails(): return 1 / 0
    def wrong(): return Task(name="x", model=3, loss=max, batches=max, heldout=(1, 2), guess=1, unit="")
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of someone's own, in which one is; `write(name, code)` puts files there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = {*sys.modules}

    def write(name, code=PLAIN):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code))
        return path

    yield write
    for name in {*sys.modules} - known:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(tmp_path):
            del sys.modules[name]


def result(task, **how):
    return train.sweep(task, "linear(1, 0, T)", [0.05, 0.2], [0, 1], steps=6, runs_at_once=1, **how).result


def test_a_name_with_options_is_the_task_that_python_would_make():
    text = ["label_noise=0.2", "hidden=(16,)", "n_train= 400"]
    loaded = tasks.load("digits", text)
    assert loaded.named and loaded.options["hidden"] == (16,)
    made = tasks.digits(label_noise=0.2, hidden=(16,), n_train=400)
    assert loaded.fingerprint(1) == made.fingerprint(1)
    assert tasks.load("chars_generated", ["model=transformer"]).options["model"] == "transformer"


@pytest.mark.parametrize("text", ["own.py:line", "own:line", "./own.py:line"])
def test_a_function_of_ones_own_file_is_a_task_with_its_options(here, text):
    path = here("own.py")
    task = tasks.load(text, ["width=8", "label=wide"])
    assert (task.name, task.options) == ("wide", {"width": 8, "label": "wide"})
    assert task.model(0)[0].out_features == 8
    whole = tasks.load(f"{path}:line", {"width": 8, "label": "wide"})
    assert np.array_equal(result(task), result(whole)) and result(task).shape == (1, 2, 2)


def test_what_is_typed_in_a_folder_means_the_same_in_another(here, tmp_path, monkeypatch):
    path, inner = here("own.py"), here("pack/of/inner.py")
    texts = ["digits", "own.py:line", "own:line", "pack.of.inner:line", "torch.nn:Linear"]
    found = [tasks.located(text) for text in texts]
    assert found == ["digits", f"{path}:line", f"{path}:line", f"{inner}:line", "torch.nn:Linear"]
    monkeypatch.chdir("/")
    assert tasks.load(found[2]).options == {"width": 4, "label": "a line"}


def test_a_function_reads_its_data_from_the_folder_of_its_file(here, tmp_path, monkeypatch):
    (tmp_path / "width.txt").write_text("7")
    read = "width: int = 4, label: str = 'a line') -> Task:\n    width = int(open('width.txt').read())\n"
    code = textwrap.dedent(PLAIN).replace('width: int = 4, label: str = "a line") -> Task:\n', read)
    path = here("own.py", code)
    monkeypatch.chdir("/")
    assert tasks.load(f"{path}:line").model(0)[0].out_features == 7 and os.getcwd() == "/"


REFUSED = {
    "no such name": ("digts", "unknown task 'digts'; did you mean 'digits'"),
    "no function named": ("own.py", "'own.py' names no function: write path/to/file.py:function"),
    "no such file": ("owwn.py:line", r"unknown file 'owwn.py'; did you mean 'own.py'\?"),
    "no such folder": ("there/own.py:line", "there is no file '.*there/own.py'"),
    "no such module": (
        "owwn.line:line",
        "no module 'owwn.line' can be imported from .*, nor is it installed",
    ),
    "no such function": ("own.py:lime", "unknown function 'lime'; did you mean 'line'"),
    "no function": ("own.py:number", "number is no function, but 3"),
    "a class": ("own.py:Net", "Net is no function"),
    "nothing returned": ("own.py:nothing", "must return a task, .*; it returned nothing"),
    "no task returned": ("own.py:other", "must return a task, .*; it returned a Net"),
    "its error": ("own.py:fails", r"^own.py, line 29: ZeroDivisionError: division by zero$"),
    "its task refused": ("own.py:wrong", r"^own.py, line 30: Task: model must be a function"),
    "built in": ("math:sqrt", "sqrt|signature"),
    "a name of a NUL": ("own.py:li\0ne", r"a task is .* got 'own.py:li\\x00ne'"),
    "a name too long": ("o" * 10_000 + ".py:line", "there is no file|unknown file 'ooo"),
    "no text": (None, "a task is a task's name, .* got None"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_names_no_task_is_refused_in_one_sentence(here, case):
    here("own.py")
    text, says = REFUSED[case]
    with pytest.raises(Refused, match=says) as error:
        tasks.load(text)
    assert "\n" not in str(error.value) and len(str(error.value)) < 600


BROKEN = {
    "syntax": ("import torch\ndef line(:\n    pass\n", r"^own.py, line 2: SyntaxError: invalid syntax"),
    "an import": ("x = 1\n\nimport nonesuch\n", r"^own.py, line 3: ModuleNotFoundError: No module named"),
    "a value": ("def f():\n    return {}['a']\n\nf()\n", r"^own.py, line 2: KeyError: 'a'"),
    "an exit": ("import sys\nsys.exit(3)\n", r"^own.py, line 2: SystemExit: 3"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("text", ["own.py:line", "own:line"])
def test_a_file_that_cannot_be_imported_is_said_with_error_and_line(here, case, text):
    code, says = BROKEN[case]
    here("own.py", code)
    for _ in range(2):  # nothing half imported is left
        with pytest.raises(Refused, match=says):
            tasks.load(text)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ["widthh=3"],
            r"^line: unknown argument 'widthh'; did you mean 'width'\? \(allowed: width, label\)$",
        ),
        (["width=wide"], r"^(own.py, line \d+: )?line: width must be a whole number, got 'wide'$"),
        (["width"], "options must be texts NAME=VALUE, such as width=32, got 'width'"),
        (["=3"], "options must be texts NAME=VALUE"),
        (["width=3", "width=4"], "options: width is given twice"),
    ],
)
def test_options_that_a_function_does_not_have_are_refused(here, options, says):
    here("own.py")
    with pytest.raises(Refused, match=says):
        tasks.load("own.py:line", options)


PACK = {
    "nets.py": "from parts.act import Act\nimport torch\n\ndef net():\n"
    "    return torch.nn.Sequential(torch.nn.Linear(1, 3), Act(), torch.nn.Linear(3, 1)).double()\n",
    "parts/__init__.py": "",
    "parts/act.py": "import torch\n\nclass Act(torch.nn.Module):\n    def forward(self, x):\n"
    "        return torch.tanh(FACTOR * x)\n\nFACTOR = 1\n",
    "unrelated.py": "x = 1\n",
}


def with_parts(here):
    here("own.py", "from nets import net\n" + textwrap.dedent(PLAIN).replace("Net(width)", "net()"))
    for name, code in PACK.items():
        here(name, code)


def in_another_process(code, **how):
    """What a process of its own, as a later command would be, prints."""
    env = {**os.environ, "PYTHONPATH": str(Path(lrlib.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, **how)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def fingerprints(*texts):
    return in_another_process(
        f"from lrlib import tasks\nfor text in {texts!r}: print(tasks.load(text).fingerprint(0))"
    )


@pytest.mark.long
def test_a_changed_file_is_noticed_and_a_comment_is_not(here):
    with_parts(here)
    texts = ("own.py:line", "own:line")
    before = fingerprints(*texts)
    assert before[0] == before[1]
    path = here("parts/act.py", PACK["parts/act.py"] + "\n# a comment\n")
    here("unrelated.py", "x = 2\n")
    assert fingerprints(*texts) == before
    path.write_text(PACK["parts/act.py"] + "\nUNUSED = 2\n")
    (after, _) = fingerprints(*texts)
    assert after != before[0]
    own = here("own.py", (path.parents[1] / "own.py").read_text() + "\nMORE = 1\n")
    assert own.exists() and fingerprints(*texts)[0] not in (after, before[0])


def test_a_file_that_was_changed_is_read_again_and_stored_runs_of_it_are_refused(here, tmp_path):
    path = here("own.py")
    before = result(tasks.load("own.py:line"), out=tmp_path / "out")
    assert np.array_equal(result(tasks.load("own.py:line"), out=tmp_path / "out"), before)
    path.write_text(path.read_text().replace("torch.nn.Tanh()", "torch.nn.Sigmoid()"))
    changed = tasks.load("own.py:line")
    assert isinstance(changed.model(0)[1], torch.nn.Sigmoid)
    with pytest.raises(ValueError, match="holds another sweep: fingerprint"):
        result(changed, out=tmp_path / "out")


@pytest.mark.long
@pytest.mark.parametrize("text", ["own.py:line", "own:line"])
def test_a_task_travels_to_processes_that_have_none_of_its_files(here, tmp_path, text):
    with_parts(here)
    packed = tmp_path / "packed"
    packed.write_bytes(cloudpickle.dumps(tasks.load(text)))
    usual = tasks.load(text).fingerprint(1)
    code = f"import cloudpickle; print(cloudpickle.loads(open({str(packed)!r}, 'rb').read()).fingerprint(1))"
    assert in_another_process(code, cwd="/") == [usual]


@pytest.mark.long
def test_worker_processes_train_a_task_of_ones_own_file(here):
    with_parts(here)
    task = tasks.load("own.py:line")
    assert np.array_equal(result(task, workers=2), result(task))
