"""Columns of one number a record: int, decimal, float, date, timestamp.

Whole numbers are kept as narrow lanes (see ``indexer.encoding.frame``), doubles as they are, and
one bit a record says what is there. A null's lane is 0 and is never read as a number. Every
lookup is one vectorised pass over the lanes, in their own width.
"""

from dataclasses import dataclass
from functools import cached_property
from math import nextafter
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import (
    Mask,
    Offsets,
    Words,
    bitmap_of_words,
    bits_at,
    mask_of_words,
    with_bits,
    words_extended,
    words_for,
    words_of_mask,
)
from indexer.encoding.column import Array, ValueLookup
from indexer.encoding.frame import Frame, Lanes, framed
from indexer.model.record import Value
from indexer.model.schema import FieldType
from indexer.plan.nodes import Equals, OneOf, Range

COUNTED_BITS_MAX = 16
"""Lanes of so many bits are tallied by counting, wider ones by sorting."""


def number_type(type_: FieldType) -> type[np.generic]:
    """What the numbers of a field are in memory, on their way: float64 or int64."""
    return np.float64 if type_ is FieldType.FLOAT else np.int64


@dataclass(frozen=True)
class NumberCells:
    """Numbers of some records, int64 or float64; ``filled`` is false where the cell is null."""

    numbers: Array
    filled: Mask

    def __len__(self) -> int:
        return len(self.numbers)

    def pick(self, places: Offsets) -> "NumberCells":
        """The cells at these places."""
        return NumberCells(self.numbers[places], self.filled[places])


@dataclass(frozen=True)
class NumberColumn:
    """``base + unit * lanes[i]`` at offset i, if ``present``; doubles are their own lanes."""

    lanes: Lanes
    present: Words
    base: int = 0
    unit: int = 1

    @classmethod
    def empty(cls, type_: FieldType) -> Self:
        """A column of no records."""
        kind = np.float64 if type_ is FieldType.FLOAT else np.uint8
        return cls(np.array([], kind), np.array([], np.uint64))

    @classmethod
    def of(cls, cells: NumberCells) -> Self:
        """A column of exactly these cells."""
        present = words_of_mask(cells.filled, words_for(len(cells)))
        if cells.numbers.dtype.kind == "f":
            return cls(np.where(cells.filled, cells.numbers, 0.0), present)
        lanes, frame = framed(cells.numbers, None if cells.filled.all() else cells.filled)
        return cls(lanes, present, frame.base, frame.unit)

    @property
    def size(self) -> int:
        """Number of offsets."""
        return len(self.lanes)

    @property
    def numbers(self) -> Array:
        """All numbers, int64 or float64; 0 where there is none. A pass: for cold paths."""
        return np.where(self._mask, self._widened(self.lanes), 0)

    def numbers_at(self, offsets: Offsets) -> Array:
        """The numbers at these offsets, int64 or float64; meaningless where there is none."""
        return self._widened(self.lanes[offsets])

    @property
    def filled_words(self) -> Words:
        """Offsets with a number."""
        return self.present

    @cached_property
    def filled(self) -> BitMap:
        """Offsets with a number."""
        bitmap = bitmap_of_words(self.present)
        bitmap.run_optimize()
        return bitmap

    def lane_bounds(
        self, low: Any, high: Any, *, low_open: bool = False, high_open: bool = False
    ) -> tuple[Any, Any] | None:
        """The first and the last lane whose number lies between the bounds, both included.

        A bound of None is open at that end. None where no lane can hold. Exact for ints of any
        size; doubles are their own lanes, so their bounds are only closed.
        """
        if self.lanes.dtype.kind != "f":
            most = int(np.iinfo(self.lanes.dtype).max)
            frame = Frame(self.base, self.unit)
            return frame.bounds(low, high, low_open=low_open, high_open=high_open, most=most)
        first = np.float64(-np.inf if low is None else low)
        last = np.float64(np.inf if high is None else high)
        # Python's step past the largest number is an infinity; numpy's is a warning too.
        beyond = (low_open and first == np.inf) or (high_open and last == -np.inf)
        if low_open and low is not None:
            first = np.float64(nextafter(first, np.inf))
        if high_open and high is not None:
            last = np.float64(nextafter(last, -np.inf))
        return (first, last) if first <= last and not beyond else None

    def find(self, lookup: ValueLookup) -> BitMap:
        """Offsets whose number satisfies the lookup."""
        match lookup:
            case Equals(value=value):
                held = self._between(self.lane_bounds(value, value))
            case OneOf(values=values):
                held = np.isin(self.lanes, self._lanes_of(values))
            case Range(low=low, high=high, low_open=low_open, high_open=high_open):
                bounds = self.lane_bounds(low, high, low_open=low_open, high_open=high_open)
                held = self._between(bounds)
        return bitmap_of_words(words_of_mask(held, len(self.present)) & self.present)

    def extended(self, size: int) -> Self:
        """Null at the new offsets."""
        lanes = np.concatenate((self.lanes, np.zeros(size - self.size, self.lanes.dtype)))
        return type(self)(lanes, words_extended(self.present, size), self.base, self.unit)

    def updated(self, offsets: Offsets, cells: NumberCells) -> Self:
        """New numbers at distinct offsets; all lanes are made anew if one is out of the frame."""
        present = with_bits(self.present, offsets, cells.filled)
        if self.lanes.dtype.kind == "f":
            new: Lanes = np.where(cells.filled, cells.numbers, 0.0)
        else:
            wide, inside = Frame(self.base, self.unit).places(cells.numbers)
            inside &= wide <= np.iinfo(self.lanes.dtype).max
            if not inside[cells.filled].all():
                return self._framed_anew(offsets, cells, present)
            new = np.where(cells.filled, wide, 0).astype(self.lanes.dtype)
        lanes = self.lanes.copy()
        lanes[offsets] = new
        return type(self)(lanes, present, self.base, self.unit)

    def blank(self, count: int) -> NumberCells:
        """``count`` null cells."""
        kind = np.float64 if self.lanes.dtype.kind == "f" else np.int64
        return NumberCells(np.zeros(count, kind), np.zeros(count, np.bool_))

    def differs(self, offsets: Offsets, cells: NumberCells) -> Mask:
        """True where the number, or whether there is one, is another."""
        there = bits_at(self.present, offsets)
        unlike = self.numbers_at(offsets) != cells.numbers
        other: Mask = (there != cells.filled) | (there & unlike)
        return other

    def cells(self, offsets: Offsets) -> NumberCells:
        """The numbers at these offsets."""
        return NumberCells(self.numbers_at(offsets), bits_at(self.present, offsets))

    def all_cells(self) -> NumberCells:
        """The numbers at all offsets."""
        return NumberCells(self._widened(self.lanes), self._mask)

    def values(self, offsets: Offsets) -> list[Value]:
        """The numbers at these offsets, as Python's."""
        cells = self.cells(offsets)
        pairs = zip(cells.numbers.tolist(), cells.filled.tolist(), strict=True)
        return [number if there else None for number, there in pairs]

    def tally(self, offsets: Offsets | None) -> tuple[Array, npt.NDArray[np.int64]]:
        """Numbers that occur, ascending, and how often."""
        if offsets is None:
            there = self.lanes[self._mask]
        else:
            there = self.lanes[offsets][bits_at(self.present, offsets)]
        if there.dtype.itemsize * 8 <= COUNTED_BITS_MAX:
            counted = np.bincount(there, minlength=1)
            lanes = np.flatnonzero(counted)
            counts = counted[lanes]
        else:
            lanes, counts = np.unique(there, return_counts=True)
        return self._widened(lanes), counts.astype(np.int64)

    @property
    def _mask(self) -> Mask:
        return mask_of_words(self.present, self.size)

    def _widened(self, lanes: Lanes) -> Array:
        return lanes if self.lanes.dtype.kind == "f" else Frame(self.base, self.unit).numbers(lanes)

    def _framed_anew(self, offsets: Offsets, cells: NumberCells, present: Words) -> Self:
        numbers = self._widened(self.lanes)
        numbers[offsets] = cells.numbers
        lanes, frame = framed(numbers, mask_of_words(present, self.size))
        return type(self)(lanes, present, frame.base, frame.unit)

    def _between(self, bounds: tuple[Any, Any] | None) -> Mask:
        if bounds is None:
            return np.zeros(self.size, np.bool_)
        # Scalars of the lanes' own type: others would have the whole column converted.
        first, last = (self.lanes.dtype.type(bound) for bound in bounds)
        held: Mask = self.lanes >= first
        held &= self.lanes <= last
        return held

    def _lanes_of(self, values: tuple[Any, ...]) -> Lanes:
        if self.lanes.dtype.kind == "f":
            return np.array(values, np.float64)
        found = [self.lane_bounds(value, value) for value in values]
        return np.array([bounds[0] for bounds in found if bounds is not None], self.lanes.dtype)
