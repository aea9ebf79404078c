"""Complements cost a pass in an or, and in an and that has nothing else."""

from indexer.plan.nodes import And, Or, Plan, complement
from indexer.plan.rules.rule import Known, flipped, is_complement


def gather_complements(plan: Plan, _: Known) -> Plan:
    """or(a, not(b)) -> not(and(not(a), b)); and(not(a), not(b)) -> not(or(a, b))."""
    match plan:
        case Or(children) if any(map(is_complement, children)):
            return complement(And(tuple(map(flipped, children))))
        case And(children) if children and all(map(is_complement, children)):
            return complement(Or(tuple(map(flipped, children))))
        case _:
            return plan
