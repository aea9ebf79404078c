"""Values of many records on their way through a formula, from cells and back to them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from indexer.encoding.cells import AnyCells
from indexer.encoding.coded import CodedCells
from indexer.encoding.number import NumberCells
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.formula.kinds import DOUBLE, MEMBERS, TEXT, TRUTH, Kind, kind_of
from indexer.formula.tree import Plain
from indexer.model.schema import Field

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

NO_TEXTS = pa.array([], pa.large_string())


@dataclass(frozen=True)
class Vector:
    """A value or null for each record.

    ``data`` is bool, int64 or float64 in stored form; for texts it is int32, places in ``texts``,
    a large_string array in which a text may come twice. Where not ``filled`` it means nothing,
    but places are always inside. A set has no data, only which records have one.
    """

    kind: Kind
    data: Array
    filled: Mask
    texts: Any = field(default_factory=lambda: NO_TEXTS)

    def __len__(self) -> int:
        return len(self.filled)

    def rows(self) -> Any:
        """Texts, one a record, as a large_string array with nulls."""
        places = pa.array(self.data, pa.int32(), mask=~self.filled)
        return self.texts.take(places)


def vector_of(of: Field, cells: AnyCells, vocabulary: Vocabulary) -> Vector:
    """The cells of a field. Cost: a pass."""
    kind = kind_of(of)
    if isinstance(cells, NumberCells):
        return Vector(kind, cells.numbers, cells.filled)
    if not isinstance(cells, CodedCells):
        return Vector(MEMBERS, np.zeros(len(cells), np.bool_), cells.filled)
    filled = cells.codes != NULL_CODE
    if kind == TRUTH:
        return Vector(kind, cells.codes == 1, filled)
    used, places = _used(cells.codes[filled], len(vocabulary))
    data = np.zeros(len(cells), np.int32)
    data[filled] = places
    return Vector(kind, data, filled, vocabulary.arrow(used) if len(used) else NO_TEXTS)


def cells_of(vector: Vector, vocabulary: Vocabulary) -> AnyCells:
    """A result as cells of its field, whose vocabulary learns new texts. Cost: a pass."""
    kind = vector.kind
    if kind == TRUTH:
        codes = np.where(vector.filled, vector.data.astype(np.int32), NULL_CODE)
        return CodedCells(codes.astype(np.int32))
    if kind != TEXT:
        wide = np.float64 if kind == DOUBLE else np.int64
        return NumberCells(np.where(vector.filled, vector.data, 0).astype(wide), vector.filled)
    # Only texts that a record has are learnt.
    used, places = _used(vector.data[vector.filled], len(vector.texts))
    codes = np.full(len(vector), NULL_CODE, np.int32)
    codes[vector.filled] = vocabulary.learn_array(vector.texts.take(pa.array(used)))[places]
    return CodedCells(codes)


def constant(value: Plain, kind: Kind, size: int) -> Vector:
    """One value for so many records. Takes no room for them."""
    filled = np.broadcast_to(np.bool_(value is not None), (size,))
    if kind == TEXT:
        texts = pa.array(["" if value is None else value], pa.large_string())
        return Vector(kind, np.broadcast_to(np.int32(0), (size,)), filled, texts)
    dtype: Any = np.bool_ if kind == TRUTH else np.float64 if kind == DOUBLE else np.int64
    return Vector(kind, np.broadcast_to(dtype(value or 0), (size,)), filled)


def text_vector(rows: Any) -> Vector:
    """Texts, one a record, as they come out of Arrow's functions."""
    if isinstance(rows, pa.ChunkedArray):
        rows = rows.combine_chunks()
    coded = rows.dictionary_encode()
    filled = np.asarray(rows.is_valid())
    data = np.asarray(coded.indices.fill_null(0)).astype(np.int32)
    return Vector(TEXT, data, filled, coded.dictionary)


def _used(codes: Array, known: int) -> tuple[Array, Array]:
    """The distinct codes, ascending, and for each code its place among them."""
    if known > 4 * len(codes):
        used, places = np.unique(codes, return_inverse=True)
        return used.astype(np.int32), places.astype(np.int32)
    there = np.zeros(known, np.bool_)
    there[codes] = True
    rank = np.cumsum(there, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(there).astype(np.int32), rank[codes]
