"""The numbers of RoaringFormatSpec, and the descriptions of containers at the start of a bitmap.

A 64-bit bitmap is a number of buckets, ascending by the high 32 bits of what is in them; after
those bits each holds a 32-bit bitmap: a cookie, perhaps a bit for each container that says whether
it is one of runs, the key (16 bits) and size of each container, perhaps their offsets, and the
containers: sorted arrays of 16-bit numbers, bit sets of 65,536 bits, or runs. All numbers are
little-endian.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BUCKETS = struct.Struct("<Q")
HIGH = struct.Struct("<I")
COOKIE = struct.Struct("<I")
CONTAINERS = struct.Struct("<I")
NO_RUNS_COOKIE = 12_346
RUNS_COOKIE = 12_347
"""In the low 16 bits; the high ones hold the number of containers less one."""

CONTAINER_PLACES = 65_536
CONTAINERS_MAX = 65_536
ARRAY_MEMBERS_MAX = 4_096
"""A container with more members is a bit set, unless it is one of runs."""
BITSET_BYTES = 8_192
OFFSETS_FROM = 4
"""So many containers have offsets before them also where some are of runs."""

U16 = np.dtype("<u2")
U32 = np.dtype("<u4")
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Described:
    """The containers of one 32-bit bitmap: their keys, sizes, and which are of runs."""

    keys: Numbers
    sizes: Numbers
    of_runs: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def has_runs(self) -> bool:
        """Whether the bitmap says for each container if it is one of runs."""
        return bool(self.of_runs.any())

    @property
    def head_bytes(self) -> int:
        """Bytes before the first container."""
        count = len(self)
        described = 4 * count
        if not self.has_runs:
            return 8 + described + 4 * count
        return 4 + -(-count // 8) + described + (4 * count if count >= OFFSETS_FROM else 0)

    def head(self, starts: Numbers) -> bytes:
        """Everything before the first container; ``starts`` are their distances from it."""
        count = len(self)
        pairs = np.empty((count, 2), U16)
        pairs[:, 0], pairs[:, 1] = self.keys, self.sizes - 1
        offsets = (starts + self.head_bytes).astype(U32).tobytes()
        if not self.has_runs:
            first = COOKIE.pack(NO_RUNS_COOKIE) + CONTAINERS.pack(count)
            return first + pairs.tobytes() + offsets
        first = COOKIE.pack(RUNS_COOKIE | (count - 1) << 16)
        flags = np.packbits(self.of_runs, bitorder="little").tobytes()
        return first + flags + pairs.tobytes() + (offsets if count >= OFFSETS_FROM else b"")


def joined(parts: list[Described]) -> Described:
    """Several as one, in this order."""
    if not parts:
        return Described(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))
    return Described(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.sizes for part in parts]),
        np.concatenate([part.of_runs for part in parts]),
    )
