"""What training needs of its process: to be the only one that draws, and torch set in one way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from lrlib.tasks.draws import ALONE


@contextmanager
def alone() -> Iterator[None]:
    """One thread of a process trains at a time, and torch is afterwards as it was set.

    Small matrices gain nothing from more threads, and one thread gives the same digits everywhere. Whether
    gradients or lower precision are on outside changes nothing, and a layer computes the same in eval mode.
    """
    with ALONE, torch.inference_mode(False), torch.enable_grad(), torch.autocast("cpu", enabled=False):
        before, fast = torch.get_num_threads(), torch.backends.mha.get_fastpath_enabled()
        torch.set_num_threads(1)
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            yield
        finally:
            torch.set_num_threads(before)
            torch.backends.mha.set_fastpath_enabled(fast)
