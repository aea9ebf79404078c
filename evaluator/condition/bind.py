"""Operands with their literals read: what the compiler works with, so that each is read once."""

from dataclasses import replace

import msgspec

from evaluator.condition.lists import stored_values
from evaluator.condition.literal import Fault, moment_of, point_of
from evaluator.condition.number import Point
from evaluator.condition.share import Share
from evaluator.condition.target import Target
from evaluator.condition.time_values import TimeValue
from evaluator.condition.tree import FieldTest, Many, One, Other, Span
from evaluator.condition.windows import Interval
from indexer.model.record import Scalar
from indexer.model.schema import Field
from indexer.plan.fold import folded


class Values(msgspec.Struct, frozen=True):
    """Stored values, sorted, each once; folded if the leaf folds."""

    values: tuple[Scalar, ...]


class Ends(msgspec.Struct, frozen=True):
    """Both ends of a span."""

    low: Point
    high: Point


class Sibling(msgspec.Struct, frozen=True):
    """Another field of the same record; ``undecided`` if it is a key that has no type yet."""

    field: Field
    undecided: bool


Bound = Point | Values | Ends | Sibling | Interval | TimeValue | Share | None


def bind(leaf: FieldTest, target: Target) -> Bound | Fault:
    """The leaf's operand for its target, or the fault of its first unsuitable literal.

    Another field is not looked up here.
    """
    literals = target
    if leaf.operator.literal is not None:
        field = replace(target.field, type=leaf.operator.literal, scale=0)
        literals = msgspec.structs.replace(target, field=field)
    match leaf.operand:
        case One(literal) if leaf.operator.whole_day:
            return moment_of(literal, target)
        case One(literal):
            return _bind_one(literal, literals, fold=leaf.folds and not leaf.operator.is_pattern)
        case Many(several):
            values = stored_values(several, literals, fold=leaf.folds)
            return values if isinstance(values, Fault) else Values(values)
        case Span(low, high):
            first, last = point_of(low, literals), point_of(high, literals)
            if isinstance(first, Fault):
                return first
            return last if isinstance(last, Fault) else Ends(first, last)
        case Other():
            raise AssertionError(f"not a literal: {leaf.path}")
        case ready:
            return ready


def _bind_one(literal: object, target: Target, *, fold: bool) -> Point | Fault:
    point = point_of(literal, target)
    if isinstance(point, Point) and fold and isinstance(point.first, str):
        text = folded(point.first)
        return Point(text, text)
    return point
