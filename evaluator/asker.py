"""What a client asks, wherever the answer is made. Conditions are JSON texts.

The keys of records are ints or texts, as the dataset's are. All raise the leaves of
``indexer.model.errors``, and DeadlinePassed where the deadline that holds has passed.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from evaluator.results import (
    Applied,
    Bitmap,
    Breakdown,
    Count,
    Defined,
    Explanation,
    Loaded,
    Overlap,
)
from indexer.model.ids import DatasetName, FieldName, RecordKey

if TYPE_CHECKING:
    # Whoever asks for no rows needs no pyarrow.
    from pathlib import Path

    import pyarrow as pa

    from indexer.model.schema import Link


class Asker(Protocol):
    """Answers a client's questions. ``now`` defaults to the dataset's clock."""

    async def count(
        self, dataset: DatasetName, condition: str, now: datetime | None, *, per_node: bool
    ) -> Count:
        """How many members."""
        ...

    async def overlap(
        self, dataset: DatasetName, conditions: Sequence[str], now: datetime | None
    ) -> Overlap:
        """How conditions meet."""
        ...

    async def breakdown(
        self,
        dataset: DatasetName,
        condition: str,
        field: FieldName,
        now: datetime | None,
        *,
        limit: int,
        bins: int | None,
    ) -> Breakdown:
        """How members spread over a field."""
        ...

    async def explain(
        self, dataset: DatasetName, condition: str, key: RecordKey | None, now: datetime | None
    ) -> Explanation:
        """How a count came about, or why a record is in or out."""
        ...

    async def describe(self, dataset: DatasetName, condition: str) -> str:
        """A condition in plain English."""
        ...

    async def contains(
        self,
        dataset: DatasetName,
        condition: str,
        keys: Sequence[RecordKey],
        now: datetime | None,
    ) -> Sequence[bool]:
        """For each key whether its record is a member."""
        ...

    async def bitmap(self, dataset: DatasetName, condition: str, now: datetime | None) -> Bitmap:
        """The ordinals of all members."""
        ...

    def rows(
        self,
        dataset: DatasetName,
        condition: str,
        fields: Sequence[FieldName],
        now: datetime | None,
        *,
        batch_rows: int,
    ) -> AsyncIterator["pa.RecordBatch"]:
        """All members as they are taken; see ``indexer.api.Index.rows``."""
        ...

    async def segment(self, segment: str) -> Defined:
        """What a saved segment is now. Raises: UnknownSegment."""
        ...

    async def apply(self, dataset: DatasetName, changes: str, key: str | None) -> Applied:
        """Apply the good ones of these changes, as the JSON of API.md."""
        ...

    async def load(
        self,
        dataset: DatasetName,
        file: "Path",
        *,
        key: FieldName | None,
        mode: str,
        links: "Sequence[Link]",
    ) -> Loaded:
        """Load a file. Raises: BadFile, NotAllowed where that is not for this way of asking."""
        ...

    async def close(self) -> None:
        """End it. Nothing is asked afterwards."""
        ...
