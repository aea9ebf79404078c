"""Records and changes in stored form.

Stored form by type: bool ``bool``; int ``int`` (64 bit); decimal ``int`` in units of
``10 ** -scale``; float ``float`` (never NaN); date ``int`` days since 1970-01-01; timestamp
``int`` microseconds since 1970-01-01T00:00Z; keyword and text ``str`` in NFC; set a sorted
``tuple[str, ...]``. None is null everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from indexer.model.ids import FieldName, RecordKey, SequenceNo

Scalar = bool | int | float | str
Value = Scalar | tuple[str, ...] | None


class Upsert(msgspec.Struct, frozen=True, gc=False):
    """Create the record or set the named fields of it; other fields keep their values."""

    key: RecordKey | None
    """None only where keys are generated: the record gets the next key."""
    values: Mapping[FieldName, Value]


class Delete(msgspec.Struct, frozen=True, gc=False):
    """Remove the record; a record that is not there is left so."""

    key: RecordKey


Change = Upsert | Delete


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a batch of changes comes from, kept with it so that nothing is done twice.

    A batch of an ``idempotency_key`` that its dataset remembers is not applied again, and refused
    where its ``digest`` is another: equal batches have equal ones. ``position`` is how far
    ``source``, a stream of changes, was read when it gave the batch.
    """

    idempotency_key: str | None = None
    source: str | None = None
    position: str = ""
    digest: str = ""


UNKNOWN_ORIGIN = Origin()


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
class OrderBy:
    """By a field's values, ascending or not; a null comes after every value either way.

    Numbers and times by size, texts by their UTF-8 bytes, False before True. Sets have no order.
    """

    field: FieldName
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two records of an ordered listing, whatever becomes of the records.

    ``values`` are those of the fields it is ordered by, ``key`` decides among equal ones. Opaque
    to everybody but the index.
    """

    values: tuple[Scalar | None, ...]
    key: RecordKey


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Records in the order asked for, and where to go on after them; None at the end."""

    records: tuple[Record, ...]
    next_after: Cursor | None
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


@dataclass(frozen=True, slots=True)
class BinCount:
    """The records with ``low <= value < high``, in stored form; the last bin includes ``high``."""

    low: int | float
    high: int | float
    count: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How some records spread over the values of a field.

    ``items`` are values, most frequent first, ties by value, or bins, ascending; ``null`` counts
    records without a value and ``other`` those whose value is in no item. For a set, ``other``
    counts pairs of a record and a member that is in no item.
    """

    items: tuple[ValueCount, ...] | tuple[BinCount, ...]
    null: int
    other: int
    as_of: SequenceNo


@dataclass(frozen=True, slots=True)
class ShardBitmaps:
    """``count`` records as ordinals, shard by shard.

    Each part is a shard's first ordinal and the portable Roaring bytes (32 bit) of what to add to
    it. Shards without any are left out.
    """

    as_of: SequenceNo
    count: int
    parts: tuple[tuple[int, bytes], ...]
