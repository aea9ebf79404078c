"""Columns of one coded value a record: keyword, text and bool.

Each offset holds a code, in as few bytes as the greatest one takes; all ones is null. While a
field has few distinct values, each of them also has a roaring bitmap per shard, so equality
reads no codes at all; a field that outgrows that keeps codes only and equality scans them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import (
    Mask,
    Offsets,
    Words,
    bitmap_of,
    bitmap_of_mask,
    bitmap_of_words,
    bitmaps_of,
    grouped,
    words_for,
    words_of_mask,
)
from indexer.encoding.column import ValueLookup
from indexer.encoding.serial import Serial
from indexer.encoding.text_match import TextLookup
from indexer.encoding.texts import Codes
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.model.record import Value

NarrowCodes = npt.NDArray[np.unsignedinteger[Any]]
"""uint8, uint16 or uint32; all ones is null."""

CODE_TYPES = (np.uint8, np.uint16, np.uint32)
REBUILT_SHARE = 4
"""When more than one record in so many gets another code, all bitmaps are made anew."""

UNION_BITMAPS_MAX = 64
"""Beyond this many values one pass over the codes beats a union of bitmaps."""


def code_type(most: int) -> type[np.unsignedinteger[Any]]:
    """The narrowest type for codes up to ``most`` and null."""
    return next(kind for kind in CODE_TYPES if most < np.iinfo(kind).max)


def narrow_codes(codes: Codes) -> NarrowCodes:
    """Codes, -1 for null, in the narrowest type that holds them."""
    # -1 turns into all ones in whatever width.
    return codes.astype(code_type(int(codes.max(initial=NULL_CODE))))


def wide_codes(codes: NarrowCodes) -> Codes:
    """The codes as int32, -1 for null."""
    wide = codes.astype(np.int32)
    wide[codes == np.iinfo(codes.dtype).max] = NULL_CODE
    return wide


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

    ``held`` has the codes as they are kept: unsigned and as narrow as can be, or none at all where
    they count up.

    ``bitmaps`` is None once ``bitmaps_max`` is passed; it never comes back.
    """

    vocabulary: Vocabulary
    held: NarrowCodes | Serial
    bitmaps: Mapping[int, BitMap] | None
    bitmaps_max: int

    @classmethod
    def empty(cls, vocabulary: Vocabulary, *, bitmaps_max: int) -> Self:
        """A column of no records."""
        return cls(vocabulary, np.array([], np.uint8), {}, bitmaps_max)

    @classmethod
    def of(cls, vocabulary: Vocabulary, cells: CodedCells, *, bitmaps_max: int) -> Self:
        """A column of exactly these cells. Cost: one sort of the codes."""
        codes = narrow_codes(cells.codes)
        if len(vocabulary) <= bitmaps_max:
            return cls(vocabulary, codes, bitmaps_of(codes, len(vocabulary)), bitmaps_max)
        serial = Serial.of(cells.codes)
        return cls(vocabulary, codes if serial is None else serial, None, bitmaps_max)

    @property
    def codes(self) -> NarrowCodes:
        """The code at each offset. Cost: a pass where they are serial."""
        return self.held.all() if isinstance(self.held, Serial) else self.held

    def codes_at(self, offsets: Offsets) -> NarrowCodes:
        """The codes at these offsets."""
        return self.held.at(offsets) if isinstance(self.held, Serial) else self.held[offsets]

    @property
    def size(self) -> int:
        """Number of offsets."""
        return self.held.size

    @property
    def filled_words(self) -> Words:
        """Offsets with a code. Cost: a pass, unless codes are serial."""
        if isinstance(self.held, Serial):
            return self.held.present
        return words_of_mask(self.codes != self._null, words_for(self.size))

    @cached_property
    def filled(self) -> BitMap:
        """Offsets with a code."""
        bitmap = bitmap_of_words(self.filled_words)
        bitmap.run_optimize()
        return bitmap

    def find(self, lookup: ValueLookup | TextLookup) -> BitMap:
        """Offsets whose text satisfies the lookup."""
        answer = self.vocabulary.answer(lookup)
        if self.bitmaps is not None and answer.count <= UNION_BITMAPS_MAX:
            found = [self.bitmaps[code] for code in answer.codes.tolist() if code in self.bitmaps]
            return found[0] if len(found) == 1 else BitMap.union(*found) if found else BitMap()
        if self._dtype == np.uint32 and answer.count > 1:
            return bitmap_of_mask(answer.table[self._places])
        # Codes that are too great for the column's type stand in no record of it.
        wanted = answer.codes[answer.codes < self._null]
        if len(wanted) == 1:
            return bitmap_of_mask(self.codes == self._dtype.type(wanted[0]))
        return bitmap_of_mask(self._table(wanted)[self._places])

    def extended(self, size: int) -> Self:
        """Null at the new offsets."""
        fresh = np.full(size - self.size, self._null, self._dtype)
        return self._with(np.concatenate((self.codes, fresh)), self.bitmaps)

    def updated(self, offsets: Offsets, cells: CodedCells) -> Self:
        """New codes at distinct offsets; only the bitmaps of codes that move are copied."""
        moved = np.flatnonzero(self.differs(offsets, cells))
        if not len(moved):
            return self
        where, new = offsets[moved], cells.codes[moved]
        codes = self.codes
        kind = np.promote_types(codes.dtype, code_type(int(new.max())))
        codes = codes.copy() if kind == codes.dtype else wide_codes(codes).astype(kind)
        codes[where] = new.astype(kind)
        if self.bitmaps is None or len(self.vocabulary) > self.bitmaps_max:
            return self._with(codes, None)
        if len(moved) * REBUILT_SHARE > self.size:
            return self._with(codes, bitmaps_of(codes, len(self.vocabulary)))
        bitmaps = dict(self.bitmaps)
        for code, places in grouped(wide_codes(self.codes_at(where))).items():
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
        other: Mask = wide_codes(self.codes_at(offsets)) != cells.codes
        return other

    def cells(self, offsets: Offsets) -> CodedCells:
        """The codes at these offsets."""
        return CodedCells(wide_codes(self.codes_at(offsets)))

    def all_cells(self) -> CodedCells:
        """The codes at all offsets."""
        return CodedCells(wide_codes(self.codes))

    def values(self, offsets: Offsets) -> list[Value]:
        """The texts at these offsets."""
        return self.vocabulary.texts_of(wide_codes(self.codes_at(offsets)))

    def tally(self, offsets: Offsets | None) -> tuple[Codes, npt.NDArray[np.int64]]:
        """Codes that occur, and how often."""
        if offsets is None and self.bitmaps is not None:
            return (
                np.fromiter(self.bitmaps.keys(), np.int32, len(self.bitmaps)),
                np.fromiter(map(len, self.bitmaps.values()), np.int64, len(self.bitmaps)),
            )
        codes = self.codes if offsets is None else self.codes_at(offsets)
        counts = np.bincount(codes[codes != self._null], minlength=1)
        seen = np.flatnonzero(counts)
        return seen.astype(np.int32), counts[seen].astype(np.int64)

    @property
    def _null(self) -> Any:
        """All ones, as a scalar of the codes' own type."""
        return self._dtype.type(np.iinfo(self._dtype).max)

    @property
    def _dtype(self) -> Any:
        return np.dtype(np.uint32) if isinstance(self.held, Serial) else self.held.dtype

    @property
    def _places(self) -> npt.NDArray[np.integer]:
        """The codes as places in a table whose last one is null's."""
        return self.codes.view(np.int32) if self._dtype == np.uint32 else self.codes

    def _with(self, codes: NarrowCodes, bitmaps: Mapping[int, BitMap] | None) -> Self:
        return type(self)(self.vocabulary, codes, bitmaps, self.bitmaps_max)

    def _table(self, wanted: Codes) -> Mask:
        # One place more than there are codes: null reads the last one, which is False.
        known = len(self.vocabulary) if self._dtype == np.uint32 else int(self._null)
        table = np.zeros(known + 1, np.bool_)
        table[wanted] = True
        return table


class FlagColumn(CodedColumn):
    """A bool column: the codes are 0 and 1 and mean themselves."""

    def values(self, offsets: Offsets) -> list[Value]:
        """The bools at these offsets."""
        codes = self.codes_at(offsets).tolist()
        return [None if code == self._null else bool(code) for code in codes]


FLAG_TEXTS = ("False", "True")
"""The vocabulary of every bool field: ``str`` of the value, at the place of its code."""
