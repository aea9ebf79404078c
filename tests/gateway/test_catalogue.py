"""The catalogue's file: safe settings, numbered migrations, faults with names."""

import sqlite3
from pathlib import Path

import pytest

from gateway.catalogue.catalogue import FILE_NAME, Catalogue
from gateway.catalogue.database import Database
from gateway.catalogue.secret import Held
from indexer.model.errors import DiskFull, SnapshotCorrupt
from tests.gateway.front import NOW

NOBODY = Held("viewer", "nobody")


def test_the_file_is_opened_safely(tmp_path: Path) -> None:
    """Full synchronisation, a log in front, no trust in the schema; for its owner's eyes only."""
    database = Database.open(tmp_path / FILE_NAME)

    names = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "secure_delete")
    found = [database.read(f"PRAGMA {name}")[0][0] for name in names]
    mode = (tmp_path / FILE_NAME).stat().st_mode & 0o777
    database.close()
    assert ["wal", 2, 1, 0, 1] == found
    assert 0o600 == mode


def test_migrations_are_applied_once(tmp_path: Path) -> None:
    """The version in the file says how far it is."""
    for _ in range(2):
        Database.open(tmp_path / FILE_NAME).close()

    database = Database.open(tmp_path / FILE_NAME)
    (version,) = database.read("PRAGMA user_version")[0]
    tables = {row["name"] for row in database.read("SELECT name FROM sqlite_master")}
    database.close()
    assert 4 == version
    assert tables >= {"tokens", "sessions", "tickets", "imports", "sources"}
    assert tables >= {"erasures", "suppressions", "segments", "segment_versions"}


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """Rather than guessed at."""
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()

    with pytest.raises(SnapshotCorrupt, match="newer"):
        Catalogue.open(tmp_path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """A person must look."""
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)

    with pytest.raises(SnapshotCorrupt):
        Catalogue.open(tmp_path)


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """Also when it fails in the middle."""
    catalogue = Catalogue.open(tmp_path)

    ticket = catalogue.tickets.create(
        NOBODY, purpose="live", now=NOW, life_s=9, new_secret=lambda: "s" * 43
    )

    with pytest.raises(ValueError, match="midway"):
        _fail_midway(catalogue)
    held = catalogue.tickets.redeem(ticket, purpose="live", now=NOW)

    catalogue.close()
    assert NOBODY == held


def test_a_full_disk_has_its_name(tmp_path: Path) -> None:
    """SQLite's own words are for us, not for the caller."""
    catalogue = Catalogue.open(tmp_path)
    catalogue.database.read("PRAGMA max_page_count=1")

    with pytest.raises(DiskFull):
        catalogue.tokens.create(
            role="viewer", name="x" * 1_000_000, now=NOW, new_secret=lambda: "s" * 43
        )

    catalogue.close()


def test_the_use_of_a_token_is_noted(tmp_path: Path) -> None:
    """So that an unused one can be found."""
    catalogue = Catalogue.open(tmp_path)
    token = catalogue.tokens.create(role="viewer", name="bot", now=NOW, new_secret=lambda: "s" * 43)

    found = catalogue.tokens.find(token, NOW)

    (row,) = catalogue.database.read("SELECT last_used_at, created_at FROM tokens")
    catalogue.close()
    assert Held("viewer", "bot") == found
    assert row["created_at"] == row["last_used_at"]


def _fail_midway(catalogue: Catalogue) -> None:
    with catalogue.database.write() as connection:
        connection.execute("DELETE FROM tickets")
        raise ValueError("midway")
