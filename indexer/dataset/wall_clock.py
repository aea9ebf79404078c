"""When the clocks of a zone change, and what they show: for whole columns of instants.

Zones are asked about each UTC day once. Before 1800 they have no rules, and from 2200 on their
rules, like the calendar, repeat every 400 years.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from indexer.kernels.clocks import BUCKET_BITS, DAYS

Int64s = npt.NDArray[np.int64]

DAY = 86_400_000_000
YEARS_KEPT = 8_192
"""Years of zones remembered; a zone takes at most 800."""

SPANS_KEPT = 16
"""Spans of years whose regimes are remembered: the shards of a column mostly have one."""

_SECOND = 1_000_000
_INT64_MIN = -(2**63)
_REPEATED_FROM, _REPEATED_YEARS = 2200, 400
_TURN = DAYS * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_BEGIN = (datetime(1800, 1, 1, tzinfo=UTC) - _EPOCH) // _TICK
_END = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // _TICK


@dataclass(frozen=True, slots=True)
class Regimes:
    """The clock is ``offsets[r]`` ahead of UTC from ``starts[r]`` until ``starts[r + 1]``.

    In microseconds; the first start is the least int of 64 bits, the last regime has no end.
    ``firsts`` is the regime at the start of each stretch of ``2 ** BUCKET_BITS`` microseconds,
    counted from ``starts[1]``; it is never empty.
    """

    starts: Int64s
    offsets: Int64s
    firsts: npt.NDArray[np.int32]

    def skipped_days(self) -> tuple[Int64s, Int64s]:
        """Days whose midnight no clock showed, and the day shown at the instant it stands for.

        That instant is later by the gap. Days that only lack some hours are shown as they are.
        """
        skipped, shown = [], []
        for start, before, after in zip(
            self.starts[1:].tolist(), self.offsets[:-1].tolist(), self.offsets[1:].tolist(),
            strict=True,
        ):  # fmt: skip
            for day in range(-(-(start + before) // DAY), -(-(start + after) // DAY)):
                moved = (day * DAY + after - before) // DAY
                if moved != day:
                    skipped.append(day)
                    shown.append(moved)
        return np.array(skipped, np.int64), np.array(shown, np.int64)


def regimes(zone: str, first: int, last: int) -> Regimes:
    """The regimes of a zone between two instants, of any size.

    Outside the years 1 to 9999 the clock is as far ahead as at their edge.
    Cost: about 0.3 ms for each year from 1800 to 2600 that no one asked for before.
    """
    return _of_years(zone, _year(first), _year(last))


@lru_cache(maxsize=SPANS_KEPT)
def _of_years(zone: str, first_year: int, last_year: int) -> Regimes:
    starts, offsets = [_INT64_MIN], [_offset(zone, first_year)]
    for year in range(first_year, last_year + 1):
        for instant, offset in _changes_of(zone, year):
            starts.append(instant)
            offsets.append(offset)
    begun = np.array(starts, np.int64)
    return Regimes(begun, np.array(offsets, np.int64), _firsts(begun))


def _firsts(starts: Int64s) -> npt.NDArray[np.int32]:
    if len(starts) < 2:
        return np.zeros(1, np.int32)
    buckets = ((int(starts[-1]) - int(starts[1])) >> BUCKET_BITS) + 2
    edges = starts[1] + (np.arange(buckets, dtype=np.int64) << BUCKET_BITS)
    return np.asarray(np.searchsorted(starts, edges, side="right") - 1, np.int32)


def _changes_of(zone: str, year: int) -> list[tuple[int, int]]:
    """When the clock changes in a year, and how far it is ahead from then on."""
    turns = max(0, year - _REPEATED_FROM) // _REPEATED_YEARS
    changes = _changes(zone, year - turns * _REPEATED_YEARS)
    return [(instant + turns * _TURN, offset) for instant, offset in changes]


@lru_cache(maxsize=YEARS_KEPT)
def _changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """Two changes of one zone have never been on one day of UTC."""
    clock, found = ZoneInfo(zone), []
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    first_day = (begin - _EPOCH).days
    before = _ahead(clock, begin)
    for day in range(first_day, first_day + (end - begin).days):
        after = _ahead(clock, _EPOCH + timedelta(days=day + 1))
        if after != before:
            found.append((_change_on(clock, day, before), after))
            before = after
    return tuple(found)


def _change_on(clock: ZoneInfo, day: int, before: int) -> int:
    """The second of a day from which on the clock is not as far ahead as before."""
    low, high = day * DAY // _SECOND, (day + 1) * DAY // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _ahead(clock, _EPOCH + timedelta(seconds=middle)) == before:
            low = middle
        else:
            high = middle
    return high * _SECOND


def _offset(zone: str, year: int) -> int:
    """How far the clock is ahead as a year begins in UTC."""
    return _ahead(ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC))


def _ahead(clock: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(clock).utcoffset()
    assert offset is not None, clock
    return offset // _TICK


def _year(instant: int) -> int:
    """The year of an instant in UTC, the nearest that has rules of its own."""
    within = min(max(instant, _BEGIN), _END)
    return int(np.datetime64(within, "us").astype("datetime64[Y]").astype(np.int64)) + 1970
