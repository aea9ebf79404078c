"""Answers written straight to JSON, for documents whose values are already JSON."""

from collections.abc import Sequence
from typing import assert_never

import msgspec
from starlette.responses import Response

from evaluator.api import Count, Explained, Explanation, FieldBreakdown, Overlap
from evaluator.values import Json, instant_text, rfc3339, to_json
from gateway.erasure.certificate import Erasure
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.record import BinCount, Record, RecordPage, ValueCount
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


def breakdown_document(spread: FieldBreakdown) -> dict[str, object]:
    """A breakdown as API.md writes it."""
    field, breakdown = spread.field, spread.breakdown
    items: list[dict[str, object]] = []
    for item in breakdown.items:
        match item:
            case ValueCount(value, count):
                items.append({"value": to_json(field, value), "count": count})
            case BinCount(low, high, count):
                ends = {"from": to_json(field, low), "to": to_json(field, high)}
                items.append({**ends, "count": count})
            case _:
                assert_never(item)
    facts = {"null": breakdown.null, "other": breakdown.other, "as_of": breakdown.as_of}
    return {"items": items, **facts, "exact": True}


def overlap_document(overlap: Overlap) -> dict[str, object]:
    """An overlap as API.md writes it; ``regions`` only where they were counted."""
    document: dict[str, object] = {
        "sizes": overlap.sizes,
        "intersections": overlap.intersections,
        "jaccard": overlap.jaccard,
        "as_of": overlap.as_of,
    }
    return document if overlap.regions is None else {**document, "regions": overlap.regions}


def explained_document(explained: Explained) -> dict[str, object]:
    """An explained condition as API.md writes it: its tree, and as of when."""
    return {**_explanation(explained.root), "as_of": explained.as_of}


def _explanation(node: Explanation) -> dict[str, object]:
    document: dict[str, object] = {
        name: getattr(node, name)
        for name in ("path", "text", "method", "estimate", "actual", "ms", "cached")
    }
    if node.holds is not None:
        document["holds"] = node.holds
    if node.value is not None:
        document["value"] = to_json(node.value.field, node.value.value)
    return {**document, "children": [_explanation(child) for child in node.children]}


def page_document(
    schema: Schema, page: RecordPage, names: Sequence[str] | None, next_cursor: str | None
) -> dict[str, object]:
    """A page of records as API.md writes it."""
    items = [record_document(schema, record, names) for record in page.records]
    return {"items": items, "next_cursor": next_cursor, "as_of": page.as_of}


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
    shown = schema.listed if names is None else names
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


def erasure_document(erasure: Erasure) -> dict[str, object]:
    """How far an erasure is, and its certificate once it has ended."""
    done = erasure.certificate
    return {
        "id": erasure.id,
        "dataset": erasure.dataset,
        "state": "running" if done is None else "succeeded",
        "created_at": instant_text(erasure.created_at),
        "certificate": None
        if done is None
        else {
            **msgspec.structs.asdict(done),
            "erased_at": instant_text(done.erased_at),
            "completed_at": instant_text(done.completed_at),
            "generations": list(done.generations),
        },
    }
