"""The change stream of a SQLite file: first all rows, in pages, then what the outbox says.

What is copied may change meanwhile: the outbox is read from a mark taken before the first page,
and a row is always given as it is when it is read, so that both meet in the end. A table whose
triggers were gone, or of which entries are missing, is emptied and copied again; one that got
columns is copied again.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from gateway.sources import cells
from gateway.sources.api import (
    Batch,
    Event,
    Lag,
    Op,
    Refused,
    Setup,
    StreamInterrupted,
    StreamStopped,
)
from gateway.sources.sqlite import outbox
from gateway.sources.sqlite.fields import declared_fields, survey
from gateway.sources.sqlite.file import PAGE_ROWS, Entry, Key, SqliteFile, SqlRow, key_from_entry
from gateway.sources.sqlite.position import Position, read_position
from gateway.sources.sqlite.table import SqlTable
from indexer.model.schema import Field
from indexer.runtime.clock import stopwatch_ms

TRIM_EVERY_MS = 2_000.0
"""Entries that are done with may lie in the file for so long."""

IDLE_EVERY_MS = 1_000.0
"""A batch without events is given so often where there is nothing else."""
UNREAD = -1
"""The mark of a reader whose first batch was not applied yet."""
NO_KEY = "a row's key is empty, or neither a whole number nor a text"

P = ParamSpec("P")
T = TypeVar("T")


class SqliteSettings(BaseModel):
    """A file on the machine of the service. ``keys`` names a unique column to go by, by table."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    file: str
    poll_ms: int = Setting(default=50, ge=1, le=60_000)
    keys: dict[str, str] = {}


class SqliteKind:
    """SQLite files on this machine."""

    settings: type[BaseModel] = SqliteSettings

    async def open(self, setup: Setup) -> "SqliteStream":
        """Open the file and see to it that its tables are captured.

        Raises: StreamInterrupted, StreamStopped.
        """
        return await asyncio.to_thread(_opened, setup)

    async def forget(self, setup: Setup) -> None:
        """Take the triggers of the tables away that nobody else follows."""
        await asyncio.to_thread(_forget, setup)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A table, and the fields that its columns would be."""

    table: SqlTable
    fields: Mapping[str, Field]


class SqliteStream:
    """See ``gateway.sources.api.Stream``."""

    def __init__(
        self,
        setup: Setup,
        settings: SqliteSettings,
        file: SqliteFile,
        tables: Sequence[SqlTable],
        shape: int,
    ) -> None:
        self._reader = setup.id
        self._poll_s = settings.poll_ms / 1e3
        self._keys = settings.keys
        self._file = file
        self._shape = shape
        self._tables = {table.name: _Watched(table, declared_fields(table)) for table in tables}
        self._position = Position(0)
        self._read = 0
        self._done = self._trimmed = UNREAD
        self._trimmed_at_ms = self._given_at_ms = stopwatch_ms()
        # The file is for one thread at a time; the loop asks for lag and trimming in between.
        self._alone = asyncio.Lock()

    async def batches(self, after: str | None) -> AsyncGenerator[Batch]:
        """See ``Stream``."""
        position, again = await self._do(self._start, after)
        self._position = position
        self._read = position.seq
        async for batch in self._copied(position, again):
            yield batch
        commits = None
        while True:
            seen, shape = await self._do(self._file.version)
            if shape != self._shape:
                await self._do(self._look_again)
                self._shape = shape
            if seen != commits:
                commits = seen
                async for batch in self._new_entries():
                    yield self._give(batch)
            await self._do(self._trim_in_time)
            if stopwatch_ms() - self._given_at_ms >= IDLE_EVERY_MS:
                yield self._give(Batch(self._position.text()))
            await asyncio.sleep(self._poll_s)

    async def recent(self, position: str) -> Sequence[Event]:  # noqa: ARG002 - a Stream is asked so
        """Nothing: entries never change places."""
        return ()

    def fit(self, field: Field, value: object) -> object:
        """See ``gateway.sources.cells``."""
        return cells.fit(field, value)

    def includes(self, position: str, other: str) -> bool:
        """See ``Stream``."""
        here, there = read_position(position), read_position(other)
        return here is not None and (there is None or here.includes(there))

    async def acknowledge(self, position: str) -> None:
        """Remember it; the outbox is trimmed now and then, never while the file is busy."""
        read = read_position(position)
        if read is not None:
            self._done = max(self._done, read.seq)
            await self._do(self._trim_in_time)

    async def lag(self) -> Lag:
        """The entries that wait in the outbox."""
        return Lag(entries=await self._do(self._file.waiting, self._read))

    async def close(self) -> None:
        """See ``Stream``."""
        async with self._alone:
            self._file.close()

    def _start(self, after: str | None) -> tuple[Position, frozenset[str]]:
        """Where to go on, and the tables that must be emptied before they are copied again."""
        known = read_position(after) if after is not None else None
        last = self._file.last_entry()
        marks = self._file.marks(self._reader)
        if known is None:
            # Marks without a position: it was applied and forgotten, so the rows may be old.
            lost = frozenset(name for name, (mark, _) in marks.items() if mark != UNREAD)
            copies = max((copies for _, copies in marks.values()), default=0) + bool(lost)
            self._file.mark(self._reader, tuple(self._tables), UNREAD, copies)
            self._trimmed = UNREAD
            return Position(last, copies), lost
        sound = {
            name
            for name, (mark, copies) in marks.items()
            if mark <= known.seq <= last and copies == known.copies
        }
        begun = {*known.done, known.copying} - sound
        lost = frozenset(name for name in self._tables if name in begun)
        done = {
            name: watched.table.shape
            for name, watched in self._tables.items()
            if name in sound and known.done.get(name) == watched.table.shape
        }
        if lost:
            # Sound tables are read on from where they were: the outbox still has all of it.
            seq = known.seq if done else last
            return self._marked(Position(seq, known.copies + 1, done)), lost
        if known.copying in self._tables:
            return self._marked(replace(known, done=done)), lost
        return self._marked(replace(known, done=done, copying=None, after=None)), lost

    def _marked(self, position: Position) -> Position:
        """The position, told to the file, so that what comes after it is kept there.

        Until the first batch of new copies is applied, the file knows more copies than the
        index: who is interrupted then copies again.
        """
        self._file.mark(self._reader, tuple(self._tables), position.seq, position.copies)
        self._done = self._trimmed = position.seq
        return position

    async def _copied(self, position: Position, again: frozenset[str]) -> AsyncIterator[Batch]:
        """Every table that isn't done, page by page in the order of its key."""
        for name in [name for name in self._tables if name not in position.done]:
            table = self._tables[name].table
            fields = await self._do(survey, self._file, table)
            self._tables[name] = watched = _Watched(table, fields)
            key: Key | None = position.after if position.copying == name else None
            empty = [Event(name, Op.TRUNCATE, columns=fields)] if name in again else []
            while True:
                rows = await self._do(self._file.copy, table, key, PAGE_ROWS)
                events = empty + [_upsert(watched, row) for row in rows]
                empty = []
                if len(rows) < PAGE_ROWS:
                    break
                key = _key_of(table, rows[-1])
                position = replace(position, copying=name, after=_place_of(key))
                yield Batch(position.text(), events, snapshot=True)
            done = {**position.done, name: table.shape}
            position = replace(position, done=done, copying=None, after=None)
            yield Batch(position.text(), events, snapshot=True)
        self._position = position
        yield Batch(position.text())

    async def _new_entries(self) -> AsyncIterator[Batch]:
        while True:
            entries, batch = await self._do(self._next_page)
            if not entries:
                return
            yield batch

    def _next_page(self) -> tuple[int, Batch]:
        """The next entries, how many, and what they say of our tables, all of one moment."""
        with self._file.still():
            entries = self._file.page(self._read)
            events: list[Event] = []
            refused: list[Refused] = []
            for name, watched in self._tables.items():
                keys, bad = _keys(name, entries)
                refused += bad
                rows = self._file.rows(
                    watched.table, [key for key, op in keys.items() if op == outbox.UPSERT]
                )
                # A key whose row is gone was deleted since, or pushed out by a REPLACE.
                events += [
                    _upsert(watched, rows[key]) if key in rows else _delete(watched, key)
                    for key in keys
                ]
        if entries:
            self._read = entries[-1][0]
        self._position = replace(self._position, seq=self._read)
        return len(entries), Batch(self._position.text(), events, refused)

    def _look_again(self) -> None:
        """A table was changed. What matters is done when the stream is opened again."""
        for name, watched in self._tables.items():
            table = self._file.table(name, self._keys.get(name))
            if not self._file.is_captured(table):
                raise StreamInterrupted("a table was made anew without its triggers")
            if table.shape != watched.table.shape:
                raise StreamInterrupted("a table has other columns now")

    def _trim_in_time(self) -> None:
        many = self._done - self._trimmed >= PAGE_ROWS
        late = stopwatch_ms() - self._trimmed_at_ms >= TRIM_EVERY_MS
        if self._done > self._trimmed and (many or late or self._trimmed == UNREAD):
            self._trimmed_at_ms = stopwatch_ms()
            copies = self._position.copies
            if self._file.trim(self._reader, tuple(self._tables), self._done, copies):
                self._trimmed = self._done

    def _give(self, batch: Batch) -> Batch:
        self._given_at_ms = stopwatch_ms()
        return batch

    async def _do(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        async with self._alone:
            working = asyncio.ensure_future(asyncio.to_thread(partial(work, *given, **named)))
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                # The file must not be closed under a thread that reads it.
                await asyncio.wait([working])
                raise


def _opened(setup: Setup) -> SqliteStream:
    settings = _settings(setup)
    file = SqliteFile(Path(settings.file))
    try:
        before = None
        while before != (shape := file.version()[1]):
            # Once more after triggers were made, or where a table is altered at this moment.
            before = shape
            tables = [_captured(file, name, settings.keys.get(name)) for name in setup.tables]
    except (StreamInterrupted, StreamStopped):
        file.close()
        raise
    return SqliteStream(setup, settings, file, tables, shape)


def _captured(file: SqliteFile, name: str, key: str | None) -> SqlTable:
    table = file.table(name, key)
    if not file.is_captured(table):
        file.install(table)
    return table


def _forget(setup: Setup) -> None:
    path = Path(_settings(setup).file)
    if not path.is_file():
        return
    with closing(SqliteFile(path)) as file:
        file.leave(setup.id)
        for table in setup.tables:
            if not file.is_followed(table):
                file.remove(table)


def _settings(setup: Setup) -> SqliteSettings:
    assert isinstance(setup.settings, SqliteSettings), setup.settings
    return setup.settings


def _keys(table: str, entries: Sequence[Entry]) -> tuple[dict[Key, str], list[Refused]]:
    """What happened last to each key of a table, and the entries without a key."""
    keys: dict[Key, str] = {}
    refused = []
    for _, name, text, op in entries:
        if name != table:
            continue
        key = key_from_entry(text)
        if None in key:
            refused.append(Refused(table, "no_key", NO_KEY))
        else:
            keys.pop(key, None)
            keys[key] = op
    return keys, refused


def _key_of(table: SqlTable, row: SqlRow) -> Key:
    return tuple(row[place] for place in table.key_places)


def _place_of(key: Key) -> tuple[int | str, ...]:
    """A key to go on after: only rows are copied whose key is whole numbers and texts."""
    return tuple(value for value in key if isinstance(value, int | str))


def _upsert(watched: _Watched, row: SqlRow) -> Event:
    values = {
        name: value
        for name, value in zip(watched.table.names, row, strict=True)
        if name in watched.fields
    }
    key = dict(zip(watched.table.key, _key_of(watched.table, row), strict=True))
    return Event(watched.table.name, Op.UPSERT, key=key, values=values, columns=watched.fields)


def _delete(watched: _Watched, key: Key) -> Event:
    named = dict(zip(watched.table.key, key, strict=True))
    return Event(watched.table.name, Op.DELETE, key=named, columns=watched.fields)
