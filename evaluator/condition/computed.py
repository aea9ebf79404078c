"""Lookups on formula fields that no index has: said by time, or handed over to be computed.

``days_since(f)`` compared with numbers is a question about ``f``, which sorted orders answer. All
else is computed for every record when it is asked.
"""

from typing import assert_never

from evaluator.condition import lookups
from evaluator.condition.local_time import DAY, LocalTime
from evaluator.condition.target import Target
from evaluator.condition.windows import Interval
from indexer.formula.fault import FormulaFault
from indexer.formula.fields import checked_formula
from indexer.formula.tree import Apply, Now, Read
from indexer.model.schema import Field, Schema
from indexer.plan.nodes import (
    And,
    CalendarPart,
    Compare,
    Equals,
    Exactly,
    HasValue,
    Leaf,
    Lookup,
    Minus,
    OneOf,
    Or,
    Pattern,
    Plan,
    Range,
    Size,
    TextMatch,
)
from indexer.plan.program import program_of, to_bytes
from indexer.plan.related import Computed


def asked_now(plan: Plan, schema: Schema, home: LocalTime, now: int) -> Plan:
    """The plan of a leaf, without a lookup on a field that is not stored. Cost: none else."""
    match plan:
        case Leaf(lookup=lookup):
            return _asked(lookup, schema, home, now) if _is_asked(lookup, schema) else plan
        case And(children=children):
            return And(tuple(asked_now(child, schema, home, now) for child in children))
        case Or(children=children):
            return Or(tuple(asked_now(child, schema, home, now) for child in children))
        case Minus(base=base, without=without):
            return Minus(asked_now(base, schema, home, now), asked_now(without, schema, home, now))
        case _:
            assert_never(plan)


_ON_FIELDS = (
    HasValue, Equals, OneOf, Range, TextMatch, Pattern, Size, Exactly, Compare, CalendarPart,
)  # fmt: skip


def _is_asked(lookup: Lookup, schema: Schema) -> bool:
    if not isinstance(lookup, _ON_FIELDS):
        return False
    names = (lookup.field, lookup.other) if isinstance(lookup, Compare) else (lookup.field,)
    found = (schema.field(name) for name in names)
    return any(field is not None and not field.stored for field in found)


def _asked(lookup: Lookup, schema: Schema, home: LocalTime, now: int) -> Plan:
    since = None
    if isinstance(lookup, HasValue | Equals | OneOf | Range):
        since = _days_since(schema.field(lookup.field), schema)
    if since is None:
        return Leaf(Computed(to_bytes(program_of([Leaf(lookup)])), now))
    target = Target(since, home, home, undecided=False)
    match lookup:
        case HasValue():
            return lookups.has_value(since)
        case Equals(value=value):
            return _between(target, now, int(value), int(value))
        case OneOf(values=values):
            return Or(tuple(_between(target, now, int(value), int(value)) for value in values))
        case Range(low=low, high=high):
            # Bounds of ints are closed.
            ends = (None if end is None else int(end) for end in (low, high))
            return _between(target, now, *ends)
        case _:
            raise AssertionError(lookup)


def _between(target: Target, now: int, low: int | None, high: int | None) -> Plan:
    """From ``low`` to ``high`` whole days of 24 hours ago."""
    last = None if low is None else now - low * DAY
    first = None if high is None else now - (high + 1) * DAY + 1
    return lookups.inside(Interval(first, last), target)


def _days_since(field: Field | None, schema: Schema) -> Field | None:
    """The stored time field of which the formula gives the days since then, and nothing else."""
    if field is None or field.formula is None or "days_since" not in field.formula.lower():
        return None
    try:
        tree = checked_formula(field.formula, schema, {}).tree
    except FormulaFault:
        # It is about other datasets.
        return None
    match tree:
        case Apply(operation="days_since", arguments=(Read(field=name), Now())):
            found = schema.field(name)
            return found if found is not None and found.stored else None
        case _:
            return None
