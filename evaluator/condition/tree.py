"""The condition as a tree of frozen nodes: a closed union, walked by ``match``.

Every node knows its ``path``, the JSON Pointer to where it was written. A node says what was
asked for, not that it can be: that is ``check``'s part.
"""

from typing import assert_never

import msgspec

from evaluator.condition.entry import Operator
from evaluator.condition.functions import Function
from evaluator.condition.share import Share
from evaluator.condition.time_values import TimeValue
from evaluator.condition.windows import Window


class One(msgspec.Struct, frozen=True):
    """A single literal, as decoded."""

    value: object


class Many(msgspec.Struct, frozen=True):
    """A list of literals, as decoded, in the order written."""

    values: tuple[object, ...]


class Span(msgspec.Struct, frozen=True):
    """Two literals, both ends included."""

    low: object
    high: object


class Other(msgspec.Struct, frozen=True):
    """Another field of the same record, by the name that was written."""

    field: str


Operand = One | Many | Span | Other | TimeValue | Share | None


class Node(msgspec.Struct, frozen=True):
    """What every node has: its place, and the caller's ``id`` and ``note``."""

    path: str
    id: str | None
    note: str | None


class AllOf(Node, frozen=True):
    """Every child holds."""

    children: tuple["Condition", ...]


class AnyOf(Node, frozen=True):
    """At least one child holds."""

    children: tuple["Condition", ...]


class Not(Node, frozen=True):
    """The child does not hold; with a muted child, everything does."""

    child: "Condition"


class FieldTest(Node, frozen=True):
    """One question about one field of a record.

    ``operand`` has the shape the operator asks for. ``zone`` is the name written on the leaf,
    ``case_sensitive`` is None where nothing was written.
    """

    field: str
    operator: Operator
    operand: Operand
    excludes_nulls: bool
    zone: str | None
    calendar: bool
    case_sensitive: bool | None

    @property
    def folds(self) -> bool:
        """Whether texts are compared without regard to case."""
        return self.case_sensitive is False


class SegmentTest(Node, frozen=True):
    """Member of a saved segment; ``version`` None is the current one."""

    segment: str
    version: int | None


class CountOf(msgspec.Struct, frozen=True):
    """How a number of related records compares; ``operator`` is one of a field of ints."""

    operator: Operator
    operand: Operand


class AggregateOf(msgspec.Struct, frozen=True):
    """How a function of a field of related records compares.

    ``order_by`` is the time field of ``first`` and ``last``; ``order_path`` is the JSON Pointer
    to where it was written.
    """

    function: Function
    field: str
    order_by: str | None
    order_path: str
    operator: Operator
    operand: Operand


class ChainStep(msgspec.Struct, frozen=True):
    """A step of a sequence; the first has no window. ``path`` is its JSON Pointer."""

    path: str
    where: "Condition"
    within: Window | None
    absent: bool


class ChainOf(msgspec.Struct, frozen=True):
    """Related records one after another, by a time field.

    ``order_by`` is None where it couldn't be read; its problem is already reported.
    """

    steps: tuple[ChainStep, ...]
    order_by: str | None


class RelatedTest(Node, frozen=True):
    """One question about records of another dataset that are linked with the record.

    ``where`` None is every related record; ``measure`` None is at least one.
    """

    dataset: str
    via: str | None
    where: "Condition | None"
    measure: CountOf | AggregateOf | ChainOf | None


def wheres_of(test: RelatedTest) -> tuple["Condition", ...]:
    """The conditions on the related records themselves, in the order written."""
    steps = test.measure.steps if isinstance(test.measure, ChainOf) else ()
    return (*(() if test.where is None else (test.where,)), *(step.where for step in steps))


class Muted(Node, frozen=True):
    """Kept, but not checked and not counted: to its parent it is not there."""


class Unread(Node, frozen=True):
    """A node that couldn't be read; its problem is already reported.

    ``field`` is the field it names, if it got so far, so that an unknown one is reported too.
    """

    field: str | None


Condition = AllOf | AnyOf | Not | FieldTest | SegmentTest | RelatedTest | Muted | Unread


def children_of(condition: Condition) -> tuple[Condition, ...]:
    """The parts of a group, over the same records; none of a leaf, nor of what was not read."""
    match condition:
        case AllOf(children=children) | AnyOf(children=children):
            return children
        case Not(child=child):
            return (child,)
        case FieldTest() | SegmentTest() | RelatedTest() | Muted() | Unread():
            return ()
        case _:
            assert_never(condition)
