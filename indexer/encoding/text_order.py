"""The order of texts by their UTF-8 bytes, a few bytes at a time, so that the first of very many
are found without sorting them.

The *step* of a text at byte ``start`` is a uint64: its next seven bytes, then how many bytes it
has from there on, up to eight. Steps compare as the texts do. Texts of one step are equal if it
says that they end here; else the steps ``STEP_BYTES`` further decide.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.encoding.texts import Bytes, Texts

STEP_BYTES = 7

Steps = npt.NDArray[np.uint64]
Places = npt.NDArray[np.integer]

_WORD = 8
_KEPT = np.array(
    [2**64 - 2 ** (64 - 8 * min(kept, STEP_BYTES)) for kept in range(_WORD + 1)], np.uint64
)
"""Ones over the first bytes of a word, where so many belong to the text; seven of eight."""


def steps_of(texts: Texts, places: Places, start: int) -> Steps:
    """The steps at ``start`` of the texts at these places.

    One that ends before ``start`` gets a step that means nothing. Cost: a few passes over them.
    """
    begins = texts.starts[places].astype(np.int64) + start
    left = np.clip(texts.starts[1:][places] - begins, 0, _WORD)
    steps: Steps = _words(texts.data, begins).byteswap() & _KEPT[left]
    steps |= left.astype(np.uint64)
    return steps


def step_of(text: str, start: int) -> np.uint64:
    """The step of one text, which has not ended before ``start``."""
    rest = text.encode()[start:]
    word = int.from_bytes(rest[:STEP_BYTES].ljust(STEP_BYTES, b"\0"), "big")
    return np.uint64(word << 8 | min(len(rest), _WORD))


def ends(step: np.uint64) -> bool:
    """Whether texts of this step are equal."""
    return int(step) & 0xFF <= STEP_BYTES


def first_of(texts: Texts, places: Places, limit: int) -> Places:
    """The places of the ``limit`` first of some distinct texts, in no order."""
    found: list[Places] = []
    start = 0
    while len(places) > limit > 0:
        steps = steps_of(texts, places, start)
        edge = np.partition(steps, limit - 1)[limit - 1]
        before = places[steps < edge]
        found.append(before)
        limit -= len(before)
        places = places[steps == edge]
        start += STEP_BYTES
    return np.concatenate((*found, places[:limit]))


def _words(data: Bytes, begins: Any) -> Steps:
    """The eight bytes from each place on, little-endian; what lies after the end is anything."""
    if len(data) < _WORD:
        data = np.concatenate((data, np.zeros(_WORD, np.uint8)))
    last = len(data) - _WORD
    view = np.ndarray((last + 1,), "<u8", data, strides=(1,))
    # Near the end the word is read earlier and its first bytes are shifted out.
    beyond = np.maximum(begins - last, 0)
    words: Steps = view[begins - beyond]
    if beyond.any():
        shift = np.minimum(beyond * 8, 63).astype(np.uint64)
        words = np.where(beyond < _WORD, words >> shift, np.uint64(0))
    return words
