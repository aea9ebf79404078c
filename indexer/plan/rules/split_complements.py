"""Complements are read for nothing where records must be in all of a group."""

from indexer.plan.nodes import And, Or, Plan
from indexer.plan.rules.rule import Known, flipped, is_complement


def split_complements(plan: And, known: Known) -> Plan:
    """and(a, not(or(b, c))) -> and(a, not(b), not(c)), unless or(b, c) is asked for."""
    children: list[Plan] = []
    for child in plan.children:
        inner = flipped(child) if is_complement(child) else child
        if inner is not child and type(inner) is Or and id(inner) not in known.asked:
            children += map(flipped, inner.children)
        else:
            children.append(child)
    return plan if len(children) == len(plan.children) else And(tuple(children))
