"""Reports of these tests run in kernels that start at once, with one thread each."""

import pytest

from lrlib.reports import warm


@pytest.fixture(scope="session", autouse=True)
def kernels_that_start_at_once():
    with pytest.MonkeyPatch.context() as patched, warm.kernels():
        patched.setenv("OMP_NUM_THREADS", "1")
        yield
