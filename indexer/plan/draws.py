"""The draw of a record: a number of 64 bits that its key and a salt decide, the same for ever.

This is a contract: who is in which sample of a test must not change with a version. Let ``mix``
be the finaliser of splitmix64 on 64-bit numbers that wrap around:

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;  z = (z ^ z >> 27) * 0x94D049BB133111EB;  z ^ z >> 31

and let ``absorb(h, text)`` take the UTF-8 bytes of a text in words of eight, little-endian, the
last one filled with zeros: ``h = mix((h ^ word) + 0x9E3779B97F4A7C15)`` for each word, and then
once more with the number of bytes as the word. The draw is ``absorb(absorb(0, salt), key)``, with
an int key as its decimal digits.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.plan.texts import Bytes, bytes_of

DRAW_MAX = 2**64 - 1

Draws = npt.NDArray[np.uint64]

_STEP = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_WORD = 8


def draws(keys: Any, salt: str) -> Draws:
    """The draw of each key of a large_string array. Cost: a pass per eight bytes of a key."""
    start = _absorb(np.zeros(1, np.uint64), *_one(salt.encode()))
    data, offsets = bytes_of(keys)
    begun = np.repeat(start, len(keys))
    return _absorb(begun, data, offsets[:-1], np.diff(offsets))


def _one(data: bytes) -> tuple[Bytes, Any, Any]:
    return np.frombuffer(data, np.uint8), np.zeros(1, np.int64), np.array([len(data)])


def _absorb(state: Draws, data: Bytes, starts: Any, lengths: Any) -> Draws:
    """The state of each text after its bytes."""
    words = _words(data)
    held = state.copy()
    longest = int(lengths.max()) if len(lengths) else 0
    for done in range(0, longest, _WORD):
        left = lengths - done
        there = np.flatnonzero(left > 0)
        word = words[starts[there] + done] & _kept(left[there])
        held[there] = _mix((held[there] ^ word) + np.uint64(_STEP))
    return _mix((held ^ lengths.astype(np.uint64)) + np.uint64(_STEP))


def _words(data: Bytes) -> Draws:
    """The eight bytes from each place on, as one number; zeros after the end."""
    padded = np.concatenate((data, np.zeros(_WORD, np.uint8)))
    return np.ndarray((len(data) + 1,), "<u8", padded, strides=(1,))


def _kept(left: Any) -> Draws:
    """Ones over the bytes that belong to the text, where ``left`` of them do."""
    unused = (_WORD - np.minimum(left, _WORD)).astype(np.uint64) * np.uint64(_WORD)
    kept: Draws = np.uint64(DRAW_MAX) >> unused
    return kept


def _mix(z: Draws) -> Draws:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    mixed: Draws = z ^ (z >> np.uint64(31))
    return mixed
