"""Answers written straight to JSON, for documents whose values are already JSON."""

from collections.abc import Sequence

import msgspec
from starlette.responses import Response

from evaluator.api import Count
from gateway.moments import rfc3339
from gateway.values import Json, to_json
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import Record
from indexer.model.schema import Field, Schema


def reply(document: object) -> Response:
    """The document as JSON that nobody may cache."""
    return Response(
        msgspec.json.encode(document),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def count_document(count: Count, *, per_node: bool) -> dict[str, object]:
    """A count as API.md writes it."""
    document: dict[str, object] = {
        "count": count.count,
        "total": count.total,
        "as_of": count.as_of,
        "now": rfc3339(count.now),
        "elapsed_ms": count.elapsed_ms,
    }
    if per_node:
        document |= {"per_node": dict(count.per_node), "resolved": dict(count.resolved)}
    return document


def stored_names(schema: Schema, names: Sequence[str] | None) -> tuple[FieldName, ...]:
    """The fields to fetch for the names asked: all if None; the key comes with the record.

    A name that isn't there stays, for the index to refuse.
    """
    if names is None:
        return tuple(field.name for field in schema.columns)
    return tuple(FieldName(name) for name in names if not _is_key(schema, name))


def record_document(
    schema: Schema, record: Record, names: Sequence[str] | None
) -> dict[str, object]:
    """A record as API.md writes it, its values under the names asked, in that order."""
    shown = [field.name for field in schema.fields] if names is None else names
    values = {name: _value(schema, record, name) for name in shown}
    return {"key": record.key, "values": values}


def _value(schema: Schema, record: Record, name: str) -> Json:
    if _is_key(schema, name):
        return record.key
    field = schema.field(name)
    assert field is not None, "the index has refused unknown fields"
    return to_json(field, record.values.get(field.name))


def _is_key(schema: Schema, name: str) -> bool:
    field: Field | None = schema.field(name)
    return field is not None and field.name == KEY_FIELD
