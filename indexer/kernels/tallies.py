"""Counting what stands at the set bits of words, without listing their offsets.

``words`` are one shard's: bit b of word w is offset ``64 * w + b``. ``counts`` has a place for
every code and is added to. It stands in one file with the machine operation it needs: numba's disk
cache notices changes of the file a function stands in, and of no other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, types, uint64

SLACK = 4
"""Places that a list of set bits needs beyond them."""
TOGETHER = 1_024
"""Set bits that are listed before their codes are counted."""
AHEAD_WORDS = 48
"""From the words that are read to those whose codes are asked for."""

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""


@intrinsic
def trailing_zeros(_typing: Any, _word: Any) -> Any:
    """Place of the lowest set bit of a uint64; 64 if there is none."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return uint64(uint64), generate


@intrinsic
def popcount(_typing: Any, _word: Any) -> Any:
    """Number of set bits of a uint64."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return uint64(uint64), generate


@intrinsic
def ask_for(_typing: Any, _address: Any) -> Any:
    """Have the line of cache at an address on its way; it need not exist."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        read, near, data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(ask, [builder.inttoptr(args[0], byte), read, near, data])
        return context.get_dummy_value()

    return types.void(uint64), generate


@njit(nogil=True, cache=True)
def count_bits(words: Any) -> Any:
    """How many bits are set."""
    total = uint64(0)
    for w in range(words.size):
        total += popcount(words[w])
    return np.int64(total)


@njit(nogil=True, cache=True)
def set_bits(words: Any, offsets: Any) -> None:
    """Fill ``offsets`` with the set bits, ascending. It has SLACK places more than there are bits,
    which hold anything afterwards.
    """
    filled = 0
    for w in range(words.size):
        filled = _listed(words[w], 64 * w, offsets, filled)


@njit(nogil=True, cache=True)
def _listed(word: Any, first: int, offsets: Any, filled: int) -> Any:
    """Add the word's bits at ``filled``; gives where the next ones go.

    The first four are written whether there are so many or not: most words have fewer, and not to
    ask saves a wrong guess for each (as in the bit set decoder of Lemire et al., 2018).
    """
    more = filled + np.int64(popcount(word))
    for k in range(4):
        offsets[filled + k] = first + np.int64(trailing_zeros(word))
        word &= word - uint64(1)
    place = filled + 4
    while word:
        offsets[place] = first + np.int64(trailing_zeros(word))
        word &= word - uint64(1)
        place += 1
    return more


@njit(nogil=True, cache=True)
def tally_codes(words: Any, codes: Any, address: Any, counts: Any) -> None:
    """Count the codes; the last place of ``counts`` is that of codes that have none, as null.

    ``address`` is where the codes lie, so that they can be asked for ahead. Cost: one step a set
    bit, and one for every 64 records.
    """
    last = np.uint32(counts.size - 1)
    held = np.empty(TOGETHER + 64 + SLACK, np.int64)
    filled: Any = 0
    step = uint64(64 * codes.itemsize)
    for w in range(words.size):
        ask_for(address + uint64(w + AHEAD_WORDS) * step)
        filled = _listed(words[w], 64 * w, held, filled)
        if filled >= TOGETHER:
            for k in range(filled):
                counts[min(np.uint32(codes[held[k]]), last)] += 1
            filled = 0
    for k in range(filled):
        counts[min(np.uint32(codes[held[k]]), last)] += 1


@njit(nogil=True, cache=True)
def tally_sets(words: Any, lengths: Any, codes: Any, counts: Any) -> None:
    """Count the codes of sets, which stand one after another, ``lengths[i]`` of record i.

    Cost: one pass over the lengths, one step a set bit and one a code.
    """
    starts = np.empty(65, np.uint64)
    start = uint64(0)
    for first in range(0, lengths.size, 64):
        word = words[first >> 6]
        size = min(64, lengths.size - first)
        if not word:
            # Nothing but a sum, which the compiler turns into a few wide additions.
            for i in range(size):
                start += uint64(lengths[first + i])
            continue
        for i in range(size):
            starts[i] = start
            start += uint64(lengths[first + i])
        starts[size] = start
        while word:
            held: Any = np.int64(trailing_zeros(word))
            word &= word - uint64(1)
            for place in range(starts[held], starts[held + 1]):
                counts[codes[place]] += 1


@njit(nogil=True, cache=True)
def tally_bins(numbers: Any, edges: Any, counts: Any) -> None:
    """Count the numbers in the bins ``edges[i] <= number < edges[i + 1]``; the last is closed.

    Edges ascend without repeats and no number lies outside them. They lie nearly evenly, so the
    bin is guessed and then put right. Cost: one pass.
    """
    bins: Any = edges.size - 1
    low = np.float64(edges[0])
    share = bins / (np.float64(edges[bins]) - low)
    for number in numbers:
        place: Any = np.int64((np.float64(number) - low) * share)
        place = min(max(place, 0), bins - 1)
        while place > 0 and number < edges[place]:
            place -= 1
        while place < bins - 1 and number >= edges[place + 1]:
            place += 1
        counts[place] += 1
