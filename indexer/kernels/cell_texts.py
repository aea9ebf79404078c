"""Texts of cells: coded, copied and split, byte by byte."""

from typing import Any

import numpy as np
from numba import int64, njit

GIVEN_UP = -1

_ASCII_MAX = 127
_WORD = 8
_BYTE_BITS, _HALF = np.uint64(8), np.uint64(32)
_ODD = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True)
def code_texts(
    data: Any,
    starts: Any,
    ends: Any,
    table: Any,
    known_starts: Any,
    known_ends: Any,
    words: Any,
    codes: Any,
) -> int:
    """The code of each cell's text, in order of first appearance, -1 for null; gives how many.

    ``table`` is all -1, its size a power of two at least twice that of ``known_starts``, which
    get the bounds of each distinct text; ``words`` get its first 16 bytes, as two words. Gives up
    when there are more of them.
    """  # fmt: skip
    mask, known = np.uint64(table.size - 1), 0
    for i in range(starts.size):
        start, size = int64(starts[i]), int64(ends[i]) - int64(starts[i])
        if size == 0:
            codes[i] = -1
            continue
        size = max(size, 0)
        first, second = _word(data, start, size), _word(data, start + _WORD, size - _WORD)
        mixed = (first ^ (second * _ODD) ^ np.uint64(size)) * _ODD
        for k in range(start + 2 * _WORD, start + size, _WORD):
            mixed = (mixed ^ (mixed >> _HALF) ^ _word(data, k, start + size - k)) * _ODD
        place = (mixed ^ (mixed >> _HALF)) & mask
        while True:
            code = table[place]
            if code < 0:
                if known == known_starts.size:
                    return GIVEN_UP
                table[place] = code = known
                known_starts[known], known_ends[known] = start, start + size
                words[known, 0], words[known, 1] = first, second
                known += 1
                break
            other = int64(known_starts[code])
            if (
                words[code, 0] == first
                and words[code, 1] == second
                and int64(known_ends[code]) - other == size
                and _same(data, start + 2 * _WORD, other + 2 * _WORD, size - 2 * _WORD)
            ):
                break
            place = (place + np.uint64(1)) & mask
        codes[i] = code
    return known


@njit(nogil=True, cache=True)
def _word(data: Any, start: int, size: int) -> Any:
    """The first bytes of a text as one word, eight at most."""
    word = np.uint64(0)
    for k in range(start, start + min(size, _WORD)):
        word = (word << _BYTE_BITS) | np.uint64(data[k])
    return word


@njit(nogil=True, cache=True)
def _same(data: Any, one: int, other: int, size: int) -> bool:
    k = 0
    while k < size and data[one + k] == data[other + k]:
        k += 1
    return k >= size


@njit(nogil=True, cache=True)
def copy_texts(data: Any, starts: Any, ends: Any, offsets: Any, texts: Any, odd: Any) -> int:
    """The texts one after another, as Arrow has them; gives how many have a byte over 127.

    ``offsets`` has one place more than there are cells, ``texts`` room for all of them. Those
    with such a byte are marked in ``odd``.
    """
    at, found = 0, 0
    for i in range(starts.size):
        offsets[i] = at
        seen = np.uint8(0)
        for k in range(int64(starts[i]), int64(ends[i])):
            byte = data[k]
            texts[at] = byte
            seen |= byte
            at += 1
        odd[i] = seen > _ASCII_MAX
        found += odd[i]
    offsets[starts.size] = at
    return found


@njit(nogil=True, cache=True)
def split_cells(
    data: Any,
    starts: Any,
    ends: Any,
    separator: int,
    offsets: Any,
    part_starts: Any,
    part_ends: Any,
) -> int:
    """The pieces of each cell between separators, but for empty ones; gives how many.

    Pieces of cell i are those from ``offsets[i]`` to ``offsets[i + 1]``; there must be room for
    half of all bytes, one more a cell and one over.
    """  # fmt: skip
    parts = 0
    for i in range(starts.size):
        offsets[i] = parts
        start, end = int64(starts[i]), int64(ends[i])
        for k in range(start, end):
            if data[k] == separator:
                part_starts[parts] = start
                part_ends[parts] = k
                parts += k > start
                start = k + 1
        if end > start:
            part_starts[parts] = start
            part_ends[parts] = end
            parts += 1
    offsets[starts.size] = parts
    return parts


@njit(nogil=True, cache=True)
def tidy_sets(offsets: Any, codes: Any) -> int:
    """Sort the codes of every set and drop repeats, in place; gives how many are left."""
    kept = 0
    for i in range(offsets.size - 1):
        first, last = offsets[i], offsets[i + 1]
        offsets[i] = kept
        begin = kept
        for k in range(first, last):
            code = codes[k]
            at = kept
            while at > begin and codes[at - 1] > code:
                at -= 1
            if at > begin and codes[at - 1] == code:
                continue
            for m in range(kept, at, -1):
                codes[m] = codes[m - 1]
            codes[at] = code
            kept += 1
    offsets[offsets.size - 1] = kept
    return kept
