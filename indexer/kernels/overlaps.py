"""How many members each two of many sets share: one block of 65,536 records at a time.

A block is counted in chunks of 8,192 records that stay in the second-level cache, in one of two
ways by how full a set is. Full sets meet as words, four by four: each word that is loaded is used
four times. A sparse set meets all others at once: the chunk is turned around, so that a record is
a row of bits, one a set; the rows of the sparse set's members are added up, all columns at a time,
in binary numbers that lie across vectors (plane p holds bit p of every column's sum).

Vectors are written out, eight words each: left to itself, LLVM takes half as many on some
processors. Where vectors are shorter, it splits them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, njit, types, uint64
from numba.core import cgutils

LANES = 8
"""Words in a vector."""
CHUNK_WORDS = 128
CHUNK_RECORDS = 64 * CHUNK_WORDS
COLUMNS = 64 * LANES
"""Sets in a group: the bits of one vector, a row of a turned chunk."""
PLANES = 32
"""Enough for sums below 2^32: a dataset has fewer records."""
TILE = 4
TILE_WORDS = 512
"""Four sets' words are in the first-level cache while all others pass by."""
TOGETHER = 16
"""Rows that are added in one step."""


_STEP_PLANES = 4
_CHUNK_PLANES = 14
"""Enough for sums of one chunk, up to 8,192."""
_I64 = ir.IntType(64)
_VECTOR = ir.VectorType(_I64, LANES)
_VECTOR_BYTES = 8 * LANES
_MASKS = {
    32: 0x00000000FFFFFFFF,
    16: 0x0000FFFF0000FFFF,
    8: 0x00FF00FF00FF00FF,
    4: 0x0F0F0F0F0F0F0F0F,
    2: 0x3333333333333333,
    1: 0x5555555555555555,
}

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""

codegen: Any = cgutils
"""Typed loosely too: it has no types of its own."""


@intrinsic
def trailing_zeros(_typing: Any, _word: Any) -> Any:
    """Place of the lowest set bit of a uint64 that is not 0."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return uint64(uint64), generate


@intrinsic
def half_at(_typing: Any, _address: Any) -> Any:
    """The uint16 at any address, widened."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        loaded = builder.load(builder.inttoptr(args[0], ir.IntType(16).as_pointer()))
        loaded.align = 1
        return builder.zext(loaded, _I64)

    return uint64(uint64), generate


@intrinsic
def add_tile(_typing: Any, _lefts: Any, _rights: Any, _vectors: Any, _sums: Any) -> Any:
    """Add to 4 x 4 int64 sums how many bits each left row shares with each right row.

    ``lefts`` and ``rights`` are addresses of four addresses of rows of so many vectors.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        count = _vector_function(builder, "llvm.ctpop.v8i64", _VECTOR)
        total = _vector_function(builder, "llvm.vector.reduce.add.v8i64", _I64)
        lefts, rights = (
            [_load(builder, at, 8 * i, _I64) for i in range(TILE)] for at in (args[0], args[1])
        )
        sums = _zeros(builder, TILE * TILE)
        with codegen.for_range(builder, args[2]) as loop:
            at = builder.mul(loop.index, ir.Constant(_I64, _VECTOR_BYTES))
            left, right = (
                [_load(builder, builder.add(row, at), 0, _VECTOR) for row in rows]
                for rows in (lefts, rights)
            )
            for place, each in enumerate(sums):
                shared = builder.and_(left[place // TILE], right[place % TILE])
                added = builder.add(builder.load(each), builder.call(count, [shared]))
                builder.store(added, each)
        for place, each in enumerate(sums):
            found = builder.call(total, [builder.load(each)])
            before = _load(builder, args[3], 8 * place, _I64)
            _store(builder, builder.add(before, found), args[3], 8 * place)
        return context.get_dummy_value()

    return types.void(uint64, uint64, uint64, uint64), generate


@intrinsic
def add_rows(_typing: Any, _rows: Any, _places: Any, _steps: Any, _planes: Any) -> Any:
    """Add rows of bits, 16 a step, column by column, to the sums that ``planes`` holds.

    ``places`` is the address of 16-bit places of rows, 16 a step.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        sums = _zeros(builder, _CHUNK_PLANES)
        with codegen.for_range(builder, args[2]) as loop:
            places = builder.add(args[1], builder.mul(loop.index, ir.Constant(_I64, 2 * TOGETHER)))
            carries = [_row(builder, args[0], places, i) for i in range(TOGETHER)]
            for plane in range(_STEP_PLANES):
                held, left = builder.load(sums[plane]), []
                for i in range(0, len(carries), 2):
                    held, carry = _full_add(builder, held, carries[i], carries[i + 1])
                    left.append(carry)
                builder.store(held, sums[plane])
                carries = left
            carry = carries[0]
            for each in sums[_STEP_PLANES:]:
                held = builder.load(each)
                builder.store(builder.xor(held, carry), each)
                carry = builder.and_(held, carry)
        carry = ir.Constant(_VECTOR, [0] * LANES)
        for plane in range(PLANES):
            held = _load(builder, args[3], plane * _VECTOR_BYTES, _VECTOR)
            if plane < _CHUNK_PLANES:
                added, carry = _full_add(builder, builder.load(sums[plane]), held, carry)
            else:
                added, carry = builder.xor(held, carry), builder.and_(held, carry)
            _store(builder, added, args[3], plane * _VECTOR_BYTES)
        return context.get_dummy_value()

    return types.void(uint64, uint64, uint64, uint64), generate


@intrinsic
def turn(_typing: Any, _words: Any, _stride: Any, _rows: Any) -> Any:
    """Bit r of word l of set s becomes bit s of row ``64 * l + r``, for 64 sets and 8 words.

    ``words`` is the address of the first set's, the others follow ``stride`` bytes apart;
    ``rows`` that of the word in the first row; rows are a vector apart.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        held: list[Any] = [None] * 64
        buffer = [codegen.alloca_once(builder, _VECTOR) for _ in range(64)]
        for first in range(8):
            group = range(first, 64, 8)
            for s in group:
                at = builder.add(args[0], builder.mul(args[1], ir.Constant(_I64, s)))
                held[s] = _load(builder, at, 0, _VECTOR)
            _exchange(builder, held, group, (32, 16, 8))
            for s in group:
                builder.store(held[s], buffer[s])
        for first in range(0, 64, 8):
            group = range(first, first + 8)
            for r in group:
                held[r] = builder.load(buffer[r])
            _exchange(builder, held, group, (4, 2, 1))
            for r in group:
                for lane in range(LANES):
                    word = builder.extract_element(held[r], ir.Constant(ir.IntType(32), lane))
                    _store(builder, word, args[2], (64 * lane + r) * _VECTOR_BYTES)
        return context.get_dummy_value()

    return types.void(uint64, uint64, uint64), generate


@njit(nogil=True, cache=True)
def add_block(
    words: Any, arrays: Any, tiles: Any, rows: Any, places: Any, planes: Any, shared: Any
) -> None:
    """Add what the sets share within a block.

    ``words[s]`` are set s's; sets of none fill up the last group. The first ``planes.shape[0]``
    sets are counted by rows: ``planes[s, g]`` are the sums of set s with those of group g. Where
    such a set lies as an array of 16-bit values, ``arrays[s]`` is (address, how many), else
    (0, 1), or (0, 0) if it is empty. ``tiles`` are places in ``shared`` and the first of four
    sets each: ``shared[a, b]`` has the sums of tiles a and b, a <= b. ``rows`` and ``places`` are
    room for a chunk; the last of the rows is zeros.
    """
    sparse = planes.shape[0]
    read, steps = np.zeros(sparse, np.int64), np.zeros(sparse, np.int64)
    for start in range(0, words.shape[1], CHUNK_WORDS):
        chunk = words[:, start : start + CHUNK_WORDS]
        for s in range(sparse):
            if arrays[s, 0]:
                read[s], steps[s] = _listed(arrays[s], read[s], start << 6, places[s])
            elif arrays[s, 1]:
                steps[s] = _found(chunk[s], places[s])
        for group in range(planes.shape[1] if sparse else 0):
            _turn_group(chunk, group, rows)
            for s in range(sparse):
                if steps[s]:
                    add_rows(
                        uint64(rows.ctypes.data),
                        uint64(places[s].ctypes.data),
                        uint64(steps[s]),
                        uint64(planes[s, group].ctypes.data),
                    )
    for start in range(0, words.shape[1], TILE_WORDS):
        _add_tiles(words[:, start : start + TILE_WORDS], tiles, shared)


@njit(nogil=True, cache=True)
def sums_of(planes: Any, sums: Any) -> None:
    """``sums[s, c]``, all columns of all groups, from the planes of each set and group."""
    for s in range(planes.shape[0]):
        for group in range(planes.shape[1]):
            for lane in range(LANES):
                first = group * COLUMNS + lane * 64
                for p in range(PLANES):
                    word = planes[s, group, p, lane]
                    if word:
                        for bit in range(64):
                            held = (word >> uint64(bit)) & uint64(1)
                            sums[s, first + bit] += np.int64(held << uint64(p))


@njit(nogil=True, cache=True)
def _listed(array: Any, read: int, base: int, found: Any) -> Any:
    """Places within the chunk at ``base`` of an array's values from the ``read``-th on.

    Gives how far it read, and how many steps the places make.
    """
    size = 0
    while read < array[1]:
        place = np.int64(half_at(array[0] + uint64(2) * uint64(read))) - base
        if place >= CHUNK_RECORDS:
            break
        found[size] = place
        size += 1
        read += 1
    return read, _filled_up(found, size)


@njit(nogil=True, cache=True)
def _found(words: Any, found: Any) -> int:
    """Places of the set bits; gives how many steps they make."""
    size = 0
    for w in range(CHUNK_WORDS):
        word = words[w]
        while word:
            found[size] = (w << 6) + trailing_zeros(word)
            word &= word - uint64(1)
            size += 1
    return _filled_up(found, size)


@njit(nogil=True, cache=True)
def _filled_up(found: Any, size: int) -> int:
    while size % TOGETHER:
        found[size] = CHUNK_RECORDS
        size += 1
    return size // TOGETHER


@njit(nogil=True, cache=True)
def _turn_group(chunk: Any, group: int, rows: Any) -> None:
    stride = uint64(chunk.strides[0])
    for w in range(0, CHUNK_WORDS, LANES):
        for lane in range(LANES):
            words = chunk[group * COLUMNS + lane * 64, w:]
            turn(uint64(words.ctypes.data), stride, uint64(rows[64 * w, lane:].ctypes.data))


@njit(nogil=True, cache=True)
def _add_tiles(words: Any, tiles: Any, shared: Any) -> None:
    lefts, rights = np.empty(TILE, np.uint64), np.empty(TILE, np.uint64)
    vectors = uint64(words.shape[1] // LANES)
    for a in range(tiles.shape[0]):
        for i in range(TILE):
            lefts[i] = words[tiles[a, 1] + i].ctypes.data
        for b in range(a, tiles.shape[0]):
            for i in range(TILE):
                rights[i] = words[tiles[b, 1] + i].ctypes.data
            sums = shared[tiles[a, 0], tiles[b, 0]]
            add_tile(
                uint64(lefts.ctypes.data),
                uint64(rights.ctypes.data),
                vectors,
                uint64(sums.ctypes.data),
            )


def _zeros(builder: Any, size: int) -> list[Any]:
    """Vectors of zeros, which LLVM keeps in registers; set to zeros again where this stands."""
    zero = ir.Constant(_VECTOR, [0] * LANES)
    vectors = [codegen.alloca_once(builder, _VECTOR) for _ in range(size)]
    for each in vectors:
        builder.store(zero, each)
    return vectors


def _vector_function(builder: Any, name: str, gives: Any) -> Any:
    kind = ir.FunctionType(gives, [_VECTOR])
    return codegen.get_or_insert_function(builder.module, kind, name)


def _load(builder: Any, address: Any, offset: int, kind: Any) -> Any:
    at = builder.add(address, ir.Constant(_I64, offset))
    loaded = builder.load(builder.inttoptr(at, kind.as_pointer()))
    loaded.align = 8
    return loaded


def _store(builder: Any, value: Any, address: Any, offset: int) -> None:
    at = builder.add(address, ir.Constant(_I64, offset))
    builder.store(value, builder.inttoptr(at, value.type.as_pointer())).align = 8


def _row(builder: Any, rows: Any, places: Any, i: int) -> Any:
    at = builder.add(places, ir.Constant(_I64, 2 * i))
    place = builder.load(builder.inttoptr(at, ir.IntType(16).as_pointer()))
    place.align = 2
    wide = builder.mul(builder.zext(place, _I64), ir.Constant(_I64, _VECTOR_BYTES))
    return _load(builder, builder.add(rows, wide), 0, _VECTOR)


def _full_add(builder: Any, a: Any, b: Any, c: Any) -> tuple[Any, Any]:
    """Sum and carry of three bits, in every place."""
    differ = builder.xor(a, b)
    # Where a and b differ, c decides; where they agree, either does.
    carry = builder.or_(builder.and_(differ, c), builder.and_(a, b))
    return builder.xor(differ, c), carry


def _exchange(builder: Any, held: list[Any], group: range, distances: tuple[int, ...]) -> None:
    """Steps of turning 64 x 64 bits, among the rows of a group."""
    for distance in distances:
        mask = ir.Constant(_VECTOR, [_MASKS[distance]] * LANES)
        by = ir.Constant(_VECTOR, [distance] * LANES)
        for i in group:
            if i & distance:
                continue
            moved = builder.lshr(held[i], by)
            differ = builder.and_(builder.xor(moved, held[i + distance]), mask)
            held[i] = builder.xor(held[i], builder.shl(differ, by))
            held[i + distance] = builder.xor(held[i + distance], differ)
