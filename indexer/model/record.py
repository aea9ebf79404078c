"""Records and changes in stored form.

Stored form by type: bool ``bool``; int ``int`` (64 bit); decimal ``int`` in units of
``10 ** -scale``; float ``float`` (never NaN); date ``int`` days since 1970-01-01; timestamp
``int`` microseconds since 1970-01-01T00:00Z; keyword and text ``str`` in NFC; set a sorted
``tuple[str, ...]``. None is null everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.model.ids import FieldName, RecordKey, SequenceNo

Scalar = bool | int | float | str
Value = Scalar | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Upsert:
    """Create the record or set the named fields of it; other fields keep their values."""

    key: RecordKey | None
    """None only where keys are generated: the record gets the next key."""
    values: Mapping[FieldName, Value]


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the record; a record that is not there is left so."""

    key: RecordKey


Change = Upsert | Delete


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch of changes did, in changes, each weighed against what those before it left."""

    sequence: SequenceNo
    created: int
    updated: int
    deleted: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record, its values in stored form, in the order of the fields asked for."""

    key: RecordKey
    values: Mapping[FieldName, Value]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records in key order, and the key to go on after; None at the end."""

    records: tuple[Record, ...]
    next_after: RecordKey | None
    as_of: SequenceNo


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value in stored form and the number of records that have it."""

    value: Scalar
    count: int


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """Most frequent first, ties by value; ``null`` counts records without a value."""

    items: tuple[ValueCount, ...]
    null: int
    as_of: SequenceNo
