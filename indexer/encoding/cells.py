"""Typed Arrow arrays to cells, and the empty column of each field type."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.encoding.coded import FLAG_TEXTS, CodedCells, CodedColumn, FlagColumn
from indexer.encoding.number import NumberCells, NumberColumn, number_type
from indexer.encoding.sets import SetCells, SetColumn
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.intake.arrow_types import arrow_type
from indexer.model.record import Value
from indexer.model.schema import Field, FieldType

AnyCells = CodedCells | NumberCells | SetCells
AnyColumn = CodedColumn | NumberColumn | SetColumn


def fresh_vocabulary(field: Field) -> Vocabulary:
    """The vocabulary a field starts with; that of a bool is complete from the start."""
    return Vocabulary(FLAG_TEXTS if field.type is FieldType.BOOL else ())


def empty_column(field: Field, vocabulary: Vocabulary, *, bitmaps_max: int) -> AnyColumn:
    """A column of no records for a field of this type."""
    match field.type:
        case FieldType.BOOL:
            return FlagColumn.empty(vocabulary, bitmaps_max=bitmaps_max)
        case FieldType.KEYWORD | FieldType.TEXT:
            # Text is not indexed by value: no bitmaps from the start.
            most = bitmaps_max if field.type is FieldType.KEYWORD else 0
            return CodedColumn.empty(vocabulary, bitmaps_max=most)
        case FieldType.SET:
            return SetColumn.empty(vocabulary, bitmaps_max=bitmaps_max)
        case _:
            return NumberColumn.empty(field.type)


def column_of_cells(
    field: Field, cells: Any, vocabulary: Vocabulary, *, bitmaps_max: int
) -> AnyColumn:
    """A column of exactly these cells, for a field of this type."""
    empty: Any = empty_column(field, vocabulary, bitmaps_max=bitmaps_max)
    if isinstance(empty, NumberColumn):
        return NumberColumn.of(cells)
    made: AnyColumn = type(empty).of(vocabulary, cells, bitmaps_max=empty.bitmaps_max)
    return made


def cells_of_values(field: Field, values: Sequence[Value], vocabulary: Vocabulary) -> AnyCells:
    """Stored values as cells; new texts are learnt."""
    return cells_of_arrow(field, pa.array(values, arrow_type(field)), vocabulary)


def cells_of_arrow(field: Field, array: Any, vocabulary: Vocabulary) -> AnyCells:
    """An Arrow array of ``arrow_type(field)`` as cells; new texts are learnt.

    Cost: vectorised; no Python step per record or text.
    """
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    match field.type:
        case FieldType.BOOL:
            filled = _filled(array)
            flags = np.asarray(array.fill_null(False)).astype(np.int32)
            return CodedCells(np.where(filled, flags, NULL_CODE).astype(np.int32))
        case FieldType.KEYWORD | FieldType.TEXT:
            return CodedCells(vocabulary.learn_array(array))
        case FieldType.SET:
            return _sets(array, vocabulary)
        case _:
            filled = _filled(array)
            if field.type in (FieldType.DATE, FieldType.TIMESTAMP):
                array = array.view(pa.int32() if field.type is FieldType.DATE else pa.int64())
            numbers = np.asarray(array.fill_null(0)).astype(number_type(field.type))
            return NumberCells(numbers, filled)


def _filled(array: Any) -> Any:
    return np.asarray(array.is_valid())


def _sets(array: Any, vocabulary: Vocabulary) -> SetCells:
    filled = _filled(array)
    lengths = np.asarray(array.value_lengths().fill_null(0)).astype(np.int64)
    codes = vocabulary.learn_array(array.flatten())
    owners = np.repeat(np.arange(len(lengths)), lengths)
    # Members in code order, so that equal sets have equal cells whatever order they came in.
    ordered = codes[np.lexsort((codes, owners))]
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    return SetCells(starts, ordered.astype(np.int32), filled)
