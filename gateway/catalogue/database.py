"""One SQLite file: how it is opened, brought up to date, read and written.

Write-ahead log with full synchronisation: a commit that returned survives a power cut.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from indexer.model.errors import CardinalError, DiskFull, Overloaded, SnapshotCorrupt

BUSY_TIMEOUT_MS = 5_000
MIGRATIONS = "migrations"


class Database:
    """A connection that several threads share, one at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._one_at_a_time = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open or make the file and apply the migrations it lacks. Raises: SnapshotCorrupt."""
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        try:
            with _explained():
                _prepare(connection)
                _migrate(connection)
        except CardinalError:
            connection.close()
            raise
        path.chmod(0o600)
        return cls(connection)

    def read(self, sql: str, *arguments: Any) -> list[sqlite3.Row]:
        """All rows of a question."""
        with self._one_at_a_time, _explained():
            return self._connection.execute(sql, arguments).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end of the block, undone by an exception.

        Raises: DiskFull, Overloaded.
        """
        with self._one_at_a_time, _explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                # A failed COMMIT may have rolled back already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def truncate(self) -> None:
        """Leave nothing in the write-ahead log of what was overwritten. Raises: Overloaded."""
        with self._one_at_a_time, _explained():
            row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row[0]:
            raise Overloaded("the catalogue is busy; try again in a moment")

    def close(self) -> None:
        """Close the file. Nothing may be asked afterwards."""
        with self._one_at_a_time:
            self._connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(connection: sqlite3.Connection) -> None:
    """Apply every numbered file above the database's ``user_version``, each as one transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    folder = resources.files("gateway.catalogue") / MIGRATIONS
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    if version > len(files):
        raise SnapshotCorrupt("this data folder was made by a newer Cardinal; use that one")
    for number, file in enumerate(files[version:], start=version + 1):
        script = f"BEGIN IMMEDIATE; {file.read_text('utf-8')} PRAGMA user_version={number}; COMMIT;"
        connection.executescript(script)


@contextmanager
def _explained() -> Iterator[None]:
    """Give SQLite's errors that are the world's fault our names."""
    try:
        yield
    except sqlite3.DatabaseError as fault:
        known = _FAULTS.get(getattr(fault, "sqlite_errorcode", 0) & 0xFF)
        if known is None:
            raise
        leaf, message = known
        raise leaf(message) from fault


_FAULTS: dict[int, tuple[type[CardinalError], str]] = {
    sqlite3.SQLITE_FULL: (DiskFull, "the disk is full; free some space and try again"),
    sqlite3.SQLITE_BUSY: (Overloaded, "the catalogue is busy; try again in a moment"),
    sqlite3.SQLITE_CORRUPT: (SnapshotCorrupt, "the catalogue is damaged; restore a backup"),
    sqlite3.SQLITE_NOTADB: (SnapshotCorrupt, "the catalogue is damaged; restore a backup"),
}
