"""What a schema's fields can hold, made ready once: a function a field, from JSON to stored form.

Each takes the plainest spelling of a value a short way; anything else, wrong or only unusual,
goes to ``evaluator.changes.values``, which decides. Both ways give the same: a property test.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import assert_never
from zoneinfo import ZoneInfo

from evaluator.changes.values import Unfit, from_json, key_from_json
from evaluator.condition.local_time import LocalTime
from evaluator.condition.number import INT64_MAX, INT64_MIN
from evaluator.values import EPOCH, MICROSECOND
from indexer.model.ids import FieldName, RecordKey
from indexer.model.record import Value
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType, Schema

Fit = Callable[[object], Value]
"""A JSON value in stored form. Raises: Unfit."""
FitKey = Callable[[object], RecordKey]
"""A record's key from JSON. Raises: Unfit."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """A schema, its wall clock, and a function for each of its columns by name."""

    schema: Schema
    wall: LocalTime
    fits: Mapping[FieldName, Fit]


def fitting_of(schema: Schema) -> Fitting:
    """Cost: some microseconds a field, so keep it while the schema is the same."""
    wall = LocalTime(ZoneInfo(schema.time_zone))
    fields = {field.name: field for field in schema.fields if field.name != schema.key}
    return Fitting(schema, wall, {name: fit_of(field, wall) for name, field in fields.items()})


def fit_of(field: Field, wall: LocalTime) -> Fit:
    """The function of one field; ``wall`` is the dataset's clock."""
    if field.formula is not None:
        return _refused(field)
    match field.type:
        case FieldType.BOOL:
            return _flag(field, wall)
        case FieldType.INT:
            return _whole(field, wall)
        case FieldType.DECIMAL:
            return _scaled(field, wall)
        case FieldType.FLOAT:
            return _float(field, wall)
        case FieldType.DATE:
            return _date(field, wall)
        case FieldType.TIMESTAMP:
            return _stamp(field, wall)
        case FieldType.KEYWORD | FieldType.TEXT:
            return _text(field, wall)
        case FieldType.SET:
            return _set(field, wall)
        case _:
            assert_never(field.type)


def fit_key_of(key_type: FieldType | None) -> FitKey:
    """The function of keys of that type; where none is decided, of an int or a text."""

    def fit(value: object) -> RecordKey:
        if type(value) is int and key_type is FieldType.INT and INT64_MIN <= value <= INT64_MAX:
            return value
        if type(value) is str and key_type is FieldType.KEYWORD and _is_plain(value):
            return value
        return key_from_json(value, key_type)

    return fit


def _is_plain(text: str) -> bool:
    return text.isascii() and "\0" not in text


def _refused(field: Field) -> Fit:
    def fit(value: object) -> Value:  # noqa: ARG001 - whatever it is
        raise Unfit("bad_value", f"'{field.name}' is computed by its formula and takes no values")

    return fit


def _flag(field: Field, wall: LocalTime) -> Fit:
    def fit(value: object) -> Value:
        if value is True or value is False:
            return value
        return from_json(field, value, wall)

    return fit


def _whole(field: Field, wall: LocalTime) -> Fit:
    def fit(value: object) -> Value:
        if type(value) is int and INT64_MIN <= value <= INT64_MAX:
            return value
        return from_json(field, value, wall)

    return fit


def _scaled(field: Field, wall: LocalTime) -> Fit:
    scale, one = field.scale, 10**field.scale
    unit = Decimal(one)
    # Every digit of the fraction is there, as in 12.50, so that without its point it is in units.
    fraction = rf"\.[0-9]{{{scale}}}" if scale else ""
    plain = re.compile(f"-?[0-9]{{1,{DECIMAL_DIGITS_MAX}}}{fraction}").fullmatch

    def fit(value: object) -> Value:
        units: int | Decimal | None = None
        if type(value) is str:
            units = int(value.replace(".", "", 1)) if plain(value) else None
        elif type(value) is int:
            units = value * one
        elif type(value) is Decimal:
            units = _multiplied(value, unit)
        if units is not None and -_DECIMAL_END < units < _DECIMAL_END:
            whole = int(units)
            if whole == units:
                return whole
        return from_json(field, value, wall)

    return fit


def _multiplied(value: Decimal, unit: Decimal) -> Decimal | None:
    try:
        return _EXACT.multiply(value, unit)
    except ArithmeticError:
        return None


def _float(field: Field, wall: LocalTime) -> Fit:
    def fit(value: object) -> Value:
        if type(value) is Decimal and value.is_finite():
            number = float(value)
            if math.isfinite(number):
                return number + 0.0  # no negative zero
        elif type(value) is int and -_FLOAT_WHOLE_END < value < _FLOAT_WHOLE_END:
            return float(value)
        return from_json(field, value, wall)

    return fit


def _date(field: Field, wall: LocalTime) -> Fit:
    def fit(value: object) -> Value:
        if type(value) is str and len(value) == 10 and value[4::3] == "--":
            try:
                return date.fromisoformat(value).toordinal() - _EPOCH_ORDINAL
            except ValueError:
                pass
        return from_json(field, value, wall)

    return fit


def _stamp(field: Field, wall: LocalTime) -> Fit:
    def fit(value: object) -> Value:
        if type(value) is str and _is_plain_stamp(value):
            try:
                return (datetime.fromisoformat(value) - EPOCH) // MICROSECOND
            except ValueError:
                pass
        return from_json(field, value, wall)

    return fit


def _is_plain_stamp(text: str) -> bool:
    """Whether it is written like 2025-05-31T08:00:00Z, perhaps with .123 or .123456.

    These forms mean the same to Python's own reader as to ours, which reads more and others.
    """
    if len(text) == 20:
        return text[4::3] == "--T::Z"
    digits = text[20:-1]
    return (
        len(digits) in (3, 6)
        and text[4:20:3] == "--T::."
        and text[-1] == "Z"
        and digits.isdecimal()
        and digits.isascii()
    )


def _text(field: Field, wall: LocalTime) -> Fit:
    def fit(value: object) -> Value:
        if type(value) is str and value.isascii():
            return value
        return from_json(field, value, wall)

    return fit


def _set(field: Field, wall: LocalTime) -> Fit:
    def fit(value: object) -> Value:
        if type(value) is list:
            for member in value:
                if type(member) is not str or not member.isascii():
                    return from_json(field, value, wall)
            return tuple(sorted(set(value)))
        return from_json(field, value, wall)

    return fit


_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_DECIMAL_END = 10**DECIMAL_DIGITS_MAX
_FLOAT_WHOLE_END = 2**53
_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation, Overflow])
"""Refuses to round. Only ever an argument; its flags are never looked at."""
