"""No record is in something and not in it; every one is in one of both."""

from indexer.plan.nodes import EVERYTHING, NOTHING, And, Or, Plan
from indexer.plan.rules.rule import Known, literal


def complement_pairs(plan: And | Or, _: Known) -> Plan:
    """and(a, not(a)) -> none; or(a, not(a)) -> all."""
    # Pairs of the two parts are counted: a part alone may also stand there twice.
    literals = set(map(literal, plan.children))
    if len({place for place, _ in literals}) == len(literals):
        return plan
    return NOTHING if type(plan) is And else EVERYTHING
