"""What a group says already, a group inside of it need not repeat."""

from indexer.plan.nodes import And, Leaf, Minus, Or, Plan
from indexer.plan.rules.rule import Known, Literal, is_complement, literal

GROUPS = (And, Or)


def absorb(plan: And | Or, _: Known) -> Plan:
    """or(a, and(a, b)) -> a; and(a, or(a, b)) -> a; and(a, not(and(not(a), b))) -> a."""
    inner = Or if type(plan) is And else And
    said = set(map(literal, plan.children))
    left = [
        child
        for child in plan.children
        if type(child) is Leaf or said.isdisjoint(_parts(child, inner))
    ]
    return plan if len(left) == len(plan.children) else type(plan)(tuple(left))


def _parts(plan: Plan, kind: type[And | Or]) -> list[Literal]:
    """What the plan joins, where it is of this kind or the complement of the other one."""
    if isinstance(plan, kind):
        return [literal(child) for child in plan.children]
    if isinstance(plan, Minus) and is_complement(plan):
        group = plan.without
        if isinstance(group, GROUPS) and not isinstance(group, kind):
            return [(place, not straight) for place, straight in map(literal, group.children)]
    return []
