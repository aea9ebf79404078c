"""One zone's wall clock for whole columns of instants. Pure.

Wall times are ints like instants: microseconds since 1970-01-01T00:00 on the wall. One that a
clock change skips moves forward by the gap, one that occurs twice is the first. zoneinfo is asked
a few times a distinct day, and a day with a change is searched for its second. Outside the years
1 to 9999 the clock is as at their edge.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

SECOND = 1_000_000
DAY_SECONDS = 86_400
DAY = DAY_SECONDS * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_FIRST = (datetime(1, 1, 3, tzinfo=UTC) - _EPOCH).days
_LAST = (datetime(9999, 12, 29, tzinfo=UTC) - _EPOCH).days

Offset = Callable[[int], int]
"""Microseconds that the wall is ahead of UTC, by a second since 1970."""


class Zone:
    """Converts between instants and wall times. Remembers nothing."""

    def __init__(self, name: str) -> None:
        self._zone = ZoneInfo(name)

    def walls(self, instants: Int64s) -> Int64s:
        """What the wall shows at each instant."""
        return instants + self._offsets(instants, self._at_instant)

    def instants(self, walls: Int64s) -> Int64s:
        """When the wall shows each of these."""
        return walls - self._offsets(walls, self._at_wall)

    def _offsets(self, times: Int64s, offset: Offset) -> Int64s:
        if self._is_utc or not len(times):
            return np.zeros(len(times), np.int64)
        days = times // DAY
        distinct, places = _distinct(np.clip(days, _FIRST, _LAST))
        steps = np.array([_step(int(day), offset) for day in distinct], np.int64).reshape(-1, 3)
        first, change, then = steps[places].T
        found: Int64s = np.where(times - days * DAY < change, first, then)
        return found

    @cached_property
    def _is_utc(self) -> bool:
        return self._zone.key == "UTC"

    def _at_wall(self, second: int) -> int:
        # fold=0 is the first of two, and in a gap the offset before it, which moves forward.
        shown = (_EPOCH + timedelta(seconds=second)).replace(tzinfo=self._zone)
        return _ticks(shown)

    def _at_instant(self, second: int) -> int:
        return _ticks((_EPOCH + timedelta(seconds=second)).astimezone(self._zone))


def _ticks(shown: datetime) -> int:
    offset = shown.utcoffset()
    assert offset is not None, "a zone has an offset at any time"
    return offset // _TICK


def _step(day: int, offset: Offset) -> tuple[int, int, int]:
    """The offset as the day begins, the time of day at which it changes, and the one from there."""
    low, high = day * DAY_SECONDS, day * DAY_SECONDS + DAY_SECONDS - 1
    first, then = offset(low), offset(high)
    if first == then:
        return first, DAY, then
    while high - low > 1:
        middle = (low + high) // 2
        if offset(middle) == first:
            low = middle
        else:
            high = middle
    return first, (high - day * DAY_SECONDS) * SECOND, then


def _distinct(days: Int64s) -> tuple[Int64s, npt.NDArray[np.intp]]:
    """The distinct days, and for each day its place among them."""
    first = int(days.min())
    span = int(days.max()) - first + 1
    if span > max(10_000, len(days)):
        return np.unique(days, return_inverse=True)
    there = np.zeros(span, np.bool_)
    there[days - first] = True
    rank = np.cumsum(there) - 1
    return np.flatnonzero(there) + first, rank[days - first]
