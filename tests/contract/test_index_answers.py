"""The contract of the index's answers beyond counts, held by every implementation."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from pyroaring import BitMap64

from evaluator.roaring.writing import pieces
from indexer.api import Index
from indexer.model import errors
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName
from indexer.model.record import BinCount, Cursor, Delete, OrderBy, Record, Upsert, ValueCount
from indexer.plan.nodes import NOTHING, HasValue, Leaf
from indexer.plan.program import program_of
from tests.contract.indexes import KINDS, an_index
from tests.contract.people import ALL, COLOUR, NAME, PEOPLE, SCHEMA, SIZE, fill

SIZED = program_of([Leaf(HasValue(SIZE))])
NOBODY = program_of([NOTHING])


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Index]:
    """People 1 to 3 without a size, 4 to 6 with one; of every kind of index in turn."""
    async with an_index(request.param, tmp_path) as made:
        await fill(made)
        changes = [Upsert(4, {SIZE: 20}), Upsert(5, {SIZE: 10, NAME: "n1"}), Upsert(6, {SIZE: 20})]
        await made.apply(PEOPLE, changes)
        yield made


async def test_members_come_in_the_order_asked_for(index: Index) -> None:
    """Ties by key ascending, nulls at the end, both ways."""
    up = await index.members(PEOPLE, ALL, fields=[], limit=9, order=[OrderBy(SIZE)])
    down = await index.members(PEOPLE, ALL, fields=[], limit=9, order=[OrderBy(SIZE, True)])

    assert [5, 4, 6, 1, 2, 3] == [record.key for record in up.records]
    assert [4, 6, 5, 1, 2, 3] == [record.key for record in down.records]


async def test_a_page_goes_on_after_a_record_that_is_gone(index: Index) -> None:
    """And after one that has changed: the cursor is a place, not a record."""
    order = [OrderBy(SIZE, True)]
    first = await index.members(PEOPLE, ALL, fields=[], limit=2, order=order)
    await index.apply(PEOPLE, [Delete(6), Upsert(4, {SIZE: 1})])

    second = await index.members(
        PEOPLE, ALL, fields=[], limit=2, order=order, after=first.next_after
    )

    assert Cursor((20,), 6) == first.next_after
    assert [5, 4] == [record.key for record in second.records]


async def test_a_sample_is_the_same_for_the_same_seed(index: Index) -> None:
    """And a smaller one is its beginning."""
    whole = await index.sample(PEOPLE, ALL, fields=[NAME], size=9, seed=7)
    some = await index.sample(PEOPLE, ALL, fields=[NAME], size=2, seed="7")

    assert {1, 2, 3, 4, 5, 6} == {record.key for record in whole.records}
    assert whole.records[:2] == some.records
    assert whole.next_after is None


async def test_a_breakdown_counts_every_value(index: Index) -> None:
    """Most frequent first; what is not listed is in ``other``."""
    sizes = await index.breakdown(PEOPLE, ALL, SIZE, limit=1)
    names = await index.breakdown(PEOPLE, SIZED, NAME, limit=9)

    assert ((ValueCount(20, 2),), 3, 1) == (sizes.items, sizes.null, sizes.other)
    assert ((ValueCount("n1", 1),), 2, 0) == (names.items, names.null, names.other)


async def test_numbers_are_told_in_bins(index: Index) -> None:
    """From the least to the greatest, the last bin closed, empty ones included."""
    found = await index.breakdown(PEOPLE, ALL, SIZE, limit=1, bins=3)

    assert (BinCount(10, 14, 1), BinCount(14, 17, 0), BinCount(17, 20, 2)) == found.items
    assert (3, 0) == (found.null, found.other)


async def test_bitmaps_are_the_ordinals_of_the_members(index: Index) -> None:
    """In a form that every Roaring library reads."""
    some = await index.bitmaps(PEOPLE, SIZED)
    none = await index.bitmaps(PEOPLE, NOBODY)

    assert 3 == some.count
    assert BitMap64([3, 4, 5]) == BitMap64.deserialize(b"".join(pieces(some)))
    assert (0, ()) == (none.count, none.parts)


async def test_rows_stream_in_batches_of_one_sequence(index: Index) -> None:
    """Typed, in ordinal order, whatever happens meanwhile."""
    coming = index.rows(PEOPLE, ALL, fields=[SIZE, NAME], batch_rows=4)
    first = await anext(coming)
    await index.apply(PEOPLE, [Delete(6)])
    rest = [batch async for batch in coming]

    table = pa.Table.from_batches([first, *rest])
    assert [4, 2] == [len(first), *map(len, rest)]
    assert [KEY_FIELD, SIZE, NAME] == table.schema.names
    assert [pa.int64(), pa.int64(), pa.string()] == table.schema.types
    assert [1, 2, 3, 4, 5, 6] == table.column(0).to_pylist()
    assert [None, None, None, 20, 10, 20] == table.column(1).to_pylist()
    assert ["n1", "n2", "n3", None, "n1", None] == table.column(2).to_pylist()


async def test_no_rows_are_one_empty_batch(index: Index) -> None:
    """So the columns are known; the schema says as of when."""
    batches = [batch async for batch in index.rows(PEOPLE, NOBODY, fields=[NAME], batch_rows=4)]
    as_of = (await index.count(PEOPLE, ALL)).as_of

    assert [0] == [len(batch) for batch in batches]
    assert {b"as_of": str(as_of).encode()} == batches[0].schema.metadata


async def test_keys_are_looked_up_in_a_program_many_at_a_time(index: Index) -> None:
    """A key of nobody is in nothing, and so is one that no record could have."""
    held = await index.contains(PEOPLE, SIZED, [6, 1, 99, "6", 4])

    assert (True, False, False, False, True) == held


async def test_records_are_read_many_at_a_time(index: Index) -> None:
    """In the order of the keys, None for nobody."""
    found = await index.records(PEOPLE, [5, 99, 1, 5], [SIZE])

    five = Record(5, {SIZE: 10})
    assert (five, None, Record(1, {SIZE: None}), five) == found


async def test_an_unknown_field_is_told_by_every_answer(index: Index) -> None:
    """Each of those that take one."""
    rows = index.rows(PEOPLE, ALL, fields=[COLOUR], batch_rows=4)
    asked = [
        index.members(PEOPLE, ALL, fields=[], limit=1, order=[OrderBy(COLOUR)]),
        index.sample(PEOPLE, ALL, fields=[COLOUR], size=1, seed=1),
        index.breakdown(PEOPLE, ALL, COLOUR, limit=1),
        index.records(PEOPLE, [1], [COLOUR]),
        anext(rows),
    ]

    for question in asked:
        with pytest.raises(errors.UnknownField, match="colour"):
            await question


@pytest.mark.parametrize("bins", [0, -1, 1_001])
async def test_bins_have_bounds(index: Index, bins: int) -> None:
    """From 1 to 1,000."""
    with pytest.raises(errors.BadShape, match="bins"):
        await index.breakdown(PEOPLE, ALL, SIZE, limit=1, bins=bins)


@pytest.mark.parametrize("batch_rows", [0, -1, 65_537])
async def test_batches_have_bounds(index: Index, batch_rows: int) -> None:
    """From 1 to 65,536 records."""
    with pytest.raises(errors.BadShape, match="batch"):
        await anext(index.rows(PEOPLE, ALL, fields=[], batch_rows=batch_rows))


async def test_a_list_of_keys_and_a_sample_have_bounds(index: Index) -> None:
    """One more is too large."""
    keys = [*range(100_001)]

    with pytest.raises(errors.TooLarge):
        await index.contains(PEOPLE, ALL, keys)
    with pytest.raises(errors.TooLarge):
        await index.records(PEOPLE, keys, [])
    with pytest.raises(errors.TooLarge):
        await index.sample(PEOPLE, ALL, fields=[], size=10_001, seed=1)


async def test_an_order_has_its_bounds(index: Index) -> None:
    """At most eight fields, and a cursor of the same order."""
    nine = [OrderBy(FieldName("size"))] * 9

    with pytest.raises(errors.BadShape, match="order"):
        await index.members(PEOPLE, ALL, fields=[], limit=1, order=nine)
    with pytest.raises(errors.BadShape, match="order"):
        await index.members(PEOPLE, ALL, fields=[], limit=1, after=Cursor((1,), 1))


async def test_an_empty_dataset_answers_everything_with_nothing(index: Index) -> None:
    """No shard is there yet, or all that was in it is gone."""
    empty = DatasetName("empty")
    await index.create(replace(SCHEMA, name=empty))
    for name in (empty, PEOPLE):
        await index.apply(name, [Delete(key) for key in range(1, 7)])

        page = await index.members(name, ALL, fields=[], limit=5, order=[OrderBy(SIZE)])
        sample = await index.sample(name, ALL, fields=[], size=5, seed=1)
        values = await index.breakdown(name, ALL, NAME, limit=5)
        bins = await index.breakdown(name, ALL, SIZE, limit=5, bins=5)
        bitmaps = await index.bitmaps(name, ALL)
        rows = [len(batch) async for batch in index.rows(name, ALL, fields=[NAME], batch_rows=5)]

        assert ((), None, ()) == (page.records, page.next_after, sample.records)
        assert ((), 0, 0) == (values.items, values.null, values.other)
        assert ((), 0, 0) == (bins.items, bins.null, bins.other)
        assert (0, ()) == (bitmaps.count, bitmaps.parts)
        assert [0] == rows
        assert (False,) == await index.contains(name, ALL, [1])
        assert (None,) == await index.records(name, [1], [NAME])
