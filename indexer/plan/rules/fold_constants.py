"""Everything, Nothing, groups of one and of none."""

from indexer.plan.nodes import EVERYTHING, NOTHING, And, Equals, Leaf, Minus, OneOf, Or, Plan
from indexer.plan.rules.rule import Known


def fold_constants(plan: Plan, _: Known) -> Plan:
    """and(a, all) -> a; or(a, all) -> all; minus(a, none) -> a; and so on; and(a) -> a."""
    if isinstance(plan, And):
        return _folded(plan, EVERYTHING, NOTHING)
    if isinstance(plan, Or):
        return _folded(plan, NOTHING, EVERYTHING)
    if isinstance(plan, Minus):
        base, without = plan.base, plan.without
        if base is NOTHING or without is EVERYTHING or base is without:
            return NOTHING
        return base if without is NOTHING else plan
    lookup = plan.lookup
    if isinstance(lookup, OneOf) and len(lookup.values) < 2:
        return Leaf(Equals(lookup.field, lookup.values[0])) if lookup.values else NOTHING
    return plan


def _folded(plan: And | Or, neutral: Plan, deciding: Plan) -> Plan:
    left = [child for child in plan.children if child is not neutral]
    if len(left) < 2:
        return left[0] if left else neutral
    for child in left:
        if child is deciding:
            return deciding
    return plan if len(left) == len(plan.children) else type(plan)(tuple(left))
