"""A checked tree to plans: what an index is asked, for the whole and for every node.

Nothing here can fail on a condition that ``check`` found no problem in. Plans are said plainly;
putting them in a better order is not done here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from evaluator.condition import lookups
from evaluator.condition.literal import point_of, stored_values
from evaluator.condition.local_time import LocalTime, instant_of
from evaluator.condition.number import Point
from evaluator.condition.target import Target, home_of, target_of
from evaluator.condition.tree import (
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    Many,
    Muted,
    Not,
    One,
    Operand,
    Span,
    Unread,
)
from evaluator.condition.windows import Interval, Window, in_last, in_last_calendar
from indexer.model.schema import Field, FieldType, Schema
from indexer.plan.nodes import EVERYTHING, NOTHING, And, Equals, Leaf, Minus, Or, Plan, complement

IntervalOf = Callable[[Window, int, LocalTime], Interval]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The plan of the whole, and of every node that is counted, by path.

    ``resolved`` gives the interval of every window as ``start/end``, by path.
    """

    plan: Plan
    nodes: Mapping[str, Plan]
    resolved: Mapping[str, str]


def compile_condition(condition: Condition, schema: Schema, now: datetime) -> Compiled:
    """The plans of a checked condition. ``now`` has a zone.

    Cost: a literal about a microsecond, in long lists of ints or ASCII texts far less.
    """
    compiler = _Compiler(schema, home_of(schema), instant_of(now))
    plan = compiler.compile(condition)
    return Compiled(EVERYTHING if plan is None else plan, compiler.nodes, compiler.resolved)


@dataclass(slots=True)
class _Compiler:
    schema: Schema
    home: LocalTime
    now: int
    nodes: dict[str, Plan] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)

    def compile(self, condition: Condition) -> Plan | None:
        """The node's plan, also noted in ``nodes``; None if it is muted."""
        match condition:
            case AllOf(children=children):
                plans = self._compile_all(children)
                plan: Plan = And(plans) if plans else EVERYTHING
            case AnyOf(children=children):
                plans = self._compile_all(children)
                plan = Or(plans) if plans else NOTHING
            case Not(child=child):
                inner = self.compile(child)
                plan = EVERYTHING if inner is None else complement(inner)
            case FieldTest():
                plan = self._compile_leaf(condition)
            case Muted():
                return None
            case Unread():
                raise AssertionError(f"not a checked condition: {condition.path}")
            case _:
                assert_never(condition)
        self.nodes[condition.path] = plan
        return plan

    def _compile_all(self, children: tuple[Condition, ...]) -> tuple[Plan, ...]:
        plans = (self.compile(child) for child in children)
        return tuple(plan for plan in plans if plan is not None)

    def _compile_leaf(self, leaf: FieldTest) -> Plan:
        found = self.schema.field(leaf.field)
        assert found is not None, leaf.path
        target = target_of(found, leaf.zone, self.schema, self.home)
        assert target is not None, leaf.path
        if isinstance(leaf.operand, Window):
            elapsed, calendar = WINDOWS[leaf.operator.negates or leaf.operator.key]
            interval = (calendar if leaf.calendar else elapsed)(
                leaf.operand, self.now, target.local
            )
            self.resolved[leaf.path] = interval.text
            positive = _inside(interval, target)
        else:
            positive = PLANS[leaf.operator.negates or leaf.operator.key](leaf.operand, target)
        if not leaf.operator.negative:
            return positive
        if leaf.excludes_nulls:
            return Minus(lookups.has_value(found), positive)
        return complement(positive)


def _inside(interval: Interval, target: Target) -> Plan:
    """Records whose time lies in the interval; a date is its local midnight."""
    first, last = interval.first, interval.last
    if target.field.type is FieldType.DATE:
        first, last = target.local.first_day_from(first), target.local.last_day_until(last)
    return lookups.between(target.field, first, last)


def _place(literal: object, target: Target) -> Point:
    point = point_of(literal, target)
    assert isinstance(point, Point), target.field.name
    return point


def _one(
    plan_of: Callable[[Field, Point], Plan],
) -> Callable[[Operand, Target], Plan]:
    """A plan for operators that take one literal."""

    def plan(operand: Operand, target: Target) -> Plan:
        assert isinstance(operand, One), operand
        return plan_of(target.field, _place(operand.value, target))

    return plan


def _any_of(operand: Operand, target: Target) -> Plan:
    assert isinstance(operand, Many), operand
    return lookups.any_of(target.field, stored_values(operand.values, target))


def _between(operand: Operand, target: Target) -> Plan:
    assert isinstance(operand, Span), operand
    low, high = _place(operand.low, target), _place(operand.high, target)
    return lookups.between(target.field, low.first, high.last)


def _has_all(operand: Operand, target: Target) -> Plan:
    assert isinstance(operand, Many), operand
    name = target.field.name
    members = stored_values(operand.values, target)
    each = tuple(Leaf(Equals(name, member)) for member in members)
    return And(each) if each else lookups.has_value(target.field)


def _is_set(operand: Operand, target: Target) -> Plan:
    assert operand is None, operand
    return lookups.has_value(target.field)


PLANS: Mapping[str, Callable[[Operand, Target], Plan]] = MappingProxyType(
    {
        "is": _one(lookups.equal_to),
        "in": _any_of,
        "gt": _one(lookups.above),
        "gte": _one(lookups.at_least),
        "lt": _one(lookups.below),
        "lte": _one(lookups.at_most),
        "between": _between,
        "has_any": _any_of,
        "has_all": _has_all,
        "is_set": _is_set,
    }
)
"""The plan of every positive operator that needs no ``now``."""

WINDOWS: Mapping[str, tuple[IntervalOf, IntervalOf]] = MappingProxyType(
    {"in_last": (in_last, in_last_calendar)}
)
"""The interval of every positive operator that does: of elapsed time, and by calendar."""
