"""The interpreter: one table of operations over every shard, GIL released.

An operation works on whole shards of words. Reading up to four inputs in one loop keeps four
memory streams under way at once, which is what fills the memory bus: measured 18 GB/s against
8 GB/s for one input at a time.

Tables (all int64 but for addresses, uint64):

operations[i] = (code, mode, target, s0, s1, s2, s3, joined, inverted, place)
    GROUP  target = mode(target, join of the sources); bit k of ``inverted`` complements source k;
           ``joined`` 0 is and, 1 is or
    PATCH  set (mode OR) or clear (mode ANDNOT) in target the offsets of patch ``place``
    SCAN   target = mode(target, the lanes of scan ``place`` that lie within its range)
    CLEAR  target = 0
    COUNT  counts[place] += members of target
    EMIT   words[shard, place] = target
A target is a register; a source is a slot: ``slots[shard, s]`` is the address of its words, which
may be a register's.

It stands in one file with the LLVM operations it is made of: numba's disk cache notices changes
of the file a function stands in, and of no other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, types, uint64

GROUP, PATCH, SCAN, CLEAR, COUNT, EMIT = range(6)
SET, AND, OR, ANDNOT = range(4)
AND_JOINED, OR_JOINED = range(2)
OPERATION_WIDTH = 10
PATCH_WIDTH = 2
"""(address of uint32 offsets, how many)."""
SCAN_WIDTH = 4
"""(address of the lanes, bytes a lane, low, span)."""

_ALL = uint64(0xFFFFFFFFFFFFFFFF)
_NONE = uint64(0)
_WORD = uint64(8)

LANES = 64

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""


@intrinsic
def popcount(_typing: Any, _word: Any) -> Any:
    """Number of set bits of a uint64."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return uint64(uint64), generate


@intrinsic
def trailing_zeros(_typing: Any, _word: Any) -> Any:
    """Place of the lowest set bit of a uint64 that is not 0."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return uint64(uint64), generate


@intrinsic
def word_at(_typing: Any, _address: Any) -> Any:
    """The uint64 at an 8-byte aligned address."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        loaded = builder.load(pointer)
        loaded.align = 8
        return loaded

    return uint64(uint64), generate


@intrinsic
def store_word(_typing: Any, _address: Any, _word: Any) -> Any:
    """Put a uint64 at an 8-byte aligned address."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        builder.store(args[1], pointer).align = 8
        return _context.get_dummy_value()

    return types.void(uint64, uint64), generate


@intrinsic
def offset_at(_typing: Any, _address: Any) -> Any:
    """The uint32 at a 4-byte aligned address, widened."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer = builder.inttoptr(args[0], ir.IntType(32).as_pointer())
        loaded = builder.load(pointer)
        loaded.align = 4
        return builder.zext(loaded, ir.IntType(64))

    return uint64(uint64), generate


def _within(bits: int) -> Callable[..., Any]:
    @intrinsic
    def within(_typing: Any, _address: Any, _low: Any, _span: Any) -> Any:
        lane = ir.IntType(bits)
        vector = ir.VectorType(lane, LANES)
        index = ir.IntType(32)

        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = builder.load(builder.inttoptr(args[0], vector.as_pointer()))
            loaded.align = bits // 8

            def everywhere(value: Any) -> Any:
                narrow = builder.trunc(value, lane) if bits < LANES else value
                first = builder.insert_element(
                    ir.Constant(vector, ir.Undefined), narrow, ir.Constant(index, 0)
                )
                zeros = ir.Constant(ir.VectorType(index, LANES), [0] * LANES)
                return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), zeros)

            # (value - low) <= span, unsigned: one comparison for both ends.
            moved = builder.sub(loaded, everywhere(args[1]))
            held = builder.icmp_unsigned("<=", moved, everywhere(args[2]))
            return builder.bitcast(held, ir.IntType(64))

        return uint64(uint64, uint64, uint64), generate

    return within


within_8 = _within(8)
within_16 = _within(16)
within_32 = _within(32)
within_64 = _within(64)
"""Bit i tells whether ``low <= lane i <= low + span``, unsigned, for the 64 lanes at an address."""


@njit(nogil=True, cache=True)
def run(
    operations: Any,
    slots: Any,
    registers: Any,
    patches: Any,
    scans: Any,
    counts: Any,
    emitted: Any,
    first: int,
    last: int,
    words: int,
) -> None:
    """Run the operations on shards ``first`` to ``last - 1``; counts are added to."""
    for shard in range(first, last):
        for i in range(operations.shape[0]):
            code, mode, target = operations[i, 0], operations[i, 1], registers[operations[i, 2]]
            place = operations[i, 9]
            if code == GROUP:
                s0 = slots[shard, operations[i, 3]]
                s1 = slots[shard, operations[i, 4]]
                s2 = slots[shard, operations[i, 5]]
                s3 = slots[shard, operations[i, 6]]
                inverted = operations[i, 8]
                if operations[i, 7] == AND_JOINED:
                    _all_of(mode, target, s0, s1, s2, s3, inverted, words)
                else:
                    _any_of(mode, target, s0, s1, s2, s3, inverted, words)
            elif code == PATCH:
                _patch(mode, target, patches[shard, place, 0], patches[shard, place, 1])
            elif code == SCAN:
                _scan(mode, target, scans[shard, place], words)
            elif code == CLEAR:
                for w in range(words):
                    store_word(target + uint64(w) * _WORD, _NONE)
            elif code == COUNT:
                total = _NONE
                for w in range(words):
                    total += popcount(word_at(target + uint64(w) * _WORD))
                counts[place] += np.int64(total)
            else:
                for w in range(words):
                    emitted[shard, place, w] = word_at(target + uint64(w) * _WORD)


@njit(nogil=True, cache=True)
def _all_of(
    mode: int, target: Any, s0: Any, s1: Any, s2: Any, s3: Any, inverted: int, words: int
) -> None:
    x0 = _ALL if inverted & 1 else _NONE
    x1 = _ALL if inverted & 2 else _NONE
    x2 = _ALL if inverted & 4 else _NONE
    x3 = _ALL if inverted & 8 else _NONE
    if mode == SET:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                & (word_at(s1 + at) ^ x1)
                & (word_at(s2 + at) ^ x2)
                & (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, joined)
    elif mode == AND:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                & (word_at(s1 + at) ^ x1)
                & (word_at(s2 + at) ^ x2)
                & (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, word_at(target + at) & joined)
    elif mode == OR:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                & (word_at(s1 + at) ^ x1)
                & (word_at(s2 + at) ^ x2)
                & (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, word_at(target + at) | joined)
    else:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                & (word_at(s1 + at) ^ x1)
                & (word_at(s2 + at) ^ x2)
                & (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, word_at(target + at) & ~joined)


@njit(nogil=True, cache=True)
def _any_of(
    mode: int, target: Any, s0: Any, s1: Any, s2: Any, s3: Any, inverted: int, words: int
) -> None:
    x0 = _ALL if inverted & 1 else _NONE
    x1 = _ALL if inverted & 2 else _NONE
    x2 = _ALL if inverted & 4 else _NONE
    x3 = _ALL if inverted & 8 else _NONE
    if mode == SET:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                | (word_at(s1 + at) ^ x1)
                | (word_at(s2 + at) ^ x2)
                | (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, joined)
    elif mode == AND:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                | (word_at(s1 + at) ^ x1)
                | (word_at(s2 + at) ^ x2)
                | (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, word_at(target + at) & joined)
    elif mode == OR:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                | (word_at(s1 + at) ^ x1)
                | (word_at(s2 + at) ^ x2)
                | (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, word_at(target + at) | joined)
    else:
        for w in range(words):
            at = uint64(w) * _WORD
            joined = (
                (word_at(s0 + at) ^ x0)
                | (word_at(s1 + at) ^ x1)
                | (word_at(s2 + at) ^ x2)
                | (word_at(s3 + at) ^ x3)
            )
            store_word(target + at, word_at(target + at) & ~joined)


@njit(nogil=True, cache=True)
def _patch(mode: int, target: Any, address: Any, size: Any) -> None:
    for i in range(size):
        offset = offset_at(address + uint64(4) * uint64(i))
        at = target + (offset >> uint64(6)) * _WORD
        bit = uint64(1) << (offset & uint64(63))
        if mode == OR:
            store_word(at, word_at(at) | bit)
        else:
            store_word(at, word_at(at) & ~bit)


@njit(nogil=True, cache=True)
def _scan(mode: int, target: Any, scan: Any, words: int) -> None:
    address, size, low, span = scan[0], scan[1], scan[2], scan[3]
    for w in range(words):
        lanes = address + uint64(w) * uint64(64) * size
        if size == 1:
            held = within_8(lanes, low, span)
        elif size == 2:
            held = within_16(lanes, low, span)
        elif size == 4:
            held = within_32(lanes, low, span)
        else:
            held = within_64(lanes, low, span)
        at = target + uint64(w) * _WORD
        if mode == SET:
            store_word(at, held)
        elif mode == AND:
            store_word(at, word_at(at) & held)
        elif mode == OR:
            store_word(at, word_at(at) | held)
        else:
            store_word(at, word_at(at) & ~held)
