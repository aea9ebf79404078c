"""Saying something twice says no more."""

from indexer.plan.nodes import And, Or, Plan
from indexer.plan.rules.rule import Known


def drop_duplicates(plan: And | Or, _: Known) -> Plan:
    """and(a, b, a) -> and(a, b); likewise for or."""
    distinct = {id(child): child for child in plan.children}
    if len(distinct) == len(plan.children):
        return plan
    return type(plan)(tuple(distinct.values()))
