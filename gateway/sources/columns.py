"""Fields and datasets made from a table's columns, where a source may add them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from gateway.sources.api import Event
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import LINKABLE, Field, FieldType, Schema


def field_of(name: str, event: Event) -> Field | None:
    """The field that a column of an event becomes; None while nothing tells its type."""
    known = event.columns.get(name)
    if known is None:
        type_ = _type_of(event.values[name])
        if type_ is None:
            return None
        known = Field(FieldName(name), type_)
    return known if known.label else replace(known, label=name.replace("_", " "))


def new_dataset(name: DatasetName, events: Sequence[Event]) -> Schema | None:
    """A dataset without fields yet, of the table's own key; None where that is not one column."""
    keys = {column: event for event in events for column in event.key}
    if len(keys) != 1 or any(len(event.key) > 1 for event in events):
        return None
    column, event = next(iter(keys.items()))
    known = event.columns.get(column)
    type_ = known.type if known is not None else _type_of(event.key[column])
    if type_ not in LINKABLE:
        type_ = FieldType.KEYWORD
    return Schema(name=name, key=FieldName(column), key_type=type_, fields=())


def _type_of(value: object) -> FieldType | None:
    """The type that a bare value shows; a decimal's digits after the point are not known by one."""
    match value:
        case bool():
            return FieldType.BOOL
        case int():
            return FieldType.INT
        case Decimal() | float():
            return FieldType.FLOAT
        case str():
            return FieldType.KEYWORD
        case list() if value and all(isinstance(member, str) for member in value):
            return FieldType.SET
        case _:
            return None
