"""Keys that can't be said, tables that can't be followed, files that are none or busy."""

from contextlib import closing
from pathlib import Path

import pytest

from gateway.sources.api import StreamStopped
from gateway.sources.sqlite.file import SqliteFile
from gateway.sources.sqlite.stream import SqliteKind
from tests.support.sqlite_following import (
    PEOPLE,
    Following,
    connected,
    content,
    restore,
    rows_of,
)


async def test_no_write_fails_because_it_is_captured(file: Path) -> None:
    """Keys that can't be said are refused here, not there."""
    with connected(file) as app:
        app.execute("CREATE TABLE loose (k PRIMARY KEY, v)")
        following = Following(file, "loose")
        await following.catch_up()
        for key in (1, "one", None, b"\0blob", 1.5, "\0", "\ud800x".encode("utf-8", "replace")):
            app.execute("INSERT INTO loose VALUES (?, 1)", (key,))
        app.execute("UPDATE loose SET k = k || 'x' WHERE k = 1")

        await following.catch_up()

    assert {("1x",), ("one",), ("\0",)} == set(following.rows)
    assert 4 == following.refused


async def test_another_unique_column_may_be_the_key(file: Path) -> None:
    """Rows are found by it, and a row that moves to another value is another record."""
    with connected(file) as app:
        app.execute(PEOPLE)
        app.execute("INSERT INTO people VALUES (1, 'a', 1, 1), (2, 'b', 2, 2), (3, NULL, 3, 3)")
        following = Following(file, "people", keys={"people": "email"})
        await following.catch_up()
        app.execute("UPDATE people SET email = 'A' WHERE id = 1")
        app.execute("INSERT OR REPLACE INTO people VALUES (2, 'c', 9, 9)")
        await following.catch_up()

    assert {("A",): 1, ("c",): 2} == {key: row["id"] for key, row in following.rows.items()}


@pytest.mark.parametrize(
    ("created", "table", "key", "said"),
    [
        ("CREATE TABLE t (a)", "t", None, "no primary key"),
        ("CREATE TABLE t (a)", "missing", None, "no table 'missing'"),
        ("CREATE TABLE t (a PRIMARY KEY, b)", "t", "b", "not unique"),
        ("CREATE TABLE t (a PRIMARY KEY, b)", "t", "c", "no column 'c'"),
        ("CREATE VIEW v AS SELECT 1 AS a", "v", None, "no ordinary table"),
    ],
)
async def test_a_table_that_cannot_be_followed_says_why(
    file: Path, created: str, table: str, key: str | None, said: str
) -> None:
    """Before anything is written to the file."""
    with connected(file) as app:
        app.execute(created)
    before = content(file)
    settings = {"keys": {table: key}} if key else {}

    with pytest.raises(StreamStopped, match=said):
        await SqliteKind().open(Following(file, table, **settings).setup)

    assert before == content(file)


async def test_what_is_no_database_is_told(file: Path) -> None:
    """And a file that is not there."""
    with pytest.raises(StreamStopped, match="there is no file"):
        await SqliteKind().open(Following(file, "t").setup)

    restore(file, b"name,age\n" * 1_000)

    with pytest.raises(StreamStopped, match="no SQLite file"):
        await SqliteKind().open(Following(file, "t").setup)


async def test_a_busy_application_is_never_waited_out(file: Path) -> None:
    """While it holds the file alone, nothing is trimmed and nothing is lost."""
    with connected(file) as app:
        app.execute(PEOPLE)
        app.execute("PRAGMA journal_mode = wal")
        following = Following(file, "people")
        await following.catch_up()
        app.executemany("INSERT INTO people VALUES (?, NULL, 1, 1)", [(n,) for n in range(1_500)])
        app.execute("BEGIN IMMEDIATE")

        with closing(SqliteFile(file)) as reader:
            trimmed = reader.trim("src_1", ("people",), 10, 0)
        app.execute("COMMIT")
        await following.catch_up()

    assert not trimmed
    assert rows_of(file, "people", "id") == following.rows
