"""The interpreter: one table of operations over every shard, GIL released.

An operation works on whole shards, a block of 65,536 records at a time. Four inputs in one loop
are four memory streams under way at once, and lines are asked for ahead of their use: measured
15.8 GB/s where one input at a time gives 8 and a bare sum 18.4.

operations[i] = (code, mode, target, s0, s1, s2, s3, inverted, place), int64:
    GROUP  joined = the AND of the sources, bit k of ``inverted`` complementing source k and bit 4
           the whole (an OR is the complement of the AND of complements). Mode SET, AND and OR
           put it into the target; TALLY adds its members to counts[place] and TALLY_AND those
           that are in the target too, and neither writes a word
    PATCH  set (mode OR) or clear (mode ANDNOT) in target the offsets of patch ``place``
    SCAN   target = the lanes of scan ``place`` that lie within its range
    CLEAR  target = 0
    COUNT  counts[place] += members of target
    EMIT   the words of the shard at emitted[place] = target
    SKIP   go on with operation ``place`` if the target has no member in this shard
A target is a register. A source below 0 is the register ``-1 - s``, else it is a slot:
``slots[s, shard]`` is the address of its words.

Zeros are skipped: a block in which a register has no member is neither read from the sources nor
written, and a register of few members is walked one by one. ``sparing`` false turns both off.
All of it stands in one file: numba's disk cache notices changes of the file a function stands in,
and of no other.
"""

from typing import Any

import numpy as np
from numba import njit, uint64

from indexer.kernels.machine import (
    AND,
    LANES,
    OR,
    SET,
    SOURCES,
    STEP_WORDS,
    TALLY,
    TALLY_AND,
    join_and,
    join_or,
    join_set,
    join_tally,
    join_tally_and,
    near_and,
    near_or,
    near_set,
    near_tally,
    near_tally_and,
    offset_at,
    popcount,
    store_word,
    within_8,
    within_16,
    within_32,
    within_64,
    word_at,
)

MACHINE = "19c724566a3b3be3"
"""Digest of ``indexer/kernels/machine.py``; a test holds it true."""
GROUP, PATCH, SCAN, CLEAR, COUNT, EMIT, SKIP = range(7)
OPERATION_WIDTH = 9
WHOLE_INVERTED = 16
PATCH_WIDTH, SCAN_WIDTH = 2, 5
"""(address of uint32 offsets, how many); (address of lanes, bytes of one, low, span, words)."""
BLOCK_WORDS = 1_024
"""Words of 65,536 records, one roaring container."""
SPARSE_SHARE = 32
"""A register with fewer members than one in so many words is walked member by member."""

_ALL, _NONE, _ONE = uint64(0xFFFFFFFFFFFFFFFF), uint64(0), uint64(1)
_WORD = uint64(8)
_CONTAINER_BITS = uint64(16)


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
    sparing: bool,
) -> None:
    """Run the operations on shards ``first`` to ``last - 1``; counts are added to."""
    block = min(words, BLOCK_WORDS)
    blocks = words // block
    every = _ALL if blocks == 64 else (_ONE << uint64(blocks)) - _ONE
    # Which blocks of each register may have members, and how many members at most.
    occupied = np.empty(registers.size, np.uint64)
    members = np.empty(registers.size, np.int64)
    s, x = np.empty(SOURCES, np.uint64), np.empty(SOURCES + 1, np.uint64)
    for shard in range(first, last):
        i = 0
        while i < operations.shape[0]:
            operation = operations[i]
            i += 1
            if operation[0] == GROUP:
                possible = _sources(operation, slots, registers, shard, s, x, occupied, every)
                if not sparing:
                    possible = every
                _joins(
                    operation, registers, s, x, possible, occupied, members, counts, words, sparing
                )
            elif operation[0] == SKIP:
                if sparing and not occupied[operation[2]]:
                    i = operation[8]
            else:
                _does(
                    operation, registers, patches, scans, counts, emitted, shard, words,
                    occupied, members, every,
                )  # fmt: skip


@njit(nogil=True, cache=True)
def _sources(
    operation: Any,
    slots: Any,
    registers: Any,
    shard: int,
    s: Any,
    x: Any,
    occupied: Any,
    every: Any,
) -> Any:
    """Fill in addresses and masks of the sources; gives the blocks that may have members then."""
    mode, inverted = operation[1], operation[7]
    possible = every
    if mode in (AND, TALLY_AND):
        possible = occupied[operation[2]]
    for k in range(SOURCES):
        source = operation[3 + k]
        x[k] = _ALL if inverted & (1 << k) else _NONE
        if source >= 0:
            s[k] = slots[source, shard]
        else:
            s[k] = registers[-1 - source]
            if not inverted & ((1 << k) | WHOLE_INVERTED) and mode != OR:
                possible &= occupied[-1 - source]
    x[SOURCES] = _ALL if inverted & WHOLE_INVERTED else _NONE
    return possible


@njit(nogil=True, cache=True)
def _joins(
    operation: Any, registers: Any, s: Any, x: Any, possible: Any, occupied: Any, members: Any,
    counts: Any, words: int, sparing: bool,
) -> None:  # fmt: skip
    mode, number, place = operation[1], operation[2], operation[8]
    target, block = registers[number], min(words, BLOCK_WORDS)
    # Registers are in the cache: no lines of theirs have to be asked for.
    near = max(operation[3], operation[4], operation[5], operation[6]) < 0
    if mode in (TALLY, TALLY_AND):
        counts[place] += _tally(mode, near, target, s, x, possible, block, words // block)
    elif mode == AND and sparing and members[number] < words // SPARSE_SHARE:
        _narrow(target, s, x, words)
    else:
        found = _group(mode, near, target, s, x, possible, block, words // block)
        occupied[number] = occupied[number] | found if mode == OR else found
        if mode != AND:
            members[number] = words * 64


@njit(nogil=True, cache=True)
def _does(
    operation: Any, registers: Any, patches: Any, scans: Any, counts: Any, emitted: Any, shard: int,
    words: int, occupied: Any, members: Any, every: Any,
) -> None:  # fmt: skip
    code, mode, number, place = operation[0], operation[1], operation[2], operation[8]
    target = registers[number]
    if code == PATCH:
        size = patches[place, shard, 1]
        found = _patch(mode, target, patches[place, shard, 0], size)
        if mode == OR:
            occupied[number] |= found
            members[number] += np.int64(size)
    elif code == SCAN:
        _scan(target, scans[place, shard], words)
        occupied[number], members[number] = every, words * 64
    elif code == CLEAR:
        for w in range(words):
            store_word(target + uint64(w) * _WORD, _NONE)
        occupied[number], members[number] = _NONE, 0
    elif code == COUNT:
        total = _NONE
        for w in range(words):
            total += popcount(word_at(target + uint64(w) * _WORD))
        counts[place] += np.int64(total)
    else:
        start = emitted[place] + uint64(shard * words) * _WORD
        for w in range(words):
            at = uint64(w) * _WORD
            store_word(start + at, word_at(target + at))


@njit(nogil=True, cache=True)
def _group(
    mode: int, near: bool, target: Any, s: Any, x: Any, possible: Any, block: int, blocks: int
) -> Any:
    """Join into the target the blocks that are possible, and clear the others unless they are
    clear already; gives the blocks that have members now.
    """
    found = _NONE
    for b in range(blocks):
        at = uint64(b * block) * _WORD
        if (possible >> uint64(b)) & _ONE:
            if _block(mode, near, target + at, s, at, x, block):
                found |= _ONE << uint64(b)
        elif mode != OR:
            for w in range(block):
                store_word(target + at + uint64(w) * _WORD, _NONE)
    return found


@njit(nogil=True, cache=True)
def _tally(
    mode: int, near: bool, target: Any, s: Any, x: Any, possible: Any, block: int, blocks: int
) -> Any:
    """Members of the join, and of the target too, in the blocks that are possible."""
    total: Any = 0
    for b in range(blocks):
        if (possible >> uint64(b)) & _ONE:
            at = uint64(b * block) * _WORD
            total += np.int64(_block(mode, near, target + at, s, at, x, block))
    return total


@njit(nogil=True, cache=True)
def _block(mode: int, near: bool, target: Any, s: Any, at: Any, x: Any, words: int) -> Any:
    """Not 0 if the target's block has a member afterwards; the number of members for tallies."""
    t, a, b, c, d = target, s[0] + at, s[1] + at, s[2] + at, s[3] + at
    masks = (x[0], x[1], x[2], x[3], x[4])
    found = _NONE
    if words < STEP_WORDS:
        return _few(mode, t, a, b, c, d, x, words)
    for _ in range(0, words, STEP_WORDS):
        if mode == SET:
            found |= near_set(t, a, b, c, d, masks) if near else join_set(t, a, b, c, d, masks)
        elif mode == AND:
            found |= near_and(t, a, b, c, d, masks) if near else join_and(t, a, b, c, d, masks)
        elif mode == OR:
            found |= near_or(t, a, b, c, d, masks) if near else join_or(t, a, b, c, d, masks)
        elif mode == TALLY:
            found += near_tally(t, a, b, c, d, masks) if near else join_tally(t, a, b, c, d, masks)
        elif near:
            found += near_tally_and(t, a, b, c, d, masks)
        else:
            found += join_tally_and(t, a, b, c, d, masks)
        step = uint64(STEP_WORDS) * _WORD
        t, a, b, c, d = t + step, a + step, b + step, c + step, d + step
    return found


@njit(nogil=True, cache=True)
def _few(mode: int, t: Any, a: Any, b: Any, c: Any, d: Any, x: Any, words: int) -> Any:
    """The same for less than a step, as small shards have it."""
    found = _NONE
    for w in range(words):
        at = uint64(w) * _WORD
        joined = _joined(a + at, b + at, c + at, d + at, x[0], x[1], x[2], x[3], x[4])
        if mode in (AND, TALLY_AND):
            joined &= word_at(t + at)
        elif mode == OR:
            joined |= word_at(t + at)
        if mode in (TALLY, TALLY_AND):
            found += popcount(joined)
        else:
            store_word(t + at, joined)
            found |= joined
    return found


@njit(nogil=True, cache=True)
def _joined(a0: Any, a1: Any, a2: Any, a3: Any, x0: Any, x1: Any, x2: Any, x3: Any, x4: Any) -> Any:
    return ((word_at(a0) ^ x0) & (word_at(a1) ^ x1) & (word_at(a2) ^ x2) & (word_at(a3) ^ x3)) ^ x4


@njit(nogil=True, cache=True)
def _narrow(target: Any, s: Any, x: Any, words: int) -> None:
    """AND into a target of few members: sources are read where it has one."""
    s0, s1, s2, s3 = s[0], s[1], s[2], s[3]
    for w in range(words):
        at = uint64(w) * _WORD
        held = word_at(target + at)
        if held:
            joined = _joined(s0 + at, s1 + at, s2 + at, s3 + at, x[0], x[1], x[2], x[3], x[4])
            store_word(target + at, held & joined)


@njit(nogil=True, cache=True)
def _patch(mode: int, target: Any, address: Any, size: Any) -> Any:
    """Set or clear offsets; gives the blocks they lie in, if they are set."""
    found = _NONE
    if mode == OR:
        for i in range(size):
            offset = offset_at(address + uint64(4) * uint64(i))
            at = target + (offset >> uint64(6)) * _WORD
            store_word(at, word_at(at) | (_ONE << (offset & uint64(63))))
            found |= _ONE << (offset >> _CONTAINER_BITS)
    else:
        for i in range(size):
            offset = offset_at(address + uint64(4) * uint64(i))
            at = target + (offset >> uint64(6)) * _WORD
            store_word(at, word_at(at) & ~(_ONE << (offset & uint64(63))))
    return found


@njit(nogil=True, cache=True)
def _scan(target: Any, scan: Any, words: int) -> None:
    address, size, low, span = scan[0], scan[1], scan[2], scan[3]
    there: Any = min(words, np.int64(scan[4]))
    for w in range(there, words):
        store_word(target + uint64(w) * _WORD, _NONE)
    for w in range(there):
        lanes = address + uint64(w) * uint64(LANES) * size
        if size == 1:
            held = within_8(lanes, low, span)
        elif size == 2:
            held = within_16(lanes, low, span)
        elif size == 4:
            held = within_32(lanes, low, span)
        else:
            held = within_64(lanes, low, span)
        store_word(target + uint64(w) * _WORD, held)
