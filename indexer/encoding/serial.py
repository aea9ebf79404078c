"""Codes that count up: what unique texts have when they are learnt in the order of the records."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from indexer.encoding.bits import Offsets, Words, bits_at, mask_of_words, words_for, words_of_mask

NULL = np.uint32(0xFFFFFFFF)
"""Stands where there is no code, as in any column of codes."""

WideCodes = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Serial:
    """``first``, ``first + 1``, ... at the offsets that are ``present``; NULL at the others."""

    first: int
    present: Words
    size: int

    @classmethod
    def of(cls, codes: npt.NDArray[Any]) -> Self | None:
        """These codes, -1 for null; None if they don't count up. Cost: a pass."""
        mask = codes >= 0
        known = codes[mask]
        if not len(known) or (np.diff(known) != 1).any():
            return None
        return cls(int(known[0]), words_of_mask(mask, words_for(len(codes))), len(codes))

    @property
    def nbytes(self) -> int:
        """Bytes it holds."""
        return self.present.nbytes

    def all(self) -> WideCodes:
        """Every code. Cost: a pass."""
        mask = mask_of_words(self.present, self.size)
        codes = np.full(self.size, NULL, np.uint32)
        codes[mask] = np.arange(self.first, self.first + int(mask.sum()), dtype=np.uint32)
        return codes

    def at(self, offsets: Offsets) -> WideCodes:
        """The codes at these offsets. Cost: a step for each."""
        places = np.asarray(offsets).astype(np.int64, copy=False)
        bit = (places & 63).astype(np.uint64)
        below = self.present[places >> 6] & ((np.uint64(1) << bit) - np.uint64(1))
        ranks = self._before[places >> 6] + np.bitwise_count(below)
        codes: WideCodes = (self.first + ranks).astype(np.uint32)
        codes[~bits_at(self.present, places)] = NULL
        return codes

    @cached_property
    def _before(self) -> npt.NDArray[np.uint32]:
        """How many codes there are before each word."""
        counts = np.bitwise_count(self.present)
        return (np.cumsum(counts, dtype=np.uint32) - counts).astype(np.uint32)
