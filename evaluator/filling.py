"""A file into a dataset of an index, from its types to its last record. Rejects are counted."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from evaluator.results import Loaded
from indexer.api import Index, LoadMode
from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Inferred, Source, TypedBatch
from indexer.model.errors import BadShape, Problem, UnknownDataset
from indexer.model.ids import DatasetName, FieldName
from indexer.model.schema import FieldType, Link, Schema


@dataclass
class _Taken:
    rejected: int = 0


async def fill(
    index: Index,
    dataset: DatasetName,
    file: Path,
    *,
    key: FieldName | None,
    mode: str,
    links: Sequence[Link],
) -> Loaded:
    """Load the file; a dataset that is not there is made from it, new fields and links are added.

    A column that has become something else than its field goes into a field of its own. Raises:
    BadFile, BadSchema, BadShape, TooLarge, UnknownDataset, DiskFull.
    """
    wanted = _mode(mode)
    known = await _known(index, dataset, wanted)
    shown = known if known is None or wanted is not LoadMode.DELETE else replace(known, fields=())
    options = IntakeOptions(name=file.name, key=key, schema=shown, widening=False)
    source, inferred = await asyncio.to_thread(_looked_at, file, options)
    schema = _schema(dataset, known, inferred, links)
    taken = _Taken()
    done = await index.load(
        dataset,
        _batches(source, schema if shown is known else shown or schema, taken),
        mode=wanted,
        schema=None if schema == known else schema,
    )
    return Loaded(
        done.sequence, done.created, done.updated, done.unchanged, done.deleted, taken.rejected
    )


def _mode(mode: str) -> LoadMode:
    try:
        return LoadMode(mode)
    except ValueError:
        said = ", ".join(each.value for each in LoadMode)
        problem = Problem("bad_value", "/mode", f"say one of {said}")
        raise BadShape("there is no such mode", problems=(problem,)) from None


async def _known(index: Index, dataset: DatasetName, mode: LoadMode) -> Schema | None:
    try:
        return await index.schema(dataset)
    except UnknownDataset:
        if mode in (LoadMode.UPDATE, LoadMode.DELETE):
            raise
        return None


def _looked_at(file: Path, options: IntakeOptions) -> tuple[Source, Inferred]:
    source = open_file(file, options, IntakeLimits(rejects_max=0))
    return source, source.infer()


def _schema(
    dataset: DatasetName, known: Schema | None, inferred: Inferred, links: Sequence[Link]
) -> Schema:
    if known is None:
        type_ = inferred.key_type or (FieldType.INT if inferred.key is None else None)
        return Schema(dataset, inferred.key, type_, inferred.fields, tuple(links))
    names = {field.name for field in known.fields} | {known.key}
    linked = {link.name for link in known.links}
    return replace(
        known,
        fields=(*known.fields, *(one for one in inferred.fields if one.name not in names)),
        links=(*known.links, *(link for link in links if link.name not in linked)),
    )


async def _batches(source: Source, schema: Schema, taken: _Taken) -> AsyncIterator[pa.RecordBatch]:
    coming = source.batches(schema)
    while (batch := await asyncio.to_thread(_next, coming)) is not None:
        taken.rejected += batch.rejected
        yield batch.records


def _next(coming: Iterator[TypedBatch]) -> TypedBatch | None:
    return next(coming, None)
