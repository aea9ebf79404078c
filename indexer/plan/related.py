"""Lookups that are about records of another dataset. Answered beside a view, never by one.

``where`` is a program of one output over that other dataset, in canonical bytes
(``indexer.plan.program.to_bytes``): equal questions have equal bytes, and a lookup has no depth.
A link that is null or points to no live record joins nothing.
"""

from typing import Literal

import msgspec

from indexer.model.ids import DatasetName, FieldName

FoldName = Literal[
    "sum", "avg", "min", "max", "count_distinct", "median", "first", "last"
]  # fmt: skip


class Tally(msgspec.Struct, frozen=True, tag="tally"):
    """How many related records there are: from ``low`` to ``high``; None leaves the end open."""

    low: int
    high: int | None = None


class Fold(msgspec.Struct, frozen=True, tag="fold"):
    """What a function of one field of the related records gives lies between two bounds.

    None leaves an end open, ``*_open`` excludes it; without bounds it holds wherever the function
    gives a value. A result of null is in no range. Nulls of the field are left out.

    Bounds of ``min max first last`` are in the field's stored form, as in ``Range``, a bool as 0
    or 1; those of ``count_distinct`` are ints. Those of ``sum avg median`` are decimal texts in
    the field's own unit ("30.55", "1E+30", compared exactly) over int and decimal fields, and
    floats over float fields, whose sums are correctly rounded. ``order_by`` is a time field, for
    ``first`` and ``last`` only; ties go by key.
    """

    function: FoldName
    field: FieldName
    low: int | float | str | None = None
    high: int | float | str | None = None
    low_open: bool = False
    high_open: bool = False
    order_by: FieldName | None = None


class Related(msgspec.Struct, frozen=True, tag="related"):
    """Records by those of another dataset that link to them.

    ``link`` is a link of ``dataset`` to this one. Counts and functions are over its records that
    satisfy ``where`` and point to the record.
    """

    dataset: DatasetName
    link: str
    where: bytes
    measure: Tally | Fold


class Linked(msgspec.Struct, frozen=True, tag="linked"):
    """Records whose ``link``, one of their own dataset, leads to a record that satisfies ``where``.

    ``dataset`` is the one it leads to.
    """

    dataset: DatasetName
    link: str
    where: bytes


class Within(msgspec.Struct, frozen=True):
    """At most so long after: microseconds, or months of the wall clock in ``zone``.

    Dates are midnights in ``zone``; it is empty for microseconds between timestamps.
    """

    micros: int = 0
    months: int = 0
    zone: str = ""


class SequenceStep(msgspec.Struct, frozen=True):
    """A record that satisfies ``where``, later than the one before, and within that of it."""

    where: bytes
    within: Within | None = None


class Followed(msgspec.Struct, frozen=True, tag="followed"):
    """Records with a chain of related ones, a step each, strictly ascending in ``order_by``.

    ``absent``: some chain of all steps but the last has no record of the last within its window.
    """

    dataset: DatasetName
    link: str
    order_by: FieldName
    steps: tuple[SequenceStep, ...]
    absent: bool = False


class Computed(msgspec.Struct, frozen=True, tag="computed"):
    """Records that satisfy ``where``; formula fields that are not stored are as at ``now``.

    ``where`` is a program of one output over this dataset itself, of lookups on its fields only;
    those that are not stored may be among them. ``now`` is an instant.
    """

    where: bytes
    now: int


Joined = Related | Linked | Followed
Beside = Joined | Computed
"""Lookups that are answered beside a view."""
