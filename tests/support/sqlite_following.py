"""A SQLite stream read into a dict, as an applier would, and broken off anywhere."""

import sqlite3
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from gateway.sources.api import Batch, Op, Setup
from gateway.sources.sqlite import outbox
from gateway.sources.sqlite.position import read_position
from gateway.sources.sqlite.stream import SqliteKind, SqliteSettings

PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT UNIQUE, spent REAL, tag)"


class Following:
    """A stream that is read into a dict of rows, and may be broken off at any place."""

    def __init__(self, path: Path, table: str, **settings: Any) -> None:
        given = SqliteSettings(file=str(path), poll_ms=1, **settings)
        self.setup = Setup("src_1", (table,), given)
        self.path = path
        self.rows: dict[tuple[object, ...], dict[str, object]] = {}
        self.position: str | None = None
        self.refused = 0
        self.batches = 0
        self.emptied = 0

    async def catch_up(self, breaks_after: int = 10**9, *, at_least: int = 0) -> None:
        """Open the stream where it was left, read to the end or a number of batches, close it."""
        fewest = self.batches + at_least
        stream = await SqliteKind().open(self.setup)
        try:
            async with aclosing(stream.batches(self.position)) as batches:
                while breaks_after > 0 and (self.batches < fewest or not self.is_current()):
                    batch = await anext(batches)
                    breaks_after -= 1
                    self.take(batch)
                    if breaks_after:
                        await stream.acknowledge(batch.position)
        finally:
            await stream.close()

    def is_current(self) -> bool:
        """Whether everything that was committed has been read."""
        if self.position is None:
            return False
        place = read_position(self.position)
        assert place is not None
        with closing(sqlite3.connect(self.path)) as file:
            last = file.execute(outbox.LAST).fetchone()
        return place.copying is None and len(place.done) == 1 and place.seq >= (last or (0,))[0]

    def take(self, batch: Batch) -> None:
        """Do what a batch says, as an applier would."""
        for event in batch.events:
            key = tuple(event.key.values())
            if event.op is Op.TRUNCATE:
                self.rows.clear()
                self.emptied += 1
            elif event.op is Op.DELETE:
                self.rows.pop(key, None)
            else:
                self.rows[key] = dict(event.values)
        self.refused += len(batch.refused)
        self.position = batch.position
        self.batches += 1


def connected(path: Path) -> "closing[sqlite3.Connection]":
    """The application's own connection."""
    app = sqlite3.connect(path, isolation_level=None)
    app.execute("PRAGMA synchronous = OFF")
    return closing(app)


def content(path: Path) -> bytes:
    """All of a file."""
    return path.read_bytes()


def restore(path: Path, data: bytes) -> None:
    """Put this in the place of the file."""
    path.write_bytes(data)


def rows_of(path: Path, table: str, *key: str) -> dict[tuple[object, ...], dict[str, object]]:
    """What the table holds, by key."""
    with connected(path) as app:
        app.row_factory = sqlite3.Row
        quoted = table.replace('"', '""')
        rows = [dict(row) for row in app.execute(f'SELECT * FROM "{quoted}"')]
    return {tuple(row[name] for name in key): row for row in rows}
