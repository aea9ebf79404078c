"""Periods of the local calendar: this day, the quarter before, the year so far."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from evaluator.condition.local_time import LocalTime
from evaluator.condition.windows import Interval, Unit, unit_start

PERIODS = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR)

_DAYS: Mapping[int, str] = MappingProxyType({-1: "yesterday", 0: "today", 1: "tomorrow"})
_NEAR: Mapping[int, str] = MappingProxyType({-1: "previous", 0: "current", 1: "following"})


class Period(msgspec.Struct, frozen=True):
    """The local unit that is ``offset`` units after the current one.

    ``to_date``: it ends now; the offset is 0 then.
    """

    unit: Unit
    offset: int
    to_date: bool

    @property
    def english(self) -> str:
        """Words that go on after "is"."""
        so_far = " until now" if self.to_date else ""
        if self.unit is Unit.DAY and self.offset in _DAYS:
            return f"{_DAYS[self.offset]}{so_far}"
        if self.offset in _NEAR:
            return f"in the {_NEAR[self.offset]} {self.unit.value}{so_far}"
        way = "ago" if self.offset < 0 else "ahead"
        return f"in the {self.unit.value} {abs(self.offset):,} {self.unit.value}s {way}"


def in_period(period: Period, now: int, local: LocalTime) -> Interval:
    """The whole period, its end left out; with ``to_date`` until now, which is included."""
    start = unit_start(now, period.offset, period.unit, local)
    if period.to_date:
        return Interval(start, now)
    return Interval(start, unit_start(now, period.offset + 1, period.unit, local), end_open=True)
