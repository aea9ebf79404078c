"""What a group says already, a group inside of it need not repeat."""

from indexer.plan.nodes import And, Minus, Or, Plan
from indexer.plan.rules.rule import Known, Literal, is_complement, literal


def absorb(plan: Plan, _: Known) -> Plan:
    """or(a, and(a, b)) -> a; and(a, or(a, b)) -> a; and(a, not(and(not(a), b))) -> a."""
    if not isinstance(plan, And | Or):
        return plan
    inner = Or if type(plan) is And else And
    said = {literal(child) for child in plan.children}
    left = tuple([child for child in plan.children if said.isdisjoint(_parts(child, inner))])
    return plan if len(left) == len(plan.children) else type(plan)(left)


def _parts(plan: Plan, kind: type[And | Or]) -> list[Literal]:
    """What the plan joins, where it is of this kind or the complement of the other one."""
    if isinstance(plan, And | Or) and type(plan) is kind:
        return [literal(child) for child in plan.children]
    if type(plan) is Minus and is_complement(plan):
        group = plan.without
        if isinstance(group, And | Or) and type(group) is not kind:
            return [(place, not straight) for place, straight in map(literal, group.children)]
    return []
