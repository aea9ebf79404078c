"""Answers about texts that only grow in number, remembered while they are asked for.

Shared between reader threads, which is why it stands outside the pure modules that use it.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

ANSWERS_MAX = 64
ANSWER_BYTES_MAX = 1 << 26
"""Answers of one pool are forgotten, oldest first, beyond this many or these bytes."""

A = TypeVar("A")


class Answers(Generic[A]):
    """The latest answers by lookup. Safe to share between threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, tuple[A, int]] = OrderedDict()
        self._latest: tuple[Hashable, A] | None = None
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, lookup: Hashable) -> A | None:
        """The answer to the lookup, None if there is none."""
        latest = self._latest
        # Every shard asks with the same lookup: the hash of a long list is worth sparing.
        if latest is not None and latest[0] is lookup:
            return latest[1]
        with self._lock:
            known = self._held.get(lookup)
            if known is None:
                return None
            self._held.move_to_end(lookup)
            self._latest = lookup, known[0]
            return known[0]

    def put(self, lookup: Hashable, answer: A, size: int) -> None:
        """Remember the answer; it and the lookup hold ``size`` bytes."""
        with self._lock:
            self._bytes += size - self._held.pop(lookup, (None, 0))[1]
            self._held[lookup] = answer, size
            self._latest = lookup, answer
            # The newest one stays whatever its size: the other shards are about to ask for it.
            while len(self._held) > 1 and (
                len(self._held) > ANSWERS_MAX or self._bytes > ANSWER_BYTES_MAX
            ):
                _, (_, gone) = self._held.popitem(last=False)
                self._bytes -= gone
