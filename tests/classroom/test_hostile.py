"""Programs that mean harm do none: what they spoiled has no points; the rest, and all others, are marked.

Each is a submission that is read, run and marked as any other. Its first answer does the harm, and defines
the function right afterwards wherever the harm should end the cell; its second answer is right.
"""

import os
import socket
import time

import psutil
import pytest

from lrlib.checkout import ROOT
from lrlib.classroom import sandbox, walls
from lrlib.classroom.sandbox import Cell, Limits, Question
from tests.classroom.programs import QUICK, RIGHT, answered, limits_to_meet

pytestmark = pytest.mark.skipif(bool(walls.missing()), reason=f"no sandbox here: {walls.missing()}")

TRIPLE = RIGHT["A0.1"]
ENDED = {  # a cell that does not come to its end -> what the teacher is told
    "loops for ever": ("while True:\n    pass", "still running after 2 s of processor time"),
    "loops and cannot be interrupted": (
        "import signal\n"
        "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "still running after 2 s of processor time",
    ),
    "takes memory without end": (
        "held = []\nwhile True:\n    held.append(bytearray(b'x') * 10**7)",
        "more than 768 MB of memory",
    ),
    "takes memory that processes share": (
        "import mmap\nheld = []\nwhile True:\n"
        "    held.append(mmap.mmap(-1, 10**8))\n    held[-1].write(b'x' * 10**8)",
        "more than 768 MB of memory",
    ),
    "makes files without end": (
        "import itertools\nfor n in itertools.count():\n    open(f'/tmp/{n}', 'w').close()",
        "made more than 20000 files",
    ),
    "forks for ever": ("import os\nwhile True:\n    os.fork()", "more than 16 processes"),
    "ends": ("import os\nos._exit(0)", "ended the program"),
    "kills its parent": (
        "import os\nos.kill(os.getppid(), 9)\nos.kill(1, 9)\nos.abort()",
        "ended the program",
    ),
    "breaks Python": ("import ctypes\nctypes.string_at(0)", "ended the program"),
    "reads where orders come": (
        "import os, threading\nfor number in range(3, 20):\n"
        "    threading.Thread(target=lambda n=number: os.read(n, 10**6)).start()\n"
        "import time; time.sleep(100)",
        "still running after 8 s by the clock",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("harm", ENDED)
def test_a_cell_that_ends_the_program_costs_its_own_points_alone(harm):
    program, told = ENDED[harm]
    found = answered(f"{program}\n{TRIPLE}", limits=limits_to_meet(told))
    assert found.points == [0, 3]
    assert [note for note in found.notes if note.startswith("Cell A0.1 ") and told in note]
    (said,) = (each["evalue"] for each in found.ran.outputs["A0.1"])
    assert told in said and said.partition("it was left out. ")[2], said


ASKED = {  # what an answer does when it is tried -> what its student and the teacher are told
    "loops for ever": ("while x > 1: pass", "still running after 2 s of processor time"),
    "waits": ("if x > 1: __import__('time').sleep(100)", "still running after 8 s by the clock"),
    "takes memory without end": (
        "held = [x]\n    while x > 1: held.append(bytearray(b'x') * 10**7)",
        "used more than 768 MB of memory",
    ),
    "starts processes": (
        "import os, time\n    for _ in range(40):\n"
        "        if x > 1 and not os.fork(): time.sleep(9)\n    time.sleep(3)",
        "started more than 16 processes",
    ),
    "leaves": ("if x > 1: __import__('os')._exit(0)", "ended the program"),
}


@pytest.mark.long
def test_an_answer_that_does_not_end_is_told_which_limit_it_met_and_what_to_look_for():
    for what, (line, told) in ASKED.items():
        found = answered(f"def triple(x):\n    {line}\n    return 3 * x", limits=limits_to_meet(told))
        said = found.marks["A0.1"].said[0]
        assert found.points == [0, 3], what
        assert told in said and said.partition(f"{told}. ")[2], (what, said)
        assert any(note.startswith("Exercise A0.1 ") and told in note for note in found.notes), what


STOPPED = {  # an error in the cell -> a note, where there is one
    "asks for much memory at once": (
        "bytearray(10**11)",
        "more memory than there is",
    ),
    "takes memory that no process holds": ("import os\nos.memfd_create('x')", None),
    "takes memory that outlives a process": (
        "import ctypes, os\nif ctypes.CDLL(None).shmget(0, 10**6, 0o1600) < 0:\n    raise OSError",
        None,
    ),
    "opens many files": ("held = [open('/dev/null') for _ in range(10**5)]", None),
    "fills the disk": (
        "with open('/tmp/full', 'wb') as file:\n    while True: file.write(bytes(10**6))",
        None,
    ),
    "fills shared memory": (
        "with open('/dev/shm/full', 'wb') as f:\n    while True: f.write(bytes(10**6))",
        None,
    ),
    "writes beside its folder": ("open('/full', 'w')", None),
    "writes to lrlib": ("import lrlib\nopen(lrlib.__file__, 'w')", None),
    "writes to Python": ("open(np.__file__, 'w')", None),
    "writes to the kernel": ("open('/proc/sys/kernel/core_pattern', 'w')", None),
    "stops the machine": ("open('/proc/sysrq-trigger', 'w')", None),
    "kills all that it can": ("import os\nos.kill(-1, 9)\nos.kill(2**20, 9)", None),
    "reads from the keyboard": ("input()", None),
}


@pytest.mark.long
def test_what_fails_inside_the_walls_costs_its_own_points_alone():
    for harm, (program, told) in STOPPED.items():
        found = answered(f"{program}\n{TRIPLE}", limits=Limits(cell=20, memory=768, disk=32))
        assert found.points == [0, 3], harm
        assert not told or [note for note in found.notes if told in note], (harm, found.notes)


REPLACED = {  # what a wrong answer puts in the place of what it thinks it is judged with
    "the check": "from lrlib.course import check\ncheck.exercise = lambda *a, **k: print('Right.')",
    "open": "import builtins\nbuiltins.open = lambda *a, **k: 1 / 0",
    "len": "import builtins\nbuiltins.len = builtins.isinstance = builtins.callable = lambda *a: True",
    "all of Python": "import builtins\nfor name, of in list(vars(builtins).items()):\n"
    "    if callable(of) and name[0] != '_':\n        vars(builtins)[name] = None",
    "assert": "import builtins\nbuiltins.AssertionError = ValueError\nassert True",
    "comparisons of NumPy": "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True",
    "comparisons of lrlib": "from lrlib.course import values\nvalues.same = lambda *a: True\n"
    "from lrlib.classroom import marking\nmarking.mark = marking.cases = None",
    "JSON": "import json\njson.dumps = json.loads = lambda *a, **k: '{}'",
    "modules": "import sys, types\n"
    "for name in ('lrlib', 'lrlib.classroom.marking', 'lrlib.course.trials', 'json'):\n"
    "    sys.modules[name] = types.ModuleType(name)",
    "tracing": "import sys\ndef spy(frame, event, arg):\n"
    "    frame.f_locals.update(alike=True, wanted=1)\n    return spy\nsys.settrace(spy)\nsys.setprofile(spy)",
    "the shell": "get_ipython().run_cell = None",
    "reading and writing": "import os\nos.write = os.read = os.fork = None",
}
WRONG = "def triple(x):\n    return 2 * x"


@pytest.mark.long
def test_what_is_replaced_in_a_program_changes_no_marks():
    for what, program in REPLACED.items():
        found = answered(f"{WRONG}\n{program}")
        honest = what == "the shell"  # without which its later cells do not run
        assert found.points == [0, 0 if honest else 3], (what, found.notes, found.ran.outcomes)


LIAR = """
class Liar(float):
    def __init__(self, x): self.x = x
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    def __hash__(self): return 0
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __abs__ = __sub__
    def __bool__(self): return True
    def __repr__(self): return repr(3 * self.x)
"""
ENDLESS = ("a dict without end", "an end at once", "an end of all", "no end")  # a teacher is told
LIES = {
    "an equal of everything": LIAR + "def triple(x):\n    return Liar(x)",
    "no number": LIAR.replace("(float)", "") + "def triple(x):\n    return Liar(x)",
    "an array of anything": LIAR.replace("(float)", "")
    + "    def __array__(self, *a, **k): return np.array(object())\ndef triple(x):\n    return Liar(x)",
    "a tensor of its own": LIAR.replace("(float)", "")
    + "    def detach(self): return self\n    def cpu(self): return self\ndef triple(x):\n    return Liar(x)",
    "of another class": LIAR.replace("(float)", "")
    + "    __class__ = float\n    def __float__(self): return 0.0\ndef triple(x):\n    return Liar(x)",
    "a schedule of its own": "from lrlib.schedules import cosine\n"
    "def triple(x):\n    return cosine(1, 0, 10**15)",
    "a text of code": "def triple(x):\n    return '3 * x'",
    "a dict without end": "import collections.abc\nclass Endless(collections.abc.Mapping):\n"
    "    def __getitem__(self, key): return 1\n    def __len__(self): return 1\n"
    "    def __iter__(self):\n        while True: yield 1\ndef triple(x):\n    return Endless()",
    "a list in itself": "held = []\nheld.append(held)\ndef triple(x):\n    return held",
    "a million numbers": "def triple(x):\n    return [3 * x] * 10**6",
    "a number of a million digits": "def triple(x):\n    return 10 ** 10**6",
    "half a letter": "def triple(x):\n    return '\\ud800'",
    "an error of its own": "class E(Exception):\n    def __str__(self): return '\\ud800\\x1b[2J' * 10**6\n"
    "def triple(x):\n    raise E",
    "an error that has no words": "class E(Exception):\n    def __str__(self): raise self\n"
    "def triple(x):\n    raise E",
    "an end": "import sys\ndef triple(x):\n    sys.exit(0)",
    "an end at once": "import os\ndef triple(x):\n    os._exit(0)",
    "an end of all": "import os\ndef triple(x):\n    os.kill(os.getppid(), 9)",
    "no end": "def triple(x):\n    while True: pass",
    "names of arguments": "import inspect\nclass T:\n    __signature__ = None\n"
    "    def __call__(self, x): return 0\ntriple = T()\n"
    "inspect.signature = lambda f: type('S', (), {'parameters': ['class', 'x y', 'x', 'x'] * 99})",
}


@pytest.mark.long
def test_values_that_lie_have_no_points():
    for lie, program in LIES.items():
        found = answered(program)
        assert found.points == [0, 3], (lie, found.notes)
        assert any("A0.1" in note for note in found.notes) or lie not in ENDLESS, lie
        for outputs in found.marks["A0.1"].said:
            outputs.encode()


FORGED = """
import gc, json, os
from lrlib.classroom import inside
lines = [{"ran": "A0.1", "outputs": []}, {"answered": "A0.1", "names": [], "outcomes": [{"value": 1.0}] * 3}]
tokens = {each.token for each in gc.get_objects() if type(each).__name__ == "Channel"} | {""}
for token in tokens:
    for line in lines:
        for number in range(3, 20):
            try:
                if not os.get_inheritable(number):
                    os.write(number, b"}[" + json.dumps({"token": token, **line}).encode() + b"\\n")
            except OSError:
                pass
"""


def test_forged_results_are_noted_and_give_no_points():
    found = answered(f"{WRONG}\n{FORGED}")
    assert found.points == [0, 3]
    assert any("wrote lines of its own where results come" in note for note in found.notes)


SECRET = "the-mark-of-grace-is-17"
LOOK = """
import os, subprocess
seen = []
def look(path):
    try:
        seen.append(open(path, errors="replace").read())
    except Exception as error:
        seen.append(type(error).__name__)
for path in PATHS:
    look(path)
for number in os.listdir("/proc"):
    for name in ("environ", "cmdline", "maps"):
        look(f"/proc/{number}/{name}")
walked = [os.path.join(where, name) for where, _, names in os.walk("/") for name in names
          if not where.startswith(("/proc", "/dev"))]
found = [path for path in walked if os.path.basename(path) in NAMES]
print(found, seen, os.environ)
for path in PATHS:
    try:
        os.remove(path)
    except OSError:
        pass
"""


def test_nothing_of_others_can_be_seen_or_deleted(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", SECRET)
    gradebook, other = tmp_path / "gradebook-of-7b.db", tmp_path / "grace.ipynb"
    gradebook.write_text(SECRET), other.write_text(SECRET)
    monkeypatch.chdir(tmp_path)
    paths = [str(path) for path in (gradebook, other)] + ["gradebook-of-7b.db", "../gradebook-of-7b.db"]
    of_teacher = [*ROOT.glob("notebooks/**/*.ipynb"), *ROOT.glob("lrlib/course/exercises/[!_]*_*.py")]
    names = {path.name for path in [gradebook, other, *of_teacher]}
    assert len(names) > 50
    look = f"PATHS, NAMES = {paths!r}, {names!r}\n{LOOK}"
    found = answered(f"{look}\n{TRIPLE}", limits=Limits())
    assert found.points == [5, 3]
    assert found.printed.startswith("[] ["), found.printed[:300]
    assert SECRET not in found.printed
    assert "FileNotFoundError" in found.printed
    assert gradebook.read_text() == other.read_text() == SECRET


def test_the_right_answers_are_not_there():
    program = """
from pathlib import Path
import lrlib.course.exercises as exercises
print(sorted(path.name for path in Path(exercises.__file__).parent.rglob("*")))
try:
    exercises.find("A1.1", {})
except Exception as error:
    print("refused:", error)
for name in ("tests", "notebooks", "lrlib.course.exercises.lesson_05"):
    try:
        __import__(name)
        print("imported")
    except ImportError:
        pass
"""
    found = answered(program)
    assert found.printed.startswith("['__init__.py']\nrefused:")
    assert "imported" not in found.printed


MOUNTS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
covers = [line.split()[4] for line in open("/proc/self/mountinfo")]
opened = [path for path in covers if libc.umount2(path.encode(), 2) == 0]
REMOUNT, BIND = 32, 4096
opened += [path for path in covers if libc.mount(b"", path.encode(), b"", REMOUNT | BIND, b"") == 0]
opened += ["users"] * (libc.unshare(0x10000000) == 0)
capable = [line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")]
writable = []
for where, folders, names in os.walk("/proc/sys"):
    for name in names:
        try:
            os.close(os.open(os.path.join(where, name), os.O_WRONLY | os.O_NONBLOCK))
            writable.append(name)
        except OSError:
            pass
print(opened, capable, writable)
"""


def test_the_walls_cannot_be_taken_down_from_inside_not_even_where_root_grades():
    found = answered(f"{MOUNTS}\n{TRIPLE}", limits=Limits())
    assert found.points == [5, 3]
    assert found.printed.startswith("[] ['0000000000000000'] []")


def test_no_network_is_there():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        program = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2).send(b'x')"
        found = answered(f"{program}\n{TRIPLE}")
        with pytest.raises(TimeoutError):
            server.accept()
    assert found.points == [0, 3]
    assert found.ran.outputs["A0.1"][0]["ename"] in ("OSError", "ConnectionRefusedError")


def test_a_gigabyte_that_is_printed_is_cut():
    program = "import os\nfor _ in range(1000):\n    print('x' * 10**6)\n    os.write(1, bytes(10**6))\n"
    found = answered(f"{program}\n{TRIPLE}", limits=Limits(cell=30))
    assert found.points == [5, 3]
    assert len(found.printed) < 200_000
    assert any("showed 100" in note for note in found.notes)


def test_nothing_that_a_browser_would_run_is_shown():
    program = (
        "from IPython.display import HTML, Javascript, SVG, Markdown, display\n"
        "for kind in (HTML, Javascript, Markdown):\n    display(kind('<script>alert(1)</script>'))\n"
        "display({'image/png': '<script>', 'text/html': '<script>', 'text/plain': 'plain'}, raw=True)\n"
        "for _ in range(5000): display(1)"
    )
    found = answered(f"{program}\n{TRIPLE}")
    assert found.points == [5, 3]
    assert {kind for each in found.ran.outputs["A0.1"] for kind in each["data"]} == {"text/plain"}
    assert len(found.ran.outputs["A0.1"]) <= 100


UNBOUND = """
import base64, struct, sys
shown = sys.stdout.ran.shown
sys.stdout.ran.most = shown.most = 10**12
bomb = b"\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR" + struct.pack(">II", 10**6, 10**6) + bytes(99)
shown.add("display_data", data={"image/png": base64.b64encode(bomb).decode()})
shown.add("display_data", data={"image/png": "no picture", "text/html": "<script>"})
shown.outputs.extend([3, {}, {"output_type": "error"}, {"output_type": ["stream"]}])
for _ in range(150):
    shown.outputs.append({"output_type": "stream", "name": "stdout", "text": "x" * 180_000})
"""


def test_what_a_program_shows_is_bounded_by_who_reads_it_too():
    found = answered(f"{UNBOUND}\n{TRIPLE}")
    outputs = found.ran.outputs["A0.1"]
    assert found.points == [5, 3]
    assert 50 < len(outputs) < 120
    assert not outputs[0]["data"]
    assert {each["output_type"] for each in outputs[1:]} == {"stream"}


def test_no_process_outlives_its_program():
    seconds = str(10**6 + os.getpid())
    program = (
        "import subprocess, os\n"
        f"subprocess.Popen(['sleep', '{seconds}'], start_new_session=True)\n"
        "if not os.fork():\n    os.setsid()\n"
        f"    if not os.fork():\n        os.execlp('sleep', 'sleep', '{seconds}')\n    os._exit(0)"
    )
    found = answered(f"{program}\n{TRIPLE}")
    assert found.points == [5, 3]
    until = time.monotonic() + 10
    while alive := [p.pid for p in psutil.process_iter(["cmdline"]) if seconds in (p.info["cmdline"] or ())]:
        assert time.monotonic() < until, alive
        time.sleep(0.05)


def test_nothing_leaks_from_one_program_to_the_next():
    look = (
        "import os\nprint(os.listdir('/tmp'), os.listdir('.'), os.listdir('/dev/shm'), 'leaked' in dir(np))"
    )
    before = answered(f"{look}\n{TRIPLE}")
    leak = "np.leaked = 1\nfor path in ('/tmp/a', 'a', '/dev/shm/a'):\n    open(path, 'w')"
    assert answered(f"{leak}\n{TRIPLE}").points == [5, 3]
    after = answered(f"{look}\n{TRIPLE}")
    assert "False" in before.printed
    assert (after.printed, after.points) == (before.printed, before.points)


def test_what_one_answer_changes_is_unchanged_for_the_next():
    spoil = "def triple(x):\n    global half\n    half = None\n    np.leaked = 1\n    return 3 * x"
    assert answered(spoil).points == [5, 3]


def test_a_stranger_that_never_stops_is_given_up_and_has_no_points():
    cells = [Cell(str(n), "import os\nos._exit(0)") for n in range(6)]
    ran = sandbox.run(cells, [Question("f", "f", [(1,)])], QUICK)
    assert "given up after 4 runs" in ran.notes[-1]
    assert ran.outcomes["f"][0].stopped


def test_time_for_all_is_bounded_too():
    cells = [Cell(str(n), "import time\ntime.sleep(3)") for n in range(20)]
    started = time.monotonic()
    ran = sandbox.run(cells, [Question("f", "f", [(1,)])], Limits(cell=4, overall=5))
    assert time.monotonic() - started < 15
    assert "was running when the 5 s for the whole notebook were over" in ran.notes[-1]
