"""Live previews of one socket: one question in flight per preview id, then the latest.

A reader that is slow gets fewer and newer answers, never a backlog.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from evaluator.api import Evaluator
from gateway.documents import count_document
from gateway.errors import problem_json, unexpected
from gateway.gate import Gate
from indexer.model.errors import CardinalError, Overloaded, Problem
from indexer.model.ids import DatasetName

Send = Callable[[dict[str, object]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Preview:
    """A question that a newer one of the same id replaces."""

    id: str
    dataset: DatasetName
    condition: object
    now: datetime | None


class Previews:
    """Answers the previews of one socket through ``send``."""

    def __init__(
        self,
        *,
        evaluator: Evaluator,
        gate: Gate,
        send: Send,
        ids_max: int,
        answered: Callable[[str], None],
        new_reference: Callable[[], str],
    ) -> None:
        self._evaluator = evaluator
        self._gate = gate
        self._send = send
        self._ids_max = ids_max
        self._answered = answered
        self._new_reference = new_reference
        self._latest: dict[str, Preview] = {}
        self._at_work: dict[str, asyncio.Task[None]] = {}

    def ask(self, preview: Preview) -> None:
        """Answer this when its turn comes, unless a newer one of its id comes first.

        Raises: Overloaded when too many ids are at work.
        """
        if preview.id not in self._at_work:
            if len(self._at_work) >= self._ids_max:
                raise Overloaded(f"at most {self._ids_max} previews at once")
            self._at_work[preview.id] = asyncio.create_task(self._work(preview.id))
        self._latest[preview.id] = preview

    async def close(self) -> None:
        """Drop everything."""
        tasks = list(self._at_work.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, preview_id: str) -> None:
        try:
            while preview_id in self._latest:
                await self._send(await self._answer(preview_id))
        finally:
            del self._at_work[preview_id]

    async def _answer(self, preview_id: str) -> dict[str, object]:
        preview: Preview | None = None
        try:
            async with self._gate.enter():
                preview = self._latest.pop(preview_id)
                count = await self._evaluator.count(
                    preview.dataset, preview.condition, now=preview.now, per_node=True
                )
        except CardinalError as fault:
            message = problem_message(preview_id, fault)
        except Exception as fault:  # noqa: BLE001 - the socket's other previews go on
            said = unexpected(fault, self._new_reference)
            message = problem_message(preview_id, CardinalError(said))
        else:
            self._answered("count")
            return {"type": "preview", "id": preview_id, **count_document(count, per_node=True)}
        if preview is None:
            # It never got its turn; asking again is up to the caller.
            self._latest.pop(preview_id)
        self._answered("problem")
        return message


def problem_message(preview_id: str | None, fault: CardinalError) -> dict[str, object]:
    """Why a preview has no answer. An error without problems is one itself."""
    problems = fault.problems or (Problem(fault.code, "", fault.message),)
    shown = [problem_json(problem) for problem in problems]
    return {"type": "problem", "id": preview_id, "problems": shown}
