"""Following a PostgreSQL database, a real one: copy and stream meet, and nothing is lost."""

import random
import signal
from collections.abc import Iterator, Mapping
from contextlib import aclosing, closing
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from msgspec.structs import replace

from evaluator.changes.values import from_json
from evaluator.condition.local_time import LocalTime
from gateway.sources import cells
from gateway.sources.api import Batch, Event, Op, Setup, StreamInterrupted, StreamStopped
from gateway.sources.postgres.messages import lsn_from
from gateway.sources.postgres.position import read_position
from gateway.sources.postgres.stream import COPY_ROWS, PostgresKind, PostgresSettings
from tests.support.postgres import PostgresServer, running_postgres

ENOUGH = 10**9
PEOPLE = "CREATE TABLE people (id int PRIMARY KEY, email text, note text)"
Rows = dict[tuple[object, ...], dict[str, object]]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One server for all tests; each has a database of its own."""
    with running_postgres() as running:
        yield running


@pytest.fixture
def database(server: PostgresServer, request: pytest.FixtureRequest) -> str:
    """A new database, named after its test."""
    name = f"d{abs(hash(request.node.name)):x}"
    server.do(f"CREATE DATABASE {name}")
    return name


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


def transactions(dice: random.Random, table: str) -> Iterator[list[str]]:
    """What an application may do, a list of statements each."""
    again = "ON CONFLICT (id) DO UPDATE SET email = 'again'"
    free = f"NOT EXISTS (SELECT 1 FROM {table} WHERE id"
    while True:
        steps = []
        for _ in range(dice.randrange(1, 6)):
            key, other = dice.randrange(25), dice.randrange(25)
            long = "".join(dice.choice("abcdefgh") for _ in range(40)) * 100
            steps.append(dice.choice([
                f"INSERT INTO {table} VALUES ({key}, '{key}@x', '{long}') {again}",
                f"UPDATE {table} SET email = 'e{other}' WHERE id <= {key}",
                f"UPDATE {table} SET note = NULL WHERE id = {key}",
                f"UPDATE {table} SET id = 100 + id WHERE id = {key}",
                f"UPDATE {table} SET id = id - 100 WHERE id = 100 + {key} AND {free} = {key})",
                f"DELETE FROM {table} WHERE id = {key}",
                f"DELETE FROM {table} WHERE id % 25 > {key}",
                *([f"TRUNCATE {table}"] if dice.random() < 0.1 else []),
            ]))  # fmt: skip
        yield steps


@pytest.mark.parametrize("identity", ["DEFAULT", "FULL"])
async def test_any_history_ends_in_the_same_rows(
    server: PostgresServer, database: str, identity: str
) -> None:
    """Long values that aren't sent again, moved keys, rollbacks; broken off anywhere."""
    dice = random.Random(4)
    server.do(PEOPLE, f"ALTER TABLE people REPLICA IDENTITY {identity}", database=database)
    # Stored apart and never compressed, so that an untouched note is not sent.
    server.do("ALTER TABLE people ALTER note SET STORAGE EXTERNAL", database=database)
    following = Following(server, database, "people")
    todo = transactions(dice, "people")
    with closing(psycopg2.connect(server.url(database))) as app:
        for step in range(150):
            try:
                with app, app.cursor() as cursor:
                    for statement in next(todo):
                        cursor.execute(statement)
                    if step % 9 == 0:
                        raise psycopg2.errors.UniqueViolation
            except psycopg2.errors.UniqueViolation:
                pass
            if step % 25 == 7:
                await following.catch_up(
                    dice.choice([1, 2, 3, ENOUGH]), acknowledging=dice.random() < 0.7
                )
    await following.catch_up()

    assert rows_of(server, database, "people", "id") == following.tables["people"]
    kept = any(event.kept for batch in following.batches for event in batch.events)
    assert kept == (identity == "DEFAULT")


async def test_the_copy_and_the_stream_meet_exactly(server: PostgresServer, database: str) -> None:
    """What is written while the copy runs comes once, after it."""
    rows = COPY_ROWS * 3
    server.do(PEOPLE, f"INSERT INTO people SELECT n, 'a', 'b' FROM generate_series(1, {rows}) n",
              database=database)  # fmt: skip
    following = Following(server, database, "people")
    stream = await PostgresKind().open(following.setup)
    async with aclosing(stream.batches(None)) as batches:
        following.take(await anext(batches))
        server.do("DELETE FROM people WHERE id % 2 = 0", "UPDATE people SET id = -id",
                  "INSERT INTO people VALUES (0, 'new', 'row')", database=database)  # fmt: skip
        while not any(event.key == {"id": 0} for event in following.batches[-1].events):
            following.take(await anext(batches))
    await stream.close()

    assert rows_of(server, database, "people", "id") == following.tables["people"]
    assert rows == sum(len(batch.events) for batch in following.batches if batch.snapshot)


async def test_a_copy_that_broke_off_begins_again(server: PostgresServer, database: str) -> None:
    """With the table emptied: what was deleted meanwhile was never told."""
    rows = COPY_ROWS * 2
    server.do(PEOPLE, f"INSERT INTO people SELECT n, 'a', 'b' FROM generate_series(1, {rows}) n",
              database=database)  # fmt: skip
    following = Following(server, database, "people")
    await following.catch_up(breaks_after=1)
    server.do("DELETE FROM people WHERE id < 100", database=database)

    await following.catch_up()

    assert rows_of(server, database, "people", "id") == following.tables["people"]


async def test_one_large_transaction_is_given_in_parts(
    server: PostgresServer, database: str
) -> None:
    """And goes on inside of it after a break, not from its start."""
    server.do(PEOPLE, database=database)
    following = Following(server, database, "people")
    await following.catch_up()
    server.do(
        "INSERT INTO people SELECT n, 'a', 'b' FROM generate_series(1, 12000) n", database=database
    )
    before = len(following.batches)

    await following.catch_up(breaks_after=1)
    await following.catch_up()

    sizes = [len(batch.events) for batch in following.batches[before:] if batch.events]
    assert [5_000, 5_000, 2_000] == sizes
    assert 12_000 == len(following.tables["people"])


async def test_a_killed_server_loses_nothing() -> None:
    """The stream is interrupted, and goes on where it was once the server is back."""
    with running_postgres() as server:
        server.do(PEOPLE)
        following = Following(server, "postgres", "people")
        await following.catch_up()
        server.do("INSERT INTO people VALUES (1, 'a', 'b')")
        stream = await PostgresKind().open(following.setup)
        async with aclosing(stream.batches(following.position)) as batches:
            while (1,) not in following.tables["people"]:
                following.take(await anext(batches))
            server.stop(signal.SIGQUIT)
            with pytest.raises(StreamInterrupted):
                await anext(batches)
        await stream.close()
        with pytest.raises(StreamInterrupted, match="can't be reached"):
            await PostgresKind().open(following.setup)
        server.start()
        server.do("INSERT INTO people VALUES (2, 'c', 'd')")

        await following.catch_up()

        assert rows_of(server, "postgres", "people", "id") == following.tables["people"]


async def test_only_what_was_acknowledged_is_forgotten_by_the_server(
    server: PostgresServer, database: str
) -> None:
    """The slot stays where the last acknowledged batch ended."""
    server.do(PEOPLE, database=database)
    following = Following(server, database, "people")
    await following.catch_up()
    server.do("INSERT INTO people VALUES (1, 'a', 'b')", database=database)

    await following.catch_up(acknowledging=False)
    unconfirmed = confirmed(server, following)
    last = read_position(following.position)
    await following.catch_up()

    assert last is not None
    assert unconfirmed < last.lsn - 1 <= confirmed(server, following)


def confirmed(server: PostgresServer, following: Following) -> int:
    """How far the slot was confirmed, once its reader is gone."""
    query = (
        "SELECT active, confirmed_flush_lsn::text FROM pg_replication_slots"
        f" WHERE slot_name = 'cardinal_{following.setup.id}'"
    )
    while (found := server.ask(query)[0])[0]:
        pass
    return lsn_from(found[1])


async def test_values_of_all_types_fit_their_fields(server: PostgresServer, database: str) -> None:
    """The same from the copy as from the stream; a blob makes no field."""
    server.do(
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE DOMAIN money_ AS numeric(10, 2)",
        "CREATE TABLE wide (id bigint PRIMARY KEY, flag bool, small int2, price numeric(8, 2),"
        " cost money_, any_number numeric, ratio float8, day date, at timestamp,"
        " at_zone timestamptz, word varchar(10), padded char(5), mood mood, tags text[],"
        " doc jsonb, code uuid, photo bytea, gone text)",
        "INSERT INTO wide VALUES (1, true, -5, 12.5, 3, 1e3, 0.1, '2024-02-29',"
        " '2024-02-29 10:00', '2024-02-29 10:00+02', 'wörd', 'ab', 'glad', '{a,\"b,c\",NULL}',"
        " '{\"a\": 1}', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '\\x00', NULL)",
        database=database,
    )
    following = Following(server, database, "wide")
    await following.catch_up()
    server.do("UPDATE wide SET id = 2", database=database)
    await following.catch_up()

    copied, streamed = [event for batch in following.batches for event in batch.events]
    expected: dict[str, tuple[str, object]] = {
        "id": ("int", 1), "flag": ("bool", True), "small": ("int", -5), "price": ("decimal", 1250),
        "cost": ("decimal", 300), "any_number": ("float", 1000.0), "ratio": ("float", 0.1),
        "day": ("date", 19_782), "at": ("timestamp", 1_709_200_800_000_000),
        "at_zone": ("timestamp", 1_709_193_600_000_000), "word": ("keyword", "wörd"),
        "padded": ("keyword", "ab"), "mood": ("keyword", "glad"), "tags": ("set", ("a", "b,c")),
        "doc": ("text", '{"a": 1}'), "code": ("keyword", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
        "gone": ("keyword", None),
    }  # fmt: skip
    assert expected == fitted(copied)
    assert {**expected, "id": ("int", 2)} == fitted(streamed)


def fitted(event: Event) -> dict[str, tuple[str, object]]:
    """By column, its type and value in stored form."""
    wall = LocalTime(ZoneInfo("UTC"))
    return {
        name: (field.type.value, from_json(field, cells.fit(field, event.values[name]), wall))
        for name, field in event.columns.items()
    }


FAULTS: Mapping[str, tuple[list[str], dict[str, Any], str]] = {
    "no such table": ([], {}, "no table 'people'"),
    "a view": (["CREATE VIEW people AS SELECT 1 AS id"], {}, "no ordinary table"),
    "no key": (["CREATE TABLE people (id int)"], {}, "no primary key"),
    "no identity": ([PEOPLE, "ALTER TABLE people REPLICA IDENTITY NOTHING"], {}, "no primary key"),
    "no publication": ([PEOPLE], {"publication": "mine"}, "no publication 'mine'"),
    "an empty publication": ([PEOPLE, "CREATE PUBLICATION mine"], {"publication": "mine"},
                             "'mine' is without 'people'"),
    "only inserts": ([PEOPLE, "CREATE PUBLICATION mine FOR TABLE people WITH (publish = 'insert')"],
                     {"publication": "mine"}, "must publish inserts, updates and deletes"),
    "no rights": ([PEOPLE, "DROP ROLE IF EXISTS visitor", "CREATE ROLE visitor LOGIN"],
                  {"user": "visitor"}, "give its role what it lacks"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_cannot_be_followed_says_why(
    server: PostgresServer, database: str, fault: str
) -> None:
    """Before anything is made that could disturb the application."""
    statements, given, said = FAULTS[fault]
    server.do(*statements, database=database)

    with pytest.raises(StreamStopped, match=said):
        await Following(server, database, "people", **given).catch_up()

    assert [] == server.ask("SELECT 1 FROM pg_publication WHERE pubname <> 'mine'", database)


async def test_a_server_without_the_needed_log_says_so() -> None:
    """wal_level is the first thing people forget."""
    with running_postgres(wal_level="replica") as server:
        server.do(PEOPLE)

        with pytest.raises(StreamStopped, match="wal_level = logical"):
            await PostgresKind().open(Following(server, "postgres", "people").setup)


async def test_a_slot_that_somebody_reads_is_waited_for(
    server: PostgresServer, database: str
) -> None:
    """A former connection may not be gone yet."""
    server.do(PEOPLE, database=database)
    following = Following(server, database, "people")
    await following.catch_up()
    first = await PostgresKind().open(following.setup)
    async with aclosing(first.batches(following.position)) as batches:
        await anext(batches)
        server.do("INSERT INTO people VALUES (1, 'a', 'b')", database=database)

        with pytest.raises(StreamInterrupted, match="another reader has the slot"):
            await following.catch_up()
    await first.close()
    await following.catch_up()


@pytest.mark.parametrize("loss", ["dropped", "read by another", "restored"])
async def test_lost_changes_stop_the_stream(
    server: PostgresServer, database: str, loss: str
) -> None:
    """Going on would leave the records wrong for ever, and nobody would know."""
    server.do(PEOPLE, database=database)
    following = Following(server, database, "people")
    await following.catch_up()
    former = following.position
    slot = f"cardinal_{following.setup.id}"
    server.do("INSERT INTO people VALUES (1, 'a', 'b')", database=database)
    if loss == "dropped":
        server.do(f"SELECT pg_drop_replication_slot('{slot}')")
    elif loss == "read by another":
        server.do(f"SELECT pg_replication_slot_advance('{slot}', pg_current_wal_lsn())",
                  database=database)  # fmt: skip
    else:
        await following.catch_up()
        following.position = former

    with pytest.raises(StreamStopped, match="copies the tables anew"):
        await following.catch_up()


async def test_forgetting_drops_what_was_made(server: PostgresServer, database: str) -> None:
    """A slot that is left behind would fill the server's disk."""
    server.do(PEOPLE, database=database)
    following = Following(server, database, "people")
    await following.catch_up()

    await PostgresKind().forget(following.setup)

    slots = server.ask("SELECT 1 FROM pg_replication_slots WHERE database = current_database()",
                       database)  # fmt: skip
    assert [] == slots
    assert [] == server.ask("SELECT 1 FROM pg_publication", database)


async def test_lag_is_what_the_slot_holds(server: PostgresServer, database: str) -> None:
    """In bytes of the server's log."""
    server.do(PEOPLE, database=database)
    following = Following(server, database, "people")
    await following.catch_up()
    server.do("INSERT INTO people SELECT n, 'a', repeat('b', 100) FROM generate_series(1, 5000) n",
              database=database)  # fmt: skip
    stream = await PostgresKind().open(following.setup)

    lag = await stream.lag()

    await stream.close()
    assert lag.bytes is not None
    assert 500_000 < lag.bytes


async def test_a_table_that_is_altered_keeps_coming(server: PostgresServer, database: str) -> None:
    """Every row is read by the shape that its table had then."""
    server.do(PEOPLE, database=database)
    following = Following(server, database, "people")
    await following.catch_up()
    server.do("INSERT INTO people VALUES (1, 'a', 'b')", "ALTER TABLE people ADD age int",
              "INSERT INTO people VALUES (2, 'c', 'd', 30)", "ALTER TABLE people DROP note",
              "INSERT INTO people VALUES (3, 'e', 31)", database=database)  # fmt: skip

    await following.catch_up()

    assert {
        (1,): {"id": 1, "email": "a", "note": "b"},
        (2,): {"id": 2, "email": "c", "note": "d", "age": 30},
        (3,): {"id": 3, "email": "e", "age": 31},
    } == following.tables["people"]


async def test_several_tables_share_their_transactions(
    server: PostgresServer, database: str
) -> None:
    """In any schema, with any name, under the names they were asked for by."""
    server.do("CREATE SCHEMA shop", 'CREATE TABLE shop."Order" (a int, b text, PRIMARY KEY (b, a))',
              PEOPLE, "CREATE TABLE other (id int PRIMARY KEY)", database=database)  # fmt: skip
    following = Following(server, database, "people", 'shop."Order"')
    await following.catch_up()
    server.do("INSERT INTO people VALUES (1, 'a', 'b')", "INSERT INTO other VALUES (1)",
              "INSERT INTO shop.\"Order\" VALUES (1, 'x')", database=database)  # fmt: skip
    await following.catch_up()

    assert {(1,)} == set(following.tables["people"])
    assert {(1, "x")} == set(following.tables['shop."Order"'])


def test_positions_are_ordered() -> None:
    """By copy, then by place in the log, then inside of a transaction."""
    place = read_position('{"lsn":5,"part":2}')
    assert place is not None

    assert place.includes(replace(place, part=1))
    assert place.includes(replace(place, lsn=4, part=9))
    assert not place.includes(replace(place, copy=2, lsn=0, rows=1))
    assert read_position("else") is None
