"""Everything, Nothing, groups of one and of none."""

from indexer.plan.nodes import EVERYTHING, NOTHING, And, Equals, Leaf, Minus, OneOf, Or, Plan
from indexer.plan.rules.rule import Known


def fold_constants(plan: Plan, _: Known) -> Plan:
    """and(a, all) -> a; or(a, all) -> all; minus(a, none) -> a; and so on; and(a) -> a."""
    match plan:
        case And(children):
            return _folded(plan, children, EVERYTHING, NOTHING)
        case Or(children):
            return _folded(plan, children, NOTHING, EVERYTHING)
        case Minus(base, without):
            if base is NOTHING or without is EVERYTHING or base is without:
                return NOTHING
            return base if without is NOTHING else plan
        case Leaf(OneOf(field, values)) if len(values) < 2:
            return Leaf(Equals(field, values[0])) if values else NOTHING
        case _:
            return plan


def _folded(plan: And | Or, children: tuple[Plan, ...], neutral: Plan, deciding: Plan) -> Plan:
    if any(child is deciding for child in children):
        return deciding
    left = tuple([child for child in children if child is not neutral])
    if len(left) < 2:
        return left[0] if left else neutral
    return plan if len(left) == len(children) else type(plan)(left)
