"""Texts as bytes side by side: learnt, found and copied out, GIL released.

Text i is the bytes ``starts[i]`` to ``starts[i + 1] - 1`` of some memory. ``starts`` are 8 bytes
each where ``wide``, else 4. Memory comes as an address, so that one compilation serves arrays
that may be written and those that may not; whoever calls keeps it alive.

A table of uint32 slots finds a text's code by linear probing. A slot is 0 while empty, else a
tag of the text's hash above ``code_bits`` bits of its code plus 1: most texts that are not the
one sought are told by the tag. A slot that was filled never changes, so readers need no lock.
The hash has no secret: whoever knows it can make texts that collide, which costs time only.

It stands in one file with the LLVM operations it is made of: numba's disk cache notices changes
of the file a function stands in, and of no other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, int64, njit, types, uint64

BLOCK = 128
"""Texts looked for together: what each needs next is fetched while the others are at work."""
EMPTY = uint64(0)
UNKNOWN = -1

_FIRST = uint64(0x9E3779B97F4A7C15)
_SECOND = uint64(0xE7037ED1A0B428DB)
_THIRD = uint64(0x8EBC6AF09C88C6E3)
_LOW = uint64(0xFFFFFFFF)
_NONE = uint64(0)

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = extending.intrinsic
"""Typed loosely: what it decorates is written for the compiler and called with plain numbers."""

_WORD = ir.IntType(64)


def _pointer(builder: Any, args: Any, bits: int, scale: int) -> Any:
    at = builder.add(args[0], builder.mul(args[1], ir.Constant(_WORD, scale)))
    return builder.inttoptr(at, ir.IntType(bits).as_pointer())


def _loads(bits: int, scale: int, result: Any) -> Callable[..., Any]:
    @intrinsic
    def load(_typing: Any, _address: Any, _place: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            loaded = builder.load(_pointer(builder, args, bits, scale))
            loaded.align = scale
            return loaded if bits == 64 else builder.zext(loaded, _WORD)

        return result(uint64, int64), generate

    return load


def _stores(bits: int, scale: int, value: Any) -> Callable[..., Any]:
    @intrinsic
    def store(_typing: Any, _address: Any, _place: Any, _value: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            narrow = args[2] if bits == 64 else builder.trunc(args[2], ir.IntType(bits))
            builder.store(narrow, _pointer(builder, args, bits, scale)).align = scale
            return context.get_dummy_value()

        return types.void(uint64, int64, value), generate

    return store


byte_at, put_byte = _loads(8, 1, int64), _stores(8, 1, int64)
word_at, put_word = _loads(64, 1, uint64), _stores(64, 1, uint64)
"""Eight bytes at any place."""
slot_at, put_slot = _loads(32, 4, uint64), _stores(32, 4, uint64)
_near, _put_near = _loads(32, 4, int64), _stores(32, 4, int64)
_far, _put_far = _loads(64, 8, int64), _stores(64, 8, int64)


@intrinsic
def mixed(_typing: Any, _one: Any, _other: Any) -> Any:
    """The product of two words, its halves folded together."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        double = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], double), builder.zext(args[1], double))
        high = builder.trunc(builder.lshr(product, ir.Constant(double, 64)), _WORD)
        return builder.xor(high, builder.trunc(product, _WORD))

    return uint64(uint64, uint64), generate


@intrinsic
def fetch(_typing: Any, _address: Any, _place: Any) -> Any:
    """Have the cache line with this byte brought near."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        number, kind = ir.IntType(32), ir.IntType(8).as_pointer()
        called = builder.module.declare_intrinsic(
            "llvm.prefetch", [kind], ir.FunctionType(ir.VoidType(), [kind, number, number, number])
        )
        told = [ir.Constant(number, value) for value in (0, 3, 1)]
        builder.call(called, [_pointer(builder, args, 8, 1), *told])
        return context.get_dummy_value()

    return types.void(uint64, int64), generate


@njit(nogil=True, cache=True)
def start_at(starts: Any, wide: Any, place: Any) -> Any:
    """Where text ``place`` begins."""
    return _far(starts, place) if wide else _near(starts, place)


@njit(nogil=True, cache=True)
def put_start(starts: Any, wide: Any, place: Any, start: Any) -> None:
    """Say where text ``place`` begins."""
    if wide:
        _put_far(starts, place, start)
    else:
        _put_near(starts, place, start)


@njit(nogil=True, cache=True)
def _tail(data: Any, place: Any, size: Any) -> Any:
    """The last ``size`` < 8 bytes as one word; nothing beyond them is read."""
    word = _NONE
    for i in range(size):
        word |= uint64(byte_at(data, place + i)) << uint64(8 * i)
    return word


@njit(nogil=True, cache=True)
def hash_of(data: Any, place: Any, size: Any) -> Any:
    """64 bits of which each depends on every byte."""
    held = _FIRST ^ uint64(size)
    i = 0
    while i + 16 <= size:
        one, other = word_at(data, place + i) ^ _SECOND, word_at(data, place + i + 8) ^ held
        held = mixed(one, other) ^ one ^ other
        i += 16
    if size >= 16:
        one, other = word_at(data, place + size - 16), word_at(data, place + size - 8)
    elif size >= 8:
        one, other = word_at(data, place), word_at(data, place + size - 8)
    else:
        one, other = _tail(data, place, size), _NONE
    one, other = one ^ _SECOND, other ^ held
    held = mixed(one, other) ^ one ^ other
    return mixed(held ^ _THIRD, _FIRST)


@njit(nogil=True, cache=True)
def equal(one: Any, at: Any, other: Any, place: Any, size: Any) -> Any:
    """Whether ``size`` bytes are the same."""
    if size < 8:
        return _tail(one, at, size) == _tail(other, place, size)
    i = 0
    while i + 8 <= size:
        if word_at(one, at + i) != word_at(other, place + i):
            return False
        i += 8
    i = size - 8
    return word_at(one, at + i) == word_at(other, place + i)


@njit(nogil=True, cache=True)
def copy(one: Any, at: Any, other: Any, place: Any, size: Any) -> None:
    """``size`` bytes of the other to the one."""
    if size < 8:
        for i in range(size):
            put_byte(one, at + i, byte_at(other, place + i))
        return
    i = 0
    while i + 8 <= size:
        put_word(one, at + i, word_at(other, place + i))
        i += 8
    i = size - 8
    put_word(one, at + i, word_at(other, place + i))


@njit(nogil=True, cache=True)
def _slot_of(held: Any, slots: Any) -> Any:
    return int64(((held >> uint64(32)) * uint64(slots)) >> uint64(32))


@njit(nogil=True, cache=True)
def _first_slots(
    table: Any, slots: Any, given: Any, starts: Any, wide: Any, base: Any,
    hashes: Any, places: Any, count: Any,
) -> None:  # fmt: skip
    """Hash ``count`` texts from ``base`` on and fetch the slots where to look for them first."""
    for k in range(count):
        begin = start_at(starts, wide, base + k)
        hashes[k] = hash_of(given, begin, start_at(starts, wide, base + k + 1) - begin)
        places[k] = _slot_of(hashes[k], slots)
        fetch(table, places[k] * 4)


@njit(nogil=True, cache=True)
def _near_slots(
    table: Any, slots: Any, code_bits: Any, heap: Any, starts: Any, wide: Any, known: Any,
    hashes: Any, places: Any, count: Any,
) -> None:  # fmt: skip
    """Move each place to the first slot that is empty or may hold its text; fetch what it names."""
    bits, mask = uint64(code_bits), (uint64(1) << uint64(code_bits)) - uint64(1)
    for k in range(count):
        slot, tag = places[k], (hashes[k] & _LOW) >> bits
        held = slot_at(table, slot)
        while held != EMPTY and held >> bits != tag:
            slot = slot + 1 if slot + 1 < slots else 0
            held = slot_at(table, slot)
        places[k] = slot
        hashes[k] = tag << bits | (held & mask)
        if held != EMPTY:
            fetch(starts, int64((held & mask) - uint64(1)) * (8 if wide else 4))
    for k in range(count):
        code = int64(hashes[k] & mask) - 1
        if 0 <= code < known:
            fetch(heap, start_at(starts, wide, code))


@njit(nogil=True, cache=True)
def _code_from(
    table: Any, slots: Any, code_bits: Any, heap: Any, starts: Any, wide: Any, known: Any,
    slot: Any, tag: Any, given: Any, begin: Any, size: Any,
) -> Any:  # fmt: skip
    """The text's code, or UNKNOWN, and the slot where it stands or would stand."""
    bits, mask = uint64(code_bits), (uint64(1) << uint64(code_bits)) - uint64(1)
    held = slot_at(table, slot)
    while held != EMPTY:
        code = int64(held & mask) - 1
        # A code that is not known yet is that of a text learnt meanwhile: another one.
        if held >> bits == tag and code < known:
            at = start_at(starts, wide, code)
            if start_at(starts, wide, code + 1) - at == size and equal(
                heap, at, given, begin, size
            ):
                return code, slot
        slot = slot + 1 if slot + 1 < slots else 0
        held = slot_at(table, slot)
    return UNKNOWN, slot


@njit(nogil=True, cache=True)
def find(
    table: Any, slots: Any, code_bits: Any, heap: Any, starts: Any, wide: Any, known: Any,
    given: Any, given_starts: Any, given_wide: Any, valid: Any, codes: Any,
) -> None:  # fmt: skip
    """The code of each given text, UNKNOWN where it has none or its byte in ``valid`` is 0."""
    hashes, places = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.int64)
    bits = uint64(code_bits)
    for base in range(0, codes.size, BLOCK):
        count = min(BLOCK, codes.size - base)
        _first_slots(
            table, slots, given, given_starts, given_wide, base, hashes, places, count
        )  # fmt: skip
        _near_slots(
            table, slots, code_bits, heap, starts, wide, known, hashes, places, count
        )  # fmt: skip
        for k in range(count):
            codes[base + k] = UNKNOWN
            if valid == _NONE or byte_at(valid, base + k):
                begin = start_at(given_starts, given_wide, base + k)
                size = start_at(given_starts, given_wide, base + k + 1) - begin
                codes[base + k], _ = _code_from(
                    table, slots, code_bits, heap, starts, wide, known,
                    places[k], hashes[k] >> bits, given, begin, size,
                )  # fmt: skip


@njit(nogil=True, cache=True)
def learn(
    table: Any, slots: Any, code_bits: Any, heap: Any, starts: Any, wide: Any, room: Any,
    given: Any, given_starts: Any, given_wide: Any, valid: Any, codes: Any, first: Any, size: Any,
) -> Any:  # fmt: skip
    """Codes of the given texts from ``first`` on; those not known among ``size`` are appended.

    ``room`` is how many texts and how many bytes there is room for. Gives the place of the first
    text for which there is none, or how many there are, and how many texts are known then.
    """
    hashes, places = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.int64)
    bits = uint64(code_bits)
    used = start_at(starts, wide, size)
    for base in range(first, codes.size, BLOCK):
        count = min(BLOCK, codes.size - base)
        _first_slots(
            table, slots, given, given_starts, given_wide, base, hashes, places, count
        )  # fmt: skip
        _near_slots(
            table, slots, code_bits, heap, starts, wide, size, hashes, places, count
        )  # fmt: skip
        for k in range(count):
            codes[base + k] = UNKNOWN
            if valid != _NONE and not byte_at(valid, base + k):
                continue
            begin = start_at(given_starts, given_wide, base + k)
            length = start_at(given_starts, given_wide, base + k + 1) - begin
            tag = hashes[k] >> bits
            code, slot = _code_from(
                table, slots, code_bits, heap, starts, wide, size,
                places[k], tag, given, begin, length,
            )  # fmt: skip
            if code == UNKNOWN:
                if size >= room[0] or used + length > room[1]:
                    return base + k, size
                copy(heap, used, given, begin, length)
                used += length
                code = size
                size += 1
                put_start(starts, wide, size, used)
                put_slot(table, slot, tag << bits | uint64(size))
            codes[base + k] = code
    return codes.size, size


@njit(nogil=True, cache=True)
def fill(
    table: Any, slots: Any, code_bits: Any, heap: Any, starts: Any, wide: Any, size: Any
) -> Any:
    """Put texts 0 to ``size - 1`` into a table of zeros; gives how many repeat an earlier one."""
    hashes, places = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.int64)
    bits, mask = uint64(code_bits), (uint64(1) << uint64(code_bits)) - uint64(1)
    repeats = 0
    for base in range(0, size, BLOCK):
        count = min(BLOCK, size - base)
        _first_slots(table, slots, heap, starts, wide, base, hashes, places, count)
        for k in range(count):
            slot, tag = places[k], (hashes[k] & _LOW) >> bits
            held = slot_at(table, slot)
            while held != EMPTY:
                if held >> bits == tag:
                    other, here = int64(held & mask) - 1, start_at(starts, wide, base + k)
                    length = start_at(starts, wide, base + k + 1) - here
                    there = start_at(starts, wide, other)
                    if start_at(starts, wide, other + 1) - there == length and equal(
                        heap, here, heap, there, length
                    ):
                        repeats += 1
                slot = slot + 1 if slot + 1 < slots else 0
                held = slot_at(table, slot)
            put_slot(table, slot, tag << bits | uint64(base + k + 1))
    return repeats


@njit(nogil=True, cache=True)
def measure(starts: Any, wide: Any, codes: Any, ends: Any) -> None:
    """Where each of these texts will end when copied out; code UNKNOWN is no text."""
    total = 0
    for i in range(codes.size):
        if codes[i] != UNKNOWN:
            total += start_at(starts, wide, codes[i] + 1) - start_at(starts, wide, codes[i])
        ends[i] = total


@njit(nogil=True, cache=True)
def gather(
    data: Any, starts: Any, wide: Any, codes: Any, target: Any, target_starts: Any
) -> None:  # fmt: skip
    """Copy these texts one after another to where ``target_starts`` says."""
    for base in range(0, codes.size, BLOCK):
        count = min(BLOCK, codes.size - base)
        for i in range(base, base + count):
            if codes[i] != UNKNOWN:
                fetch(data, start_at(starts, wide, codes[i]))
        for i in range(base, base + count):
            size = target_starts[i + 1] - target_starts[i]
            if size:
                copy(target, target_starts[i], data, start_at(starts, wide, codes[i]), size)
