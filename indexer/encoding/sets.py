"""Columns of a set of texts a record.

Member codes of all records one after another, with each record's start; null and the empty set
differ by ``present``. Each member also has a roaring bitmap per shard, with the same bound as
coded columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import Mask, Offsets, bitmap_of, bitmap_of_mask, grouped
from indexer.encoding.column import ValueLookup
from indexer.encoding.vocabulary import NULL_CODE, Codes, Vocabulary
from indexer.model.record import Value

Starts = npt.NDArray[np.int64]


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
    """Sets by offset, and a bitmap per member unless the field has too many of them."""

    vocabulary: Vocabulary
    sets: SetCells
    bitmaps: Mapping[int, BitMap] | None
    bitmaps_max: int

    @classmethod
    def empty(cls, vocabulary: Vocabulary, *, bitmaps_max: int) -> Self:
        """A column of no records."""
        none = SetCells(np.zeros(1, np.int64), np.array([], np.int32), np.array([], np.bool_))
        return cls(vocabulary, none, {}, bitmaps_max)

    @property
    def size(self) -> int:
        """Number of offsets."""
        return len(self.sets)

    @cached_property
    def filled(self) -> BitMap:
        """Offsets with a set, the empty one included."""
        return bitmap_of_mask(self.sets.filled)

    def find(self, lookup: ValueLookup) -> BitMap:
        """Offsets with any member that satisfies the lookup."""
        wanted = self.vocabulary.matching(lookup)
        if self.bitmaps is not None:
            found = [self.bitmaps[code] for code in wanted.tolist() if code in self.bitmaps]
            return BitMap.union(*found) if found else BitMap()
        table = np.zeros(len(self.vocabulary) + 1, np.bool_)
        table[wanted] = True
        return bitmap_of(self._owners()[table[self.sets.codes]])

    def sized(self, low: int, high: int | None) -> BitMap:
        """Offsets whose set has from ``low`` to ``high`` members; None leaves the end open."""
        lengths = self.sets.lengths
        held = self.sets.filled & (lengths >= low)
        if high is not None:
            held &= lengths <= high
        return bitmap_of_mask(held)

    def exactly(self, members: tuple[str, ...]) -> BitMap:
        """Offsets whose set has these members, at least one and each once, and no other."""
        codes = np.sort(np.array([self.vocabulary.code(text) for text in members], np.int32))
        if codes[0] == NULL_CODE:
            return BitMap()
        places = np.flatnonzero(self.sets.filled & (self.sets.lengths == len(codes)))
        # Member by member: most sets differ in the first one already.
        for place, code in enumerate(codes.tolist()):
            places = places[self.sets.codes[self.sets.starts[places] + place] == code]
            if not len(places):
                break
        return bitmap_of(places)

    def extended(self, size: int) -> Self:
        """Null at the new offsets."""
        more = size - self.size
        starts = np.concatenate((self.sets.starts, np.full(more, self.sets.starts[-1])))
        filled = np.concatenate((self.sets.filled, np.zeros(more, np.bool_)))
        return self._with(SetCells(starts, self.sets.codes, filled), self.bitmaps)

    def updated(self, offsets: Offsets, cells: SetCells) -> Self:
        """New sets at distinct offsets; only the bitmaps of members that move are copied."""
        old = self.sets.pick(offsets)
        sets = self._replaced(offsets, cells)
        if self.bitmaps is None or len(self.vocabulary) > self.bitmaps_max:
            return self._with(sets, None)
        bitmaps = dict(self.bitmaps)
        for code, places in grouped(old.codes).items():
            bitmaps[code] = bitmaps[code] - bitmap_of(_owners(offsets, old)[places])
        for code, places in grouped(cells.codes).items():
            gained = bitmap_of(_owners(offsets, cells)[places])
            bitmaps[code] = bitmaps.get(code, BitMap()) | gained
        return self._with(sets, {code: bitmap for code, bitmap in bitmaps.items() if bitmap})

    def blank(self, count: int) -> SetCells:
        """``count`` null cells."""
        none = np.array([], np.int32)
        return SetCells(np.zeros(count + 1, np.int64), none, np.zeros(count, np.bool_))

    def differs(self, offsets: Offsets, cells: SetCells) -> Mask:
        """True where the set, or whether there is one, is another."""
        old = self.sets.pick(offsets)
        other: Mask = (old.filled != cells.filled) | (old.lengths != cells.lengths)
        same_length = np.flatnonzero(~other)
        left, right = old.pick(same_length), cells.pick(same_length)
        unequal = np.flatnonzero(left.codes != right.codes)
        owner = np.repeat(same_length, left.lengths)
        other[owner[unequal]] = True
        return other

    def cells(self, offsets: Offsets) -> SetCells:
        """The sets at these offsets."""
        return self.sets.pick(offsets)

    def values(self, offsets: Offsets) -> list[Value]:
        """The sets at these offsets, as sorted tuples of texts."""
        cells = self.sets.pick(offsets)
        text = self.vocabulary.text
        texts = [text(code) for code in cells.codes.tolist()]
        starts = cells.starts.tolist()
        return [
            tuple(sorted(texts[start:end])) if there else None
            for start, end, there in zip(starts, starts[1:], cells.filled.tolist(), strict=False)
        ]

    def tally(self, offsets: Offsets | None) -> tuple[Codes, npt.NDArray[np.int64]]:
        """Codes of the members that occur, and in how many records."""
        codes = self.sets.codes if offsets is None else self.sets.pick(offsets).codes
        counts = np.bincount(codes, minlength=1)
        seen = np.flatnonzero(counts)
        return seen.astype(np.int32), counts[seen].astype(np.int64)

    def _replaced(self, offsets: Offsets, cells: SetCells) -> SetCells:
        starts = self.sets.starts[:-1].copy()
        lengths, filled = self.sets.lengths, self.sets.filled.copy()
        pool = np.concatenate((self.sets.codes, cells.codes))
        starts[offsets] = cells.starts[:-1] + len(self.sets.codes)
        lengths[offsets] = cells.lengths
        filled[offsets] = cells.filled
        return SetCells(_starts(lengths), pool[_spread(starts, lengths)], filled)

    def _owners(self) -> Offsets:
        return _owners(np.arange(self.size), self.sets)

    def _with(self, sets: SetCells, bitmaps: Mapping[int, BitMap] | None) -> Self:
        return type(self)(self.vocabulary, sets, bitmaps, self.bitmaps_max)


def _owners(offsets: Offsets, cells: SetCells) -> Offsets:
    """For each member code, the offset of the record it belongs to."""
    return np.repeat(offsets, cells.lengths)


def _starts(lengths: Starts) -> Starts:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))


def _spread(starts: Starts, lengths: Starts) -> Starts:
    """The places ``starts[i] .. starts[i] + lengths[i] - 1``, one run after another."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    spread: Starts = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return spread
