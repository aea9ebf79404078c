"""The index's contract: one Protocol, implemented in this process and over gRPC.

Errors are the leaves of ``indexer.model.errors``; every implementation raises the same ones.
Answers are exact and taken from one immutable view, whose sequence they carry.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from indexer.model.hints import NO_HINTS, Hints
from indexer.model.ids import DatasetName, FieldName, RecordKey, SequenceNo
from indexer.model.record import (
    UNKNOWN_ORIGIN,
    Applied,
    Breakdown,
    Change,
    Cursor,
    OrderBy,
    Origin,
    Record,
    RecordPage,
    ShardBitmaps,
    ValueCounts,
)
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


@dataclass(frozen=True, slots=True)
class StepReport:
    """How one output of a program came about.

    ``estimate`` is what was expected before ``actual`` was counted, which took ``ms`` on its own.
    ``method`` names how, ``cached`` says whether the answer was remembered. ``holds`` says
    whether it holds for the record that was asked about; None if none was.
    """

    method: str
    estimate: int
    actual: int
    ms: float
    cached: bool
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Explained:
    """A report for every output of a program, and the record that was asked about."""

    steps: tuple[StepReport, ...]
    record: Record | None
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


@dataclass(frozen=True, slots=True)
class Erased:
    """Records removed for good: ``sequence`` includes it, ``erased`` were there."""

    sequence: SequenceNo
    erased: int


@dataclass(frozen=True, slots=True)
class Purged:
    """What was done so that nothing is left of dead records of a dataset.

    ``generations`` are all there are of it on disk, none of which knows anything of records that
    were dead at ``sequence``. ``frames`` of the change log were rewritten.
    """

    sequence: SequenceNo
    generations: tuple[str, ...]
    frames: int


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

    async def schemas(self) -> tuple[Schema, ...]:
        """The current schema of every dataset, by name, without figures. Cheap."""
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

    async def count(
        self, dataset: DatasetName, program: Program, *, hints: Hints = NO_HINTS
    ) -> Counts:
        """How many records each output of the program holds for, all at the same sequence.

        Hints say how, here and below, never what. Raises: UnknownDataset.
        """
        ...

    async def explain(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        key: RecordKey | None = None,
        fields: Sequence[FieldName] = (),
        hints: Hints = NO_HINTS,
    ) -> Explained:
        """A report for each output of the program, all at the same sequence.

        With ``key``, also whether each holds for that record, and these fields of it. Cost: every
        output is answered on its own. Raises: UnknownDataset, UnknownField, UnknownRecord.
        """
        ...

    async def members(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        limit: int,
        after: Cursor | None = None,
        order: Sequence[OrderBy] = (),
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """The first ``limit`` records of a program of one output that come after ``after``.

        Ordered by up to ``indexer.model.limits.ORDER_FIELDS_MAX`` fields, then by key. A cursor of
        the same order finds its place even when its record has changed or is gone. Raises:
        UnknownDataset, UnknownField, BadShape (a set has no order; a cursor of another order).
        """
        ...

    async def sample(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        size: int,
        seed: int | str,
        hints: Hints = NO_HINTS,
    ) -> RecordPage:
        """The ``size`` records of a program of one output whose draws are smallest, by draw.

        A record's draw for the salt ``str(seed)`` never changes (``indexer.plan.draws``), so equal
        seeds give equal samples of equal members. The page has no next. Raises: UnknownDataset,
        UnknownField, TooLarge beyond ``indexer.model.limits.SAMPLE_MAX``.
        """
        ...

    async def breakdown(
        self,
        dataset: DatasetName,
        program: Program,
        field: FieldName,
        *,
        limit: int,
        bins: int | None = None,
        hints: Hints = NO_HINTS,
    ) -> Breakdown:
        """How the records of a program of one output spread over a field, exactly.

        By value, the ``limit`` most frequent ones; or, for numbers and times with ``bins``, by
        that many bins of equal width from the least value to the greatest, computed exactly and
        rounded up to the field's unit (a float's to the nearest one). Edges that fall together
        make one bin. Infinite values are in no bin. Other types are always told by value. Raises:
        UnknownDataset, UnknownField, BadShape unless ``bins`` is from 1 to
        ``indexer.model.limits.BINS_MAX``.
        """
        ...

    async def bitmaps(
        self, dataset: DatasetName, program: Program, *, hints: Hints = NO_HINTS
    ) -> ShardBitmaps:
        """The ordinals of the records of a program of one output. Raises: UnknownDataset."""
        ...

    def rows(
        self,
        dataset: DatasetName,
        program: Program,
        *,
        fields: Sequence[FieldName],
        batch_rows: int,
        hints: Hints = NO_HINTS,
    ) -> AsyncIterator[pa.RecordBatch]:
        """The records of a program of one output, at most ``batch_rows`` a batch.

        In ordinal order, those that changed lately after the others. Column ``_key``, then one per
        field, typed as ``indexer.intake.arrow_types`` says; the field ``_ordinal``, where the
        dataset has none of its own of that name, tells ordinals as uint32. All
        batches show one sequence, which the schema's metadata holds under ``as_of``; there is at
        least one, perhaps empty. Made as they are taken: memory is for a few, however many come.
        The first step raises: UnknownDataset, UnknownField, BadShape unless ``batch_rows`` is from
        1 to ``indexer.model.limits.BATCH_ROWS_MAX``. Any step may raise Overloaded.
        """
        ...

    async def contains(
        self,
        dataset: DatasetName,
        program: Program,
        keys: Sequence[RecordKey],
        *,
        hints: Hints = NO_HINTS,
    ) -> tuple[bool, ...]:
        """For each key, whether a program of one output holds for its record.

        A key of no record gives False. Raises: UnknownDataset, TooLarge beyond
        ``indexer.model.limits.KEYS_MAX``.
        """
        ...

    async def record(self, dataset: DatasetName, key: RecordKey) -> Record:
        """One record with all its fields. Raises: UnknownDataset, UnknownRecord."""
        ...

    async def records(
        self, dataset: DatasetName, keys: Sequence[RecordKey], fields: Sequence[FieldName]
    ) -> tuple[Record | None, ...]:
        """For each key its record with these fields, None where there is none.

        Raises: UnknownDataset, UnknownField, TooLarge beyond ``indexer.model.limits.KEYS_MAX``.
        """
        ...

    async def values(
        self,
        dataset: DatasetName,
        field: FieldName,
        *,
        program: Program,
        prefix: str,
        limit: int,
        hints: Hints = NO_HINTS,
    ) -> ValueCounts:
        """The most frequent values of the program's records whose text starts with ``prefix``.

        The prefix is compared without regard to case. ``null`` ignores the prefix. Raises:
        UnknownDataset, UnknownField.
        """
        ...

    async def apply(
        self, dataset: DatasetName, changes: Sequence[Change], origin: Origin = UNKNOWN_ORIGIN
    ) -> Applied:
        """Apply checked changes in order, visible together.

        A repeat, by its idempotency key, gives what the first of them gave. Raises:
        UnknownDataset, IdempotencyConflict.
        """
        ...

    async def erase(self, dataset: DatasetName, keys: Sequence[RecordKey]) -> Erased:
        """Remove these records, durably and at once; those that are not there are left so.

        ``purge`` has to follow: until then files hold what they held, and the keys. Raises:
        UnknownDataset, TooLarge, DiskFull.
        """
        ...

    async def purge(self, dataset: DatasetName) -> Purged:
        """Leave no byte in memory or in a file of what no live record of the dataset has.

        Values, keys and changes of the dead go, and those that live records had before. It may
        be broken off at any moment and asked for again. Cost: a pass over the dataset, which
        holds up changes, two snapshots and the log. Raises: UnknownDataset, DiskFull.
        """
        ...

    async def positions(self) -> Mapping[str, str]:
        """How far each source of changes was read, by the changes of it that were applied."""
        ...

    async def load(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
        schema: Schema | None = None,
        origin: Origin = UNKNOWN_ORIGIN,
    ) -> Loaded:
        """Bulk load typed batches, then publish and save them as one generation.

        Columns are named like fields and typed as ``indexer.intake.arrow_types`` says; keys are
        in column ``_key`` unless they are generated. A null cell clears the field if
        ``clear_empty``, else keeps what was there. With a schema, the dataset is made with it, or
        gets its fields, in the same step. Nothing is visible until all is; an exception from
        ``batches`` leaves everything as it was. The last of several rows with one key wins. A
        load with an idempotency key is done once, also after a crash, and can be rolled back by
        it. Raises: UnknownDataset, BadSchema, TooLarge, DiskFull.
        """
        ...

    async def rehearse(
        self,
        dataset: DatasetName,
        batches: AsyncIterator[pa.RecordBatch],
        *,
        mode: LoadMode = LoadMode.UPSERT,
        clear_empty: bool = False,
        schema: Schema | None = None,
    ) -> Loaded:
        """What ``load`` would do, and nothing of it done. Costs as much. Raises what it raises."""
        ...

    async def roll_back(self, dataset: DatasetName, idempotency_key: str) -> Loaded:
        """Put back what the load of that key changed, in one step.

        Created records are removed (``deleted``). Changed fields get back what they held
        (``updated``) unless somebody has changed them since, and removed records come back
        (``created``) unless somebody has created them since; such records are ``unchanged``.
        Fields and links that came with the load stay. Repeated, it gives what it gave first.
        Raises: UnknownDataset, CannotRollBack, DiskFull.
        """
        ...
