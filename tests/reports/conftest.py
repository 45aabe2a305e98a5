"""Reports of these tests run in kernels that start at once."""

import pytest

from lrlib.reports import warm


@pytest.fixture(scope="session", autouse=True)
def kernels_that_start_at_once():
    with warm.kernels():
        yield
