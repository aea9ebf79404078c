"""Literals to stored form: the place each has among the values its field can store.

Nothing is rounded: ``Point`` says between which stored values a literal lies. A literal that
does not suit the field is a Fault, whose message never repeats it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from unicodedata import normalize

from evaluator.condition.number import (
    INT64_MAX,
    INT64_MIN,
    Point,
    float_point,
    number_from,
    whole_point,
)
from evaluator.condition.target import Target
from evaluator.condition.time_text import BadTime, read_day, read_moment
from evaluator.condition.windows import Interval
from indexer.model.record import Scalar
from indexer.model.schema import FieldType

INTEGERS = frozenset({FieldType.INT, FieldType.DECIMAL, FieldType.DATE, FieldType.TIMESTAMP})
"""Types stored as 64-bit integers."""
NUMBERS = frozenset({FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT})
"""Types whose literals are numbers."""
TEXT_TYPES = frozenset({FieldType.KEYWORD, FieldType.TEXT, FieldType.SET})
"""Types whose literals are texts."""
FAMILIES = (
    NUMBERS,
    frozenset({FieldType.KEYWORD, FieldType.TEXT}),
    frozenset({FieldType.DATE, FieldType.TIMESTAMP}),
    frozenset({FieldType.BOOL}),
)
"""Types that compare with each other, field by field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a literal can't be used; ``message`` goes on after the field's name."""

    code: str
    message: str


def point_of(literal: object, target: Target) -> Point | Fault:
    """The literal's place among the field's values, or why it has none."""
    if literal is None:
        return _NULL
    if target.undecided and number_from(literal) is not None:
        # There are no records yet, so nothing is equal to it in any form.
        literal = ""
    return _READERS[target.field.type](literal, target)


def moment_of(literal: object, target: Target) -> Interval | Fault:
    """The whole local day of a bare date, or the instant, for a field of dates or timestamps.

    An instant between two microseconds holds none of them: its interval ends before it starts.
    """
    fault = _NULL if literal is None else _NO_MOMENT[target.field.type]
    if not isinstance(literal, str):
        return fault
    try:
        day = read_day(literal)
        moment = read_moment(literal, target.home) if day is None else None
    except BadTime:
        return _NO_SUCH_TIME
    if day is not None:
        return Interval(target.local.midnight(day), target.local.midnight(day + 1), end_open=True)
    return fault if moment is None else Interval(*moment)


def values_at(point: Point, kind: FieldType) -> tuple[Scalar, ...]:
    """The stored values equal to a literal: mostly one or none."""
    if kind not in INTEGERS:
        return (point.first,) if point.first == point.last else ()
    assert isinstance(point.first, int), kind
    assert isinstance(point.last, int), kind
    return tuple(range(max(point.first, INT64_MIN), min(point.last, INT64_MAX) + 1))


def _read_bool(literal: object, _: Target) -> Point | Fault:
    if isinstance(literal, bool):
        return Point(literal, literal)
    return Fault("wrong_type", "is a bool: write true or false")


def _read_whole(literal: object, target: Target) -> Point | Fault:
    number = number_from(literal)
    if number is not None:
        return whole_point(number, target.field.scale)
    return Fault("wrong_type", f"is {_A[target.field.type]}: write a number like 30")


def _read_float(literal: object, _: Target) -> Point | Fault:
    number = number_from(literal)
    if number is not None:
        return float_point(number)
    return Fault("wrong_type", "is a float: write a number like 30.5")


def _read_text(literal: object, target: Target) -> Point | Fault:
    if not isinstance(literal, str):
        return Fault("wrong_type", f"is {_A[target.field.type]}: write a text in quotes")
    if not literal.isascii():
        literal = normalize("NFC", literal)
        if any("\ud800" <= character <= "\udfff" for character in literal):
            return Fault("bad_value", "is compared with a text that is not valid Unicode")
    return Point(literal, literal)


def _read_date(literal: object, target: Target) -> Point | Fault:
    if not isinstance(literal, str):
        return _NO_DATE
    try:
        day = read_day(literal)
        if day is not None:
            return Point(day, day)
        moment = read_moment(literal, target.home)
    except BadTime:
        return _NO_SUCH_TIME
    if moment is None:
        return _NO_DATE
    first, last = moment
    return Point(target.local.first_day_from(first), target.local.last_day_until(last))


def _read_timestamp(literal: object, target: Target) -> Point | Fault:
    if not isinstance(literal, str):
        return _NO_TIMESTAMP
    try:
        moment = read_moment(literal, target.home)
        day = read_day(literal) if moment is None else None
    except BadTime:
        return _NO_SUCH_TIME
    if day is not None:
        midnight = target.local.midnight(day)
        return Point(midnight, midnight)
    return _NO_TIMESTAMP if moment is None else Point(*moment)


_A = MappingProxyType(
    {
        FieldType.INT: "an int",
        FieldType.DECIMAL: "a decimal",
        FieldType.KEYWORD: "a keyword",
        FieldType.TEXT: "a text",
        FieldType.SET: "a set",
    }
)
_NULL = Fault("wrong_type", "is compared with null: use 'is_set' or 'is_not_set' for that")
_NO_DATE = Fault("wrong_type", "is a date: write it like 2025-05-31")
_NO_TIMESTAMP = Fault("wrong_type", "is a timestamp: write it like 2025-05-31T14:30:00Z")
_NO_SUCH_TIME = Fault("bad_value", "is compared with a time that does not exist")
_NO_MOMENT = MappingProxyType({FieldType.DATE: _NO_DATE, FieldType.TIMESTAMP: _NO_TIMESTAMP})
_READERS: Mapping[FieldType, Callable[[object, Target], Point | Fault]] = MappingProxyType(
    {
        FieldType.BOOL: _read_bool,
        FieldType.INT: _read_whole,
        FieldType.DECIMAL: _read_whole,
        FieldType.FLOAT: _read_float,
        FieldType.DATE: _read_date,
        FieldType.TIMESTAMP: _read_timestamp,
        FieldType.KEYWORD: _read_text,
        FieldType.TEXT: _read_text,
        FieldType.SET: _read_text,
    }
)
