"""Following a SQLite file: whatever an application does to a table, the records become the same."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from gateway.sources.api import Setup, StreamInterrupted
from gateway.sources.sqlite import outbox
from gateway.sources.sqlite.file import PAGE_ROWS
from gateway.sources.sqlite.stream import SqliteKind
from gateway.sources.sqlite.table import read_table
from tests.support.sqlite_following import (
    PEOPLE,
    Following,
    connected,
    content,
    restore,
    rows_of,
)

PAIRS = (
    'CREATE TABLE "odd \'name\'" (a TEXT, "b ""x""" INT, v TEXT, UNIQUE (v),'
    ' PRIMARY KEY (a, "b ""x""")) WITHOUT ROWID'
)
HISTORIES = 12
STEPS = 120


def person_steps(dice: random.Random) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Statements on ``people``, some of which fail."""
    while True:
        key, other = dice.randrange(20), dice.randrange(20)
        email, spent = f"{dice.randrange(20)}@x", dice.choice([None, 1.5, dice.random()])
        yield dice.choice([
            ("INSERT INTO people VALUES (?, ?, ?, 'n')", (key, email, spent)),
            ("INSERT OR REPLACE INTO people VALUES (?, ?, ?, 'r')", (key, email, spent)),
            ("INSERT INTO people VALUES (?, ?, ?, 'c') ON CONFLICT DO UPDATE SET spent = 7",
             (key, email, spent)),
            ("UPDATE people SET spent = ? WHERE id < ?", (spent, key)),
            ("UPDATE people SET id = ? WHERE id = ?", (other, key)),
            ("UPDATE OR REPLACE people SET id = ?, email = ? WHERE id = ?", (other, email, key)),
            ("DELETE FROM people WHERE id = ?", (key,)),
            ("DELETE FROM people WHERE id > ?", (15 + key // 2,)),
        ])  # fmt: skip


def pair_steps(dice: random.Random) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Statements on a table of two key columns, without rowids and with odd names."""
    table = "\"odd 'name'\""
    while True:
        a, b, v = dice.choice("aAb\0ü"), dice.randrange(4), dice.choice([None, *"vwxyz"])
        yield dice.choice([
            (f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", (a, b, v)),
            (f'UPDATE OR REPLACE {table} SET a = ?, v = ? WHERE "b ""x""" = ?', (a, v, b)),
            (f'UPDATE OR IGNORE {table} SET "b ""x""" = ? WHERE a = ?', (b, a)),
            (f"DELETE FROM {table} WHERE a = ?", (a,)),
        ])  # fmt: skip


@pytest.mark.parametrize("journal", ["wal", "delete"])
@pytest.mark.parametrize(
    ("table", "created", "key", "steps"),
    [
        ("people", PEOPLE, ("id",), person_steps),
        ("odd 'name'", PAIRS, ("a", 'b "x"'), pair_steps),
    ],
)
async def test_any_history_ends_in_the_same_rows(
    file: Path,
    journal: str,
    table: str,
    created: str,
    key: tuple[str, ...],
    steps: Callable[[random.Random], Iterator[tuple[str, tuple[object, ...]]]],
) -> None:
    """Replaced rows, moved keys and aborted statements too, broken off anywhere."""
    for seed in range(HISTORIES):
        dice = random.Random(seed)
        path = file.with_name(f"{seed}.db")
        following = Following(path, table)
        with connected(path) as app:
            app.execute(f"PRAGMA journal_mode = {journal}")
            app.execute(created)
            todo = steps(dice)
            for step in range(STEPS):
                do_or_fail(app, *next(todo))
                if step % 30 == 17:
                    await following.catch_up(breaks_after=dice.choice([1, 2, 10**9]))
            await following.catch_up()

        assert rows_of(path, table, *key) == following.rows
        assert 0 == following.refused


def do_or_fail(app: sqlite3.Connection, statement: str, given: tuple[object, ...]) -> None:
    """A statement of the application, which may run into its own constraints."""
    try:
        app.execute(statement, given)
    except sqlite3.IntegrityError:
        app.rollback()


async def test_many_rows_are_copied_in_pages_and_again_after_a_break(file: Path) -> None:
    """What changes while it is copied is right in the end."""
    with connected(file) as app:
        app.execute(PEOPLE)
        count = PAGE_ROWS * 3 + 1
        app.executemany(
            "INSERT INTO people VALUES (?, ?, ?, ?)",
            [(number, f"{number}@x", number / 4, "t") for number in range(count)],
        )
    following = Following(file, "people")

    await following.catch_up(breaks_after=2)
    with connected(file) as app:
        app.execute("UPDATE people SET tag = 'later' WHERE id % 700 = 0")
        app.execute("DELETE FROM people WHERE id % 700 = 1")
        app.execute("UPDATE people SET id = id + 100000 WHERE id % 700 = 2")
    await following.catch_up()

    assert rows_of(file, "people", "id") == following.rows
    assert 6 == following.batches
    assert 0 == following.emptied


async def test_read_entries_leave_the_file(file: Path) -> None:
    """Once they are acknowledged; two readers of a table wait for each other."""
    with connected(file) as app:
        app.execute(PEOPLE)
    one, other = Following(file, "people"), Following(file, "people")
    other.setup = Setup("src_2", ("people",), other.setup.settings)
    await one.catch_up()
    await other.catch_up()
    with connected(file) as app:
        app.executemany(
            "INSERT INTO people VALUES (?, NULL, 1, 1)", [(n,) for n in range(2 * PAGE_ROWS)]
        )

    await one.catch_up()
    kept = entries_in(file)
    await other.catch_up()

    assert [2 * PAGE_ROWS, 0] == [kept, entries_in(file)]
    assert one.rows == other.rows == rows_of(file, "people", "id")


def entries_in(path: Path) -> int:
    """The entries that lie in the outbox."""
    with connected(path) as app:
        return int(app.execute(f"SELECT count(*) FROM {outbox.OUTBOX}").fetchone()[0])


async def test_a_table_made_anew_is_copied_again(file: Path) -> None:
    """Its triggers went with it, so nobody knows what happened meanwhile."""
    with connected(file) as app:
        app.execute(PEOPLE)
        app.execute("INSERT INTO people VALUES (1, 'a', 1, 1), (2, 'b', 2, 2)")
    following = Following(file, "people")
    await following.catch_up()

    with connected(file) as app:
        app.execute("ALTER TABLE people RENAME TO former")
        app.execute(PEOPLE)
        app.execute("INSERT INTO people SELECT * FROM former WHERE id = 2")
        app.execute("DROP TABLE former")
    await following.catch_up(at_least=1)

    assert rows_of(file, "people", "id") == following.rows
    assert 1 == following.emptied


async def test_a_file_from_before_is_copied_again(file: Path) -> None:
    """A restored backup knows fewer entries than were read."""
    with connected(file) as app:
        app.execute(PEOPLE)
        app.execute("INSERT INTO people VALUES (1, 'a', 1, 1)")
    following = Following(file, "people")
    await following.catch_up()
    backup = content(file)
    with connected(file) as app:
        app.execute("INSERT INTO people VALUES (2, 'b', 2, 2)")
    await following.catch_up()

    restore(file, backup)
    await following.catch_up(at_least=1)

    assert {(1,)} == set(following.rows)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["DROP TABLE people", PEOPLE], "without its triggers"),
        (["ALTER TABLE people ADD COLUMN age INT DEFAULT 18"], "other columns"),
    ],
)
async def test_a_change_of_a_table_is_noticed_while_it_is_followed(
    file: Path, statements: list[str], said: str
) -> None:
    """The stream is to be opened again, and then knows what to copy."""
    with connected(file) as app:
        app.execute(PEOPLE)
        app.execute("INSERT INTO people VALUES (1, 'a', 1, 1)")
        following = Following(file, "people")
        stream = await SqliteKind().open(following.setup)
        async with aclosing(stream.batches(None)) as batches:
            for _ in ("the row", "the end of the copy"):
                following.take(await anext(batches))
            for statement in statements:
                app.execute(statement)
            with pytest.raises(StreamInterrupted, match=said):
                await anext(batches)
        await stream.close()

        await following.catch_up(at_least=1)

    assert rows_of(file, "people", "id") == following.rows


async def test_forgetting_leaves_the_file_as_it_was(file: Path) -> None:
    """No trigger and no table of ours stays, unless somebody else follows."""
    with connected(file) as app:
        app.execute(PEOPLE)
        one, other = Following(file, "people"), Following(file, "people")
        other.setup = Setup("src_2", ("people",), other.setup.settings)
        await one.catch_up()
        await other.catch_up()

        await SqliteKind().forget(one.setup)
        app.execute("INSERT INTO people VALUES (1, 'a', 1, 1)")
        await other.catch_up()
        await SqliteKind().forget(other.setup)

        names = {name for (name,) in app.execute("SELECT name FROM sqlite_schema")}
    assert {(1,)} == set(other.rows)
    assert {"people", "sqlite_autoindex_people_1", "sqlite_sequence"} == names


async def test_fields_are_what_a_column_holds(file: Path) -> None:
    """And what it is declared as, where it holds nothing or more can be meant."""
    with connected(file) as app:
        app.execute(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, f REAL, d DECIMAL(9, 2), b BOOLEAN,"
            " word TEXT, day TEXT, seen DATETIME, mixed, photo BLOB, none, zip TEXT, feb TEXT)"
        )
        app.execute(
            "INSERT INTO t VALUES (1, 5, 1, 12.5, 1, 'x', '2024-02-29', '2024-02-29 10:00:00',"
            " 1, x'00', NULL, '10115', '2024-02-29'), (2, 6, 2.5, 3, 0, 'y', '2024-03-01',"
            " '2024-03-01', 'a', x'01', NULL, '01067', '2023-02-29')"
        )
    following = Following(file, "t")
    stream = await SqliteKind().open(following.setup)
    async with aclosing(stream.batches(None)) as batches:
        batch = await anext(batches)
    await stream.close()

    columns = batch.events[0].columns
    assert {
        "id": "int", "n": "int", "f": "float", "d": "decimal", "b": "bool", "word": "keyword",
        "day": "date", "seen": "timestamp", "mixed": "keyword", "none": "keyword",
        "zip": "keyword", "feb": "keyword",
    } == {name: field.type.value for name, field in columns.items()}  # fmt: skip
    assert 2 == columns["d"].scale
    assert "photo" not in batch.events[0].values


def test_every_statement_fits_the_bounds_of_d1(file: Path) -> None:
    """One line, one statement in a body, few arguments and bound values."""
    with connected(file) as app:
        columns = ", ".join(f"c{n} INT UNIQUE" for n in range(40))
        key = ", ".join(f"c{n}" for n in range(30))
        app.execute(f"CREATE TABLE wide ({columns}, PRIMARY KEY ({key}))")
        wide = read_table(app, "wide")
        made = outbox.triggers(wide)
        for statement in (outbox.CREATE_OUTBOX, outbox.CREATE_READERS, *made.values()):
            app.execute(statement)

    assert 6 == len(made)
    for statement in made.values():
        assert "\n" not in statement
        assert 1 == statement.count("; END")
        assert 1 == statement.count(";")
        assert len(statement) < 100_000
    assert 90 == outbox.rows_query(wide, 3).count("?")
