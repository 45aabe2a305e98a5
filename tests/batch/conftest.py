"""A checkout that batches of these tests run in, and batches of a test's own."""

import pytest

from tests.batch.checkout import Batches, made


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return made(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def batches(checkout, tmp_path):
    return Batches(checkout, tmp_path)
