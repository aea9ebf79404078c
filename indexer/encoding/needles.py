"""Which texts contain any of some byte strings, without a Python step per text.

A few needles are searched for one after another by their two rarest bytes. Many are searched for
together: places whose first bytes begin some needle are found by table, then compared in full.
UTF-8 makes bytes as good as characters: no character's bytes begin inside another's.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indexer.encoding.bits import Mask
from indexer.plan.texts import Bytes, bytes_of

ONE_BY_ONE_MAX = 8
"""More needles than this are searched for together."""
BLOCK = 1 << 18
"""Bytes looked at in one step: they and the masks over them stay in the cache."""
GRAM = 4
"""Bytes at the start of a needle that its table knows."""
_TABLE_BITS = 20
_SPREAD = np.uint32(0x9E3779B1)
_SAMPLE = 1 << 16
_WINDOW_BYTES_MAX = 1 << 24
"""Bytes of candidates copied out at a time."""

Places = npt.NDArray[np.int64]


def containing(texts: Any, needles: Sequence[str]) -> Mask:
    """True for the texts of a large_string array that contain any needle; none may be empty.

    Cost: two or three passes over the bytes for each of a few needles; for many, a pass or two
    and a comparison for each place where one could begin.
    """
    data, starts = bytes_of(texts)
    low, high = int(starts[0]), int(starts[-1])
    held = np.zeros(len(texts), np.bool_)
    sought = [needle.encode() for needle in needles]
    if len(sought) <= ONE_BY_ONE_MAX:
        for needle in sought:
            for places in _places_of(data[low:high], needle):
                _mark(held, starts, places + low, len(needle))
        return held
    for _, group in groupby(sorted(sought, key=len), key=lambda needle: min(len(needle), GRAM)):
        table = _Table(list(group))
        for places in table.candidates(data[low:high]):
            table.mark(held, data, starts, places + low)
    return held


def _places_of(data: Bytes, needle: bytes) -> Iterator[Places]:
    """The places where the needle stands, a block at a time."""
    rarity = np.bincount(data[:_SAMPLE], minlength=256)
    first, *rest = sorted(range(len(needle)), key=lambda place: int(rarity[needle[place]]))
    last = len(data) - len(needle) + 1
    for start in range(0, last, BLOCK):
        end = min(start + BLOCK, last)
        mask = data[start + first : end + first] == needle[first]
        if rest:
            mask &= data[start + rest[0] : end + rest[0]] == needle[rest[0]]
        places = np.flatnonzero(mask) + start
        for place in rest[1:]:
            if not len(places):
                break
            places = places[data[places + place] == needle[place]]
        if len(places):
            yield places


def _mark(held: Mask, starts: Places, places: Places, length: int) -> None:
    """Mark the texts in which all ``length`` bytes from these places on lie."""
    owners = np.searchsorted(starts, places, "right") - 1
    held[owners[places + length <= starts[owners + 1]]] = True


class _Table:
    """Needles of one length below GRAM, or of any length from there on."""

    def __init__(self, needles: list[bytes]) -> None:
        self._width = min(len(needles[0]), GRAM)
        grams = np.array([_number(needle[: self._width]) for needle in needles], np.uint32)
        self._table = np.zeros(1 << _TABLE_BITS, np.bool_)
        self._table[_slot(grams)] = True
        self._by_length = {
            length: pa.array(list(group), pa.binary(length))
            for length, group in groupby(sorted(needles, key=len), key=len)
        }

    def candidates(self, data: Bytes) -> Iterator[Places]:
        """Places where a needle may begin, a block at a time."""
        last = len(data) - self._width + 1
        for start in range(0, last, BLOCK):
            end = min(start + BLOCK, last)
            grams = np.zeros(end - start, np.uint32)
            for place in range(self._width):
                part = data[start + place : end + place].astype(np.uint32)
                grams |= part << np.uint32(8 * place)
            places = np.flatnonzero(self._table[_slot(grams)]) + start
            if len(places):
                yield places

    def mark(self, held: Mask, data: Bytes, starts: Places, places: Places) -> None:
        """Mark the texts in which a needle stands at one of these places."""
        owners = np.searchsorted(starts, places, "right") - 1
        room = starts[owners + 1] - places
        for length, needles in self._by_length.items():
            fitting = np.flatnonzero((room >= length) & ~held[owners])
            if not len(fitting):
                # Lengths come in ascending order: what has no room now has none later.
                break
            step = max(1, _WINDOW_BYTES_MAX // length)
            for first in range(0, len(fitting), step):
                part = fitting[first : first + step]
                windows = data[places[part][:, None] + np.arange(length)]
                found = pc.is_in(_fixed(windows, length), value_set=needles)
                held[owners[part[np.asarray(found)]]] = True


def _slot(grams: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    slots: npt.NDArray[np.uint32] = (grams * _SPREAD) >> np.uint32(32 - _TABLE_BITS)
    return slots


def _number(gram: bytes) -> int:
    return int.from_bytes(gram, "little")


def _fixed(windows: Bytes, length: int) -> Any:
    buffer = pa.py_buffer(np.ascontiguousarray(windows))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(length), len(windows), [None, buffer])
