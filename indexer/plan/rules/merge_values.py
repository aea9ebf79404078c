"""Questions about the value of one field, answered by one lookup."""

from collections.abc import Iterator, Sequence
from typing import Any

from indexer.model.ids import FieldName
from indexer.model.record import Scalar
from indexer.plan.nodes import And, Equals, HasValue, Leaf, Lookup, Nothing, OneOf, Or, Plan, Range
from indexer.plan.rules.rule import Known

ValueLookup = Equals | OneOf | Range | HasValue
KINDS = frozenset((Equals, OneOf, Range, HasValue))


def merge_values(plan: And | Or, known: Known) -> Plan:
    """and(f > 1, f < 5) -> 1 < f < 5; or(f = 1, f = 2) -> f in {1, 2}; and(f = 1, f) -> f = 1.

    In a set, two values may be held by different members, so that only ``or`` merges them.
    """
    held: dict[FieldName, list[ValueLookup]] = {}
    for child in plan.children:
        lookup = _value_lookup(child)
        if lookup is not None:
            held.setdefault(lookup.field, []).append(lookup)
    if len(held) == len(plan.children):
        return plan
    merged: dict[FieldName, list[Lookup]] = {}
    for field, lookups in held.items():
        if len(lookups) > 1:
            joined = _any(lookups) if type(plan) is Or else _all(lookups, known)
            if len(joined) < len(lookups):
                merged[field] = joined
    return type(plan)(tuple(_with(merged, plan.children))) if merged else plan


def _with(merged: dict[FieldName, list[Lookup]], children: Sequence[Plan]) -> Iterator[Plan]:
    """What was merged stands where the first of it stood."""
    written: set[FieldName] = set()
    for child in children:
        lookup = _value_lookup(child)
        if lookup is None or lookup.field not in merged:
            yield child
        elif lookup.field not in written:
            written.add(lookup.field)
            yield from map(Leaf, merged[lookup.field])


def _value_lookup(plan: Plan) -> ValueLookup | None:
    if type(plan) is Leaf and type(plan.lookup) in KINDS:
        return plan.lookup  # type: ignore[return-value]  # of one of the kinds
    return None


def _any(lookups: list[ValueLookup]) -> list[Lookup]:
    """The union, of one field."""
    values: set[Scalar] = set()
    others: list[Lookup] = []
    for lookup in lookups:
        if isinstance(lookup, HasValue):
            return [lookup]
        if isinstance(lookup, Range):
            others.append(lookup)
        else:
            values.update(_values(lookup))
    # Texts sort as their UTF-8 bytes do.
    listed: list[Lookup] = [_one_of(lookups[0].field, sorted(values))] if values else []
    return listed + others


def _all(lookups: list[ValueLookup], known: Known) -> list[Lookup]:
    """The intersection, of one field."""
    field = lookups[0].field
    telling = [each for each in lookups if not isinstance(each, HasValue)]
    if len(telling) < 2 or not known.single_valued(field):
        return [*telling] or [HasValue(field)]
    narrowed = _narrowed(field, [each for each in telling if isinstance(each, Range)])
    lists = [_values(each) for each in telling if not isinstance(each, Range)]
    if not lists:
        return [_canonical(narrowed)]
    shared = set(lists[0]).intersection(*lists[1:])
    return [_one_of(field, [one for one in lists[0] if one in shared and _within(one, narrowed)])]


def _narrowed(field: FieldName, ranges: list[Range]) -> Range:
    """From the highest low end to the lowest high end; of two at one value, the open one."""
    lows: list[tuple[Any, bool]] = [(r.low, r.low_open) for r in ranges if r.low is not None]
    highs: list[tuple[Any, bool]] = [
        (r.high, not r.high_open) for r in ranges if r.high is not None
    ]
    low, low_open = max(lows, default=(None, False))
    high, high_closed = min(highs, default=(None, True))
    return Range(field, low, high, low_open, not high_closed)


def _canonical(lookup: Range) -> Lookup:
    """Of one value, of any or of none, said so."""
    low: Any = lookup.low
    if low is None and lookup.high is None:
        return HasValue(lookup.field)
    if low is None or lookup.high is None or low < lookup.high:
        return lookup
    if low > lookup.high or lookup.low_open or lookup.high_open:
        return Nothing()
    return Equals(lookup.field, low)


def _within(value: Any, lookup: Range) -> bool:
    low, high = lookup.low, lookup.high
    if low is not None and (value < low or (lookup.low_open and value == low)):
        return False
    return high is None or not (value > high or (lookup.high_open and value == high))


def _values(lookup: Equals | OneOf) -> tuple[Scalar, ...]:
    return (lookup.value,) if isinstance(lookup, Equals) else lookup.values


def _one_of(field: FieldName, values: list[Any]) -> Lookup:
    if len(values) == 1:
        return Equals(field, values[0])
    return OneOf(field, tuple(values)) if values else Nothing()
