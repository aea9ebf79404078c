"""How many members stored sets share: each two of many, one with many, one with one.

A set is one bitmap of offsets per shard. What a set is of, and who stores it, is not known here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import CONTAINER_SIZE, Offsets, Words
from indexer.kernels.containers import ARRAY, BLOCK_WORDS, TABLE_WIDTH, describe, expand
from indexer.kernels.overlaps import (
    CHUNK_RECORDS,
    COLUMNS,
    LANES,
    PLANES,
    TILE,
    TOGETHER,
    add_block,
    sums_of,
)
from indexer.kernels.pairs import shared_members

SPARSE_SHARE = 1 / 16
"""In a matrix, sets with a smaller share of the records are counted by rows, others by tiles."""

WORDS_SHARE = 1 / 128
"""A part with this share of its shard's offsets is kept as words too.

Measured: below it, to look its members up one by one takes no longer than a pass over words;
above, up to five times as long.
"""

LINE_WORDS = 8
"""Words of a line of cache; vectors are as long, and read faster where they begin one."""

ROW_SLACK = LINE_WORDS
"""Words between the rows of a block, so that they don't all fall on the same lines of a cache."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class StoredSet:
    """A set in its hot form: beside the bitmap of each shard its words, or its offsets if few.

    It holds the bitmaps it is given, which must not change.
    """

    parts: tuple[BitMap, ...]
    words: Words
    """A row per dense part."""
    offsets: tuple[npt.NDArray[np.uint32], ...]
    """One array per sparse part."""
    places: Words
    """For each shard what ``shared_members`` is told of it."""
    sparse: frozenset[int]
    """Shards whose part has members and no words."""

    @classmethod
    def of(cls, parts: Sequence[BitMap], shard_bits: int) -> Self:
        """Cost: a copy of the dense parts, their words and the others' offsets, once."""
        dense = [place for place, part in enumerate(parts) if _is_dense(part, shard_bits)]
        sparse = [place for place, part in enumerate(parts) if part and place not in set(dense)]
        words = _words([parts[place] for place in dense], 1 << shard_bits)
        offsets = tuple(np.frombuffer(parts[place].to_array(), np.uint32) for place in sparse)
        places = np.zeros((len(parts), 3), np.uint64)
        places[dense, 0] = words.ctypes.data + words.strides[0] * np.arange(len(dense))
        places[sparse, 1] = [each.ctypes.data for each in offsets]
        places[sparse, 2] = [len(each) for each in offsets]
        return cls(tuple(parts), words, offsets, places, frozenset(sparse))

    @property
    def nbytes(self) -> int:
        """Bytes it holds beside the bitmaps."""
        listed = sum(each.nbytes for each in self.offsets)
        return self.words.nbytes + listed + self.places.nbytes

    def __len__(self) -> int:
        return sum(map(len, self.parts))


def shared(left: StoredSet, right: StoredSet) -> int:
    """How many members two sets have in common. Both are of the same shards.

    Cost: at most about one pass over both as words, whatever they hold.
    """
    assert len(left.parts) == len(right.parts), (len(left.parts), len(right.parts))
    found: int = shared_members(left.places, right.places, left.words.shape[1])
    for place in left.sparse & right.sparse:
        found += left.parts[place].intersection_cardinality(right.parts[place])
    return found


def one_against_all(one: StoredSet, others: Sequence[StoredSet]) -> list[int]:
    """How many members the set shares with each of the others."""
    return [shared(one, other) for other in others]


@dataclass(frozen=True)
class Matrix:
    """Which two of many sets share how many members: how that is counted.

    Sets are counted from the smallest up, the first ``sparse`` of them by rows. Threads may each
    count some of the shards.
    """

    order: Offsets
    sparse: int

    @classmethod
    def of(cls, sets: Sequence[Sequence[BitMap]]) -> Self:
        """For sets that all have the same shards."""
        sizes = np.array([sum(map(len, parts)) for parts in sets], np.int64)
        order = np.argsort(sizes, kind="stable")
        records = sum(_end(parts) for parts in zip(*sets, strict=True))
        return cls(order, int(np.count_nonzero(sizes < SPARSE_SHARE * records)))

    def count(self, shards: Iterable[Sequence[BitMap]]) -> Counts:
        """Of shards with a bitmap a set each, in the order of the sets: what each two share.

        Memory: for each set, 8 KB of words and 16 KB of places for one block, and 2 KB of sums
        for each 512 sets; beside it the portable bytes of one shard.
        """
        room = _Room.of(len(self.order), self.sparse)
        for parts in shards:
            room.add([parts[place] for place in self.order])
        counts = np.empty((len(self.order), len(self.order)), np.int64)
        counts[np.ix_(self.order, self.order)] = room.counts()
        return counts


@dataclass(frozen=True)
class _Room:
    """What counting a block writes to; sets by place in the order."""

    sets: int
    words: Words
    rows: Words
    places: npt.NDArray[np.uint16]
    planes: Words
    shared: Counts

    @classmethod
    def of(cls, sets: int, sparse: int) -> Self:
        tiles = -(-(sets - sparse) // TILE)
        groups = -(-(sparse + tiles * TILE) // COLUMNS)
        words = _aligned(groups * COLUMNS, BLOCK_WORDS + ROW_SLACK)[:, :BLOCK_WORDS]
        rows = _aligned(CHUNK_RECORDS + 1, LANES)
        places = np.zeros((sparse, CHUNK_RECORDS + TOGETHER), np.uint16)
        planes = _aligned(sparse * groups * PLANES, LANES).reshape(sparse, groups, PLANES, LANES)
        shared = np.zeros((tiles, tiles, TILE, TILE), np.int64)
        return cls(sets, words, rows, places, planes, shared)

    def add(self, parts: Sequence[BitMap]) -> None:
        """Count one shard. What is read stays alive in ``packed``."""
        packed = [part.serialize() for part in parts]
        for table in _blocks(packed, _end(parts)):
            expand(table, self.words)
            add_block(
                self.words, _arrays(table), self._tiles(table), self.rows, self.places, self.planes,
                self.shared,
            )  # fmt: skip

    def counts(self) -> Counts:
        """All that was added, at both places of a pair."""
        sparse, tiles = len(self.planes), len(self.shared)
        by_rows = np.zeros((sparse, len(self.words)), np.int64)
        sums_of(self.planes, by_rows)
        by_tiles = self.shared.transpose(0, 2, 1, 3).reshape(tiles * TILE, tiles * TILE)
        upper = np.triu(by_tiles)[: self.sets - sparse, : self.sets - sparse]
        counts = np.empty((self.sets, self.sets), np.int64)
        counts[:sparse] = by_rows[:, : self.sets]
        counts[:, :sparse] = by_rows[:, : self.sets].T
        counts[sparse:, sparse:] = upper + np.triu(upper, 1).T
        return counts

    def _tiles(self, table: Words) -> Offsets:
        """Tiles that have members in the block: their places, and their first sets."""
        sparse = len(self.planes)
        held = np.zeros(len(self.shared) * TILE, np.bool_)
        held[: self.sets - sparse] = table[sparse:, 1] > 0
        tiles = np.flatnonzero(held.reshape(-1, TILE).any(axis=1))
        return np.column_stack((tiles, sparse + TILE * tiles))


def _arrays(table: Words) -> Words:
    """What ``add_block`` is told of each set: (address, values), (0, 1) or (0, 0)."""
    arrays = table[:, (0, 3)]
    other = table[:, 2] != ARRAY
    arrays[other, 0] = 0
    arrays[other, 1] = table[other, 1] > 0
    return arrays


def _is_dense(part: BitMap, shard_bits: int) -> bool:
    return len(part) > WORDS_SHARE * (1 << shard_bits)


def _end(parts: Iterable[BitMap]) -> int:
    """One more than the highest offset."""
    return max((part.max() + 1 for part in parts if part), default=0)


def _words(parts: Sequence[BitMap], end: int) -> Words:
    packed = [part.serialize() for part in parts]
    words = _aligned(len(parts), -(-end // CONTAINER_SIZE) * BLOCK_WORDS)
    for block, table in enumerate(_blocks(packed, end)):
        expand(table, words[:, block * BLOCK_WORDS : (block + 1) * BLOCK_WORDS])
    return words


def _blocks(packed: Sequence[bytes], end: int) -> Iterator[Words]:
    """For each block of a shard that ends there, its table of the bitmaps' containers.

    The tables have addresses of the bytes, which must stay alive.
    """
    addresses = [np.frombuffer(each, np.uint8).ctypes.data for each in packed]
    tables = np.zeros((len(packed), -(-end // CONTAINER_SIZE), TABLE_WIDTH), np.uint64)
    describe(np.array(addresses, np.uint64), tables)
    for block in range(tables.shape[1]):
        yield tables[:, block]


def _aligned(rows: int, width: int) -> Words:
    """Zeros that begin a line of cache."""
    room = np.zeros(rows * width + LINE_WORDS, np.uint64)
    first = -(room.ctypes.data // room.itemsize) % LINE_WORDS
    return room[first : first + rows * width].reshape(rows, width)
