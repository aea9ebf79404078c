"""Ranges over a number column without reading it: a sorted order and cumulative bins.

``order`` lists the filled offsets by ascending number, so a range is one slice of it, found by
binary search. Bin k is the set of the first ``edges[k]`` of them, as words; a wide range is the
difference of two bins, mended at both ends with what lies between the bin's edge and the
range's. (Cumulative, or range-encoded, bitmap index: O'Neil and Quass, 1997.)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.encoding.bits import mask_of_words
from indexer.encoding.column import Array
from indexer.encoding.number import NumberColumn
from indexer.kernels.ranks import cumulative_bins, rank_of
from indexer.plan.nodes import Equals, Range

BINS = 64
NARROW_MAX = 16_384
"""A range of no more records is written one by one; measured to beat two bins and their ends."""

Order = npt.NDArray[np.uint32]

_INT64 = np.iinfo(np.int64)


@dataclass(frozen=True)
class Slices:
    """A range as ``bins[high] & ~bins[low]``, then some offsets set and some cleared."""

    low: int
    high: int
    gained: tuple[Order, Order]
    lost: tuple[Order, Order]


@dataclass(frozen=True)
class RangeForm:
    """One shard's numbers, sorted and binned. ``bins`` has BINS + 1 rows; the first is empty."""

    numbers: Array
    order: Order
    edges: npt.NDArray[np.int64]
    bins: npt.NDArray[np.uint64]

    @property
    def nbytes(self) -> int:
        """Bytes it holds beside its column."""
        return self.order.nbytes + self.bins.nbytes

    def ranks(self, lookup: Equals | Range) -> tuple[int, int]:
        """The slice of ``order`` that satisfies the lookup; its length is the exact count."""
        if isinstance(lookup, Equals):
            return self._rank(lookup.value, after=False), self._rank(lookup.value, after=True)
        low, high = 0, len(self.order)
        if lookup.low is not None:
            low = self._rank(lookup.low, after=lookup.low_open)
        if lookup.high is not None:
            high = self._rank(lookup.high, after=not lookup.high_open)
        return low, max(low, high)

    def slices(self, low: int, high: int) -> Slices:
        """How to write ``order[low:high]`` into words with little work."""
        none = self.order[:0]
        if high - low <= NARROW_MAX:
            return Slices(0, 0, (self.order[low:high], none), (none, none))
        near_low, near_high = self._nearest(low), self._nearest(high)
        from_low, to_low = sorted((low, int(self.edges[near_low])))
        from_high, to_high = sorted((high, int(self.edges[near_high])))
        below, above = self.order[from_low:to_low], self.order[from_high:to_high]
        starts_early = low < self.edges[near_low]
        ends_late = high > self.edges[near_high]
        return Slices(
            near_low,
            near_high,
            (below if starts_early else none, above if ends_late else none),
            (none if starts_early else below, none if ends_late else above),
        )

    def _nearest(self, rank: int) -> int:
        place = int(np.searchsorted(self.edges, rank))
        if place and rank - self.edges[place - 1] < self.edges[place] - rank:
            return place - 1
        return place

    def _rank(self, value: Any, *, after: bool) -> int:
        if self.numbers.dtype.kind == "f":
            return int(rank_of(self.numbers, self.order, np.float64(value), after=after))
        # Bounds may lie outside a column's own type; beyond 64 bits they are beyond every number.
        if value > _INT64.max:
            return len(self.order)
        if value < _INT64.min:
            return 0
        return int(rank_of(self.numbers, self.order, np.int64(value), after=after))


def range_form(column: NumberColumn, words: int) -> RangeForm:
    """Sort and bin a column. Cost: one sort."""
    filled = np.flatnonzero(mask_of_words(column.present, column.size))
    numbers = column.numbers
    order = filled[np.argsort(numbers[filled], kind="stable")].astype(np.uint32)
    edges = np.arange(BINS + 1, dtype=np.int64) * len(order) // BINS
    bins = np.zeros((BINS + 1, words), np.uint64)
    cumulative_bins(order, edges, bins)
    return RangeForm(numbers, order, edges, bins)
