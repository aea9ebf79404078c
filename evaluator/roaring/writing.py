"""Writes members as a 64-bit portable Roaring bitmap: pieces of it as they are taken, or a file.

The bitmaps of the shards become one by moving their containers, which stay as they are: a shard
begins where a container does. So nothing is decoded, and memory is for the descriptions alone.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from evaluator.roaring.layout import (
    ARRAY_MEMBERS_MAX,
    BITSET_BYTES,
    BUCKETS,
    CONTAINER_PLACES,
    COOKIE,
    HIGH,
    NO_RUNS_COOKIE,
    OFFSETS_FROM,
    U16,
    Described,
    Numbers,
    joined,
)
from indexer.model.record import ShardBitmaps

PIECE_BYTES_MAX = 1 << 20


def pieces(bitmaps: ShardBitmaps, piece_bytes: int = PIECE_BYTES_MAX) -> Iterator[bytes]:
    """The bitmap of all the ordinals, in pieces of at most that many bytes; at least one.

    Ordinals have 32 bits, so there is one bucket, or none.
    """
    assert all(first % CONTAINER_PLACES == 0 for first, _ in bitmaps.parts), (
        "shards of 2^16 or more"
    )
    read = [_described(data) for _, data in bitmaps.parts]
    moved = [
        replace(described, keys=described.keys + (first >> 16))
        for (first, _), (described, _) in zip(bitmaps.parts, read, strict=True)
    ]
    whole = joined(moved)
    if not len(whole):
        yield BUCKETS.pack(0)
        return
    lengths = np.concatenate([lengths for _, lengths in read])
    head = whole.head(np.cumsum(lengths) - lengths)
    yield from _cut(b"".join((BUCKETS.pack(1), HIGH.pack(0), head)), piece_bytes)
    for (_, data), (described, lengths) in zip(bitmaps.parts, read, strict=True):
        if len(described):
            yield from _cut(memoryview(data)[-int(lengths.sum()) :], piece_bytes)


def write_file(path: Path, parts: Iterable[bytes]) -> int:
    """Write the parts as a file that is whole or not there; gives its size in bytes."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    size = 0
    try:
        with beside.open("wb") as out:
            for part in parts:
                size += out.write(part)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return size


def _cut(data: bytes | memoryview, piece_bytes: int) -> Iterator[bytes]:
    for start in range(0, len(data), piece_bytes):
        yield bytes(data[start : start + piece_bytes])


def _described(data: bytes) -> tuple[Described, Numbers]:
    """The containers of one of our own bitmaps, and their lengths in bytes."""
    (cookie,) = COOKIE.unpack_from(data)
    if cookie == NO_RUNS_COOKIE:
        count = int.from_bytes(data[4:8], "little")
        of_runs = np.zeros(count, np.bool_)
        start = 8
    else:
        count = (cookie >> 16) + 1
        start = 4 + -(-count // 8)
        marks = np.unpackbits(np.frombuffer(data[4:start], np.uint8), bitorder="little")
        of_runs = marks[:count].astype(np.bool_)
    pairs = np.frombuffer(data, U16, 2 * count, start).astype(np.int64).reshape(count, 2)
    described = Described(pairs[:, 0], pairs[:, 1] + 1, of_runs)
    lengths = np.where(
        described.sizes <= ARRAY_MEMBERS_MAX, 2 * described.sizes, BITSET_BYTES
    )  # fmt: skip
    place = (
        start + 4 * count + (4 * count if not described.has_runs or count >= OFFSETS_FROM else 0)
    )
    for container in range(count) if described.has_runs else ():
        if of_runs[container]:
            lengths[container] = 2 + 4 * int.from_bytes(data[place : place + 2], "little")
        place += int(lengths[container])
    assert described.head_bytes + lengths.sum() == len(data), "it is a bitmap of ours"
    return described, lengths
