"""CSV and TSV files: inference and typed batches, block by block."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from indexer.intake.ahead import ahead
from indexer.intake.assemble import Fault, RejectBook, Target, assemble, targets_of
from indexer.intake.cells import Cells, read_cells
from indexer.intake.convert import typed_text
from indexer.intake.dialect import Column, find_delimiter, read_header
from indexer.intake.fields import key_of, settle, wanted_fields
from indexer.intake.guess import ColumnGuess
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Inferred, Reject, TypedBatch
from indexer.intake.records import Finder, RecordBlock, Stretch, cut_records
from indexer.intake.stream import ByteStream
from indexer.intake.zones import LocalTime
from indexer.model.errors import BadFile
from indexer.model.schema import Schema

if TYPE_CHECKING:
    from indexer.intake.quick import QuickReader

OPEN_QUOTE = "open_quote: a quote is never closed"


@dataclass(frozen=True, slots=True)
class _Typed:
    """A block's good records, and what is wrong with others of its rows."""

    records: pa.RecordBatch
    position: int
    faults: tuple[Fault, ...] = ()
    block: RecordBlock | None = None


class DelimitedFile:
    """A Source over delimited text.

    ``head`` is the file's start, read by the caller; ``delimiter`` None means it is found out.
    """

    def __init__(
        self,
        path: Path,
        head: bytes,
        options: IntakeOptions,
        limits: IntakeLimits,
        *,
        delimiter: str | None = None,
    ) -> None:
        self._path = path
        self._options = options
        self._limits = limits
        self._delimiter = delimiter or find_delimiter(head, limits)
        self._columns: tuple[Column, ...] = read_header(head, self._delimiter, limits)

    @property
    def total_bytes(self) -> int:
        """Size of the file as it lies on disk."""
        return self._path.stat().st_size

    def infer(self) -> Inferred:
        """See ``Source``. Reads only the columns that are not decided yet."""
        wanted = wanted_fields(self._columns, self._options)
        guesses = {
            place: ColumnGuess()
            for place, one in enumerate(wanted)
            if one.guess_type or one.guess_scale
        }
        # What is only asked for its scale, a declared decimal, is looked at carefully.
        by_scale = {place for place in guesses if not wanted[place].guess_type}
        targets = [
            Target(place, one.field.name, one.field, False)
            for place, one in enumerate(wanted)
            if place in guesses
        ]
        quick = None if by_scale else self._quick(targets, LocalTime("UTC"))
        stretches = self._stretches(quick.find if quick is not None else None)
        for seen in ahead(
            lambda stretch: self._guesses(stretch, guesses, by_scale, quick),
            stretches if guesses else (),
            self._limits.typing_threads,
        ):
            for place, guess in seen.items():
                guesses[place].merge(guess)
            if all(guess.settled for guess in guesses.values()):
                break
        found = [
            (guesses[place].type(), guesses[place].scale) if place in guesses else None
            for place in range(len(wanted))
        ]
        return settle(wanted, found, key_of(self._options))

    def batches(self, schema: Schema) -> Iterator[TypedBatch]:
        """See ``Source``. One batch per block of text; blocks are typed ahead, in threads."""
        names = [column.name for column in self._columns]
        if schema.key is not None and schema.key not in names:
            raise BadFile(f"the file has no column {schema.key!r}, which holds the keys")
        targets = targets_of(names, schema)
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

    def _quick(self, targets: Sequence[Target], local_time: LocalTime) -> "QuickReader | None":
        """The compiled readers, for a file that is worth loading them."""
        if self.total_bytes < self._limits.quick_bytes_min or not targets:
            return None
        from indexer.intake.quick import QuickReader  # noqa: PLC0415 - it loads a compiler

        return QuickReader(
            self._delimiter, len(self._columns), targets, local_time, self._limits.cell_bytes_max
        )

    def _guesses(
        self,
        stretch: Stretch,
        so_far: Mapping[int, ColumnGuess],
        by_scale: Collection[int],
        quick: "QuickReader | None",
    ) -> dict[int, ColumnGuess]:
        """What the columns that are not settled so far may be, going by these records."""
        places = [place for place, guess in so_far.items() if not guess.settled]
        if quick is not None and stretch.found is not None:
            return quick.guesses(stretch.data, stretch.found, places)
        block = stretch.block()
        if not len(block):
            return {}
        guesses = {place: ColumnGuess() for place in places}
        for place, text in zip(places, self._cells(block, places).columns, strict=True):
            if place in by_scale:
                guesses[place].read_scale(text)
            else:
                guesses[place].read(text)
        return guesses

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
            typed_text(text, target.field, local_time, self._limits.cell_bytes_max)
            for text, target in zip(cells.columns, targets, strict=True)
        ]
        records, misfits = assemble(targets, columns, len(cells.records))
        moved = (replace(fault, row=int(cells.records[fault.row])) for fault in misfits)
        faults = sorted((*cells.faults, *moved), key=lambda fault: fault.row)
        return _Typed(records, stretch.position, tuple(faults), block)

    def _cells(self, block: RecordBlock, places: Sequence[int]) -> Cells:
        width = len(self._columns)
        if not block.unclosed:
            return read_cells(block, self._delimiter, width, places)
        cells = read_cells(block.without_last(), self._delimiter, width, places)
        return replace(cells, faults=(*cells.faults, Fault(len(block) - 1, None, OPEN_QUOTE)))

    def _stretches(self, finder: Finder | None) -> Iterator[Stretch]:
        with ByteStream(self._path, self._limits) as stream:
            is_header_next = True
            for stretch in cut_records(stream, self._delimiter, self._limits, finder):
                if not is_header_next:
                    yield stretch
                elif (rest := stretch.without_first()) is not None:
                    is_header_next = False
                    yield rest
