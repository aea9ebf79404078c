"""Questions about the inside of texts, each in one canonical form."""

from typing import Literal

from evaluator.condition.lookups import has_value
from indexer.model.schema import Field
from indexer.plan.nodes import NOTHING, Leaf, Pattern, Plan, TextMatch

How = Literal["equals", "contains", "starts_with", "ends_with"]


def reads(field: Field, how: How, texts: tuple[str, ...], *, fold: bool) -> Plan:
    """Records whose text equals, contains, starts or ends with one of these sorted texts."""
    if not texts:
        return NOTHING
    if how != "equals" and "" in texts:
        # Nothing is in everything.
        return has_value(field)
    return Leaf(TextMatch(field.name, how, texts, fold))


def matches(field: Field, pattern: str, *, fold: bool) -> Plan:
    """Records in whose text the pattern is found."""
    return Leaf(Pattern(field.name, pattern, fold)) if pattern else has_value(field)
