"""Typed batches on their way into a dataset: encoded as they come, held in few bytes.

Texts get codes of the gathering's own, so that a load that is given up leaves nothing behind. A
dataset without records takes them over as they are; another one learns the texts at the end.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.dataset.keys import KeyArray, Keys, Ordinals, key_array, keys_of, made_keys
from indexer.dataset.rows import Rows
from indexer.encoding.cells import (
    AnyCells,
    AnyColumn,
    cells_of_arrow,
    column_of_cells,
    fresh_vocabulary,
    joined_cells,
    recoded,
)
from indexer.encoding.vocabulary import Vocabulary
from indexer.model.ids import KEY_FIELD, FieldName
from indexer.model.schema import FieldType, Schema


class Gathering:
    """The rows of a load. One thread at a time."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._starts = [0]
        self._keys: list[Keys] = []
        self._parts: dict[FieldName, dict[int, AnyColumn]] = {}
        self.vocabularies = {field.name: fresh_vocabulary(field) for field in schema.columns}
        self.given_up = False
        """Set by whoever wants the load no more: it is not published then."""
        self._distinct: tuple[int, int, KeyArray, Ordinals | None] | None = None

    @property
    def rows(self) -> int:
        """Rows taken so far."""
        return self._starts[-1]

    @property
    def key_type(self) -> FieldType:
        """INT or KEYWORD, as the batches' keys are; generated keys are INT."""
        return self._keys[0].type if self._keys else FieldType.INT

    @property
    def fields(self) -> frozenset[FieldName]:
        """Fields that a batch had."""
        return frozenset(self._parts)

    def take(self, batch: pa.RecordBatch) -> None:
        """Encode a batch; it is not kept. Batches need not agree on their columns.

        Cost: vectorised over rows, one Python step per distinct text of the batch.
        """
        place = len(self._starts) - 1
        if KEY_FIELD in batch.schema.names:
            self._keys.append(_keys_of_arrow(batch.column(KEY_FIELD)))
        for field in self._schema.given:
            if field.name in batch.schema.names:
                vocabulary = self.vocabularies[field.name]
                cells = cells_of_arrow(field, batch.column(field.name), vocabulary)
                part = column_of_cells(field, cells, vocabulary, bitmaps_max=0)
                self._parts.setdefault(field.name, {})[place] = part
        self._starts.append(self.rows + batch.num_rows)

    def distinct(self, next_key: int) -> tuple[KeyArray, Ordinals | None]:
        """The distinct keys in order of their last row, and those rows; None means every row.

        Keys are made from ``next_key`` on, in order, where batches have none. What was found is
        kept until the next batch.
        """
        asked = (next_key, self.rows)
        if self._distinct is None or self._distinct[:2] != asked:
            self._distinct = (*asked, *self._find_distinct(next_key))
        return self._distinct[2:]

    def _find_distinct(self, next_key: int) -> tuple[KeyArray, Ordinals | None]:
        if not self._keys:
            return made_keys(next_key, self.rows), None
        keys = np.concatenate([part.all() for part in self._keys])
        if bool((keys[1:] > keys[:-1]).all()):
            return keys, None
        _, last = np.unique(keys[::-1], return_index=True)
        if len(last) == len(keys):
            return keys, None
        rows = np.sort(len(keys) - 1 - last)
        return keys[rows], rows

    def cells(self, field: FieldName, rows: Ordinals) -> AnyCells:
        """The cells of a field that a batch had, of ascending rows; in the gathering's codes."""
        parts = self._parts[field]
        sample: Any = next(iter(parts.values()))
        ends = np.searchsorted(rows, self._starts[1:]).tolist()
        found: list[AnyCells] = []
        for place, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            part: Any = parts.get(place)
            if part is None:
                found.append(sample.blank(end - start))
            elif end - start == part.size:
                found.append(part.all_cells())
            elif end > start:
                found.append(part.cells(rows[start:end] - self._starts[place]))
        return joined_cells(found) if found else sample.blank(0)

    def forget(self, field: FieldName) -> None:
        """Let go of a field's cells, if a batch had any: nobody will ask for them again."""
        self._parts.pop(field, None)

    def as_rows(
        self, vocabularies: Mapping[FieldName, Vocabulary], *, next_key: int, with_nulls: bool
    ) -> Rows:
        """All of it as ``Rows`` in the codes of these vocabularies, which learn what is new.

        The last of several rows with one key wins. ``with_nulls`` keeps null cells, which
        clear; else they are left out.
        """
        keys, rows = self.distinct(next_key)
        if rows is None:
            rows = np.arange(self.rows)
        cells: dict[FieldName, tuple[Ordinals, AnyCells]] = {}
        for field in self._schema.given:
            if field.name in self._parts:
                part: Any = self.cells(field.name, rows)
                part = recoded(part, self.vocabularies[field.name], vocabularies[field.name])
                wanted = np.arange(len(keys)) if with_nulls else np.flatnonzero(part.filled)
                cells[field.name] = (wanted, part if with_nulls else part.pick(wanted))
        return Rows(keys, cells)


def _keys_of_arrow(column: Any) -> Keys:
    type_ = FieldType.INT if pa.types.is_integer(column.type) else FieldType.KEYWORD
    return keys_of(key_array(column.to_numpy(zero_copy_only=False), type_))
