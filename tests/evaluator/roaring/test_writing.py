"""Writing members as one portable bitmap, whatever shards they come from."""

from pathlib import Path
from typing import Any

import chdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap, BitMap64

from evaluator.roaring.writing import pieces, write_file
from indexer.model.ids import SequenceNo
from indexer.model.record import ShardBitmaps
from tests.support.roaring_format import read, written

BITS = 17
"""Of a shard here: two containers."""


def sharded(numbers: set[int], *, runs: bool = False) -> ShardBitmaps:
    """The numbers as an index tells them, shard by shard."""
    shards: dict[int, BitMap] = {}
    for number in sorted(numbers):
        shards.setdefault(number >> BITS, BitMap()).add(number & (1 << BITS) - 1)
    for shard, bitmap in shards.items():
        if runs and shard % 2:
            bitmap.run_optimize()
    parts = tuple((shard << BITS, bitmap.serialize()) for shard, bitmap in shards.items())
    return ShardBitmaps(SequenceNo(1), len(numbers), parts)


@settings(max_examples=40)
@given(
    numbers=st.sets(
        st.integers(0, 3 << BITS) | st.sampled_from([65_535, 65_536, 2**32 - 1]), max_size=80
    ),
    first=st.integers(0, 1 << BITS),
    length=st.sampled_from([0, 1, 4_096, 4_097, 65_536, 140_000]),
    runs=st.booleans(),
    size=st.sampled_from([1, 7, 1 << 20]),
)
def test_others_read_what_is_written(
    numbers: set[int], first: int, length: int, *, runs: bool, size: int
) -> None:
    """CRoaring and the plain reader of the specification find exactly the members."""
    numbers |= set(range(first, first + length))

    data = b"".join(made := list(pieces(sharded(numbers, runs=runs), size)))

    assert BitMap64(numbers) == BitMap64.deserialize(data)
    assert sorted(numbers) == read(data)
    assert max(map(len, made)) <= max(size, 8)


def test_the_bytes_are_those_of_the_specification() -> None:
    """Arrays and bit sets, byte for byte."""
    numbers = {1, 5, 65_536, *range(200_000, 210_000)}

    assert written(numbers) == b"".join(pieces(sharded(numbers)))
    assert written([]) == b"".join(pieces(sharded(set())))


def test_clickhouse_reads_what_is_written() -> None:
    """Its bitmap functions take the file as it is, behind a byte and a length of their own."""
    numbers = {1, 5, 65_536, *range(200_000, 210_000)}
    data = b"".join(pieces(sharded(numbers)))
    state = b"\1" + _varint(len(data)) + data

    ask: Any = chdb.query
    answer = ask(
        "select bitmapCardinality(b), bitmapMin(b), bitmapMax(b), "
        "bitmapContains(b, toUInt64(65536))"
        f" from (select cast(unhex('{state.hex()}') as AggregateFunction(groupBitmap, UInt64)) b)"
    )

    assert "10003,1,209999,1" == str(answer).strip()


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """A writer that fails in the middle leaves what was there before."""
    path = tmp_path / "members.roaring"
    write_file(path, [b"old"])

    def failing() -> object:
        yield b"new"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_file(path, failing())  # type: ignore[arg-type]

    assert [b"old"] == [each.read_bytes() for each in tmp_path.iterdir()]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
