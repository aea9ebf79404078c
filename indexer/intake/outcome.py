"""What reading a file gives: its fields, typed batches, rejected rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType, Schema


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out, and why.

    ``line`` is the line of the file on which the row begins, counted from 1, the header
    included (in Parquet: the row's number from 1). ``column`` is None where the row as a whole
    is at fault. ``reason`` starts with a stable code: ``wrong_type``, ``no_key``, ``too_long``,
    ``too_few_columns``, ``too_many_columns``, ``open_quote``, ``bad_encoding``, ``bad_json``.
    ``raw`` is the row as it stands in the file.
    """

    line: int
    column: str | None
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class TypedBatch:
    """Records of one block, in file order, typed as ``arrow_types`` says.

    Columns: ``_key`` first if the dataset is keyed, then the schema's columns that the file
    has, in schema order; a field the file lacks is absent, not null. ``bytes_read`` of the
    file's ``total_bytes`` are consumed so far. ``rejected`` rows of the block were left out;
    ``rejects`` describes them until the file's ``rejects_max`` is reached.
    """

    records: pa.RecordBatch
    bytes_read: int
    rejected: int
    rejects: tuple[Reject, ...]


class Evolution(StrEnum):
    """What happens to a field of the dataset because of the file's values."""

    WIDENED = "widened"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Evolved:
    """The dataset's field ``before``, and what takes this file's values in its place.

    Of the same name and a wider type, or of another name, and then ``before`` stays as it is.
    """

    how: Evolution
    before: Field
    field: Field


@dataclass(frozen=True, slots=True)
class Inferred:
    """A file's fields in file order, the key's own among them.

    ``key`` and ``key_type`` are None where keys are generated. A field that the existing
    dataset has is that dataset's field, but for those ``evolved``. ``remarks`` are sentences for
    the person whose file it is; no cell's value is in them.
    """

    fields: tuple[Field, ...]
    key: FieldName | None
    key_type: FieldType | None
    evolved: tuple[Evolved, ...] = ()
    remarks: tuple[str, ...] = ()


class Source(Protocol):
    """One file, ready to be read as often as needed. Each call reads it from the start.

    What ``infer`` found is what ``batches`` goes by: it comes first.
    """

    @property
    def total_bytes(self) -> int:
        """Size of the file as it lies on disk."""
        ...

    def infer(self) -> Inferred:
        """The file's fields, from all of its rows where types are not given.

        Raises: BadFile, TooLarge.
        """
        ...

    def batches(self, schema: Schema) -> Iterator[TypedBatch]:
        """The file's records, typed for this schema. Columns it doesn't name are passed over.

        Raises: BadFile (also midway), TooLarge.
        """
        ...
