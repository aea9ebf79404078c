"""Formulas computed for many records at once. Nothing here fails on a typed tree."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np

from indexer.formula import calendar, logic, numbers, rounding, spelling, texts
from indexer.formula.kinds import TEXT, TRUTH
from indexer.formula.tree import Aggregate, Apply, Constant, Now, Read, Tree
from indexer.formula.vectors import Vector, constant
from indexer.formula.zone import Zone
from indexer.model.ids import FieldName

FieldOf = Callable[[FieldName], Vector]
"""A field of the records."""
AggregateOf = Callable[[Aggregate], Vector]
"""An aggregate for the records."""


@dataclass(frozen=True, slots=True)
class Records:
    """What formulas are computed over: so many records, their fields, their dataset's zone.

    ``now`` is an instant, and None for formulas that are stored.
    """

    size: int
    field: FieldOf
    zone: Zone
    now: int | None = None
    aggregate: AggregateOf | None = None


def compute(tree: Tree, records: Records) -> Vector:
    """The value of a formula for every record. Cost: a pass or a few an operation."""
    match tree:
        case Constant(value=value, kind=kind):
            return constant(value, kind, records.size)
        case Read(field=field):
            return records.field(field)
        case Now(kind=kind):
            assert records.now is not None, "it is computed when somebody asks"
            return constant(records.now, kind, records.size)
        case Aggregate():
            assert records.aggregate is not None, "it is computed when somebody asks"
            return records.aggregate(tree)
        case Apply(arguments=arguments):
            vectors = [compute(argument, records) for argument in arguments]
            return OPERATIONS[tree.operation](tree, vectors, records.zone)
        case _:
            assert_never(tree)


Operation = Callable[[Apply, Sequence[Vector], Zone], Vector]


def _arithmetic(tree: Apply, given: Sequence[Vector], _: Zone) -> Vector:
    return numbers.calculated(tree.operation, given, tree.kind)


def _compared(tree: Apply, given: Sequence[Vector], zone: Zone) -> Vector:
    return logic.compared(tree.operation, given[0], given[1], zone)


def _least(tree: Apply, given: Sequence[Vector], zone: Zone) -> Vector:
    return logic.least_of(given, zone, most=tree.operation == "max")


def _null(_: Apply, given: Sequence[Vector], __: Zone) -> Vector:
    return Vector(TRUTH, ~given[0].filled, np.ones(len(given[0]), np.bool_))


def _converted(tree: Apply, given: Sequence[Vector], _: Zone) -> Vector:
    return rounding.wider(given[0], tree.kind)


def _rounded(tree: Apply, given: Sequence[Vector], _: Zone) -> Vector:
    digits = tree.arguments[1]
    assert isinstance(digits, Constant), tree.kind
    assert isinstance(digits.value, int), tree.kind
    return rounding.rounded(given[0], digits.value, tree.kind)


def _changed(tree: Apply, given: Sequence[Vector], _: Zone) -> Vector:
    return texts.changed(tree.operation, given[0])


def _found(tree: Apply, given: Sequence[Vector], _: Zone) -> Vector:
    return texts.found(tree.operation, given[0], given[1])


def _cut(_: Apply, given: Sequence[Vector], __: Zone) -> Vector:
    return texts.cut(given[0], given[1], given[2] if len(given) > 2 else None)


def _part(tree: Apply, given: Sequence[Vector], zone: Zone) -> Vector:
    return calendar.part(tree.operation, given[0], zone)


def _truncated(tree: Apply, given: Sequence[Vector], zone: Zone) -> Vector:
    unit: Any = tree.arguments[0]
    return calendar.truncated(unit.value, given[1], zone)


def _to_whole(_: Apply, given: Sequence[Vector], __: Zone) -> Vector:
    (vector,) = given
    return spelling.whole_of_text(vector) if vector.kind == TEXT else rounding.to_whole(vector)


def _to_decimal(tree: Apply, given: Sequence[Vector], _: Zone) -> Vector:
    (vector,) = given
    if vector.kind == TEXT:
        return spelling.decimal_of_text(vector, tree.kind)
    return rounding.to_decimal(vector, tree.kind)


OPERATIONS: Mapping[str, Operation] = {
    **dict.fromkeys(("+", "-", "*", "/", "%"), _arithmetic),
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">="), _compared),
    **dict.fromkeys(("lower", "upper", "trim"), _changed),
    **dict.fromkeys(("contains", "starts_with", "ends_with"), _found),
    **dict.fromkeys(("year", "month", "day", "weekday"), _part),
    **dict.fromkeys(("min", "max"), _least),
    "and": lambda _, given, __: logic.both(*given),
    "or": lambda _, given, __: logic.either(*given),
    "not": lambda _, given, __: logic.opposite(*given),
    "in": lambda _, given, zone: logic.among(given[0], given[1:], zone),
    "negate": lambda _, given, __: numbers.negative(*given),
    "convert": _converted,
    "concat": lambda _, given, __: texts.joined(given),
    "if": lambda _, given, __: logic.chosen(*given),
    "coalesce": lambda _, given, __: logic.first_of(given),
    "is_null": _null,
    "abs": lambda _, given, __: numbers.absolute(*given),
    "floor": lambda tree, given, _: rounding.floor(given[0], tree.kind),
    "ceil": lambda tree, given, _: rounding.ceil(given[0], tree.kind),
    "round": _rounded,
    "length": lambda _, given, __: texts.length(*given),
    "substr": _cut,
    "days_between": lambda _, given, zone: calendar.days_between(given[0], given[1], zone),
    "date_trunc": _truncated,
    "days_since": lambda _, given, zone: calendar.days_since(given[0], given[1], zone),
    "to_int": _to_whole,
    "to_decimal": _to_decimal,
    "to_text": lambda _, given, __: spelling.to_text(*given),
}
"""Every operation of a typed tree."""
