"""Fields given a wider type: each value they hold stays what it is, to the last digit."""

from dataclasses import replace
from typing import Any

import numpy as np

from indexer.encoding.number import NumberCells, NumberColumn
from indexer.model.errors import BadSchema, Problem
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType

EXACT_DIGITS = 15
"""Numbers of so many digits have each a double of their own."""

_WIDER = {
    FieldType.INT: (FieldType.DECIMAL, FieldType.FLOAT),
    FieldType.DECIMAL: (FieldType.DECIMAL, FieldType.FLOAT),
}


def is_wider(before: Field, after: Field) -> bool:
    """Whether ``after`` is the same field with a type, or a scale, that may hold more."""
    if (before.name, before.pii, before.separator) != (after.name, after.pii, after.separator):
        return False
    if after.type not in _WIDER.get(before.type, ()):
        return False
    return after.type is FieldType.FLOAT or after.scale >= before.scale


def widened(column: Any, before: Field, after: Field) -> NumberColumn:
    """The column under the wider field.

    Cost: a pass. Raises: BadSchema where a value would not stay what it is.
    """
    cells: NumberCells = column.all_cells()
    numbers = np.where(cells.filled, cells.numbers, 0)
    steps = after.scale - before.scale
    digits = EXACT_DIGITS if after.type is FieldType.FLOAT else DECIMAL_DIGITS_MAX - steps
    most = 10**digits - 1
    if bool(((numbers > most) | (numbers < -most)).any()):
        raise BadSchema(
            f"field {before.name!r} holds numbers that have too many digits for {after.type.value}",
            problems=(Problem("bad_schema", "/fields", "add a field of a new name"),),
        )
    if after.type is FieldType.FLOAT:
        # Of so few digits both are exact doubles, so the quotient is the nearest one.
        numbers = numbers.astype(np.float64) / float(10**before.scale)
    else:
        numbers = numbers * 10**steps
    return NumberColumn.of(replace(cells, numbers=numbers))
