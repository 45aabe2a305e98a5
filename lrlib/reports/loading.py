"""Imports that take long, made shorter, and shared with the kernel of a report."""

from __future__ import annotations

import builtins
import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from types import ModuleType

ALONE = sys.orig_argv[1:3] == ["-m", "lrlib"]  # this process is the command, without options of Python
GRAMMAR = "rfc3987_syntax"
BACKEND = "MPLBACKEND", "module://matplotlib_inline.backend_inline"


@contextmanager
def quickly() -> Iterator[None]:
    """Inside, imports look for no garbage, of which they make little, and read no grammar of addresses.

    jsonschema reads that at its import, which takes a second, and checks no notebook with it; a check that
    needs it reads it then.
    """
    collecting, read = gc.isenabled(), GRAMMAR in sys.modules or not find_spec(GRAMMAR)
    gc.disable()
    if not read:
        sys.modules[GRAMMAR] = unread = ModuleType(GRAMMAR)
        unread.is_valid_syntax = lambda *given: importlib.import_module(GRAMMAR).is_valid_syntax(*given)
    try:
        yield
    finally:
        if not read and sys.modules.get(GRAMMAR) is unread:
            del sys.modules[GRAMMAR]
        if collecting:
            gc.enable()


@contextmanager
def shared() -> Iterator[Callable[[], None]]:
    """Inside, a kernel has what this process had imported when it called what this gives.

    That call comes before anything is computed, and kernels are forked from what was there at it. Without
    effect where there is no fork, where torch is not among it, and in a process that is not the command's
    own, which may hold more than imports.
    """
    if not ALONE or sys.platform != "linux":
        yield lambda: None
        return
    with ExitStack() as kernels, ExitStack() as imports:
        imports.enter_context(as_in_a_notebook())

        def loaded() -> None:
            if "torch" in sys.modules:
                with quickly():
                    importlib.import_module("torch._dynamo")  # as the first update of any optimizer does
                    from lrlib.reports import warm
                imports.close()
                warm.serve_from_here(kernels)

        yield loaded


@contextmanager
def as_in_a_notebook() -> Iterator[None]:
    """Inside, packages that ask at their import whether they are in a notebook are told that they are."""
    name, backend = BACKEND
    before = os.environ.get(name)
    os.environ.setdefault(name, backend)
    builtins.get_ipython = _application
    try:
        yield
    finally:
        del builtins.get_ipython
        if before is None:
            del os.environ[name]


def _application():
    from ipykernel.kernelapp import IPKernelApp

    return IPKernelApp
