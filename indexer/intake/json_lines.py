"""JSON lines files: one object per line, fields in the order in which they first appear."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.intake.assemble import Fault, RejectBook, Target, assemble, targets_of
from indexer.intake.dialect import Column, name_columns, remarks_on
from indexer.intake.encodings import Encoding
from indexer.intake.evolve import evolution_remarks, evolve
from indexer.intake.fields import Wanted, key_of, settle, wanted_fields
from indexer.intake.fitting import ColumnFit
from indexer.intake.json_cells import CellGuess, JsonRow, as_texts, convert_cells, parse_row
from indexer.intake.options import IntakeLimits, IntakeOptions
from indexer.intake.outcome import Evolved, Inferred, TypedBatch
from indexer.intake.records import BAD_TEXT, RecordBlock, cut_lines
from indexer.intake.stream import ByteStream
from indexer.intake.zones import LocalTime
from indexer.model.errors import BadFile, TooLarge
from indexer.model.ids import FieldName
from indexer.model.schema import Schema

BAD_JSON = "bad_json: not a JSON object"


class JsonLinesFile:
    """A Source over JSON lines. Which fields there are is known after one pass over the file."""

    def __init__(
        self,
        path: Path,
        options: IntakeOptions,
        limits: IntakeLimits,
        encoding: Encoding = Encoding.UTF_8,
    ) -> None:
        self._path = path
        self._encoding = encoding
        self._options = options
        self._limits = limits
        self._names: tuple[str, ...] | None = None
        self._goes_into: dict[int, FieldName] = {}

    @property
    def total_bytes(self) -> int:
        """Size of the file as it lies on disk."""
        return self._path.stat().st_size

    def infer(self) -> Inferred:
        """See ``Source``. A list of strings is a set; a string is never a bool or a number."""
        names, columns = self._header()
        wanted = wanted_fields(columns, self._options)
        places = [place for place, one in enumerate(wanted) if one.guess_type or one.guess_scale]
        guesses = {place: CellGuess() for place in places}
        fits = {
            place: ColumnFit(one.field)
            for place, one in enumerate(wanted)
            if one.known and one.fitted
        }
        for block in self._blocks() if guesses or fits else ():
            rows = [row for row in _rows(block) if row is not None]
            for place in (*guesses, *fits):
                cells = [row.get(names[place]) for row in rows]
                if place in fits:
                    fits[place].read(as_texts(cells))
                elif wanted[place].guess_type:
                    guesses[place].read(cells)
                else:
                    guesses[place].read_scale(cells)
        return self._settled(columns, wanted, guesses, evolve(wanted, fits, self._options))

    def _settled(
        self,
        columns: Sequence[Column],
        wanted: Sequence[Wanted],
        guesses: Mapping[int, CellGuess],
        evolved: Mapping[int, Evolved],
    ) -> Inferred:
        found = [
            (guesses[place].type(), guesses[place].scale) if place in guesses else None
            for place in range(len(wanted))
        ]
        wanted = [
            replace(one, field=evolved[place].field) if place in evolved else one
            for place, one in enumerate(wanted)
        ]
        self._goes_into = {place: one.field.name for place, one in evolved.items()}
        settled = settle(wanted, found, key_of(self._options))
        known = self._options.schema.fields if self._options.schema is not None else ()
        remarks = remarks_on(columns, [field.name for field in known])
        told = (*remarks, *evolution_remarks(evolved.values()))
        return replace(settled, evolved=tuple(evolved.values()), remarks=told)

    def batches(self, schema: Schema) -> Iterator[TypedBatch]:
        """See ``Source``. A field that a line lacks is null."""
        names, columns = self._header()
        own = [self._goes_into.get(place, one.name) for place, one in enumerate(columns)]
        if schema.key is not None and schema.key not in own:
            raise BadFile(f"the file has no column {schema.key!r}, which holds the keys")
        targets = targets_of(own, schema)
        local_time = LocalTime(self._options.time_zone or schema.time_zone)
        book = RejectBook(self._limits.rejects_max)
        for block in self._blocks():
            yield self._typed(block, names, targets, local_time, book)

    def _typed(
        self,
        block: RecordBlock,
        names: tuple[str, ...],
        targets: tuple[Target, ...],
        local_time: LocalTime,
        book: RejectBook,
    ) -> TypedBatch:
        parsed = _rows(block)
        places = [place for place, row in enumerate(parsed) if row is not None]
        rows = [row for row in parsed if row is not None]
        columns = [
            convert_cells(
                [row.get(names[target.place]) for row in rows],
                target.field,
                local_time,
                self._limits.cell_bytes_max,
            )
            for target in targets
        ]
        records, misfits = assemble(targets, columns, len(rows))
        bad = set(block.bad_records.tolist())
        faults = [
            Fault(place, None, BAD_TEXT if place in bad else BAD_JSON)
            for place, row in enumerate(parsed)
            if row is None
        ]
        faults += [Fault(places[fault.row], fault.column, fault.reason) for fault in misfits]
        faults.sort(key=lambda fault: fault.row)
        rejects = book.keep(faults, block.line, block.raw)
        return TypedBatch(records, block.position, len(faults), rejects)

    def _header(self) -> tuple[tuple[str, ...], tuple[Column, ...]]:
        """The names in the file, and the columns they make, in the same order."""
        if self._names is None:
            self._names = self._find_names()
        return self._names, name_columns(list(self._names), self._limits)

    def _find_names(self) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for block in self._blocks():
            for row in _rows(block):
                names |= dict.fromkeys(row or ())
                if len(names) > self._limits.columns_max:
                    raise TooLarge(f"the file has over {self._limits.columns_max} fields")
        if not names:
            raise BadFile("the file holds no JSON objects, one on each line")
        return tuple(names)

    def _blocks(self) -> Iterator[RecordBlock]:
        watch = self._options.watch
        with ByteStream(self._path, self._limits, self._encoding, watch) as stream:
            yield from (block for block in cut_lines(stream, self._limits) if len(block))


def _rows(block: RecordBlock) -> list[JsonRow | None]:
    """The block's objects; None for a line that is none, or no text."""
    bad = set(block.bad_records.tolist())
    return [None if place in bad else parse_row(block.raw(place)) for place in range(len(block))]
