"""The evaluator's contract: questions about conditions over one dataset.

A condition is the decoded JSON of CONDITIONS.md, numbers decoded by ``evaluator.condition.decode``
so that their text survives. Errors are the leaves of ``indexer.model.errors``; a condition that
can't be evaluated raises BadCondition with every problem found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from indexer.model.ids import DatasetName, FieldName, SequenceNo
from indexer.model.record import Cursor, RecordPage, ValueCounts


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


class Evaluator(Protocol):
    """Answers questions about conditions. ``now`` defaults to the dataset's clock."""

    async def count(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        now: datetime | None = None,
        per_node: bool = False,
    ) -> Count:
        """Raises: UnknownDataset, BadCondition."""
        ...

    async def members(
        self,
        dataset: DatasetName,
        condition: object,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: Cursor | None = None,
        now: datetime | None = None,
    ) -> RecordPage:
        """Members in key order. Raises: UnknownDataset, UnknownField, BadCondition."""
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
    ) -> ValueCounts:
        """The most frequent values among the condition's members. Raises: UnknownDataset,
        UnknownField, BadCondition.
        """
        ...
