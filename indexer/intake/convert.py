"""A column of text as a field's type says. The one place that knows which reader is whose."""

from typing import assert_never

import pyarrow as pa

from indexer.intake import moments, numeric, words
from indexer.intake.converted import Converted, Mark, TypedColumn, null_where, view_text
from indexer.intake.zones import LocalTime
from indexer.model.schema import Field, FieldType


def typed_text(
    text: pa.Array, field: Field, local_time: LocalTime, cell_bytes_max: int
) -> TypedColumn:
    """The column in the field's stored form, its misfits and over-long cells marked."""
    text, long_cells = without_long(text, cell_bytes_max)
    converted = convert_text(text, field, local_time)
    misfits = () if converted.bad is None else (Mark(converted.bad, misfit(field)),)
    return TypedColumn(converted.values, long_cells + misfits)


def without_long(text: pa.Array, cell_bytes_max: int) -> tuple[pa.Array, tuple[Mark, ...]]:
    """The column with its over-long cells null, and their mark."""
    too_long = view_text(text).lengths > cell_bytes_max
    if not too_long.any():
        return text, ()
    return null_where(text, too_long), (Mark(too_long, f"too_long: over {cell_bytes_max} bytes"),)


def convert_text(text: pa.Array, field: Field, local_time: LocalTime) -> Converted:
    """The column in the field's stored form; cells that don't fit are marked bad."""
    match field.type:
        case FieldType.BOOL:
            return words.bools(text)
        case FieldType.INT:
            return numeric.ints(text)
        case FieldType.DECIMAL:
            return numeric.decimals(text, field.scale)
        case FieldType.FLOAT:
            return numeric.floats(text)
        case FieldType.DATE:
            return moments.dates(text)
        case FieldType.TIMESTAMP:
            return moments.timestamps(text, local_time)
        case FieldType.KEYWORD | FieldType.TEXT:
            return Converted(words.nfc(text))
        case FieldType.SET:
            return words.sets(text, field.separator)
        case _:
            assert_never(field.type)


def misfit(field: Field) -> str:
    """The reason for rejecting a cell that doesn't fit the field."""
    if field.type is FieldType.DECIMAL:
        return f"wrong_type: not a decimal with at most {field.scale} digits after the point"
    article = "an" if field.type is FieldType.INT else "a"
    return f"wrong_type: not {article} {field.type.value}"
