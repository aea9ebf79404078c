"""Aggregates in formulas: which records of which dataset they are about, and what they give."""

from collections.abc import Mapping

from indexer.formula.fault import TYPE, FormulaFault, hint
from indexer.formula.functions import AGGREGATED
from indexer.formula.kinds import SCALE_OF_QUOTIENTS, WHOLE, Kind, kind_of, said
from indexer.formula.syntax import Call, Name, Path
from indexer.formula.tree import Aggregate
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType, Link, Schema

Neighbours = Mapping[DatasetName, Schema]
"""The schemas of all datasets, by name."""

_TIMED = ("first", "last")


def aggregate_of(call: Call, schema: Schema, neighbours: Neighbours) -> Aggregate:
    """What the call is about. Raises: FormulaFault."""
    if not call.arguments or len(call.arguments) > (2 if call.function in _TIMED else 1):
        message = f"it is written {AGGREGATED[call.function].signature}"
        raise FormulaFault(TYPE, call.position, message)
    about = call.arguments[0]
    if call.function == "count":
        if not isinstance(about, Name):
            raise FormulaFault(TYPE, about.position, "here should be a dataset's name")
        other = _dataset(about.name, about.position, neighbours)
        link = _link(other, schema, about.position)
        return Aggregate("count", other.name, link.name, None, None, WHOLE)
    if not isinstance(about, Path):
        message = "here should be a field of related records, like purchases.amount"
        raise FormulaFault(TYPE, about.position, message)
    other = _dataset(about.dataset, about.position, neighbours)
    link = _link(other, schema, about.position)
    field = _field(about, other)
    kind = _kind(call, field, about.position)
    order = _order(call, other, field) if call.function in _TIMED else None
    return Aggregate(call.function, other.name, link.name, field.name, order, kind)


def _dataset(name: str, position: int, neighbours: Neighbours) -> Schema:
    found = neighbours.get(DatasetName(name))
    if found is None:
        raise FormulaFault(TYPE, position, f"there is no such dataset{hint(name, neighbours)}")
    return found


def _link(other: Schema, schema: Schema, position: int) -> Link:
    links = [link for link in other.links if link.to == schema.name]
    if len(links) == 1:
        return links[0]
    how = "no link leads" if not links else "more than one link leads"
    raise FormulaFault(TYPE, position, f"{how} from {other.name!r} to {schema.name!r}")


def _field(path: Path, other: Schema) -> Field:
    found = other.field(path.field)
    if found is None or (found.formula is not None and not found.stored):
        close = hint(path.field, [field.name for field in other.fields])
        raise FormulaFault(TYPE, path.position, f"{other.name!r} has no such field{close}")
    return found


def _kind(call: Call, field: Field, position: int) -> Kind:
    kind = kind_of(field)
    match call.function:
        case "count_distinct":
            fits, given = kind.type is not FieldType.SET, WHOLE
        case "sum":
            fits, given = kind.is_number, kind
        case "avg" | "median":
            scale = SCALE_OF_QUOTIENTS if call.function == "avg" else kind.scale + 1
            scale = min(max(scale, kind.scale), DECIMAL_DIGITS_MAX)
            exact = Kind(FieldType.DECIMAL, scale)
            fits, given = kind.is_number, kind if kind.type is FieldType.FLOAT else exact
        case "min" | "max":
            fits, given = kind.is_number or kind.is_time, kind
        case _:
            fits, given = kind.type is not FieldType.SET, kind
    if not fits:
        message = f"{call.function} can't be taken of {said(kind)}"
        raise FormulaFault(TYPE, position, message)
    return given


def _order(call: Call, other: Schema, field: Field) -> FieldName:
    if len(call.arguments) == 1:
        if kind_of(field).is_time:
            return field.name
        message = "name the time field too, like last(purchases.amount, purchases.ts)"
        raise FormulaFault(TYPE, call.position, message)
    by = call.arguments[1]
    if not isinstance(by, Path) or by.dataset != other.name:
        raise FormulaFault(TYPE, by.position, f"here should be a time field of {other.name!r}")
    found = _field(by, other)
    if not kind_of(found).is_time:
        raise FormulaFault(TYPE, by.position, f"here should be a time field of {other.name!r}")
    return found.name
