"""Puts plain records into a real index, and asks a real evaluator about them.

The one place where tests turn oracle values into stored form, written beside neither.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from evaluator.service import LocalEvaluator
from indexer.local import LocalIndex
from indexer.model.ids import DatasetName, FieldName, RecordKey
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import Field, FieldType, Link, Schema
from indexer.runtime.clock import ManualClock
from tests.support.oracle import KEY, Row, nfc
from tests.support.strategies import World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SMALL_SHARD_BITS = 3
"""Eight records to a shard, so that small worlds have edges inside."""


async def index_of(*worlds: World) -> LocalIndex:
    """An index in memory that holds these worlds, each under its schema's name."""
    index = await LocalIndex.open(
        None, shard_bits=SMALL_SHARD_BITS, clock=ManualClock(worlds[0].asked.now)
    )
    for world in worlds:
        schema = await index.create(schema_of(world.schema))
        for changes in history(world):
            await index.apply(schema.name, changes)
    return index


def evaluator_over(index: LocalIndex, now: datetime) -> LocalEvaluator:
    """An evaluator whose clock stands still."""
    return LocalEvaluator(index, clock=ManualClock(now))


def schema_of(body: Mapping[str, Any]) -> Schema:
    """The schema that the body of ``POST /datasets`` describes."""
    fields = tuple(
        Field(FieldName(each["name"]), FieldType(each["type"]), scale=each.get("scale", 0))
        for each in body["fields"]
    )
    key = body["key"]
    declared = [each.type for each in fields if each.name == key]
    links = tuple(
        Link(each["name"], FieldName(each["field"]), DatasetName(each["to"]))
        for each in body.get("links", ())
    )
    return Schema(
        DatasetName(body["name"]),
        None if key is None else FieldName(key),
        declared[0] if declared else FieldType.INT if key is None else None,
        fields,
        links,
        body.get("time_zone") or "UTC",
    )


def history(world: World) -> list[list[Change]]:
    """Batches of changes that end in the world's records: made, then corrected and removed."""
    former = {row[KEY]: row for row in world.former}
    made = [former.get(row[KEY], row) for row in world.rows]
    corrected = [row for row in world.rows if row[KEY] in former]
    keyed = world.schema["key"] is not None
    batches: list[list[Change]] = [
        [upsert(world.schema, row, keyed=keyed) for row in (*made, *world.removed)],
        [
            *(upsert(world.schema, row, keyed=True) for row in corrected),
            *(Delete(key_of(row)) for row in world.removed),
        ],
    ]
    return [batch for batch in batches if batch]


def upsert(body: Mapping[str, Any], row: Row, *, keyed: bool) -> Upsert:
    """A change that sets every field of a record; without a key where the next one is made."""
    scales = {each["name"]: each.get("scale", 0) for each in body["fields"]}
    values = {
        FieldName(name): stored(value, scales[name]) for name, value in row.items() if name != KEY
    }
    return Upsert(key_of(row) if keyed else None, values)


def key_of(row: Row) -> RecordKey:
    """The record's key."""
    key = row[KEY]
    assert isinstance(key, int | str)
    return key


def stored(value: Any, scale: int) -> Value:
    """A plain value as ``indexer.model.record`` stores it."""
    match value:
        case None:
            return None
        case Decimal():
            return int(value.scaleb(scale))
        case datetime():
            return (value - EPOCH) // timedelta(microseconds=1)
        case date():
            return (value - EPOCH.date()).days
        case frozenset():
            return tuple(sorted({nfc(member) for member in value}))
        case str():
            return nfc(value)
        case _:
            result: Value = value
            return result
