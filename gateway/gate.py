"""A gate in front of expensive work: some inside, some waiting, the rest told to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from indexer.model.errors import Overloaded

RETRY_AFTER_S = 1.0


class Gate:
    """Lets ``inside_max`` in at once; at most ``waiting_max`` wait, each ``wait_s`` at most."""

    def __init__(self, *, inside_max: int, waiting_max: int, wait_s: float) -> None:
        self._free = asyncio.Semaphore(inside_max)
        self._inside_max = inside_max
        self._waiting_max = waiting_max
        self._wait_s = wait_s
        self._inside = 0
        self._waiting = 0

    @property
    def inside(self) -> int:
        """How many are inside now."""
        return self._inside

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Hold a place while the block runs. Raises: Overloaded."""
        await self._take()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._free.release()

    async def _take(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._waiting_max:
            raise Overloaded(f"{self._inside_max} are at work already", retry_after_s=RETRY_AFTER_S)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded("waited too long for a turn", retry_after_s=RETRY_AFTER_S) from None
        finally:
            self._waiting -= 1
