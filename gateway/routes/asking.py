"""What every question has: a turn at the gate, and a time it may take."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gateway.routes.question_models import Hints, OrderIn
from gateway.services import Services
from indexer.model import hints
from indexer.model.deadline import waiting_until
from indexer.model.errors import DeadlinePassed
from indexer.model.ids import FieldName
from indexer.model.record import OrderBy
from indexer.runtime.clock import After

NO_HINTS = Hints()


@asynccontextmanager
async def turn(services: Services, hints: Hints | None) -> AsyncIterator[None]:
    """A question's turn, of ``hints.timeout_ms`` at most, waiting included.

    What is late is not gone on with. Raises: Overloaded, DeadlinePassed.
    """
    limit_ms = (hints or NO_HINTS).timeout_ms
    try:
        async with asyncio.timeout(None if limit_ms is None else limit_ms / 1000):
            async with services.questions.enter():
                with waiting_until(None if limit_ms is None else After(limit_ms)):
                    yield
    except TimeoutError:
        raise DeadlinePassed("the answer took longer than hints.timeout_ms allows") from None


def hints_of(given: Hints | None) -> hints.Hints:
    """What the index is told of a question's hints."""
    said = given or NO_HINTS
    return hints.Hints(cache=said.cache is not False, method=said.method or "auto")


def order_of(given: Sequence[OrderIn]) -> tuple[OrderBy, ...]:
    """What a list is ordered by."""
    return tuple(OrderBy(FieldName(each.field), each.desc) for each in given)
