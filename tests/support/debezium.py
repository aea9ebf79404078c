"""Entries as Debezium's Redis sink writes them: compact or extended, with a schema or without."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

STREAM = "shop.public.people"
TOMBSTONE = "default"
AT_MS = 1_748_779_200_000
"""2025-06-01T12:00:00Z."""


def envelope(
    op: str,
    after: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    *,
    lsn: int = 1,
    table: str = "people",
    columns: Sequence[Mapping[str, Any]] | None = None,
    **source: Any,
) -> str:
    """A change event of the PostgreSQL connector; with a schema where columns are given."""
    payload = {
        "before": before,
        "after": after,
        "source": {
            "version": "3.0.0.Final", "connector": "postgresql", "name": "shop",
            "ts_ms": AT_MS + lsn, "snapshot": "true" if op == "r" else "false", "db": "shop",
            "sequence": f'["{lsn}","{lsn}"]', "schema": "public", "table": table, "txId": lsn,
            "lsn": lsn, "xmin": None, **source,
        },
        "transaction": None,
        "op": op,
        "ts_ms": AT_MS + lsn + 3,
    }  # fmt: skip
    if columns is None:
        return json.dumps(payload)
    return json.dumps({"schema": envelope_schema(columns), "payload": payload})


def envelope_schema(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The schema of an envelope around rows of these columns."""
    row = {"type": "struct", "fields": list(columns), "optional": True, "name": "shop.Value"}
    return {
        "type": "struct",
        "fields": [
            {**row, "field": "before"},
            {**row, "field": "after"},
            {"type": "string", "optional": False, "field": "op"},
        ],
        "optional": False,
        "name": "shop.Envelope",
    }


def key_of(**columns: Any) -> str:
    """A message's key."""
    return json.dumps(columns)


def key_schema(type_: str, name: str | None = None) -> dict[str, Any]:
    """The schema of a key of one column, ``id``."""
    column = {"type": type_, "name": name, "optional": False, "field": "id"}
    return {"type": "struct", "fields": [column], "optional": False}


def compact(document: object) -> str:
    """JSON without blanks, as Java writes it."""
    return json.dumps(document, separators=(",", ":"))


def extended(key: str, value: str) -> dict[str, str]:
    """The fields of an entry in the sink's extended form: headers are in upper case."""
    return {"key": key, "value": value, "__DEBEZIUM.NEWKEY": "x"}


SCHEMA_CHANGE = json.dumps(
    {
        "source": {"connector": "mysql"},
        "databaseName": "shop",
        "ddl": "ALTER TABLE people ADD x INT",
        "tableChanges": [{"type": "ALTER", "id": "shop.people"}],
    }
)
