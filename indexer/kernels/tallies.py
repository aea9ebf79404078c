"""Counting what stands at the set bits of words, without listing their offsets.

``words`` are one shard's: bit b of word w is offset ``64 * w + b``. ``counts`` has a place for
every code and is added to. It stands in one file with the machine operation it needs: numba's disk
cache notices changes of the file a function stands in, and of no other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, uint64

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""


@intrinsic
def trailing_zeros(_typing: Any, _word: Any) -> Any:
    """Place of the lowest set bit of a uint64 that is not 0."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return uint64(uint64), generate


@njit(nogil=True, cache=True)
def set_bits(words: Any, offsets: Any) -> None:
    """Fill ``offsets``, which has a place for each, with the set bits, ascending."""
    place = 0
    for w in range(words.size):
        word = words[w]
        while word:
            offsets[place] = 64 * w + np.int64(trailing_zeros(word))
            word &= word - uint64(1)
            place += 1


@njit(nogil=True, cache=True)
def tally_codes(words: Any, codes: Any, null: int, counts: Any) -> int:
    """Count the codes but ``null``; gives how many are counted. Cost: one step a set bit."""
    filled = 0
    for w in range(words.size):
        word = words[w]
        while word:
            code = np.int64(codes[64 * w + np.int64(trailing_zeros(word))])
            word &= word - uint64(1)
            if code != null:
                counts[code] += 1
                filled += 1
    return filled


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
