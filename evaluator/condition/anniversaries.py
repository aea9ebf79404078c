"""Days that come round again every year: which days of the year a condition means."""

from calendar import isleap, month_name

import msgspec

from evaluator.condition.civil import date_from
from evaluator.condition.local_time import DAY, LocalTime
from evaluator.condition.windows import Interval

FEBRUARY = 2
LEAP_DAY = 29
DAYS_A_YEAR = 366
"""From so many days on there is every day of the year."""


class Anniversary(msgspec.Struct, frozen=True):
    """Today or within the next ``in_next`` local days, or in a ``month``; one of the two."""

    in_next: int | None
    month: int | None

    @property
    def english(self) -> str:
        """Words that go on after "has its anniversary"."""
        if self.month is not None:
            return f"in {month_name[self.month]}"
        if not self.in_next:
            return "today"
        return f"within the next {self.in_next:,} days" if self.in_next > 1 else "by tomorrow"


def covered(anniversary: Anniversary, now: int, local: LocalTime) -> Interval | None:
    """From the start of today to the end of the last day; None if a month is asked for."""
    if anniversary.in_next is None:
        return None
    today = local.wall(now) // DAY
    end = local.midnight(today + anniversary.in_next + 1)
    return Interval(local.midnight(today), end, end_open=True)


def days_of_year(anniversary: Anniversary, now: int, local: LocalTime) -> frozenset[int]:
    """The days whose anniversary falls within the days asked for, as ``month * 100 + day``.

    29 February falls on 28 February where a year has no 29th.
    """
    assert anniversary.in_next is not None, anniversary
    today = local.wall(now) // DAY
    found = set()
    for day in range(today, today + min(anniversary.in_next + 1, DAYS_A_YEAR)):
        year, month, of_month = date_from(day)
        found.add(day_of_year(month, of_month))
        if (month, of_month) == (FEBRUARY, LEAP_DAY - 1) and not isleap(year):
            found.add(day_of_year(FEBRUARY, LEAP_DAY))
    return frozenset(found)


def day_of_year(month: int, of_month: int) -> int:
    """A day of any year as one number, in the order of days."""
    return month * 100 + of_month
