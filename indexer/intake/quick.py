"""Blocks of plain cells, typed by compiled readers, whole columns at a time, without the GIL.

A block with anything that is not plain is left to the careful way (see
``indexer.kernels.cells``), which finds the same records, or says what is wrong with them.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from indexer.intake import words
from indexer.intake.assemble import Target
from indexer.intake.converted import Mask, from_numpy
from indexer.intake.fitting import ColumnFit
from indexer.intake.guess import ColumnGuess
from indexer.intake.moments import local_to_utc
from indexer.intake.records import FoundCells
from indexer.intake.zones import LocalTime
from indexer.kernels import cell_texts, cells, finding
from indexer.model.ids import FieldName
from indexer.model.schema import Field, FieldType

REPEATS_MIN = 4
"""Texts that occur less often than this on average are not worth a dictionary."""
DICTIONARY_ROOM = 1_024
"""Distinct texts that a dictionary always has room for."""

Places = NDArray[np.uint32]
Guesses = dict[int, ColumnGuess | ColumnFit]
"""By the place of the column in the file."""
Fresh = Callable[[int], ColumnGuess | ColumnFit]
"""What takes in the cells of the column at a place."""


@dataclass(frozen=True, slots=True)
class PlainCells:
    """The cells of one column of a block: ``data[starts[i]:ends[i]]``."""

    data: NDArray[np.uint8]
    starts: Places
    ends: Places

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def filled(self) -> Mask:
        """True where a cell is not null."""
        filled: Mask = self.starts != self.ends
        return filled

    @property
    def size(self) -> int:
        """Bytes of all cells, at most one more for each."""
        return int(self.ends.sum(dtype=np.int64) - self.starts.sum(dtype=np.int64)) + len(self)

    def text(self, place: int) -> str:
        """One cell's text."""
        return self.data[self.starts[place] : self.ends[place]].tobytes().decode()

    def number_widths(self) -> tuple[int, int, bool] | None:
        """If all are plain numbers: the most digits before and after the point; one has a point."""
        most = np.zeros(3, np.int64)
        if not cells.measure_numbers(self.data, self.starts, self.ends, most):
            return None
        return int(most[0]), int(most[1]), bool(most[2])

    def are_days(self) -> bool:
        """Whether all are plain dates."""
        return self._are(cells.read_moments, False)

    def are_moments(self) -> bool:
        """Whether all are plain dates, with or without a clock."""
        return self._are(cells.read_moments, True)

    def are_flags(self) -> bool:
        """Whether all are plain bools."""
        return self._are(cells.read_flags)

    def _are(self, read: Callable[..., bool], *how: bool) -> bool:
        read_as, filled = np.empty(len(self), np.int64), np.empty(len(self), np.bool_)
        return bool(read(self.data, self.starts, self.ends, *how, read_as, filled))


@dataclass(slots=True)
class QuickReader:
    """Reads the blocks of one file. Threads may share it."""

    delimiter: str
    width: int
    targets: Sequence[Target]
    local_time: LocalTime
    cell_bytes_max: int
    _spelled: set[int] = field(default_factory=set)
    """Targets whose texts hardly repeat, as an earlier block showed."""

    def find(self, data: bytes, final: bool) -> FoundCells | None:
        """The cells of the whole records with which the text begins; None if one is not plain."""
        view = np.frombuffer(data, np.uint8)
        slots = np.full(self.width, -1, np.int64)
        slots[[target.place for target in self.targets]] = np.arange(len(self.targets))
        room = data.count(b"\n") + 1
        starts = np.empty((len(self.targets), room), np.uint32)
        ends, done = np.empty_like(starts), np.empty(finding.DONE, np.int64)
        delimiter = ord(self.delimiter)
        if not finding.find_cells(view, delimiter, final, slots, starts, ends, done):
            return None
        rows, size, lines = done.tolist()
        return FoundCells(starts[:, :rows], ends[:, :rows], size, lines)

    def read(self, data: bytes, found: FoundCells) -> pa.RecordBatch | None:
        """The records of a block, or None if it has to be read carefully.

        Texts that repeat come as dictionaries.
        """
        view = np.frombuffer(data, np.uint8)
        arrays = []
        for number, target in enumerate(self.targets):
            held = PlainCells(view, found.starts[number], found.ends[number])
            array = self._column(number, target, held)
            if array is None or (target.is_key and _keyless(array)):
                return None
            arrays.append(array)
        return pa.RecordBatch.from_arrays(arrays, [target.field.name for target in self.targets])

    def guesses(
        self, data: bytes, found: FoundCells, places: Collection[int], fresh: Fresh
    ) -> Guesses:
        """What the columns at these places of the file may be, going by a block."""
        view = np.frombuffer(data, np.uint8)
        guesses: Guesses = {}
        for number, target in enumerate(self.targets):
            if target.place in places:
                held = PlainCells(view, found.starts[number], found.ends[number])
                guess = guesses[target.place] = fresh(target.place)
                if not guess.read_plain(held):
                    guess.read(_spelled(held, held.filled))
        return guesses

    def _column(self, number: int, target: Target, held: PlainCells) -> pa.Array | None:
        one = target.field
        if cells.longest_cell(held.starts, held.ends) > self.cell_bytes_max:
            return None
        match one.type:
            case FieldType.BOOL:
                return _flags(held)
            case FieldType.INT | FieldType.DECIMAL:
                return _numbers(held, one)
            case FieldType.FLOAT:
                return _doubles(held)
            case FieldType.DATE:
                return _days(held)
            case FieldType.TIMESTAMP:
                return _instants(held, self.local_time)
            case FieldType.SET:
                return _sets(held, one)
            case _:
                if number not in self._spelled and not target.is_key:
                    coded = _coded(held, max(DICTIONARY_ROOM, len(held) // REPEATS_MIN))
                    if coded is not None:
                        return coded
                    self._spelled.add(number)
                return _spelled(held, held.filled)


def warm_reading() -> None:
    """Have the compiled readers compiled, or read from numba's cache."""
    fields = [Field(FieldName(kind.value), kind) for kind in FieldType]
    texts = "true,1,1.5,1.5,2025-05-31,2025-05-31T10:00,a,b,c|d"
    targets = [Target(place, one.name, one, False) for place, one in enumerate(fields)]
    reader = QuickReader(",", len(fields), targets, LocalTime("UTC"), cell_bytes_max=100)
    data = f'{texts}\n{texts}\n"{texts}'.encode()
    found = reader.find(data, False)
    assert found is not None
    reader.read(data, found)
    reader.guesses(data, found, range(len(fields)), lambda _: ColumnGuess())


def _keyless(keys: pa.Array) -> bool:
    """Whether a key is null or the empty text."""
    if keys.null_count:
        return True
    return pa.types.is_string(keys.type) and bool(pc.any(pc.equal(keys, "")).as_py())


def _flags(held: PlainCells) -> pa.Array | None:
    flags, filled = np.empty(len(held), np.bool_), np.empty(len(held), np.bool_)
    if not cells.read_flags(held.data, held.starts, held.ends, flags, filled):
        return None
    packed = pa.py_buffer(np.packbits(flags, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(held), [_nulls(filled), packed])


def _numbers(held: PlainCells, one: Field) -> pa.Array | None:
    numbers, filled = np.empty(len(held), np.int64), np.empty(len(held), np.bool_)
    scale = one.scale if one.type is FieldType.DECIMAL else 0
    if not cells.read_decimals(held.data, held.starts, held.ends, scale, numbers, filled):
        return None
    return from_numpy(numbers, filled, pa.int64())


def _doubles(held: PlainCells) -> pa.Array | None:
    numbers, filled = np.empty(len(held), np.float64), np.empty(len(held), np.bool_)
    if not cells.read_doubles(held.data, held.starts, held.ends, numbers, filled):
        return None
    return from_numpy(numbers, filled, pa.float64())


def _days(held: PlainCells) -> pa.Array | None:
    days, filled = np.empty(len(held), np.int64), np.empty(len(held), np.bool_)
    if not cells.read_moments(held.data, held.starts, held.ends, False, days, filled):
        return None
    return from_numpy(days.astype(np.int32), filled, pa.date32())


def _instants(held: PlainCells, local_time: LocalTime) -> pa.Array | None:
    instants, filled = np.empty(len(held), np.int64), np.empty(len(held), np.bool_)
    if not cells.read_moments(held.data, held.starts, held.ends, True, instants, filled):
        return None
    typed = local_to_utc(from_numpy(instants, filled, pa.timestamp("us")), local_time)
    return typed.values if typed.bad is None else None


def _coded(held: PlainCells, room: int) -> pa.Array | None:
    """The texts as a dictionary; None if it gets too large."""
    coded = _codes(held.data, held.starts, held.ends, room)
    if coded is None:
        return None
    codes, texts = coded
    return pa.DictionaryArray.from_arrays(from_numpy(codes, codes >= 0, pa.int32()), texts)


def _codes(
    data: NDArray[np.uint8], starts: Places, ends: Places, room: int
) -> tuple[NDArray[np.int32], pa.Array] | None:
    """A code for each text and the texts of the codes; None if there are more than ``room``."""
    if room > DICTIONARY_ROOM:
        # Most fields have few values, and a small table stays in the fastest memory.
        few = _codes(data, starts, ends, DICTIONARY_ROOM)
        if few is not None:
            return few
    codes = np.empty(len(starts), np.int32)
    table = np.full(1 << (2 * room - 1).bit_length(), -1, np.int32)
    known_starts, known_ends = np.empty(room, np.uint32), np.empty(room, np.uint32)
    words_of_known = np.empty((room, 2), np.uint64)
    known = cell_texts.code_texts(
        data, starts, ends, table, known_starts, known_ends, words_of_known, codes
    )
    if known == cell_texts.GIVEN_UP:
        return None
    return codes, _spelled(PlainCells(data, known_starts[:known], known_ends[:known]), None)


def _spelled(held: PlainCells, filled: Mask | None) -> pa.Array:
    """The texts, in NFC; ``filled`` None means that none is null."""
    offsets = np.empty(len(held) + 1, np.int32)
    data, odd = np.empty(held.size, np.uint8), np.empty(len(held), np.bool_)
    odd_ones = cell_texts.copy_texts(held.data, held.starts, held.ends, offsets, data, odd)
    nulls = None if filled is None else _nulls(filled)
    texts = pa.StringArray.from_buffers(len(held), pa.py_buffer(offsets), pa.py_buffer(data), nulls)
    if not odd_ones:
        return texts
    written = texts.filter(pa.array(odd))
    normal = words.nfc(written)
    if normal.equals(written):
        return texts
    return pc.replace_with_mask(texts, pa.array(odd), normal)


def _sets(held: PlainCells, one: Field) -> pa.Array | None:
    if not one.separator.isascii():
        return words.sets(_spelled(held, held.filled), one.separator).values
    offsets = np.empty(len(held) + 1, np.int32)
    room = held.size // 2 + len(held) + 1
    starts, ends = np.empty(room, np.uint32), np.empty(room, np.uint32)
    parts = cell_texts.split_cells(
        held.data, held.starts, held.ends, ord(one.separator), offsets, starts, ends
    )
    coded = _codes(held.data, starts[:parts], ends[:parts], parts + 1)
    assert coded is not None, parts
    codes, texts = coded
    # Several spellings of one text are one in NFC: only then are there fewer.
    ordered = texts.unique().sort()
    ranks = np.asarray(pc.index_in(texts, ordered))[codes]
    kept = cell_texts.tidy_sets(offsets, ranks)
    indices = pa.array(ranks[:kept])
    members: Any = pa.DictionaryArray.from_arrays(indices, ordered)
    buffers = [_nulls(held.filled), pa.py_buffer(offsets)]
    return pa.Array.from_buffers(pa.list_(members.type), len(held), buffers, children=[members])


def _nulls(filled: Mask) -> pa.Buffer | None:
    return None if filled.all() else pa.py_buffer(np.packbits(filled, bitorder="little"))
