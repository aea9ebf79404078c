"""What a dataset is made of: fields, their types, links to other datasets.

Knows no conditions and no storage. All values are frozen; a changed schema is a new value.
"""

from dataclasses import dataclass
from enum import StrEnum

from indexer.model.ids import KEY_FIELD, DatasetName, FieldName

DECIMAL_DIGITS_MAX = 18
"""A decimal is an int64 in units of ``10 ** -scale``, so 18 digits always fit."""


class FieldType(StrEnum):
    """The nine types of API.md, by their wire names."""

    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    FLOAT = "float"
    DATE = "date"
    TIMESTAMP = "timestamp"
    KEYWORD = "keyword"
    TEXT = "text"
    SET = "set"


LINKABLE = (FieldType.INT, FieldType.KEYWORD)
"""The types of a key, of a link's field and of the field a link names a record by."""


@dataclass(frozen=True, slots=True)
class Field:
    """One named, typed attribute of a record.

    ``scale`` counts the digits after the point and belongs to decimals only. ``separator``
    splits a cell of text into the members of a set. With a ``formula`` nobody sets it: type and
    scale are inferred, and it is ``stored`` unless the formula needs the time or other datasets.
    """

    name: FieldName
    type: FieldType
    label: str = ""
    scale: int = 0
    pii: str | None = None
    separator: str = "|"
    formula: str | None = None
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """Many to one: ``field`` of this dataset names a record of ``to``.

    ``to_field`` is a unique field of the target; None means the target's key. The first link
    of a schema decides in which shard a record lives: beside the record it points to.
    """

    name: str
    field: FieldName
    to: DatasetName
    to_field: FieldName | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """A dataset's name, key, fields in declared order, links, zone and clock.

    ``key`` names the column that holds the record keys; None means generated ints from 1.
    ``key_type`` is INT or KEYWORD, or None until the first records decide it. The key column
    may also be listed in ``fields``; it is stored once, as the key. ``clock_offset_s`` is added
    to the clock to give this dataset's default ``now``.
    """

    name: DatasetName
    key: FieldName | None
    key_type: FieldType | None
    fields: tuple[Field, ...]
    links: tuple[Link, ...] = ()
    time_zone: str = "UTC"
    clock_offset_s: int = 0

    def field(self, name: str) -> Field | None:
        """The field of that name; ``_key`` and the key column give a field named ``_key``."""
        if name == KEY_FIELD or (self.key is not None and name == self.key):
            return Field(KEY_FIELD, self.key_type or FieldType.KEYWORD, label=self.key or "key")
        return next((field for field in self.fields if field.name == name), None)

    @property
    def columns(self) -> tuple[Field, ...]:
        """The fields stored as columns: all but the key's own, and what is computed when asked."""
        return tuple(field for field in self.fields if field.name != self.key and field.stored)

    @property
    def listed(self) -> tuple[FieldName, ...]:
        """The names of the fields whose values are kept, the key's own included."""
        return tuple(field.name for field in self.fields if field.stored)

    @property
    def given(self) -> tuple[Field, ...]:
        """The columns that take values: those without a formula."""
        return tuple(field for field in self.columns if field.formula is None)
