"""What is not among those that are not."""

from indexer.plan.nodes import Minus, Plan
from indexer.plan.rules.rule import Known, flipped, is_complement


def double_complement(plan: Minus, _: Known) -> Plan:
    """not(not(a)) -> a."""
    if is_complement(plan) and is_complement(plan.without):
        return flipped(plan.without)
    return plan
