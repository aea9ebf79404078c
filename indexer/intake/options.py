"""What a reader of files is told: the caller's wishes and the bounds it works within."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from indexer.intake.day_order import DayOrder
from indexer.model.ids import FieldName
from indexer.model.schema import FieldType, Schema


class FileFormat(StrEnum):
    """The formats of API.md. Each may come packed with gzip."""

    CSV = "csv"
    TSV = "tsv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How to read one file.

    ``name`` is the file's original name; its ending tells the format unless ``format`` does.
    ``key`` names the column of keys; None means ``schema``'s key, and generated keys without
    one. ``types`` and ``separators`` (of sets) speak about columns by name. ``time_zone`` is
    that of local times in the file; None means the dataset's. ``schema`` is the dataset the
    file goes into, if it exists already: its types win over ``types``. ``date_order`` decides
    where no value does. Fields that numbers don't fit in are widened if ``widening``, else the
    column is parked in a field of its own, as one that holds something else is. ``watch`` is told
    of the place on disk before each block of text is read; what it raises ends the reading.
    """

    name: str
    format: FileFormat | None = None
    key: FieldName | None = None
    types: Mapping[str, FieldType] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)
    time_zone: str | None = None
    schema: Schema | None = None
    date_order: DayOrder | None = None
    widening: bool = True
    watch: Callable[[int], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bounds of one import. Sizes are in bytes of unpacked content unless they say otherwise."""

    block_bytes: int = 8 << 20
    """Text is read, typed and handed on in blocks of this size."""
    block_rows: int = 65_536
    """Parquet is read in blocks of this many rows, and text that is read carefully of at most so
    many: what is kept for a short row is many times its size."""
    typing_threads: int = 2
    """Blocks of delimited text that are typed at a time; one more may wait."""
    quick_bytes_min: int = 4 << 20
    """A smaller file is read before the compiled readers would be loaded."""
    sniff_bytes: int = 1 << 20
    """Read from the start of a file to tell its format; a header must fit."""
    sniff_records: int = 1_000
    """Records the delimiter is judged by."""
    columns_max: int = 2_000
    field_name_max: int = 200
    """Characters."""
    record_bytes_max: int = 16 << 20
    cell_bytes_max: int = 1 << 20
    """A longer cell rejects its row."""
    rejects_max: int = 10_000
    """Rejected rows kept with their text; any further are only counted."""
    file_bytes_max: int = 256 << 30
    gzip_ratio_max: int = 200
    """A packed file may grow by this factor, past the first ``gzip_grace_bytes``."""
    gzip_grace_bytes: int = 64 << 20
