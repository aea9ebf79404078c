"""Texts side by side in one Arrow array: their bytes, and arrays that follow a growing list."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Starts = npt.NDArray[np.int64]


def texts_of(values: Any) -> Any:
    """Python texts, or numpy's, as one large_string array."""
    return pa.array(values, pa.large_string())


def bytes_of(texts: Any) -> tuple[Bytes, Starts]:
    """The UTF-8 bytes of a large_string array without nulls, and where in them each text starts.

    One start more than there are texts: the end of the last one. Copies nothing.
    """
    _, offsets, data = texts.buffers()
    if offsets is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    held = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return held, starts


class Following:
    """Arrays made of a list that only grows, in parts that merge as they become many.

    ``make`` gives the array of the items from one place to another. Readers may share it: what
    it holds is replaced, never changed, and a lost race makes a part twice.
    """

    def __init__(self, make: Callable[[int, int], Any]) -> None:
        self._make = make
        self._parts: tuple[Any, ...] = ()

    def between(self, start: int, end: int) -> list[Any]:
        """Arrays that together are the items from ``start`` to ``end``, in order."""
        found: list[Any] = []
        first = 0
        for part in self._up_to(end):
            low, high = max(start - first, 0), min(end - first, len(part))
            if low < high:
                found.append(part.slice(low, high - low))
            first += len(part)
        return found

    def _up_to(self, end: int) -> tuple[Any, ...]:
        parts = self._parts
        known = sum(map(len, parts))
        if known >= end:
            return parts
        grown = [*parts, self._make(known, end)]
        # Each part is more than twice as long as the next, so there are few, and items move rarely.
        while len(grown) > 1 and len(grown[-2]) <= 2 * len(grown[-1]):
            last = grown.pop()
            grown[-1] = pa.concat_arrays([grown[-1], last])
        self._parts = tuple(grown)
        return self._parts
