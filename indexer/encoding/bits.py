"""From masks and offsets to roaring bitmaps, without a Python step per record."""

import array
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.kernels.grouping import count_codes, group_offsets, group_owners

CONTAINER_BITS = 16
CONTAINER_SIZE = 1 << CONTAINER_BITS
ARRAY_MEMBERS_MAX = 4_096
"""A roaring container with more members is a bit set."""

_COOKIE_NO_RUNS = 12_346

WORD_BITS = 64
WORD_SHIFT = 6
CONTAINER_WORDS = CONTAINER_SIZE // WORD_BITS

Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
"""Bit i of word w is offset ``64 * w + i``."""
Offsets = npt.NDArray[np.integer]


def words_for(size: int) -> int:
    """How many words hold ``size`` offsets."""
    return (size + WORD_BITS - 1) // WORD_BITS


def bitmap_of_mask(mask: Mask) -> BitMap:
    """The positions where ``mask`` is true. Cost: one pass."""
    return bitmap_of_words(words_of_mask(mask, words_for(len(mask))))


def bitmap_of_words(words: Words) -> BitMap:
    """The set of these bits.

    Writes the portable Roaring format (RoaringFormatSpec, no run containers) and lets CRoaring
    read it: 30 times faster than giving it the positions one by one. Cost: one pass.
    """
    padded = words
    if len(words) % CONTAINER_WORDS:
        padded = np.zeros(-(-len(words) // CONTAINER_WORDS) * CONTAINER_WORDS, np.uint64)
        padded[: len(words)] = words
    blocks = padded.reshape(-1, CONTAINER_WORDS)
    members = np.bitwise_count(blocks).sum(axis=1, dtype=np.int64)
    keys = np.flatnonzero(members)
    if not len(keys):
        return BitMap()
    sizes = members[keys]
    bodies = [
        _array_body(blocks[key]) if size <= ARRAY_MEMBERS_MAX else blocks[key].tobytes()
        for key, size in zip(keys.tolist(), sizes.tolist(), strict=True)
    ]
    head = np.array([_COOKIE_NO_RUNS, len(keys)], "<u4").tobytes()
    described = np.column_stack((keys, sizes - 1)).astype("<u2").tobytes()
    first = len(head) + len(described) + 4 * len(keys)
    ends = np.cumsum([len(body) for body in bodies])
    starts = np.concatenate(([0], ends[:-1])) + first
    return BitMap.deserialize(b"".join((head, described, starts.astype("<u4").tobytes(), *bodies)))


def bitmap_of(offsets: Offsets) -> BitMap:
    """The set of these offsets, in any order, repeats allowed."""
    return BitMap(array.array("I", np.ascontiguousarray(offsets, "u4").tobytes()))


def offsets_of(bitmap: BitMap) -> npt.NDArray[np.int64]:
    """The members, ascending."""
    return np.frombuffer(bitmap.to_array(), "u4").astype(np.int64)


def mask_of(bitmap: BitMap, size: int) -> Mask:
    """A mask of ``size`` that is true at the members. No member may be ``size`` or more."""
    mask = np.zeros(size, np.bool_)
    mask[offsets_of(bitmap)] = True
    return mask


def words_of_mask(mask: Mask, words: int) -> Words:
    """The mask's bits, padded with zeros to ``words`` words."""
    packed = np.zeros(words * (WORD_BITS // 8), np.uint8)
    bits = np.packbits(mask, bitorder="little")
    packed[: len(bits)] = bits
    return packed.view(np.uint64)


def mask_of_words(words: Words, size: int) -> Mask:
    """True where one of the first ``size`` bits is set."""
    return np.unpackbits(words.view(np.uint8), count=size, bitorder="little").view(np.bool_)


def bits_at(words: Words, offsets: Offsets) -> Mask:
    """Whether each of these offsets is set."""
    places = offsets.astype(np.int64, copy=False)
    shifts = (places & (WORD_BITS - 1)).astype(np.uint64)
    held: Mask = ((words[places >> WORD_SHIFT] >> shifts) & np.uint64(1)).astype(np.bool_)
    return held


def with_bits(words: Words, offsets: Offsets, held: Mask) -> Words:
    """The words with the bit of each of these distinct offsets set or cleared."""
    places = offsets.astype(np.int64, copy=False)
    bits = np.uint64(1) << (places & (WORD_BITS - 1)).astype(np.uint64)
    changed = words.copy()
    np.bitwise_and.at(changed, places >> WORD_SHIFT, ~bits)
    np.bitwise_or.at(changed, places[held] >> WORD_SHIFT, bits[held])
    return changed


def words_extended(words: Words, size: int) -> Words:
    """The words with zeros up to ``size`` offsets."""
    return np.concatenate((words, np.zeros(words_for(size) - len(words), np.uint64)))


def bitmaps_of(
    codes: npt.NDArray[np.unsignedinteger[Any]],
    known: int,
    lengths: npt.NDArray[np.unsignedinteger[Any]] | None = None,
) -> dict[int, BitMap]:
    """For each code below ``known`` but null that occurs, the offsets where it does, in few bytes.

    Offset i has the next ``lengths[i]`` of the codes; one if there are no lengths. Cost: two
    passes without the interpreter's lock, a call per code that occurs.
    """
    # All ones is null, and may be less than ``known`` where codes are narrow.
    counts = np.zeros(min(known, int(np.iinfo(codes.dtype).max)), np.int64)
    count_codes(codes, counts)
    ends = np.cumsum(counts)
    offsets, places = np.empty(int(counts.sum()), np.uint32), ends - counts
    if lengths is None:
        group_offsets(codes, places, offsets)
    else:
        group_owners(codes, lengths, places, offsets)
    found = {}
    for code in np.flatnonzero(counts).tolist():
        bitmap = bitmap_of(offsets[ends[code] - counts[code] : ends[code]])
        bitmap.run_optimize()
        bitmap.shrink_to_fit()
        found[code] = bitmap
    return found


def offsets_of_words(words: Words) -> npt.NDArray[np.int64]:
    """The set bits, ascending. Cost: little for few, 0.8 ms for any number in 2^20 places."""
    held = np.flatnonzero(words)
    if 2 * len(held) > len(words):
        return np.flatnonzero(mask_of_words(words, WORD_BITS * len(words)))
    bits = np.flatnonzero(mask_of_words(words[held], WORD_BITS * len(held)))
    offsets: npt.NDArray[np.int64] = (held[bits >> 6] << 6) + (bits & 63)
    return offsets


def grouped(codes: npt.NDArray[np.integer]) -> dict[int, npt.NDArray[np.int64]]:
    """For each code that occurs, the positions where it does, ascending."""
    if not len(codes):
        return {}
    order = np.argsort(codes, kind="stable")
    ranked = codes[order]
    edges = np.flatnonzero(ranked[1:] != ranked[:-1]) + 1
    starts = np.concatenate(([0], edges))
    return {
        int(ranked[start]): part for start, part in zip(starts, np.split(order, edges), strict=True)
    }


def _array_body(words: Words) -> bytes:
    return (
        np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
        .astype("<u2")
        .tobytes()
    )
