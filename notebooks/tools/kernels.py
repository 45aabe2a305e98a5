"""The environment kernels start in, on this machine or on a second one, without a network."""

import os
from pathlib import Path

OFFLINE = str(Path(__file__).with_name("offline"))
NO_PROXY = "http://notebooks-are-executed-without-a-network.invalid:9"

QUIET = {
    "LRLIB_PROGRESS": "off",
    "LRLIB_STORED": "yes",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONHASHSEED": "0",
}

# `second` computes as a processor without vector units would, and has sets in another order: same promises.
MACHINES = {
    "native": {},
    "second": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Prescott",
        "OMP_NUM_THREADS": "2",
        "OMP_WAIT_POLICY": "PASSIVE",  # or a busy machine waits for minutes
        "PYTHONHASHSEED": "1",
    },
}

_UNITS = """
import numpy, torch
units = numpy.show_config("dicts")["SIMD Extensions"].get("found", [])
found = [torch.backends.cpu.get_cpu_capability(), *units]
assert found == ["DEFAULT"], f"expected CPU capability DEFAULT, found {' '.join(found)}"
"""

# One statement that leaves no name behind, run in each kernel of the second machine.
IS_SECOND = f"exec({_UNITS!r}, {{}})"


def environment(machine="native", parallel=False):
    """Variables for kernels on `machine`, "native" or "second"; with `parallel`, one thread each."""
    threads = {"OMP_NUM_THREADS": "1"} if parallel else {}
    return QUIET | _without_network() | threads | MACHINES[machine]


def _without_network():
    """Python stays on this machine, as `offline` says; other programs are sent to a proxy that is none."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [part for part in given if part not in ("", OFFLINE)]
    names = [f"{kind}_proxy" for kind in ("http", "https", "ftp", "all")]
    proxies = dict.fromkeys([*names, *map(str.upper, names)], NO_PROXY)
    stays = dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1")
    return proxies | stays | {"PYTHONPATH": os.pathsep.join([OFFLINE, *path])}
