"""Random numbers by place: each depends on a seed, a stream's name and a record's place alone.

So data can be made in any order and in blocks of any size, and record 7 is always the same
record. Places go through the SplitMix64 finaliser, whole arrays at a time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[Any]

WHEEL_BITS = 16
"""A wheel has 2^16 notches, so chances are multiples of 1/65,536."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FLOAT_UNIT = 2.0**-53


@dataclass(frozen=True, slots=True)
class Chance:
    """The numbers of places ``start`` to ``stop - 1``. Streams of different names are unrelated."""

    seed: int
    start: int
    stop: int

    def words(self, stream: str) -> Words:
        """64 random bits a place."""
        digest = hashlib.blake2b(f"{self.seed}/{stream}".encode(), digest_size=8).digest()
        words = np.arange(self.start, self.stop, dtype=np.uint64)
        words *= _STEP
        words += np.frombuffer(digest, np.uint64)
        for shift, factor in ((30, _MIX_1), (27, _MIX_2)):
            words ^= words >> np.uint64(shift)
            words *= factor
        words ^= words >> np.uint64(31)
        return words

    def uniform(self, stream: str) -> Floats:
        """Evenly in [0, 1)."""
        floats = (self.words(stream) >> np.uint64(11)).astype(np.float64)
        floats *= _FLOAT_UNIT
        return floats

    def normal(self, stream: str) -> Floats:
        """Standard normal, by Box and Muller."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(f"{stream}/radius")))
        angle = (2.0 * np.pi) * self.uniform(f"{stream}/angle")
        floats: Floats = radius * np.cos(angle)
        return floats

    def exponential(self, stream: str) -> Floats:
        """Exponential with mean 1."""
        floats: Floats = -np.log1p(-self.uniform(stream))
        return floats

    def happens(self, stream: str, chance: float) -> npt.NDArray[np.bool_]:
        """True with this chance."""
        return self.uniform(stream) < chance

    def spin(self, stream: str, wheel: Codes) -> Codes:
        """One code of the wheel a place."""
        codes: Codes = wheel[self.words(stream) >> np.uint64(64 - WHEEL_BITS)]
        return codes


def wheel_of(weights: Sequence[float] | Floats) -> Codes:
    """A wheel on which code i has a share of ``weights[i]``, to the nearest notch."""
    ends = np.cumsum(np.asarray(weights, np.float64))
    notches = np.rint(ends / ends[-1] * (1 << WHEEL_BITS)).astype(np.int64)
    codes = np.arange(len(ends), dtype=np.uint8 if len(ends) <= 256 else np.uint16)
    return np.repeat(codes, np.diff(notches, prepend=0))


def skewed(count: int, *, power: float = 1.0, offset: float = 2.0) -> Floats:
    """Weights that fall with rank, like those of towns and words: ``(rank + offset) ** -power``."""
    return np.power(np.arange(count, dtype=np.float64) + offset, -power)
