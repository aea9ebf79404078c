"""How long a client waits for an answer."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from indexer.model.deadline import wait_until
from indexer.runtime.clock import deadline_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """So many seconds for each question, None for any time."""

    seconds: float | None = None

    async def timed(self, work: Coroutine[Any, Any, T]) -> T:
        """The work, under a deadline that begins now. Raises: DeadlinePassed."""
        # It is awaited in a task of its own, so the deadline ends with it.
        wait_until(deadline_of(self.seconds))
        return await work
