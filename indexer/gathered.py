"""Batches of changes that wait while others are written, and go together then."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from indexer.group_commit import Sent
from indexer.model.errors import CardinalError, Overloaded
from indexer.model.limits import IndexLimits
from indexer.model.record import Applied

ApplyAll = Callable[[Sequence[Sent]], Awaitable[list[Applied | CardinalError]]]
RETRY_AFTER_S = 1.0


class Gathered:
    """One group is applied at a time; what arrives meanwhile is the next one.

    So however many send, the disk is synced once a group.
    """

    def __init__(self, apply_all: ApplyAll, limits: IndexLimits) -> None:
        self._apply_all = apply_all
        self._limits = limits
        self._waiting: list[tuple[Sent, asyncio.Future[Applied]]] = []
        self._changes = 0
        self._work: asyncio.Task[None] | None = None

    async def put(self, sent: Sent) -> Applied:
        """Apply a batch, which is done even if nobody waits for it any more.

        Raises: Overloaded, and what applying raises.
        """
        if self._changes >= self._limits.changes_waiting_max:
            raise Overloaded(
                "too many changes are waiting; send them again", retry_after_s=RETRY_AFTER_S
            )
        answer: asyncio.Future[Applied] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, answer))
        # An empty batch takes room too.
        self._changes += 1 + len(sent.changes)
        if self._work is None or self._work.done():
            self._work = asyncio.ensure_future(self._apply_waiting())
        return await answer

    async def close(self) -> None:
        """Wait for what was put."""
        if self._work is not None:
            await self._work

    async def _apply_waiting(self) -> None:
        while self._waiting:
            group = self._next_group()
            try:
                done = await self._apply_all([sent for sent, _ in group])
            except Exception as error:  # noqa: BLE001 - every sender of the group is told
                for _, answer in group:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), one in zip(group, done, strict=True):
                if answer.done():
                    continue
                if isinstance(one, CardinalError):
                    answer.set_exception(one)
                else:
                    answer.set_result(one)

    def _next_group(self) -> list[tuple[Sent, asyncio.Future[Applied]]]:
        """What waits, up to as many changes as one batch may have."""
        size, end = 0, 0
        while end < len(self._waiting):
            size += 1 + len(self._waiting[end][0].changes)
            if end and size > self._limits.changes_per_batch_max:
                break
            end += 1
        group, self._waiting = self._waiting[:end], self._waiting[end:]
        self._changes -= sum(1 + len(sent.changes) for sent, _ in group)
        return group
