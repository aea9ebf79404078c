"""An event loop in a thread of its own, for those who have none: notebooks, scripts, batch jobs."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """Runs coroutines for callers that wait. Safe to share between threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="cardinal-client", daemon=True)
        self._thread.start()

    @property
    def open(self) -> bool:
        """Whether anything can be run."""
        return not self._loop.is_closed()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives. An interrupt of the waiting ends the work too."""
        if not self.open:
            work.close()
            raise RuntimeError("this client is closed")
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result()
        except BaseException:
            waiting.cancel()
            raise

    def each(self, coming: AsyncIterator[T]) -> Iterator[T]:
        """The items of a stream, each made when it is taken; one who stops early ends it."""
        try:
            while (item := self.run(_next(coming))) is not None:
                yield item
        finally:
            if self.open:
                self.run(_ended(coming))

    def close(self) -> None:
        """End the loop and its thread. Nothing runs afterwards."""
        if not self.open:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _next(coming: AsyncIterator[T]) -> T | None:
    return await anext(coming, None)


async def _ended(coming: Any) -> None:
    await coming.aclose()
