"""One small set of data for all tests of a run, and one set of engines over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.data.folder import Data
from tests.benchmarks.small import ROWS, Engines, opened


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where data is made in this run."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="session")
def data(root: Path) -> Data:
    """Customers and purchases of ``ROWS``."""
    return Data(root, ROWS, lambda sentence: None)


@pytest.fixture(scope="session")
def engines(data: Data) -> Iterator[Engines]:
    """Every engine over the same customers, by a name that tells its form."""
    held = opened(data)
    yield held
    for engine in held.values():
        engine.close()
