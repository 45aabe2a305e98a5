"""The environment kernels start in, on this machine or on a second one."""

QUIET = {
    "LRLIB_PROGRESS": "off",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONHASHSEED": "0",
}

# `second` computes as a processor without vector units would: other roundings, same promises.
MACHINES = {
    "native": {},
    "second": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "OMP_NUM_THREADS": "2",
    },
}

# One statement that leaves no name behind, run in each kernel of the second machine.
IS_SECOND = (
    'assert __import__("torch").backends.cpu.get_cpu_capability() == "DEFAULT", '
    '"expected CPU capability DEFAULT, found " + __import__("torch").backends.cpu.get_cpu_capability()'
)


def environment(machine="native", parallel=False):
    """Variables for kernels on `machine`, "native" or "second"; with `parallel`, one thread each."""
    return QUIET | ({"OMP_NUM_THREADS": "1"} if parallel else {}) | MACHINES[machine]
