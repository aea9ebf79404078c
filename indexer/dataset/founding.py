"""The first records of a dataset: whole shards, each column made at once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
from pyroaring import BitMap

from indexer.dataset.gathering import Gathering
from indexer.dataset.keys import KeyArray, Ordinals, keys_of
from indexer.dataset.order import KeyOrder
from indexer.dataset.shard import NO_HOME, Shard
from indexer.dataset.view import DatasetView
from indexer.dataset.write import Written, key_after
from indexer.encoding.cells import AnyCells, AnyColumn, column_of_cells, empty_column
from indexer.model.errors import TooLarge
from indexer.model.ids import FieldName, ShardId
from indexer.model.limits import IndexLimits
from indexer.model.schema import Field

Each = Callable[[Callable[[Field], list[AnyColumn]], Iterable[Field]], Iterable[list[AnyColumn]]]
"""``map``, or what does the same in several threads."""


def founded(
    view: DatasetView, gathered: Gathering, *, now: datetime, limits: IndexLimits, each: Each = map
) -> Written:
    """A dataset without records or links, with these.

    Takes over the gathering's texts and empties it; fields are made one by one by ``each``. Cost:
    a pass over each field, and a sort of the codes of those that are indexed by value. Raises:
    TooLarge.
    """
    if not gathered.rows:
        return Written(view)
    keys, rows = gathered.distinct(view.next_key)
    size = 1 << view.shard_bits
    stretches = [(start, min(start + size, len(keys))) for start in range(0, len(keys), size)]
    if len(stretches) << view.shard_bits > limits.ordinals_max + 1:
        raise TooLarge(
            f"dataset {view.schema.name!r} is too small for them: it has "
            f"{limits.ordinals_max:,} ordinals"
        )
    view = replace(view, vocabularies={**view.vocabularies, **gathered.vocabularies})

    def made(field: Field) -> list[AnyColumn]:
        columns = [
            _column(view, field, gathered, _rows_of(rows, start, end), limits)
            for start, end in stretches
        ]
        gathered.forget(field.name)
        return columns

    fields = view.schema.given
    columns = dict(zip([field.name for field in fields], each(made, fields), strict=True))
    if view.formulas:
        for number, (start, end) in enumerate(stretches):
            parts = {name: held[number] for name, held in columns.items() if len(held) > number}
            for name, column in _computed(view, parts, keys[start:end], limits).items():
                columns.setdefault(name, []).append(column)
    shards = tuple(
        Shard(
            id=ShardId(number),
            home=NO_HOME,
            live=BitMap(range(end - start)),
            keys=keys_of(keys[start:end]),
            columns={name: parts[number] for name, parts in columns.items()},
            targets={},
        )
        for number, (start, end) in enumerate(stretches)
    )
    return Written(_with(view, shards, keys, now), created=len(keys))


def _column(
    view: DatasetView, field: Field, gathered: Gathering, rows: Ordinals, limits: IndexLimits
) -> AnyColumn:
    vocabulary, most = view.vocabularies[field.name], limits.bitmaps_per_field_max
    if field.name not in gathered.fields:
        return empty_column(field, vocabulary, bitmaps_max=most).extended(len(rows))
    cells = gathered.cells(field.name, rows)
    return column_of_cells(field, cells, vocabulary, bitmaps_max=most)


def _computed(
    view: DatasetView, columns: Mapping[FieldName, AnyColumn], keys: KeyArray, limits: IndexLimits
) -> dict[FieldName, AnyColumn]:
    """The columns of formula fields."""

    def cells_of_field(name: FieldName) -> AnyCells:
        cells: AnyCells = columns[name].all_cells()
        return cells

    fields, most = (
        {field.name: field for field in view.schema.columns},
        limits.bitmaps_per_field_max,
    )
    cells = view.formulas.cells(cells_of_field, keys, view.vocabularies)
    return {
        name: column_of_cells(fields[name], part, view.vocabularies[name], bitmaps_max=most)
        for name, part in cells.items()
    }


def _rows_of(rows: Ordinals | None, start: int, end: int) -> Ordinals:
    return np.arange(start, end) if rows is None else rows[start:end]


def _with(
    view: DatasetView, shards: tuple[Shard, ...], keys: KeyArray, now: datetime
) -> DatasetView:
    held = [shard.keys for shard in shards]
    order = KeyOrder.of(held[0].type, view.shard_bits, held, [shard.live for shard in shards])
    return replace(view, shards=shards, order=order, updated_at=now, next_key=key_after(view, keys))
