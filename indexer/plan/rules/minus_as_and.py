"""One form for two spellings, and one the kernel joins with what stands around it."""

from indexer.plan.nodes import And, Minus, Plan
from indexer.plan.rules.rule import Known, flipped, is_complement


def minus_as_and(plan: Plan, _: Known) -> Plan:
    """minus(a, b) -> and(a, not(b))."""
    if type(plan) is Minus and not is_complement(plan):
        return And((plan.base, flipped(plan.without)))
    return plan
