"""Roaring bitmaps read where they lie, in the portable format, and spread out as words.

A bitmap is a row of containers, each the members of one block of 65,536 offsets: an array of
16-bit values, a bit set of 1,024 words, or runs of (start, length - 1). The format is
RoaringFormatSpec's, with and without its run cookie; its table of offsets is skipped, as the
containers follow one another. The bytes are trusted: only CRoaring writes them.

``table[row, block]`` is (address of the container's values, members, kind, how many values).
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, njit, uint64

EMPTY, ARRAY, BITS, RUNS = range(4)
TABLE_WIDTH = 4
BLOCK_WORDS = 1_024
"""A block of 65,536 records: one container."""

_COOKIE_RUNS = 12_347
_OFFSETS_MIN = 4
"""With the run cookie, fewer containers have no table of offsets."""
_ARRAY_MEMBERS_MAX = 4_096

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""


def _unsigned_at(bits: int) -> Callable[..., Any]:
    @intrinsic
    def unsigned_at(_typing: Any, _address: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = builder.load(builder.inttoptr(args[0], ir.IntType(bits).as_pointer()))
            # Run flags are bytes, so what follows them lies at any address.
            loaded.align = 1
            return loaded if bits == 64 else builder.zext(loaded, ir.IntType(64))

        return uint64(uint64), generate

    return unsigned_at


byte_at = _unsigned_at(8)
half_at = _unsigned_at(16)
word_at = _unsigned_at(64)
"""The 1, 2 or 8 bytes at an address, widened to 64 bits."""


@njit(nogil=True, cache=True)
def describe(addresses: Any, table: Any) -> None:
    """Fill the table, which starts as zeros, from one bitmap a row; address 0 is an empty one."""
    for row in range(addresses.size):
        at = addresses[row]
        if at == 0:
            continue
        runs = half_at(at) == _COOKIE_RUNS
        size = half_at(at + uint64(2)) + uint64(1) if runs else half_at(at + uint64(4))
        flags = at + uint64(4)
        keys = flags + ((size + uint64(7)) >> uint64(3)) if runs else at + uint64(8)
        values = keys + uint64(4) * size
        if not runs or size >= _OFFSETS_MIN:
            values += uint64(4) * size
        for i in range(size):
            block = half_at(keys + uint64(4) * uint64(i))
            members = half_at(keys + uint64(4) * uint64(i) + uint64(2)) + uint64(1)
            kind, held = ARRAY, members
            if runs and (byte_at(flags + (uint64(i) >> uint64(3))) >> uint64(i & 7)) & uint64(1):
                kind, held = RUNS, half_at(values)
                values += uint64(2)
                width = uint64(4) * held
            elif members > _ARRAY_MEMBERS_MAX:
                kind, held, width = BITS, uint64(BLOCK_WORDS), uint64(8 * BLOCK_WORDS)
            else:
                width = uint64(2) * held
            table[row, block, 0] = values
            table[row, block, 1] = members
            table[row, block, 2] = kind
            table[row, block, 3] = held
            values += width


@njit(nogil=True, cache=True)
def expand(table: Any, words: Any) -> None:
    """``words[i]`` gets bitmap i's members of one block, of which ``table[i]`` tells."""
    for i in range(table.shape[0]):
        at, kind, held = table[i, 0], table[i, 2], table[i, 3]
        target = words[i]
        if kind != BITS:
            for w in range(BLOCK_WORDS):
                target[w] = 0
        if kind == ARRAY:
            for k in range(held):
                value = half_at(at + uint64(2) * uint64(k))
                target[value >> uint64(6)] |= uint64(1) << (value & uint64(63))
        elif kind == BITS:
            for w in range(BLOCK_WORDS):
                target[w] = word_at(at + uint64(8) * uint64(w))
        elif kind == RUNS:
            for k in range(held):
                start = half_at(at + uint64(4) * uint64(k))
                last = start + half_at(at + uint64(4) * uint64(k) + uint64(2))
                _set_bits(target, start, last)


@njit(nogil=True, cache=True)
def _set_bits(target: Any, start: Any, last: Any) -> None:
    """Set bits ``start`` to ``last``, both included."""
    full = uint64(0xFFFFFFFFFFFFFFFF)
    first_word, last_word = start >> uint64(6), last >> uint64(6)
    head = full << (start & uint64(63))
    tail = full >> (uint64(63) - (last & uint64(63)))
    if first_word == last_word:
        target[first_word] |= head & tail
        return
    target[first_word] |= head
    for w in range(first_word + uint64(1), last_word):
        target[w] = full
    target[last_word] |= tail
