"""The index in this process: reads in a small thread pool, writes in one thread."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import pyarrow as pa

from indexer.api import Counts, DatasetInfo, Loaded, LoadMode
from indexer.dataset.figures import Figures
from indexer.dataset.tally import top_values
from indexer.dataset.view import DatasetView
from indexer.hot import HotForms
from indexer.model.errors import Overloaded
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.limits import IndexLimits
from indexer.model.record import Applied, Change, Record, RecordPage, ValueCounts
from indexer.model.schema import Schema
from indexer.model.switches import Switches
from indexer.node import Node, Published
from indexer.plan.program import Program
from indexer.runtime.clock import Clock
from indexer.store.folder import FolderLock
from indexer.store.generations import Generations

T = TypeVar("T")
Count = Callable[[DatasetView, Program], list[int]]
"""One count per output of the program."""


class LocalIndex:
    """``indexer.api.Index`` over a node in this process."""

    def __init__(self, node: Node, lock: FolderLock | None, limits: IndexLimits) -> None:
        self._node = node
        self._count: Count = DatasetView.counts
        self._lock = lock
        self._figures = Figures()
        self._readers = _Lane("index-read", limits.read_threads, limits.reads_waiting_max)
        self._writer = _Lane("index-write", 1, limits.writes_waiting_max)
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="index-hot")
        self._hot = HotForms(limits.hot_bytes_max, self._maker)

    @classmethod
    async def open(
        cls,
        folder: Path | None,
        *,
        shard_bits: int,
        clock: Clock,
        limits: IndexLimits | None = None,
        switches: Switches | None = None,
    ) -> Self:
        """The index of a data folder; in memory only when there is none.

        ``shard_bits`` is for a new folder; datasets that exist keep theirs. Raises:
        FolderInUse, SnapshotCorrupt, DiskFull.
        """
        limits = limits or IndexLimits()
        lock = None
        if folder is not None:
            lock = FolderLock(folder)
            lock.take()
        try:
            store = Generations(folder) if folder is not None else None
            node = Node(store=store, shard_bits=shard_bits, clock=clock, limits=limits)
            index = cls(node, lock, limits)
            await index._writer.run(node.recover)
            if (switches or Switches()).fused:
                index._count = await index._readers.run(lambda: _fused(index._hot))
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return index

    async def close(self) -> None:
        """Save what is not on disk yet and let the folder go."""
        try:
            await self._writer.run(self._node.save)
        finally:
            self._readers.close()
            self._writer.close()
            self._maker.shutdown(cancel_futures=True)
            if self._lock is not None:
                self._lock.release()

    async def datasets(self) -> tuple[DatasetInfo, ...]:
        """See ``Index``."""
        return await self._readers.run(lambda: self._infos(self._node.published))

    async def dataset(self, name: DatasetName) -> DatasetInfo:
        """See ``Index``."""

        def run() -> DatasetInfo:
            published = self._node.published
            return self._info(published.view(name), published.sequence)

        return await self._readers.run(run)

    async def schema(self, name: DatasetName) -> Schema:
        """See ``Index``."""
        return self._node.published.view(name).schema

    async def create(self, schema: Schema) -> Schema:
        """See ``Index``."""
        return await self._writer.run(lambda: self._node.create(schema))

    async def alter(self, schema: Schema) -> Schema:
        """See ``Index``."""
        return await self._writer.run(lambda: self._node.alter(schema))

    async def count(self, dataset: DatasetName, program: Program) -> Counts:
        """See ``Index``."""

        def run() -> Counts:
            published = self._node.published
            view = published.view(dataset)
            counts = self._count(view, program)
            return Counts(tuple(counts), view.records, published.sequence)

        return await self._readers.run(run)

    async def members(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: RecordKey | None = None,
    ) -> RecordPage:
        """See ``Index``."""

        def run() -> RecordPage:
            published = self._node.published
            view = published.view(dataset)
            ordinals, more = view.page(program, limit, after)
            records = tuple(view.read(ordinals, fields))
            last = records[-1].key if more and records else None
            return RecordPage(records, last, published.sequence)

        return await self._readers.run(run)

    async def record(self, dataset: DatasetName, key: RecordKey) -> Record:
        """See ``Index``."""
        return await self._readers.run(lambda: self._node.published.view(dataset).record(key))

    async def values(
        self, dataset: DatasetName, field: FieldName, *, program: Program, prefix: str, limit: int
    ) -> ValueCounts:
        """See ``Index``."""

        def run() -> ValueCounts:
            published = self._node.published
            view = published.view(dataset)
            items, null = top_values(view, field, program, prefix=prefix, limit=limit)
            return ValueCounts(items, null, published.sequence)

        return await self._readers.run(run)

    async def apply(self, dataset: DatasetName, changes: Sequence[Change]) -> Applied:
        """See ``Index``."""
        return await self._writer.run(lambda: self._node.apply(dataset, changes))

    async def load(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
    ) -> Loaded:
        """See ``Index``. Batches are held until the last one is there."""
        self._node.published.view(dataset)
        held = [batch async for batch in batches]
        return await self._writer.run(
            lambda: self._node.load(dataset, held, mode=mode, clear_empty=clear_empty)
        )

    def _infos(self, published: Published) -> tuple[DatasetInfo, ...]:
        views = sorted(published.datasets.values(), key=lambda view: view.schema.name)
        return tuple(self._info(view, published.sequence) for view in views)

    def _info(self, view: DatasetView, sequence: SequenceNo) -> DatasetInfo:
        return DatasetInfo(
            schema=view.schema,
            records=view.records,
            sequence=sequence,
            updated_at=view.updated_at,
            fields=self._figures.of(view),
        )


class _Lane:
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


def _fused(hot: HotForms) -> Count:
    """Counting with kernels, ready to go. Cost: a second, more when they are compiled first."""
    # Only a process that stays pays for loading the compiler.
    from indexer.dataset import fused  # noqa: PLC0415

    fused.warm()
    return lambda view, program: fused.counts(view, program, hot)
