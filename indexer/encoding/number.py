"""Columns of one number a record: int, decimal, float, date, timestamp.

A raw array in stored units and a mask of what is filled; a null's place holds 0, which no lookup
ever reads. Every lookup is one vectorised pass (0.5 to 1 ms for 2^20 records).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.encoding.bits import Mask, Offsets, bitmap_of_mask
from indexer.encoding.column import Array, ValueLookup
from indexer.model.record import Value
from indexer.model.schema import FieldType
from indexer.plan.nodes import Equals, OneOf, Range

DTYPES: dict[FieldType, type[np.generic]] = {
    FieldType.INT: np.int64,
    FieldType.DECIMAL: np.int64,
    FieldType.FLOAT: np.float64,
    FieldType.DATE: np.int32,
    FieldType.TIMESTAMP: np.int64,
}


@dataclass(frozen=True)
class NumberCells:
    """Numbers of some records; ``filled`` is false where the cell is null."""

    numbers: Array
    filled: Mask

    def __len__(self) -> int:
        return len(self.numbers)

    def pick(self, places: Offsets) -> "NumberCells":
        """The cells at these places."""
        return NumberCells(self.numbers[places], self.filled[places])


@dataclass(frozen=True)
class NumberColumn:
    """Numbers by offset, and which of them are there."""

    numbers: Array
    present: Mask

    @classmethod
    def empty(cls, type_: FieldType) -> Self:
        """A column of no records."""
        return cls(np.array([], DTYPES[type_]), np.array([], np.bool_))

    @property
    def size(self) -> int:
        """Number of offsets."""
        return len(self.numbers)

    @cached_property
    def filled(self) -> BitMap:
        """Offsets with a number."""
        return bitmap_of_mask(self.present)

    def find(self, lookup: ValueLookup) -> BitMap:
        """Offsets whose number satisfies the lookup."""
        match lookup:
            case Equals(value=value):
                held = self._compare("==", value)
            case OneOf(values=values):
                held = np.isin(self.numbers, self._fitting(values))
            case Range():
                held = self._between(lookup)
        held &= self.present
        return bitmap_of_mask(held)

    def extended(self, size: int) -> Self:
        """Null at the new offsets."""
        more = size - self.size
        return type(self)(
            np.concatenate((self.numbers, np.zeros(more, self.numbers.dtype))),
            np.concatenate((self.present, np.zeros(more, np.bool_))),
        )

    def updated(self, offsets: Offsets, cells: NumberCells) -> Self:
        """New numbers at distinct offsets."""
        numbers, present = self.numbers.copy(), self.present.copy()
        numbers[offsets] = np.where(cells.filled, cells.numbers, 0)
        present[offsets] = cells.filled
        return type(self)(numbers, present)

    def blank(self, count: int) -> NumberCells:
        """``count`` null cells."""
        return NumberCells(np.zeros(count, self.numbers.dtype), np.zeros(count, np.bool_))

    def differs(self, offsets: Offsets, cells: NumberCells) -> Mask:
        """True where the number, or whether there is one, is another."""
        there = self.present[offsets]
        other: Mask = (there != cells.filled) | (there & (self.numbers[offsets] != cells.numbers))
        return other

    def cells(self, offsets: Offsets) -> NumberCells:
        """The numbers at these offsets."""
        return NumberCells(self.numbers[offsets], self.present[offsets])

    def values(self, offsets: Offsets) -> list[Value]:
        """The numbers at these offsets, as Python's."""
        pairs = zip(self.numbers[offsets].tolist(), self.present[offsets].tolist(), strict=True)
        return [number if there else None for number, there in pairs]

    def tally(self, offsets: Offsets | None) -> tuple[Array, npt.NDArray[np.int64]]:
        """Numbers that occur, ascending, and how often."""
        if offsets is None:
            there = self.numbers[self.present]
        else:
            there = self.numbers[offsets][self.present[offsets]]
        numbers, counts = np.unique(there, return_counts=True)
        return numbers, counts.astype(np.int64)

    def _between(self, lookup: Range) -> Mask:
        held = np.ones(self.size, np.bool_)
        if lookup.low is not None:
            held &= self._compare(">" if lookup.low_open else ">=", lookup.low)
        if lookup.high is not None:
            held &= self._compare("<" if lookup.high_open else "<=", lookup.high)
        return held

    def _compare(self, operator: str, value: Any) -> Mask:
        # A Python int outside the array's range compares as mathematics says (numpy 2).
        compared: Mask = {
            "==": np.equal,
            ">": np.greater,
            ">=": np.greater_equal,
            "<": np.less,
            "<=": np.less_equal,
        }[operator](self.numbers, value)
        return compared

    def _fitting(self, values: tuple[Any, ...]) -> Array:
        if self.numbers.dtype.kind == "f":
            return np.array(values, np.float64)
        info = np.iinfo(self.numbers.dtype)
        fitting = [value for value in values if info.min <= value <= info.max]
        return np.array(fitting, self.numbers.dtype)
