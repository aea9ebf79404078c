"""What is not among those that are not."""

from indexer.plan.nodes import Minus, Plan
from indexer.plan.rules.rule import Known, is_complement


def double_complement(plan: Plan, _: Known) -> Plan:
    """not(not(a)) -> a."""
    if type(plan) is Minus and is_complement(plan) and is_complement(plan.without):
        return plan.without.without  # type: ignore[union-attr]  # a complement is a Minus
    return plan
