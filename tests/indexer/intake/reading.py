"""Writes a file, reads it through intake's front page, and says what came out in plain Python."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from indexer.intake.intake import open_file
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Inferred, Reject
from indexer.model.ids import DatasetName
from indexer.model.schema import FieldType, Schema

TINY_BLOCKS = IntakeLimits(block_bytes=64, block_rows=3, quick_bytes_min=0)
"""Small enough that a few records need several blocks."""


@dataclass(frozen=True, slots=True)
class Read:
    """Everything a file gave."""

    inferred: Inferred
    records: list[dict[str, object]]
    rejects: list[Reject]
    rejected: int

    @property
    def types(self) -> dict[str, FieldType]:
        """Inferred type by field."""
        return {field.name: field.type for field in self.inferred.fields}

    def column(self, name: str) -> list[object]:
        """One field of all records."""
        return [record[name] for record in self.records]

    @property
    def reasons(self) -> list[tuple[int, str | None, str]]:
        """Line, column and code of each reject."""
        return [(each.line, each.column, each.reason.split(":")[0]) for each in self.rejects]


def read_bytes(
    folder: Path, content: bytes, options: IntakeOptions, limits: IntakeLimits = TINY_BLOCKS
) -> Read:
    """The file's records under the schema that it infers."""
    path = folder / options.name
    path.write_bytes(content)
    return read_path(path, options, limits)


def read_path(path: Path, options: IntakeOptions, limits: IntakeLimits = TINY_BLOCKS) -> Read:
    """Like ``read_bytes``, for a file that is there."""
    source = open_file(path, options, limits)
    inferred = source.infer()
    schema = options.schema or schema_of(inferred, options.time_zone or "UTC")
    records: list[dict[str, object]] = []
    rejects: list[Reject] = []
    rejected, position = 0, 0
    for batch in source.batches(schema):
        batch.records.validate(full=True)
        assert position <= batch.bytes_read <= source.total_bytes
        position = batch.bytes_read
        records += plain(batch.records)
        rejects += batch.rejects
        rejected += batch.rejected
    return Read(inferred, records, rejects, rejected)


def read_csv(folder: Path, text: str, options: IntakeOptions | None = None) -> Read:
    """A CSV file of this text."""
    return read_bytes(folder, text.encode(), options or IntakeOptions("data.csv"))


def plain(records: pa.RecordBatch) -> list[dict[str, object]]:
    """The records in plain Python; a timestamp says that it is UTC."""
    return [
        {
            name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
            for name, value in record.items()
        }
        for record in records.to_pylist()
    ]


def utc(text: str) -> datetime:
    """An instant, written without its zone."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schema_of(inferred: Inferred, time_zone: str = "UTC") -> Schema:
    """The dataset that a file makes."""
    return Schema(
        DatasetName("people"), inferred.key, inferred.key_type, inferred.fields, (), time_zone
    )
