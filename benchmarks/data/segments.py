"""Stored segments of random members: sizes from a thousandth of a percent to half of all."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.data.chance import Chance, Words

SHARE_MIN, SHARE_MAX = 1e-4, 0.5
"""Sizes spread evenly over the orders of magnitude between them."""
SPARSE_SHARE = 1 / 64
"""Below it, members are drawn one by one; above, whole words of 64 records at a time."""
SHARE_BITS = 10

Mask = npt.NDArray[np.bool_]


def segment_shares(seed: int, segments: int) -> list[float]:
    """The share of all records that each segment has, in no order."""
    spread = Chance(seed, 0, segments).uniform("segment/share")
    shares: list[float] = (SHARE_MIN * (SHARE_MAX / SHARE_MIN) ** spread).tolist()
    return shares


def segment_words(seed: int, rows: int, segments: int) -> Iterator[Words]:
    """The members of each segment in turn: record i is bit ``i % 64`` of word ``i // 64``."""
    for place, share in enumerate(segment_shares(seed, segments)):
        stream = f"segment/{place}"
        words = (
            _sparse(seed, stream, rows, share)
            if share < SPARSE_SHARE
            else _dense(seed, stream, rows, share)
        )
        tail = rows % 64
        if tail:
            words[-1] &= np.uint64((1 << tail) - 1)
        yield words


def _sparse(seed: int, stream: str, rows: int, share: float) -> Words:
    count = max(1, round(rows * share))
    members = np.unique(Chance(seed, 0, count).words(stream) % np.uint64(rows))
    bits = np.uint64(1) << (members % np.uint64(64))
    words = np.zeros(-(-rows // 64), np.uint64)
    np.bitwise_or.at(words, (members // np.uint64(64)).astype(np.int64), bits)
    return words


def _dense(seed: int, stream: str, rows: int, share: float) -> Words:
    """Random words joined by or where the share has a bit and by and where it has none.

    From the lowest bit up: each step halves the distance to the share, for all 64 records of a
    word at once.
    """
    chance = Chance(seed, 0, -(-rows // 64))
    words = np.zeros(-(-rows // 64), np.uint64)
    steps = round(share * (1 << SHARE_BITS))
    for bit in range(SHARE_BITS):
        drawn = chance.words(f"{stream}/{bit}")
        if steps >> bit & 1:
            words |= drawn
        else:
            words &= drawn
    return words
