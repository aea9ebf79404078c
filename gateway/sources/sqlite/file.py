"""A SQLite file that somebody else writes to: opened gently, watched, tidied.

Blocking. Reads never last longer than a page; the few writes wait a bounded time for the
application and are short, so that it never has to wait long for us.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.sources.api import StreamInterrupted, StreamStopped
from gateway.sources.sqlite import outbox
from gateway.sources.sqlite.table import PARAMETERS_MAX, SqlTable, quoted, read_table

PAGE_ROWS = 1_000
TRIM_ROWS = 5_000
READ_WAIT_MS = 2_000
INSTALL_WAIT_MS = 30_000
TRIM_WAIT_MS = 100

SqlValue = int | float | str | bytes | None
Key = tuple[SqlValue, ...]
SqlRow = tuple[SqlValue, ...]
Entry = tuple[int, str, str, str]
"""Of the outbox: its number, the table, the key in JSON, what happened."""


class SqliteFile:
    """One file. Not for two threads at once. Every method raises: StreamInterrupted."""

    def __init__(self, path: Path) -> None:
        """Raises: StreamStopped if there is no such file, or it is no database."""
        self._path = path
        self._reads = self._connected(READ_WAIT_MS)
        self._identity = _identity(path)
        try:
            with _told(path):
                self._reads.execute("PRAGMA query_only = ON")
                self._reads.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except (StreamInterrupted, StreamStopped):
            self._reads.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._reads.close()

    def table(self, name: str, key: str | None) -> SqlTable:
        """See ``read_table``. Raises: StreamStopped."""
        with _told(self._path):
            return read_table(self._reads, name, key)

    def version(self) -> tuple[int, int]:
        """Differs whenever somebody committed since, and in its second part if a table changed.

        Raises: StreamInterrupted also where the path now leads to another file.
        """
        if _identity(self._path) != self._identity:
            raise StreamInterrupted(f"{self._path} was replaced by another file")
        with _told(self._path):
            return _one(self._reads, "PRAGMA data_version"), _one(
                self._reads, "PRAGMA schema_version"
            )

    def last_entry(self) -> int:
        """The number of the newest entry that the outbox ever had; 0 if it had none."""
        with _told(self._path):
            if not self._has(self._reads, outbox.OUTBOX):
                return 0
            found = self._reads.execute(outbox.LAST).fetchone()
        return int(found[0]) if found else 0

    def waiting(self, after: int) -> int:
        """The entries that come after one."""
        with _told(self._path):
            return int(self._reads.execute(outbox.WAITING, (after,)).fetchone()[0])

    def marks(self, reader: str) -> dict[str, tuple[int, int]]:
        """By table, the last entry that this reader needs no more, and of which copying."""
        with _told(self._path):
            found = self._reads.execute(outbox.MARKS, (reader,)).fetchall()
        return {table: (entry, copies) for table, entry, copies in found}

    @contextmanager
    def still(self) -> Iterator[None]:
        """Everything read inside is of one moment. Keep it short: it may hold up a writer."""
        with _told(self._path):
            self._reads.execute("BEGIN")
        try:
            yield
        finally:
            self._reads.rollback()

    def page(self, after: int) -> list[Entry]:
        """The next entries of the outbox, of all tables, at most ``PAGE_ROWS``."""
        with _told(self._path):
            return self._reads.execute(outbox.PAGE, (after, PAGE_ROWS)).fetchall()

    def rows(self, table: SqlTable, keys: Sequence[Key]) -> dict[Key, SqlRow]:
        """The rows of these keys, as many as there are."""
        found: dict[Key, SqlRow] = {}
        most = PARAMETERS_MAX // len(table.key)
        with _told(self._path):
            for start in range(0, len(keys), most):
                some = keys[start : start + most]
                bound = [value for key in some for value in key]
                for row in self._reads.execute(outbox.rows_query(table, len(some)), bound):
                    found[tuple(row[place] for place in table.key_places)] = row
        return found

    def copy(self, table: SqlTable, after: Key | None, rows: int) -> list[SqlRow]:
        """The next rows in the order of the key."""
        query = outbox.copy_query(table, first=after is None)
        with _told(self._path):
            return self._reads.execute(query, (*(after or ()), rows)).fetchall()

    def numbered(self, table: SqlTable, after: int | None, rows: int) -> list[SqlRow]:
        """The next rows of a table whose key is its rowid, each after its number."""
        query = outbox.numbered_query(table, first=after is None)
        bound = (rows,) if after is None else (after, rows)
        with _told(self._path):
            return self._reads.execute(query, bound).fetchall()

    def last_key(self, table: SqlTable, after: Key | None, rows: int) -> Key | None:
        """The key of the last of so many next rows; None if fewer are left."""
        query = outbox.last_key_query(table, first=after is None)
        with _told(self._path):
            found: Key | None = self._reads.execute(query, (*(after or ()), rows - 1)).fetchone()
        return found

    def ask(self, question: str, bound: Sequence[SqlValue]) -> SqlRow:
        """The one row that answers a question."""
        with _told(self._path):
            answer: SqlRow = self._reads.execute(question, bound).fetchone()
        return answer

    def is_captured(self, table: SqlTable) -> bool:
        """Whether the triggers of the table are what they should be."""
        with _told(self._path):
            return (
                self._has(self._reads, outbox.OUTBOX)
                and self._has(self._reads, outbox.READERS)
                and self._triggers(self._reads, table) == outbox.triggers(table)
            )

    def is_followed(self, table: str) -> bool:
        """Whether somebody reads what happens to the table."""
        with _told(self._path):
            return self._has(self._reads, outbox.READERS) and (
                self._reads.execute(outbox.FOLLOWED, (table,)).fetchone() is not None
            )

    def install(self, table: SqlTable) -> None:
        """Make the outbox and the table's triggers. Who followed the table must copy it again."""
        with self._writing(INSTALL_WAIT_MS) as write:
            write.execute(outbox.CREATE_OUTBOX)
            write.execute(outbox.CREATE_READERS)
            self._drop_triggers(write, table.name)
            for statement in outbox.triggers(table).values():
                write.execute(statement)
            write.execute(outbox.LEAVE_TABLE, (table.name,))

    def remove(self, table: str) -> None:
        """Take the table's triggers away, and the outbox with those of the last table."""
        with self._writing(INSTALL_WAIT_MS) as write:
            self._drop_triggers(write, table)
            if not self._has(write, outbox.READERS):
                return
            write.execute(outbox.LEAVE_TABLE, (table,))
            write.execute(outbox.EMPTY, (table,))
            left = write.execute(
                "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name GLOB ?",
                ("_cardinal_*",),
            ).fetchone()
            if left[0] == 0:
                write.execute(f"DROP TABLE {outbox.READERS}")
                write.execute(f"DROP TABLE {outbox.OUTBOX}")

    def mark(self, reader: str, tables: Sequence[str], entry: int, copies: int) -> None:
        """Say that a reader of these tables needs no entry up to this one any more."""
        with self._writing(INSTALL_WAIT_MS) as write:
            write.executemany(outbox.MARK, [(reader, table, entry, copies) for table in tables])

    def trim(self, reader: str, tables: Sequence[str], entry: int, copies: int) -> bool:
        """``mark``, and delete what no reader needs; False, and nothing, if the file is busy."""
        try:
            with self._writing(TRIM_WAIT_MS) as write:
                write.executemany(outbox.MARK, [(reader, table, entry, copies) for table in tables])
                write.execute(outbox.TRIM, (entry, TRIM_ROWS))
        except StreamInterrupted:
            return False
        return True

    def leave(self, reader: str) -> None:
        """Forget a reader, so that nothing is kept for it."""
        with self._writing(INSTALL_WAIT_MS) as write:
            if self._has(write, outbox.READERS):
                write.execute(outbox.LEAVE, (reader,))

    def _has(self, connection: sqlite3.Connection, table: str) -> bool:
        found = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,))
        return found.fetchone() is not None

    def _triggers(self, connection: sqlite3.Connection, table: SqlTable) -> dict[str, str]:
        names = outbox.trigger_names(table.name)
        marks = ", ".join("?" * len(names))
        query = f"{outbox.TRIGGERS} AND name IN ({marks})"
        found = connection.execute(query, (table.name, *names))
        return dict(found.fetchall())

    def _drop_triggers(self, connection: sqlite3.Connection, table: str) -> None:
        for name in outbox.trigger_names(table):
            connection.execute(f"DROP TRIGGER IF EXISTS {quoted(name)}")

    @contextmanager
    def _writing(self, wait_ms: int) -> Iterator[sqlite3.Connection]:
        """One transaction that writes, on a connection of its own."""
        connection = self._connected(wait_ms)
        try:
            with _told(self._path):
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.commit()
        finally:
            connection.close()

    def _connected(self, wait_ms: int) -> sqlite3.Connection:
        if not self._path.is_file():
            raise StreamStopped(f"there is no file {self._path}")
        with _told(self._path):
            connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None,
                timeout=wait_ms / 1e3, check_same_thread=False, cached_statements=32,
            )  # fmt: skip
        connection.text_factory = _text
        return connection


def key_from_entry(text: str) -> Key:
    """The key of an entry of the outbox; parts that are no key are None."""
    return tuple(msgspec.json.decode(text, type=list[int | str | None]))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite says, as what to do about it."""
    try:
        yield
    except sqlite3.OperationalError as fault:
        raise StreamInterrupted(f"{path} can't be used now: {fault}") from None
    except sqlite3.DatabaseError as fault:
        raise StreamStopped(f"{path} is no SQLite file, or it is damaged: {fault}") from None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked at every look, and a Path costs more
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _one(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(pragma).fetchone()[0])


def _text(data: bytes) -> str:
    # Half of a character is refused later, with the name of its field.
    return data.decode(errors="surrogateescape")
