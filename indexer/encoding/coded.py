"""Columns of one coded value a record: keyword, text and bool.

Each offset holds a code (-1 is null). While a field has few distinct values, each of them also
has a roaring bitmap per shard, so equality reads no codes at all; a field that outgrows that
keeps codes only and equality scans them (measured: 0.3 ms for 2^20 codes).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import (
    Mask,
    Offsets,
    bitmap_of,
    bitmap_of_mask,
    grouped,
)
from indexer.encoding.column import ValueLookup
from indexer.encoding.text_match import TextLookup
from indexer.encoding.vocabulary import NULL_CODE, Codes, Vocabulary
from indexer.model.record import Value

UNION_BITMAPS_MAX = 64
"""Beyond this many values one pass over the codes beats a union of bitmaps."""


@dataclass(frozen=True)
class CodedCells:
    """Codes of some records; -1 is null."""

    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    def pick(self, places: Offsets) -> "CodedCells":
        """The cells at these places."""
        return CodedCells(self.codes[places])

    @property
    def filled(self) -> Mask:
        """True where there is a code."""
        there: Mask = self.codes != NULL_CODE
        return there


@dataclass(frozen=True)
class CodedColumn:
    """Codes by offset, and a bitmap per code unless the field has too many values.

    ``bitmaps`` is None once ``bitmaps_max`` is passed; it never comes back.
    """

    vocabulary: Vocabulary
    codes: Codes
    bitmaps: Mapping[int, BitMap] | None
    bitmaps_max: int

    @classmethod
    def empty(cls, vocabulary: Vocabulary, *, bitmaps_max: int) -> Self:
        """A column of no records."""
        return cls(vocabulary, np.array([], np.int32), {}, bitmaps_max)

    @property
    def size(self) -> int:
        """Number of offsets."""
        return len(self.codes)

    @cached_property
    def filled(self) -> BitMap:
        """Offsets with a code."""
        return bitmap_of_mask(self.codes != NULL_CODE)

    def find(self, lookup: ValueLookup | TextLookup) -> BitMap:
        """Offsets whose text satisfies the lookup."""
        wanted = self.vocabulary.matching(lookup)
        if self.bitmaps is not None and len(wanted) <= UNION_BITMAPS_MAX:
            found = [self.bitmaps[code] for code in wanted.tolist() if code in self.bitmaps]
            return found[0] if len(found) == 1 else BitMap.union(*found) if found else BitMap()
        if len(wanted) == 1:
            return bitmap_of_mask(self.codes == wanted[0])
        return bitmap_of_mask(self._table(wanted)[self.codes])

    def extended(self, size: int) -> Self:
        """Null at the new offsets."""
        fresh = np.full(size - self.size, NULL_CODE, np.int32)
        return self._with(np.concatenate((self.codes, fresh)), self.bitmaps)

    def updated(self, offsets: Offsets, cells: CodedCells) -> Self:
        """New codes at distinct offsets; only the bitmaps of codes that move are copied."""
        moved = np.flatnonzero(self.differs(offsets, cells))
        if not len(moved):
            return self
        where, new = offsets[moved], cells.codes[moved]
        codes = self.codes.copy()
        codes[where] = new
        if self.bitmaps is None or len(self.vocabulary) > self.bitmaps_max:
            return self._with(codes, None)
        bitmaps = dict(self.bitmaps)
        for code, places in grouped(self.codes[where]).items():
            if code != NULL_CODE:
                bitmaps[code] = bitmaps[code] - bitmap_of(where[places])
        for code, places in grouped(new).items():
            if code != NULL_CODE:
                bitmaps[code] = bitmaps.get(code, BitMap()) | bitmap_of(where[places])
        return self._with(codes, {code: bitmap for code, bitmap in bitmaps.items() if bitmap})

    def blank(self, count: int) -> CodedCells:
        """``count`` null cells."""
        return CodedCells(np.full(count, NULL_CODE, np.int32))

    def differs(self, offsets: Offsets, cells: CodedCells) -> Mask:
        """True where the code is another one."""
        other: Mask = self.codes[offsets] != cells.codes
        return other

    def cells(self, offsets: Offsets) -> CodedCells:
        """The codes at these offsets."""
        return CodedCells(self.codes[offsets])

    def values(self, offsets: Offsets) -> list[Value]:
        """The texts at these offsets."""
        text = self.vocabulary.text
        return [None if code == NULL_CODE else text(code) for code in self.codes[offsets].tolist()]

    def tally(self, offsets: Offsets | None) -> tuple[Codes, npt.NDArray[np.int64]]:
        """Codes that occur, and how often."""
        if offsets is None and self.bitmaps is not None:
            return (
                np.fromiter(self.bitmaps.keys(), np.int32, len(self.bitmaps)),
                np.fromiter(map(len, self.bitmaps.values()), np.int64, len(self.bitmaps)),
            )
        codes = self.codes if offsets is None else self.codes[offsets]
        counts = np.bincount(codes[codes != NULL_CODE], minlength=1)
        seen = np.flatnonzero(counts)
        return seen.astype(np.int32), counts[seen].astype(np.int64)

    def _with(self, codes: Codes, bitmaps: Mapping[int, BitMap] | None) -> Self:
        return type(self)(self.vocabulary, codes, bitmaps, self.bitmaps_max)

    def _table(self, wanted: Codes) -> Mask:
        # One place more than there are codes: code -1 (null) reads the last one, which is False.
        table = np.zeros(len(self.vocabulary) + 1, np.bool_)
        table[wanted] = True
        return table


class FlagColumn(CodedColumn):
    """A bool column: the codes are 0 and 1 and mean themselves."""

    def values(self, offsets: Offsets) -> list[Value]:
        """The bools at these offsets."""
        return [None if code == NULL_CODE else bool(code) for code in self.codes[offsets].tolist()]


FLAG_TEXTS = ("False", "True")
"""The vocabulary of every bool field: ``str`` of the value, at the place of its code."""
