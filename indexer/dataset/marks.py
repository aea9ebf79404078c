"""Single ordinals in words over ordinals, a row of words a shard."""

import numpy as np

from indexer.dataset.given import Words
from indexer.dataset.keys import Ordinals
from indexer.encoding.bits import WORD_BITS, Mask

_ONE = np.uint64(1)


def clear(words: Words, ordinals: Ordinals, shard_bits: int) -> None:
    """Without these ordinals."""
    if len(ordinals):
        places, bits = _bits(ordinals, shard_bits)
        np.bitwise_and.at(words, places, ~bits)


def mark(words: Words, ordinals: Ordinals, shard_bits: int) -> None:
    """With these ordinals."""
    if len(ordinals):
        places, bits = _bits(ordinals, shard_bits)
        np.bitwise_or.at(words, places, bits)


def marked(words: Words, ordinals: Ordinals, shard_bits: int) -> Mask:
    """Which of these ordinals are there; MISSING and what lies beyond are not."""
    known = (ordinals >= 0) & (ordinals < len(words) << shard_bits)
    found = np.zeros(len(ordinals), np.bool_)
    if known.any():
        places, bits = _bits(ordinals[known], shard_bits)
        found[known] = (words[places] & bits) != 0
    return found


def _bits(ordinals: Ordinals, shard_bits: int) -> tuple[tuple[Ordinals, Ordinals], Words]:
    offsets = ordinals & ((1 << shard_bits) - 1)
    bits = _ONE << (offsets % WORD_BITS).astype(np.uint64)
    return (ordinals >> shard_bits, offsets // WORD_BITS), bits
