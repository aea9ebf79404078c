"""Instants some months of the wall clock later, one by one."""

from typing import Any

import numpy as np
from numba import njit

_DAY = 86_400_000_000
_ERA_DAYS = 146_097
_TO_EPOCH = 719_468
"""Days from 0000-03-01 to 1970-01-01."""
_LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@njit(nogil=True, cache=True)
def months_later(times: Any, starts: Any, offsets: Any, later: Any, edges: Any, found: Any) -> None:
    """Fill ``found`` with the last instants of windows of months that begin at ``times``.

    ``later`` is how many months. The clock is ``offsets[r]`` ahead from ``starts[r]`` on, the
    first start the least int; it shows wall times as if so far ahead from ``edges[r]`` on, of
    which there is one less. The regimes reach beyond the latest instant found.
    """
    regime = 0
    for i in range(times.size):
        regime = _regime(starts, times[i], regime)
        wall = times[i] + offsets[regime]
        day = wall // _DAY
        moved = _month_later(day, later) * _DAY + (wall - day * _DAY)
        found[i] = moved - offsets[np.searchsorted(edges, moved, "right")]


@njit(nogil=True, cache=True)
def _regime(starts: Any, time: int, guess: int) -> Any:
    """The last one that starts at or before a time; the one of the time before it is likely."""
    if starts[guess] <= time and (guess + 1 == starts.size or time < starts[guess + 1]):
        return guess
    return np.searchsorted(starts, time, "right") - 1


@njit(nogil=True, cache=True)
def _month_later(days: int, later: int) -> Any:
    """The day so many months later, the last of its month if that has no such day."""
    era = (days + _TO_EPOCH) // _ERA_DAYS
    day_of_era = days + _TO_EPOCH - era * _ERA_DAYS
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    # Years start in March here, so that the leap day is the last day of a year.
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5
    months = (era * 400 + year_of_era) * 12 + month + later
    year, month = months // 12, months % 12
    civil_month, civil_year = (month + 2) % 12, year + (month >= 10)
    length = _LENGTHS[civil_month]
    if civil_month == 1 and civil_year % 4 == 0:
        length += civil_year % 100 != 0 or civil_year % 400 == 0
    day = min(day, length - 1)
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * month + 2) // 5 + day
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * _ERA_DAYS + day_of_era - _TO_EPOCH
