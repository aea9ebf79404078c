"""Nested groups of one kind are one group."""

from indexer.plan.nodes import And, Or, Plan
from indexer.plan.rules.rule import Known


def flatten(plan: And | Or, known: Known) -> Plan:
    """and(and(a, b), c) -> and(a, b, c), unless and(a, b) is asked for; likewise for or."""
    kind = type(plan)
    children: list[Plan] = []
    opened = False
    for child in plan.children:
        if isinstance(child, kind) and id(child) not in known.asked:
            opened = True
            children += child.children
        else:
            children.append(child)
    return kind(tuple(children)) if opened else plan
