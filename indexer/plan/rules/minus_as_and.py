"""One form for two spellings, and one the kernel joins with what stands around it."""

from indexer.plan.nodes import And, Minus, Plan
from indexer.plan.rules.rule import Known, flipped, is_complement


def minus_as_and(plan: Minus, _: Known) -> Plan:
    """minus(a, b) -> and(a, not(b))."""
    return plan if is_complement(plan) else And((plan.base, flipped(plan.without)))
