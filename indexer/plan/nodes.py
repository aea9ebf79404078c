"""The plan tree and its leaves, the lookups.

Values inside a lookup are in stored form (see ``indexer.model.record``). A lookup never holds
for a record whose field is null. There is no complement: ``Minus(Leaf(Everything()), p)`` says
it, so the live records of the shard are the only universe.
"""

import msgspec

from indexer.model.ids import FieldName
from indexer.model.record import Scalar


class Everything(msgspec.Struct, frozen=True, tag="everything"):
    """Every live record."""


class Nothing(msgspec.Struct, frozen=True, tag="nothing"):
    """No record."""


class HasValue(msgspec.Struct, frozen=True, tag="has_value"):
    """Records whose field is not null."""

    field: FieldName


class Equals(msgspec.Struct, frozen=True, tag="equals"):
    """Records whose field is this value; for a set, those that have it as a member."""

    field: FieldName
    value: Scalar


class OneOf(msgspec.Struct, frozen=True, tag="one_of"):
    """Records whose field is any of these values; for a set, those with any of them as a member.

    ``values`` is sorted and without repeats, so that equal lookups have equal bytes.
    """

    field: FieldName
    values: tuple[Scalar, ...]


class Range(msgspec.Struct, frozen=True, tag="range"):
    """Records with ``low <= value <= high``; None leaves an end open, ``*_open`` excludes it.

    Strings compare by their UTF-8 bytes. For int, decimal, date and timestamp the bounds are
    within 64 bits.
    """

    field: FieldName
    low: int | float | str | None = None
    high: int | float | str | None = None
    low_open: bool = False
    high_open: bool = False


Lookup = Everything | Nothing | HasValue | Equals | OneOf | Range


class Leaf(msgspec.Struct, frozen=True, tag="leaf"):
    lookup: Lookup


class And(msgspec.Struct, frozen=True, tag="and"):
    """Records in every child; of no children: every live record."""

    children: tuple["Plan", ...]


class Or(msgspec.Struct, frozen=True, tag="or"):
    """Records in at least one child; of no children: none."""

    children: tuple["Plan", ...]


class Minus(msgspec.Struct, frozen=True, tag="minus"):
    """Records of ``base`` that are not in ``without``."""

    base: "Plan"
    without: "Plan"


Plan = Leaf | And | Or | Minus

EVERYTHING = Leaf(Everything())
NOTHING = Leaf(Nothing())


def complement(plan: Plan) -> Plan:
    """The live records that are not in ``plan``."""
    return Minus(EVERYTHING, plan)
