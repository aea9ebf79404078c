"""A checked tree to plans: what an index is asked, for the whole and for every node.

Nothing here can fail on a condition that ``check`` found no problem in. Plans are said plainly;
putting them in a better order is not done here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from evaluator.condition import lookups
from evaluator.condition.anniversaries import Anniversary, covered
from evaluator.condition.bind import Bound, Sibling
from evaluator.condition.checked import Checked, Referenced
from evaluator.condition.clocks import CLOCKS
from evaluator.condition.computed import asked_now
from evaluator.condition.intervals import INTERVALS
from evaluator.condition.joins import Join, join_of
from evaluator.condition.local_time import LocalTime, instant_of
from evaluator.condition.plans import PLANS
from evaluator.condition.related_plans import aggregated, counted, exists, followed
from evaluator.condition.segments import plan_of
from evaluator.condition.surroundings import ALONE, Surroundings
from evaluator.condition.target import Target, home_of, target_of
from evaluator.condition.tree import (
    AggregateOf,
    AllOf,
    AnyOf,
    ChainOf,
    Condition,
    CountOf,
    FieldTest,
    Muted,
    Not,
    RelatedTest,
    SegmentTest,
    Unread,
)
from indexer.model.schema import Schema
from indexer.model.switches import Switches
from indexer.plan.nodes import EVERYTHING, NOTHING, And, Minus, Or, Plan, complement
from indexer.plan.program import program_of, to_bytes
from indexer.plan.rules.optimise import optimise

ALL_ON = Switches()


@dataclass(frozen=True, slots=True)
class Compiled:
    """The plan of the whole, and of every node that is counted, by path.

    ``resolved`` gives the interval of every leaf that means one as ``start/end``, by path
    (``evaluator.condition.intervals``).
    """

    plan: Plan
    nodes: Mapping[str, Plan]
    resolved: Mapping[str, str]


def compile_condition(
    checked: Checked,
    schema: Schema,
    now: datetime,
    around: Surroundings = ALONE,
    switches: Switches = ALL_ON,
) -> Compiled:
    """The plans of a condition without problems. ``now`` has a zone. Reads no literal.

    Programs over related records stand in lookups, so they are optimised here.
    """
    assert not checked.problems, checked.problems
    compiler = _Compiler(schema, around, home_of(schema), instant_of(now), checked, switches)
    plan = compiler.compile(checked.condition)
    return Compiled(EVERYTHING if plan is None else plan, compiler.nodes, compiler.resolved)


@dataclass(slots=True)
class _Compiler:
    schema: Schema
    around: Surroundings
    home: LocalTime
    now: int
    checked: Checked
    switches: Switches
    referenced: dict[tuple[str, int], Plan] = field(default_factory=dict)
    """Of every version of a segment that is referred to, so far."""
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
            case SegmentTest():
                plan = self._compile_reference(self.checked.segments[condition.path])
            case RelatedTest():
                plan = self._compile_related(condition)
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

    def _compile_reference(self, referenced: Referenced) -> Plan:
        place = (referenced.definition.id, referenced.definition.version)
        if place not in self.referenced:
            self.referenced[place] = plan_of(referenced, self.schema, self._compile_inside)
        return self.referenced[place]

    def _compile_inside(self, checked: Checked) -> Plan:
        """The plan of another condition at the same moment; its nodes are not noted."""
        inner = replace(self, checked=checked, nodes={}, resolved={})
        plan = inner.compile(checked.condition)
        return EVERYTHING if plan is None else plan

    def _compile_related(self, test: RelatedTest) -> Plan:
        join = join_of(self.schema, test, self.around)
        assert isinstance(join, Join), test.path
        if isinstance(test.measure, ChainOf):
            wheres = tuple(self._inside(join.schema, step.where) for step in test.measure.steps)
            return followed(join, test.measure, wheres)
        where = self._inside(join.schema, test.where)
        match test.measure:
            case None:
                return exists(join, where)
            case CountOf():
                return counted(join, where, test.measure, self.checked.operands[test.path])
            case AggregateOf(field=name):
                found = join.schema.field(name)
                assert found is not None, test.path
                bound = self.checked.operands[test.path]
                return aggregated(join, where, test.measure, bound, found)
            case _:
                assert_never(test.measure)

    def _inside(self, schema: Schema, where: Condition | None) -> bytes:
        """The program of a condition over related records; its nodes are not noted."""
        inner = replace(self, schema=schema, home=home_of(schema), nodes={}, resolved={})
        plan = None if where is None else inner.compile(where)
        plans = optimise([EVERYTHING if plan is None else plan], schema, self.switches)
        return to_bytes(program_of(plans))

    def _compile_leaf(self, leaf: FieldTest) -> Plan:
        found = self.schema.field(leaf.field)
        assert found is not None, leaf.path
        target = target_of(found, leaf.zone, self.schema, self.home)
        assert target is not None, leaf.path
        bound = self.checked.operands[leaf.path]
        plan = self._positive(leaf, bound, target)
        if leaf.operator.negative and leaf.excludes_nulls:
            filled = lookups.has_value(found)
            if isinstance(bound, Sibling):
                filled = And((filled, lookups.has_value(bound.field)))
            plan = Minus(filled, plan)
        elif leaf.operator.negative:
            plan = complement(plan)
        return asked_now(plan, self.schema, self.home, self.now)

    def _positive(self, leaf: FieldTest, bound: Bound, target: Target) -> Plan:
        """The plan of the operator, or of its positive twin; its interval goes to ``resolved``."""
        key = leaf.operator.negates or leaf.operator.key
        if key in PLANS:
            return PLANS[key](bound, leaf, target)
        if key in INTERVALS:
            interval = INTERVALS[key](bound, leaf.calendar, self.now, target.local)
            self.resolved[leaf.path] = interval.text
            return lookups.inside(interval, target)
        if isinstance(bound, Anniversary):
            days = covered(bound, self.now, target.local)
            if days is not None:
                self.resolved[leaf.path] = days.text
        return CLOCKS[key](bound, target, self.now)
