"""Answers remembered by their caller's idempotency key, so that a repeat changes nothing twice."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

from indexer.model.errors import IdempotencyConflict

A = TypeVar("A")


class Repeats(Generic[A]):
    """The last ``remembered_max`` answers; the one asked for longest ago goes first.

    A repeat that arrives while the first is still at work waits for its answer. A failure is
    not remembered. What is said twice under one key has one ``digest``.
    """

    def __init__(self, remembered_max: int) -> None:
        self._remembered_max = remembered_max
        self._known: OrderedDict[Hashable, tuple[str, asyncio.Future[A]]] = OrderedDict()

    async def once(self, key: Hashable, digest: str, work: Callable[[], Awaitable[A]]) -> A:
        """The remembered answer for ``key``, else that of ``work``.

        Raises: IdempotencyConflict where it was asked with another digest.
        """
        known = self._known.get(key)
        if known is not None:
            if known[0] != digest:
                raise IdempotencyConflict("this key came with other changes before: use a new one")
            self._known.move_to_end(key)
            return await asyncio.shield(known[1])
        # A task of its own: the caller going away must not undo what a repeat relies on.
        task = asyncio.ensure_future(work())
        self._known[key] = digest, task
        task.add_done_callback(partial(self._forget_failed, key))
        while len(self._known) > self._remembered_max:
            self._known.popitem(last=False)
        return await asyncio.shield(task)

    def _forget_failed(self, key: Hashable, task: asyncio.Future[A]) -> None:
        failed = task.cancelled() or task.exception() is not None
        if failed and (known := self._known.get(key)) is not None and known[1] is task:
            del self._known[key]
