"""What a part of a formula is: a type of field, and for decimals a scale."""

import msgspec

from indexer.model.schema import Field, FieldType

SCALE_OF_QUOTIENTS = 6
"""Digits after the point of what dividing ints and decimals gives."""

NUMBERS = frozenset({FieldType.INT, FieldType.DECIMAL, FieldType.FLOAT})
TIMES = frozenset({FieldType.DATE, FieldType.TIMESTAMP})


class Kind(msgspec.Struct, frozen=True):
    """``type`` is None for a bare null, which goes with every other kind. Text is KEYWORD."""

    type: FieldType | None
    scale: int = 0

    @property
    def is_number(self) -> bool:
        """Whether it can be calculated with."""
        return self.type in NUMBERS

    @property
    def is_time(self) -> bool:
        """Whether it is a day or a moment."""
        return self.type in TIMES


NOTHING = Kind(None)
TRUTH = Kind(FieldType.BOOL)
WHOLE = Kind(FieldType.INT)
DOUBLE = Kind(FieldType.FLOAT)
TEXT = Kind(FieldType.KEYWORD)
DAY = Kind(FieldType.DATE)
MOMENT = Kind(FieldType.TIMESTAMP)
MEMBERS = Kind(FieldType.SET)


def kind_of(field: Field) -> Kind:
    """The kind of a field's values."""
    if field.type is FieldType.TEXT:
        return TEXT
    return Kind(field.type, field.scale if field.type is FieldType.DECIMAL else 0)


def wider(one: Kind, other: Kind) -> Kind | None:
    """The narrowest kind that both can be told in; None if there is none.

    A date and a timestamp have none: which moment of the day is meant is for the formula to say.
    """
    if one == other or other.type is None:
        return one
    if one.type is None:
        return other
    if not (one.is_number and other.is_number):
        return None
    if FieldType.FLOAT in (one.type, other.type):
        return DOUBLE
    return Kind(FieldType.DECIMAL, max(one.scale, other.scale))


def said(kind: Kind) -> str:
    """A kind in words, with its article."""
    match kind.type:
        case None:
            return "null"
        case FieldType.KEYWORD:
            return "a text"
        case FieldType.INT:
            return "an int"
        case _:
            return f"a {kind.type.value}"
