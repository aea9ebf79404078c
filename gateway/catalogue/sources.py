"""The change streams somebody asked for, and what went wrong with them last."""

from collections.abc import Sequence

import msgspec

from gateway.catalogue.database import Database
from gateway.sources.definition import Definition, Fault


class Sources:
    """The tables ``sources`` and ``source_faults``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, source: Definition) -> None:
        """Keep a new source. Its name must be free."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO sources (id, name, paused, created_at, definition)"
                " VALUES (?, ?, ?, ?, ?)",
                (
                    source.id, source.name, source.paused, source.created_us,
                    msgspec.json.encode(source).decode(),
                ),
            )  # fmt: skip

    def all(self) -> list[Definition]:
        """Every source, by name."""
        rows = self._database.read("SELECT definition, paused FROM sources ORDER BY name")
        found = [msgspec.json.decode(row["definition"], type=Definition) for row in rows]
        return [
            msgspec.structs.replace(each, paused=bool(row["paused"]))
            for each, row in zip(found, rows, strict=True)
        ]

    def pause(self, source_id: str, *, paused: bool) -> None:
        """Keep whether a source is to stand still."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE sources SET paused = ? WHERE id = ?", (int(paused), source_id)
            )

    def remove(self, source_id: str) -> None:
        """Forget a source and its faults."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM sources WHERE id = ?", (source_id,))

    def add_faults(self, source_id: str, faults: Sequence[Fault], *, kept_max: int) -> None:
        """Keep faults after those there are; only the last ``kept_max`` of a source stay."""
        rows = [(source_id, msgspec.json.encode(each).decode()) for each in faults[-kept_max:]]
        with self._database.write() as connection:
            connection.executemany("INSERT INTO source_faults (source, fault) VALUES (?, ?)", rows)
            connection.execute(
                "DELETE FROM source_faults WHERE source = ? AND number NOT IN (SELECT number"
                " FROM source_faults WHERE source = ? ORDER BY number DESC LIMIT ?)",
                (source_id, source_id, kept_max),
            )

    def faults(self, source_id: str) -> list[Fault]:
        """What went wrong, newest first."""
        rows = self._database.read(
            "SELECT fault FROM source_faults WHERE source = ? ORDER BY number DESC", source_id
        )
        return [msgspec.json.decode(row["fault"], type=Fault) for row in rows]
