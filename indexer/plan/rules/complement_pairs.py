"""No record is in something and not in it; every one is in one of both."""

from indexer.plan.nodes import EVERYTHING, NOTHING, And, Or, Plan
from indexer.plan.rules.rule import Known, literal


def complement_pairs(plan: Plan, _: Known) -> Plan:
    """and(a, not(a)) -> none; or(a, not(a)) -> all."""
    if not isinstance(plan, And | Or):
        return plan
    # A place alone would also count what stands there twice.
    literals = {literal(child) for child in plan.children}
    if len({place for place, _ in literals}) == len(literals):
        return plan
    return NOTHING if type(plan) is And else EVERYTHING
