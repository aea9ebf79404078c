"""Nested groups of one kind are one group."""

from indexer.plan.nodes import And, Or, Plan
from indexer.plan.rules.rule import Known


def flatten(plan: Plan, known: Known) -> Plan:
    """and(and(a, b), c) -> and(a, b, c), unless and(a, b) is asked for; likewise for or."""
    if not isinstance(plan, And | Or):
        return plan
    kind = type(plan)
    nested = [type(child) is kind and id(child) not in known.asked for child in plan.children]
    if not any(nested):
        return plan
    children: list[Plan] = []
    for child, opened in zip(plan.children, nested, strict=True):
        children += child.children if opened else (child,)  # type: ignore[union-attr]  # a group
    return kind(tuple(children))
