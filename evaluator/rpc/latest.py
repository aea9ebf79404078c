"""Questions that replace each other: of one id one is at work, and after it only the latest.

A reader that is slow gets fewer and newer answers, never a backlog.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from indexer.model.errors import Overloaded

IDS_MAX = 32
"""Ids at work at a time in one stream."""
RETRY_AFTER_S = 1.0

Q = TypeVar("Q")

Answer = Callable[[str, Q], Awaitable[None]]


class Latest(Generic[Q]):
    """Hands each question to ``answer``, unless a newer one of its id comes before its turn."""

    def __init__(self, answer: Answer[Q]) -> None:
        self._answer = answer
        self._waiting: dict[str, Q] = {}
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._fault: Exception | None = None

    def ask(self, name: str, question: Q) -> None:
        """Answer this in its turn. Raises: Overloaded when too many ids are at work."""
        if name not in self._at_work and len(self._at_work) >= IDS_MAX:
            message = f"at most {IDS_MAX} ids at once; wait for an answer"
            raise Overloaded(message, retry_after_s=RETRY_AFTER_S)
        self._waiting[name] = question
        if name not in self._at_work:
            self._at_work[name] = asyncio.create_task(self._work(name))

    async def finish(self) -> None:
        """Return once all that was asked is answered. Raises: the first fault of ``answer``."""
        await asyncio.gather(*self._at_work.values())
        if self._fault is not None:
            raise self._fault

    async def close(self) -> None:
        """Drop everything."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, name: str) -> None:
        try:
            while name in self._waiting:
                await self._answer(name, self._waiting.pop(name))
        except Exception as fault:  # noqa: BLE001 - told by ``finish``
            self._fault = self._fault or fault
        finally:
            self._waiting.pop(name, None)
            del self._at_work[name]
