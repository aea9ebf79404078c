"""Segments and the versions of their definitions."""

import sqlite3
from collections.abc import Callable

import msgspec

from gateway.catalogue.database import Database
from gateway.segments.segment import Kind, Segment, Version
from indexer.model.errors import StaleVersion, UnknownSegment
from indexer.model.ids import DatasetName


class Segments:
    """The tables ``segments`` and ``segment_versions``. Definitions are packed bytes here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Segment]:
        """Every segment, by id."""
        rows = self._database.read("SELECT segment FROM segments ORDER BY id")
        return [msgspec.json.decode(row["segment"], type=Segment) for row in rows]

    def versions(self, segment: str) -> list[Version]:
        """All versions of a segment, oldest first."""
        rows = self._database.read(
            "SELECT version FROM segment_versions WHERE segment = ? ORDER BY number", segment
        )
        return [msgspec.json.decode(row["version"], type=Version) for row in rows]

    def packed(self, segment: str, number: int) -> bytes | None:
        """The definition of one version; None if there is none."""
        rows = self._database.read(
            "SELECT definition FROM segment_versions WHERE segment = ? AND number = ?",
            segment, number,
        )  # fmt: skip
        return bytes(rows[0]["definition"]) if rows else None

    def add(self, segment: Segment, version: Version, packed: bytes) -> None:
        """Keep a new segment with its first version."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO segments (id, version, dataset, kind, segment)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    segment.id, segment.version, segment.dataset, segment.kind.value,
                    _json(segment),
                ),
            )  # fmt: skip
            _insert(connection, segment.id, version, packed)

    def save(
        self, segment: Segment, *, was: int, made: tuple[Version, bytes] | None = None
    ) -> None:
        """Keep a changed segment, with the version that was ``made``, if one was.

        Raises: StaleVersion unless its version was that, UnknownSegment.
        """
        with self._database.write() as connection:
            done = connection.execute(
                "UPDATE segments SET version = ?, segment = ? WHERE id = ? AND version = ?",
                (segment.version, _json(segment), segment.id, was),
            )
            if not done.rowcount:
                raise _not_saved(connection, segment.id)
            if made is not None:
                _insert(connection, segment.id, *made)

    def remove(self, segment: str) -> None:
        """Forget a segment and all its versions. Raises: UnknownSegment."""
        with self._database.write() as connection:
            done = connection.execute("DELETE FROM segments WHERE id = ?", (segment,))
            if not done.rowcount:
                raise unknown()

    def rewrite_lists(
        self, dataset: DatasetName, rewritten: Callable[[bytes], tuple[bytes, int] | None]
    ) -> list[str]:
        """Put what ``rewritten`` makes of them in the place of all versions of a dataset's lists.

        It gives the new bytes and their number of keys, or None for those that stay. Gives the
        ids of the segments that were changed.
        """
        changed = []
        for row in self._database.read(
            "SELECT id, number FROM segments JOIN segment_versions ON id = segment_versions.segment"
            " WHERE dataset = ? AND kind = ? ORDER BY id, number", dataset, Kind.LIST.value,
        ):  # fmt: skip
            with self._database.write() as connection:
                found = connection.execute(
                    "SELECT definition, version FROM segment_versions"
                    " WHERE segment = ? AND number = ?", (row["id"], row["number"]),
                ).fetchone()  # fmt: skip
                made = None if found is None else rewritten(bytes(found["definition"]))
                if made is None:
                    continue
                version = msgspec.json.decode(found["version"], type=Version)
                kept = msgspec.structs.replace(version, keys=made[1])
                connection.execute(
                    "UPDATE segment_versions SET definition = ?, version = ?"
                    " WHERE segment = ? AND number = ?",
                    (made[0], _json(kept), row["id"], row["number"]),
                )
                changed.append(str(row["id"]))
        return sorted(set(changed))


def unknown() -> UnknownSegment:
    """What is raised where there is no such segment."""
    return UnknownSegment("there is no segment of this id")


def stale(current: int) -> StaleVersion:
    """What is raised where somebody else changed a segment first."""
    return StaleVersion(
        f"somebody has changed this segment: its current version is {current}; read it again"
    )


def _not_saved(connection: sqlite3.Connection, segment: str) -> StaleVersion | UnknownSegment:
    row = connection.execute("SELECT version FROM segments WHERE id = ?", (segment,)).fetchone()
    return unknown() if row is None else stale(row["version"])


def _insert(connection: sqlite3.Connection, segment: str, version: Version, packed: bytes) -> None:
    connection.execute(
        "INSERT INTO segment_versions (segment, number, version, definition) VALUES (?, ?, ?, ?)",
        (segment, version.number, _json(version), packed),
    )


def _json(kept: Segment | Version) -> str:
    return msgspec.json.encode(kept).decode()
