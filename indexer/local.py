"""The index in this process: reads in a small thread pool, writes in one thread."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import pyarrow as pa

from indexer.api import Counts, DatasetInfo, Erased, Explained, Loaded, LoadMode, Purged
from indexer.dataset.bitmaps import shard_bitmaps
from indexer.dataset.figures import Figures
from indexer.dataset.present import Present, presents
from indexer.descriptions import described, description
from indexer.gathered import Gathered
from indexer.group_commit import Sent
from indexer.hot import HotForms
from indexer.keeping import Keeping
from indexer.lanes import Lane
from indexer.model.deadline import in_time
from indexer.model.errors import CardinalError, TooLarge
from indexer.model.hints import NO_HINTS, Hints
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.limits import KEYS_MAX, IndexLimits
from indexer.model.record import (
    UNKNOWN_ORIGIN,
    Applied,
    Breakdown,
    Change,
    Cursor,
    OrderBy,
    Origin,
    Record,
    RecordPage,
    ShardBitmaps,
    ValueCounts,
)
from indexer.model.schema import Schema
from indexer.model.switches import Switches
from indexer.node import Node
from indexer.plan.program import Program
from indexer.readings import Readings
from indexer.reports import explained
from indexer.results import Results
from indexer.runtime.clock import Clock
from indexer.scratch import Scratch
from indexer.store.folder import FolderLock
from indexer.store.guard import DiskGuard
from indexer.store.undo_files import undo_files
from indexer.taking import loaded, taken
from indexer.upkeep import Upkeep

A = TypeVar("A")


class LocalIndex:
    """``indexer.api.Index`` over a node in this process."""

    def __init__(
        self, node: Node, keeping: Keeping | None, lock: FolderLock | None, limits: IndexLimits
    ) -> None:
        self._node = node
        self._keeping = keeping
        self._lock = lock
        self._figures = Figures()
        self._readers = Lane("index-read", limits.read_threads, limits.reads_waiting_max)
        self._writer = Lane("index-write", 1, limits.writes_waiting_max)
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="index-hot")
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="index-half")
        self._hot = HotForms(limits.hot_bytes_max, self._maker)
        self._results = Results(limits.result_bytes_max)
        self._kept = Results(limits.kept_bytes_max)
        self._readings = Readings(self._hot, self._results, Scratch(self._helper), self._kept)
        self._changes = Gathered(self._apply_all, limits)
        self._upkeep = Upkeep(node, keeping, self._writer, limits, self._readings.prepare)

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
        FolderInUse, SnapshotCorrupt, LogCorrupt, DiskFull, LogPoisoned.
        """
        limits = limits or IndexLimits()
        lock = FolderLock(folder) if folder is not None else None
        if lock is not None:
            lock.take()
        try:
            keeping = Keeping(folder, DiskGuard(folder)) if folder is not None else None
            undos = undo_files(folder, limits)
            node = Node(
                keeping=keeping, undos=undos, shard_bits=shard_bits, clock=clock, limits=limits
            )
            index = cls(node, keeping, lock, limits)
            await index._writer.run(node.recover)
            switches = switches or Switches()
            if switches.fused:
                await index._readers.run(lambda: index._readings.warm(switches, clock.now()))
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return index

    async def close(self) -> None:
        """Save what is not on disk yet and let the folder go."""
        try:
            await self._changes.close()
            await self._upkeep.close()
        finally:
            self._readers.close()
            self._writer.close()
            self._maker.shutdown(cancel_futures=True)
            self._helper.shutdown()
            if self._keeping is not None:
                self._keeping.close()
            if self._lock is not None:
                self._lock.release()

    @property
    def disk(self) -> Keeping:
        """What knows how the disk of its folder is."""
        assert self._keeping is not None, "there is a folder"
        return self._keeping

    async def datasets(self) -> tuple[DatasetInfo, ...]:
        """See ``Index``."""
        return await self._readers.run(lambda: described(self._node.published, self._figures))

    async def dataset(self, name: DatasetName) -> DatasetInfo:
        """See ``Index``."""
        node, figures = self._node, self._figures
        return await self._readers.run(lambda: description(node.published, name, figures))

    async def schema(self, name: DatasetName) -> Schema:
        """See ``Index``."""
        return self._node.published.base(name).schema

    async def schemas(self) -> tuple[Schema, ...]:
        """See ``Index``."""
        return self._node.published.schemas()

    async def create(self, schema: Schema) -> Schema:
        """See ``Index``."""
        return await self._writer.run(lambda: self._node.create(schema))

    async def alter(self, schema: Schema) -> Schema:
        """See ``Index``."""
        return await self._writer.run(lambda: self._node.alter(schema))

    async def count(
        self, dataset: DatasetName, program: Program, *, hints: Hints = NO_HINTS
    ) -> Counts:
        """See ``Index``."""

        def answer(present: Present, as_of: SequenceNo) -> Counts:
            return Counts(tuple(present.counts(program)), present.records, as_of)

        return await self._ask(dataset, hints, answer)

    async def explain(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        key: RecordKey | None = None,
        fields: Sequence[FieldName] = (),
        hints: Hints = NO_HINTS,
    ) -> Explained:
        """See ``Index``."""

        def answer(present: Present, as_of: SequenceNo) -> Explained:
            return explained(present, program, key=key, fields=fields, as_of=as_of)

        return await self._ask(dataset, hints, answer)

    async def members(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: Cursor | None = None,
        order: Sequence[OrderBy] = (),
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """See ``Index``."""

        def answer(present: Present, as_of: SequenceNo) -> RecordPage:
            records, next_after = present.page(
                program, fields=fields, limit=limit, after=after, order=order
            )
            return RecordPage(records, next_after, as_of)

        return await self._ask(dataset, hints, answer)

    async def sample(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        size: int,
        seed: int | str,
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """See ``Index``."""

        def answer(present: Present, as_of: SequenceNo) -> RecordPage:
            records = present.sample(program, fields=fields, size=size, seed=seed)
            return RecordPage(records, None, as_of)

        return await self._ask(dataset, hints, answer)

    async def breakdown(
        self,
        dataset: DatasetName,
        program: Program,
        field: FieldName,
        *,
        limit: int,
        bins: int | None = None,
        hints: Hints = NO_HINTS,
    ) -> Breakdown:
        """See ``Index``."""

        def answer(present: Present, as_of: SequenceNo) -> Breakdown:
            items, null, other = present.breakdown(program, field, limit=limit, bins=bins)
            return Breakdown(items, null, other, as_of)

        return await self._ask(dataset, hints, answer)

    async def bitmaps(
        self, dataset: DatasetName, program: Program, *, hints: Hints = NO_HINTS
    ) -> ShardBitmaps:
        """See ``Index``."""
        return await self._ask(
            dataset, hints, lambda present, as_of: shard_bitmaps(present, program, as_of)
        )

    async def rows(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        batch_rows: int,
        hints: Hints = NO_HINTS,
    ) -> AsyncIterator[pa.RecordBatch]:
        """See ``Index``. Each batch is one call of a reader thread."""

        def begin(present: Present, as_of: SequenceNo) -> Iterator[pa.RecordBatch]:
            return present.batches(program, fields=fields, batch_rows=batch_rows, as_of=as_of)

        coming = await self._ask(dataset, hints, begin)
        while (batch := await self._readers.run(in_time(lambda: next(coming, None)))) is not None:
            yield batch

    async def contains(
        self,
        dataset: DatasetName,
        program: Program,
        keys: Sequence[RecordKey],
        *,
        hints: Hints = NO_HINTS,
    ) -> tuple[bool, ...]:
        """See ``Index``."""
        _bounded(keys)
        return await self._ask(dataset, hints, lambda present, _: present.contains(program, keys))

    async def record(self, dataset: DatasetName, key: RecordKey) -> Record:
        """See ``Index``."""
        return await self._ask(dataset, NO_HINTS, lambda present, _: present.overlay.record(key))

    async def records(
        self, dataset: DatasetName, keys: Sequence[RecordKey], fields: Sequence[FieldName]
    ) -> tuple[Record | None, ...]:
        """See ``Index``."""
        _bounded(keys)
        return await self._ask(
            dataset, NO_HINTS, lambda present, _: present.records_of(keys, fields)
        )

    async def values(
        self,
        dataset: DatasetName,
        field: FieldName,
        *,
        program: Program,
        prefix: str,
        limit: int,
        hints: Hints = NO_HINTS,
    ) -> ValueCounts:
        """See ``Index``."""

        def answer(present: Present, as_of: SequenceNo) -> ValueCounts:
            items, null = present.top_values(program, field, prefix=prefix, limit=limit)
            return ValueCounts(items, null, as_of)

        return await self._ask(dataset, hints, answer)

    async def apply(
        self, dataset: DatasetName, changes: Sequence[Change], origin: Origin = UNKNOWN_ORIGIN
    ) -> Applied:
        """See ``Index``."""
        return await self._changes.put(Sent(dataset, changes, origin))

    async def erase(self, dataset: DatasetName, keys: Sequence[RecordKey]) -> Erased:
        """See ``Index``."""
        return await self._writer.run(lambda: self._node.erase(dataset, keys))

    async def purge(self, dataset: DatasetName) -> Purged:
        """See ``Index``."""
        return await self._upkeep.purge(dataset)

    async def positions(self) -> Mapping[str, str]:
        """See ``Index``."""
        return self._node.published.positions

    async def load(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
        schema: Schema | None = None,
        origin: Origin = UNKNOWN_ORIGIN,
    ) -> Loaded:
        """See ``Index``. Each batch is encoded while the next one is on its way."""
        gathered = await taken(self._node.gathering(dataset, schema), batches)
        load = partial(self._node.load_gathered, dataset, gathered, mode=mode, schema=schema)
        load = partial(load, clear_empty=clear_empty, origin=origin)
        return await loaded(gathered, self._write(load))

    async def rehearse(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
        schema: Schema | None = None,
    ) -> Loaded:
        """See ``Index``."""
        gathered = await taken(self._node.gathering(dataset, schema), batches)
        rehearse = partial(self._node.rehearse_gathered, dataset, gathered, mode=mode)
        return await self._writer.run(partial(rehearse, clear_empty=clear_empty, schema=schema))

    async def roll_back(self, dataset: DatasetName, idempotency_key: str) -> Loaded:
        """See ``Index``."""
        return await self._write(lambda: self._node.roll_back(dataset, idempotency_key))

    async def _apply_all(self, sent: Sequence[Sent]) -> list[Applied | CardinalError]:
        return await self._write(lambda: self._node.apply_all(sent))

    async def _write(self, work: Callable[[], A]) -> A:
        done = await self._writer.run(work)
        self._upkeep.look()
        return done

    async def _ask(
        self, dataset: DatasetName, hints: Hints, answer: Callable[[Present, SequenceNo], A]
    ) -> A:
        """What a reader thread answers about what is published when it begins."""

        def run() -> A:
            published = self._node.published
            reading = self._readings.of(hints)
            beside = self._readings.of(replace(hints, cache=False))
            around = presents(published.readable, reading, beside)
            return answer(around(dataset, 0), published.sequence)

        return await self._readers.run(in_time(run))


def _bounded(keys: Sequence[RecordKey]) -> None:
    if len(keys) > KEYS_MAX:
        raise TooLarge(f"ask about at most {KEYS_MAX:,} keys at a time")
