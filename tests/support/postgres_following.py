"""A PostgreSQL stream read into dicts, as an applier would, and broken off anywhere."""

from contextlib import aclosing, closing
from typing import Any

import psycopg2

from gateway.sources.api import Batch, Event, Op, Setup
from gateway.sources.postgres.messages import lsn_from
from gateway.sources.postgres.position import read_position
from gateway.sources.postgres.stream import PostgresKind, PostgresSettings
from tests.support.postgres import PostgresServer

ENOUGH = 10**9
PEOPLE = "CREATE TABLE people (id int PRIMARY KEY, email text, note text)"
Rows = dict[tuple[object, ...], dict[str, object]]


class Following:
    """A stream that is read into a dict of rows by table, and may be broken off at any place."""

    def __init__(self, server: PostgresServer, database: str, *tables: str, **given: Any) -> None:
        settings = PostgresSettings(url=server.url(database, given.pop("user", "owner")), **given)
        self.server, self.database = server, database
        self.setup = Setup(f"of_{database}", tables, settings)
        self.tables: dict[str, Rows] = {table: {} for table in tables}
        self.position: str | None = None
        self.batches: list[Batch] = []

    async def catch_up(self, breaks_after: int = ENOUGH, *, acknowledging: bool = True) -> None:
        """Open the stream where it was left, read to the end or a number of batches, close it."""
        stream = await PostgresKind().open(self.setup)
        end = self.server.ask("SELECT pg_current_wal_insert_lsn()::text", self.database)[0][0]
        self.server.do("SELECT pg_logical_emit_message(true, 'the', 'end')", database=self.database)
        try:
            async with aclosing(stream.batches(self.position)) as batches:
                while breaks_after > 0 and not self.is_beyond(end):
                    batch = await anext(batches)
                    breaks_after -= 1
                    self.take(batch)
                    if acknowledging and breaks_after:
                        await stream.acknowledge(batch.position)
        finally:
            await stream.close()

    def is_beyond(self, lsn: str) -> bool:
        """Whether something behind a place of the log has been read."""
        place = read_position(self.position)
        return place is not None and not place.copying and place.lsn > lsn_from(lsn)

    def take(self, batch: Batch) -> None:
        """Do what a batch says, as an applier would."""
        for event in batch.events:
            rows = self.tables[event.table]
            if event.op is Op.TRUNCATE:
                rows.clear()
            else:
                self._change(rows, event)
        self.position = batch.position
        self.batches.append(batch)

    def _change(self, rows: Rows, event: Event) -> None:
        key = tuple(event.key.values())
        before = tuple(event.old[name] for name in event.key) if event.old else key
        former = rows.pop(before, rows.get(key, {}))
        if event.op is Op.UPSERT:
            assert event.kept <= former.keys(), event.kept
            rows[key] = {**{name: former[name] for name in event.kept}, **event.values}


def rows_of(server: PostgresServer, database: str, table: str, *key: str) -> Rows:
    """What a table holds, by key."""
    with closing(psycopg2.connect(server.url(database))) as connection, connection.cursor() as all_:
        all_.execute(f"SELECT * FROM {table}")
        assert all_.description is not None
        names = [column.name for column in all_.description]
        rows = [dict(zip(names, row, strict=True)) for row in all_.fetchall()]
    return {tuple(row[name] for name in key): row for row in rows}
