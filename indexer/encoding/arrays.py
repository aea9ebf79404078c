"""Cells to Arrow arrays, the way back from ``indexer.encoding.cells``. No Python step a record."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.encoding.bits import Mask
from indexer.encoding.cells import AnyCells
from indexer.encoding.number import NumberCells
from indexer.encoding.sets import SetCells
from indexer.encoding.vocabulary import Vocabulary
from indexer.intake.arrow_types import arrow_type
from indexer.model.schema import Field, FieldType
from indexer.plan.texts import bytes_of


def array_of(field: Field, cells: AnyCells, vocabulary: Vocabulary) -> Any:
    """The cells of a field as ``arrow_type(field)``."""
    if isinstance(cells, NumberCells):
        return _numbers(field, cells)
    if isinstance(cells, SetCells):
        return _sets(cells, vocabulary.pool.parts())
    if field.type is FieldType.BOOL:
        return pa.array(cells.codes == 1, pa.bool_(), mask=~cells.filled)
    return _texts(vocabulary.pool.parts(), cells.codes, cells.filled)


def text_bytes(cells: AnyCells, vocabulary: Vocabulary) -> int:
    """How many bytes the texts of the cells have."""
    if isinstance(cells, NumberCells):
        return 0
    codes = cells.codes if isinstance(cells, SetCells) else cells.codes[cells.filled]
    total = 0
    for part, _, local in _split(vocabulary.pool.parts(), codes):
        _, starts = bytes_of(part)
        total += int((starts[1:][local] - starts[local]).sum())
    return total


def _numbers(field: Field, cells: NumberCells) -> Any:
    wide = np.float64 if field.type is FieldType.FLOAT else np.int64
    numbers = cells.numbers.astype(np.int32 if field.type is FieldType.DATE else wide, copy=False)
    return pa.array(numbers, mask=~cells.filled).view(arrow_type(field))


def _sets(cells: SetCells, texts: Sequence[Any]) -> Any:
    """Members come by code and leave in the order of their texts."""
    distinct, codes = np.unique(cells.codes, return_inverse=True)
    named = _texts(texts, distinct, np.ones(len(distinct), np.bool_))
    order = np.argsort(named.to_numpy(zero_copy_only=False).astype(np.dtypes.StringDType()))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    # The record first, then the text, in one number: sorting those needs no indices.
    owners = np.repeat(np.arange(len(cells)), cells.lengths)
    ranks = np.sort(owners * len(order) + rank[codes]) - owners * len(order)
    members = named.take(pa.array(order[ranks]))
    starts = pa.array(cells.starts.astype(np.int32))
    return pa.ListArray.from_arrays(starts, members, mask=pa.array(~cells.filled))


def _texts(texts: Sequence[Any], codes: Any, filled: Mask) -> Any:
    """The texts of the codes, null where not filled."""
    places = np.flatnonzero(filled)
    found, order = [pa.array([], pa.large_string())], [np.array([], np.int64)]
    for part, mine, local in _split(texts, codes[places]):
        found.append(part.take(pa.array(local)))
        order.append(places[mine])
    came = np.full(len(codes), -1, np.int64)
    joined = np.concatenate(order)
    came[joined] = np.arange(len(joined))
    values = pa.concat_arrays(found)
    if len(found) > 2 or len(joined) < len(codes):
        values = values.take(pa.array(came, mask=came < 0))
    return values.cast(pa.string())


def _split(texts: Sequence[Any], codes: Any) -> list[tuple[Any, Any, Any]]:
    """Each array that has some of the texts, whose they are, and their places in it."""
    if len(texts) == 1:
        return [(texts[0], slice(None), codes)]
    found = []
    first = 0
    for part in texts:
        mine = np.flatnonzero((codes >= first) & (codes < first + len(part)))
        found.append((part, mine, codes[mine] - first))
        first += len(part)
    return found
