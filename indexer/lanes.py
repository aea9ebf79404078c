"""Threads that work is handed to, with a bounded number of calls waiting for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from indexer.model.errors import Overloaded

T = TypeVar("T")


class Lane:
    """Threads with a bounded number of waiting calls."""

    def __init__(self, name: str, threads: int, waiting_max: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting = 0
        self._waiting_max = waiting_max

    async def run(self, work: Callable[[], T]) -> T:
        """Run in a thread of the lane. Raises: Overloaded, and whatever the work raises."""
        if self._waiting >= self._waiting_max:
            raise Overloaded("too many questions are waiting; ask again", retry_after_s=1.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for what runs."""
        self._pool.shutdown(wait=True)
