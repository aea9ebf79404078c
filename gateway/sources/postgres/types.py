"""PostgreSQL's types: the field each column would be, and its values from their text. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indexer.model.ids import FieldName
from indexer.model.schema import DECIMAL_DIGITS_MAX, Field, FieldType

INTS = frozenset({"int2", "int4", "int8", "oid"})
DOCUMENTS = frozenset({"json", "jsonb", "xml"})
NO_FIELD = frozenset({"bytea"})
"""Types that no field can hold."""
_NUMERIC_HEADER = 4
"""A numeric's modifier is four more than precision and scale in 16 bits each."""
_SCALE_BITS = 0x7FF
_MEMBER = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,{}"]*))\s*([,}])', re.DOTALL)
_NAMED = {
    "bool": FieldType.BOOL, "date": FieldType.DATE, "timestamp": FieldType.TIMESTAMP,
    "timestamptz": FieldType.TIMESTAMP, "float4": FieldType.FLOAT, "float8": FieldType.FLOAT,
}  # fmt: skip

Reader = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type by its name; ``is_array`` of values of any type. Domains are what they are made of."""

    name: str
    is_array: bool
    modifier: int = -1
    """That of a domain; a column's own wins."""


UNKNOWN = SqlType("text", False)
"""A type that was made after we looked is read as the text it is sent as."""


@dataclass(frozen=True, slots=True)
class ColumnForm:
    """How the values of a column are read; ``field`` is None if no field can hold them."""

    name: str
    field: Field | None
    read: Reader


def column_form(name: str, kind: SqlType, modifier: int) -> ColumnForm:
    """The form of a column by its type."""
    if kind.name in NO_FIELD:
        return ColumnForm(name, None, str)
    type_, scale = _field_type(kind, modifier if modifier >= 0 else kind.modifier)
    return ColumnForm(name, Field(FieldName(name), type_, scale=scale), _reader(kind))


def fields_of(forms: tuple[ColumnForm, ...]) -> Mapping[str, Field]:
    """By column, the fields of a table."""
    return {form.name: form.field for form in forms if form.field is not None}


def members_of(text: str) -> object:
    """The members of an array's text, nulls left out; the text itself if it isn't flat.

    >>> members_of('{a,"b, c",NULL,"NULL"}')
    ['a', 'b, c', 'NULL']
    """
    if text == "{}":
        return []
    if not text.startswith("{") or not text.endswith("}"):
        return text
    members = []
    place = 1
    while place < len(text):
        found = _MEMBER.match(text, place)
        if found is None:
            return text
        quoted, plain, _ = found.groups()
        if quoted is not None:
            members.append(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        elif plain != "NULL":
            members.append(plain)
        place = found.end()
    return members


def _field_type(kind: SqlType, modifier: int) -> tuple[FieldType, int]:
    if kind.is_array:
        return FieldType.SET, 0
    if kind.name in INTS:
        return FieldType.INT, 0
    if kind.name in DOCUMENTS:
        return FieldType.TEXT, 0
    if kind.name == "numeric":
        return _numeric(modifier)
    return _NAMED.get(kind.name, FieldType.KEYWORD), 0


def _numeric(modifier: int) -> tuple[FieldType, int]:
    """A decimal where precision and scale are told and fit, else the nearest thing, a float."""
    if modifier < _NUMERIC_HEADER:
        return FieldType.FLOAT, 0
    packed = modifier - _NUMERIC_HEADER
    precision, scale = packed >> 16, packed & _SCALE_BITS
    if precision > DECIMAL_DIGITS_MAX or scale > precision:
        return FieldType.FLOAT, 0
    return (FieldType.DECIMAL, scale) if scale else (FieldType.INT, 0)


def _reader(kind: SqlType) -> Reader:
    if kind.is_array:
        return members_of
    if kind.name == "bool":
        return _flag
    if kind.name in INTS:
        return int
    return str.rstrip if kind.name == "bpchar" else str


def _flag(text: str) -> bool:
    return text in ("t", "true")
