"""Where one block or shard ends and the next begins, no record is lost or counted twice."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from indexer.intake.arrow_types import KEY_COLUMN
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import Leaf, OneOf, Range, complement
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock

BLOCK = 65_536
SHARD_BITS = 17
"""Two blocks to a shard."""
RECORDS = 2 * (1 << SHARD_BITS) + BLOCK + 1
"""Two whole shards, a block of a third, and one record more."""
NUMBERS = DatasetName("numbers")
AT, PARITY = FieldName("at"), FieldName("parity")
EDGES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 3 * BLOCK, RECORDS - 1)
SCHEMA = Schema(
    NUMBERS,
    FieldName("id"),
    FieldType.INT,
    (Field(AT, FieldType.INT), Field(PARITY, FieldType.KEYWORD)),
)


@pytest.fixture(scope="module")
async def numbers() -> AsyncIterator[LocalIndex]:
    """Records whose value is their place."""
    clock = ManualClock(datetime(2025, 1, 1, tzinfo=UTC))
    index = await LocalIndex.open(None, shard_bits=SHARD_BITS, clock=clock)
    await index.create(SCHEMA)
    await index.load(NUMBERS, _batches())
    yield index
    await index.close()


@pytest.mark.parametrize("edge", EDGES)
async def test_a_record_at_an_edge_is_found_once(numbers: LocalIndex, edge: int) -> None:
    """Alone, with its neighbours, and in the complement."""
    alone = Leaf(OneOf(AT, (edge,)))
    around = Leaf(Range(AT, edge - 1, edge + 1))
    neighbours = sum(0 <= each < RECORDS for each in range(edge - 1, edge + 2))

    counts = await numbers.count(NUMBERS, program_of([alone, around, complement(alone)]))

    assert (1, neighbours, RECORDS - 1) == counts.counts
    assert counts.total == RECORDS


@pytest.mark.parametrize("edge", EDGES)
async def test_a_range_ends_where_it_says(numbers: LocalIndex, edge: int) -> None:
    """Open and closed ends, at every edge."""
    plans = [
        Leaf(Range(AT, high=edge)),
        Leaf(Range(AT, high=edge, high_open=True)),
        Leaf(Range(AT, low=edge)),
        Leaf(Range(AT, low=edge, low_open=True)),
    ]

    counts = await numbers.count(NUMBERS, program_of(plans))

    assert (edge + 1, edge, RECORDS - edge, RECORDS - edge - 1) == counts.counts


async def test_a_value_of_every_other_record_fills_all_blocks(numbers: LocalIndex) -> None:
    """The densest pattern that no run can shorten."""
    odd, even = Leaf(OneOf(PARITY, ("odd",))), Leaf(OneOf(PARITY, ("even",)))

    counts = await numbers.count(NUMBERS, program_of([odd, even]))

    assert (RECORDS // 2, RECORDS - RECORDS // 2) == counts.counts


async def _batches() -> AsyncIterator[pa.RecordBatch]:
    """All records in batches that end elsewhere than blocks do."""
    for first in range(0, RECORDS, 50_000):
        places = range(first, min(first + 50_000, RECORDS))
        yield pa.record_batch(
            {
                KEY_COLUMN: pa.array(places, pa.int64()),
                AT: pa.array(places, pa.int64()),
                PARITY: pa.array(["odd" if place % 2 else "even" for place in places]),
            }
        )
