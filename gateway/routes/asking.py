"""What every question has: a turn at the gate, and a time it may take."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.routes.question_models import Hints
from gateway.services import Services
from indexer.model.errors import Overloaded

NO_HINTS = Hints()


@asynccontextmanager
async def turn(services: Services, hints: Hints | None) -> AsyncIterator[None]:
    """A question's turn, of ``hints.timeout_ms`` at most, waiting included. Raises: Overloaded.

    The other hints say how to answer, never what; the evaluator chooses by itself today.
    """
    limit_ms = (hints or NO_HINTS).timeout_ms
    try:
        async with asyncio.timeout(None if limit_ms is None else limit_ms / 1000):
            async with services.questions.enter():
                yield
    except TimeoutError:
        raise Overloaded("the answer took longer than hints.timeout_ms allows") from None
