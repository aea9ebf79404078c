"""What the wall clock of a zone shows: weekdays, hours, days of the year. As plans."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from evaluator.condition.anniversaries import DAYS_A_YEAR, Anniversary, days_of_year
from evaluator.condition.target import Target
from indexer.plan.nodes import NOTHING, CalendarPart, CalendarUnit, HasValue, Leaf, Plan

HOURS_A_DAY = 24
"""The end of a day is the hour 24, too."""
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Weekdays(msgspec.Struct, frozen=True):
    """Days of the week, Monday is 1; sorted, each once."""

    days: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """In English, in the order of the week."""
        return tuple(WEEK[day - 1] for day in self.days)


class Hours(msgspec.Struct, frozen=True):
    """From hour ``start`` up to hour ``end``, over midnight if it is the earlier one.

    From an hour to the same hour is no time at all.
    """

    start: int
    end: int

    @property
    def english(self) -> str:
        """Both hours as a clock shows them."""
        return f"{self.start:02}:00 and {self.end:02}:00"


def weekday_in(operand: object, target: Target, _: int) -> Plan:
    """On one of the days."""
    assert isinstance(operand, Weekdays), operand
    return _shows(target, "weekday", operand.days, len(WEEK))


def hour_between(operand: object, target: Target, _: int) -> Plan:
    """Within the hours."""
    assert isinstance(operand, Hours), operand
    start, end = operand.start, operand.end
    over_midnight = start > end
    hours = tuple(
        hour
        for hour in range(HOURS_A_DAY)
        if (hour >= start or hour < end if over_midnight else start <= hour < end)
    )
    return _shows(target, "hour", hours, HOURS_A_DAY)


def anniversary(operand: object, target: Target, now: int) -> Plan:
    """The year of the day is ignored."""
    assert isinstance(operand, Anniversary), operand
    if operand.month is not None:
        return _shows(target, "month", (operand.month,))
    days = tuple(sorted(days_of_year(operand, now, target.local)))
    return _shows(target, "day_of_year", days, DAYS_A_YEAR)


def _shows(
    target: Target, part: CalendarUnit, values: tuple[int, ...], all_values: int = 0
) -> Plan:
    """Records whose clock shows one of the values, of which there are ``all_values``."""
    field = target.field.name
    if not values:
        return NOTHING
    if len(values) == all_values:
        return Leaf(HasValue(field))
    return Leaf(CalendarPart(field, part, values, target.local.zone.key))


CLOCKS: Mapping[str, Callable[[object, Target, int], Plan]] = MappingProxyType(
    {"anniversary": anniversary, "weekday_in": weekday_in, "hour_between": hour_between}
)
"""The plan of every operator about what the clock shows, given its operand and ``now``."""
