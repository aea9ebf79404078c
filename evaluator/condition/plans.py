"""The plan of every positive operator, from its leaf's bound operand.

Nothing here can fail on a checked leaf.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from evaluator.condition import lookups, text_lookups
from evaluator.condition.bind import Bound, Ends, Sibling, Values
from evaluator.condition.number import Point
from evaluator.condition.share import Share, draws_of
from evaluator.condition.siblings import compared
from evaluator.condition.target import Target
from evaluator.condition.tree import FieldTest
from indexer.model.schema import Field, FieldType
from indexer.plan.nodes import And, Equals, Leaf, Plan

PlanOf = Callable[[Bound, FieldTest, Target], Plan]


def _one(plan_of: Callable[[Field, Point], Plan]) -> PlanOf:
    """A plan for operators that compare with one literal, or with another field."""

    def plan(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
        if isinstance(bound, Sibling):
            return compared(leaf, target, bound)
        assert isinstance(bound, Point), leaf.path
        if leaf.folds:
            return text_lookups.reads(target.field, "equals", (str(bound.first),), fold=True)
        return plan_of(target.field, bound)

    return plan


def _any_of(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
    assert isinstance(bound, Values), leaf.path
    if leaf.folds:
        return text_lookups.reads(target.field, "equals", _texts(bound), fold=True)
    return lookups.any_of(target.field, bound.values)


def _between(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
    assert isinstance(bound, Ends), leaf.path
    return lookups.between(target.field, bound.low.first, bound.high.last)


def _reads(how: text_lookups.How) -> PlanOf:
    """A plan for operators that look for texts in text."""

    def plan(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
        assert isinstance(bound, Values), leaf.path
        return text_lookups.reads(target.field, how, _texts(bound), fold=leaf.folds)

    return plan


def _matches(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
    assert isinstance(bound, Point), leaf.path
    return text_lookups.matches(target.field, str(bound.first), fold=leaf.folds)


def _has_all(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
    assert isinstance(bound, Values), leaf.path
    each = tuple(Leaf(Equals(target.field.name, member)) for member in bound.values)
    return And(each) if each else lookups.has_value(target.field)


def _is_exactly(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
    assert isinstance(bound, Values), leaf.path
    return lookups.exactly(target.field, _texts(bound))


def _size(ends: Callable[[int, int], tuple[int, int | None]]) -> PlanOf:
    """A plan for operators on the number of members."""

    def plan(bound: Bound, leaf: FieldTest, target: Target) -> Plan:
        assert isinstance(bound, Point), leaf.path
        assert isinstance(bound.first, int), leaf.path
        assert isinstance(bound.last, int), leaf.path
        return lookups.sized(target.field, *ends(bound.first, bound.last))

    return plan


def _is_set(_: Bound, __: FieldTest, target: Target) -> Plan:
    return lookups.has_value(target.field)


def _is_empty(_: Bound, __: FieldTest, target: Target) -> Plan:
    if target.field.type is FieldType.SET:
        return lookups.sized(target.field, 0, 0)
    return lookups.any_of(target.field, ("",))


def _is_not_empty(_: Bound, __: FieldTest, target: Target) -> Plan:
    if target.field.type is FieldType.SET:
        return lookups.sized(target.field, 1, None)
    return lookups.between(target.field, "", None, low_open=True)


def _sample(bound: Bound, leaf: FieldTest, _: Target) -> Plan:
    assert isinstance(bound, Share), leaf.path
    first, last = draws_of(bound)
    return lookups.drawn(first, last, bound.salt)


def _texts(bound: Values) -> tuple[str, ...]:
    return tuple(text for text in bound.values if isinstance(text, str))


PLANS: Mapping[str, PlanOf] = MappingProxyType(
    {
        "is": _one(lookups.equal_to),
        "in": _any_of,
        "gt": _one(lookups.above),
        "gte": _one(lookups.at_least),
        "lt": _one(lookups.below),
        "lte": _one(lookups.at_most),
        "between": _between,
        "contains": _reads("contains"),
        "starts_with": _reads("starts_with"),
        "ends_with": _reads("ends_with"),
        "matches": _matches,
        "has_any": _any_of,
        "has_all": _has_all,
        "is_exactly": _is_exactly,
        "size_is": _size(lambda first, last: (first, last)),
        "size_gt": _size(lambda _, last: (last + 1, None)),
        "size_gte": _size(lambda first, _: (first, None)),
        "size_lt": _size(lambda first, _: (0, first - 1)),
        "size_lte": _size(lambda _, last: (0, last)),
        "is_empty": _is_empty,
        "is_not_empty": _is_not_empty,
        "is_set": _is_set,
        "sample": _sample,
    }
)
"""The plan of every positive operator that needs no ``now``."""
