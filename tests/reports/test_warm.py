"""Forked kernels: as ordinary ones to the letter, apart from each other, and gone with who started them."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import pytest
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from lrlib.checkout import ROOT
from lrlib.reports import kernel, warm

pytestmark = pytest.mark.skipif(not warm.AVAILABLE, reason="kernels are forked on Linux only")
WHERE = "import os; print(os.getpid(), os.getppid())"

BUSY = (  # begins threads
    "warm.PATIENCE, warm.IMPORTS = 2, (); import torch; torch.ones(999, 999) @ torch.ones(999, 999)"
)
SHOWS = [
    "import sys, os, random, warnings, torch, numpy as np, pandas as pd, matplotlib as mpl",
    "from lrlib import plot, progress, rules, schedules, tasks\nfrom lrlib.schedules import cosine",
    "print(sys.argv[1:][2:], sys.path[1:], os.getcwd(), torch.get_num_threads())",
    "print(sorted(name for name in dir() if not name.startswith('_')))",
    "print(sorted(name for name in os.environ if name.startswith(('LRLIB', 'MINE'))), os.umask(0o22))",
    "print(torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled())",
    "print(len(mpl.rcParams), mpl.rcParams['lines.linewidth'], mpl.get_backend(), np.get_printoptions())",
    "print(sys.getrecursionlimit(), __import__('signal').getsignal(2))",
    "print([*tasks.TASKS], len(schedules.catalogue()), hasattr(rules, 'mine'))",
    "pd.DataFrame([['a long text ' * 6] * 3], columns=['one', 'two', 'three'])",
    "plot.schedules([cosine(1, 0, 30)], 30, 'A cosine', 'The rate.')",
    "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2, 1])",
    "warnings.warn('a word'); warnings.warn('old', DeprecationWarning); np.log(np.zeros(1))",
    "from tqdm.auto import tqdm\ntqdm",
    "1 / 0",
]
SPOILS = [
    "import os, random, signal, sys, warnings, torch, numpy as np, matplotlib as mpl, pandas as pd",
    "from lrlib import rules, tasks\nrules.mine = tasks.mine = True",
    "os.environ['MINE'] = os.environ['LRLIB_MINE'] = '1'",
    "os.chdir('/'); os.umask(0o77); sys.path.insert(0, '/')",
    "torch.set_default_dtype(torch.float64); torch.use_deterministic_algorithms(True); torch.manual_seed(3)",
    "mpl.rcParams['lines.linewidth'] = 9; mpl.use('agg'); np.set_printoptions(precision=2)",
    "warnings.simplefilter('error'); sys.setrecursionlimit(5000); torch.set_num_threads(1)",
    "pd.set_option('display.width', 30); signal.signal(2, signal.SIG_IGN); tasks.TASKS.add('mine', print)",
]


def outputs(cells, folder=ROOT):
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    ran = kernel.client(notebook, folder, allow_errors=True).execute()
    return [[dict(output) for output in cell.outputs] for cell in ran.cells]


def printed(source):
    return outputs([source])[0][0]["text"].strip()


@contextmanager
def started(folder=ROOT):
    manager = kernel.Blocking()
    manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def is_there(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(true, seconds=20):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()


def gone(pid):
    return eventually(lambda: not is_there(pid))


@pytest.fixture(scope="module")
def forked():
    with warm.kernels():
        yield


def test_a_forked_kernel_computes_with_several_threads(forked, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert int(printed(WHERE).split()[1]) != os.getpid()
    product = "import torch; a = torch.ones(999, 999, dtype=torch.float64); print(float((a @ a)[0, 0]))"
    assert printed(product) == "999.0"
    assert printed("import torch; print(torch.get_num_threads())") == "2"


class Astray(kernel.ThisPython):
    """What starts kernels that cannot open their channels."""

    def _take_folder(self):
        super()._take_folder()
        self.transport, self.ip = "ipc", f"{self.folder.name}/missing/channel"


@pytest.mark.parametrize("kernels", [nullcontext, warm.kernels], ids=["ordinary", "forked"])
def test_a_kernel_that_cannot_start_says_why(kernels, monkeypatch):
    monkeypatch.setattr(kernel, "ThisPython", Astray)
    if kernels is nullcontext:
        monkeypatch.setattr(warm, "_active", [])
    with kernels(), pytest.raises(DeadKernelError, match=r"cannot start: zmq\.error\.ZMQError: No such file"):
        printed(WHERE)


def test_kernels_need_no_port_that_another_program_could_have_taken_meanwhile(forked):
    assert printed("from ipykernel.kernelapp import IPKernelApp as k; print(k.instance().transport)") == "ipc"


def test_in_a_folder_with_a_name_too_long_for_that_they_start_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("long" * 30)))
    os.mkdir(tempfile.gettempdir())
    assert printed("print(1 + 1)") == "2"


def test_where_no_fork_can_compute_kernels_are_ordinary_ones(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setattr(warm, "SERVE", warm.SERVE.replace("warm.serve(", f"{BUSY}; warm.serve("))
    monkeypatch.setattr(warm, "_active", [])
    with warm.kernels():
        assert int(printed(WHERE).split()[1]) == os.getpid()
        assert int(printed(WHERE).split()[1]) == os.getpid()


def whole(cell):
    """Outputs in which texts that follow each other on one stream are one."""
    joined = []
    for output in cell:
        if joined and "name" in output and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(dict(output))
    return joined


def without_numbers(found):
    """Tracebacks and warnings name the kernel's number in a file name; a busy machine cuts a text in two."""
    found = [whole(cell) for cell in found]
    for output in (output for cell in found for output in cell):
        output.pop("traceback", None)
        if output.get("name") == "stderr":
            output["text"] = re.sub(r"ipykernel_\d+/\d+", "cell", output["text"])
    return found


def test_a_forked_kernel_shows_what_an_ordinary_one_shows_to_the_letter_and_nothing_leaks(monkeypatch):
    monkeypatch.setenv("LRLIB_PROGRESS", "off")
    with monkeypatch.context() as patched:
        patched.setattr(warm, "_active", [])
        cold = outputs(SHOWS)
    with warm.kernels():
        assert len(outputs(SPOILS)) == len(SPOILS)
        again = outputs(SHOWS)
    assert without_numbers(again) == without_numbers(cold)
    assert "image/png" in again[10][0]["data"] and again[-1][0]["ename"] == "ZeroDivisionError"


FROM_HERE = """
import json, os, sys
from lrlib import reports
from lrlib.reports import loading
sys.path[:1] = ["/of/the/command", os.getcwd()]  # as `python -m` sets it; the tests are found too
loading.ALONE = True
with loading.shared() as loaded:
    reports.asked("shootout", {}, loaded)
    import lrlib.reports.standings, matplotlib.pyplot, builtins
    assert not hasattr(builtins, "get_ipython") and "MPLBACKEND" not in os.environ
    from tests.reports import test_warm
    sys.stdout = sys.stderr
    cells = test_warm.outputs(json.loads(sys.argv[1]))
    sys.stdout = sys.__stdout__
    print(json.dumps([cells, test_warm.printed(test_warm.WHERE).split(), os.getpid()]))
"""


def test_a_kernel_that_shares_the_imports_of_the_command_shows_the_same_to_the_letter_too(monkeypatch):
    monkeypatch.setattr(warm, "_active", [])
    process = (
        "import signal; print([signal.getsignal(n) for n in (1, 2, 15, 17)])",
        "print(os.read(0, 9), os.getsid(0) == os.getpid(), sys.stdout.encoding)",
    )
    cells = [*SHOWS, *process]
    cold = outputs(cells)
    done = subprocess.run(
        [sys.executable, "-c", FROM_HERE, json.dumps(cells)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    shared, (_, parent), command = json.loads(done.stdout)
    assert without_numbers(shared) == without_numbers(json.loads(json.dumps(cold)))
    assert int(parent) != command  # it was forked


def test_all_are_forked_from_one_process_that_is_not_this_one(forked):
    (one, parent), (other, same) = (printed(WHERE).split() for _ in range(2))
    assert one != other and parent == same and int(parent) != os.getpid()


def test_numbers_that_nobody_seeded_differ(forked):
    draw = (
        "import random, torch, numpy as np; print(random.random(), np.random.random(), torch.rand(1).item())"
    )
    one, other = (printed(draw).split() for _ in range(2))
    assert not set(one) & set(other)


def test_a_crash_of_one_is_noticed_and_does_not_touch_the_others(forked):
    with started() as (manager, client):
        with pytest.raises(DeadKernelError):
            outputs(["import os; os.kill(os.getpid(), 9)"])
        assert client.execute_interactive("1 + 1", timeout=30)["content"]["status"] == "ok"
        assert manager.is_alive()
        pid = manager.provisioner.pid
        os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not manager.is_alive())
        assert eventually(lambda: not Path(f"/proc/{pid}").exists())  # nor is it a zombie


def test_a_kernel_can_be_interrupted_and_started_again(forked):
    with started() as (manager, client):
        asked = client.execute("print('on', flush=True)\nimport time; time.sleep(60)")
        while client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
            pass
        manager.interrupt_kernel()
        while (reply := client.get_shell_msg(timeout=30))["parent_header"]["msg_id"] != asked:
            pass
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        before = manager.provisioner.pid
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=60)
        assert manager.provisioner.pid != before and gone(before)


@pytest.mark.long
def test_variables_that_are_read_at_the_start_of_a_process_are_those_of_the_one_who_asks(forked, monkeypatch):
    asked = "import os, torch; print(os.environ['OMP_NUM_THREADS'], torch.get_num_threads(), hash('a'))"
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    one = printed(asked)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    other = printed(asked)
    assert one.startswith("1 1 ") and other.startswith("2 2 ")
    assert one.split()[2] != other.split()[2]


@pytest.mark.long
def test_where_what_forks_was_killed_another_one_takes_its_place_and_its_kernels_end(forked):
    with started() as (manager, _):
        server = int(Path(f"/proc/{manager.provisioner.pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(server, signal.SIGKILL)
        assert gone(manager.provisioner.pid)
        assert int(printed(WHERE).split()[1]) not in (server, os.getpid())


@pytest.mark.long
def test_nothing_outlives_a_process_that_was_killed():
    program = (
        "import os, sys, time; sys.path.insert(0, os.getcwd())\n"
        "from lrlib.reports import kernel, warm\n"
        "with warm.kernels():\n"
        "    manager = kernel.Blocking(); manager.start_kernel()\n"
        "    print(manager.provisioner.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as process:
        pid = int(process.stdout.readline())
        server = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        process.kill()
    assert gone(server) and gone(pid)


def test_where_a_fork_is_not_available_kernels_start_as_always(monkeypatch):
    with ExitStack() as stack:
        monkeypatch.setattr(warm, "AVAILABLE", False)
        monkeypatch.setattr(warm, "_active", [])
        stack.enter_context(warm.kernels())
        assert int(printed(WHERE).split()[1]) == os.getpid()
