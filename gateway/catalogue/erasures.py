"""Erasures and how far they came, and the folder's secret that keys every digest of a person."""

import sqlite3
from collections.abc import Callable

import msgspec

from gateway.catalogue.database import Database
from gateway.erasure.certificate import Certificate, Erasure
from indexer.model.errors import UnknownErasure
from indexer.model.ids import DatasetName, RecordKey

LISTED_MAX = 1_000


class Erasures:
    """The table ``erasures``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def secret(self, new_secret: Callable[[], str]) -> bytes:
        """The folder's secret, made when first asked for; in backups, as what it keys is."""
        with self._database.write() as connection:
            row = connection.execute("SELECT secret FROM erasure_secret").fetchone()
            if row is not None:
                return bytes(row["secret"])
            made = new_secret().encode()
            connection.execute("INSERT INTO erasure_secret VALUES (?)", (made,))
            return made

    def narrow(self, erasure_id: str, traces: list[str]) -> None:
        """Keep only these of the texts to be looked for."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE erasures SET traces = ? WHERE id = ?",
                (msgspec.json.encode(traces).decode(), erasure_id),
            )

    def wipe(self, erasure_id: str) -> None:
        """Forget the key and the texts, in the file too. Raises: Overloaded."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE erasures SET record_key = NULL, traces = NULL WHERE id = ?", (erasure_id,)
            )
        self._database.truncate()

    def complete(self, erasure_id: str, certificate: Certificate) -> None:
        """Keep the certificate: the erasure has ended."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE erasures SET certificate = ? WHERE id = ?",
                (msgspec.json.encode(certificate).decode(), erasure_id),
            )

    def find(self, erasure_id: str) -> Erasure:
        """One of them. Raises: UnknownErasure."""
        rows = self._database.read("SELECT * FROM erasures WHERE id = ?", erasure_id)
        if not rows:
            raise UnknownErasure("there is no erasure of this id")
        return _erasure(rows[0])

    def latest(self) -> list[Erasure]:
        """The newest, newest first, at most ``LISTED_MAX``."""
        rows = self._database.read(
            "SELECT * FROM erasures ORDER BY created_at DESC, id LIMIT ?", LISTED_MAX
        )
        return [_erasure(row) for row in rows]

    def unfinished(self) -> list[Erasure]:
        """Those without a certificate, oldest first."""
        rows = self._database.read(
            "SELECT * FROM erasures WHERE certificate IS NULL ORDER BY created_at, id"
        )
        return [_erasure(row) for row in rows]

    def reached(self) -> dict[DatasetName, int]:
        """By dataset the last sequence at which records were erased for good."""
        rows = self._database.read(
            "SELECT dataset, MAX(json_extract(certificate, '$.sequence')) AS reached"
            " FROM erasures WHERE certificate IS NOT NULL GROUP BY dataset"
        )
        return {DatasetName(row["dataset"]): row["reached"] for row in rows}


def insert_erasure(connection: sqlite3.Connection, erasure: Erasure) -> None:
    """A new one, in a transaction of whoever keeps more with it."""
    connection.execute(
        "INSERT INTO erasures (id, dataset, key_digest, record_key, traces, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            erasure.id, erasure.dataset, erasure.key_digest,
            msgspec.json.encode(erasure.record_key).decode(),
            msgspec.json.encode(erasure.traces).decode(), erasure.created_at,
        ),
    )  # fmt: skip


def _erasure(row: sqlite3.Row) -> Erasure:
    key, traces, certificate = row["record_key"], row["traces"], row["certificate"]
    return Erasure(
        id=row["id"],
        dataset=DatasetName(row["dataset"]),
        key_digest=row["key_digest"],
        created_at=row["created_at"],
        record_key=None if key is None else _key(key),
        traces=() if traces is None else msgspec.json.decode(traces, type=tuple[str, ...]),
        certificate=None
        if certificate is None
        else msgspec.json.decode(certificate, type=Certificate),
    )


def _key(text: str) -> RecordKey:
    return msgspec.json.decode(text, type=int | str)
