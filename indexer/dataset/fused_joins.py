"""Who is pointed to, by kernels: counted a shard of targets at a time where records live beside
them, so that its counters stay in the cache.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from indexer.dataset.engine import Engine
from indexer.dataset.given import Words
from indexer.dataset.pointing import Counts, Pointing, Room, narrowed
from indexer.dataset.shard import Targets
from indexer.kernels.joins import count_targets, words_between, words_led

BYTE_MAX = 255
"""A counter of one byte stops here."""
SHARED_STEPS_MIN = 1 << 16
"""Fewer steps, of a word or a record, are done before a second thread is awake."""

Done = Callable[[int, Any], None]
"""Told a shard's number and its counts when they are complete."""


class FusedJoins:
    """See ``indexer.dataset.pointing.Joins``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tally(self, pointing: Pointing, room: Room) -> Counts:
        """See ``Joins``. Cost: a step a record."""
        counts: Counts = np.empty(room.places, np.uint8)
        self._count(pointing, room, counts, BYTE_MAX, _nothing)
        if int(counts.max(initial=0)) < BYTE_MAX:
            return counts
        wide = np.empty(room.places, np.uint32)
        self._count(pointing, room, wide, np.iinfo(np.uint32).max, _nothing)
        return narrowed(wide)

    def tallied(self, pointing: Pointing, room: Room, low: int, high: int | None) -> Words:
        """See ``Joins``. Cost: a step a record, and a pass over a byte an ordinal."""
        if low > BYTE_MAX or not (high is None or low <= high < BYTE_MAX):
            return self.between(self.tally(pointing, room), room, low, high)
        words = np.empty((room.shards, room.row), np.uint64)
        ends = _ends(low, high, np.dtype(np.uint8))

        def done(shard: int, counts: Any) -> None:
            words_between(counts, _address(counts), *ends, words[shard])

        beside = pointing.beside(room.shards)
        top = np.uint8(BYTE_MAX)
        if beside is None or not self._count_beside(pointing, room, None, top, beside, done):
            with self._bytes(room.places) as counts:
                self._count_anywhere(pointing, room, counts, top, done)
        return words

    def between(self, counts: Counts, room: Room, low: int, high: int | None) -> Words:
        """See ``Joins``. Cost: a pass over the counts."""
        words = np.empty((room.shards, room.row), np.uint64)
        most = int(np.iinfo(counts.dtype).max)
        if low > most or (high is not None and high < low):
            words[:] = 0
            return words
        ends = _ends(low, high, counts.dtype)

        def work(first: int, last: int) -> None:
            for shard in range(first, last):
                mine = counts[shard << room.bits : (shard + 1) << room.bits]
                words_between(mine, _address(mine), *ends, words[shard])

        self.shared(work, room.shards, len(counts) >> 6)
        return words

    def led(self, targets: Sequence[Targets], far: Words, room: Room, words: Words) -> None:
        """See ``Joins``. Cost: a step a record."""

        def work(first: int, last: int) -> None:
            for shard in range(first, last):
                words_led(_frozen(targets[shard]), far, room.bits, words[shard])

        self.shared(work, len(targets), words.size)

    def _count(self, pointing: Pointing, room: Room, counts: Counts, most: int, done: Done) -> None:
        top = counts.dtype.type(most)
        beside = pointing.beside(room.shards)
        if beside is None or not self._count_beside(pointing, room, counts, top, beside, done):
            self._count_anywhere(pointing, room, counts, top, done)

    def _count_anywhere(
        self, pointing: Pointing, room: Room, counts: Counts, top: Any, done: Done
    ) -> None:
        counts[:] = 0
        for words, targets in zip(pointing.words, pointing.targets, strict=True):
            count_targets(words, _frozen(targets), 0, top, counts)
        for shard in range(room.shards):
            done(shard, counts[shard << room.bits : (shard + 1) << room.bits])

    def _count_beside(
        self,
        pointing: Pointing,
        room: Room,
        counts: Counts | None,
        top: Any,
        beside: list[list[int]],
        done: Done,
    ) -> bool:
        """Whether all that point to somebody live beside them, so that the counts are right.

        Without ``counts`` each thread has those of one shard, which then never leave its cache.
        """
        strays: list[int] = []

        def count(shard: int, first: int, mine: Any) -> None:
            targets = _frozen(pointing.targets[shard])
            strays.append(count_targets(pointing.words[shard], targets, first, top, mine))

        def work(first: int, last: int) -> None:
            with self._bytes(1 << room.bits) as own:
                for home in range(first, last):
                    start = home << room.bits
                    mine = own if counts is None else counts[start : start + (1 << room.bits)]
                    mine[:] = 0
                    for shard in beside[home]:
                        count(shard, start, mine)
                    done(home, mine)

        self.shared(work, room.shards, pointing.words.size)
        placed = {shard for shards in beside for shard in shards}
        for shard in range(len(pointing.homes)):
            if shard not in placed:
                count(shard, 0, np.zeros(0, top.dtype))
        return not any(strays)

    @contextmanager
    def _bytes(self, size: int) -> Iterator[Counts]:
        """Counters of a byte, with anything in them."""
        with self._engine.scratch.words(1, (size + 7) >> 3) as memory:
            yield memory.reshape(-1).view(np.uint8)[:size]

    def shared(self, work: Callable[[int, int], None], parts: int, steps: int) -> None:
        """See ``Joins``."""
        alone = not self._engine.switches.threads or steps < SHARED_STEPS_MIN
        self._engine.scratch.shared(work, parts, alone=alone)


def warm_joins() -> None:
    """Have the kernels compiled, or read from numba's cache."""
    words = np.zeros((1, 1), np.uint64)
    for target in (np.int32, np.int64):
        targets = _frozen(np.zeros(64, target))
        words_led(targets, words, 6, words[0])
        for count in (np.uint8, np.uint32):
            count_targets(words[0], targets, 0, count(1), np.zeros(64, count))
    for held in (np.uint8, np.uint16, np.uint32):
        counts = np.zeros(64, held)
        words_between(counts, _address(counts), held(0), held(1), words[0])


def _nothing(_shard: int, _counts: Any) -> None:
    pass


def _ends(low: int, high: int | None, kind: np.dtype[Any]) -> tuple[Any, Any]:
    """The least count and how far the greatest lies from it, in the counts' own type."""
    most = int(np.iinfo(kind).max)
    return kind.type(low), kind.type(min(most, most if high is None else high) - low)


def _address(array: Any) -> Any:
    return np.uint64(array.ctypes.data)


def _frozen(array: Any) -> Any:
    """The array as one that can't be written, as those from disk can't: one kernel for both."""
    view = array.view()
    view.flags.writeable = False
    return view
