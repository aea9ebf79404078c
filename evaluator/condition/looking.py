"""Whether a condition looks beyond its own dataset: asked before it is parsed."""

from itertools import islice

from evaluator.condition.limits import ConditionLimits

BEYOND = frozenset({"related", "segment"})
"""The keys of nodes that do."""


def looks_around(data: object, limits: ConditionLimits) -> bool:
    """Whether a node of the decoded condition is on related records or on a segment.

    Looks at no more nodes than a condition may have, muted ones included.
    """
    left, waiting = limits.nodes_max, [data]
    while waiting and left > 0:
        node = waiting.pop()
        left -= 1
        if not isinstance(node, dict) or "field" in node:
            continue
        if not BEYOND.isdisjoint(node):
            return True
        if "not" in node:
            waiting.append(node["not"])
        for group in ("all", "any"):
            if isinstance(items := node.get(group), list):
                waiting.extend(islice(items, limits.nodes_max))
    return False
