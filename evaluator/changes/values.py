"""Values of records from JSON to stored form; ``evaluator.values`` has the way back.

Strict: nothing is rounded, guessed or coerced. ``true`` is not 1, "1" is not text 1.
"""

import math
import re
import unicodedata
from decimal import Decimal
from typing import assert_never

from evaluator.changes.times import parse_date, parse_stamp
from evaluator.condition.local_time import LocalTime
from evaluator.condition.number import INT64_MAX, INT64_MIN, number_from, whole_point
from indexer.model.errors import UnknownRecord
from indexer.model.ids import FieldName, RecordKey
from indexer.model.record import Value
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType, Schema

_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
_HALF = re.compile("[\ud800-\udfff]")
_KEY = FieldName("key")
_A = {kind: f"{'an' if kind is FieldType.INT else 'a'} {kind.value}" for kind in FieldType}


class Unfit(ValueError):
    """A value that its field can't hold. ``code`` is ``wrong_type`` or ``bad_value``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def from_json(field: Field, value: object, wall: LocalTime) -> Value:
    """A JSON value in stored form; null is None. Raises: Unfit.

    ``wall`` is the dataset's clock, for instants that name none. Numbers arrive as int or Decimal.
    """
    if value is None:
        return None
    match field.type:
        case FieldType.BOOL:
            return _flag(field, value)
        case FieldType.INT:
            return _whole(field, value)
        case FieldType.DECIMAL:
            return _scaled(field, value)
        case FieldType.FLOAT:
            return _float(field, value)
        case FieldType.DATE:
            return _date(field, value)
        case FieldType.TIMESTAMP:
            return _stamp(field, value, wall)
        case FieldType.KEYWORD | FieldType.TEXT:
            return _text(field, value)
        case FieldType.SET:
            return _set(field, value)
        case _:
            assert_never(field.type)


def key_from_json(value: object, key_type: FieldType | None) -> RecordKey:
    """A record's key; where ``key_type`` is None yet, an int or a text. Raises: Unfit."""
    field = Field(_KEY, key_type or FieldType.KEYWORD)
    if key_type is FieldType.INT or (key_type is None and not isinstance(value, str)):
        return _whole(field, value)
    text = _text(field, value)
    if "\0" in text:
        raise _bad_value(field, "holds no NUL character")
    return text


def known_key(value: object, schema: Schema) -> RecordKey:
    """The key that somebody names, where it could be one. Raises: UnknownRecord."""
    try:
        return key_from_json(value, schema.key_type)
    except Unfit:
        raise UnknownRecord(f"{schema.name} has no record of this key") from None


def _flag(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type(field, "true or false")
    return value


def _whole(field: Field, value: object) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_type(field, "a whole number")
    if not INT64_MIN <= value <= INT64_MAX:
        raise _bad_value(field, "goes beyond 64 bits")
    return value


def _scaled(field: Field, value: object) -> int:
    place = whole_point(_number(field, value), field.scale)
    if place.first != place.last:
        raise _bad_value(field, f"has more than {field.scale} digits after the point")
    assert isinstance(place.first, int), place
    if abs(place.first) >= 10**DECIMAL_DIGITS_MAX:
        raise _bad_value(field, f"has more than {DECIMAL_DIGITS_MAX} digits")
    return place.first


def _float(field: Field, value: object) -> float:
    try:
        number = float(_number(field, value))
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _bad_value(field, "goes beyond a double")
    return number + 0.0  # no negative zero: it would be a second spelling of zero


def _number(field: Field, value: object) -> int | Decimal:
    number = number_from(value)
    if number is None:
        raise _wrong_type(field, "a number")
    return number


def _date(field: Field, value: object) -> int:
    try:
        return parse_date(_text(field, value))
    except ValueError as fault:
        raise _of_time(fault, field, "an ISO date such as 2025-05-31") from None


def _stamp(field: Field, value: object, wall: LocalTime) -> int:
    try:
        return parse_stamp(_text(field, value), wall)
    except ValueError as fault:
        raise _of_time(fault, field, "an ISO instant such as 2025-05-31T08:00:00Z") from None


def _of_time(fault: ValueError, field: Field, wanted: str) -> Unfit:
    return fault if isinstance(fault, Unfit) else _bad_value(field, f"must be {wanted}")


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong_type(field, "a string")
    if value.isascii():
        return value
    if _HALF.search(value):
        raise _bad_value(field, "holds half of a character")
    return unicodedata.normalize("NFC", value)


def _set(field: Field, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _wrong_type(field, "a list of strings")
    return tuple(sorted({_text(field, member) for member in value}))


def _wrong_type(field: Field, wanted: str) -> Unfit:
    return Unfit("wrong_type", f"'{field.name}' is {_A[field.type]}: give {wanted}")


def _bad_value(field: Field, fault: str) -> Unfit:
    return Unfit("bad_value", f"the value of '{field.name}' {fault}")
