"""Who is pointed to, by kernels as by arrays: at the edges of shards, of bytes and of counts."""

from typing import Any

import numpy as np
import pytest

from indexer.dataset.engine import Engine
from indexer.dataset.fused_joins import SHARED_STEPS_MIN, FusedJoins
from indexer.dataset.pointing import Joins, PlainJoins, Pointing, Room
from indexer.encoding.bits import words_of_mask
from indexer.hot import HotForms
from indexer.model.switches import Switches

EDGES = (0, 1, 63, 64, 65, 65_534, 65_535, 65_536, 65_537, 131_071)
BOUNDS = [(1, None), (2, None), (1, 1), (3, 1), (254, 255), (255, None), (256, None), (1, 300)]


def joins() -> list[Joins]:
    """Array by array, and by kernels on one thread or two."""
    fused = [
        FusedJoins(Engine(HotForms(1), switches=Switches(threads=threads)))
        for threads in (True, False)
    ]
    return [PlainJoins(), *fused]


def pointing(
    ordinals: list[list[int]], homes: list[int], *, kind: Any = np.int32, bits: int = 16
) -> Pointing:
    """A shard for each list, all of whose records are meant but the last, which points to 0."""
    size = 1 << bits
    words, targets = [], []
    for part in ordinals:
        targets.append(np.array([*part, 0], kind))
        mask = np.zeros(size, np.bool_)
        mask[: len(part)] = True
        words.append(words_of_mask(mask, max(1, size >> 6)))
    return Pointing(np.stack(words), targets, homes)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("homes", [[-1, -1], [0, 1], [1, 0], [0, -1], [7, 0]])
@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_everybody_is_counted_where_they_are_pointed_to(
    kind: Any, homes: list[int], low: int, high: int | None
) -> None:
    """Beside them or not; dangling ones and those beyond all shards are nobody's."""
    room = Room(2, 16)
    near = [each for each in EDGES if each < 65_536 for _ in range(each % 4 + 1)]
    far = [each for each in EDGES if each >= 65_536] + [65_536] * 255 + [65_537] * 254
    found = pointing([[-1, *near, -1], [*far, 131_072, 2**31 - 1]], homes, kind=kind)
    expected = np.zeros(room.places, np.int64)
    np.add.at(expected, np.array(near + far), 1)
    held = (expected >= low) & (expected <= (10**9 if high is None else high))

    for each in joins():
        assert expected.tolist() == each.tally(found, room).tolist()
        for words in (
            each.tallied(found, room, low, high),
            each.between(each.tally(found, room), room, low, high),
        ):
            assert (words_of_mask(held, room.places >> 6) == words.ravel()).all()


def test_counts_take_as_many_bytes_as_they_need() -> None:
    """One, two or four."""
    for most, size in ((254, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)):
        ordinals = [3] * most
        found = pointing([ordinals], [-1], bits=17)
        for each in joins():
            counts = each.tally(found, Room(1, 2))
            assert ([0, 0, 0, most], size) == (counts.tolist(), counts.itemsize)
            assert [[8]] == each.between(counts, Room(1, 2), most, most).tolist()
            assert [[0]] == each.tallied(found, Room(1, 2), most + 1, None).tolist()


@pytest.mark.parametrize("bits", [2, 6, 16])
def test_offsets_are_found_by_their_target(bits: int) -> None:
    """At both ends of every shard; nobody where it dangles or lies beyond."""
    room = Room(3, bits)
    size = 1 << bits
    wanted = [0, size - 1, size, 3 * size - 1]
    far = np.zeros((3, room.row), np.uint64)
    for ordinal in wanted:
        offset = ordinal % size
        far[ordinal // size, offset // 64] |= np.uint64(1 << offset % 64)
    targets = [-1, 0, 1, size - 1, size, size + 1, 2 * size - 1, 3 * size - 1, 3 * size, 2**31 - 1]
    expected = sum(1 << place for place, each in enumerate(targets) if each in wanted)

    for each in joins():
        words = np.full((2, 1), 7, np.uint64)
        each.led([np.array(targets, np.int64), np.array([], np.int64)], far, room, words)
        assert [[expected], [0]] == words.tolist()


def test_large_questions_are_shared_between_threads() -> None:
    """And counted the same."""
    shards = SHARED_STEPS_MIN >> 10
    found = pointing([[shard << 16] * 3 for shard in range(shards)], list(range(shards)))
    room = Room(shards, 16)

    plain, *fused = (each.tallied(found, room, 3, 3) for each in joins())
    assert shards == int(np.bitwise_count(plain).sum())
    for words in fused:
        assert (plain == words).all()
