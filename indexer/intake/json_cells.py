"""Cells of JSON lines: what kind of JSON they are, which type they suggest, and typing. Pure.

Numbers keep their text, so a decimal is as exact as it is written. Types are strict: a string
is never a bool or a float. Decimals and ints may be strings, as everywhere in the API; a
keyword takes numbers and bools as they are written; a set takes a list of strings, or a string
to split.
"""

import json
from collections.abc import Sequence
from typing import NewType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.intake import words
from indexer.intake.convert import misfit, typed_text, without_long
from indexer.intake.converted import Mark, TypedColumn
from indexer.intake.guess import ColumnGuess
from indexer.intake.zones import LocalTime
from indexer.model.schema import Field, FieldType

_SURROGATE = "\\ud"


class Number(str):
    """A JSON number, as it is written."""

    __slots__ = ()


Cell = str | Number | bool | list[object] | dict[str, object] | None
JsonRow = NewType("JsonRow", dict[str, Cell])


def _no_constant(text: str) -> None:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_no_constant)


def parse_row(line: str) -> JsonRow | None:
    """The object on a line; None if it is not one, or holds text that is not Unicode."""
    try:
        row = _DECODER.decode(line)
        if _SURROGATE in line.lower():
            json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return JsonRow(row) if isinstance(row, dict) else None


class CellGuess:
    """What a column of JSON cells may be, given the cells read so far."""

    def __init__(self) -> None:
        self._kinds: set[type] = set()
        self._text = ColumnGuess()

    @property
    def scale(self) -> int:
        """The most digits seen after a point."""
        return self._text.scale

    def read(self, cells: Sequence[Cell]) -> None:
        """Take in more cells. Nulls say nothing."""
        self._kinds |= {type(cell) for cell in cells if cell is not None}
        if len(self._kinds) == 1 and not self._kinds & {list, dict}:
            self._text.read(as_texts(cells))

    def read_scale(self, cells: Sequence[Cell]) -> None:
        """Take in only the digits after the point."""
        self._text.read_scale(as_texts(cells))

    def type(self) -> FieldType:
        """The first type that fits; keyword for mixed kinds and where there were none."""
        if self._kinds == {list}:
            return FieldType.SET
        found = self._text.type()
        fitting = _SUGGESTED.get(next(iter(self._kinds)), ()) if len(self._kinds) == 1 else ()
        return found if found in fitting else FieldType.KEYWORD


def convert_cells(
    cells: Sequence[Cell], field: Field, local_time: LocalTime, cell_bytes_max: int
) -> TypedColumn:
    """The column in the field's stored form, its misfits marked."""
    if field.type is FieldType.SET:
        return _sets(cells, field, cell_bytes_max)
    allowed = _ALLOWED[field.type]
    wrong = np.array([cell is not None and type(cell) not in allowed for cell in cells], np.bool_)
    column = typed_text(as_texts(cells), field, local_time, cell_bytes_max)
    marks = (Mark(wrong, misfit(field)),) if wrong.any() else ()
    return TypedColumn(column.values, marks + column.marks)


_SUGGESTED: dict[type, tuple[FieldType, ...]] = {
    bool: (FieldType.BOOL,),
    Number: (FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT),
    str: (FieldType.DATE, FieldType.TIMESTAMP),
}
_ALLOWED: dict[FieldType, tuple[type, ...]] = {
    FieldType.BOOL: (bool,),
    FieldType.INT: (Number, str),
    FieldType.DECIMAL: (Number, str),
    FieldType.FLOAT: (Number,),
    FieldType.DATE: (str,),
    FieldType.TIMESTAMP: (str,),
    FieldType.KEYWORD: (str, Number, bool),
    FieldType.TEXT: (str, Number, bool),
}


def as_texts(cells: Sequence[Cell]) -> pa.Array:
    """Scalars as text; null for null, lists and objects."""
    return pa.array([_text(cell) for cell in cells], pa.string())


def _text(cell: Cell) -> str | None:
    if isinstance(cell, str):
        return str(cell)
    return ("false", "true")[cell] if isinstance(cell, bool) else None


def _sets(cells: Sequence[Cell], field: Field, cell_bytes_max: int) -> TypedColumn:
    wrong = np.array([not _is_set(cell) for cell in cells], np.bool_)
    lists = [cell if isinstance(cell, list) else None for cell in cells]
    kept = [None if bad else members for members, bad in zip(lists, wrong, strict=True)]
    texts = [cell if type(cell) is str else None for cell in cells]
    split, long_cells = without_long(pa.array(texts, pa.string()), cell_bytes_max)
    from_text = words.sets(split, field.separator).values
    from_lists = words.set_lists(pa.array(kept, pa.list_(pa.string())))
    is_list = pa.array([members is not None for members in kept])
    values = pc.if_else(is_list, from_lists, from_text)
    marks = (Mark(wrong, misfit(field)),) if wrong.any() else ()
    return TypedColumn(values, marks + long_cells)


def _is_set(cell: Cell) -> bool:
    if isinstance(cell, list):
        return all(type(member) is str for member in cell)
    return cell is None or type(cell) is str
