"""Windows of time: ``now`` and an amount of some unit give an interval of instants.

Minutes to weeks are elapsed time; months, quarters and years step the wall clock by calendar.
With ``calendar`` every unit is a whole unit of the wall clock; whole minutes and hours are
counted elapsed from the start of the current one, so that each run of an hour that the clock
shows twice counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from evaluator.condition.civil import add_months, date_from, days_from, weekday
from evaluator.condition.local_time import DAY, SECOND, LocalTime, instant_text

AMOUNT_MAX = 100_000


class Unit(StrEnum):
    """What an amount counts, by wire name."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


LENGTH: Mapping[Unit, int] = {
    Unit.MINUTE: 60 * SECOND,
    Unit.HOUR: 3_600 * SECOND,
    Unit.DAY: DAY,
    Unit.WEEK: 7 * DAY,
}
CLOCK_UNITS = frozenset({Unit.MINUTE, Unit.HOUR})
"""Units shorter than a day: clock changes move the wall clock past them, not into them."""
MONTHS: Mapping[Unit, int] = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


class Window(msgspec.Struct, frozen=True):
    """``{"amount": 30, "unit": "day"}``; the amount is from 1 to AMOUNT_MAX."""

    amount: int
    unit: Unit


class AgoSpan(msgspec.Struct, frozen=True):
    """``{"from": 90, "to": 30, "unit": "day"}``: AMOUNT_MAX >= ``far`` >= ``near`` >= 0."""

    far: int
    near: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Interval:
    """Instants from ``start`` to ``end``, None where there is no such end.

    An open end is itself left out.
    """

    start: int | None
    end: int | None
    start_open: bool = False
    end_open: bool = False

    @property
    def first(self) -> int | None:
        """The first microsecond inside."""
        return None if self.start is None else self.start + self.start_open

    @property
    def last(self) -> int | None:
        """The last microsecond inside."""
        return None if self.end is None else self.end - self.end_open

    @property
    def text(self) -> str:
        """``start/end`` in RFC 3339 UTC, whether or not the ends belong to it.

        An end that is not there is ``..``, as in ISO 8601-2.
        """
        ends = (".." if each is None else instant_text(each) for each in (self.start, self.end))
        return "/".join(ends)


def in_last(window: Window, now: int, local: LocalTime) -> Interval:
    """``(now - w, now]``."""
    return Interval(shift(now, -window.amount, window.unit, local), now, start_open=True)


def in_last_calendar(window: Window, now: int, local: LocalTime) -> Interval:
    """From the start of the local unit ``amount - 1`` units ago to ``now``, both included."""
    return Interval(unit_start(now, 1 - window.amount, window.unit, local), now)


def in_next(window: Window, now: int, local: LocalTime) -> Interval:
    """``[now, now + w)``."""
    return Interval(now, shift(now, window.amount, window.unit, local), end_open=True)


def in_next_calendar(window: Window, now: int, local: LocalTime) -> Interval:
    """From ``now`` until ``amount`` local units have ended, the current one included."""
    return Interval(now, unit_start(now, window.amount, window.unit, local), end_open=True)


def more_than_ago(window: Window, now: int, local: LocalTime) -> Interval:
    """Until ``now - w``, which is included."""
    return Interval(None, in_last(window, now, local).start)


def more_than_ago_calendar(window: Window, now: int, local: LocalTime) -> Interval:
    """Before the start of the local unit ``amount - 1`` units ago."""
    return Interval(None, in_last_calendar(window, now, local).start, end_open=True)


def more_than_ahead(window: Window, now: int, local: LocalTime) -> Interval:
    """From ``now + w`` on."""
    return Interval(in_next(window, now, local).end, None)


def more_than_ahead_calendar(window: Window, now: int, local: LocalTime) -> Interval:
    """From the end of the local unit ``amount - 1`` units ahead on."""
    return Interval(in_next_calendar(window, now, local).end, None)


def between_ago(span: AgoSpan, now: int, local: LocalTime) -> Interval:
    """``[now - from, now - to]``."""
    far, near = (shift(now, -amount, span.unit, local) for amount in (span.far, span.near))
    return Interval(far, near)


def between_ago_calendar(span: AgoSpan, now: int, local: LocalTime) -> Interval:
    """The whole local units from ``far`` units ago to ``near`` units ago."""
    start = unit_start(now, -span.far, span.unit, local)
    return Interval(start, unit_start(now, 1 - span.near, span.unit, local), end_open=True)


def unit_start(now: int, units: int, unit: Unit, local: LocalTime) -> int:
    """The start of the local unit that is so many units after the one that holds ``now``."""
    if unit in CLOCK_UNITS:
        return clock_unit_start(now, unit, local) + units * LENGTH[unit]
    return local.instant(shift_wall(start_of(local.wall(now), unit), units, unit))


def clock_unit_start(instant: int, unit: Unit, local: LocalTime) -> int:
    """The start of the local minute or hour that holds ``instant``.

    Of an hour that the clock shows twice, each run is an hour of its own.
    """
    wall = local.wall(instant)
    begun = start_of(wall, unit)
    elapsed = instant - (wall - begun)
    # A clock change within the unit: it began where the wall clock first showed its start.
    return elapsed if local.wall(elapsed) == begun else local.instant(begun)


def shift(instant: int, amount: int, unit: Unit, local: LocalTime) -> int:
    """``amount`` units later, earlier if negative."""
    if unit in LENGTH:
        return instant + amount * LENGTH[unit]
    return local.instant(shift_wall(local.wall(instant), amount, unit))


def shift_wall(wall: int, amount: int, unit: Unit) -> int:
    """A wall time ``amount`` units later; a day its month lacks becomes the month's last."""
    if unit in LENGTH:
        return wall + amount * LENGTH[unit]
    day, time_of_day = divmod(wall, DAY)
    return add_months(day, amount * MONTHS[unit]) * DAY + time_of_day


def start_of(wall: int, unit: Unit) -> int:
    """When the wall clock's unit that holds ``wall`` began. Weeks begin on Monday."""
    day = wall // DAY
    if unit is Unit.WEEK:
        return (day - weekday(day)) * DAY
    if unit in LENGTH:
        return wall - wall % LENGTH[unit]
    year, month, _ = date_from(day)
    return days_from(year, month - (month - 1) % MONTHS[unit], 1) * DAY
