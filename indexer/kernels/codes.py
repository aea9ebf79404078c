"""From the codes of a column to words, by a table of the codes that are wanted."""

from typing import Any

import numpy as np
from numba import njit, uint64


@njit(nogil=True, cache=True)
def words_of_codes(codes: Any, null: int, wanted: Any, words: Any) -> None:
    """Bit i of ``words`` tells whether ``wanted[codes[i]]``; code ``null`` is nowhere wanted.

    ``words`` starts as zeros. Cost: one pass over the codes.
    """
    for i in range(codes.size):
        code = codes[i]
        if code != null and wanted[code]:
            words[i >> 6] |= np.uint64(1) << np.uint64(i & 63)


@njit(nogil=True, cache=True)
def words_of_serial(present: Any, first: int, wanted: Any, words: Any) -> None:
    """The same for codes that count up from ``first`` at the set bits of ``present``."""
    code = first
    for w in range(present.size):
        held, found = present[w], uint64(0)
        for bit in range(64):
            if (held >> uint64(bit)) & uint64(1):
                found |= uint64(wanted[code]) << uint64(bit)
                code += 1
        words[w] = found
