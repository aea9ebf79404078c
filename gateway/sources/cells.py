"""Values as SQL databases hold them, in the JSON form of a field (``evaluator.changes.values``).

Databases are looser than our types: SQLite has no booleans, dates are text in one and numbers in
another, a sum of money may be a double. What is meant beyond doubt is taken, all else refused.
Pure.
"""

import json
import math
import re
from datetime import date
from decimal import Decimal
from typing import assert_never

from evaluator.changes.values import Unfit
from indexer.model.schema import Field, FieldType

MILLISECONDS_FROM = 100_000_000_000
"""A whole number that means an instant counts seconds since 1970, from here on milliseconds."""
_DIGITS_OF_A_DOUBLE = 15
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?", re.ASCII)
_FLAGS: dict[object, bool] = {"true": True, "false": False, "t": True, "f": False,
                              "1": True, "0": False}  # fmt: skip
_MS_OF_A_DAY = 86_400_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_LAST_ORDINAL = date.max.toordinal()


def fit(field: Field, value: object) -> object:
    """A value as JSON for the field, not yet checked beyond its kind. Raises: Unfit.

    Takes None, bool, int, float, Decimal, str, bytes and lists of str.
    """
    if value is None:
        return None
    if isinstance(value, bytes):
        raise Unfit("wrong_type", f"'{field.name}' is a {field.type.value}, and the row has a blob")
    match field.type:
        case FieldType.BOOL:
            return _flag(value)
        case FieldType.INT:
            return _whole(value)
        case FieldType.DECIMAL:
            return _exact(value, field.scale)
        case FieldType.FLOAT:
            return value
        case FieldType.DATE:
            return _day(value)
        case FieldType.TIMESTAMP:
            return _instant(value)
        case FieldType.KEYWORD | FieldType.TEXT:
            return _word(value)
        case FieldType.SET:
            return _members(value, field.separator)
        case _:
            assert_never(field.type)


def _flag(value: object) -> object:
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    return _FLAGS.get(value.lower(), value) if isinstance(value, str) else value


def _whole(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value


def _exact(value: object, scale: int) -> object:
    """A double that computed something like 0.1 + 0.2 means the decimal beside it."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    near = Decimal(f"{value:.{scale}f}")
    close = float(f"{value:.{_DIGITS_OF_A_DOUBLE}g}")
    return near if float(near) in (value, close) else value


def _day(value: object) -> object:
    if isinstance(value, str) and (found := _MIDNIGHT.fullmatch(value)):
        return found[1]
    return value


def _instant(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    ms = value if abs(value) >= MILLISECONDS_FROM else value * 1_000
    days, rest = divmod(ms, _MS_OF_A_DAY)
    seconds, fraction = divmod(rest, 1_000)
    day = _written_day(days)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:03}"
    return value if day is None else f"{day}T{clock}Z"


def _written_day(days: int) -> str | None:
    from_year_one = days + _EPOCH_ORDINAL
    if not 1 <= from_year_one <= _LAST_ORDINAL:
        return None
    return date.fromordinal(from_year_one).isoformat()


def _word(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return str(value) if isinstance(value, int | Decimal) else value


def _members(value: object, separator: str) -> object:
    """A list; the text of a JSON list; or a text to split."""
    if not isinstance(value, str):
        return value
    if value.startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return [member for member in value.split(separator) if member]
