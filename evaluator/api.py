"""The evaluator's contract: questions about conditions over one dataset.

A condition is the decoded JSON of CONDITIONS.md, numbers decoded by ``evaluator.condition.decode``
so that their text survives. Errors are the leaves of ``indexer.model.errors``; a condition that
can't be evaluated raises BadCondition with every problem found. Values are in stored form
(``indexer.model.record``). Every answer is taken from one sequence, ``as_of``.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from evaluator.condition.surroundings import Definition
from indexer.model.hints import NO_HINTS, Hints
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.record import (
    Breakdown,
    Cursor,
    OrderBy,
    RecordPage,
    ShardBitmaps,
    Value,
    ValueCounts,
)
from indexer.model.schema import Field

OVERLAP_MAX = 100
"""Conditions compared at a time."""
OVERLAP_LEAVES_MAX = 10_000
"""Leaves of all the conditions compared at a time."""
TEXT_CHARS_MAX = 1_000
"""Of a node's English; a longer one is cut, for every group repeats those below it."""
REGIONS_MAX = 4
"""Of at most so many conditions every region is counted."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of ``total`` live records satisfy a condition.

    ``per_node`` maps JSON Pointers into the condition to the count of that node on its own;
    ``resolved`` maps pointers of time leaves to ``"start/end"`` instants.
    """

    count: int
    total: int
    as_of: SequenceNo
    now: datetime
    elapsed_ms: float
    per_node: Mapping[str, int] = field(default_factory=dict)
    resolved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How conditions meet, in the order asked.

    ``intersections`` is the whole symmetric matrix of records in both, with the sizes as its
    diagonal; ``jaccard`` is records in both by records in either, 0 where there are none in
    either. ``regions`` counts the records in exactly these conditions and no other: ``"101"`` is
    in the first and third, and every combination but that of none has its entry. None for more
    than ``REGIONS_MAX`` conditions.
    """

    sizes: tuple[int, ...]
    intersections: tuple[tuple[int, ...], ...]
    jaccard: tuple[tuple[float, ...], ...]
    regions: Mapping[str, int] | None
    as_of: SequenceNo


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What one record has in a field."""

    field: Field
    value: Value


@dataclass(frozen=True, slots=True)
class FieldBreakdown:
    """How members spread over a field, in its stored form."""

    field: Field
    breakdown: Breakdown


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one node of a condition came about, and those below it; what is muted is left out.

    ``path`` is its JSON Pointer, ``text`` its English. The figures are those of
    ``indexer.api.StepReport``. For one record, ``holds`` says whether the node does, and
    ``value`` what the record has in the field of a leaf; None otherwise. For a condition on
    related records, which has no children, it is how many match, what a function of them gives,
    or what the record's link holds.
    """

    path: str
    text: str
    method: str
    estimate: int
    actual: int
    ms: float
    cached: bool
    holds: bool | None
    value: FieldValue | None
    children: tuple["Explanation", ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """The explanation of a whole condition."""

    root: Explanation
    as_of: SequenceNo


class Evaluator(Protocol):
    """Answers questions about conditions. ``now`` defaults to the dataset's clock.

    Hints say how to answer, never what.
    """

    async def count(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        now: datetime | None = None,
        per_node: bool = False,
        hints: Hints = NO_HINTS,
    ) -> Count:
        """Raises: UnknownDataset, BadCondition."""
        ...

    async def try_definition(self, definition: Definition, *, now: datetime | None = None) -> Count:
        """The count of a segment's definition that isn't kept yet, as if it were the current one.

        Places of problems are in its condition. Raises: UnknownDataset, BadCondition.
        """
        ...

    async def members(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: Cursor | None = None,
        order: Sequence[OrderBy] = (),
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """Members in an order, then by key; see ``indexer.api.Index.members``.

        Raises: UnknownDataset, UnknownField, BadCondition, BadShape with a problem at
        ``/order_by`` or ``/cursor``.
        """
        ...

    async def sample(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        fields: Sequence[FieldName],
        size: int,
        seed: int | str = "",
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """Some members, always the same ones for the same seed and members.

        Raises: UnknownDataset, UnknownField, BadCondition, TooLarge.
        """
        ...

    async def breakdown(
        self,
        dataset: DatasetName,
        condition: object,
        field: FieldName,
        *,
        limit: int,
        bins: int | None = None,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> FieldBreakdown:
        """How the members spread over a field; see ``indexer.api.Index.breakdown``.

        Raises: UnknownDataset, UnknownField, BadCondition, BadShape with a problem at ``/bins``
        where the field is neither a number nor a time, or their number is out of bounds.
        """
        ...

    async def overlap(
        self,
        dataset: DatasetName,
        conditions: Sequence[object],
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> Overlap:
        """How 1 to ``OVERLAP_MAX`` conditions meet, all counted together in one pass.

        Problems stand below ``/conditions/0`` and so on. Raises: UnknownDataset, BadCondition,
        BadShape.
        """
        ...

    async def explain(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        key: RecordKey | None = None,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> Explained:
        """How the count came about, node by node; with ``key``, why that record is in or out.

        Raises: UnknownDataset, UnknownRecord, BadCondition.
        """
        ...

    async def contains(
        self,
        dataset: DatasetName,
        condition: object,
        keys: Sequence[RecordKey],
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> tuple[bool, ...]:
        """For each key whether its record is a member; False for a key of no record.

        Raises: UnknownDataset, BadCondition, TooLarge.
        """
        ...

    async def bitmaps(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> ShardBitmaps:
        """All members as ordinals. Raises: UnknownDataset, BadCondition."""
        ...

    def rows(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        fields: Sequence[FieldName],
        batch_rows: int,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> AsyncIterator[pa.RecordBatch]:
        """All members as they are taken; see ``indexer.api.Index.rows``.

        The first step raises: UnknownDataset, UnknownField, BadCondition, BadShape.
        """
        ...

    async def describe(self, dataset: DatasetName, condition: object) -> str:
        """The condition in plain English. Raises: UnknownDataset, BadCondition."""
        ...

    async def values(
        self,
        dataset: DatasetName,
        field: FieldName,
        *,
        condition: object,
        prefix: str,
        limit: int,
        now: datetime | None = None,
        hints: Hints = NO_HINTS,
    ) -> ValueCounts:
        """The most frequent values among the condition's members. Raises: UnknownDataset,
        UnknownField, BadCondition.
        """
        ...
