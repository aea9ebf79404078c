"""Ranges over a number column without reading it: a sorted order and cumulative bins.

``order`` lists the filled offsets by ascending number, so a range is one slice of it, found by
binary search. Bin k is the set of the first ``edges[k]`` of them, as words; a range is the
difference of the two bins around it, less what lies between their edges and the range's.
(Cumulative, or range-encoded, bitmap index: O'Neil and Quass, 1997.) A field of few distinct values
has an edge at each of them, so nothing ever lies between.
"""

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.encoding.column import Array
from indexer.encoding.number import NumberColumn
from indexer.kernels.ranks import (
    EXACT,
    FLOATS,
    ORDER,
    SAMPLE_STEP,
    TABLE_WIDTH,
    cumulative_bins,
    distinct_edges,
    sorted_floats,
    sorted_order,
)
from indexer.plan.nodes import Equals, Range

BINS = 64
DISTINCT_MAX = 128
"""A field of no more distinct values in a shard has a bin for each."""

LINE_WORDS = 8

Order = npt.NDArray[np.uint32]

_INT64 = np.iinfo(np.int64)
_TOP = 1 << 63


@dataclass(frozen=True)
class Bounds:
    """A range as ``indexer.kernels.ranks.ranks`` takes it."""

    low: int
    low_after: bool
    high: int
    high_after: bool


@dataclass(frozen=True)
class RangeForm:
    """One shard's numbers, sorted and binned. ``bins`` has a row per edge; the first is empty."""

    lanes: Array
    """The column's, which the row's addresses are of. The column itself may go before its forms."""
    extent: npt.NDArray[np.int64]
    order: Order
    sample: npt.NDArray[np.uint64]
    edges: npt.NDArray[np.int64]
    bins: npt.NDArray[np.uint64]
    exact: bool
    """Each distinct number has an edge, so nothing lies between and the order is not kept."""

    @property
    def nbytes(self) -> int:
        """Bytes it holds beside its column."""
        return sum(part.nbytes for part in (self.order, self.sample, self.edges, self.bins))

    @cached_property
    def row(self) -> npt.NDArray[np.int64]:
        """Its row of the field's table; valid while the form lives."""
        row = self.extent.copy()
        row[ORDER:] = (
            EXACT if self.exact else self.order.ctypes.data,
            self.sample.ctypes.data,
            self.edges.ctypes.data,
            len(self.edges),
            self.bins.ctypes.data,
        )
        return row


def range_form(column: NumberColumn, words: int) -> RangeForm:
    """Sort and bin a column. Cost: one radix sort, one pass of words per bin."""
    filled = np.frombuffer(column.filled.to_array(), np.uint32)
    lanes = sorted_floats(column.lanes) if _is_float(column) else column.lanes
    order = sorted_order(lanes, filled)
    edges = distinct_edges(lanes, order, DISTINCT_MAX)
    exact = len(edges) > 0
    if not exact:
        edges = np.arange(BINS + 1, dtype=np.int64) * len(order) // BINS
    bins = _bins(len(edges), words)
    cumulative_bins(order, edges, bins)
    sample = lanes[order[edges[:-1]] if exact else order[::SAMPLE_STEP]].astype(np.uint64)
    if exact:
        order = order[:0].copy()
    return RangeForm(column.lanes, extent_row(column), order, sample, edges, bins, exact)


def _bins(count: int, words: int) -> npt.NDArray[np.uint64]:
    """Zeros, each row at the beginning of a line of cache where rows are whole lines."""
    whole = np.zeros(count * words + LINE_WORDS, np.uint64)
    start = -(whole.ctypes.data // 8) % LINE_WORDS
    return whole[start : start + count * words].reshape(count, words)


def extent_row(column: NumberColumn) -> npt.NDArray[np.int64]:
    """The row of a shard without a form: it tells ranges that miss or hold all of its values."""
    row = np.zeros(TABLE_WIDTH, np.int64)
    size = len(column.filled)
    smallest, largest = _extent(column) if size else (0, -1)
    base, unit, item = column.base, column.unit, column.lanes.itemsize
    if _is_float(column):
        base, unit, item = -_TOP, 1, FLOATS
    row[:ORDER] = (
        smallest, largest, base, _signed(unit), column.lanes.ctypes.data, item, size,
    )  # fmt: skip
    return row


def _extent(column: NumberColumn) -> tuple[int, int]:
    """Bounds of the numbers, the nearest ones unless some were changed since."""
    if not _is_float(column):
        return column.base, min(column.base + column.unit * int(column.lanes.max()), _TOP - 1)
    there = column.numbers_at(np.frombuffer(column.filled.to_array(), np.uint32))
    return _sortable(float(there.min())), _sortable(float(there.max()))


def _is_float(column: NumberColumn) -> bool:
    return bool(column.lanes.dtype.kind == "f")


def _signed(unit: int) -> int:
    return unit if unit < _TOP else unit - 2 * _TOP


def bounds_of(lookup: Equals | Range, *, floats: bool) -> Bounds | None:
    """The ends of a lookup over numbers; None if no number of 64 bits can lie within."""
    if isinstance(lookup, Equals):
        value = _end(lookup.value, floats=floats)
        inside = -_TOP <= value < _TOP
        return Bounds(value, low_after=False, high=value, high_after=True) if inside else None
    low, low_after, high, high_after = -_TOP, False, _TOP - 1, True
    if lookup.low is not None:
        low, low_after = _end(lookup.low, floats=floats), lookup.low_open
    if lookup.high is not None:
        high, high_after = _end(lookup.high, floats=floats), not lookup.high_open
    if low >= _TOP or high < -_TOP:
        return None
    # An end beyond 64 bits is beyond every number, so it lets all of them in.
    if low < -_TOP:
        low, low_after = -_TOP, False
    if high >= _TOP:
        high, high_after = _TOP - 1, True
    return Bounds(low, low_after, high, high_after)


def _end(value: Any, *, floats: bool) -> int:
    return _sortable(float(value)) if floats else int(value)


def _sortable(number: float) -> int:
    """The number of 64 bits that sorts among its kin as the float does; both zeros are one."""
    (bits,) = struct.unpack("<q", struct.pack("<d", number + 0.0))
    return int(bits if bits >= 0 else -(bits & (_TOP - 1)) - 1)
