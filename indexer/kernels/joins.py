"""Records counted where they point to, and found by where they point.

``words`` are one shard's: bit b of word w is offset ``64 * w + b``, and ``targets`` has for each
offset the ordinal it points to, below 0 for none. It stands in one file with the machine operation
it needs: numba's disk cache notices changes of the file a function stands in, and of no other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, uint64

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""

LANES = 64

_ONE = uint64(1)


@intrinsic
def trailing_zeros(_typing: Any, _word: Any) -> Any:
    """Place of the lowest set bit of a uint64; 64 if there is none."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return uint64(uint64), generate


def _within(bits: int) -> Callable[..., Any]:
    @intrinsic
    def within(_typing: Any, _address: Any, _low: Any, _span: Any) -> Any:
        lane, number = ir.IntType(bits), ir.IntType(32)
        vector = ir.VectorType(lane, LANES)

        def everywhere(builder: Any, value: Any) -> Any:
            undefined = ir.Constant(vector, ir.Undefined)
            first = builder.insert_element(undefined, value, ir.Constant(number, 0))
            zeros = ir.Constant(ir.VectorType(number, LANES), [0] * LANES)
            return builder.shuffle_vector(first, undefined, zeros)

        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = builder.load(builder.inttoptr(args[0], vector.as_pointer()))
            loaded.align = bits // 8
            low, span = (builder.trunc(each, lane) for each in args[1:])
            # (count - low) <= span, unsigned: one comparison for both ends.
            moved = builder.sub(loaded, everywhere(builder, low))
            held = builder.icmp_unsigned("<=", moved, everywhere(builder, span))
            return builder.bitcast(held, ir.IntType(64))

        return uint64(uint64, uint64, uint64), generate

    return within


within_8, within_16, within_32 = (_within(bits) for bits in (8, 16, 32))
"""Bit i tells whether ``low <= lane i <= low + span``, unsigned, for the 64 lanes at an address."""


@njit(nogil=True, cache=True)
def count_targets(words: Any, targets: Any, first: int, most: Any, counts: Any) -> int:
    """Add one to ``counts[target - first]`` for each set bit, never beyond ``most``.

    Gives how many point to somebody who has no place among the counts. Cost: a step a set bit,
    and one for every 64 records.
    """
    size = uint64(counts.size)
    strays = 0
    for w in range(words.size):
        word = words[w]
        while word:
            target = np.int64(targets[64 * w + np.int64(trailing_zeros(word))])
            word &= word - _ONE
            place = uint64(target - first)
            if place < size:
                counts[place] += counts[place] != most
            elif target >= 0:
                strays += 1
    return strays


@njit(nogil=True, cache=True)
def words_between(counts: Any, address: Any, low: Any, span: Any, words: Any) -> None:
    """Set the bits of the places whose count is from ``low`` to ``low + span``; clear the others.

    ``address`` is where the counts lie; ``low`` and ``span`` are of their own type. Cost: one pass.
    """
    whole = counts.size >> 6
    size = uint64(counts.itemsize)
    for w in range(whole):
        lanes = address + uint64(64 * w) * size
        if size == 1:
            words[w] = within_8(lanes, uint64(low), uint64(span))
        elif size == 2:
            words[w] = within_16(lanes, uint64(low), uint64(span))
        else:
            words[w] = within_32(lanes, uint64(low), uint64(span))
    for w in range(whole, words.size):
        words[w] = 0
    for i in range(whole << 6, counts.size):
        held = counts.dtype.type(counts[i] - low) <= span
        words[i >> 6] |= uint64(held) << uint64(i & 63)


@njit(nogil=True, cache=True)
def words_led(targets: Any, far: Any, bits: int, words: Any) -> None:
    """Set the bits of the offsets whose target is set in ``far``, rows of 2^bits; clear others.

    Cost: a step an offset.
    """
    rows = uint64(far.shape[0])
    shift, mask = uint64(bits), (_ONE << uint64(bits)) - _ONE
    for w in range(words.size):
        word = uint64(0)
        start = 64 * w
        for b in range(min(64, targets.size - start)):
            target = np.int64(targets[start + b])
            # Below 0 is beyond all rows.
            row = uint64(target) >> shift
            if row < rows:
                place = uint64(target) & mask
                held = far[row, place >> uint64(6)] >> (place & uint64(63))
                word |= (held & _ONE) << uint64(b)
        words[w] = word
