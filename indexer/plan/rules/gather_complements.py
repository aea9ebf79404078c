"""Complements cost a pass in an or, and in an and that has nothing else."""

from indexer.plan.nodes import And, Or, Plan, complement
from indexer.plan.rules.rule import Known, flipped, is_complement


def gather_complements(plan: And | Or, _: Known) -> Plan:
    """or(a, not(b)) -> not(and(not(a), b)); and(not(a), not(b)) -> not(or(a, b))."""
    complements = sum(map(is_complement, plan.children))
    if not complements or (type(plan) is And and complements < len(plan.children)):
        return plan
    other = Or if type(plan) is And else And
    return complement(other(tuple(map(flipped, plan.children))))
