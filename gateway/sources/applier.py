"""Batches of a stream made durable: one applier for every kind.

The last part of a batch carries the position of the whole batch, each part before it one of its
own. Opened again after a crash, the stream is read from the end of the last whole batch, and a
part that was applied already is left out: nothing is lost, nothing is applied twice, and no
record ever goes back to what it was before.
"""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.erasure.suppressed import CODE, MESSAGE
from gateway.sources import reached
from gateway.sources.api import Batch, Event, Refused, Stream, StreamStopped
from gateway.sources.columns import field_of, new_dataset
from gateway.sources.reached import Counts, Reached
from gateway.sources.translation import Translated, Translation
from gateway.sources.window import Window
from indexer.api import Index
from indexer.model.errors import BadSchema, UnknownDataset
from indexer.model.ids import DatasetName
from indexer.model.record import Change, Delete, Origin
from indexer.model.schema import Schema
from indexer.plan.nodes import EVERYTHING
from indexer.plan.program import program_of

Returning = Callable[[Schema, Sequence[Change]], Collection[int]]
"""The places of changes that would bring erased records back."""

GONE_ROWS = 50_000
"""Records removed in one durable step where a dataset is emptied."""
NAMES_MAX = 100
"""Names of ignored columns remembered."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tables go to which datasets, and whether those may grow."""

    source_id: str
    tables: Mapping[str, DatasetName]
    add_fields: bool = False


@dataclass(slots=True)
class Report:
    """What a source's applier has done so far, updated as it goes."""

    position: str | None = None
    counts: Counts = field(default_factory=Counts)
    ignored_fields: set[str] = field(default_factory=set)
    at_us: int | None = None
    """When the last event that was applied was made."""
    refused: deque[Refused] = field(default_factory=lambda: deque(maxlen=NAMES_MAX))
    """Events left out since somebody took these away."""


def _nobody(_: Schema, __: Sequence[Change]) -> Collection[int]:
    return ()


class Applier:
    """Applies one source's batches, one after another. Made anew whenever a stream is opened."""

    def __init__(
        self, index: Index, wanted: Wanted, report: Report, returning: Returning = _nobody
    ) -> None:
        self._index = index
        self._returning = returning
        self._wanted = wanted
        self._report = report
        self._translations: dict[DatasetName, Translation] = {}
        self._parts: dict[DatasetName, Reached] = {}

    async def begin(self) -> str | None:
        """The position to read on after; None at the source's beginning."""
        positions = await self._index.positions()
        whole = reached.of_source(self._wanted.source_id, positions)
        for dataset in set(self._wanted.tables.values()):
            part = reached.of_part(self._wanted.source_id, dataset, positions)
            if part is not None:
                self._parts[dataset] = part
        if whole is None:
            return None
        self._report.position, self._report.counts = whole.position, whole.counts
        return whole.position

    async def remember(self, events: Sequence[Event], stream: Stream) -> None:
        """Learn the orders of events that were applied before."""
        for dataset, own in self._grouped(events).items():
            try:
                translation = await self._translation(dataset, ())
            except UnknownDataset:
                continue
            await asyncio.to_thread(translation.changes, own, stream.fit)

    async def apply(self, batch: Batch, stream: Stream) -> None:
        """Make a batch durable and visible. Cost: one durable step for each dataset in it.

        Raises: StreamStopped; UnknownDataset, DiskFull and whatever else the index raises: then
        the stream must be opened again, and an applier made anew.
        """
        groups = self._grouped(batch.events)
        mapped = sum(map(len, groups.values()))
        counts = Counts(
            events=len(batch.events) + len(batch.refused),
            rejected=len(batch.refused),
            ignored=len(batch.events) - mapped,
        )
        parts: list[tuple[DatasetName, Translated]] = []
        for dataset, events in groups.items():
            done = self._parts.get(dataset)
            if done is not None and stream.includes(done.position, batch.position):
                counts = counts.plus(done.counts)
                self._parts[dataset] = Reached(done.position)  # counted once
                await self.remember(events, stream)
                continue
            translation = await self._translation(dataset, events)
            parts.append(
                (dataset, await asyncio.to_thread(self._translated, translation, events, stream))
            )
        moved = batch.position != self._report.position
        if not parts and (batch.refused or mapped or moved):
            # Nothing to change, but something to remember: with a dataset that is there.
            parts += [(name, Translated()) for name in await self._known_dataset()]
        await self._put(batch, parts, counts)
        self._report.refused.extend(batch.refused)
        self._report.position = batch.position if parts else self._report.position
        self._report.at_us = _latest(batch.events, self._report.at_us)

    def _translated(
        self, translation: Translation, events: Sequence[Event], stream: Stream
    ) -> Translated:
        """The changes but those that would bring somebody back, which are refused by name."""
        made, schema = translation.changes(events, stream.fit), translation.schema
        places = frozenset(self._returning(schema, made.changes))
        if not places:
            return made
        kept = [each for place, each in enumerate(made.changes) if place not in places]
        refused = [*made.refused, *[Refused(schema.name, CODE, MESSAGE)] * len(places)]
        return replace(made, changes=kept, refused=refused)

    def _grouped(self, events: Sequence[Event]) -> dict[DatasetName, list[Event]]:
        groups: dict[DatasetName, list[Event]] = {}
        for event in events:
            dataset = self._wanted.tables.get(event.table)
            if dataset is not None:
                groups.setdefault(dataset, []).append(event)
        return groups

    async def _put(
        self, batch: Batch, parts: Sequence[tuple[DatasetName, Translated]], counts: Counts
    ) -> None:
        for place, (dataset, made) in enumerate(parts, start=1):
            gone = await self._emptied(dataset, made)
            own = Counts(
                applied=gone + len(made.changes), rejected=len(made.refused), late=made.late
            )
            counts = counts.plus(own)
            if place < len(parts):
                name, at = reached.part_name(self._wanted.source_id, dataset), own
            else:
                name, at = self._wanted.source_id, self._report.counts.plus(counts)
            position = reached.to_text(Reached(batch.position, at))
            await self._index.apply(dataset, made.changes, Origin(source=name, position=position))
            self._report.refused.extend(made.refused)
        self._report.counts = self._report.counts.plus(counts)

    async def _emptied(self, dataset: DatasetName, made: Translated) -> int:
        """Remove every record but the spared ones; how many. Done again after a crash."""
        if made.spared is None:
            return 0
        gone = 0
        every = program_of([EVERYTHING])
        async for rows in self._index.rows(dataset, every, fields=(), batch_rows=GONE_ROWS):
            keys = [key for key in rows.column("_key").to_pylist() if key not in made.spared]
            await self._index.apply(dataset, [Delete(key) for key in keys])
            gone += len(keys)
        return gone

    async def _translation(self, dataset: DatasetName, events: Sequence[Event]) -> Translation:
        """The dataset's translation, with a field for every column of the events if they grow."""
        schema = await self._schema(dataset, events)
        if schema.key is None:
            raise StreamStopped(f"{dataset} makes its own keys; a stream needs a key column")
        translation = self._translations.get(dataset)
        if translation is None:
            translation = self._translations[dataset] = Translation(schema, Window())
        translation.take(schema)
        unknown = translation.unknown_columns(events)
        if unknown and self._wanted.add_fields:
            fields = [field_of(name, event) for name, event in unknown.items()]
            known = [each for each in fields if each is not None]
            grown = replace(schema, fields=(*schema.fields, *known))
            with contextlib.suppress(BadSchema):
                translation.take(await self._index.alter(grown))
                unknown = translation.unknown_columns(events)
        self._ignore(unknown)
        return translation

    async def _schema(self, dataset: DatasetName, events: Sequence[Event]) -> Schema:
        try:
            return await self._index.schema(dataset)
        except UnknownDataset:
            if not (events and self._wanted.add_fields):
                raise
        made = new_dataset(dataset, events)
        if made is None:
            raise StreamStopped(f"make {dataset} first: its table has no key of one column")
        return await self._index.create(made)

    async def _known_dataset(self) -> list[DatasetName]:
        """One dataset of the source's, if any exists yet."""
        for name in self._wanted.tables.values():
            with contextlib.suppress(UnknownDataset):
                return [(await self._index.schema(name)).name]
        return []

    def _ignore(self, names: Iterable[str]) -> None:
        ignored = self._report.ignored_fields
        ignored.update(itertools.islice(names, NAMES_MAX - len(ignored)))


def _latest(events: Sequence[Event], before: int | None) -> int | None:
    times = [event.at_us for event in events if event.at_us is not None]
    return max(times) if times else before
