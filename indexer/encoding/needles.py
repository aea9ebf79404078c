"""Which texts contain, begin or end with any of some byte strings.

UTF-8 makes bytes as good as characters: no character's bytes begin inside another's. A few
needles are searched for one after another, 64 bytes at a time, by their two rarest bytes. Many
are searched for together, by their first bytes (see ``indexer.kernels.search``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.encoding.bits import Mask
from indexer.encoding.texts import Bytes, Texts
from indexer.kernels.search import (
    ANY,
    GRAM,
    GRAM_BITS,
    LONG,
    begin,
    begin_any,
    contain,
    contain_any,
)

ONE_BY_ONE_MAX = 8
"""More needles than this are searched for together."""

_SAMPLE = 1 << 16
"""Bytes looked at to tell which bytes are rare."""
_SPREAD = np.uint32(0x9E3779B1)


def containing(texts: Texts, needles: Sequence[str]) -> Mask:
    """True for the texts that contain any needle; none may be empty.

    Cost: a pass at the speed of memory for each of a few needles; for many, one that takes about
    a nanosecond a byte, and a binary search for each place where one could begin.
    """
    found = np.zeros(len(texts), np.bool_)
    if len(needles) > ONE_BY_ONE_MAX:
        table = _Sorted.of(_shortest(needle.encode() for needle in needles))
        contain_any(*texts.places, len(texts), *table.places, found)
        return found
    rarity = _rarity(texts)
    for needle in needles:
        sought = np.frombuffer(needle.encode(), np.uint8)
        one, *rest = np.argsort(rarity[sought], kind="stable").tolist()
        contain(
            *texts.places, len(texts), sought.ctypes.data, len(sought),
            one, rest[0] if rest else one, found,
        )  # fmt: skip
    return found


def beginning(texts: Texts, needles: Sequence[str], *, backward: bool, whole: bool) -> Mask:
    """True for the texts that begin with any needle, end with any if ``backward``, or are one if
    ``whole``; else none may be empty. Cost: one pass, and a binary search where one is likely.
    """
    found = np.zeros(len(texts), np.bool_)
    sought = [needle.encode() for needle in needles]
    if len(needles) <= ONE_BY_ONE_MAX:
        for needle in sought:
            place = np.frombuffer(needle, np.uint8).ctypes.data
            begin(*texts.places, len(texts), place, len(needle), backward, whole, found)
        return found
    if backward:
        sought = [needle[::-1] for needle in sought]
    table = _Sorted.of(sorted(filter(None, sought)) if whole else _shortest(sought))
    begin_any(*texts.places, len(texts), *table.places, backward, whole, found)
    if whole and b"" in sought:
        found |= texts.starts[1:] == texts.starts[:-1]
    return found


@dataclass(frozen=True)
class _Sorted:
    """Needles in order, none of them empty, and tables over their first bytes."""

    data: Bytes
    starts: npt.NDArray[np.int64]
    kinds: Bytes
    grams: Bytes
    firsts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, needles: Sequence[bytes]) -> "_Sorted":
        """``needles`` come sorted."""
        starts = np.zeros(len(needles) + 1, np.int64)
        np.cumsum([len(needle) for needle in needles], out=starts[1:])
        padded = b"".join(needle[:GRAM].ljust(GRAM, b"\0") for needle in needles)
        begins = np.frombuffer(padded, "<u4")
        pairs = begins & np.uint32(0xFFFF)
        long = np.diff(starts) >= GRAM
        kinds = np.zeros(1 << 16, np.uint8)
        kinds[pairs[long]] = LONG
        kinds[pairs[~long]] = ANY
        for needle in needles:
            if len(needle) == 1:
                kinds[needle[0] :: 256] = ANY
        slots = np.zeros(1 << GRAM_BITS, np.bool_)
        slots[(begins[long] * _SPREAD) >> np.uint32(32 - GRAM_BITS)] = True
        counts = np.bincount(pairs.byteswap() >> np.uint32(16), minlength=1 << 16)
        firsts = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
        data = np.frombuffer(b"".join(needles), np.uint8)
        return cls(data, starts, kinds, np.packbits(slots, bitorder="little"), firsts)

    @property
    def places(self) -> tuple[int, npt.NDArray[np.int64], Bytes, Bytes, npt.NDArray[np.int64]]:
        """What the kernels are told."""
        return self.data.ctypes.data, self.starts, self.kinds, self.grams, self.firsts


def _shortest(needles: Iterable[bytes]) -> list[bytes]:
    """In order, without those that begin with another one: what they find is found already."""
    kept: list[bytes] = []
    for needle in sorted(needles):
        if not kept or not needle.startswith(kept[-1]):
            kept.append(needle)
    return kept


def _rarity(texts: Texts) -> npt.NDArray[np.int64]:
    """How often each byte comes in some of the texts."""
    begin, end = int(texts.starts[0]), int(texts.starts[-1])
    return np.bincount(texts.data[begin : min(end, begin + _SAMPLE)], minlength=256)
