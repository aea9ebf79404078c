"""Columns of a set of texts a record.

Member codes of all records one after another and each record's number of members, both in as
few bytes as they take; one bit a record tells null from the empty set. Each member also has a
roaring bitmap per shard, with the same bound as coded columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import (
    WORD_BITS,
    WORD_SHIFT,
    Mask,
    Offsets,
    Words,
    bitmap_of,
    bitmap_of_words,
    bitmaps_of,
    bits_at,
    grouped,
    mask_of_words,
    with_bits,
    words_extended,
    words_for,
    words_of_mask,
)
from indexer.encoding.coded import REBUILT_SHARE, NarrowCodes, narrow_codes
from indexer.encoding.column import ValueLookup
from indexer.encoding.frame import lane_type
from indexer.encoding.texts import Codes
from indexer.encoding.vocabulary import NULL_CODE, Vocabulary
from indexer.model.record import Value

Starts = npt.NDArray[np.int64]
Lengths = npt.NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True)
class SetCells:
    """Sets of some records: ``codes[starts[i]:starts[i + 1]]``, ascending, without repeats."""

    starts: Starts
    codes: Codes
    filled: Mask

    def __len__(self) -> int:
        return len(self.filled)

    @property
    def lengths(self) -> Starts:
        """Members of each record."""
        return np.diff(self.starts)

    def pick(self, places: Offsets) -> "SetCells":
        """The cells at these places."""
        lengths = self.lengths[places]
        codes = self.codes[_spread(self.starts[:-1][places], lengths)]
        return SetCells(_starts(lengths), codes, self.filled[places])


@dataclass(frozen=True)
class SetColumn:
    """Sets by offset, and a bitmap per member unless the field has too many of them.

    ``lengths`` and ``codes`` are unsigned and as narrow as can be; see ``SetCells`` for the order
    of codes. ``present``: which records have a set, the empty one included.
    """

    vocabulary: Vocabulary
    lengths: Lengths
    codes: NarrowCodes
    present: Words
    bitmaps: Mapping[int, BitMap] | None
    bitmaps_max: int

    @classmethod
    def empty(cls, vocabulary: Vocabulary, *, bitmaps_max: int) -> Self:
        """A column of no records."""
        none = np.array([], np.uint8)
        return cls(vocabulary, none, none, np.array([], np.uint64), {}, bitmaps_max)

    @classmethod
    def of(cls, vocabulary: Vocabulary, cells: SetCells, *, bitmaps_max: int) -> Self:
        """A column of exactly these cells. Cost: one sort of the codes."""
        lengths, codes = _narrow(cells.lengths), narrow_codes(cells.codes)
        present = words_of_mask(cells.filled, words_for(len(cells)))
        kept = len(vocabulary) <= bitmaps_max
        bitmaps = bitmaps_of(codes, len(vocabulary), lengths) if kept else None
        return cls(vocabulary, lengths, codes, present, bitmaps, bitmaps_max)

    @property
    def size(self) -> int:
        """Number of offsets."""
        return len(self.lengths)

    @property
    def filled_words(self) -> Words:
        """Offsets with a set, the empty one included."""
        return self.present

    @cached_property
    def filled(self) -> BitMap:
        """Offsets with a set, the empty one included."""
        bitmap = bitmap_of_words(self.present)
        bitmap.run_optimize()
        return bitmap

    def find(self, lookup: ValueLookup) -> BitMap:
        """Offsets with any member that satisfies the lookup."""
        answer = self.vocabulary.answer(lookup)
        if self.bitmaps is not None:
            found = [self.bitmaps[code] for code in answer.codes.tolist() if code in self.bitmaps]
            return BitMap.union(*found) if found else BitMap()
        return bitmap_of(_owners(self.lengths)[answer.table[self.codes]])

    def sized(self, low: int, high: int | None) -> BitMap:
        """Offsets whose set has from ``low`` to ``high`` members; None leaves the end open."""
        held = self.lengths >= low
        if high is not None:
            held &= self.lengths <= high
        return bitmap_of_words(words_of_mask(held, len(self.present)) & self.present)

    def exactly(self, members: tuple[str, ...]) -> BitMap:
        """Offsets whose set has these members, at least one and each once, and no other."""
        codes = np.sort(self.vocabulary.codes_of(members))
        if codes[0] == NULL_CODE:
            return BitMap()
        places = np.flatnonzero(self.lengths == len(codes))
        starts = _starts(self.lengths)[:-1][places]
        # Member by member: most sets differ in the first one already.
        for place, code in enumerate(codes.tolist()):
            same = self.codes[starts + place] == code
            places, starts = places[same], starts[same]
            if not len(places):
                break
        return bitmap_of(places)

    def extended(self, size: int) -> Self:
        """Null at the new offsets."""
        lengths = np.concatenate((self.lengths, np.zeros(size - self.size, self.lengths.dtype)))
        return self._with(lengths, self.codes, words_extended(self.present, size), self.bitmaps)

    def updated(self, offsets: Offsets, cells: SetCells) -> Self:
        """New sets at distinct offsets; only the bitmaps of members that move are copied."""
        lengths, codes = self._replaced(offsets, cells)
        present = with_bits(self.present, offsets, cells.filled)
        if self.bitmaps is None or len(self.vocabulary) > self.bitmaps_max:
            return self._with(lengths, codes, present, None)
        if len(offsets) * REBUILT_SHARE > self.size:
            bitmaps = bitmaps_of(codes, len(self.vocabulary), lengths)
            return self._with(lengths, codes, present, bitmaps)
        old = self.cells(offsets)
        bitmaps = dict(self.bitmaps)
        for code, places in grouped(old.codes).items():
            bitmaps[code] = bitmaps[code] - bitmap_of(np.repeat(offsets, old.lengths)[places])
        for code, places in grouped(cells.codes).items():
            gained = bitmap_of(np.repeat(offsets, cells.lengths)[places])
            bitmaps[code] = bitmaps.get(code, BitMap()) | gained
        kept = {code: bitmap for code, bitmap in bitmaps.items() if bitmap}
        return self._with(lengths, codes, present, kept)

    def blank(self, count: int) -> SetCells:
        """``count`` null cells."""
        none = np.array([], np.int32)
        return SetCells(np.zeros(count + 1, np.int64), none, np.zeros(count, np.bool_))

    def differs(self, offsets: Offsets, cells: SetCells) -> Mask:
        """True where the set, or whether there is one, is another."""
        old = self.cells(offsets)
        other: Mask = (old.filled != cells.filled) | (old.lengths != cells.lengths)
        same_length = np.flatnonzero(~other)
        left, right = old.pick(same_length), cells.pick(same_length)
        unequal = np.flatnonzero(left.codes != right.codes)
        owner = np.repeat(same_length, left.lengths)
        other[owner[unequal]] = True
        return other

    def cells(self, offsets: Offsets) -> SetCells:
        """The sets at these offsets."""
        lengths = self.lengths[offsets].astype(np.int64)
        codes = self.codes[_spread(self._starts_at(offsets), lengths)].astype(np.int32)
        return SetCells(_starts(lengths), codes, bits_at(self.present, offsets))

    def all_cells(self) -> SetCells:
        """The sets at all offsets."""
        codes = self.codes.astype(np.int32)
        return SetCells(_starts(self.lengths), codes, mask_of_words(self.present, self.size))

    def values(self, offsets: Offsets) -> list[Value]:
        """The sets at these offsets, as sorted tuples of texts."""
        cells = self.cells(offsets)
        texts = self.vocabulary.texts_of(cells.codes)
        starts = cells.starts.tolist()
        return [
            tuple(sorted(texts[start:end])) if there else None
            for start, end, there in zip(starts, starts[1:], cells.filled.tolist(), strict=False)
        ]

    def tally(self, offsets: Offsets | None) -> tuple[Codes, npt.NDArray[np.int64]]:
        """Codes of the members that occur, and in how many records."""
        codes = self.codes if offsets is None else self.cells(offsets).codes
        counts = np.bincount(codes, minlength=1)
        seen = np.flatnonzero(counts)
        return seen.astype(np.int32), counts[seen].astype(np.int64)

    @cached_property
    def _block_starts(self) -> Starts:
        """Where the codes of every 64th record begin."""
        padded = np.zeros(words_for(self.size) * WORD_BITS, self.lengths.dtype)
        padded[: self.size] = self.lengths
        return _starts(padded.reshape(-1, WORD_BITS).sum(axis=1, dtype=np.int64))

    def _starts_at(self, offsets: Offsets) -> Starts:
        if len(offsets) * WORD_BITS > self.size:
            return _starts(self.lengths)[:-1][offsets]
        # A record's codes come after those of the records before it in its block.
        block, within = offsets >> WORD_SHIFT, offsets & (WORD_BITS - 1)
        lanes = np.arange(WORD_BITS)
        places = np.minimum((block << WORD_SHIFT)[:, None] + lanes, self.size - 1)
        before = np.where(lanes < within[:, None], self.lengths[places], 0)
        starts: Starts = self._block_starts[block] + before.sum(axis=1, dtype=np.int64)
        return starts

    def _replaced(self, offsets: Offsets, cells: SetCells) -> tuple[Lengths, NarrowCodes]:
        starts = _starts(self.lengths)[:-1]
        lengths = self.lengths.astype(np.int64)
        new = narrow_codes(cells.codes)
        # The wider type of the two wins.
        pool = np.concatenate((self.codes, new))
        starts[offsets] = cells.starts[:-1] + len(self.codes)
        lengths[offsets] = cells.lengths
        return _narrow(lengths), pool[_spread(starts, lengths)]

    def _with(
        self,
        lengths: Lengths,
        codes: NarrowCodes,
        present: Words,
        bitmaps: Mapping[int, BitMap] | None,
    ) -> Self:
        return type(self)(self.vocabulary, lengths, codes, present, bitmaps, self.bitmaps_max)


def _narrow(lengths: Starts) -> Lengths:
    return lengths.astype(lane_type(int(lengths.max(initial=0))))


def _owners(lengths: Lengths) -> npt.NDArray[np.uint32]:
    """For each member code, the offset of the record it belongs to."""
    return np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)


def _starts(lengths: npt.NDArray[np.integer]) -> Starts:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)))


def _spread(starts: Starts, lengths: Starts) -> Starts:
    """The places ``starts[i] .. starts[i] + lengths[i] - 1``, one run after another."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    spread: Starts = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return spread
