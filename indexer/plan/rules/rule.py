"""What a rule is, and the words that rules share.

A rule sees one node whose children are finished: no rule changes them any more, and equal ones
are the same object. It gives the node itself, or a smaller or cheaper one for exactly the same
records, whatever they hold; a lookup never holds for a null.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from indexer.model.ids import FieldName
from indexer.plan.nodes import EVERYTHING, Minus, Plan, complement


@dataclass(frozen=True, slots=True)
class Known:
    """What rules may know beside the node.

    ``single_valued`` tells whether a record has at most one value in a field. ``asked`` has the
    ids of finished plans that are counted on their own: their records are there anyway, so
    reading them again is cheaper than what they are made of.
    """

    single_valued: Callable[[FieldName], bool]
    asked: Container[int]


@dataclass(frozen=True, slots=True)
class Rule:
    """``apply`` looks at nodes of these kinds."""

    apply: Callable[[Any, Known], Plan]
    kinds: tuple[type[Plan], ...]

    @property
    def name(self) -> str:
        """The function's, which is also the module's, the switch's and the file's of cases."""
        return self.apply.__name__


Literal = tuple[int, bool]
"""A finished plan's id, and whether it is meant as it is or as its complement."""


def is_complement(plan: Plan) -> bool:
    """Whether it says: every record but those."""
    return type(plan) is Minus and plan.base is EVERYTHING


def flipped(plan: Plan) -> Plan:
    """The records that are not in it."""
    if type(plan) is Minus and plan.base is EVERYTHING:
        return plan.without
    return complement(plan)


def literal(plan: Plan) -> Literal:
    """Two finished plans are each other's complement if only the second part differs."""
    if type(plan) is Minus and plan.base is EVERYTHING:
        return id(plan.without), False
    return id(plan), True
