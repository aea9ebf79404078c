"""Reads 64-bit portable Roaring files, container by container; whatever is wrong is refused.

Memory: the descriptions of one bucket's containers and one container, whatever the file says.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap64

from evaluator.roaring.layout import (
    ARRAY_MEMBERS_MAX,
    BITSET_BYTES,
    BUCKETS,
    CONTAINER_PLACES,
    CONTAINERS,
    CONTAINERS_MAX,
    COOKIE,
    HIGH,
    NO_RUNS_COOKIE,
    OFFSETS_FROM,
    RUNS_COOKIE,
    U16,
    U32,
    Described,
    Numbers,
)
from indexer.model.errors import BadFile

Ordinals = npt.NDArray[np.uint64]


def ordinals(file: BinaryIO) -> Iterator[Ordinals]:
    """All numbers of a bitmap, ascending, those of one container at a time.

    The file is read once, from where it stands to its end. Raises: BadFile, with the byte at which
    it is no 64-bit portable Roaring bitmap; what came before was as it stands there.
    """
    source = _Source(file)
    before = -1
    for _ in range(source.number(BUCKETS, "the number of buckets")):
        high = source.number(HIGH, "a bucket's high bits")
        if high <= before:
            raise source.wrong("buckets do not ascend")
        before = high
        yield from _bucket(source, high)
    if source.take(1):
        raise source.wrong("there is more after the last bucket")


def read_file(path: Path) -> BitMap64:
    """The bitmap in a file, verified. Memory: the bitmap. Raises: BadFile."""
    found = BitMap64()
    try:
        with path.open("rb") as file:
            for part in ordinals(file):
                found |= BitMap64(part)
    except OSError as fault:
        raise BadFile(f"the bitmap can't be read: {fault.strerror}") from fault
    return found


class _Source:
    """Bytes in order, and where they are."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.place = 0

    def take(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        parts: list[bytes] = []
        while size and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
            self.place += len(part)
        return b"".join(parts)

    def need(self, size: int, what: str) -> bytes:
        """The next bytes. Raises: BadFile."""
        start = self.place
        data = self.take(size)
        if len(data) < size:
            raise self.wrong(f"the file ends inside {what}, which begins at byte {start:,}")
        return data

    def number(self, form: struct.Struct, what: str) -> int:
        """The next number. Raises: BadFile."""
        (number,) = form.unpack(self.need(form.size, what))
        return int(number)

    def wrong(self, what: str) -> BadFile:
        """What is to be raised here."""
        return BadFile(f"this is no 64-bit portable Roaring file: byte {self.place:,}: {what}")


def _bucket(source: _Source, high: int) -> Iterator[Ordinals]:
    start = source.place
    described, with_offsets = _described(source)
    starts: Numbers | None = None
    if with_offsets:
        data = source.need(4 * len(described), "the offsets of containers")
        starts = np.frombuffer(data, U32).astype(np.int64)
    for place in range(len(described)):
        if starts is not None and starts[place] != source.place - start:
            raise source.wrong("an offset leads elsewhere than to its container")
        size = int(described.sizes[place])
        members = _members(source, size, of_runs=bool(described.of_runs[place]))
        first = np.uint64((high << 32) | int(described.keys[place]) << 16)
        yield members.astype(np.uint64) | first


def _described(source: _Source) -> tuple[Described, bool]:
    cookie = source.number(COOKIE, "a cookie")
    if cookie == NO_RUNS_COOKIE:
        count = source.number(CONTAINERS, "the number of containers")
        if count > CONTAINERS_MAX:
            raise source.wrong(f"more than {CONTAINERS_MAX:,} containers")
        of_runs = np.zeros(count, np.bool_)
    elif cookie & 0xFFFF == RUNS_COOKIE:
        count = (cookie >> 16) + 1
        data = source.need(-(-count // 8), "the marks of runs")
        marks = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        if marks[count:].any():
            raise source.wrong("a mark of runs beyond the last container")
        of_runs = marks[:count].astype(np.bool_)
    else:
        raise source.wrong("neither of the two cookies")
    data = source.need(4 * count, "the descriptions of containers")
    pairs = np.frombuffer(data, U16).astype(np.int64).reshape(count, 2)
    keys, sizes = pairs[:, 0], pairs[:, 1] + 1
    if (np.diff(keys) <= 0).any():
        raise source.wrong("containers do not ascend")
    with_offsets = cookie == NO_RUNS_COOKIE or count >= OFFSETS_FROM
    return Described(keys, sizes, of_runs), with_offsets


def _members(source: _Source, size: int, *, of_runs: bool) -> Numbers:
    if of_runs:
        return _runs(source, size)
    if size <= ARRAY_MEMBERS_MAX:
        data = source.need(2 * size, "an array")
        members = np.frombuffer(data, U16).astype(np.int64)
        if (np.diff(members) <= 0).any():
            raise source.wrong("an array does not ascend")
        return members
    words = np.frombuffer(source.need(BITSET_BYTES, "a bit set"), np.uint8)
    members = np.flatnonzero(np.unpackbits(words, bitorder="little"))
    if len(members) != size:
        raise source.wrong("a bit set holds another number of members than is said")
    return members


def _runs(source: _Source, size: int) -> Numbers:
    (count,) = np.frombuffer(source.need(2, "the number of runs"), U16).tolist()
    data = source.need(4 * count, "runs")
    pairs = np.frombuffer(data, U16).astype(np.int64).reshape(count, 2)
    firsts, lasts = pairs[:, 0], pairs.sum(axis=1)
    if (firsts[1:] <= lasts[:-1]).any():
        raise source.wrong("runs do not ascend")
    if count and lasts[-1] >= CONTAINER_PLACES:
        raise source.wrong("a run goes past its container")
    lengths = pairs[:, 1] + 1
    if lengths.sum() != size:
        raise source.wrong("runs hold another number of members than is said")
    return np.repeat(firsts - np.cumsum(lengths) + lengths, lengths) + np.arange(size)
