"""Local time to UTC for whole columns, by the rules of CONDITIONS.md. Pure.

zoneinfo is asked twice per distinct local day; days with a clock change are searched for its
second. Python's reading with ``fold=0`` is our rule: a skipped local time moves forward by the
gap, one that occurs twice is the first.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from indexer.intake.converted import Int64s
from indexer.model.errors import BadFile

_SECOND_US = 1_000_000
_DAY_S = 86_400
_DAY_US = _DAY_S * _SECOND_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LocalTime:
    """The local time of one zone. Remembers the days it has seen: at most 3.7 million exist."""

    def __init__(self, time_zone: str) -> None:
        self._zone = _zone(time_zone)
        self._days: dict[int, tuple[int, int, int]] = {}

    def to_utc(self, local: Int64s) -> Int64s:
        """Microseconds of local wall time since 1970-01-01T00:00, as UTC instants.

        Years 1 to 9999 only. Cost: two zone look-ups per day not seen before.
        """
        if self._zone is UTC or len(local) == 0:
            return local
        days = local // _DAY_US
        first_day = int(days.min())
        places = days - first_day
        # Most columns span few days: a table of all of them is faster than sorting the column.
        table = np.zeros((int(places.max()) + 1, 3), np.int64)
        present = np.flatnonzero(np.bincount(places))
        table[present] = [self._step(first_day + int(place)) for place in present]
        first, change, then = table[places].T
        utc: Int64s = local - np.where(local - days * _DAY_US < change, first, then)
        return utc

    def _step(self, day: int) -> tuple[int, int, int]:
        """Offset at the day's start, the local time of day where it changes, and from there."""
        if day not in self._days:
            self._days[day] = self._find_step(day)
        return self._days[day]

    def _find_step(self, day: int) -> tuple[int, int, int]:
        low, high = 0, _DAY_S - 1
        first, then = self._offset(day, low), self._offset(day, high)
        if first == then:
            return first, _DAY_US, then
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(day, middle) == first:
                low = middle
            else:
                high = middle
        return first, high * _SECOND_US, then

    def _offset(self, day: int, second: int) -> int:
        local = _EPOCH + timedelta(days=day, seconds=second)
        offset = local.replace(tzinfo=self._zone).utcoffset()
        assert offset is not None
        return offset // timedelta(microseconds=1)


def _zone(time_zone: str) -> tzinfo:
    if time_zone == "UTC":
        return UTC
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadFile("the time zone is not known; name it like Europe/Berlin") from None
