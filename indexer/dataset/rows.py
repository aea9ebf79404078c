"""Bulk input: some records' keys and cells, from typed Arrow batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset.keys import KeyArray, Ordinals, key_array, made_keys
from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells, cells_of_arrow
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import FieldType, Schema


@dataclass(frozen=True)
class Rows:
    """Records by distinct key; each field's cells and the places in ``keys`` they belong to."""

    keys: KeyArray
    cells: Mapping[FieldName, tuple[Ordinals, AnyCells]]

    def __len__(self) -> int:
        return len(self.keys)

    def kept(self, wanted: Mask) -> "Rows":
        """Only the records where ``wanted`` is true."""
        place = np.cumsum(wanted) - 1
        cells: dict[FieldName, tuple[Ordinals, AnyCells]] = {}
        for name, (places, part) in self.cells.items():
            kept = np.flatnonzero(wanted[places])
            cells[name] = (place[places[kept]], part.pick(kept))
        return Rows(self.keys[wanted], cells)


def rows_of_batches(
    schema: Schema,
    batches: Sequence[pa.RecordBatch],
    vocabularies: Mapping[FieldName, Vocabulary],
    *,
    next_key: int,
    with_nulls: bool,
) -> Rows:
    """One ``Rows`` of all the batches; the last of several rows with one key wins.

    Batches need not agree on their columns. Without a ``_key`` column, keys are made from
    ``next_key`` on, in order. ``with_nulls`` keeps null cells (they clear), else they are left out.
    """
    table = (
        pa.concat_tables(
            [pa.Table.from_batches([batch]) for batch in batches], promote_options="default"
        )
        if batches
        else None
    )
    if table is None:
        return Rows(key_array([], schema.key_type or FieldType.INT), {})
    keys, places = _keys(schema, table, next_key)
    cells: dict[FieldName, tuple[Ordinals, AnyCells]] = {}
    for field in schema.columns:
        if field.name not in table.column_names:
            continue
        part: Any = cells_of_arrow(field, table.column(field.name), vocabularies[field.name])
        if len(places) < table.num_rows:
            part = part.pick(places)
        wanted = np.arange(len(keys)) if with_nulls else np.flatnonzero(part.filled)
        cells[field.name] = (wanted, part if with_nulls else part.pick(wanted))
    return Rows(keys, cells)


def _keys(schema: Schema, table: pa.Table, next_key: int) -> tuple[KeyArray, Ordinals]:
    """The distinct keys in order of their last row, and those rows."""
    if KEY_FIELD not in table.column_names:
        return made_keys(next_key, table.num_rows), np.arange(table.num_rows)
    assert schema.key_type is not None, schema.name
    column = table.column(KEY_FIELD)
    keys = key_array(column.to_numpy(), schema.key_type)
    _, last = np.unique(keys[::-1], return_index=True)
    places = np.sort(len(keys) - 1 - last)
    return keys[places], places
