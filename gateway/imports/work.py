"""One import, from a file to a loaded dataset.

Reading and typing run in a thread, a block at a time: the index takes a block, then the next
one is read.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import pyarrow as pa

from gateway.imports.evolution import field_changes, inferred_fields, wanted_schema
from gateway.imports.tally import Tally
from gateway.imports.wishes import Upload, Wishes
from indexer.api import Index, Loaded, LoadMode
from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Evolution, Inferred, Reject, Source, TypedBatch
from indexer.intake.rejects import RejectsWriter
from indexer.model.errors import BadSchema, UnknownDataset
from indexer.model.record import Origin
from indexer.model.schema import Schema

Sift = Callable[[Schema, pa.RecordBatch], tuple[pa.RecordBatch, int]]
"""Gives the rows of a block that may be loaded, and how many may not."""
HELD_BACK = "suppressed: the record was erased and must not come back"


async def carry_out(
    wishes: Wishes,
    upload: Upload,
    *,
    index: Index,
    limits: IntakeLimits,
    tally: Tally,
    rejects: RejectsWriter,
    sift: Sift,
) -> Loaded:
    """Do the import, or for a dry run tell what it would do. ``tally`` follows it and may stop it.

    Done again under the same id it has no more effect than once. Raises: BadFile, BadSchema,
    TooLarge, UnknownDataset, DiskFull, and what ``tally`` raises.
    """
    known = await _known_schema(index, wishes)
    options = _options(wishes, upload, known, tally)
    source, inferred = await asyncio.to_thread(_looked_at, upload, options, limits)
    schema = wanted_schema(wishes, inferred, known)
    widened = any(one.how is Evolution.WIDENED for one in inferred.evolved)
    if widened and not await _would_take(index, schema):
        options = dataclasses.replace(options, widening=False)
        source, inferred = await asyncio.to_thread(_looked_at, upload, options, limits)
        schema = wanted_schema(wishes, inferred, known)
    changes = () if known is None else field_changes(known, schema, inferred)
    notes = () if wishes.mode is LoadMode.DELETE else inferred.remarks
    tally.typed(inferred_fields(inferred), changes, notes)
    load = index.rehearse if wishes.dry_run else partial(
        index.load, origin=Origin(idempotency_key=tally.progress.id)
    )  # fmt: skip
    return await load(
        schema.name,
        _batches(source, _read_as(wishes, schema), tally, rejects, sift),
        mode=wishes.mode,
        clear_empty=wishes.clear_empty,
        schema=None if schema == known else schema,
    )


def _looked_at(
    upload: Upload, options: IntakeOptions, limits: IntakeLimits
) -> tuple[Source, Inferred]:
    source = open_file(upload.path, options, limits)
    return source, source.infer()


async def _would_take(index: Index, schema: Schema) -> bool:
    """Whether what the dataset holds allows for the wider fields of the schema."""
    try:
        await index.rehearse(schema.name, _nothing(), schema=schema)
    except BadSchema:
        return False
    return True


async def _nothing() -> AsyncIterator[pa.RecordBatch]:
    none: tuple[pa.RecordBatch, ...] = ()
    for batch in none:
        yield batch


async def _known_schema(index: Index, wishes: Wishes) -> Schema | None:
    try:
        return await index.schema(wishes.dataset)
    except UnknownDataset:
        if wishes.mode in (LoadMode.UPDATE, LoadMode.DELETE):
            raise
        return None


def _options(wishes: Wishes, upload: Upload, known: Schema | None, tally: Tally) -> IntakeOptions:
    return IntakeOptions(
        name=upload.name,
        key=wishes.key,
        types=wishes.types,
        time_zone=wishes.time_zone,
        schema=None if known is None else _read_as(wishes, known),
        date_order=wishes.date_order,
        watch=tally.began,
    )


def _read_as(wishes: Wishes, schema: Schema) -> Schema:
    """The schema whose columns are read: to delete, keys are enough."""
    if wishes.mode is not LoadMode.DELETE:
        return schema
    return dataclasses.replace(schema, fields=())


async def _batches(
    source: Source, schema: Schema, tally: Tally, rejects: RejectsWriter, sift: Sift
) -> AsyncIterator[pa.RecordBatch]:
    read = _reader(source.batches(schema), rejects, lambda records: sift(schema, records))
    while (batch := await asyncio.to_thread(read)) is not None:
        tally.took(batch)
        yield batch.records
    tally.is_read = True


def _reader(
    batches: Iterator[TypedBatch],
    rejects: RejectsWriter,
    sift: Callable[[pa.RecordBatch], tuple[pa.RecordBatch, int]],
) -> Callable[[], TypedBatch | None]:
    """A step for the reading thread: the next block, its rejects on disk; None at the end."""

    def step() -> TypedBatch | None:
        batch = next(batches, None)
        if batch is None:
            return None
        rejects.write(batch.rejects)
        records, held_back = sift(batch.records)
        # Their lines are not known any more, and what stands there is not to be kept.
        rejects.write([Reject(0, None, HELD_BACK, "")] * held_back)
        return dataclasses.replace(batch, records=records, rejected=batch.rejected + held_back)

    return step
