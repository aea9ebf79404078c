"""Changes read the plain way: pydantic for the shape, one value after the other. An oracle."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from evaluator.changes.checking import Checked, Rejected
from evaluator.changes.values import Unfit, from_json, key_from_json
from evaluator.condition.decode import decode_json
from evaluator.condition.local_time import LocalTime
from gateway.bodies import shaped
from gateway.routes.models import ChangesIn, UpsertIn
from indexer.model.ids import KEY_FIELD, FieldName, RecordKey
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import FieldType, Schema


def slowly(body: bytes, schema: Schema) -> tuple[Checked, str | None]:
    """What is in a body, and its idempotency key. Raises: BadBody, TooLarge, BadShape."""
    read = shaped(ChangesIn, decode_json(body, len(body)))
    wall = LocalTime(ZoneInfo(schema.time_zone))
    key_type = schema.key_type if schema.key is not None else FieldType.INT
    good: list[Change] = []
    bad: list[Rejected] = []
    for index, change in enumerate(read.changes):
        values = change.values if isinstance(change, UpsertIn) else None
        try:
            checked = _checked(change.key, values, schema, key_type, wall)
        except Unfit as unfit:
            bad.append(Rejected(index, unfit.code, unfit.message))
            continue
        if key_type is None:
            key_type = FieldType.INT if isinstance(checked.key, int) else FieldType.KEYWORD
        good.append(checked)
    return Checked(tuple(good), tuple(bad)), read.idempotency_key


def _checked(
    given: object,
    told: Mapping[str, object] | None,
    schema: Schema,
    key_type: FieldType | None,
    wall: LocalTime,
) -> Change:
    if told is None:
        return Delete(key_from_json(given, key_type))
    key: RecordKey | None = None
    if given is not None or schema.key is not None:
        key = key_from_json(given, key_type)
    values: dict[FieldName, Value] = {}
    for name, value in told.items():
        field = schema.field(name)
        if field is None or name == KEY_FIELD:
            raise Unfit("unknown_field", f"{schema.name} has no such field")
        if field.name != KEY_FIELD:
            values[field.name] = from_json(field, value, wall)
        elif key_from_json(value, key_type) != key:
            raise Unfit("bad_value", f"'{schema.key}' is the record's key and can't be changed")
    return Upsert(key, values)
