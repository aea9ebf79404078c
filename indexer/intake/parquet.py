"""Parquet files: their fields from the footer, their rows in blocks."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.intake.assemble import RejectBook, Target, assemble, targets_of
from indexer.intake.dialect import name_columns, remarks_on
from indexer.intake.evolve import evolution_remarks, evolve
from indexer.intake.fields import Wanted, key_of, settle, wanted_fields
from indexer.intake.fitting import ColumnFit
from indexer.intake.guess import ColumnGuess
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Inferred, TypedBatch
from indexer.intake.parquet_columns import convert_column, own_type, text_of
from indexer.intake.stream import ByteStream
from indexer.intake.zones import LocalTime
from indexer.model.errors import BadFile, TooLarge
from indexer.model.ids import FieldName
from indexer.model.schema import FieldType, Schema

_DAMAGED = "the Parquet file is damaged or cut short; write or upload it again"


class ParquetFile:
    """A Source over a Parquet file; a packed one is unpacked to a temporary file first."""

    def __init__(self, path: Path, options: IntakeOptions, limits: IntakeLimits) -> None:
        self._path = path
        self._options = options
        self._limits = limits
        with _opened(path, limits) as file:
            self._schema: pa.Schema = file.schema_arrow
            self._rows: int = file.metadata.num_rows
        self._names: list[str] = self._schema.names
        if len(set(self._names)) < len(self._names):
            raise BadFile("the Parquet file has two columns of one name; rename one")
        self._columns = name_columns(self._names, limits)
        self._goes_into: dict[int, FieldName] = {}

    @property
    def total_bytes(self) -> int:
        """Size of the file as it lies on disk."""
        return self._path.stat().st_size

    def infer(self) -> Inferred:
        """See ``Source``. Types are taken as they are; rows are rarely read."""
        wanted = wanted_fields(self._columns, self._options)
        guesses = [self._guess(place, one) for place, one in enumerate(wanted)]
        evolved = evolve(wanted, self._fits(wanted), self._options)
        fields = {place: one.field for place, one in evolved.items()}
        wanted = tuple(
            replace(one, field=fields.get(place, one.field)) for place, one in enumerate(wanted)
        )
        self._goes_into = {place: field.name for place, field in fields.items()}
        settled = settle(wanted, guesses, key_of(self._options))
        known = self._options.schema.fields if self._options.schema is not None else ()
        remarks = remarks_on(self._columns, [field.name for field in known])
        told = (*remarks, *evolution_remarks(evolved.values()))
        return replace(settled, evolved=tuple(evolved.values()), remarks=told)

    def batches(self, schema: Schema) -> Iterator[TypedBatch]:
        """See ``Source``. One batch per ``block_rows`` rows; a reject's line is its row."""
        names = [self._goes_into.get(place, one.name) for place, one in enumerate(self._columns)]
        if schema.key is not None and schema.key not in names:
            raise BadFile(f"the file has no column {schema.key!r}, which holds the keys")
        targets = targets_of(names, schema)
        local_time = LocalTime(self._options.time_zone or schema.time_zone)
        book = RejectBook(self._limits.rejects_max)
        first_row = 1
        for block in self._blocks([target.place for target in targets]):
            yield self._typed(block, targets, local_time, book, first_row)
            first_row += block.num_rows

    def _typed(
        self,
        block: pa.RecordBatch,
        targets: Sequence[Target],
        local_time: LocalTime,
        book: RejectBook,
        first_row: int,
    ) -> TypedBatch:
        columns = [
            convert_column(
                block.column(self._names[target.place]),
                target.field,
                target.column,
                local_time,
                self._limits.cell_bytes_max,
            )
            for target in targets
        ]
        records, faults = assemble(targets, columns, block.num_rows)
        rejects = book.keep(faults, lambda row: first_row + row, lambda row: _raw(block, row))
        done = (first_row - 1 + block.num_rows) / self._rows
        return TypedBatch(records, int(self.total_bytes * done), len(faults), rejects)

    def _guess(self, place: int, one: Wanted) -> tuple[FieldType, int] | None:
        if not (one.guess_type or one.guess_scale):
            return None
        name, kind = self._names[place], self._schema.field(place).type
        own = own_type(kind)
        if own is None:
            raise BadFile(f"column {name!r} has the type {kind}, which can't be stored")
        if one.guess_type or own[0] in (FieldType.DECIMAL, FieldType.INT):
            return own
        guess = ColumnGuess()
        for block in self._blocks([place]):
            guess.read_scale(text_of(block.column(0), name))
        return FieldType.DECIMAL, guess.scale

    def _fits(self, wanted: Sequence[Wanted]) -> dict[int, ColumnFit]:
        """How columns fit the dataset's fields of another type than theirs."""
        fits = {}
        for place, one in enumerate(wanted):
            own = own_type(self._schema.field(place).type)
            other = own is not None and own[0] not in (one.field.type, FieldType.SET)
            if one.known and one.fitted and other:
                fits[place] = ColumnFit(one.field)
        for block in self._blocks(list(fits)) if fits else ():
            for place, fit in fits.items():
                name = self._names[place]
                fit.read(text_of(block.column(name), name))
        return fits

    def _blocks(self, places: Sequence[int]) -> Iterator[pa.RecordBatch]:
        names = [self._names[place] for place in sorted(places)]
        with _opened(self._path, self._limits) as file:
            try:
                yield from file.iter_batches(self._limits.block_rows, columns=names)
            except (OSError, pa.ArrowException):
                raise BadFile(_DAMAGED) from None


@contextmanager
def _opened(path: Path, limits: IntakeLimits) -> Iterator[pq.ParquetFile]:
    with ExitStack() as closing:
        plain = closing.enter_context(_plain(path, limits))
        try:
            file = closing.enter_context(pq.ParquetFile(plain))
        except (OSError, pa.ArrowException):
            raise BadFile(_DAMAGED) from None
        groups = range(file.metadata.num_row_groups)
        if sum(file.metadata.row_group(i).total_byte_size for i in groups) > limits.file_bytes_max:
            raise TooLarge(f"the file holds more than {limits.file_bytes_max} bytes; split it")
        yield file


@contextmanager
def _plain(path: Path, limits: IntakeLimits) -> Iterator[BinaryIO]:
    """The file itself, or what it unpacks to: reading Parquet begins at its end."""
    with ByteStream(path, limits) as stream, ExitStack() as closing:
        if not stream.packed:
            yield closing.enter_context(path.open("rb"))
            return
        spool = closing.enter_context(tempfile.TemporaryFile(dir=path.parent))
        while chunk := stream.read(limits.block_bytes):
            spool.write(chunk)
        spool.seek(0)
        yield spool


def _raw(block: pa.RecordBatch, row: int) -> str:
    """One row as a line of CSV."""
    line = io.StringIO()
    cells = [_written(column.slice(row, 1)) for column in block.columns]
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _written(cell: pa.Array) -> str | None:
    """The only cell of a column as text. Arrow writes it: Python's dates end with the year 9999."""
    if own_type(cell.type) == (FieldType.SET, 0):
        members = cell[0].as_py()
        return None if members is None else "|".join(member or "" for member in members)
    if pa.types.is_timestamp(cell.type):
        cell = cell.view(pa.timestamp(cell.type.unit))
    text: str | None = cell.cast(pa.string())[0].as_py()
    return text
