"""Columns as Parquet has them to columns in stored form. Pure and vectorised.

A column goes straight over where its own type is the field's. Otherwise it is written out as
text and read back as the field's type says, so one set of rules decides what fits.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.intake import moments, words
from indexer.intake.convert import misfit, typed_text
from indexer.intake.converted import (
    Converted,
    Int64s,
    Mark,
    TypedColumn,
    from_numpy,
    null_where,
    valid_mask,
)
from indexer.intake.zones import LocalTime
from indexer.model.errors import BadFile
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType

_DAY_MS = 86_400_000
_UNITS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MICROS = 1_000_000
_UNITS_END = 10**DECIMAL_DIGITS_MAX


def own_type(kind: pa.DataType) -> tuple[FieldType, int] | None:
    """The field type (and scale) that this Arrow type is; None for one we don't store."""
    types = pa.types
    if types.is_dictionary(kind):
        return own_type(kind.value_type)
    if types.is_decimal(kind):
        scale = max(kind.scale, 0)
        return (FieldType.DECIMAL, scale) if scale <= DECIMAL_DIGITS_MAX else None
    plain = {
        FieldType.BOOL: types.is_boolean(kind),
        FieldType.INT: types.is_integer(kind),
        FieldType.FLOAT: types.is_floating(kind),
        FieldType.DATE: types.is_date(kind),
        FieldType.TIMESTAMP: types.is_timestamp(kind),
        FieldType.KEYWORD: _is_text(kind) or types.is_null(kind),
        FieldType.SET: _is_list(kind) and _is_text(kind.value_type),
    }
    return next(((field_type, 0) for field_type, fits in plain.items() if fits), None)


def convert_column(
    values: pa.Array, field: Field, name: str, local_time: LocalTime, cell_bytes_max: int
) -> TypedColumn:
    """The column in the field's stored form, its misfits marked. Raises: BadFile."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    own = own_type(values.type)
    if own is None:
        raise BadFile(f"column {name!r} has the type {values.type}, which can't be stored")
    if own[0] is FieldType.SET and field.type is not FieldType.SET:
        raise BadFile(f"column {name!r} holds lists, but the field is a {field.type.value}")
    if own[0] is FieldType.FLOAT:
        values = _without_nan(values)
    text_to_text = own[0] is FieldType.KEYWORD
    if own != (field.type, field.scale if field.type is FieldType.DECIMAL else 0) or text_to_text:
        return typed_text(_text(values, name), field, local_time, cell_bytes_max)
    converted = _straight(values, field, name, local_time)
    marks = () if converted.bad is None else (Mark(converted.bad, misfit(field)),)
    return TypedColumn(converted.values, marks)


def text_of(values: pa.Array, name: str) -> pa.Array:
    """The cells written out as text. Raises: BadFile where text is not UTF-8."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return _text(values, name)


def _straight(values: pa.Array, field: Field, name: str, local_time: LocalTime) -> Converted:
    """Columns whose own type is the field's, text aside."""
    match field.type:
        case FieldType.INT:
            return _ints(values)
        case FieldType.DECIMAL:
            return _decimals(values)
        case FieldType.DATE:
            return _dates(values)
        case FieldType.TIMESTAMP:
            return _timestamps(values, local_time)
        case FieldType.SET:
            _check_text(values, name)
            return Converted(words.set_lists(values))
        case _:
            return Converted(values)


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _without_nan(values: pa.Array) -> pa.Array:
    doubles = values.cast(pa.float64())
    nan = pc.is_nan(doubles)
    if not pc.any(nan).as_py():
        return doubles
    return pc.if_else(nan, pa.scalar(None, pa.float64()), doubles)


def _text(values: pa.Array, name: str) -> pa.Array:
    if _is_text(values.type):
        _check_text(values, name)
    return values.cast(pa.string())


def _check_text(values: pa.Array, name: str) -> None:
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        raise BadFile(f"column {name!r} holds text that is not UTF-8") from None


def _ints(values: pa.Array) -> Converted:
    if not pa.types.is_uint64(values.type):
        return Converted(values.cast(pa.int64()))
    too_big = pc.fill_null(pc.greater(values, pa.scalar(2**63 - 1, pa.uint64())), False)
    bad = too_big.to_numpy(zero_copy_only=False)
    if not bad.any():
        return Converted(values.cast(pa.int64()))
    return Converted(null_where(values, bad).cast(pa.int64()), bad)


def _decimals(values: pa.Array) -> Converted:
    """Units as the low 64 bits of the 128, which are the value wherever 18 digits hold it."""
    wide = values.cast(pa.decimal128(38, max(values.type.scale, 0)))
    halves = np.frombuffer(wide.buffers()[1], np.int64).reshape(-1, 2)
    low, high = halves[wide.offset : wide.offset + len(wide)].T
    fits = (high == (low >> 63)) & (low > -_UNITS_END) & (low < _UNITS_END)
    valid = valid_mask(values)
    bad = valid & ~fits
    return Converted(from_numpy(low, valid & fits, pa.int64()), bad if bad.any() else None)


def _dates(values: pa.Array) -> Converted:
    if pa.types.is_date64(values.type):
        days = _numbers(values, pa.int64()) // _DAY_MS
    else:
        days = _numbers(values, pa.int32()).astype(np.int64)
    valid = valid_mask(values)
    fits = (days >= moments.FIRST_DAY) & (days <= moments.LAST_DAY)
    bad = valid & ~fits
    column = from_numpy(days.astype(np.int32), valid & fits, pa.date32())
    return Converted(column, bad if bad.any() else None)


def _timestamps(values: pa.Array, local_time: LocalTime) -> Converted:
    """Microseconds, rounded down; without a zone it is local time."""
    numbers = _numbers(values, pa.int64())
    per_second = _UNITS_PER_SECOND[values.type.unit]
    seconds = numbers // per_second
    # Out of range already as seconds: kept out before a product can overflow.
    out = (seconds < moments.FIRST_SECOND) | (seconds > moments.LAST_SECOND)
    safe = np.where(out, 0, numbers)
    if per_second > _MICROS:
        micros = safe // (per_second // _MICROS)
    else:
        micros = safe * (_MICROS // per_second)
    valid = valid_mask(values)
    column = from_numpy(micros, valid & ~out, pa.timestamp("us"))
    utc = values.type.tz is not None
    converted = Converted(column) if utc else moments.local_to_utc(column, local_time)
    bad = valid & out
    if converted.bad is not None:
        bad |= converted.bad
    return Converted(converted.values, bad if bad.any() else None)


def _numbers(values: pa.Array, kind: pa.DataType) -> Int64s:
    numbers: Int64s = values.view(kind).fill_null(0).to_numpy(zero_copy_only=False)
    return numbers
