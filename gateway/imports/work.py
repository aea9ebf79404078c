"""One import, from a file to a loaded dataset.

Reading and typing run in a thread, a block at a time: the index takes a block, then the next
one is read.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pyarrow as pa

from gateway.imports.progress import InferredField
from gateway.imports.tally import Tally
from gateway.imports.wishes import Upload, Wishes
from indexer.api import Index, Loaded, LoadMode
from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Inferred, Source, TypedBatch
from indexer.intake.rejects import RejectsWriter
from indexer.model.errors import UnknownDataset
from indexer.model.schema import FieldType, Schema


async def carry_out(
    wishes: Wishes,
    upload: Upload,
    *,
    index: Index,
    limits: IntakeLimits,
    tally: Tally,
    rejects: RejectsWriter,
) -> Loaded | None:
    """Do the import; None for a dry run. ``tally`` follows it and may stop it.

    Raises: BadFile, BadSchema, TooLarge, UnknownDataset, DiskFull, and what ``tally`` raises.
    """
    known = await _known_schema(index, wishes)
    options = _options(wishes, upload, known)
    source: Source = await asyncio.to_thread(open_file, upload.path, options, limits)
    inferred = await asyncio.to_thread(source.infer)
    tally.typed(tuple(
        InferredField(field.name, field.type.value,
                      field.scale if field.type is FieldType.DECIMAL else None)
        for field in inferred.fields
    ))  # fmt: skip
    schema = _wanted_schema(wishes, inferred, known)
    if wishes.dry_run:
        async for _ in _batches(source, schema, tally, rejects):
            pass
        return None
    if known is None:
        schema = await index.create(schema)
    elif schema != known:
        schema = await index.alter(schema)
    return await index.load(
        schema.name,
        _batches(source, schema, tally, rejects),
        mode=wishes.mode,
        clear_empty=wishes.clear_empty,
    )


async def _known_schema(index: Index, wishes: Wishes) -> Schema | None:
    try:
        return await index.schema(wishes.dataset)
    except UnknownDataset:
        if wishes.mode in (LoadMode.UPDATE, LoadMode.DELETE):
            raise
        return None


def _options(wishes: Wishes, upload: Upload, known: Schema | None) -> IntakeOptions:
    return IntakeOptions(
        name=upload.name,
        key=wishes.key,
        types=wishes.types,
        time_zone=wishes.time_zone,
        schema=known,
    )


def _wanted_schema(wishes: Wishes, inferred: Inferred, known: Schema | None) -> Schema:
    """The schema to load into: the known one with what the file and the wishes add."""
    if known is None:
        return Schema(
            name=wishes.dataset,
            key=inferred.key,
            key_type=inferred.key_type or (FieldType.INT if inferred.key is None else None),
            fields=inferred.fields,
            links=wishes.links,
            time_zone=wishes.time_zone or "UTC",
        )
    if wishes.mode is LoadMode.DELETE:
        return known
    names = {field.name for field in known.fields} | {known.key}
    links = {link.name for link in known.links}
    return replace(
        known,
        fields=(*known.fields, *(one for one in inferred.fields if one.name not in names)),
        links=(*known.links, *(link for link in wishes.links if link.name not in links)),
    )


async def _batches(
    source: Source, schema: Schema, tally: Tally, rejects: RejectsWriter
) -> AsyncIterator[pa.RecordBatch]:
    read = _reader(source.batches(schema), rejects)
    while (batch := await asyncio.to_thread(read)) is not None:
        tally.took(batch)
        yield batch.records


def _reader(
    batches: Iterator[TypedBatch], rejects: RejectsWriter
) -> Callable[[], TypedBatch | None]:
    """A step for the reading thread: the next block, its rejects on disk; None at the end."""

    def step() -> TypedBatch | None:
        batch = next(batches, None)
        if batch is not None:
            rejects.write(batch.rejects)
        return batch

    return step
