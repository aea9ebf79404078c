"""Following a PostgreSQL database, a real one: copy and stream meet, and nothing is lost."""

import random
import signal
from collections.abc import Iterator
from contextlib import aclosing, closing
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from msgspec.structs import replace

from evaluator.changes.values import from_json
from evaluator.condition.local_time import LocalTime
from gateway.sources import cells
from gateway.sources.api import Event, StreamInterrupted
from gateway.sources.postgres.messages import lsn_from
from gateway.sources.postgres.position import read_position
from gateway.sources.postgres.stream import COPY_ROWS, PostgresKind
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.postgres_following import ENOUGH, PEOPLE, Following, rows_of


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
    postgres: PostgresServer, database: str, identity: str
) -> None:
    """Long values that aren't sent again, moved keys, rollbacks; broken off anywhere."""
    dice = random.Random(4)
    postgres.do(PEOPLE, f"ALTER TABLE people REPLICA IDENTITY {identity}", database=database)
    # Stored apart and never compressed, so that an untouched note is not sent.
    postgres.do("ALTER TABLE people ALTER note SET STORAGE EXTERNAL", database=database)
    following = Following(postgres, database, "people")
    todo = transactions(dice, "people")
    with closing(psycopg2.connect(postgres.url(database))) as app:
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

    assert rows_of(postgres, database, "people", "id") == following.tables["people"]
    kept = any(event.kept for batch in following.batches for event in batch.events)
    assert kept == (identity == "DEFAULT")


async def test_the_copy_and_the_stream_meet_exactly(
    postgres: PostgresServer, database: str
) -> None:
    """What is written while the copy runs comes once, after it."""
    rows = COPY_ROWS * 3
    postgres.do(PEOPLE, f"INSERT INTO people SELECT n, 'a', 'b' FROM generate_series(1, {rows}) n",
              database=database)  # fmt: skip
    following = Following(postgres, database, "people")
    stream = await PostgresKind().open(following.setup)
    async with aclosing(stream.batches(None)) as batches:
        following.take(await anext(batches))
        postgres.do("DELETE FROM people WHERE id % 2 = 0", "UPDATE people SET id = -id",
                  "INSERT INTO people VALUES (0, 'new', 'row')", database=database)  # fmt: skip
        while not any(event.key == {"id": 0} for event in following.batches[-1].events):
            following.take(await anext(batches))
    await stream.close()

    assert rows_of(postgres, database, "people", "id") == following.tables["people"]
    assert rows == sum(len(batch.events) for batch in following.batches if batch.snapshot)


async def test_a_copy_that_broke_off_begins_again(postgres: PostgresServer, database: str) -> None:
    """With the table emptied: what was deleted meanwhile was never told."""
    rows = COPY_ROWS * 2
    postgres.do(PEOPLE, f"INSERT INTO people SELECT n, 'a', 'b' FROM generate_series(1, {rows}) n",
              database=database)  # fmt: skip
    following = Following(postgres, database, "people")
    await following.catch_up(breaks_after=1)
    postgres.do("DELETE FROM people WHERE id < 100", database=database)

    await following.catch_up()

    assert rows_of(postgres, database, "people", "id") == following.tables["people"]


async def test_one_large_transaction_is_given_in_parts(
    postgres: PostgresServer, database: str
) -> None:
    """And goes on inside of it after a break, not from its start."""
    postgres.do(PEOPLE, database=database)
    following = Following(postgres, database, "people")
    await following.catch_up()
    postgres.do(
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
    with running_postgres() as postgres:
        postgres.do(PEOPLE)
        following = Following(postgres, "postgres", "people")
        await following.catch_up()
        postgres.do("INSERT INTO people VALUES (1, 'a', 'b')")
        stream = await PostgresKind().open(following.setup)
        async with aclosing(stream.batches(following.position)) as batches:
            while (1,) not in following.tables["people"]:
                following.take(await anext(batches))
            postgres.stop(signal.SIGQUIT)
            with pytest.raises(StreamInterrupted):
                await anext(batches)
        await stream.close()
        with pytest.raises(StreamInterrupted, match="can't be reached"):
            await PostgresKind().open(following.setup)
        postgres.start()
        postgres.do("INSERT INTO people VALUES (2, 'c', 'd')")

        await following.catch_up()

        assert rows_of(postgres, "postgres", "people", "id") == following.tables["people"]


async def test_only_what_was_acknowledged_is_forgotten_by_the_server(
    postgres: PostgresServer, database: str
) -> None:
    """The slot stays where the last acknowledged batch ended."""
    postgres.do(PEOPLE, database=database)
    following = Following(postgres, database, "people")
    await following.catch_up()
    postgres.do("INSERT INTO people VALUES (1, 'a', 'b')", database=database)

    await following.catch_up(acknowledging=False)
    unconfirmed = confirmed(postgres, following)
    last = read_position(following.position)
    await following.catch_up()

    assert last is not None
    assert unconfirmed < last.lsn - 1 <= confirmed(postgres, following)


def confirmed(postgres: PostgresServer, following: Following) -> int:
    """How far the slot was confirmed, once its reader is gone."""
    query = (
        "SELECT active, confirmed_flush_lsn::text FROM pg_replication_slots"
        f" WHERE slot_name = 'cardinal_{following.setup.id}'"
    )
    while (found := postgres.ask(query)[0])[0]:
        pass
    return lsn_from(found[1])


async def test_values_of_all_types_fit_their_fields(
    postgres: PostgresServer, database: str
) -> None:
    """The same from the copy as from the stream; a blob makes no field."""
    postgres.do(
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
    following = Following(postgres, database, "wide")
    await following.catch_up()
    postgres.do("UPDATE wide SET id = 2", database=database)
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


async def test_forgetting_drops_what_was_made(postgres: PostgresServer, database: str) -> None:
    """A slot that is left behind would fill the server's disk."""
    postgres.do(PEOPLE, database=database)
    following = Following(postgres, database, "people")
    await following.catch_up()

    await PostgresKind().forget(following.setup)

    slots = postgres.ask("SELECT 1 FROM pg_replication_slots WHERE database = current_database()",
                       database)  # fmt: skip
    assert [] == slots
    assert [] == postgres.ask("SELECT 1 FROM pg_publication", database)


async def test_lag_is_what_the_slot_holds(postgres: PostgresServer, database: str) -> None:
    """In bytes of the server's log."""
    postgres.do(PEOPLE, database=database)
    following = Following(postgres, database, "people")
    await following.catch_up()
    many = "INSERT INTO people SELECT n, 'a', repeat('b', 100) FROM generate_series(1, 5000) n"
    postgres.do(many, database=database)
    stream = await PostgresKind().open(following.setup)

    lag = await stream.lag()

    await stream.close()
    assert lag.bytes is not None
    assert 500_000 < lag.bytes


async def test_a_table_that_is_altered_keeps_coming(
    postgres: PostgresServer, database: str
) -> None:
    """Every row is read by the shape that its table had then."""
    postgres.do(PEOPLE, database=database)
    following = Following(postgres, database, "people")
    await following.catch_up()
    postgres.do("INSERT INTO people VALUES (1, 'a', 'b')", "ALTER TABLE people ADD age int",
              "INSERT INTO people VALUES (2, 'c', 'd', 30)", "ALTER TABLE people DROP note",
              "INSERT INTO people VALUES (3, 'e', 31)", database=database)  # fmt: skip

    await following.catch_up()

    assert {
        (1,): {"id": 1, "email": "a", "note": "b"},
        (2,): {"id": 2, "email": "c", "note": "d", "age": 30},
        (3,): {"id": 3, "email": "e", "age": 31},
    } == following.tables["people"]


async def test_several_tables_share_their_transactions(
    postgres: PostgresServer, database: str
) -> None:
    """In any schema, with any name, under the names they were asked for by."""
    order = 'CREATE TABLE shop."Order" (a int, b text, PRIMARY KEY (b, a))'
    postgres.do("CREATE SCHEMA shop", order,
              PEOPLE, "CREATE TABLE other (id int PRIMARY KEY)", database=database)  # fmt: skip
    following = Following(postgres, database, "people", 'shop."Order"')
    await following.catch_up()
    postgres.do("INSERT INTO people VALUES (1, 'a', 'b')", "INSERT INTO other VALUES (1)",
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
