"""Who must not come back: keyed digests of the keys and addresses of erased records."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.catalogue.database import Database
from gateway.catalogue.erasures import insert_erasure
from gateway.erasure.certificate import Erasure
from indexer.model.errors import UnknownSuppression
from indexer.model.ids import DatasetName

KEY = "key"
"""The kind of a record's key; others are those of ``Field.pii``."""
LISTED_MAX = 1_000

Mark = tuple[str, str]
"""A kind and a digest."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One erased record, by the kinds of what is known of it. ``created_at`` in microseconds."""

    id: str
    dataset: DatasetName
    kinds: tuple[str, ...]
    created_at: int


class Suppressions:
    """The table ``suppressions``, with its digests in memory: about 200 bytes each."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[DatasetName, set[Mark]] = {}
        self._read()

    def of(self, dataset: DatasetName) -> frozenset[Mark] | set[Mark]:
        """The marks of one dataset."""
        return self._held.get(dataset, frozenset())

    def add(self, erasure: Erasure, marks: Iterable[Mark]) -> None:
        """Keep an erasure that begins and its marks, together."""
        rows = [
            (erasure.id, erasure.dataset, kind, digest, erasure.created_at)
            for kind, digest in sorted(set(marks))
        ]
        with self._database.write() as connection:
            insert_erasure(connection, erasure)
            connection.executemany("INSERT INTO suppressions VALUES (?, ?, ?, ?, ?)", rows)
        self._held.setdefault(erasure.dataset, set()).update((row[2], row[3]) for row in rows)

    def lift(self, suppression_id: str) -> None:
        """Let who was erased come back: they agreed anew. Raises: UnknownSuppression."""
        with self._database.write() as connection:
            done = connection.execute("DELETE FROM suppressions WHERE id = ?", (suppression_id,))
            if not done.rowcount:
                raise UnknownSuppression("there is no suppression of this id")
        self._read()

    def latest(self) -> list[Suppression]:
        """The newest, newest first, at most ``LISTED_MAX``."""
        rows = self._database.read(
            "SELECT id, dataset, created_at, group_concat(DISTINCT kind) AS kinds"
            " FROM suppressions GROUP BY id, dataset, created_at"
            " ORDER BY created_at DESC, id LIMIT ?", LISTED_MAX,
        )  # fmt: skip
        return [
            Suppression(
                row["id"], DatasetName(row["dataset"]),
                tuple(sorted(row["kinds"].split(","))), row["created_at"],
            )
            for row in rows
        ]  # fmt: skip

    def _read(self) -> None:
        held: dict[DatasetName, set[Mark]] = {}
        for row in self._database.read("SELECT dataset, kind, digest FROM suppressions"):
            held.setdefault(DatasetName(row["dataset"]), set()).add((row["kind"], row["digest"]))
        self._held = held
