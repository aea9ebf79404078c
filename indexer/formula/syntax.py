"""What a formula says, before anybody knows what its names stand for."""

import msgspec


class Number(msgspec.Struct, frozen=True):
    """Digits, perhaps with a point or an exponent, as they are written."""

    text: str
    position: int


class Text(msgspec.Struct, frozen=True):
    """A text in quotes, in NFC."""

    text: str
    position: int


class Truth(msgspec.Struct, frozen=True):
    """``true``, ``false`` or ``null``."""

    value: bool | None
    position: int


class Name(msgspec.Struct, frozen=True):
    """A field; as the argument of an aggregate, a dataset."""

    name: str
    position: int


class Path(msgspec.Struct, frozen=True):
    """A field of another dataset: ``purchases.amount``."""

    dataset: str
    field: str
    position: int


class Call(msgspec.Struct, frozen=True):
    """A function of some arguments, or an operator, whose name is its sign."""

    function: str
    arguments: "tuple[Syntax, ...]"
    position: int


Syntax = Number | Text | Truth | Name | Path | Call

OPERATORS = frozenset({"+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "||", "and", "or"})
"""The signs and words between two operands. Before one: ``negate`` and ``not``. After one: ``in``
and ``not in``, whose further arguments are the list."""
