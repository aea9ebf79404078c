"""Changes as somebody sends them, held against the schema one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from evaluator.condition.local_time import LocalTime
from gateway.values import Unfit, from_json, key_from_json
from indexer.api import Index
from indexer.model.ids import KEY_FIELD, DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.record import Change, Delete, Upsert, Value
from indexer.model.schema import FieldType, Schema


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change as decoded JSON. ``values`` is None for a removal."""

    key: object
    values: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A change that can't be applied: its place among the proposed, and why."""

    index: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The changes to apply, in order, and those left out."""

    changes: tuple[Change, ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some proposed changes; ``sequence`` includes them."""

    sequence: SequenceNo
    applied: int
    unchanged: int
    rejected: tuple[Rejected, ...]


async def apply(index: Index, dataset: DatasetName, proposed: Sequence[Proposed]) -> Outcome:
    """Apply the good changes together, leave the bad ones out. Raises: UnknownDataset."""
    checked = check(proposed, await index.schema(dataset))
    if not checked.changes:
        info = await index.dataset(dataset)
        return Outcome(info.sequence, 0, 0, checked.rejected)
    done = await index.apply(dataset, checked.changes)
    changed = done.created + done.updated + done.deleted
    return Outcome(done.sequence, changed, done.unchanged, checked.rejected)


def check(proposed: Sequence[Proposed], schema: Schema) -> Checked:
    """Sort the good from the bad. While no key type is decided, the first good key decides."""
    wall = LocalTime(ZoneInfo(schema.time_zone))
    key_type = schema.key_type if schema.key is not None else FieldType.INT
    good: list[Change] = []
    bad: list[Rejected] = []
    for index, change in enumerate(proposed):
        try:
            checked = _checked(change, schema, key_type, wall)
        except Unfit as unfit:
            bad.append(Rejected(index, unfit.code, unfit.message))
            continue
        key_type = key_type or _type_of(checked.key)
        good.append(checked)
    return Checked(tuple(good), tuple(bad))


def _checked(
    change: Proposed, schema: Schema, key_type: FieldType | None, wall: LocalTime
) -> Change:
    if change.values is None:
        return Delete(key_from_json(change.key, key_type))
    key: RecordKey | None = None
    if change.key is not None or schema.key is not None:
        key = key_from_json(change.key, key_type)
    values: dict[FieldName, Value] = {}
    for name, value in change.values.items():
        field = schema.field(name)
        if field is None or name == KEY_FIELD:
            raise Unfit("unknown_field", f"{schema.name} has no such field")
        if field.name == KEY_FIELD:
            _check_same(key, key_from_json(value, key_type), schema)
        else:
            values[field.name] = from_json(field, value, wall)
    return Upsert(key, values)


def _check_same(key: RecordKey | None, told: RecordKey, schema: Schema) -> None:
    """The key column may be repeated among the values, but a record can't be given another key."""
    if told != key:
        raise Unfit("bad_value", f"'{schema.key}' is the record's key and can't be changed")


def _type_of(key: RecordKey | None) -> FieldType | None:
    if key is None:
        return None
    return FieldType.INT if isinstance(key, int) else FieldType.KEYWORD
