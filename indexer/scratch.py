"""Memory for the middle of an answer, used again and again: fresh pages cost more than the work."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from indexer.slabs import aligned

KEPT_BYTES_MAX = 64_000_000
"""Kept between answers; what an answer needs beyond that is given back to the system."""

Block = npt.NDArray[np.uint64]


class Scratch:
    """Blocks of words to borrow, and with ``helper`` a second thread to share a question with."""

    def __init__(self, helper: Executor | None = None) -> None:
        self._helper = helper
        self._lock = threading.Lock()
        self._kept: list[Block] = []

    @contextmanager
    def words(self, rows: int, words: int) -> Iterator[Block]:
        """A (rows, words) array of whatever was there before, for the time of the block."""
        needed = rows * words
        block = self._take(needed)
        try:
            yield block[:needed].reshape(rows, words)
        finally:
            self._give_back(block)

    def shared(self, work: Callable[[int, int], None], parts: int, *, alone: bool) -> None:
        """Have ``work(first, last)`` done for all parts, in two halves if there is a helper."""
        if alone or self._helper is None or parts < 2:
            work(0, parts)
            return
        half = parts // 2
        other = self._helper.submit(work, 0, half)
        try:
            work(half, parts)
        finally:
            other.result()

    def _take(self, needed: int) -> Block:
        with self._lock:
            for place, block in enumerate(self._kept):
                if block.size >= needed:
                    return self._kept.pop(place)
        return aligned(needed)

    def _give_back(self, block: Block) -> None:
        with self._lock:
            if sum(kept.nbytes for kept in self._kept) + block.nbytes <= KEPT_BYTES_MAX:
                self._kept.append(block)
                self._kept.sort(key=lambda kept: kept.size)
