"""The plan tree and its leaves, the lookups.

Values inside a lookup are in stored form (see ``indexer.model.record``). A lookup never holds
for a record whose field is null. There is no complement: ``Minus(Leaf(Everything()), p)`` says
it, so the live records of the shard are the only universe.
"""

from typing import Literal

import msgspec

from indexer.model.ids import FieldName
from indexer.model.record import Scalar
from indexer.plan.related import Computed, Followed, Linked, Related


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


class TextMatch(msgspec.Struct, frozen=True, tag="text_match"):
    """Records whose text equals, contains, starts or ends with any of ``texts``.

    ``texts`` is sorted and without repeats, in NFC. With ``fold`` they are folded
    (``indexer.plan.fold``) and so is the record's text before it is looked at; ``equals``
    without ``fold`` is said by Equals and OneOf. For ``_key``, only where keys are texts.
    """

    field: FieldName
    how: Literal["equals", "contains", "starts_with", "ends_with"]
    texts: tuple[str, ...]
    fold: bool = False


class Pattern(msgspec.Struct, frozen=True, tag="pattern"):
    """Records in whose text the RE2 pattern is found anywhere; ``fold`` is RE2's own ``(?i)``."""

    field: FieldName
    pattern: str
    fold: bool = False


class Size(msgspec.Struct, frozen=True, tag="size"):
    """Records whose set has from ``low`` to ``high`` members; None leaves the upper end open."""

    field: FieldName
    low: int
    high: int | None


class Exactly(msgspec.Struct, frozen=True, tag="exactly"):
    """Records whose set has these members and no other. Sorted, without repeats, at least one."""

    field: FieldName
    members: tuple[str, ...]


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """Records whose ``field`` is equal to, less than, or at most their ``other`` field.

    Both are numbers, both times, both texts, or both bools. Numbers compare as mathematics does,
    whatever their types; texts by their UTF-8 bytes, folded first with ``fold``. A date compared
    with a timestamp is its midnight in ``zone``, which is empty for all other pairs.
    """

    field: FieldName
    sign: Literal["=", "<", "<="]
    other: FieldName
    fold: bool = False
    zone: str = ""


CalendarUnit = Literal["weekday", "hour", "month", "day_of_year"]


class CalendarPart(msgspec.Struct, frozen=True, tag="calendar_part"):
    """Records whose date or timestamp shows one of these values on the wall clock of ``zone``.

    A weekday is 1 to 7, Monday is 1; an hour is 0 to 23, a month 1 to 12; a day of the year is
    ``month * 100 + day``, whatever the year. A date is its local midnight; hours
    are asked of timestamps only. ``values`` is sorted and without repeats.
    """

    field: FieldName
    part: CalendarUnit
    values: tuple[int, ...]
    zone: str


class Sampled(msgspec.Struct, frozen=True, tag="sampled"):
    """Records whose draw for ``salt`` lies from ``first`` to ``last``, both included.

    A record's draw is a number of 64 bits that its key and the salt decide, for ever
    (``indexer.plan.draws``).
    """

    first: int
    last: int
    salt: str


class Given(msgspec.Struct, frozen=True, tag="given"):
    """Records that were found beside the view; in the middle of an answer, never on a wire.

    ``token`` stands for the lookup that found them and for the state of all that it read: equal
    tokens, equal records.
    """

    token: int


Lookup = (
    Everything
    | Nothing
    | HasValue
    | Equals
    | OneOf
    | Range
    | TextMatch
    | Pattern
    | Size
    | Exactly
    | Compare
    | CalendarPart
    | Sampled
    | Related
    | Linked
    | Followed
    | Computed
    | Given
)


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
