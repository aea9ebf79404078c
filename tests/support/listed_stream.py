"""A change stream that is a list, and an index that breaks when it is told to."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from gateway.sources.api import Batch, Event, Lag, Refused, Stream
from gateway.sources.applier import Applier, Report, Returning, Wanted
from indexer.api import Index
from indexer.model.errors import Overloaded, Unavailable
from indexer.model.ids import DatasetName
from indexer.model.record import UNKNOWN_ORIGIN, Applied, Change, Origin
from indexer.model.schema import Field


class ListedStream:
    """Positions count entries; ``sizes`` says how many go into each batch, over and over."""

    def __init__(
        self, entries: Sequence[Event | Refused], sizes: Sequence[int] = (3,), recent_max: int = 100
    ) -> None:
        self._entries = entries
        self._sizes = sizes
        self._recent_max = recent_max
        self.acknowledged: str | None = None

    async def batches(self, after: str | None) -> AsyncIterator[Batch]:
        """Ends where the list does, unlike any other stream."""
        start = int(after or 0)
        for size in itertools.cycle(self._sizes):
            some = self._entries[start : start + size]
            if not some:
                return
            start += len(some)
            yield Batch(
                str(start),
                [each for each in some if isinstance(each, Event)],
                [each for each in some if isinstance(each, Refused)],
            )

    async def recent(self, position: str) -> Sequence[Event]:
        """See ``Stream``."""
        some = self._entries[max(0, int(position) - self._recent_max) : int(position)]
        return [each for each in some if isinstance(each, Event)]

    def fit(self, field: Field, value: object) -> object:
        """Values are in a field's form already."""
        return value

    def includes(self, position: str, other: str) -> bool:
        """See ``Stream``."""
        return int(position) >= int(other)

    async def acknowledge(self, position: str) -> None:
        """See ``Stream``."""
        self.acknowledged = position

    async def lag(self) -> Lag:
        """See ``Stream``."""
        return Lag(entries=len(self._entries) - int(self.acknowledged or 0))

    async def close(self) -> None:
        """See ``Stream``."""


class BreakingIndex:
    """An index whose process ends, so to speak, before or after some of its steps."""

    def __init__(
        self,
        index: Index,
        breaks: Iterator[str],
        watch: Callable[[DatasetName], Awaitable[None]] | None = None,
    ) -> None:
        self._index = index
        self._breaks = breaks
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    async def apply(
        self, dataset: DatasetName, changes: Sequence[Change], origin: Origin = UNKNOWN_ORIGIN
    ) -> Applied:
        """See ``Index``."""
        how = next(self._breaks, "never")
        if how == "before":
            raise Overloaded("broken before the step")
        applied = await self._index.apply(dataset, changes, origin)
        if self._watch is not None:
            await self._watch(dataset)
        if how == "after":
            raise Overloaded("broken after the step")
        return applied


async def followed_to_its_end(
    index: Any,
    stream: Stream,
    tables: Mapping[str, str],
    *,
    add_fields: bool = False,
    source_id: str = "src_1",
    returning: Returning | None = None,
) -> Report:
    """Apply all of a stream, opening it again whenever the index breaks."""
    datasets = {table: DatasetName(name) for table, name in tables.items()}
    wanted = Wanted(source_id, datasets, add_fields)
    while True:
        report = Report()
        applier = Applier(index, wanted, report, *([returning] if returning else []))
        try:
            after = await applier.begin()
            if after is not None:
                await applier.remember(await stream.recent(after), stream)
            async for batch in stream.batches(after):
                await applier.apply(batch, stream)
                await stream.acknowledge(batch.position)
        except Unavailable:
            continue
        return report
