"""Sorting a column once and finding values in it ever after."""

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def rank_of(numbers: Any, order: Any, value: Any, *, after: bool) -> int:
    """How many of the ordered numbers are less than ``value`` (or equal too, if ``after``).

    ``order`` lists offsets by ascending number. Cost: log2 of its size.
    """
    low, high = 0, order.size
    while low < high:
        middle = (low + high) >> 1
        held = numbers[order[middle]]
        if held < value or (after and held == value):
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def cumulative_bins(order: Any, edges: Any, bins: Any) -> None:
    """``bins[k]`` gets the offsets ``order[: edges[k]]`` as words; ``bins`` starts as zeros."""
    for k in range(1, edges.size):
        for w in range(bins.shape[1]):
            bins[k, w] = bins[k - 1, w]
        for i in range(edges[k - 1], edges[k]):
            offset = order[i]
            bins[k, offset >> 6] |= np.uint64(1) << np.uint64(offset & 63)
