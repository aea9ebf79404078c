"""The catalogue's file as a file: copied as of one moment, and looked through. Changes nothing."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from indexer.model.errors import SnapshotCorrupt

FAULTS_MAX = 100
"""Looked for in one file."""

_DAMAGED = "the catalogue is damaged, so there is no copy of it: run `cardinal doctor`"


def copy_catalogue(source: Path, target: Path) -> None:
    """Copy the file as of one moment, others writing in it or not, into one file, synced.

    Raises: SnapshotCorrupt, OSError.
    """
    try:
        with (
            closing(_opened(source)) as held,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            held.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise SnapshotCorrupt(_DAMAGED) from error
    if found != "ok":
        raise SnapshotCorrupt(_DAMAGED)
    target.chmod(0o600)
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def faults_in(file: Path) -> int:
    """How many things SQLite finds wrong in the file; 1 where it can't be read at all."""
    try:
        with closing(_opened(file)) as held:
            rows = held.execute(f"PRAGMA quick_check({FAULTS_MAX})").fetchall()
            orphans = held.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError:
        return 1
    return len([row for row in rows if row[0] != "ok"]) + len(orphans)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)
