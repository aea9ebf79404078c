"""Cells to Arrow arrays, the way back from ``indexer.encoding.cells``. No Python step a record."""

from typing import Any

import numpy as np
import pyarrow as pa

from indexer.encoding.cells import AnyCells
from indexer.encoding.number import NumberCells
from indexer.encoding.sets import SetCells
from indexer.encoding.vocabulary import Vocabulary
from indexer.intake.arrow_types import arrow_type
from indexer.model.schema import Field, FieldType


def array_of(field: Field, cells: AnyCells, vocabulary: Vocabulary) -> Any:
    """The cells of a field as ``arrow_type(field)``."""
    if isinstance(cells, NumberCells):
        return _numbers(field, cells)
    if isinstance(cells, SetCells):
        return _sets(cells, vocabulary)
    if field.type is FieldType.BOOL:
        return pa.array(cells.codes == 1, pa.bool_(), mask=~cells.filled)
    return vocabulary.arrow(cells.codes).cast(pa.string())


def text_bytes(cells: AnyCells, vocabulary: Vocabulary) -> int:
    """How many bytes the texts of the cells have."""
    if isinstance(cells, NumberCells):
        return 0
    codes = cells.codes if isinstance(cells, SetCells) else cells.codes[cells.filled]
    return vocabulary.texts.bytes_at(codes)


def _numbers(field: Field, cells: NumberCells) -> Any:
    wide = np.float64 if field.type is FieldType.FLOAT else np.int64
    numbers = cells.numbers.astype(np.int32 if field.type is FieldType.DATE else wide, copy=False)
    return pa.array(numbers, mask=~cells.filled).view(arrow_type(field))


def _sets(cells: SetCells, vocabulary: Vocabulary) -> Any:
    """Members come by code and leave in the order of their texts."""
    distinct, codes = np.unique(cells.codes, return_inverse=True)
    named = vocabulary.arrow(distinct).cast(pa.string())
    order = np.argsort(named.to_numpy(zero_copy_only=False).astype(np.dtypes.StringDType()))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    # The record first, then the text, in one number: sorting those needs no indices.
    owners = np.repeat(np.arange(len(cells)), cells.lengths)
    ranks = np.sort(owners * len(order) + rank[codes]) - owners * len(order)
    members = named.take(pa.array(order[ranks]))
    starts = pa.array(cells.starts.astype(np.int32))
    return pa.ListArray.from_arrays(starts, members, mask=pa.array(~cells.filled))
