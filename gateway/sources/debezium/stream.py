"""Redis Streams read through a consumer group, as a change stream.

The index alone knows how far it has read: when the stream is opened, the group is put to where
the index stands. What the group was told is only for people who watch it, and for its lag.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import msgspec

from gateway.sources.api import (
    BEFORE_ALL,
    Batch,
    Event,
    Lag,
    Refused,
    StreamInterrupted,
    StreamStopped,
)
from gateway.sources.debezium.envelope import NOTHING, Envelopes
from gateway.sources.debezium.redis_link import FIRST, Entry, Facts, Id, RedisLink, id_of, text_of
from gateway.sources.debezium.types import Unsaid, fit
from indexer.model.schema import Field

ENTRIES_AT_A_TIME = 2_000
"""In all streams together."""
WAIT_MS = 1_000
RECENT_ENTRIES = 2_000
"""The sink sends again within a batch of at most 500 entries, so nothing moves further."""
_DESCRIBED = Unsaid(decimals="text")
"""Where a schema says which decimals are bytes, the others are texts."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """How far one stream was read: the last entry's id, and how many came with and before it."""

    id: str
    read: int

    @property
    def entry(self) -> Id:
        """The id as numbers."""
        return id_of(self.id.encode())


Places = dict[str, Place]


class RedisStreams:
    """See ``Stream``."""

    def __init__(
        self,
        link: RedisLink,
        *,
        streams: Sequence[str],
        group: str,
        tables: Iterable[str],
        placeholder: str,
        unsaid: Unsaid,
    ) -> None:
        self._link = link
        self._streams = streams
        self._group = group
        self._unsaid = unsaid
        self._envelopes = Envelopes(tables, placeholder)
        self._places: Places = {}
        self._unacknowledged: dict[str, list[Id]] = {stream: [] for stream in streams}

    async def batches(self, after: str | None) -> AsyncIterator[Batch]:
        """See ``Stream``."""
        self._places = _places(after)
        for stream in self._streams:
            await self._begin(stream)
        count = max(1, ENTRIES_AT_A_TIME // len(self._streams))
        while True:
            told = await self._link.read(self._streams, self._group, count=count, wait_ms=WAIT_MS)
            yield await asyncio.to_thread(self._batch, told)

    async def recent(self, position: str) -> Sequence[Event]:
        """See ``Stream``."""
        events: list[Event] = []
        for stream, place in _places(position).items():
            if stream in self._streams:
                entries = await self._link.before(stream, place.entry, RECENT_ENTRIES)
                events += self._read(stream, entries)[0]
        return events

    def fit(self, field: Field, value: object) -> object:
        """See ``Stream``."""
        return fit(field, value, _DESCRIBED if self._envelopes.described else self._unsaid)

    def includes(self, position: str, other: str) -> bool:
        """See ``Stream``."""
        here = _places(position)
        return all(
            stream in here and here[stream].entry >= place.entry
            for stream, place in _places(other).items()
        )

    async def acknowledge(self, position: str) -> None:
        """See ``Stream``."""
        for stream, place in _places(position).items():
            waiting = self._unacknowledged.get(stream)
            if waiting:
                done = [entry for entry in waiting if entry <= place.entry]
                await self._link.acknowledge(stream, self._group, done)
                self._unacknowledged[stream] = waiting[len(done) :]

    async def lag(self) -> Lag:
        """See ``Stream``. Looks as well whether entries were removed before they were read."""
        entries: int | None = 0
        for stream in self._streams:
            facts = await self._link.facts(stream)
            if facts is not None:
                _check_nothing_lost(stream, facts, self._places.get(stream))
            waiting = await self._link.waiting(stream, self._group)
            entries = None if entries is None or waiting is None else entries + waiting
        return Lag(entries=entries)

    async def close(self) -> None:
        """See ``Stream``."""
        await self._link.close()

    async def _begin(self, stream: str) -> None:
        facts = await self._link.facts(stream)
        place = self._places.get(stream)
        if facts is not None:
            _check_nothing_lost(stream, facts, place)
            if place is not None and facts.length and facts.last < place.entry:
                raise StreamInterrupted(
                    f"the stream {stream} ends before what was read of it: Redis lost its end"
                )
        if place is None:
            # What was removed before we came is nobody's loss.
            gone = facts.added - facts.length if facts is not None and facts.added else 0
            place = Place(text_of(FIRST), max(0, gone))
        self._places[stream] = place
        await self._link.place_group(stream, self._group, place.entry, place.read)
        # A former process may have applied these without telling; the rest is delivered again.
        async for entries in self._link.pending(stream, self._group):
            done = [entry for entry in entries if entry <= place.entry]
            await self._link.acknowledge(stream, self._group, done)

    def _batch(self, told: Sequence[tuple[str, list[Entry]]]) -> Batch:
        events: list[Event] = []
        refused: list[Refused] = []
        for stream, entries in told:
            good, bad = self._read(stream, entries)
            events += good
            refused += bad
            ids = [entry for entry, _ in entries]
            self._unacknowledged[stream] += ids
            read = self._places[stream].read + len(ids)
            self._places[stream] = Place(text_of(ids[-1]), read)
        position = msgspec.json.encode(self._places, order="sorted").decode()
        return Batch(position, events, refused, snapshot=_is_snapshot(events))

    def _read(self, stream: str, entries: Iterable[Entry]) -> tuple[list[Event], list[Refused]]:
        events: list[Event] = []
        refused: list[Refused] = []
        for entry, fields in entries:
            key, value = _key_and_value(fields)
            match self._envelopes.read(stream, key, value, text_of(entry)):
                case Event() as event:
                    events.append(event)
                case Refused() as bad:
                    refused.append(bad)
                case None:
                    pass
        return events, refused


def _key_and_value(fields: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Of an entry in either of the sink's forms: the key as a name, or names and headers."""
    if len(fields) == 2 and fields[0] != b"value":
        return fields[0], fields[1]
    named: Mapping[bytes, bytes] = dict(zip(fields[::2], fields[1::2], strict=True))
    return named.get(b"key", NOTHING), named.get(b"value", b"{}")


def _places(position: str | None) -> Places:
    return {} if position is None else msgspec.json.decode(position, type=Places)


def _is_snapshot(events: Sequence[Event]) -> bool:
    return bool(events) and all(event.order == BEFORE_ALL for event in events)


def _check_nothing_lost(stream: str, facts: Facts, place: Place | None) -> None:
    """Redis removes the oldest entries first: if more are gone than were read, some never were."""
    if place is None or facts.added is None:
        return
    lost = facts.added - facts.length - place.read
    if lost > 0:
        raise StreamStopped(
            f"{lost} entries of the stream {stream} were removed before they were read: make"
            " Debezium take a new snapshot, then remove this source and make it again"
        )
