"""CSV and TSV files: inference and typed batches, block by block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from indexer.intake.ahead import ahead
from indexer.intake.assemble import Fault, RejectBook, Target, assemble, targets_of
from indexer.intake.cells import Cells, read_cells
from indexer.intake.convert import typed_text
from indexer.intake.day_order import DayOrder, as_iso
from indexer.intake.dialect import Column, find_delimiter, read_header, remarks_on
from indexer.intake.encodings import NAMES, Encoding
from indexer.intake.evolve import day_orders, evolution_remarks, evolve, order_remarks
from indexer.intake.fields import Wanted, key_of, settle, wanted_fields
from indexer.intake.fitting import ColumnFit
from indexer.intake.guess import ColumnGuess
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Evolved, Inferred, Reject, TypedBatch
from indexer.intake.records import Finder, RecordBlock, Stretch, cut_records
from indexer.intake.stream import ByteStream
from indexer.intake.zones import LocalTime
from indexer.model.errors import BadFile
from indexer.model.ids import FieldName
from indexer.model.schema import FieldType, Schema

if TYPE_CHECKING:
    from indexer.intake.quick import QuickReader

OPEN_QUOTE = "open_quote: a quote is never closed"

Readers = dict[int, ColumnGuess | ColumnFit]
"""By the place of the column in the file."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """A block's good records, and what is wrong with others of its rows."""

    records: pa.RecordBatch
    position: int
    faults: tuple[Fault, ...] = ()
    block: RecordBlock | None = None


class DelimitedFile:
    """A Source over delimited text.

    ``head`` is the file's start as UTF-8, read by the caller; ``delimiter`` None means it is found
    out.
    """

    def __init__(
        self,
        path: Path,
        head: bytes,
        options: IntakeOptions,
        limits: IntakeLimits,
        encoding: Encoding = Encoding.UTF_8,
        *,
        delimiter: str | None = None,
    ) -> None:
        self._path = path
        self._options = options
        self._limits = limits
        self._encoding = encoding
        self._delimiter = delimiter or find_delimiter(head, limits)
        self._columns: tuple[Column, ...] = read_header(head, self._delimiter, limits)
        self._names: list[FieldName] = [column.name for column in self._columns]
        self._orders: dict[int, DayOrder] = {}

    @property
    def total_bytes(self) -> int:
        """Size of the file as it lies on disk."""
        return self._path.stat().st_size

    def infer(self) -> Inferred:
        """See ``Source``. Reads only the columns that are not decided yet."""
        wanted = wanted_fields(self._columns, self._options)
        readers = self._read_columns(wanted)
        fits = {place: one for place, one in readers.items() if isinstance(one, ColumnFit)}
        self._orders = day_orders(fits, self._options)
        evolved = evolve(wanted, fits, self._options)
        self._names = [
            evolved[place].field.name if place in evolved else column.name
            for place, column in enumerate(self._columns)
        ]
        wanted = tuple(
            replace(one, field=evolved[place].field) if place in evolved else one
            for place, one in enumerate(wanted)
        )
        found = [_found(readers.get(place)) for place in range(len(wanted))]
        settled = settle(wanted, found, key_of(self._options))
        remarks = self._remarks(fits, tuple(evolved.values()))
        return replace(settled, evolved=tuple(evolved.values()), remarks=remarks)

    def batches(self, schema: Schema) -> Iterator[TypedBatch]:
        """See ``Source``. One batch per block of text; blocks are typed ahead, in threads."""
        if schema.key is not None and schema.key not in self._names:
            raise BadFile(f"the file has no column {schema.key!r}, which holds the keys")
        targets = targets_of(self._names, schema)
        local_time = LocalTime(self._options.time_zone or schema.time_zone)
        quick = self._quick(targets, local_time)
        book = RejectBook(self._limits.rejects_max)
        for typed in ahead(
            lambda stretch: self._typed(stretch, targets, local_time, quick),
            self._stretches(quick.find if quick is not None else None),
            self._limits.typing_threads,
        ):
            rejects: tuple[Reject, ...] = ()
            if typed.block is not None:
                rejects = book.keep(typed.faults, typed.block.line, typed.block.raw)
            yield TypedBatch(typed.records, typed.position, len(typed.faults), rejects)

    def _read_columns(self, wanted: Sequence[Wanted]) -> Readers:
        """What the cells of all columns say that are not decided by what is wanted alone."""
        readers: Readers = {
            place: _reader(one)
            for place, one in enumerate(wanted)
            if one.guess_type or one.guess_scale or one.fitted
        }
        # What is only asked for its scale, a declared decimal, is looked at carefully.
        by_scale = {place for place in readers if wanted[place].guess_scale}
        targets = [
            Target(place, one.field.name, one.field, False)
            for place, one in enumerate(wanted)
            if place in readers
        ]
        quick = None if by_scale else self._quick(targets, LocalTime("UTC"))
        stretches = self._stretches(quick.find if quick is not None else None)
        for seen in ahead(
            lambda stretch: self._seen(stretch, readers, wanted, quick),
            stretches if readers else (),
            self._limits.typing_threads,
        ):
            for place, one in seen.items():
                _merge(readers[place], one)
            if all(reader.settled for reader in readers.values()):
                break
        return readers

    def _remarks(
        self, fits: Mapping[int, ColumnFit], evolved: Sequence[Evolved]
    ) -> tuple[str, ...]:
        remarks = []
        if self._encoding is not Encoding.UTF_8:
            remarks.append(f"the file is read as {NAMES[self._encoding]}")
        schema = self._options.schema
        remarks += remarks_on(self._columns, [one.name for one in schema.fields] if schema else ())
        remarks += [*order_remarks(fits, self._orders), *evolution_remarks(evolved)]
        return tuple(remarks)

    def _quick(self, targets: Sequence[Target], local_time: LocalTime) -> "QuickReader | None":
        """The compiled readers, for a file that is worth loading them."""
        if self.total_bytes < self._limits.quick_bytes_min or not targets:
            return None
        from indexer.intake.quick import QuickReader  # noqa: PLC0415 - it loads a compiler

        return QuickReader(
            self._delimiter, len(self._columns), targets, local_time, self._limits.cell_bytes_max
        )

    def _seen(
        self,
        stretch: Stretch,
        so_far: Readers,
        wanted: Sequence[Wanted],
        quick: "QuickReader | None",
    ) -> Readers:
        """What these records say about the columns that are not settled so far."""
        places = [place for place, reader in so_far.items() if not reader.settled]
        if quick is not None and stretch.found is not None:
            return quick.guesses(
                stretch.data, stretch.found, places, lambda place: _reader(wanted[place])
            )
        block = stretch.block()
        if not len(block):
            return {}
        readers: Readers = {place: _reader(wanted[place]) for place in places}
        for place, text in zip(places, self._cells(block, places).columns, strict=True):
            reader = readers[place]
            if isinstance(reader, ColumnGuess) and wanted[place].guess_scale:
                reader.read_scale(text)
            else:
                reader.read(text)
        return readers

    def _typed(
        self,
        stretch: Stretch,
        targets: Sequence[Target],
        local_time: LocalTime,
        quick: "QuickReader | None",
    ) -> _Typed:
        if quick is not None and stretch.found is not None:
            quickly = quick.read(stretch.data, stretch.found)
            if quickly is not None:
                return _Typed(quickly, stretch.position)
        block = stretch.block()
        cells = self._cells(block, [target.place for target in targets])
        columns = [
            typed_text(
                self._dated(text, target), target.field, local_time, self._limits.cell_bytes_max
            )
            for text, target in zip(cells.columns, targets, strict=True)
        ]
        records, misfits = assemble(targets, columns, len(cells.records))
        moved = (replace(fault, row=int(cells.records[fault.row])) for fault in misfits)
        faults = sorted((*cells.faults, *moved), key=lambda fault: fault.row)
        return _Typed(records, stretch.position, tuple(faults), block)

    def _dated(self, text: pa.Array, target: Target) -> pa.Array:
        order = self._orders.get(target.place)
        return text if order is None else as_iso(text, order)

    def _cells(self, block: RecordBlock, places: Sequence[int]) -> Cells:
        width = len(self._columns)
        if not block.unclosed:
            return read_cells(block, self._delimiter, width, places)
        cells = read_cells(block.without_last(), self._delimiter, width, places)
        return replace(cells, faults=(*cells.faults, Fault(len(block) - 1, None, OPEN_QUOTE)))

    def _stretches(self, finder: Finder | None) -> Iterator[Stretch]:
        watch = self._options.watch
        with ByteStream(self._path, self._limits, self._encoding, watch) as stream:
            is_header_next = True
            for stretch in cut_records(stream, self._delimiter, self._limits, finder):
                if not is_header_next:
                    yield stretch
                elif (rest := stretch.without_first()) is not None:
                    is_header_next = False
                    yield rest


def _reader(one: Wanted) -> ColumnGuess | ColumnFit:
    return ColumnFit(one.field) if one.fitted else ColumnGuess()


def _merge(reader: ColumnGuess | ColumnFit, other: ColumnGuess | ColumnFit) -> None:
    if isinstance(reader, ColumnFit):
        assert isinstance(other, ColumnFit)
        reader.merge(other)
    else:
        assert isinstance(other, ColumnGuess)
        reader.merge(other)


def _found(reader: ColumnGuess | ColumnFit | None) -> tuple[FieldType, int] | None:
    return (reader.type(), reader.scale) if isinstance(reader, ColumnGuess) else None
