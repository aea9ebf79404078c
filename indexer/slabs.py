"""Where words lie: on huge pages, and each array at the beginning of a line of cache.

A stream of words in pages of its own waits at every one of them, and a vector that lies across two
lines takes two reads. So arrays are cut from slabs, which numpy asks the system to put on huge
pages; a slab goes when the last array cut from it does.
"""

import threading

import numpy as np
import numpy.typing as npt

SLAB_WORDS = 1 << 21
"""16 MB: small beside any budget, and large enough for huge pages."""
LINE_WORDS = 8
GAP_WORDS = 16
"""Between two arrays, so that streams don't meet in the same places of a cache."""

Words = npt.NDArray[np.uint64]


class Slabs:
    """Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slab = aligned(0)
        self._used = 0

    def zeros(self, words: int) -> Words:
        """An array of zeros."""
        if words > SLAB_WORDS // 4:
            part = aligned(words)
        else:
            with self._lock:
                if self._used + words > len(self._slab):
                    self._slab, self._used = aligned(SLAB_WORDS), 0
                part = self._slab[self._used : self._used + words]
                self._used += -(-words // LINE_WORDS) * LINE_WORDS + GAP_WORDS
        part[:] = 0
        return part


def aligned(words: int) -> Words:
    """An array of anything that begins a line of cache."""
    whole = np.empty(words + LINE_WORDS, np.uint64)
    start = -(whole.ctypes.data // 8) % LINE_WORDS
    return whole[start : start + words]
