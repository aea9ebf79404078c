"""The machine a benchmark ran on: what it is, and how fast one core reads its memory."""

import os
import platform
import statistics
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

PACKAGES = ("chdb-core", "duckdb", "numba", "numpy", "polars", "pyarrow", "pyroaring")
STREAM_BYTES = 256 << 20
"""Read to measure memory: many times what any cache of such a machine holds."""
STREAM_ROUNDS = 7

Words = npt.NDArray[np.uint64]


def machine_info() -> dict[str, Any]:
    """Processor, cores, memory, load, Python, and the versions of what took part."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def peak_bytes() -> int:
    """The most memory this process held at once. Unlike ``ru_maxrss`` it starts anew at exec."""
    return _kilobytes("VmHWM") * 1024


def held_bytes() -> int:
    """The memory this process holds now."""
    return _kilobytes("VmRSS") * 1024


class Memory:
    """A stretch of memory larger than every cache, to measure with and to empty caches with."""

    def __init__(self) -> None:
        self._words: Words = np.arange(STREAM_BYTES // 8, dtype=np.uint64)
        sum_words(self._words)

    def read(self) -> float:
        """Read all of it with one thread; gives the bytes per second. Leaves the caches cold."""
        started = time.perf_counter()
        sum_words(self._words)
        return STREAM_BYTES / (time.perf_counter() - started)

    def bandwidth(self) -> float:
        """Bytes per second that one thread reads, the median of a few rounds."""
        return statistics.median(self.read() for _ in range(STREAM_ROUNDS))


def _sum_words(words: Words) -> int:
    total = np.uint64(0)
    for word in words:
        total += word
    return total  # type: ignore[return-value]  # numba gives an int


def _and_count(left: Words, right: Words) -> int:
    total = 0
    for place in range(len(left)):
        word = left[place] & right[place]
        # Bits in pairs, nibbles, bytes, then their sum: LLVM makes this one instruction.
        word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
        low = word & np.uint64(0x3333333333333333)
        word = low + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
        word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        total += (word * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return total


# As calls and not as decorators, so that they keep their types.
sum_words = numba.njit(nogil=True)(_sum_words)
and_count = numba.njit(nogil=True)(_and_count)
"""How many bits two arrays of words have in common: the least that an overlap can cost."""


def _first(path: str, key: str) -> str:
    for line in Path(path).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def _kilobytes(key: str) -> int:
    return int(_first("/proc/self/status", key).split()[0])
