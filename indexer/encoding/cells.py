"""Typed Arrow arrays to cells, and the empty column of each field type."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa

from indexer.encoding.bits import Mask
from indexer.encoding.coded import FLAG_TEXTS, CodedCells, CodedColumn, FlagColumn
from indexer.encoding.number import NumberCells, NumberColumn, number_type
from indexer.encoding.sets import SetCells, SetColumn, Starts
from indexer.encoding.texts import Codes
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.intake.arrow_types import arrow_type
from indexer.model.record import Value
from indexer.model.schema import Field, FieldType

_CODE_BITS = 31

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


def joined_cells(parts: Sequence[Any]) -> AnyCells:
    """Cells of one field, at least one part of them, one after another."""
    if len(parts) == 1:
        return cast("AnyCells", parts[0])
    if isinstance(parts[0], CodedCells):
        return CodedCells(np.concatenate([part.codes for part in parts]))
    if isinstance(parts[0], NumberCells):
        numbers = np.concatenate([part.numbers for part in parts])
        return NumberCells(numbers, np.concatenate([part.filled for part in parts]))
    before = np.cumsum([0, *(len(part.codes) for part in parts)])
    starts = [part.starts[:-1] + first for part, first in zip(parts, before, strict=False)]
    return SetCells(
        np.concatenate([*starts, before[-1:]]),
        np.concatenate([part.codes for part in parts]),
        np.concatenate([part.filled for part in parts]),
    )


def recoded(cells: AnyCells, held: Vocabulary, wanted: Vocabulary) -> AnyCells:
    """Cells in the codes of one vocabulary as cells in those of another, which learns.

    Cost: a pass over the cells and over the texts that are held.
    """
    if isinstance(cells, NumberCells):
        return cells
    table = np.append(wanted.learn_array(held.texts.arrow()), np.int32(NULL_CODE))
    codes = table[cells.codes]
    if isinstance(cells, SetCells):
        return SetCells(cells.starts, in_code_order(cells.starts, codes), cells.filled)
    return CodedCells(codes)


def in_code_order(starts: Starts, codes: Codes) -> Codes:
    """The member codes of each set in order, so that equal sets have equal cells."""
    if len(codes) < 2:
        return codes
    falls = codes[1:] < codes[:-1]
    inside = np.ones(len(falls), np.bool_)
    inside[starts[1:-1][(starts[1:-1] > 0) & (starts[1:-1] < len(codes))] - 1] = False
    if not (falls & inside).any():
        return codes
    owners = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    pairs = owners << _CODE_BITS | codes
    pairs.sort()
    ordered: Codes = (pairs & ((1 << _CODE_BITS) - 1)).astype(np.int32)
    return ordered


def _filled(array: Any) -> Any:
    return np.asarray(array.is_valid())


def _sets(array: Any, vocabulary: Vocabulary) -> SetCells:
    filled = _filled(array)
    lengths = np.asarray(array.value_lengths().fill_null(0))
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))
    codes = vocabulary.learn_array(array.flatten())
    return SetCells(starts, in_code_order(starts, codes), filled)


def unlike(left: Any, right: Any) -> Mask:
    """Where two cells of one field, at the same places, are not the same."""
    if isinstance(left, CodedCells):
        other: Mask = left.codes != right.codes
        return other
    if isinstance(left, NumberCells):
        both = left.filled & right.filled
        found: Mask = (left.filled != right.filled) | (both & (left.numbers != right.numbers))
        return found
    lengths = left.lengths
    differs = (left.filled != right.filled) | (lengths != right.lengths)
    same = np.flatnonzero(~differs)
    owners = np.repeat(same, lengths[same])
    wrong = left.pick(same).codes != right.pick(same).codes
    differs[owners[wrong]] = True
    return cast("Mask", differs)
