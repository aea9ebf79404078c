"""The index's contract: one Protocol, implemented in this process and over gRPC.

Errors are the leaves of ``indexer.model.errors``; every implementation raises the same ones.
Answers are exact and taken from one immutable view, whose sequence they carry.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.record import Applied, Change, Record, RecordPage, ValueCounts
from indexer.model.schema import Schema
from indexer.plan.program import Program


@dataclass(frozen=True, slots=True)
class FieldStats:
    """``filled`` records have a value; ``distinct`` values (members, for a set) occur."""

    filled: int
    distinct: int


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A dataset's schema, live record count and per-field figures, as of one sequence."""

    schema: Schema
    records: int
    sequence: SequenceNo
    updated_at: datetime | None
    fields: dict[FieldName, FieldStats]


@dataclass(frozen=True, slots=True)
class Counts:
    """One count per output of the program, and the live records of the dataset."""

    counts: tuple[int, ...]
    total: int
    as_of: SequenceNo


class LoadMode(StrEnum):
    """What to do with a row whose key is known, and with one whose key is not."""

    UPSERT = "upsert"
    INSERT = "insert"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did, in records; ``unchanged`` rows had nothing new or another mode's case."""

    sequence: SequenceNo
    created: int
    updated: int
    unchanged: int
    deleted: int


class Index(Protocol):
    """Runs programs over datasets, and takes changes to them."""

    async def datasets(self) -> tuple[DatasetInfo, ...]:
        """Every dataset, by name."""
        ...

    async def dataset(self, name: DatasetName) -> DatasetInfo:
        """Raises: UnknownDataset."""
        ...

    async def schema(self, name: DatasetName) -> Schema:
        """The current schema, without figures. Cheap. Raises: UnknownDataset."""
        ...

    async def create(self, schema: Schema) -> Schema:
        """An empty dataset. Raises: DatasetExists, BadSchema."""
        ...

    async def alter(self, schema: Schema) -> Schema:
        """Put this schema in the place of the one of its name.

        Fields may be added, never removed or retyped; new fields are null everywhere.
        Raises: UnknownDataset, BadSchema.
        """
        ...

    async def count(self, dataset: DatasetName, program: Program) -> Counts:
        """How many records each output of the program holds for, all at the same sequence.

        Raises: UnknownDataset.
        """
        ...

    async def members(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: RecordKey | None = None,
    ) -> RecordPage:
        """The first ``limit`` records of a program of one output after key ``after``, in key order.

        Raises: UnknownDataset, UnknownField, BadShape if no key here could look like ``after``.
        """
        ...

    async def record(self, dataset: DatasetName, key: RecordKey) -> Record:
        """One record with all its fields. Raises: UnknownDataset, UnknownRecord."""
        ...

    async def values(
        self, dataset: DatasetName, field: FieldName, *, program: Program, prefix: str, limit: int
    ) -> ValueCounts:
        """The most frequent values of the program's records whose text starts with ``prefix``.

        The prefix is compared without regard to case. ``null`` ignores the prefix. Raises:
        UnknownDataset, UnknownField.
        """
        ...

    async def apply(self, dataset: DatasetName, changes: Sequence[Change]) -> Applied:
        """Apply checked changes in order, visible together. Raises: UnknownDataset."""
        ...

    async def load(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
    ) -> Loaded:
        """Bulk load typed batches, then publish and save them as one generation.

        Columns are named like fields and typed as ``indexer.intake.arrow_types`` says; keys are
        in column ``_key`` unless they are generated. A null cell clears the field if
        ``clear_empty``, else keeps what was there. Nothing is visible until all is; an
        exception from ``batches`` leaves the dataset as it was. The last of several rows with
        one key wins. Raises: UnknownDataset, DiskFull.
        """
        ...
