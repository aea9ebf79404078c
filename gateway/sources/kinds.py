"""Every kind of change stream, by the word for it."""

from collections.abc import Mapping

from gateway.sources.api import Kind
from gateway.sources.debezium.kind import Debezium
from gateway.sources.postgres.stream import PostgresKind
from gateway.sources.sqlite.stream import SqliteKind

KINDS: Mapping[str, Kind] = {
    "debezium": Debezium(),
    "postgres": PostgresKind(),
    "sqlite": SqliteKind(),
}
