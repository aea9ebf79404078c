"""Offsets sorted by code, by counting."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def count_codes(codes: Any, counts: Any) -> None:
    """Add to ``counts[code]`` how often the code occurs; codes beyond do not count."""
    for i in range(codes.size):
        if codes[i] < counts.size:
            counts[codes[i]] += 1


@njit(nogil=True, cache=True)
def group_offsets(codes: Any, places: Any, offsets: Any) -> None:
    """Put each code's place into ``offsets``, those of code c from ``places[c]`` on, ascending.

    ``places`` moves on past them; codes beyond it have no place.
    """
    for i in range(codes.size):
        if codes[i] < places.size:
            place = places[codes[i]]
            offsets[place] = i
            places[codes[i]] = place + 1


@njit(nogil=True, cache=True)
def group_owners(codes: Any, lengths: Any, places: Any, offsets: Any) -> None:
    """The same where offset i has the next ``lengths[i]`` codes, none beyond."""
    at = 0
    for i in range(lengths.size):
        for _ in range(np.int64(lengths[i])):
            place = places[codes[at]]
            offsets[place] = i
            places[codes[at]] = place + 1
            at += 1
