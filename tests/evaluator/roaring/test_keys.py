"""Keys for the ordinals of a bitmap, in a file beside it."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyroaring import BitMap64

from evaluator.roaring.keys import as_of, keys_of, write_keys
from indexer.local import LocalIndex
from indexer.model.errors import BadFile, UnknownField
from indexer.model.ids import ORDINAL_FIELD, DatasetName, FieldName
from indexer.model.limits import IndexLimits
from indexer.model.record import Delete, Upsert
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import program_of
from indexer.runtime.clock import ManualClock
from tests.contract.indexes import NOW

PEOPLE = DatasetName("people")
SIZE = FieldName("size")
ALL = program_of([EVERYTHING])
NAMES = ("_ordinal", "_key")


def batch(ordinals: list[int], keys: list[str]) -> pa.RecordBatch:
    """Records as an index streams them."""
    schema = pa.schema([(NAMES[0], pa.uint32()), (NAMES[1], pa.string())], metadata={"as_of": "7"})
    return pa.record_batch([pa.array(ordinals, pa.uint32()), pa.array(keys)], schema=schema)


BATCHES = [batch([0, 2, 4], ["a", "b", "c"]), batch([2**32 - 1, 1], ["z", "y"])]


@pytest.mark.parametrize("name", ["people.parquet", "people.arrow"])
def test_members_are_given_their_keys(tmp_path: Path, name: str) -> None:
    """Of both formats, in the order of the file."""
    path = tmp_path / name

    assert 5 == write_keys(path, BATCHES)
    found = pa.Table.from_batches(keys_of(BitMap64([1, 4, 2**32 - 1]), path))

    assert {"ordinal": [4, 2**32 - 1, 1], "key": ["c", "z", "y"]} == found.to_pydict()
    assert 7 == as_of(path)
    assert [] == list(keys_of(BitMap64(), path))


@pytest.mark.parametrize("name", ["people.parquet", "people.arrow"])
def test_a_member_without_a_key_is_told(tmp_path: Path, name: str) -> None:
    """As is a file that holds no keys."""
    path, other = tmp_path / name, tmp_path / f"other-{name}"
    write_keys(path, BATCHES)
    other.write_bytes(b"something else")

    with pytest.raises(BadFile, match="2 members have no key"):
        list(keys_of(BitMap64([3, 4, 5]), path))
    with pytest.raises(BadFile, match="can't be read"):
        list(keys_of(BitMap64([3]), other))
    with pytest.raises(BadFile, match="can't be read"):
        as_of(other)


@pytest.mark.parametrize("settled", [0, 1_000])
async def test_an_index_tells_ordinals_beside_keys(settled: int) -> None:
    """Those of its bitmaps, of records that changed lately too."""
    limits = IndexLimits(settled_when_read_max=settled)
    index = await LocalIndex.open(None, shard_bits=16, clock=ManualClock(NOW), limits=limits)
    schema = Schema(PEOPLE, FieldName("id"), FieldType.INT, (Field(SIZE, FieldType.INT),))
    await index.create(schema)
    await index.apply(PEOPLE, [Upsert(key, {SIZE: key}) for key in range(5)])
    await index.apply(PEOPLE, [Delete(1), Upsert(9, {}), Upsert(2, {SIZE: 7})])

    stream = index.rows(PEOPLE, ALL, fields=[ORDINAL_FIELD, SIZE], batch_rows=3)
    rows = pa.Table.from_batches([each async for each in stream]).to_pylist()
    bitmaps = await index.bitmaps(PEOPLE, ALL)
    with pytest.raises(UnknownField):
        await anext(aiter(index.rows(PEOPLE, ALL, fields=[FieldName("_or")], batch_rows=1)))
    await index.close()

    assert {0: 0, 2: 2, 3: 3, 4: 4, 5: 9} == {row["_ordinal"]: row["_key"] for row in rows}
    assert {0: 0, 2: 7, 3: 3, 4: 4, 9: None} == {row["_key"]: row["size"] for row in rows}
    assert 5 == bitmaps.count
