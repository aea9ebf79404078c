"""A client's answers made in this process, over an index of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from evaluator import api
from evaluator.changes.intake import ChangeIntake, ChangeLimits
from evaluator.condition.decode import decode_json
from evaluator.condition.limits import ConditionLimits
from evaluator.filling import fill
from evaluator.results import (
    Applied,
    BinShare,
    Bitmap,
    Breakdown,
    Count,
    Defined,
    Explanation,
    Loaded,
    Overlap,
    Rejected,
    ValueShare,
)
from evaluator.roaring.writing import pieces
from evaluator.segments import AskedSegments, NoSegments, Segments
from evaluator.service import LocalEvaluator
from evaluator.values import to_json
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import BinCount, ValueCount
from indexer.model.schema import Field, Link
from indexer.runtime.clock import Clock, SystemClock

SHARD_BITS = 20
"""Of datasets in memory and of a new folder."""
CONDITION_BYTES_MAX = ConditionLimits().json_bytes_max


class LocalAsker:
    """``evaluator.asker.Asker`` in this process."""

    def __init__(self, index: LocalIndex, segments: Segments, clock: Clock) -> None:
        self._index = index
        self._evaluator = LocalEvaluator(index, clock=clock, definitions=segments)
        self._segments = AskedSegments(self._evaluator, segments)
        self._changes = ChangeIntake(index, ChangeLimits())

    @classmethod
    async def open(
        cls, folder: Path | None, *, segments: Segments | None = None, clock: Clock | None = None
    ) -> Self:
        """Over a data folder, or in memory. Raises: FolderInUse, SnapshotCorrupt, LogCorrupt."""
        clock = clock or SystemClock()
        index = await LocalIndex.open(folder, shard_bits=SHARD_BITS, clock=clock)
        return cls(index, segments or NoSegments(), clock)

    async def count(
        self, dataset: DatasetName, condition: str, now: datetime | None, *, per_node: bool
    ) -> Count:
        """See ``Asker``."""
        found = await self._evaluator.count(dataset, _read(condition), now=now, per_node=per_node)
        return Count(
            members=found.count,
            total=found.total,
            as_of=found.as_of,
            now=found.now,
            elapsed_ms=found.elapsed_ms,
            per_node=found.per_node,
            resolved=found.resolved,
        )

    async def overlap(
        self, dataset: DatasetName, conditions: Sequence[str], now: datetime | None
    ) -> Overlap:
        """See ``Asker``."""
        told = [_read(each) for each in conditions]
        found = await self._evaluator.overlap(dataset, told, now=now)
        return Overlap(found.sizes, found.intersections, found.jaccard, found.regions, found.as_of)

    async def breakdown(
        self,
        dataset: DatasetName,
        condition: str,
        field: FieldName,
        now: datetime | None,
        *,
        limit: int,
        bins: int | None,
    ) -> Breakdown:
        """See ``Asker``."""
        spread = await self._evaluator.breakdown(
            dataset, _read(condition), field, limit=limit, bins=bins, now=now
        )
        found = spread.breakdown
        items = tuple(_share(spread.field, item) for item in found.items)
        return Breakdown(items, found.null, found.other, found.as_of)

    async def explain(
        self, dataset: DatasetName, condition: str, key: RecordKey | None, now: datetime | None
    ) -> Explanation:
        """See ``Asker``."""
        found = await self._evaluator.explain(dataset, _read(condition), key=key, now=now)
        return _explanation(found.root)

    async def describe(self, dataset: DatasetName, condition: str) -> str:
        """See ``Asker``."""
        return await self._evaluator.describe(dataset, _read(condition))

    async def contains(
        self,
        dataset: DatasetName,
        condition: str,
        keys: Sequence[RecordKey],
        now: datetime | None,
    ) -> Sequence[bool]:
        """See ``Asker``."""
        return await self._evaluator.contains(dataset, _read(condition), keys, now=now)

    async def bitmap(self, dataset: DatasetName, condition: str, now: datetime | None) -> Bitmap:
        """See ``Asker``."""
        found = await self._evaluator.bitmaps(dataset, _read(condition), now=now)
        made: Bitmap = Bitmap.deserialize(b"".join(pieces(found)))
        made.sequence = found.as_of
        return made

    async def rows(
        self,
        dataset: DatasetName,
        condition: str,
        fields: Sequence[FieldName],
        now: datetime | None,
        *,
        batch_rows: int,
    ) -> AsyncIterator[pa.RecordBatch]:
        """See ``Asker``."""
        coming: Any = self._evaluator.rows(
            dataset, _read(condition), fields=fields, batch_rows=batch_rows, now=now
        )
        async with aclosing(coming):
            async for batch in coming:
                yield batch

    async def segment(self, segment: str) -> Defined:
        """See ``Asker``."""
        found = self._segments.find(segment)
        return Defined(found.id, found.version, found.name, found.dataset)

    async def apply(self, dataset: DatasetName, changes: str, key: str | None) -> Applied:
        """See ``Asker``."""
        done = await self._changes.apply_changes(dataset, changes.encode(), key)
        rejected = tuple(Rejected(one.index, one.code, one.message) for one in done.rejected)
        return Applied(done.sequence, done.applied, done.unchanged, rejected)

    async def load(
        self,
        dataset: DatasetName,
        file: Path,
        *,
        key: FieldName | None,
        mode: str,
        links: Sequence[Link],
    ) -> Loaded:
        """See ``Asker``."""
        return await fill(self._index, dataset, file, key=key, mode=mode, links=links)

    async def close(self) -> None:
        """See ``Asker``."""
        await asyncio.to_thread(self._changes.close)
        await self._index.close()


def _read(condition: str) -> Any:
    return decode_json(condition, CONDITION_BYTES_MAX)


def _share(field: Field, item: ValueCount | BinCount) -> ValueShare | BinShare:
    if isinstance(item, ValueCount):
        return ValueShare(to_json(field, item.value), item.count)
    return BinShare(to_json(field, item.low), to_json(field, item.high), item.count)


def _explanation(node: api.Explanation) -> Explanation:
    value = node.value
    return Explanation(
        path=node.path,
        text=node.text,
        method=node.method,
        estimate=node.estimate,
        actual=node.actual,
        ms=node.ms,
        cached=node.cached,
        holds=node.holds,
        value=None if value is None else to_json(value.field, value.value),
        children=tuple(map(_explanation, node.children)),
    )
