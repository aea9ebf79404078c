"""Reading files that others wrote, and refusing what no good program writes."""

import io
import random
from collections.abc import Callable
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from evaluator.roaring.reading import ordinals, read_file
from indexer.model.errors import BadFile
from tests.support.roaring_format import written

NOBODY = pack("<Q", 0)
HEAD = pack("<QI", 1, 0)
"""One bucket, of the numbers below 2^32."""
ARRAY = HEAD + pack("<II", 12346, 1) + pack("<HH", 2, 3 - 1) + pack("<I", 16) + pack("<3H", 1, 2, 9)
BITS = HEAD + pack("<II", 12346, 1) + pack("<HH", 0, 5_000 - 1) + pack("<I", 16)
BITS += ((1 << 5_000) - 1).to_bytes(8_192, "little")
RUNS = HEAD + pack("<I", 12347) + b"\1" + pack("<HH", 1, 7 - 1) + pack("<H4H", 2, 0, 3, 10, 2)
MIXED = HEAD + pack("<I", 12347 | 1 << 16) + b"\2" + pack("<4H", 0, 1 - 1, 1, 2 - 1)
MIXED += pack("<H", 7) + pack("<3H", 1, 65_534, 1)
FOUR = HEAD + pack("<I", 12347 | 3 << 16) + b"\1" + pack("<8H", 0, 0, 1, 0, 2, 0, 3, 0)
FOUR += pack("<4I", 37, 43, 45, 47) + pack("<3H", 1, 5, 0) + pack("<3H", 6, 7, 8)
TWO_BUCKETS = pack("<QI", 2, 1) + ARRAY[12:] + pack("<I", 7) + RUNS[12:]
GOOD = {
    "nobody": (NOBODY, []),
    "an empty bucket": (HEAD + pack("<II", 12346, 0), []),
    "an array": (ARRAY, [2 << 16 | 1, 2 << 16 | 2, 2 << 16 | 9]),
    "a bit set": (BITS, list(range(5_000))),
    "runs": (RUNS, [65_536 + each for each in (0, 1, 2, 3, 10, 11, 12)]),
    "an array and runs": (MIXED, [7, 65_536 + 65_534, 65_536 + 65_535]),
    "four containers": (FOUR, [5, 65_536 + 6, 2 * 65_536 + 7, 3 * 65_536 + 8]),
    "two buckets": (
        TWO_BUCKETS,
        [1 << 32 | 2 << 16 | each for each in (1, 2, 9)]
        + [7 << 32 | 1 << 16 | each for each in (0, 1, 2, 3, 10, 11, 12)],
    ),
}
"""Files made by hand, byte by byte, from RoaringFormatSpec; and the numbers in them."""
BAD = {
    "nothing at all": (b"", "the number of buckets"),
    "half a number": (NOBODY[:5], "the number of buckets"),
    "buckets that are not there": (pack("<Q", 2**64 - 1), "a bucket's high bits"),
    "something after the end": (NOBODY + b"\0", "more after the last bucket"),
    "buckets in no order": (
        pack("<QI", 2, 7) + ARRAY[12:] + pack("<I", 7) + RUNS[12:], "buckets do not ascend",
    ),
    "another cookie": (HEAD + pack("<II", 12345, 1), "cookie"),
    "too many containers": (HEAD + pack("<II", 12346, 65_537), "more than 65,536 containers"),
    "containers that are not there": (HEAD + pack("<II", 12346, 65_536), "the descriptions"),
    "containers in no order": (
        HEAD + pack("<II", 12346, 2) + pack("<4H", 1, 0, 1, 0), "containers do not ascend",
    ),
    "a mark for nobody": (HEAD + pack("<I", 12347) + b"\3", "a mark of runs beyond"),
    "an offset into the head": (ARRAY[:24] + pack("<I", 8) + ARRAY[28:], "an offset leads"),
    "an array in no order": (ARRAY[:-4] + pack("<2H", 9, 2), "an array does not ascend"),
    "an array with a repeat": (ARRAY[:-4] + pack("<2H", 9, 9), "an array does not ascend"),
    "a short array": (ARRAY[:-1], "inside an array"),
    "a bit too many": (BITS[:-1] + b"\1", "a bit set holds another number"),
    "a short bit set": (BITS[:-1], "inside a bit set"),
    "runs past the end": (
        RUNS[:-4] + pack("<2H", 65_534, 2), "a run goes past its container",
    ),
    "runs that overlap": (RUNS[:-4] + pack("<2H", 3, 2), "runs do not ascend"),
    "too few in runs": (RUNS[:-4] + pack("<2H", 10, 1), "runs hold another number"),
    "no runs": (RUNS[:-10] + pack("<H", 0), "runs hold another number"),
    "short runs": (RUNS[:-1], "inside runs"),
}  # fmt: skip


def numbers_in(data: bytes) -> list[int]:
    """What the reader finds."""
    return [each for part in ordinals(io.BytesIO(data)) for each in part.tolist()]


@pytest.mark.parametrize("name", GOOD)
def test_a_file_made_from_the_specification_is_read(name: str) -> None:
    """Every kind of container, in one bucket and in several."""
    data, expected = GOOD[name]

    assert expected == numbers_in(data)
    assert expected == list(BitMap64.deserialize(data))


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_none_is_refused(name: str) -> None:
    """With the byte, and what is wrong there."""
    data, said = BAD[name]

    with pytest.raises(BadFile, match=rf"byte [\d,]+: .*{said}"):
        numbers_in(data)


@settings(max_examples=40)
@given(
    numbers=st.sets(
        st.integers(0, 70_000) | st.integers(2**32 - 3, 2**32 + 3) | st.integers(0, 2**64 - 1),
        max_size=60,
    ),
    length=st.integers(1, 70_000),
    runs=st.booleans(),
)
def test_numbers_come_back_as_they_were_written(
    numbers: set[int], length: int, *, runs: bool
) -> None:
    """From the plain writer of the specification, and from CRoaring with and without runs."""
    if runs:
        numbers |= set(range(3 * 65_536 - 7, 3 * 65_536 - 7 + length))
    theirs = BitMap64(numbers)
    if runs:
        theirs.run_optimize()

    assert sorted(numbers) == numbers_in(written(numbers, runs=runs))
    assert sorted(numbers) == numbers_in(theirs.serialize())


def test_a_damaged_file_is_refused_or_read_as_it_stands(
    torture_size: Callable[[int, int], int],
) -> None:
    """Nothing else happens: whatever is accepted, CRoaring reads the same way."""
    dice = random.Random(7)
    seeds = [data for data, _ in GOOD.values()]
    accepted = 0
    for _ in range(torture_size(3_000, 100_000)):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 3)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        data = data[: dice.choice([len(data), dice.randrange(len(data) + 1)])]
        try:
            found = numbers_in(bytes(data))
        except BadFile:
            continue
        accepted += 1
        assert found == list(BitMap64.deserialize(bytes(data)))

    assert accepted


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """And one that isn't there is an error of ours."""
    path = tmp_path / "members.roaring"
    path.write_bytes(TWO_BUCKETS)

    assert BitMap64(GOOD["two buckets"][1]) == read_file(path)
    with pytest.raises(BadFile, match="can't be read"):
        read_file(tmp_path / "nothing")
