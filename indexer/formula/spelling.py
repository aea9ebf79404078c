"""From values to texts and back, each distinct one once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.formula.constants import DECIMAL_MAX, INT64_MAX, INT64_MIN
from indexer.formula.kinds import DAY, DOUBLE, MOMENT, TEXT, TRUTH, WHOLE, Kind
from indexer.formula.vectors import Vector
from indexer.model.schema import FieldType

_INT = re.compile(r"[+-]?[0-9]{1,40}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?", re.ASCII)
_EXACT = Context(prec=100)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = (
    (datetime(year, month, day, tzinfo=UTC) - _EPOCH).days
    for year, month, day in ((1, 1, 1), (9999, 12, 31))
)


def to_text(vector: Vector) -> Vector:
    """Each value as it is written; times in UTC, those outside the years 1 to 9999 as null."""
    if vector.kind == TEXT:
        return vector
    distinct, places = np.unique(vector.data, return_inverse=True)
    texts = [_written(value, vector.kind) for value in distinct.tolist()]
    there = np.array([text is not None for text in texts], np.bool_)
    data = places.reshape(-1).astype(np.int32)
    filled = vector.filled & there[data] if len(data) else vector.filled
    return Vector(TEXT, data, filled, pa.array([text or "" for text in texts], pa.large_string()))


def whole_of_text(vector: Vector) -> Vector:
    """The int that each text says; null where it says none."""
    return _read(vector, _whole, WHOLE)


def decimal_of_text(vector: Vector, kind: Kind) -> Vector:
    """The decimal that each text says, half away from zero at the scale."""

    def units(text: str) -> int | None:
        if not _DECIMAL.fullmatch(text):
            return None
        exact = Decimal(text).scaleb(kind.scale, _EXACT)
        number = int(exact.to_integral_value(ROUND_HALF_UP, _EXACT))
        return number if -DECIMAL_MAX <= number <= DECIMAL_MAX else None

    return _read(vector, units, kind)


def _read(vector: Vector, meaning: Callable[[str], int | None], kind: Kind) -> Vector:
    found = [meaning(text.strip()) for text in vector.texts.to_pylist()]
    if not found:
        return Vector(kind, np.zeros(len(vector), np.int64), vector.filled)
    numbers = np.array([number or 0 for number in found], np.int64)
    there = np.array([number is not None for number in found], np.bool_)
    return Vector(kind, numbers[vector.data], vector.filled & there[vector.data])


def _whole(text: str) -> int | None:
    if not _INT.fullmatch(text):
        return None
    number = int(text)
    return number if INT64_MIN <= number <= INT64_MAX else None


def _written(value: Any, kind: Kind) -> str | None:
    if kind == TRUTH:
        return "true" if value else "false"
    if kind == DOUBLE:
        return repr(value)
    if kind == DAY:
        if not _FIRST <= value <= _LAST:
            return None
        return (_EPOCH + timedelta(days=value)).date().isoformat()
    if kind == MOMENT:
        if not _FIRST <= value // _DAY_TICKS <= _LAST:
            return None
        moment = _EPOCH + timedelta(microseconds=value)
        return moment.replace(tzinfo=None).isoformat() + "Z"
    if kind.type is FieldType.DECIMAL:
        return format(Decimal(value).scaleb(-kind.scale, _EXACT), "f")
    return str(value)


_DAY_TICKS = 86_400_000_000
