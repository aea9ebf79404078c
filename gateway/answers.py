"""Answers remembered by their caller's idempotency key, so that a repeat changes nothing twice."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

A = TypeVar("A")


class Answers(Generic[A]):
    """The last ``remembered_max`` answers; the one asked for longest ago goes first.

    A repeat that arrives while the first is still at work waits for its answer. A failure is
    not remembered.
    """

    def __init__(self, remembered_max: int) -> None:
        self._remembered_max = remembered_max
        self._known: OrderedDict[Hashable, asyncio.Future[A]] = OrderedDict()

    async def once(self, key: Hashable, work: Callable[[], Awaitable[A]]) -> A:
        """The remembered answer for ``key``, else that of ``work``."""
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return await asyncio.shield(known)
        # A task of its own: the caller going away must not undo what a repeat relies on.
        task = asyncio.ensure_future(work())
        self._known[key] = task
        while len(self._known) > self._remembered_max:
            self._known.popitem(last=False)
        try:
            return await asyncio.shield(task)
        except Exception:
            self._known.pop(key, None)
            raise
