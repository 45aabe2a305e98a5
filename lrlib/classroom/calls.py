"""Calls to the kernel that no notebook needs, as a filter that bubblewrap puts on a program (seccomp).

Memory that no process is seen to hold, other processes' memory, mounts, keys, and doors that were found open
in kernels before. A filter is a program of the kernel's classic BPF: linux/seccomp.h, linux/filter.h,
linux/audit.h; the numbers are those of asm/unistd.h.
"""

from __future__ import annotations

import errno
import platform
from struct import pack

REFUSED = {  # call -> its number on x86_64, on aarch64
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "unshare": (272, 97),
    "setns": (308, 268), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "open_by_handle_at": (304, 265),
}  # fmt: skip
KINDS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, name in linux/audit.h
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, KIND = 0, 4  # where they stand in struct seccomp_data
ALLOWED, FAILS = 0x7FFF0000, 0x00050000 | errno.EPERM
OTHER = 0x40000000  # the numbers of x86_64's second way to call


def program() -> bytes:
    """The filter for this machine: a refused call fails with EPERM. Empty for a kind that is not known."""
    if platform.machine() not in KINDS:
        return b""
    column, kind = KINDS[platform.machine()]
    numbers = sorted({row[column] for row in REFUSED.values()})
    tests = [(AT_LEAST, OTHER), *((EQUAL, number) for number in numbers)]
    steps = [(LOAD, 0, 0, KIND), (EQUAL, 1, 0, kind), (RETURN, 0, 0, FAILS), (LOAD, 0, 0, NUMBER)]
    steps += [(code, len(tests) - at, 0, value) for at, (code, value) in enumerate(tests)]
    steps += [(RETURN, 0, 0, ALLOWED), (RETURN, 0, 0, FAILS)]
    return b"".join(pack("=HBBI", *step) for step in steps)
