"""What is done beside the questions: views made anew, snapshots written, the log cut."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import structlog

from indexer.api import Purged
from indexer.dataset.settling import settled
from indexer.dataset.view import DatasetView
from indexer.keeping import Keeping
from indexer.lanes import Lane
from indexer.model.errors import CardinalError
from indexer.model.ids import DatasetName
from indexer.model.limits import IndexLimits
from indexer.node import Node

T = TypeVar("T")
Prepare = Callable[[DatasetView, DatasetView], None]
"""Makes ready for a view what was made ready for the one before it."""

_log = structlog.get_logger()


class Upkeep:
    """One thing at a time, in a thread of its own; the writer only takes what was made."""

    def __init__(
        self,
        node: Node,
        keeping: Keeping | None,
        writer: Lane,
        limits: IndexLimits,
        prepare: Prepare,
    ) -> None:
        self._node = node
        self._keeping = keeping
        self._writer = writer
        self._limits = limits
        self._prepare = prepare
        self._thread = ThreadPoolExecutor(1, "index-upkeep")
        self._work: asyncio.Task[Any] | None = None

    def look(self) -> None:
        """Begin what is due, unless something is being done."""
        if (self._work is None or self._work.done()) and self._is_due():
            self._work = asyncio.ensure_future(self._do_all())

    async def close(self) -> None:
        """Finish what was begun, then write what should not be done again from the log.

        Raises: DiskFull, SnapshotCorrupt, LogPoisoned; all that was taken stays in the log.
        """
        try:
            await self._idle()
            if self._must_save():
                await self._writer.run(self._node.save)
        finally:
            self._thread.shutdown()

    def _must_save(self) -> bool:
        keeping = self._keeping
        if keeping is None or keeping.poisoned:
            return False
        return keeping.unsaved_bytes > self._limits.saved_at_end_bytes or bool(keeping.alone)

    async def purge(self, name: DatasetName) -> Purged:
        """See ``Index.purge``. What is being done is finished first."""
        while self._work is not None and not self._work.done():
            await self._idle()
        work = asyncio.ensure_future(self._purge(name))
        self._work = work
        # Whoever asked may go away; half of it would be of no use.
        purged = await asyncio.shield(work)
        self.look()
        return purged

    async def _idle(self) -> None:
        if self._work is not None:
            await asyncio.wait({self._work})

    def _is_due(self) -> bool:
        return bool(self._heavy()) or self._snapshot_is_due()

    def _heavy(self) -> list[DatasetName]:
        """Datasets with so much beside their view that it is time for another one."""
        overlays = self._node.published.overlays
        return sorted(
            name
            for name, overlay in overlays.items()
            if overlay.weight >= self._limits.overlay_states_max
        )

    def _snapshot_is_due(self) -> bool:
        keeping = self._keeping
        if keeping is None or not keeping.writable:
            return False
        return bool(keeping.alone) or keeping.unsaved_bytes >= self._limits.unsaved_bytes_max

    async def _do_all(self) -> None:
        try:
            while self._is_due():
                for name in self._heavy():
                    await self._settle(name)
                if self._snapshot_is_due():
                    await self._snapshot()
        except CardinalError as error:
            # Nothing is lost: the log has it, and the next change looks again.
            _log.error("upkeep_failed", reason=error.message)

    async def _settle(self, name: DatasetName) -> None:
        then = self._node.published.overlay(name)
        view = await self._aside(partial(settled, then, self._limits))
        await self._aside(partial(self._prepare, view, then.base))
        await self._writer.run(partial(self._node.adopt, name, then, view))

    async def _snapshot(self) -> None:
        keeping = self._keeping
        assert keeping is not None, "there is a folder"
        for name in keeping.alone:
            await self._aside(partial(keeping.repeat, name))
        if keeping.unsaved_bytes < self._limits.unsaved_bytes_max:
            return
        # The writer's thread: positions and answers belong to the moment of the records.
        published, extras = await self._writer.run(self._node.moment)
        noted = keeping.unsaved_bytes
        for name in keeping.unsaved(published):
            overlay = published.overlay(name)
            view = await self._aside(partial(published.view, name))
            await self._aside(partial(self._prepare, view, overlay.base))
            await self._writer.run(partial(self._node.adopt, name, overlay, view))
            await self._aside(partial(keeping.write, view, published.sequence, extras))
        keeping.unsaved_bytes -= noted
        await self._writer.run(keeping.cut)

    async def _purge(self, name: DatasetName) -> Purged:
        await self._writer.run(partial(self._node.cleanse, name))
        published, extras = await self._writer.run(self._node.moment)
        keeping, sequence = self._keeping, published.sequence
        if keeping is None:
            return Purged(sequence, (), 0)
        view = await self._aside(partial(published.view, name))
        kept = await self._aside(partial(keeping.replace_all, view, sequence, extras))
        await self._writer.run(keeping.cut)
        frames = await self._writer.run(partial(keeping.forget, name, sequence))
        _log.info("dataset_purged", dataset=name, sequence=sequence, frames=frames)
        return Purged(sequence, kept, frames)

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
