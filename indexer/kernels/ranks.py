"""Sorting lanes once and finding values in them ever after, in all shards at a time.

Lanes are the unsigned numbers a column stores, ``value = base + unit * lane``; floats are read as
the unsigned numbers that sort as they do. The table of a field has one row of int64 a
shard, its columns named below; addresses are of arrays that the caller keeps alive.

It stands in one file with the loads it is made of: numba's disk cache notices changes of the file
a function stands in, and of no other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, int64, njit, uint64

(MIN, MAX, BASE, UNIT, LANES, BYTES, SIZE, ORDER, SAMPLE, EDGES, EDGE_COUNT, BINS) = range(12)
TABLE_WIDTH = 12
"""Bounds of the values; the lanes' frame, address and bytes (FLOATS for floats); how many are
filled; addresses of the order (0: there is none), of every SAMPLE_STEP-th lane of it, of the edges
(their number) and of the bins. Where each distinct lane has an edge, there is no order (it is
EXACT) and the sample has each of them."""
FLOATS = 0
SAMPLE_STEP = 64
"""The last steps of a search read lanes where they lie; all before, a list sixty times shorter."""
EXACT = 1
"""Stands for an address of an order."""
UNTOLD = -1
"""Stands for the ranks of a shard that would need an order and has none."""

_DIGIT_BITS = 8
_DIGITS = 256
_TOP = uint64(1 << 63)

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic


def _loads(bits: int) -> Callable[..., Any]:
    @intrinsic
    def load(_typing: Any, _address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            pointer = builder.inttoptr(args[0], ir.IntType(bits).as_pointer())
            loaded = builder.load(pointer)
            loaded.align = bits // 8
            return builder.zext(loaded, ir.IntType(64)) if bits < 64 else loaded

        return uint64(uint64), generate

    return load


_load_8, _load_16, _load_32, _load_64 = map(_loads, (8, 16, 32, 64))


@njit(nogil=True, cache=True)
def sorted_floats(lanes: Any) -> Any:
    """Floats as the unsigned numbers that sort as they do; both zeros are one."""
    bits = (lanes + 0.0).view(np.uint64)
    found = np.empty(bits.size, np.uint64)
    for i in range(bits.size):
        found[i] = _sortable(bits[i])
    return found


@njit(nogil=True, cache=True)
def sorted_order(lanes: Any, offsets: Any) -> Any:
    """The offsets by ascending lane, equal ones by offset. ``lanes`` are unsigned.

    Least significant digit first. Cost: two passes per digit in which the lanes differ.
    """
    order, spare = offsets.copy(), np.empty_like(offsets)
    common_or, common_and = uint64(0), ~uint64(0)
    for i in range(offsets.size):
        lane = uint64(lanes[offsets[i]])
        common_or |= lane
        common_and &= lane
    differing = common_or & ~common_and
    starts = np.empty(_DIGITS + 1, np.int64)
    for digit in range(0, 8 * lanes.itemsize, _DIGIT_BITS):
        shift = uint64(digit)
        if not (differing >> shift) & uint64(_DIGITS - 1):
            continue
        starts[:] = 0
        for i in range(order.size):
            starts[int64((uint64(lanes[order[i]]) >> shift) & uint64(_DIGITS - 1)) + 1] += 1
        for k in range(_DIGITS):
            starts[k + 1] += starts[k]
        for i in range(order.size):
            k = int64((uint64(lanes[order[i]]) >> shift) & uint64(_DIGITS - 1))
            spare[starts[k]] = order[i]
            starts[k] += 1
        order, spare = spare, order
    return order


@njit(nogil=True, cache=True)
def distinct_edges(lanes: Any, order: Any, most: int) -> Any:
    """Where each distinct lane of the order begins, and its end; nothing if there are more."""
    edges = np.empty(most + 1, np.int64)
    found = 0
    for i in range(order.size):
        if i == 0 or lanes[order[i]] != lanes[order[i - 1]]:
            if found == most:
                return edges[:0]
            edges[found] = i
            found += 1
    edges[found] = order.size
    return edges[: found + 1]


@njit(nogil=True, cache=True)
def cumulative_bins(order: Any, edges: Any, bins: Any) -> None:
    """``bins[k]`` gets the offsets ``order[: edges[k]]`` as words; ``bins`` starts as zeros."""
    for k in range(1, edges.size):
        for w in range(bins.shape[1]):
            bins[k, w] = bins[k - 1, w]
        for i in range(edges[k - 1], edges[k]):
            offset = order[i]
            bins[k, offset >> 6] |= np.uint64(1) << np.uint64(offset & 63)


@njit(nogil=True, cache=True)
def ranks(table: Any, low: int, low_after: bool, high: int, high_after: bool, found: Any) -> Any:
    """Fill ``found[shard]`` with how many values are less than ``low`` and less than ``high`` (or
    equal too, if ``*_after``): the slice of the order that lies between. Gives how many values lie
    there in all, UNTOLD if a shard can't tell. Cost: log2 of a shard's size for each shard.
    """
    total: Any = 0
    for shard in range(table.shape[0]):
        row = table[shard]
        first = _rank(row, low, low_after)
        last = _rank(row, high, high_after)
        if UNTOLD in (first, last):
            found[shard, 0] = found[shard, 1] = UNTOLD
            total = UNTOLD
            continue
        found[shard, 0] = first
        found[shard, 1] = max(first, last)
        if total != UNTOLD:
            total += found[shard, 1] - first
    return total


@njit(nogil=True, cache=True)
def spans(
    table: Any, found: Any, zeros: Any, filled: Any, bytes_of_bin: int, rows: Any, patches: Any
) -> None:
    """Each shard's slice as two bins and what must go from between them.

    ``rows[0, shard]`` is the address of the words of the first edge at or after the slice's end,
    ``rows[1, shard]`` of the last one at or before its start; ``patches[k, shard]`` are address
    and number of the offsets that lie between the slice and its two edges. ``filled`` and ``zeros``
    are addresses of the words of all values, by shard, and of none.
    """
    for shard in range(table.shape[0]):
        row, first, last = table[shard], found[shard, 0], found[shard, 1]
        rows[0, shard] = rows[1, shard] = zeros
        patches[:, shard] = 0
        if first == last:
            continue
        to_the_end = last == row[SIZE]
        if to_the_end:
            rows[0, shard] = filled[shard]
            if first == 0:
                continue
        order, bins = uint64(row[ORDER]), uint64(row[BINS])
        below = _edge_at_or_before(row, first)
        above = _edge_at_or_before(row, last)
        if _edge(row, above) < last:
            above += 1
        if not to_the_end:
            rows[0, shard] = bins + uint64(above * bytes_of_bin)
        if below:
            rows[1, shard] = bins + uint64(below * bytes_of_bin)
        patches[0, shard, 0] = order + uint64(4 * _edge(row, below))
        patches[0, shard, 1] = first - _edge(row, below)
        patches[1, shard, 0] = order + uint64(4 * last)
        patches[1, shard, 1] = 0 if to_the_end else _edge(row, above) - last


@njit(nogil=True, cache=True)
def slices(table: Any, found: Any, patches: Any) -> None:
    """Each shard's slice itself, address and number of its offsets."""
    for shard in range(table.shape[0]):
        row = table[shard]
        patches[shard, 0] = uint64(row[ORDER]) + uint64(4 * found[shard, 0])
        patches[shard, 1] = found[shard, 1] - found[shard, 0]


@njit(nogil=True, cache=True)
def _rank(row: Any, value: int, after: bool) -> Any:
    size = row[SIZE]
    if size == 0 or value < row[MIN] or (value == row[MIN] and not after):
        return 0
    if value > row[MAX] or (value == row[MAX] and after):
        return size
    if row[ORDER] == 0:
        return UNTOLD
    beyond = uint64(value) - uint64(row[BASE])
    lane = beyond // uint64(row[UNIT])
    if lane * uint64(row[UNIT]) != beyond:
        after = True
    sample, order, lanes = uint64(row[SAMPLE]), uint64(row[ORDER]), uint64(row[LANES])
    exact = row[ORDER] == EXACT
    low, high = 0, row[EDGE_COUNT] - 1 if exact else (size + SAMPLE_STEP - 1) // SAMPLE_STEP
    while low < high:
        middle = (low + high) >> 1
        held = _load_64(sample + uint64(8 * middle))
        if held < lane or (after and held == lane):
            low = middle + 1
        else:
            high = middle
    if exact:
        return _edge(row, low)
    high = min(size, low * SAMPLE_STEP)
    low = max(0, (low - 1) * SAMPLE_STEP)
    while low < high:
        middle = (low + high) >> 1
        held = _lane(lanes, row[BYTES], _load_32(order + uint64(4 * middle)))
        if held < lane or (after and held == lane):
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def _lane(lanes: Any, size: int, offset: Any) -> Any:
    if size == 4:
        return _load_32(lanes + uint64(4) * offset)
    if size == 1:
        return _load_8(lanes + offset)
    if size == 2:
        return _load_16(lanes + uint64(2) * offset)
    held = _load_64(lanes + uint64(8) * offset)
    return _sortable(held) if size == FLOATS else held


@njit(nogil=True, cache=True)
def _sortable(bits: Any) -> Any:
    if bits == _TOP:
        bits = uint64(0)
    return ~bits if bits & _TOP else bits | _TOP


@njit(nogil=True, cache=True)
def _edge(row: Any, k: Any) -> Any:
    return int64(_load_64(uint64(row[EDGES]) + uint64(8 * k)))


@njit(nogil=True, cache=True)
def _edge_at_or_before(row: Any, rank: Any) -> Any:
    low, high = 0, row[EDGE_COUNT] - 1
    while low < high:
        middle = (low + high + 1) >> 1
        if _edge(row, middle) <= rank:
            low = middle
        else:
            high = middle - 1
    return low
