"""Which dates and timestamps show a weekday, an hour, a month or a day of the year."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from indexer.dataset.wall_clock import DAY, regimes
from indexer.encoding.bits import bitmap_of_words
from indexer.encoding.number import NumberCells, NumberColumn
from indexer.kernels.clocks import DAYS, words_of_days, words_of_instants
from indexer.model.ids import FieldName
from indexer.plan.nodes import CalendarPart, CalendarUnit

TABLES_KEPT = 16
"""Tables of days remembered, of 146 kB each."""

_HOURS = range(24)
_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday; Monday is 0."""


@dataclass(frozen=True)
class ClockReading:
    """What a CalendarPart asks of columns of days, if ``of_days``, or of instants."""

    lookup: CalendarPart
    of_days: bool

    def find(self, column: NumberColumn) -> BitMap:
        """Offsets for which it holds. Cost: a pass over the lanes."""
        if not column.size:
            return BitMap()
        words = np.zeros(len(column.present), np.uint64)
        lanes = column.lanes
        # Numbers of 64 bits wrap around in the kernels, so a base or a unit may be any of them.
        frame: tuple[Any, Any] = (np.uint64(column.base % 2**64), np.uint64(column.unit))
        ends = [column.base + column.unit * int(lane) for lane in (lanes.min(), lanes.max())]
        if self.of_days:
            zone = regimes(self.lookup.zone, ends[0] * DAY, ends[1] * DAY)
            words_of_days(lanes, *frame, *zone.skipped_days(), self._days, words)
        else:
            zone = regimes(self.lookup.zone, *ends)
            clock = (zone.starts, zone.offsets, zone.firsts)
            by_hour = self.lookup.part == "hour"
            words_of_instants(lanes, *frame, *clock, self._days, self._hours, by_hour, words)
        return bitmap_of_words(words & column.present)

    @property
    def _days(self) -> npt.NDArray[np.bool_]:
        return days_showing(self.lookup.part, self.lookup.values)

    @property
    def _hours(self) -> Any:
        """A bit for each hour that is asked for."""
        return np.uint64(sum({1 << hour for hour in self.lookup.values if hour in _HOURS}))


def warm_clocks() -> None:
    """Have the kernels compiled for the lanes that times mostly have, or read from the cache."""
    for bits, of_days in ((40, False), (20, False), (10, True)):
        numbers = np.array([0, 1, 1 << bits], np.int64)
        cells = NumberCells(numbers, np.ones(len(numbers), np.bool_))
        lookup = CalendarPart(FieldName("warm"), "weekday", (1,), "UTC")
        ClockReading(lookup, of_days).find(NumberColumn.of(cells))


@lru_cache(maxsize=TABLES_KEPT)
def days_showing(part: CalendarUnit, values: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Whether the clock shows one of the values on each day of 400 years from 1970 on.

    A day shows no hour.
    """
    days = np.arange(DAYS)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    match part:
        case "weekday":
            shown = (days + _EPOCH_WEEKDAY) % 7 + 1
        case "month":
            shown = month
        case "day_of_year":
            shown = month * 100 + days - months.astype("datetime64[D]").astype(np.int64) + 1
        case "hour":
            return np.zeros(DAYS, np.bool_)
        case _:
            assert_never(part)
    return np.isin(shown, np.array(values))
