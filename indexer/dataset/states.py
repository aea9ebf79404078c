"""Whole records one after another, as they were or became: what changed since a view was made.

States are added at the end, a batch at a time, and never changed; a record may have many. They lie
in chunks. Each chunk can be read as a shard and all of them as a view, whose columns are made
when somebody asks for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
from pyroaring import BitMap

from indexer.dataset.keys import KeyArray, Ordinals, key_array, keys_of
from indexer.dataset.order import KeyOrder
from indexer.dataset.shard import NO_HOME, Shard
from indexer.dataset.state_order import StateOrder
from indexer.dataset.view import DatasetView
from indexer.encoding.cells import AnyCells, AnyColumn, column_of_cells, joined_cells
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import FieldName, ShardId
from indexer.model.schema import Field, FieldType, Schema

CHUNK_BITS = 14
"""A chunk of so many states is full: adding to one copies it."""
CHUNK_SIZE = 1 << CHUNK_BITS


@dataclass(frozen=True)
class Batch:
    """States of distinct records: keys, ordinals, and for every field and link a value each."""

    keys: KeyArray
    ordinals: Ordinals
    cells: Mapping[FieldName, AnyCells]
    targets: Mapping[str, Ordinals]

    def __len__(self) -> int:
        return len(self.keys)

    def pick(self, places: Any) -> "Batch":
        """The states at these places, in the order given."""
        return Batch(
            self.keys[places],
            self.ordinals[places],
            {name: part.pick(places) for name, part in self.cells.items()},
            {name: part[places] for name, part in self.targets.items()},
        )

    @classmethod
    def all_of(cls, parts: "Sequence[Batch]") -> Self:
        """The states of some batches, at least one. Cost: each is copied once."""
        first = parts[0]
        if len(parts) == 1:
            return cls(first.keys, first.ordinals, first.cells, first.targets)
        return cls(
            np.concatenate([part.keys for part in parts]),
            np.concatenate([part.ordinals for part in parts]),
            {name: joined_cells([part.cells[name] for part in parts]) for name in first.cells},
            {
                name: np.concatenate([part.targets[name] for part in parts])
                for name in first.targets
            },
        )


@dataclass(frozen=True)
class _Columns(Mapping[FieldName, AnyColumn]):
    """The columns of a batch, each made when it is first asked for."""

    batch: Batch
    fields: Mapping[FieldName, Field]
    vocabularies: Mapping[FieldName, Vocabulary]
    made: dict[FieldName, AnyColumn] = field(default_factory=dict)

    def __getitem__(self, name: FieldName) -> AnyColumn:
        column = self.made.get(name)
        if column is None:
            # Without bitmaps: they would cost more to make than they save.
            column = column_of_cells(
                self.fields[name], self.batch.cells[name], self.vocabularies[name], bitmaps_max=0
            )
            # Whoever made it first has the one that all share.
            column = self.made.setdefault(name, column)
        return column

    def __iter__(self) -> Iterator[FieldName]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)


@dataclass(frozen=True)
class _Chunk:
    """A batch and, once it is asked for, its shard."""

    number: int
    batch: Batch
    schema: Schema
    vocabularies: Mapping[FieldName, Vocabulary]

    @cached_property
    def shard(self) -> Shard:
        fields = {each.name: each for each in self.schema.columns}
        return Shard(
            id=ShardId(self.number),
            home=NO_HOME,
            live=BitMap(range(len(self.batch))),
            keys=keys_of(self.batch.keys),
            columns=_Columns(self.batch, fields, self.vocabularies),
            targets=self.batch.targets,
        )


@dataclass(frozen=True)
class States:
    """States by number, from 0 on, of records of one dataset."""

    schema: Schema
    vocabularies: Mapping[FieldName, Vocabulary]
    chunks: tuple[_Chunk, ...] = ()

    def __len__(self) -> int:
        return (
            (len(self.chunks) - 1) * CHUNK_SIZE + len(self.chunks[-1].batch) if self.chunks else 0
        )

    def added(self, batch: Batch) -> Self:
        """With these states at the end. Cost: at most a chunk is copied beside the batch."""
        chunks = list(self.chunks)
        if chunks and len(chunks[-1].batch) < CHUNK_SIZE:
            batch = Batch.all_of([chunks.pop().batch, batch])
        for start in range(0, len(batch), CHUNK_SIZE):
            whole = start == 0 and len(batch) <= CHUNK_SIZE
            part = batch if whole else batch.pick(slice(start, start + CHUNK_SIZE))
            chunks.append(_Chunk(len(chunks), part, self.schema, self.vocabularies))
        return replace(self, chunks=tuple(chunks))

    def since(self, number: int) -> Self:
        """The states from this number on, numbered anew."""
        cut = replace(self, chunks=())
        for chunk in self.chunks[number >> CHUNK_BITS :]:
            first = max(0, number - (chunk.number << CHUNK_BITS))
            cut = (
                cut.added(chunk.batch.pick(slice(first, None))) if first else cut.added(chunk.batch)
            )
        return cut

    @cached_property
    def ordinals(self) -> Ordinals:
        """Whose state each is."""
        parts = [chunk.batch.ordinals for chunk in self.chunks]
        return np.concatenate(parts) if parts else np.array([], np.int64)

    def targets(self, link: str) -> Ordinals:
        """Where a link of each leads."""
        parts = [chunk.batch.targets[link] for chunk in self.chunks]
        return np.concatenate(parts) if parts else np.array([], np.int64)

    @cached_property
    def keys(self) -> KeyArray:
        """The key of each."""
        parts = [chunk.batch.keys for chunk in self.chunks]
        if not parts:
            return key_array([], self.schema.key_type or FieldType.INT)
        return np.concatenate(parts)

    def batch(self, numbers: Ordinals) -> Batch:
        """The states of these numbers, of which there is one at least, in the order given."""
        owners = numbers >> CHUNK_BITS
        held = np.flatnonzero(np.bincount(owners)).tolist()
        offsets = numbers & (CHUNK_SIZE - 1)
        if len(held) == 1:
            return self.chunks[held[0]].batch.pick(offsets)
        places = [np.flatnonzero(owners == owner) for owner in held]
        parts = [
            self.chunks[owner].batch.pick(offsets[mine])
            for owner, mine in zip(held, places, strict=True)
        ]
        return Batch.all_of(parts).pick(inverse_of(np.concatenate(places)))

    def cells(self, name: FieldName, numbers: Ordinals) -> AnyCells:
        """One field of the states of these numbers, of which there is one at least."""
        owners = numbers >> CHUNK_BITS
        held = np.flatnonzero(np.bincount(owners)).tolist()
        offsets = numbers & (CHUNK_SIZE - 1)
        places = [np.flatnonzero(owners == owner) for owner in held]
        parts = [
            self.chunks[owner].batch.cells[name].pick(offsets[mine])
            for owner, mine in zip(held, places, strict=True)
        ]
        return joined_cells(parts).pick(inverse_of(np.concatenate(places)))

    @cached_property
    def view(self) -> DatasetView:
        """All states as records of a view, a chunk being a shard; each is live."""
        shards = tuple(chunk.shard for chunk in self.chunks)
        order = StateOrder(self.schema.key_type or FieldType.INT, CHUNK_BITS, self)
        return DatasetView(
            schema=self.schema,
            shard_bits=CHUNK_BITS,
            shards=shards,
            # It reads like one, and nobody adds to a view of states.
            order=cast("KeyOrder", order),
            vocabularies=self.vocabularies,
        )


def inverse_of(order: Ordinals) -> Ordinals:
    """Where each place has gone: ``values[order][inverse_of(order)]`` is ``values``."""
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.arange(len(order))
    return inverse
