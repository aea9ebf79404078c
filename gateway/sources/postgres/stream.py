"""The change stream of a PostgreSQL database: a consistent copy, then every transaction after it.

The slot is made first and exports a snapshot; what that shows is copied, and the stream begins
exactly behind it. A copy that was broken off is begun again, with the tables emptied first. The
server is told to forget a transaction only once it was applied and made durable here.
"""

import asyncio
import re
import select
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from functools import partial
from typing import Any, ParamSpec, TypeVar

from psycopg2 import sql
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from gateway.sources import cells
from gateway.sources.api import (
    Batch,
    Event,
    Lag,
    Op,
    Setup,
    StreamInterrupted,
    StreamStopped,
)
from gateway.sources.postgres.database import Database, PgTable, replication, snapshot_rows
from gateway.sources.postgres.faults import told
from gateway.sources.postgres.messages import BadMessage, Message, decode, lsn_from, lsn_text
from gateway.sources.postgres.position import Position, read_position
from gateway.sources.postgres.transactions import Followed, Transactions
from gateway.sources.postgres.types import fields_of
from indexer.model.schema import Field
from indexer.runtime.clock import stopwatch_ms

COPY_ROWS = 2_000
WAIT_S = 0.25
"""A thread waits so long for the server, then looks whether it is still wanted."""
IDLE_EVERY_MS = 1_000.0
"""A batch without events is given so often where there is nothing else."""
BEAT_EVERY_MS = 15_000.0
BEAT_BYTES = 16 << 20
"""A quiet stream gets on once the slot holds so much of the server's log."""

P = ParamSpec("P")
T = TypeVar("T")


class PostgresSettings(BaseModel):
    """Where the database is, as a URL of libpq. Everything else has a good default.

    ``publication`` names one that is there; without it we make our own. ``empty_first`` empties
    the datasets before the first copy.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    url: str
    publication: str | None = Setting(default=None, min_length=1, max_length=63)
    empty_first: bool = False


class PostgresKind:
    """PostgreSQL servers from version 10 on."""

    settings: type[BaseModel] = PostgresSettings

    async def open(self, setup: Setup) -> "PostgresStream":
        """Connect, and see to it that the tables can be followed.

        Raises: StreamInterrupted, StreamStopped.
        """
        return await asyncio.to_thread(_opened, setup)

    async def forget(self, setup: Setup) -> None:
        """Drop the slot and the publication that were made for this source."""
        await asyncio.to_thread(_forget, setup)


class PostgresStream:
    """See ``gateway.sources.api.Stream``."""

    def __init__(
        self, setup: Setup, settings: PostgresSettings, database: Database, tables: list[PgTable]
    ) -> None:
        self._settings = settings
        self._database = database
        self._tables = tables
        self._slot = _name(setup)
        self._publication = settings.publication or self._slot
        self._replication: Any = None
        self._cursor: Any = None
        self._pages: Generator[Batch] | None = None
        self._beaten_at_ms = self._given_at_ms = stopwatch_ms()
        # Connections are for one thread at a time.
        self._alone = asyncio.Lock()

    async def batches(self, after: str | None) -> AsyncGenerator[Batch]:
        """See ``Stream``."""
        position = read_position(after)
        if position is None or position.copying:
            self._pages = await self._do(self._begin_copy, position)
            while (page := await self._do(next, self._pages, None)) is not None:
                position = read_position(page.position)
                yield page
            assert position is not None, "a copy gives at least its end"
        transactions = Transactions(
            {
                (table.schema, table.name): Followed(table.asked, table.key)
                for table in self._tables
            },
            self._database.form,
            position,
        )
        await self._do(self._follow, position)
        while True:
            batch = await self._do(self._next, transactions)
            if batch is not None:
                yield batch

    async def recent(self, position: str) -> Sequence[Event]:  # noqa: ARG002 - a Stream is asked so
        """Nothing: transactions come in the order in which they were committed."""
        return ()

    def fit(self, field: Field, value: object) -> object:
        """See ``gateway.sources.cells``."""
        return cells.fit(field, value)

    def includes(self, position: str, other: str) -> bool:
        """See ``Stream``."""
        here, there = read_position(position), read_position(other)
        return here is not None and (there is None or here.includes(there))

    async def acknowledge(self, position: str) -> None:
        """Let the server forget what is before it."""
        read = read_position(position)
        if read is not None and not read.copying:
            await self._do(self._confirm, read.lsn)

    async def lag(self) -> Lag:
        """Bytes of the server's log that weren't confirmed."""
        return Lag(bytes=await self._do(self._database.behind, self._slot))

    async def close(self) -> None:
        """See ``Stream``."""
        async with self._alone:
            await asyncio.to_thread(self._close)

    def _begin_copy(self, former: Position | None) -> Generator[Batch]:
        """A slot made anew, and the pages of what its snapshot shows."""
        slot = self._database.slot(self._slot)
        if slot is not None:
            # It belongs to a copy that was broken off: its snapshot is gone.
            self._database.drop_slot(self._slot)
        self._replication = replication(self._settings.url)
        create = sql.SQL("CREATE_REPLICATION_SLOT {} LOGICAL pgoutput")
        with told("the slot can't be made"), self._replication.cursor() as cursor:
            cursor.execute(create.format(sql.Identifier(self._slot)))
            _, start, snapshot, _ = cursor.fetchone()
        number = 1 if former is None else former.copy + 1
        empty = former is not None or self._settings.empty_first
        return self._copied(number, start, snapshot, empty=empty)

    def _copied(self, number: int, start: str, snapshot: str, *, empty: bool) -> Generator[Batch]:
        rows = 0
        if empty:
            events = [Event(table.asked, Op.TRUNCATE) for table in self._tables]
            yield Batch(Position(number, rows).text(), events, snapshot=True)
        for table in self._tables:
            fields = fields_of(table.columns)
            forms = [form for form in table.columns if form.field is not None]
            for page in snapshot_rows(self._settings.url, snapshot, table, COPY_ROWS):
                events = []
                for row in page:
                    values = {
                        form.name: None if text is None else form.read(text)
                        for form, text in zip(forms, row, strict=True)
                    }
                    key = {name: values[name] for name in table.key if name in values}
                    events.append(
                        Event(table.asked, Op.UPSERT, key=key, values=values, columns=fields)
                    )
                rows += len(page)
                yield Batch(Position(number, rows).text(), events, snapshot=True)
        # The snapshot lasted as long as this connection had nothing else to do.
        yield Batch(Position(number, 0, lsn_from(start)).text())

    def _follow(self, position: Position) -> None:
        """Start to stream behind a position."""
        slot = self._database.slot(self._slot)
        if slot is None or slot.lost or slot.confirmed > position.lsn:
            raise StreamStopped(
                f"the slot '{self._slot}' is gone or was read by somebody else, and with it changes"
                " were lost: remove this source and add it again with empty_first, which copies"
                " the tables anew"
            )
        if self._replication is None:
            self._replication = replication(self._settings.url)
        options = {"proto_version": "1", "publication_names": _quoted(self._publication)}
        if self._database.tells_messages:
            options["messages"] = "true"
        with told("the stream can't be started"):
            self._cursor = self._replication.cursor()
            self._cursor.start_replication(
                slot_name=self._slot, decode=False, start_lsn=lsn_text(position.lsn),
                options=options,
            )  # fmt: skip

    def _next(self, transactions: Transactions) -> Batch | None:
        """The next batch; None if nothing came for a while."""
        waited = False
        with told("the stream broke off"):
            while not transactions.ripe:
                message = self._cursor.read_message()
                if message is not None:
                    transactions.take(_decoded(message.payload))
                    continue
                if waited or (transactions.between and transactions.holds):
                    break
                select.select([self._replication], [], [], WAIT_S)
                waited = True
        if transactions.ripe or (transactions.between and transactions.holds):
            self._given_at_ms = stopwatch_ms()
            return transactions.give()
        return self._idle(transactions)

    def _idle(self, transactions: Transactions) -> Batch | None:
        """Now and then a batch without events, and a beat where its position is far behind."""
        now = stopwatch_ms()
        if now - self._beaten_at_ms >= BEAT_EVERY_MS:
            self._beaten_at_ms = now
            if (self._database.behind(self._slot) or 0) >= BEAT_BYTES:
                self._database.beat()
        if transactions.between and now - self._given_at_ms >= IDLE_EVERY_MS:
            self._given_at_ms = now
            return transactions.give()
        return None

    def _confirm(self, lsn: int) -> None:
        with told("the stream broke off"):
            if self._cursor is not None and lsn > 0:
                # One less than the end of the last message: else the driver would confirm what
                # comes after it by itself, and nobody could tell any more what was lost.
                self._cursor.send_feedback(flush_lsn=lsn - 1, force=True)

    def _close(self) -> None:
        if self._pages is not None:
            self._pages.close()
        for connection in (self._replication, self._database):
            if connection is not None:
                connection.close()

    async def _do(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        async with self._alone:
            working = asyncio.ensure_future(asyncio.to_thread(partial(work, *given, **named)))
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                # A connection must not be closed under a thread that reads it.
                await asyncio.wait([working])
                raise


def _decoded(payload: bytes) -> Message:
    try:
        return decode(payload)
    except BadMessage as fault:
        raise StreamStopped(f"the server's messages can't be read: {fault}") from None


def _opened(setup: Setup) -> PostgresStream:
    settings = _settings(setup)
    database = Database(settings.url)
    try:
        database.check_log()
        tables = [database.table(name) for name in setup.tables]
        if settings.publication is not None:
            database.check_publication(settings.publication, tables)
        else:
            database.publish(_name(setup), tables)
    except (StreamInterrupted, StreamStopped):
        database.close()
        raise
    return PostgresStream(setup, settings, database, tables)


def _forget(setup: Setup) -> None:
    settings, name = _settings(setup), _name(setup)
    database = Database(settings.url)
    try:
        if database.slot(name) is not None:
            database.drop_slot(name)
        if settings.publication is None:
            database.unpublish(name)
    finally:
        database.close()


def _name(setup: Setup) -> str:
    """The name of the slot, and of a publication of our own."""
    return "cardinal_" + re.sub(r"[^a-z0-9_]", "_", setup.id.lower())


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _settings(setup: Setup) -> PostgresSettings:
    assert isinstance(setup.settings, PostgresSettings), setup.settings
    return setup.settings
