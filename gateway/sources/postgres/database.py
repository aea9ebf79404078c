"""A PostgreSQL database as a stream prepares it: checked, with a publication and a slot.

Blocking. Nothing is made before everything is known to work: a table without a key in a
publication would break the application's own updates.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extras import LogicalReplicationConnection

from gateway.sources.api import StreamStopped
from gateway.sources.postgres.faults import told
from gateway.sources.postgres.messages import lsn_from
from gateway.sources.postgres.types import (
    UNKNOWN,
    ColumnForm,
    SqlType,
    column_form,
)

CONNECT_WITHIN_S = 10
SLOT_LOOKS_MAX = 60
"""Twenty a second."""
_OPTIONS = (
    "-c datestyle=ISO -c timezone=GMT -c intervalstyle=postgres -c extra_float_digits=3"
    " -c bytea_output=hex -c client_encoding=UTF8 -c statement_timeout=0"
)
"""The same text for a value whatever the server or the role is set to. GMT needs no zone files."""
_TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)
"""
_COLUMNS = """
SELECT attname, atttypid, atttypmod FROM pg_attribute
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
_TYPES = """
SELECT oid, typname, typcategory = 'A' AND typtype = 'b', CASE typtype WHEN 'd' THEN typbasetype
       ELSE 0 END, typtypmod FROM pg_type WHERE typtype IN ('b', 'd', 'e', 'r', 'm', 'c')
"""
_SLOT = """
SELECT active_pid, confirmed_flush_lsn::text, coalesce(to_jsonb(s) ->> 'wal_status', ''), database
FROM pg_replication_slots s WHERE slot_name = %s
"""
_BEHIND = """
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint
FROM pg_replication_slots WHERE slot_name = %s
"""
_TELLS_MESSAGES_FROM = 14_00_00
"""An older server tells of every transaction, also of those without anything for us."""


@dataclass(frozen=True, slots=True)
class PgTable:
    """A table under the name it is asked for by. ``key`` is its primary key, if it has one."""

    asked: str
    oid: int
    schema: str
    name: str
    key: tuple[str, ...]
    columns: tuple[ColumnForm, ...]

    @property
    def identifier(self) -> sql.Composable:
        """Its name in a statement."""
        return sql.Identifier(self.schema, self.name)


@dataclass(frozen=True, slots=True)
class Slot:
    """A replication slot; ``confirmed`` is how far its reader said it is done."""

    active_pid: int | None
    confirmed: int
    lost: bool


class Database:
    """One ordinary connection. Every method raises: StreamInterrupted, StreamStopped."""

    def __init__(self, url: str) -> None:
        self._url = url
        with told("PostgreSQL can't be reached"):
            self._connection = psycopg2.connect(
                url, connect_timeout=CONNECT_WITHIN_S, options=_OPTIONS,
                application_name="cardinal",
            )  # fmt: skip
        self._connection.autocommit = True
        self._types: Mapping[int, SqlType] = {}

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def table(self, asked: str) -> PgTable:
        """A table as it is now, checked to be one that can be followed."""
        found = self._one(_TABLES, (asked,), "the table can't be looked up")
        if found is None:
            raise StreamStopped(f"the database has no table '{asked}': write SCHEMA.TABLE")
        oid, schema, name, kind, identity, key = found
        if kind != "r":
            raise StreamStopped(f"'{asked}' is no ordinary table: name the tables it is made from")
        if identity == "n" or (identity == "d" and not key):
            raise StreamStopped(
                f"'{asked}' has no primary key, and publishing it would make every update of it"
                " fail: give it one, or ALTER TABLE … REPLICA IDENTITY FULL"
            )
        return PgTable(asked, oid, schema, name, tuple(key or ()), self._columns(oid))

    def form(self, name: str, type_oid: int, modifier: int) -> ColumnForm:
        """How the values of a column of that type are read."""
        if type_oid not in self._types:
            self._types = self._read_types()
        return column_form(name, self._types.get(type_oid, UNKNOWN), modifier)

    def check_log(self) -> None:
        """The server must write what logical replication needs."""
        level = self._one("SHOW wal_level", (), "the server can't be asked")
        if level != ("logical",):
            raise StreamStopped(
                "the server's wal_level is not logical: set wal_level = logical and restart it"
            )

    def publish(self, publication: str, tables: Sequence[PgTable]) -> None:
        """Make the publication, or bring ours up to these tables."""
        exists = self._one(
            "SELECT 1 FROM pg_publication WHERE pubname = %s", (publication,), "it can't be asked"
        )
        names = sql.SQL(", ").join(table.identifier for table in tables)
        verb = (
            "ALTER PUBLICATION {} SET TABLE {}" if exists else "CREATE PUBLICATION {} FOR TABLE {}"
        )
        if exists and self._published(publication) == {(t.schema, t.name) for t in tables}:
            return
        self._do(sql.SQL(verb).format(sql.Identifier(publication), names), "it can't be published")

    def check_publication(self, publication: str, tables: Sequence[PgTable]) -> None:
        """Somebody else's publication must be there and tell everything about these tables."""
        found = self._one(
            "SELECT pubinsert AND pubupdate AND pubdelete FROM pg_publication WHERE pubname = %s",
            (publication,), "the publication can't be looked up",
        )  # fmt: skip
        if found is None:
            raise StreamStopped(
                f"there is no publication '{publication}': CREATE PUBLICATION … FOR TABLE …"
            )
        if not found[0]:
            raise StreamStopped(f"'{publication}' must publish inserts, updates and deletes")
        there = self._published(publication)
        for table in tables:
            if (table.schema, table.name) not in there:
                raise StreamStopped(f"the publication '{publication}' is without '{table.asked}'")

    def unpublish(self, publication: str) -> None:
        """Drop the publication if it is there."""
        drop = sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(publication))
        self._do(drop, "the publication can't be dropped")

    def slot(self, name: str) -> Slot | None:
        """The slot as it is now; None if there is none."""
        found = self._one(_SLOT, (name,), "the slot can't be looked up")
        if found is None:
            return None
        pid, confirmed, status, _ = found
        return Slot(pid, lsn_from(confirmed) if confirmed else 0, status == "lost")

    def drop_slot(self, name: str) -> None:
        """Drop the slot, once the reader that was just closed has let go of it."""
        for _ in range(SLOT_LOOKS_MAX):
            found = self.slot(name)
            if found is None or found.active_pid is None:
                break
            self._do(sql.SQL("SELECT pg_sleep(0.05)"), "the slot can't be waited for")
        self._do(sql.SQL("SELECT pg_drop_replication_slot({})").format(sql.Literal(name)),
                 "the slot can't be dropped")  # fmt: skip

    def behind(self, slot: str) -> int | None:
        """Bytes of log that the slot's reader hasn't confirmed; None where the server can't say."""
        found = self._one(_BEHIND, (slot,), "the lag can't be asked")
        return None if found is None or found[0] is None else int(found[0])

    def beat(self) -> None:
        """Write a word into the log, so that a reader of quiet tables gets on."""
        if self.tells_messages:
            self._do(sql.SQL("SELECT pg_logical_emit_message(true, 'cardinal', '')"), "no beat")

    @property
    def tells_messages(self) -> bool:
        """Whether the stream can be asked for words that are written into the log."""
        return bool(self._connection.server_version >= _TELLS_MESSAGES_FROM)

    def _columns(self, table_oid: int) -> tuple[ColumnForm, ...]:
        with told("the table can't be looked up"), self._connection.cursor() as cursor:
            cursor.execute(_COLUMNS, (table_oid,))
            return tuple(self.form(*row) for row in cursor.fetchall())

    def _published(self, publication: str) -> set[tuple[str, str]]:
        with told("the publication can't be read"), self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = %s",
                (publication,),
            )
            return {(schema, name) for schema, name in cursor.fetchall()}

    def _read_types(self) -> Mapping[int, SqlType]:
        with told("the types can't be read"), self._connection.cursor() as cursor:
            cursor.execute(_TYPES)
            rows = {row[0]: row for row in cursor.fetchall()}
        return {oid: _resolved(rows, oid) for oid in rows}

    def _one(self, query: str, given: tuple[object, ...], where: str) -> tuple[Any, ...] | None:
        with told(where), self._connection.cursor() as cursor:
            cursor.execute(query, given)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def _do(self, statement: sql.Composable, where: str) -> None:
        with told(where), self._connection.cursor() as cursor:
            cursor.execute(statement)


def replication(url: str) -> LogicalReplicationConnection:
    """A connection that speaks the replication protocol. Raises: StreamInterrupted."""
    with told("PostgreSQL gives no replication connection"):
        return psycopg2.connect(
            url, connection_factory=LogicalReplicationConnection, options=_OPTIONS,
            connect_timeout=CONNECT_WITHIN_S, application_name="cardinal",
        )  # fmt: skip


def snapshot_rows(
    url: str, snapshot: str, table: PgTable, page_rows: int
) -> Generator[list[tuple[str | None, ...]]]:
    """The rows that an exported snapshot shows, as texts, page by page.

    Of the columns that have a field. Raises: StreamInterrupted, StreamStopped.
    """
    columns = [form.name for form in table.columns if form.field is not None]
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in columns)
    query = sql.SQL("SELECT {} FROM ONLY {}").format(texts, table.identifier)
    with told(f"'{table.asked}' can't be copied"):
        connection = psycopg2.connect(
            url, connect_timeout=CONNECT_WITHIN_S, options=_OPTIONS, application_name="cardinal"
        )
        try:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as begin:
                begin.execute("SET TRANSACTION SNAPSHOT %s", (snapshot,))
            with connection.cursor(name="cardinal_copy") as cursor:
                cursor.execute(query)
                while rows := cursor.fetchmany(page_rows):
                    yield rows
        finally:
            connection.close()


def _resolved(rows: Mapping[int, tuple[Any, ...]], oid: int) -> SqlType:
    _, name, is_array, base, modifier = rows[oid]
    if base in rows:
        below = _resolved(rows, base)
        return SqlType(below.name, below.is_array, max(modifier, below.modifier))
    return SqlType(name, is_array)
