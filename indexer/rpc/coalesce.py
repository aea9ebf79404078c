"""Many questions, few calls: what arrives while calls are in flight rides the next one.

There is no timer: a lone question leaves at once, and under load the batch grows to what came
in during one round trip.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from indexer.model.errors import Overloaded

CALLS_IN_FLIGHT_MAX = 2
BATCH_MAX = 256
WAITING_MAX = 10_000

Q = TypeVar("Q")
A = TypeVar("A")

Ask = Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]


@dataclass
class Coalescer(Generic[Q, A]):
    """Sends questions through ``ask``, which answers each in place or with its own error."""

    ask: Ask[Q, A]
    _waiting: list[tuple[Q, "asyncio.Future[A]"]] = field(default_factory=list)
    _calls: set["asyncio.Task[None]"] = field(default_factory=set)

    async def answer(self, question: Q) -> A:
        """The answer to one question. Raises: its error, or Overloaded."""
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded("too many questions are waiting; ask again", retry_after_s=1.0)
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        self._send()
        return await future

    def _send(self) -> None:
        while self._waiting and len(self._calls) < CALLS_IN_FLIGHT_MAX:
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            call = asyncio.ensure_future(self._call(batch))
            self._calls.add(call)
            call.add_done_callback(self._ended)

    def _ended(self, call: "asyncio.Task[None]") -> None:
        self._calls.discard(call)
        self._send()

    async def _call(self, batch: list[tuple[Q, "asyncio.Future[A]"]]) -> None:
        # A caller that went away has a cancelled future: its question is not asked.
        asked = [(question, future) for question, future in batch if not future.done()]
        if not asked:
            return
        try:
            await self._answer(asked)
        finally:
            # The call itself was cancelled, by a closing connection: nobody waits for ever.
            for _, future in asked:
                future.cancel()

    async def _answer(self, asked: list[tuple[Q, "asyncio.Future[A]"]]) -> None:
        try:
            answers = await self.ask([question for question, _ in asked])
            assert len(answers) == len(asked), (len(answers), len(asked))
        except Exception as error:  # noqa: BLE001 - every caller gets it, nobody waits for ever
            answers = [error] * len(asked)
        for (_, future), answer in zip(asked, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
