"""Imports and how far they came, so that their state outlives the process."""

from collections.abc import Container
from datetime import datetime

import msgspec

from gateway.catalogue.database import Database
from gateway.catalogue.secret import microseconds
from gateway.imports.progress import ENDED, Progress, State
from indexer.model.ids import DatasetName

INTERRUPTED = "interrupted by a restart; start the import again"


class Imports:
    """The table ``imports``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, progress: Progress, now: datetime) -> None:
        """Keep where an import stands, new or known."""
        moment = microseconds(now)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO imports (id, dataset, state, created_at, ended_at, progress)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " state = excluded.state, ended_at = excluded.ended_at,"
                " progress = excluded.progress",
                (
                    progress.id, progress.dataset, progress.state.value, moment,
                    moment if progress.state in ENDED else None,
                    msgspec.json.encode(progress).decode(),
                ),
            )  # fmt: skip

    def find(self, import_id: str) -> Progress | None:
        """Where an import stood when it was last saved."""
        rows = self._database.read("SELECT progress FROM imports WHERE id = ?", import_id)
        return msgspec.json.decode(rows[0]["progress"], type=Progress) if rows else None

    def ids_of(self, dataset: DatasetName) -> list[str]:
        """The ids of all imports into a dataset."""
        rows = self._database.read("SELECT id FROM imports WHERE dataset = ?", dataset)
        return [row["id"] for row in rows]

    def fail_interrupted(self, now: datetime, kept: Container[str] = ()) -> int:
        """Mark what a process left unfinished as failed, but for those kept; how many."""
        rows = self._database.read(
            "SELECT progress FROM imports WHERE state IN (?, ?)", State.QUEUED, State.RUNNING
        )
        found = [msgspec.json.decode(row["progress"], type=Progress) for row in rows]
        lost = [left for left in found if left.id not in kept]
        for left in lost:
            self.save(msgspec.structs.replace(left, state=State.FAILED, error=INTERRUPTED), now)
        return len(lost)
