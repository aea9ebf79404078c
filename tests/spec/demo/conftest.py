"""The demo, loaded once for all of its tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.demo import load_demo
from indexer.local import LocalIndex
from indexer.runtime.clock import ManualClock
from tests.support import retail
from tests.support.duck import Table

SHARD_BITS = 20


def silent(dataset: str, done: int, total: int) -> None:
    """Shows no progress."""


@pytest.fixture(scope="session")
async def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo in it, closed again."""
    folder = tmp_path_factory.mktemp("demo")
    clock = ManualClock(retail.NOW)
    index = await LocalIndex.open(folder, shard_bits=SHARD_BITS, clock=clock)
    await load_demo(index, clock.now(), silent)
    await index.close()
    return folder


@pytest.fixture(scope="module")
async def demo(demo_folder: Path) -> AsyncIterator[LocalIndex]:
    """The index of the demo, opened from its folder as the next start would."""
    clock = ManualClock(retail.NOW)
    index = await LocalIndex.open(demo_folder, shard_bits=SHARD_BITS, clock=clock)
    yield index
    await index.close()


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file made from the same Parquet files."""
    file = tmp_path_factory.mktemp("duckdb") / "demo.duckdb"
    retail.build(file)
    return file


@pytest.fixture
def parquet(database: Path) -> Iterator[dict[str, Table]]:
    """DuckDB's tables."""
    with retail.tables(database) as tables:
        yield tables
