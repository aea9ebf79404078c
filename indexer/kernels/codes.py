"""From the codes of a column to words, by a table of the codes that are wanted."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def words_of_codes(codes: Any, null: int, wanted: Any, words: Any) -> None:
    """Bit i of ``words`` tells whether ``wanted[codes[i]]``; code ``null`` is nowhere wanted.

    ``words`` starts as zeros. Cost: one pass over the codes.
    """
    for i in range(codes.size):
        code = codes[i]
        if code != null and wanted[code]:
            words[i >> 6] |= np.uint64(1) << np.uint64(i & 63)
