"""What can be wrong with a question beside its condition, found before the index is asked.

Every fault is a problem with its place in the body of the question.
"""

from collections.abc import Sequence

from evaluator.api import OVERLAP_LEAVES_MAX, OVERLAP_MAX
from evaluator.condition.language import Checked
from indexer.model.errors import BadShape, Problem, UnknownField
from indexer.model.ids import FieldName
from indexer.model.limits import BINS_MAX, ORDER_FIELDS_MAX
from indexer.model.record import Cursor, OrderBy
from indexer.model.schema import Field, FieldType, Schema

BINNED = frozenset(
    {FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT, FieldType.DATE, FieldType.TIMESTAMP}
)
"""Types that can be told in bins: numbers and times."""

_STORED: dict[FieldType, type] = {
    FieldType.BOOL: bool, FieldType.INT: int, FieldType.DECIMAL: int, FieldType.FLOAT: float,
    FieldType.DATE: int, FieldType.TIMESTAMP: int, FieldType.KEYWORD: str, FieldType.TEXT: str,
}  # fmt: skip


def known(schema: Schema, name: FieldName, place: str) -> Field:
    """The field of that name; ``place`` is where it was asked for. Raises: UnknownField."""
    field = schema.field(name)
    if field is None:
        message = f"dataset {schema.name!r} has no field {name!r}"
        raise UnknownField(message, problems=(Problem("unknown_field", place, message),))
    if not field.stored:
        message = f"{name!r} is computed when a condition asks: its values can't be listed yet"
        raise UnknownField(message, problems=(Problem("unknown_field", place, message),))
    return field


def all_known(schema: Schema, names: Sequence[FieldName]) -> None:
    """Raises: UnknownField unless the dataset has all of these fields."""
    for place, name in enumerate(names):
        known(schema, name, f"/fields/{place}")


def check_order(schema: Schema, order: Sequence[OrderBy], after: Cursor | None) -> None:
    """Whether records can be listed in this order, and from there on. Raises: BadShape."""
    if len(order) > ORDER_FIELDS_MAX:
        raise _bad("bad_value", "/order_by", f"order by at most {ORDER_FIELDS_MAX} fields")
    found = [schema.field(each.field) for each in order]
    for place, (each, field) in enumerate(zip(order, found, strict=True)):
        pointer = f"/order_by/{place}/field"
        if field is None:
            message = f"{schema.name} has no field {each.field!r}"
            raise _bad("unknown_field", pointer, message)
        if not field.stored:
            message = f"{each.field!r} is computed when a condition asks: nothing is ordered by it"
            raise _bad("unknown_field", pointer, message)
        if field.type is FieldType.SET:
            message = f"field {each.field!r} holds sets, which have no order"
            raise _bad("operator_not_for_type", pointer, message)
    if after is not None and not _fits(after, [field for field in found if field is not None]):
        raise _bad("bad_value", "/cursor", "this cursor belongs to a list in another order")


def check_bins(field: Field, bins: int | None) -> None:
    """Whether the field can be told in so many bins. Raises: BadShape."""
    if bins is None:
        return
    if field.type not in BINNED:
        message = f"a field of type {field.type} has no bins: numbers and times have"
        raise _bad("operator_not_for_type", "/bins", message)
    if not 1 <= bins <= BINS_MAX:
        raise _bad("bad_value", "/bins", f"ask for 1 to {BINS_MAX:,} bins")


def check_overlap(conditions: Sequence[object]) -> None:
    """Whether so many conditions can be compared. Raises: BadShape."""
    if not 1 <= len(conditions) <= OVERLAP_MAX:
        raise _bad("bad_value", "/conditions", f"compare 1 to {OVERLAP_MAX} conditions at a time")


def check_leaves(conditions: Sequence[Checked]) -> None:
    """Whether conditions of this size can be compared. Raises: BadShape."""
    if sum(map(_leaves, conditions)) > OVERLAP_LEAVES_MAX:
        message = f"compare conditions of at most {OVERLAP_LEAVES_MAX:,} leaves in all"
        raise _bad("too_many_nodes", "/conditions", message)


def _leaves(checked: Checked) -> int:
    """Leaves on fields, and all that stands behind references."""
    return len(checked.operands) + sum(each.nodes for each in checked.segments.values())


def _fits(after: Cursor, order: Sequence[Field]) -> bool:
    """Whether the place could be one among records in this order."""
    return len(after.values) == len(order) and all(
        value is None or type(value) is _STORED[field.type]
        for value, field in zip(after.values, order, strict=True)
    )


def _bad(code: str, place: str, message: str) -> BadShape:
    return BadShape(message, problems=(Problem(code, place, message),))
